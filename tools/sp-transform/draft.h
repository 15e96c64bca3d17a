// A column of the output while flags are still added to it.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-transform/plan.h"

namespace sp {

// Who gave a column its name.
enum class Origin { kInput, kSchema, kFlag };

// A file may have tens of thousands of columns: what few of them have is not kept in each.
struct Draft {
  OutputColumn column;
  Origin origin = Origin::kInput;
  bool is_time = false;
  bool is_boolean = false;
  NumberChange number;
  std::string unit;                                 // what `number.unit` leads to
  std::unique_ptr<Derived> derived;                 // not one of the input's columns
  std::vector<std::optional<std::size_t>> sources;  // its inputs' columns

  // How the input writes the values; of a column without a schema: the defaults.
  const Field& field() const;
  // The same, to be changed for this column alone.
  Field& own_field();
  // `field` is not owned.
  void use(const Field& field) { given_ = &field; }

 private:
  const Field* given_ = nullptr;
  std::unique_ptr<Field> own_;
};

// A derived column as complete_derived() has left it; its sources are the caller's to find.
Draft derived_draft(const Derived& derived, Origin origin);

}  // namespace sp
