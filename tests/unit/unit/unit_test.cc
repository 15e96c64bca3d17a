// Units of measurement.
#include "sp/unit/unit.h"

#include <doctest/doctest.h>

#include <cmath>

#include "sp/base/diagnostic.h"

TEST_CASE("conversions are a slope and an intercept, to the last digit") {
  struct Row {
    std::string from;
    std::string to;
    double slope;
    double intercept;
  };
  const Row rows[] = {
      {"Pa", "hPa", 0.01, 0},
      {"hPa", "Pa", 100, 0},
      {"Pa", "Pa", 1, 0},
      {"degF", "degC", 1 / 1.8, -32 / 1.8},
      {"[degF]", "Cel", 1 / 1.8, -32 / 1.8},
      {"degC", "degF", 1.8, 32},
      {"degC", "K", 1, 273.15},
      {"ug/m3", "mg/m3", 0.001, 0},
      {"µg/m³", "ug.m-3", 1, 0},
      {"percent", "1", 0.01, 0},
      {"%", "percent", 1, 0},
      {"km/h", "m/s", 1 / 3.6, 0},
      {"0.1 degC", "degC", 0.1, 0},
      {"degC", "0.1 degC", 10, 0},
      {"10 hPa", "Pa", 1000, 0},
      {"1e-1 degF", "0.01 degC", 10 / 1.8, -3200 / 1.8},
      {"mmHg", "mbar", 1.33322387415, 0},
      {"mm[Hg]", "hPa", 1.33322387415, 0},
      {"[in_i'Hg]", "hPa", 33.86388640341, 0},
      {"[mi_i]/h", "m/s", 0.44704, 0},
      {"[kn_i]", "km/h", 1.852, 0},
      {"[ft_i]", "m", 0.3048, 0},
      {"[ppb]", "ppm", 0.001, 0},
      {"percent", "ppm", 10000, 0},
      {"0.1 Cel", "K", 0.1, 273.15},
      {"deg", "degree", 1, 0},
      {"0.1degC", "degC", 0.1, 0},
      {"0.1*degC", "degC", 0.1, 0},
      {"0.1 * degC", "degC", 0.1, 0},
      {"0.1.degC", "degC", 0.1, 0},
      {"degC/10", "degC", 0.1, 0},
      {"degC / 10", "degC", 0.1, 0},
      {"degC*0.1", "degC", 0.1, 0},
      {"degC * 0.1", "degC", 0.1, 0},
      {"degC 0.1", "degC", 0.1, 0},
      {"degC 1e-1", "degC", 0.1, 0},
      {"+0.1degC", "degC", 0.1, 0},
      {"0.1°C", "degC", 0.1, 0},
      {"Cel/10", "K", 0.1, 273.15},
      {"[degF]/10", "degC", 0.1 / 1.8, -32 / 1.8},
      {"10*degF", "degF", 10, 0},
      {"degC", "degF/10", 18, 320},
      {"ddegC", "degC", 0.1, 0},
      {"0.1degC", "0.1 degC", 1, 0},
      // products and quotients of a unit with its own zero are of its interval
      {"J/degC", "J/K", 1, 0},
      {"0.1degC/m", "K/m", 0.1, 0},
      {"W/m2/degF", "W/m2/K", 1.8, 0},
      {"0.01 percent", "percent", 0.01, 0},
      {"1e-3 W/m2", "W/m2", 0.001, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    CAPTURE(row.to);
    const sp::UnitConversion conversion = sp::unit_conversion(row.from, row.to);
    CHECK(std::fabs(conversion.slope - row.slope) <= 1e-12 * row.slope);
    CHECK(std::fabs(conversion.intercept - row.intercept) <= 1e-13 * std::fabs(row.intercept));
  }
  CHECK(sp::unit_conversion("degC", "degF")(20) == 68);
  CHECK(sp::unit_conversion("degC", "degF")(0) == 32);
  CHECK(sp::unit_conversion("Pa", "hPa")(95270.27) == 952.7027);
  CHECK(sp::unit_conversion("Pa", "Pa").is_identity());
  CHECK_FALSE(sp::unit_conversion("Pa", "hPa").is_identity());
}

TEST_CASE("a gas: mole fractions are mass concentrations at its conditions") {
  const sp::Gas ozone = {"48.00 g/mol", "20 degC", "1013.25 hPa"};
  struct Row {
    std::string from;
    std::string to;
    sp::Gas gas;
    double slope;
  };
  // M p / (R T), worked out by hand: 48 g/mol is 1.99542 ug/m3 a ppb at 20 degC, 1.96195 at 25.
  const Row rows[] = {
      {"ppb", "ug/m3", ozone, 1.995417},
      {"ppm", "mg/m3", ozone, 1.995417},
      {"ug/m3", "ppb", ozone, 1 / 1.995417},
      {"0.1 ppb", "ug/m3", ozone, 0.1995417},
      {"nmol/mol", "ug/m3", {"0.048 kg/mol", "298.15 K", "1 atm"}, 1.961954},
      {"ppb", "ug/m3", {"46.0055 g/mol", "293.15 K", "101.3 kPa"}, 1.912032},
      {"ug/m3", "mg/m3", ozone, 0.001},
      {"degC", "K", ozone, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    CAPTURE(row.gas.molar_mass);
    const sp::UnitConversion conversion = sp::unit_conversion(row.from, row.to, row.gas);
    CHECK(conversion.slope == doctest::Approx(row.slope).epsilon(1e-6));
  }
  CHECK(sp::unit_conversion("Pa", "hPa", sp::Gas{}).slope == 0.01);
  CHECK_THROWS_WITH_AS(sp::unit_conversion("ppb", "ug/m3", sp::Gas{}),
                       doctest::Contains("molarMass and conditions"), sp::Error);
  const sp::Gas refused[] = {
      {"48 g", "20 degC", "1 atm"},
      {"48 g/mol", "20 degC", ""},
      {"48", "20 degC", "1 atm"},
      {"48 g/mol", "-300 degC", "1 atm"},
      {"0 g/mol", "20 degC", "1 atm"},
      {"48 g/mol", "20 degC", "0 hPa"},
      {"48 g/mol ;", "20 degC", "1013 hPa"},
      {"", "20 degC", "1 atm"},
  };
  for (const sp::Gas& gas : refused) {
    CAPTURE(gas.molar_mass);
    CHECK_THROWS_AS(sp::unit_conversion("ppb", "ug/m3", gas), sp::Error);
  }
}

TEST_CASE("quantities: a number and its unit") {
  CHECK(sp::quantity_in("595 m", "m") == 595);
  CHECK(sp::quantity_in("-20 degC", "K") == doctest::Approx(253.15));
  CHECK(sp::quantity_in("1000  [ft_i]", "m") == doctest::Approx(304.8));
  for (const std::string text : {"595", "m", "", " ", "595 ", "595m", "x m", "595 Pa", "nan m"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(sp::quantity_in(text, "m"), sp::Error);
  }
}

TEST_CASE("what cannot be converted") {
  struct Row {
    std::string from;
    std::string to;
    std::string reason;
  };
  const Row rows[] = {
      {"C", "K", "do not measure the same quantity; C is the coulomb: degrees Celsius are degC"},
      {"mph", "m/s", "mph is the milliphot: miles an hour are mile/h"},
      {"m/s", "kph", "kph is the kilophot: kilometres an hour are km/h"},
      {"mb", "hPa", "mb is the millibarn: millibars are mbar or hPa"},
      {"degC", "F", "degrees Fahrenheit are degF"},
      {"Grad", "degree", "'Grad' is the gigaradian; write degree, or gon"},
      {"Pa", "m", "do not measure the same"},
      {"degC", "percent", "do not measure the same"},
      {"s", "Hz", "is not linear"},
      {"lg(re 1 mW)", "W", "is not linear"},
      {"Pascals!", "Pa", "is not a unit"},
      {"Pa", "xyz", "is not a unit"},
      {"0 degC", "K", "must be above 0"},
      {"-5 degC", "K", "must be above 0"},
      {"-5degC", "K", "must be above 0"},
      {"degC/0", "K", "must be above 0"},
      {"1e400 degC", "K", "one that a double holds"},
      {"degC/1e400", "K", "one that a double holds"},
      {"1e-320 degC", "K", "one that a double holds"},
      {"1e300 degC", "1e-300 K", "the factor is too large or too small"},
      {"1e-300 degC", "1e300 K", "the factor is too large or too small"},
      {"10-1 degC", "K", "'10-1 degC' would be an interval of temperature"},
      {"1/10 degC", "K", "in tenths of a degree is '0.1 degC', and an interval is one in K"},
      {"degC.m/m", "K", "would be an interval"},
      {"K", "degF m / m", "would be an interval"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.from);
    CHECK_THROWS_WITH_AS(sp::unit_conversion(row.from, row.to),
                         doctest::Contains(row.reason.c_str()), sp::Error);
  }
}

TEST_CASE("what is a unit and what is not") {
  for (const std::string unit :
       {"Pa", "degC", "Cel", "[degF]", "percent", "%", "ug/m3", "1", "m s-1"}) {
    CAPTURE(unit);
    CHECK_NOTHROW(sp::check_unit(unit));
  }
  for (const std::string unit : {"", " ", "Pa;", "Pa foo", "Pa)", "(Pa))", "Pa ", " Pa", "m/",
                                 "xyz", "Pa\"", "cel", "[Pa]", "\xff"}) {
    CAPTURE(unit);
    CHECK_THROWS_AS(sp::check_unit(unit), sp::Error);
  }
  CHECK_THROWS_AS(sp::check_unit(std::string("Pa\0x", 4)), sp::Error);
}

TEST_CASE("units that are the same but for their spelling") {
  for (const auto& [a, b] : std::vector<std::pair<const char*, const char*>>{
           {"degC", "celsius"}, {"hPa", "mbar"}, {"ug/m3", "ug m-3"}, {"percent", "%"}, {"", ""}}) {
    CAPTURE(a);
    CHECK(sp::is_same_unit(a, b));
    if (*a != '\0') CHECK(sp::unit_definition(a) == sp::unit_definition(b));
  }
  for (const auto& [a, b] :
       std::vector<std::pair<const char*, const char*>>{{"degC", "degF"},
                                                        {"Pa", "hPa"},
                                                        {"degC", "Pa"},
                                                        {"degree", "percent"},
                                                        {"degC", ""},
                                                        {"degC", "no unit"},
                                                        {"0.1 degC", "degC"}}) {
    CAPTURE(a);
    CHECK_FALSE(sp::is_same_unit(a, b));
  }
  CHECK(sp::unit_definition("hPa") == "100 m-1.kg.s-2");
}

TEST_CASE("the usual units convert as UDUNITS-2 converts them") {
  const std::vector<std::string> units = sp::usual_units();
  CHECK(units.size() >= 10);
  std::size_t compared = 0;
  for (const std::string& from : units) {
    for (const std::string& to : units) {
      CAPTURE(from);
      CAPTURE(to);
      sp::UnitConversion expected;
      try {
        expected = sp::unit_conversion_by_udunits(from, to);
      } catch (const sp::Error&) {
        CHECK_THROWS_AS(sp::unit_conversion(from, to), sp::Error);
        continue;
      }
      const sp::UnitConversion found = sp::unit_conversion(from, to);
      CHECK(found.slope == expected.slope);
      CHECK(found.intercept == expected.intercept);
      ++compared;
    }
  }
  CHECK(compared > units.size());
}
