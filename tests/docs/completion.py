#!/usr/bin/env python3
"""What bash, fish and zsh complete: the flags that --help lists, and the values that a flag takes. The shells
themselves are asked; one that is not installed is passed over with a word.

usage: completion.py SOURCE_DIR COMPLETION_DIR TOOL...     (TOOL: path of a built tool)
"""
import os
import pathlib
import pty
import re
import shutil
import subprocess
import sys

from man_pages import FLAG, commands_in, help_of

VALUES = {("sp-validate", "--from"): {"auto", "csv", "tsv", "ndjson"},
          ("sp-load", "--on-conflict"): {"error", "keep", "replace"},
          ("sp-watch", "--log-format"): {"text", "json"}}

BRACKETED_PASTE = "\x1b[?2004h"  # what Zsh writes when it begins to read keys


class Bash:
    def __init__(self, folder):
        self.folder = folder / "bash"

    def answer(self, words):
        script = (f'source "{self.folder}/{words[0]}"; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); '
                  f'compopt() {{ :; }}; _{words[0]}; printf "%s\\n" "${{COMPREPLY[@]}}"')
        return output_of("bash", "-c", script, "bash", *words).split()


class Fish:
    def __init__(self, folder):
        self.folder = folder / "fish"

    def answer(self, words):
        script = f"source {self.folder}/{words[0]}.fish; complete -C '{' '.join(words)}'"
        return [line.split("\t")[0] for line in output_of("fish", "--no-config", "-c", script).splitlines()]


class Zsh:
    """On a terminal of its own, where TAB lists what there is."""

    def __init__(self, folder):
        child, self.terminal = pty.fork()
        if child == 0:
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb"})
        self.count = 0
        self.run("stty rows 2000 columns 200; PS1=; unsetopt prompt_sp; LISTMAX=0; "
                 f"fpath=({folder}/zsh $fpath); autoload -Uz compinit; compinit -u -D; bindkey '^I' list-choices")

    def run(self, keys):
        """What is shown for the keys, until a command behind them has run and Zsh reads keys again: those that
        come before it does are the terminal's, where ^U takes the line away."""
        self.count += 1
        os.write(self.terminal, f"{keys}\nprint READY=$(({self.count}))\n".encode())
        shown = ""
        while BRACKETED_PASTE not in shown.partition(f"READY={self.count}")[2]:
            shown += os.read(self.terminal, 65536).decode(errors="replace")
        return shown

    def answer(self, words):
        shown = self.run(" ".join(words) + "\t\x15")
        lines = [line.partition(" -- ")[0] for line in shown.splitlines()[1:]]
        return re.findall(r"--[\w-]+|\w+", "\n".join(lines))


def output_of(*command):
    result = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if result.returncode != 0 or result.stderr:
        raise RuntimeError(f"{command[0]}: {result.stderr}")
    return result.stdout


def flags_of(text):
    """Those at the beginning of a line, where CLI11 and the script list them."""
    lines = re.findall(r"^ +((?:-[\w-]+(?:\{\w+\})?,? ?)+)", text, re.MULTILINE)
    return {flag for line in lines for flag in FLAG.findall(line) if flag.startswith("--")}


def commands_of(tool):
    """The words of the tool and of its commands, with the flags of --help."""
    text = help_of(tool)
    yield [tool.name], flags_of(text)
    for command in commands_in(text):
        yield [tool.name, command], flags_of(help_of(tool, command))


def problems_of(shell, tools):
    name = type(shell).__name__
    for words, flags in (row for tool in tools for row in commands_of(tool)):
        offered = {word for word in shell.answer([*words, "--"]) if word.startswith("--")} - {"--"}
        for flag in sorted(flags ^ offered):
            whose = "--help does not list" if flag in offered else f"{name} does not offer"
            yield f"{' '.join(words)}: {whose} {flag}"
        if not flags:
            yield f"{' '.join(words)} --help lists no flags"
    for (tool, flag), values in VALUES.items():
        offered = set(shell.answer([tool, flag, ""]))
        if not values <= offered or (name != "Zsh" and values != offered):
            yield f"{name} offers {sorted(offered)} behind {tool} {flag}"


def main():
    source, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    tools = [*map(pathlib.Path, sys.argv[3:]), source / "scripts/sp-pipeline", source / "tools/sp-report/sp-report"]
    problems = []
    for shell in (Bash, Fish, Zsh):
        if shutil.which(shell.__name__.lower()) is None:
            print(f"{shell.__name__.lower()} is not installed")
            continue
        problems += problems_of(shell(folder), tools)
    for problem in problems:
        print(problem)
    print(f"{len(tools)} commands, {len(problems)} problems")
    return 1 if problems or len(tools) < 7 else 0


if __name__ == "__main__":
    sys.exit(main())
