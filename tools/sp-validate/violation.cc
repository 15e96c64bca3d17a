#include "sp-validate/violation.h"

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

ViolationLog::ViolationLog(const std::string& path) {
  if (!path.empty()) sink_ = open_sink(path);
}

void ViolationLog::add(const Violation& violation) {
  ++total_;
  count(violation);
  if (!sink_) return;
  JsonObject object;
  object.add("file", file_);
  add_number(object, "row", violation.row);
  add_number(object, "line", violation.line);
  add_text(object, "field", violation.field, violation.has_field);
  object.add("code", violation.code);
  add_text(object, "constraint", violation.constraint, !violation.constraint.empty());
  add_text(object, "value", cut(violation.value), violation.has_value);
  object.add("message", violation.message);
  sink_->append(object.str());
  sink_->append('\n');
}

// Linear: there are as many counts as fields have rules. Those of a header are each their own: it
// may have a million names that no field has.
void ViolationLog::count(const Violation& violation) {
  for (Count& entry : counts_) {
    if (violation.row == 0) break;
    if (entry.is_of_kind(violation.field, violation.code, violation.constraint)) {
      ++entry.count;
      return;
    }
  }
  counts_.push_back(
      {std::string(violation.field), violation.code, std::string(violation.constraint), 1});
}

void ViolationLog::close() {
  if (sink_) sink_->close();
}

}  // namespace sp
