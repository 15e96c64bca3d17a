#include "sp-schema/infer/long/long_rows.h"

#include <algorithm>

#include "sp-schema/infer/column/name_words.h"
#include "sp-schema/infer/quantity/quantity.h"
#include "sp-schema/infer/time/time_pieces.h"

namespace sp {
namespace {

constexpr std::size_t kMostNames = 2, kMostTimes = 2;
// Cells of readings that are compared, of each group.
constexpr std::size_t kMostCells = std::size_t{1} << 22;

bool is_number(FieldType type) { return type == FieldType::kInteger || type == FieldType::kNumber; }

bool is_text(FieldType type) { return type == FieldType::kString || type == FieldType::kInteger; }

bool may_hold_units(const std::string& name) {
  return has_word(name, {"unit", "units", "uom", "einheit", "unite", "unidad"});
}

bool may_hold_values(const std::string& name) {
  return has_word(name,
                  {"value", "values", "val", "wert", "messwert", "measurement", "concentration",
                   "reading", "result", "amount", "konzentration", "valeur"});
}

// Where several do, a word says more than a code.
int rank_of_names(const std::string& name, FieldType type) {
  return (type == FieldType::kString ? 0 : 2) + (has_word(name, {"id", "code", "key"}) ? 1 : 0);
}

std::vector<std::size_t> sensor_columns(const Columns& columns,
                                        const std::vector<FieldType>& types) {
  std::vector<std::size_t> names;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (is_text(types[i]) && may_name_things(columns[i]) && !may_name_quantities(columns[i]) &&
        !may_hold_units(columns[i]))
      names.push_back(i);
  }
  std::stable_sort(names.begin(), names.end(), [&](std::size_t one, std::size_t other) {
    return key_rank(columns[one]) < key_rank(columns[other]);
  });
  while (names.size() > kMostNames) names.pop_back();
  return names;
}

// The columns that may be the time of a row: a date-time each, or the first date and time of day,
// the second ones, and parts of either.
std::vector<std::vector<std::size_t>> times_of(const Columns& columns,
                                               const std::vector<FieldType>& types) {
  std::vector<std::vector<std::size_t>> times;
  std::vector<std::size_t> dates, clocks, pieces;
  for (std::size_t i = 0; i < types.size(); ++i) {
    if (types[i] == FieldType::kDatetime) times.push_back({i});
    if (types[i] == FieldType::kDate) dates.push_back(i);
    if (types[i] == FieldType::kTime) clocks.push_back(i);
    if (types[i] == FieldType::kInteger && may_be_time_piece(columns[i])) pieces.push_back(i);
  }
  for (std::size_t i = 0; i < std::max({dates.size(), clocks.size(), std::size_t{1}}); ++i) {
    std::vector<std::size_t> time = pieces;
    if (i < dates.size()) time.push_back(dates[i]);
    if (i < clocks.size()) time.push_back(clocks[i]);
    if (!time.empty()) times.push_back(std::move(time));
  }
  while (times.size() > kMostTimes) times.pop_back();
  return times;
}

}  // namespace

bool may_name_quantities(const std::string& name) {
  if (may_hold_units(name)) return false;
  const std::string plain = plain_name(name);
  return plain == "field" || plain == "measurement_type" ||
         has_word(name, {"parameter", "parameters", "quantity", "pollutant", "variable", "datatype",
                         "phenomenon", "observedproperty", "property", "metric", "measurand",
                         "species", "analyte", "komponente", "messgröße"});
}

LongRows::LongRows(const Columns& columns, const std::vector<FieldType>& types)
    : width_(columns.size()) {
  choose_columns(columns, types);
  if (names_) add_groups(columns, types);
}

void LongRows::choose_columns(const Columns& columns, const std::vector<FieldType>& types) {
  std::vector<std::size_t> numbers, values;
  for (std::size_t i = 0; i < types.size(); ++i) {
    const std::string& name = columns[i];
    if (is_text(types[i]) && may_name_quantities(name)) {
      const bool is_better = !names_ || rank_of_names(name, types[i]) <
                                            rank_of_names(columns[*names_], types[*names_]);
      if (is_better) names_ = i;
    } else if (types[i] == FieldType::kString && may_hold_units(name)) {
      units_ = i;
    } else if (is_number(types[i]) && !is_place(name) && !may_number_rows(name) &&
               !may_name_things(name) && !may_be_time_piece(name)) {
      (may_hold_values(name) ? values : numbers).push_back(i);
    }
  }
  if (values.empty()) values = numbers;
  if (values.size() == 1) values_ = values.front();
}

void LongRows::add_groups(const Columns& columns, const std::vector<FieldType>& types) {
  const std::vector<std::size_t> sensors = sensor_columns(columns, types);
  // `count` of the sensors' columns from `first` on.
  const auto add = [&](std::size_t first, std::size_t count, const std::vector<std::size_t>& time) {
    Group& group = groups_.emplace_back();
    for (std::size_t i = first; i < first + count; ++i) group.columns.push_back(sensors[i]);
    for (const std::size_t column : time) group.columns.push_back(column);
    group.varies.resize(width_);
  };
  for (const std::vector<std::size_t>& time : times_of(columns, types)) {
    for (std::size_t i = 0; i < sensors.size(); ++i) add(i, 1, time);
    if (sensors.size() != 1) add(0, sensors.size(), time);
  }
}

void LongRows::see(const std::vector<std::string_view>& row) {
  if (!names_) return;
  see_value(row);
  if (++rows_ > GuessedKeys::kMostRows) return;
  std::erase_if(groups_, [&](Group& group) { return !see_row(group, row); });
}

void LongRows::see_value(const std::vector<std::string_view>& row) {
  if (has_too_many_) return;
  std::pair<std::string, std::string> quantity(row[*names_], units_ ? row[*units_] : "");
  ColumnGuess& guess = quantities_[std::move(quantity)];
  if (values_) guess.see(row[*values_], CellKind::kText);
  if (quantities_.size() <= kMostQuantities) return;
  has_too_many_ = true;
  quantities_.clear();
}

// False where another row was of the same reading and quantity.
bool LongRows::see_row(Group& group, const std::vector<std::string_view>& row) const {
  std::uint64_t reading = 0;
  for (const std::size_t column : group.columns) reading = add_to_hash(reading, row[column]);
  if (!group.rows.insert(add_to_hash(reading, row[*names_]))) return false;
  const std::uint64_t sensor = add_to_hash(0, row[group.columns.front()]);
  group.sensors.insert(sensor);
  group.series.insert(add_to_hash(sensor, row[*names_]));
  const auto [at, is_new] = group.places.emplace(reading, group.places.size());
  const std::size_t place = at->second * width_;
  group.open_rows = std::max(group.open_rows, group.places.size() - at->second);
  if (place >= (is_new ? kMostCells : group.cells.size())) return true;
  for (std::size_t i = 0; i < width_; ++i) {
    const auto cell = static_cast<std::uint32_t>(add_to_hash(0, row[i]));
    if (is_new) group.cells.push_back(cell);
    if (group.cells[place + i] != cell) group.varies[i] = true;
  }
  return true;
}

// What has one quantity alone, whatever its value, names a series and no sensor, if another column
// does.
const LongRows::Group* LongRows::group(const std::vector<std::size_t>& times) const {
  const Group* best = nullptr;
  for (const Group& group : groups_) {
    const auto has_column = [&](std::size_t column) {
      return std::find(group.columns.begin(), group.columns.end(), column) != group.columns.end();
    };
    if (!std::all_of(times.begin(), times.end(), has_column)) continue;
    if (group.series.size() > group.sensors.size()) return &group;
    if (best == nullptr) best = &group;
  }
  return best;
}

}  // namespace sp
