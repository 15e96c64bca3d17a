// Names of the columns that --partial writes and --merge reads. The columns of the key come before
// them.
#pragma once

#include <string_view>

namespace sp::state {

inline constexpr std::string_view kWindowStart = "window_start";
inline constexpr std::string_view kWindow = "window";
inline constexpr std::string_view kQuantity = "quantity";
inline constexpr std::string_view kUnit = "unit";
inline constexpr std::string_view kN = "n";
inline constexpr std::string_view kMean = "mean";
inline constexpr std::string_view kM2 = "m2";
inline constexpr std::string_view kMin = "min";
inline constexpr std::string_view kMax = "max";
// Of directions: what a full circle is, and the sums of sines and cosines.
inline constexpr std::string_view kCircle = "circle";
inline constexpr std::string_view kSumSin = "sum_sin";
inline constexpr std::string_view kSumCos = "sum_cos";
inline constexpr std::string_view kFirstSeen = "first_seen";
inline constexpr std::string_view kLastSeen = "last_seen";

}  // namespace sp::state
