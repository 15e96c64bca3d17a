// What the user asks of sp-transform: each field beside its flag.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sp/app/run_tool.h"
#include "sp/io/compressed_sink.h"
#include "sp/stream/stream_options.h"
#include "sp/time/timestamp.h"

namespace CLI {
class App;
}

namespace sp {

struct TransformOptions {
  using Assignment = std::pair<std::string, std::string>;  // column, and what is said of it

  CommonOptions common;
  StreamOptions stream;
  std::vector<Assignment> rename;          // --rename OLD=NEW
  std::vector<Assignment> derive;          // --derive NAME=FORMULA[(INPUT=COL,...)]
  std::vector<Assignment> utc;             // --utc COL[=ZONE]; no zone: UTC
  std::optional<Dst> dst;                  // --dst reject|earlier|later, for --utc
  std::vector<Assignment> unit;            // --unit COL=FROM:TO
  std::vector<Assignment> normalize;       // --normalize COL=minmax:LO:HI|zscore:MEAN:SD
  std::vector<Assignment> round;           // --round COL=N
  std::string from_name;                   // --from-name PATTERN
  std::string file_column;                 // --file-column COL; none: the file's own name
  std::string row_number;                  // --row-number NAME; none: no such column
  std::string line_number;                 // --line-number NAME
  std::vector<Assignment> tag;             // --tag NAME=VALUE
  std::vector<std::string> select;         // --select COLS; none: all
  std::vector<std::string> drop;           // --drop COLS
  bool melt = false;                       // --melt
  bool spread = false;                     // --spread
  std::vector<std::string> values;         // --values COLS; none: the schema's measures
  std::optional<std::size_t> spread_rows;  // --spread-rows N
  std::string spread_schema;               // --spread-schema FILE
  std::string output = "-";                // --output FILE
  std::optional<Compression> compress;     // --compress; none: by the name of --output
};

void setup_transform(CLI::App& app, TransformOptions& options);

}  // namespace sp
