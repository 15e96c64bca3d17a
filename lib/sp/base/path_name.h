// The parts of a path's text, whether there is such a file or not.
#pragma once

#include <string>
#include <string_view>

namespace sp {

// What follows the last slash; a view into `path`.
inline std::string_view base_name(std::string_view path) {
  return path.substr(path.rfind('/') + 1);
}

// The folder that base_name() is in: "." where the path has no slash.
inline std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(path.substr(0, slash == 0 ? 1 : slash));
}

inline constexpr std::string_view kPackedEndings[] = {".gz", ".zst", ".xz", ".bz2"};

// `name` without the ending that says how it is packed, as that of its bytes unpacked; a view into
// it.
inline std::string_view unpacked_name(std::string_view name) {
  for (const std::string_view packed : kPackedEndings) {
    if (name.size() > packed.size() && name.ends_with(packed)) {
      return name.substr(0, name.size() - packed.size());
    }
  }
  return name;
}

// ".~12~" of NAME.~12~, as what gave way to another NAME is called, in GNU's way; a view into
// `name`, empty where that has none.
inline std::string_view kept_number(std::string_view name) {
  const std::size_t begin = name.rfind(".~");
  if (begin == name.npos || begin == 0) return {};
  const std::string_view digits = name.substr(begin + 2);
  const std::size_t end = digits.find_first_not_of("0123456789");
  return end != 0 && end + 1 == digits.size() && digits[end] == '~' ? name.substr(begin)
                                                                    : std::string_view();
}

}  // namespace sp
