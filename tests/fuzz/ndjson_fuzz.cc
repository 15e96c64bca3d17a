// The NDJSON reader: whole and in pieces, its two ways to take a line apart, and what it read
// written as NDJSON and as CSV and read again.
#include "sp/table/ndjson_reader.h"

#include <algorithm>

#include "round_trip.h"
#include "sp/table/ndjson_row.h"
#include "transcript.h"

namespace {

using sp::fuzz::must_agree;
using sp::fuzz::must_hold;
using sp::fuzz::Transcript;

constexpr std::string_view kWhiteSpace = " \t\r\n";

struct Case {
  std::string_view text;
  sp::ReadOptions options;
  std::size_t chunk = 1;
  std::size_t head = 0;
};

Case make_case(std::string_view input) {
  const std::uint64_t variant = sp::fuzz::variant_of(input);
  Case c;
  c.text = input;
  if ((variant & 7) == 0) c.options.max_row_bytes = 1 + (variant >> 3 & 127);
  const std::size_t chunks[] = {1, 7, 63, 64, 65, 200, 1000, 4096};
  c.chunk = chunks[variant >> 10 & 7];
  c.options.buffer_bytes = 64 + (variant >> 13 & 511);
  c.head = std::min<std::size_t>(c.text.size(), variant >> 22 & 7);
  return c;
}

std::unique_ptr<sp::RecordReader> open(const Case& c, bool whole) {
  sp::ReadOptions options = c.options;
  if (whole) options.buffer_bytes = c.text.size() + 64;
  const std::size_t head = whole ? 0 : c.head;
  auto source =
      sp::memory_source(c.text.substr(head), "f", whole ? std::size_t{SIZE_MAX} : c.chunk);
  return std::make_unique<sp::NdjsonReader>(std::move(source), c.text.substr(0, head), options);
}

// Where nothing ended the reading early, the rows are the input but for white space at its end and
// a byte-order mark.
void check_raw(const Case& c, const Transcript& whole) {
  std::string_view text = c.text;
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  must_hold(text.starts_with(whole.raw), "the rows are the input's beginning", whole.raw);
  must_hold(text.find_first_not_of(kWhiteSpace, whole.raw.size()) == std::string_view::npos,
            "what is no row is white space", text.substr(whole.raw.size()));
}

std::string cells_of(const sp::NdjsonRow& row) {
  std::string text = row.defect.empty() ? "sound" : "defect";
  for (std::size_t i = 0; row.defect.empty() && i < row.cells.size(); ++i) {
    sp::fuzz::append_cell(text, row.cells[i], row.tokens[i]);
    text += std::to_string(static_cast<int>(row.kinds[i]));
  }
  return text;
}

// Both ways through each line, with the columns of the first line that has some.
void check_two_ways(std::string_view text) {
  sp::NdjsonRow usual, any;
  bool has_columns = false;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, size));
    text.remove_prefix(std::min(size + 1, text.size()));
    line.append(1, '\n').append(sp::NdjsonRow::kPadding, '\0');
    const std::string_view bytes(line.data(), size);
    if (!has_columns) {
      try {
        usual.set_columns(bytes);
        any.set_columns(bytes);
        has_columns = true;
      } catch (const sp::Error&) {
        return;
      }
    }
    usual.parse(bytes);
    any.parse_any(bytes);
    must_agree("the short way and simdjson", cells_of(usual), cells_of(any));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const Case c = make_case({reinterpret_cast<const char*>(data), size});
  const Transcript whole = sp::fuzz::read_all([&] { return open(c, true); });
  const Transcript pieces = sp::fuzz::read_all([&] { return open(c, false); });
  must_agree("rows, whole and in pieces", pieces.text, whole.text);
  must_agree("raw rows, whole and in pieces", pieces.raw, whole.raw);
  must_agree("errors, whole and in pieces", pieces.error, whole.error);
  check_two_ways(c.text);
  if (whole.threw()) return 0;
  check_raw(c, whole);
  sp::fuzz::check_round_trip(sp::fuzz::sound_rows(*open(c, true)), ",;\t|"[c.chunk & 3], true);
  return 0;
}
