#include <algorithm>
#include <array>
#include <optional>

#include "sp-aggregate/collector.h"
#include "sp-aggregate/group_key.h"
#include "sp-aggregate/plan.h"
#include "sp-aggregate/used_column.h"
#include "sp-aggregate/window.h"
#include "sp/base/excerpt.h"
#include "sp/number/four_numbers.h"
#include "sp/number/number.h"
#include "sp/number/special_number.h"

namespace sp {
namespace {

// The states of a group's quantities lie side by side, in the order of --values.
class RowCollector final : public Collector {
 public:
  RowCollector(const AggregateOptions& options, const Schema* schema)
      : options_(options), schema_(schema) {
    if (!options.every.empty()) windows_.emplace(options.every, options.zone);
    summary_.by = options.by;
    summary_.windowed = windows_.has_value();
    summary_.has_seen = summary_.windowed && options.partial;
    summary_.has_unit = schema != nullptr;
    summary_.has_extras =
        !options.partial &&
        std::any_of(options.stats.begin(), options.stats.end(),
                    [](const std::string& name) { return find_statistic(name)->needs_extras; });
    keeps_more_ = summary_.has_extras || summary_.has_seen;
  }

  void bind(const RecordReader& reader) override {
    reader_ = &reader;
    if (!plan_) take_shape(reader);
    by_.clear();
    values_.clear();
    lacks_columns_ = false;
    for (const KeyColumn& key : plan_->by) {
      by_.push_back({used_column(reader, key.name), key.is_integer});
    }
    for (const ValueColumn& value : plan_->values) {
      const bool is_absent = value.may_lack && !reader.columns().find(value.name);
      lacks_columns_ = lacks_columns_ || is_absent;
      values_.push_back({is_absent ? kAbsent : used_column(reader, value.name), &value.missing});
    }
    if (plan_->time) plan_->time->bind(reader);
  }

  bool add(const Record& record) override {
    key_.clear();
    for (const BoundKey& key : by_) {
      const std::string_view cell = record[key.index];
      key_.add_text(key.is_integer ? canonical_integer(cell, canonical_) : cell);
    }
    Timestamp time;
    if (windows_) {
      time = plan_->time->read(record);
      if (!window_.contains(time.seconds)) window_ = window_at(time.seconds, record);
      key_.add_number(window_.start);
    }
    const std::size_t first_slot = summary_.groups.find_or_add(key_.bytes()) * values_.size();
    if (first_slot == summary_.moments.size()) add_group(record);
    const std::size_t count = values_.size();
    for (std::size_t first = 0; first < count; first += kFour) {
      add_four(record, time, first, std::min(kFour, count - first), first_slot + first);
    }
    return true;
  }

  void finish() override {
    for (std::size_t slot = 0; slot < summary_.moments.size(); ++slot) {
      if (!waiting_[slot].empty()) waiting_[slot].flush(summary_.moments[slot]);
      if (summary_.moments[slot].n() == 0) continue;
      const std::size_t quantities = summary_.quantities.size();
      summary_.entries.push_back({static_cast<std::uint32_t>(slot / quantities),
                                  static_cast<std::uint32_t>(slot % quantities), slot});
    }
  }

 private:
  struct BoundKey {
    std::size_t index;
    bool is_integer;
  };
  static constexpr std::size_t kAbsent = SIZE_MAX;  // as an empty cell
  struct BoundValue {
    std::size_t index;
    const MissingValues* missing;
  };

  void take_shape(const RecordReader& reader) {
    plan_.emplace(make_plan(options_, schema_, reader.columns(), reader.name()));
    summary_.by.clear();
    for (const KeyColumn& key : plan_->by) summary_.by.push_back(key.name);
    for (const ValueColumn& value : plan_->values) {
      summary_.quantities.push_back({value.name, value.unit});
      if (value.circle > 0) summary_.has_directions = true;
    }
    if (summary_.has_directions) summary_.has_extras = keeps_more_ = true;
  }

  // Of the values from number `first` on, whose states begin at `slot`.
  void add_four(const Record& record, const Timestamp& time, std::size_t first, std::size_t count,
                std::size_t first_slot) {
    const BoundValue* const bound = values_.data() + first;
    std::array<std::string_view, kFour> texts;
    if (lacks_columns_) {
      for (std::size_t i = 0; i < count; ++i) {
        if (bound[i].index != kAbsent) texts[i] = record[bound[i].index];
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) texts[i] = record[bound[i].index];
    }
    double numbers[kFour];
    const unsigned read = parse_four_(texts, numbers);
    WaitingValues* const waiting = waiting_.data() + first_slot;
    Moments* const moments = summary_.moments.data() + first_slot;
    const bool keeps_more = keeps_more_;
    for (std::size_t i = 0; i < count; ++i) {
      if (bound[i].missing->contains(texts[i], CellKind::kText)) continue;
      if ((read >> i & 1) == 0 && !read_any(record, first + i, numbers[i])) continue;
      if (keeps_more) note_more(first_slot + i, numbers[i], time);
      waiting[i].add(numbers[i], moments[i]);
    }
  }

  // Of a number that is not short; false where it is none to be counted.
  [[gnu::noinline]] bool read_any(const Record& record, std::size_t i, double& value) const {
    const std::string_view text = record[values_[i].index];
    if (parse_double(text, value)) return true;
    if (parse_special_number(text, value)) return false;  // there is no sum with NaN or infinity
    fail(record, i);
  }

  [[gnu::noinline]] void add_group(const Record& record) {
    const std::size_t slots = summary_.moments.size() + values_.size();
    summary_.moments.resize(slots);
    waiting_.resize(slots);
    if (summary_.has_extras) {
      for (const ValueColumn& value : plan_->values) {
        summary_.extras.emplace_back().circle = value.circle;
      }
    }
    if (summary_.has_seen) summary_.seen.resize(slots);
    for (const BoundKey& key : by_) summary_.kinds.push_back(record.kind(key.index));
  }

  // Before the value is added.
  [[gnu::noinline]] void note_more(std::size_t slot, double value, const Timestamp& time) {
    if (summary_.has_extras) {
      const bool is_first = waiting_[slot].empty() && summary_.moments[slot].n() == 0;
      summary_.extras[slot].add(value, is_first);
    }
    if (summary_.has_seen) summary_.seen[slot].add(time);
  }

  Window window_at(std::int64_t seconds, const Record& record) const {
    const Window window = windows_->at(seconds);
    if (window.start >= kFirstSecond) return window;
    throw Error(ExitCode::kDataErr, "the window begins before the year 1",
                reader_->locate(record, plan_->time->name()));
  }

  [[noreturn]] void fail(const Record& record, std::size_t value) const {
    throw Error(ExitCode::kDataErr,
                excerpt(record[values_[value].index]) +
                    " is not a number; pass the file through sp-validate first",
                reader_->locate(record, plan_->values[value].name));
  }

  const AggregateOptions& options_;
  const Schema* schema_;
  std::optional<Plan> plan_;
  std::optional<Windows> windows_;
  const RecordReader* reader_ = nullptr;
  std::vector<BoundKey> by_;
  std::string canonical_;
  std::vector<BoundValue> values_;
  const ParseFour parse_four_ = four_parsers().front().parse;
  bool keeps_more_ = false;     // than Moments
  bool lacks_columns_ = false;  // the input at hand
  Window window_;
  GroupKey key_;
  std::vector<WaitingValues> waiting_;  // for summary_.moments, slot by slot
};

}  // namespace

std::unique_ptr<Collector> make_row_collector(const AggregateOptions& options,
                                              const Schema* schema) {
  return std::make_unique<RowCollector>(options, schema);
}

}  // namespace sp
