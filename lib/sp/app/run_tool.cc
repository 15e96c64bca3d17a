#include "sp/app/run_tool.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "sp/app/report.h"
#include "sp/app/unknown_flag.h"
#include "sp/base/version.h"

namespace sp {
namespace {

// A descriptor 0, 1 or 2 that is closed would be given to the next file opened, whose bytes would
// then mix with records or diagnostics. Its place is taken by one that fails when it is used.
void hold_standard_descriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (::fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
      ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    }
  }
}

// Where flags are wrong, those that matter all the same are looked for by hand.
std::string_view value_of(std::string_view flag, int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    if (arg == flag && i + 1 < argc) return argv[i + 1];
    if (arg.starts_with(flag) && arg.substr(flag.size()).starts_with('=')) {
      return arg.substr(flag.size() + 1);
    }
  }
  return "";
}

LogFormat wanted_log_format(int argc, char** argv) {
  return value_of("--log-format", argc, argv) == "json" ? LogFormat::kJson : LogFormat::kText;
}

// A run that ends at its flags must not leave the report of the run before. What else the name may
// stand for is not known yet: nothing goes that is no report.
void discard_stale_report(int argc, char** argv) {
  const std::string path(value_of("--report", argc, argv));
  std::error_code none;
  if (!std::filesystem::is_regular_file(path, none)) return;
  try {
    read_report(path);
    discard_report(path);
  } catch (const Error&) {
    return;
  }
}

void print(const std::string& text) {
  const bool failed = std::fwrite(text.data(), 1, text.size(), stdout) != text.size();
  if (std::fflush(stdout) != 0 || failed) throw_errno("write", "standard output");
}

// CLI11 would describe how a value is checked after its name: "TIME:FLOAT [UNIT]". What matters of
// it is in the flag's text.
void hide_checks(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    try {
      for (int i = 0;; ++i) option->get_validator(i)->description("");
    } catch (const CLI::OptionNotFound&) {
      continue;  // after the last check
    }
  }
}

// Flags that the command line lacks and a variable of the environment gives, as if they stood
// there: from 2.4 on CLI11 itself passes over a variable whose value is none.
struct Variable {
  std::string name, flag;  // "--flag=value"
};

std::vector<Variable> variables_of(const CLI::App& app, int argc, char** argv) {
  std::vector<Variable> out;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_envname().empty()) continue;
    const std::string flag = option->get_name();
    const char* const value = std::getenv(option->get_envname().c_str());
    const bool is_given = std::any_of(argv, argv + argc, [&flag](std::string_view argument) {
      return argument.substr(0, argument.find('=')) == flag;
    });
    if (value != nullptr && *value != '\0' && !is_given) {
      out.push_back({option->get_envname(), flag + "=" + value});
    }
  }
  return out;
}

// " (SP_ON_CONFLICT)" where `message`, which begins with its flag, is about one of them.
std::string name_of_variable(const std::vector<Variable>& variables, std::string_view message) {
  for (const Variable& variable : variables) {
    const std::string_view flag(variable.flag);
    if (message.starts_with(std::string(flag.substr(0, flag.find('='))) + ":")) {
      return " (" + variable.name + ")";
    }
  }
  return "";
}

// Whether its value names a file, a column, ...: no name is empty.
bool is_of_names(const CLI::Option& option) {
  static constexpr std::string_view kKinds[] = {"FILE", "FILE|DIR/", "FOLDER", "DIR", "SCHEMA",
                                                "GLOB", "NAME",      "COL",    "DSN"};
  const std::string kind = option.get_positional() ? option.get_name() : option.get_type_name();
  return std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds);
}

// As sp-watch "$dir" of a script whose dir is not set. It must not pass for the folder where the
// script runs, or for a flag that was not given.
void refuse_empty_names(const CLI::App& app) {
  for (const CLI::Option* option : app.get_options()) {
    if (!is_of_names(*option)) continue;
    for (const std::string& value : option->results()) {
      if (!value.empty()) continue;
      throw Error(ExitCode::kUsage,
                  option->get_name() + " is empty, as of a variable that is not set");
    }
  }
  for (const CLI::App* command : app.get_subcommands()) refuse_empty_names(*command);
}

// What CLI11 parses, the last word first. Of "--flag=" it would take the next word for the value.
std::vector<std::string> words_of(int argc, char** argv, const std::vector<Variable>& variables) {
  std::vector<std::string> out;
  std::transform(variables.begin(), variables.end(), std::back_inserter(out),
                 [](const Variable& variable) { return variable.flag; });
  bool is_over = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    is_over = is_over || word == "--";
    const bool is_flag = !is_over && word.starts_with("--");
    const bool is_empty = is_flag && word.find('=') == word.size() - 1;
    out.emplace_back(is_empty ? word.substr(0, word.size() - 1) : word);
    if (is_empty) out.emplace_back();
  }
  std::reverse(out.begin(), out.end());
  return out;
}

// True where the tool has work to do; --help and --version are done here.
bool parse(CLI::App& app, int argc, char** argv) {
  const std::vector<Variable> variables = variables_of(app, argc, argv);
  try {
    app.parse(words_of(argc, argv, variables));
    refuse_empty_names(app);
    return true;
  } catch (const CLI::CallForHelp&) {
    hide_checks(app);
    for (CLI::App* command : app.get_subcommands()) hide_checks(*command);
    print(app.help());
  } catch (const CLI::CallForVersion& version) {
    print(std::string(version.what()) + "\n");
  } catch (const CLI::ExtrasError&) {
    throw Error(ExitCode::kUsage, describe_unknown(app, argc, argv));
  } catch (const CLI::ParseError& error) {
    throw Error(ExitCode::kUsage, error.what() + name_of_variable(variables, error.what()));
  }
  return false;
}

// With the subcommand that was given, whose flags another --help lists.
std::string name_of(const CLI::App& app) {
  std::string name = app.get_name();
  for (const CLI::App* command : app.get_subcommands()) name += " " + command->get_name();
  return name;
}

int report_failure(const Log& log, const std::string& name) {
  try {
    throw;
  } catch (const Error& error) {
    std::string message = error.what();
    if (error.code() == ExitCode::kUsage) message += "; '" + name + " --help' lists the flags";
    log.error(message, error.where());
    return static_cast<int>(error.code());
  } catch (const std::bad_alloc&) {
    log.error("out of memory");
    return static_cast<int>(ExitCode::kIoErr);
  } catch (const std::system_error& error) {
    log.error(error.what());
    return static_cast<int>(ExitCode::kIoErr);
  } catch (const std::exception& error) {
    log.error(std::string("this is a bug in ") + name + " " + kVersion + ": " + error.what());
  } catch (...) {
    log.error(std::string("this is a bug in ") + name + " " + kVersion);
  }
  return static_cast<int>(ExitCode::kSoftware);
}

}  // namespace

void add_common_flags(CLI::App& app, CommonOptions& options) {
  app.add_option_function<std::string>(
         "--log-format",
         [&options](const std::string& name) {
           options.log_format = name == "json" ? LogFormat::kJson : LogFormat::kText;
         },
         "Diagnostics as text (default) or as json, one object a line")
      ->check(CLI::IsMember({"text", "json"}))
      ->type_name("FORMAT");
  app.add_flag("-q,--quiet", options.quiet, "Only warnings and errors on standard error");
}

int run_tool(int argc, char** argv, const std::string& name, const std::string& description,
             CommonOptions& common, const std::function<void(CLI::App&)>& setup,
             const std::function<void(const Log&)>& run) {
  hold_standard_descriptors();
  std::signal(SIGPIPE, SIG_DFL);  // a parent may have it ignored
  std::signal(SIGXFSZ, SIG_IGN);  // a limit of the file size is a write that fails, with EFBIG
  Log log(name, wanted_log_format(argc, argv), false);
  CLI::App app{description, name};
  bool is_parsed = false;
  try {
    app.get_formatter()->column_width(34);
    setup(app);
    add_common_flags(app, common);
    app.set_version_flag("-V,--version", name + " " + kVersion, "Print the version and exit");
    if (!parse(app, argc, argv)) return 0;
    is_parsed = true;
    log = Log(name, common.log_format, common.quiet);
    run(log);
    return 0;
  } catch (...) {
    if (!is_parsed) discard_stale_report(argc, argv);
    return report_failure(log, name_of(app));
  }
}

}  // namespace sp
