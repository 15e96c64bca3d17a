#include "sp-load/load.h"
#include "sp-load/options.h"
#include "sp/app/run_tool.h"

int main(int argc, char** argv) {
  sp::load::LoadOptions options;
  return sp::run_tool(
      argc, argv, "sp-load",
      "Copies rows into PostgreSQL tables, all of them in one transaction or "
      "none",
      options.common, [&options](CLI::App& app) { sp::load::setup_load(app, options); },
      [&options](const sp::Log& log) { sp::load::run(options, log); });
}
