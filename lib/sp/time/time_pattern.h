// A pattern of a date or time, compiled: what strptime does, as time_format.h has it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "sp/time/timestamp.h"

namespace sp {

struct PatternParts;
struct PatternDirective;

// A piece of a pattern: a character, or a directive with so many digits at least, the first of a
// number of `run` digits whose leading zeros may be missing (0: of none).
struct PatternStep {
  const PatternDirective* directive;
  char letter;
  std::size_t least, run;
};

// Throws Error(kConfig): "the format '%q' ...".
[[noreturn]] void refuse_format(const std::string& format, const std::string& why);
// The steps of the pattern with and without each of the parts that may be missing, the whole one
// first. Throws Error(kConfig) for a pattern that has other directives, or lacks what the kind
// needs, or has what the kind does not have.
std::vector<std::vector<PatternStep>> compile_pattern(const std::string& pattern, TimeKind kind);
// The pattern with %- where directives touch, so that leading zeros may be missing there too:
// %-H%M of %H%M. `pattern` itself where there are none such, or it is none.
std::string without_zeros(const std::string& pattern);
// False where `text` is not of this form as a whole; whether such a day exists is not asked.
bool take_all(const std::vector<PatternStep>& steps, std::string_view text, PatternParts& parts);

}  // namespace sp
