#include "draft.h"

#include "sp/formula.h"

namespace sp {

UnitConversion compose(const UnitConversion& first, const UnitConversion& second) {
  return {second.slope * first.slope, second.slope * first.intercept + second.intercept};
}

Draft derived_draft(const Derived& derived, Origin origin) {
  Draft draft;
  draft.origin = origin;
  draft.derived = derived;
  draft.field = derived.field;
  draft.column.name = derived.field.name;
  draft.column.is_value = derived.field.role == Role::kMeasure;
  draft.unit = draft.column.unit = derived.field.unit;
  draft.is_time = derived.formula == kDatetimeFormula;
  draft.number.decimals = derived.field.decimals;
  if (!draft.is_time) {
    draft.number.unit = unit_conversion(find_formula(derived.formula)->unit, derived.field.unit);
  }
  return draft;
}

}  // namespace sp
