#include "sp-schema/infer/column/column.h"

#include <algorithm>
#include <cmath>

#include "sp/base/digits.h"
#include "sp/number/number.h"

namespace sp {
namespace {

using digits::is_digit;

// One value in so many may be damaged, and the column is what the others are.
constexpr std::uint64_t kDamagedOf = 50;
// Of a column that has fewer values so many, if the others are enough to tell.
constexpr std::uint64_t kFewDamaged = 2, kEnough = 10;

constexpr std::size_t kNoMarker = std::size(kMissingMarkers);

std::size_t find_marker(std::string_view text) {
  if (!text.empty() && is_digit(text[0])) return kNoMarker;
  std::size_t i = 0;
  while (i < kNoMarker && text != kMissingMarkers[i].text) ++i;
  return i;
}

const Field& any_field() {
  static const Field field;
  return field;
}

bool is_missing_number(double number) {
  return std::find(std::begin(kMissingNumbers), std::end(kMissingNumbers), number) !=
         std::end(kMissingNumbers);
}

// Letters alone, and short words, may be a flag, a hemisphere, nitric oxide or anything.
bool is_clear_word(std::string_view text, CellKind kind) {
  return kind == CellKind::kBoolean ||
         (text.size() > 2 && text != "off" && text != "OFF" && text != "Off");
}

}  // namespace

void ValueRange::add(const Rank& rank, std::string_view text) {
  if (is_empty || rank < low) {
    low = rank;
    low_text = text;
  }
  if (is_empty || rank > high) {
    high = rank;
    high_text = text;
  }
  is_empty = false;
}

void ColumnGuess::add_outlier(double value, std::string_view text) {
  const auto is_it = [&](const Outlier& outlier) { return outlier.number == value; };
  if (std::none_of(outliers_.begin(), outliers_.end(), is_it))
    outliers_.push_back({value, std::string(text)});
}

bool ColumnGuess::fits(Possible& possible, std::string_view text, CellKind kind) {
  Candidate& candidate = candidates()[possible.candidate];
  const std::optional<Reading> reading = candidate.read(text, kind);
  if (!reading) return false;
  if (candidate.field().type == FieldType::kBoolean) {
    (candidate.is_true(text) ? possible.has_true : possible.has_false) = true;
    possible.has_clear_word = possible.has_clear_word || is_clear_word(text, kind);
  }
  if (!candidate.is_ordered()) return true;
  possible.is_padded = possible.is_padded || reading->is_padded;
  possible.lacks_offset = possible.lacks_offset || !reading->has_offset;
  if (candidate.is_numeric() && is_missing_number(reading->rank.part)) {
    add_outlier(reading->rank.part, text);
  } else if (std::isfinite(reading->rank.part)) {
    possible.range.add(reading->rank, text);
  }
  return true;
}

// A value leaves few candidates, and only those are kept: a hostile header may have a million
// columns. What came before it is damaged, if it is one of them.
void ColumnGuess::start(std::string_view text, CellKind kind) {
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    if (values_ > 1 && !candidates()[i].is_ordered()) continue;
    Possible possible;
    possible.candidate = static_cast<std::uint16_t>(i);
    if (!fits(possible, text, kind)) continue;
    if (values_ > 1) {
      possible.damage = std::make_unique<Damage>(Damage{values_ - 1, first_text_, first_line_});
    }
    possible_.push_back(std::move(possible));
  }
  std::stable_sort(
      possible_.begin(), possible_.end(),
      [](const Possible& one, const Possible& other) { return one.candidate < other.candidate; });
}

// What tells of 1.250 whether it is 1250: 12.5, and both signs in one value, or one of them twice.
void ColumnGuess::see_marks(std::string_view text) {
  if (has_clear_marks_) return;
  const std::size_t last = text.find_last_of(".,");
  if (last == std::string_view::npos) return;
  const std::size_t first = text.find_first_not_of("+-");
  const bool has_three = last > 0 && last <= 4 && last + 4 == text.size();
  const bool has_two = text.find_first_of(".,") != last;
  has_clear_marks_ = has_two || text[first] == '0';  // no group begins with a zero
  if (has_three && !has_two && marked_text_.empty()) marked_text_ = text;
}

void ColumnGuess::see_count(std::string_view text) {
  if (!counts_up_) return;
  std::int64_t number = 0;
  counts_up_ = parse_int64(text, number) && (values_ == 1 || number == last_count_ + 1);
  last_count_ = number;
}

void ColumnGuess::see(std::string_view text, CellKind kind, std::uint64_t line) {
  const std::size_t marker = find_marker(text);
  if (marker != kNoMarker) {
    seen_ |= std::uint32_t{1} << marker;
    ++(kMissingMarkers[marker].is_weak ? weak_ : strong_);
    has_letter_ = has_letter_ || text == "M";
    return;
  }
  if (kind == CellKind::kNull) {
    ++strong_;
    return;
  }
  shortest_ = std::min(shortest_, text.size());
  longest_ = std::max(longest_, text.size());
  ++values_;
  see_marks(text);
  see_count(text);
  if (values_ == 1) {
    first_text_ = text;
    first_line_ = line;
    return start(text, kind);
  }
  bool is_read = false;
  const auto is_impossible = [&](Possible& possible) {
    const bool is_ordered = candidates()[possible.candidate].is_ordered();
    if (fits(possible, text, kind)) {
      is_read = is_read || is_ordered;
      return false;
    }
    if (!is_ordered) return true;
    if (!possible.damage) {
      possible.damage = std::make_unique<Damage>(Damage{0, std::string(text), line});
    }
    return ++possible.damage->count > std::max(kFewDamaged, values_ / kDamagedOf);
  };
  possible_.erase(std::remove_if(possible_.begin(), possible_.end(), is_impossible),
                  possible_.end());
  if (!is_read && values_ <= kFewDamaged + 1) start(text, kind);
}

// Whether it says more than that the column holds texts.
bool ColumnGuess::is_typed(const Possible& possible) const {
  const Candidate& candidate = candidates()[possible.candidate];
  if (candidate.field().type == FieldType::kBoolean) {
    return !has_letter_ && ((possible.has_true && possible.has_false) || possible.has_clear_word);
  }
  return candidate.is_ordered() && !candidate.wants_name() && !possible.is_padded;
}

bool ColumnGuess::is_accepted(const Possible& possible) const {
  return possible.damaged() * kDamagedOf <= values_;
}

const ColumnGuess::Possible* ColumnGuess::best() const {
  const Possible* best = nullptr;
  for (const Possible& possible : possible_) {
    if (!is_typed(possible) || !is_accepted(possible)) continue;
    if (!best || possible.damaged() < best->damaged()) best = &possible;
  }
  return best;
}

const ColumnGuess::Possible* ColumnGuess::current() const {
  if (!chosen_) return best();
  for (const Possible& possible : possible_) {
    if (&candidates()[possible.candidate].field() == chosen_) return &possible;
  }
  return nullptr;
}

const Field& ColumnGuess::field() const {
  if (chosen_) return *chosen_;
  if (const Possible* const possible = best()) return candidates()[possible->candidate].field();
  const Field* const texts = text();
  return texts ? *texts : any_field();
}

const Field* ColumnGuess::text() const {
  for (const Possible& possible : possible_) {
    const Field& field = candidates()[possible.candidate].field();
    if (field.type == FieldType::kString) return &field;
  }
  return nullptr;
}

const Field& ColumnGuess::field_named(std::string_view name) const {
  const Field& plain = field();
  const bool is_number = plain.type == FieldType::kInteger || plain.type == FieldType::kNumber;
  if (!is_number && !padded_number()) return plain;
  for (const Possible& possible : possible_) {
    const Candidate& candidate = candidates()[possible.candidate];
    const ValueRange& range = possible.range;
    if (!candidate.wants_name() || range.is_empty || possible.damaged() > 0) continue;
    if (!candidate.is_named(name)) continue;
    if (candidate.is_plausible(range.low.whole, range.high.whole, shortest_, longest_)) {
      return candidate.field();
    }
  }
  return plain;
}

std::vector<const Field*> ColumnGuess::alternatives() const {
  std::vector<const Field*> fields;
  const Possible* const chosen = current();
  if (!chosen || !is_typed(*chosen)) return fields;
  for (const Possible& possible : possible_) {
    if (&possible == chosen || !is_typed(possible)) continue;
    if (possible.damaged() == chosen->damaged()) {
      fields.push_back(&candidates()[possible.candidate].field());
    }
  }
  return fields;
}

const Field* ColumnGuess::padded_number() const {
  if (field().type != FieldType::kString) return nullptr;
  for (const Possible& possible : possible_) {
    const Candidate& candidate = candidates()[possible.candidate];
    if (candidate.is_numeric() && possible.is_padded && possible.damaged() == 0)
      return &candidate.field();
  }
  return nullptr;
}

Damage ColumnGuess::damage() const {
  const Possible* const possible = current();
  return possible && possible->damage ? *possible->damage : Damage{};
}

Damage ColumnGuess::near_miss() const {
  if (field().type != FieldType::kString || values_ < kEnough) return {};
  for (const Possible& possible : possible_) {
    if (is_typed(possible) && possible.damage) return *possible.damage;
  }
  return {};
}

std::uint32_t ColumnGuess::words() const {
  if (field().type != FieldType::kString) return 0;
  std::uint32_t words = 0;
  for (std::size_t i = 0; i < kNoMarker; ++i) {
    if (kMissingMarkers[i].is_weak) words |= seen_ & std::uint32_t{1} << i;
  }
  return words;
}

bool ColumnGuess::is_required() const {
  const bool has_missing = strong_ > 0 || (weak_ > 0 && words() == 0);
  return values_ > 0 && !has_missing && missing_numbers().empty();
}

// Farther below all other values than those are from each other.
bool ColumnGuess::is_missing(const Outlier& outlier) const {
  if (std::find(set_missing_.begin(), set_missing_.end(), outlier.number) != set_missing_.end()) {
    return true;
  }
  const Possible* const possible = current();
  if (!possible || !candidates()[possible->candidate].is_numeric()) return false;
  const ValueRange& others = possible->range;
  if (others.is_empty) return false;
  const double gap = others.low.part - outlier.number;
  return gap > 10 && gap > others.high.part - others.low.part;
}

std::vector<double> ColumnGuess::missing_numbers() const {
  std::vector<double> numbers;
  for (const Outlier& outlier : outliers_) {
    if (is_missing(outlier)) numbers.push_back(outlier.number);
  }
  return numbers;
}

std::optional<double> ColumnGuess::only_number() const {
  const Possible* const possible = current();
  const bool is_only = possible && candidates()[possible->candidate].is_numeric() &&
                       possible->range.is_empty && outliers_.size() == 1;
  return is_only ? std::optional<double>(outliers_.front().number) : std::nullopt;
}

ValueRange ColumnGuess::range() const {
  const Possible* const possible = current();
  if (!possible) return {};
  ValueRange range = possible->range;
  for (const Outlier& outlier : outliers_) {
    if (candidates()[possible->candidate].is_numeric() && !is_missing(outlier))
      range.add({0, outlier.number}, outlier.text);
  }
  return range;
}

ValueRange ColumnGuess::whole_numbers() const {
  const bool is_whole =
      !possible_.empty() && possible_.front().candidate == 0 && possible_.front().damaged() == 0;
  return is_whole ? possible_.front().range : ValueRange{};
}

bool ColumnGuess::has_offsets() const {
  const Possible* const possible = current();
  const std::string& format = field().format;
  return format.starts_with("epoch-") || format.ends_with(" UTC") ||
         (possible && !possible->lacks_offset);
}

const std::string& ColumnGuess::ambiguous_mark() const {
  static const std::string kNone;
  return has_clear_marks_ ? kNone : marked_text_;
}

}  // namespace sp
