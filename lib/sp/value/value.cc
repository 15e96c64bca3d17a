#include "sp/value/value.h"

#include <algorithm>
#include <cstring>

#include "sp/number/special_number.h"

namespace sp {
namespace {

// A set of cell kinds that a type accepts. A JSON string is read as its text would be in CSV.
constexpr unsigned of(CellKind kind) { return 1u << static_cast<unsigned>(kind); }
constexpr unsigned kTexts = of(CellKind::kText) | of(CellKind::kString);
constexpr unsigned kNumbers = kTexts | of(CellKind::kNumber);

bool is_among(unsigned kinds, CellKind kind) { return (kinds & of(kind)) != 0; }

template <class T>
void append_bytes(std::string& key, const T& value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  key.append(bytes, sizeof value);
}

// Appends a text so that no other texts together look the same.
void append_text(std::string& key, std::string_view text) {
  append_bytes(key, text.size());
  key += text;
}

// With no more bytes where there are no digits below nanoseconds, as is usual.
void append_time(std::string& key, const Value& value) {
  constexpr std::int32_t kMoreFollows = 1 << 30;  // above any nanoseconds
  append_bytes(key, value.time.seconds);
  if (value.below_nanos.empty()) return append_bytes(key, value.time.nanos);
  append_bytes(key, value.time.nanos | kMoreFollows);
  append_text(key, value.below_nanos);
}

void set_time(const ParsedTime& parsed, Value& value) {
  value.time = parsed.time;
  value.below_nanos = digits_below_nanos(parsed.fraction);
}

void append_number(std::string& key, double number) {
  append_bytes(key, number == 0 ? 0.0 : number);  // -0 is 0
}

// "lon, lat", the blank optional.
bool read_text_point(std::string_view text, double& longitude, double& latitude) {
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos) return false;
  std::string_view second = text.substr(comma + 1);
  if (second.starts_with(' ')) second.remove_prefix(1);
  return parse_double(text.substr(0, comma), longitude) && parse_double(second, latitude);
}

}  // namespace

// Hands each item's text to `visit` until one is refused.
template <class Visit>
bool ValueReader::each_item(std::string_view text, Visit visit) const {
  const std::string& delimiter = field_->list_delimiter;
  for (;;) {
    const std::size_t end = text.find(delimiter);
    if (!visit(text.substr(0, end))) return false;
    if (end == std::string_view::npos) return true;
    text.remove_prefix(end + delimiter.size());
  }
}

// The functions behind the table of types.
struct ValueReaders {
  static bool any(ValueReader&, std::string_view text, CellKind, Value&) {
    return text.find('\0') == std::string_view::npos;
  }
  static bool string(ValueReader& reader, std::string_view text, CellKind kind, Value&) {
    return is_among(kTexts, kind) && text.find('\0') == std::string_view::npos &&
           (reader.string_format_ == nullptr || reader.string_format_(text));
  }
  static bool integer(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return is_among(kNumbers, kind) && reader.number_format_.parse(text, value.integer);
  }
  static bool number(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return is_among(kNumbers, kind) && reader.number_format_.parse(text, value.number);
  }
  static bool boolean(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    if (kind == CellKind::kNumber) return false;
    value.boolean = kind == CellKind::kBoolean ? text == "true" : reader.true_.contains(text);
    return kind == CellKind::kBoolean || value.boolean || reader.false_.contains(text);
  }
  // Dates and times of day.
  static bool time(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    ParsedTime parsed;
    if (!is_among(kTexts, kind) || !reader.time_format_->parse(text, parsed)) return false;
    set_time(parsed, value);
    return true;
  }
  static bool datetime(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    ParsedTime parsed;
    // A count since 1970 is a number to JSON.
    const unsigned kinds = reader.time_format_->is_epoch() ? kNumbers : kTexts;
    if (!is_among(kinds, kind) || !reader.time_format_->parse(text, parsed)) return false;
    set_time(parsed, value);
    const bool is_utc = parsed.has_offset || reader.time_zone_->is_utc();
    if (is_utc && !parsed.has_second_60) return true;
    const std::optional<std::int64_t> utc = reader.time_zone_->to_utc(parsed);
    if (utc) value.time.seconds = *utc;
    return utc.has_value();
  }
  static bool year(ValueReader&, std::string_view text, CellKind kind, Value& value) {
    return is_among(kNumbers, kind) && parse_year(text, value.integer);
  }
  static bool yearmonth(ValueReader&, std::string_view text, CellKind kind, Value& value) {
    return is_among(kTexts, kind) && parse_year_month(text, value.integer);
  }
  static bool duration(ValueReader&, std::string_view text, CellKind kind, Value& value) {
    return is_among(kTexts, kind) && parse_duration(text, value.duration);
  }
  static bool json(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    if (!is_among(kTexts, kind) || !reader.json_->parse(text)) return false;
    value.length = reader.json_->size();
    return true;
  }
  static bool object(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return json(reader, text, kind, value) && reader.json_->is_object();
  }
  static bool array(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return json(reader, text, kind, value) && reader.json_->is_array();
  }
  static bool geojson(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    if (!json(reader, text, kind, value)) return false;
    return reader.field_->format == "topojson" ? reader.json_->is_topojson()
                                               : reader.json_->is_geojson();
  }
  static bool geopoint(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    double &longitude = value.longitude, &latitude = value.latitude;
    const std::string& format = reader.field_->format;
    if (!is_among(kTexts, kind)) return false;
    const bool is_point =
        format == "array"
            ? reader.json_->parse(text) && reader.json_->read_array_point(longitude, latitude)
        : format == "object"
            ? reader.json_->parse(text) && reader.json_->read_object_point(longitude, latitude)
            : read_text_point(text, longitude, latitude);
    return is_point && longitude >= -180 && longitude <= 180 && latitude >= -90 && latitude <= 90;
  }
  static bool list(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    value.length = 0;
    return is_among(kTexts, kind) && reader.each_item(text, [&](std::string_view item) {
      Value ignored;
      ++value.length;
      return reader.item_->read(item, CellKind::kText, ignored);
    });
  }
};

namespace {

struct Type {
  FieldType type;
  bool (*read)(ValueReader&, std::string_view, CellKind, Value&);
  const char* noun;  // "is not " this
};
constexpr Type kTypes[] = {
    {FieldType::kAny, ValueReaders::any, "text: it has a NUL byte"},
    {FieldType::kString, ValueReaders::string, "a string"},
    {FieldType::kInteger, ValueReaders::integer, "an integer (of 64 bits)"},
    {FieldType::kNumber, ValueReaders::number, "a number"},
    {FieldType::kBoolean, ValueReaders::boolean, "a boolean"},
    {FieldType::kDate, ValueReaders::time, "a date"},
    {FieldType::kTime, ValueReaders::time, "a time"},
    {FieldType::kDatetime, ValueReaders::datetime, "a date-time"},
    {FieldType::kYear, ValueReaders::year, "a year"},
    {FieldType::kYearmonth, ValueReaders::yearmonth, "a month of a year"},
    {FieldType::kDuration, ValueReaders::duration, "a duration"},
    {FieldType::kObject, ValueReaders::object, "a JSON object"},
    {FieldType::kArray, ValueReaders::array, "a JSON array"},
    {FieldType::kList, ValueReaders::list, "a list"},
    {FieldType::kGeopoint, ValueReaders::geopoint, "a geographic point"},
    {FieldType::kGeojson, ValueReaders::geojson, "a GeoJSON object"},
};

const Type& find_type(FieldType type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes),
                       [&](const Type& row) { return row.type == type; });
}

bool is_json(const Field& field) {
  return field.type == FieldType::kObject || field.type == FieldType::kArray ||
         field.type == FieldType::kGeojson ||
         (field.type == FieldType::kGeopoint &&
          (field.format == "array" || field.format == "object"));
}

}  // namespace

ValueReader::ValueReader(const Field& field)
    : read_(find_type(field.type).read), field_(&field), number_format_(field) {
  if (const std::optional<TimeKind> kind = time_kind(field.type)) {
    time_format_.emplace(field.format, *kind, field.hour24);
  }
  if (field.type == FieldType::kBoolean) {
    true_ = ListedValues(field.true_values);
    false_ = ListedValues(field.false_values);
  }
  if (field.type == FieldType::kDatetime) time_zone_.emplace(field.timezone, field.dst);
  if (field.type == FieldType::kString) string_format_ = find_string_format(field.format);
  if (is_json(field)) json_.emplace();
  if (field.type == FieldType::kList) {
    item_field_ = std::make_unique<Field>();
    item_field_->type = field.item_type;
    item_ = std::make_unique<ValueReader>(*item_field_);
  }
}

namespace {

bool is_number_between_blanks(const Field& field, std::string_view text) {
  if (field.type != FieldType::kNumber && field.type != FieldType::kInteger) return false;
  const std::size_t first = text.find_first_not_of(' ');
  const std::size_t last = text.find_last_not_of(' ');
  if (first == std::string_view::npos || last - first + 1 == text.size()) return false;
  Value value;
  return ValueReader(field).read(text.substr(first, last - first + 1), CellKind::kText, value);
}

}  // namespace

bool ValueReader::read_special(std::string_view text, CellKind kind, Value& value) const {
  return field_->type == FieldType::kNumber && is_among(kTexts, kind) &&
         parse_special_number(text, value.number);
}

std::string ValueReader::explain(std::string_view text) const {
  ParsedTime parsed;
  if (field_->type == FieldType::kDatetime && time_format_->parse(text, parsed)) {
    return time_zone_->explain(parsed);
  }
  std::string why = std::string("is not ") + find_type(field_->type).noun;
  if (field_->format != "default" && field_->format != "any")
    why += " of the format " + field_->format;
  const std::optional<TimeKind> kind = time_kind(field_->type);
  if (kind && !field_->hour24 && TimeFormat(field_->format, *kind, true).parse(text, parsed)) {
    why += "; hour24 would make it the end of its day";
  }
  if (kind) {
    const std::string lax = without_zeros(field_->format);
    const bool lacks_zeros =
        lax != field_->format && TimeFormat(lax, *kind, field_->hour24).parse(text, parsed);
    if (lacks_zeros) why += "; the format " + lax + " takes it without its leading zeros";
  }
  if (is_number_between_blanks(*field_, text)) {
    why += "; bareNumber: false lets blanks stand around it";
  }
  if (item_) why += std::string(" whose items are of the type ") + type_name(field_->item_type);
  return why;
}

void ValueReader::append_key(const Value& value, std::string& key) const {
  switch (field_->type) {
    case FieldType::kInteger:
    case FieldType::kYear:
    case FieldType::kYearmonth:
      return append_bytes(key, value.integer);
    case FieldType::kNumber:
      return append_number(key, value.number);
    case FieldType::kBoolean:
      return key.push_back(value.boolean ? '1' : '0');
    case FieldType::kDate:
    case FieldType::kTime:
    case FieldType::kDatetime:
      return append_time(key, value);
    case FieldType::kDuration:
      append_bytes(key, value.duration.months);
      append_bytes(key, value.duration.time.seconds);
      return append_bytes(key, value.duration.time.nanos);
    case FieldType::kGeopoint:
      append_number(key, value.longitude);
      return append_number(key, value.latitude);
    case FieldType::kList:
      return append_list_key(value, key);
    case FieldType::kObject:
    case FieldType::kArray:
    case FieldType::kGeojson: {
      JsonValue json;
      return append_text(key, json.parse(value.text) ? json.minified() : value.text);
    }
    case FieldType::kString:
    case FieldType::kAny:
      append_text(key, value.text);
  }
}

void ValueReader::append_list_key(const Value& value, std::string& key) const {
  append_bytes(key, value.length);
  each_item(value.text, [&](std::string_view text) {
    Value item;
    if (item_->read(text, CellKind::kText, item)) item_->append_key(item, key);
    return true;
  });
}

}  // namespace sp
