// One line of NDJSON taken apart into the cells of its row.
//
// Two ways give the same cells. The short way takes the line that nearly every line is: the
// columns' names in the columns' order, without escapes. All others go through simdjson, which also
// finds the words for what is wrong with a line.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/key_hash.h"
#include "sp/table/columns.h"
#include "sp/table/record.h"

namespace sp {

class NdjsonRow {
 public:
  NdjsonRow();
  ~NdjsonRow();

  // A line's last byte must be followed by a line feed, and that by so many readable bytes.
  static constexpr std::size_t kPadding = 64;

  // What is known of the members beforehand: ReadOptions::members and takes_other_members.
  void expect(std::vector<std::string> members, bool takes_others);
  // Members of an object in an object are members too: "a.b".
  void flatten() { flattens_ = true; }
  // The names in the object on `line`, each once, in their order, and those that are expected;
  // these are the columns from now on. Of an empty `line`, which is no object, only the expected.
  // Throws Error(kDataErr) for a line that is not an object.
  Columns set_columns(std::string_view line);

  // Fills the arrays below. Views are into `line` and into this object, until the next call.
  void parse(std::string_view line);
  // The same, always through simdjson (for tests).
  void parse_any(std::string_view line);
  // As a row of nothing but a defect.
  void set_defect(std::string_view defect);

  // One element for each column: the text, the token as it stands in the line, the kind.
  std::vector<std::string_view> cells, tokens;
  std::vector<CellKind> kinds;
  // What is wrong with the row; empty where nothing is.
  std::string defect;

 private:
  struct Parser;
  struct Value;
  bool parse_usual(std::string_view line);
  const char* parse_members(std::string_view line);
  template <class Object>
  const char* read_members(Object object, const std::string& prefix, int levels,
                           std::size_t& expected);
  template <class Object>
  void read_names(Object object, const std::string& prefix, int levels);
  void place(std::string_view name, const Value& value, std::size_t& expected);
  void add_expected();
  void clear_cells(std::size_t first = 0);
  void add_defect(std::string_view what, std::string_view field = {});

  std::unique_ptr<Parser> parser_;
  std::vector<std::string> quoted_names_;  // "name": as JSON
  std::vector<std::string> names_;
  KeyMap<std::size_t> index_;  // of a name in names_
  std::vector<char> seen_;     // by parse_any(), in this line
  std::vector<std::string> expected_;
  KeyNames nested_;  // of names_, those whose value in the first object is one itself
  bool flattens_ = false;
  bool takes_others_ = false;
  bool knows_members_ = false;  // the columns are those that are expected
};

}  // namespace sp
