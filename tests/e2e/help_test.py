"""The examples of each --help run as they stand there, on the files that they name."""
import csv
import gzip
import json
import re
import unittest

from readme_test import blocks
from workplace import SOURCE, STAGE, Workplace, sample

# sp-load brings the journal that sp-watch writes.
TOOLS = ("sp-schema", "sp-validate", "sp-transform", "sp-aggregate", "sp-watch", "sp-load", "sp-report", "sp-pipeline")
LEAST = 2  # examples of a --help


def commands_in(text):
    """The commands that a --help lists."""
    return re.findall(r"^  (\w+) ", text.partition("\nSubcommands:\n")[2].partition("\nExamples:\n")[0], re.MULTILINE)


class Help(Workplace):
    def setUp(self):
        super().setUp()
        for name, source in (("bme280", "examples/sofia/bme280"), ("air", None)):
            schema = (SOURCE / f"{source}.schema.json").read_text() if source else \
                blocks("Another network in five minutes", "json")[0]
            (self.base / f"{name}.schema.json").write_text(schema)
        (self.base / "july.csv").write_bytes(sample(rows=500, defects=5))
        air = blocks("Another network in five minutes", "csv")[0].encode()
        (self.base / "air.csv").write_bytes(air)
        (self.base / "air.csv.gz").write_bytes(gzip.compress(air))
        # The folder of the examples, wherever it is here.
        self.drop("air.csv", air)

    def examples(self, *command):
        text = self.run_tool(*command, "--help").stdout.decode()
        found = re.search(r"\nExamples:\n((?:  \S.*\n)+)\nSee (sp-\w+)\((\d)\)\.\n+\Z", text)
        self.assertIsNotNone(found, text[-500:])
        self.assertEqual(found.group(2), command[0])
        self.assertTrue((STAGE / f"share/man/man{found.group(3)}/{command[0]}.{found.group(3)}").exists())
        yield from (line.strip() for line in found.group(1).splitlines())
        for name in commands_in(text):
            yield from self.examples(*command, name)

    def run_example(self, command):
        command = command.replace("/srv/sensors", str(self.folder))
        # Who waits for files would wait here for ever.
        command = re.sub(r"^sp-watch (?!--once|--status)", "sp-watch --once ", command)
        return self.run_tool("bash", "-euo", "pipefail", "-c", command, cwd=self.base,
                             environment=dict(self.environment, SP_SCHEMA_DIR=str(self.base)))

    def test_all_examples_run(self):
        for tool in TOOLS:
            examples = list(self.examples(tool))
            self.assertGreaterEqual(len(examples), LEAST, tool)
            for command in examples:
                with self.subTest(command):
                    self.assertIn(tool, command)
                    self.run_example(command)
        # What they left behind.
        self.assertEqual(json.loads((self.base / "air.schema.json").read_text())["constants"], {"source": "city air"})
        self.assertGreater(len((self.base / "bad.csv").read_text().splitlines()), 1)
        with open(self.base / "standard.csv", newline="") as file:
            self.assertGreater(len(list(csv.DictReader(file))), 400)
        self.assertGreater(self.count("reading"), 400)
        self.assertIn("<html", (self.base / "week.html").read_text())
        self.assertEqual(self.names("done"), ["air.csv"])

    def test_short_flags(self):
        for tool in TOOLS:
            version = self.run_tool(tool, "--version").stdout
            self.assertEqual(self.run_tool(tool, "-V").stdout, version)
            self.assertEqual(self.run_tool(tool, "-h").stdout, self.run_tool(tool, "--help").stdout)
        said = [self.run_tool("sp-validate", "--range", "pressure=0:1", *quiet, "--rejects", "bad.csv", "july.csv",
                              cwd=self.base).stderr for quiet in ([], ["-q"], ["--quiet"])]
        self.assertNotEqual(said[0], b"")
        self.assertEqual(said[1:], [b"", b""])
        self.assertEqual(self.run_tool("sp-pipeline", "-q", "--schema", "bme280.schema.json", "july.csv", cwd=self.base).stderr, b"")
        self.assertEqual(self.count("ingest"), 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)
