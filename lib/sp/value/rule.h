// The constraints of the Table Schema that look at one value, and categories: a table whose row
// says how a constraint is compiled and how a broken one is told. `required`, `unique` and keys
// look at more than a value: see sp-validate.
#pragma once

#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sp/base/key_hash.h"
#include "sp/jsonschema/json_schema.h"
#include "sp/schema/schema.h"
#include "sp/value/value.h"

namespace sp {

struct RuleType;

// A constraint of one field, ready to check.
struct Rule {
  using Check = bool (*)(const Rule&, const Value&);

  const RuleType* type = nullptr;
  Check check = nullptr;  // true where the value keeps it
  std::string text;       // the constraint's value as the schema has it: "50"
  Value bound;            // minimum and its kin
  std::shared_ptr<const std::string> below_nanos;  // of the bound
  std::uint64_t count = 0;                         // minLength, maxLength
  std::shared_ptr<const RE2> pattern;
  std::shared_ptr<const KeyNames> allowed;  // keys of values
  const ValueReader* reader = nullptr;      // makes those keys, knows what a length is
  std::shared_ptr<JsonSchema> json_schema;
};

struct RuleType {
  const char* name;    // as in the schema: "maximum"
  const char* phrase;  // "is above the maximum"; the bound follows
  bool (*is_set)(const Field&);
  // Fills `rule`. Throws Error(kConfig) for a bound that is not of the field's type.
  void (*compile)(const Constraints&, ValueReader&, Rule& rule);
  bool is_lower = false;  // bounds values from below, with `bound`
  bool is_upper = false;
};

std::span<const RuleType> rule_types();

// The name of the bounds that come of a field's unit, beside those of its constraints.
inline constexpr const char* kTargetUnit = "targetUnit";

// The rules of a field, in the order of the table. `reader` must outlive them. Throws
// Error(kConfig).
std::vector<Rule> compile_rules(ValueReader& reader);

// Numbers from `low` to `high` keep all rules of a field; none do where low is above high.
struct SafeInterval {
  double low = 0;
  double high = -1;
  bool contains(double number) const { return number >= low && number <= high; }
};
// Of a field of the type number whose rules are bounds and nothing else; empty for any other.
SafeInterval safe_interval(const ValueReader& reader, const std::vector<Rule>& rules);

// What is wrong with a value that breaks the rule: "is above the maximum 50".
std::string explain(const Rule& rule, const Value& value);

}  // namespace sp
