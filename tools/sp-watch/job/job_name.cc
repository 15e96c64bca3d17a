#include "sp-watch/job/job_name.h"

#include <fmt/format.h>

#include <algorithm>

#include "sp-watch/clock.h"
#include "sp/base/path_name.h"
#include "sp/base/utf8.h"

namespace sp::watch {
namespace {

constexpr std::size_t kLongestEnding = 32;

bool is_unsafe(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == '"' || c == '\\' || c == 0x2028 ||
         c == 0x2029;
}

void append_percent(std::string& out, std::string_view bytes) {
  for (const char byte : bytes) out += fmt::format("%{:02X}", static_cast<unsigned char>(byte));
}

std::string clean(std::string_view file) {
  std::string out;
  for (std::size_t i = 0; i < file.size();) {
    const std::size_t n = utf8_sequence(file, i);
    const std::string_view piece = file.substr(i, n == 0 ? 1 : n);
    if (n == 0 || is_unsafe(utf8_decode(piece))) {
      append_percent(out, piece);
    } else {
      out += piece;
    }
    i += piece.size();
  }
  return out;
}

// Where the ending begins: ".csv", ".csv.gz"; the whole length where there is none.
std::size_t ending_of(std::string_view name) {
  const std::string_view plain = unpacked_name(name);
  std::size_t dot = plain.rfind('.');
  if (dot == std::string_view::npos || dot == 0) dot = plain.size();
  return name.size() - dot <= kLongestEnding ? dot : name.size();
}

// FNV-1a: it tells long names apart. Where it does not, the spool tries the next name.
std::uint64_t fingerprint(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::string shorten(std::string_view stem, std::size_t room) {
  if (stem.size() <= room) return std::string(stem);
  const std::string mark = fmt::format("~{:016x}", fingerprint(stem));
  std::size_t end = room - mark.size();
  while (end > 0 && (static_cast<unsigned char>(stem[end]) & 0xc0) == 0x80) --end;
  return std::string(stem.substr(0, end)) + mark;
}

// 2025-01-31T10:15:00.123Z without the characters that file names dislike.
std::string stamp(std::int64_t wall_ms, unsigned n) {
  std::string out = ".";
  for (const char c : rfc3339(wall_ms)) {
    if (c != '-' && c != ':') out += c;
  }
  return n > 1 ? out + fmt::format("-{}", n) : out;
}

// Also where its rejected rows would be called so.
bool is_reserved(std::string_view name) {
  const std::string_view plain = unpacked_name(name);
  return plain.ends_with(kErrorsEnding) || plain.ends_with(kReasonEnding);
}

}  // namespace

std::string job_name(std::string_view file, std::int64_t wall_ms, unsigned n) {
  const std::string name = clean(file);
  const std::size_t dot = ending_of(name);
  const std::string_view stem = std::string_view(name).substr(0, dot);
  const std::string_view ending = std::string_view(name).substr(dot);
  const std::string tag = n > 0 || is_reserved(name) ? stamp(wall_ms, n) : "";
  return shorten(stem, kMaxJobName - ending.size() - tag.size()) + tag + std::string(ending);
}

}  // namespace sp::watch
