// How long to wait before the next try, and when to stop: exponential backoff with full jitter.
#pragma once

#include <chrono>
#include <functional>

namespace sp::load {

// Clock, sleep and chance come from outside, so that tests tick them.
struct RetryWorld {
  std::function<std::chrono::milliseconds()> now;        // monotonic
  std::function<void(std::chrono::milliseconds)> sleep;  // may end earlier: see stop.h
  std::function<double()> random;                        // 0 <= x < 1
};
// The real ones.
RetryWorld real_world();

class Backoff {
 public:
  // Tries again until `budget` has passed since the first failure.
  Backoff(std::chrono::milliseconds budget, RetryWorld world)
      : budget_(budget), world_(std::move(world)) {}

  // After a failure: the time to wait, at most up to the end of the budget; less than zero where
  // that is over. The first call starts the budget.
  std::chrono::milliseconds next_delay();
  void wait(std::chrono::milliseconds delay) const { world_.sleep(delay); }
  int failures() const { return failures_; }

  static constexpr std::chrono::milliseconds kBase{100};
  static constexpr std::chrono::milliseconds kCap{15'000};

 private:
  std::chrono::milliseconds budget_;
  RetryWorld world_;
  std::chrono::milliseconds deadline_{0};
  int failures_ = 0;
};

}  // namespace sp::load
