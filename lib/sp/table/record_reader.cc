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

void check_soundness(const RecordReader& reader, const Record& record) {
  if (!record.defect().empty()) fail(reader, record, std::string(record.defect()));
  if (is_blank(record.raw())) fail(reader, record, "the row is blank");
  if (record.size() != reader.columns().size()) {
    fail(reader, record,
         fmt::format("the row has {} cells and the header has {}", record.size(),
                     reader.columns().size()));
  }
}

}  // namespace sp
