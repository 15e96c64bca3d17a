// make-completion SHELL COMMAND: writes the completion of a command for bash, fish or zsh to
// standard output. Of a tool it asks the table of options; any other command is a script, whose
// --help is standard input.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string_view>

#include "command.h"
#include "sp-aggregate/options.h"
#include "sp-load/options.h"
#include "sp-schema/options.h"
#include "sp-transform/options.h"
#include "sp-validate/options.h"
#include "sp-watch/options.h"
#include "sp/app/run_tool.h"

namespace sp::completion {
namespace {

// The options go where no one reads them: nothing is parsed.
template <typename Options, void (*Setup)(CLI::App&, Options&)>
void set_up(CLI::App& app) {
  static Options options;
  Setup(app, options);
}

struct Tool {
  std::string_view name;
  void (*set_up)(CLI::App& app);
};
constexpr Tool kTools[] = {
    {"sp-aggregate", set_up<AggregateOptions, setup_aggregate>},
    {"sp-load", set_up<load::LoadOptions, load::setup_load>},
    {"sp-schema", set_up<SchemaOptions, setup_schema>},
    {"sp-transform", set_up<TransformOptions, setup_transform>},
    {"sp-validate", set_up<ValidateOptions, setup_validate>},
    {"sp-watch", set_up<watch::Options, watch::add_flags>},
};

Command command_named(const std::string& name) {
  for (const Tool& tool : kTools) {
    if (tool.name != name) continue;
    CLI::App app("", name);
    CommonOptions common;
    tool.set_up(app);
    add_common_flags(app, common);
    app.set_version_flag("-V,--version", "", "Print the version and exit");
    return command_of(app);
  }
  return command_of_help(name, std::cin);
}

struct Shell {
  std::string_view name;
  std::string (*write)(const Command& command);
};
constexpr Shell kShells[] = {{"bash", for_bash}, {"fish", for_fish}, {"zsh", for_zsh}};

int run(int argc, char** argv) {
  for (const Shell& shell : kShells) {
    if (argc != 3 || shell.name != argv[1]) continue;
    const std::string text = shell.write(command_named(argv[2]));
    return std::fputs(text.c_str(), stdout) < 0 || std::fclose(stdout) != 0 ? 74 : 0;
  }
  std::fputs("usage: make-completion bash|fish|zsh COMMAND\n", stderr);
  return 64;
}

}  // namespace
}  // namespace sp::completion

int main(int argc, char** argv) {
  try {
    return sp::completion::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "make-completion: error: %s\n", error.what());
    return 70;
  }
}
