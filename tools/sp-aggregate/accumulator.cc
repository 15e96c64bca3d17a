#include "accumulator.h"

#include <cmath>

namespace sp {
namespace {

double count_of(const Moments& m) { return static_cast<double>(m.n()); }

std::optional<double> variance(const Moments& m) {
  if (m.n() < 2) return std::nullopt;
  return m.m2() / static_cast<double>(m.n() - 1);
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
    {"min", "least value", false, false, false, [](M m, E) -> R { return m.min(); }},
    {"max", "greatest value", false, false, false, [](M m, E) -> R { return m.max(); }},
    {"mean", "arithmetic mean", false, false, false, [](M m, E) -> R { return m.mean(); }},
    {"stddev", "sample standard deviation (n - 1), empty for one value", false, false, false,
     [](M m, E) -> R { return deviation(m); }},
    {"variance", "sample variance (n - 1), empty for one value", false, false, false,
     [](M m, E) -> R { return variance(m); }},
    {"sum", "sum", false, false, false, [](M m, E) -> R { return m.sum(); }},
    {"range", "max - min", false, false, false, [](M m, E) -> R { return m.max() - m.min(); }},
    {"first", "value that came first in the input", true, true, false,
     [](M, E e) -> R { return e.first; }},
    {"last", "value that came last in the input", true, true, false,
     [](M, E e) -> R { return e.last; }},
};

}  // namespace

Moments::Moments(std::uint64_t n, double mean, double m2, double min, double max)
    : n_(n), origin_(mean), m2_(m2), sum_(count_of(*this) * mean), min_(min), max_(max) {
  correction_ = std::fma(count_of(*this), mean, -sum_);
}

void Moments::merge(const Moments& other) {
  if (other.n_ == 0) return;
  if (n_ == 0) {
    *this = other;
    return;
  }
  const double here = count_of(*this);
  const double there = count_of(other);
  const double distance = (other.origin_ - origin_) + (other.offset_ - offset_);
  n_ += other.n_;
  const double share = there / count_of(*this);
  offset_ += distance * share;
  m2_ += other.m2_ + distance * distance * here * share;
  add_to_sum(other.sum_);
  correction_ += other.correction_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

double Moments::mean() const {
  const double n = count_of(*this);
  const double rough = sum() / n;
  // A sum may be too large for a double and the mean not.
  if (!std::isfinite(rough)) return origin_ + offset_;
  const double rest = std::fma(-rough, n, sum_) + correction_;
  return std::clamp(rough + rest / n, min_, max_);
}

std::span<const Statistic> statistics() { return kStatistics; }

const Statistic* find_statistic(std::string_view name) {
  const auto it = std::find_if(std::begin(kStatistics), std::end(kStatistics),
                               [&](const Statistic& s) { return s.name == name; });
  return it == std::end(kStatistics) ? nullptr : it;
}

}  // namespace sp
