// Which files of the folder have come to rest. Pure: the caller brings what it saw and the time.
//
// A file that was renamed into the folder is whole, by the convention of those who rename, and is
// ready at once. Any other is ready when size, times and inode stayed the same for the settle time,
// by a clock that never jumps; what the file's own times say about its age is not believed. Some
// 200 bytes a file; every step costs at most the logarithm of their number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "sp-watch/clock.h"
#include "sp/base/key_hash.h"

namespace sp::watch {

struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  std::int64_t mtime_ns = 0;
  std::int64_t ctime_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

class Settle {
 public:
  explicit Settle(Millis settle) : settle_(settle) {}

  // Seen in the folder: its rest begins now where it is new or has changed.
  void observe(std::string_view name, const FileStamp& stamp, TimePoint now);
  // Renamed into the folder: ready.
  void arrived(std::string_view name, const FileStamp& stamp, TimePoint now);
  // Seen by a scan that need not look closer: true where the file is ready and is the same inode.
  // The taker compares the whole stamp again.
  bool still_ready(std::string_view name, std::uint64_t inode);

  // Between the two every file that is still there is observed; the others are forgotten.
  void begin_scan() { ++scan_; }
  void end_scan();

  struct Ready {
    std::string name;
    FileStamp stamp;
  };
  // Takes out the ready file that was modified first.
  std::optional<Ready> take(TimePoint now);
  bool has_ready(TimePoint now);

  // When the next file will have settled; nothing where none is waiting to.
  std::optional<TimePoint> next_due() const;
  std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    FileStamp stamp;
    TimePoint due;
    std::uint32_t scan = 0;
    bool ready = false;
  };
  using Entries = KeyMap<Entry>;
  using Node = Entries::value_type;
  struct DueFirst {
    bool operator()(const Node* a, const Node* b) const;
  };
  struct OldestFirst {
    bool operator()(const Node* a, const Node* b) const;
  };

  void put(std::string_view name, const FileStamp& stamp, TimePoint due, bool ready);
  void unlink(Node* node);
  void promote(TimePoint now);

  Millis settle_;
  std::uint32_t scan_ = 0;
  Entries entries_;  // its nodes stay where they are; the sets point at them
  std::set<Node*, DueFirst> waiting_;
  std::set<Node*, OldestFirst> ready_;
};

}  // namespace sp::watch
