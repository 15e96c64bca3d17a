#include "sp-aggregate/aggregate.h"
#include "sp-aggregate/options.h"

int main(int argc, char** argv) {
  sp::AggregateOptions options;
  return sp::run_tool(
      argc, argv, "sp-aggregate",
      "Statistics of each group, time window and quantity, in one pass and constant memory a "
      "group.",
      options.common, [&](CLI::App& app) { sp::setup_aggregate(app, options); },
      [&](const sp::Log&) { sp::run_aggregate(options); });
}
