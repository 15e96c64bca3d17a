// Names that look the same are the same: one spelling of letters with marks.
#pragma once

#include <string>
#include <string_view>

namespace sp {

// `text` in Unicode Normalization Form C (UAX #15), in which e and a combining accent are é; as it
// is where it is not UTF-8, or has more than 30 marks in a row, which no name has (UAX #15 calls
// the rest stream-safe): to order so many takes long.
std::string nfc(std::string_view text);

}  // namespace sp
