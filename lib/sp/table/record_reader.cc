#include "sp/table/record_reader.h"

#include <fmt/format.h>

namespace sp {
namespace {

[[noreturn]] void fail(const RecordReader& reader, const Record& record, const std::string& what) {
  throw Error(ExitCode::kDataErr, what + "; sp-validate tells such rows from the sound ones",
              reader.locate(record));
}

bool is_blank(std::string_view raw) { return raw == "\n" || raw == "\r\n" || raw.empty(); }

}  // namespace

std::string no_memory_for_row(std::size_t bytes) {
  return fmt::format(
      "the row is longer than {} bytes, and there is no memory for more of it; --max-row-bytes "
      "refuses such rows sooner",
      bytes);
}

void check_soundness(const RecordReader& reader, const Record& record) {
  if (!record.defect().empty()) fail(reader, record, std::string(record.defect()));
  if (is_blank(record.raw())) fail(reader, record, "the row is blank");
  if (record.size() != reader.columns().size()) {
    fail(reader, record,
         fmt::format("the row has {} for {}", counted(record.size(), "cell"),
                     counted(reader.columns().size(), "column")));
  }
}

}  // namespace sp
