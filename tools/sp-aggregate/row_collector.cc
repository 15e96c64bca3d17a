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
    const Timestamp time = read_key(record);
    if (ahead_.empty() && summary_.groups.size() <= kNear) {
      add_now(record, time);
    } else {
      add_ahead(record, time);
    }
    return true;
  }

  void finish() override {
    settle_ahead();
    for (std::size_t slot = 0; slot < waiting_.size(); ++slot) {
      if (!waiting_[slot].empty()) waiting_[slot].flush(summary_.moments[slot]);
    }
    summary_.groups.close();
    summary_.entries.reserve(summary_.moments.size());
    const std::size_t quantities = summary_.quantities.size();
    for (std::size_t slot = 0; slot < summary_.moments.size(); ++slot) {
      if (summary_.moments[slot].n() == 0) continue;
      summary_.entries.push_back({static_cast<std::uint32_t>(slot / quantities),
                                  static_cast<std::uint32_t>(slot % quantities), slot});
    }
  }

 private:
  struct BoundKey {
    std::size_t index;
    bool is_integer;
  };
  // A row whose key and values are read, and whose group is not looked up yet.
  struct RowAhead {
    std::uint64_t hash;
    std::size_t key, key_size;  // in ahead_keys_
    Timestamp time;
    std::size_t first_slot = 0;
  };
  static constexpr std::size_t kNear = 4096;  // groups that the caches hold
  static constexpr std::size_t kAhead = 64;   // rows; memory answers some ten questions at once
  static constexpr std::size_t kWaiting = 4 * kNear;  // states whose values wait for others
  static constexpr std::size_t kAbsent = SIZE_MAX;    // as an empty cell
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

  std::size_t fours_of_row() const { return (values_.size() + kFour - 1) / kFour; }

  // Into key_; the time where there are windows.
  Timestamp read_key(const Record& record) {
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
    return time;
  }

  void add_now(const Record& record, const Timestamp& time) {
    const std::size_t first_slot = summary_.groups.find_or_add(key_.bytes()) * values_.size();
    if (first_slot == summary_.moments.size()) {
      add_group();
      for (const BoundKey& key : by_) summary_.kinds.push_back(record.kind(key.index));
    }
    for (std::size_t first = 0; first < values_.size(); first += kFour) {
      double numbers[kFour];
      const unsigned read = read_four(record, first, numbers);
      count_four(first_slot + first, read, numbers, time);
    }
  }

  // Where the groups are many, the memory of each is far away, and is asked for before it is
  // needed: for the slots of the table row by row, for the keys and then for the states of some
  // rows at once.
  void add_ahead(const Record& record, const Timestamp& time) {
    const std::string_view key = key_.bytes();
    const std::uint64_t hash = summary_.groups.hash(key);
    summary_.groups.prefetch_slot(hash);
    const std::size_t fours = fours_of_row();
    ahead_numbers_.resize(kAhead * fours * kFour);
    ahead_read_.resize(kAhead * fours);
    for (std::size_t four = 0; four < fours; ++four) {
      const std::size_t at = ahead_.size() * fours + four;
      ahead_read_[at] = read_four(record, four * kFour, ahead_numbers_.data() + at * kFour);
    }
    ahead_.push_back({hash, ahead_keys_.size(), key.size(), time});
    ahead_keys_.append(key);
    for (const BoundKey& cell : by_) ahead_kinds_.push_back(record.kind(cell.index));
    if (ahead_.size() == kAhead) settle_ahead();
  }

  void settle_ahead() {
    KeyTable& groups = summary_.groups;
    for (const RowAhead& row : ahead_) groups.prefetch_key(row.hash);
    const std::size_t count = values_.size();
    const std::string_view keys = ahead_keys_;
    std::string_view last;
    for (std::size_t i = 0; i < ahead_.size(); ++i) {
      RowAhead& row = ahead_[i];
      const std::string_view key = keys.substr(row.key, row.key_size);
      // The group of the row before costs no search.
      const bool is_same = i > 0 && key == last;
      row.first_slot =
          is_same ? ahead_[i - 1].first_slot : groups.find_or_add(key, row.hash) * count;
      last = key;
      if (row.first_slot == summary_.moments.size()) {
        add_group();
        const CellKind* const kinds = ahead_kinds_.data() + i * by_.size();
        summary_.kinds.insert(summary_.kinds.end(), kinds, kinds + by_.size());
      }
      for (std::size_t slot = row.first_slot; slot < row.first_slot + count; ++slot) {
        __builtin_prefetch(&summary_.moments[slot], 1);
      }
    }
    const std::size_t fours = fours_of_row();
    for (std::size_t i = 0; i < ahead_.size(); ++i) {
      for (std::size_t four = 0; four < fours; ++four) {
        const std::size_t at = i * fours + four;
        count_four(ahead_[i].first_slot + four * kFour, ahead_read_[at],
                   ahead_numbers_.data() + at * kFour, ahead_[i].time);
      }
    }
    ahead_.clear();
    ahead_keys_.clear();
    ahead_kinds_.clear();
  }

  // The values from number `first` on, of which there are kFour or what is left; a bit of the
  // result for each that counts.
  unsigned read_four(const Record& record, std::size_t first, double* numbers) const {
    const BoundValue* const bound = values_.data() + first;
    const std::size_t count = std::min(kFour, values_.size() - first);
    std::array<std::string_view, kFour> texts;
    if (lacks_columns_) {
      for (std::size_t i = 0; i < count; ++i) {
        if (bound[i].index != kAbsent) texts[i] = record[bound[i].index];
      }
    } else {
      for (std::size_t i = 0; i < count; ++i) texts[i] = record[bound[i].index];
    }
    const unsigned is_short = parse_four_(texts, numbers);
    unsigned read = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (bound[i].missing->contains(texts[i], CellKind::kText)) continue;
      if ((is_short >> i & 1) == 0 && !read_any(record, first + i, numbers[i])) continue;
      read |= 1U << i;
    }
    return read;
  }

  void count_four(std::size_t slot, unsigned read, const double* numbers, const Timestamp& time) {
    for (; read != 0; read >>= 1, ++slot, ++numbers) {
      if ((read & 1) == 0) continue;
      if (keeps_more_) note_more(slot, *numbers, time);
      if (slot < waiting_.size()) {
        waiting_[slot].add(*numbers, summary_.moments[slot]);
      } else {
        summary_.moments[slot].add(*numbers);
      }
    }
  }

  // Of a number that is not short; false where it is none to be counted.
  [[gnu::noinline]] bool read_any(const Record& record, std::size_t i, double& value) const {
    const std::string_view text = record[values_[i].index];
    if (parse_double(text, value)) return true;
    if (parse_special_number(text, value)) return false;  // there is no sum with NaN or infinity
    fail(record, i);
  }

  [[gnu::noinline]] void add_group() {
    summary_.moments.grow(values_.size());
    const std::size_t slots = summary_.moments.size();
    if (slots <= kWaiting) waiting_.resize(slots);
    if (summary_.has_extras) {
      for (const ValueColumn& value : plan_->values) {
        summary_.extras.emplace_back().circle = value.circle;
      }
    }
    if (summary_.has_seen) summary_.seen.resize(slots);
  }

  // Before the value is added.
  [[gnu::noinline]] void note_more(std::size_t slot, double value, const Timestamp& time) {
    if (summary_.has_extras) {
      const bool is_first =
          (slot >= waiting_.size() || waiting_[slot].empty()) && summary_.moments[slot].n() == 0;
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
  std::vector<WaitingValues> waiting_;  // for the first of summary_.moments, slot by slot
  std::vector<RowAhead> ahead_;
  std::string ahead_keys_;
  std::vector<CellKind> ahead_kinds_;
  std::vector<double> ahead_numbers_;  // of kAhead rows, in fours
  std::vector<unsigned> ahead_read_;   // the bits of each four
};

}  // namespace

std::unique_ptr<Collector> make_row_collector(const AggregateOptions& options,
                                              const Schema* schema) {
  return std::make_unique<RowCollector>(options, schema);
}

}  // namespace sp
