#include "sp-load/table_load.h"

#include <fmt/format.h>

#include <vector>

#include "sp-load/merge/merge.h"

namespace sp::load {
namespace {

constexpr const char* kUniqueViolation = "23505";
constexpr const char* kCheckViolation = "23514";

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
  try {
    if (!try_straight() && !try_around_known()) copy_staged();
  } catch (const DatabaseError& error) {
    if (!lacks_partition(error)) throw;
    throw Error(ExitCode::kConfig,
                fmt::format("{} ({}: a partition is being detached, or covers a part of its month "
                            "only; mend it, or move it away)",
                            error.what(), from_.table.display()));
  }
  add_up();
  return counts_;
}

// Each row of such a table has a time, and the partition of its month was seen to. The server tells
// no name of a constraint where no partition takes the row.
bool TableLoad::lacks_partition(const DatabaseError& error) const {
  if (error.sqlstate != kCheckViolation || error.table != from_.table.name ||
      !error.constraint.empty() || !from_.table.month_column) {
    return false;
  }
  return from_.table.find(*from_.table.month_column)->not_null;
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
  Stage stage(connection_, from_.table, known.plan(), files());
  known_by_file_.assign(files(), 0);
  try {
    stage.fill(known, from_.bad_text, [&] {
      if (!known_.contains(known.position())) return false;
      ++known_by_file_[known.file()];
      return true;
    });
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, {stage.name(), nullptr, 0, true});
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
  known_by_file_.clear();
  return false;
}

void TableLoad::copy_straight(RowPass& pass) {
  CopyStream stream(connection_, from_.table.quoted + column_list(pass.plan()), pass.plan().format,
                    key_order(pass.plan()));
  try {
    copy_by_month(pass, stream);
  } catch (const DatabaseError& error) {
    if (is_there_already(error, pass.plan())) throw;
    rethrow_with_row(error, {from_.table.name, &stream, stream.confirmed(), false});
  }
  take_over(pass, known_by_file_);
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
  Stage stage(connection_, from_.table, pass.plan(), files());
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
    rethrow_with_row(error, {stage.name(), nullptr, 0, false});
  }
  for (const std::int64_t month : months) {
    partitions.enter(month);
    partitions.ensure({});
  }
  std::vector<std::uint64_t> all;
  for (const RowFacts& file : pass.facts()) all.push_back(file.rows);
  take_over(pass, all);
  merge(stage);
}

void TableLoad::merge(const Stage& stage) {
  const bool update = options_.on_conflict == OnConflict::kUpdate;
  if (update) take_conflicts(stage.find_conflicts(true));
  const std::vector<std::uint64_t> inserted = update ? stage.upsert() : stage.insert_new();
  if (!update) take_conflicts(stage.find_conflicts(false));
  for (std::size_t i = 0; i < inserted.size(); ++i) counts_.files[i].loaded += inserted[i];
}

bool TableLoad::is_there_already(const DatabaseError& error, const CopyPlan& plan) const {
  return options_.on_conflict != OnConflict::kError && error.sqlstate == kUniqueViolation &&
         can_merge(from_.table, plan);
}

void TableLoad::take_over(const RowPass& pass, const std::vector<std::uint64_t>& left_out) {
  facts_ = pass.facts();
  counts_.files.assign(facts_.size(), {});
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    RowNumbers& file = counts_.files[i];
    file.received = facts_[i].rows;
    file.loaded = file.received - (left_out.empty() ? 0 : left_out[i]);
    file.skipped = facts_[i].skipped;
  }
  pass.insert_dimensions(connection_, log_);
}

// The server knows the rows by their positions; where they are in the file is found by reading it
// once more.
void TableLoad::take_conflicts(const std::optional<Conflicts>& found) {
  counts_.knows_conflicts = found.has_value();
  if (!found) return;
  for (std::size_t i = 0; i < found->by_file.size(); ++i) {
    counts_.files[i].conflicts = found->by_file[i];
  }
  RowSource quietly = from_;
  quietly.progress = false;
  RowPass pass(quietly);
  counts_.first_conflicts.clear();
  for (const std::uint64_t position : found->first) {
    while (pass.position() < position && pass.advance()) {
    }
    counts_.first_conflicts.push_back({pass.key(), pass.where("")});
  }
}

void TableLoad::add_up() {
  for (RowNumbers& file : counts_.files) {
    file.duplicates = file.received - file.loaded;
    counts_.rows.received += file.received;
    counts_.rows.loaded += file.loaded;
    counts_.rows.duplicates += file.duplicates;
    counts_.rows.conflicts += file.conflicts;
    counts_.rows.skipped += file.skipped;
  }
}

std::string TableLoad::column_list(const CopyPlan& plan) const {
  std::string out = " (";
  for (const CopyColumn& column : plan.columns) {
    if (out.size() > 2) out += ", ";
    out += connection_.identifier(column.column->name);
  }
  return out + ")";
}

// Rows of text COPY, and of a table without a key, go as they come.
RowOrder TableLoad::key_order(const CopyPlan& plan) const {
  if (plan.format != CopyFormat::kBinary || !can_merge(from_.table, plan)) return {};
  std::vector<std::size_t> key;
  for (const std::string& name : from_.table.primary_key) {
    for (std::size_t i = 0; i < plan.columns.size(); ++i) {
      if (plan.columns[i].column->name == name) key.push_back(i);
    }
  }
  return RowOrder(std::move(key));
}

// The server counts the rows of its COPY; the line in the file is found by reading it once more.
void TableLoad::rethrow_with_row(const DatabaseError& error, const Sent& sent) {
  const std::uint64_t line = copy_line(error.context, sent.relation);
  if (classify(error).exit_code != ExitCode::kDataErr || line == 0 || lacks_partition(error)) {
    throw error;
  }
  const std::uint64_t row = sent.stream == nullptr ? line : sent.stream->row_of_line(line);
  if (row == 0) throw error;
  RowSource quietly = from_;
  quietly.progress = false;
  RowPass pass(quietly);
  std::uint64_t left = sent.before + row;
  while (left > 0 && pass.advance()) {
    if (known_.contains(pass.position()) == sent.known) --left;
  }
  if (left > 0) throw error;
  const std::string column = error.column.empty() ? copy_column(error.context) : error.column;
  const bool is_duplicate = error.sqlstate == kUniqueViolation &&
                            options_.on_conflict == OnConflict::kError &&
                            can_merge(from_.table, pass.plan());
  std::string what = describe(error);
  if (is_duplicate) {
    // The server keeps the key to itself where the role may not read the table.
    if (error.detail.empty()) what += "; " + pass.key() + " is there already";
    what +=
        "; --on-conflict ignore leaves such rows out, --on-conflict update replaces what is there";
  }
  throw Error(ExitCode::kDataErr, what, pass.where(column));
}

}  // namespace sp::load
