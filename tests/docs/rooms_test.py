#!/usr/bin/env python3
"""What rooms.py must find: each row spoils a copy of the sources in one way.

usage: rooms_test.py SOURCE_DIR
"""
import pathlib
import shutil
import sys
import tempfile

from rooms import House

SOURCE = pathlib.Path(sys.argv[1])


def add_line(file, line):
    return lambda root: (root / file).write_text((root / file).read_text() + line + "\n")


def replace(file, old, new):
    def change(root):
        text = (root / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (root / file).write_text(text.replace(old, new, 1))
    return change


def drop_row(begin):
    def change(root):
        lines = (root / "CONTRIBUTING.md").read_text().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(begin)]
        assert len(kept) == len(lines) - 1, f"no row begins with {begin!r}"
        (root / "CONTRIBUTING.md").write_text("".join(kept))
    return change


CASES = [
    ("all is as the tables say", lambda root: None, ""),
    ("up", add_line("lib/sp/io/byte_source.cc", '#include "sp/schema/schema.h"'),
     "lib/sp/io/byte_source.cc includes sp/schema/schema.h: io does not use schema"),
    ("beside", add_line("lib/sp/io/byte_source.h", '  #  include "sp/number/number.h"'),
     "lib/sp/io/byte_source.h includes sp/number/number.h: io does not use number"),
    ("below, but not in the row", add_line("lib/sp/app/report.cc", '#include "sp/number/number.h"'),
     "app does not use number"),
    ("a tool from the library", add_line("lib/sp/io/byte_source.cc", '#include "options.h"'),
     "includes options.h, which is no header of a room"),
    ("another tool", add_line("tools/sp-load/main.cc", '#include "sp-watch/journal.h"'),
     "includes sp-watch/journal.h, which is no header of a room nor of this tool"),
    ("a room without a row", drop_row("| 2 | `number`"), "the room number is in only one of"),
    ("a row without a room", replace("CONTRIBUTING.md", "| 2 | `io`", "| 2 | `oi`"),
     "the room oi is in only one of"),
    ("a row that looks up", replace("CONTRIBUTING.md", "| 2 | `io`", "| 1 | `io`"),
     "the room io uses base, which is not below it"),
    ("a file in no room", lambda root: (root / "lib/sp/stray.h").write_text(""),
     "lib/sp/stray.h is in no room"),
    ("CMake says otherwise", replace("lib/sp/CMakeLists.txt", "sp_room(io USES base",
                                     "sp_room(io USES base time"),
     "differ about io"),
    ("a use that is none", replace("lib/sp/number/number.cc", "#include <fast_float", "// <fast_float"),
     "lib/sp/number/number.cc does not include fast_float/*, as its row says"),
    ("a third-party header elsewhere", add_line("lib/sp/io/byte_sink.cc", "#include <simdjson.h>"),
     "lib/sp/io/byte_sink.cc includes simdjson.h, which has other places in the table"),
    ("a new third-party header", add_line("lib/sp/io/byte_sink.cc", "#include <lz4.h>"),
     "includes lz4.h, which the table of third-party headers lacks"),
]


def main():
    failures = 0
    for name, spoil, fault in CASES:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for tree in ("lib", "tools"):
                shutil.copytree(SOURCE / tree, root / tree)
            shutil.copy(SOURCE / "CONTRIBUTING.md", root)
            spoil(root)
            found = list(House(root).faults())
            if not any(fault in line for line in found) if fault else found:
                print(f"{name}: wanted '{fault}', found", *found, sep="\n  ")
                failures += 1
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
