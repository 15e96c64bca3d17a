#include "sp-transform/options.h"
#include "sp-transform/transform.h"

int main(int argc, char** argv) {
  sp::TransformOptions options;
  return sp::run_tool(
      argc, argv, "sp-transform",
      "Brings rows to a standard form: names, times in UTC, units, rounding, constant columns.",
      options.common, [&](CLI::App& app) { sp::setup_transform(app, options); },
      [&](const sp::Log&) { sp::run_transform(options); });
}
