#include "sp-watch/settle.h"

namespace sp::watch {

bool Settle::DueFirst::operator()(const Node* a, const Node* b) const {
  if (a->second.due != b->second.due) return a->second.due < b->second.due;
  return a->first < b->first;
}

bool Settle::OldestFirst::operator()(const Node* a, const Node* b) const {
  const std::int64_t left = a->second.stamp.mtime_ns;
  const std::int64_t right = b->second.stamp.mtime_ns;
  return left != right ? left < right : a->first < b->first;
}

void Settle::unlink(Node* node) {
  if (node->second.ready) {
    ready_.erase(node);
  } else {
    waiting_.erase(node);
  }
}

void Settle::put(std::string_view name, const FileStamp& stamp, TimePoint due, bool ready) {
  auto found = entries_.find(name);
  if (found == entries_.end()) {
    found = entries_.emplace(std::string(name), Entry{}).first;
  } else {
    unlink(&*found);
  }
  found->second = {stamp, due, scan_, ready};
  if (ready) {
    ready_.insert(&*found);
  } else {
    waiting_.insert(&*found);
  }
}

void Settle::observe(std::string_view name, const FileStamp& stamp, TimePoint now) {
  const auto found = entries_.find(name);
  if (found != entries_.end() && found->second.stamp == stamp) {
    found->second.scan = scan_;
    return;
  }
  put(name, stamp, now + settle_, false);
}

void Settle::arrived(std::string_view name, const FileStamp& stamp, TimePoint now) {
  put(name, stamp, now, true);
}

bool Settle::still_ready(std::string_view name, std::uint64_t inode) {
  const auto found = entries_.find(name);
  if (found == entries_.end() || !found->second.ready || found->second.stamp.inode != inode) {
    return false;
  }
  found->second.scan = scan_;
  return true;
}

void Settle::end_scan() {
  for (auto it = entries_.begin(); it != entries_.end();) {
    if (it->second.scan == scan_) {
      ++it;
      continue;
    }
    unlink(&*it);
    it = entries_.erase(it);
  }
}

void Settle::promote(TimePoint now) {
  while (!waiting_.empty() && (*waiting_.begin())->second.due <= now) {
    Node* node = *waiting_.begin();
    waiting_.erase(waiting_.begin());
    node->second.ready = true;
    ready_.insert(node);
  }
}

bool Settle::has_ready(TimePoint now) {
  promote(now);
  return !ready_.empty();
}

std::optional<Settle::Ready> Settle::take(TimePoint now) {
  if (!has_ready(now)) return std::nullopt;
  Node* node = *ready_.begin();
  ready_.erase(ready_.begin());
  Ready out{node->first, node->second.stamp};
  entries_.erase(entries_.find(node->first));
  return out;
}

std::optional<TimePoint> Settle::next_due() const {
  if (waiting_.empty()) return std::nullopt;
  return (*waiting_.begin())->second.due;
}

}  // namespace sp::watch
