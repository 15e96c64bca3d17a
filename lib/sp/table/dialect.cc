#include "sp/table/dialect.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "sp/base/diagnostic.h"
#include "sp/base/spelling.h"
#include "sp/json/json_fault.h"

namespace sp {
namespace {

using simdjson::dom::element;

struct Member {
  element value;
  std::string where;  // "x.json: /dialect/quoteChar"

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::kConfig, where + " " + what);
  }
  std::string text() const {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) fail("is not a string");
    return std::string(text);
  }
  bool boolean() const {
    bool flag = false;
    if (value.get(flag) != simdjson::SUCCESS) fail("is not true or false");
    return flag;
  }
  std::uint64_t count() const {
    std::uint64_t number = 0;
    if (value.get(number) != simdjson::SUCCESS) fail("is not a whole number");
    return number;
  }
  // One byte; nothing where the value is null or, with `may_be_empty`, "".
  std::optional<char> byte(bool may_be_empty) const {
    if (value.is_null()) return std::nullopt;
    const std::string given = text();
    if (given.empty() && may_be_empty) return std::nullopt;
    if (given.size() != 1) fail("is not one ASCII character");
    return given[0];
  }
  std::vector<std::uint64_t> rows() const {
    simdjson::dom::array array;
    if (value.get(array) != simdjson::SUCCESS) fail("is not a list of row numbers");
    std::vector<std::uint64_t> rows;
    for (const element item : array) {
      std::uint64_t row = 0;
      if (item.get(row) != simdjson::SUCCESS || row == 0) fail("holds what is not a row number");
      rows.push_back(row);
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
};

// Only what a flag or one pass of another tool can do as well is refused.
void set_delimiter(const Member& member, Dialect& dialect) {
  const std::string text = member.text();
  if (text.size() > 1) {
    member.fail(
        "has several characters, and sp reads delimiters of one byte; put a character that no cell "
        "holds in its place first, as sed 's/||/\\t/g' does, or, for blanks after one, use "
        "skipInitialSpace");
  }
  dialect.delimiter = member.byte(false);
}

void set_line_terminator(const Member& member, Dialect& dialect) {
  const std::string text = member.text();
  if (text == "\n" || text == "\r\n") {
    dialect.line_terminator = '\n';
    dialect.returns_are_text = text == "\n";
  } else if (text.size() == 1) {
    dialect.line_terminator = text[0];
  } else {
    member.fail(
        "is not a line terminator that is supported: LF, CRLF or one character; put LF in its "
        "place first");
  }
}

void set_header_rows(const Member& member, Dialect& dialect) {
  if (member.value.is_null()) return;
  dialect.header_rows = member.rows();
  if (dialect.header_rows.empty()) dialect.header = false;
}

struct Property {
  std::string_view name;
  void (*set)(const Member&, Dialect&);
};

// The standard's members that say something about CSV. Those that only people or other formats need
// have no function.
const Property kProperties[] = {
    {"delimiter", set_delimiter},
    {"lineTerminator", set_line_terminator},
    {"quoteChar", [](const Member& m, Dialect& d) { d.quote = m.byte(true); }},
    {"doubleQuote", [](const Member& m, Dialect& d) { d.double_quote = m.boolean(); }},
    {"escapeChar", [](const Member& m, Dialect& d) { d.escape = m.byte(true); }},
    {"nullSequence", [](const Member& m, Dialect& d) { d.null_sequence = m.text(); }},
    {"skipInitialSpace", [](const Member& m, Dialect& d) { d.skip_initial_space = m.boolean(); }},
    {"header", [](const Member& m, Dialect& d) { d.header = m.boolean(); }},
    {"headerRows", set_header_rows},
    {"headerJoin", [](const Member& m, Dialect& d) { d.header_join = m.text(); }},
    {"commentRows", [](const Member& m, Dialect& d) { d.comment_rows = m.rows(); }},
    {"commentChar", [](const Member& m, Dialect& d) { d.comment = m.text(); }},
    // sp's extra properties
    {"skipRows", [](const Member& m, Dialect& d) { d.skip_lines = m.count(); }},
    {"skipTrailingSpace", [](const Member& m, Dialect& d) { d.skip_trailing_space = m.boolean(); }},
    {"rowNames", [](const Member& m, Dialect& d) { d.row_names = m.boolean(); }},
    {"encoding", [](const Member& m, Dialect& d) { d.encoding = m.text(); }},
    {"ignoreTrailingEmpty",
     [](const Member& m, Dialect& d) { d.ignore_trailing_empty = m.boolean(); }},
    {"flatten", [](const Member& m, Dialect& d) { d.flatten = m.boolean(); }},
    {"$schema", nullptr},
    {"property", nullptr},
    {"itemType", nullptr},
    {"itemKeys", nullptr},
    {"sheetNumber", nullptr},
    {"sheetName", nullptr},
    {"table", nullptr},
    {"name", nullptr},
    {"title", nullptr},
    {"description", nullptr},
    {"csvddfVersion", nullptr},
    {"caseSensitiveHeader", nullptr},
};

const Property* find_property(std::string_view name) {
  const auto* found = std::find_if(std::begin(kProperties), std::end(kProperties),
                                   [=](const Property& p) { return p.name == name; });
  return found == std::end(kProperties) ? nullptr : found;
}

[[noreturn]] void fail_unknown(const Member& member, std::string_view name) {
  const auto* alike = std::find_if(std::begin(kProperties), std::end(kProperties),
                                   [=](const Property& p) { return looks_like(name, p.name); });
  member.fail(
      "is not a dialect property that is supported" +
      (alike == std::end(kProperties) ? "" : fmt::format("; did you mean '{}'?", alike->name)));
}

}  // namespace

bool is_dialect_property(std::string_view name) { return find_property(name) != nullptr; }

bool acts_in_dialect(std::string_view name) {
  const Property* property = find_property(name);
  return property != nullptr && property->set != nullptr;
}

void apply_dialect(std::string_view json, const std::string& where, Dialect& dialect) {
  simdjson::dom::parser parser;
  element document;
  simdjson::dom::object object;
  const auto error = parser.parse(simdjson::padded_string(json)).get(document);
  if (error != simdjson::SUCCESS) {
    std::uint64_t line = 0;
    const std::string fault = explain_json_fault(json, simdjson::error_message(error), line);
    throw Error(ExitCode::kConfig,
                fmt::format("{}the dialect is not JSON: line {}, {}", where, line, fault));
  }
  if (document.get(object) != simdjson::SUCCESS) {
    throw Error(ExitCode::kConfig, where + " is not a JSON object");
  }
  for (const auto& [key, value] : object) {
    const Member member{value, fmt::format("{}/{}", where, key)};
    const Property* property = find_property(key);
    if (property == nullptr) fail_unknown(member, key);
    if (property->set != nullptr) property->set(member, dialect);
  }
}

void apply_dialect_file(const std::string& path, Dialect& dialect) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw Error(ExitCode::kConfig, "cannot open the dialect file", Location{path, 0, 0, ""});
  const std::string json((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  apply_dialect(json, path + ": ", dialect);
}

}  // namespace sp
