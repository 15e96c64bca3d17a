// What the user asks of sp-schema: a command, and each of its fields beside its flag.
#pragma once

#include <string>
#include <vector>

#include "sp/app/run_tool.h"
#include "sp/stream/stream_options.h"

namespace CLI {
class App;
}

namespace sp {

// sp-schema infer [FILE]...
struct InferOptions {
  StreamOptions stream;
  std::string source;   // --source NAME
  bool strict = false;  // --strict
};

// sp-schema show [SCHEMA]
struct ShowOptions {
  std::string form = "table";  // --as table|ddl|jsonschema|markdown
  std::string schema = "-";    // SCHEMA; none, or "-": standard input
};

// sp-schema choose FILE...
struct ChooseOptions {
  std::vector<std::string> folders;  // --dir FOLDER
  std::vector<std::string> schemas;  // --schema SCHEMA
  bool null = false;                 // --null
  std::string outcomes;              // --outcomes FILE
  std::vector<std::string> files;    // FILE...
};

struct SchemaOptions {
  CommonOptions common;
  InferOptions infer;
  ShowOptions show;
  ChooseOptions choose;
  // Does what the command that was given does; null: none was given.
  void (*run)(const SchemaOptions& options, const Log& log) = nullptr;
};

void setup_schema(CLI::App& app, SchemaOptions& options);

// Throws Error(kUsage) where no command was given.
void run_schema(const SchemaOptions& options, const Log& log);

}  // namespace sp
