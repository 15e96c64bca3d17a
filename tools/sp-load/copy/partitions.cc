#include "sp-load/copy/partitions.h"

#include <fmt/format.h>

#include "sp-load/copy/copy_encode.h"
#include "sp/time/timestamp.h"

namespace sp::load {
namespace {

constexpr std::int64_t kMicrosPerDay = 86'400'000'000;
constexpr std::int64_t kDaysTo2000 = 10957;

// Days since 2000-01-01, both.
std::int64_t first_of_month(std::int64_t day) {
  char text[kMaxTimestampText];
  const std::size_t length = format_date(day + kDaysTo2000, text);
  return day - ((text[length - 2] - '0') * 10 + (text[length - 1] - '0') - 1);
}

}  // namespace

Month month_of(std::int64_t micros) {
  std::int64_t day = micros / kMicrosPerDay;
  if (micros % kMicrosPerDay < 0) --day;
  const std::int64_t first = first_of_month(day);
  return {first * kMicrosPerDay, first_of_month(first + 31) * kMicrosPerDay};
}

bool Partitions::enter(std::int64_t micros) {
  current_ = month_of(micros);
  return seen_.insert(current_.begin).second;
}

void Partitions::require_room(const Location& where) const {
  if (seen_.size() <= limit_) return;
  throw Error(ExitCode::kDataErr,
              fmt::format("with this row the input has more than {} months; if "
                          "these times are right, "
                          "raise --max-partitions",
                          limit_),
              where);
}

std::string Partitions::current_text() const {
  char text[kMaxTimestampText];
  return {text, print_micros(current_.begin, text)};
}

std::string Partitions::open(const Location& where) {
  require_room(where);
  const Param params[] = {current_text()};
  const PhaseScope prepare(connection_, Phase::kPrepare);
  return connection_.run_for_text("SELECT sp.open_month($1::timestamptz)", params);
}

// Rows of one key show here.
void Partitions::close(const std::string& opened) {
  const Param params[] = {opened};
  const PhaseScope prepare(connection_, Phase::kPrepare);
  connection_.run("SELECT sp.attach_month($1)", params);
}

void Partitions::ensure(const Location& where) {
  require_room(where);
  const Param params[] = {current_text()};
  const PhaseScope prepare(connection_, Phase::kPrepare);
  connection_.run("SELECT sp.ensure_month($1::timestamptz)", params);
}

}  // namespace sp::load
