#include "accumulator.h"

#include <cmath>

namespace sp {
namespace {

double count_of(const Moments& m) { return static_cast<double>(m.n); }

std::optional<double> variance(const Moments& m) {
  if (m.n < 2) return std::nullopt;
  return m.m2 / static_cast<double>(m.n - 1);
}

std::optional<double> deviation(const Moments& m) {
  const auto v = variance(m);
  return v ? std::optional(std::sqrt(*v)) : std::nullopt;
}

using M = const Moments&;
using E = const Extras&;
using R = std::optional<double>;

constexpr Statistic kStatistics[] = {
    {"count", "number of values", false, false, true, [](M m, E) -> R { return count_of(m); }},
    {"min", "least value", false, false, false, [](M m, E) -> R { return m.min; }},
    {"max", "greatest value", false, false, false, [](M m, E) -> R { return m.max; }},
    {"mean", "arithmetic mean", false, false, false, [](M m, E) -> R { return m.mean; }},
    {"stddev", "sample standard deviation (n - 1), empty for one value", false, false, false,
     [](M m, E) -> R { return deviation(m); }},
    {"variance", "sample variance (n - 1), empty for one value", false, false, false,
     [](M m, E) -> R { return variance(m); }},
    {"sum", "sum", true, false, false, [](M, E e) -> R { return e.sum + e.correction; }},
    {"range", "max - min", false, false, false, [](M m, E) -> R { return m.max - m.min; }},
    {"first", "value that came first in the input", true, true, false,
     [](M, E e) -> R { return e.first; }},
    {"last", "value that came last in the input", true, true, false,
     [](M, E e) -> R { return e.last; }},
};

}  // namespace

void Moments::merge(const Moments& other) {
  if (other.n == 0) return;
  if (n == 0) {
    *this = other;
    return;
  }
  const double here = count_of(*this);
  const double there = count_of(other);
  const double distance = other.mean - mean;
  n += other.n;
  const double share = there / count_of(*this);
  mean += distance * share;
  m2 += other.m2 + distance * distance * here * share;
  min = std::min(min, other.min);
  max = std::max(max, other.max);
}

void Extras::add(double x, bool is_first) {
  if (is_first) first = x;
  last = x;
  const double total = sum + x;
  correction += std::abs(sum) >= std::abs(x) ? (sum - total) + x : (x - total) + sum;
  sum = total;
}

void Extras::add_partial(const Moments& part) { add(count_of(part) * part.mean, false); }

std::span<const Statistic> statistics() { return kStatistics; }

const Statistic* find_statistic(std::string_view name) {
  const auto it = std::find_if(std::begin(kStatistics), std::end(kStatistics),
                               [&](const Statistic& s) { return s.name == name; });
  return it == std::end(kStatistics) ? nullptr : it;
}

}  // namespace sp
