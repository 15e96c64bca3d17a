#include "sp-load/network/reading_names.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "sp-load/copy/copy_encode.h"
#include "sp/base/diagnostic.h"
#include "sp/base/excerpt.h"
#include "sp/base/utf8.h"
#include "sp/number/number.h"

namespace sp::load {

ReadingNames::ReadingNames(Network& network, NetworkPlan plan, const Columns& columns, Input& input)
    : network_(network), plan_(std::move(plan)), columns_(columns), input_(input) {
  telling_.push_back(plan_.source);
  for (const NetworkPlan::KeyField& field : plan_.key) telling_.push_back(field.column);
  for (const auto& column :
       {plan_.type, plan_.location, plan_.latitude, plan_.longitude, plan_.altitude}) {
    if (column) telling_.push_back(*column);
  }
}

void ReadingNames::begin() {
  stated_.clear();
  for (Subject& subject : subjects_) subject.file = SIZE_MAX;
}

bool ReadingNames::refuse(Subject& subject, std::size_t column, std::string fault) const {
  subject.fault = std::move(fault);
  subject.fault_column = column;
  return false;
}

bool ReadingNames::take_sensor(const Record& record, Subject& subject) {
  const std::string_view source = record[plan_.source];
  if (source.empty()) return refuse(subject, plan_.source, "the reading's source is missing");
  if (find_bad_text(source) != std::string_view::npos) {
    return refuse(subject, plan_.source, "a source must be UTF-8 without zero bytes");
  }
  if (utf8_length(source) > kMaxKey) {
    return refuse(subject, plan_.source, "a source has at most 200 characters");
  }
  key_.clear();
  for (const NetworkPlan::KeyField& field : plan_.key) {
    const std::string_view text = record[field.column];
    if (text.empty()) return refuse(subject, field.column, "the sensor's key is missing");
    key_.add(text, field.is_integer);
  }
  const std::string fault = key_fault(key_.text());
  if (!fault.empty()) return refuse(subject, plan_.key.front().column, fault);
  subject.source = source;
  subject.sensor = network_.sensors.number_of({source, key_.text()});
  return true;
}

bool ReadingNames::take_place(const Record& record, Subject& subject) {
  const std::pair<std::optional<std::size_t>, double> limits[] = {
      {plan_.latitude, 90}, {plan_.longitude, 180}, {plan_.altitude, 1e6}};
  for (const auto& [column, limit] : limits) {
    double number = 0;
    const std::string_view text = cell(record, column);
    if (text.empty() || (parse_double(text, number) && std::fabs(number) <= limit)) continue;
    return refuse(subject, *column, excerpt(text) + " is not where a sensor can be");
  }
  std::string_view name = cell(record, plan_.location);
  if (plan_.is_location_integer) name = canonical_integer(name, scratch_);
  const std::string location = replace_bad_text(name);
  if (utf8_length(location) > kMaxKey) {
    return refuse(subject, *plan_.location, "a place's name has at most 200 characters");
  }
  std::string_view latitude = cell(record, plan_.latitude);
  std::string_view longitude = cell(record, plan_.longitude);
  // One without the other says nothing of where it is.
  if (latitude.empty() || longitude.empty()) latitude = longitude = {};
  if (location.empty() && latitude.empty()) return true;
  subject.place = network_.places.number_of(
      {record[plan_.source], location, latitude, longitude, cell(record, plan_.altitude)});
  return true;
}

ReadingNames::Subject ReadingNames::make_subject(const Record& record) {
  Subject subject;
  if (take_sensor(record, subject) && take_place(record, subject)) {
    subject.type = replace_bad_text(cell(record, plan_.type));
    network_.sensors.describe(subject.sensor, subject.type, subject.place);
  }
  return subject;
}

std::uint32_t ReadingNames::subject_of(const Record& record) {
  name_.clear();
  for (const std::size_t column : telling_) {
    const std::string_view text = record[column];
    const auto size = static_cast<std::uint32_t>(text.size());
    char bytes[sizeof size];
    std::memcpy(bytes, &size, sizeof size);
    name_.append(bytes, sizeof size).append(text);
  }
  const std::uint32_t number = names_.find_or_add(name_);
  if (number == subjects_.size()) subjects_.push_back(make_subject(record));
  return number;
}

bool ReadingNames::is_known(const Subject& subject) const {
  return !network_.sensors.id(subject.sensor).empty() &&
         (!subject.place || !network_.places.id(*subject.place).empty());
}

bool ReadingNames::read(const Record& record, const RecordReader& reader) {
  subject_ = subject_of(record);
  const Subject& subject = subjects_[subject_];
  if (!subject.fault.empty()) {
    throw Error(ExitCode::kDataErr, subject.fault,
                reader.locate(record, columns_[subject.fault_column]));
  }
  return is_known(subject);
}

// What is wrong with a row, its own turn tells.
void ReadingNames::look_ahead(std::uint64_t rows) {
  if (!ahead_) ahead_ = input_.open();
  Record record;
  try {
    while (rows_ahead_ < rows && !is_all_seen_) {
      is_all_seen_ = !ahead_->next(record);
      if (is_all_seen_) return;
      ++rows_ahead_;
      if (record.size() == columns_.size() && record.defect().empty()) subject_of(record);
    }
  } catch (const Error&) {
    is_all_seen_ = true;
  }
}

void ReadingNames::find(Connection& connection, std::uint64_t rows) {
  look_ahead(rows);
  network_.places.find(connection, network_.registrar);
  network_.sensors.find(connection, network_.registrar, network_.places, network_.most_new_sensors);
}

void ReadingNames::fill(std::size_t file) {
  Subject& subject = subjects_[subject_];
  if (subject.file != file) {
    subject.file = file;
    const bool is_news =
        !subject.type.empty() && subject.type != network_.sensors.type(subject.sensor);
    if (is_news) stated_.try_emplace({file, subject.sensor}, subject.type);
  }
  sensor_id_ = network_.sensors.id(subject.sensor);
  place_id_ = subject.place ? network_.places.id(*subject.place) : "";
  location_id_ = place_id_ == network_.sensors.home(subject.sensor) ? "" : place_id_;
}

}  // namespace sp::load
