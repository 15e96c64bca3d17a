// The jobs in work/ that wait for their next try, by the time it is due.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sp-watch/clock.h"

namespace sp::watch {

class Waiting {
 public:
  struct Waiter {
    std::string name;
    std::size_t company = 1;  // jobs that at most may be tried together, this one included
  };

  void put(const std::string& name, TimePoint due, std::size_t company = 1) {
    drop(name);
    by_name_.emplace(name, Place{due, company});
    by_time_.emplace(due, name);
  }
  void drop(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_time_.erase({found->second.due, name});
    by_name_.erase(found);
  }
  bool knows(const std::string& name) const { return by_name_.contains(name); }
  // Takes out the one that has been due for longest, and with it those due next, as far as each of
  // them may have the others' company.
  std::vector<Waiter> take(TimePoint now) {
    std::vector<Waiter> out;
    for (std::size_t most = 1; !by_time_.empty() && by_time_.begin()->first <= now;) {
      const std::string name = by_time_.begin()->second;
      const std::size_t company = by_name_.at(name).company;
      most = out.empty() ? company : std::min(most, company);
      if (out.size() >= most) break;
      out.push_back({name, company});
      drop(name);
    }
    return out;
  }
  std::optional<TimePoint> next_due() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }
  std::size_t size() const { return by_name_.size(); }
  bool empty() const { return by_name_.empty(); }

 private:
  struct Place {
    TimePoint due;
    std::size_t company;
  };
  std::map<std::string, Place> by_name_;
  std::set<std::pair<TimePoint, std::string>> by_time_;
};

}  // namespace sp::watch
