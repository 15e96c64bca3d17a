// Derived columns: what --derive says, and how a schema's or a flag's word becomes a derivation.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sp-transform/derivation.h"
#include "sp/schema/schema.h"

namespace sp {

// "dew_point", "ts=datetime(date=day,time=clock)": the second part of --derive NAME=FORMULA. A
// column whose name begins with a digit or a sign, or holds a comma, is put in double quotes: what
// begins so otherwise is a quantity, "595 m". Throws Error(kUsage).
Derived parse_derive(const std::string& name, const std::string& formula);

// A column of the input that a derived one needs.
struct DerivedSource {
  std::size_t column;   // in the record
  Field field;          // how it is written
  UnitConversion unit;  // from what is written to `unit_name`
  std::string unit_name;
  std::optional<MissingValues> missing;
};

// `sources` are those of derived.inputs, one each; none where the input is a constant. `field` has
// the zone of a date-time. Throws Error(kConfig) without a place: a unit that is not known or does
// not fit.
std::unique_ptr<Derivation> make_derivation(
    const Derived& derived, const Field& field, const NumberChange& change,
    const std::vector<std::optional<DerivedSource>>& sources);

}  // namespace sp
