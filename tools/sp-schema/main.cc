#include "sp-schema/options.h"

int main(int argc, char** argv) {
  sp::SchemaOptions options;
  return sp::run_tool(
      argc, argv, "sp-schema", "Writes, shows and chooses the schemas that the sp tools work by.",
      options.common, [&](CLI::App& app) { sp::setup_schema(app, options); },
      [&](const sp::Log& log) { sp::run_schema(options, log); });
}
