// Derived quantities against values from their sources' own tables, and worked out by hand.
#include "sp/unit/formula.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Row {
  std::string formula;
  std::vector<double> inputs;  // NaN: not used
  double expected;             // NaN: no value
  double tolerance;
};

TEST_CASE("formulas") {
  const Row rows[] = {
      // The dew point
      // of saturated air is its temperature; tables have 9.3 degC for 50 % at 20.
      {"dew_point", {20, 100}, 20, 1e-9},
      {"dew_point", {20, 50}, 9.26, 0.005},
      {"dew_point", {-3.06, 62.48}, -9.22, 0.01},
      {"dew_point", {0, 100}, 0, 1e-9},
      {"dew_point", {20, 0}, kNone, 0},
      {"dew_point", {20, -1}, kNone, 0},
      {"dew_point", {-300, 50}, kNone, 0},
      // Tables of saturated air have 17.3 g/m3 at 20 degC, 4.85 at 0 and 30.4 at 30; the formula is
      // within half a percent of them.
      {"absolute_humidity", {20, 100}, 17.30, 0.07},
      {"absolute_humidity", {0, 100}, 4.85, 0.01},
      {"absolute_humidity", {30, 100}, 30.4, 0.15},
      {"absolute_humidity", {20, 0}, 0, 0},
      {"absolute_humidity", {20, -0.1}, kNone, 0},
      // At sea level nothing changes; 595 m at 23.46 degC are a factor of exp(0.0683).
      {"sea_level_pressure", {1013.25, 15, 0, kNone}, 1013.25, 0},
      {"sea_level_pressure", {952.7027, 23.46, 595, kNone}, 1019.83, 0.005},
      {"sea_level_pressure", {952.7027, 23.46, 595, 0}, 1019.83, 0.005},
      {"sea_level_pressure", {952.7027, 23.46, 595, 62.48}, 1019.33, 0.005},
      {"sea_level_pressure", {1013.25, 15, -100, kNone}, 1001.29, 0.05},
      {"sea_level_pressure", {952, -400, 595, kNone}, kNone, 0},
      {"sea_level_pressure", {952, 15, 10001, kNone}, kNone, 0},
      {"sea_level_pressure", {952, 15, -1001, kNone}, kNone, 0},
      {"sea_level_pressure", {952, 15, -1e9, kNone}, kNone, 0},
      {"sea_level_pressure", {0, 15, 595, kNone}, kNone, 0},
      {"sea_level_pressure", {-5, 15, 595, kNone}, kNone, 0},
      // 40 CFR 58, appendix G: both ends of each line, and what is cut off.
      {"us_aqi", {0, kNone}, 0, 0},
      {"us_aqi", {9.0, kNone}, 50, 0},
      {"us_aqi", {9.09, kNone}, 50, 0},
      {"us_aqi", {9.1, kNone}, 51, 0},
      {"us_aqi", {35.4, kNone}, 100, 0},
      {"us_aqi", {35.49, kNone}, 100, 0},
      {"us_aqi", {35.5, kNone}, 101, 0},
      {"us_aqi", {55.4, kNone}, 150, 0},
      {"us_aqi", {55.5, kNone}, 151, 0},
      {"us_aqi", {125.4, kNone}, 200, 0},
      {"us_aqi", {125.5, kNone}, 201, 0},
      {"us_aqi", {225.4, kNone}, 300, 0},
      {"us_aqi", {225.5, kNone}, 301, 0},
      {"us_aqi", {325.4, kNone}, 500, 0},
      {"us_aqi", {425.3, kNone}, 699, 0},
      {"us_aqi", {12.0, kNone}, 56, 0},
      {"us_aqi", {kNone, 0}, 0, 0},
      {"us_aqi", {kNone, 54.9}, 50, 0},
      {"us_aqi", {kNone, 55}, 51, 0},
      {"us_aqi", {kNone, 154.9}, 100, 0},
      {"us_aqi", {kNone, 155}, 101, 0},
      {"us_aqi", {kNone, 254}, 150, 0},
      {"us_aqi", {kNone, 255}, 151, 0},
      {"us_aqi", {kNone, 354}, 200, 0},
      {"us_aqi", {kNone, 355}, 201, 0},
      {"us_aqi", {kNone, 424}, 300, 0},
      {"us_aqi", {kNone, 425}, 301, 0},
      {"us_aqi", {kNone, 604}, 500, 0},
      {"us_aqi", {35.4, 155}, 101, 0},
      {"us_aqi", {35.5, 54}, 101, 0},
      {"us_aqi", {-0.1, 54}, kNone, 0},
      {"us_aqi", {5, -1}, kNone, 0},
      // CITEAIR II: the classes end at 25, 50, 75 and 100.
      {"caqi", {0, kNone}, 0, 0},
      {"caqi", {15, kNone}, 25, 0},
      {"caqi", {30, kNone}, 50, 0},
      {"caqi", {55, kNone}, 75, 0},
      {"caqi", {110, kNone}, 100, 0},
      {"caqi", {165, kNone}, 125, 0},
      {"caqi", {kNone, 25}, 25, 0},
      {"caqi", {kNone, 50}, 50, 0},
      {"caqi", {kNone, 90}, 75, 0},
      {"caqi", {kNone, 180}, 100, 0},
      {"caqi", {30, 90}, 75, 0},
      {"caqi", {-1, 90}, kNone, 0},
      {"caqi_daily", {10, kNone}, 25, 0},
      {"caqi_daily", {20, kNone}, 50, 0},
      {"caqi_daily", {30, kNone}, 75, 0},
      {"caqi_daily", {60, kNone}, 100, 0},
      {"caqi_daily", {kNone, 15}, 25, 0},
      {"caqi_daily", {kNone, 30}, 50, 0},
      {"caqi_daily", {kNone, 50}, 75, 0},
      {"caqi_daily", {kNone, 100}, 100, 0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.formula);
    CAPTURE(row.inputs[0]);
    CAPTURE(row.inputs[1]);
    const sp::Formula* formula = sp::find_formula(row.formula);
    REQUIRE(formula);
    REQUIRE(formula->input_count() == row.inputs.size());
    const double value = formula->compute(row.inputs.data());
    CAPTURE(value);
    CHECK(std::isnan(value) == std::isnan(row.expected));
    if (!std::isnan(row.expected)) CHECK(std::fabs(value - row.expected) <= row.tolerance);
  }
}

TEST_CASE("the index of PM2.5 rises with every tenth") {
  const sp::Formula& formula = *sp::find_formula("us_aqi");
  double last = 0;
  for (int tenths = 0; tenths <= 5000; ++tenths) {
    const double inputs[] = {tenths / 10.0, kNone};
    const double index = formula.compute(inputs);
    REQUIRE(index >= last);
    REQUIRE(index - last <= 3);
    last = index;
  }
}

TEST_CASE("formulas are found by name") {
  CHECK(sp::find_formula("dew_point") != nullptr);
  CHECK(sp::find_formula("Dew_Point") == nullptr);
  CHECK(sp::find_formula("") == nullptr);
  for (const sp::Formula& formula : sp::formulas()) {
    CAPTURE(formula.name);
    CHECK(sp::find_formula(formula.name) == &formula);
    CHECK(sp::formula_names().find(formula.name) != std::string::npos);
  }
}

}  // namespace
