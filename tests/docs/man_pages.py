#!/usr/bin/env python3
"""Man pages against --help: every flag stands in both. Man pages are clean under mandoc -Tlint.

usage: man_pages.py SOURCE_DIR TOOL...     (TOOL: path of a built tool)
"""
import pathlib
import re
import subprocess
import sys

LONG_FLAG = re.compile(r"--([a-z][a-z0-9-]*)")


def help_of(*command):
    return subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout


def flags_of_help(tool):
    """The flags that --help lists, of the tool and its commands: in CLI11's layout they stand at the
    beginning of a line."""
    text = help_of(tool)
    commands = text.partition("\nSubcommands:\n")[2]
    text += "".join(help_of(tool, name) for name in re.findall(r"^  (\w+)", commands, re.MULTILINE))
    flags = set()
    for line in text.splitlines():
        if re.match(r"\s+-", line):
            names = re.match(r"\s+((?:-{1,2}[A-Za-z][\w-]*(?:\{\w+\})?,?\s?)+)", line)
            flags.update(LONG_FLAG.findall(names.group(1) if names else line))
    return flags


def flags_of_man_page(page):
    """The flags that the page explains: the tags of its lists, `.It Fl -report Ar file`."""
    flags = set()
    for line in page.read_text().replace(r"\-", "-").splitlines():
        if line.startswith(".It Fl"):
            flags.update(re.findall(r"\bFl -([a-z][a-z0-9-]*)", line))
            flags.update(re.findall(r" , -([a-z][a-z0-9-]*)", line))
    return flags


def compare(tool, page):
    in_help, in_page = flags_of_help(tool), flags_of_man_page(page)
    if not in_help:
        yield f"{tool} --help lists no flags"
    for flag in sorted(in_help - in_page):
        yield f"{page.name} does not explain --{flag}, which {tool.name} --help lists"
    for flag in sorted(in_page - in_help):
        yield f"{tool.name} --help does not list --{flag}, which {page.name} explains"


def lint(page):
    result = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page],
                            capture_output=True, text=True)
    # mandoc also says on standard error which man pages this machine lacks; that is not about the page.
    yield from result.stdout.splitlines()


def main():
    source = pathlib.Path(sys.argv[1])
    tools = [pathlib.Path(argument) for argument in sys.argv[2:]]
    problems = []
    for tool in tools:
        page = source / "man" / f"{tool.name}.1"
        problems += compare(tool, page) if page.exists() else [f"{page} is missing"]
    pages = sorted((source / "man").glob("*.[157]"))
    for page in pages:
        problems += lint(page)
    for problem in problems:
        print(problem)
    print(f"{len(tools)} tools, {len(pages)} pages, {len(problems)} problems")
    return 1 if problems or not tools else 0


if __name__ == "__main__":
    sys.exit(main())
