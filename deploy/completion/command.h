// What a shell can offer behind the name of a command, whatever the shell.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sp::completion {

// What a flag wants behind it, as a shell can help with it.
enum class Value { kNone, kChoice, kFile, kOther };

struct Flag {
  std::vector<std::string> names;  // "--null", "-0"
  std::string help;
  Value value = Value::kNone;
  std::vector<std::string> choices;  // of kChoice
  bool may_repeat = false;
};

struct Command {
  std::string name, help;
  std::vector<Flag> flags;
  std::vector<Command> commands;  // "infer" of sp-schema; at most one floor of them
};

// Of a tool's own table of options.
Command command_of(const CLI::App& app);
// Of a script's --help, whose lines "  --schema SCHEMA  text" are its table of options. Throws
// std::runtime_error where there is none.
Command command_of_help(const std::string& name, std::istream& help);

// The file that teaches a shell the command.
std::string for_bash(const Command& command);
std::string for_fish(const Command& command);
std::string for_zsh(const Command& command);

}  // namespace sp::completion
