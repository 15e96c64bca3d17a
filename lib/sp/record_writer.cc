#include "sp/record_writer.h"

#include "sp/csv_writer.h"
#include "sp/ndjson_writer.h"

namespace sp {

std::unique_ptr<RecordWriter> make_writer(ByteSink& sink, const WriteOptions& options) {
  const auto delimiter = [&](char usual) {
    return options.delimiter == '\0' ? usual : options.delimiter;
  };
  switch (options.to) {
    case Format::kCsv:
      return std::make_unique<CsvWriter>(sink, delimiter(','));
    case Format::kTsv:
      return std::make_unique<CsvWriter>(sink, delimiter('\t'));
    case Format::kNdjson:
      return std::make_unique<NdjsonWriter>(sink);
    case Format::kAuto:
      break;
  }
  throw Error(ExitCode::kSoftware, "no output format was chosen");
}

void RowRun::flush() {
  if (size_ == 0) return;
  sink_.append({begin_, size_});
  if (begin_[size_ - 1] != '\n') sink_.append('\n');
  begin_ = nullptr;
  size_ = 0;
}

}  // namespace sp
