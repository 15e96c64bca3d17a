#include "round_trip.h"

#include <algorithm>

#include "sp/table/formats.h"
#include "sp/table/record_writer.h"
#include "transcript.h"

namespace sp::fuzz {
namespace {

std::string write(const Table& table, const WriteOptions& options) {
  std::string out;
  const auto sink = string_sink(out);
  const auto writer = make_writer(*sink, options);
  writer->header(table.columns);
  std::vector<Cell> cells;
  for (const auto& row : table.rows) {
    cells.clear();
    for (const auto& [text, kind] : row) cells.push_back({text, kind, false});
    writer->write(cells);
  }
  sink->close();
  return out;
}

std::string texts_of(const Table& table, bool typed) {
  std::string all;
  for (const std::string& name : table.columns.names()) append_cell(all, name, "");
  for (const auto& row : table.rows) {
    all += '\n';
    for (const auto& [text, kind] : row) {
      append_cell(all, text, typed ? std::to_string(static_cast<int>(kind)) : "");
    }
  }
  return all;
}

void check(const Table& table, Format format, char delimiter, bool typed) {
  const std::string text = write(table, {format, delimiter});
  ReadOptions options;
  options.from = format;
  options.delimiter = delimiter;
  options.buffer_bytes = 4096;
  try {
    const Table again = sound_rows(*open_reader(memory_source(text), options));
    must_agree("a table written and read again", texts_of(again, typed), texts_of(table, typed));
  } catch (const Error& e) {
    report_difference(e.what(), text, "");
  }
}

bool names_repeat(const Columns& columns) {
  std::vector<std::string> names = columns.names();
  std::sort(names.begin(), names.end());
  return std::adjacent_find(names.begin(), names.end()) != names.end();
}

// A header that the CSV reader refuses, as such bytes tell of an encoding or of line ends that
// nobody named.
bool names_look_encoded(const Columns& columns) {
  return std::any_of(columns.names().begin(), columns.names().end(), [](const std::string& name) {
    return name.find_first_of(std::string_view("\0\r", 2)) != std::string::npos;
  });
}

}  // namespace

Table sound_rows(RecordReader& reader) {
  Table table{reader.columns(), {}};
  Record record;
  while (reader.next(record)) {
    if (!record.defect().empty() || record.size() != table.columns.size()) continue;
    auto& row = table.rows.emplace_back();
    for (std::size_t i = 0; i < record.size(); ++i) {
      row.emplace_back(std::string(record[i]), record.kind(i));
    }
  }
  return table;
}

void check_round_trip(const Table& table, char delimiter, bool typed) {
  if (table.columns.size() == 0) return;
  if (!names_look_encoded(table.columns)) check(table, Format::kCsv, delimiter, false);
  // Without a row NDJSON has no names, and no name can be there twice.
  if (table.rows.empty() || names_repeat(table.columns)) return;
  check(table, Format::kNdjson, '\0', typed);
}

}  // namespace sp::fuzz
