#include "sp-schema/infer/quantity/quantity.h"

#include <algorithm>
#include <cctype>

#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/quantity/unit_name.h"
#include "sp/base/diagnostic.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// Values that leave no doubt about a unit that the name does not tell.
struct UsualUnit {
  const char* unit;
  double low, high;        // all values are between
  double at_least = -1e9;  // and the greatest is not below: 0.4 may be a part of
                           // one or percent
};

struct Quantity {
  const char* standard_name;
  const char* dimension;      // a unit of the same dimension
  const char *name, *target;  // with which all networks can have it in one database; or none
  std::initializer_list<std::string_view> names;
  std::initializer_list<UsualUnit> usual;
};

const Quantity kQuantities[] = {
    {"air_temperature",
     "K",
     "temperature",
     "degC",
     {"temperature", "temp", "air_temperature", "air_temp", "airtemp", "temp_air", "temperatur",
      "lufttemperatur", "temperature_air", "temp_out", "outdoor_temperature", "tempout",
      "temperature_2m", "t2m"},
     {}},
    {"dew_point_temperature",
     "K",
     "dew_point",
     "degC",
     {"dewpoint", "dew_point", "taupunkt", "dew_point_temperature", "dew_point_temp", "dwpt"},
     {}},
    {"air_pressure",
     "Pa",
     "pressure",
     "hPa",
     {"pressure", "air_pressure", "luftdruck", "barometer", "barometric_pressure",
      "station_pressure", "atmospheric_pressure", "stn_press", "pres", "press", "druck",
      "air_press"},
     {{"Pa", 30000, 120000}, {"hPa", 300, 1200}}},
    {"air_pressure_at_mean_sea_level",
     "Pa",
     "pressure_sealevel",
     "hPa",
     {"pressure_sealevel", "sea_level_pressure", "pressure_at_sealevel", "mslp", "slp"},
     {{"Pa", 80000, 120000}, {"hPa", 800, 1200}}},
    {"relative_humidity",
     "percent",
     "humidity",
     "percent",
     {"humidity", "relative_humidity", "rh", "hum", "rel_humidity", "luftfeuchte",
      "luftfeuchtigkeit", "relhum", "relative_luftfeuchte", "rel_hum", "rhum", "rh2m",
      "relative_humidity_2m"},
     {{"percent", 0, 110, 1.5}}},
    {"mass_concentration_of_pm10_ambient_aerosol_particles_in_air",
     "ug/m3",
     "pm10",
     "ug/m3",
     {"pm10", "pm_10", "pm10_0"},
     {{"ug/m3", 0, 1e5}}},
    {"mass_concentration_of_pm2p5_ambient_aerosol_particles_in_air",
     "ug/m3",
     "pm2_5",
     "ug/m3",
     {"pm25", "pm2_5", "pm_2_5", "pm2p5"},
     {{"ug/m3", 0, 1e5}}},
    {"mass_concentration_of_pm1_ambient_aerosol_particles_in_air",
     "ug/m3",
     "pm1",
     "ug/m3",
     {"pm1", "pm_1", "pm1_0"},
     {{"ug/m3", 0, 1e5}}},
    {"latitude",
     "degree",
     "",
     "",
     {"lat", "latitude", "breite", "breitengrad"},
     {{"degrees_north", -90, 90}}},
    {"longitude",
     "degree",
     "",
     "",
     {"lon", "lng", "long", "longitude", "laenge", "laengengrad"},
     {{"degrees_east", -180, 360}}},
    {"wind_speed",
     "m/s",
     "wind_speed",
     "m/s",
     {"wind_speed", "windspeed", "windgeschwindigkeit", "wind_velocity", "wspd", "wind_spd"},
     {}},
    {"wind_speed_of_gust",
     "m/s",
     "wind_gust",
     "m/s",
     {"wind_gust", "gust", "windgust", "gust_speed"},
     {}},
    {"wind_from_direction",
     "degree",
     "wind_direction",
     "degree",
     {"wind_direction", "winddirection", "wind_dir", "winddir", "windrichtung", "wdir"},
     {{"degree", 0, 360, 40}}},
    {"mole_fraction_of_carbon_dioxide_in_air",
     "ppm",
     "co2",
     "ppm",
     {"co2", "carbon_dioxide"},
     {{"ppm", 200, 20000}}},
    {"altitude", "m", "", "", {"altitude", "elevation", "alt", "height_above_sea_level"}, {}},
    {"thickness_of_rainfall_amount",
     "m",
     "rain",
     "mm",
     {"rain", "rainfall", "niederschlag", "precipitation"},
     {}},
    {"surface_downwelling_shortwave_flux_in_air",
     "W/m2",
     "solar_radiation",
     "W/m2",
     {"solar_radiation", "global_radiation", "globalstrahlung", "solarradiation"},
     {}},
};

// A name taken apart: "Temp (°C)", "temp_c", "T [K]".
struct Parts {
  std::string base;
  std::string unit;  // empty: none that is known
  bool is_bracketed = false;
};

Parts take_apart(std::string_view name) {
  const std::size_t open = name.find_first_of("([");
  const std::size_t close = name.find_last_of(")]");
  if (open != std::string_view::npos && close != std::string_view::npos && close > open) {
    const std::string unit = find_unit(name.substr(open + 1, close - open - 1));
    return {plain_name(name.substr(0, open)), unit, !unit.empty()};
  }
  return {plain_name(name), "", false};
}

const Quantity* find_quantity(std::string_view base) {
  for (const Quantity& quantity : kQuantities) {
    if (std::find(quantity.names.begin(), quantity.names.end(), base) != quantity.names.end())
      return &quantity;
  }
  return nullptr;
}

// "temp_c": a quantity and, after it, a unit that it can have.
const Quantity* find_with_suffix(Parts& parts, std::string_view name) {
  if (name.ends_with('%')) {
    const Quantity* const quantity = find_quantity(parts.base);
    if (quantity) parts.unit = "percent";
    return quantity;
  }
  for (std::size_t at = parts.base.find('_'); at != std::string::npos;
       at = parts.base.find('_', at + 1)) {
    const Quantity* const quantity = find_quantity(std::string_view(parts.base).substr(0, at));
    if (!quantity) continue;
    std::string suffix = parts.base.substr(at + 1);
    std::string unit = find_unit(suffix);
    suffix.erase(std::remove(suffix.begin(), suffix.end(), '_'), suffix.end());  // of "h_pa"
    if (unit.empty()) unit = find_unit(suffix);
    if (unit.empty() || !is_of_dimension(unit, quantity->dimension)) continue;
    parts.unit = unit;
    return quantity;
  }
  return find_quantity(parts.base);
}

// "Temp hPa", "power_hpa", "o3_ug_m3": a unit that can be nothing else.
std::string unit_of_last_words(std::string_view name, std::string_view base) {
  std::string unit = find_clear_unit(name.substr(name.find_last_of(' ') + 1));
  std::size_t at = base.size();
  for (int words = 1; words <= 2 && unit.empty(); ++words) {
    at = base.rfind('_', at - 1);
    if (at == std::string_view::npos || at == 0) break;
    unit = find_clear_unit(base.substr(at + 1));
  }
  return unit;
}

// Of "location.latitude" the last member's name, if the whole one is that of nothing.
std::string_view telling_name(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot + 1 >= name.size()) return name;
  const bool is_member = std::isalpha(static_cast<unsigned char>(name[dot + 1])) != 0;
  Parts parts = take_apart(name);
  return is_member && !find_with_suffix(parts, name) ? name.substr(dot + 1) : name;
}

}  // namespace

bool is_of_dimension(const std::string& unit, const std::string& other) {
  try {
    unit_conversion(unit, other);
    return true;
  } catch (const Error&) {
    return false;
  }
}

GuessedQuantity guess_quantity(std::string_view name, double low, double high,
                               std::string_view unit_text) {
  name = telling_name(name);
  Parts parts = take_apart(name);
  const Quantity* const quantity =
      parts.is_bracketed ? find_quantity(parts.base) : find_with_suffix(parts, name);
  if (parts.unit.empty()) parts.unit = unit_of_last_words(name, parts.base);
  if (std::string unit = unit_of_row(unit_text); !unit.empty()) parts.unit = std::move(unit);
  if (!quantity) return {"", parts.unit, "", ""};
  const GuessedQuantity known{quantity->standard_name, parts.unit, quantity->name,
                              quantity->target};
  if (!parts.unit.empty()) {
    const bool fits = is_of_dimension(parts.unit, quantity->dimension);
    return fits ? known : GuessedQuantity{"", parts.unit, "", ""};
  }
  for (const UsualUnit& usual : quantity->usual) {
    if (low >= usual.low && high <= usual.high && high >= usual.at_least)
      return {known.standard_name, usual.unit, known.name, known.target_unit};
  }
  // Values that no unit of it can have: the name lies.
  return {quantity->usual.size() == 0 ? quantity->standard_name : "", "", "", ""};
}

bool is_place(std::string_view name) {
  name = telling_name(name);
  Parts parts = take_apart(name);
  const Quantity* const quantity = find_with_suffix(parts, name);
  return quantity && *quantity->name == '\0';
}

bool measures_something(std::string_view name, std::string_view unit_text) {
  name = telling_name(name);
  Parts parts = take_apart(name);
  return !guess_quantity(name, 1, 1, unit_text).unit.empty() ||
         find_with_suffix(parts, name) != nullptr;
}

}  // namespace sp
