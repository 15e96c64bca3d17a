"""Several files in one load: each has its row in the ledger and its own numbers."""
import json
import os
import threading
import unittest

from database import DatabaseTest, readings, wait_until

T = "2017-07-01T00:00:0{}Z".format
HEAD = "sensor_id,ts,temperature,source,file\n"
KEEP = ("--on-known", "skip", "--on-conflict", "keep")
REPLACE = ("--on-known", "skip", "--on-conflict", "replace")
METRIC = "sensor_id,source,window_start,window,quantity,n,mean,m2,min,max"


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
        return HEAD + "".join(f"{s},{t},{v},net,{files[f]}\n" for f, s, t, v in rows)

    def load_batch(self, text, *flags, tables=(), files=None, **rest):
        return self.load_report(*self.arguments(files or self.files, *flags), "--", "reading=-", *tables,
                                stdin=text, **rest)

    def arguments(self, files, *flags):
        return ["--schema", self.schema, "--source", *files, "--source-column", "file", *flags]

    def validate_report(self, entries):
        """What sp-validate says: (file, status, rows in, rows out)."""
        files = [{"file": as_json(file), "status": status, "rows_in": rows_in, "rows_out": rows_out,
                  "rows_rejected": rows_in - rows_out} for file, status, rows_in, rows_out in entries]
        total = {name: sum(file[name] for file in files) for name in ("rows_in", "rows_out", "rows_rejected")}
        return self.write("v.json", json.dumps({"tool": "sp-validate", "version": "1", "status": "ok",
                                                "schema_sha256": "ab" * 32, **total, "files": files}))

    def ledger(self):
        return self.sql("SELECT name, rows_read, rows_passed, rows_rejected, rows_loaded, rows_known"
                        " FROM sp.ingest ORDER BY name")

    def numbers(self, report):
        """Of each file: under which name it is loaded, rows read, loaded, known or in conflict, and skipped."""
        return [(f.get("loaded_as"), f["rows_read"], f["rows_loaded"],
                 f["rows_known"] + f["rows_kept_out"] + f["rows_replaced"], f["rows_skipped"])
                for f in report["files"]]

    def keys(self, more=""):
        return [key for key, in self.sql("SELECT key FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                         f" WHERE source = 'net' {more} ORDER BY key")]

    def test_each_file_has_its_row_and_its_numbers(self):
        # Four readings of each sensor, which are enough for metrics; the last file has one.
        rows = [(0, 1, T(0), 1), (0, 2, T(5), 2), (1, 3, T(1), 3), (2, 4, T(2), 4), (1, 5, T(3), 5)]
        rows += [(f, s, f"2017-07-01T00:00:0{n}.{s}Z", v) for f, s, _, v in rows if f < 2 for n in (1, 2, 2.5)]
        rows = [(f, s, t.replace("02.5.", "02.5"), v) for f, s, t, v in rows]
        validate = self.validate_report([(self.files[0], 0, 10, 8), (self.files[1], 0, 8, 8),
                                         (self.files[2], 0, 1, 1)])
        metric = self.write("metric.csv", f"file,{METRIC}\n" +
                            "".join(f"{self.files[f]},{s},net,2017-07-01T00:00:00Z,1d,temperature,4,{v},0,{v},{v}\n"
                                    for f, s, t, v in reversed(rows[:5])))
        errors = self.write("e.ndjson", "".join(json.dumps({"file": self.files[0], "row": n, "code": "x",
                                                            "xxh128": f"{n:032x}"}) + "\n"
                                                for n in (1, 2)))
        report = self.load_batch(self.batch(rows), "--require-report", validate,
                                 tables=[f"metric={metric}", f"rejection={errors}"])
        self.assertEqual(self.ledger(), [("a.csv", "10", "8", "2", "8", "0"), ("b.csv", "8", "8", "0", "8", "0"),
                                         ("c.csv", "1", "1", "0", "1", "0")])
        self.assertEqual(self.numbers(report), [(None, 10, 8, 0, 0), (None, 8, 8, 0, 0), (None, 1, 1, 0, 0)])
        self.assertEqual((report["already_loaded"], report["loaded"]), (False, 17))
        self.assertEqual([f["file"] for f in report["files"]], self.files)
        by_name = "JOIN sp.ingest USING (ingest_id) GROUP BY name ORDER BY name"
        self.assertEqual(self.sql(f"SELECT name, string_agg(DISTINCT s.key, ' ' ORDER BY s.key)"
                                  f" FROM sp.reading JOIN sp.sensor s USING (sensor_id) {by_name}"),
                         [("a.csv", "1 2"), ("b.csv", "3 5"), ("c.csv", "4")])
        self.assertEqual(self.sql(f"SELECT name, string_agg(s.key, ' ' ORDER BY s.key)"
                                  f" FROM sp.metric JOIN sp.sensor s USING (sensor_id) {by_name}"),
                         [("a.csv", "1 2"), ("b.csv", "3 5")])
        self.assertEqual(self.sql("SELECT name, window_hours, u.ingest_id IS NOT NULL FROM sp.ingest"
                                  " LEFT JOIN sp.unmeasured u USING (ingest_id) ORDER BY name"),
                         [("a.csv", "24", "f"), ("b.csv", "24", "f"), ("c.csv", "", "t")])
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        self.assertEqual(self.sql(f"SELECT name, count(*) FROM sp.rejection {by_name}"), [("a.csv", "2")])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT to_char(first_ts, 'SS'), to_char(last_ts,"
                                  " 'SS'), encode(schema_digest, 'hex') FROM sp.ingest ORDER BY name"),
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
        self.assertEqual(self.keys(), ["1", "2", "3"])
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
        errors = self.write("e.ndjson", json.dumps({"file": files[1], "code": "missing-label", "xxh128": "1" * 32}) + "\n" +
                            json.dumps({"file": files[2], "code": "blank-row", "xxh128": "2" * 32}) + "\n")
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

    def test_a_large_file_that_was_refused_is_not_read(self):
        huge = self.write("huge.csv", "")
        os.truncate(huge, 1 << 40)  # an hour of summing up
        files = [self.files[0], huge]
        validate = self.validate_report([(files[0], 0, 1, 1), (huge, 65, 0, 0)])
        text = self.batch([(0, 1, T(0), 1)])
        report = self.load_batch(text, "--require-report", validate, files=files)
        self.assertEqual([(f["refused"], "ingest_id" in f) for f in report["files"]], [(False, True), (True, False)])
        self.assertEqual([row[0] for row in self.ledger()], ["a.csv"])
        # Nor is it where a stage died.
        self.load(*self.arguments(files), "--require-report", validate, str(self.folder / "none"), "--", "reading=-",
                  stdin=text, status=75)
        self.load(*self.arguments([huge, self.files[1]]), "--require-report", str(self.folder / "none"), "--",
                  "reading=-", stdin=HEAD, status=75)
        self.assertEqual([row[0] for row in self.ledger()], ["a.csv"])

    def test_a_large_file_that_was_refused_is_read_where_it_may_have_been_loaded(self):
        large, other = (self.write(name, start + "x" * (5 << 20)) for name, start in (("large.csv", "a"), ("other.csv", "b")))
        files = [self.files[0], large, other]
        self.load_batch(self.batch([(1, 1, T(0), 1)], files), files=files[:2])
        validate = self.validate_report([(files[0], 0, 1, 1), (large, 65, 0, 0), (other, 65, 0, 0)])
        report = self.load_batch(self.batch([(0, 2, T(0), 1)], files), "--require-report", validate, files=files)
        self.assertEqual([f["already_loaded"] for f in report["files"]], [True, True, False])

    def test_large_files_of_the_same_bytes_in_a_batch(self):
        files = [self.write(name, "x" * (5 << 20)) for name in ("l1.csv", "l2.csv")]
        report = self.load_batch(self.batch([(0, 1, T(0), 1), (1, 1, T(0), 1)], files), files=files)
        self.assertEqual(self.numbers(report), [(None, 1, 1, 0, 0), ("l1.csv", 1, 0, 0, 1)])

    def test_reports_that_do_not_agree_with_the_files_stop_the_commit(self):
        text = self.batch([(0, 1, T(0), 1), (1, 2, T(0), 2)])
        a, b, c = self.files
        for what, entries in (
                ("other rows of each", [(a, 0, 2, 2), (b, 0, 0, 0), (c, 0, 0, 0)]),
                ("rows of a refused one", [(a, 0, 1, 1), (b, 65, 1, 1), (c, 0, 0, 0)]),
                ("none of one", [(a, 0, 1, 1), (b, 0, 1, 1)]),
                ("of another", [(a, 0, 1, 1), (b, 0, 1, 1), (c, 0, 0, 0), ("d.csv", 0, 0, 0)])):
            with self.subTest(what):
                said = self.load(*self.arguments(self.files), "--require-report", self.validate_report(entries), "--",
                                 "reading=-", stdin=text, status=75)
                self.assertNotIn("trying again", said)
                self.assert_nothing_committed()
        gone = str(self.folder / "gone.csv")
        entries = [(a, 0, 1, 1), (b, 0, 1, 1), (gone, 0, 0, 0)]
        self.load(*self.arguments([a, b, gone]), "--require-report", self.validate_report(entries), "--",
                  "reading=-", stdin=text, status=66)
        self.assert_nothing_committed()

    def test_rows_that_became_others_are_counted_as_they_were(self):
        validate = self.validate_report([(self.files[0], 0, 5, 4), (self.files[1], 0, 1, 1), (self.files[2], 0, 1, 0)])
        spread = self.write("t.json", json.dumps({"tool": "sp-transform", "version": "1", "status": "ok", "rows_in": 5,
                                                  "rows_out": 5, "rows_rejected": 0, "results": 3}))
        rows = [(0, 1, T(0), 1), (0, 1, T(1), 1), (1, 2, T(0), 2)]
        report = self.load_batch(self.batch(rows), "--require-report", validate, spread)
        self.assertEqual(self.ledger(), [("a.csv", "5", "4", "1", "2", "0"), ("b.csv", "1", "1", "0", "1", "0"),
                                         ("c.csv", "1", "0", "1", "0", "0")])
        self.assertEqual([(f["rows_valid"], f["rows_rejected"]) for f in report["files"]], [(4, 1), (1, 0), (0, 1)])

    def test_rows_that_name_no_file(self):
        for name in ("other.csv", ""):
            said = self.load(*self.arguments(self.files), "reading=-", status=65,
                             stdin=HEAD + f"1,{T(0)},1,net,{self.files[0]}\n2,{T(0)},2,net,{name}\n")
            self.assertIn("row 2 (line 3), field file", said)
            said = self.load(*self.arguments(self.files), "reading=-", status=65,
                             stdin=HEAD + f"2,{T(0)},2,net,{name}\n")
            self.assertIn("row 1 (line 2), field file", said)
        said = self.load(*self.arguments(self.files), "reading=-", status=65,
                         stdin=readings([(1, T(0), 1)]))
        self.assertIn("field file", said)
        self.assert_nothing_committed()

    def test_one_file_and_inputs_without_the_column(self):
        metric = self.write("m.csv", f"{METRIC}\n1,net,2017-07-01,1d,temperature,4,1,0,1,1\n")
        report = self.load_batch(self.batch([(0, 1, T(n), 1) for n in range(4)]), tables=[f"metric={metric}"], files=self.files[:1])
        self.assertEqual(self.numbers(report), [(None, 4, 4, 0, 0)])
        self.assertEqual(self.value("SELECT ingest_id FROM sp.metric"), str(report["files"][0]["ingest_id"]))

    def test_a_table_that_has_the_column_gets_it(self):
        self.sql("CREATE TABLE sp.named (a int, file text)")
        text = f"a,file\n1,{self.files[1]}\n2,{self.files[0]}\n"
        self.load_report("--source", *self.files, "--source-column", "file", "named=-", stdin=text)
        self.assertEqual(self.sql("SELECT a, file FROM sp.named ORDER BY a"),
                         [("1", self.files[1]), ("2", self.files[0])])

    def test_known_rows_are_counted_for_the_file_that_they_are_in(self):
        self.put(readings([(1, T(0), 1)]))
        rows = [(0, 1, T(0), 9), (0, 2, T(0), 2), (1, 2, T(0), 8), (1, 3, T(0), 3), (2, 3, T(0), 3), (2, 4, T(0), 4)]
        for mode, flags, values in (("keep", KEEP, ["1", "2", "3", "4"]), ("replace", REPLACE, ["9", "8", "3", "4"])):
            with self.subTest(mode):
                self.sql("DELETE FROM sp.ingest WHERE name LIKE '_.csv'", "TRUNCATE sp.dispute, sp.overlap",
                         "DELETE FROM sp.reading USING sp.sensor s WHERE s.sensor_id = reading.sensor_id AND key <> '1'")
                report = self.load_batch(self.batch(rows), *flags)
                self.assertEqual([n[2:4] for n in self.numbers(report)], [(1, 1), (1, 1), (1, 1)])
                other = "rows_kept_out" if mode == "keep" else "rows_replaced"
                self.assertEqual([(f["rows_known"], f[other]) for f in report["files"]], [(0, 1), (0, 1), (1, 0)])
                self.assertEqual([v for v, in self.sql("SELECT temperature FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                                       " ORDER BY key")], values)
                self.assertEqual(self.sql(f"SELECT rows_loaded, rows_known, {other} FROM sp.ingest WHERE name LIKE '_.csv'"
                                          " ORDER BY name"), [("1", "0", "1"), ("1", "0", "1"), ("1", "1", "0")])

    def test_known_rows_whose_keys_are_spelled_in_two_ways(self):
        # No row is found by its spelling, so that all go through a temporary table.
        other = "2017-07-01T02:00:00+02:00"
        rows = [(0, 1, T(0), 1), (1, "01", other, 2), (1, 2, T(0), 3), (2, "+2", other, 4), (2, 3, T(0), 5)]
        report = self.load_batch(self.batch(rows), *KEEP)
        self.assertEqual([n[2:4] for n in self.numbers(report)], [(1, 0), (1, 1), (1, 1)])
        self.assertEqual(self.value("SELECT string_agg(temperature::text, ' ' ORDER BY key) FROM sp.reading"
                                    " JOIN sp.sensor USING (sensor_id)"), "1 3 5")
        # The same in a table of one's own.
        self.make_own_table()
        files = [self.write(f"own{n}", f"own {n}") for n in range(3)]
        text = "sensor_id,ts,temperature,file\n" + "".join(f"{int(s)},{t},{v},{files[f]}\n" for f, s, t, v in rows)
        report = self.load_report("--source", *files, "--source-column", "file", *KEEP, "mine.reading=-", stdin=text)
        self.assertEqual([n[2:4] for n in self.numbers(report)], [(1, 0), (1, 1), (1, 1)])
        self.assertEqual(self.value("SELECT string_agg(temperature::text, ' ' ORDER BY sensor_id) FROM mine.reading"),
                         "1 3 5")

    def test_files_of_several_networks(self):
        text = HEAD + "".join(f"1,{T(0)},{n},{source},{self.files[n]}\n" for n, source in enumerate("ABA"))
        report = self.load_batch(text, *KEEP)
        self.assertEqual([(f["rows_loaded"], f["rows_kept_out"]) for f in report["files"]], [(1, 0), (1, 0), (0, 1)])
        self.assertEqual(self.sql("SELECT name, source FROM sp.ingest ORDER BY name"),
                         [("a.csv", "A"), ("b.csv", "B"), ("c.csv", "A")])

    def test_names_that_are_not_utf8(self):
        name = os.fsdecode(os.fsencode(str(self.folder)) + b"/bad\xff.csv")
        with open(name, "w") as file:
            file.write("bad bytes")
        errors = self.write("e.ndjson", json.dumps({"file": as_json(name), "code": "x", "xxh128": "0" * 32}) + "\n")
        validate = self.validate_report([(self.files[0], 0, 0, 0), (name, 0, 1, 1)])
        text = HEAD + f"1,{T(0)},1,net,{as_json(name)}\n"
        self.load_batch(text, "--require-report", validate, tables=[f"rejection={errors}"],
                        files=[self.files[0], name])
        self.assertEqual(self.sql("SELECT name, count(*) FROM sp.rejection JOIN sp.ingest USING (ingest_id)"
                                  " GROUP BY name"), [("bad\ufffd.csv", "1")])
        self.assertEqual(self.count("sp.reading"), 1)

    def test_two_batches_that_name_their_files_in_opposite_order(self):
        files = [self.write(f"{n}.csv", f"file {n}") for n in range(60)]
        text = self.batch([(n, n, T(0), n) for n in range(60)], files)
        for _ in range(3):
            self.sql("TRUNCATE sp.reading, sp.metric, sp.rejection, sp.ingest, sp.unmeasured, sp.sensor")
            processes = [self.start_load(*self.arguments(order, "--retry-for", "0"), "reading=-") for order in (files, files[::-1], files[30:] + files[:30])]
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
        self.assertEqual(self.value("SELECT count(*) FROM sp.reading JOIN sp.ingest i USING (ingest_id)"
                                    " JOIN sp.sensor s USING (sensor_id)"
                                    " WHERE i.name = to_char(s.key::int, 'FM0000') || '.csv'"), "600")

    def test_a_file_that_changes_meanwhile(self):
        process = self.start_load(*self.arguments(self.files), "reading=-")
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
