// What a reader told about an input, as one text: two readings agree where their transcripts do.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "sp/table/record_reader.h"

namespace sp::fuzz {

// Header, every row (number, line, defect or not, each cell decoded and as it stood, raw bytes),
// and the error that ended it, with its place.
struct Transcript {
  std::string text;
  std::string raw;  // header and rows, put together again
  std::string error;
  bool threw() const { return !error.empty(); }
};

using OpenReader = std::function<std::unique_ptr<RecordReader>()>;

// Opens and reads to the end. An exception other than sp::Error with kDataErr is a finding.
Transcript read_all(const OpenReader& open);

// One row as a transcript has it.
void append_row(std::string& out, const Record& record);
void append_cell(std::string& out, std::string_view decoded, std::string_view encoded);

// Prints `what` and both texts from where they part, and aborts: a finding.
[[noreturn]] void report_difference(std::string_view what, std::string_view a, std::string_view b);
inline void must_agree(std::string_view what, std::string_view a, std::string_view b) {
  if (a != b) report_difference(what, a, b);
}
// A property that does not hold: a finding.
inline void must_hold(bool holds, std::string_view what, std::string_view text = {}) {
  if (!holds) report_difference(what, text, "");
}

// A number to choose variants by that depends on the whole input, so that seeds stay plain texts.
std::uint64_t variant_of(std::string_view input);

}  // namespace sp::fuzz
