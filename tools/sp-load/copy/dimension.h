// A dimension of the star schema: what the rows say about a key again and again is kept once.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-load/copy/row_encoder.h"
#include "sp-load/db/connection.h"
#include "sp-load/db/table.h"
#include "sp/base/diagnostic.h"
#include "sp/base/key_hash.h"

namespace sp::load {

// Collects the distinct keys of the rows with the attributes that came with them first. Memory
// grows with the number of keys.
class Dimension {
 public:
  // `spec`, `table` and `reader` must outlive it. Throws Error(kDataErr) for missing columns.
  Dimension(const DimensionSpec& spec, const Table& table, const RecordReader& reader,
            BadText bad_text);
  // Throws Error(kDataErr) for a value that its column cannot hold. A row without a key is passed
  // over.
  void add(const Record& record);
  // Inserts the keys that the table lacks, sorted, so that two loaders never wait for each other in
  // a circle. Warns of keys whose rows do not agree, with each other or with the table.
  void insert(Connection& connection, const Log& log) const;

  static constexpr std::size_t kMaxKeys = 1'000'000;

 private:
  std::size_t index_of(std::string_view key, const Record& record);
  std::size_t add_key(std::string_view key, const Record& record);
  std::string insert_statement(const Connection& connection) const;
  const DimensionSpec& spec_;
  const Table& table_;
  const RecordReader& reader_;
  CopyPlan plan_;  // the key first
  RowEncoder encoder_;
  CopyBuffer scratch_;
  KeyMap<std::size_t> index_;
  std::vector<std::vector<std::string>> columns_;  // values by plan_'s columns, then by key
  // Where a key was found last, by a hash that costs nearly nothing: few keys come again and again.
  std::array<std::uint32_t, 1024> recent_{};
  std::uint64_t disagreeing_rows_ = 0;
  Location first_disagreement_;
};

}  // namespace sp::load
