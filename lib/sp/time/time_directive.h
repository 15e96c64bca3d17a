// The directives of a pattern: %Y, %H and the others of time_format.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sp {

// What has been read so far. Fields that a pattern lacks keep these values.
struct PatternParts {
  unsigned year = 1970, month = 1, day = 1, day_of_year = 0;
  unsigned hour = 0, minute = 0, second = 0;
  unsigned hour12 = 0;   // 1 to 12; 0: none was read
  unsigned weekday = 0;  // 1 is Monday; 0: none was read
  bool is_afternoon = false;
  std::int32_t nanos = 0;
  bool has_offset = false;
  std::int64_t offset = 0;  // seconds east of UTC
  std::string_view fraction;
};

// A directive: its letter, how many digits its number has at most (0: it is none), whether it has
// all of them in any case, and how to take it from the front of the text, with so many at least.
struct PatternDirective {
  char letter;
  std::size_t digits;
  bool is_full;
  bool (*take)(std::string_view& text, PatternParts& parts, std::size_t least);
};

// Null where no directive has this letter; %B and %h are %b, %A is %a.
const PatternDirective* find_directive(char letter);
// Of no letter: takes the fraction that may follow %S.
const PatternDirective* second_fraction();
// Takes Z, +HHMM or +HH:MM from the front of `text`. False where there is none.
bool take_offset(std::string_view& text, PatternParts& parts);

}  // namespace sp
