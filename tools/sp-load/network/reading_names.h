// The names in rows of readings: their sensors, and the places where these were.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sp-load/copy/input.h"
#include "sp-load/copy/row_names.h"
#include "sp-load/network/network_plan.h"
#include "sp-load/network/numbers.h"
#include "sp/base/key_table.h"
#include "sp/schema/natural_key.h"

namespace sp::load {

// What all inputs of a load share.
struct Network {
  const Schema& schema;
  Registrar& registrar;
  Sensors sensors;
  Places places;
  std::size_t most_new_sensors = 0;
};

class ReadingNames final : public RowNames {
 public:
  // All must outlive it. `columns` are the input's.
  ReadingNames(Network& network, NetworkPlan plan, const Columns& columns, Input& input);
  const std::vector<std::string>& targets() const override { return plan_.targets; }
  std::vector<FilledColumn> filled() const override {
    return {{"sensor_id", &sensor_id_}, {"location_id", &location_id_}};
  }
  void begin() override;
  bool read(const Record& record, const RecordReader& reader) override;
  void find(Connection& connection, std::uint64_t rows) override;
  void fill(std::size_t file) override;
  void keep() override { kept_ = stated_; }
  const std::string& source() const override { return subjects_[subject_].source; }
  std::string shown() const override { return network_.sensors.shown(subjects_[subject_].sensor); }
  // Where the row at hand was measured, also where that is its sensor's home.
  const std::string& place_id() const { return place_id_; }

  // The models that files name, by file and sensor, where the database has another. As keep()
  // found them.
  using Stated = std::map<std::pair<std::size_t, std::uint32_t>, std::string>;
  const Stated& stated_types() const { return kept_; }

 private:
  // Rows that say the same of their sensor.
  struct Subject {
    std::uint32_t sensor = 0;
    std::optional<std::uint32_t> place;
    std::string source, type;
    std::string fault;  // why it cannot be one, in this column
    std::size_t fault_column = 0;
    std::size_t file = SIZE_MAX;  // the last that it was met in
  };
  std::uint32_t subject_of(const Record& record);
  Subject make_subject(const Record& record);
  std::string_view cell(const Record& record, const std::optional<std::size_t>& column) const {
    return column ? record[*column] : std::string_view();
  }
  bool refuse(Subject& subject, std::size_t column, std::string fault) const;
  bool take_sensor(const Record& record, Subject& subject);
  bool take_place(const Record& record, Subject& subject);
  bool is_known(const Subject& subject) const;
  void look_ahead(std::uint64_t rows);

  Network& network_;
  const NetworkPlan plan_;
  const Columns columns_;
  std::vector<std::size_t> telling_;  // columns that tell something of the sensor
  Input& input_;
  KeyTable names_;  // the telling cells, as they came
  std::vector<Subject> subjects_;
  std::string name_;
  NaturalKey key_;
  std::string scratch_;
  Stated stated_, kept_;
  std::unique_ptr<RecordReader> ahead_;
  std::uint64_t rows_ahead_ = 0;
  bool is_all_seen_ = false;
  // Of the row at hand.
  std::uint32_t subject_ = 0;
  std::string sensor_id_, location_id_, place_id_;
};

}  // namespace sp::load
