// What a column seems to hold, told from its cells one by one: its type and
// format, what stands for a missing value, and from where to where the values
// go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sp/schema/schema.h"
#include "sp/table/record.h"

namespace sp {

// Texts that networks write for "no value". Weak ones are words in a column of
// texts.
struct MissingMarker {
  const char* text;
  bool is_weak;
};
inline constexpr MissingMarker kMissingMarkers[] = {
    {"", false},           {"-", false},     {"NA", false},    {"N/A", false},    {"NaN", false},
    {"nan", false},        {"null", false},  {"NULL", false},  {"NAN", false},    {"n/a", false},
    {"#N/A", false},       {"--", false},    {"---", false},   {"None", true},    {"none", true},
    {"Null", true},        {"?", true},      {"*", true},      {".", true},       {"unknown", true},
    {"unavailable", true}, {"NoData", true}, {"nodata", true}, {"no data", true}, {"No data", true},
    {"missing", true},     {"M", true},      {"MM", true}};
// Numbers that stand for it, where they lie far below all others.
inline constexpr double kMissingNumbers[] = {-99,     -99.9, -99.99, -200,  -999,    -999.9,
                                             -999.99, -6999, -7999,  -9999, -9999.9, -99999};

// A value's place among those of its column.
struct Rank {
  std::int64_t whole = 0;                         // seconds of a time
  double part = 0;                                // nanoseconds, or a number
  auto operator<=>(const Rank&) const = default;  // NOLINT(modernize-use-nullptr): none is written
};

struct ValueRange {
  Rank low, high;
  std::string low_text, high_text;  // as they came
  bool is_empty = true;
  void add(const Rank& rank, std::string_view text);
};

class ColumnGuess {
 public:
  void see(std::string_view text, CellKind kind);
  // The narrowest type that all values are of; any where there are none.
  FieldType type() const { return field().type; }
  // Type, format, decimalChar, groupChar, trueValues, falseValues of that
  // reading.
  const Field& field() const;
  // The same where the column's name says that numbers count seconds since
  // 1970, or write dates.
  const Field& field_named(std::string_view name) const;
  // Whether all values are both day before month and month before day.
  bool is_ambiguous() const;
  bool has_values() const { return values() > 0; }
  // Whether every cell has a value, where the markers that count for this
  // column are missing ones.
  bool is_required() const;
  // A bit for each of kMissingMarkers that was seen and is missing here, or is
  // a value.
  std::uint32_t missing() const { return seen_ & ~words(); }
  std::uint32_t words() const;
  // The numbers of kMissingNumbers that are missing here.
  std::vector<double> missing_numbers() const;
  // Of the values; empty for types without an order.
  ValueRange range() const;
  // Whether all texts have the same length, so that equal values have equal
  // texts.
  bool is_fixed_width() const { return shortest_ == longest_; }

 private:
  struct Reading {
    std::uint8_t candidate;
    ValueRange range;
    bool has_true = false, has_false = false;  // of a boolean: which of its words were seen
    bool has_clear_word = false;               // one that has no other use
  };
  // One of kMissingNumbers that was seen.
  struct Outlier {
    double number;
    std::string text;
  };
  std::uint64_t values() const { return values_ + (words() != 0 ? weak_ : 0); }
  bool is_outlier(const Outlier& outlier) const;
  bool fits(Reading& reading, std::string_view text, CellKind kind);
  void start(std::string_view text, CellKind kind);
  void add_outlier(double number, std::string_view text);

  std::vector<Reading> readings_;  // that are still possible, the likeliest first
  std::vector<Outlier> outliers_;
  std::uint32_t seen_ = 0;
  std::uint64_t values_ = 0, strong_ = 0, weak_ = 0;
  bool has_letter_ = false;  // for a missing value, or for a kind as others of the column are
  std::size_t shortest_ = SIZE_MAX, longest_ = 0;
};

}  // namespace sp
