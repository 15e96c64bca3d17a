#include "sp-load/table_load.h"

#include <fmt/format.h>

#include <vector>

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
  if (!merger_.takes_known() || !can_merge(from_.table, pass.plan())) {
    copy_straight(pass);
    return true;
  }
  // What a dry run makes goes with the savepoint.
  if (options_.dry_run) pass.find_all_numbers(connection_);
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
  merger_.stage(known.plan());
  known_by_file_.assign(files(), 0);
  CopyBuffer looked_at;
  try {
    merger_.fill(known, from_.bad_text, [&] {
      if (!known_.contains(known.position())) return false;
      looked_at.truncate(0);
      known.encode(looked_at);
      if (known.is_expired()) return false;
      ++known_by_file_[known.file()];
      return true;
    });
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, {merger_.name(), nullptr, 0, true});
  }
  RowPass others(from_);
  try {
    copy_straight(others);
    merge();
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
  CopyStream stream(connection_, column_list(pass.plan()), pass.plan().format,
                    key_order(pass.plan()));
  copied_into_ = from_.table.name;
  try {
    copy_by_month(pass, stream);
  } catch (const DatabaseError& error) {
    if (is_there_already(error, pass.plan())) throw;
    rethrow_with_row(error, {copied_into_, &stream, stream.confirmed(), false});
  }
  take_over(pass, known_by_file_);
}

// A COPY cannot make the partitions that its rows need: where a month begins that was not seen
// before, one COPY ends, the partition is made, and another COPY begins. Rows of a month that is
// opened go straight into its table, until one of another month comes.
void TableLoad::copy_by_month(RowPass& pass, CopyStream& stream) {
  Partitions partitions(connection_, from_.table, options_.max_partitions);
  const bool by_month = from_.table.month_column.has_value();
  std::string opened;
  CopyBuffer& buffer = stream.buffer();
  const auto end = [&] {
    if (stream.running()) stream.end();
    if (!opened.empty()) partitions.close(std::exchange(opened, ""));
  };
  for (;;) {
    if (!pass.advance()) break;
    if (pass.lacks_numbers()) {
      if (stream.running()) stream.end();
      pass.find_numbers(connection_);
    }
    const std::size_t before = buffer.size();
    pass.encode(buffer);
    if (known_.contains(pass.position()) || pass.is_expired()) {
      buffer.truncate(before);
      continue;
    }
    const bool other_month =
        by_month && pass.time() != kNoTime && !partitions.is_current(pass.time());
    const bool new_month = other_month && partitions.enter(pass.time());
    if (new_month || (other_month && !opened.empty()) || !stream.running()) {
      const std::string row(buffer.view().substr(before));
      buffer.truncate(before);
      if (other_month) end();
      if (new_month) opened = partitions.open(pass.where(*from_.table.month_column));
      copied_into_ = opened.empty() ? from_.table.name : opened;
      if (opened.empty()) {
        stream.begin(from_.table.quoted);
      } else {
        stream.begin(connection_.qualified("sp", opened), false);
      }
      buffer.append(row);
    }
    stream.row_done();
  }
  end();
}

void TableLoad::copy_staged() {
  RowPass pass(from_);
  merger_.stage(pass.plan());
  Partitions partitions(connection_, from_.table, options_.max_partitions);
  std::vector<std::int64_t> months;
  CopyBuffer looked_at;  // for what the pass notes of its rows
  const auto choose = [&] {
    looked_at.truncate(0);
    pass.encode(looked_at);
    if (pass.is_expired()) return false;
    if (from_.table.month_column && pass.time() != kNoTime && !partitions.is_current(pass.time()) &&
        partitions.enter(pass.time())) {
      partitions.require_room(pass.where(*from_.table.month_column));
      months.push_back(pass.time());
    }
    return true;
  };
  try {
    merger_.fill(pass, from_.bad_text, choose);
  } catch (const DatabaseError& error) {
    rethrow_with_row(error, {merger_.name(), nullptr, 0, false});
  }
  for (const std::int64_t month : months) {
    partitions.enter(month);
    partitions.ensure({});
  }
  std::vector<std::uint64_t> all;
  for (const RowFacts& file : pass.facts()) all.push_back(file.rows - file.expired);
  take_over(pass, all);
  merge();
}

void TableLoad::merge() {
  const std::optional<Merged> merged = merger_.merge();
  if (!merged) return;
  for (std::size_t i = 0; i < merged->inserted.size(); ++i) {
    counts_.files[i].loaded += merged->inserted[i];
  }
  take_conflicts(merged->conflicts);
  for (const RowNumbers& file : counts_.files) require_policy(file);
}

void TableLoad::require_policy(const RowNumbers& numbers) const {
  const std::uint64_t same =
      numbers.received - numbers.loaded - numbers.conflicts() - numbers.expired;
  const std::string table = from_.table.display();
  if (!counts_.knows_conflicts && same > 0 &&
      (options_.on_known == OnKnown::kError || options_.on_conflict == OnConflict::kError)) {
    throw Error(ExitCode::kConfig,
                "rows are in " + table + " already, and this role may not see with which values");
  }
  if (options_.on_conflict == OnConflict::kError && numbers.conflicts() > 0) {
    const FoundRow& first = counts_.first_conflicts.front();
    throw Error(ExitCode::kDataErr,
                first.key + " is in " + table + " already, with other values" +
                    about_row_before(options_, from_, first, from_.table.primary_key) +
                    kConflictAdvice,
                first.where);
  }
  if (options_.max_conflicts && numbers.conflicts() > *options_.max_conflicts) {
    throw Error(ExitCode::kDataErr,
                fmt::format("{} rows are in {} already with other values, more than --max-conflicts"
                            " {}",
                            numbers.conflicts(), table, *options_.max_conflicts));
  }
  if (options_.on_known == OnKnown::kError && same > 0) {
    throw Error(
        ExitCode::kDataErr,
        fmt::format("{} of the input there already, in {}; --on-known skip leaves such rows "
                    "out",
                    counted(same, "row"), table));
  }
}

bool TableLoad::is_there_already(const DatabaseError& error, const CopyPlan& plan) const {
  return merger_.takes_known() && error.sqlstate == kUniqueViolation &&
         can_merge(from_.table, plan);
}

void TableLoad::take_over(const RowPass& pass, const std::vector<std::uint64_t>& left_out) {
  facts_ = pass.facts();
  if (from_.names != nullptr) from_.names->keep();
  counts_.files.assign(facts_.size(), {});
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    RowNumbers& file = counts_.files[i];
    file.received = facts_[i].rows;
    file.expired = facts_[i].expired;
    file.loaded = file.received - file.expired - (left_out.empty() ? 0 : left_out[i]);
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
    const bool replaces = options_.on_conflict == OnConflict::kReplace;
    (replaces ? counts_.files[i].replaced : counts_.files[i].kept_out) = found->by_file[i];
  }
  counts_.first_conflicts = find_rows(from_, found->first);
}

void TableLoad::add_up() {
  for (RowNumbers& file : counts_.files) {
    file.known = file.received - file.loaded - file.conflicts() - file.expired;
    counts_.rows.add(file);
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
  const bool is_duplicate = error.sqlstate == kUniqueViolation && !merger_.takes_known() &&
                            can_merge(from_.table, pass.plan());
  std::string what = describe(error);
  if (is_duplicate) {
    // The server keeps the key to itself where the role may not read the table.
    if (error.detail.empty()) what += "; " + pass.key() + " is there already";
    what +=
        "; --on-known skip leaves such rows out where they have the same values, --on-conflict "
        "keep or replace decides where not";
  }
  throw Error(ExitCode::kDataErr, what, pass.where(column));
}

}  // namespace sp::load
