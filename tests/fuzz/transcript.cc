#include "transcript.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace sp::fuzz {
namespace {

void print(std::string_view label, std::string_view text, std::size_t from) {
  constexpr std::size_t kShown = 400;
  std::fprintf(stderr, "%.*s (from byte %zu of %zu): ", static_cast<int>(label.size()),
               label.data(), from, text.size());
  for (const char c : text.substr(from, kShown)) {
    if (c >= ' ' && c <= '~') {
      std::fputc(c, stderr);
    } else {
      std::fprintf(stderr, "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
    }
  }
  std::fputc('\n', stderr);
}

void append_number(std::string& out, std::string_view label, std::uint64_t value) {
  out += label;
  out += std::to_string(value);
}

// What a record promises of its cells; AddressSanitizer tells where it is not so.
void read_ahead(std::string_view cell) {
  if (cell.empty()) return;
  char bytes[Record::kReadable];
  std::memcpy(bytes, cell.data(), sizeof bytes);
  const volatile char last = bytes[sizeof bytes - 1];
  static_cast<void>(last);
}

void read_rows(RecordReader& reader, Transcript& transcript) {
  transcript.raw = reader.header_text();
  for (const std::string& name : reader.columns().names()) append_cell(transcript.text, name, "");
  transcript.text += '\n';
  Record record;
  while (reader.next(record)) {
    transcript.raw += record.raw();
    append_row(transcript.text, record);
  }
}

}  // namespace

void append_cell(std::string& out, std::string_view decoded, std::string_view encoded) {
  append_number(out, " [", decoded.size());
  out += '|';
  out += decoded;
  out += '|';
  out += encoded;
  out += ']';
}

void append_row(std::string& out, const Record& record) {
  append_number(out, "row ", record.row());
  append_number(out, " line ", record.line());
  if (!record.defect().empty()) out += " defect";
  for (std::size_t i = 0; i < record.size(); ++i) {
    read_ahead(record[i]);
    append_cell(out, record[i], record.encoded(i));
    if (record.kind(i) != CellKind::kText) {
      append_number(out, "kind ", static_cast<std::uint64_t>(record.kind(i)));
    }
  }
  append_number(out, " raw ", record.raw().size());
  out += '\n';
}

Transcript read_all(const OpenReader& open) {
  Transcript transcript;
  try {
    read_rows(*open(), transcript);
  } catch (const Error& e) {
    must_hold(e.code() == ExitCode::kDataErr, "an error that is not about data", e.what());
    transcript.error = e.what();
    append_number(transcript.error, " at row ", e.where().row);
    append_number(transcript.error, " line ", e.where().line);
  }
  return transcript;
}

void report_difference(std::string_view what, std::string_view a, std::string_view b) {
  const auto parted = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  const auto at = static_cast<std::size_t>(parted.first - a.begin());
  const std::size_t from = at < 40 ? 0 : at - 40;
  std::fprintf(stderr, "FINDING: %.*s; they part at byte %zu\n", static_cast<int>(what.size()),
               what.data(), at);
  print("one", a, from);
  print("other", b, std::min(from, b.size()));
  std::abort();
}

std::uint64_t variant_of(std::string_view input) {
  std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : input) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash ^ hash >> 29;
}

}  // namespace sp::fuzz
