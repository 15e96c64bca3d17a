#!/usr/bin/env python3
"""What an install holds: documents and examples, and a service whose paths are those of the prefix.

usage: installed.py PREFIX [ROOT]     (ROOT: where PREFIX lies for now, as DESTDIR does)
"""
import pathlib
import re
import sys


def problems_of_service(folder, prefix, root):
    unit = (folder / "sp-watch.service").read_text()
    text = unit + (folder / "sp-watch.env").read_text()
    for path in re.findall(rf"(?<=[\s=])({re.escape(prefix)}/[\w./-]+)", text):
        if not pathlib.Path(f"{root}{path}").exists():
            yield f"the service names {path}, which is not there"
    command = re.search(r"^ExecStart=(\S+) .* -- (\S+)", unit, re.MULTILINE)
    if command.groups() != (f"{prefix}/bin/sp-watch", f"{prefix}/bin/sp-pipeline"):
        yield f"ExecStart names {command.groups()} and not the programs of {prefix}"
    if prefix not in re.search(r"^ExecPaths=(.*)", unit, re.MULTILINE).group(1).split():
        yield f"the service may not execute what lies in {prefix}"
    if prefix != "/usr/local" and "/usr/local" in text:
        yield f"the service names /usr/local, and the prefix is {prefix}"


def main():
    prefix, root = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    doc = pathlib.Path(f"{root}{prefix}/share/doc/sp")
    problems = [f"{doc / name} is not there" for name in
                ("README.md", "examples/sofia/bme280.schema.json", "examples/systemd/sp-watch.service")
                if not (doc / name).exists()]
    problems += problems_of_service(doc / "examples/systemd", prefix, root)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
