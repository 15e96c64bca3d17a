#!/usr/bin/env python3
"""What an install holds: documents and examples, services whose paths are those of the prefix, and schemas of
which the right one is chosen.

usage: installed.py PREFIX [ROOT]     (ROOT: where PREFIX lies for now, as DESTDIR does)
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def problems_of_service(prefix, root):
    settings = "/etc" if prefix == "/usr" else f"{prefix}/etc"
    units = [next(pathlib.Path(f"{root}{parent}/lib/systemd/system/{name}.service") for parent in (prefix, "")
                  if pathlib.Path(f"{root}{parent}/lib/systemd/system/{name}.service").exists())
             for name in ("sp-watch", "sp-watch@")]
    unit = units[0].read_text()
    if units[1].read_text() != unit:
        yield "sp-watch.service and sp-watch@.service are not the same file"
    text = unit + pathlib.Path(f"{root}{settings}/sensor-pipeline/sp-watch.env").read_text()
    for path in re.findall(rf"(?<=[\s=])({re.escape(prefix)}/[\w./-]+)", text):
        if not pathlib.Path(f"{root}{path}").exists():
            yield f"the service names {path}, which is not there"
    command = re.search(r"^ExecStart=(\S+) .* -- (\S+)", unit, re.MULTILINE)
    if command.groups() != (f"{prefix}/bin/sp-watch", f"{prefix}/bin/sp-pipeline"):
        yield f"ExecStart names {command.groups()} and not the programs of {prefix}"
    if f"EnvironmentFile=-{settings}/sensor-pipeline/%p.env" not in unit:
        yield f"the service does not read its environment of {settings}"
    may_run = re.search(r"^ExecPaths=(.*)", unit, re.MULTILINE).group(1).split()
    if not any(f"{prefix}/".startswith(f"{path}/") for path in may_run):
        yield f"the service may not execute what lies in {prefix}"
    for file in (f"{settings}/logrotate.d/sensor-pipeline", f"{prefix}/lib/sysusers.d/sensor-pipeline.conf"):
        if not pathlib.Path(f"{root}{file}").exists():
            yield f"{file} is not there"


SOURCE = pathlib.Path(__file__).resolve().parents[2]
# Files of the source, and where they lie below PREFIX/share.
SHARED = (("examples/**/*", "doc/sensor-pipeline/examples"), ("README.md", "doc/sensor-pipeline"),
          ("CHANGELOG.md", "doc/sensor-pipeline"), ("man/*.png", "doc/sensor-pipeline/man"),
          ("deploy/container/*", "sensor-pipeline/container"), ("deploy/grafana/**/*", "sensor-pipeline/grafana"),
          ("deploy/helm/**/*", "sensor-pipeline/helm"), ("deploy/kafka/*", "sensor-pipeline/kafka"),
          ("deploy/logs/*", "sensor-pipeline/logs"), ("deploy/prometheus/*", "sensor-pipeline/prometheus"),
          ("deploy/spark/*", "sensor-pipeline/spark"), ("sql/*.sql", "sensor-pipeline/sql"),
          ("tools/sp-report/*.*", "sensor-pipeline/report"))
SOFIA = {"2017-07_bme280sof.csv": ("bme280", ",sensor_id,location,lat,lon,timestamp,pressure,temperature,humidity"),
         "2017-07_sds011sof.csv": ("sds011", ",sensor_id,location,lat,lon,timestamp,P1,P2")}


def problems_of_files(share):
    for pattern, folder in SHARED:
        files = [file for file in SOURCE.glob(pattern) if file.is_file()]
        if not files:
            yield f"the source has no {pattern}"
        top = SOURCE / pattern.partition("*")[0] if "*" in pattern else SOURCE
        for file in files:
            target = share / folder / file.relative_to(top)
            if not target.exists():
                yield f"{target} is not there"


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
    doc = pathlib.Path(f"{root}{prefix}/share/doc/sensor-pipeline")
    problems = list(problems_of_files(doc.parents[1]))
    problems += problems_of_service(prefix, root)
    problems += problems_of_choice(root, prefix, doc / "examples/sensor.community")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
