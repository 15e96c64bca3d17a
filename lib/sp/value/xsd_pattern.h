// Regular expressions of XML Schema (part 2, appendix F), which the Table Schema's `pattern` has,
// written anew for RE2.
//
// \i \c \d \w \s and their opposites, \p{..} of general categories and of the blocks that
// character_block() knows, and class subtraction become classes of code points. Beyond XML
// Schema: ^ and $ are anchors where a branch begins or ends, as the Table Schema's own example has
// them; (?:..), (?i) and lazy quantifiers are RE2's.
#pragma once

#include <string>
#include <string_view>

namespace sp {

// Throws Error(kConfig) for what is not such an expression, naming the place; RE2 may still refuse
// the result (a count above 1000).
std::string translate_xsd_pattern(std::string_view pattern);

}  // namespace sp
