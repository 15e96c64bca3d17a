// What the user asks of sp-validate: each field beside its flag.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sp/app/run_tool.h"
#include "sp/stream/stream_options.h"

namespace CLI {
class App;
}

namespace sp {

// --max-rejects: a number of rows, or a part of all rows in percent.
struct RejectLimit {
  bool is_percent = false;
  double value = 0;
  std::string text;
  bool is_exceeded(std::uint64_t rejected, std::uint64_t rows) const;
};

struct ValidateOptions {
  CommonOptions common;
  StreamOptions stream;
  std::string rejects;                     // --rejects FILE, DIR/
  std::string errors;                      // --errors FILE
  std::optional<RejectLimit> max_rejects;  // --max-rejects N|P%
  std::vector<std::string> require;        // --require COLS
  std::vector<std::string> type;           // --type COL=TYPE
  std::vector<std::string> range;          // --range COL=MIN:MAX
  std::string file_column;                 // --file-column NAME
  // Whether each file has a fate of its own.
  bool is_batch() const { return !file_column.empty(); }
};

void setup_validate(CLI::App& app, ValidateOptions& options);

// Throws Error(kUsage) for outputs that would mix, or write over an input.
void check_outputs(const ValidateOptions& options);

// Where the rejected rows of `file` go below the folder of --rejects DIR/; their errors go to the
// same and ".errors.ndjson".
std::string rejects_path(const std::string& folder, const std::string& file);

}  // namespace sp
