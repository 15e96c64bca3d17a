#!/usr/bin/env python3
"""Runs golden cases of command lines: run.py --bin DIR [--bin DIR]... FILE-OR-FOLDER...

A case file is described in README.md. A case that fails prints its command, the folder it ran in
(which is kept), the status, both streams and what differs. Exit status: 0 if all passed, else 1.
"""
import argparse
import difflib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

TIMEOUT_S = 60
FLAGS = {"escaped", "no-eol", "regex"}
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"0": b"\0", b"\\": b"\\"}


class BadCase(Exception):
    """The case file itself is wrong."""


def unescape(content):
    def one(match):
        code = match.group(1)
        return bytes([int(code[1:], 16)]) if code[:1] == b"x" else ESCAPES[code]
    return re.sub(rb"\\(x[0-9a-fA-F]{2}|[nrt0\\])", one, content)


class Section:
    """`--- KIND [ARGUMENT] [FLAG]...` and the lines below it."""

    def __init__(self, heading):
        words = heading.split()
        self.kind = words.pop(0)
        self.flags = set()
        while words and words[-1] in FLAGS:
            self.flags.add(words.pop())
        self.argument = " ".join(words)
        self.content = b""

    def finish(self):
        if "no-eol" in self.flags:
            self.content = self.content.removesuffix(b"\n")
        if "escaped" in self.flags:
            self.content = unescape(self.content)
        return self


class Case:
    """One command, what it is given and what must come out."""

    def __init__(self, file, title):
        self.file, self.title = file, title
        self.command, self.stdin, self.status = "", b"", 0
        self.out, self.err = Section("out"), []
        self.files, self.after, self.absent = {}, [], []

    def take(self, section):
        section.finish()
        if section.kind == "file":
            self.files[section.argument] = section.content
        elif section.kind == "in":
            self.stdin = section.content
        elif section.kind == "out":
            self.out = section
        elif section.kind == "err":
            self.err = section.content.decode().splitlines()
        elif section.kind == "status":
            self.status = int(section.argument)
        elif section.kind == "after":
            self.after.append(section)
        elif section.kind == "absent":
            self.absent.append(section.argument)
        else:
            raise BadCase(f"{self.file}: there is no section '--- {section.kind}'")


def parse(path):
    """The cases of one file, in their order."""
    with open(path, "rb") as file:
        lines = file.read().splitlines(keepends=True)
    cases, section = [Case(path, "")], None
    for line in lines:
        text = line.rstrip(b"\n")
        case = cases[-1]
        if text.startswith(b"=== "):
            if section:
                case.take(section)
            section = None
            cases.append(Case(path, text[4:].decode()))
        elif text.startswith(b"--- "):
            if section:
                case.take(section)
            section = Section(text[4:].decode())
        elif section:
            section.content += line
        elif text.startswith(b"$ "):
            case.command += text[2:].decode() + "\n"
        elif text and not text.startswith(b"#"):
            raise BadCase(f"{path}: neither a command, a comment nor a section: {text.decode()}")
    if section:
        cases[-1].take(section)
    cases = [c for c in cases if c.command or c.title]
    for case in cases:
        if not case.command:
            raise BadCase(f"{path}: the case '{case.title}' has no command")
    if not cases:
        raise BadCase(f"{path}: there is no case in it")
    return cases


def run(case, folder, environment):
    """Status, standard output and standard error; the status is "timeout" after TIMEOUT_S."""
    process = subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", case.command], cwd=folder, env=environment,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    try:
        out, err = process.communicate(case.stdin, TIMEOUT_S)
        return process.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        return "timeout", out, err


def show(content):
    return content.decode(errors="backslashreplace").splitlines(keepends=True)


def differences(name, expected, actual):
    """What is wrong with `actual`, as text; empty where it is as the section wants it."""
    if "regex" not in expected.flags:
        if expected.content == actual:
            return ""
        diff = "".join(line if line.endswith("\n") else line + "\n\\ no line end\n" for line in
                       difflib.unified_diff(show(expected.content), show(actual),
                                            f"{name} expected", f"{name} actual"))
        return diff or f"{name} differs in bytes: {expected.content!r} and {actual!r}\n"
    patterns, lines = expected.content.decode().splitlines(), actual.decode().splitlines()
    wrong = "".join(f"{name} line {i + 1}: {line}\n  is not: {pattern}\n"
                    for i, (pattern, line) in enumerate(zip(patterns, lines))
                    if not re.fullmatch(pattern, line))
    if len(patterns) != len(lines):
        wrong += f"{name} has {len(lines)} lines and should have {len(patterns)}\n"
    return wrong


def check(case, folder, status, out, err):
    wrong = ""
    if status != case.status:
        wrong += f"status {status}, expected {case.status}\n"
    wrong += differences("out", case.out, out)
    text = err.decode(errors="backslashreplace")
    for pattern in case.err:
        if not re.search(pattern, text, re.MULTILINE):
            wrong += f"err does not match: {pattern}\n"
    if not case.err and err:
        wrong += "err should be empty\n"
    for section in case.after:
        path = os.path.join(folder, section.argument)
        if not os.path.isfile(path):
            wrong += f"there is no file {section.argument}\n"
            continue
        with open(path, "rb") as file:
            wrong += differences(section.argument, section, file.read())
    for name in case.absent:
        if os.path.lexists(os.path.join(folder, name)):
            wrong += f"{name} should not be there\n"
    return wrong


def try_case(case, environment):
    """Runs a case in a folder of its own; returns the text to print where it fails."""
    folder = tempfile.mkdtemp(prefix="sp-cli-")
    for name, content in case.files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
    status, out, err = run(case, folder, dict(environment, HOME=folder, TMPDIR=folder))
    wrong = check(case, folder, status, out, err)
    if not wrong:
        shutil.rmtree(folder)
        return ""
    title = f" ({case.title})" if case.title else ""
    return (f"FAILED {case.file}{title}\n$ {case.command}folder: {folder}\nstatus: {status}\n"
            f"--- out\n{''.join(show(out))}--- err\n{''.join(show(err))}--- wrong\n{wrong}\n")


def case_files(paths):
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            yield from (os.path.join(folder, n) for n in sorted(names) if n.endswith(".case"))


def clean_environment(bins):
    """What the commands see of ours: nothing that changes what they print."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PG", "SP_"))}
    for name in ("SP_SOFIA",):
        if name in os.environ:
            kept[name] = os.environ[name]
    kept.update(PATH=":".join([os.path.abspath(b) for b in bins] + [os.environ["PATH"]]),
                LC_ALL="C.UTF-8", TZ="UTC",
                SP_SOURCE=os.path.abspath(os.path.join(os.path.dirname(__file__), "../..")))
    return kept


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", action="append", default=[], metavar="DIR",
                        help="a folder of tools, put in front of PATH")
    parser.add_argument("paths", nargs="+", metavar="FILE-OR-FOLDER")
    options = parser.parse_args()
    environment = clean_environment(options.bin)
    count = failed = 0
    try:
        for path in case_files(options.paths):
            for case in parse(path):
                count += 1
                report = try_case(case, environment)
                if report:
                    failed += 1
                    print(report, flush=True)
    except BadCase as error:
        sys.exit(str(error))
    print(f"{count} cases, {failed} failed")
    if count == 0:
        sys.exit("there are no cases here")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
