// Looks at the folder: by events, which may be lost, and by scans, which may not. Feeds Settle,
// brings aside what is not a regular file, and says once what it leaves alone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sp-watch/disk/inotify_source.h"
#include "sp-watch/job/spool.h"
#include "sp-watch/name_filter.h"
#include "sp-watch/say/recorder.h"
#include "sp-watch/settle.h"
#include "sp/base/key_hash.h"

namespace sp::watch {

class Intake {
 public:
  Intake(Spool& spool, Recorder& recorder, NameFilter filter, Millis settle)
      : spool_(spool), recorder_(recorder), filter_(std::move(filter)), settle_(settle) {}

  // One pass over the folder. Throws Error(kNoInput, kIoErr).
  void scan(TimePoint now);
  void on_event(InotifySource::Kind kind, const char* name, TimePoint now);
  // A file that changed between settling and taking.
  void look_again(const std::string& file, TimePoint now);
  // Tells once, until the file is gone, that it is left alone. A name with a slash is not one in
  // the folder.
  void leave_alone(const char* event, const std::string& file, const std::string& why);
  // Moves what is not a regular file to quarantine/.
  void set_aside(const Folder& from, const std::string& file, const std::string& kind);

  Settle& settle() { return settle_; }
  const Settle& settle() const { return settle_; }

 private:
  // Tells once that a file is none for the command.
  void pass_over(const std::string& file, std::string_view why);

  Spool& spool_;
  Recorder& recorder_;
  NameFilter filter_;
  Settle settle_;
  std::uint32_t scan_ = 0;
  KeyMap<std::uint32_t> told_;  // file -> last scan that saw it
};

}  // namespace sp::watch
