// A cell's value by its field's type, and how it is read.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "sp/base/listed_values.h"
#include "sp/base/string_format.h"
#include "sp/json/json_value.h"
#include "sp/schema/number_format.h"
#include "sp/schema/schema.h"
#include "sp/table/record.h"
#include "sp/time/time_format.h"
#include "sp/time/timestamp.h"
#include "sp/value/calendar_value.h"

namespace sp {

// Only the member that the field's type names is meaningful; `text` always is, and belongs to the
// row.
struct Value {
  std::string_view text;
  double number = 0;         // number
  std::int64_t integer = 0;  // integer, year, yearmonth (months since year 0)
  Timestamp time;            // date, time, datetime (in UTC)
  // Of a time, the digits after the ninth of its second, without zeros at the end; usually none.
  // They belong to the row, or to the reader until it reads again.
  std::string_view below_nanos;
  bool boolean = false;  // boolean
  Duration duration;     // duration
  double longitude = 0;  // geopoint
  double latitude = 0;
  std::size_t length = 0;  // array, object, list: items
};

// What Value::below_nanos is, of the digits of a second's fraction.
inline std::string_view digits_below_nanos(std::string_view fraction) {
  constexpr std::size_t kDigits = 9;
  if (fraction.size() <= kDigits) return {};
  fraction.remove_prefix(kDigits);
  return fraction.substr(0, fraction.find_last_not_of('0') + 1);
}

class ValueReader {
 public:
  // Keeps a pointer to `field`, which must outlive the reader. Throws Error(kConfig).
  explicit ValueReader(const Field& field);
  // False where `text` is not of the field's type. `kind` is what the format says of it.
  bool read(std::string_view text, CellKind kind, Value& value) {
    return read_common(text, kind, value) || read_special(text, kind, value);
  }
  // The two halves of it, for the hot path: all values but NaN and infinity, and those.
  bool read_common(std::string_view text, CellKind kind, Value& value) {
    value.text = text;
    return read_(*this, text, kind, value);
  }
  bool read_special(std::string_view text, CellKind kind, Value& value) const;
  const Field& field() const { return *field_; }
  // Why a text that read() refused is wrong: "is not a number".
  std::string explain(std::string_view text) const;
  // Appends bytes that are the same for equal values and differ for others.
  void append_key(const Value& value, std::string& key) const;

 private:
  void append_list_key(const Value& value, std::string& key) const;
  template <class Visit>
  bool each_item(std::string_view text, Visit visit) const;
  friend struct ValueReaders;
  using Read = bool (*)(ValueReader&, std::string_view, CellKind, Value&);
  Read read_;
  const Field* field_;
  NumberFormat number_format_;
  ListedValues<std::string> true_, false_;  // of a boolean
  std::optional<TimeFormat> time_format_;
  std::optional<TimeZone> time_zone_;     // of a datetime
  StringFormat string_format_ = nullptr;  // of a string; null: any text
  std::unique_ptr<Field> item_field_;     // of a list
  std::unique_ptr<ValueReader> item_;
  std::optional<JsonValue> json_;  // of the types that are JSON
};

}  // namespace sp
