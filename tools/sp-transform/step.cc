#include "sp-transform/step.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "sp/base/digits.h"
#include "sp/base/listed_values.h"
#include "sp/number/number.h"
#include "sp/number/special_number.h"
#include "sp/schema/number_format.h"
#include "sp/time/calendar.h"
#include "sp/time/time_format.h"
#include "sp/unit/decimal_line.h"

namespace sp {
namespace {

constexpr int kMostZeros = 7;  // after 8 digits: no more than a double holds
constexpr std::uint64_t kPowers[] = {1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000};
constexpr int kMostDecimals = 5;  // no exponent in format_shortest(): 0.00001

// Divides short numbers by a power of ten and rounds them without a double on the way: it is enough
// to put the point elsewhere and zeros after. What it writes is what NumberStep would write the
// long way.
class PointShift {
 public:
  static constexpr int kMostShift = 7;

  PointShift(int shift, int decimals) : shift_(shift), decimals_(decimals) {}

  // False where `text` is not such a number, or digits would have to go.
  bool apply(std::string_view text, std::string_view& out) {
    std::size_t size = text.size();
    if (size == 0 || size > 9) return false;
    const char* p = text.data();
    const bool negative = *p == '-';
    if (negative) {
      ++p;
      --size;
    }
    if (size == 0 || size > 8) return false;
    std::uint64_t word = digits::load_padded(p, size);
    const int decimals = digits::take_point(word);
    if (!digits::are_digits(word) || decimals == 0) return false;
    const int count = static_cast<int>(size) - (decimals > 0 ? 1 : 0);
    const int zeros = decimals_ - shift_ - (decimals > 0 ? decimals : 0);
    if (zeros < 0 || zeros > kMostZeros) return false;
    if (zeros == 0 && shift_ == 0 && *p != '0' && count > decimals) {
      out = text;
      return true;
    }
    const std::uint64_t scaled = digits::value(word) * kPowers[zeros];
    out = {text_, format_scaled(negative, scaled, decimals_, text_)};
    return true;
  }

 private:
  int shift_, decimals_;
  char text_[32];
};

// The power of ten by which `unit` divides, such as 2 for a slope of 0.01; nothing where it does
// anything else.
std::optional<int> power_of_ten(const UnitConversion& unit) {
  double divisor = 1;
  for (int power = 0; power <= PointShift::kMostShift && unit.intercept == 0; ++power) {
    if (unit.slope == 1 / divisor) return power;
    divisor *= 10;
  }
  return std::nullopt;
}

class NumberStep final : public Step {
 public:
  NumberStep(const NumberChange& change, const Field& field)
      : change_(change),
        format_(field),
        line_(change.unit),
        keeps_values_(change.keeps_values()),
        has_line_(!keeps_values_ && change.scale.is_identity()) {
    const std::optional<int> shift = power_of_ten(change.unit);
    if (shift && change.scale.is_identity() && change.decimals && format_.is_plain()) {
      point_shift_.emplace(*shift, *change.decimals);
    }
  }

  bool apply(std::string_view text, std::string_view& out) override {
    if (point_shift_ && point_shift_->apply(text, out)) return true;
    is_too_large_ = false;
    std::string_view plain;
    const bool is_written = format_.normalize(text, plain);
    Decimal exact;
    if (is_written && has_line_ && line_.apply(plain, exact) && write(exact, out)) return true;
    double value = 0;
    if (!is_written || !read(plain, value)) {
      out = text;  // NaN and INF are in every unit what they are
      return parse_special_number(text, value);
    }
    is_too_large_ = !std::isfinite(value);
    if (is_too_large_) return false;
    if (keeps_values_ && !change_.decimals) {
      out = plain;
      return true;
    }
    const std::size_t size = change_.decimals ? format_fixed(value, *change_.decimals, buffer_)
                                              : format_shortest(value, buffer_);
    out = {buffer_, size};
    return true;
  }
  std::string refusal() const override {
    return is_too_large_ ? "is not a number that a double can hold in its new unit"
                         : "is not a number";
  }
  CellKind gives() const override { return CellKind::kNumber; }

 private:
  // What the double nearest to it would be written as, where that needs no rounding.
  bool write(Decimal number, std::string_view& out) {
    constexpr std::uint64_t kMost = 1'000'000'000'000'000;  // each has a double: DBL_DIG
    if (!change_.decimals) {
      for (; number.exponent < 0 && number.digits % 10 == 0; ++number.exponent) number.digits /= 10;
      if (number.exponent < -kMostDecimals) return false;
    }
    const int decimals = change_.decimals.value_or(std::max(-number.exponent, 0));
    const int zeros = decimals + number.exponent;
    if (zeros < 0 || zeros > kMostZeros || number.digits > kMost / kPowers[zeros]) return false;
    const std::uint64_t scaled = number.digits * kPowers[zeros];
    out = {buffer_, format_scaled(number.negative, scaled, decimals, buffer_)};
    return true;
  }

  bool read(std::string_view text, double& value) const {
    if (keeps_values_) return parse_double(text, value);
    if (!line_.apply(text, value)) return false;
    value = change_.scale(value);
    return true;
  }

  NumberChange change_;
  NumberFormat format_;
  DecimalLine line_;
  bool keeps_values_;
  bool has_line_;              // which is all that is done to a value
  bool is_too_large_ = false;  // the last text was a number, but its result is none
  std::optional<PointShift> point_shift_;
  char buffer_[kMaxNumberText];
};

class TimeStep final : public Step {
 public:
  explicit TimeStep(const Field& field)
      : kind_(time_kind(field.type).value()),
        format_(field.format, kind_, field.hour24),
        is_plain_(field.format == "default" || field.format == "any"),
        zone_(field.timezone, field.dst),
        is_utc_(zone_.is_utc()) {}

  bool apply(std::string_view text, std::string_view& out) override {
    if (is_in_last_minute(text)) {
      std::memcpy(scratch_.data() + kMinuteSize, text.data() + kMinuteSize, 2);
      out = {scratch_.data(), kLocalSize + 1};
      return true;
    }
    has_local_ = false;
    off_the_clock_.reset();
    ParsedTime parsed;
    if (!format_.parse(text, parsed)) return false;
    if (kind_ == TimeKind::kDatetime) return apply_datetime(text, parsed, out);
    if (is_plain_) {
      out = text;
      return true;
    }
    scratch_.resize(kMaxTimestampText + parsed.fraction.size());
    if (kind_ == TimeKind::kDate) {
      out = {scratch_.data(), format_date(parsed.time.seconds / kDay, scratch_.data())};
    } else if (parsed.time.seconds == kDay) {
      out = "24:00:00";  // there is no day that could end
    } else {
      // The time of day of 1970-01-01T…Z.
      const std::size_t size = format_utc(parsed.time.seconds, parsed.fraction, scratch_.data());
      out = std::string_view(scratch_.data(), size - 1).substr(kTimeBegin);
    }
    return true;
  }
  std::string refusal() const override {
    if (off_the_clock_) return zone_.explain(*off_the_clock_);
    if (kind_ == TimeKind::kDate) return "is not a date";
    return kind_ == TimeKind::kTime ? "is not a time of day" : "is not a date-time";
  }
  CellKind gives() const override { return CellKind::kString; }

 private:
  static constexpr std::int64_t kDay = calendar::kSecondsPerDay;
  static constexpr std::size_t kTimeBegin = 11;   // after "1970-01-01T"
  static constexpr std::size_t kMinuteSize = 17;  // "2017-07-01T00:00:"
  static constexpr std::size_t kLocalSize = 19;   // "2017-07-01T00:00:07"

  // Rows of a file follow each other in time: most differ from the one before in their seconds
  // only.
  bool is_in_last_minute(std::string_view text) const {
    return has_local_ && text.size() == kLocalSize &&
           std::memcmp(text.data(), scratch_.data(), kMinuteSize) == 0 && text[17] >= '0' &&
           text[17] <= '5' && text[18] >= '0' && text[18] <= '9';
  }

  bool apply_datetime(std::string_view text, const ParsedTime& parsed, std::string_view& out) {
    std::int64_t seconds = parsed.time.seconds;
    if (!parsed.has_offset && (parsed.has_second_60 || !is_utc_)) {
      const auto utc = zone_.to_utc(parsed);
      if (!utc) off_the_clock_ = parsed;
      if (!utc) return false;
      seconds = *utc;
    }
    if (seconds < kFirstSecond || seconds > kLastSecond) return false;
    scratch_.resize(kMaxTimestampText + parsed.fraction.size());
    if (is_utc_ && is_local_rfc3339(text, parsed)) {
      std::memcpy(scratch_.data(), text.data(), text.size());
      scratch_[text.size()] = 'Z';
      has_local_ = text.size() == kLocalSize;
      out = {scratch_.data(), text.size() + 1};
    } else {
      out = {scratch_.data(), format_utc(seconds, parsed.fraction, scratch_.data())};
    }
    return true;
  }

  // The form that lacks nothing but its Z: most files have it, and it need not be written anew.
  bool is_local_rfc3339(std::string_view text, const ParsedTime& parsed) const {
    const std::size_t fraction = parsed.fraction.empty() ? 0 : parsed.fraction.size() + 1;
    return is_plain_ && !parsed.has_offset && text.size() == kLocalSize + fraction &&
           text[10] == 'T' && text.substr(kTimeBegin, 2) != "24" && text[17] != '6';
  }

  TimeKind kind_;
  TimeFormat format_;
  bool is_plain_;
  TimeZone zone_;
  bool is_utc_;
  std::optional<ParsedTime> off_the_clock_;  // the last text, where it has no place in the zone
  std::string scratch_;
  bool has_local_ = false;  // scratch_ begins with a local time and its Z
};

class BooleanStep final : public Step {
 public:
  explicit BooleanStep(const Field& field) : true_(field.true_values), false_(field.false_values) {}
  bool apply(std::string_view text, std::string_view& out) override {
    if (true_.contains(text)) {
      out = "true";
    } else if (false_.contains(text)) {
      out = "false";
    } else {
      return false;
    }
    return true;
  }
  std::string refusal() const override {
    return "is not one of the field's trueValues or falseValues";
  }
  CellKind gives() const override { return CellKind::kBoolean; }

 private:
  ListedValues<std::string> true_, false_;
};

}  // namespace

std::unique_ptr<Step> number_step(const NumberChange& change, const Field& field) {
  return std::make_unique<NumberStep>(change, field);
}

std::unique_ptr<Step> time_step(const Field& field) { return std::make_unique<TimeStep>(field); }

std::unique_ptr<Step> boolean_step(const Field& field) {
  return std::make_unique<BooleanStep>(field);
}

}  // namespace sp
