// A file of the journal: read in pieces of whole lines, and known by its first line, whatever its
// name is by now.
//
// Rotation renames the journal, journal.ndjson.1 or journal.ndjson-20260101, or copies it and cuts
// it to nothing (copytruncate); the first line, which has the time, is that of no other file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp/io/descriptor.h"

namespace sp::load {

class JournalFile {
 public:
  // None where it is not there. Throws Error: kUsage where it is no regular file, kNoInput, kIoErr.
  static std::optional<JournalFile> open(const std::string& path);
  // The other files of the journal `path`, the oldest first; those that are packed are not read.
  static std::vector<JournalFile> rotated_from(const std::string& path);

  const std::string& path() const { return path_; }
  // Without its end; empty where that has not been written yet, or it is longer than 64 KiB.
  const std::string& first_line() const { return first_line_; }
  // XXH128 of the first line.
  std::string id() const;
  std::uint64_t size() const { return size_; }  // bytes, when it was opened
  // Whether a line begins there.
  bool is_begin_of_line(std::uint64_t at) const;
  // The whole lines from `at` on, 1 MiB at most; `next` is where the one after them begins. A line
  // that is longer is passed over. What has no end yet stays for another time: `next` is `at` then.
  std::string lines(std::uint64_t at, std::uint64_t& next) const;

 private:
  std::string read(std::uint64_t at, std::size_t most) const;

  std::string path_, first_line_;
  Descriptor fd_;
  std::uint64_t size_ = 0;
  std::int64_t modified_ns_ = 0;
};

}  // namespace sp::load
