#include "sp-validate/keys.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp {

Keys::Keys(const Schema& schema, std::vector<CheckedColumn>& columns, ViolationLog& log)
    : schema_(schema), columns_(columns), log_(log) {
  for (const Field& field : schema_.fields) {
    if (field.constraints.unique) add_key({field.name}, Kind::kUnique);
  }
  for (const auto& names : schema_.unique_keys) add_key(names, Kind::kUniqueKey);
  if (!schema_.primary_key.empty()) add_key(schema_.primary_key, Kind::kPrimary);
  for (std::size_t i = 0; i < schema_.foreign_keys.size(); ++i) {
    add_reference(schema_.foreign_keys[i], i);
  }
  is_empty_ = keys_.empty() && references_.empty();
}

std::vector<std::size_t> Keys::columns_of(const std::vector<std::string>& names) {
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    columns.push_back(static_cast<std::size_t>(schema_.find(name) - schema_.fields.data()));
    columns_[columns.back()].is_in_key = true;
  }
  return columns;
}

void Keys::add_key(const std::vector<std::string>& names, Kind kind) {
  Key& key = keys_.emplace_back();
  key.columns = columns_of(names);
  key.kind = kind;
  if (kind != Kind::kPrimary) return;
  for (const std::size_t column : key.columns) columns_[column].required = true;
}

// Keys are compared by value, so both sides must have values of one type.
void Keys::add_reference(const ForeignKey& key, std::size_t index) {
  Reference& reference = references_.emplace_back();
  reference.columns = columns_of(key.fields);
  reference.referenced = columns_of(key.reference_fields);
  for (std::size_t i = 0; i < key.fields.size(); ++i) {
    const FieldType from = schema_.fields[reference.columns[i]].type;
    const FieldType to = schema_.fields[reference.referenced[i]].type;
    if (from == to || (is_text(from) && is_text(to))) continue;
    throw Error(ExitCode::kConfig,
                "/foreignKeys/" + std::to_string(index) + ": " + excerpt(key.fields[i]) +
                    " is of the type " + type_name(from) + " and refers to " +
                    excerpt(key.reference_fields[i]) + " of the type " + type_name(to),
                {schema_.file, 0, 0, ""});
  }
}

void Keys::check(const Record& record, bool is_valid) {
  for (Key& key : keys_) {
    if (!make_key(key.columns, key.current)) continue;
    const std::uint32_t first = key.seen.find(key.current);
    if (first == KeyTable::kNone) continue;
    fail(record, key, key.origins[first]);
    is_valid = false;
  }
  if (!is_valid) return;
  for (Key& key : keys_) {
    if (key.current.empty()) continue;
    key.seen.find_or_add(key.current);
    key.origins.push_back(origin_of(record));
  }
  for (Reference& reference : references_) check_reference(record, reference);
}

void Keys::check_reference(const Record& record, Reference& reference) {
  const std::size_t known = reference.there.size();
  if (make_key(reference.referenced, reference.current) &&
      reference.there.find_or_add(reference.current) == known) {
    reference.open.erase(reference.current);
  }
  if (!make_key(reference.columns, reference.current)) return;
  if (reference.there.find(reference.current) != KeyTable::kNone) return;
  reference.open[reference.current].push_back(
      {origin_of(record), record.line(), values_of(reference.columns)});
}

// False where the row has no such key because a cell of it is missing or wrong.
bool Keys::make_key(const std::vector<std::size_t>& columns, std::string& key) const {
  key.clear();
  for (const std::size_t i : columns) {
    if (!columns_[i].is_present) {
      key.clear();
      return false;
    }
    columns_[i].reader.append_key(columns_[i].value, key);
  }
  return true;
}

std::string Keys::values_of(const std::vector<std::size_t>& columns) const {
  std::string values;
  for (const std::size_t i : columns) {
    values += (values.empty() ? "" : ", ") + std::string(columns_[i].value.text);
  }
  return values;
}

std::string Keys::labels_of(const std::vector<std::size_t>& columns) const {
  std::string labels;
  for (const std::size_t i : columns) labels += (labels.empty() ? "" : ", ") + columns_[i].label;
  return labels;
}

std::string Keys::finish() {
  std::vector<std::pair<const Reference*, const Use*>> found;
  for (const Reference& reference : references_) {
    for (const auto& [key, uses] : reference.open) {
      for (const Use& use : uses) found.emplace_back(&reference, &use);
    }
  }
  std::sort(found.begin(), found.end(),
            [](const auto& a, const auto& b) { return a.second->origin < b.second->origin; });
  std::string why;
  if (!found.empty()) {
    why = "row " + std::to_string(found[0].second->origin.row) + " refers to " +
          excerpt(found[0].second->shown) + ", which no row has" +
          (found.size() == 1 ? "" : " (and " + std::to_string(found.size() - 1) + " more)");
  }
  for (const auto& [reference, use] : found) fail(*reference, *use);
  for (Key& key : keys_) {
    key.seen.clear();
    key.origins.clear();
  }
  for (Reference& reference : references_) {
    reference.there.clear();
    reference.open.clear();
  }
  return why;
}

void Keys::fail(const Reference& reference, const Use& use) {
  Violation violation;
  violation.row = use.origin.row;
  violation.line = use.line;
  violation.code = "foreign-key";
  violation.has_field = false;
  violation.constraint = "foreignKeys";
  violation.value = use.shown;
  violation.message =
      excerpt(use.shown) + " is the " + labels_of(reference.referenced) + " of no row";
  log_.set_file(inputs_[use.origin.file]);
  log_.add(violation);
  log_.end_row({});
}

void Keys::fail(const Record& record, const Key& key, Origin first) {
  // The code and constraint of each kind.
  static constexpr const char* kWords[][2] = {
      {"unique-error", "unique"}, {"unique-error", "uniqueKeys"}, {"primary-key", "primaryKey"}};
  const auto& words = kWords[static_cast<std::size_t>(key.kind)];
  std::string message;
  for (const std::size_t i : key.columns) {
    const CheckedColumn& column = columns_[i];
    message += (message.empty() ? "" : ", ") + column.label + " " +
               shown(column.field().type, column.value.text);
  }
  message += " is there already, in row " + std::to_string(first.row);
  if (first.file + 1 != inputs_.size()) message += " of " + inputs_[first.file];
  const std::string values = values_of(key.columns);
  Violation violation = violation_at(record, words[0]);
  violation.has_field = key.kind == Kind::kUnique;
  if (violation.has_field) violation.field = columns_[key.columns[0]].field().name;
  violation.constraint = words[1];
  violation.value = values;
  violation.message = std::move(message);
  log_.add(violation);
}

}  // namespace sp
