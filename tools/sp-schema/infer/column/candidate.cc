#include "sp-schema/infer/column/candidate.h"

#include <algorithm>

#include "sp-schema/infer/column/name_words.h"
#include "sp/number/special_number.h"

namespace sp {
namespace {

bool is_text(CellKind kind) { return kind == CellKind::kText || kind == CellKind::kString; }

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

bool has_leading_zero(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '9';
}

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
constexpr const char* kDates[] = {"%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
                                  "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y", "%d/%m/%y",
                                  "%m/%d/%y", "%d-%b-%Y", "%d %b %Y"};
// Some programs leave the seconds out where they are zero.
constexpr const char* kTimes[] = {"%H:%M",       "%H:%M:%S", "%H.%M.%S", "%H:%M%[:%S%]",
                                  "%I:%M:%S %p", "%I:%M %p", "%I:%M%p"};
constexpr const char* kTimesOfDay[] = {"%H:%M:%S",    "%H:%M",    "%H:%M%[:%S%]",
                                       "%I:%M:%S %p", "%I:%M %p", "%I:%M%p"};
constexpr const char* kDatetimes[] = {
    "%Y-%m-%dT%H:%M:%S",    "%Y-%m-%dT%H:%M",    "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S%z",
    "%Y-%m-%d %H:%M:%S %z", "%Y-%m-%dT%H:%M%z",  "%Y%m%dT%H%M%S%z",     "%Y/%m/%d %H:%M:%S%z",
    "%d/%b/%Y:%H:%M:%S %z", "%Y/%m/%dT%H:%M:%S", "%Y/%m/%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S UTC"};

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
                                         {FieldType::kTime, "%H%M", 4, 0},
                                         {FieldType::kTime, "%-H%M", 0, 0},
                                         {FieldType::kDatetime, "epoch-seconds", 0, k2000},
                                         {FieldType::kDatetime, "epoch-milliseconds", 0, k2000}};

const NumericTime* find_numeric_time(const std::string& format) {
  const auto is_it = [&](const NumericTime& time) { return time.format == format; };
  const auto* const found = std::find_if(std::begin(kNumericTimes), std::end(kNumericTimes), is_it);
  return found == std::end(kNumericTimes) ? nullptr : found;
}

// A format of times, and the same with 24:00 for the end of a day.
void add_times(Field field, std::vector<Candidate>& all) {
  all.emplace_back(field);
  field.hour24 = field.format == "default" || field.format.find("%H") != std::string::npos;
  if (field.hour24) all.emplace_back(field);
}

Field with_hour24(Field field) {
  field.hour24 = true;
  return field;
}

// Where several fit all cells, the first one is it.
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
  // Programs that leave the time out at midnight.
  for (const char* date : kDates) {
    for (const char* time : {" %H:%M:%S", " %H:%M"})
      all.emplace_back(typed(FieldType::kDatetime, std::string(date) + "%[" + time + "%]"));
  }
  all.emplace_back(typed(FieldType::kDatetime, "%Y-%m-%d%[T%H:%M:%S%]"));
  all.emplace_back(typed(FieldType::kString));
  for (const NumericTime& time : kNumericTimes) {
    all.emplace_back(typed(time.type, time.format));
    if (time.type == FieldType::kTime) all.emplace_back(with_hour24(typed(time.type, time.format)));
  }
  return all;
}

}  // namespace

Candidate::Candidate(Field field) : field_(std::move(field)), number_(field_) {
  if (const std::optional<TimeKind> kind = time_kind(field_.type))
    time_.emplace(field_.format, *kind, field_.hour24);
}

bool Candidate::is_numeric() const {
  return field_.type == FieldType::kInteger || field_.type == FieldType::kNumber;
}

bool Candidate::is_true(std::string_view text) const { return contains(field_.true_values, text); }

bool Candidate::wants_name() const { return find_numeric_time(field_.format) != nullptr; }

bool Candidate::is_named(std::string_view name) const {
  if (field_.format == "%H%M") return has_word(name, {"hhmm", "hrmn", "hour", "time", "uhrzeit"});
  if (field_.format == "%-H%M") return has_word(name, {"hhmm", "hrmn"});
  return has_word(name, {"date", "day", "datum", "time", "zeit", "timestamp", "datetime", "ts",
                         "epoch", "unix", "unixtime", "millis", "yyyymmdd", "yyyymmddhh"});
}

bool Candidate::is_plausible(std::int64_t first, std::int64_t last, std::size_t shortest,
                             std::size_t longest) const {
  const NumericTime& time = *find_numeric_time(field_.format);
  const bool has_digits = time.digits == 0 || (shortest == time.digits && longest == time.digits);
  return has_digits && first >= time.first && last < k2100;
}

std::optional<Reading> Candidate::read(std::string_view text, CellKind kind) {
  Reading reading;
  const auto if_it_is = [&](bool is_it) {
    return is_it ? std::optional<Reading>(reading) : std::nullopt;
  };
  if (time_) return if_it_is(is_text(kind) && read_time(text, reading));
  switch (field_.type) {
    case FieldType::kInteger:
    case FieldType::kNumber:
      return if_it_is(kind != CellKind::kBoolean && read_number(text, reading));
    case FieldType::kBoolean:
      return if_it_is(kind != CellKind::kNumber &&
                      (is_true(text) || contains(field_.false_values, text)));
    default:
      return if_it_is(is_text(kind) && text.find('\0') == std::string_view::npos);
  }
}

bool Candidate::read_time(std::string_view text, Reading& reading) {
  ParsedTime parsed;
  if (!time_->parse(text, parsed)) return false;
  if (parsed.has_second_60 && !is_after_leap_second(parsed.time.seconds)) return false;
  reading.rank = {parsed.time.seconds, static_cast<double>(parsed.time.nanos)};
  reading.has_offset = parsed.has_offset;
  return true;
}

bool Candidate::read_number(std::string_view text, Reading& reading) {
  reading.is_padded = has_leading_zero(text);
  std::int64_t whole = 0;
  if (field_.type == FieldType::kInteger && !number_.parse(text, whole)) return false;
  if (number_.parse(text, reading.rank.part)) return true;
  return field_.type == FieldType::kNumber && parse_special_number(text, reading.rank.part);
}

std::vector<Candidate>& candidates() {
  static std::vector<Candidate> all = make_candidates();
  return all;
}

}  // namespace sp
