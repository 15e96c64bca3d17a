#include "sp-transform/reshape.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/schema/reshape.h"
#include "sp/schema/spread_columns.h"

namespace sp {
namespace {

// The columns of the long form, where only flags speak of it.
constexpr const char* kNames = "quantity";
constexpr const char* kValues = "value";
constexpr const char* kUnits = "unit";

void refuse(bool is_wrong, const std::string& message) {
  if (is_wrong) throw Error(ExitCode::kUsage, message);
}

Melt melt_of(const TransformOptions& options) {
  Melt melt;
  melt.fields = options.values;
  melt.names.name = kNames;
  melt.values.name = kValues;
  melt.units.name = kUnits;
  return melt;
}

Spread spread_of(const TransformOptions& options) {
  refuse(options.values.empty(),
         "--spread: into which columns? name the quantities with --values COLS");
  Spread spread;
  spread.names = kNames;
  spread.values = kValues;
  spread.units = kUnits;
  for (const std::string& name : options.values) {
    spread.fields.emplace_back().field.name = name;
    spread.fields.back().field.role = Role::kMeasure;
  }
  return spread;
}

// A part that the cells of the input must tell.
void mark_input(const std::string& name, Part part, const char* asker, Drafts& drafts) {
  Draft& draft = drafts.find(name, asker);
  refuse(!draft.column.input, std::string(asker) + ": '" + name + "' is not a column of the input");
  draft.column.part = part;
}

void mark_spread(const Reshape& reshape, Drafts& drafts) {
  const Spread& spread = *reshape.spread;
  const char* const asker = reshape.is_of_flag ? "--spread" : "spread";
  mark_input(spread.names, Part::kName, asker, drafts);
  drafts.find(spread.values, asker).column.part = Part::kValue;
  // Flags take what is there.
  const bool has_units = reshape.is_of_flag ? drafts.has(spread.units) : !spread.units.empty();
  if (has_units) mark_input(spread.units, Part::kUnit, asker, drafts);
}

void erase_absent(const Drafts& drafts, std::vector<std::string>& names) {
  KeyViews there;
  for (const Draft& draft : drafts.all()) there.insert(draft.column.name);
  std::erase_if(names, [&](const std::string& name) { return !there.contains(name); });
}

void mark_melt(const Reshape& reshape, Drafts& drafts) {
  std::vector<std::string> names = reshape.melt->fields;
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  if (reshape.may_lack) erase_absent(drafts, names);
  const char* const asker = reshape.is_of_flag ? "--values" : "melt";
  for (const std::size_t i : drafts.indexes_of(names, asker)) {
    drafts.all()[i].column.part = Part::kValue;
  }
  bool any = !names.empty();
  for (Draft& draft : drafts.all()) {
    if (!reshape.melt->fields.empty() || draft.field().role != Role::kMeasure) continue;
    draft.column.part = Part::kValue;
    any = true;
  }
  if (any) return;
  refuse(reshape.is_of_flag,
         "--melt: which columns? name them with --values COLS, or give fields of the schema "
         "the role measure");
  throw Error(ExitCode::kDataErr, "it has none of the columns that the schema's melt takes apart",
              {drafts.file(), 0, 0, ""});
}

}  // namespace

Reshape reshape_of(const TransformOptions& options, const Schema* schema) {
  Reshape reshape;
  const bool melts = schema != nullptr && schema->melt,
             spreads = schema != nullptr && schema->spread;
  refuse((options.melt && options.spread) || (options.melt && spreads) || (options.spread && melts),
         "--melt and --spread undo each other; give one of them, in the schema or by flag");
  reshape.is_of_flag = options.melt || options.spread;
  if (options.melt) {
    reshape.melt = melt_of(options);
  } else if (options.spread) {
    reshape.spread = spread_of(options);
  } else if (schema != nullptr) {
    reshape.melt = schema->melt;
    reshape.spread = schema->spread;
    reshape.may_lack = schema->fields_match == FieldsMatch::kSuperset ||
                       schema->fields_match == FieldsMatch::kPartial;
  }
  refuse(options.spread_rows && (*options.spread_rows == 0 || *options.spread_rows > kMostOpenRows),
         "--spread-rows is from 1 to " + std::to_string(kMostOpenRows));
  if (reshape.spread && options.spread_rows) reshape.spread->open_rows = *options.spread_rows;
  refuse(!options.values.empty() && !reshape.is_of_flag,
         "--values says what --melt takes apart, or what --spread makes; give one of them too");
  refuse(!options.spread_schema.empty() && !reshape.spread,
         "--spread-schema tells of what --spread makes; give --spread too");
  return reshape;
}

std::vector<std::string> made_columns(const Reshape& reshape) {
  if (reshape.spread) return SpreadColumns(*reshape.spread).names();
  if (!reshape.melt) return {};
  const Melt& melt = *reshape.melt;
  std::vector<std::string> names = {melt.names.name, melt.values.name};
  if (!melt.units.name.empty()) names.push_back(melt.units.name);
  return names;
}

void mark_parts(const Reshape& reshape, Drafts& drafts) {
  if (reshape.spread) mark_spread(reshape, drafts);
  if (reshape.melt) mark_melt(reshape, drafts);
}

}  // namespace sp
