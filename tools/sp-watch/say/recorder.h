// What sp-watch says about each step: a line in the journal, and what people should see on standard
// error; and the sums that decide the exit status of --once.
#pragma once

#include <cstdint>
#include <string>

#include "sp-watch/job/job.h"
#include "sp-watch/job/spool.h"
#include "sp-watch/say/journal.h"
#include "sp/base/diagnostic.h"

namespace sp::watch {

struct Tally {
  std::uint64_t done = 0;
  std::uint64_t quarantined = 0;
  std::uint64_t failed = 0;
  std::uint64_t left = 0;  // to be tried again, or not yet ready
};

class Recorder {
 public:
  Recorder(Journal journal, const Log& log) : journal_(std::move(journal)), log_(log) {}

  // False while the journal cannot be written: nothing new should be taken then.
  bool healthy() const { return lost_ == 0; }
  // Tries the journal again, where it failed, with a line that says how many are missing.
  void mend();
  void reopen();

  void started(const std::string& dir);
  void stopped();
  void taken(const Job& job);
  void resumed(const Job& job);
  // `files`: how many the run has.
  void running(const Job& job, long pid, std::size_t files);
  void ended(const Job& job, const std::string& how, long pid, double seconds, std::size_t files);
  // A run of several failed as a whole and is divided.
  void halved(const Job& first, std::size_t files, const std::string& why);
  // Waits until the lines are on disk.
  void sync() const { journal_.sync(); }
  // The journal's line, before the file is moved where it is refused or failed: a crash between the
  // two makes it run again and be told again. What is done the ledger of the command knows.
  void decided(const Job& job, Place place, const std::string& as, const std::string& why,
               double seconds);
  void finished(const Job& job, Place place, const std::string& why, double seconds);
  void waits(const Job& job, const std::string& why, Millis delay);
  // The file is not touched: "ignored" (a directory), "unreadable", "immovable", "written" (it is
  // open for writing).
  void left_alone(const char* event, const std::string& file, const std::string& why);
  // The same ("ignored") of a name that is none for the command: nothing to warn of.
  void passed_over(const std::string& file, const std::string& why);
  // `who` keeps a lock that is waited for; `effect` is what does not happen meanwhile.
  void locked(const std::string& file, const std::string& who, const std::string& effect);
  void set_aside(const std::string& file, const std::string& as, const std::string& why);
  // Before it is removed from a folder that keeps no more.
  void expired(const std::string& name, std::int64_t size, const std::string& why);
  // A person brought it back to work/, from where `name` lay.
  void retried(const Job& job, const std::string& name, const std::string& why);
  // "vanished", "interrupted", "error".
  void trouble(const char* event, const Job& job, const std::string& why);
  // "error", of something that is no job yet.
  void trouble(const std::string& file, const std::string& why);

  // The journal's path, where it is a file that can be read again; else empty.
  std::string journal_file() const;
  Tally& tally() { return tally_; }
  const Tally& tally() const { return tally_; }
  // What was not yet told to the spool.
  Progress& news() { return news_; }
  const Progress& news() const { return news_; }
  const Log& log() const { return log_; }

 private:
  void write(const Step& step);
  Journal journal_;
  const Log& log_;
  Tally tally_;
  Progress news_;
  std::uint64_t lost_ = 0;  // lines that could not be written
};

}  // namespace sp::watch
