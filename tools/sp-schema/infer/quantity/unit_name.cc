#include "sp-schema/infer/quantity/unit_name.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// A spelling of a unit in a name. One that is a word of its own elsewhere ("c",
// "m") counts only after a quantity that has such a unit, or in brackets.
struct UnitName {
  std::string_view text;
  const char* unit;
};
constexpr UnitName kUnitNames[] = {
    {"°c", "degC"},
    {"degc", "degC"},
    {"deg_c", "degC"},
    {"celsius", "degC"},
    {"c", "degC"},
    {"℃", "degC"},
    {"°f", "degF"},
    {"degf", "degF"},
    {"deg_f", "degF"},
    {"fahrenheit", "degF"},
    {"f", "degF"},
    {"kelvin", "K"},
    {"k", "K"},
    {"hpa", "hPa"},
    {"mbar", "hPa"},
    {"mb", "hPa"},
    {"millibar", "hPa"},
    {"kpa", "kPa"},
    {"pa", "Pa"},
    {"inhg", "inHg"},
    {"mmhg", "mmHg"},
    {"%", "percent"},
    {"pct", "percent"},
    {"prozent", "percent"},
    {"gradc", "degC"},
    {"gradcelsius", "degC"},
    {"gradf", "degF"},
    {"grad", "degree"},
    {"partspermillion", "ppm"},
    {"partsperbillion", "ppb"},
    {"percent", "percent"},
    {"%rh", "percent"},
    {"µg/m³", "ug/m3"},
    {"μg/m³", "ug/m3"},
    {"µg/m3", "ug/m3"},
    {"μg/m3", "ug/m3"},
    {"ug/m3", "ug/m3"},
    {"ug/m³", "ug/m3"},
    {"ug_m3", "ug/m3"},
    {"ugm3", "ug/m3"},
    {"ug/m^3", "ug/m3"},
    {"mg/m3", "mg/m3"},
    {"mg/m³", "mg/m3"},
    {"mg_m3", "mg/m3"},
    {"ppb", "ppb"},
    {"ppm", "ppm"},
    {"m/s", "m/s"},
    {"m_s", "m/s"},
    {"ms", "m/s"},
    {"mps", "m/s"},
    {"km/h", "km/h"},
    {"km_h", "km/h"},
    {"kmh", "km/h"},
    {"kph", "km/h"},
    {"mph", "mile/hour"},
    {"kn", "knot"},
    {"kt", "knot"},
    {"kts", "knot"},
    {"knots", "knot"},
    {"mm", "mm"},
    {"cm", "cm"},
    {"m", "m"},
    {"km", "km"},
    {"in", "inch"},
    {"inch", "inch"},
    {"in/hr", "inch/hour"},
    {"in/h", "inch/hour"},
    {"mm/hr", "mm/hour"},
    {"mm/h", "mm/hour"},
    {"°", "degree"},
    {"deg", "degree"},
    {"degrees", "degree"},
    {"w/m2", "W/m2"},
    {"w/m²", "W/m2"},
    {"w/m^2", "W/m2"},
    {"w_m2", "W/m2"},
    {"wm2", "W/m2"},
    {"lux", "lux"},
    {"lx", "lux"},
    {"v", "V"},
    {"mv", "mV"},
    {"volt", "V"},
    {"volts", "V"},
    {"10sdeg", "10 degree"},
    {"bq/m3", "Bq/m3"},
    {"bq/m³", "Bq/m3"},
    {"meters/second", "m/s"},
    {"µs/cm", "uS/cm"},
    {"us/cm", "uS/cm"},
    {"cfs", "ft3/s"},
    {"degt", "degree"},
    {"sec", "s"},
    {"nmi", "nautical_mile"},
    {"ft", "ft"},
};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool is_known_unit(const std::string& unit) {
  try {
    check_unit(unit);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace

std::string find_unit(std::string_view text) {
  const std::string plain = lower(text);
  for (const UnitName& name : kUnitNames) {
    if (name.text == plain) return name.unit;
  }
  // UDUNITS' own words: "millimetres", "knots"; shorter texts may be anything.
  constexpr std::size_t kLongWord = 5;
  const bool is_word = plain.size() >= kLongWord &&
                       plain.find_first_not_of("abcdefghijklmnopqrstuvwxyz") == std::string::npos;
  return is_word && is_known_unit(plain) ? plain : "";
}

std::string find_clear_unit(std::string_view text) {
  const std::string plain = lower(text);
  constexpr std::string_view kClear[] = {
      "hpa",   "kpa",        "mbar",   "millibar", "inhg", "mmhg",   "ppm",     "ppb",
      "km/h",  "km_h",       "kmh",    "kph",      "mph",  "knots",  "lux",     "degc",
      "deg_c", "celsius",    "degf",   "deg_f",    "ugm3", "ug_m3",  "percent", "pct",
      "mg_m3", "fahrenheit", "kelvin", "wm2",      "w_m2", "prozent"};
  const bool is_clear = std::find(std::begin(kClear), std::end(kClear), plain) != std::end(kClear);
  const bool has_sign =
      plain.find_first_of("/%") != std::string::npos || plain.find("°") != std::string::npos;
  return is_clear || has_sign ? find_unit(plain) : "";
}

std::string unit_of_row(std::string_view text) {
  const std::size_t begin = text.find_first_not_of("([ ");
  if (begin == std::string_view::npos) return "";
  const std::string_view bare = text.substr(begin, text.find_last_not_of(")] ") + 1 - begin);
  if (std::string unit = find_unit(bare); !unit.empty()) return unit;
  const bool is_number = bare.find_first_not_of("0123456789. ") == std::string_view::npos;
  return !is_number && is_known_unit(std::string(bare)) ? std::string(bare) : "";
}

}  // namespace sp
