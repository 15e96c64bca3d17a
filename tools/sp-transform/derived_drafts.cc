#include "sp-transform/derived_drafts.h"

#include <algorithm>
#include <map>
#include <unordered_map>

#include "sp-transform/derive.h"
#include "sp/base/diagnostic.h"
#include "sp/schema/derived.h"
#include "sp/unit/formula.h"

namespace sp {
namespace {

[[noreturn]] void fail_usage(const std::string& message) { throw Error(ExitCode::kUsage, message); }

std::size_t input_column(const std::string& name, Drafts& drafts) {
  const auto column = drafts.find(name, "--derive").column.input;
  if (!column) fail_usage("--derive: '" + name + "' is not a column of the input");
  return *column;
}

// The column once more, under another name, as it is after the steps before.
void add_flag_copy(const Derived& derived, Drafts& drafts) {
  const Draft& source = drafts.find(derived.inputs[0].column, "--derive");
  const std::size_t column = input_column(derived.inputs[0].column, drafts);
  Draft copy;
  copy.use(source.field());
  copy.origin = Origin::kFlag;
  copy.is_time = source.is_time;
  copy.is_boolean = source.is_boolean;
  copy.number = source.number;
  copy.unit = source.unit;
  copy.column.input = column;
  copy.column.name = derived.field.name;
  copy.column.missing = source.column.missing;
  copy.column.kind = source.column.kind;
  copy.column.is_integer = source.column.is_integer;
  copy.column.unit = source.column.unit;
  drafts.add(std::move(copy));
}

[[noreturn]] void fail_derived(const Draft& draft, const Error& error, const Schema* schema) {
  const std::string& name = draft.column.name;
  if (draft.origin == Origin::kFlag) fail_usage("--derive " + name + ": " + error.what());
  throw Error(error.code(), error.what(), {schema->file, 0, 0, name});
}

using DraftsByInput = std::unordered_map<std::size_t, const Draft*>;

DraftsByInput by_input(const std::vector<Draft>& drafts, const std::vector<Draft>& ignored) {
  DraftsByInput places;
  for (const auto* some : {&drafts, &ignored}) {
    for (const Draft& draft : *some) {
      if (draft.column.input) places.emplace(*draft.column.input, &draft);
    }
  }
  return places;
}

DerivedSource source_of(const Draft& draft) {
  return {*draft.column.input, draft.field(), draft.number.unit, draft.unit, draft.column.missing};
}

std::vector<std::optional<DerivedSource>> sources_of(const Draft& draft,
                                                     const DraftsByInput& places) {
  std::vector<std::optional<DerivedSource>> sources;
  for (const auto& column : draft.sources) {
    sources.push_back(column ? std::optional(source_of(*places.at(*column))) : std::nullopt);
  }
  return sources;
}

// Null for a column to which zones are nothing.
std::unique_ptr<Derivation> time_in_zone(const Draft& draft, const std::string& zone,
                                         const DraftsByInput& places) {
  if (draft.column.part != Part::kKept || !draft.is_time) return nullptr;
  Field field = draft.field();
  field.timezone = zone;
  if (draft.derived) {
    return make_derivation(*draft.derived, field, draft.number, sources_of(draft, places));
  }
  if (!draft.column.input || !has_zone(field)) return nullptr;
  return time_derivation(field, {{"datetime", *draft.column.input, field, draft.column.missing}});
}

std::shared_ptr<std::vector<ZonedTime>> times_in_zone(const std::string& zone,
                                                      const DraftsByInput& places,
                                                      const Drafts& drafts) {
  auto times = std::make_shared<std::vector<ZonedTime>>();
  for (std::size_t i = 0; i < drafts.all().size(); ++i) {
    if (auto time = time_in_zone(drafts.all()[i], zone, places)) {
      times->push_back({i, std::move(time)});
    }
  }
  return times;
}

}  // namespace

void add_schema_derived(const Derived& derived, const Schema& schema, const Columns& columns,
                        Drafts& drafts) {
  Draft draft = derived_draft(derived, Origin::kSchema);
  bool is_whole = true;
  for (const DerivedInput& input : derived.inputs) {
    const Field* field = input.constant.empty() ? schema.find_source(input.column) : nullptr;
    draft.sources.push_back(field ? columns.find(field->name) : std::nullopt);
    is_whole = is_whole && (!field || draft.sources.back());
  }
  if (!is_whole) draft.derived.reset();
  drafts.add(std::move(draft));
}

void add_flag_derived(const std::string& name, const std::string& formula, Drafts& drafts) {
  Derived derived = parse_derive(name, formula);
  try {
    complete_derived(derived, [&](const std::string& column) { return drafts.has(column); });
  } catch (const Error& error) {
    fail_usage("--derive " + name + "=" + formula + ": " + error.what());
  }
  if (derived.formula == kCopyFormula) return add_flag_copy(derived, drafts);
  Draft draft = derived_draft(derived, Origin::kFlag);
  for (const DerivedInput& input : derived.inputs) {
    draft.sources.push_back(std::nullopt);
    if (input.constant.empty()) draft.sources.back() = input_column(input.column, drafts);
  }
  drafts.add(std::move(draft));
}

void complete_derivations(Drafts& drafts, const std::vector<Draft>& ignored, const Schema* schema) {
  const auto is_derived = [](const Draft& draft) { return draft.derived != nullptr; };
  if (std::none_of(drafts.all().begin(), drafts.all().end(), is_derived)) return;
  const DraftsByInput places = by_input(drafts.all(), ignored);
  for (Draft& draft : drafts.all()) {
    if (!draft.derived) continue;
    check_number(draft, drafts, schema);
    try {
      draft.column.derived =
          make_derivation(*draft.derived, draft.field(), draft.number, sources_of(draft, places));
    } catch (const Error& error) {
      fail_derived(draft, error, schema);
    }
    draft.column.kind = draft.column.derived->gives();
  }
}

void add_zoned_times(const Melt& melt, const std::vector<Draft>& ignored, Drafts& drafts) {
  if (melt.timezones.empty()) return;
  const DraftsByInput places = by_input(drafts.all(), ignored);
  std::map<std::string, std::shared_ptr<std::vector<ZonedTime>>> known;
  for (Draft& draft : drafts.all()) {
    const auto zone = melt.timezones.find(draft.column.name);
    if (draft.column.part != Part::kValue || zone == melt.timezones.end()) continue;
    std::shared_ptr<std::vector<ZonedTime>>& times = known[zone->second];
    if (!times) times = times_in_zone(zone->second, places, drafts);
    draft.column.times = times;
  }
}

void check_number(const Draft& draft, const Drafts& drafts, const Schema* schema) {
  if (draft.number.is_needed() && (draft.is_time || draft.is_boolean)) {
    throw Error(ExitCode::kConfig, "units and rounding are for numbers only",
                {schema != nullptr ? schema->file : drafts.file(), 0, 0, draft.column.name});
  }
}

}  // namespace sp
