// Writes rows as CSV of the input's own form: a cell that stays as it is needs no look, and such
// cells that lie side by side are one copy.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "sp-transform/plan.h"
#include "sp/io/byte_sink.h"
#include "sp/table/record.h"

namespace sp {

class CsvRows {
 public:
  // Whether such rows can be written for the plan: what steps write must never need quotes, and
  // derived columns are not for it.
  static bool suits(const std::vector<OutputColumn>& plan, char delimiter);

  // `plan` and `sink` must outlive it.
  CsvRows(std::vector<OutputColumn>& plan, char delimiter, ByteSink& sink);

  // Whether a row fits into the sink's room; a longer one is for a RecordWriter.
  bool fits(const Record& record) const {
    return 2 * record.raw().size() + most_added_ <= ByteSink::kMaxReserve;
  }
  // Returns the column whose value its step cannot take; then nothing was written. Else null.
  const OutputColumn* write(const Record& record);

 private:
  // What stands between two delimiters of the output, or more.
  struct Piece {
    std::size_t column;  // the first of its columns in the plan
    std::size_t count;   // of columns; 1 where there is a step
    std::string text;    // of constants, with the delimiters between them
    bool is_constant;
    bool is_step;
  };

  void add_piece(std::size_t column);
  bool extends_last(std::size_t column) const;
  void encode_constants(Piece& piece) const;
  char* copy_run(const Piece& piece, const Record& record, char* out) const;
  char* copy_cells(const Piece& piece, const Record& record, char* out) const;

  std::vector<OutputColumn>& plan_;
  char delimiter_;
  ByteSink& sink_;
  std::vector<Piece> pieces_;
  std::size_t most_added_ = 0;  // bytes of a row beyond twice those of the input's row
};

}  // namespace sp
