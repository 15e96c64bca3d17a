// Where a JSON text breaks JSON's grammar, in words for those who wrote it by hand. The parser says
// only that it does.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sp {

struct JsonFault {
  std::uint64_t line = 1;    // from 1
  std::uint64_t column = 1;  // from 1, in characters
  std::string message;       // "a comma or } is missing before it"
};

// The first fault of `text`; nothing where it is one JSON value (RFC 8259).
std::optional<JsonFault> find_json_fault(std::string_view text);

// "column 5: a comma or } is missing before \"unit\""; `otherwise` where no fault is found. Sets
// `line`.
std::string explain_json_fault(std::string_view text, std::string_view otherwise,
                               std::uint64_t& line);

}  // namespace sp
