// What all tools share: their common flags, and the one place where an exception becomes an
// exit status.
#pragma once

#include <functional>
#include <string>

#include "sp/base/diagnostic.h"

namespace CLI {
class App;
}

namespace sp {

// Flags of every tool.
struct CommonOptions {
  LogFormat log_format = LogFormat::kText;  // --log-format text|json
  bool quiet = false;                       // --quiet
};

// run_tool() adds them to the tool; a subcommand adds its own.
void add_common_flags(CLI::App& app, CommonOptions& options);

// Parses argv, runs, and returns the exit status: --help and --version print and are 0; wrong flags
// are 64, and so is an empty name of a file, folder or column; a thrown Error its code;
// std::bad_alloc and system errors 74; any other exception 70. `setup` fills the app (flags bound
// to the caller's options struct); `run` does the work.
int run_tool(int argc, char** argv, const std::string& name, const std::string& description,
             CommonOptions& common, const std::function<void(CLI::App&)>& setup,
             const std::function<void(const Log&)>& run);

}  // namespace sp
