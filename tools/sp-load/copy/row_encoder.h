// Rows of an input to rows of COPY, by a plan made once from the input's and the table's columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-load/copy/copy_buffer.h"
#include "sp-load/copy/copy_encode.h"
#include "sp-load/db/table.h"
#include "sp/table/record_reader.h"

namespace sp::load {

enum class CopyFormat { kBinary, kText };
enum class BadText { kError, kReplace };

// One column of the COPY.
struct CopyColumn {
  const TableColumn* column = nullptr;  // of the Table, which must outlive the plan
  std::size_t source = 0;               // column of the input, where `filled` is null
  const FixedType* fixed = nullptr;     // null: sent as text
  const std::string* filled = nullptr;  // the row's value, which does not come from the input
  std::string_view value_of(const Record& record) const {
    return filled != nullptr ? std::string_view(*filled) : record[source];
  }
};

// A column of the table that the input need not have, and where the value of the row at hand
// stands: it must outlive the plan.
struct FilledColumn {
  std::string name;
  const std::string* value;
};

struct CopyPlan {
  std::vector<CopyColumn> columns;
  CopyFormat format = CopyFormat::kBinary;
  std::optional<std::size_t> time;  // in `columns`: the time by which partitions and the ledger go
};

// Matches columns by name. `targets` are the names of the table's columns that the input's go to,
// as many; "": it goes elsewhere. Those of `filled` that the table has and no column goes to are
// filled.
// Throws Error(kDataErr) for a column that the table lacks or cannot take, a name that repeats, and
// a column that must not be null and is not in the input.
CopyPlan make_copy_plan(const Columns& input, const std::string& file, const Table& table,
                        const std::vector<std::string>& targets,
                        const std::vector<FilledColumn>& filled);

// The same for some columns only, named `columns`, all of which must be in the input.
CopyPlan make_partial_plan(const Columns& input, const std::string& file, const Table& table,
                           const std::vector<std::string>& columns);

// Appends rows to a buffer. An empty cell is NULL, unless it is a string in quotes ("" in CSV and
// NDJSON) and the column is of a type of strings.
class RowEncoder {
 public:
  // `plan` and `reader` must outlive the encoder.
  RowEncoder(const CopyPlan& plan, const RecordReader& reader, BadText bad_text);
  // Throws Error(kDataErr) with row, line and field where a value does not fit its column.
  void encode(const Record& record, CopyBuffer& out) {
    plan_.format == CopyFormat::kBinary ? encode_binary(record, out) : encode_text(record, out);
  }
  // Of the row encoded last, the plan's time; kNoTime where that is NULL or there is none.
  std::int64_t time() const { return time_; }

 private:
  void encode_binary(const Record& record, CopyBuffer& out);
  void encode_text(const Record& record, CopyBuffer& out);
  bool is_null(const CopyColumn& column, const Record& record, std::string_view value) const;
  std::string_view checked_text(const CopyColumn& column, const Record& record,
                                std::string_view value);
  void note_time(const CopyColumn* column, const char* encoded);
  [[noreturn]] void fail(const CopyColumn& column, const Record& record,
                         std::string_view value) const;
  const CopyPlan& plan_;
  const RecordReader& reader_;
  BadText bad_text_;
  const CopyColumn* time_column_ = nullptr;
  std::size_t fixed_room_;  // bytes that a binary row needs for all but its texts
  std::int64_t time_ = kNoTime;
  std::string mended_;
};

}  // namespace sp::load
