// The CSV reader: every scanner, whole and in pieces, against the model of csv_model.h.
#include <algorithm>

#include "csv_model.h"
#include "round_trip.h"
#include "sp/table/csv_reader.h"
#include "transcript.h"

namespace {

using sp::fuzz::must_agree;
using sp::fuzz::must_hold;
using sp::fuzz::Transcript;

struct Case {
  std::string_view text;
  sp::ReadOptions options;
  bool has_model = true;
  std::size_t chunk = 1;
  std::size_t head = 0;  // bytes that were read before there was a reader
};

// One of the ways to write CSV that RFC 4180 does not know. They have no model: the scanners and
// the ways to cut the input must agree with one another.
sp::Dialect make_dialect(std::uint64_t variant) {
  sp::Dialect dialect;
  const auto flag = [&variant] { return (variant >>= 1 & 1) != 0; };
  if (flag()) dialect.escape = '\\';
  dialect.double_quote = flag();
  dialect.skip_initial_space = flag();
  if (flag()) dialect.line_terminator = '\r';
  if (flag()) dialect.quote.reset();
  dialect.header = flag();
  if (flag()) dialect.header_rows = {1, 3};
  if (flag()) dialect.comment = "#";
  if (flag()) dialect.comment_rows = {2, 4};
  if (flag()) dialect.skip_lines = 2;
  return dialect;
}

Case make_case(std::string_view input) {
  const std::uint64_t variant = sp::fuzz::variant_of(input);
  Case c;
  c.text = input;
  c.options.delimiter = ",;\t,"[variant & 3];
  if ((variant >> 2 & 7) == 0) c.options.max_row_bytes = 1 + (variant >> 5 & 127);
  const std::size_t chunks[] = {1, 7, 63, 64, 65, 200, 1000, 4096};
  c.chunk = chunks[variant >> 12 & 7];
  c.options.buffer_bytes = 64 + (variant >> 16 & 511);
  c.head = std::min<std::size_t>(c.text.size(), variant >> 25 & 7);
  c.has_model = (variant >> 28 & 3) != 0;
  if (!c.has_model) c.options.dialect = make_dialect(variant >> 30);
  return c;
}

// Whole: all in one buffer and at once. Otherwise in pieces.
std::unique_ptr<sp::RecordReader> open(const Case& c, sp::CsvScan scan, bool whole) {
  sp::ReadOptions options = c.options;
  if (whole) options.buffer_bytes = c.text.size() + 64;
  const std::size_t head = whole ? 0 : c.head;
  auto source =
      sp::memory_source(c.text.substr(head), "f", whole ? std::size_t{SIZE_MAX} : c.chunk);
  return std::make_unique<sp::CsvReader>(std::move(source), c.text.substr(0, head), options, scan);
}

Transcript read(const Case& c, sp::CsvScan scan, bool whole) {
  return sp::fuzz::read_all([&] { return open(c, scan, whole); });
}

// A row above the limit is refused when the buffer is full or when it was read, so that it depends
// on the buffer's size whether its quotes are known to be closed. Its place does not.
std::string without_size_of_buffer(const std::string& error) {
  if (error.find("longer than") == std::string::npos &&
      error.find("never closed") == std::string::npos) {
    return error;
  }
  return "cannot be read" + error.substr(error.rfind(" at row "));
}

struct Expected {
  std::string text;
  std::string raw;
  bool fails = false;
  std::string_view error;  // a part of the message
  Expected& fail(std::string_view message) {
    fails = true;
    error = message;
    return *this;
  }
};

void append_expected(Expected& expected, const sp::fuzz::ModelRow& row, std::size_t number) {
  expected.raw += row.raw;
  if (number > 0) {
    expected.text += "row " + std::to_string(number) + " line " + std::to_string(row.line);
    if (row.defect) expected.text += " defect";
  }
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    sp::fuzz::append_cell(expected.text, row.cells[i], number > 0 ? row.encoded[i] : "");
  }
  if (number > 0) expected.text += " raw " + std::to_string(row.raw.size());
  expected.text += '\n';
}

// Zero bytes, and a carriage return that is not quoted and ends no line.
bool looks_encoded(const sp::fuzz::ModelRow& header) {
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    if (header.cells[i].find('\0') != std::string::npos) return true;
    const std::string_view encoded = header.encoded[i];
    if (!encoded.starts_with('"') && encoded.find('\r') != std::string_view::npos) return true;
  }
  return false;
}

Expected expect(const Case& c) {
  std::string_view text = c.text;
  Expected expected;
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) {
    return expected.fail("UTF-16");
  }
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  const sp::fuzz::ModelCsv csv = sp::fuzz::read_by_hand(text, c.options.delimiter);
  std::size_t number = 0;
  for (const auto& row : csv.rows) {
    if (row.raw.size() > c.options.max_row_bytes) return expected.fail("longer than");
    if (number == 0 && row.defect) return expected.fail("the header: ");
    if (number == 0 && looks_encoded(row)) return expected.fail("the header has ");
    append_expected(expected, row, number++);
  }
  if (!csv.unclosed.empty()) {
    // Which of the two is said depends on whether the buffer is full before the input ends.
    return expected.fail(csv.unclosed.size() > c.options.max_row_bytes ? "" : "never closed");
  }
  return csv.rows.empty() ? expected.fail("empty") : expected;
}

void check(const Case& c, const Transcript& found) {
  const Expected expected = expect(c);
  must_hold(found.threw() == expected.fails, "an error where there is none, or none", found.error);
  must_hold(found.error.find(expected.error) != std::string::npos, expected.error, found.error);
  // A text that breaks within its first bytes is refused before there is a header to show.
  if (found.threw() && found.text.empty()) return;
  must_agree("the reader and the model", found.text, expected.text);
  must_agree("raw rows put together", found.raw, expected.raw);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static const std::vector<sp::CsvScanner> scanners = sp::csv_scanners();
  const Case c = make_case({reinterpret_cast<const char*>(data), size});
  const Transcript whole = read(c, scanners.back().scan, true);
  if (c.has_model) check(c, whole);
  for (const sp::CsvScanner& scanner : scanners) {
    const Transcript pieces = read(c, scanner.scan, false);
    must_agree(scanner.name, pieces.text, whole.text);
    must_agree(scanner.name, pieces.raw, whole.raw);
    must_agree(scanner.name, without_size_of_buffer(pieces.error),
               without_size_of_buffer(whole.error));
  }
  if (whole.threw()) return 0;
  const auto reader = open(c, scanners.front().scan, true);
  sp::fuzz::check_round_trip(sp::fuzz::sound_rows(*reader), c.options.delimiter, false);
  return 0;
}
