#include "sp/schema/header_check.h"

#include <algorithm>

#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/base/spelling.h"
#include "sp/schema/columns_after.h"

namespace sp {
namespace {

// What a fieldsMatch asks for.
struct Demand {
  FieldsMatch match;
  bool all_fields;  // each field has a column
  bool no_others;   // each column has a field
  bool same_order;
};
constexpr Demand kDemands[] = {
    {FieldsMatch::kExact, true, true, true},      {FieldsMatch::kEqual, true, true, false},
    {FieldsMatch::kSubset, true, false, false},   {FieldsMatch::kSuperset, false, true, false},
    {FieldsMatch::kPartial, false, false, false},
};

const Demand& demand_of(FieldsMatch match) {
  for (const Demand& demand : kDemands) {
    if (demand.match == match) return demand;
  }
  return kDemands[0];
}

// First position of each name. A stranger's header may have a million of them: no step may look at
// each for each.
using NameIndex = KeyViewMap<std::size_t>;

NameIndex index_of(const Columns& columns) {
  NameIndex index;
  for (std::size_t i = 0; i < columns.size(); ++i) index.emplace(columns[i], i);
  return index;
}

NameIndex index_of(const Schema& schema) {
  NameIndex index;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) index.emplace(schema.fields[i].name, i);
  return index;
}

std::string position(std::size_t column) { return "column " + std::to_string(column + 1); }

// "; it has 'Sensor_ID'" of names that look like the one that is missing. To compare all names of a
// stranger's header with all of a schema takes too long: the first of many will do.
class Likenesses {
 public:
  explicit Likenesses(const Columns& columns) : columns_(columns) {}
  std::string of(const std::string& wanted) {
    std::string hint;
    if (columns_.size() > left_) return hint;
    left_ -= columns_.size();
    std::size_t count = 0;
    for (const std::string& name : columns_.names()) {
      if (looks_like(name, wanted) && ++count <= kMost) hint += "; it has " + excerpt(name);
    }
    if (count > kMost) hint += " and " + std::to_string(count - kMost) + " more like it";
    return hint;
  }

 private:
  static constexpr std::size_t kMost = 5;
  const Columns& columns_;
  std::size_t left_ = 100'000;  // comparisons
};

// A stranger's header may have a million columns too many: the first will do, and the others are
// counted.
class Faults {
 public:
  template <typename Message>
  void add(const char* code, std::string_view field, Message message) {
    if (++count_ <= kMost) found_.push_back({code, field, message()});
  }
  bool empty() const { return count_ == 0; }
  std::vector<HeaderFault> take() {
    if (count_ > kMost) {
      found_.back().message +=
          "; " + std::to_string(count_ - kMost) + " more like this are not listed";
    }
    return std::move(found_);
  }

 private:
  static constexpr std::size_t kMost = 100;
  std::vector<HeaderFault> found_;
  std::size_t count_ = 0;
};

bool is_required(const Schema& schema, const Field& field) {
  const auto& key = schema.primary_key;
  return field.constraints.required || std::find(key.begin(), key.end(), field.name) != key.end();
}

// In JSON a member that is absent has no value, as it may be.
void check_missing(const Schema& schema, const Columns& columns, bool only_required,
                   Faults& faults) {
  const NameIndex there = index_of(columns);
  Likenesses likenesses(columns);
  for (const Field& field : schema.fields) {
    if (there.contains(field.name) || (only_required && !is_required(schema, field))) continue;
    faults.add("missing-label", field.name, [&] {
      return "the header lacks the column " + excerpt(field.name) + likenesses.of(field.name);
    });
  }
}

void check_others(const Schema& schema, const Columns& columns, Faults& faults) {
  const NameIndex wanted = index_of(schema);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (wanted.contains(columns[i])) continue;
    if (columns[i].empty()) {
      faults.add("blank-label", columns[i], [&] { return position(i) + " has no name"; });
    } else {
      faults.add("extra-label", columns[i], [&] {
        return position(i) + ", " + excerpt(columns[i]) + ", is not in the schema";
      });
    }
  }
}

constexpr const char* kByPosition =
    "; --skip-rows to leave the header out, and --no-header, take the schema's fields in their "
    "order instead";

// A name that is there twice leaves open which column is meant; blank ones nobody can mean.
void check_duplicates(const Schema& schema, const Columns& columns, Faults& faults) {
  const bool may_be_blank = schema.find("") == nullptr;
  bool is_advised = false;
  NameIndex seen;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::size_t first = seen.emplace(columns[i], i).first->second;
    if (first == i || (columns[i].empty() && may_be_blank)) continue;
    faults.add("duplicate-label", columns[i], [&] {
      return position(i) + " has the name of " + position(first) + ", " + excerpt(columns[i]) +
             (is_advised ? "" : kByPosition);
    });
    is_advised = true;
  }
}

void check_order(const Schema& schema, const Columns& columns, Faults& faults) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string& wanted = schema.fields[i].name;
    if (columns[i] == wanted) continue;
    faults.add("incorrect-label", columns[i], [&] {
      return position(i) + " is " + excerpt(columns[i]) + " where the schema has " +
             excerpt(wanted) + "; \"fieldsMatch\": \"equal\" would not mind";
    });
  }
}

// What sp-transform would refuse: a column that has no field, and the name of one that it makes.
void check_made(const Schema& schema, const Columns& columns, Faults& faults) {
  const NameIndex fields = index_of(schema);
  KeyNames made;
  for (const SchemaColumn& column : transformed_columns(schema)) made.insert(column.field.name);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (fields.contains(columns[i]) || !made.contains(columns[i])) continue;
    faults.add("extra-label", columns[i], [&] {
      return position(i) + ", " + excerpt(columns[i]) +
             ", has the name of a column that sp-transform makes; make it a field with the role "
             "ignore";
    });
  }
}

// What other rows are made of must be there, whatever fieldsMatch lets a file lack.
void check_reshaped(const Schema& schema, const Columns& columns, Faults& faults) {
  const auto is_there = [&](const std::string& target) {
    return std::any_of(schema.fields.begin(), schema.fields.end(), [&](const Field& field) {
      return field.target_name() == target && columns.find(field.name);
    });
  };
  if (schema.spread) {
    const Spread& spread = *schema.spread;
    for (const std::string* name : {&spread.names, &spread.values, &spread.units}) {
      if (name->empty() || is_there(*name)) continue;
      faults.add("missing-label", *name, [&] {
        return "the header lacks the column of " + excerpt(*name) + ", for spread";
      });
    }
  }
  if (schema.melt &&
      std::none_of(schema.melt->fields.begin(), schema.melt->fields.end(), is_there)) {
    faults.add("missing-label", schema.melt->fields.front(),
               [&] { return std::string("the header has none of the columns for melt"); });
  }
}

bool has_no_field(const Schema& schema, const Columns& columns) {
  const NameIndex there = index_of(columns);
  for (const Field& field : schema.fields) {
    if (there.contains(field.name)) return false;
  }
  return !schema.fields.empty();
}

}  // namespace

std::vector<std::optional<std::size_t>> map_fields(const Schema& schema, const Columns& columns) {
  std::vector<std::optional<std::size_t>> result;
  const NameIndex there = index_of(columns);
  for (const Field& field : schema.fields) {
    const auto found = there.find(field.name);
    result.push_back(found == there.end() ? std::nullopt : std::optional(found->second));
  }
  return result;
}

std::vector<HeaderFault> check_header(const Schema& schema, const Columns& columns, Format format,
                                      char delimiter, DelimiterPlace place) {
  const Demand& demand = demand_of(schema.fields_match);
  Faults faults;
  const bool is_alien = has_no_field(schema, columns);
  const bool may_be_absent = format == Format::kNdjson && !is_alien;
  if (demand.all_fields || is_alien) check_missing(schema, columns, may_be_absent, faults);
  if (demand.no_others) check_others(schema, columns, faults);
  // Of a header that fits: many schemas are asked whether they do.
  if (!demand.no_others && faults.empty()) check_made(schema, columns, faults);
  if (!demand.all_fields && !is_alien) check_reshaped(schema, columns, faults);
  check_duplicates(schema, columns, faults);
  const bool ordered = demand.same_order && format != Format::kNdjson;
  if (ordered && faults.empty()) check_order(schema, columns, faults);
  std::vector<HeaderFault> found = faults.take();
  if (!found.empty() && format != Format::kNdjson) {
    const std::string hint = delimiter_hint(columns, delimiter, schema.fields.size(), place);
    if (!hint.empty()) found[0].message += "; " + hint;
  }
  return found;
}

}  // namespace sp
