// A field of the schema as rows are checked against it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sp/schema/missing_values.h"
#include "sp/schema/schema.h"
#include "sp/value/rule.h"
#include "sp/value/value.h"

namespace sp {

struct CheckedColumn {
  static constexpr std::size_t kNone = SIZE_MAX;

  // Both must outlive it.
  CheckedColumn(const Field& field, const Schema& schema)
      : required(field.constraints.required),
        missing(schema, field),
        reader(field),
        label(field.name) {}
  const Field& field() const { return reader.field(); }
  // Nothing can be wrong with it, and nobody will use it.
  bool is_idle() const {
    return field().role == Role::kIgnore && field().type == FieldType::kAny && !required &&
           !is_in_key && !field().constraints.unique && rules.empty();
  }

  std::size_t index = kNone;  // in the row
  bool required;
  bool is_in_key = false;   // of any kind
  bool is_present = false;  // in the row at hand: there, and of its type
  MissingValues missing;
  ValueReader reader;
  std::vector<Rule> rules;
  SafeInterval safe;             // nearly every number is in it, and no rule has to be asked
  Value value;                   // of the row at hand, where it is present
  std::uint64_t failed_row = 0;  // the last of the input in which it was wrong
  std::string label;             // what messages call it
};

}  // namespace sp
