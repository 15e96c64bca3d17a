#include "sp-load/retry.h"

#include <algorithm>
#include <random>

#include "sp-load/stop.h"

namespace sp::load {

using std::chrono::milliseconds;

RetryWorld real_world() {
  return {[] {
            return std::chrono::duration_cast<milliseconds>(
                std::chrono::steady_clock::now().time_since_epoch());
          },
          sleep_until_stop,
          [] {
            static std::mt19937_64 engine{std::random_device{}()};
            return std::uniform_real_distribution<double>(0, 1)(engine);
          }};
}

milliseconds Backoff::next_delay() {
  const milliseconds now = world_.now();
  if (failures_ == 0) deadline_ = now + budget_;
  const milliseconds left = deadline_ - now;
  if (left <= milliseconds(0)) return milliseconds(-1);
  const int doublings = std::min(failures_, 20);
  ++failures_;
  const milliseconds ceiling = std::min(kCap, kBase * (1 << doublings));
  // Full jitter: many loaders that lost the same server do not come back at the same moment.
  const auto delay =
      static_cast<milliseconds::rep>(static_cast<double>(ceiling.count()) * world_.random());
  return std::min(milliseconds(delay), left);
}

}  // namespace sp::load
