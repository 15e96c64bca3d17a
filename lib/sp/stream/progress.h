// How far a tool is, for whoever waits for it.
#pragma once

#include <cstdint>
#include <string>

#include "sp/table/record_reader.h"

namespace sp {

// Bytes, rows, rate and ETA on standard error, at most five times a second. tick() is cheap.
class Progress {
 public:
  Progress(bool enabled, const std::string& tool);
  ~Progress();
  void tick(const RecordReader& reader, std::uint64_t rows) {
    if (enabled_ && (rows & 0x3fff) == 0) update(reader, rows);
  }
  void finish(const RecordReader& reader, std::uint64_t rows);

 private:
  void update(const RecordReader& reader, std::uint64_t rows);
  void show(const RecordReader& reader, std::uint64_t rows, std::uint64_t now);
  bool enabled_;
  bool is_terminal_ = false;
  bool line_open_ = false;
  std::string tool_;
  std::uint64_t start_ns_ = 0;
  std::uint64_t last_ns_ = 0;
};

}  // namespace sp
