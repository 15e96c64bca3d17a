#include "sp-transform/number_flags.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "sp/base/diagnostic.h"
#include "sp/number/number.h"

namespace sp {
namespace {

[[noreturn]] void fail(const std::string& message) { throw Error(ExitCode::kUsage, message); }

double parse_parameter(const std::string& text, const std::string& flag) {
  double value = 0;
  if (!parse_double(text, value)) fail(flag + ": '" + text + "' is not a number");
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos;
       at = text.find(separator, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + 1;
  }
  parts.push_back(text.substr(begin));
  return parts;
}

}  // namespace

UnitFlag parse_unit_flag(const std::string& text) {
  const auto units = split(text, ':');
  if (units.size() != 2) fail("--unit wants COL=FROM:TO, as temperature=degC:K");
  try {
    return {unit_conversion(units[0], units[1]), units[1]};
  } catch (const Error& error) {
    fail(std::string("--unit: ") + error.what());
  }
}

Scale parse_normalize_flag(const std::string& text) {
  constexpr const char* kForm = "--normalize wants COL=minmax:LO:HI or COL=zscore:MEAN:SD";
  const auto parts = split(text, ':');
  if (parts.size() != 3 || (parts[0] != "minmax" && parts[0] != "zscore")) fail(kForm);
  const double a = parse_parameter(parts[1], "--normalize");
  const double b = parse_parameter(parts[2], "--normalize");
  const double width = parts[0] == "minmax" ? b - a : b;
  if (!(width > 0) || !std::isfinite(1 / width)) {
    fail("--normalize: HI must be above LO, and SD above 0");
  }
  return {a, width};
}

int parse_round_flag(const std::string& text) {
  std::int64_t decimals = 0;
  if (!parse_int64(text, decimals) || decimals < 0 || decimals > 17) {
    fail("--round wants COL=N with N from 0 to 17");
  }
  return static_cast<int>(decimals);
}

}  // namespace sp
