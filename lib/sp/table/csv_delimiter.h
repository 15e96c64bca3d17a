// Which delimiter a CSV file has that nobody named one for.
#pragma once

#include <string_view>

#include "sp/table/dialect.h"

namespace sp {

struct DelimiterGuess {
  char best = ',';
  // Fits as well as the best one; '\0' for none.
  char other = '\0';
  // There may be another answer when there is more of the file.
  bool wants_more = false;
};

// Of comma, semicolon, tab and | the one that the header has, outside quotes: where it has several,
// the one that as many rows as possible of the first 20 have as often as the header. `beginning` is
// that of the file after its preamble; `is_all`: there is no more to be had.
DelimiterGuess guess_delimiter(std::string_view beginning, const Dialect& dialect, bool is_all);

}  // namespace sp
