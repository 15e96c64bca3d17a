#include "sp/value/code_points.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/utf8.h"

namespace sp {
namespace {

constexpr char32_t kLast = 0x10ffff;
constexpr char32_t kFirstSurrogate = 0xd800, kLastSurrogate = 0xdfff;

void append_utf8(std::string& out, char32_t c) {
  const auto byte = [&](char32_t value) { out += static_cast<char>(value); };
  if (c < 0x80) return byte(c);
  if (c < 0x800) {
    byte(0xc0 | c >> 6);
  } else {
    if (c < 0x10000) {
      byte(0xe0 | c >> 12);
    } else {
      byte(0xf0 | c >> 18);
      byte(0x80 | (c >> 12 & 0x3f));
    }
    byte(0x80 | (c >> 6 & 0x3f));
  }
  byte(0x80 | (c & 0x3f));
}

// Every character that there can be, in order.
std::string all_characters() {
  std::string all;
  all.reserve(std::size_t{4} << 20);
  for (char32_t c = 0; c <= kLast; ++c) {
    if (c < kFirstSurrogate || c > kLastSurrogate) append_utf8(all, c);
  }
  return all;
}

char32_t first_character(std::string_view text) {
  return utf8_decode(text.substr(0, utf8_sequence(text, 0)));
}

char32_t last_character(std::string_view text) {
  std::size_t at = text.size() - 1;
  while ((static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  return utf8_decode(text.substr(at));
}

struct Block {
  const char* name;
  char32_t first, last;
};
constexpr Block kBlocks[] = {
    {"BasicLatin", 0x0000, 0x007f},
    {"Latin-1Supplement", 0x0080, 0x00ff},
    {"LatinExtended-A", 0x0100, 0x017f},
    {"LatinExtended-B", 0x0180, 0x024f},
    {"IPAExtensions", 0x0250, 0x02af},
    {"SpacingModifierLetters", 0x02b0, 0x02ff},
    {"CombiningDiacriticalMarks", 0x0300, 0x036f},
    {"Greek", 0x0370, 0x03ff},
    {"GreekandCoptic", 0x0370, 0x03ff},
    {"Cyrillic", 0x0400, 0x04ff},
    {"Armenian", 0x0530, 0x058f},
    {"Hebrew", 0x0590, 0x05ff},
    {"Arabic", 0x0600, 0x06ff},
    {"Devanagari", 0x0900, 0x097f},
    {"Thai", 0x0e00, 0x0e7f},
    {"Georgian", 0x10a0, 0x10ff},
    {"LatinExtendedAdditional", 0x1e00, 0x1eff},
    {"GreekExtended", 0x1f00, 0x1fff},
    {"GeneralPunctuation", 0x2000, 0x206f},
    {"SuperscriptsandSubscripts", 0x2070, 0x209f},
    {"CurrencySymbols", 0x20a0, 0x20cf},
    {"LetterlikeSymbols", 0x2100, 0x214f},
    {"NumberForms", 0x2150, 0x218f},
    {"Arrows", 0x2190, 0x21ff},
    {"MathematicalOperators", 0x2200, 0x22ff},
    {"Hiragana", 0x3040, 0x309f},
    {"Katakana", 0x30a0, 0x30ff},
    {"CJKUnifiedIdeographs", 0x4e00, 0x9fff},
    {"HangulSyllables", 0xac00, 0xd7af},
    {"PrivateUse", 0xe000, 0xf8ff},
};

}  // namespace

// RE2 tells its classes only by matching: runs of all characters in order are ranges.
CodePoints CodePoints::of_class(std::string_view re2_class) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_dot_nl(true);
  const RE2 runs(fmt::format("({}+)", re2_class), options);
  if (!runs.ok()) {
    throw Error(ExitCode::kConfig, fmt::format("'{}' is no class that RE2 knows", re2_class));
  }
  const std::string all = all_characters();
  re2::StringPiece rest(all), run;
  CodePoints points;
  while (RE2::FindAndConsume(&rest, runs, &run)) {
    const std::string_view text(run.data(), run.size());
    points.ranges_.push_back({first_character(text), last_character(text)});
  }
  return points;
}

void CodePoints::add(char32_t first, char32_t last) {
  ranges_.push_back({first, last});
  normalize();
}

void CodePoints::add(const CodePoints& other) {
  ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
  normalize();
}

void CodePoints::remove(const CodePoints& other) {
  CodePoints kept = complement();
  kept.add(other);
  *this = kept.complement();
}

CodePoints CodePoints::complement() const {
  CodePoints others;
  char32_t next = 0;
  for (const Range& range : ranges_) {
    if (range.first > next) others.ranges_.push_back({next, range.first - 1});
    next = range.last + 1;
  }
  if (next <= kLast) others.ranges_.push_back({next, kLast});
  return others;
}

void CodePoints::normalize() {
  std::sort(ranges_.begin(), ranges_.end(),
            [](const Range& a, const Range& b) { return a.first < b.first; });
  std::vector<Range> merged;
  for (const Range& range : ranges_) {
    if (!merged.empty() && range.first <= merged.back().last + 1) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  ranges_ = std::move(merged);
}

std::string CodePoints::re2_class() const {
  std::string text = "[";
  for (const Range& range : ranges_) {
    text += fmt::format("\\x{{{:x}}}-\\x{{{:x}}}", static_cast<std::uint32_t>(range.first),
                        static_cast<std::uint32_t>(range.last));
  }
  return text + "]";
}

CodePoints character_block(std::string_view name) {
  for (const Block& block : kBlocks) {
    if (name == block.name) return {block.first, block.last};
  }
  return {};
}

}  // namespace sp
