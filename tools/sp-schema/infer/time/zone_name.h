// The time zone that a text names: a column's name, or a line before the header.
#pragma once

#include <string>
#include <string_view>

namespace sp {

struct NamedZone {
  std::string text;  // that names it, as it stands there; empty: none does
  std::string zone;  // in the IANA database; empty: none is it, or none is known
  // What a person has to look at, to follow "is ZONE"; empty: nothing.
  std::string doubt;
  std::string place;  // of an abbreviation: a zone whose clocks change, and that has it
};

// "Time (UTC+2)", "timestamp [Europe/Sofia]", "GMT", "Zeit MEZ", "+0200".
NamedZone find_zone(std::string_view text);

}  // namespace sp
