#include "sp-load/merge/merge.h"

#include <fmt/format.h>

#include <algorithm>

namespace sp::load {
namespace {

void append_item(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

Stage::Stage(Connection& connection, const Table& table, const CopyPlan& plan, std::size_t files)
    : connection_(connection),
      table_(table),
      plan_(plan),
      files_(files),
      // Where a page has no room for a row a later one may still go there: the place in the table
      // does not tell the order.
      rows_(connection, table, SideTable::unused_name("stage"), plan.columns, plan.format,
            {{"sp_load_position", 20}, {"sp_load_file", 23}}),
      key_(identifier_list(connection, table.primary_key)) {
  rows_.create();
  for (const CopyColumn& column : plan.columns) {
    append_item(columns_, connection.identifier(column.column->name));
  }
}

void Stage::fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) {
  times_ = rows_.fill(pass, bad_text, [&] {
    if (!choose()) return false;
    rows_.set_own(0, std::to_string(pass.position()));
    rows_.set_own(1, std::to_string(pass.file()));
    return true;
  });
}

std::optional<Conflicts> Stage::find_conflicts(bool in_turn) const {
  const ConflictQuestion question{table_, plan_, rows_, times_, files_};
  if (in_turn) return find_conflicts_in_turn(connection_, question);
  return find_conflicts_with_table(connection_, question);
}

// `order` is "" for the first, " DESC" for the last.
std::string Stage::one_of_each_key(const char* order) const {
  return fmt::format("(SELECT DISTINCT ON ({0}) * FROM {1} ORDER BY {0}, {2}{3})", key_,
                     rows_.quoted(), rows_.own(0), order);
}

// `winners` are those of `rows` that are inserted where their key is new.
std::vector<std::uint64_t> Stage::insert_from(const std::string& rows,
                                              const std::string& winners) const {
  std::vector<std::uint64_t> inserted(files_);
  const std::string insert = fmt::format(
      "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} AS rows ORDER BY {} ON "
      "CONFLICT ({}) DO NOTHING",
      table_.quoted, columns_, columns_, rows, rows_.own(0), key_);
  if (files_ == 1) {
    inserted[0] = connection_.run(insert).affected();
    return inserted;
  }
  const Result by_file =
      connection_.run(fmt::format("WITH inserted AS ({0} RETURNING {1}) SELECT winner.{2}, count(*)"
                                  " FROM inserted JOIN {3} AS winner USING ({1}) GROUP BY 1",
                                  insert, key_, rows_.own(1), winners));
  for (int i = 0; i < by_file.rows(); ++i) {
    inserted[static_cast<std::size_t>(by_file.integer(i, 0))] =
        static_cast<std::uint64_t>(by_file.integer(i, 1));
  }
  return inserted;
}

std::vector<std::uint64_t> Stage::insert_new() const {
  return insert_from(rows_.quoted(), one_of_each_key(""));
}

// First what is new, so that it can be counted; then what differs, which what is new does not.
std::vector<std::uint64_t> Stage::upsert() const {
  const std::string last = one_of_each_key(" DESC");
  std::vector<std::uint64_t> fresh = insert_from(last, last);
  std::string changes;
  for (const CopyColumn& column : plan_.columns) {
    const auto& key = table_.primary_key;
    if (std::find(key.begin(), key.end(), column.column->name) != key.end()) continue;
    append_item(changes,
                fmt::format("{0} = excluded.{0}", connection_.identifier(column.column->name)));
  }
  const std::string differs =
      differences(connection_, table_, plan_, Compare::kAllButKey, "old", "excluded");
  if (changes.empty()) return fresh;
  connection_.run(fmt::format(
      "INSERT INTO {} AS old ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {} AS last ORDER BY {}"
      " ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
      table_.quoted, columns_, columns_, last, rows_.own(0), key_, changes, differs));
  return fresh;
}

}  // namespace sp::load
