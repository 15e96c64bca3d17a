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

// Most files bring nothing that is there already: COPY at full speed, and only if that fails a
// slower way. Each undoes what the one before did.
TableCounts TableLoad::run() {
  counts_.table = from_.table.display();
  if (!try_straight() && !try_around_known()) copy_staged();
  return counts_;
}

bool TableLoad::try_straight() {
  RowPass pass(from_);
  counts_.format = pass.plan().format;
  if (options_.on_conflict == OnConflict::kError || !can_merge(from_.table, pass.plan())) {
    copy_straight(pass);
    return true;
  }
  connection_.run("SAVEPOINT sp_load_input");
  try {
    copy_straight(pass);
    return true;
  } catch (const DatabaseError& error) {
    if (!is_there_already(error, pass.plan())) throw;
  }
  connection_.run("ROLLBACK TO SAVEPOINT sp_load_input");
  return false;
}

bool TableLoad::try_around_known() {
  known_ = find_known_rows(connection_, from_);
  if (known_.count() == 0) return false;
  RowPass known(from_);
  Stage stage(connection_, from_.table, known.plan());
  try {
    stage.fill(known, from_.bad_text, [&] { return known_.contains(known.position()); });
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, {stage.name(), 0, true});
  }
  RowPass others(from_);
  try {
    copy_straight(others);
    merge(stage);
    return true;
  } catch (const DatabaseError& error) {
    // Somebody else was faster, or keys are spelled in several ways.
    if (!is_there_already(error, others.plan())) throw;
  }
  connection_.run("ROLLBACK TO SAVEPOINT sp_load_input");
  known_ = {};
  return false;
}

void TableLoad::copy_straight(RowPass& pass) {
  CopyStream stream(connection_, from_.table.quoted + column_list(pass.plan()), pass.plan().format);
  try {
    copy_by_month(pass, stream);
  } catch (const DatabaseError& error) {
    if (is_there_already(error, pass.plan())) throw;
    rethrow_with_row(error, {from_.table.name, stream.confirmed(), false});
  }
  counts_.received = pass.position();
  counts_.loaded = stream.confirmed();
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
    if (known_.contains(pass.position())) {
      buffer.truncate(before);
      continue;
    }
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

void TableLoad::copy_staged() {
  RowPass pass(from_);
  Stage stage(connection_, from_.table, pass.plan());
  Partitions partitions(connection_, from_.table, options_.max_partitions);
  std::vector<std::int64_t> months;
  CopyBuffer looked_at;  // for what the pass notes of its rows
  const auto choose = [&] {
    looked_at.truncate(0);
    pass.encode(looked_at);
    if (from_.table.month_column && pass.time() != kNoTime && !partitions.is_current(pass.time()) &&
        partitions.enter(pass.time())) {
      partitions.require_room(pass.where(*from_.table.month_column));
      months.push_back(pass.time());
    }
    return true;
  };
  try {
    stage.fill(pass, from_.bad_text, choose);
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, {stage.name(), 0, false});
  }
  for (const std::int64_t month : months) {
    partitions.enter(month);
    partitions.ensure({});
  }
  counts_.received = pass.position();
  counts_.loaded = 0;
  take_over(pass);
  merge(stage);
}

void TableLoad::merge(const Stage& stage) {
  counts_.loaded +=
      options_.on_conflict == OnConflict::kIgnore ? stage.insert_new() : stage.upsert();
  counts_.duplicates = counts_.received - counts_.loaded;
}

bool TableLoad::is_there_already(const DatabaseError& error, const CopyPlan& plan) const {
  return options_.on_conflict != OnConflict::kError && error.sqlstate == kUniqueViolation &&
         can_merge(from_.table, plan);
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
void TableLoad::rethrow_with_row(const DatabaseError& error, const Sent& sent) {
  const std::uint64_t line = copy_line(error.context, sent.relation);
  if (classify(error.sqlstate).exit_code != ExitCode::kDataErr || line == 0) throw error;
  RowSource quietly = from_;
  quietly.progress = false;
  RowPass pass(quietly);
  std::uint64_t left = sent.before + line;
  while (left > 0 && pass.advance()) {
    if (known_.contains(pass.position()) == sent.known) --left;
  }
  if (left > 0) throw error;
  const std::string column = error.column.empty() ? copy_column(error.context) : error.column;
  throw Error(ExitCode::kDataErr, describe(error), pass.where(column));
}

}  // namespace sp::load
