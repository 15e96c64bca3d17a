// What the user asks of sp-schema: a command, and each of its fields beside its flag.
#pragma once

#include <string>

#include "sp/app/run_tool.h"
#include "sp/stream/stream_options.h"

namespace CLI {
class App;
}

namespace sp {

// sp-schema infer [FILE]...
struct InferOptions {
  StreamOptions stream;
};

// sp-schema show [SCHEMA]
struct ShowOptions {
  std::string form = "table";  // --as table|ddl|jsonschema|markdown
  std::string schema = "-";    // SCHEMA; none, or "-": standard input
};

struct SchemaOptions {
  CommonOptions common;
  InferOptions infer;
  ShowOptions show;
  // Does what the command that was given does; null: none was given.
  void (*run)(const SchemaOptions& options, const Log& log) = nullptr;
};

void setup_schema(CLI::App& app, SchemaOptions& options);

// Throws Error(kUsage) where no command was given.
void run_schema(const SchemaOptions& options, const Log& log);

}  // namespace sp
