#include "command.h"

namespace sp::completion {
namespace {

// In single quotes, where `special` characters have a meaning for _arguments.
std::string escaped(const std::string& text, const std::string& special) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += (special.find(c) == std::string::npos ? "" : "\\") + std::string(1, c);
    }
  }
  return out;
}

std::string value_of(const Flag& flag) {
  if (flag.value == Value::kNone) return "";
  if (flag.value == Value::kFile) return ":file:_files";
  std::string words;
  for (const std::string& choice : flag.choices) words += (words.empty() ? "" : " ") + choice;
  return words.empty() ? ":value: " : ":value:(" + words + ")";
}

std::string arguments_of(const Command& command, const std::string& indent) {
  std::string out = indent + "_arguments -S";
  for (const Flag& flag : command.flags) {
    for (const std::string& name : flag.names) {
      const bool is_long = name.starts_with("--");
      out += " \\\n" + indent + "  '" + (flag.may_repeat ? "*" : "") + name +
             (is_long && flag.value != Value::kNone ? "=" : "") + "[" +
             escaped(flag.help, "[]:\\") + "]" + value_of(flag) + "'";
    }
  }
  return out + " \\\n" + indent + "  '*:file:_files'\n";
}

}  // namespace

std::string for_zsh(const Command& command) {
  std::string out = "#compdef " + command.name + "\n# zsh completion of " + command.name +
                    "; made from its options.\n";
  if (command.commands.empty()) return out + arguments_of(command, "");
  out += "if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then\n  local commands=(\n";
  for (const Command& sub : command.commands) {
    out += "    '" + sub.name + ":" + escaped(sub.help, ":\\") + "'\n";
  }
  out += "  )\n  _describe command commands\n  return\nfi\ncase $words[2] in\n";
  for (const Command& sub : command.commands) {
    out += "  " + sub.name + ")\n    shift words\n    ((CURRENT--))\n" + arguments_of(sub, "    ") +
           "    ;;\n";
  }
  return out + "  *)\n" + arguments_of(command, "    ") + "    ;;\nesac\n";
}

}  // namespace sp::completion
