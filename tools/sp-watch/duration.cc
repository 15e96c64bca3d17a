#include "sp-watch/duration.h"

#include <fmt/format.h>

#include "sp/number/number.h"

namespace sp::watch {
namespace {

struct Unit {
  std::string_view name;
  double millis;
};
constexpr Unit kUnits[] = {{"", 1e3}, {"ms", 1}, {"s", 1e3}, {"m", 6e4}, {"h", 36e5}, {"d", 864e5}};
constexpr double kLongest = 10 * 366 * 864e5;

}  // namespace

std::optional<Millis> parse_duration(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  double value = 0;
  if (!parse_double(text.substr(0, digits), value)) return std::nullopt;
  for (const Unit& unit : kUnits) {
    if (unit.name != text.substr(digits)) continue;
    const double millis = value * unit.millis;
    if (millis > kLongest) return std::nullopt;
    return Millis(static_cast<Millis::rep>(millis));
  }
  return std::nullopt;
}

std::string format_duration(Millis duration) {
  const auto millis = static_cast<double>(duration.count());
  if (millis < 1000) return fmt::format("{} ms", duration.count());
  if (millis < 120e3) return fmt::format("{:.3g} s", millis / 1e3);
  if (millis < 7200e3) return fmt::format("{:.3g} min", millis / 60e3);
  return fmt::format("{:.3g} h", millis / 3600e3);
}

}  // namespace sp::watch
