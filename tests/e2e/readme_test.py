"""What README.md tells people to type works as it stands there."""
import csv
import io
import json
import re
import unittest

from workplace import SOURCE, STAGE, Workplace, sample

README = (SOURCE / "README.md").read_text()


def blocks(heading, kind):
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL).group(1)
    return re.findall(rf"^```{kind}\n(.*?)^```", section, re.MULTILINE | re.DOTALL)


class Readme(Workplace):
    def setUp(self):
        super().setUp()
        (self.base / "examples").symlink_to(SOURCE / "examples")
        (self.base / "bme280.schema.json").symlink_to(SOURCE / "examples/sofia/bme280.schema.json")
        (self.base / "july.csv").write_bytes(sample(rows=1000, defects=20))

    def test_the_pipelines_typed_by_hand(self):
        commands = blocks("A pipeline typed by hand", "sh")
        self.assertEqual(len(commands), 2)
        for command in commands:
            result = self.run_tool("bash", "-o", "pipefail", "-c", command, cwd=self.base)
            self.assertGreater(len(result.stdout.splitlines()), 50, command)
            self.assertGreater(len((self.base / "bad.csv").read_bytes().splitlines()), 1)
            (self.base / "bad.csv").unlink()
        daily = self.run_tool("bash", "-c", commands[0], cwd=self.base).stdout.decode()
        means = [float(row["mean"]) for row in csv.DictReader(io.StringIO(daily))]
        self.assertTrue(means and all(0 < mean < 50 for mean in means), means)

    def test_another_network(self):
        (table,), (schema,), (command,) = (blocks("Another network in five minutes", kind)
                                           for kind in ("csv", "json", "sh"))
        (self.base / "air.csv").write_text(table)
        (self.base / "air.schema.json").write_text(schema)
        drafted = self.run_tool("sp-schema", "infer", "air.csv", cwd=self.base).stdout
        self.assertEqual([field["name"] for field in json.loads(drafted)["fields"]],
                         ["station", "time", "NO2", "wind"])
        shown = self.run_tool("bash", "-e", "-c", command, cwd=self.base).stdout.decode()
        self.assertIn("Orlov most", shown)
        readings = [("Druzhba", "2024-05-01 09:00:00", "18", ""),
                    ("Orlov most", "2024-05-01 09:00:00", "21.4", "3.5")]
        self.assertEqual(self.readings("no2", "wind"), readings)
        self.assertEqual(self.sql("SELECT name, unit FROM sp.quantity ORDER BY 1"),
                         [("no2", "ug/m3"), ("wind", "m/s")])
        # It grows; another unit is refused with the line to add; other values are, until somebody decides.
        (self.base / "air.csv").write_text(table + "Druzhba;2024-05-01 13:00;19,5;7,2\n")
        self.run_tool("bash", "-e", "-c", command, cwd=self.base)
        self.assertEqual(len(self.readings()), 3)
        (self.base / "air.csv").write_text(table.replace("18,0", "17,0"))
        said = self.run_tool("bash", "-c", command.replace("air.csv", "air.csv || exit"), cwd=self.base, status=65)
        self.assertIn("Druzhba", said.stderr.decode())
        self.run_tool("sp-pipeline", "--schema", "air.schema.json", "--on-conflict", "keep", "air.csv",
                      cwd=self.base)
        self.assertEqual(self.readings("no2", "wind")[:1] + self.readings("no2", "wind")[2:], readings)
        self.assertEqual(self.sql("SELECT source, key, kind, values->>'no2', winner_file FROM sp.open_disputes"),
                         [("city air", "Druzhba", "kept out", "17", "air.csv")])
        (self.base / "air.schema.json").write_text(schema.replace('"targetUnit": "m/s", ', ""))
        (self.base / "air.csv").write_text(table.replace("12:00", "14:00"))
        said = self.run_tool("sp-pipeline", "--schema", "air.schema.json", "air.csv", cwd=self.base, status=78)
        self.assertIn('add "targetUnit": "m/s"', said.stderr.decode())
        self.assert_metrics_are_those_of_the_readings()

    def test_the_makefile_rule(self):
        (rule,) = blocks("From cron and make", "make")
        (self.base / "Makefile").write_text(rule)
        self.run_tool("make", "july.valid.csv", cwd=self.base)
        valid = (self.base / "july.valid.csv").read_bytes().splitlines()
        rejects = (self.base / "july.rejects.csv").read_bytes().splitlines()
        self.assertEqual(len(valid) + len(rejects), 1000 + 2)
        self.assertGreater(len(rejects), 1)

    def test_the_crontab_line(self):
        (table,) = blocks("From cron and make", "crontab")
        *settings, line, report = table.splitlines()
        command = line.split(maxsplit=5)[5].replace("/srv/sensors", str(self.folder))
        self.drop("bme280.csv", sample(rows=1000, defects=0))
        # As cron does it: an environment of its own, and what the table sets; only the places differ.
        environment = {"HOME": "/", "SHELL": "/bin/sh"}
        environment.update(setting.split("=", 1) for setting in settings)
        self.assertEqual(sorted(environment), ["HOME", "PATH", "PGDATABASE", "SHELL"])
        environment["PATH"] = environment["PATH"].replace("/usr/local/bin", f"{STAGE}/bin")
        for name in ("PGDATABASE", "PGHOST", "PGPORT", "PGUSER"):
            environment[name] = self.environment[name]
        result = self.run_tool("sh", "-c", command, environment=environment)
        self.assertEqual(result.stdout + result.stderr, b"")  # or cron sends mail every night
        self.assertEqual(self.ledger(), {"bme280.csv": (1000, 1000, 0, 1000, 0)})
        self.assertEqual(self.names("done"), ["bme280.csv"])
        command = report.split(maxsplit=5)[5].replace("/srv/www", str(self.base))
        result = self.run_tool("sh", "-c", command, environment=environment)
        self.assertEqual(result.stdout + result.stderr, b"")
        self.assertIn("2017-07-01", (self.base / "sensors.html").read_text())


if __name__ == "__main__":
    unittest.main(verbosity=2)
