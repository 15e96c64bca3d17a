"""Several files in one load: each has its row in the ledger and its own numbers."""
import json
import os
import threading
import unittest

from database import DatabaseTest, readings, wait_until

T = "2017-07-01T00:00:0{}Z".format
HEAD = "sensor_id,ts,temperature,file\n"


def as_json(name):
    """A name as JSON can have it: U+FFFD for bytes that are not UTF-8."""
    return os.fsencode(name).decode("utf-8", "replace")


class Batch(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.files = [self.write(name, f"bytes of {name}") for name in ("a.csv", "b.csv", "c.csv")]

    def batch(self, rows, files=None, **more):
        """A stream of (file number, sensor, time, value)."""
        files = files or self.files
        return HEAD + "".join(f"{s},{t},{v},{files[f]}\n" for f, s, t, v in rows)

    def load_batch(self, text, *flags, tables=(), files=None, **rest):
        return self.load_report("--source", *(files or self.files), "--source-column", "file", *flags, "--",
                                "reading=-", *tables, stdin=text, **rest)

    def validate_report(self, entries):
        """What sp-validate says: (file, status, rows in, rows out)."""
        files = [{"file": as_json(file), "status": status, "rows_in": rows_in, "rows_out": rows_out,
                  "rows_rejected": rows_in - rows_out} for file, status, rows_in, rows_out in entries]
        total = {name: sum(file[name] for file in files) for name in ("rows_in", "rows_out", "rows_rejected")}
        return self.write("v.json", json.dumps({"tool": "sp-validate", "version": "1", "status": "ok",
                                                "schema_sha256": "ab" * 32, **total, "files": files}))

    def ledger(self):
        return self.sql("SELECT name, rows_read, rows_valid, rows_rejected, rows_loaded, rows_duplicate"
                        " FROM sp.ingest ORDER BY name")

    def numbers(self, report):
        return [(f.get("loaded_as"), f["rows_read"], f["rows_loaded"], f["rows_duplicate"], f["rows_skipped"])
                for f in report["files"]]

    def test_each_file_has_its_row_and_its_numbers(self):
        rows = [(0, 1, T(0), 1), (0, 2, T(5), 2), (1, 3, T(1), 3), (2, 4, T(2), 4), (1, 5, T(3), 5)]
        validate = self.validate_report([(self.files[0], 0, 4, 2), (self.files[1], 0, 2, 2),
                                         (self.files[2], 0, 1, 1)])
        metric = self.write("metric.csv", "file,sensor_id,window_start,window,quantity,n,mean,m2,min,max\n" +
                            "".join(f"{f},{n},{T(0)},1d,temperature,1,1,0,1,1\n"
                                    for n, f in enumerate(reversed(self.files))))
        errors = self.write("e.ndjson", "".join(json.dumps({"file": self.files[0], "row": n, "code": "x"}) + "\n"
                                                for n in (1, 2)))
        report = self.load_batch(self.batch(rows), "--require-report", validate,
                                 tables=[f"metric={metric}", f"rejection={errors}"])
        self.assertEqual(self.ledger(), [("a.csv", "4", "2", "2", "2", "0"), ("b.csv", "2", "2", "0", "2", "0"),
                                         ("c.csv", "1", "1", "0", "1", "0")])
        self.assertEqual(self.numbers(report), [(None, 4, 2, 0, 0), (None, 2, 2, 0, 0), (None, 1, 1, 0, 0)])
        self.assertEqual((report["already_loaded"], report["loaded"]), (False, 5))
        self.assertEqual([f["file"] for f in report["files"]], self.files)
        by_name = "JOIN sp.ingest USING (ingest_id) GROUP BY name ORDER BY name"
        self.assertEqual(self.sql(f"SELECT name, string_agg(sensor_id::text, ' ' ORDER BY sensor_id)"
                                  f" FROM sp.reading {by_name}"),
                         [("a.csv", "1 2"), ("b.csv", "3 5"), ("c.csv", "4")])
        self.assertEqual(self.sql(f"SELECT name, max(sensor_id) FROM sp.metric {by_name}"),
                         [("a.csv", "2"), ("b.csv", "1"), ("c.csv", "0")])
        self.assertEqual(self.sql(f"SELECT name, count(*), max(file) FROM sp.rejection {by_name}"),
                         [("a.csv", "2", self.files[0])])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT to_char(first_ts, 'SS'), to_char(last_ts,"
                                  " 'SS'), schema_sha256 FROM sp.ingest ORDER BY name"),
                         [("00", "05", "ab" * 32), ("01", "03", "ab" * 32), ("02", "02", "ab" * 32)])
        ids = dict(self.sql("SELECT name, ingest_id FROM sp.ingest"))
        self.assertEqual([f["ingest_id"] for f in report["files"]],
                         [int(ids[name]) for name in ("a.csv", "b.csv", "c.csv")])

    def test_files_that_were_loaded_before_are_skipped(self):
        self.load_batch(self.batch([(0, 1, T(0), 1)], self.files[1:]), files=self.files[1:2])
        rows = [(0, 2, T(0), 2), (1, 1, T(0), 1), (1, 9, T(0), 9), (2, 3, T(0), 3)]
        report = self.load_batch(self.batch(rows))
        self.assertEqual(self.numbers(report), [(None, 1, 1, 0, 0), ("b.csv", 2, 0, 0, 2), (None, 1, 1, 0, 0)])
        self.assertEqual((report["loaded"], report["skipped"], report["already_loaded"]), (2, 2, False))
        self.assertEqual(self.sql("SELECT sensor_id FROM sp.reading ORDER BY 1"), [("1",), ("2",), ("3",)])
        # All of them: nothing is read as rows, and nothing written.
        report = self.load_batch("not even CSV\n\"")
        self.assertEqual((report["already_loaded"], [f["loaded_as"] for f in report["files"]]),
                         (True, ["a.csv", "b.csv", "c.csv"]))
        self.assertEqual(len(self.ledger()), 3)

    def test_the_same_bytes_twice_in_a_batch(self):
        twin = self.write("twin.csv", "bytes of a.csv")
        files = [self.files[0], twin, self.files[1]]
        report = self.load_batch(self.batch([(0, 1, T(0), 1), (1, 1, T(0), 1), (2, 2, T(0), 2)], files),
                                 files=files)
        self.assertEqual(self.numbers(report), [(None, 1, 1, 0, 0), ("a.csv", 1, 0, 0, 1), (None, 1, 1, 0, 0)])
        self.assertEqual(report["files"][0]["ingest_id"], report["files"][1]["ingest_id"])
        self.assertEqual([row[0] for row in self.ledger()], ["a.csv", "b.csv"])

    def test_files_that_were_refused_have_no_row(self):
        gone = str(self.folder / "gone.csv")
        files = [*self.files, gone]
        validate = self.validate_report([(files[0], 0, 1, 1), (files[1], 65, 0, 0), (files[2], 0, 0, 0),
                                         (gone, 66, 0, 0)])
        errors = self.write("e.ndjson", json.dumps({"file": files[1], "code": "missing-label"}) + "\n" +
                            json.dumps({"file": files[2], "code": "blank-row"}) + "\n")
        report = self.load_batch(self.batch([(0, 1, T(0), 1)]), "--require-report", validate,
                                 tables=[f"rejection={errors}"], files=files)
        self.assertEqual([f["refused"] for f in report["files"]], [False, True, False, True])
        self.assertEqual(["ingest_id" in f for f in report["files"]], [True, False, True, False])
        self.assertEqual([row[0] for row in self.ledger()], ["a.csv", "c.csv"])
        self.assertEqual(self.sql("SELECT code FROM sp.rejection"), [("blank-row",)])
        # Mended, it is loaded.
        validate = self.validate_report([(files[1], 0, 1, 1)])
        self.load_batch(self.batch([(1, 2, T(0), 2)]), "--require-report", validate, files=files[1:2])
        self.assertEqual([row[0] for row in self.ledger()], ["a.csv", "b.csv", "c.csv"])

    def test_reports_that_do_not_agree_with_the_files_stop_the_commit(self):
        text = self.batch([(0, 1, T(0), 1), (1, 2, T(0), 2)])
        a, b, c = self.files
        for what, entries in (
                ("other rows of each", [(a, 0, 2, 2), (b, 0, 0, 0), (c, 0, 0, 0)]),
                ("rows of a refused one", [(a, 0, 1, 1), (b, 65, 1, 1), (c, 0, 0, 0)]),
                ("none of one", [(a, 0, 1, 1), (b, 0, 1, 1)]),
                ("of another", [(a, 0, 1, 1), (b, 0, 1, 1), (c, 0, 0, 0), ("d.csv", 0, 0, 0)])):
            with self.subTest(what):
                said = self.load("--source", *self.files, "--source-column", "file", "--require-report",
                                 self.validate_report(entries), "--", "reading=-", stdin=text, status=75)
                self.assertNotIn("trying again", said)
                self.assert_nothing_committed()
        gone = str(self.folder / "gone.csv")
        entries = [(a, 0, 1, 1), (b, 0, 1, 1), (gone, 0, 0, 0)]
        self.load("--source", a, b, gone, "--source-column", "file", "--require-report",
                  self.validate_report(entries), "--", "reading=-", stdin=text, status=66)
        self.assert_nothing_committed()

    def test_rows_that_name_no_file(self):
        for name in ("other.csv", ""):
            said = self.load("--source", *self.files, "--source-column", "file", "reading=-", status=65,
                             stdin=HEAD + f"1,{T(0)},1,{self.files[0]}\n2,{T(0)},2,{name}\n")
            self.assertIn("row 2 (line 3), field file", said)
            said = self.load("--source", *self.files, "--source-column", "file", "reading=-", status=65,
                             stdin=HEAD + f"2,{T(0)},2,{name}\n")
            self.assertIn("row 1 (line 2), field file", said)
        said = self.load("--source", *self.files, "--source-column", "file", "reading=-", status=65,
                         stdin=readings([(1, T(0), 1)]))
        self.assertIn("field file", said)
        self.assert_nothing_committed()

    def test_one_file_and_inputs_without_the_column(self):
        metric = self.write("m.csv", "sensor_id,window_start,window,quantity,n,mean,m2,min,max\n"
                            f"1,{T(0)},1d,temperature,1,1,0,1,1\n")
        report = self.load_batch(self.batch([(0, 1, T(0), 1)]), tables=[f"metric={metric}"], files=self.files[:1])
        self.assertEqual(self.numbers(report), [(None, 1, 1, 0, 0)])
        self.assertEqual(self.value("SELECT ingest_id FROM sp.metric"), str(report["files"][0]["ingest_id"]))

    def test_a_table_that_has_the_column_gets_it(self):
        self.sql("CREATE TABLE sp.named (a int, file text)")
        text = f"a,file\n1,{self.files[1]}\n2,{self.files[0]}\n"
        self.load_report("--source", *self.files, "--source-column", "file", "named=-", stdin=text)
        self.assertEqual(self.sql("SELECT a, file FROM sp.named ORDER BY a"),
                         [("1", self.files[1]), ("2", self.files[0])])

    def test_duplicates_are_counted_for_the_file_that_they_are_in(self):
        self.load("reading=-", stdin=readings([(1, T(0), 1)]))
        rows = [(0, 1, T(0), 9), (0, 2, T(0), 2), (1, 2, T(0), 8), (1, 3, T(0), 3), (2, 3, T(0), 3), (2, 4, T(0), 4)]
        expected = {"ignore": (["1", "2", "3", "4"], [(1, 1), (1, 1), (1, 1)]),
                    "update": (["9", "8", "3", "4"], [(1, 1), (1, 1), (1, 1)])}
        for mode, (values, numbers) in expected.items():
            with self.subTest(mode):
                self.sql("DELETE FROM sp.ingest", "DELETE FROM sp.reading WHERE sensor_id > 1")
                report = self.load_batch(self.batch(rows), "--on-conflict", mode)
                self.assertEqual([n[2:4] for n in self.numbers(report)], numbers)
                self.assertEqual([v for v, in self.sql("SELECT temperature FROM sp.reading ORDER BY sensor_id")],
                                 values)
                self.assertEqual([row[4:] for row in self.ledger()], [(str(a), str(b)) for a, b in numbers])

    def test_duplicates_of_keys_that_are_spelled_in_two_ways(self):
        # No row is found by its spelling, so that all go through a temporary table.
        other = "2017-07-01T02:00:00+02:00"
        rows = [(0, 1, T(0), 1), (1, 1, other, 2), (1, 2, T(0), 3), (2, 2, other, 4), (2, 3, T(0), 5)]
        report = self.load_batch(self.batch(rows), "--on-conflict", "ignore")
        self.assertEqual([n[2:4] for n in self.numbers(report)], [(1, 0), (1, 1), (1, 1)])
        self.assertEqual(self.value("SELECT string_agg(temperature::text, ' ' ORDER BY sensor_id) FROM sp.reading"),
                         "1 3 5")

    def test_names_that_are_not_utf8(self):
        name = os.fsdecode(os.fsencode(str(self.folder)) + b"/bad\xff.csv")
        with open(name, "w") as file:
            file.write("bad bytes")
        errors = self.write("e.ndjson", json.dumps({"file": as_json(name), "code": "x"}) + "\n")
        validate = self.validate_report([(self.files[0], 0, 0, 0), (name, 0, 1, 1)])
        text = HEAD + f"1,{T(0)},1,{as_json(name)}\n"
        self.load_batch(text, "--require-report", validate, tables=[f"rejection={errors}"],
                        files=[self.files[0], name])
        self.assertEqual(self.sql("SELECT name, count(*) FROM sp.rejection JOIN sp.ingest USING (ingest_id)"
                                  " GROUP BY name"), [("bad\ufffd.csv", "1")])
        self.assertEqual(self.count("sp.reading"), 1)

    def test_two_batches_that_name_their_files_in_opposite_order(self):
        files = [self.write(f"{n}.csv", f"file {n}") for n in range(60)]
        text = self.batch([(n, n, T(0), n) for n in range(60)], files)
        for _ in range(3):
            self.sql("TRUNCATE sp.reading, sp.metric, sp.rejection, sp.ingest")
            processes = [self.start_load("--source", *order, "--source-column", "file", "--retry-for", "0",
                                         "reading=-") for order in (files, files[::-1], files[30:] + files[:30])]
            threads = [threading.Thread(target=self.feed, args=(p, text)) for p in processes]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for process in processes:
                self.finish(process)
            self.assertEqual((self.count("sp.reading"), self.count("sp.ingest")), (60, 60))

    @staticmethod
    def feed(process, text):
        process.stdin.write(text.encode())
        process.stdin.close()
        process.stdin = None

    def test_hundreds_of_files(self):
        files = [self.write(f"{n:04}.csv", f"file {n}") for n in range(600)]
        report = self.load_batch(self.batch([(n, n, T(0), n) for n in range(600)], files), files=files)
        self.assertEqual((len(report["files"]), report["loaded"]), (600, 600))
        self.assertEqual(self.value("SELECT count(*) FROM sp.reading JOIN sp.ingest USING (ingest_id)"
                                    " WHERE name = to_char(sensor_id, 'FM0000') || '.csv'"), "600")

    def test_a_file_that_changes_meanwhile(self):
        process = self.start_load("--source", *self.files, "--source-column", "file", "reading=-")
        process.stdin.write(self.batch([(0, 1, T(0), 1)]).encode())
        process.stdin.flush()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sp-load'"
                                      " AND datname = current_database() AND xact_start IS NOT NULL") == "1",
                   "it has begun")
        self.write("c.csv", "other bytes")
        process.stdin.close()
        process.stdin = None
        self.assertIn("changed", self.finish(process, status=75))
        self.assert_nothing_committed()


if __name__ == "__main__":
    unittest.main()
