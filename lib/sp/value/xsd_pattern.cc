#include "sp/value/xsd_pattern.h"

#include <fmt/format.h>

#include <map>
#include <optional>

#include "sp/base/diagnostic.h"
#include "sp/base/utf8.h"
#include "sp/value/code_points.h"

namespace sp {
namespace {

// As themselves after a backslash: those of XML Schema, and other signs, which mean nothing else.
constexpr std::string_view kEscapable = ".\\?*+{}()|[]^$-/\"'#%&,:;<=>@_`~! ";

// NameStartChar and NameChar of XML 1.0.
CodePoints name_start_characters() {
  CodePoints points(':', ':');
  constexpr char32_t kRanges[][2] = {
      {'A', 'Z'},       {'_', '_'},       {'a', 'z'},       {0xc0, 0xd6},     {0xd8, 0xf6},
      {0xf8, 0x2ff},    {0x370, 0x37d},   {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f},
      {0x2c00, 0x2fef}, {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
  for (const auto& range : kRanges) points.add(range[0], range[1]);
  return points;
}

CodePoints name_characters() {
  CodePoints points = name_start_characters();
  points.add('-', '.');
  points.add('0', '9');
  points.add(0xb7, 0xb7);
  points.add(0x300, 0x36f);
  points.add(0x203f, 0x2040);
  return points;
}

// An escape that stands for many characters; its capital for all others.
struct ClassEscape {
  char letter, opposite;
  CodePoints (*points)();
};
constexpr ClassEscape kClassEscapes[] = {
    {'d', 'D', [] { return CodePoints::of_class("\\p{Nd}"); }},
    {'w', 'W', [] { return CodePoints::of_class("[^\\p{P}\\p{Z}\\p{C}]"); }},
    {'s', 'S', [] { return CodePoints::of_class("[ \\t\\n\\r]"); }},
    {'i', 'I', name_start_characters},
    {'c', 'C', name_characters},
};

class Translator {
 public:
  explicit Translator(std::string_view pattern) : pattern_(pattern) {}

  std::string translate() {
    while (!at_end()) translate_next();
    if (open_ != 0) fail("a group is not closed");
    return std::move(out_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ExitCode::kConfig,
                fmt::format("the pattern is not a regular expression of XML Schema that sp can "
                            "match: {}, at character {}",
                            what, at_ + 1));
  }
  bool at_end() const { return at_ == pattern_.size(); }
  bool next_is(char c) const { return !at_end() && pattern_[at_] == c; }
  char take() {
    if (at_end()) fail("it ends too early");
    return pattern_[at_++];
  }

  void translate_next() {
    const std::size_t begin = at_;
    const char c = take();
    switch (c) {
      case '\\':
        out_ += take_escape().re2_class();
        break;
      case '.':
        out_ += "[^\\n\\r]";
        break;
      case '[':
        out_ += take_class().re2_class();
        break;
      case '(':
        ++open_;
        take_group();
        break;
      case ')':
        if (open_-- == 0) fail("a group is closed that is not open");
        out_ += c;
        break;
      case '^':
        out_ += begins_branch(begin) ? "^" : "\\^";
        break;
      case '$':
        out_ += ends_branch() ? "$" : "\\$";
        break;
      default:
        out_ += c;
    }
  }

  bool begins_branch(std::size_t at) const {
    return at == 0 || pattern_[at - 1] == '|' || pattern_[at - 1] == '(';
  }
  bool ends_branch() const { return at_end() || next_is('|') || next_is(')'); }

  void take_group() {
    out_ += '(';
    if (!next_is('?')) {
      out_ += "?:";
      return;
    }
    const std::string_view rest = pattern_.substr(at_);
    if (!rest.starts_with("?:") && !rest.starts_with("?i")) {
      fail("a group begins with '?', which has no meaning there");
    }
  }

  // After the backslash.
  CodePoints take_escape() {
    const char c = take();
    if (c == 'n') return {'\n', '\n'};
    if (c == 'r') return {'\r', '\r'};
    if (c == 't') return {'\t', '\t'};
    if (c == 'p') return take_property();
    if (c == 'P') return take_property().complement();
    for (const ClassEscape& row : kClassEscapes) {
      if (c == row.letter) return known(std::string(1, c), row.points);
      if (c == row.opposite) return known(std::string(1, row.letter), row.points).complement();
    }
    const auto sign = static_cast<unsigned char>(c);
    if (kEscapable.find(c) != std::string_view::npos) return {sign, sign};
    --at_;
    fail(fmt::format("'\\{}' is no escape", c));
  }

  CodePoints take_property() {
    const std::size_t end = pattern_.find('}', at_);
    if (!next_is('{') || end == std::string_view::npos) fail("'\\p' needs a name in braces");
    const std::string_view name = pattern_.substr(at_ + 1, end - at_ - 1);
    if (name.starts_with("Is")) {
      CodePoints block = character_block(name.substr(2));
      if (block.empty()) {
        fail(
            fmt::format("the block '{}' is not one that sp knows; write its characters as a "
                        "range",
                        name));
      }
      at_ = end + 1;
      return block;
    }
    if (name.empty() || name.size() > 2) fail("'\\p' needs a general category or a block");
    at_ = end + 1;
    const std::string re2_class = fmt::format("\\p{{{}}}", name);
    return known(re2_class, [&] { return CodePoints::of_class(re2_class); });
  }

  // To ask RE2 what a class has costs milliseconds, so that it is asked once.
  template <class Make>
  const CodePoints& known(const std::string& name, Make make) {
    const auto found = known_.find(name);
    return found != known_.end() ? found->second : known_.emplace(name, make()).first->second;
  }

  char32_t take_character() {
    const std::size_t length = utf8_sequence(pattern_, at_);
    if (length == 0) fail("a byte is not UTF-8");
    const char32_t c = utf8_decode(pattern_.substr(at_, length));
    at_ += length;
    return c;
  }

  // One character where a range may begin or end, escaped or not; nothing for an escape of many,
  // which is added to `points`.
  std::optional<char32_t> take_bound(CodePoints& points) {
    if (!next_is('\\')) return take_character();
    take();
    const bool is_many =
        !at_end() && std::string_view("pPdDwWsSiIcC").find(pattern_[at_]) != std::string_view::npos;
    const char letter = at_end() ? '\0' : pattern_[at_];
    const CodePoints escaped = take_escape();
    if (is_many) {
      points.add(escaped);
      return std::nullopt;
    }
    if (letter == 'n') return U'\n';
    if (letter == 'r') return U'\r';
    if (letter == 't') return U'\t';
    return static_cast<char32_t>(static_cast<unsigned char>(letter));
  }

  // After the bracket; nested ones are subtracted.
  CodePoints take_class() {
    if (++depth_ > kMaxDepth) fail("classes are nested too deeply");
    const bool negated = next_is('^');
    if (negated) take();
    CodePoints points, subtracted;
    bool is_empty = true;
    while (!next_is(']') || is_empty) {
      if (at_end()) fail("a class is not closed");
      if (next_is('-') && pattern_.substr(at_ + 1).starts_with('[') && !is_empty) {
        at_ += 2;
        subtracted = take_class();
        if (!next_is(']')) fail("a class goes on after what is subtracted from it");
        break;
      }
      if (next_is('[')) fail("'[' in a class needs a backslash");
      if (next_is(']')) fail("a class is empty");
      take_range(points);
      is_empty = false;
    }
    take();
    --depth_;
    if (negated) points = points.complement();
    points.remove(subtracted);
    return points;
  }

  void take_range(CodePoints& points) {
    const std::optional<char32_t> first = take_bound(points);
    if (!first) return;
    const std::string_view rest = pattern_.substr(at_);
    if (!rest.starts_with('-') || rest.starts_with("-]") || rest.starts_with("-[")) {
      points.add(*first, *first);
      return;
    }
    take();
    const std::optional<char32_t> last = take_bound(points);
    if (!last) fail("a range ends in an escape of many characters");
    if (*last < *first) fail("a range ends before it begins");
    points.add(*first, *last);
  }

  static constexpr int kMaxDepth = 32;
  std::string_view pattern_;
  std::size_t at_ = 0;
  std::string out_;
  std::map<std::string, CodePoints> known_;
  int open_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string translate_xsd_pattern(std::string_view pattern) {
  return Translator(pattern).translate();
}

}  // namespace sp
