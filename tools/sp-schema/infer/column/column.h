// What a column seems to hold, told from its cells one by one: its type and
// format, what stands for a missing value, and from where to where the values
// go.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sp-schema/infer/column/candidate.h"
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

struct ValueRange {
  Rank low, high;
  std::string low_text, high_text;  // as they came
  bool is_empty = true;
  void add(const Rank& rank, std::string_view text);
};

// Values that are not of a column's type.
struct Damage {
  std::uint64_t count = 0;
  std::string text;        // of the first of them
  std::uint64_t line = 0;  // of the file where it stands; 0: not known
};

class ColumnGuess {
 public:
  // `line` is that of the file.
  void see(std::string_view text, CellKind kind, std::uint64_t line = 0);
  // The narrowest type that all values are of, or all but one in fifty that are damaged; any where
  // there are none.
  FieldType type() const { return field().type; }
  // Type, format, decimalChar, groupChar, trueValues, falseValues of that reading, or of the one
  // that was chosen.
  const Field& field() const;
  // The same where the column's name says that numbers count seconds since
  // 1970, or write dates.
  const Field& field_named(std::string_view name) const;
  // Others that fit as many values, the likeliest first.
  std::vector<const Field*> alternatives() const;
  // The numbers that it holds if 007 is one; null where all or none are so.
  const Field* padded_number() const;
  // The texts that it holds if no value is damaged; null where it cannot hold texts.
  const Field* text() const;
  // From here on the column is what that is, which one of the above has given.
  void choose(const Field& field) { chosen_ = &field; }

  bool has_values() const { return values() > 0; }
  std::uint64_t count() const { return values_; }
  const std::string& first_text() const { return first_text_; }
  // Values that are not of its type, and those that alone keep it from another.
  Damage damage() const;
  Damage near_miss() const;
  // Whether every cell has a value, where the markers that count for this
  // column are missing ones.
  bool is_required() const;
  // A bit for each of kMissingMarkers that was seen and is missing here, or is
  // a value.
  std::uint32_t missing() const { return seen_ & ~words(); }
  std::uint32_t words() const;
  // The numbers of kMissingNumbers that are missing here.
  std::vector<double> missing_numbers() const;
  // The one of kMissingNumbers that is the only value.
  std::optional<double> only_number() const;
  void set_missing(double number) { set_missing_.push_back(number); }
  // Of the values; empty for types without an order.
  ValueRange range() const;
  // Of whole numbers, with or without zeros before them; empty where not all values are such.
  ValueRange whole_numbers() const;
  // Whether the values are whole numbers of which each is one more than the last.
  bool counts_up() const { return counts_up_ && values_ > 1; }
  // Of times: whether each says its offset from UTC.
  bool has_offsets() const;
  // A value such as 1.250 or 1,250, in which the sign may be that of decimals or of thousands;
  // empty where there is none, or where others leave no doubt.
  const std::string& ambiguous_mark() const;
  // Whether all texts have the same length, so that equal values have equal
  // texts.
  bool is_fixed_width() const { return shortest_ == longest_; }

 private:
  struct Possible {
    std::uint16_t candidate = 0;
    ValueRange range;
    bool has_true = false, has_false = false;  // of a boolean: which of its words were seen
    bool has_clear_word = false;               // one that has no other use
    bool is_padded = false, lacks_offset = false;
    std::unique_ptr<Damage> damage;  // null: none
    std::uint64_t damaged() const { return damage ? damage->count : 0; }
  };
  // One of kMissingNumbers that was seen.
  struct Outlier {
    double number;
    std::string text;
  };
  std::uint64_t values() const { return values_ + (words() != 0 ? weak_ : 0); }
  bool is_typed(const Possible& possible) const;
  bool is_accepted(const Possible& possible) const;
  const Possible* best() const;
  const Possible* current() const;
  bool is_missing(const Outlier& outlier) const;
  bool fits(Possible& possible, std::string_view text, CellKind kind);
  void start(std::string_view text, CellKind kind);
  void see_marks(std::string_view text);
  void see_count(std::string_view text);
  void add_outlier(double number, std::string_view text);

  std::vector<Possible> possible_;  // the likeliest first
  const Field* chosen_ = nullptr;
  std::vector<Outlier> outliers_;
  std::vector<double> set_missing_;
  std::string first_text_, marked_text_;
  std::uint64_t first_line_ = 0;
  std::uint32_t seen_ = 0;
  std::uint64_t values_ = 0, strong_ = 0, weak_ = 0;
  std::int64_t last_count_ = 0;
  bool counts_up_ = true;
  bool has_clear_marks_ = false;
  bool has_letter_ = false;  // for a missing value, or for a kind as others of the column are
  std::size_t shortest_ = SIZE_MAX, longest_ = 0;
};

}  // namespace sp
