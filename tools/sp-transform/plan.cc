#include "sp-transform/plan.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "sp-transform/derived_drafts.h"
#include "sp-transform/drafts.h"
#include "sp-transform/field_check.h"
#include "sp-transform/number_flags.h"
#include "sp-transform/output_names.h"
#include "sp-transform/reshape.h"
#include "sp/base/diagnostic.h"
#include "sp/schema/number_format.h"
#include "sp/unit/formula.h"

namespace sp {
namespace {

[[noreturn]] void fail_usage(const std::string& message) { throw Error(ExitCode::kUsage, message); }

class Planner {
 public:
  Planner(const TransformOptions& options, const Schema* schema, const Reshape& reshape,
          const Columns& columns, const std::string& file)
      : options_(options), schema_(schema), reshape_(reshape), drafts_(file, columns.advice()) {
    drafts_.all().reserve(columns.size());
    for (std::size_t i = 0; i < columns.size(); ++i) add_input_column(columns, i);
    if (schema_ == nullptr) return;
    check_fields(*schema_, columns, file);
    for (const Derived& derived : schema_->derived) {
      if (derived.formula == kCopyFormula) {
        add_copy(derived, columns);
      } else {
        add_schema_derived(derived, *schema_, columns, drafts_);
      }
    }
    for (const Constant& constant : schema_->constants) {
      add_constant(constant.name, constant.value, Origin::kSchema);
    }
  }

  std::vector<OutputColumn> make() {
    for (const auto& [from, to] : options_.rename) rename(from, to);
    for (const auto& [name, formula] : options_.derive) add_flag_derived(name, formula, drafts_);
    for (const auto& assignment : options_.utc) set_time(assignment);
    for (const auto& assignment : options_.unit) set_unit(assignment);
    for (const auto& assignment : options_.normalize) normalize(assignment);
    for (const auto& assignment : options_.round) set_rounding(assignment);
    complete_derivations(drafts_, ignored_, schema_);
    add_name_parts();
    add_place(options_.row_number, row_number());
    add_place(options_.line_number, line_number());
    for (const auto& [name, value] : options_.tag) add_constant(name, value, Origin::kFlag);
    if (!options_.drop.empty()) drafts_.drop(options_.drop, "--drop");
    if (!options_.select.empty()) drafts_.select(options_.select, "--select");
    mark_parts(reshape_, drafts_);
    if (reshape_.melt) add_zoned_times(*reshape_.melt, ignored_, drafts_);
    check_output_names(drafts_, reshape_);
    std::vector<OutputColumn> plan;
    plan.reserve(drafts_.all().size());
    for (Draft& draft : drafts_.all()) plan.push_back(finish(draft));
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
    (is_ignored ? ignored_ : drafts_.all()).push_back(std::move(draft));
  }

  // A column once more, as the copy's own field says. Where the input may lack it, it is empty.
  void add_copy(const Derived& derived, const Columns& columns) {
    const Field& source = *schema_->find_source(derived.inputs[0].column);
    Draft draft;
    draft.column.input = columns.find(source.name);
    apply_field(derived.field, draft);
    draft.origin = Origin::kSchema;
    drafts_.add(std::move(draft));
  }

  void apply_field(const Field& field, Draft& draft) {
    draft.use(field);
    draft.column.name = field.target_name();
    if (!field.rename.empty()) draft.origin = Origin::kSchema;
    draft.column.missing.emplace(*schema_, field);
    draft.unit = field.target_unit.empty() ? field.unit : field.target_unit;
    draft.column.unit = draft.unit;
    draft.is_boolean = field.type == FieldType::kBoolean;
    draft.is_time = field.type == FieldType::kDatetime || field.type == FieldType::kDate ||
                    field.type == FieldType::kTime;
    draft.column.is_integer = field.type == FieldType::kInteger;
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
    drafts_.add(std::move(draft));
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
    drafts_.add(std::move(draft));
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
    const std::string& file = drafts_.file();
    if (file == "-") {
      fail_usage(
          "standard input has no name for --from-name; give it with --source-name, or with "
          "--file-column the column that holds it");
    }
    if (!pattern->match(file)) {
      throw Error(ExitCode::kDataErr, pattern->refusal(file), {file, 0, 0, ""});
    }
    for (std::size_t i = 0; i < pattern->names().size(); ++i) {
      add_constant(pattern->names()[i], pattern->part(i), origin);
    }
  }

  void add_name_parts(const std::shared_ptr<FileNamePattern>& pattern, Origin origin) {
    const auto column = drafts_.find(options_.file_column, "--file-column").column.input;
    if (!column) fail_usage("--file-column: it is not a column of the input");
    for (std::size_t i = 0; i < pattern->names().size(); ++i) {
      add_computed(pattern->names()[i], origin, name_part(pattern, *column, i));
    }
  }

  void rename(const std::string& from, const std::string& to) {
    Draft& draft = drafts_.find(from, "--rename");
    draft.column.name = to;
    draft.origin = Origin::kFlag;
  }

  // The column whose values a flag changes.
  Draft& find_values(const std::string& name, const char* flag) {
    Draft& draft = drafts_.find(name, flag);
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

  OutputColumn finish(Draft& draft) const {
    OutputColumn& column = draft.column;
    column.is_time = draft.is_time;
    const bool has_number = draft.number.is_needed();
    check_number(draft, drafts_, schema_);
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
  const Reshape& reshape_;
  Drafts drafts_;
  std::vector<Draft> ignored_;  // columns that go nowhere, but may be needed
};

}  // namespace

std::vector<OutputColumn> make_plan(const TransformOptions& options, const Schema* schema,
                                    const Reshape& reshape, const Columns& columns,
                                    const std::string& file) {
  return Planner(options, schema, reshape, columns, file).make();
}

}  // namespace sp
