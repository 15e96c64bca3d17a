#include "sp/json/json_fault.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "sp/base/excerpt.h"
#include "sp/base/json_text.h"
#include "sp/base/utf8.h"

namespace sp {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n";
constexpr std::string_view kStructure = "{}[]:,\"";

// Walks over one JSON value with a stack of its own, so that no depth can exhaust the real one.
class JsonWalk {
 public:
  explicit JsonWalk(std::string_view text) : text_(text) {}

  std::optional<JsonFault> run() {
    const std::size_t invalid = find_invalid_utf8(text_);
    text_ = text_.substr(0, invalid);
    if (text_.starts_with("\xef\xbb\xbf")) fail(0, "a byte-order mark; save the file without one");
    while (!fault_ && !done_) step();
    if (invalid == std::string_view::npos || (fault_ && fault_at_ < text_.size())) return fault_;
    fail(invalid, "a byte here is not UTF-8");
    return fault_;
  }

 private:
  enum class Wants { kValue, kValueOrEnd, kName, kNameOrEnd, kColon, kCommaOrEnd };

  void step() {
    at_ = std::min(text_.find_first_not_of(kWhiteSpace, at_), text_.size());
    if (at_ == text_.size()) return end();
    switch (wants_) {
      case Wants::kValueOrEnd:
        if (text_[at_] == ']') return close();
        [[fallthrough]];
      case Wants::kValue:
        return value();
      case Wants::kNameOrEnd:
        if (text_[at_] == '}') return close();
        [[fallthrough]];
      case Wants::kName:
        return name();
      case Wants::kColon:
        return colon();
      case Wants::kCommaOrEnd:
        return comma_or_end();
    }
  }

  void end() {
    if (open_.empty()) {
      if (wants_ == Wants::kCommaOrEnd) {
        done_ = true;
      } else {
        fail(at_, "there is nothing");
      }
      return;
    }
    const std::uint64_t line = place(open_.back()).first;
    fail(at_, std::string("the text ends inside the ") + text_[open_.back()] + " of line " +
                  std::to_string(line));
  }

  void value() {
    const char c = text_[at_];
    if (c == '{' || c == '[') {
      is_after_comma_ = false;
      open_.push_back(at_++);
      wants_ = c == '{' ? Wants::kNameOrEnd : Wants::kValueOrEnd;
    } else if (c == '"') {
      string();
      wants_ = Wants::kCommaOrEnd;
    } else {
      literal();
    }
  }

  void literal() {
    const std::size_t end = word_end();
    const std::string_view word = text_.substr(at_, end - at_);
    if (word.empty()) {
      if (is_after_comma_) return fail(comma_, "a comma that nothing follows");
      return fail(at_, "a value is missing before " + next_token());
    }
    if (word != "true" && word != "false" && word != "null" && !is_json_number(word)) {
      return fail(at_, excerpt(word) + " is not a JSON value" + advice(word));
    }
    at_ = end;
    wants_ = Wants::kCommaOrEnd;
  }

  void name() {
    if (text_[at_] != '"') {
      if (is_after_comma_ && text_[at_] == '}') return fail(comma_, "a comma that nothing follows");
      return fail(at_, "a name in double quotes is missing before " + next_token());
    }
    string();
    wants_ = Wants::kColon;
  }

  void colon() {
    if (text_[at_] != ':') return fail(at_, "a colon is missing after the name");
    ++at_;
    is_after_comma_ = false;
    wants_ = Wants::kValue;
  }

  void comma_or_end() {
    if (open_.empty()) return fail(at_, "there is more after the end");
    const bool in_object = text_[open_.back()] == '{';
    const char c = text_[at_];
    if (c == (in_object ? '}' : ']')) return close();
    if (c != ',') {
      return fail(at_, std::string("a comma or ") + (in_object ? '}' : ']') +
                           " is missing before " + next_token());
    }
    comma_ = at_++;
    is_after_comma_ = true;
    wants_ = in_object ? Wants::kName : Wants::kValue;
  }

  void close() {
    ++at_;
    open_.pop_back();
    wants_ = Wants::kCommaOrEnd;
  }

  void string() {
    const std::size_t begin = at_++;
    is_after_comma_ = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return;
      }
      if (static_cast<unsigned char>(c) < 0x20) break;
      if (c == '\\' && !escape()) return;
    }
    const bool is_inside = at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '\r';
    if (is_inside) return fail(at_, "a control character in a text must be written as \\u00XX");
    const std::size_t end = at_;
    fail(begin, "a text is not closed on its line");
    fault_at_ = end;
  }

  // Moves to the last character of the escape.
  bool escape() {
    const std::size_t begin = at_++;
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c != '\0' && std::string_view("\"\\/bfnrt").find(c) != std::string_view::npos) return true;
    const std::string_view digits = text_.substr(std::min(at_ + 1, text_.size()), 4);
    if (c == 'u' && digits.size() == 4 &&
        digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos) {
      at_ += 4;
      return true;
    }
    fail(begin, "a wrong escape in a text; a backslash itself is \\\\");
    return false;
  }

  std::size_t word_end() const {
    const auto stops = [](char c) {
      return kWhiteSpace.find(c) != std::string_view::npos ||
             kStructure.find(c) != std::string_view::npos;
    };
    std::size_t end = at_;
    while (end < text_.size() && !stops(text_[end])) ++end;
    return end;
  }

  // A text with its quotes, a word, or one character.
  std::string next_token() const {
    std::size_t end = std::max(word_end(), at_ + 1);
    if (text_[at_] == '"') end = std::min(text_.find('"', at_ + 1), text_.size() - 1) + 1;
    return excerpt(text_.substr(at_, end - at_));
  }

  static std::string advice(std::string_view word) {
    if (word.starts_with("//") || word.starts_with("/*") || word.starts_with('#')) {
      return "; JSON has no comments";
    }
    if (word.starts_with('\'')) return "; texts stand in double quotes";
    return "; a text stands in double quotes";
  }

  std::pair<std::uint64_t, std::uint64_t> place(std::size_t at) const {
    const std::string_view before = text_.substr(0, at);
    const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
    const auto is_first = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
    const auto lines = std::count(before.begin(), before.end(), '\n');
    const std::string_view line = before.substr(begin);
    return {static_cast<std::uint64_t>(lines) + 1,
            static_cast<std::uint64_t>(std::count_if(line.begin(), line.end(), is_first)) + 1};
  }

  void fail(std::size_t at, std::string message) {
    const auto [line, column] = place(at);
    fault_ = JsonFault{line, column, std::move(message)};
    fault_at_ = at;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;  // where each { and [ that is open stands
  Wants wants_ = Wants::kValue;
  bool is_after_comma_ = false;
  std::size_t comma_ = 0;
  bool done_ = false;
  std::optional<JsonFault> fault_;
  std::size_t fault_at_ = 0;
};

}  // namespace

std::optional<JsonFault> find_json_fault(std::string_view text) { return JsonWalk(text).run(); }

std::string explain_json_fault(std::string_view text, std::string_view otherwise,
                               std::uint64_t& line) {
  const auto fault = find_json_fault(text);
  if (!fault) return std::string(otherwise);
  line = fault->line;
  return "column " + std::to_string(fault->column) + ": " + fault->message;
}

}  // namespace sp
