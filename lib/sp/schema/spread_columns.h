// Of which of a spread's columns a value is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sp/base/key_hash.h"
#include "sp/schema/schema.h"

namespace sp {

class SpreadColumns {
 public:
  // `spread` must outlive it.
  explicit SpreadColumns(const Spread& spread);
  // The columns' names, each once; several fields may be of one.
  const std::vector<std::string>& names() const { return names_; }
  // Whether `name`, however its letters with marks are spelled, is that of a field.
  bool has(std::string_view name) const { return fields_of(name) != nullptr; }
  // The place in spread.fields of the one that has this name and this unit; kNone where none has. A
  // field without a unit has every one, and so have all where no column tells units.
  std::size_t find(std::string_view name, std::string_view unit);
  // The place in names() of that field's column.
  std::size_t column_of(std::size_t field) const { return columns_[field]; }

  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

 private:
  const std::vector<std::size_t>* fields_of(std::string_view name) const;
  bool is_unit(std::size_t field, std::string_view unit);

  const Spread& spread_;
  std::vector<std::string> names_;
  std::vector<std::size_t> columns_;             // of each field
  std::vector<std::string> units_;               // as the last value of each field had it
  KeyViewMap<std::vector<std::size_t>> fields_;  // by name
};

}  // namespace sp
