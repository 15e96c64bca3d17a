#include "merge.h"

#include <fmt/format.h>

#include <algorithm>

namespace sp::load {
namespace {

int stage_count = 0;  // one transaction may need several

void append_item(std::string& list, const std::string& item) {
  list += (list.empty() ? "" : ", ") + item;
}

std::string unused_name(const Table& table) {
  std::string name = "sp_load_position";
  while (table.find(name) != nullptr) name += '_';
  return name;
}

}  // namespace

Stage::Stage(Connection& connection, const Table& table, const CopyPlan& plan)
    : connection_(connection),
      table_(table),
      plan_(plan),
      name_("sp_load_stage_" + std::to_string(++stage_count)),
      quoted_(connection.qualified("pg_temp", name_)),
      position_(connection.identifier(unused_name(table))) {
  std::string definition;
  for (const CopyColumn& column : plan.columns) {
    const std::string name = connection.identifier(column.column->name);
    append_item(columns_, name);
    append_item(definition, name + " " + column.column->type_name);
  }
  for (const std::string& name : table.primary_key) append_item(key_, connection.identifier(name));
  // Where a page has no room for a row a later one may still go there: the place in the table does
  // not tell the order.
  append_item(definition, position_ + " bigint GENERATED ALWAYS AS IDENTITY");
  connection.run(fmt::format("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP",
                             connection.identifier(name_), definition));
}

std::uint64_t Stage::insert_from(const std::string& rows) const {
  return connection_
      .run(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY {} ON "
                       "CONFLICT ({}) DO NOTHING",
                       table_.quoted, columns_, columns_, rows, position_, key_))
      .affected();
}

std::uint64_t Stage::insert_new() const { return insert_from(quoted_); }

// First what is new, so that it can be counted; then what differs, which what is new does not.
std::uint64_t Stage::upsert() const {
  const std::string last =
      fmt::format("(SELECT DISTINCT ON ({0}) * FROM {1} ORDER BY {0}, {2} DESC) AS last", key_,
                  quoted_, position_);
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
  connection_.run(
      fmt::format("INSERT INTO {} AS old ({}) SELECT {} FROM {} ORDER BY {}"
                  " ON CONFLICT ({}) DO UPDATE SET {} WHERE {}",
                  table_.quoted, columns_, columns_, last, position_, key_, changes, differences));
  return fresh;
}

}  // namespace sp::load
