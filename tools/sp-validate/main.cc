#include "sp-validate/options.h"
#include "sp-validate/validate.h"

int main(int argc, char** argv) {
  sp::ValidateOptions options;
  return sp::run_tool(
      argc, argv, "sp-validate",
      "Checks each row against a schema: valid rows go to standard output, rejected ones aside.",
      options.common, [&](CLI::App& app) { sp::setup_validate(app, options); },
      [&](const sp::Log& log) { sp::run_validate(options, log); });
}
