#include "sp/schema/words.h"

namespace sp {

const char* type_name(FieldType type) {
  for (const auto& word : kTypes) {
    if (word.value == type) return word.text;
  }
  return "";
}

const char* role_name(Role role) {
  for (const auto& word : kRoles) {
    if (word.value == role) return word.text;
  }
  return "";
}

std::optional<FieldType> find_type(std::string_view name) {
  for (const auto& word : kTypes) {
    if (word.text == name) return word.value;
  }
  return std::nullopt;
}

}  // namespace sp
