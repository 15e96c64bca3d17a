// The jobs in work/ that wait for their next try, by the time it is due.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "clock.h"

namespace sp::watch {

class Waiting {
 public:
  void put(const std::string& name, TimePoint due) {
    drop(name);
    by_name_.emplace(name, due);
    by_time_.emplace(due, name);
  }
  void drop(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_time_.erase({found->second, name});
    by_name_.erase(found);
  }
  bool knows(const std::string& name) const { return by_name_.contains(name); }
  // Takes out the one that has been due for longest.
  std::optional<std::string> take(TimePoint now) {
    if (by_time_.empty() || by_time_.begin()->first > now) return std::nullopt;
    std::string name = by_time_.begin()->second;
    drop(name);
    return name;
  }
  std::optional<TimePoint> next_due() const {
    if (by_time_.empty()) return std::nullopt;
    return by_time_.begin()->first;
  }
  bool empty() const { return by_name_.empty(); }

 private:
  std::map<std::string, TimePoint> by_name_;
  std::set<std::pair<TimePoint, std::string>> by_time_;
};

}  // namespace sp::watch
