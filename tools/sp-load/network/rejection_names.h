// Lines of sp-validate --errors on their way to sp.rejection.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sp-load/copy/file_column.h"
#include "sp-load/copy/row_names.h"
#include "sp-load/copy/row_numbers.h"
#include "sp/table/columns.h"

namespace sp::load {

class RejectionNames final : public RowNames {
 public:
  // `facts` are those of the readings, by the files' numbers.
  RejectionNames(const Columns& columns, const std::vector<RowFacts>& facts);
  const std::vector<std::string>& targets() const override { return targets_; }
  std::vector<FilledColumn> filled() const override {
    return {{"day", &day_}, {"digest", &digest_}};
  }
  bool read(const Record& record, const RecordReader& reader) override;
  void find(Connection& /*connection*/, std::uint64_t /*rows*/) override {}
  void fill(std::size_t file) override;

 private:
  std::vector<std::string> targets_;
  std::optional<std::size_t> ts_, xxh128_;
  const std::vector<RowFacts>& facts_;
  std::string row_day_, day_, digest_;
};

}  // namespace sp::load
