// How a CSV file is written: Frictionless Table Dialect (v2; v1's CSV Dialect is a subset).
// https://datapackage.org/standard/table-dialect/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sp {

// Rows are counted from 1 over the rows of the file after `skip_lines`, without those that begin
// with `comment`.
struct Dialect {
  std::optional<char> delimiter;    // the format's where nothing is said: ',' or a tab
  std::optional<char> quote = '"';  // none: quotes are text
  bool double_quote = true;         // "" in a quoted cell is one quote
  std::optional<char> escape;       // the byte after it is itself
  char line_terminator = '\n';      // of "\n" and "\r\n" both are accepted
  // Only LF was named: a CR that no LF follows is a character like others, and no defect.
  bool returns_are_text = false;
  bool skip_initial_space = false;   // spaces after a delimiter are not part of the cell
  bool skip_trailing_space = false;  // nor are those before the next one, or the line end
  std::string null_sequence;         // a cell of this text is missing; empty: none
  bool header = true;
  std::vector<std::uint64_t> header_rows = {
      1};  // sorted; rows before the last of them are not data
  std::string header_join = " ";
  std::vector<std::uint64_t> comment_rows;  // sorted
  std::string comment;                      // rows that begin with it are no rows; empty: none
  std::uint64_t skip_lines = 0;             // lines before the first row: a preamble (--skip-rows)
  // The header lacks the name of the first column: it is kRowNames (--row-names).
  bool row_names = false;
  // Names and cells that are empty and after the last named column are none
  // (--ignore-trailing-empty).
  bool ignore_trailing_empty = false;
  std::string encoding;  // as iconv names it, where no flag does; empty: UTF-8, or by the mark
  // The names where `header` is false; as many as there are: "field1", "field2", ….
  std::vector<std::string> names;

  // Of NDJSON: members of nested objects are columns, "a.b".
  bool flatten = false;

  // Whether bytes other than delimiters, quotes and LF decide, so that the fast scan is not enough.
  bool needs_bytewise_scan() const {
    return escape || !double_quote || skip_initial_space || line_terminator != '\n';
  }
  // Whether a cell, as it is written, is what a reader that knows nothing of the dialect takes it
  // for.
  bool has_plain_cells() const {
    return quote == '"' && null_sequence.empty() && !ignore_trailing_empty &&
           !skip_trailing_space && !needs_bytewise_scan();
  }
  // Whether the header is one row with nothing before, in or after it but its columns' names.
  bool has_plain_header() const {
    return header && header_rows.size() == 1 && header_rows[0] == 1 && !row_names &&
           !ignore_trailing_empty && skip_lines == 0 && comment.empty() && comment_rows.empty();
  }
  bool is_plain() const { return has_plain_cells() && has_plain_header(); }
};

inline constexpr const char* kRowNames = "row_names";

// Changes `dialect` by the members of a JSON object: those that are named there, no others.
// `where` is its place for messages ("x.json", "schema.json: /dialect").
// Throws Error(kConfig) that names a member that is unknown, of the wrong type, or not supported.
void apply_dialect(std::string_view json, const std::string& where, Dialect& dialect);
bool is_dialect_property(std::string_view name);
// Whether it is one that says something about CSV, not to people or of other formats.
bool acts_in_dialect(std::string_view name);
// The same from a file.
void apply_dialect_file(const std::string& path, Dialect& dialect);

}  // namespace sp
