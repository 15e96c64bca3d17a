"""What the engines are given: readings of a hundred days, as CSV files and as one JSON object each.

A sample of SP_MAKE_SAMPLE, or the real file where SP_SOFIA names the folder that has it.
"""
import csv
import json
import os
import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = SOURCE / "examples/sofia/bme280.schema.json"
SOFIA = "2017-07_bme280sof.csv.zst"


def table(rows, seed=1, defects=10):
    """The bytes of one CSV file of at most so many rows; each sensor and time is there once.

    `defects`: impossible values, as a multiple of their share in the real file.
    """
    if folder := os.environ.get("SP_SOFIA"):
        unpacked = subprocess.run(["zstd", "-dcq", f"{folder}/{SOFIA}"], check=True, capture_output=True).stdout
        return b"".join(unpacked.splitlines(keepends=True)[:rows + 1])
    flags = f"--kind bme280 --rows {rows} --seed {seed} --start 2017-07-01 --defects {defects}"
    return subprocess.run([os.environ["SP_MAKE_SAMPLE"], *flags.split()], check=True, capture_output=True).stdout


def cut(content, parts):
    """A CSV file cut into so many of nearly equal rows, each under the header."""
    header, *rows = content.splitlines(keepends=True)
    at = [len(rows) * number // parts for number in range(parts + 1)]
    return [b"".join([header, *rows[since:until]]) for since, until in zip(at, at[1:])]


def write_files(folder, contents):
    """Paths of new files, whose names choose the schema."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    paths = [folder / f"bme280-{number:05}.csv" for number in range(len(contents))]
    for path, content in zip(paths, contents):
        path.write_bytes(content)
    return paths


def fields():
    return [field for field in json.loads(SCHEMA.read_text())["fields"] if field["name"]]


def as_objects(content):
    """Each row of a CSV file as the JSON object of a message; the number of the row is left out."""
    numbers = {field["name"] for field in fields() if field["type"] != "datetime"}
    for row in csv.DictReader(content.decode().splitlines()):
        cells = (f'{json.dumps(name)}:{cell if name in numbers else json.dumps(cell)}'
                 for name, cell in row.items() if name)
        yield ("{" + ",".join(cells) + "}").encode()


def write_schema_of_objects(path):
    """The schema of what as_objects() makes."""
    path.write_text(json.dumps({**json.loads(SCHEMA.read_text()), "fields": fields()}))
    return path
