#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "sp-aggregate/collector.h"
#include "sp-aggregate/group_key.h"
#include "sp-aggregate/state_columns.h"
#include "sp-aggregate/used_column.h"
#include "sp-aggregate/window.h"
#include "sp/base/excerpt.h"
#include "sp/base/key_table.h"
#include "sp/number/number.h"

namespace sp {
namespace {

constexpr std::string_view kNotKeys[] = {state::kQuantity, state::kUnit,      state::kN,
                                         state::kMean,     state::kM2,        state::kMin,
                                         state::kMax,      state::kCircle,    state::kSumSin,
                                         state::kSumCos,   state::kFirstSeen, state::kLastSeen};

constexpr std::uint64_t kMaxCount = std::numeric_limits<std::int64_t>::max();
constexpr double kMeanSlack = 1e-9;

bool is_key(const std::string& name) {
  return std::find(std::begin(kNotKeys), std::end(kNotKeys), name) == std::end(kNotKeys);
}

bool is_window(const std::string& name) {
  return name == state::kWindowStart || name == state::kWindow;
}

// Window columns are keys like others, unless --every asks for longer windows than the states have.
class StateCollector final : public Collector {
 public:
  explicit StateCollector(const AggregateOptions& options) : options_(options) {
    if (!options.every.empty()) windows_.emplace(options.every, options.zone);
    summary_.windowed = windows_.has_value();
    for (const std::string& name : options.values) quantities_.find_or_add(name);
  }

  void bind(const RecordReader& reader) override;
  bool add(const Record& record) override;

  void finish() override {
    for (std::uint32_t slot = 0; slot < pairs_.size(); ++slot) {
      GroupKeyReader pair(pairs_.key(slot));
      const auto group = static_cast<std::uint32_t>(pair.number());
      summary_.entries.push_back({group, static_cast<std::uint32_t>(pair.number()), slot});
    }
    for (std::uint32_t i = 0; i < quantities_.size(); ++i) {
      summary_.quantities.push_back({std::string(quantities_.key(i)), ""});
    }
  }

 private:
  struct StateIndexes {
    std::size_t quantity, n, mean, m2, min, max;
    std::optional<std::size_t> unit, circle, sum_sin, sum_cos, first_seen, last_seen, window_start,
        window;
  };

  void take_shape(const RecordReader& reader);
  void check_same_columns(const RecordReader& reader) const;
  bool is_header(const Record& record) const;
  std::uint32_t group_of(const Record& record);
  std::int64_t longer_window(const Record& record);
  Moments moments_of(const Record& record) const;
  Seen seen_of(const Record& record) const;
  void merge(std::uint32_t slot, const Moments& moments, const Record& record);
  void merge_directions(std::uint32_t slot, std::uint64_t n, const Record& record);
  Extras directions_of(const Record& record, std::uint64_t n) const;
  void check_unit(std::uint32_t slot, const Record& record);

  double number(const Record& record, std::size_t column) const;
  Timestamp timestamp(const Record& record, std::size_t column) const;
  [[noreturn]] void fail(const Record& record, std::size_t column,
                         const std::string& reason) const {
    throw Error(ExitCode::kDataErr,
                excerpt(record[column]) + " " + reason +
                    "; --merge reads what sp-aggregate --partial wrote",
                reader_->locate(record, reader_->columns()[column]));
  }

  const AggregateOptions& options_;
  std::optional<Windows> windows_;
  const RecordReader* reader_ = nullptr;
  bool has_shape_ = false;
  std::string first_file_;
  Columns columns_;  // of the first file
  std::vector<std::size_t> by_;
  StateIndexes at_{};
  GroupKey key_;
  KeyTable quantities_;
  KeyTable pairs_;  // of a group and a quantity: the slots
  std::optional<Windows> state_windows_;
};

void StateCollector::bind(const RecordReader& reader) {
  reader_ = &reader;
  if (has_shape_) {
    check_same_columns(reader);
  } else {
    take_shape(reader);
  }
  const auto require = [&](std::string_view name) { return used_column(reader, name); };
  const auto require_if = [&](bool needed, std::string_view name) {
    return needed ? std::optional(require(name)) : std::nullopt;
  };
  by_.clear();
  for (const std::string& name : summary_.by) by_.push_back(require(name));
  at_ = {require(state::kQuantity),
         require(state::kN),
         require(state::kMean),
         require(state::kM2),
         require(state::kMin),
         require(state::kMax),
         require_if(summary_.has_unit, state::kUnit),
         require_if(summary_.has_directions, state::kCircle),
         require_if(summary_.has_directions, state::kSumSin),
         require_if(summary_.has_directions, state::kSumCos),
         require_if(summary_.has_seen, state::kFirstSeen),
         require_if(summary_.has_seen, state::kLastSeen),
         require_if(summary_.windowed, state::kWindowStart),
         require_if(summary_.windowed, state::kWindow)};
}

// A unit or a key that only some states have would be lost, or not, by the order of the files.
void StateCollector::check_same_columns(const RecordReader& reader) const {
  const Columns& columns = reader.columns();
  const auto refuse = [&](const std::string& what) {
    throw Error(ExitCode::kDataErr, what + "; --merge reads states of the same columns",
                {reader.name(), 0, 0, ""});
  };
  for (const std::string& name : columns_.names()) {
    if (!columns.find(name)) refuse("lacks the column " + excerpt(name) + " of " + first_file_);
  }
  for (const std::string& name : columns.names()) {
    if (!columns_.find(name))
      refuse("has a column " + excerpt(name) + ", which " + first_file_ + " lacks");
  }
}

void StateCollector::take_shape(const RecordReader& reader) {
  const Columns& columns = reader.columns();
  has_shape_ = true;
  first_file_ = reader.name();
  columns_ = columns;
  summary_.by = options_.by;
  if (options_.by.empty() && !options_.is_total) {
    for (const std::string& name : columns.names()) {
      if (is_key(name) && !(windows_ && is_window(name))) summary_.by.push_back(name);
    }
  }
  summary_.has_unit = columns.find(state::kUnit).has_value();
  summary_.has_directions = columns.find(state::kCircle).has_value();
  summary_.has_extras = summary_.has_directions;
  summary_.has_seen = columns.find(state::kFirstSeen).has_value();
}

bool StateCollector::add(const Record& record) {
  if (is_header(record)) return false;
  const Moments moments = moments_of(record);
  if (moments.n() == 0) return true;
  const std::string_view quantity = record[at_.quantity];
  if (!options_.values.empty() && std::find(options_.values.begin(), options_.values.end(),
                                            quantity) == options_.values.end()) {
    return true;
  }
  const std::uint32_t group = group_of(record);
  key_.clear();
  key_.add_number(group);
  key_.add_number(quantities_.find_or_add(quantity));
  merge(pairs_.find_or_add(key_.bytes()), moments, record);
  return true;
}

// `cat` leaves the headers of all parts in the stream.
bool StateCollector::is_header(const Record& record) const {
  const Columns& columns = reader_->columns();
  if (record[at_.n] != state::kN) return false;
  for (std::size_t i = 0; i < record.size(); ++i) {
    if (record[i] != columns[i]) return false;
  }
  return true;
}

std::uint32_t StateCollector::group_of(const Record& record) {
  key_.clear();
  for (const std::size_t column : by_) key_.add_text(record[column]);
  if (windows_) key_.add_number(longer_window(record));
  const std::uint32_t group = summary_.groups.find_or_add(key_.bytes());
  if (group * by_.size() == summary_.kinds.size()) {
    for (const std::size_t column : by_) summary_.kinds.push_back(record.kind(column));
  }
  return group;
}

// The start of the window of --every in which the state's own window lies as a whole.
std::int64_t StateCollector::longer_window(const Record& record) {
  const std::string_view text = record[*at_.window];
  if (!state_windows_ || state_windows_->text() != text) {
    try {
      state_windows_ = Windows::parse(text);
    } catch (const Error&) {
      fail(record, *at_.window, "is not a window");
    }
  }
  const std::int64_t start = timestamp(record, *at_.window_start).seconds;
  const Window own = state_windows_->at(start);
  const Window longer = windows_->at(start);
  if (longer.start < kFirstSecond) fail(record, *at_.window_start, "is too early");
  if (own.start != start) fail(record, *at_.window_start, "is not where such a window begins");
  if (!longer.contains(own.end - 1)) {
    fail(record, *at_.window, "does not fit into windows of " + windows_->text());
  }
  return longer.start;
}

void StateCollector::merge(std::uint32_t slot, const Moments& moments, const Record& record) {
  if (slot == summary_.moments.size()) {
    summary_.moments.grow(1);
    if (summary_.has_seen) summary_.seen.emplace_back();
    if (summary_.has_directions) {
      summary_.extras.emplace_back().circle = directions_of(record, moments.n()).circle;
    }
    if (summary_.has_unit) {
      summary_.units.push_back(summary_.unit_names.find_or_add(record[*at_.unit]));
    }
  }
  if (summary_.has_unit) check_unit(slot, record);
  if (summary_.has_directions) merge_directions(slot, moments.n(), record);
  if (summary_.has_seen) summary_.seen[slot].merge(seen_of(record));
  Moments& all = summary_.moments[slot];
  if (all.n() > kMaxCount - moments.n()) {
    fail(record, at_.n, "makes more values than can be counted, with the states before");
  }
  all.merge(moments);
}

void StateCollector::merge_directions(std::uint32_t slot, std::uint64_t n, const Record& record) {
  const Extras directions = directions_of(record, n);
  Extras& all = summary_.extras[slot];
  if (directions.circle != all.circle) {
    fail(record, *at_.circle, "is not the circle of the states before");
  }
  all.merge_directions(directions);
}

Extras StateCollector::directions_of(const Record& record, std::uint64_t n) const {
  Extras out;
  if (record[*at_.circle].empty()) return out;
  out.circle = number(record, *at_.circle);
  out.sum_sin = number(record, *at_.sum_sin);
  out.sum_cos = number(record, *at_.sum_cos);
  if (!(out.circle > 0)) fail(record, *at_.circle, "is not above 0");
  if (!(std::hypot(out.sum_sin, out.sum_cos) <= static_cast<double>(n) * (1 + kMeanSlack))) {
    fail(record, *at_.sum_sin, "is, with sum_cos, more than as many directions make");
  }
  return out;
}

void StateCollector::check_unit(std::uint32_t slot, const Record& record) {
  const std::string_view unit = summary_.unit_names.key(summary_.units[slot]);
  if (unit == record[*at_.unit]) return;
  fail(record, *at_.unit, "is not the unit of the states before, which is " + excerpt(unit));
}

Moments StateCollector::moments_of(const Record& record) const {
  std::int64_t n = 0;
  if (!parse_int64(record[at_.n], n) || n < 0) fail(record, at_.n, "is not a count");
  if (n == 0) return {};
  const double mean = number(record, at_.mean);
  const double m2 = number(record, at_.m2);
  const double min = number(record, at_.min);
  const double max = number(record, at_.max);
  if (m2 < 0) fail(record, at_.m2, "is negative");
  if (max < min) fail(record, at_.max, "is less than min");
  // Others than sp-aggregate may write states, and round the mean.
  const double slack = kMeanSlack * std::max(std::abs(min), std::abs(max));
  if (mean < min - slack || mean > max + slack)
    fail(record, at_.mean, "is not between min and max");
  if (n == 1 && m2 > 0) fail(record, at_.m2, "is not 0, as it is for one value");
  if (n == 1 && min < max) fail(record, at_.max, "is not min, as it is for one value");
  return {static_cast<std::uint64_t>(n), mean, m2, min, max};
}

Seen StateCollector::seen_of(const Record& record) const {
  const Seen seen{timestamp(record, *at_.first_seen), timestamp(record, *at_.last_seen)};
  if (seen.last < seen.first) fail(record, *at_.last_seen, "is before first_seen");
  return seen;
}

double StateCollector::number(const Record& record, std::size_t column) const {
  double value = 0;
  if (!parse_double(record[column], value)) fail(record, column, "is not a number");
  return value;
}

Timestamp StateCollector::timestamp(const Record& record, std::size_t column) const {
  ParsedTime parsed;
  if (!parse_datetime(record[column], parsed) || !parsed.has_offset) {
    fail(record, column, "is not a date-time with an offset");
  }
  return parsed.time;
}

}  // namespace

std::unique_ptr<Collector> make_state_collector(const AggregateOptions& options) {
  return std::make_unique<StateCollector>(options);
}

}  // namespace sp
