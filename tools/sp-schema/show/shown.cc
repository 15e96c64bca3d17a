#include "sp-schema/show/shown.h"

#include "sp/base/json_text.h"

namespace sp {
namespace {

// What a terminal may take for a command, where JSON lets it stand: DEL, and the controls of
// Latin-1's upper half.
std::string without_controls(const std::string& json) {
  std::string out;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const auto byte = static_cast<unsigned char>(json[i]);
    const auto next = static_cast<unsigned char>(i + 1 < json.size() ? json[i + 1] : '\0');
    const bool is_upper_control = byte == 0xc2 && next >= 0x80 && next < 0xa0;
    if (byte != 0x7f && !is_upper_control) {
      out += json[i];
      continue;
    }
    static constexpr char kDigits[] = "0123456789abcdef";
    const unsigned code = is_upper_control ? next : byte;
    out += {'\\', 'u', '0', '0', kDigits[code >> 4], kDigits[code & 15]};
    if (is_upper_control) ++i;
  }
  return out;
}

}  // namespace

std::string shown(std::string_view text) {
  std::string json;
  append_json_string(json, text);
  json = without_controls(json);
  const bool is_plain = !text.empty() && text.find_first_of(" ,") == std::string_view::npos &&
                        json.size() == text.size() + 2 && json.compare(1, text.size(), text) == 0;
  return is_plain ? std::string(text) : json;
}

std::string shown_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + shown(text);
  return list;
}

}  // namespace sp
