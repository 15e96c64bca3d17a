#include "command.h"

#include <CLI/CLI.hpp>
#include <istream>
#include <sstream>
#include <stdexcept>

namespace sp::completion {
namespace {

constexpr const char* kCapitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

Value value_named(const std::string& type) {
  for (const char* const word : {"FILE", "FOLDER", "SCHEMA"}) {
    if (type.starts_with(word)) return Value::kFile;
  }
  return Value::kOther;
}

// CLI11 describes an option's value as "FORMAT" or "FORMAT:{csv,tsv}".
void take_value(const std::string& description, Flag& flag) {
  const std::size_t brace = description.find(":{");
  if (brace == std::string::npos) {
    flag.value = value_named(description);
    return;
  }
  flag.value = Value::kChoice;
  std::string choices = description.substr(brace + 2);
  choices.resize(choices.find('}'));
  flag.choices = CLI::detail::split(choices, ',');
}

Flag flag_of(const CLI::Option& option) {
  Flag flag;
  for (const std::string& name : option.get_lnames()) flag.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) flag.names.push_back("-" + name);
  flag.help = option.get_description();
  flag.may_repeat = option.get_items_expected_max() > 1;
  if (option.get_items_expected_max() > 0) take_value(option.get_type_name(), flag);
  return flag;
}

}  // namespace

Command command_of(const CLI::App& app) {
  Command command{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) command.flags.push_back(flag_of(*option));
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    command.commands.push_back(command_of(*sub));
  }
  return command;
}

Command command_of_help(const std::string& name, std::istream& help) {
  Command command{name, "", {}, {}};
  for (std::string line; std::getline(help, line);) {
    if (!line.starts_with("  -")) continue;
    std::istringstream words(line);
    std::string word;
    std::vector<Flag> flags;
    while (words >> word && word.starts_with('-')) {
      flags.push_back({{word.substr(0, word.find(','))}, "", Value::kNone, {}, false});
    }
    const bool has_value = word.find_first_not_of(kCapitals) == std::string::npos;
    if (has_value) words >> std::ws;
    std::string text;
    std::getline(words, text);
    for (Flag& flag : flags) {
      flag.help = has_value ? text : word + text;
      if (has_value) take_value(word, flag);
      command.flags.push_back(flag);
    }
  }
  if (command.flags.empty()) throw std::runtime_error(name + " --help lists no flags");
  return command;
}

}  // namespace sp::completion
