#include "sp/unit/formula.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sp {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kZeroCelsius = 273.15;  // K

// Saturation vapour pressure over water in hPa, from degC: WMO-No. 8, annex 4.B.
double saturation_pressure(double celsius) {
  return 6.112 * std::exp(17.62 * celsius / (243.12 + celsius));
}

// Vapour pressure in hPa.
double vapour_pressure(double celsius, double percent) {
  return saturation_pressure(celsius) * percent / 100;
}

bool is_air(double celsius, double percent) { return celsius > -100 && percent >= 0; }

// The inverse of saturation_pressure().
double dew_point(const double* in) {
  const double celsius = in[0];
  const double percent = in[1];
  if (!is_air(celsius, percent) || percent == 0) return kNone;
  const double x = std::log(vapour_pressure(celsius, percent) / 6.112);
  return 243.12 * x / (17.62 - x);
}

// The gas law for water vapour, whose constant is 461.5 J/(kg K): g/m3 from hPa and K.
double absolute_humidity(const double* in) {
  const double celsius = in[0];
  const double percent = in[1];
  if (!is_air(celsius, percent)) return kNone;
  return 216.679 * vapour_pressure(celsius, percent) / (kZeroCelsius + celsius);
}

// The barometric formula with a column of air whose temperature rises by 6.5 K/km on its way down
// and whose vapour makes it lighter: WMO-No. 8, part I, chapter 3.
double sea_level_pressure(const double* in) {
  const double celsius = in[1];
  const double metres = in[2];
  const double percent = std::isnan(in[3]) ? 0 : in[3];
  constexpr double kGravity = 9.80665;   // m/s2
  constexpr double kDryAir = 287.05;     // J/(kg K)
  constexpr double kLapseRate = 0.0065;  // K/m
  constexpr double kVapour = 0.12;       // K/hPa
  // No barometer that people read stands elsewhere.
  constexpr double kLowest = -1000, kHighest = 10000;  // m
  if (!is_air(celsius, percent) || !(in[0] > 0)) return kNone;
  if (!(metres >= kLowest && metres <= kHighest)) return kNone;
  const double vapour = percent == 0 ? 0 : vapour_pressure(celsius, percent);
  const double kelvin = kZeroCelsius + celsius + kLapseRate * metres / 2 + kVapour * vapour;
  return in[0] * std::exp(kGravity * metres / (kDryAir * kelvin));
}

// A line of an index: concentrations low to high have the indices first to last.
struct Segment {
  double low, high, first, last;
};

double along(const Segment& line, double value) {
  return line.first + (line.last - line.first) * (value - line.low) / (line.high - line.low);
}

// Above the highest segment the index goes on along its line.
double index_of(std::span<const Segment> segments, double value) {
  if (!(value >= 0)) return kNone;
  for (const Segment& segment : segments) {
    if (value <= segment.high) return along(segment, value);
  }
  return along(segments.back(), value);
}

// The larger of two, of which one may be missing.
double worst(double a, double b) { return std::fmax(a, b); }

// 40 CFR part 58, appendix G, table 2, as amended in 2024 (89 FR 16202).
constexpr Segment kEpaPm25[] = {{0, 9.0, 0, 50},          {9.1, 35.4, 51, 100},
                                {35.5, 55.4, 101, 150},   {55.5, 125.4, 151, 200},
                                {125.5, 225.4, 201, 300}, {225.5, 325.4, 301, 500}};
constexpr Segment kEpaPm10[] = {{0, 54, 0, 50},       {55, 154, 51, 100},   {155, 254, 101, 150},
                                {255, 354, 151, 200}, {355, 424, 201, 300}, {425, 604, 301, 500}};

// `value` with its digits after the first `scale`-th cut off. A value that is a hair below a digit
// only because it has no exact double is that digit.
double truncate(double value, double scale) {
  return std::floor(value * scale + 1e-9 * scale) / scale;
}

double us_aqi(const double* in) {
  const double pm25 = index_of(kEpaPm25, truncate(in[0], 10));
  const double pm10 = index_of(kEpaPm10, truncate(in[1], 1));
  if ((in[0] < 0) || (in[1] < 0)) return kNone;
  return std::round(worst(pm25, pm10));
}

// CITEAIR II, Common Air Quality Index, 2012: the grids of hourly and of daily means.
constexpr Segment kHourlyPm25[] = {
    {0, 15, 0, 25}, {15, 30, 25, 50}, {30, 55, 50, 75}, {55, 110, 75, 100}};
constexpr Segment kHourlyPm10[] = {
    {0, 25, 0, 25}, {25, 50, 25, 50}, {50, 90, 50, 75}, {90, 180, 75, 100}};
constexpr Segment kDailyPm25[] = {
    {0, 10, 0, 25}, {10, 20, 25, 50}, {20, 30, 50, 75}, {30, 60, 75, 100}};
constexpr Segment kDailyPm10[] = {
    {0, 15, 0, 25}, {15, 30, 25, 50}, {30, 50, 50, 75}, {50, 100, 75, 100}};

double caqi_of(const double* in, std::span<const Segment> pm25, std::span<const Segment> pm10) {
  if ((in[0] < 0) || (in[1] < 0)) return kNone;
  return std::round(worst(index_of(pm25, in[0]), index_of(pm10, in[1])));
}
double caqi(const double* in) { return caqi_of(in, kHourlyPm25, kHourlyPm10); }
double caqi_daily(const double* in) { return caqi_of(in, kDailyPm25, kDailyPm10); }

constexpr FormulaInput kTemperature = {"temperature", "degC"};
constexpr FormulaInput kHumidity = {"humidity", "percent"};
constexpr FormulaInput kMaybeHumidity = {"humidity", "percent", true};
constexpr FormulaInput kPm25 = {"pm2_5", "ug/m3", true};
constexpr FormulaInput kPm10 = {"pm10", "ug/m3", true};

constexpr Formula kFormulas[] = {
    {"absolute_humidity", "g/m3", 2, {kTemperature, kHumidity}, absolute_humidity},
    {"caqi", "1", 0, {kPm25, kPm10}, caqi},
    {"caqi_daily", "1", 0, {kPm25, kPm10}, caqi_daily},
    {"dew_point", "degC", 2, {kTemperature, kHumidity}, dew_point},
    {"sea_level_pressure",
     "hPa",
     2,
     {FormulaInput{"pressure", "hPa"}, kTemperature, FormulaInput{"altitude", "m"}, kMaybeHumidity},
     sea_level_pressure},
    {"us_aqi", "1", 0, {kPm25, kPm10}, us_aqi},
};

}  // namespace

std::size_t Formula::input_count() const {
  return static_cast<std::size_t>(std::count_if(
      inputs.begin(), inputs.end(), [](const FormulaInput& input) { return input.name; }));
}

std::span<const Formula> formulas() { return kFormulas; }

const Formula* find_formula(std::string_view name) {
  for (const Formula& formula : kFormulas) {
    if (formula.name == name) return &formula;
  }
  return nullptr;
}

std::string formula_names() {
  std::string names;
  for (const Formula& formula : kFormulas) names += std::string(formula.name) + ", ";
  return names + std::string(kDatetimeFormula) + ", " + std::string(kCopyFormula);
}

}  // namespace sp
