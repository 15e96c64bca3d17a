"""Formats of networks: each folder of networks/ has a file, the schema that loads it, and what must come of it. All
go into one database by one command, each by the schema that fits it best among all of them."""
import json
import shutil
import unittest

from networks.edits import FOLDERS, sample_of
from workplace import SOURCE, Workplace


class Networks(Workplace):
    def test_all_into_one_database(self):
        schemas = self.base / "schemas"
        schemas.mkdir()
        for folder in FOLDERS:
            shutil.copy(folder / "schema.json", schemas / f"{folder.name}.schema.json")
            shutil.copy(sample_of(folder), self.folder)
        files = sorted(map(str, self.folder.iterdir()))
        self.environment["SP_SCHEMA_DIR"] = str(schemas)
        said = self.run_tool("sp-pipeline", "--quiet", *files)
        self.assertEqual(said.stderr, b"")
        for folder in FOLDERS:
            with self.subTest(folder.name):
                self.compare(json.loads((folder / "expected.json").read_text()), sample_of(folder).name)
        self.assertEqual(self.sql("SELECT count(*), sum(rows_passed) FROM sp.ingest"),
                         [(str(len(FOLDERS)), str(self.count("reading")))])
        self.assert_metrics_are_those_of_the_readings()

    def compare(self, expected, name):
        of_source = f"WHERE source = '{expected['source']}'"
        rows = [expected["rows"][key] for key in ("read", "rejected", "left out", "passed")]
        self.assertEqual(rows[0], sum(rows[1:]))
        self.assertEqual(self.sql("SELECT rows_read, rows_rejected, rows_left_out, rows_passed, rows_loaded"
                                  f" FROM sp.ingest WHERE name = '{name}'"), [tuple(map(str, [*rows, rows[3]]))])
        self.assertEqual(self.sql(f"SELECT count(*) FROM sp.located_reading {of_source}"), [(str(rows[3]),)])
        self.assertEqual(self.sql(f"SELECT key FROM sp.sensor {of_source} ORDER BY 1"),
                         [(key,) for key in expected["sensors"]])
        self.assertEqual(self.sql(f"SELECT quantity, unit, sum(n) FROM sp.sensor_statistics {of_source}"
                                  " GROUP BY 1, 2 ORDER BY 1"),
                         [(name, unit, str(n)) for name, (unit, n) in expected["quantities"].items()])
        columns = ", ".join("ts AT TIME ZONE 'UTC'" if name == "ts" else f'"{name}"' for name in expected["first"])
        self.assertEqual(self.sql(f"SELECT {columns} FROM sp.located_reading {of_source} ORDER BY ts, key LIMIT 1"),
                         [tuple(expected["first"].values())])
        for quantity, mean in expected["mean"].items():
            (found,), = self.sql(f'SELECT avg("{quantity}") FROM sp.located_reading {of_source}')
            self.assertAlmostEqual(float(found), mean, places=6)

    def test_the_table_names_every_network(self):
        table = (SOURCE / "tests/e2e/networks/README.md").read_text()
        named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
        self.assertEqual(named, [folder.name for folder in FOLDERS])


if __name__ == "__main__":
    unittest.main()
