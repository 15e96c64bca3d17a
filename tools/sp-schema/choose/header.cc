#include "sp-schema/choose/header.h"

#include "sp/table/formats.h"

namespace sp::choose {

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
  if (!header_.is_by_position) dialect_ = dialect;
  return header_;
}

}  // namespace sp::choose
