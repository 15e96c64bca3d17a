// The append-only log of every step: NDJSON, one object a line, each written with one write(2) in
// append mode, so that the lines of two watchers do not mix.
//
// Lines are not synced one by one: after a power cut the last seconds may be missing. Nothing but
// people and reports reads the journal; where every file is, its folder says.
#pragma once

#include <string>
#include <string_view>

#include "sp-watch/disk/log_file.h"
#include "sp/base/json_text.h"
#include "sp/io/descriptor.h"

namespace sp::watch {

class Journal {
 public:
  // Opens or creates `path` as open_log() does. Throws what it throws.
  Journal(std::string path, LogPolicy policy);

  // {"time":…,"event":EVENT, to which the caller adds.
  static JsonObject event(std::string_view event);
  // Adds a file name: bytes that are not UTF-8 show as U+FFFD, and KEY_hex then holds the whole
  // name.
  static void add_name(JsonObject& line, const std::string& key, std::string_view name);

  // False where the line could not be written as a whole (errno says why); the next line begins
  // anew.
  bool write(const JsonObject& line);
  // Waits until all lines are on disk, as far as the file can be synced.
  void sync() const;
  // Opens `path` again, for log rotation. Throws as the constructor does, and keeps the old file.
  void reopen();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
  LogPolicy policy_;
  Descriptor fd_;
  bool torn_ = false;  // the file ends in the middle of a line
};

}  // namespace sp::watch
