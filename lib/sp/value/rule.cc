#include "sp/value/rule.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/base/key_hash.h"
#include "sp/base/utf8.h"
#include "sp/schema/convertible_range.h"
#include "sp/time/calendar.h"
#include "sp/value/xsd_pattern.h"

namespace sp {
namespace {

enum class Order { kAtLeast, kAtMost, kAbove, kBelow };

template <Order order, class T>
bool in_order(const T& value, const T& bound) {
  if constexpr (order == Order::kAtLeast) return value >= bound;
  if constexpr (order == Order::kAtMost) return value <= bound;
  if constexpr (order == Order::kAbove) return value > bound;
  if constexpr (order == Order::kBelow) return value < bound;
}

template <Order order>
bool in_order(const Duration& value, const Duration& bound) {
  if constexpr (order == Order::kAtLeast) return is_at_most(bound, value);
  if constexpr (order == Order::kAtMost) return is_at_most(value, bound);
  if constexpr (order == Order::kAbove) return is_shorter(bound, value);
  if constexpr (order == Order::kBelow) return is_shorter(value, bound);
}

template <Order order>
Rule::Check order_check(FieldType type) {
  switch (type) {
    case FieldType::kInteger:
    case FieldType::kYear:
    case FieldType::kYearmonth:
      return
          [](const Rule& r, const Value& v) { return in_order<order>(v.integer, r.bound.integer); };
    case FieldType::kNumber:
      return
          [](const Rule& r, const Value& v) { return in_order<order>(v.number, r.bound.number); };
    case FieldType::kDuration:
      return [](const Rule& r, const Value& v) {
        return in_order<order>(v.duration, r.bound.duration);
      };
    default:
      return [](const Rule& r, const Value& v) {
        return v.time == r.bound.time ? in_order<order>(v.below_nanos, r.bound.below_nanos)
                                      : in_order<order>(v.time, r.bound.time);
      };
  }
}

// A JSON number of the schema is plain whatever the field's own number format.
bool read_bound(ValueReader& reader, const std::string& text, Value& value) {
  const FieldType type = reader.field().type;
  if (type == FieldType::kNumber && parse_double(text, value.number)) return true;
  if (type == FieldType::kInteger && parse_int64(text, value.integer)) return true;
  return reader.read(text, CellKind::kText, value);
}

template <Order order>
void compile_order(const std::string& text, ValueReader& reader, Rule& rule) {
  rule.text = text;
  rule.check = order_check<order>(reader.field().type);
  if (!read_bound(reader, text, rule.bound)) {
    throw Error(ExitCode::kConfig, excerpt(text) + " " + reader.explain(text));
  }
  rule.below_nanos = std::make_shared<const std::string>(rule.bound.below_nanos);
  rule.bound.below_nanos = *rule.below_nanos;
  if (std::isnan(rule.bound.number)) {
    throw Error(ExitCode::kConfig, excerpt(text) + " has no place in the order of numbers");
  }
}

// Characters of a text, items of a collection.
std::uint64_t length_of(const Rule& rule, const Value& value) {
  return rule.reader->field().type == FieldType::kString ? utf8_length(value.text) : value.length;
}

void compile_length(std::uint64_t count, ValueReader& reader, Rule& rule) {
  rule.count = count;
  rule.text = std::to_string(count);
  rule.reader = &reader;
}

// For \w{1,100}: RE2 writes each of the repetitions out, with all of Unicode's letters in each.
constexpr std::int64_t kPatternMemory = std::int64_t{32} << 20;

void compile_pattern(const std::string& pattern, Rule& rule) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  options.set_max_mem(kPatternMemory);
  rule.text = pattern;
  rule.pattern = std::make_shared<const RE2>(translate_xsd_pattern(pattern), options);
  if (!rule.pattern->ok()) {
    throw Error(ExitCode::kConfig,
                "the pattern is not one that can be matched: " + rule.pattern->error());
  }
  rule.check = [](const Rule& r, const Value& v) {
    return RE2::FullMatch(re2::StringPiece(v.text.data(), v.text.size()), *r.pattern);
  };
}

std::string key_of(const ValueReader& reader, const Value& value) {
  std::string key;
  reader.append_key(value, key);
  return key;
}

void compile_enum(const std::vector<std::string>& values, ValueReader& reader, Rule& rule) {
  KeyNames allowed;
  for (const std::string& text : values) {
    Value value;
    value.text = text;
    if (!read_bound(reader, text, value)) {
      throw Error(ExitCode::kConfig, excerpt(text) + " " + reader.explain(text));
    }
    allowed.insert(key_of(reader, value));
    rule.text += (rule.text.empty() ? "" : ", ") + text;
  }
  rule.allowed = std::make_shared<const KeyNames>(std::move(allowed));
  rule.reader = &reader;
  rule.check = [](const Rule& r, const Value& v) {
    return r.allowed->contains(key_of(*r.reader, v));
  };
}

constexpr const char* kNotInUnit = "is not a number that a double can hold in";

bool is_unit_too_small(const Field& field) { return convertible_range(field).has_value(); }

// A bound that the unit sets. NaN and INF are in every unit what they are.
template <Order order>
void compile_unit(double bound, ValueReader& reader, Rule& rule) {
  rule.text = reader.field().target_unit;
  rule.check = order_check<order>(reader.field().type);
  if (reader.field().type == FieldType::kNumber) {
    rule.check = [](const Rule& r, const Value& v) {
      return in_order<order>(v.number, r.bound.number) || !std::isfinite(v.number);
    };
  }
  rule.bound.number = bound;
  rule.bound.integer = static_cast<std::int64_t>(bound);
}

constexpr RuleType kRuleTypes[] = {
    {"minimum", "is below the minimum",
     [](const Field& f) { return f.constraints.minimum.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_order<Order::kAtLeast>(*c.minimum, reader, rule);
     },
     true, false},
    {"maximum", "is above the maximum",
     [](const Field& f) { return f.constraints.maximum.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_order<Order::kAtMost>(*c.maximum, reader, rule);
     },
     false, true},
    {"exclusiveMinimum", "is not above the exclusive minimum",
     [](const Field& f) { return f.constraints.exclusive_minimum.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_order<Order::kAbove>(*c.exclusive_minimum, reader, rule);
     },
     true, false},
    {"exclusiveMaximum", "is not below the exclusive maximum",
     [](const Field& f) { return f.constraints.exclusive_maximum.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_order<Order::kBelow>(*c.exclusive_maximum, reader, rule);
     },
     false, true},
    {"minLength", "is shorter than the minLength",
     [](const Field& f) { return f.constraints.min_length.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_length(*c.min_length, reader, rule);
       rule.check = [](const Rule& r, const Value& v) { return length_of(r, v) >= r.count; };
     }},
    {"maxLength", "is longer than the maxLength",
     [](const Field& f) { return f.constraints.max_length.has_value(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_length(*c.max_length, reader, rule);
       rule.check = [](const Rule& r, const Value& v) { return length_of(r, v) <= r.count; };
     }},
    {"pattern", "does not match the pattern",
     [](const Field& f) { return f.constraints.pattern.has_value(); },
     [](const Constraints& c, ValueReader&, Rule& rule) { compile_pattern(*c.pattern, rule); }},
    {"enum", "is none of", [](const Field& f) { return !f.constraints.enumeration.empty(); },
     [](const Constraints& c, ValueReader& reader, Rule& rule) {
       compile_enum(c.enumeration, reader, rule);
     }},
    {"jsonSchema", "does not keep the jsonSchema:",
     [](const Field& f) { return f.constraints.json_schema.has_value(); },
     [](const Constraints& c, ValueReader&, Rule& rule) {
       rule.text = *c.json_schema;
       rule.json_schema = std::make_shared<JsonSchema>(*c.json_schema);
       rule.check = [](const Rule& r, const Value& v) { return r.json_schema->accepts(v.text); };
     }},
    {"categories", "is none of", [](const Field& f) { return !f.categories.empty(); },
     [](const Constraints&, ValueReader& reader, Rule& rule) {
       std::vector<std::string> values;
       for (const Category& category : reader.field().categories) values.push_back(category.value);
       compile_enum(values, reader, rule);
     }},
    {kTargetUnit, kNotInUnit, is_unit_too_small,
     [](const Constraints&, ValueReader& reader, Rule& rule) {
       compile_unit<Order::kAtLeast>(convertible_range(reader.field())->low, reader, rule);
     },
     true, false},
    {kTargetUnit, kNotInUnit, is_unit_too_small,
     [](const Constraints&, ValueReader& reader, Rule& rule) {
       compile_unit<Order::kAtMost>(convertible_range(reader.field())->high, reader, rule);
     },
     false, true},
};

// The least value that keeps a lower bound, of types whose values have a next one; the bound itself
// of others.
Value least_of(const Rule& lower, FieldType type) {
  using calendar::kSecondsPerDay;
  Value least = lower.bound;
  if (lower.check(lower, least)) return least;
  if (type == FieldType::kDate) {
    least.time.seconds += kSecondsPerDay;
  } else if (type == FieldType::kNumber) {
    least.number = std::nextafter(least.number, std::numeric_limits<double>::infinity());
  } else if (least.integer != std::numeric_limits<std::int64_t>::max()) {
    ++least.integer;  // of types that have none it is not looked at
  }
  return least;
}

// Two bounds between which there is nothing are a mistake of the schema, not of the data.
void refuse_contradiction(const std::vector<Rule>& rules, FieldType type) {
  for (const Rule& lower : rules) {
    for (const Rule& upper : rules) {
      if (!lower.type->is_lower || !upper.type->is_upper) continue;
      if (lower.check(lower, upper.bound) && upper.check(upper, least_of(lower, type))) continue;
      throw Error(ExitCode::kConfig, std::string(lower.type->name) + ": " + lower.text +
                                         " leaves nothing with the " + upper.type->name + " " +
                                         upper.text);
    }
  }
}

}  // namespace

std::span<const RuleType> rule_types() { return kRuleTypes; }

std::vector<Rule> compile_rules(ValueReader& reader) {
  const Field& field = reader.field();
  std::vector<Rule> rules;
  for (const RuleType& type : kRuleTypes) {
    if (!type.is_set(field)) continue;
    Rule rule;
    rule.type = &type;
    try {
      type.compile(field.constraints, reader, rule);
    } catch (const Error& error) {
      const std::string what = error.what();
      const bool is_inside = what.starts_with('/');  // a pointer goes on with the keywords' own
      throw Error(ExitCode::kConfig, type.name + (is_inside ? what : ": " + what));
    }
    rules.push_back(std::move(rule));
  }
  refuse_contradiction(rules, field.type);
  return rules;
}

SafeInterval safe_interval(const ValueReader& reader, const std::vector<Rule>& rules) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (reader.field().type != FieldType::kNumber) return {};
  SafeInterval interval{-kInfinity, kInfinity};
  for (const Rule& rule : rules) {
    const double bound = rule.bound.number;
    const bool is_bound_valid = rule.check(rule, rule.bound);
    if (rule.type->is_lower) {
      interval.low =
          std::max(interval.low, is_bound_valid ? bound : std::nextafter(bound, kInfinity));
    } else if (rule.type->is_upper) {
      interval.high =
          std::min(interval.high, is_bound_valid ? bound : std::nextafter(bound, -kInfinity));
    } else {
      return {};
    }
  }
  return interval;
}

std::string explain(const Rule& rule, const Value& value) {
  const std::string what = rule.json_schema ? rule.json_schema->explain(value.text) : rule.text;
  return std::string(rule.type->phrase) + " " + what;
}

}  // namespace sp
