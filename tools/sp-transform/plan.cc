#include "sp-transform/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "sp-transform/derive.h"
#include "sp-transform/draft.h"
#include "sp-transform/field_check.h"
#include "sp-transform/number_flags.h"
#include "sp-transform/output_names.h"
#include "sp/base/key_hash.h"
#include "sp/number/number.h"
#include "sp/schema/derived.h"
#include "sp/schema/number_format.h"
#include "sp/table/name_list.h"

namespace sp {
namespace {

[[noreturn]] void fail_usage(const std::string& message) { throw Error(ExitCode::kUsage, message); }

class Planner {
 public:
  Planner(const TransformOptions& options, const Schema* schema, const Columns& columns,
          std::string file)
      : options_(options), schema_(schema), file_(std::move(file)) {
    drafts_.reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) add_input_column(columns, i);
    if (schema_ == nullptr) return;
    check_fields(*schema_, columns, file_);
    for (const Derived& derived : schema_->derived) add_schema_derived(derived, columns);
    for (const Constant& constant : schema_->constants) {
      add_constant(constant.name, constant.value, Origin::kSchema);
    }
  }

  std::vector<OutputColumn> make() {
    for (const auto& [from, to] : options_.rename) rename(from, to);
    for (const auto& [name, formula] : options_.derive) add_flag_derived(name, formula);
    for (const auto& assignment : options_.utc) set_time(assignment);
    for (const auto& assignment : options_.unit) set_unit(assignment);
    for (const auto& assignment : options_.normalize) normalize(assignment);
    for (const auto& assignment : options_.round) set_rounding(assignment);
    complete_derivations();
    add_name_parts();
    add_place(options_.row_number, row_number());
    add_place(options_.line_number, line_number());
    for (const auto& [name, value] : options_.tag) add_constant(name, value, Origin::kFlag);
    if (!options_.drop.empty()) drop();
    if (!options_.select.empty()) select();
    if (options_.melt) mark_values();
    if (options_.spread) check_spread();
    check_output_names(drafts_, options_, file_);
    std::vector<OutputColumn> plan;
    plan.reserve(drafts_.size());
    for (Draft& draft : drafts_) plan.push_back(finish(draft));
    return plan;
  }

 private:
  void add_input_column(const Columns& columns, std::size_t i) {
    const Field* field = schema_ != nullptr ? schema_->find(columns[i]) : nullptr;
    // Asked in this order, a header of a million names that no field has costs no more than its
    // length.
    if (field != nullptr && columns.find(columns[i]) != i) field = nullptr;
    Draft draft;
    draft.column.input = i;
    draft.column.name = columns[i];
    if (field != nullptr) apply_field(*field, draft);
    const bool is_ignored = field != nullptr && field->role == Role::kIgnore;
    (is_ignored ? ignored_ : drafts_).push_back(std::move(draft));
  }

  void apply_field(const Field& field, Draft& draft) {
    draft.use(field);
    draft.column.name = field.target_name();
    if (!field.rename.empty()) draft.origin = Origin::kSchema;
    draft.column.missing.emplace(*schema_, field);
    draft.unit = field.target_unit.empty() ? field.unit : field.target_unit;
    draft.column.unit = draft.unit;
    draft.column.is_value = field.role == Role::kMeasure;
    draft.is_boolean = field.type == FieldType::kBoolean;
    draft.is_time = field.type == FieldType::kDatetime || field.type == FieldType::kDate ||
                    field.type == FieldType::kTime;
    if (field.type == FieldType::kString) draft.column.kind = CellKind::kString;
    if (field.type == FieldType::kInteger || field.type == FieldType::kNumber) {
      draft.column.kind = CellKind::kNumber;
    }
    draft.number.decimals = field.decimals;
    if (!field.target_unit.empty()) {
      draft.number.unit = unit_conversion(field.unit, field.target_unit, field.gas);
    }
  }

  void add_constant(const std::string& name, const std::string& value, Origin origin) {
    Draft draft;
    draft.origin = origin;
    draft.column.name = name;
    draft.column.constant = value;
    drafts_.push_back(std::move(draft));
  }

  // A column that a schema derives. Where the input may lack a field, what needs it is empty.
  void add_schema_derived(const Derived& derived, const Columns& columns) {
    Draft draft = derived_draft(derived, Origin::kSchema);
    bool is_whole = true;
    for (const DerivedInput& input : derived.inputs) {
      const Field* field = input.constant.empty() ? schema_->find_source(input.column) : nullptr;
      draft.sources.push_back(field ? columns.find(field->name) : std::nullopt);
      is_whole = is_whole && (!field || draft.sources.back());
    }
    if (!is_whole) draft.derived.reset();
    drafts_.push_back(std::move(draft));
  }

  void add_flag_derived(const std::string& name, const std::string& formula) {
    Derived derived = parse_derive(name, formula);
    try {
      complete_derived(derived, [&](const std::string& column) { return has(column); });
    } catch (const Error& error) {
      fail_usage("--derive " + name + "=" + formula + ": " + error.what());
    }
    Draft draft = derived_draft(derived, Origin::kFlag);
    for (const DerivedInput& input : derived.inputs) {
      draft.sources.push_back(std::nullopt);
      if (!input.constant.empty()) continue;
      draft.sources.back() = find(input.column, "--derive").column.input;
      if (!draft.sources.back()) {
        fail_usage("--derive: '" + input.column + "' is not a column of the input");
      }
    }
    drafts_.push_back(std::move(draft));
  }

  // Once all that is asked of the columns they need is known.
  void complete_derivations() {
    const auto is_derived = [](const Draft& draft) { return draft.derived != nullptr; };
    if (std::none_of(drafts_.begin(), drafts_.end(), is_derived)) return;
    const auto places = drafts_by_input();
    for (Draft& draft : drafts_) {
      if (!draft.derived) continue;
      check_number(draft);
      std::vector<std::optional<DerivedSource>> sources;
      for (const auto& column : draft.sources) {
        sources.push_back(column ? std::optional(source_of(*places.at(*column))) : std::nullopt);
      }
      try {
        draft.column.derived =
            make_derivation(*draft.derived, draft.field(), draft.number, sources);
      } catch (const Error& error) {
        fail_derived(draft, error);
      }
      draft.column.kind = draft.column.derived->gives();
    }
  }

  [[noreturn]] void fail_derived(const Draft& draft, const Error& error) const {
    const std::string& name = draft.column.name;
    if (draft.origin == Origin::kFlag) fail_usage("--derive " + name + ": " + error.what());
    throw Error(error.code(), error.what(), {schema_->file, 0, 0, name});
  }

  std::unordered_map<std::size_t, const Draft*> drafts_by_input() const {
    std::unordered_map<std::size_t, const Draft*> places;
    for (const auto* drafts : {&drafts_, &ignored_}) {
      for (const Draft& draft : *drafts) {
        if (draft.column.input) places.emplace(*draft.column.input, &draft);
      }
    }
    return places;
  }
  static DerivedSource source_of(const Draft& draft) {
    return {*draft.column.input, draft.field(), draft.number.unit, draft.unit,
            draft.column.missing};
  }

  void add_place(const std::string& name, std::unique_ptr<Derivation> place) {
    if (!name.empty()) add_computed(name, Origin::kFlag, std::move(place));
  }

  void add_computed(const std::string& name, Origin origin, std::unique_ptr<Derivation> derived) {
    Draft draft;
    draft.origin = origin;
    draft.column.name = name;
    draft.column.kind = derived->gives();
    draft.column.derived = std::move(derived);
    drafts_.push_back(std::move(draft));
  }

  // What the file's name says: once for all rows, or by the column that holds the name.
  void add_name_parts() {
    const bool by_flag = !options_.from_name.empty();
    const std::string& text = by_flag || !schema_ ? options_.from_name : schema_->from_name;
    if (text.empty()) return;
    const Origin origin = by_flag ? Origin::kFlag : Origin::kSchema;
    const auto pattern =
        std::make_shared<FileNamePattern>(text, by_flag ? ExitCode::kUsage : ExitCode::kConfig);
    if (!options_.file_column.empty()) return add_name_parts(pattern, origin);
    if (file_ == "-") {
      fail_usage(
          "standard input has no name for --from-name; give it with --source-name, or with "
          "--file-column the column that holds it");
    }
    if (!pattern->match(file_)) {
      throw Error(ExitCode::kDataErr, pattern->refusal(file_), {file_, 0, 0, ""});
    }
    for (std::size_t i = 0; i < pattern->names().size(); ++i) {
      add_constant(pattern->names()[i], pattern->part(i), origin);
    }
  }

  void add_name_parts(const std::shared_ptr<FileNamePattern>& pattern, Origin origin) {
    const auto column = find(options_.file_column, "--file-column").column.input;
    if (!column) fail_usage("--file-column: it is not a column of the input");
    for (std::size_t i = 0; i < pattern->names().size(); ++i) {
      add_computed(pattern->names()[i], origin, name_part(pattern, *column, i));
    }
  }

  bool has(const std::string& name) const {
    return std::any_of(drafts_.begin(), drafts_.end(),
                       [&](const Draft& draft) { return draft.column.name == name; });
  }

  std::size_t index_of(const std::string& name, const char* flag) const {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].column.name == name) return i;
    }
    fail_absent({name}, flag);
  }
  [[noreturn]] void fail_absent(const std::vector<std::string>& absent, const char* flag) const {
    std::vector<std::string> names;
    for (const Draft& draft : drafts_) names.push_back(draft.column.name);
    const std::string what = absent.size() == 1 ? "is no column '" + absent.front() + "'"
                                                : "are no columns " + shown_names(absent);
    throw Error(ExitCode::kDataErr,
                fmt::format("{}: there {}; there are: {}", flag, what, shown_names(names)),
                {file_, 0, 0, absent.front()});
  }
  // Where the columns of a list are, each of them another one: of two of a name, the first is
  // meant by the first mention.
  std::vector<std::size_t> indexes_of(const std::vector<std::string>& names,
                                      const char* flag) const {
    KeyViewMap<std::vector<std::size_t>> places;
    for (std::size_t i = drafts_.size(); i-- > 0;) places[drafts_[i].column.name].push_back(i);
    std::vector<std::size_t> found;
    std::vector<std::string> absent;
    for (const std::string& name : names) {
      const auto place = places.find(name);
      if (place == places.end() || place->second.empty()) {
        absent.push_back(name);
      } else {
        found.push_back(place->second.back());
        place->second.pop_back();
      }
    }
    if (!absent.empty()) fail_absent(absent, flag);
    return found;
  }
  Draft& find(const std::string& name, const char* flag) { return drafts_[index_of(name, flag)]; }

  void rename(const std::string& from, const std::string& to) {
    Draft& draft = find(from, "--rename");
    draft.column.name = to;
    draft.origin = Origin::kFlag;
  }

  // The column whose values a flag changes.
  Draft& find_values(const std::string& name, const char* flag) {
    Draft& draft = find(name, flag);
    if (draft.column.input || draft.derived) return draft;
    fail_usage(
        fmt::format("{}: '{}' is a constant column; give it the value that is wanted", flag, name));
  }

  void set_time(const TransformOptions::Assignment& assignment) {
    Draft& draft = find_values(assignment.first, "--utc");
    if (draft.derived && !draft.is_time)
      fail_usage("--utc: '" + draft.column.name + "' is a number");
    draft.is_time = true;
    Field& field = draft.own_field();
    if (options_.dst) field.dst = *options_.dst;
    if (field.type != FieldType::kDatetime) {
      field.type = FieldType::kDatetime;
      field.format = "default";
    }
    if (!assignment.second.empty()) field.timezone = assignment.second;
  }

  void set_unit(const TransformOptions::Assignment& assignment) {
    const UnitFlag flag = parse_unit_flag(assignment.second);
    Draft& draft = find_values(assignment.first, "--unit");
    draft.number.unit = compose(draft.number.unit, flag.conversion);
    draft.unit = draft.column.unit = flag.target;
  }

  void normalize(const TransformOptions::Assignment& assignment) {
    const Scale scale = parse_normalize_flag(assignment.second);
    Draft& draft = find_values(assignment.first, "--normalize");
    draft.number.scale = scale;
    draft.column.unit = "1";
  }

  void set_rounding(const TransformOptions::Assignment& assignment) {
    const int decimals = parse_round_flag(assignment.second);
    find_values(assignment.first, "--round").number.decimals = decimals;
  }

  void drop() {
    std::vector<bool> goes(drafts_.size());
    for (const std::size_t i : indexes_of(options_.drop, "--drop")) goes[i] = true;
    std::vector<Draft> kept;
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (!goes[i]) kept.push_back(std::move(drafts_[i]));
    }
    drafts_ = std::move(kept);
  }

  void select() {
    std::vector<Draft> selected;
    for (const std::size_t i : indexes_of(options_.select, "--select")) {
      selected.push_back(std::move(drafts_[i]));
    }
    drafts_ = std::move(selected);
  }

  void mark_values() {
    if (!options_.values.empty()) {
      for (Draft& draft : drafts_) draft.column.is_value = false;
      std::vector<std::string> names = options_.values;
      std::sort(names.begin(), names.end());
      names.erase(std::unique(names.begin(), names.end()), names.end());
      for (const std::size_t i : indexes_of(names, "--values")) {
        drafts_[i].column.is_value = true;
      }
    }
    const bool any = std::any_of(drafts_.begin(), drafts_.end(),
                                 [](const Draft& draft) { return draft.column.is_value; });
    if (!any) {
      fail_usage(
          "--melt: which columns? name them with --values COLS, or give fields of the schema "
          "the role measure");
    }
  }

  // --spread takes the columns that --melt makes; the unit may be missing.
  void check_spread() const {
    if (options_.values.empty()) {
      fail_usage("--spread: into which columns? name the quantities with --values COLS");
    }
    for (const char* name : {kLongColumns[0], kLongColumns[1]}) index_of(name, "--spread");
    for (const Draft& draft : drafts_) {
      if (draft.column.name != kLongColumns[1] && is_long_column(draft.column.name) &&
          !draft.column.input) {
        fail_usage("--spread: '" + draft.column.name + "' is not a column of the input");
      }
    }
  }

  void check_number(const Draft& draft) const {
    if (draft.number.is_needed() && (draft.is_time || draft.is_boolean)) {
      throw Error(ExitCode::kConfig, "units and rounding are for numbers only",
                  {schema_ != nullptr ? schema_->file : file_, 0, 0, draft.column.name});
    }
  }

  OutputColumn finish(Draft& draft) const {
    OutputColumn& column = draft.column;
    const bool has_number = draft.number.is_needed();
    check_number(draft);
    if (!column.input) return std::move(column);
    const bool is_number = column.kind == CellKind::kNumber;
    if (draft.is_time) {
      column.step = time_step(draft.field());
    } else if (draft.is_boolean) {
      column.step = boolean_step(draft.field());
    } else if (has_number || (is_number && !NumberFormat(draft.field()).is_plain())) {
      column.step = number_step(draft.number, draft.field());
    }
    if (column.step) column.kind = column.step->gives();
    return std::move(column);
  }

  const TransformOptions& options_;
  const Schema* schema_;
  std::string file_;
  std::vector<Draft> drafts_;
  std::vector<Draft> ignored_;  // columns that go nowhere, but may be needed
};

}  // namespace

bool is_long_column(const std::string& name) {
  return std::find(std::begin(kLongColumns), std::end(kLongColumns), name) !=
         std::end(kLongColumns);
}

std::vector<OutputColumn> make_plan(const TransformOptions& options, const Schema* schema,
                                    const Columns& columns, const std::string& file) {
  return Planner(options, schema, columns, file).make();
}

}  // namespace sp
