#include "sp-transform/draft.h"

#include "sp/unit/formula.h"

namespace sp {

const Field& Draft::field() const {
  static const Field defaults;
  if (own_) return *own_;
  return given_ != nullptr ? *given_ : defaults;
}

Field& Draft::own_field() {
  if (!own_) own_ = std::make_unique<Field>(field());
  return *own_;
}

Draft derived_draft(const Derived& derived, Origin origin) {
  Draft draft;
  draft.origin = origin;
  draft.derived = std::make_unique<Derived>(derived);
  draft.use(draft.derived->field);
  draft.column.name = derived.field.name;
  draft.unit = draft.column.unit = derived.field.unit;
  draft.is_time = derived.formula == kDatetimeFormula;
  draft.number.decimals = derived.field.decimals;
  if (!draft.is_time) {
    draft.number.unit = unit_conversion(find_formula(derived.formula)->unit, derived.field.unit);
  }
  return draft;
}

}  // namespace sp
