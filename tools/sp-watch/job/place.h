// Where a file goes in the end.
#pragma once

#include <cstddef>

namespace sp::watch {

enum class Place { kDone, kQuarantine, kFailed };
inline constexpr Place kPlaces[] = {Place::kDone, Place::kQuarantine, Place::kFailed};

inline const char* place_name(Place place) {
  static constexpr const char* kNames[] = {"done", "quarantine", "failed"};
  return kNames[static_cast<std::size_t>(place)];
}

}  // namespace sp::watch
