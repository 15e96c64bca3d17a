#include "table_load.h"

#include <fmt/format.h>

#include <vector>

#include "merge.h"

namespace sp::load {
namespace {

constexpr const char* kUniqueViolation = "23505";

// Only a primary key whose columns all come from the input can be looked at by us.
bool can_merge(const Table& table, const CopyPlan& plan) {
  if (table.primary_key.empty()) return false;
  for (const std::string& key : table.primary_key) {
    bool found = false;
    for (const CopyColumn& column : plan.columns) found = found || column.column->name == key;
    if (!found) return false;
  }
  return true;
}

}  // namespace

TableCounts TableLoad::run() {
  counts_.table = from_.table.display();
  RowPass pass(from_);
  counts_.format = pass.plan().format;
  if (options_.on_conflict == OnConflict::kError || !can_merge(from_.table, pass.plan())) {
    copy_straight(pass);
    return counts_;
  }
  // Most files bring nothing that is there already: COPY at full speed, and only if that fails the
  // slow way.
  connection_.run("SAVEPOINT sp_load_straight");
  try {
    copy_straight(pass);
    return counts_;
  } catch (const DatabaseError& error) {
    if (error.sqlstate != kUniqueViolation) throw;
  }
  connection_.run("ROLLBACK TO SAVEPOINT sp_load_straight");
  RowPass again(from_);
  copy_staged(again);
  return counts_;
}

void TableLoad::copy_straight(RowPass& pass) {
  CopyStream stream(connection_, from_.table.quoted + column_list(pass.plan()), pass.plan().format);
  try {
    copy_by_month(pass, stream);
  } catch (const DatabaseError& error) {
    const bool may_merge = options_.on_conflict != OnConflict::kError &&
                           error.sqlstate == kUniqueViolation &&
                           can_merge(from_.table, pass.plan());
    if (may_merge) throw;
    rethrow_with_row(error, stream, from_.table.name);
  }
  counts_.received = counts_.loaded = stream.confirmed();
  take_over(pass);
}

// A COPY cannot make the partitions that its rows need: where a month begins that was not seen
// before, one COPY ends, the partition is made, and another COPY begins.
void TableLoad::copy_by_month(RowPass& pass, CopyStream& stream) {
  Partitions partitions(connection_, from_.table, options_.max_partitions);
  const bool by_month = from_.table.month_column.has_value();
  CopyBuffer& buffer = stream.buffer();
  for (;;) {
    const std::size_t before = buffer.size();
    if (!pass.next(buffer)) break;
    const bool new_month = by_month && pass.time() != kNoTime &&
                           !partitions.is_current(pass.time()) && partitions.enter(pass.time());
    if (new_month || !stream.running()) {
      const std::string row(buffer.view().substr(before));
      buffer.truncate(before);
      if (stream.running()) stream.end();
      if (new_month) partitions.ensure(pass.where(*from_.table.month_column));
      stream.begin();
      buffer.append(row);
    }
    stream.row_done();
  }
  if (stream.running()) stream.end();
}

void TableLoad::copy_staged(RowPass& pass) {
  const Stage stage(connection_, from_.table, pass.plan());
  CopyStream stream(connection_, stage.quoted() + column_list(pass.plan()), pass.plan().format);
  Partitions partitions(connection_, from_.table, options_.max_partitions);
  const bool by_month = from_.table.month_column.has_value();
  std::vector<std::int64_t> months;
  try {
    stream.begin();
    while (pass.next(stream.buffer())) {
      if (by_month && pass.time() != kNoTime && !partitions.is_current(pass.time()) &&
          partitions.enter(pass.time())) {
        partitions.require_room(pass.where(*from_.table.month_column));
        months.push_back(pass.time());
      }
      stream.row_done();
    }
    stream.end();
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, stream, stage.name());
  }
  for (const std::int64_t month : months) {
    partitions.enter(month);
    partitions.ensure({});
  }
  counts_.received = stream.confirmed();
  counts_.loaded =
      options_.on_conflict == OnConflict::kIgnore ? stage.insert_new() : stage.upsert();
  counts_.duplicates = counts_.received - counts_.loaded;
  take_over(pass);
}

void TableLoad::take_over(const RowPass& pass) {
  facts_ = pass.facts();
  pass.insert_dimensions(connection_, log_);
}

std::string TableLoad::column_list(const CopyPlan& plan) const {
  std::string out = " (";
  for (const CopyColumn& column : plan.columns) {
    if (out.size() > 2) out += ", ";
    out += connection_.identifier(column.column->name);
  }
  return out + ")";
}

// The server counts the rows of its COPY; the line in the file is found by reading it once more.
void TableLoad::rethrow_with_row(const DatabaseError& error, const CopyStream& stream,
                                 const std::string& relation) {
  const std::uint64_t line = copy_line(error.context, relation);
  if (classify(error.sqlstate).exit_code != ExitCode::kDataErr || line == 0) throw error;
  const std::uint64_t wanted = stream.confirmed() + line;
  const auto reader = from_.input.open();
  Record record;
  while (reader->next(record)) {
    if (record.row() != wanted) continue;
    const std::string column = error.column.empty() ? copy_column(error.context) : error.column;
    throw Error(ExitCode::kDataErr, describe(error), reader->locate(record, column));
  }
  throw error;
}

}  // namespace sp::load
