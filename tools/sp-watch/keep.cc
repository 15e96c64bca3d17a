#include "sp-watch/keep.h"

#include <charconv>
#include <string_view>

#include "sp/base/digits.h"
#include "sp/time/time_span.h"

namespace sp::watch {
namespace {

constexpr std::string_view kFiles = "files";

}  // namespace

std::optional<Keep> parse_keep(const std::string& text) {
  Keep out;
  out.text = text;
  if (text.ends_with(kFiles)) {
    const char* const end = text.data() + text.size() - kFiles.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out.files);
    if (error != std::errc() || stop != end || out.files == 0) return std::nullopt;
    return out;
  }
  const auto age = parse_duration_flag(text);
  if (!age || age->count() == 0 || digits::is_digit(text.back())) return std::nullopt;
  out.age = *age;
  return out;
}

}  // namespace sp::watch
