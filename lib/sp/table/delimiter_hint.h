// A header that was cut in the wrong places.
#pragma once

#include <cstddef>
#include <string>

namespace sp {

class Columns;

// Where it is to be said: what --delimiter is, a schema's dialect may be alone.
enum class DelimiterPlace { kFlag, kDialect };

// "the header holds ';' 4 times: did you mean --delimiter ';'?" where a CSV header looks as if it
// were written with another delimiter than the one in use: it has one column, or `wanted` columns
// (0: nobody knows) by the other. Else empty.
std::string delimiter_hint(const Columns& columns, char delimiter, std::size_t wanted,
                           DelimiterPlace place = DelimiterPlace::kFlag);

}  // namespace sp
