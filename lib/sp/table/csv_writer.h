// CSV and TSV by RFC 4180. A cell is quoted only where it must be: it holds the delimiter, a quote,
// a CR or an LF, or begins or ends with a space. Lines end with LF.
#pragma once

#include <string>

#include "sp/table/record_writer.h"

namespace sp {

class CsvWriter final : public RecordWriter {
 public:
  CsvWriter(ByteSink& sink, char delimiter) : RecordWriter(sink), delimiter_(delimiter) {}
  void header(const Columns& columns) override;
  void write(std::span<const Cell> cells) override;

 private:
  bool write_plain(std::span<const Cell> cells, std::size_t size);
  void write_quoting(std::span<const Cell> cells);
  void write_cell(const Cell& cell);
  void write_quoted(std::string_view text);
  bool needs_quotes(std::string_view text) const;

  char delimiter_;
};

}  // namespace sp
