#include "step.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "sp/number_format.h"
#include "sp/time_format.h"

namespace sp {
namespace {

// Seconds since 1970 of 0000-01-01T00:00:00 and 9999-12-31T23:59:59.
constexpr std::int64_t kFirstSecond = -62167219200;
constexpr std::int64_t kLastSecond = 253402300799;

// Whether `text` is [-]digits.digits with `decimals` digits behind the point (no point for 0), so
// that rounding would write the same. "-0.00" is not: it is written as 0.00.
bool is_rounded(std::string_view text, int decimals) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t fraction = static_cast<std::size_t>(decimals);
  const std::size_t behind = decimals == 0 ? 0 : fraction + 1;
  if (text.size() <= behind || text.front() == '0') return false;
  const std::size_t point = text.size() - behind;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == point ? c != '.' : (c < '0' || c > '9')) return false;
  }
  return true;
}

class NumberStep final : public Step {
 public:
  NumberStep(const NumberChange& change, const Field& field)
      : change_(change), format_(field), keeps_values_(change.keeps_values()) {
    // A slope of 0.01 has no exact double but its inverse has: dividing rounds once, to what a
    // person would have written.
    const double slope = change.unit.slope;
    const double inverse = std::round(1 / slope);
    if (std::abs(slope) < 1 && 1 / inverse == slope) divisor_ = inverse;
  }

  bool apply(std::string_view text, std::string_view& out) override {
    if (keeps_values_ && format_.is_plain() && change_.decimals &&
        is_rounded(text, *change_.decimals)) {
      out = text;
      return true;
    }
    double value = 0;
    if (!format_.parse(text, value)) return false;
    if (!keeps_values_) {
      value = divisor_ != 0 ? value / divisor_ : value * change_.unit.slope;
      value = change_.scale(value + change_.unit.intercept);
      if (!std::isfinite(value)) return false;
    } else if (!change_.decimals) {
      return format_.normalize(text, out);
    }
    const std::size_t size = change_.decimals ? format_fixed(value, *change_.decimals, buffer_)
                                              : format_shortest(value, buffer_);
    out = {buffer_, size};
    return true;
  }
  const char* takes() const override { return "a number"; }
  CellKind gives() const override { return CellKind::kNumber; }

 private:
  NumberChange change_;
  NumberFormat format_;
  bool keeps_values_;
  double divisor_ = 0;  // 0: multiply by the slope
  char buffer_[kMaxNumberText];
};

class TimeStep final : public Step {
 public:
  explicit TimeStep(const Field& field)
      : format_(field.format, field.type),
        type_(field.type),
        is_plain_(field.format == "default" || field.format == "any"),
        zone_(field.timezone, field.dst),
        is_utc_(zone_.is_utc()) {}

  bool apply(std::string_view text, std::string_view& out) override {
    ParsedTime parsed;
    if (!format_.parse(text, parsed)) return false;
    if (type_ == FieldType::kDatetime) return apply_datetime(text, parsed, out);
    if (is_plain_) {
      out = text;
      return true;
    }
    scratch_.resize(kMaxTimestampText + parsed.fraction.size());
    if (type_ == FieldType::kDate) {
      out = {scratch_.data(), format_date(parsed.time.seconds / kDay, scratch_.data())};
    } else {
      // The time of day of 1970-01-01T…Z.
      const std::size_t size = format_utc(parsed.time.seconds, parsed.fraction, scratch_.data());
      out = std::string_view(scratch_.data(), size - 1).substr(kTimeBegin);
    }
    return true;
  }
  const char* takes() const override {
    return type_ == FieldType::kDatetime ? "a date-time that exists once in its time zone"
           : type_ == FieldType::kDate   ? "a date"
                                         : "a time of day";
  }
  CellKind gives() const override { return CellKind::kString; }

 private:
  static constexpr std::int64_t kDay = 86400;
  static constexpr std::size_t kTimeBegin = 11;  // behind "1970-01-01T"

  bool apply_datetime(std::string_view text, const ParsedTime& parsed, std::string_view& out) {
    std::int64_t seconds = parsed.time.seconds;
    if (!parsed.has_offset && !is_utc_) {
      const auto utc = zone_.to_utc(seconds);
      if (!utc) return false;
      seconds = *utc;
    }
    if (seconds < kFirstSecond || seconds > kLastSecond) return false;
    scratch_.resize(kMaxTimestampText + parsed.fraction.size());
    if (is_utc_ && is_local_rfc3339(text, parsed)) {
      std::memcpy(scratch_.data(), text.data(), text.size());
      scratch_[text.size()] = 'Z';
      out = {scratch_.data(), text.size() + 1};
    } else {
      out = {scratch_.data(), format_utc(seconds, parsed.fraction, scratch_.data())};
    }
    return true;
  }

  // The form that lacks nothing but its Z: most files have it, and it need not be written anew.
  bool is_local_rfc3339(std::string_view text, const ParsedTime& parsed) const {
    constexpr std::size_t kSize = 19;
    const std::size_t fraction = parsed.fraction.empty() ? 0 : parsed.fraction.size() + 1;
    return is_plain_ && !parsed.has_offset && text.size() == kSize + fraction && text[10] == 'T' &&
           text[17] != '6';
  }

  TimeFormat format_;
  FieldType type_;
  bool is_plain_;
  TimeZone zone_;
  bool is_utc_;
  std::string scratch_;
};

class BooleanStep final : public Step {
 public:
  explicit BooleanStep(const Field& field) : true_(field.true_values), false_(field.false_values) {}
  bool apply(std::string_view text, std::string_view& out) override {
    if (std::find(true_.begin(), true_.end(), text) != true_.end()) {
      out = "true";
    } else if (std::find(false_.begin(), false_.end(), text) != false_.end()) {
      out = "false";
    } else {
      return false;
    }
    return true;
  }
  const char* takes() const override { return "one of the field's trueValues or falseValues"; }
  CellKind gives() const override { return CellKind::kBoolean; }

 private:
  std::vector<std::string> true_, false_;
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
