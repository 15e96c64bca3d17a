#include "sp-transform/csv_rows.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "sp/number/number.h"
#include "sp/table/formats.h"
#include "sp/table/record_writer.h"
#include "sp/time/timestamp.h"

namespace sp {
namespace {

static_assert(kMaxTimestampText < kMaxNumberText);

// Texts of numbers, times and booleans consist of these.
bool is_of_steps(char c) {
  const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return is_letter || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.' || c == ':';
}

bool is_missing(const OutputColumn& column, std::string_view text) {
  return column.missing && column.missing->contains(text, CellKind::kText);
}

char* copy(std::string_view text, char* out) {
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace

bool CsvRows::suits(const std::vector<OutputColumn>& plan, char delimiter) {
  const bool derives = std::any_of(plan.begin(), plan.end(), [](const OutputColumn& column) {
    return column.derived != nullptr;
  });
  // A lone empty cell is written as quotes.
  return plan.size() > 1 && !is_of_steps(delimiter) && !derives;
}

CsvRows::CsvRows(std::vector<OutputColumn>& plan, char delimiter, ByteSink& sink)
    : plan_(plan), delimiter_(delimiter), sink_(sink) {
  for (std::size_t column = 0; column < plan.size(); ++column) {
    if (extends_last(column)) {
      ++pieces_.back().count;
    } else {
      add_piece(column);
    }
  }
  for (Piece& piece : pieces_) {
    if (piece.is_constant) encode_constants(piece);
    most_added_ += piece.count + piece.text.size() + (piece.is_step ? kMaxNumberText : 0);
  }
}

void CsvRows::add_piece(std::size_t column) {
  pieces_.push_back({column, 1, "", !plan_[column].input, plan_[column].step != nullptr});
}

bool CsvRows::extends_last(std::size_t column) const {
  if (pieces_.empty() || pieces_.back().is_step || plan_[column].step) return false;
  const auto& before = plan_[column - 1].input;
  const auto& here = plan_[column].input;
  return before ? here && *here == *before + 1 : !here;
}

void CsvRows::encode_constants(Piece& piece) const {
  const auto sink = string_sink(piece.text);
  const auto writer = make_writer(*sink, {Format::kCsv, delimiter_});
  std::vector<Cell> cells = {{"x"}};  // a row of its own would be quoted where it is one empty cell
  for (std::size_t i = 0; i < piece.count; ++i) cells.push_back({plan_[piece.column + i].constant});
  writer->write(cells);
  sink->flush();
  piece.text.erase(0, 2);  // the x and its delimiter
  piece.text.pop_back();   // the line end
}

const OutputColumn* CsvRows::write(const Record& record) {
  char* const begin = sink_.reserve(2 * record.raw().size() + most_added_);
  char* out = begin;
  for (const Piece& piece : pieces_) {
    if (piece.is_constant) {
      out = copy(piece.text, out);
    } else if (piece.is_step) {
      OutputColumn& column = plan_[piece.column];
      std::string_view text = record[*column.input];
      if (!text.empty() && !is_missing(column, text)) {
        if (!column.step->apply(text, text)) return &column;
        out = copy(text, out);
      }
    } else {
      out = copy_run(piece, record, out);
    }
    *out++ = delimiter_;
  }
  out[-1] = '\n';
  sink_.commit(static_cast<std::size_t>(out - begin));
  return nullptr;
}

char* CsvRows::copy_run(const Piece& piece, const Record& record, char* out) const {
  const std::size_t first = *plan_[piece.column].input;
  const OutputColumn* column = &plan_[piece.column];
  for (std::size_t i = 0; i < piece.count; ++i, ++column) {
    if (is_missing(*column, record[first + i])) return copy_cells(piece, record, out);
  }
  const char* const begin = record.encoded(first).data();
  const std::string_view last = record.encoded(first + piece.count - 1);
  return copy({begin, static_cast<std::size_t>(last.data() + last.size() - begin)}, out);
}

char* CsvRows::copy_cells(const Piece& piece, const Record& record, char* out) const {
  for (std::size_t i = 0; i < piece.count; ++i) {
    const std::size_t at = *plan_[piece.column].input + i;
    if (i > 0) *out++ = delimiter_;
    if (!is_missing(plan_[piece.column + i], record[at])) {
      out = copy(record.encoded(at), out);
    }
  }
  return out;
}

}  // namespace sp
