// What is wrong with an input, one thing at a time, and where that is written and counted.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sp/base/json_text.h"
#include "sp/base/key_hash.h"
#include "sp/schema/schema.h"
#include "sp/table/record.h"

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
  bool is_forgiven = false;  // the value becomes missing instead, and rejects nothing
  std::string message;
  std::string_view raw;  // the row as it came, without its line end
};

// One of that row.
Violation violation_at(const Record& record, const char* code);

bool is_text(FieldType type);
// A value in a message. One that was understood cannot mislead, so only texts and monsters are
// quoted.
std::string shown(FieldType type, std::string_view text);

// How many violations there are of each kind, in the order of first appearance.
class ViolationCounts {
 public:
  struct Count {
    std::string field, code, constraint;
    std::uint64_t count = 0;
    std::uint64_t forgiven = 0;  // of these
  };
  void add(const Violation& violation);
  void add(const ViolationCounts& other);
  auto begin() const { return counts_.begin(); }
  auto end() const { return counts_.end(); }
  std::uint64_t total() const;

 private:
  Count& count_of(std::string_view field, std::string_view code, std::string_view constraint);

  std::vector<Count> counts_;
  KeyMap<std::size_t> places_;
};

// Whose row it is, as far as it could be read; empty: not known.
struct Subject {
  std::string source, sensor_key;
  std::string ts;  // RFC 3339, UTC
};

// Counts violations and writes each as a line of NDJSON.
class ViolationLog {
 public:
  // Lines are appended to `lines`, which must outlive the log. Null: they are only counted.
  explicit ViolationLog(std::string* lines) : lines_(lines) {}
  // The file that the next violations are of.
  void set_file(const std::string& name) { file_ = name; }
  void add(const Violation& violation);
  // Lines tell whose rows they are of.
  void tell_subjects() { has_subjects_ = true; }
  // Writes those that were added since the last time, which are of one row.
  void end_row(const Subject& subject);
  // All there ever were.
  std::uint64_t total() const { return total_; }
  // Those since it was called last.
  ViolationCounts take_counts() { return std::exchange(counts_, {}); }

 private:
  std::string* lines_;
  bool has_subjects_ = false;
  std::vector<JsonObject> row_;
  std::string file_;
  std::uint64_t total_ = 0;
  ViolationCounts counts_;
};

}  // namespace sp
