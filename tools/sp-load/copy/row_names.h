// Numbers of the database that stand for what rows call by names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sp-load/copy/row_encoder.h"
#include "sp-load/db/connection.h"
#include "sp/table/record_reader.h"

namespace sp::load {

// Of one input. A row goes through read() and fill(), in this order.
class RowNames {
 public:
  virtual ~RowNames() = default;
  // What each column of the input becomes in the table; "": none of its own.
  virtual const std::vector<std::string>& targets() const = 0;
  // The columns that fill() sets.
  virtual std::vector<FilledColumn> filled() const = 0;
  // The input is read from its first row on.
  virtual void begin() {}
  // Takes the row's names. False where the number of one is not known yet. Throws Error(kDataErr)
  // for a row without a name.
  virtual bool read(const Record& record, const RecordReader& reader) = 0;
  // Asks the database for the numbers of names that were read, and of those in the input's first
  // `rows`. No COPY may run on `connection`, where a transaction is open.
  virtual void find(Connection& connection, std::uint64_t rows) = 0;
  // The row that was read last is of that file. Its names are known.
  virtual void fill(std::size_t file) = 0;
  // The network of the row that was filled last; "": not known.
  virtual const std::string& source() const {
    static const std::string none;
    return none;
  }
  // What the row that was filled last names, for people: "sensor 7 of roof".
  virtual std::string shown() const { return ""; }
  // Whether the row is none of the load's.
  virtual bool skips(const Record& /*record*/) const { return false; }
  // What was read since begin() is what counts, whoever reads the input again.
  virtual void keep() {}
};

}  // namespace sp::load
