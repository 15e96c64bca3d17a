"""The inputs, in build/bench/work: the real file where it is there, otherwise one that make-sample makes."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build/bench/work"
REAL = "2017-07_bme280sof.csv.zst"
SAMPLE_ROWS = 701548
DAYS = 31  # that one file covers
_origin = {}


def run(command, **more):
    subprocess.run(["bash", "-euo", "pipefail", "-c", command], cwd=WORK, check=True, **more)


def real_file():
    folder = os.environ.get("SP_SOFIA")
    path = pathlib.Path(folder, REAL) if folder else None
    return path.resolve() if path and path.exists() else None


def make_once(name, command):
    """Runs the command, whose output becomes the file, unless it is there."""
    path = WORK / name
    if not path.exists():
        part = WORK / (name + ".part")
        run(f"({command}) > '{part.name}'")
        part.rename(path)
    path.touch()
    with open(path, "rb") as file:  # into the page cache
        while file.read(1 << 20):
            pass


def make_in():
    real = real_file()
    _origin["file"] = REAL if real else "scripts/make-sample"
    if real:
        make_once("in.csv", f"zstd -dcq '{real}'")
    else:
        make_once("in.csv", f"'{ROOT}/scripts/make-sample' --rows {SAMPLE_ROWS}")


def make_ten(source, target):
    """Ten copies one behind the other, each a month of days after the one before, under one header."""
    shift = ("mawk -F, -v OFS=, -v days={} 'NR == 1 {{ if (days == 0) print; next }} "
             "days == 0 {{ print; next }} "
             "{{ day = substr($6, 1, 10); if (!(day in to)) {{ command = \"date -u -d \\\"\" day \" +\" days \" days\\\" +%F\"; "
             "command | getline to[day]; close(command) }} $6 = to[day] substr($6, 11); print }}' {}")
    make_once(target, "; ".join(shift.format(i * DAYS, source) for i in range(10)))


def make_duplicates(source, target):
    """Every thousandth row once more, right behind itself."""
    make_once(target, f"mawk '{{ print }} NR % 1000 == 0 {{ print }}' {source}")


def plain_schema():
    schema = json.loads((ROOT / "examples/sofia/bme280.schema.json").read_text(encoding="utf-8"))
    (WORK / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
    schema["fields"] = schema["fields"][1:]
    (WORK / "plain.schema.json").write_text(json.dumps(schema), encoding="utf-8")


def prepare(options, rows):
    WORK.mkdir(parents=True, exist_ok=True)
    plain_schema()
    make_in()
    validate = "sp-validate --quiet --schema schema.json --rejects /dev/null --errors /dev/null"
    if options.size == 10 or any(name.startswith("growth") for name in rows):
        make_ten("in.csv", "ten_in.csv")
    if options.size == 10:
        use_ten()
    make_once("valid.csv", f"{validate} in.csv")
    if any(name.startswith("growth") for name in rows):
        make_once("ten_valid.csv", f"{validate} ten_in.csv")
    if any(name.startswith("ndjson") for name in rows):
        for name, source in (("plain", "in.csv"), ("plain_valid", "valid.csv")):
            make_once(name + ".csv", f"sp-transform --quiet --drop '\"\"' {source}")
            make_once(name + ".ndjson", f"sp-transform --quiet --to ndjson {name}.csv")


def use_ten():
    """All rows read in.csv: with --size 10 that is the tenfold file, in a folder of its own."""
    global WORK  # pylint: disable=global-statement
    ten = WORK.parent / "work10"
    ten.mkdir(exist_ok=True)
    if not (ten / "in.csv").exists():
        os.link(WORK / "ten_in.csv", ten / "in.csv")
    WORK = ten
    plain_schema()


def describe():
    with open(WORK / "in.csv", "rb") as file:
        rows = sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b"")) - 1
    return {"source": _origin.get("file"), "rows": rows, "bytes": (WORK / "in.csv").stat().st_size}
