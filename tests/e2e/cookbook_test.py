"""The questions that sp-cookbook(7) answers, and its recipes without a database."""
import csv
import datetime
import json
import re
import shutil
import unittest

from cookbook import BME280, PAGE, Recipe, blocks, files, needs, recipe, rows_of
from workplace import PSQL, SOURCE, sample


class Page(unittest.TestCase):
    def test_each_recipe_is_run_here(self):
        tests = "".join(path.read_text() for path in (SOURCE / "tests/e2e").glob("*_test.py"))
        found = blocks()
        self.assertGreater(len(found), 20)
        for title, texts in found.items():
            self.assertTrue(texts, f"{title} has no block that says what it is")
            self.assertIn(f'"{title}"', tests)
            for name in files(title):
                self.assertIn(f"\n.Pa {name} :\n", PAGE)
        self.assertEqual(sum(map(len, found.values())), len(re.findall(r"^\.Bd ", PAGE, re.MULTILINE)))


class Questions(Recipe):
    def setUp(self):
        super().setUp()
        shutil.copy(BME280, self.schemas)
        self.roof_schema()
        today = datetime.date.today()
        self.drop("july.csv", sample(rows=2000, defects=50, start=str(today - datetime.timedelta(days=3))))
        self.drop("roof.csv", self.roof("7,2024-07-01T10:00:00Z,20.5", "7,2024-07-01T11:00:00Z,cold"))
        self.drop("letter.csv", b"Dear sirs,\n")
        self.watch_once(status=65)
        self.drop("roof2.csv", self.roof("7,2024-07-01T10:00:00Z,99.5"))
        self.watch_once(environment=dict(self.environment, SP_ON_CONFLICT="keep"))
        self.drop("ten.csv", self.roof("8,2024-06-25T10:00:00Z,20.5"))
        self.watch_once()
        self.drop("late.csv", self.roof("7,2024-07-01T12:00:00Z,20.5"))
        self.watch_once(status=75, environment=dict(self.environment, PGHOST="/nowhere"))

    def ask(self, question):
        """What the blocks of the page answer; of a query, its rows."""
        answers = []
        for block in recipe(question):
            if block.startswith("SELECT"):
                result = self.run_tool(PSQL, "-Xq", "--csv", "-v", "ON_ERROR_STOP=1", "-c", block,
                                       environment=dict(self.environment, PGOPTIONS="-c role=sp_reader"))
                answers.append(rows_of(result.stdout.decode()))
            else:
                answers.append(self.run_block(block))
        return answers

    def test_questions_of_an_operator(self):
        (status,) = self.ask("Is the watcher alive, and why is nothing loaded since noon?")
        self.assertRegex(status, r"watched +by nobody")
        self.assertRegex(status, r"(?m)^late\.csv: .*connection to server on socket \"/nowhere/")
        self.environment["SP_SCHEMA_DIR"] = str(self.schemas)
        self.start_watching()
        self.await_all()
        (status,) = self.ask("Is the watcher alive, and why is nothing loaded since noon?")
        self.assertRegex(status, r"watched +yes")
        self.assertNotIn("late.csv", status)
        (networks,) = self.ask("When did the last file of each network come, and how late are its readings?")
        self.assertEqual({row["source"] for row in networks}, {"sensor.community", "roof"})
        self.assertTrue(all("days" in row["behind"] for row in networks), networks)
        (failed,) = self.ask("Which files failed, and why?")
        (name, reason), = csv.reader(failed.splitlines(), delimiter="\t")
        self.assertEqual(name, "quarantine/letter.csv.reason.json")
        self.assertIn("no schema", reason)
        journal, (quality,) = self.ask("What became of a file?")
        self.assertEqual([json.loads(line)["event"] for line in journal.splitlines()][-1], "done")
        self.assertEqual((quality["status"], quality["loaded_as"]), ("loaded in part", "july.csv"))
        (days,) = self.ask("How many rows a day were read, rejected and loaded?")
        rejected = int(quality["rows_rejected"])
        self.assertEqual([sum(int(day[column]) for day in days) for column in ("files", "read", "rejected", "loaded")],
                         [5, 2005, rejected + 1, 2000 - rejected + 3])
        (days,) = self.ask("How many readings are there of each day?")
        self.assertEqual(sum(int(row["readings"]) for row in days), self.count("reading"))
        (worst,) = self.ask("Which sensors are worst this week?")
        self.assertEqual({row["source"] for row in worst}, {"sensor.community"})
        self.assertEqual([int(row["rows"]) for row in worst], sorted((int(row["rows"]) for row in worst), reverse=True))
        (silent,) = self.ask("Which sensors are silent?")
        self.assertEqual([row["key"] for row in silent], ["8"])
        (wrong,) = self.ask("What is wrong with the rows that were rejected, and not mended yet?")
        self.assertIn(("temperature", "type-error", "1", "cold"), [
            (row["field"], row["code"], row["rows"], row["for_example"]) for row in wrong])
        (disputes,) = self.ask("Which values do files not agree about?")
        self.assertEqual([(row["file"], row["winner_file"]) for row in disputes], [("roof2.csv", "roof.csv")])
        (origin,) = self.ask("Which file did a reading come from?")
        self.assertEqual([(row["name"], row["temperature"]) for row in origin], [("roof.csv", "20.5")])
        # The bytes of a file under another name are told of by both.
        self.drop("copy.csv", (self.folder / "done/july.csv").read_bytes())
        self.await_all()
        self.run_tool("sp-load", "--journal", str(self.folder / ".sp-watch/journal.ndjson"))
        _, became = self.ask("What became of a file?")
        self.assertEqual([(row["name"], row["status"], row["loaded_as"]) for row in became],
                         [("july.csv", "loaded in part", "july.csv"), ("copy.csv", "known", "july.csv")])


class WithoutDatabase(Recipe):
    def setUp(self):
        super().setUp()
        shutil.copy(BME280, self.base)

    def statistics(self, name, *windows):
        rows = rows_of((self.base / name).read_text())
        return {(row["sensor_id"], row["window_start"], row["quantity"]):
                (row["count"], row["min"], row["max"], round(float(row["mean"]), 9)) for row in rows}

    def expected(self, every, *files):
        command = ("sp-validate --quiet --schema bme280.schema.json --rejects /dev/null \"$@\" |"
                   " sp-transform --schema bme280.schema.json |"
                   f" sp-aggregate --schema bme280.schema.json --every {every} >expected.csv")
        self.run_tool("bash", "-o", "pipefail", "-c", command, "bash", *files, cwd=self.base)
        return self.statistics("expected.csv")

    @needs("make")
    def test_makefile(self):
        makefile, command = recipe("A Makefile")
        self.save("Makefile", makefile)
        for month in ("2017-07", "2017-08"):
            (self.base / f"{month}.csv").write_bytes(sample(rows=3000, start=f"{month}-01", defects=20))
        self.run_block(command)
        expected = self.expected("1mo", "2017-07.csv", "2017-08.csv")
        self.assertEqual(self.statistics("monthly.csv"), expected)
        self.assertEqual(len({start for _, start, _ in expected}), 2)
        (self.base / "2017-09.csv").write_bytes(sample(rows=500, start="2017-09-01", defects=0))
        self.assertNotIn("--rejects 2017-08", self.run_block(command))
        self.assertEqual(len({start for _, start, _ in self.statistics("monthly.csv")}), 3)
        # Of a file that is cut off nothing is left that the next run would take for its state.
        (self.base / "2017-10.csv").write_bytes(sample(rows=500, start="2017-10-01", defects=0) + b'0,"')
        self.run_tool("bash", "-c", command, cwd=self.base, status=2)
        self.assertFalse((self.base / "2017-10.state").exists())

    @needs("parallel")
    def test_one_large_file(self):
        (block,) = recipe("One large file on all cores")
        (self.base / "july.csv").write_bytes(sample(rows=20000, defects=20))
        self.run_block(block)
        self.assertEqual(self.statistics("daily.csv"), self.expected("1d", "july.csv"))
        self.assertTrue(list(self.base.glob("rejects.*.csv")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
