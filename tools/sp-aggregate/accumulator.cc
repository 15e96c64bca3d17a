#include "sp-aggregate/accumulator.h"

#include <cmath>
#include <cstring>
#include <numbers>

namespace sp {
namespace {

// Two doubles in one register of any processor: GCC's and Clang's vector extension.
using Pair [[gnu::vector_size(16)]] = double;

Pair load(const double* at) {
  Pair pair;
  std::memcpy(&pair, at, sizeof pair);
  return pair;
}

// Knuth's TwoSum: `lost` gets what the rounding of `sum` loses.
template <class Number>
void add_keeping_lost(Number& sum, Number& lost, const Number& x) {
  const Number total = sum + x;
  const Number part = total - sum;
  lost += (sum - (total - part)) + (x - part);
  sum = total;
}

// Shorter sums of n unit vectors are what rounding leaves of none.
constexpr double kNoDirection = 1e-12;

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

R square(R root) { return root ? R(*root * *root) : root; }

constexpr Statistic kStatistics[] = {
    {"count", "number of values", false, false, true, [](M m, E) -> R { return count_of(m); }},
    {"min", "least value", false, false, false, [](M m, E) -> R { return m.min(); }},
    {"max", "greatest value", false, false, false, [](M m, E) -> R { return m.max(); }},
    {"mean", "arithmetic mean; of directions the mean direction", false, false, false,
     [](M m, E e) -> R { return e.circle > 0 ? e.mean_direction(m.n()) : m.mean(); }},
    {"stddev",
     "sample standard deviation (n - 1), empty for one value; of directions that of the circle",
     false, false, false,
     [](M m, E e) -> R { return e.circle > 0 ? e.direction_deviation(m.n()) : deviation(m); }},
    {"variance", "square of stddev", false, false, false,
     [](M m, E e) -> R {
       return e.circle > 0 ? square(e.direction_deviation(m.n())) : variance(m);
     }},
    {"sum", "sum", false, false, false, [](M m, E) -> R { return m.sum(); }},
    {"range", "max - min", false, false, false, [](M m, E) -> R { return m.max() - m.min(); }},
    {"first", "value that came first in the input", true, true, false,
     [](M, E e) -> R { return e.first; }},
    {"last", "value that came last in the input", true, true, false,
     [](M, E e) -> R { return e.last; }},
};

}  // namespace

Moments::Moments(std::uint64_t n, double mean, double m2, double min, double max)
    : n_(n), origin_(mean), m2_(m2), min_(min), max_(max) {
  sum_ = count_of(*this) * mean;
  lost_ = std::fma(count_of(*this), mean, -sum_);
}

void Moments::add(std::span<const double> values) {
  if (values.size() == kSet) {
    add_set(values.first<kSet>());  // a size that the compiler knows
  } else if (values.size() == 1) {
    add_set(values.first<1>());
  } else {
    add_set(values);
  }
}

// Two values at a time, so that no addition waits for more than half of those before it. An odd
// number of them begins with one alone.
template <std::size_t size>
void Moments::add_set(std::span<const double, size> values) {
  if (n_ == 0) origin_ = values.front();
  const double part = 1 / static_cast<double>(values.size());
  const std::size_t odd = values.size() % 2;
  const double alone = odd != 0 ? values.front() : origin_;
  const Pair origin = {origin_, origin_};

  Pair sum = {odd != 0 ? alone : 0, 0};
  Pair lost = {};
  Pair distances = {alone - origin_, 0};
  Pair least = {std::min(min_, values.front()), min_};
  Pair most = {std::max(max_, values.front()), max_};
  for (std::size_t i = odd; i < values.size(); i += 2) {
    const Pair x = load(&values[i]);
    add_keeping_lost(sum, lost, x);
    distances += x - origin;
    least = x < least ? x : least;
    most = x > most ? x : most;
  }
  for (const int lane : {0, 1}) {
    add_keeping_lost(sum_, lost_, sum[lane]);
    lost_ += lost[lane];
  }
  min_ = std::min(least[0], least[1]);
  max_ = std::max(most[0], most[1]);

  const double offset = (distances[0] + distances[1]) * part;
  const Pair offsets = {offset, offset};
  const double first = odd != 0 ? (alone - origin_) - offset : 0;
  Pair squares = {first * first, 0};
  for (std::size_t i = odd; i < values.size(); i += 2) {
    const Pair distance = (load(&values[i]) - origin) - offsets;
    squares += distance * distance;
  }
  merge_distances(values.size(), offset, squares[0] + squares[1]);
}

void Moments::merge(const Moments& other) {
  if (other.n_ == 0) return;
  if (n_ == 0) {
    *this = other;
    return;
  }
  merge_distances(other.n_, (other.origin_ - origin_) + other.offset_, other.m2_);
  add_keeping_lost(sum_, lost_, other.sum_);
  lost_ += other.lost_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Moments::merge_distances(std::uint64_t n, double offset, double m2) {
  const double here = count_of(*this);
  n_ += n;
  const double share = static_cast<double>(n) / count_of(*this);
  const double distance = offset - offset_;
  offset_ += distance * share;
  m2_ += m2 + distance * distance * here * share;
}

double Moments::mean() const {
  const double n = count_of(*this);
  const double rough = sum() / n;
  // A sum may be too large for a double and the mean not.
  if (!std::isfinite(rough)) return origin_ + offset_;
  const double rest = std::fma(-rough, n, sum_) + lost_;
  return std::clamp(rough + rest / n, min_, max_);
}

// In quarters of the circle first, so that those of the compass are exact.
void Extras::add_direction(double x) {
  const double quarters = std::remainder(x, circle) / circle * 4;
  const double whole = std::nearbyint(quarters);
  const double angle = (quarters - whole) * (std::numbers::pi / 2);
  const double sin = std::sin(angle), cos = std::cos(angle);
  switch (static_cast<int>(whole) & 3) {
    case 0:
      sum_sin += sin;
      sum_cos += cos;
      break;
    case 1:
      sum_sin += cos;
      sum_cos -= sin;
      break;
    case 2:
      sum_sin -= sin;
      sum_cos -= cos;
      break;
    default:
      sum_sin -= cos;
      sum_cos += sin;
  }
}

std::optional<double> Extras::resultant(std::uint64_t n) const {
  const double r = std::hypot(sum_sin, sum_cos) / static_cast<double>(n);
  return r > kNoDirection ? std::optional(std::min(r, 1.0)) : std::nullopt;
}

std::optional<double> Extras::mean_direction(std::uint64_t n) const {
  if (!resultant(n)) return std::nullopt;
  const double turn = std::atan2(sum_sin, sum_cos) / (2 * std::numbers::pi);
  const double mean = circle * (turn < 0 ? turn + 1 : turn);
  return mean < circle ? mean : 0;
}

std::optional<double> Extras::direction_deviation(std::uint64_t n) const {
  const auto r = resultant(n);
  if (n < 2 || !r) return std::nullopt;
  return circle / (2 * std::numbers::pi) * std::sqrt(2 * std::abs(std::log(*r)));
}

std::span<const Statistic> statistics() { return kStatistics; }

const Statistic* find_statistic(std::string_view name) {
  const auto it = std::find_if(std::begin(kStatistics), std::end(kStatistics),
                               [&](const Statistic& s) { return s.name == name; });
  return it == std::end(kStatistics) ? nullptr : it;
}

}  // namespace sp
