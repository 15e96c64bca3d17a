#!/usr/bin/env python3
"""The examples of sp-schema(5) do what the page says: its files are made, its commands run, their output
compared.

usage: schema_examples.py MAN_PAGE TOOL...     (TOOL: path of a built tool)

A literal block is a file after the comment `.\\" file NAME`, and a session after `.\\" run`: commands
begin with `$ ` and go on in indented lines, what follows is their output.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r'^\.\\" (file|run)(?: (\S+))?\n\.Bd [^\n]*\n(.*?)^\.Ed', re.MULTILINE | re.DOTALL)


# Of roff.
GLYPHS = {r"\e": "\\", r"\(:o": "ö", r"\(mc": "µ", r"\(S3": "³", r"\&": ""}


def plain(text):
    """The text that the page shows."""
    for glyph, character in GLYPHS.items():
        text = text.replace(glyph, character)
    return text


def sessions(text):
    """(command, expected output) of each command."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        end = next((i for i, line in enumerate(lines) if i > 0 and not line.startswith("  ")), len(lines))
        yield "".join(lines[:end]), "".join(lines[end:])


def run(command, folder, environment):
    result = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, env=environment,
                            capture_output=True)
    return result.stdout.decode(errors="replace"), result.stderr.decode(errors="replace"), result.returncode


def main():
    page = pathlib.Path(sys.argv[1]).read_text()
    folders = [str(pathlib.Path(tool).resolve().parent) for tool in sys.argv[2:]]
    environment = dict(os.environ, PATH=":".join([*folders, os.environ["PATH"]]), LC_ALL="C.UTF-8")
    failures, commands = 0, 0
    with tempfile.TemporaryDirectory(prefix="sp-schema.") as folder:
        for kind, name, body in BLOCK.findall(page):
            if kind == "file":
                pathlib.Path(folder, name).write_text(plain(body))
                continue
            for command, expected in sessions(plain(body)):
                commands += 1
                out, err, status = run(command, folder, environment)
                if (out, status) == (expected, 0):
                    continue
                failures += 1
                print(f"$ {command}expected:\n{expected}got (status {status}):\n{out}{err}")
    literal = len(re.findall(r"^\.Bd ", page, re.MULTILINE))
    if literal != len(BLOCK.findall(page)):
        failures += 1
        print("a literal block of the page says neither that it is a file nor that it is run")
    print(f"{commands} commands, {failures} failures")
    return 1 if failures or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
