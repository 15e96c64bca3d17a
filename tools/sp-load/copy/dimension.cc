#include "sp-load/copy/dimension.h"

#include <fmt/format.h>

#include <cstring>

#include "sp-load/db/array_literal.h"

namespace sp::load {
namespace {

std::vector<std::string> key_and_attributes(const DimensionSpec& spec) {
  std::vector<std::string> names = {spec.key};
  names.insert(names.end(), spec.attributes.begin(), spec.attributes.end());
  return names;
}

// Of the first and the last four bytes, which numbers differ in.
std::size_t cheap_hash(std::string_view key) {
  std::uint32_t first = 0, last = 0;
  if (key.size() >= sizeof first) {
    std::memcpy(&first, key.data(), sizeof first);
    std::memcpy(&last, key.data() + key.size() - sizeof last, sizeof last);
  } else {
    for (const char c : key) first = first << 8 | static_cast<unsigned char>(c);
  }
  return (first * std::uint64_t{0x9e3779b97f4a7c15} ^ last * std::uint64_t{0xc2b2ae3d27d4eb4f}) >>
         40;
}

}  // namespace

Dimension::Dimension(const DimensionSpec& spec, const Table& table, const RecordReader& reader,
                     BadText bad_text)
    : spec_(spec),
      table_(table),
      reader_(reader),
      plan_(make_partial_plan(reader.columns(), reader.name(), table, key_and_attributes(spec))),
      encoder_(plan_, reader, bad_text),
      columns_(plan_.columns.size()) {
  plan_.format = CopyFormat::kText;
  plan_.time.reset();
  if (table.primary_key != std::vector<std::string>{spec.key}) {
    throw Error(ExitCode::kConfig, fmt::format("--dimension: {} is not the primary key of table {}",
                                               spec.key, table.display()));
  }
}

void Dimension::add(const Record& record) {
  const std::string_view key = record[plan_.columns[0].source];
  if (key.empty()) return;
  std::uint32_t& recent = recent_[cheap_hash(key) % recent_.size()];
  if (recent >= index_.size() || columns_[0][recent] != key) {
    recent = static_cast<std::uint32_t>(index_of(key, record));
  }
  for (std::size_t i = 1; i < columns_.size(); ++i) {
    if (record[plan_.columns[i].source] == columns_[i][recent]) continue;
    if (disagreeing_rows_++ == 0) {
      first_disagreement_ = reader_.locate(record, plan_.columns[i].column->name);
    }
    return;
  }
}

std::size_t Dimension::index_of(std::string_view key, const Record& record) {
  const auto found = index_.find(key);
  return found == index_.end() ? add_key(key, record) : found->second;
}

std::size_t Dimension::add_key(std::string_view key, const Record& record) {
  if (index_.size() == kMaxKeys) {
    throw Error(ExitCode::kDataErr,
                fmt::format("more than {} different values of the dimension's key", kMaxKeys),
                reader_.locate(record, spec_.key));
  }
  scratch_.truncate(0);
  encoder_.encode(record, scratch_);  // does each value fit its column?
  index_.emplace(key, index_.size());
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string_view value = record[plan_.columns[i].source];
    const bool is_good = find_bad_text(value) == std::string_view::npos;
    columns_[i].push_back(is_good ? std::string(value) : replace_bad_text(value));
  }
  return index_.size() - 1;
}

// The values travel as arrays of text and become the columns' types on the server.
std::string Dimension::insert_statement(const Connection& connection) const {
  std::string names, values, arrays, aliases;
  for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
    const std::string comma = i == 0 ? "" : ", ";
    const TableColumn& column = *plan_.columns[i].column;
    names += comma + connection.identifier(column.name);
    values += comma + fmt::format("v.c{}::{}", i, column.type_name);
    arrays += comma + fmt::format("${}::text[]", i + 1);
    aliases += comma + fmt::format("c{}", i);
  }
  return fmt::format(
      "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM unnest({}) AS v({}) ORDER BY 1"
      " ON CONFLICT ({}) DO NOTHING",
      table_.quoted, names, values, arrays, aliases, connection.identifier(spec_.key));
}

void Dimension::insert(Connection& connection, const Log& log) const {
  if (index_.empty()) return;
  std::vector<Param> params;
  for (const auto& values : columns_) params.emplace_back(array_literal(values));
  connection.run(insert_statement(connection), params);
  if (disagreeing_rows_ > 0) {
    log.warning(fmt::format("{} rows say something else about their {} than "
                            "the first row of the same "
                            "{} did; table {} keeps what came first",
                            disagreeing_rows_, spec_.key, spec_.key, table_.display()),
                first_disagreement_);
  }
}

}  // namespace sp::load
