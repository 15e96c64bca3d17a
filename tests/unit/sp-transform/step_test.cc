// The steps of sp-transform, value by value.
#include "sp-transform/step.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>

#include "sp/number/number.h"

namespace {

using sp::Field;
using sp::FieldType;
using sp::NumberChange;

// What `step` makes of `text`; "(refused)" where it takes no such value.
std::string applied(sp::Step& step, std::string_view text) {
  std::string_view out;
  return step.apply(text, out) ? std::string(out) : "(refused)";
}

NumberChange converted(const std::string& from, const std::string& to,
                       std::optional<int> decimals = {}) {
  NumberChange change;
  change.unit = sp::unit_conversion(from, to);
  change.decimals = decimals;
  return change;
}

NumberChange rounded(int decimals) {
  NumberChange change;
  change.decimals = decimals;
  return change;
}

NumberChange scaled(double origin, double width) {
  NumberChange change;
  change.scale = {origin, width};
  return change;
}

struct NumberCase {
  NumberChange change;
  std::string_view text, expected;
};

Field datetime(const std::string& zone, sp::Dst dst = sp::Dst::kReject) {
  Field field;
  field.type = FieldType::kDatetime;
  field.timezone = zone;
  field.dst = dst;
  return field;
}

TEST_CASE("numbers: units, scales and rounding") {
  const NumberCase cases[] = {
      {converted("Pa", "hPa"), "94690.52", "946.9052"},
      {converted("Pa", "hPa", 4), "94690.52", "946.9052"},
      {converted("Pa", "hPa", 2), "94690.52", "946.91"},
      {converted("Pa", "hPa", 2), "-94690.52", "-946.91"},
      {converted("Pa", "hPa", 6), "94690.5", "946.905000"},
      {converted("Pa", "hPa", 4), "0", "0.0000"},
      {converted("Pa", "hPa", 4), "-0.00", "0.0000"},
      {converted("Pa", "hPa", 4), "0.5", "0.0050"},
      {converted("Pa", "hPa", 4), "9.469052e4", "946.9052"},
      {converted("Pa", "hPa", 4), "+94690.52", "946.9052"},
      {converted("hPa", "Pa", 2), "946.9052", "94690.52"},
      {converted("degC", "K", 2), "23.46", "296.61"},
      {converted("degF", "degC", 1), "212", "100.0"},
      {converted("degC", "degF"), "0", "32"},
      {converted("km/h", "m/s", 3), "36", "10.000"},
      // in decimals, as a person does it
      {converted("degC", "K"), "21.35", "294.5"},
      {converted("degC", "K"), "-273.15", "0"},
      {converted("degC", "K", 3), "21.35", "294.500"},
      {converted("degC", "K", 1), "21.35", "294.5"},
      {converted("degC", "K"), "2135e-2", "294.5"},
      {converted("degC", "K"), "20.299999999999997", "293.45"},
      {converted("0.1 degC", "K"), "213", "294.45"},
      {converted("degF", "degC"), "70.7", "21.5"},
      {converted("degF", "degC"), "31.1", "-0.5"},
      {converted("[degF]/10", "degC"), "707", "21.5"},
      {converted("degF", "K"), "70.43", "294.5"},
      {converted("degC", "degF"), "21.35", "70.43"},
      {converted("foot", "m"), "1.1", "0.33528"},
      {converted("mmHg", "hPa"), "760", "1013.250144354"},
      {converted("km/h", "m/s"), "12.6", "3.5"},
      {converted("s", "min"), "4.2", "0.07"},
      {converted("Pa", "hPa"), "0.0001", "1e-06"},
      {converted("hPa", "Pa"), "9.85e5", "98500000"},
      // more digits than fit, as doubles have them
      {converted("degC", "K"), "21.3500000000000000000", "294.5"},
      {converted("degC", "K"), "1e300", "1e+300"},
      {rounded(2), "23.46", "23.46"},
      {rounded(2), "23.4", "23.40"},
      {rounded(2), "23", "23.00"},
      {rounded(0), "23", "23"},
      {rounded(0), "23.5", "24"},
      {rounded(0), "24.5", "24"},
      {rounded(0), "-0.4", "0"},
      {rounded(2), "007.50", "7.50"},
      {rounded(1), ".5", "0.5"},
      {rounded(1), "5.", "5.0"},
      {rounded(2), "-0.00", "0.00"},
      {rounded(2), "0.52", "0.52"},
      {rounded(3), "42.653999999999996", "42.654"},
      {rounded(2), "123456789.125", "123456789.12"},
      {rounded(17), "0.5", "0.50000000000000000"},
      {scaled(-10, 49), "39", "1"},
      {scaled(-10, 49), "-10", "0"},
      {scaled(20, 2.5), "25", "2"},
      {rounded(2), "", "(refused)"},
      {rounded(2), ".", "(refused)"},
      {rounded(2), "-", "(refused)"},
      {rounded(2), "1.2.3", "(refused)"},
      {rounded(2), "1 ", "(refused)"},
      {rounded(2), "12a", "(refused)"},
      {rounded(2), "nan", "nan"},
      {converted("Pa", "hPa", 2), "-INF", "-INF"},
      {converted("Pa", "hPa", 2), "1e999", "(refused)"},
      {converted("hPa", "Pa"), "1e308", "(refused)"},
  };
  for (const NumberCase& row : cases) {
    const auto step = sp::number_step(row.change, Field{});
    CAPTURE(row.text);
    CHECK(applied(*step, row.text) == row.expected);
  }
  NumberChange twice = converted("0.1 degF", "degC");
  twice.unit = sp::compose(twice.unit, sp::unit_conversion("degC", "K"));
  CHECK(applied(*sp::number_step(twice, Field{}), "704.3") == "294.5");
}

// Short numbers are rounded without a double on the way. They must come out as if there were one.
TEST_CASE("numbers: the short way gives what the long way gives") {
  std::uint64_t state = 20170701;
  const auto next = [&](std::uint64_t below) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % below;
  };
  constexpr const char* kUnits[] = {"Pa", "daPa", "hPa", "kPa", "MPa"};
  constexpr const char* kPowers[] = {"", "e-1", "e-2", "e-3", "e-6"};
  for (int i = 0; i < 40000; ++i) {
    const std::size_t unit = next(5);
    const int decimals = static_cast<int>(next(13));
    const auto step = sp::number_step(converted("Pa", kUnits[unit], decimals), Field{});
    for (int k = 0; k < 5; ++k) {
      std::string text = next(4) == 0 ? "-" : "";
      text += std::to_string(next(next(2) == 0 ? 100 : 10'000'000));
      const std::uint64_t after = next(5);
      if (after > 0) text += '.';
      for (std::uint64_t d = 0; d < after; ++d) text += static_cast<char>('0' + next(10));
      double value = 0;
      REQUIRE(sp::parse_double(text + kPowers[unit], value));
      char expected[sp::kMaxNumberText];
      const std::size_t size = sp::format_fixed(value, decimals, expected);
      CAPTURE(text);
      CAPTURE(decimals);
      CAPTURE(kUnits[unit]);
      REQUIRE(applied(*step, text) == std::string_view(expected, size));
    }
  }
}

TEST_CASE("numbers: what a field says of its numbers") {
  Field german;
  german.type = FieldType::kNumber;
  german.decimal_char = ",";
  german.group_char = ".";
  const auto plain = sp::number_step({}, german);
  CHECK(applied(*plain, "1.234,50") == "1234.50");
  const auto kelvin = sp::number_step(converted("degC", "K", 1), german);
  CHECK(applied(*kelvin, "26,85") == "300.0");
  Field decorated;
  decorated.type = FieldType::kNumber;
  decorated.bare_number = false;
  CHECK(applied(*sp::number_step(rounded(1), decorated), "62.48%") == "62.5");
}

struct TimeCase {
  Field field;
  std::string_view text, expected;
};

TEST_CASE("date-times become RFC 3339 in UTC") {
  const std::string long_fraction(5000, '7');
  const std::string local = "2017-07-01T00:00:07." + long_fraction;
  const std::string offset = "2017-07-01T03:00:07." + long_fraction + "+03:00";
  const std::string utc = local + "Z";
  const TimeCase cases[] = {
      {datetime("UTC"), "2017-07-01T00:00:07", "2017-07-01T00:00:07Z"},
      {datetime("UTC"), "2017-07-01T00:00:07Z", "2017-07-01T00:00:07Z"},
      {datetime("UTC"), "2017-07-01 00:00:07", "2017-07-01T00:00:07Z"},
      {datetime("UTC"), "2017-07-01t00:00:07z", "2017-07-01T00:00:07Z"},
      {datetime("UTC"), "2017-07-01T00:00", "2017-07-01T00:00:00Z"},
      {datetime("UTC"), "2017-07-01T00:00:07.1200", "2017-07-01T00:00:07.1200Z"},
      {datetime("UTC"), "2017-07-01T02:00:07+02:00", "2017-07-01T00:00:07Z"},
      {datetime("UTC"), "2016-12-31T23:59:60", "2017-01-01T00:00:00Z"},
      {datetime("UTC"), local, utc},
      {datetime("UTC"), offset, utc},
      {datetime("Europe/Sofia"), "2017-07-01T03:00:07", "2017-07-01T00:00:07Z"},
      {datetime("Europe/Sofia"), "2017-01-01T02:00:07.5", "2017-01-01T00:00:07.5Z"},
      {datetime("Europe/Sofia"), "2017-07-01T00:00:07Z", "2017-07-01T00:00:07Z"},
      {datetime("Europe/Sofia"), "2017-03-26T03:30:00", "(refused)"},
      {datetime("Europe/Sofia"), "2017-10-29T03:30:00", "(refused)"},
      {datetime("Europe/Sofia", sp::Dst::kEarlier), "2017-10-29T03:30:00", "2017-10-29T00:30:00Z"},
      {datetime("Europe/Sofia", sp::Dst::kLater), "2017-10-29T03:30:00", "2017-10-29T01:30:00Z"},
      {datetime("UTC"), "2017-02-29T00:00:07", "(refused)"},
      {datetime("UTC"), "2017-07-01", "(refused)"},
      {datetime("UTC"), "0001-01-01T00:00:00+01:00", "(refused)"},
      {datetime("UTC"), "0000-12-31T00:00:00", "(refused)"},
      {datetime("Europe/Sofia"), "0001-01-01T00:00:00", "(refused)"},
  };
  for (const TimeCase& row : cases) {
    const auto step = sp::time_step(row.field);
    CAPTURE(row.text);
    CAPTURE(row.field.timezone);
    CHECK(applied(*step, row.text) == row.expected);
  }
}

TEST_CASE("date-times of the same minute follow each other") {
  const auto step = sp::time_step(datetime("UTC"));
  CHECK(applied(*step, "2017-07-01T00:00:07") == "2017-07-01T00:00:07Z");
  CHECK(applied(*step, "2017-07-01T00:00:08") == "2017-07-01T00:00:08Z");
  CHECK(applied(*step, "2017-07-01T00:00:60") == "(refused)");
  CHECK(applied(*step, "2017-07-01T00:00:09") == "2017-07-01T00:00:09Z");
  CHECK(applied(*step, "2017-07-01T00:00:0x") == "(refused)");
  CHECK(applied(*step, "2017-07-01T00:00:10.25") == "2017-07-01T00:00:10.25Z");
  CHECK(applied(*step, "2017-07-01T00:00:11") == "2017-07-01T00:00:11Z");
  CHECK(applied(*step, "2017-07-01T00:00:12Z") == "2017-07-01T00:00:12Z");
  CHECK(applied(*step, "2017-07-01T00:01:00") == "2017-07-01T00:01:00Z");
  CHECK(applied(*step, "2017-06-30T23:59:59") == "2017-06-30T23:59:59Z");
  CHECK(applied(*step, "2017-06-30T23:59:60") == "2017-07-01T00:00:00Z");
  CHECK(applied(*step, "2017-07-01T00:00:01") == "2017-07-01T00:00:01Z");
}

TEST_CASE("dates, times of day and booleans get the standard's form") {
  Field day;
  day.type = FieldType::kDate;
  CHECK(applied(*sp::time_step(day), "2017-07-01") == "2017-07-01");
  day.format = "%d.%m.%Y";
  CHECK(applied(*sp::time_step(day), "01.07.2017") == "2017-07-01");
  CHECK(applied(*sp::time_step(day), "2017-07-01") == "(refused)");
  Field clock;
  clock.type = FieldType::kTime;
  clock.format = "%H.%M.%S";
  CHECK(applied(*sp::time_step(clock), "23.59.07") == "23:59:07");
  Field flag;
  flag.type = FieldType::kBoolean;
  flag.true_values = {"on"};
  flag.false_values = {"off"};
  const auto boolean = sp::boolean_step(flag);
  CHECK(applied(*boolean, "on") == "true");
  CHECK(applied(*boolean, "off") == "false");
  CHECK(applied(*boolean, "true") == "(refused)");
}

}  // namespace
