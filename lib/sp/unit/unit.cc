// The only file that knows UDUNITS-2.
#include "sp/unit/unit.h"

#include <udunits2.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/base/utf8.h"
#include "sp/number/number.h"
#include "sp/unit/scaled_unit.h"

namespace sp {
namespace {

struct FreeUnit {
  void operator()(ut_unit* unit) const { ut_free(unit); }
};
struct FreeSystem {
  void operator()(ut_system* system) const { ut_free_system(system); }
};
struct FreeConverter {
  void operator()(cv_converter* converter) const { cv_free(converter); }
};
using Unit = std::unique_ptr<ut_unit, FreeUnit>;
using Converter = std::unique_ptr<cv_converter, FreeConverter>;

// The units database, read at the first use. UDUNITS prints what it dislikes: sp says it itself.
ut_system* unit_system() {
  static const std::unique_ptr<ut_system, FreeSystem> system = [] {
    ut_set_error_message_handler(ut_ignore);
    return std::unique_ptr<ut_system, FreeSystem>(ut_read_xml(nullptr));
  }();
  if (!system) {
    throw Error(ExitCode::kConfig, "cannot read the units database of UDUNITS-2; install it");
  }
  return system.get();
}

struct Alias {
  const char* name;
  const char* udunits;
};
// Spellings of UCUM that UDUNITS-2 lacks.
constexpr Alias kAliases[] = {
    {"Cel", "degC"},       {"[degF]", "degF"},     {"[degR]", "degR"}, {"mm[Hg]", "mmHg"},
    {"[in_i'Hg]", "inHg"}, {"[in_i]", "inch"},     {"deg", "degree"},  {"[ft_i]", "foot"},
    {"[mi_i]", "mile"},    {"[mi_i]/h", "mile/h"}, {"[kn_i]", "knot"}, {"[ppth]", "1e-3"},
    {"[ppm]", "ppm"},      {"[ppb]", "ppb"},       {"[pptr]", "ppt"},
};

std::string udunits_spelling(const std::string& name) {
  for (const Alias& alias : kAliases) {
    if (name == alias.name) return alias.udunits;
  }
  return name;
}

bool is_ascii(const std::string& text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) > 127) return false;
  }
  return true;
}

// UDUNITS takes one closing parenthesis too many for the end of the text.
bool closes_too_often(const std::string& text) {
  return std::count(text.begin(), text.end(), ')') > std::count(text.begin(), text.end(), '(');
}

[[noreturn]] void fail(const std::string& message) { throw Error(ExitCode::kConfig, message); }

// Null where it is none.
Unit find_unit(const std::string& name) {
  ut_system* const system = unit_system();
  const std::string text = udunits_spelling(name);
  const bool blank = text.find_first_not_of(" \t\r\n") == std::string::npos;
  const bool is_text =
      text.find('\0') == std::string::npos && find_invalid_utf8(text) == std::string::npos;
  if (blank || !is_text || closes_too_often(text)) return nullptr;
  return Unit(ut_parse(system, text.c_str(), is_ascii(text) ? UT_ASCII : UT_UTF8));
}

Unit parse_unit(const std::string& name) {
  if (name == "Grad") fail("'Grad' is the gigaradian; write degree, or gon");
  if (Unit unit = find_unit(name)) return unit;
  fail("'" + name + "' is not a unit; UDUNITS-2 knows such as Pa, degC, percent, ug/m3");
}

// What 0 of a temperature is in kelvins; nothing where the unit measures something else.
std::optional<double> kelvins_at_zero(const Unit& unit) {
  const Unit kelvin = parse_unit("K");
  if (!unit || ut_are_convertible(unit.get(), kelvin.get()) == 0) return std::nullopt;
  const Converter converter(ut_get_converter(unit.get(), kelvin.get()));
  if (!converter) return std::nullopt;
  return cv_convert_double(converter.get(), 0.0);
}

// degC, degF and their other names: scales whose 0 is not the absolute one.
bool has_own_zero(const std::string& name) {
  return kelvins_at_zero(find_unit(name)).value_or(0) != 0;
}

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return static_cast<unsigned char>((byte | 0x20) - 'a') < 26 || byte == '_' || byte > 127;
}

bool has_word_with_own_zero(const std::string& name) {
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && is_word_byte(name[end])) ++end;
    if (end > at && has_own_zero(name.substr(at, end - at))) return true;
    at = std::max(end, at + 1);
  }
  return false;
}

// What might be a temperature or an interval is refused.
ScaledUnit split_factor(const std::string& name) {
  const auto is_unit = [](const std::string& text) { return find_unit(text) != nullptr; };
  if (auto scaled = split_scaled_unit(name, is_unit, has_own_zero)) return *scaled;
  if (kelvins_at_zero(find_unit(name)) == 0.0 && has_word_with_own_zero(name)) {
    fail("'" + name +
         "' would be an interval of temperature; a temperature in tenths of a degree is '0.1 "
         "degC', and an interval is one in K");
  }
  return {1, name};
}

// A far point tells the slope to the last bit; the points between tell whether the line is
// straight.
constexpr double kFar = 1152921504606846976.0;  // 2^60

bool is_linear(const cv_converter* converter, const UnitConversion& line) {
  for (const double x : {1.0, 2.0, 1000.0, -1000.0}) {
    const double expected = line(x);
    const double size = std::fabs(line.slope * x) + std::fabs(line.intercept);
    if (!(std::fabs(cv_convert_double(converter, x) - expected) <= 1e-9 * size)) return false;
  }
  return true;
}

double round_to_12_digits(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.11e", value);
  return std::strtod(text, nullptr);
}

bool is_same_but_for_noise(double a, double b) { return std::fabs(a - b) <= 1e-14 * std::fabs(b); }

// UDUNITS goes through kelvins, which costs the last digits: 0 degC would be 31.999999999999886
// degF. A number that lies within that noise of a short decimal, or of a fraction with one, is that
// number.
UnitConversion without_noise(UnitConversion line) {
  for (const double slope :
       {round_to_12_digits(line.slope), 1 / round_to_12_digits(1 / line.slope)}) {
    if (is_same_but_for_noise(slope, line.slope)) {
      line.slope = slope;
      break;
    }
  }
  if (line.intercept == 0) return line;
  const double root = round_to_12_digits(-line.intercept / line.slope);
  for (const double intercept : {round_to_12_digits(line.intercept), -line.slope * root}) {
    if (is_same_but_for_noise(intercept, line.intercept)) {
      line.intercept = intercept;
      break;
    }
  }
  return line;
}

// Units that most sensors have: reading the database takes longer than a small file. The same lines
// as UDUNITS-2 gives, which a test holds.
struct UsualUnit {
  const char* name;
  char quantity;
  double slope, intercept;  // to the quantity's SI unit
};
constexpr UsualUnit kUsualUnits[] = {
    {"Pa", 'p', 1, 0}, {"hPa", 'p', 100, 0},     {"kPa", 'p', 1000, 0},     {"mbar", 'p', 100, 0},
    {"K", 'T', 1, 0},  {"degC", 'T', 1, 273.15}, {"percent", '1', 0.01, 0}, {"%", '1', 0.01, 0},
    {"1", '1', 1, 0},  {"ug/m3", 'c', 1e-9, 0},  {"mg/m3", 'c', 1e-6, 0},
};

const UsualUnit* find_usual(const std::string& name) {
  const std::string text = udunits_spelling(name);
  for (const UsualUnit& unit : kUsualUnits) {
    if (text == unit.name) return &unit;
  }
  return nullptr;
}

// Units that are rarely meant, and what to write for what is.
struct Confusion {
  const char* name;
  const char* hint;
};
constexpr Confusion kConfusions[] = {
    {"C", "; C is the coulomb: degrees Celsius are degC"},
    {"F", "; F is the farad: degrees Fahrenheit are degF"},
    {"mph", "; mph is the milliphot: miles an hour are mile/h"},
    {"kph", "; kph is the kilophot: kilometres an hour are km/h"},
    {"mb", "; mb is the millibarn: millibars are mbar or hPa"},
};

const char* confusion_hint(const std::string& from, const std::string& to) {
  for (const Confusion& confusion : kConfusions) {
    if (from == confusion.name || to == confusion.name) return confusion.hint;
  }
  return "";
}

std::optional<UnitConversion> usual_conversion(const std::string& from, const std::string& to) {
  const UsualUnit* source = find_usual(from);
  const UsualUnit* target = find_usual(to);
  if (!source || !target || source->quantity != target->quantity) return std::nullopt;
  return without_noise(
      {source->slope / target->slope, (source->intercept - target->intercept) / target->slope});
}

constexpr const char* kFraction = "1";
constexpr const char* kConcentration = "kg/m3";

// Whether the units measure the same; they need not be linear to each other.
bool are_alike(const std::string& a, const std::string& b) {
  return ut_are_convertible(parse_unit(split_factor(a).unit).get(),
                            parse_unit(split_factor(b).unit).get()) != 0;
}

bool is_fraction_and_concentration(const std::string& a, const std::string& b) {
  return are_alike(a, kFraction) && are_alike(b, kConcentration);
}

// Kilograms in a cubic metre of the gas alone.
double density(const Gas& gas) {
  constexpr double kGasConstant = 8.31446261815324;  // J/(mol K), exact since 2019
  const double mass = positive_quantity_in(gas.molar_mass, "kg/mol");
  const double temperature = positive_quantity_in(gas.temperature, "K");
  const double pressure = positive_quantity_in(gas.pressure, "Pa");
  return mass * pressure / (kGasConstant * temperature);
}

}  // namespace

double quantity_in(const std::string& text, const std::string& unit) {
  const std::size_t space = text.find(' ');
  const std::size_t name = text.find_first_not_of(' ', space);
  double value = 0;
  if (space == std::string::npos || name == std::string::npos ||
      !parse_double(text.substr(0, space), value)) {
    throw Error(ExitCode::kConfig,
                "'" + text + "' is not a number and its unit, as '20 " + unit + "' is");
  }
  return unit_conversion(text.substr(name), unit)(value);
}

double positive_quantity_in(const std::string& text, const std::string& unit) {
  const double value = quantity_in(text, unit);
  if (value > 0) return value;
  throw Error(ExitCode::kConfig, "'" + text + "' must be above 0 " + unit);
}

UnitConversion compose(const UnitConversion& first, const UnitConversion& second) {
  return without_noise(
      {second.slope * first.slope, second.slope * first.intercept + second.intercept});
}

UnitConversion unit_conversion(const std::string& from, const std::string& to, const Gas& gas) {
  if (!gas.is_named()) return unit_conversion(from, to);
  const double dense = density(gas);
  if (is_fraction_and_concentration(from, to)) {
    return compose(compose(unit_conversion(from, kFraction), {dense}),
                   unit_conversion(kConcentration, to));
  }
  if (is_fraction_and_concentration(to, from)) {
    return compose(compose(unit_conversion(from, kConcentration), {1 / dense}),
                   unit_conversion(kFraction, to));
  }
  return unit_conversion(from, to);
}

UnitConversion unit_conversion(const std::string& from, const std::string& to) {
  if (const auto usual = usual_conversion(from, to)) return *usual;
  return unit_conversion_by_udunits(from, to);
}

UnitConversion unit_conversion_by_udunits(const std::string& from, const std::string& to) {
  const ScaledUnit scaled_source = split_factor(from);
  const ScaledUnit scaled_target = split_factor(to);
  const Unit source = parse_unit(scaled_source.unit);
  const Unit target = parse_unit(scaled_target.unit);
  if (from == to) return {};
  const Converter converter(ut_get_converter(source.get(), target.get()));
  if (!converter) {
    const bool is_of_gas =
        is_fraction_and_concentration(from, to) || is_fraction_and_concentration(to, from);
    throw Error(ExitCode::kConfig,
                "the unit '" + from + "' cannot be converted to '" + to +
                    "': they do not measure the same quantity" + confusion_hint(from, to) +
                    (is_of_gas ? "; for a gas, a schema names its molarMass and conditions" : ""));
  }
  UnitConversion line;
  line.intercept = cv_convert_double(converter.get(), 0.0);
  line.slope = (cv_convert_double(converter.get(), kFar) - line.intercept) / kFar;
  if (ut_compare(source.get(), target.get()) == 0) line = {};  // not by way of kelvins
  if (!std::isfinite(line.slope) || line.slope == 0 || !is_linear(converter.get(), line)) {
    fail("the conversion from '" + from + "' to '" + to + "' is not linear");
  }
  line.slope *= scaled_source.factor / scaled_target.factor;
  line.intercept /= scaled_target.factor;
  if (!std::isnormal(line.slope) || !std::isfinite(line.intercept)) {
    fail("a double cannot hold numbers converted from '" + from + "' to '" + to +
         "': the factor is too large or too small");
  }
  return without_noise(line);
}

void check_unit(const std::string& unit) {
  if (!find_usual(unit)) parse_unit(split_factor(unit).unit);
}

bool is_same_unit(const std::string& a, const std::string& b) {
  if (a == b || a.empty() || b.empty()) return a == b;
  try {
    return unit_conversion(a, b).is_identity();
  } catch (const Error&) {
    return false;
  }
}

std::string unit_definition(const std::string& unit) {
  const ScaledUnit scaled = split_factor(unit);
  const Unit parsed = parse_unit(scaled.unit);
  char text[256];
  const int size = ut_format(parsed.get(), text, sizeof text, UT_ASCII | UT_DEFINITION);
  if (size < 0 || static_cast<std::size_t>(size) >= sizeof text) {
    fail("the definition of the unit '" + unit + "' is too long");
  }
  if (scaled.factor == 1) return {text, static_cast<std::size_t>(size)};
  char number[kMaxNumberText];
  return std::string(number, format_shortest(scaled.factor, number)) + " (" + text + ")";
}

std::vector<std::string> usual_units() {
  std::vector<std::string> names;
  for (const UsualUnit& unit : kUsualUnits) names.emplace_back(unit.name);
  return names;
}

}  // namespace sp
