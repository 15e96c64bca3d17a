#include "sp-validate/violation.h"

#include "sp/base/excerpt.h"
#include "sp/base/json_text.h"
#include "sp/io/xxh128.h"

namespace sp {
namespace {

void add_text(JsonObject& object, std::string_view key, std::string_view text, bool present) {
  if (present) {
    object.add(key, text);
  } else {
    object.add(key, nullptr);
  }
}

void add_number(JsonObject& object, std::string_view key, std::uint64_t number) {
  if (number > 0) {
    object.add(key, number);
  } else {
    object.add(key, nullptr);
  }
}

// A value is kept whole in the rejects; in the log it is cut, at a character's end.
std::string_view cut(std::string_view value) {
  constexpr std::size_t kMost = 1024;
  if (value.size() <= kMost) return value;
  std::size_t end = kMost;
  while (end > kMost - 4 && (static_cast<unsigned char>(value[end]) & 0xc0) == 0x80) --end;
  return value.substr(0, end);
}

}  // namespace

Violation violation_at(const Record& record, const char* code) {
  Violation violation;
  violation.row = record.row();
  violation.line = record.line();
  violation.code = code;
  violation.raw = record.raw();
  while (violation.raw.ends_with('\n') || violation.raw.ends_with('\r')) {
    violation.raw.remove_suffix(1);
  }
  return violation;
}

bool is_text(FieldType type) { return type == FieldType::kString || type == FieldType::kAny; }

std::string shown(FieldType type, std::string_view text) {
  return is_text(type) || text.size() > 60 ? excerpt(text) : std::string(text);
}

ViolationCounts::Count& ViolationCounts::count_of(std::string_view field, std::string_view code,
                                                  std::string_view constraint) {
  std::string kind(field);
  kind.append(1, '\0').append(code).append(1, '\0').append(constraint);
  const auto [at, is_new] = places_.try_emplace(std::move(kind), counts_.size());
  if (is_new) {
    counts_.push_back({std::string(field), std::string(code), std::string(constraint)});
  }
  return counts_[at->second];
}

void ViolationCounts::add(const Violation& violation) {
  Count& count = count_of(violation.field, violation.code, violation.constraint);
  ++count.count;
  if (violation.is_forgiven) ++count.forgiven;
}

void ViolationCounts::add(const ViolationCounts& other) {
  for (const Count& more : other) {
    Count& count = count_of(more.field, more.code, more.constraint);
    count.count += more.count;
    count.forgiven += more.forgiven;
  }
}

std::uint64_t ViolationCounts::total() const {
  std::uint64_t sum = 0;
  for (const Count& count : counts_) sum += count.count;
  return sum;
}

void ViolationLog::add(const Violation& violation) {
  ++total_;
  counts_.add(violation);
  if (!lines_) return;
  JsonObject object;
  object.add("file", file_);
  add_number(object, "row", violation.row);
  add_number(object, "line", violation.line);
  add_text(object, "field", violation.field, violation.has_field);
  object.add("code", violation.code);
  add_text(object, "constraint", violation.constraint, !violation.constraint.empty());
  add_text(object, "value", cut(violation.value), violation.has_value);
  object.add("message", violation.message);
  object.add("xxh128", xxh128_hex(violation.raw));
  row_.push_back(std::move(object));
}

void ViolationLog::end_row(const Subject& subject) {
  for (JsonObject& object : row_) {
    if (has_subjects_) {
      add_text(object, "source", subject.source, !subject.source.empty());
      add_text(object, "sensor_key", subject.sensor_key, !subject.sensor_key.empty());
      add_text(object, "ts", subject.ts, !subject.ts.empty());
    }
    *lines_ += object.str();
    *lines_ += '\n';
  }
  row_.clear();
}

}  // namespace sp
