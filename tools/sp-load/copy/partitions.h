// The months that rows fall into, and the partitions that hold them.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_set>

#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"
#include "sp/base/diagnostic.h"

namespace sp::load {

// A month in UTC as a half-open interval of microseconds since 2000-01-01.
struct Month {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  bool contains(std::int64_t micros) const { return micros >= begin && micros < end; }
};
Month month_of(std::int64_t micros);

// Sees to each month once.
class Partitions {
 public:
  // More than `limit` months are refused: a column of wild times must not fill the catalog.
  Partitions(Connection& connection, const Table& table, std::size_t limit)
      : connection_(connection), table_(table), limit_(limit) {}
  // True where `micros` is in the month of the call before.
  bool is_current(std::int64_t micros) const { return current_.contains(micros); }
  // Makes that month the current one; true where it was not seen before: then ensure() must follow,
  // outside of a COPY, before the row is sent.
  bool enter(std::int64_t micros);
  // Makes the current month's partition. Throws Error(kDataErr) above the limit; `where` is the
  // row.
  void ensure(const Location& where);
  // Where the month has none yet, a table for its rows that becomes it by close(): it gets its key
  // when all are there, which is half the work. "" where it has one.
  std::string open(const Location& where);
  void close(const std::string& opened);
  void require_room(const Location& where) const;

 private:
  std::string current_text() const;
  Connection& connection_;
  const Table& table_;
  std::size_t limit_;
  Month current_;
  std::unordered_set<std::int64_t> seen_;  // begins of months
};

}  // namespace sp::load
