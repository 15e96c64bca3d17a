#include "merge.h"

#include <fmt/format.h>

#include <algorithm>

namespace sp::load {
namespace {

void append_item(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

}  // namespace

Stage::Stage(Connection& connection, const Table& table, const CopyPlan& plan)
    : connection_(connection),
      table_(table),
      plan_(plan),
      // Where a page has no room for a row a later one may still go there: the place in the table
      // does not tell the order.
      rows_(connection, table, "stage", plan.columns, plan.format, {{"sp_load_position", 20}}),
      key_(identifier_list(connection, table.primary_key)) {
  for (const CopyColumn& column : plan.columns) {
    append_item(columns_, connection.identifier(column.column->name));
  }
}

TimeRange Stage::fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) {
  return rows_.fill(pass, bad_text, [&] {
    if (!choose()) return false;
    rows_.set_own(0, std::to_string(pass.position()));
    return true;
  });
}

std::uint64_t Stage::insert_from(const std::string& rows) const {
  return connection_
      .run(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY {} ON "
                       "CONFLICT ({}) DO NOTHING",
                       table_.quoted, columns_, columns_, rows, rows_.own(0), key_))
      .affected();
}

std::uint64_t Stage::insert_new() const { return insert_from(rows_.quoted()); }

// First what is new, so that it can be counted; then what differs, which what is new does not.
std::uint64_t Stage::upsert() const {
  const std::string last =
      fmt::format("(SELECT DISTINCT ON ({0}) * FROM {1} ORDER BY {0}, {2} DESC) AS last", key_,
                  rows_.quoted(), rows_.own(0));
  const std::uint64_t fresh = insert_from(last);
  std::string changes, differences;
  for (const CopyColumn& column : plan_.columns) {
    const auto& key = table_.primary_key;
    if (std::find(key.begin(), key.end(), column.column->name) != key.end()) continue;
    const std::string name = connection_.identifier(column.column->name);
    append_item(changes, fmt::format("{0} = excluded.{0}", name));
    // Not every type can be compared; every one can be written.
    const bool comparable = column.fixed != nullptr || is_text_type(column.column->type);
    differences += fmt::format("{0}old.{1}{2} IS DISTINCT FROM excluded.{1}{2}",
                               differences.empty() ? "" : " OR ", name, comparable ? "" : "::text");
  }
  if (changes.empty()) return fresh;
  connection_.run(fmt::format(
      "INSERT INTO {} AS old ({}) SELECT {} FROM {} ORDER BY {}"
      " ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
      table_.quoted, columns_, columns_, last, rows_.own(0), key_, changes, differences));
  return fresh;
}

}  // namespace sp::load
