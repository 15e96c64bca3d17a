#!/usr/bin/env python3
"""What README.md and CONTRIBUTING.md tell people to type exists: scripts, files, tools and flags.

usage: readme.py SOURCE_DIR TOOL...     (TOOL: path of a built tool)
"""
import pathlib
import re
import subprocess
import sys

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
MOST_PICTURE_BYTES = 200_000
COMMANDS = ("sh", "make", "crontab")


def code_blocks(text):
    return [body.replace("\\\n", " ") for kind, body in FENCE.findall(text) if kind in COMMANDS]


def tool_commands(block):
    """The words of each command of a block that begins with an sp tool."""
    for command in re.split(r"\||\n(?!\s)|&&|\|\|", block):
        words = re.split(r"\s+", command.split(" # ")[0].strip())
        for start, word in enumerate(words):
            if re.fullmatch(r"sp-[a-z]+", word):
                # After `--` stands the command that sp-watch runs.
                own = words[start:words.index("--")] if "--" in words else words[start:]
                yield own
                break


def missing_paths(text, source):
    named = set(re.findall(r"(?<![\w/.-])((?:scripts|examples|tests|cmake|man|sql|lib|tools)/[\w./-]*\w)", text))
    named |= set(re.findall(r"\]\(([\w./-]+)\)", text))
    for path in sorted(named):
        if "NAME" not in path and not (source / path).exists():
            yield f"{path} is not there"


def large_pictures(text, source):
    for path in re.findall(r"!\[[^]]*\]\(([\w./-]+)\)", text):
        if (source / path).exists() and (source / path).stat().st_size > MOST_PICTURE_BYTES:
            yield f"{path} is larger than {MOST_PICTURE_BYTES} bytes"


def missing_flags(blocks, tools):
    for block in blocks:
        for words in tool_commands(block):
            tool = tools.get(words[0])
            if tool is None:
                if words[0] != "sp-pipeline":
                    yield f"{words[0]} is not a tool"
                continue
            command = [tool, *(word for word in words[1:2] if not word.startswith("-"))]
            known = subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout
            for word in words[1:]:
                flag = re.match(r"--[a-z][a-z-]*", word)
                if flag and not re.search(rf"(?<![\w-]){flag.group()}(?![\w-])", known):
                    yield f"{words[0]} has no flag {flag.group()}"


def main():
    source = pathlib.Path(sys.argv[1])
    tools = {pathlib.Path(path).name: path for path in sys.argv[2:]}
    problems, commands = [], 0
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (source / name).read_text()
        blocks = code_blocks(text)
        commands += sum(1 for block in blocks for _ in tool_commands(block))
        problems += [f"{name}: {problem}" for problem in missing_paths(text, source)]
        problems += [f"{name}: {problem}" for problem in large_pictures(text, source)]
        problems += [f"{name}: {problem}" for problem in missing_flags(blocks, tools)]
    for problem in problems:
        print(problem)
    print(f"{commands} commands, {len(problems)} problems")
    return 1 if problems or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
