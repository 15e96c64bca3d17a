#include "sp-transform/spread.h"

#include <algorithm>
#include <cstring>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/number_format.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// A cell as it is kept: its kind and whether it is encoded, its length, its bytes.
void append_key(const Cell& cell, std::string& key) {
  const std::size_t size = cell.text.size();
  key += static_cast<char>(cell.kind);
  key += cell.encoded ? '\1' : '\0';
  key.append(reinterpret_cast<const char*>(&size), sizeof size);
  key += cell.text;
}

Cell take_key(std::string_view& key) {
  Cell cell;
  std::size_t size = 0;
  cell.kind = static_cast<CellKind>(key[0]);
  cell.encoded = key[1] != '\0';
  std::memcpy(&size, key.data() + 2, sizeof size);
  cell.text = key.substr(2 + sizeof size, size);
  key.remove_prefix(2 + sizeof size + size);
  return cell;
}

bool has_value(const Cell& cell) {
  return !cell.text.empty() && !(cell.encoded && cell.text == "\"\"");
}

bool is_unit(const std::string& text) {
  try {
    sp::check_unit(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

JsonObject measure_json(const std::string& name, const std::string& unit) {
  JsonObject field;
  field.add("name", name).add("type", "number");
  if (is_unit(unit)) {
    field.add("unit", unit);
  } else if (!unit.empty()) {
    field.add("description", "in " + unit);
  }
  return field.add("role", "measure");
}

// A type by which every value passes that sp-transform writes for the column.
std::string written_type(const Field& field) {
  const bool is_number = field.type == FieldType::kInteger || field.type == FieldType::kNumber;
  const bool is_kept = field.type == FieldType::kString || field.type == FieldType::kDatetime ||
                       (is_number && NumberFormat(field).is_plain());
  return type_name(is_kept ? field.type : FieldType::kAny);
}

JsonObject key_json(const std::string& name, const std::vector<SchemaColumn>& columns) {
  JsonObject field;
  field.add("name", name);
  const auto known = std::find_if(columns.begin(), columns.end(), [&](const SchemaColumn& column) {
    return column.field.name == name;
  });
  if (known == columns.end()) return field.add("type", "any");
  field.add("type", written_type(known->field));
  if (known->field.role != Role::kNone) field.add("role", role_name(known->field.role));
  return field;
}

[[noreturn]] void fail(const RecordReader& reader, const Record& record, std::size_t column,
                       const std::string& message) {
  throw Error(ExitCode::kDataErr, message, reader.locate(record, reader.columns()[column]));
}

}  // namespace

Spread::Spread(std::vector<std::string> quantities, std::size_t most_open, RecordWriter& writer)
    : quantities_(std::move(quantities)),
      units_(quantities_.size()),
      has_unit_(quantities_.size()),
      writer_(writer) {
  constexpr std::size_t kMost = 10'000'000;
  if (most_open == 0 || most_open > kMost) {
    throw Error(ExitCode::kUsage, "--spread-rows is from 1 to " + std::to_string(kMost));
  }
  ring_.resize(most_open);
}

Columns Spread::columns(const std::vector<OutputColumn>& plan) const {
  Columns columns;
  for (const OutputColumn& column : plan) {
    if (!is_long_column(column.name)) columns.push_back(column.name);
  }
  for (const std::string& quantity : quantities_) columns.push_back(quantity);
  return columns;
}

void Spread::set_plan(const std::vector<OutputColumn>& plan) {
  keys_.clear();
  key_names_.clear();
  unit_.reset();
  for (std::size_t i = 0; i < plan.size(); ++i) {
    if (plan[i].name == kLongColumns[0]) {
      quantity_ = *plan[i].input;
    } else if (plan[i].name == kLongColumns[1]) {
      value_ = i;
      value_unit_ = plan[i].unit;
    } else if (plan[i].name == kLongColumns[2]) {
      unit_ = plan[i].input;
    } else {
      keys_.push_back(i);
      key_names_.push_back(plan[i].name);
    }
  }
}

std::size_t Spread::column_of(const RecordReader& reader, const Record& record) {
  const auto at = std::find(quantities_.begin(), quantities_.end(), record[quantity_]);
  if (at == quantities_.end()) {
    fail(reader, record, quantity_,
         "there is no column for the quantity " + excerpt(record[quantity_]) +
             "; name it with --values");
  }
  return static_cast<std::size_t>(at - quantities_.begin());
}

// What a schema or a flag makes the unit of all values goes before what was theirs in the file.
std::string_view Spread::unit_of(const Record& record) const {
  if (!value_unit_.empty() || !unit_) return value_unit_;
  return record[*unit_];
}

// A wide column has one unit.
void Spread::check_unit(const RecordReader& reader, const Record& record, std::size_t quantity) {
  const std::string_view unit = unit_of(record);
  if (!has_unit_[quantity]) {
    has_unit_[quantity] = true;
    units_[quantity] = unit;
  } else if (units_[quantity] != unit) {
    fail(reader, record, unit_.value_or(quantity_),
         "the unit of " + quantities_[quantity] + " is " + excerpt(unit) + " here and " +
             excerpt(units_[quantity]) + " in rows before");
  }
}

// The open row of key_, or a new one. Most measurements are of the row of the last one.
Spread::Row& Spread::find_row() {
  if (open_ > 0 && ring_[last_].key == key_) return ring_[last_];
  if (const auto at = index_.find(key_); at != index_.end()) {
    last_ = at->second;
    return ring_[last_];
  }
  if (open_ == ring_.size()) write_oldest();
  last_ = (first_ + open_++) % ring_.size();
  Row& row = ring_[last_];
  row.key = key_;
  row.values.resize(quantities_.size());
  for (Value& value : row.values) value.is_there = false;
  index_.emplace(row.key, last_);
  return row;
}

void Spread::add(const RecordReader& reader, const Record& record, const std::vector<Cell>& cells) {
  const std::size_t quantity = column_of(reader, record);
  key_.clear();
  for (const std::size_t i : keys_) append_key(cells[i], key_);
  Value& value = find_row().values[quantity];
  const Cell& cell = cells[value_];
  if (!has_value(cell)) return;  // it opens its row and no more
  check_unit(reader, record, quantity);
  if (value.is_there && value.text != cell.text) {
    fail(reader, record, quantity_,
         "the row has a " + quantities_[quantity] + " already, " + excerpt(value.text) +
             ", and here " + excerpt(cell.text) + ": the other columns do not tell the two apart");
  }
  value.text = cell.text;
  value.kind = cell.kind;
  value.encoded = cell.encoded;
  value.is_there = true;
}

JsonObject Spread::schema(const Schema* from) const {
  std::vector<SchemaColumn> known;
  if (from != nullptr) known = transformed_columns(*from);
  JsonArray fields;
  for (const std::string& name : key_names_) fields.add(key_json(name, known));
  for (std::size_t i = 0; i < quantities_.size(); ++i) {
    fields.add(measure_json(quantities_[i], units_[i]));
  }
  return JsonObject().add("fields", fields);
}

void Spread::write_oldest() {
  Row& row = ring_[first_];
  index_.erase(row.key);
  cells_.clear();
  std::string_view key = row.key;
  while (!key.empty()) cells_.push_back(take_key(key));
  for (const Value& value : row.values) {
    cells_.push_back(value.is_there ? Cell{value.text, value.kind, value.encoded}
                                    : Cell{{}, CellKind::kNull, false});
  }
  writer_.write(cells_);
  ++written_;
  first_ = (first_ + 1) % ring_.size();
  --open_;
}

void Spread::finish() {
  while (open_ > 0) write_oldest();
}

}  // namespace sp
