// The statistics of a set of numbers, kept in constant memory: fed value by value (Welford's
// update) or set by set (Chan's merge), so that parts computed apart give what one run gives.
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

// What --partial writes and --merge reads.
struct Moments {
  std::uint64_t n = 0;
  double mean = 0;
  double m2 = 0;  // sum of the squared distances from the mean
  double min = std::numeric_limits<double>::infinity();
  double max = -std::numeric_limits<double>::infinity();

  void add(double x) {
    ++n;
    const double distance = x - mean;
    mean += distance / static_cast<double>(n);
    m2 += distance * (x - mean);
    min = std::min(min, x);
    max = std::max(max, x);
  }
  void merge(const Moments& other);
};

// What only some statistics need; kept only where one of them is asked for.
struct Extras {
  double sum = 0;  // Neumaier's compensated sum is sum + correction
  double correction = 0;
  double first = 0;
  double last = 0;

  void add(double x, bool is_first);
  // All that a partial state can tell of its sum.
  void add_partial(const Moments& part);
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
