// UTF-8, as far as the tools must know it: which bytes are well-formed (RFC 3629).
#pragma once

#include <cstddef>
#include <string_view>

namespace sp {

// Length in bytes (1..4) of the well-formed sequence that begins at text[at], 0 where there is
// none: a stray or missing continuation byte, an overlong form, a surrogate, a value above
// U+10FFFF.
std::size_t utf8_sequence(std::string_view text, std::size_t at);

// Offset of the first byte that belongs to no well-formed sequence; npos where all do. Fast for
// ASCII.
std::size_t find_invalid_utf8(std::string_view text);

// Code points of a well-formed text.
std::size_t utf8_length(std::string_view text);

// The code point of a well-formed sequence.
char32_t utf8_decode(std::string_view sequence);

}  // namespace sp
