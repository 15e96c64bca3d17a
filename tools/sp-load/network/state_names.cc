#include "sp-load/network/state_names.h"

#include "sp-load/copy/copy_encode.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"

namespace sp::load {
namespace {

constexpr const char* kQuantity = "quantity";
constexpr const char* kWindow = "window";
constexpr const char* kStart = "window_start";
// What the table has no column for, as it is that of the quantity, or known from the readings.
constexpr const char* kLeftOut[] = {"unit", "circle", "first_seen", "last_seen"};

}  // namespace

StateNames::StateNames(Network& network, const Columns& columns, const std::string& file,
                       KeyMap<std::string> ids, bool partial, std::int64_t kept_since)
    : network_(network),
      plan_(plan_states(network.schema, columns, file)),
      targets_(columns.names()),
      quantity_(columns.require(kQuantity, file)),
      window_(columns.require(kWindow, file)),
      start_(columns.require(kStart, file)),
      partial_(partial),
      kept_since_(kept_since),
      ids_(std::move(ids)) {
  targets_[plan_.source].clear();
  targets_[quantity_].clear();
  targets_[window_].clear();
  for (const NetworkPlan::KeyField& field : plan_.key) targets_[field.column].clear();
  for (const char* const name : kLeftOut) {
    if (const auto column = columns.find(name)) targets_[*column].clear();
  }
}

bool StateNames::read(const Record& record, const RecordReader& reader) {
  key_.clear();
  for (const NetworkPlan::KeyField& field : plan_.key) {
    key_.add(record[field.column], field.is_integer);
  }
  sensor_ = network_.sensors.number_of({record[plan_.source], key_.text()});
  const auto id = ids_.find(record[quantity_]);
  if (id == ids_.end()) {
    throw Error(ExitCode::kDataErr,
                excerpt(record[quantity_]) + " is none of the readings' quantities",
                reader.locate(record, kQuantity));
  }
  quantity_id_ = id->second;
  const std::string hours = record[window_] == "1h" ? "1" : record[window_] == "1d" ? "24" : "";
  if (hours.empty() || (!window_hours_.empty() && hours != window_hours_)) {
    throw Error(ExitCode::kDataErr, "the metrics must be all of windows of 1h, or all of 1d",
                reader.locate(record, kWindow));
  }
  window_hours_ = hours;
  return !network_.sensors.id(sensor_).empty();
}

bool StateNames::skips(const Record& record) const {
  if (partial_ && !ids_.contains(record[quantity_])) return true;
  char encoded[kMaxFixed];
  return kept_since_ != kNoTime &&
         find_fixed_type(kTimestamptzOid)->encode(record[start_], encoded) &&
         decode_micros(encoded) < kept_since_;
}

void StateNames::find(Connection& connection, std::uint64_t /*rows*/) {
  network_.sensors.find(connection, network_.registrar, network_.places, network_.most_new_sensors);
}

void StateNames::fill(std::size_t /*file*/) { sensor_id_ = network_.sensors.id(sensor_); }

}  // namespace sp::load
