#include "plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sp/name_list.h"
#include "sp/number.h"
#include "sp/number_format.h"

namespace sp {
namespace {

// Who gave a column its name.
enum class Origin { kInput, kSchema, kFlag };

// A column while flags are still added to it.
struct Draft {
  OutputColumn column;
  Origin origin = Origin::kInput;
  Field field;  // how the input writes the values; of a column without a schema: the defaults
  bool is_time = false;
  bool is_boolean = false;
  NumberChange number;
};

[[noreturn]] void fail_usage(const std::string& message) { throw Error(ExitCode::kUsage, message); }

double parse_parameter(const std::string& text, const std::string& flag) {
  double value = 0;
  if (!parse_double(text, value)) fail_usage(flag + ": '" + text + "' is not a number");
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

UnitConversion compose(const UnitConversion& first, const UnitConversion& second) {
  return {second.slope * first.slope, second.slope * first.intercept + second.intercept};
}

class Planner {
 public:
  Planner(const TransformOptions& options, const Schema* schema, const Columns& columns,
          std::string file)
      : options_(options), schema_(schema), file_(std::move(file)) {
    for (std::size_t i = 0; i < columns.size(); ++i) add_input_column(columns, i);
    if (schema_ == nullptr) return;
    check_fields(columns);
    for (const Constant& constant : schema_->constants) {
      add_constant(constant.name, constant.value, Origin::kSchema);
    }
  }

  std::vector<OutputColumn> make() {
    for (const auto& [from, to] : options_.rename) rename(from, to);
    for (const auto& assignment : options_.utc) set_time(assignment);
    for (const auto& assignment : options_.unit) set_unit(assignment);
    for (const auto& assignment : options_.normalize) normalize(assignment);
    for (const auto& assignment : options_.round) set_rounding(assignment);
    for (const auto& [name, value] : options_.tag) add_constant(name, value, Origin::kFlag);
    for (const std::string& name : options_.drop) drop(name);
    if (!options_.select.empty()) select();
    if (options_.melt) mark_values();
    check_names();
    std::vector<OutputColumn> plan;
    for (Draft& draft : drafts_) plan.push_back(finish(draft));
    return plan;
  }

 private:
  // A field that the input must have and has not: nothing would be done, and nobody would know.
  void check_fields(const Columns& columns) const {
    const FieldsMatch match = schema_->fields_match;
    if (match == FieldsMatch::kSuperset || match == FieldsMatch::kPartial) return;
    for (const Field& field : schema_->fields) columns.require(field.name, file_);
  }

  void add_input_column(const Columns& columns, std::size_t i) {
    const Field* field = schema_ != nullptr ? schema_->find(columns[i]) : nullptr;
    // Asked in this order, a header of a million names that no field has costs no more than its
    // length.
    if (field != nullptr && columns.find(columns[i]) != i) field = nullptr;
    if (field != nullptr && field->role == Role::kIgnore) return;
    Draft draft;
    draft.column.input = i;
    draft.column.name = columns[i];
    if (field != nullptr) apply_field(*field, draft);
    drafts_.push_back(std::move(draft));
  }

  void apply_field(const Field& field, Draft& draft) {
    draft.field = field;
    draft.column.name = field.target_name();
    if (!field.rename.empty()) draft.origin = Origin::kSchema;
    draft.column.missing.emplace(field.missing_values.value_or(schema_->missing_values));
    draft.column.unit = field.target_unit.empty() ? field.unit : field.target_unit;
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
      draft.number.unit = unit_conversion(field.unit, field.target_unit);
    }
  }

  void add_constant(const std::string& name, const std::string& value, Origin origin) {
    Draft draft;
    draft.origin = origin;
    draft.column.name = name;
    draft.column.constant = value;
    drafts_.push_back(std::move(draft));
  }

  std::size_t index_of(const std::string& name, const char* flag) const {
    for (std::size_t i = 0; i < drafts_.size(); ++i) {
      if (drafts_[i].column.name == name) return i;
    }
    std::string names;
    for (const Draft& draft : drafts_) names += (names.empty() ? "" : ", ") + draft.column.name;
    throw Error(ExitCode::kDataErr,
                fmt::format("{}: there is no column '{}'; there are: {}", flag, name, names),
                {file_, 0, 0, name});
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
    if (draft.column.input) return draft;
    fail_usage(
        fmt::format("{}: '{}' is a constant column; give it the value that is wanted", flag, name));
  }

  void set_time(const TransformOptions::Assignment& assignment) {
    Draft& draft = find_values(assignment.first, "--utc");
    draft.is_time = true;
    if (draft.field.type != FieldType::kDatetime) {
      draft.field.type = FieldType::kDatetime;
      draft.field.format = "default";
    }
    if (!assignment.second.empty()) draft.field.timezone = assignment.second;
  }

  void set_unit(const TransformOptions::Assignment& assignment) {
    const auto units = split(assignment.second, ':');
    if (units.size() != 2) fail_usage("--unit wants COL=FROM:TO, as temperature=degC:K");
    Draft& draft = find_values(assignment.first, "--unit");
    draft.number.unit = compose(draft.number.unit, flag_conversion(units[0], units[1]));
    draft.column.unit = units[1];
  }

  static UnitConversion flag_conversion(const std::string& from, const std::string& to) {
    try {
      return unit_conversion(from, to);
    } catch (const Error& error) {
      fail_usage(std::string("--unit: ") + error.what());
    }
  }

  void normalize(const TransformOptions::Assignment& assignment) {
    constexpr const char* kForm = "--normalize wants COL=minmax:LO:HI or COL=zscore:MEAN:SD";
    const auto parts = split(assignment.second, ':');
    if (parts.size() != 3 || (parts[0] != "minmax" && parts[0] != "zscore")) fail_usage(kForm);
    const double a = parse_parameter(parts[1], "--normalize");
    const double b = parse_parameter(parts[2], "--normalize");
    const double width = parts[0] == "minmax" ? b - a : b;
    if (!(width > 0) || !std::isfinite(1 / width)) {
      fail_usage("--normalize: HI must be above LO, and SD above 0");
    }
    Draft& draft = find_values(assignment.first, "--normalize");
    draft.number.scale = {a, width};
    draft.column.unit = "1";
  }

  void set_rounding(const TransformOptions::Assignment& assignment) {
    std::int64_t decimals = 0;
    if (!parse_int64(assignment.second, decimals) || decimals < 0 || decimals > 17) {
      fail_usage("--round wants COL=N with N from 0 to 17");
    }
    find_values(assignment.first, "--round").number.decimals = static_cast<int>(decimals);
  }

  void drop(const std::string& name) {
    drafts_.erase(drafts_.begin() + static_cast<std::ptrdiff_t>(index_of(name, "--drop")));
  }

  void select() {
    // First of all, so that a message can name every column.
    for (const std::string& name : options_.select) index_of(name, "--select");
    std::vector<Draft> selected;
    for (const std::string& name : options_.select) {
      const std::size_t i = index_of(name, "--select");
      selected.push_back(std::move(drafts_[i]));
      drafts_.erase(drafts_.begin() + static_cast<std::ptrdiff_t>(i));
    }
    drafts_ = std::move(selected);
  }

  void mark_values() {
    if (!options_.values.empty()) {
      for (Draft& draft : drafts_) draft.column.is_value = false;
      for (const std::string& name : options_.values) find(name, "--values").column.is_value = true;
    }
    const bool any = std::any_of(drafts_.begin(), drafts_.end(),
                                 [](const Draft& draft) { return draft.column.is_value; });
    if (!any) {
      fail_usage(
          "--melt: which columns? name them with --values COLS, or give fields of the schema "
          "the role measure");
    }
  }

  void check_names() const {
    std::vector<std::pair<std::string_view, Origin>> names;
    for (const Draft& draft : drafts_) {
      if (options_.melt && draft.column.is_value) continue;
      names.emplace_back(draft.column.name, draft.origin);
    }
    if (options_.melt) {
      for (const char* name : {"quantity", "value", "unit"})
        names.emplace_back(name, Origin::kFlag);
    }
    std::sort(names.begin(), names.end());
    const auto twice =
        std::adjacent_find(names.begin(), names.end(),
                           [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice == names.end()) return;
    // Sorted, the input's name comes first: another input may do, so that it is the one to blame.
    throw Error(twice->second == Origin::kInput        ? ExitCode::kDataErr
                : (twice + 1)->second == Origin::kFlag ? ExitCode::kUsage
                                                       : ExitCode::kConfig,
                fmt::format("two columns of the output would be called '{}'; give one another name "
                            "with --rename, or leave one out with --drop",
                            twice->first),
                {file_, 0, 0, std::string(twice->first)});
  }

  OutputColumn finish(Draft& draft) const {
    OutputColumn& column = draft.column;
    const bool has_number = draft.number.is_needed();
    if (has_number && (draft.is_time || draft.is_boolean)) {
      throw Error(ExitCode::kConfig, "units and rounding are for numbers only",
                  {schema_ != nullptr ? schema_->file : file_, 0, 0, column.name});
    }
    if (!column.input) return std::move(column);
    const bool is_number = column.kind == CellKind::kNumber;
    if (draft.is_time) {
      column.step = time_step(draft.field);
    } else if (draft.is_boolean) {
      column.step = boolean_step(draft.field);
    } else if (has_number || (is_number && !NumberFormat(draft.field).is_plain())) {
      column.step = number_step(draft.number, draft.field);
    }
    if (column.step) column.kind = column.step->gives();
    return std::move(column);
  }

  const TransformOptions& options_;
  const Schema* schema_;
  std::string file_;
  std::vector<Draft> drafts_;
};

}  // namespace

std::vector<OutputColumn> make_plan(const TransformOptions& options, const Schema* schema,
                                    const Columns& columns, const std::string& file) {
  return Planner(options, schema, columns, file).make();
}

}  // namespace sp
