// What is wrong with an input, one thing at a time, and where that is written and counted.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/json_text.h"
#include "sp/io/byte_sink.h"

namespace sp {

// Views last as long as the call that takes the violation. Empty field, constraint and value: none.
struct Violation {
  std::uint64_t row = 0;  // 0: the header
  std::uint64_t line = 0;
  std::string_view field;
  const char* code = "";  // an error type of frictionless-py
  std::string_view constraint;
  std::string_view value;
  bool has_field = true;  // an unnamed column's field is "", a row's or header's is null
  bool has_value = true;
  std::string message;
};

// Counts violations and writes each as a line of NDJSON, where a file was asked for.
class ViolationLog {
 public:
  // `path` is "" for no file. Throws Error(kIoErr).
  explicit ViolationLog(const std::string& path);
  // Null: they are only counted.
  explicit ViolationLog(std::unique_ptr<ByteSink> sink) : sink_(std::move(sink)) {}
  // The file that the next violations are of.
  void set_file(const std::string& name) { file_ = name; }
  void add(const Violation& violation);
  std::uint64_t total() const { return total_; }
  void flush() {
    if (sink_) sink_->flush();
  }
  void close();

  struct Count {
    std::string field, code, constraint;
    std::uint64_t count = 0;
    bool is_of_kind(std::string_view of_field, std::string_view of_code,
                    std::string_view of_constraint) const {
      return field == of_field && code == of_code && constraint == of_constraint;
    }
  };
  // In the order of first appearance.
  const std::vector<Count>& counts() const { return counts_; }

 private:
  void count(const Violation& violation);
  std::unique_ptr<ByteSink> sink_;
  std::string file_;
  std::uint64_t total_ = 0;
  std::vector<Count> counts_;
};

}  // namespace sp
