// Files of one value a row: the columns that say what each value is, its unit and the value, and
// which of the other columns name the rows that belong together.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sp-schema/infer/column/column.h"
#include "sp-schema/infer/role/key.h"
#include "sp/schema/schema.h"
#include "sp/table/columns.h"

namespace sp {

// Whether a column's name is that of a column of quantities: "parameter", "Pollutant".
bool may_name_quantities(const std::string& name);

class LongRows {
 public:
  // `types` are those of the first rows.
  LongRows(const Columns& columns, const std::vector<FieldType>& types);
  void see(const std::vector<std::string_view>& row);

  // Empty: no column names quantities, or none that is clear holds numbers.
  std::optional<std::size_t> names() const { return names_; }
  std::optional<std::size_t> values() const { return values_; }
  std::optional<std::size_t> units() const { return units_; }
  // By quantity and unit; empty where there were more than kMostQuantities.
  using Quantities = std::map<std::pair<std::string, std::string>, ColumnGuess>;
  const Quantities& quantities() const { return quantities_; }

  // Columns that, together with names(), no two rows share: rows that share them are of one
  // reading.
  struct Group {
    std::vector<std::size_t> columns;
    std::vector<bool> varies;   // of each column of the table: whether it differs within a reading
    std::size_t open_rows = 0;  // readings from one whose values are not all there to the newest
    HashSet rows, sensors, series;
    std::unordered_map<std::uint64_t, std::size_t> places;  // of readings, in their order
    std::vector<std::uint32_t> cells;  // hashes of the first readings, as many as columns each
  };
  // The best whose columns have all of `times`; null: there is none.
  const Group* group(const std::vector<std::size_t>& times) const;
  // Whether there were too many rows to compare each with all others.
  bool gave_up() const { return rows_ > GuessedKeys::kMostRows; }

  static constexpr std::size_t kMostQuantities = 200;

 private:
  void choose_columns(const Columns& columns, const std::vector<FieldType>& types);
  void add_groups(const Columns& columns, const std::vector<FieldType>& types);
  void see_value(const std::vector<std::string_view>& row);
  bool see_row(Group& group, const std::vector<std::string_view>& row) const;

  std::size_t width_;
  std::optional<std::size_t> names_, values_, units_;
  Quantities quantities_;
  std::vector<Group> groups_;  // the likeliest first
  std::uint64_t rows_ = 0;
  bool has_too_many_ = false;
};

}  // namespace sp
