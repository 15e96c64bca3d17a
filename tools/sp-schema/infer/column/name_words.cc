#include "sp-schema/infer/column/name_words.h"

#include <cctype>

namespace sp {

std::string plain_name(std::string_view name) {
  std::string out;
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    // "SensorId" is two words.
    const bool begins_word =
        i > 0 && std::isupper(c) != 0 && std::islower(static_cast<unsigned char>(name[i - 1])) != 0;
    const bool is_word = std::isalnum(c) != 0 || c >= 0x80;
    if ((begins_word || !is_word) && !out.empty() && out.back() != '_') out += '_';
    if (is_word) out += static_cast<char>(std::tolower(c));
  }
  if (out.ends_with('_')) out.pop_back();
  return out;
}

bool has_word(std::string_view name, std::initializer_list<std::string_view> words) {
  const std::string plain = "_" + plain_name(name) + "_";
  for (const std::string_view word : words) {
    if (plain.find("_" + std::string(word) + "_") != std::string::npos) return true;
  }
  return false;
}

}  // namespace sp
