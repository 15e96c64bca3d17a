#include "sp-aggregate/result_writer.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <optional>

#include "sp-aggregate/group_key.h"
#include "sp-aggregate/state_columns.h"
#include "sp-aggregate/window.h"
#include "sp/base/excerpt.h"
#include "sp/number/number.h"
#include "sp/table/formats.h"

namespace sp {
namespace {

class ResultWriter {
 public:
  ResultWriter(const Summary& summary, const AggregateOptions& options, RecordWriter& writer)
      : summary_(summary), options_(options), writer_(writer) {
    for (const std::string& name : options.stats) statistics_.push_back(find_statistic(name));
    if (!options.every.empty()) windows_.emplace(options.every, options.zone);
    const Columns columns = header();
    texts_.resize(columns.size());
    writer_.header(columns);
  }

  void write(const Entry& entry) {
    cells_.clear();
    add_key(entry.group);
    add_text(summary_.quantities[entry.quantity].name);
    if (summary_.has_unit) add_text(summary_.unit_of(entry));
    if (options_.partial) {
      add_state(entry);
    } else {
      add_statistics(entry);
    }
    writer_.write(cells_);
  }

 private:
  Columns header() const;
  void add_key(std::uint32_t group);
  void add_state(const Entry& entry);
  void add_directions(const Extras& extras);
  void add_statistics(const Entry& entry);

  void add_text(std::string_view text) { cells_.push_back({text, CellKind::kString, false}); }
  char* room() { return texts_[cells_.size()].data(); }
  void add_room(std::size_t size, CellKind kind) {
    cells_.push_back({{room(), size}, kind, false});
  }
  void add_number(double value) { add_room(format_shortest(value, room()), CellKind::kNumber); }
  // Finite numbers can have a sum, or squares, that no double holds.
  void add_finite(double value, std::string_view what, const Entry& entry) {
    if (!std::isfinite(value)) fail(what, entry);
    add_number(value);
  }
  [[noreturn]] void fail(std::string_view what, const Entry& entry) const;
  void add_count(std::uint64_t n) {
    add_room(format_int(static_cast<std::int64_t>(n), room()), CellKind::kNumber);
  }
  void add_time(const Timestamp& time);
  void add_window_start(std::int64_t seconds);

  const Summary& summary_;
  const AggregateOptions& options_;
  RecordWriter& writer_;
  std::optional<Windows> windows_;
  std::vector<const Statistic*> statistics_;
  std::vector<Cell> cells_;
  std::vector<std::array<char, kMaxNumberText>> texts_;  // of the cells that are not kept elsewhere
};

Columns ResultWriter::header() const {
  Columns columns;
  const auto add = [&](std::string_view name) {
    if (columns.find(name)) {
      throw Error(ExitCode::kUsage,
                  "the output would have two columns '" + std::string(name) +
                      "'; rename the column of --by with sp-transform --rename first");
    }
    columns.push_back(std::string(name));
  };
  for (const std::string& name : summary_.by) add(name);
  if (summary_.windowed) {
    add(state::kWindowStart);
    add(state::kWindow);
  }
  add(state::kQuantity);
  if (summary_.has_unit) add(state::kUnit);
  if (!options_.partial) {
    for (const Statistic* statistic : statistics_) add(statistic->name);
    return columns;
  }
  for (const auto name : {state::kN, state::kMean, state::kM2, state::kMin, state::kMax}) add(name);
  if (summary_.has_directions) {
    for (const auto name : {state::kCircle, state::kSumSin, state::kSumCos}) add(name);
  }
  if (summary_.has_seen) {
    add(state::kFirstSeen);
    add(state::kLastSeen);
  }
  return columns;
}

void ResultWriter::add_key(std::uint32_t group) {
  GroupKeyReader key(summary_.groups.key(group));
  for (std::size_t i = 0; i < summary_.by.size(); ++i) {
    cells_.push_back({key.text(), summary_.kinds[group * summary_.by.size() + i], false});
  }
  if (!summary_.windowed) return;
  add_window_start(key.number());
  add_text(windows_->text());
}

void ResultWriter::add_state(const Entry& entry) {
  const Moments& moments = summary_.moments[entry.slot];
  add_count(moments.n());
  add_finite(moments.mean(), state::kMean, entry);
  add_finite(moments.m2(), state::kM2, entry);
  add_number(moments.min());
  add_number(moments.max());
  if (summary_.has_directions) add_directions(summary_.extras[entry.slot]);
  if (!summary_.has_seen) return;
  add_time(summary_.seen[entry.slot].first);
  add_time(summary_.seen[entry.slot].last);
}

void ResultWriter::add_directions(const Extras& extras) {
  for (const double value : {extras.circle, extras.sum_sin, extras.sum_cos}) {
    if (extras.circle > 0) {
      add_number(value);
    } else {
      cells_.push_back({"", CellKind::kNull, false});
    }
  }
}

void ResultWriter::add_statistics(const Entry& entry) {
  static const Extras kNone;
  const Moments& moments = summary_.moments[entry.slot];
  const Extras& extras = summary_.has_extras ? summary_.extras[entry.slot] : kNone;
  for (const Statistic* statistic : statistics_) {
    const auto value = statistic->result(moments, extras);
    if (!value) {
      cells_.push_back({"", CellKind::kNull, false});
    } else if (statistic->is_count) {
      add_count(moments.n());
    } else {
      add_finite(*value, statistic->name, entry);
    }
  }
}

void ResultWriter::fail(std::string_view what, const Entry& entry) const {
  std::string group;
  GroupKeyReader key(summary_.groups.key(entry.group));
  for (const std::string& name : summary_.by) {
    group += (group.empty() ? " of " : ", ") + name + " " + excerpt(key.text());
  }
  if (summary_.windowed) {
    std::array<char, kMaxTimestampText> start{};
    const std::size_t size = format_utc(key.number(), "", start.data());
    group += " in the window from " + std::string(start.data(), size);
  }
  throw Error(ExitCode::kDataErr,
              "the " + std::string(what) + group +
                  " cannot be told: its numbers are too large to be added or squared as doubles; "
                  "leave it out with --stats, or let sp-validate reject such values with --range",
              {"", 0, 0, summary_.quantities[entry.quantity].name});
}

void ResultWriter::add_time(const Timestamp& time) {
  char digits[] = "000000000";
  std::int32_t rest = time.nanos;
  for (std::size_t i = 9; i-- > 0; rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
  std::string_view fraction(digits, 9);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  add_room(format_utc(time.seconds, fraction, room()), CellKind::kString);
}

// As the clocks of the windows' zone show it; in UTC where RFC 3339 cannot write their offset, or
// the year.
void ResultWriter::add_window_start(std::int64_t seconds) {
  const std::int64_t offset = windows_->offset_at(seconds);
  if (offset == 0 || offset % 60 != 0 || seconds + offset < kFirstSecond ||
      seconds + offset > kLastSecond) {
    return add_time({seconds, 0});
  }
  char* const begin = room();
  char* const end = begin + format_utc(seconds + offset, "", begin) - 1;  // without the Z
  const std::int64_t minutes = std::abs(offset) / 60;
  const char* const whole =
      fmt::format_to(end, "{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60);
  add_room(static_cast<std::size_t>(whole - begin), CellKind::kString);
}

}  // namespace

void write_results(const Summary& summary, const AggregateOptions& options,
                   const WriteOptions& format, ByteSink& sink) {
  const auto writer = make_writer(sink, format);
  ResultWriter results(summary, options, *writer);
  for (const Entry& entry : summary.entries) results.write(entry);
}

}  // namespace sp
