// What the user asks of sp-transform: each field beside its flag.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

#include "sp/tool.h"

namespace sp {

struct TransformOptions {
  using Assignment = std::pair<std::string, std::string>;  // column, and what is said of it

  CommonOptions common;
  StreamOptions stream;
  std::vector<Assignment> rename;     // --rename OLD=NEW
  std::vector<Assignment> utc;        // --utc COL[=ZONE]; no zone: UTC
  std::vector<Assignment> unit;       // --unit COL=FROM:TO
  std::vector<Assignment> normalize;  // --normalize COL=minmax:LO:HI|zscore:MEAN:SD
  std::vector<Assignment> round;      // --round COL=N
  std::vector<Assignment> tag;        // --tag NAME=VALUE
  std::vector<std::string> select;    // --select COLS; none: all
  std::vector<std::string> drop;      // --drop COLS
  bool melt = false;                  // --melt
  std::vector<std::string> values;    // --values COLS; none: the schema's measures
};

void setup_transform(CLI::App& app, TransformOptions& options);

}  // namespace sp
