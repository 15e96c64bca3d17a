#include "sp-transform/derive.h"

#include "sp/base/diagnostic.h"
#include "sp/table/name_list.h"
#include "sp/unit/formula.h"

namespace sp {
namespace {

[[noreturn]] void fail_usage(const std::string& formula, const std::string& message) {
  throw Error(ExitCode::kUsage, "--derive '" + formula + "': " + message);
}

bool begins_quantity(const std::string& text) {
  return !text.empty() && (text[0] == '-' || text[0] == '+' || (text[0] >= '0' && text[0] <= '9'));
}

// "a=b" or "a=\"b,c\"", up to a comma outside quotes.
std::string take_item(std::string_view& rest) {
  bool in_quotes = false;
  std::size_t n = 0;
  for (; n < rest.size() && (in_quotes || rest[n] != ','); ++n) {
    if (rest[n] == '"') in_quotes = !in_quotes;
  }
  std::string item(rest.substr(0, n));
  rest.remove_prefix(n < rest.size() ? n + 1 : n);
  return item;
}

DerivedInput parse_input(const std::string& item) {
  const auto [role, value] = parse_assignment(item, "--derive");
  if (begins_quantity(value)) return {role, "", value};
  const auto names = parse_name_list(value, "--derive");
  if (names.size() != 1) fail_usage(item, "one column is wanted");
  return {role, names[0], ""};
}

FormulaSource formula_source(const DerivedInput& input, const FormulaInput& wanted,
                             const std::optional<DerivedSource>& source) {
  FormulaSource result;
  if (!source) {
    result.kind = FormulaSource::Kind::kConstant;
    result.constant = quantity_in(input.constant, wanted.unit);
    return result;
  }
  if (source->unit_name.empty()) {
    throw Error(ExitCode::kConfig, "the unit of '" + input.column +
                                       "' is not known, so that it cannot be brought to " +
                                       wanted.unit + "; tell it with a field's unit, or --unit " +
                                       input.column + "=" + wanted.unit + ":" + wanted.unit);
  }
  result.kind = FormulaSource::Kind::kColumn;
  result.column = source->column;
  result.unit = compose(source->unit, unit_conversion(source->unit_name, wanted.unit));
  result.field = source->field;
  result.missing = source->missing;
  return result;
}

}  // namespace

Derived parse_derive(const std::string& name, const std::string& formula) {
  Derived derived;
  derived.field.name = name;
  const std::size_t open = formula.find('(');
  derived.formula = formula.substr(0, open);
  if (open == std::string::npos) return derived;
  if (formula.back() != ')') fail_usage(formula, "')' is missing at the end");
  std::string_view rest(formula);
  rest = rest.substr(open + 1, formula.size() - open - 2);
  while (!rest.empty()) derived.inputs.push_back(parse_input(take_item(rest)));
  return derived;
}

std::unique_ptr<Derivation> make_derivation(
    const Derived& derived, const Field& field, const NumberChange& change,
    const std::vector<std::optional<DerivedSource>>& sources) {
  if (derived.formula == kDatetimeFormula) {
    std::vector<TimePart> parts;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      parts.push_back(
          {derived.inputs[i].role, sources[i]->column, sources[i]->field, sources[i]->missing});
    }
    return time_derivation(field, parts);
  }
  const Formula& formula = *find_formula(derived.formula);
  std::vector<FormulaSource> wanted(formula.input_count());
  for (std::size_t i = 0; i < derived.inputs.size(); ++i) {
    for (std::size_t k = 0; k < wanted.size(); ++k) {
      if (derived.inputs[i].role != formula.inputs[k].name) continue;
      wanted[k] = formula_source(derived.inputs[i], formula.inputs[k], sources[i]);
    }
  }
  return number_derivation(formula, std::move(wanted), change);
}

}  // namespace sp
