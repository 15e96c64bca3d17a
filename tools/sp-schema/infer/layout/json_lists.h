// Lists of objects within a JSON text's first object, which may be the rows of a table.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sp {

struct FirstObject {
  std::vector<std::string> lists;  // as jq names them: .results, .data["a b"]
  bool is_in_list = false;         // the text is a list, and that is its first item
  bool has_line_ends = false;      // between its members
  bool is_alone = true;            // nothing but it is there
};

// Nothing of it where `text`, which may be cut anywhere, begins with no object.
FirstObject first_object(std::string_view text);
// What to do where the rows are in one of its lists; empty: it has none.
std::string list_hint(const FirstObject& object);

}  // namespace sp
