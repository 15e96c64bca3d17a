#include "sp-load/merge/side_table.h"

#include <fmt/format.h>

#include "sp-load/copy/copy_stream.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

int table_count = 0;  // one transaction may need several

std::vector<TableColumn> make_own(const Table& table,
                                  const std::vector<SideTable::OwnColumn>& wanted) {
  std::vector<TableColumn> own;
  own.reserve(wanted.size());
  for (const SideTable::OwnColumn& column : wanted) {
    own.push_back({unused_name(table, column.name), column.type, find_fixed_type(column.type)->name,
                   false, false, false, false});
  }
  return own;
}

std::vector<std::string> names_of(const CopyPlan& plan) {
  std::vector<std::string> names;
  for (const CopyColumn& column : plan.columns) names.push_back(column.column->name);
  return names;
}

}  // namespace

SideTable::SideTable(Connection& connection, const Table& table, std::string name,
                     const std::vector<CopyColumn>& columns, CopyFormat format,
                     const std::vector<OwnColumn>& own)
    : connection_(connection),
      name_(std::move(name)),
      quoted_(connection.qualified("pg_temp", name_)),
      own_(make_own(table, own)),
      own_values_(own.size()) {
  plan_.columns = columns;
  plan_.format = format;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (table.month_column == columns[i].column->name) plan_.time = i;
  }
  for (std::size_t i = 0; i < own_.size(); ++i) {
    plan_.columns.push_back({&own_[i], 0, find_fixed_type(own_[i].type), &own_values_[i]});
    own_names_.push_back(connection.identifier(own_[i].name));
  }
}

std::string SideTable::unused_name(const std::string& kind) {
  return fmt::format("sp_load_{}_{}", kind, ++table_count);
}

void SideTable::create() {
  std::string definition;
  for (const CopyColumn& column : plan_.columns) {
    definition += (definition.empty() ? "" : ", ") + connection_.identifier(column.column->name) +
                  " " + column.column->type_name;
  }
  connection_.run(fmt::format("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP",
                              connection_.identifier(name_), definition));
}

TimeRange SideTable::fill(RowPass& pass, BadText bad_text, const std::function<bool()>& choose) {
  RowEncoder encoder(plan_, pass.reader(), bad_text);
  CopyStream stream(connection_, " (" + identifier_list(connection_, names_of(plan_)) + ")",
                    plan_.format);
  TimeRange times;
  pass.find_all_numbers(connection_);
  stream.begin(quoted_);
  while (pass.advance()) {
    pass.fill();
    if (!choose()) continue;
    encoder.encode(pass.record(), stream.buffer());
    if (encoder.time() != kNoTime) times.add(encoder.time());
    stream.row_done();
  }
  stream.end();
  return times;
}

std::string unused_name(const Table& table, std::string name) {
  while (table.find(name) != nullptr) name += '_';
  return name;
}

std::string within(const Connection& connection, const Table& table, const TimeRange& times) {
  if (!table.month_column || !times.first) return "true";
  char first[kMaxTimestampText], last[kMaxTimestampText];
  return fmt::format("there.{} BETWEEN '{}' AND '{}'", connection.identifier(*table.month_column),
                     std::string_view(first, print_micros(*times.first, first)),
                     std::string_view(last, print_micros(*times.last, last)));
}

std::string identifier_list(const Connection& connection, const std::vector<std::string>& names,
                            const std::string& prefix) {
  std::string out;
  for (const std::string& name : names) {
    out += (out.empty() ? "" : ", ") + prefix + connection.identifier(name);
  }
  return out;
}

}  // namespace sp::load
