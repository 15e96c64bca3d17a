"""The recipes of sp-cookbook(7), and a place to run them in.

A literal block of the page is one of what stands in the comment before it: sh, sql, crontab, file NAME. It
is run as it stands, but for its places, which are those of the test.
"""
import csv
import functools
import io
import json
import os
import pathlib
import re
import shutil

from workplace import PSQL, SOURCE, STAGE, Workplace

PAGE = (SOURCE / "man/sp-cookbook.7").read_text()
TITLE = re.compile(r"^\.(?:Ss|It) (.*)\n", re.MULTILINE)
BLOCK = re.compile(r'^\.\\" (?:sh|sql|crontab|file (\S+))\n\.Bd -literal\n(.*?)^\.Ed', re.MULTILINE | re.DOTALL)

BME280 = SOURCE / "examples/sofia/bme280.schema.json"
ROOF = {"fields": [{"name": "id", "type": "integer", "role": "key", "constraints": {"required": True}},
                   {"name": "time", "type": "datetime", "role": "time", "constraints": {"required": True}},
                   {"name": "temperature", "type": "number", "role": "measure", "unit": "degC"}],
        "primaryKey": ["id", "time"], "constants": {"source": "roof", "type": "DHT22"}}


def blocks():
    """Title of a recipe -> name, where it is a file, and text of each of its blocks."""
    parts = TITLE.split(PAGE)
    return {title: [(name, block.replace(r"\e", "\\").replace(r"\&", "")) for name, block in BLOCK.findall(text)]
            for title, text in zip(parts[1::2], parts[2::2])}


def recipe(title):
    """The texts of its blocks."""
    return [text for _, text in blocks()[title]]


def files(title):
    """Name -> text of the files that it shows."""
    return {name: text for name, text in blocks()[title] if name}


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def needs(*tools):
    def decorate(test):
        @functools.wraps(test)
        def run(self):
            for tool in tools:
                if shutil.which(tool, path=self.environment["PATH"]) is None:
                    self.skipTest(f"{tool} is not there")
            test(self)
        return run
    return decorate


class Recipe(Workplace):
    def setUp(self):
        super().setUp()
        self.folder = self.base / "srv/sensors"
        self.schemas = self.base / "etc/sensor-pipeline/schemas"
        for folder in (self.folder, self.schemas):
            folder.mkdir(parents=True)
        programs = f"{self.base}:{STAGE}/bin:{pathlib.Path(PSQL).parent}"
        self.environment["PATH"] = f"{programs}:{os.environ['PATH']}:/usr/sbin"

    def here(self, text):
        """The page's places are those of the test."""
        return re.sub(r"(?<![\w.])/(srv|etc/sensor-pipeline)/", rf"{self.base}/\1/", text)

    def run_block(self, block, **more):
        command = ("bash", "-e", "-o", "pipefail", "-c", self.here(block))
        return self.run_tool(*command, cwd=self.base, **more).stdout.decode()

    def save(self, name, text):
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.here(text))
        return path

    def roof(self, *rows):
        return "".join(f"{row}\n" for row in ("id,time,temperature", *rows)).encode()

    def roof_schema(self):
        (self.schemas / "roof.schema.json").write_text(json.dumps(ROOF))

    def watch_once(self, status=0, environment=None):
        environment = dict(environment or self.environment, SP_SCHEMA_DIR=str(self.schemas))
        self.run_tool("sp-watch", "--once", "--settle", "0s", "--quiet", str(self.folder), "--", "sp-pipeline",
                      "--quiet", "--load=--retry-for=0s", "{}", status=status, environment=environment)
