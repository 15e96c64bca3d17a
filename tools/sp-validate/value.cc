#include "value.h"

#include <algorithm>
#include <cstring>

namespace sp {
namespace {

// A set of cell kinds that a type accepts. A JSON string is read as its text would be in CSV.
constexpr unsigned of(CellKind kind) { return 1u << static_cast<unsigned>(kind); }
constexpr unsigned kTexts = of(CellKind::kText) | of(CellKind::kString);
constexpr unsigned kNumbers = kTexts | of(CellKind::kNumber);

bool is_among(unsigned kinds, CellKind kind) { return (kinds & of(kind)) != 0; }

bool contains(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

template <class T>
void append_bytes(std::string& key, const T& value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  key.append(bytes, sizeof value);
}

}  // namespace

// The functions behind the table of types.
struct ValueReaders {
  static bool any(ValueReader&, std::string_view text, CellKind, Value&) {
    return text.find('\0') == std::string_view::npos;
  }
  static bool string(ValueReader&, std::string_view text, CellKind kind, Value&) {
    return is_among(kTexts, kind) && text.find('\0') == std::string_view::npos;
  }
  static bool integer(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return is_among(kNumbers, kind) && reader.number_format_.parse(text, value.integer);
  }
  static bool number(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    return is_among(kNumbers, kind) && reader.number_format_.parse(text, value.number);
  }
  static bool boolean(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    if (kind == CellKind::kNumber) return false;
    value.boolean =
        kind == CellKind::kBoolean ? text == "true" : contains(reader.field_->true_values, text);
    return kind == CellKind::kBoolean || value.boolean ||
           contains(reader.field_->false_values, text);
  }
  // Dates and times of day.
  static bool time(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    ParsedTime parsed;
    if (!is_among(kTexts, kind) || !reader.time_format_->parse(text, parsed)) return false;
    value.time = parsed.time;
    return true;
  }
  static bool datetime(ValueReader& reader, std::string_view text, CellKind kind, Value& value) {
    ParsedTime parsed;
    if (!is_among(kTexts, kind) || !reader.time_format_->parse(text, parsed)) return false;
    value.time = parsed.time;
    if (parsed.has_offset || reader.time_zone_->is_utc()) return true;
    const std::optional<std::int64_t> utc = reader.time_zone_->to_utc(parsed.time.seconds);
    if (utc) value.time.seconds = *utc;
    return utc.has_value();
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
};

const Type& find_type(FieldType type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes),
                       [&](const Type& row) { return row.type == type; });
}

bool is_temporal(FieldType type) {
  return type == FieldType::kDate || type == FieldType::kTime || type == FieldType::kDatetime;
}

}  // namespace

ValueReader::ValueReader(const Field& field)
    : read_(find_type(field.type).read), field_(&field), number_format_(field) {
  if (is_temporal(field.type)) time_format_.emplace(field.format, field.type);
  if (field.type == FieldType::kDatetime) time_zone_.emplace(field.timezone, field.dst);
}

std::string ValueReader::explain(std::string_view text) const {
  ParsedTime parsed;
  if (field_->type == FieldType::kDatetime && time_format_->parse(text, parsed)) {
    return "does not exist, or exists twice, in the time zone " + field_->timezone;
  }
  std::string why = std::string("is not ") + find_type(field_->type).noun;
  if (field_->format != "default" && field_->format != "any")
    why += " of the format " + field_->format;
  return why;
}

void ValueReader::append_key(const Value& value, std::string& key) const {
  switch (field_->type) {
    case FieldType::kInteger:
      return append_bytes(key, value.integer);
    case FieldType::kNumber:
      return append_bytes(key, value.number == 0 ? 0.0 : value.number);  // -0 is 0
    case FieldType::kBoolean:
      return key.push_back(value.boolean ? '1' : '0');
    case FieldType::kDate:
    case FieldType::kTime:
    case FieldType::kDatetime:
      append_bytes(key, value.time.seconds);
      return append_bytes(key, value.time.nanos);
    case FieldType::kString:
    case FieldType::kAny:
      append_bytes(key, value.text.size());
      key += value.text;
  }
}

}  // namespace sp
