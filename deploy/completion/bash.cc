#include "command.h"

namespace sp::completion {
namespace {

std::string join(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

std::string offer(const std::string& words) {
  return "COMPREPLY=($(compgen -W '" + words + "' -- \"$cur\"))";
}

// What stands behind a flag is a file (bash's own way, -o default) unless it is said here.
std::string cases_of(const Command& command, const std::string& indent) {
  std::string out, others;
  for (const Flag& flag : command.flags) {
    const std::string names = join(flag.names, " | ");
    if (flag.value == Value::kChoice) {
      out += indent + "  " + names + ") " + offer(join(flag.choices, " ")) + " && return ;;\n";
    } else if (flag.value == Value::kFile) {
      out += indent + "  " + names + ") return ;;\n";
    } else if (flag.value == Value::kOther) {
      others += (others.empty() ? "" : " | ") + names;
    }
  }
  if (!others.empty()) out += indent + "  " + others + ") compopt +o default && return ;;\n";
  return out;
}

std::string body_of(const Command& command, const std::string& indent) {
  std::string flags;
  for (const Flag& flag : command.flags)
    flags += (flags.empty() ? "" : " ") + join(flag.names, " ");
  return indent + "case $prev in\n" + cases_of(command, indent) + indent + "esac\n" + indent +
         "[[ $cur != -* ]] || " + offer(flags) + "\n";
}

}  // namespace

std::string for_bash(const Command& command) {
  std::string out = "# bash completion of " + command.name + "; made from its options.\n_" +
                    command.name + "() {\n" +
                    "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
                    "  if [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi\n"
                    "  if [[ $cur == = ]]; then cur=; fi\n";
  if (command.commands.empty()) {
    out += body_of(command, "  ");
  } else {
    std::string names;
    for (const Command& sub : command.commands) names += sub.name + " ";
    out += "  if ((COMP_CWORD == 1)); then\n    compopt +o default\n    [[ $cur == -* ]] || " +
           offer(names) + "\n  fi\n  case ${COMP_WORDS[1]} in\n";
    for (const Command& sub : command.commands) {
      out += "    " + sub.name + ")\n" + body_of(sub, "      ") + "      ;;\n";
    }
    out += "    *)\n" + body_of(command, "      ") + "      ;;\n  esac\n";
  }
  return out + "}\ncomplete -o default -F _" + command.name + " " + command.name + "\n";
}

}  // namespace sp::completion
