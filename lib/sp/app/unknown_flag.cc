#include "sp/app/unknown_flag.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>
#include <vector>

#include "sp/base/excerpt.h"
#include "sp/base/spelling.h"

namespace sp {
namespace {

std::string_view without_dashes(std::string_view flag) {
  return flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
}

// The flag that looks most like `flag`; "" where none does.
std::string similar_flag(const CLI::App& app, std::string_view flag) {
  constexpr std::size_t kLongest = 64;  // a longer one is no slip of a finger
  const std::string_view name = without_dashes(flag);
  if (name.size() > kLongest) return "";
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;
  std::string best;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& known : option->get_lnames()) {
      const bool is_beginning = name.size() > 2 && known.starts_with(name);
      const std::size_t steps = is_beginning ? 1 : edit_distance(name, known);
      if (steps >= least) continue;
      least = steps;
      best = "--" + known;
    }
  }
  return best;
}

// The first unknown flag, in the order in which they were given: what it stands before may be its
// value. Without one the first argument too many.
std::string first_unknown(const CLI::App& app, int argc, const char* const* argv) {
  const std::vector<std::string> unknown = app.remaining(true);
  std::string first;
  for (int i = 1; i < argc; ++i) {
    std::string argument = argv[i];
    if (std::find(unknown.begin(), unknown.end(), argument) == unknown.end()) continue;
    if (argument.starts_with('-')) return argument;
    if (first.empty()) first = argument;
  }
  return first.empty() && !unknown.empty() ? unknown.front() : first;
}

// "there is no command infre; it has infer, show"
std::string describe_command(const CLI::App& app, const std::string& argument) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return "there is no command " + excerpt(argument) + "; there are " + names;
}

}  // namespace

std::string describe_unknown(const CLI::App& app, int argc, const char* const* argv) {
  const std::string argument = first_unknown(app, argc, argv);
  const std::vector<CLI::App*> given = app.get_subcommands();
  const CLI::App& command = given.empty() ? app : *given.back();
  const bool has_commands = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
  if (!argument.starts_with('-') && given.empty() && has_commands) {
    return describe_command(app, argument);
  }
  if (!argument.starts_with('-')) return excerpt(argument) + " is one argument too many";
  const std::string flag = argument.substr(0, argument.find('='));
  const std::string similar = similar_flag(command, flag);
  return "there is no flag " + flag + (similar.empty() ? "" : "; did you mean " + similar + "?");
}

}  // namespace sp
