// The column that tells when a row was measured.
#pragma once

#include <string>

#include "sp-aggregate/used_column.h"
#include "sp/table/record_reader.h"
#include "sp/time/timestamp.h"

namespace sp {

class TimeColumn {
 public:
  // Date-times without an offset are in `zone`.
  TimeColumn(std::string name, TimeZone zone) : name_(std::move(name)), zone_(std::move(zone)) {}
  const std::string& name() const { return name_; }
  void bind(const RecordReader& reader) {
    reader_ = &reader;
    index_ = used_column(reader, name_);
  }
  // A date-time or a date (its midnight), in UTC. Throws Error(kDataErr) that names the cell.
  Timestamp read(const Record& record);

 private:
  [[noreturn]] void fail(const Record& record, const std::string& reason) const;

  std::string name_;
  TimeZone zone_;
  const RecordReader* reader_ = nullptr;
  std::size_t index_ = 0;
};

}  // namespace sp
