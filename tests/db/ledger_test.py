"""The ledger, the reports that are required, the dimensions: what makes a load a load of a file."""
import gzip
import hashlib
import json
import os
import subprocess
import threading
import unittest

from database import SP_LOAD, DatabaseTest, readings, wait_until

ROWS = readings([(1, "2017-07-01T00:00:00Z", 1.5), (2, "2017-07-31T23:59:59Z", 2.5)])
METRIC = ("sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen\n"
          "1,2017-07-01T00:00:00Z,1d,temperature,degC,1,1.5,0,1.5,1.5,{0},{0}\n")
REJECTS = ('{"file":"x.csv","row":7,"line":8,"field":"temperature","code":"constraint-error",'
           '"constraint":"maximum","value":"53.0\\u0000","message":"too \\"hot\\""}\n'
           '{"file":"x.csv","row":9,"line":10,"code":"blank-row","message":"blank"}\n')


class Ledger(DatabaseTest):
    def ledger(self):
        return self.sql("SELECT name, rows_read, rows_valid, rows_rejected, rows_loaded, rows_duplicate"
                        " FROM sp.ingest ORDER BY ingest_id")

    def report(self, name, tool, rows_in, rows_out, **more):
        content = {"tool": tool, "version": "1", "status": "ok", "rows_in": rows_in,
                   "rows_out": rows_out, "rows_rejected": rows_in - rows_out, **more}
        return self.write(name, json.dumps(content))

    def test_a_whole_load(self):
        source = self.write("2017-07.csv", "the bytes as they came")
        validate = self.report("v.json", "sp-validate", 4, 2, schema_sha256="ab" * 32)
        transform = self.report("t.json", "sp-transform", 2, 2)
        aggregate = self.report("a.json", "sp-aggregate", 2, 2, results=1, pass_through=True)
        metric = self.write("metric.csv", METRIC.format("2017-07-01T00:00:00Z"))
        rejects = self.write("x.errors.ndjson", REJECTS)
        text = ("sensor_id,location_id,latitude,longitude,ts,temperature,sensor_type,source\n"
                "1,10,42.653999999999996,23.25,2017-07-01T00:00:00Z,1.5,BME280,sensor.community\n"
                "2,11,42.7,23.26,2017-07-31T23:59:59Z,2.5,BME280,sensor.community\n")
        report = self.load_report(
            "--source", source, "--require-report", validate, transform, aggregate,
            "--dimension", "sensor(sensor_id,sensor_type,source)",
            "--dimension", "location(location_id,latitude,longitude)", "--bad-text", "replace",
            "reading=-", f"metric={metric}", f"rejection={rejects}", stdin=text)

        self.assertEqual(self.ledger(), [("2017-07.csv", "4", "2", "2", "2", "0")])
        sha = hashlib.sha256(b"the bytes as they came").hexdigest()
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT sha256, size_bytes, source,"
                                  " schema_sha256, tool_version, first_ts, last_ts,"
                                  " started_at <= committed_at AND committed_at <= clock_timestamp()"
                                  " FROM sp.ingest"),
                         [(sha, "22", "sensor.community", "ab" * 32, report["version"],
                           "2017-07-01 00:00:00+00", "2017-07-31 23:59:59+00", "t")])
        ingest = str(report["ingest_id"])
        for table in ("reading", "metric", "rejection"):
            self.assertEqual(self.sql(f"SELECT DISTINCT ingest_id FROM sp.{table}"), [(ingest,)])
        self.assertEqual(self.sql("SELECT * FROM sp.location ORDER BY 1"),
                         [("10", "42.653999999999996", "23.25"), ("11", "42.7", "23.26")])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT * FROM sp.sensor ORDER BY 1"),
                         [("1", "BME280", "sensor.community", "2017-07-01 00:00:00+00",
                           "2017-07-01 00:00:00+00"), ("2", "BME280", "sensor.community", "", "")])
        self.assertEqual(self.sql('SELECT "row", field, "constraint", value, message FROM sp.rejection'
                                  ' ORDER BY "row"'),
                         [("7", "temperature", "maximum", "53.0\ufffd", 'too "hot"'),
                          ("9", "", "", "", "blank")])
        self.assertEqual((report["rows_in"], report["rows_out"], report["rows_rejected"]), (2, 2, 0))
        self.assertEqual([(t["table"], t["received"]) for t in report["tables"]],
                         [("sp.reading", 2), ("sp.metric", 1), ("sp.rejection", 2)])
        self.assertEqual(report["source_sha256"], sha)

    def test_the_same_bytes_are_loaded_once_under_whatever_name(self):
        first = self.write("first.csv", ROWS)
        self.assertFalse(self.load_report("--source", first, f"reading={first}")["already_loaded"])
        for name in ("first.csv", "second.csv"):
            path = self.write(name, ROWS)
            said = self.load("--source", path, f"reading={path}")
            self.assertIn("already loaded", said)
            self.assertIn("first.csv", said)
            report = self.load_report("--source", path, "reading=-", stdin=ROWS)
            self.assertEqual((report["already_loaded"], report["loaded_as"]), (True, "first.csv"))
        self.assertEqual(self.count("sp.reading"), 2)
        self.assertEqual(len(self.ledger()), 1)

    def test_packed_bytes_are_other_bytes(self):
        plain = self.write("a.csv", ROWS)
        packed = self.write("a.csv.gz", gzip.compress(ROWS.encode(), mtime=0))
        self.load("--source", plain, f"reading={plain}")
        self.load("--source", packed, "--on-conflict", "ignore", f"reading={packed}")
        self.assertEqual([row[4:] for row in self.ledger()], [("2", "0"), ("0", "2")])

    def test_a_known_file_drains_what_comes_through_the_pipe(self):
        path = self.write("a.csv", ROWS)
        self.load("--source", path, f"reading={path}")
        process = self.start_load("--source", path, "reading=-")
        process.stdin.write(b"x" * (1 << 20))  # more than a pipe holds; not even CSV
        process.stdin.close()
        process.stdin = None
        self.finish(process)

    def test_two_loads_of_the_same_bytes_at_once(self):
        path = self.write("a.csv", ROWS)
        first = self.start_load("--source", path, "reading=-")
        first.stdin.write(ROWS.encode()[:60])
        first.stdin.flush()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_locks JOIN pg_class c ON relation = c.oid"
                                      " WHERE relname = 'ingest' AND mode = 'RowExclusiveLock'") == "1",
                   "the first is in the ledger")
        second = self.start_load("--source", path, f"reading={path}")
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event = 'transactionid'") == "1",
                   "the second waits for it")
        first.stdin.write(ROWS.encode()[60:])
        first.stdin.close()
        first.stdin = None
        self.finish(first)
        self.assertIn("already loaded", self.finish(second))
        self.assertEqual(self.count("sp.reading"), 2)

    def test_where_the_first_of_two_fails_the_second_loads(self):
        path = self.write("a.csv", ROWS)
        first = self.start_load("--source", path, "reading=-")
        first.stdin.write(b"sensor_id,ts\n")
        first.stdin.flush()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE state ="
                                      " 'idle in transaction' AND datname = current_database()") == "1",
                   "the first has begun")
        second = self.start_load("--source", path, f"reading={path}")
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event = 'transactionid'") == "1",
                   "the second waits for it")
        first.kill()
        first.communicate()
        self.finish(second)
        self.assertEqual(self.count("sp.reading"), 2)

    def test_a_file_that_changes_meanwhile_is_not_committed(self):
        path = self.write("a.csv", ROWS)
        process = self.start_load("--source", path, "reading=-")
        process.stdin.write(ROWS.encode())
        process.stdin.flush()
        wait_until(self.copying_or_idle, "it has begun")
        self.write("a.csv", ROWS + "3,2017-07-02T00:00:00Z,1\n")
        process.stdin.close()
        process.stdin = None
        self.assertIn("changed", self.finish(process, status=75))
        self.assert_nothing_committed()

    def copying_or_idle(self):
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sp-load' AND"
                          " datname = current_database() AND xact_start IS NOT NULL") == "1"

    def test_an_error_in_a_pipe_names_the_file(self):
        path = self.write("a.csv", ROWS)
        said = self.load("--source", path, "reading=-", stdin="sensor_id,ts\nx,2017-07-01\n", status=65)
        self.assertIn(f"the rows received of {path}: row 1 (line 2), field sensor_id", said)
        said = self.load("reading=-", stdin="sensor_id,ts\nx,2017-07-01\n", status=65)
        self.assertIn("standard input: row 1 (line 2), field sensor_id", said)

    def test_a_table_among_the_reports_is_told(self):
        self.assertIn("put --", self.load("--require-report", "v.json", "reading=-", status=64))

    def test_reports_that_are_missing_or_do_not_agree_stop_the_commit(self):
        path = self.write("a.csv", ROWS)
        good = self.report("v.json", "sp-validate", 3, 2)
        for what, files in (
                ("missing", [good, str(self.folder / "none.json")]),
                ("not ok", [self.report("f.json", "sp-validate", 2, 2, status="failed")]),
                ("no report", [self.write("n.json", "{}")]),
                ("fewer came", [self.report("m.json", "sp-validate", 3, 3)]),
                ("the chain is broken", [good, self.report("b.json", "sp-transform", 1, 1)])):
            with self.subTest(what):
                said = self.load("--source", path, "reading=-", "--require-report", *files, stdin=ROWS,
                                 status=75)
                self.assertNotIn("trying again", said)
                self.assert_nothing_committed()
        self.load("--source", path, "reading=-", "--require-report", good, stdin=ROWS)
        self.assertEqual(self.ledger(), [("a.csv", "3", "2", "1", "2", "0")])

    def test_a_stream_that_was_cut_is_not_taken_for_wrong_data(self):
        path = self.write("a.csv", ROWS)
        for cut in ("", "sensor", "sensor_id,ts\n1", "sensor_id,ts\n1,2017-07-01T00:0",
                    'sensor_id,ts\n1,"2017', ROWS[:-8]):
            with self.subTest(cut=cut):
                self.load("--require-report", str(self.folder / "none.json"), "--source", path,
                          "reading=-", stdin=cut, status=75)
        # An input that the dead stage should have written.
        self.load("--require-report", str(self.folder / "none.json"), "--", "reading=-",
                  f"metric={self.folder}/none.csv", stdin=ROWS, status=75)
        # Where every report is there, wrong data are wrong data.
        good = self.report("v.json", "sp-validate", 1, 1)
        self.load("--require-report", good, "--", "reading=-", stdin="sensor_id,ts\n1,2017\n", status=65)
        self.assert_nothing_committed()

    def test_a_report_that_is_written_at_the_end_of_the_stream_is_waited_for(self):
        late = self.folder / "late.json"
        script = (f"printf 'sensor_id,ts\\nx,y\\n'; sleep 0.5; cp {self.report('v.json', 'v', 1, 1)} {late}")
        with subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE) as producer:
            result = subprocess.run([SP_LOAD, "--require-report", str(late), "--", "reading=-"],
                                    stdin=producer.stdout, env=self.environment, capture_output=True)
        self.assertEqual(result.returncode, 65, result.stderr)
        self.assertEqual(producer.returncode, 0)

    def test_results_of_an_aggregation_alone(self):
        report = self.report("a.json", "sp-aggregate", 1000, 1000, results=2)
        self.sql("CREATE TABLE sp.mean (sensor_id int, mean double precision)")
        self.load("--require-report", report, "--", "mean=-", stdin="sensor_id,mean\n1,2\n2,3\n")
        self.load("--require-report", report, "--", "mean=-", stdin="sensor_id,mean\n1,2\n", status=75)
        self.assertEqual(self.count("sp.mean"), 2)
        # Rows that pass it by are not its results, however many came.
        passed = self.report("p.json", "sp-aggregate", 10, 10, results=2, pass_through=True)
        said = self.load("--require-report", passed, "--", "mean=-", stdin="sensor_id,mean\n4,2\n5,3\n",
                         status=75)
        self.assertIn("wrote 10 rows and sp-load received 2", said)
        self.assertEqual(self.count("sp.mean"), 2)

    def test_dimensions_keep_what_they_have(self):
        flags = ["--dimension", "sensor(sensor_id,sensor_type)", "reading=-"]
        head = "sensor_id,ts,sensor_type\n"
        self.load(*flags, stdin=head + "1,2017-07-01,BME280\n2,2017-07-01,\n")
        said = self.load(*flags, stdin=head + "1,2017-07-02,other\n3,2017-07-01,a\"b\\c\n"
                         "3,2017-07-02,else\n" + '4,2017-07-02,"x,{y}"\n5,2017-07-02,NULL\n')
        self.assertIn("row 3", said)  # rows of one file that do not agree
        self.assertIn("1 of 4 different sensor_id are in table sp.sensor with other sensor_type", said)
        self.assertEqual(self.sql("SELECT sensor_id, sensor_type FROM sp.sensor ORDER BY 1"),
                         [("1", "BME280"), ("2", ""), ("3", 'a"b\\c'), ("4", "x,{y}"), ("5", "NULL")])
        self.assertEqual(self.value("SELECT count(*) FROM sp.sensor WHERE sensor_type IS NULL"), "1")

    def test_dimensions_that_cannot_be(self):
        self.sql("CREATE TABLE sp.place (location_id int, latitude float8, longitude float8)")
        text = "sensor_id,location_id,ts,latitude,longitude\n1,2,2017-07-01,91x,0\n"
        said = self.load("--dimension", "location(location_id,latitude,longitude)", "reading=-",
                         stdin=text, status=65)
        self.assertIn("row 1 (line 2), field latitude", said)
        said = self.load("--dimension", "location(location_id,latitude,longitude)", "reading=-",
                         stdin=text.replace("91x", "91"), status=65)
        self.assertIn("latitude", said)
        for spec, status in (("location(location_id,height)", 65), ("nowhere(a,b)", 78),
                             ("place(location_id,latitude,longitude)", 78), ("location(location_id", 64)):
            with self.subTest(spec=spec):
                self.load("--dimension", spec, "reading=-", stdin=text, status=status)
        self.assert_nothing_committed()

    def test_a_load_can_be_undone(self):
        paths = []
        for n, day in enumerate(("2017-06-30", "2017-07-01", "2017-07-02")):
            path = self.write(f"{n}.csv", readings([(1, f"{day}T00:00:00Z", 1.5), (2, f"{day}T23:00:00Z", 2.5)]))
            metric = self.write(f"{n}.metric", METRIC.format(f"{day}T00:00:00Z"))
            rejects = self.write(f"{n}.ndjson", REJECTS.replace("\\u0000", ""))
            self.load("--source", path, f"reading={path}", f"metric={metric}", f"rejection={rejects}")
            paths.append(path)
        self.assertEqual(self.value("SELECT sp.forget_ingest(2)"), "2")
        for table, count in (("reading", 4), ("metric", 2), ("rejection", 4), ("ingest", 2)):
            self.assertEqual(self.count(f"sp.{table}"), count, table)
            self.assertEqual(self.count(f"sp.{table} WHERE ingest_id = 2"), 0, table)
        self.assertIn("there is no ingest 2", self.refused("SELECT sp.forget_ingest(2)", "postgres"))
        self.assertFalse(self.load_report("--source", paths[1], f"reading={paths[1]}")["already_loaded"])
        self.assertEqual(self.count("sp.reading"), 6)
        # Readings that were not the first input: the ledger has no times of them.
        empty, last = self.write("e.csv", METRIC.split("\n")[0] + "\n"), self.write("l.csv", ROWS.replace("2017", "2018"))
        report = self.load_report("--source", last, f"metric={empty}", f"reading={last}")
        self.assertEqual(self.value(f"SELECT sp.forget_ingest({report['ingest_id']})"), "2")
        self.assertEqual(self.value("SELECT count(*) FROM pg_proc, aclexplode(proacl) WHERE proname ="
                                    " 'forget_ingest' AND grantee <> proowner"), "0")

    def test_metrics_widen_first_and_last_seen(self):
        for n, (first, last) in enumerate((("02", "05"), ("03", "04"), ("01", "02"), ("05", "09"))):
            row = METRIC.split("\n")[1].format(f"2017-07-{first}")
            row = row.rsplit(",", 1)[0] + f",2017-07-{last}"
            path = self.write(f"m{n}.csv", METRIC.split("\n")[0] + "\n" + row + "\n")
            self.load("--source", path, f"metric={path}")
        self.assertEqual(self.sql("SELECT sensor_id, first_seen::date, last_seen::date FROM sp.sensor"),
                         [("1", "2017-07-01", "2017-07-09")])

    def test_a_metric_without_a_source_is_told_what_it_needs(self):
        self.assertIn("--source", self.load("metric=-", stdin=METRIC.format("2017-07-01"), status=65))

    def test_without_a_ledger(self):
        self.sql("DROP SCHEMA sp CASCADE", "CREATE TABLE public.t (a int)")
        path = self.write("a.csv", "a\n1\n")
        self.assertIn("--init", self.load("--source", path, f"public.t={path}", status=78))
        self.load(f"public.t={path}")

    def test_names_of_every_kind_come_into_the_ledger(self):
        names = ["a b.csv", "quote'\".csv", "line\nbreak.csv", "\u0441\u043e\u0444\u0438\u044f.csv",
                 "-dash.csv", "$(x);.csv"]
        for n, name in enumerate([*names, os.fsdecode(b"bad\xff.csv")]):
            path = self.write(name, readings([(n, "2017-07-01", 1)]))
            self.load("--source", path, f"reading={path}")
        self.assertEqual([row[0] for row in self.ledger()], [*names, "bad\ufffd.csv"])

    def test_fifos_are_read_in_order(self):
        for name in ("rows", "metric"):
            os.mkfifo(self.folder / name)
        source = self.write("a.csv", ROWS)
        process = self.start_load("--source", source, f"reading={self.folder}/rows",
                                  f"metric={self.folder}/metric")

        def feed(name, text):
            with open(self.folder / name, "w") as fifo:
                fifo.write(text)
        threads = [threading.Thread(target=feed, args=("metric", METRIC.format("2017-07-01"))),
                   threading.Thread(target=feed, args=("rows", ROWS))]
        for thread in threads:
            thread.start()
        self.finish(process)
        for thread in threads:
            thread.join()
        self.assertEqual((self.count("sp.reading"), self.count("sp.metric")), (2, 1))


if __name__ == "__main__":
    unittest.main()
