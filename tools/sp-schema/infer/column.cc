#include "sp-schema/infer/column.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "sp-schema/infer/name_words.h"
#include "sp/base/digits.h"
#include "sp/number/special_number.h"
#include "sp/schema/number_format.h"
#include "sp/time/time_format.h"

namespace sp {
namespace {

bool is_text(CellKind kind) { return kind == CellKind::kText || kind == CellKind::kString; }
bool is_numeric(FieldType type) {
  return type == FieldType::kInteger || type == FieldType::kNumber;
}

// 007 is a name, not a number.
bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

using digits::is_digit;

// A way to read all cells of a column.
class Candidate {
 public:
  explicit Candidate(Field field) : field_(std::move(field)), number_(field_) {
    if (const std::optional<TimeKind> kind = time_kind(field_.type))
      time_.emplace(field_.format, *kind, field_.hour24);
  }
  const Field& field() const { return field_; }
  bool is_ordered() const { return time_ || is_numeric(field_.type); }
  // Of a boolean.
  bool is_true(std::string_view text) const { return contains(field_.true_values, text); }

  // False where `text` cannot be read so; else its rank, where there is an
  // order.
  bool read(std::string_view text, CellKind kind, Rank& rank) {
    if (time_) return is_text(kind) && read_time(text, rank);
    switch (field_.type) {
      case FieldType::kInteger:
      case FieldType::kNumber:
        return kind != CellKind::kBoolean && read_number(text, rank);
      case FieldType::kBoolean:
        return kind != CellKind::kNumber &&
               (contains(field_.true_values, text) || contains(field_.false_values, text));
      case FieldType::kString:
        return is_text(kind) && text.find('\0') == std::string_view::npos;
      default:
        return true;
    }
  }

 private:
  static bool contains(const std::vector<std::string>& texts, std::string_view text) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
  }
  bool read_time(std::string_view text, Rank& rank) {
    ParsedTime parsed;
    if (!time_->parse(text, parsed)) return false;
    if (parsed.has_second_60 && !is_after_leap_second(parsed.time.seconds)) return false;
    rank = {parsed.time.seconds, static_cast<double>(parsed.time.nanos)};
    return true;
  }
  bool read_number(std::string_view text, Rank& rank) {
    if (has_leading_zero(text)) return false;
    std::int64_t whole = 0;
    if (field_.type == FieldType::kInteger && !number_.parse(text, whole)) return false;
    if (number_.parse(text, rank.part)) return true;
    return field_.type == FieldType::kNumber && parse_special_number(text, rank.part);
  }
  Field field_;
  NumberFormat number_;
  std::optional<TimeFormat> time_;
};

Field typed(FieldType type, const std::string& format = "default") {
  Field field;
  field.type = type;
  field.format = format;
  return field;
}

Field number(const std::string& decimal, const std::string& group) {
  Field field = typed(FieldType::kNumber);
  field.decimal_char = decimal;
  field.group_char = group;
  return field;
}

Field boolean(std::vector<std::string> yes, std::vector<std::string> no) {
  Field field = typed(FieldType::kBoolean);
  field.true_values = std::move(yes);
  field.false_values = std::move(no);
  return field;
}

// Decimal sign and sign between groups.
constexpr const char* kMarks[][2] = {{".", ""}, {",", ""}, {".", ","}, {",", "."}, {",", " "}};
constexpr const char* kDates[] = {"%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y",
                                  "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y",
                                  "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d %b %Y"};
constexpr const char* kTimes[] = {"%H:%M", "%H.%M.%S", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p"};
constexpr const char* kTimesOfDay[] = {"%H:%M:%S",    "%H:%M",    "%H:%M:%S.%f",
                                       "%I:%M:%S %p", "%I:%M %p", "%I:%M%p"};
constexpr const char* kDatetimes[] = {
    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z",  "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M%z",
    "%Y%m%dT%H%M%S%z",     "%Y/%m/%d %H:%M:%S%z",  "%d/%b/%Y:%H:%M:%S %z", "%Y/%m/%dT%H:%M:%S",
    "%Y/%m/%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S UTC"};
// Times that are numbers, of which the column's name has to say so; the likeliest first.
struct NumericTime {
  FieldType type;
  const char* format;
  std::size_t digits;  // of each; 0: as many as there are
  std::int64_t first;  // an earlier one is not plausible
};
constexpr std::int64_t k1900 = -2208988800, k2000 = 946684800, k2100 = 4102444800;
constexpr NumericTime kNumericTimes[] = {{FieldType::kDate, "%Y%m%d", 8, k1900},
                                         {FieldType::kDatetime, "%Y%m%d%H", 10, k1900},
                                         {FieldType::kDatetime, "%Y%m%d%H%M", 12, k1900},
                                         {FieldType::kDatetime, "%Y%m%d%H%M%S", 14, k1900},
                                         {FieldType::kDatetime, "epoch-seconds", 0, k2000},
                                         {FieldType::kDatetime, "epoch-milliseconds", 0, k2000}};

// A format of times, and the same with 24:00 for the end of a day.
void add_times(Field field, std::vector<Candidate>& all) {
  all.emplace_back(field);
  field.hour24 = field.format == "default" || field.format.find("%H") != std::string::npos;
  if (field.hour24) all.emplace_back(field);
}

// The likeliest first: where several fit all cells, the first one is it.
std::vector<Candidate> make_candidates() {
  std::vector<Candidate> all;
  all.emplace_back(typed(FieldType::kInteger));
  for (const auto& marks : kMarks) all.emplace_back(number(marks[0], marks[1]));
  all.emplace_back(boolean({"true", "True", "TRUE"}, {"false", "False", "FALSE"}));
  all.emplace_back(boolean({"yes", "Yes", "YES", "y", "Y"}, {"no", "No", "NO", "n", "N"}));
  all.emplace_back(boolean({"on", "On", "ON"}, {"off", "Off", "OFF"}));
  all.emplace_back(boolean({"t", "T"}, {"f", "F"}));
  all.emplace_back(boolean({"ja", "Ja", "JA"}, {"nein", "Nein", "NEIN"}));
  all.emplace_back(typed(FieldType::kDate));
  for (const char* date : kDates) all.emplace_back(typed(FieldType::kDate, date));
  add_times(typed(FieldType::kTime), all);
  for (const char* time : kTimes) add_times(typed(FieldType::kTime, time), all);
  add_times(typed(FieldType::kDatetime), all);
  for (const char* date : kDates) {
    for (const char* time : kTimesOfDay)
      add_times(typed(FieldType::kDatetime, std::string(date) + " " + time), all);
  }
  for (const char* format : kDatetimes) add_times(typed(FieldType::kDatetime, format), all);
  all.emplace_back(typed(FieldType::kString));
  for (const NumericTime& time : kNumericTimes) all.emplace_back(typed(time.type, time.format));
  return all;
}

std::vector<Candidate>& candidates() {
  static std::vector<Candidate> all = make_candidates();
  return all;
}

const Field& any_field() {
  static const Field field;
  return field;
}

const NumericTime* find_numeric_time(const std::string& format) {
  const auto is_it = [&](const NumericTime& time) { return time.format == format; };
  const auto* const found = std::find_if(std::begin(kNumericTimes), std::end(kNumericTimes), is_it);
  return found == std::end(kNumericTimes) ? nullptr : found;
}

constexpr std::size_t kNoMarker = std::size(kMissingMarkers);

std::size_t find_marker(std::string_view text) {
  if (!text.empty() && is_digit(text[0])) return kNoMarker;
  std::size_t i = 0;
  while (i < kNoMarker && text != kMissingMarkers[i].text) ++i;
  return i;
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

// Letters alone, and short words, may be a flag, a hemisphere, nitric oxide or anything.
bool is_clear_word(std::string_view text, CellKind kind) {
  return kind == CellKind::kBoolean ||
         (text.size() > 2 && text != "off" && text != "OFF" && text != "Off");
}

bool ColumnGuess::fits(Reading& reading, std::string_view text, CellKind kind) {
  Candidate& candidate = candidates()[reading.candidate];
  Rank rank;
  if (!candidate.read(text, kind, rank)) return false;
  if (candidate.field().type == FieldType::kBoolean) {
    (candidate.is_true(text) ? reading.has_true : reading.has_false) = true;
    reading.has_clear_word = reading.has_clear_word || is_clear_word(text, kind);
  }
  if (!candidate.is_ordered()) return true;
  const bool is_number = is_numeric(candidate.field().type);
  if (is_number && std::find(std::begin(kMissingNumbers), std::end(kMissingNumbers), rank.part) !=
                       std::end(kMissingNumbers)) {
    add_outlier(rank.part, text);
  } else if (std::isfinite(rank.part)) {
    reading.range.add(rank, text);
  }
  return true;
}

// The first value leaves few candidates, and only those are kept: a hostile
// header may have a million columns.
void ColumnGuess::start(std::string_view text, CellKind kind) {
  for (std::size_t i = 0; i < candidates().size(); ++i) {
    Reading reading{static_cast<std::uint8_t>(i), {}};
    if (fits(reading, text, kind)) readings_.push_back(std::move(reading));
  }
}

void ColumnGuess::see(std::string_view text, CellKind kind) {
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
  if (values_++ == 0) return start(text, kind);
  const auto is_impossible = [&](Reading& reading) { return !fits(reading, text, kind); };
  readings_.erase(std::remove_if(readings_.begin(), readings_.end(), is_impossible),
                  readings_.end());
}

const Field& ColumnGuess::field() const {
  if (values_ > 0) {
    for (const Reading& reading : readings_) {
      const Field& field = candidates()[reading.candidate].field();
      if (field.type != FieldType::kBoolean) return field;
      const bool is_sure = (reading.has_true && reading.has_false) || reading.has_clear_word;
      if (is_sure && !has_letter_) return field;
    }
  }
  return any_field();
}

const Field& ColumnGuess::field_named(std::string_view name) const {
  const Field& plain = field();
  if (!is_numeric(plain.type)) return plain;
  if (!has_word(name, {"date", "day", "datum", "time", "zeit", "timestamp", "datetime", "ts",
                       "epoch", "unix", "unixtime", "millis"})) {
    return plain;
  }
  for (const Reading& reading : readings_) {
    const Field& other = candidates()[reading.candidate].field();
    const NumericTime* const time = find_numeric_time(other.format);
    const ValueRange& range = reading.range;
    if (!time || range.is_empty) continue;
    const bool has_digits = time->digits == 0 || (shortest_ == time->digits && is_fixed_width());
    if (has_digits && range.low.whole >= time->first && range.high.whole < k2100) return other;
  }
  return plain;
}

bool ColumnGuess::is_ambiguous() const {
  const Field& chosen = field();
  if (!chosen.format.starts_with("%d/%m/")) return false;
  return std::any_of(readings_.begin(), readings_.end(), [](const Reading& reading) {
    return candidates()[reading.candidate].field().format.starts_with("%m/%d/");
  });
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
bool ColumnGuess::is_outlier(const Outlier& outlier) const {
  if (!is_numeric(field().type)) return false;
  const ValueRange& others = readings_.front().range;
  if (others.is_empty) return false;
  const double gap = others.low.part - outlier.number;
  return gap > 10 && gap > others.high.part - others.low.part;
}

std::vector<double> ColumnGuess::missing_numbers() const {
  std::vector<double> numbers;
  for (const Outlier& outlier : outliers_) {
    if (is_outlier(outlier)) numbers.push_back(outlier.number);
  }
  return numbers;
}

ValueRange ColumnGuess::range() const {
  if (values_ == 0 || readings_.empty()) return {};
  ValueRange range = readings_.front().range;
  for (const Outlier& outlier : outliers_) {
    if (is_numeric(field().type) && !is_outlier(outlier))
      range.add({0, outlier.number}, outlier.text);
  }
  return range;
}

}  // namespace sp
