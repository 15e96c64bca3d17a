// How far apart two words are, to tell a slip of the pen from another word.
#pragma once

#include <cstddef>
#include <string_view>

namespace sp {

// How many characters must be put in, left out or replaced to make `b` of `a`; to swap two
// neighbours is `swap` such steps. Time and memory grow with the product of the lengths: the
// caller knows how long a word may be that is worth asking about.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t swap = 1);

// True where `name` is probably a misspelling of `word`, but not `word`: other case, or one or two
// letters off.
bool looks_like(std::string_view name, std::string_view word);

}  // namespace sp
