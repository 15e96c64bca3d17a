// The statistics of a set of numbers, kept in constant memory: fed some values at a time (two
// passes over these) and merged with those of other sets, so that parts computed apart give what
// one run gives.
//
// Distances are kept from the first value, so that those of large numbers that lie close together
// keep their digits; the mean comes from a compensated sum.
//
// T. F. Chan, G. H. Golub, R. J. LeVeque (1979), "Updating formulae and a pairwise algorithm for
// computing sample variances", equations 1.1 (two passes) and 1.5 (merge).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace sp {

class alignas(64) Moments {
 public:
  Moments() = default;
  // As --partial wrote it: n > 0 values.
  Moments(std::uint64_t n, double mean, double m2, double min, double max);

  // At least one value; kSet of them is what is fastest.
  void add(std::span<const double> values);
  void add(double value) { add(std::span<const double>(&value, 1)); }
  static constexpr std::size_t kSet = 7;
  // The values of both must be countable as one std::int64_t.
  void merge(const Moments& other);

  std::uint64_t n() const { return n_; }
  double min() const { return min_; }
  double max() const { return max_; }
  // Of numbers near the ends of the range of a double these are infinite or no numbers.
  double mean() const;
  double m2() const { return m2_; }  // sum of the squared distances from the mean
  double sum() const { return sum_ + lost_; }

 private:
  template <std::size_t size>
  void add_set(std::span<const double, size> values);
  // Chan's merge with a set of `n` values whose mean lies `offset` from the origin.
  void merge_distances(std::uint64_t n, double offset, double m2);

  std::uint64_t n_ = 0;
  double origin_ = 0;
  double offset_ = 0;  // of the mean from the origin
  double m2_ = 0;
  double sum_ = 0;
  double lost_ = 0;  // what its rounding lost
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

// Values that wait until there are some to add: that costs a division a set, not one a value, and
// a value touches no more than this one cache line.
class alignas(64) WaitingValues {
 public:
  bool empty() const { return size_ == 0; }
  void add(double x, Moments& moments) {
    values_[size_] = x;
    if (++size_ == Moments::kSet) flush(moments);
  }
  void flush(Moments& moments) {
    moments.add({values_, size_});
    size_ = 0;
  }

 private:
  double values_[Moments::kSet];
  std::size_t size_ = 0;
};

// What only some statistics, or those of directions, need; kept only where one of them is asked
// for.
//
// K. V. Mardia, P. E. Jupp (2000), "Directional Statistics", 2.2.1 (mean direction: that of the sum
// of the unit vectors) and 2.3.1 (circular standard deviation: the square root of -2 ln R, with R
// the length of that sum over n).
struct Extras {
  double first = 0;
  double last = 0;
  double circle = 0;  // what a full one is in the unit of the values; 0: they are no directions
  double sum_sin = 0;
  double sum_cos = 0;

  void add(double x, bool is_first) {
    if (is_first) first = x;
    last = x;
    if (circle > 0) add_direction(x);
  }
  void merge_directions(const Extras& other) {
    sum_sin += other.sum_sin;
    sum_cos += other.sum_cos;
  }
  // Of `n` directions, from 0 to less than `circle`; nothing where they cancel each other out.
  std::optional<double> mean_direction(std::uint64_t n) const;
  std::optional<double> direction_deviation(std::uint64_t n) const;

 private:
  void add_direction(double x);
  std::optional<double> resultant(std::uint64_t n) const;  // R, in (0, 1]
};

// One statistic that --stats can name.
struct Statistic {
  std::string_view name;
  std::string_view help;
  bool needs_extras;
  bool needs_rows;  // partial states cannot tell it
  bool is_count;    // printed as an integer
  // Of at least one value; nothing where it is not defined.
  std::optional<double> (*result)(const Moments&, const Extras&);
};

std::span<const Statistic> statistics();
const Statistic* find_statistic(std::string_view name);

}  // namespace sp
