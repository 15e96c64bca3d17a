// What the user asks of sp-aggregate: each field beside its flag.
#pragma once

#include <string>
#include <vector>

#include "sp/app/run_tool.h"
#include "sp/stream/stream_options.h"

namespace CLI {
class App;
}

namespace sp {

// What --zone says for the zone of the schema's time.
inline constexpr const char* kSchemaZone = "schema";

struct AggregateOptions {
  CommonOptions common;
  StreamOptions stream;
  std::vector<std::string> by;      // --by COLS; none: the schema's keys, a state's keys
  bool is_total = false;            // --by '': one group of all, whatever keys there are
  std::string file_column;          // --file-column NAME
  std::string time;                 // --time COL; none: the schema's time
  std::string every;                // --every WINDOW; none: no windows
  std::string zone;                 // --zone ZONE, of which windows follow the clocks; none: UTC
  std::vector<std::string> values;  // --values COLS; none: the schema's measures
  std::vector<std::string> stats;   // --stats NAMES; none: kDefaultStats
  bool sort = false;                // --sort
  bool raw = false;                 // --raw
  bool partial = false;             // --partial
  bool merge = false;               // --merge
  bool pass_through = false;        // --pass-through
  std::string output = "-";         // --output FILE
};

void setup_aggregate(CLI::App& app, AggregateOptions& options);

// Throws Error(kUsage) for outputs that would write over an input, or each other.
void check_outputs(const AggregateOptions& options);

// Fills in defaults; throws Error(kUsage) for flags that do not go together.
void check_options(AggregateOptions& options);

}  // namespace sp
