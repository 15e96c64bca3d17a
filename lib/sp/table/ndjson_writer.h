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
  bool write_plain(std::span<const Cell> cells, std::size_t most);
  void write_any(std::span<const Cell> cells);

  std::vector<std::string> before_;  // what stands before each value: {"name": or ,"name":
  std::size_t before_bytes_ = 0;     // of all of them
  std::string scratch_;
};

}  // namespace sp
