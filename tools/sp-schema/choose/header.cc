#include "sp-schema/choose/header.h"

#include "sp/table/formats.h"

namespace sp::choose {

namespace {

// Objects have no header: any of them may lack what the schema asks for. Those that one of the
// first has.
Columns members_of_first_rows(std::unique_ptr<ByteSource> source, ReadOptions options,
                              const Schema& schema) {
  constexpr int kRows = 20;
  for (const Field& field : schema.fields) options.members.push_back(field.name);
  options.takes_other_members = true;
  const auto reader = open_reader(std::move(source), options);
  std::vector<bool> is_there(reader->columns().size());
  Record row;
  for (int i = 0; i < kRows && reader->next(row); ++i) {
    if (!row.defect().empty()) continue;
    for (std::size_t column = 0; column < row.size(); ++column) {
      if (!row.encoded(column).empty()) is_there[column] = true;
    }
  }
  std::vector<std::string> names;
  for (std::size_t column = 0; column < is_there.size(); ++column) {
    if (is_there[column]) names.push_back(reader->columns()[column]);
  }
  return Columns(std::move(names));
}

}  // namespace

Header HeaderReader::read_anew(const Candidate& candidate) {
  ReadOptions options = candidate.read;
  options.buffer_bytes = std::size_t{16} << 10;
  Header header;
  try {
    const auto reader = open_reader(head_.open(), options);
    header.columns = reader->columns();
    header.format = reader->format();
    header.delimiter = reader->delimiter();
    header.is_by_position = header.format != Format::kNdjson && !options.dialect.header;
    if (header.format == Format::kNdjson) {
      header.columns = members_of_first_rows(head_.open(), options, candidate.schema);
    }
    Record row;
    if (header.is_by_position && reader->next(row) && row.defect().empty()) {
      for (std::size_t i = 0; i < row.size(); ++i) header.first_row.emplace_back(row[i]);
    }
  } catch (const Error& error) {
    head_.check();
    header = {};
    header.error = error;
  }
  return header;
}

const Header& HeaderReader::read(const Candidate& candidate) {
  const std::string& dialect = candidate.schema.dialect;
  if (dialect_ == dialect) return header_;
  dialect_.reset();
  header_ = {};  // before the next one is there: a stranger's may be large
  header_ = read_anew(candidate);
  const bool is_of_schema = header_.is_by_position || header_.format == Format::kNdjson;
  if (!is_of_schema) dialect_ = dialect;
  return header_;
}

}  // namespace sp::choose
