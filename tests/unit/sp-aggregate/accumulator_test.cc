// Sets of values and Chan's merge, against sums of long doubles over all values.
#include "sp-aggregate/accumulator.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace {

using sp::Extras;
using sp::Moments;
using sp::WaitingValues;

Moments moments_of(const std::vector<double>& values) {
  Moments moments;
  WaitingValues waiting;
  for (const double value : values) waiting.add(value, moments);
  if (!waiting.empty()) waiting.flush(moments);
  return moments;
}

std::optional<double> result(std::string_view name, const std::vector<double>& values) {
  Extras extras;
  for (std::size_t i = 0; i < values.size(); ++i) extras.add(values[i], i == 0);
  return sp::find_statistic(name)->result(moments_of(values), extras);
}

bool is_close(double a, double b, double tolerance = 1e-12) {
  return std::abs(a - b) <= tolerance * std::max(std::abs(a), std::abs(b));
}

struct Expected {
  std::string_view name;
  std::vector<double> values;
  std::optional<double> result;
};

TEST_CASE("statistics of known sets") {
  const Expected cases[] = {
      {"count", {3, 1, 2}, 3},
      {"min", {3, 1, 2}, 1},
      {"max", {3, 1, 2}, 3},
      {"mean", {3, 1, 2}, 2},
      {"variance", {2, 4, 4, 4, 5, 5, 7, 9}, 32.0 / 7},
      {"stddev", {2, 4, 4, 4, 5, 5, 7, 9}, std::sqrt(32.0 / 7)},
      {"stddev", {7, 7, 7}, 0},
      {"stddev", {7}, std::nullopt},
      {"variance", {7}, std::nullopt},
      {"mean", {7}, 7},
      {"sum", {1e16, 1, -1e16}, 1},
      {"sum", {0.1, 0.2, 0.3}, 0.6},
      {"range", {3, -1, 2}, 4},
      {"first", {3, 1, 2}, 3},
      {"last", {3, 1, 2}, 2},
      {"first", {-3}, -3},
  };
  for (const Expected& row : cases) {
    CAPTURE(row.name);
    CAPTURE(row.values.size());
    CHECK(result(row.name, row.values) == row.result);
  }
}

TEST_CASE("every statistic has a name of its own, and help") {
  for (const sp::Statistic& statistic : sp::statistics()) {
    CHECK(sp::find_statistic(statistic.name) == &statistic);
    CHECK_FALSE(statistic.help.empty());
  }
  CHECK(sp::find_statistic("median") == nullptr);
}

// The textbook's sum of squares loses every digit here.
TEST_CASE("large values that lie close together keep their deviation") {
  const double big = 1e9;
  const Moments moments = moments_of({big + 4, big + 7, big + 13, big + 16});
  CHECK(moments.mean() == big + 10);
  CHECK(moments.m2() == 90);
}

// Nanoseconds since 1970, a millisecond apart: a double near them is one of every 256.
TEST_CASE("the deviation of numbers near the end of a double's digits is theirs") {
  std::vector<double> values;
  std::int64_t sum = 0;  // of the distances from the first, which are exact
  long double squares = 0;
  constexpr std::int64_t kFirst = 1498867200000000000;
  for (std::int64_t i = 0; i < 5000; ++i) {
    const auto value = static_cast<double>(kFirst + i * 1000);
    values.push_back(value);
    const std::int64_t distance = static_cast<std::int64_t>(value) - kFirst;
    sum += distance;
    squares += static_cast<long double>(distance) * static_cast<long double>(distance);
  }
  const long double total = static_cast<long double>(sum);
  CHECK(is_close(moments_of(values).m2(), static_cast<double>(squares - total * total / 5000)));
}

TEST_CASE("the mean is the compensated sum through the count") {
  const Moments moments = moments_of({1e16, 1, -1e16, 1});
  CHECK(moments.sum() == 2);
  CHECK(moments.mean() == 0.5);
  CHECK(Moments(3, 0.1, 0, 0.1, 0.1).mean() == 0.1);
}

std::vector<double> noise(std::uint64_t seed, std::size_t n) {
  std::vector<double> values;
  std::uint64_t state = seed;
  for (std::size_t i = 0; i < n; ++i) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    values.push_back(95000 + static_cast<double>(state >> 40) / 1e4);
  }
  return values;
}

TEST_CASE("updates agree with sums of more digits") {
  const std::vector<double> values = noise(1, 20000);
  const Moments moments = moments_of(values);
  long double sum = 0;
  for (const double value : values) sum += value;
  const long double mean = sum / static_cast<long double>(values.size());
  long double m2 = 0;
  for (const double value : values) m2 += (value - mean) * (value - mean);
  CHECK(is_close(moments.mean(), static_cast<double>(mean), 1e-14));
  CHECK(is_close(moments.m2(), static_cast<double>(m2)));
}

TEST_CASE("parts merged in any order and nesting are what one run gives") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const std::vector<double> values = noise(seed, 1 + seed * 7 % 500);
    const Moments whole = moments_of(values);
    std::vector<std::vector<double>> sets(1 + seed % 11);
    for (std::size_t i = 0; i < values.size(); ++i) {
      sets[(i * 31 + seed) % sets.size()].push_back(values[i]);
    }
    std::vector<Moments> parts;
    for (const auto& set : sets) parts.push_back(moments_of(set));
    Moments forwards;
    for (const Moments& part : parts) forwards.merge(part);
    Moments backwards;
    for (std::size_t i = parts.size(); i-- > 0;) backwards.merge(parts[i]);
    for (const Moments& merged : {forwards, backwards}) {
      CAPTURE(seed);
      REQUIRE(merged.n() == whole.n());
      REQUIRE(merged.min() == whole.min());
      REQUIRE(merged.max() == whole.max());
      REQUIRE(is_close(merged.mean(), whole.mean()));
      REQUIRE(is_close(merged.m2(), whole.m2()));
    }
  }
}

TEST_CASE("merging an empty state changes nothing, merging into one takes all") {
  Moments some = moments_of({1, 2, 4});
  const Moments before = some;
  some.merge(Moments{});
  CHECK(some.n() == before.n());
  CHECK(some.m2() == before.m2());
  Moments none;
  none.merge(before);
  CHECK(none.n() == 3);
  CHECK(none.mean() == before.mean());
  CHECK(none.min() == 1);
}

}  // namespace
