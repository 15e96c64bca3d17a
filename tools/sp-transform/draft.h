// A column of the output while flags are still added to it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "plan.h"

namespace sp {

// Who gave a column its name.
enum class Origin { kInput, kSchema, kFlag };

struct Draft {
  OutputColumn column;
  Origin origin = Origin::kInput;
  Field field;  // how the input writes the values; of a column without a schema: the defaults
  bool is_time = false;
  bool is_boolean = false;
  NumberChange number;
  std::string unit;                                 // what `number.unit` leads to
  std::optional<Derived> derived;                   // not one of the input's columns
  std::vector<std::optional<std::size_t>> sources;  // its inputs' columns
};

// First `first`, then `second`.
UnitConversion compose(const UnitConversion& first, const UnitConversion& second);

// A derived column as complete_derived() has left it; its sources are the caller's to find.
Draft derived_draft(const Derived& derived, Origin origin);

}  // namespace sp
