// The names in states that sp-aggregate --partial wrote: their sensors and quantities.
#pragma once

#include <string>
#include <vector>

#include "sp-load/copy/row_names.h"
#include "sp-load/network/reading_names.h"
#include "sp/base/key_hash.h"
#include "sp/schema/natural_key.h"

namespace sp::load {

class StateNames final : public RowNames {
 public:
  // `network` must outlive it. `ids` are those of the quantities. Windows that begin before
  // `kept_since` (microseconds since 2000, or kNoTime) are of readings that are expired. States of
  // other quantities are an error, or passed over where `ids` are `partial`: in a dry run.
  StateNames(Network& network, const Columns& columns, const std::string& file,
             KeyMap<std::string> ids, bool partial, std::int64_t kept_since);
  const std::vector<std::string>& targets() const override { return targets_; }
  std::vector<FilledColumn> filled() const override {
    return {{"sensor_id", &sensor_id_},
            {"quantity_id", &quantity_id_},
            {"window_hours", &window_hours_}};
  }
  bool read(const Record& record, const RecordReader& reader) override;
  void find(Connection& connection, std::uint64_t rows) override;
  void fill(std::size_t file) override;
  bool skips(const Record& record) const override;

 private:
  Network& network_;
  NetworkPlan plan_;
  std::vector<std::string> targets_;
  std::size_t quantity_, window_, start_;
  bool partial_;
  std::int64_t kept_since_;
  KeyMap<std::string> ids_;
  NaturalKey key_;
  std::uint32_t sensor_ = 0;
  std::string sensor_id_, quantity_id_, window_hours_;
};

}  // namespace sp::load
