#include "sp-watch/options.h"
#include "sp-watch/retry.h"
#include "sp-watch/say/status.h"
#include "sp-watch/watch.h"

int main(int argc, char** argv) {
  sp::watch::Options options;
  const int flags = sp::watch::split_command(argc, argv, options);
  return sp::run_tool(
      flags, argv, "sp-watch", "Run a command on each file that lands in a folder", options.common,
      [&](CLI::App& app) { sp::watch::add_flags(app, options); },
      [&](const sp::Log& log) {
        sp::watch::check(options);
        if (!options.again.empty()) return sp::watch::run_retry(options, log);
        if (options.status) return sp::watch::print_status(options);
        sp::watch::run_watch(options, log);
      });
}
