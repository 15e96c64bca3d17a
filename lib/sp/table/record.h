// One row of an input, whatever its format: a view into the reader's buffer.
//
// Bytes belong to the reader and are valid until the next call of RecordReader::next(). Copy what
// you keep. One Record is reused for all rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sp {

// What the format itself says about a cell. CSV says nothing (kText); JSON tells types.
enum class CellKind : std::uint8_t {
  kText,     // CSV: untyped
  kString,   // JSON string
  kNumber,   // JSON number
  kBoolean,  // JSON true or false
  kNull,     // JSON null, or a member that is not there: an empty text
};

// A cell to be written. `text` belongs to whoever filled it, until the writer returns.
struct Cell {
  std::string_view text;
  CellKind kind = CellKind::kText;
  bool encoded =
      false;  // `text` is already written as the output's format wants it: copy it as it is
};

class Record {
 public:
  std::size_t size() const { return size_; }
  // So many bytes from the first of a cell that is not empty are readable, however short it is.
  static constexpr std::size_t kReadable = 16;

  // The value of cell i < size(), decoded: without quotes, escapes resolved.
  std::string_view operator[](std::size_t i) const {
    if (decoded_) return decoded_[i];
    const char* begin = i == 0 ? raw_.data() : base_ + ends_[i - 1] + 1;
    return {begin, static_cast<std::size_t>(base_ + ends_[i] - begin)};
  }
  // Cell i as it stands in the input: with its quotes (CSV), as a JSON token (NDJSON; empty where
  // the member is missing).
  std::string_view encoded(std::size_t i) const {
    if (encoded_) return encoded_[i];
    return (*this)[i];
  }
  CellKind kind(std::size_t i) const { return kinds_ ? kinds_[i] : CellKind::kText; }
  // The row as it stands in the input, with its line end where it has one.
  std::string_view raw() const { return raw_; }
  // Data row, from 1, and the line of the file on which it begins, from 1.
  std::uint64_t row() const { return row_; }
  std::uint64_t line() const { return line_; }
  // A defect of the row that the reader saw and could pass over (a quote in the wrong place, a name
  // that the header lacks): a message for people, empty where there is none. Such a row must not be
  // used as data.
  std::string_view defect() const { return defect_; }

 private:
  friend class CsvReader;
  friend class NdjsonReader;
  // Either offsets of cell ends from base_ (plain CSV rows), or arrays of decoded cells.
  const char* base_ = nullptr;
  const std::uint32_t* ends_ = nullptr;
  const std::string_view* decoded_ = nullptr;
  const std::string_view* encoded_ = nullptr;
  const CellKind* kinds_ = nullptr;
  std::size_t size_ = 0;
  std::string_view raw_;
  std::uint64_t row_ = 0;
  std::uint64_t line_ = 0;
  std::string_view defect_;
};

// Whether no cell of the row has a character.
inline bool is_blank(const Record& record) {
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (!record.encoded(i).empty()) return false;
  }
  return true;
}

}  // namespace sp
