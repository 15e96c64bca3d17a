#include "command.h"

namespace sp::completion {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  return out + "'";
}

std::string value_of(const Flag& flag) {
  if (flag.value == Value::kNone) return "";
  if (flag.value == Value::kFile) return " -r -F";
  std::string words;
  for (const std::string& choice : flag.choices) words += (words.empty() ? "" : " ") + choice;
  return words.empty() ? " -x" : " -x -a " + quoted(words);
}

std::string lines_of(const Command& command, const std::string& begin) {
  std::string out;
  for (const Flag& flag : command.flags) {
    out += begin;
    for (const std::string& name : flag.names) {
      out += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    out += value_of(flag) + " -d " + quoted(flag.help) + "\n";
  }
  return out;
}

}  // namespace

std::string for_fish(const Command& command) {
  const std::string begin = "complete -c " + command.name;
  std::string out = "# fish completion of " + command.name + "; made from its options.\n";
  if (command.commands.empty()) return out + lines_of(command, begin);
  for (const Command& sub : command.commands) {
    out += begin + " -n __fish_use_subcommand -f -a " + sub.name + " -d " + quoted(sub.help) +
           "\n" + lines_of(sub, begin + " -n '__fish_seen_subcommand_from " + sub.name + "'");
  }
  return out + lines_of(command, begin + " -n __fish_use_subcommand");
}

}  // namespace sp::completion
