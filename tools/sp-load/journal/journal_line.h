// The journal of sp-watch, line by line: what became of a file, as sp.outcome has it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "sp/base/json_text.h"

namespace sp::load {

// Times are RFC 3339, digests hexadecimal; a text that is empty is not known.
struct FileOutcome {
  std::string name, taken_at, folder, host;
  std::optional<std::int64_t> size;  // bytes
  std::string sha256, schema_sha256;
  const char* status = nullptr;  // of sp.outcome; a literal
  std::string reason, tool;
  std::int64_t tries = 0;
  std::string started_at, noted_at;
};

enum class LineKind {
  kOutcome,
  kOther,   // a step that decides nothing, or the end of a file that the ledger tells of
  kUnknown  // no line of a journal: one that a crash cut short
};

class JournalReader {
 public:
  JournalReader();
  ~JournalReader();
  // Fills `out` where it is kOutcome. `line` is without its line end.
  LineKind read(std::string_view line, FileOutcome& out);
  // Host and folder, of any line. False where it has none.
  bool read_place(std::string_view line, FileOutcome& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// What is to be noted, each file as the last one added has it.
class FileOutcomes {
 public:
  void add(FileOutcome outcome);
  bool empty() const { return by_file_.empty(); }
  std::string json() const;  // for sp.note_outcomes

 private:
  std::map<std::tuple<std::string, std::string, std::string>, FileOutcome> by_file_;
};

}  // namespace sp::load
