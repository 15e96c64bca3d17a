// What has to be waited for, and whether it is time to say so. Pure: the caller brings the time.
#pragma once

#include <string>

#include "sp-watch/clock.h"
#include "sp/base/key_hash.h"

namespace sp::watch {

class Patience {
 public:
  // `limit` 0: it is time at once.
  explicit Patience(Millis limit) : limit_(limit) {}

  // `what` could not be had. True where that has lasted for the limit and nobody told(); the next
  // time is the limit away.
  bool ran_out(const std::string& what, TimePoint now) {
    Wait& wait = waits_.try_emplace(what, Wait{now, now, false}).first->second;
    wait.last = now;
    if (wait.is_told || now - wait.since < limit_) return false;
    wait.since = now;
    return true;
  }
  // Nothing more of it until it was had.
  void told(const std::string& what) { waits_.at(what).is_told = true; }
  void had(const std::string& what) { waits_.erase(what); }
  // Forgets what nobody has asked for since `then`.
  void forget(TimePoint then) {
    std::erase_if(waits_, [&](const auto& wait) { return wait.second.last < then; });
  }

 private:
  struct Wait {
    TimePoint since;
    TimePoint last;
    bool is_told;
  };
  Millis limit_;
  KeyMap<Wait> waits_;
};

}  // namespace sp::watch
