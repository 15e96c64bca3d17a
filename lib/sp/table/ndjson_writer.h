// NDJSON: one flat JSON object a line, members in the order of the columns, without white space.
#pragma once

#include <string>
#include <vector>

#include "sp/table/record_writer.h"

namespace sp {

class NdjsonWriter final : public RecordWriter {
 public:
  explicit NdjsonWriter(ByteSink& sink) : RecordWriter(sink) {}
  // Throws Error(kDataErr) where a name repeats: an object cannot hold both.
  void header(const Columns& columns) override;
  void write(std::span<const Cell> cells) override;

 private:
  void write_value(const Cell& cell);
  void write_string(std::string_view text);

  std::vector<std::string> before_;  // what stands before each value: {"name": or ,"name":
  std::string scratch_;
};

}  // namespace sp
