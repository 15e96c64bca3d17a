#!/usr/bin/env python3
"""What an install holds: documents and examples, a service whose paths are those of the prefix, and schemas
of which the right one is chosen.

usage: installed.py PREFIX [ROOT]     (ROOT: where PREFIX lies for now, as DESTDIR does)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


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


SOFIA = {"2017-07_bme280sof.csv": ("bme280", ",sensor_id,location,lat,lon,timestamp,pressure,temperature,humidity"),
         "2017-07_sds011sof.csv": ("sds011", ",sensor_id,location,lat,lon,timestamp,P1,P2")}


def problems_of_choice(root, prefix, examples):
    """Each of sensor.community's example files, and of Sofia's, gets its schema from the one folder."""
    with tempfile.TemporaryDirectory(prefix="sp-choice.") as folder:
        wanted = {}
        for name, (kind, header) in SOFIA.items():
            pathlib.Path(folder, name).write_text(header + "\n")
            wanted[f"{folder}/{name}"] = f"{kind}.schema.json"
        for file in sorted(examples.glob("*.csv")):
            kind = re.search(r"_(\w+?_sensor)_", file.name).group(1)
            wanted[str(file)] = f"{kind}.schema.json"
        command = [f"{root}{prefix}/bin/sp-schema", "choose", "--null", *wanted]
        environment = {name: value for name, value in os.environ.items() if name != "SP_SCHEMA_DIR"}
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
        runs = [run.split("\0") for run in result.stdout.split("\0\0")[:-1]]
        chosen = {file: pathlib.Path(schema).name for schema, *files in runs for file in files}
        if chosen != wanted or len(wanted) != 6:
            yield f"sp-schema choose: {chosen} and not {wanted}\n{result.stderr}"


def main():
    prefix, root = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else ""
    doc = pathlib.Path(f"{root}{prefix}/share/doc/sp")
    problems = [f"{doc / name} is not there" for name in
                ("README.md", "examples/sofia/bme280.schema.json", "examples/systemd/sp-watch.service")
                if not (doc / name).exists()]
    problems += problems_of_service(doc / "examples/systemd", prefix, root)
    problems += problems_of_choice(root, prefix, doc / "examples/sensor.community")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
