#include "sp-load/network/rejection_names.h"

#include <ctime>

#include "sp-load/copy/copy_encode.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

constexpr const char* kFile = "file";
constexpr const char* kDigest = "xxh128";
constexpr std::size_t kDay = 10;  // YYYY-MM-DD

}  // namespace

RejectionNames::RejectionNames(const Columns& columns, const std::vector<RowFacts>& facts)
    : targets_(columns.names()),
      ts_(columns.find("ts")),
      xxh128_(columns.find(kDigest)),
      facts_(facts) {
  for (std::string& target : targets_) {
    if (target == kFile || target == kDigest) target.clear();
  }
}

bool RejectionNames::read(const Record& record, const RecordReader& /*reader*/) {
  row_day_ = ts_ ? record[*ts_].substr(0, kDay) : std::string_view();
  digest_ = xxh128_ ? "\\x" + std::string(record[*xxh128_]) : "";
  return true;
}

// The day of the row; where its time is not known, of the file's first reading, or today.
void RejectionNames::fill(std::size_t file) {
  day_ = row_day_;
  if (!day_.empty()) return;
  char text[kMaxTimestampText];
  const auto& first = facts_[file].times.first;
  day_ = first ? std::string(text, print_micros(*first, text)).substr(0, kDay)
               : std::string(text, format_date(std::time(nullptr) / 86400, text));
}

}  // namespace sp::load
