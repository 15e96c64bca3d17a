#!/usr/bin/env python3
"""Man pages against --help: every flag stands in both, and --help ends with the page. Man pages are clean under
mandoc -Tlint.

usage: man_pages.py SOURCE_DIR TOOL...     (TOOL: path of a built tool)
"""
import pathlib
import re
import subprocess
import sys

FLAG = re.compile(r"(?<![\w-])(--?[A-Za-z0-9][\w-]*)")


def help_of(*command):
    return subprocess.run([*command, "--help"], check=True, capture_output=True, text=True).stdout


def commands_in(text):
    """The commands that a tool's --help lists."""
    listed = text.partition("\nSubcommands:\n")[2].partition("\nExamples:\n")[0]
    return re.findall(r"^  (\w+)", listed, re.MULTILINE)


def flags_of_help(tool):
    """The flags that --help lists, of the tool and its commands: in CLI11's layout they stand at the
    beginning of a line."""
    text = help_of(tool)
    text += "".join(help_of(tool, name) for name in commands_in(text))
    flags = set()
    for line in text.splitlines():
        if re.match(r"\s+-", line):
            names = re.match(r"\s+((?:-{1,2}[A-Za-z0-9][\w-]*(?:\{\w+\})?,?\s?)+)", line)
            flags.update(FLAG.findall(names.group(1) if names else line))
    return flags


def flags_of_man_page(page):
    """The flags that the page explains: the tags of its lists, `.It Fl -report Ar file`."""
    flags = set()
    for line in page.read_text().replace(r"\-", "-").splitlines():
        if line.startswith(".It Fl"):
            flags.update("-" + name for name in re.findall(r"(?:\bFl (?=-?\w)|, (?=-\w))([\w-]+)", line))
    return flags


def compare(tool, page):
    in_help, in_page = flags_of_help(tool), flags_of_man_page(page)
    if not in_help:
        yield f"{tool} --help lists no flags"
    for flag in sorted(in_help - in_page):
        yield f"{page.name} does not explain {flag}, which {tool.name} --help lists"
    for flag in sorted(in_page - in_help):
        yield f"{tool.name} --help does not list {flag}, which {page.name} explains"
    if f"\nSee {tool.name}({page.suffix[1:]}).\n" not in help_of(tool):
        yield f"{tool.name} --help does not end with its page"


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
        page = next((source / "man").glob(f"{tool.name}.[17]"), None)
        problems += compare(tool, page) if page else [f"{tool.name} has no page"]
    pages = sorted((source / "man").glob("*.[157]"))
    for page in pages:
        problems += lint(page)
    for problem in problems:
        print(problem)
    print(f"{len(tools)} tools, {len(pages)} pages, {len(problems)} problems")
    return 1 if problems or not tools else 0


if __name__ == "__main__":
    sys.exit(main())
