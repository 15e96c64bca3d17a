#include "sp-aggregate/pass_through.h"

#include "sp/table/formats.h"

namespace sp {

void PassThrough::bind(RecordReader& reader) {
  const WriteOptions format = write_options(options_, reader);
  const bool is_first = !has_header_;
  if (is_first) {
    columns_ = reader.columns();
    format_ = format;
    has_header_ = true;
    writer_ = make_writer(sink_, format_);
  } else if (reader.columns() != columns_) {
    throw Error(
        ExitCode::kDataErr,
        "the columns are not those of the inputs before; --pass-through needs the same ones "
        "in the same order",
        {reader.name(), 0, 0, ""});
  }
  verbatim_ = reader.format() == format_.to &&
              (format_.to == Format::kNdjson || (reader.delimiter() == format_.delimiter &&
                                                 options_.read.dialect.has_plain_cells()));
  reader.on_refill([this] { run_.flush(); });
  if (!is_first) return;
  const bool is_plain = format_.to == Format::kNdjson || options_.read.dialect.has_plain_header();
  if (verbatim_ && is_plain && !reader.header_text().empty()) {
    sink_.append(reader.header_text());
    if (!reader.header_text().ends_with('\n')) sink_.append('\n');
    sink_.flush();
  } else {
    writer_->header(columns_);
  }
}

void PassThrough::write(const Record& record) {
  cells_.clear();
  for (std::size_t i = 0; i < record.size(); ++i) {
    cells_.push_back({record[i], record.kind(i), false});
  }
  writer_->write(cells_);
}

}  // namespace sp
