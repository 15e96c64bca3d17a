#include "sp/time/time_pattern.h"

#include <algorithm>

#include "sp/base/diagnostic.h"
#include "sp/base/digits.h"
#include "sp/time/time_directive.h"

namespace sp {
namespace {

constexpr std::string_view kDateDirectives = "Yymbdja";
constexpr std::string_view kTimeDirectives = "HIpMSf";

// A pattern's pieces: a character that stands for itself, a directive, or where a part that may be
// missing begins and ends.
struct Token {
  enum class Kind { kLiteral, kDirective, kOptional, kEnd } kind;
  char letter = 0;
  const PatternDirective* directive = nullptr;
  bool lacks_zeros = false;  // %-
};

Token directive_token(const std::string& pattern, std::size_t& i) {
  const auto next = [&] {
    if (++i >= pattern.size()) refuse_format(pattern, "ends in a lone %");
    return pattern[i];
  };
  Token token{Token::Kind::kDirective, next()};
  if (token.letter == '%') token.kind = Token::Kind::kLiteral;
  if (token.letter == '[') token.kind = Token::Kind::kOptional;
  if (token.letter == ']') token.kind = Token::Kind::kEnd;
  if (token.kind != Token::Kind::kDirective) return token;
  token.lacks_zeros = token.letter == '-';
  if (token.lacks_zeros) token.letter = next();
  token.directive = find_directive(token.letter);
  if (token.directive == nullptr) {
    refuse_format(pattern,
                  std::string("has %") + token.letter +
                      ", which sp does not support; it knows %Y %y %m %b %B %d %j %a %A %H %I %p "
                      "%M %S %f %z, %- before one, and %[ and %] around what may be missing");
  }
  token.letter = token.directive->letter;
  if (token.lacks_zeros && token.directive->digits == 0) {
    refuse_format(pattern, std::string("has %-") + token.letter + ", and %" + token.letter +
                               " is no number of so many digits");
  }
  return token;
}

std::vector<Token> tokens_of(const std::string& pattern) {
  std::vector<Token> tokens;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    tokens.push_back(pattern[i] == '%' ? directive_token(pattern, i)
                                       : Token{Token::Kind::kLiteral, pattern[i]});
  }
  return tokens;
}

// The pattern with and without each of the parts that may be missing, the whole one first.
std::vector<std::vector<Token>> variants_of(const std::string& pattern) {
  constexpr std::size_t kMost = 4;
  std::vector<std::vector<Token>> variants(1);
  std::vector<std::vector<Token>> without;  // while in such a part
  for (const Token& token : tokens_of(pattern)) {
    if (token.kind == Token::Kind::kOptional) {
      if (!without.empty()) refuse_format(pattern, "has %[ within %[ and %]");
      without = variants;
    } else if (token.kind == Token::Kind::kEnd) {
      if (without.empty()) refuse_format(pattern, "has %] without %[");
      variants.insert(variants.end(), without.begin(), without.end());
      without.clear();
      if (variants.size() > std::size_t{1} << kMost)
        refuse_format(pattern, "has more than four parts in %[ and %]");
    } else {
      for (std::vector<Token>& variant : variants) variant.push_back(token);
    }
  }
  if (!without.empty()) refuse_format(pattern, "has %[ without %]");
  return variants;
}

// The directives of a variant, each at most once.
std::string directives_of(const std::string& pattern, const std::vector<Token>& tokens) {
  std::string found;
  for (const Token& token : tokens) {
    if (token.kind != Token::Kind::kDirective) continue;
    if (found.find(token.letter) != std::string::npos) {
      refuse_format(pattern, std::string("has %") + token.letter + " twice");
    }
    found += token.letter;
  }
  return found;
}

bool has_any(const std::string& letters, std::string_view wanted) {
  return letters.find_first_of(wanted) != std::string::npos;
}

void check_pattern(const std::string& pattern, const std::string& letters, TimeKind kind,
                   bool is_whole) {
  const bool year = has_any(letters, "Yy");
  const bool day = has_any(letters, "j") || (has_any(letters, "mb") && has_any(letters, "d"));
  if (kind != TimeKind::kTime && !(year && day))
    refuse_format(pattern, "does not name year, month and day");
  if (kind != TimeKind::kDate && is_whole && !has_any(letters, "HI"))
    refuse_format(pattern, "does not name the hour");
  if (kind == TimeKind::kTime && has_any(letters, kDateDirectives))
    refuse_format(pattern, "of a time has parts of a date");
  if (kind != TimeKind::kDatetime && has_any(letters, "z"))
    refuse_format(pattern, "has %z, which only a datetime may have");
  if (kind == TimeKind::kDate && has_any(letters, kTimeDirectives))
    refuse_format(pattern, "of a date has parts of a time");
  if (has_any(letters, "H") && has_any(letters, "Ip"))
    refuse_format(pattern, "names the hour in two ways: %H goes without %I and %p");
  if (has_any(letters, "I") != has_any(letters, "p"))
    refuse_format(pattern, "has only one of %I and %p, which need each other");
  const bool doubled = (has_any(letters, "Y") && has_any(letters, "y")) ||
                       (has_any(letters, "m") && has_any(letters, "b")) ||
                       (has_any(letters, "j") && has_any(letters, "mbd"));
  if (doubled) refuse_format(pattern, "names the same part of a date in two ways");
}

bool is_number(const Token& token) {
  return token.kind == Token::Kind::kDirective &&
         (token.directive->digits > 0 || token.letter == 'f');
}

// Of numbers that touch, from token `i` on: how many digits they have.
std::size_t digits_of_run(const std::string& pattern, const std::vector<Token>& tokens,
                          std::size_t i) {
  if (i > 0 && is_number(tokens[i - 1])) {
    refuse_format(pattern,
                  "has %- within a number; it goes before the first directive that touches others");
  }
  std::size_t digits = 0;
  for (; i < tokens.size() && is_number(tokens[i]); ++i) {
    if (tokens[i].letter == 'f') refuse_format(pattern, "has %- in a number that %f touches");
    digits += tokens[i].directive->digits;
  }
  return digits;
}

// Numbers that touch have all their digits, so that none is taken for a part of another.
std::vector<PatternStep> steps_of(const std::string& pattern, const std::vector<Token>& tokens,
                                  bool has_fraction) {
  std::vector<PatternStep> steps;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::kLiteral) {
      steps.push_back({nullptr, token.letter, 0, 0});
      continue;
    }
    const bool touches = is_number(token) && ((i > 0 && is_number(tokens[i - 1])) ||
                                              (i + 1 < tokens.size() && is_number(tokens[i + 1])));
    const bool is_full = touches || token.directive->is_full;
    steps.push_back({token.directive, 0, is_full ? token.directive->digits : 1,
                     token.lacks_zeros ? digits_of_run(pattern, tokens, i) : 0});
    const char next = i + 1 < tokens.size() ? tokens[i + 1].letter : ' ';
    if (token.letter == 'S' && !has_fraction && next != '.' && next != ',') {
      steps.push_back({second_fraction(), 0, 0, 0});
    }
  }
  return steps;
}

bool take(const PatternStep& step, std::string_view& text, PatternParts& parts) {
  if (step.directive != nullptr) return step.directive->take(text, parts, step.least);
  if (text.empty() || text[0] != step.letter) return false;
  text.remove_prefix(1);
  return true;
}

// What is left of `text` after a number of up to `size` digits, which are put into `digits` with
// the leading zeros that it lacks. False where there is no digit.
bool take_digits(std::string_view& text, char* digits, std::size_t size) {
  std::size_t n = 0;
  while (n < std::min(size, text.size()) && digits::is_digit(text[n])) ++n;
  std::fill_n(digits, size - n, '0');
  std::copy_n(text.data(), n, digits + (size - n));
  text.remove_prefix(n);
  return n > 0;
}

// Whether numbers that touch begin here, of which the first may be shorter.
bool may_lack_zeros(const std::vector<Token>& tokens, std::size_t i) {
  if (!is_number(tokens[i]) || tokens[i].directive->is_full) return false;
  if (i > 0 && is_number(tokens[i - 1])) return false;
  const std::size_t begin = i;
  for (; i < tokens.size() && is_number(tokens[i]); ++i) {
    if (tokens[i].letter == 'f') return false;
  }
  return i > begin + 1;
}

}  // namespace

void refuse_format(const std::string& format, const std::string& why) {
  throw Error(ExitCode::kConfig, "the format '" + format + "' " + why);
}

std::vector<std::vector<PatternStep>> compile_pattern(const std::string& pattern, TimeKind kind) {
  std::vector<std::vector<PatternStep>> out;
  for (const std::vector<Token>& tokens : variants_of(pattern)) {
    const std::string letters = directives_of(pattern, tokens);
    check_pattern(pattern, letters, kind, out.empty());
    out.push_back(steps_of(pattern, tokens, has_any(letters, "f")));
  }
  return out;
}

std::string without_zeros(const std::string& pattern) {
  const std::vector<Token> tokens = tokens_of(pattern);
  std::string out;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind != Token::Kind::kLiteral || token.letter == '%') out += '%';
    if (token.lacks_zeros || may_lack_zeros(tokens, i)) out += '-';
    out += token.letter;
  }
  return out;
}

bool take_all(const std::vector<PatternStep>& steps, std::string_view text, PatternParts& parts) {
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const std::size_t size = steps[i].run;
    if (size == 0) {
      if (!take(steps[i], text, parts)) return false;
      continue;
    }
    char digits[kMaxTimestampText];
    if (!take_digits(text, digits, size)) return false;
    std::string_view number(digits, size);
    for (;; ++i) {
      if (!take(steps[i], number, parts)) return false;
      if (number.empty()) break;
    }
  }
  return text.empty();
}

}  // namespace sp
