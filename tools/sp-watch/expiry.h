// Removes files from done/, quarantine/ and failed/ as --keep-done and its like say, each with what
// lies beside it.
//
// A file's age counts from its last change of inode (ctime), which the move into the folder set and
// no sender can: the time of modification is the sensor's. What is not a regular file, is hidden or
// has the ending of an unfinished one is left alone.
//
// A folder may hold millions of files, so it is read a slice at a time, and a folder that was read
// to its end rests a hundred times as long as that took. A journal line is on disk before the file
// goes: a crash between the two tells it twice.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "sp-watch/clock.h"
#include "sp-watch/job/spool.h"
#include "sp-watch/name_filter.h"
#include "sp-watch/options.h"
#include "sp-watch/say/recorder.h"

namespace sp::watch {

class Expiry {
 public:
  // All outlive it.
  Expiry(const Options& options, const Spool& spool, Recorder& recorder);
  // A slice of what is to be done, with --once all of it. Never throws for what is wrong with a
  // folder or a file: it is told, and the folder is left alone for an hour.
  void go_on();

 private:
  struct File {
    std::string name;
    FileStamp stamp;
  };
  // The ctimes [ns since 1970] of the files that came last, the earliest on top.
  using Newest = std::priority_queue<std::int64_t, std::vector<std::int64_t>, std::greater<>>;
  // A folder, read over and over.
  struct Round {
    Place place;
    Keep keep;
    std::optional<FolderList> list{};      // of the pass that has begun
    std::optional<std::int64_t> border{};  // what came before it leaves; none: they are counted
    std::uint64_t count = 0;               // of files, in this pass
    Newest newest{};
    std::int64_t first_to_come = 0;  // the earliest ctime of what stays
    TimePoint::duration spent{0};    // on this round
    TimePoint next{};                // not before
  };

  // False where the slice ends before the round.
  bool read_on(Round& round, TimePoint until);
  void open_list(Round& round) const;
  void begin(Round& round) const;
  void look_at(Round& round, const DirEntry& entry, std::vector<File>& due) const;
  // False where another pass follows.
  bool end_pass(Round& round) const;
  void remove(const Round& round, std::vector<File>& due);

  const Spool& spool_;
  Recorder& recorder_;
  NameFilter finished_;
  std::vector<Round> rounds_;
  bool is_once_;
};

}  // namespace sp::watch
