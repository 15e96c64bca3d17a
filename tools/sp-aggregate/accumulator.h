// The statistics of a set of numbers, kept in constant memory: fed value by value (Welford's
// update) or set by set (Chan's merge), so that parts computed apart give what one run gives.
//
// Distances are kept from the first value, so that those of large numbers that lie close together
// keep their digits; the mean comes from a compensated sum.
//
// B. P. Welford (1962), Technometrics 4(3); T. F. Chan, G. H. Golub, R. J. LeVeque (1979),
// "Updating formulae and a pairwise algorithm for computing sample variances".
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace sp {

class Moments {
 public:
  Moments() = default;
  // As --partial wrote it: n > 0 values.
  Moments(std::uint64_t n, double mean, double m2, double min, double max);

  void add(double x) {
    if (n_ == 0) origin_ = x;
    ++n_;
    add_to_sum(x);
    const double from_origin = x - origin_;
    const double distance = from_origin - offset_;
    offset_ += distance / static_cast<double>(n_);
    m2_ += distance * (from_origin - offset_);
    min_ = std::min(min_, x);
    max_ = std::max(max_, x);
  }
  // The values of both must be countable as one std::int64_t.
  void merge(const Moments& other);

  std::uint64_t n() const { return n_; }
  double min() const { return min_; }
  double max() const { return max_; }
  // Of numbers near the ends of the range of a double these are infinite or no numbers.
  double mean() const;
  double m2() const { return m2_; }  // sum of the squared distances from the mean
  double sum() const { return sum_ + correction_; }

 private:
  // Knuth's TwoSum: `correction_` gets what the rounding of `sum_` loses.
  void add_to_sum(double x) {
    const double total = sum_ + x;
    const double part = total - sum_;
    correction_ += (sum_ - (total - part)) + (x - part);
    sum_ = total;
  }

  std::uint64_t n_ = 0;
  double origin_ = 0;
  double offset_ = 0;  // of the mean from the origin, by Welford's update
  double m2_ = 0;
  double sum_ = 0;
  double correction_ = 0;
  double min_ = std::numeric_limits<double>::infinity();
  double max_ = -std::numeric_limits<double>::infinity();
};

// What only some statistics need; kept only where one of them is asked for.
struct Extras {
  double first = 0;
  double last = 0;

  void add(double x, bool is_first) {
    if (is_first) first = x;
    last = x;
  }
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
