#include "sp-schema/choose/fit.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"
#include "sp/base/path_name.h"
#include "sp/schema/header_check.h"
#include "sp/schema/missing_values.h"
#include "sp/value/value.h"

namespace sp::choose {
namespace {

bool holds(const std::string& file, const std::string& kind) {
  return !kind.empty() && lower(std::string(base_name(file))).find(kind) != std::string::npos;
}

bool is_any_text(const Field& field) {
  return field.type == FieldType::kString || field.type == FieldType::kAny;
}

// Without a header nothing but its cells tells that a first row is one of the schema's: they are as
// many, and unless all are texts, one of them at least is of its field's type. `misfits`: those
// that are not.
bool is_row_of(const Schema& schema, const std::vector<std::string>& row, std::size_t& misfits) {
  if (row.size() != schema.fields.size()) return false;
  std::size_t typed = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const Field& field = schema.fields[i];
    if (is_any_text(field)) continue;
    ++typed;
    ValueReader reader(field);
    Value value;
    const bool is_one = MissingValues(schema, field).contains(row[i], CellKind::kText) ||
                        reader.read(row[i], CellKind::kText, value);
    if (!is_one) ++misfits;
  }
  return typed == 0 || misfits < typed;
}

void refuse(Fit& fit, std::string fault, std::size_t faults = 1) {
  fit.fault = std::move(fault);
  fit.faults = faults;
}

void weigh_columns(const Schema& schema, const Columns& columns, Fit& fit) {
  KeyViews names;
  for (const std::string& name : columns.names()) {
    names.insert(name);
    if (schema.find(name) == nullptr) ++fit.rank.left_over;
  }
  const std::vector<std::string>& primary = schema.primary_key;
  for (const Field& field : schema.fields) {
    const bool is_key = field.role == Role::kKey ||
                        std::find(primary.begin(), primary.end(), field.name) != primary.end();
    if (!names.contains(field.name)) {
      ++fit.rank.absent;
    } else if (is_key) {
      fit.keys.push_back(field.target_name());
    }
  }
}

void check(const Candidate& candidate, const Header& header, Fit& fit) {
  const Schema& schema = candidate.schema;
  const bool is_empty = header.format == Format::kNdjson && header.columns.size() == 0;
  if (is_empty && (candidate.is_given || !fit.rank.is_unnamed)) return;  // no row tells otherwise
  const auto faults = check_header(schema, header.columns, header.format, header.delimiter,
                                   DelimiterPlace::kDialect);
  if (!faults.empty()) {
    fit.is_alien = std::none_of(
        schema.fields.begin(), schema.fields.end(),
        [&](const Field& field) { return header.columns.find(field.name).has_value(); });
    const std::size_t more = faults.size() - 1;
    return refuse(fit,
                  faults[0].message + (more == 0 ? "" : " (and " + std::to_string(more) + " more)"),
                  faults.size());
  }
  fit.rank.is_by_position = header.is_by_position;
  if (header.is_by_position && !candidate.is_given &&
      !is_row_of(schema, header.first_row, fit.rank.misfits)) {
    return refuse(fit, "there is no header, and the first row is not one of its fields",
                  schema.fields.size());
  }
  weigh_columns(schema, header.columns, fit);
  fit.columns.assign(header.columns.names().begin(), header.columns.names().end());
  std::sort(fit.columns.begin(), fit.columns.end());
}

}  // namespace

Fit fit_of(const Candidate& candidate, HeaderReader& headers, const std::string& file) {
  constexpr std::size_t kUnreadable = SIZE_MAX;
  Fit fit;
  fit.candidate = &candidate;
  fit.rank.is_unnamed = !holds(file, candidate.kind);
  fit.rank.is_by_position = fit.rank.sets_key = false;
  fit.is_broken = !candidate.fault.empty();
  if (fit.is_broken) {
    refuse(fit, candidate.fault, kUnreadable);
    return fit;
  }
  const Header& header = headers.read(candidate);
  if (const auto& error = header.error) {
    fit.is_broken = error->code() == ExitCode::kConfig || error->code() == ExitCode::kUsage;
    refuse(fit, error->what(), kUnreadable);
  } else if (candidate.from_name && !candidate.from_name->match(file)) {
    refuse(fit, candidate.from_name->refusal(file));
  } else {
    check(candidate, header, fit);
  }
  return fit;
}

void compare_keys(std::vector<Fit>& fits) {
  KeyViews keys;
  for (const Fit& fit : fits) keys.insert(fit.keys.begin(), fit.keys.end());
  for (Fit& fit : fits) {
    const auto& constants = fit.candidate->schema.constants;
    fit.rank.sets_key = std::any_of(constants.begin(), constants.end(),
                                    [&](const Constant& c) { return keys.contains(c.name); });
  }
}

}  // namespace sp::choose
