// Which column of the input goes where.
#include <fmt/format.h>

#include <algorithm>

#include "sp-load/copy/row_encoder.h"
#include "sp/base/diagnostic.h"
#include "sp/table/delimiter_hint.h"

namespace sp::load {
namespace {

constexpr const char* kIngestId = "ingest_id";

std::string column_list(const Table& table) {
  std::string out;
  for (const TableColumn& column : table.columns) {
    if (column.generated) continue;
    out += (out.empty() ? "" : ", ") + column.name;
  }
  return out;
}

[[noreturn]] void fail(const std::string& file, const std::string& column,
                       const std::string& what) {
  throw Error(ExitCode::kDataErr, what, {file, 0, 0, column});
}

// What may help where a name is none of the table's: that it is a whole header, cut by another
// delimiter. A blank is part of many a name, so only where the first word is a column.
std::string advice_on(const Columns& input, const Table& table) {
  const std::string& name = input[0];
  const auto blanks = static_cast<std::size_t>(std::count(name.begin(), name.end(), ' '));
  const bool is_cut_by_blanks =
      input.size() == 1 && blanks > 0 && table.find(name.substr(0, name.find(' '))) != nullptr;
  return is_cut_by_blanks ? "; " + delimiter_hint(input, '\0', blanks + 1) : input.advice();
}

const TableColumn& target_of(const Columns& input, std::size_t i, const std::string& target,
                             const std::string& file, const Table& table) {
  const std::string& name = input[i];
  if (*input.find(name) != i) fail(file, name, "the column is there twice; drop one");
  const TableColumn* column = table.find(target);
  if (column == nullptr) {
    fail(file, name,
         fmt::format("table {} has no such column (it has {}); rename or drop it with "
                     "sp-transform, or add it to the table{}",
                     table.display(), column_list(table), advice_on(input, table)));
  }
  if (column->generated) {
    fail(file, name,
         fmt::format("table {} computes this column itself; drop it with sp-transform",
                     table.display()));
  }
  return *column;
}

void require_the_rest(const CopyPlan& plan, const std::string& file, const Table& table) {
  for (const TableColumn& column : table.columns) {
    if (!column.not_null || column.filled_by_itself || column.generated) continue;
    const bool filled = std::any_of(plan.columns.begin(), plan.columns.end(),
                                    [&](const CopyColumn& c) { return c.column == &column; });
    if (filled) continue;
    fail(file, column.name,
         column.name == kIngestId
             ? fmt::format("table {} needs the number of the load; name the "
                           "file with --source",
                           table.display())
             : fmt::format("table {} needs this column and the input lacks it", table.display()));
  }
}

// How each column is sent, and which is the time.
void choose_types(CopyPlan& plan, const Table& table) {
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    CopyColumn& column = plan.columns[i];
    const TableColumn& to = *column.column;
    column.fixed = find_fixed_type(to.type);
    if (column.fixed == nullptr && !is_text_type(to.type)) plan.format = CopyFormat::kText;
    const bool is_time = table.month_column ? to.name == *table.month_column
                                            : !plan.time && to.type == kTimestamptzOid;
    if (is_time) plan.time = i;
  }
}

}  // namespace

CopyPlan make_copy_plan(const Columns& input, const std::string& file, const Table& table,
                        const std::vector<std::string>& targets,
                        const std::vector<FilledColumn>& filled) {
  CopyPlan plan;
  // NDJSON without a row names no columns, and none are missed: an error log of no errors.
  if (input.size() == 0) return plan;
  for (std::size_t i = 0; i < input.size(); ++i) {
    if (targets[i].empty()) continue;
    plan.columns.push_back({&target_of(input, i, targets[i], file, table), i});
  }
  for (const FilledColumn& column : filled) {
    const TableColumn* const to = table.find(column.name);
    if (to == nullptr || std::find(targets.begin(), targets.end(), column.name) != targets.end()) {
      continue;
    }
    plan.columns.push_back({to, 0, nullptr, column.value});
  }
  choose_types(plan, table);
  require_the_rest(plan, file, table);
  return plan;
}

CopyPlan make_partial_plan(const Columns& input, const std::string& file, const Table& table,
                           const std::vector<std::string>& columns) {
  CopyPlan plan;
  if (input.size() == 0) return plan;
  for (const std::string& name : columns) {
    const std::size_t i = input.require(name, file);
    plan.columns.push_back({&target_of(input, i, name, file, table), i});
  }
  choose_types(plan, table);
  require_the_rest(plan, file, table);
  return plan;
}

}  // namespace sp::load
