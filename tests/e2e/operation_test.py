"""The recipes of sp-cookbook(7) for who runs the tools."""
import json
import re
import shlex
import shutil
import unittest

from cookbook import BME280, Recipe, files, needs, recipe
from workplace import SOURCE, STAGE, sample


class Operation(Recipe):
    def test_the_check(self):
        unit = files("Be told when it stops")["sp-check.service"]
        command = re.search(r"^ExecStart=(.*?[^\\])$", unit, re.MULTILINE | re.DOTALL).group(1)
        check = shlex.split(command.replace("\\\n", " "))
        self.assertEqual(check[0], "/bin/sh")
        self.run_tool(*check, status=1)
        self.roof_schema()
        self.drop("roof.csv", self.roof("7,2024-07-01T10:00:00Z,20.5"))
        self.watch_once()
        self.run_tool(*check)
        self.sql("UPDATE sp.ingest SET started_at = started_at - interval '1 day',"
                 " committed_at = committed_at - interval '3 hours'")
        self.run_tool(*check, status=1)

    @needs("systemd-analyze")
    def test_units_are_systemds(self):
        for name, text in files("Be told when it stops").items():
            self.save(f"units/{name}", text)
        units = self.base / "units"
        shutil.copy(STAGE / "lib/systemd/system/sp-watch.service", units)
        result = self.run_tool("systemd-analyze", "verify", "--man=no", "--recursive-errors=one",
                               *(str(units / name) for name in ("sp-watch.service", "sp-check.timer")))
        self.assertEqual(result.stderr.decode(), "")

    def test_quarantine(self):
        show, after, refused, forget = recipe("What lies in quarantine")
        self.roof_schema()
        self.drop("july.csv", self.roof("7,2024-07-01T10:00:00Z,20.5", "7,2024-07-01T11:00:00Z,21 C"))
        self.drop("june.csv", b"station;when\n1;2\n")
        self.watch_once(status=65)
        self.assertIn("21 C", self.run_block(show))
        self.watch_once()
        self.assertEqual(self.run_block(after).split()[2], "0")
        self.assertEqual(self.names("quarantine"), ["june.csv", "june.csv.reason.json"])
        self.assertEqual(self.readings("temperature")[1:], [("7", "2024-07-01 11:00:00", "21")])
        self.assertIn("the header lacks", self.run_block(refused))
        self.assertEqual(self.names("quarantine"), [])
        self.watch_once(status=65)
        self.assertIn("june.csv", self.names("quarantine"))
        self.assertIn("1", self.run_block(forget))
        self.assertEqual(self.count("reading"), 0)  # with the rows that were mended, which have its name
        self.watch_once()
        self.assertEqual(self.count("reading"), 1)
        self.assert_metrics_are_those_of_the_readings()

    def test_nothing_grows(self):
        flags, rotate, table = recipe("Nothing grows for ever")
        self.assertIn(f"\n#{flags}", (SOURCE / "deploy/systemd/sp-watch.env").read_text())
        self.roof_schema()
        self.drop("roof.csv", self.roof("7,2017-07-01T10:00:00Z,20.5", "7,2017-07-01T11:00:00Z,cold"))
        self.drop("june.csv", b"station;when\n1;2\n")
        self.watch_once(status=65)
        (name, value), = re.findall(r'^(SP_WATCH_OPTIONS)="(.*)"$', flags, re.MULTILINE)
        self.assertIn(f" ${name} ", (SOURCE / "deploy/systemd/sp-watch.service").read_text())
        self.run_tool("sp-watch", "--once", *value.split(), str(self.folder), "--", "false")
        self.assertEqual(self.names("done"), ["roof.csv"])
        (variable, *lines) = table.splitlines()
        self.assertEqual(variable, "PGDATABASE=sensors")

        def weeks_pass():
            for line in lines:
                self.assertEqual(line.split()[2:5], ["*", "*", "0"])
                result = self.run_tool("bash", "-c", line.split(maxsplit=5)[5])
                self.assertEqual((result.stdout, result.stderr), (b"", b""))
            return [self.count(what) for what in ("file", "rejection", "reading", "metric", "ingest")]

        self.run_tool("sp-load", "--journal", str(self.folder / ".sp-watch/journal.ndjson"))
        self.assertEqual(weeks_pass(), [2, 1, 0, 1, 1])
        self.sql("UPDATE sp.outcome SET noted_at = noted_at - interval '13 months'; UPDATE sp.ingest SET"
                 " started_at = started_at - interval '13 months', committed_at = committed_at - interval '13 months'")
        self.assertEqual(weeks_pass(), [1, 0, 0, 1, 1])
        if shutil.which("logrotate", path=self.environment["PATH"]):
            journal = self.folder / ".sp-watch/journal.ndjson"
            held = journal.read_bytes()
            path = self.save("sp-watch.logrotate", rotate)
            self.run_tool("logrotate", "--force", "--state", str(self.base / "state"), str(path))
            self.assertEqual((journal.read_bytes(), journal.with_name("journal.ndjson.1").read_bytes()), (b"", held))

    def test_backup(self):
        dump, restore = recipe("Backup and restore")
        july, august = (sample(rows=2000, defects=50, start=f"2017-{month}-01") for month in ("07", "08"))
        shutil.copy(BME280, self.schemas)
        self.drop("bme280-july.csv", july)
        self.watch_once()
        self.run_block(dump)
        # Another server, which knows nothing of all this.
        (self.base / "august.csv").write_bytes(august)
        asked = ("sp-pipeline --quiet --schema etc/sensor-pipeline/schemas/bme280.schema.json"
                 "  srv/sensors/done/bme280-july.csv august.csv",
                 "psql -XAtc 'SELECT name, rows_loaded > 1000, rows_rejected > 0 FROM sp.ingest ORDER BY 1'",
                 "psql -XAtc 'SELECT count(*) FROM sp.months()'",
                 "psql -XAtc 'SELECT count(*) FROM sp.metric_errors()'",
                 "psql -XAtc \"SELECT has_table_privilege('sp_reader', 'sp.daily', 'SELECT'),"
                 " has_function_privilege('public', 'sp.forget_source(text)', 'EXECUTE')\"")
        commands = "\n".join(("set -eo pipefail", "export PGDATABASE=restored", restore, *asked))
        result = self.run_tool(str(SOURCE / "scripts/private-postgres"), "run", "--fast", "--", "bash", "-c",
                               commands, cwd=self.base)
        self.assertEqual(result.stdout.decode().splitlines(),
                         ["august.csv|t|t", "bme280-july.csv|t|t", "2", "0", "t|f"])
        self.assertIn("sp-load: schema sp is up to date\n", result.stderr.decode())


if __name__ == "__main__":
    unittest.main(verbosity=2)
