#!/usr/bin/env python3
"""The library's rooms and their includes are those of the tables of CONTRIBUTING.md.

A room includes itself and the rooms that its row names, which stand below it; a tool includes the
library and itself. A third-party header stands in the files that its row names, and in each of them.

usage: rooms.py SOURCE_DIR
"""
import fnmatch
import pathlib
import re
import sys

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
SP_ROOM = re.compile(r"^sp_room\((\w+)([^)]*)\)", re.MULTILINE)
# Of C++, of POSIX and Linux, of the compiler.
SYSTEM = re.compile(r"[a-z_]+|(sys|linux)/\w+\.h|(dirent|fcntl|fnmatch|iconv|netdb|poll|signal|spawn|strings|time"
                    r"|unistd|immintrin|arm_neon)\.h")


def table(text, title):
    """The cells of the rows of the table under the heading `title`."""
    section = re.search(rf"^#+ {title}$(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    if not section:
        return []
    rows = [line.strip("|").split("|") for line in section[1].splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def code(cell):
    return re.findall(r"`([^`]+)`", cell)


class House:
    def __init__(self, source):
        self.source = source
        text = (source / "CONTRIBUTING.md").read_text()
        rows = table(text, "Rooms")
        self.level = {code(room)[0]: int(level) for level, room, _, _ in rows}
        self.uses = {code(room)[0]: set(" ".join(code(uses)).split())
                     for _, room, _, uses in rows}
        self.headers = {code(header)[0]: code(files)
                        for header, files in table(text, "Third-party headers")}
        self.files = {}
        for folder in ("lib", "tools"):
            for path in sorted((source / folder).rglob("*")):
                if path.suffix in (".h", ".cc"):
                    self.files[path.relative_to(source).as_posix()] = INCLUDE.findall(
                        path.read_text())

    def room_of(self, file):
        parts = file.split("/")
        return parts[2] if parts[:2] == ["lib", "sp"] and len(parts) == 4 else None

    def check_table(self):
        if not self.uses:
            yield "CONTRIBUTING.md has no table of rooms"
        if not self.headers:
            yield "CONTRIBUTING.md has no table of third-party headers"
        folders = {file.split("/")[2] for file in self.files
                   if file.startswith("lib/sp/") and self.room_of(file)}
        for room in sorted(folders ^ self.uses.keys()):
            yield f"the room {room} is in only one of lib/sp and the table of rooms"
        for room, used in self.uses.items():
            for other in sorted(used):
                if self.level.get(other, 99) >= self.level[room]:
                    yield f"the room {room} uses {other}, which is not below it"

    def check_cmake(self):
        text = (self.source / "lib/sp/CMakeLists.txt").read_text()
        built = {}
        for room, rest in SP_ROOM.findall(text):
            uses = re.search(r"\bUSES ([a-z\s]+)", rest)
            built[room] = set(uses[1].split()) if uses else set()
        if built != self.uses:
            for room in sorted(built.keys() | self.uses.keys()):
                if built.get(room) != self.uses.get(room):
                    yield f"lib/sp/CMakeLists.txt and the table of rooms differ about {room}"

    def check_own(self, file, name):
        """An include in quotes."""
        found = re.fullmatch(r"sp/(\w+)/\w+\.h", name)
        if found and f"lib/{name}" in self.files:
            room, other = self.room_of(file), found[1]
            if room and other != room and other not in self.uses.get(room, ()):
                return f"{file} includes {name}: {room} does not use {other}"
            return None
        tool = "/".join(file.split("/")[:2])
        beside = pathlib.PurePosixPath(file).parent
        own = (f"{beside}/{name}", f"{tool}/{name}", f"tools/{name}")
        if file.startswith("tools/") and any(
                path in self.files and path.startswith(tool + "/") for path in own):
            return None
        return f"{file} includes {name}, which is no header of a room" + (
            " nor of this tool" if file.startswith("tools/") else "")

    def check_includes(self):
        for file, includes in self.files.items():
            if file.startswith("lib/") and not self.room_of(file):
                yield f"{file} is in no room"
                continue
            for mark, name in includes:
                if mark == '"':
                    fault = self.check_own(file, name)
                    if fault:
                        yield fault
                elif not SYSTEM.fullmatch(name):
                    rows = [row for row in self.headers if fnmatch.fnmatch(name, row)]
                    if not rows:
                        yield f"{file} includes {name}, which the table of third-party headers lacks"
                    elif not any(fnmatch.fnmatch(file, allowed)
                                 for row in rows for allowed in self.headers[row]):
                        yield f"{file} includes {name}, which has other places in the table"

    def check_unused(self):
        needed = {room: set() for room in self.uses}
        for file, includes in self.files.items():
            for _, name in includes:
                if self.room_of(file) in needed and name.startswith("sp/"):
                    needed[self.room_of(file)].add(name.split("/")[1])
        for room, used in self.uses.items():
            for other in sorted(used - needed[room]):
                yield f"the room {room} does not use {other}, as its row says"
        for header, allowed in self.headers.items():
            for pattern in allowed:
                if not any(fnmatch.fnmatch(file, pattern) and
                           any(fnmatch.fnmatch(name, header) for _, name in includes)
                           for file, includes in self.files.items()):
                    yield f"{pattern} does not include {header}, as its row says"

    def faults(self):
        for check in (self.check_table, self.check_cmake, self.check_includes, self.check_unused):
            yield from check()


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    faults = list(House(pathlib.Path(sys.argv[1])).faults())
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
