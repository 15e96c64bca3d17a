// The append-only log of every step: NDJSON, one object a line, each written with one write(2) in
// append mode, so that the lines of two watchers do not mix. Every line has the same members in the
// same order, so that it is a table: examples/sp-watch/journal.schema.json.
//
// Lines are not synced one by one: after a power cut the last seconds may be missing. sp-load
// brings what became of each file into the database; where every file is, its folder says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sp-watch/disk/log_file.h"
#include "sp/base/json_text.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

// What a line says beside its time, host and folder. What is empty is null there.
struct Step {
  std::string_view event;
  std::string job;                   // in work/
  std::string file;                  // as it came into the folder, whatever its bytes
  std::string as;                    // the name that it got in the end, where that is another
  std::optional<std::int64_t> size;  // bytes
  std::string sha256, schema_sha256;
  std::string taken, started;          // RFC 3339; of the file, of its last try
  std::int64_t attempts = 0;           // runs that were begun; 0 where it is of no file, too
  std::optional<std::int64_t> status;  // with which the command ended
  std::string tool;                    // that failed
  std::string why;
  std::optional<std::int64_t> pid, files, delay_ms;
  std::optional<double> seconds;
};

class Journal {
 public:
  // Opens or creates `path` as open_log() does; `folder` is the one that is watched. Throws what it
  // throws.
  Journal(std::string path, LogPolicy policy, std::string_view folder);

  // Adds a file name: bytes that are not UTF-8 show as U+FFFD, and KEY_hex then holds the whole
  // name.
  static void add_name(JsonObject& line, const std::string& key, std::string_view name);

  // False where the line could not be written as a whole (errno says why); the next line begins
  // anew.
  bool write(const Step& step);
  // Waits until all lines are on disk, as far as the file can be synced.
  void sync() const;
  // Opens `path` again, for log rotation. Throws as the constructor does, and keeps the old file.
  void reopen();
  const std::string& path() const { return path_; }
  // Whether what was written can be read again.
  bool is_regular_file() const;

 private:
  std::string line_of(const Step& step) const;

  std::string path_;
  JsonObject place_;  // host and folder
  LogPolicy policy_;
  Descriptor fd_;
  bool torn_ = false;  // the file ends in the middle of a line
};

}  // namespace sp::watch
