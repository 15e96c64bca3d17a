#include "sp-transform/spread.h"

#include <algorithm>
#include <cstring>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/number/number.h"
#include "sp/schema/columns_after.h"
#include "sp/schema/number_format.h"
#include "sp/unit/unit.h"

namespace sp {
namespace {

// A cell as it is kept: its kind and whether it is encoded, its length, its bytes.
void append_cell(const Cell& cell, std::string& cells) {
  const std::size_t size = cell.text.size();
  cells += static_cast<char>(cell.kind);
  cells += cell.encoded ? '\1' : '\0';
  cells.append(reinterpret_cast<const char*>(&size), sizeof size);
  cells += cell.text;
}

Cell take_cell(std::string_view& cells) {
  Cell cell;
  std::size_t size = 0;
  cell.kind = static_cast<CellKind>(cells[0]);
  cell.encoded = cells[1] != '\0';
  std::memcpy(&size, cells.data() + 2, sizeof size);
  cell.text = cells.substr(2 + sizeof size, size);
  cells.remove_prefix(2 + sizeof size + size);
  return cell;
}

// A date-time in UTC, as the steps give it: 00:00:00.50Z is 00:00:00.5Z.
std::string_view canonical_time(std::string_view text, std::string& scratch) {
  if (!text.ends_with('Z') || text.find('.') == std::string_view::npos) return text;
  scratch.assign(text, 0, text.size() - 1);
  scratch.erase(scratch.find_last_not_of('0') + 1);
  if (scratch.ends_with('.')) scratch.pop_back();
  return scratch += 'Z';
}

bool is_unit(const std::string& text) {
  try {
    sp::check_unit(text);
    return true;
  } catch (const Error&) {
    return false;
  }
}

JsonObject made_json(const Field& made, const std::string& unit) {
  JsonObject field;
  field.add("name", made.target_name()).add("type", "number");
  if (is_unit(unit)) {
    field.add("unit", unit);
  } else if (!unit.empty()) {
    field.add("description", "in " + unit);
  }
  if (!made.standard_name.empty()) field.add("standardName", made.standard_name);
  if (made.role != Role::kNone) field.add("role", role_name(made.role));
  return field;
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

SpreadRows::SpreadRows(const Reshape& reshape, RecordWriter& writer)
    : ReshapedRows(writer),
      reshape_(reshape),
      spread_(*reshape.spread),
      columns_(spread_),
      units_(columns_.names().size()),
      ring_(spread_.open_rows) {
  for (const SpreadField& column : spread_.fields) {
    const Field& field = column.field;
    NumberChange change;
    change.decimals = field.decimals;
    if (!field.target_unit.empty()) {
      change.unit = unit_conversion(field.unit, field.target_unit, field.gas);
    }
    // What it takes is plain: the column of the values has been read.
    steps_.push_back(change.is_needed() ? number_step(change, Field()) : nullptr);
    const std::string& unit = field.target_unit.empty() ? field.unit : field.target_unit;
    if (!unit.empty()) units_[columns_.column_of(steps_.size() - 1)] = unit;
  }
}

void SpreadRows::set_plan(const std::vector<OutputColumn>& plan) {
  keys_.clear();
  key_names_.clear();
  unit_.reset();
  for (std::size_t i = 0; i < plan.size(); ++i) {
    switch (plan[i].part) {
      case Part::kKept:
        keys_.push_back({i, plan[i].input, plan[i].is_integer, plan[i].is_time});
        key_names_.push_back(plan[i].name);
        break;
      case Part::kName:
        quantity_ = *plan[i].input;
        break;
      case Part::kValue:
        value_ = i;
        value_input_ = plan[i].input;
        value_unit_ = plan[i].unit;
        break;
      case Part::kUnit:
        unit_ = plan[i].input;
        break;
    }
  }
}

void SpreadRows::fail_column(const RecordReader& reader, const Record& record) const {
  const std::string name = excerpt(record[quantity_]);
  if (columns_.has(record[quantity_])) {
    fail(reader, record, *unit_,
         "the schema's spread has no field " + name + " in the unit " + excerpt(record[*unit_]));
  }
  fail(reader, record, quantity_,
       "there is no column for the quantity " + name +
           (reshape_.is_of_flag ? "; name it with --values"
                                : "; give the schema's spread a field of that name"));
}

// A wide column has one unit. What a schema or a flag makes the unit of all values goes before what
// was theirs in the file.
void SpreadRows::check_unit(const RecordReader& reader, const Record& record, std::size_t column) {
  const std::string_view unit =
      !value_unit_.empty() || !unit_ ? std::string_view(value_unit_) : record[*unit_];
  std::optional<std::string>& known = units_[column];
  if (!known) {
    if (is_told_ && !unit.empty()) {
      fail(reader, record, unit_.value_or(quantity_),
           "the unit of " + columns_.names()[column] +
               " comes when the schema has gone into a pipe, before the first row; keep more rows "
               "open with --spread-rows");
    }
    known = unit;
  } else if (*known != unit) {
    fail(reader, record, unit_.value_or(quantity_),
         "the unit of " + columns_.names()[column] + " is " + excerpt(unit) + " here and " +
             excerpt(*known) + " in rows before");
  }
}

// Quotes, escapes, leading zeros of an integer and zeros that end a second make no other row.
void SpreadRows::make_key(const Record& record, const std::vector<Cell>& cells) {
  key_.clear();
  for (const KeyColumn& column : keys_) {
    const Cell& cell = cells[column.place];
    std::string_view text = cell.encoded && column.input ? record[*column.input] : cell.text;
    if (column.is_integer) text = canonical_integer(text, scratch_);
    if (column.is_time) text = canonical_time(text, scratch_);
    const std::size_t size = text.size();
    key_.append(reinterpret_cast<const char*>(&size), sizeof size);
    key_ += text;
  }
}

// The open row of key_, or a new one. Most measurements are of the row of the last one.
SpreadRows::Row& SpreadRows::find_row(const RecordReader& reader, const Record& record,
                                      const std::vector<Cell>& cells) {
  if (open_ > 0 && ring_[last_].key == key_) return ring_[last_];
  if (const auto at = index_.find(key_); at != index_.end()) {
    last_ = at->second;
    return ring_[last_];
  }
  if (gone_.contains(key_)) {
    fail(reader, record, quantity_,
         "its row was written already, because " + std::to_string(ring_.size()) +
             " others began since; sort the file by the other columns, or keep more rows open with "
             "--spread-rows or the schema's openRows");
  }
  if (open_ == ring_.size()) {
    gone_.add(ring_[first_].key);
    write_oldest();
  }
  last_ = (first_ + open_++) % ring_.size();
  Row& row = ring_[last_];
  row.key = key_;
  row.cells.clear();
  for (const KeyColumn& column : keys_) append_cell(cells[column.place], row.cells);
  row.values.clear();
  index_.emplace(row.key, last_);
  return row;
}

Cell SpreadRows::value_of(const RecordReader& reader, const Record& record, const Cell& cell,
                          std::size_t field) {
  Step* const step = steps_[field].get();
  if (step == nullptr) return cell;
  Cell changed = {cell.encoded ? record[*value_input_] : cell.text, step->gives(), false};
  if (step->apply(changed.text, changed.text)) return changed;
  fail(reader, record, value_input_.value_or(quantity_),
       excerpt(cell.text) + " " + step->refusal() + "; pass the file through sp-validate first");
}

void SpreadRows::add(const RecordReader& reader, const Record& record,
                     const std::vector<Cell>& cells) {
  const bool is_there = has_value(cells[value_]);
  const std::string_view unit = unit_ ? record[*unit_] : std::string_view();
  std::size_t field = SpreadColumns::kNone;
  if (is_there) field = columns_.find(record[quantity_], unit);
  if (is_there ? field == SpreadColumns::kNone : !columns_.has(record[quantity_])) {
    fail_column(reader, record);
  }
  make_key(record, cells);
  Row& row = find_row(reader, record, cells);
  if (!is_there) return;  // it opens its row and no more
  const std::size_t column = columns_.column_of(field);
  if (spread_.fields[field].field.unit.empty()) check_unit(reader, record, column);
  const Cell cell = value_of(reader, record, cells[value_], field);
  const auto value =
      std::lower_bound(row.values.begin(), row.values.end(), column,
                       [](const Value& each, std::size_t wanted) { return each.column < wanted; });
  if (value == row.values.end() || value->column != column) {
    row.values.insert(value, {column, std::string(cell.text), cell.kind, cell.encoded});
  } else if (value->text != cell.text) {
    fail(reader, record, quantity_,
         "the row has a " + columns_.names()[column] + " already, " + excerpt(value->text) +
             ", and here " + excerpt(cell.text) + ": the other columns do not tell the two apart" +
             (reshape_.is_of_flag ? ""
                                  : "; a \"primaryKey\" of the fields that do, and that of the "
                                    "names, lets sp-validate reject the second"));
  }
}

JsonObject SpreadRows::schema(const Schema* from) const {
  std::vector<SchemaColumn> known;
  if (from != nullptr) known = file_columns(*from);
  JsonArray fields;
  for (const std::string& name : key_names_) fields.add(key_json(name, known));
  std::size_t columns = 0;  // of several fields that one column has, the first tells
  for (std::size_t i = 0; i < spread_.fields.size(); ++i) {
    if (columns_.column_of(i) < columns) continue;
    fields.add(made_json(spread_.fields[i].field, units_[columns++].value_or("")));
  }
  return JsonObject().add("fields", fields);
}

void SpreadRows::tell() {
  if (!before_rows_) return;
  std::exchange(before_rows_, nullptr)();
  is_told_ = true;
}

void SpreadRows::write_oldest() {
  tell();
  Row& row = ring_[first_];
  index_.erase(row.key);
  cells_.clear();
  std::string_view kept = row.cells;
  while (!kept.empty()) cells_.push_back(take_cell(kept));
  const std::size_t first = cells_.size();
  cells_.resize(first + columns_.names().size(), Cell{{}, CellKind::kNull, false});
  for (const Value& value : row.values) {
    cells_[first + value.column] = {value.text, value.kind, value.encoded};
  }
  write(cells_);
  first_ = (first_ + 1) % ring_.size();
  --open_;
}

void SpreadRows::finish() {
  tell();
  while (open_ > 0) write_oldest();
}

}  // namespace sp
