"""The ledger, the reports that are required, the dimensions: what makes a load a load of a file."""
import gzip
import hashlib
import json
import os
import subprocess
import threading
import unittest

from database import SCHEMA, SP_LOAD, DatabaseTest, readings, wait_until

SERIES = [(1, "2017-07-01T00:00:00Z", 1.5), (2, "2017-07-31T23:59:59Z", 2.5)]
ROWS = readings(SERIES)
METRIC = "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen\n"
REJECTS = ('{"file":"x.csv","row":7,"line":8,"field":"temperature","code":"constraint-error",'
           '"constraint":"maximum","value":"53.0\\u0000","message":"too \\"hot\\"",'
           '"xxh128":"000102030405060708090a0b0c0d0e0f"}\n'
           '{"file":"x.csv","row":9,"line":10,"code":"blank-row","message":"blank",'
           '"xxh128":"ffffffffffffffffffffffffffffffff"}\n')


# Readings of which there are enough for metrics: four a window.
DENSE = [(sensor, f"2017-07-{day}T{time}Z", value) for sensor, day in ((1, "01"), (2, "31"))
         for time, value in (("00:00:00", 1.5), ("06:00:00", 2), ("12:00:00", 2.5), ("23:59:59", 4))]


def metrics(rows):
    """What sp-aggregate says of rows (sensor, time, temperature)."""
    days = {}
    for sensor, time, value in rows:
        days.setdefault((sensor, time[:10]), []).append((time, value))
    text = METRIC
    for (sensor, day), items in days.items():
        times, values = zip(*items)
        mean = sum(values) / len(values)
        text += (f"net,{sensor},{day}T00:00:00Z,1d,temperature,degC,{len(values)},{mean},"
                 f"{sum((v - mean) ** 2 for v in values)},{min(values)},{max(values)},{min(times)},{max(times)}\n")
    return text


class Ledger(DatabaseTest):
    def ledger(self):
        return self.sql("SELECT name, rows_read, rows_passed, rows_rejected, rows_loaded, rows_known"
                        " FROM sp.ingest ORDER BY ingest_id")

    def report(self, name, tool, rows_in, rows_out, **more):
        content = {"tool": tool, "version": "1", "status": "ok", "rows_in": rows_in,
                   "rows_out": rows_out, "rows_rejected": rows_in - rows_out, **more}
        return self.write(name, json.dumps(content))

    def keyed(self, key, *arguments, rows=ROWS, status=0):
        return self.load("--schema", self.schema, "--key", key, *arguments, "--on-known", "skip", "reading=-",
                         stdin=rows, status=status)

    def test_a_key_in_the_place_of_bytes(self):
        self.keyed("readings/3/170", "--name", "hour/170.ndjson")
        digest = "6b" + hashlib.sha256(b"readings/3/170").hexdigest()
        self.assertEqual(self.sql("SELECT encode(digest, 'hex'), key, name, size_bytes, rows_loaded FROM sp.ingest"),
                         [(digest, "readings/3/170", "170.ndjson", "", "2")])
        # By the key it is known, whatever it holds and is called.
        more = readings([*SERIES, (3, "2017-07-01T00:00:00Z", 3.5)])
        said = self.keyed("readings/3/170", rows=more)
        self.assertIn("readings/3/170 is already loaded, as 170.ndjson (ingest 1); nothing is written", said)
        # A join of other messages: its new rows come, and the sums close.
        self.keyed("readings/3/170-2", rows=more)
        self.assertEqual(self.sql("SELECT name, rows_received, rows_loaded, rows_known FROM sp.ingest ORDER BY ingest_id")[1:],
                         [("170-2", "3", "1", "2")])
        report = self.load_report("--schema", self.schema, "--key", "k", "--on-known", "skip", "reading=-", stdin=ROWS)
        self.assertEqual(report["key"], "k")
        self.assertEqual(self.value("SELECT key FROM sp.ingest WHERE ingest_id = %d" % report["ingest_id"]), "k")

    def test_a_key_is_not_the_bytes_that_spell_it(self):
        self.keyed("some text")
        self.load(*self.with_schema("--on-known", "skip", "reading=-", source=self.write("x.csv", "some text")), stdin=ROWS)
        self.keyed("ksome text")
        self.assertEqual(self.count("sp.ingest"), 3)

    def test_a_key_and_a_file(self):
        """The same object under another tag is another load; its bytes are compared with what was checked."""
        source = self.write("x.csv", ROWS)
        for tag in ("a", "b"):
            self.keyed(f"s3://bucket/x.csv#{tag}", "--source", source, "--name", "x.csv")
        self.assertEqual(self.sql("SELECT name, size_bytes, rows_loaded, rows_known FROM sp.ingest ORDER BY ingest_id"),
                         [("x.csv", str(len(ROWS)), "2", "0"), ("x.csv", str(len(ROWS)), "0", "2")])
        sums = [{"file": source, "rows_in": 2, "rows_out": 2, "rows_rejected": 0, "xxh128": "0" * 32}]
        report = self.report("v.json", "sp-validate", 2, 2, files=sums)
        said = self.keyed("s3://bucket/x.csv#c", "--source", source, "--require-report", report, status=75)
        self.assertIn("the file was written to after it was read", said)
        self.assertEqual(self.count("sp.ingest"), 2)

    def test_a_whole_load(self):
        source = self.write("2017-07.csv", "the bytes as they came")
        validate = self.report("v.json", "sp-validate", 10, 8, schema_sha256="ab" * 32)
        transform = self.report("t.json", "sp-transform", 8, 8)
        aggregate = self.report("a.json", "sp-aggregate", 8, 8, results=2, pass_through=True)
        metric = self.write("metric.csv", metrics(DENSE))
        rejects = self.write("x.errors.ndjson", REJECTS)
        places = {1: "10,42.653999999999996,23.25", 2: "11,42.7,23.26"}
        text = "sensor_id,ts,temperature,location_id,latitude,longitude,sensor_type,source\n" + "".join(
            f"{s},{t},{v},{places[s]},BME280,net\n" for s, t, v in DENSE)
        report = self.load_report(
            *self.with_schema(source=source), "--require-report", validate, transform, aggregate,
            "--bad-text", "replace", "reading=-", f"metric={metric}", f"rejection={rejects}", stdin=text)

        self.assertEqual(self.ledger(), [("2017-07.csv", "10", "8", "2", "8", "0")])
        sha = hashlib.sha256(b"the bytes as they came").hexdigest()
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT encode(digest, 'hex'), key, size_bytes, source,"
                                  " encode(schema_digest, 'hex'), tool_version, first_ts, last_ts, window_hours,"
                                  " started_at <= committed_at AND committed_at <= clock_timestamp()"
                                  " FROM sp.ingest"),
                         [(sha, "", "22", "net", "ab" * 32, report["version"],
                           "2017-07-01 00:00:00+00", "2017-07-31 23:59:59+00", "24", "t")])
        self.assertEqual(self.sql("SELECT rows_left_out, rows_received, rows_completed, rows_kept_out, rows_replaced,"
                                  " rows_expired FROM sp.ingest"), [("0", "8", "0", "0", "0", "0")])
        ingest = str(report["ingest_id"])
        for table in ("reading", "metric", "rejection"):
            self.assertEqual(self.sql(f"SELECT DISTINCT ingest_id FROM sp.{table}"), [(ingest,)])
        self.assertEqual(self.sql("SELECT source, key, latitude, longitude FROM sp.location ORDER BY key"),
                         [("net", "10", "42.653999999999996", "23.25"), ("net", "11", "42.7", "23.26")])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT source, key, sensor_type, location, first_seen,"
                                  " last_seen FROM sp.sensor_seen ORDER BY key"),
                         [("net", "1", "BME280", "10", "2017-07-01 00:00:00+00", "2017-07-01 23:59:59+00"),
                          ("net", "2", "BME280", "11", "2017-07-31 00:00:00+00", "2017-07-31 23:59:59+00")])
        self.assertEqual(self.sql("SELECT DISTINCT location_id IS NULL FROM sp.reading"), [("t",)])  # they are at home
        self.assertEqual(self.sql('SELECT "row", field, "constraint", value, message, day, digest FROM sp.rejection'
                                  ' ORDER BY "row"'),
                         [("7", "temperature", "maximum", "53.0\ufffd", 'too "hot"', "2017-07-01",
                           "\\x000102030405060708090a0b0c0d0e0f"),
                          ("9", "", "", "", "blank", "2017-07-01", "\\x" + "ff" * 16)])
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        self.assertEqual(self.count("sp.unmeasured"), 0)
        self.assertEqual((report["rows_in"], report["rows_out"], report["rows_rejected"]), (8, 8, 0))
        self.assertEqual([(t["table"], t["received"]) for t in report["tables"]],
                         [("sp.reading", 8), ("sp.metric", 2), ("sp.rejection", 2)])
        self.assertEqual(report["source_sha256"], sha)

    def test_a_load_without_metrics_is_noted_as_one(self):
        path = self.write("a.csv", ROWS)
        # Also where it has some, and they would outgrow its few readings.
        for more in ([], [f"metric={self.write('m.csv', metrics(SERIES))}"]):
            report = self.load_report(*self.with_schema(f"reading={path}", *more, source=path))
            self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT * FROM sp.unmeasured"),
                             [(str(report["ingest_id"]), "2017-07-01 00:00:00+00", "2017-07-31 23:59:59+00")])
            self.assertEqual(self.sql("SELECT window_hours IS NULL FROM sp.ingest"), [("t",)])
            self.assertEqual(self.sql("SELECT key, n, mean FROM sp.sensor_statistics ORDER BY key"),
                             [("1", "1", "1.5"), ("2", "1", "2.5")])
            self.assertEqual(self.count("sp.metric"), 0)
            self.sql(f"SELECT sp.forget_ingest({report['ingest_id']})")
            self.assertEqual(self.count("sp.unmeasured"), 0)

    def test_a_file_of_several_networks_has_no_network(self):
        path = self.write("a.csv", ROWS + "1,2017-07-01T00:00:00Z,7,other\n")
        self.load(*self.with_schema(f"reading={path}", source=path))
        self.assertEqual(self.sql("SELECT source IS NULL, rows_loaded FROM sp.ingest"), [("t", "3")])

    def test_the_same_bytes_are_loaded_once_under_whatever_name(self):
        first = self.write("first.csv", ROWS)
        self.assertFalse(self.load_report(*self.with_schema(f"reading={first}", source=first))["already_loaded"])
        for name in ("first.csv", "second.csv"):
            path = self.write(name, ROWS)
            said = self.load(*self.with_schema(f"reading={path}", source=path))
            self.assertIn("already loaded", said)
            self.assertIn("first.csv", said)
            report = self.load_report(*self.with_schema("reading=-", source=path), stdin=ROWS)
            self.assertEqual((report["already_loaded"], report["loaded_as"]), (True, "first.csv"))
        self.assertEqual(self.count("sp.reading"), 2)
        self.assertEqual(len(self.ledger()), 1)

    def test_packed_bytes_are_other_bytes(self):
        plain = self.write("a.csv", ROWS)
        packed = self.write("a.csv.gz", gzip.compress(ROWS.encode(), mtime=0))
        self.load(*self.with_schema(f"reading={plain}", source=plain))
        self.load(*self.with_schema("--on-known", "skip", f"reading={packed}", source=packed))
        self.assertEqual([row[4:] for row in self.ledger()], [("2", "0"), ("0", "2")])

    def test_a_known_file_drains_what_comes_through_the_pipe(self):
        path = self.write("a.csv", ROWS)
        self.load(*self.with_schema(f"reading={path}", source=path))
        process = self.start_load(*self.with_schema("reading=-", source=path))
        process.stdin.write(b"x" * (1 << 20))  # more than a pipe holds; not even CSV
        process.stdin.close()
        process.stdin = None
        self.finish(process)

    def start_two_loads(self, path):
        """Of one file: the first has some of its rows and waits for others, the second for the first."""
        first = self.start_load(*self.with_schema("reading=-", source=path))
        first.stdin.write(ROWS.encode()[:60])
        first.stdin.flush()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_locks JOIN pg_class c ON relation = c.oid"
                                      " WHERE relname = 'ingest' AND mode = 'RowExclusiveLock'") == "1",
                   "the first is in the ledger")
        second = self.start_load(*self.with_schema(f"reading={path}", source=path))
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event = 'transactionid'") == "1",
                   "the second waits for it")
        return first, second

    def test_two_loads_of_the_same_bytes_at_once(self):
        path = self.write("a.csv", ROWS)
        first, second = self.start_two_loads(path)
        first.stdin.write(ROWS.encode()[60:])
        first.stdin.close()
        first.stdin = None
        self.finish(first)
        self.assertIn("already loaded", self.finish(second))
        self.assertEqual(self.count("sp.reading"), 2)

    def test_where_the_first_of_two_fails_the_second_loads(self):
        path = self.write("a.csv", ROWS)
        first = self.start_load(*self.with_schema("reading=-", source=path))
        first.stdin.write(b"sensor_id,ts,source\n")
        first.stdin.flush()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE state ="
                                      " 'idle in transaction' AND datname = current_database()") == "1",
                   "the first has begun")
        second = self.start_load(*self.with_schema(f"reading={path}", source=path))
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event = 'transactionid'") == "1",
                   "the second waits for it")
        first.kill()
        first.communicate()
        self.finish(second)
        self.assertEqual(self.count("sp.reading"), 2)

    def fill_in_vain(self, schema=b"another", received=0):
        """A load of a.csv by that schema, which rejected all of its rows but those it received."""
        digests = [hashlib.sha256(content).hexdigest() for content in (ROWS.encode(), schema)]
        self.sql("INSERT INTO sp.ingest (digest, name, size_bytes, tool_version, schema_digest, committed_at, rows_read, rows_rejected,"
                 " rows_left_out, rows_passed, rows_received, rows_loaded, rows_completed, rows_known, rows_kept_out, rows_replaced,"
                 " rows_expired) VALUES ('\\x{}', 'a.csv', {}, 'x', '\\x{}', now(), 2, {}, 0, {received}, {received}, 0, 0,"
                 " {received}, 0, 0, 0)".format(digests[0], len(ROWS), digests[1], 2 - received, received=received),
                 "INSERT INTO sp.rejection (ingest_id, day, digest, code) SELECT max(ingest_id), '2017-07-01',"
                 " decode(md5('x'), 'hex'), 'type-error' FROM sp.ingest")

    def test_a_load_in_vain_gives_way_to_one_by_another_schema(self):
        path = self.write("a.csv", ROWS)
        by_schema = self.with_schema(f"reading={path}", source=path)
        own = json.dumps(SCHEMA).encode()
        for schema, received in ((own, 0), (b"another", 1)):
            self.fill_in_vain(schema, received)
            before = self.ledger()
            self.assertIn("already loaded", self.load(*by_schema))
            self.assertEqual((self.ledger(), self.count("sp.rejection")), (before, 1))
            self.sql("DELETE FROM sp.ingest", "DELETE FROM sp.rejection")
        self.fill_in_vain()
        self.load("--dry-run", *by_schema)
        self.assertEqual((self.count("sp.reading"), self.count("sp.rejection")), (0, 1))
        self.assertIn("takes the place of ingest", self.load(*by_schema))
        self.assertEqual([row[4:] for row in self.ledger()], [("2", "0")])
        self.assertEqual((self.count("sp.reading"), self.count("sp.rejection")), (2, 0))
        self.assertIn("already loaded", self.load(*by_schema))

    def test_of_two_loads_at_once_one_takes_the_place_of_one_in_vain(self):
        path = self.write("a.csv", ROWS)
        for is_killed in (False, True):
            self.sql("DELETE FROM sp.ingest", "DELETE FROM sp.rejection", "DELETE FROM sp.reading")
            self.fill_in_vain()
            first, second = self.start_two_loads(path)
            if is_killed:
                first.kill()
                first.communicate()
            else:
                first.stdin.write(ROWS.encode()[60:])
                first.stdin.close()
                first.stdin = None
                self.assertIn("takes the place of ingest", self.finish(first))
            self.assertIn("takes the place of ingest" if is_killed else "already loaded", self.finish(second))
            self.assertEqual([row[4:] for row in self.ledger()], [("2", "0")])
            self.assertEqual((self.count("sp.reading"), self.count("sp.rejection")), (2, 0))

    def test_a_file_that_changes_meanwhile_is_not_committed(self):
        path = self.write("a.csv", ROWS)
        process = self.start_load(*self.with_schema("reading=-", source=path))
        process.stdin.write(ROWS.encode())
        process.stdin.flush()
        wait_until(self.copying_or_idle, "it has begun")
        self.write("a.csv", ROWS + "3,2017-07-02T00:00:00Z,1,net\n")
        process.stdin.close()
        process.stdin = None
        self.assertIn("changed", self.finish(process, status=75))
        self.assert_nothing_committed()

    def copying_or_idle(self):
        return self.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'sp-load' AND"
                          " datname = current_database() AND xact_start IS NOT NULL") == "1"

    def test_an_error_in_a_pipe_names_the_file(self):
        path = self.write("a.csv", ROWS)
        said = self.load(*self.with_schema("reading=-", source=path), stdin="sensor_id,ts,source\n1,x,net\n", status=65)
        self.assertIn(f"the rows received of {path}: row 1 (line 2), field ts", said)
        self.make_own_table()
        said = self.load("mine.reading=-", stdin="sensor_id,ts\nx,2017-07-01\n", status=65)
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
                said = self.load(*self.with_schema("reading=-", source=path), "--require-report", *files, stdin=ROWS,
                                 status=75)
                self.assertNotIn("trying again", said)
                self.assert_nothing_committed()
        self.load(*self.with_schema("reading=-", source=path), "--require-report", good, stdin=ROWS)
        self.assertEqual(self.ledger(), [("a.csv", "3", "2", "1", "2", "0")])

    def test_rows_that_became_others_are_counted_as_they_were(self):
        """By a spread or a melt: what was read, rejected and left out is the file's, what was received is not."""
        for made, came in (("spread", 2), ("melted", 6)):
            with self.subTest(made):
                rows = readings([(made, f"2017-07-01T00:00:0{n}Z", n) for n in range(came)])
                path = self.write(f"{made}.csv", rows)
                reports = [self.write("v.json", json.dumps({
                               "tool": "sp-validate", "version": "1", "status": "ok", "rows_in": 6, "rows_out": 4,
                               "rows_rejected": 1, "rows_left_out": 1})),
                           self.report("t.json", "sp-transform", 4, 4, results=came),
                           self.report("a.json", "sp-aggregate", came, came, results=9, pass_through=True)]
                self.load("--require-report", *reports, *self.with_schema("reading=-", source=path), stdin=rows)
        self.assertEqual(self.sql("SELECT name, rows_read, rows_rejected, rows_left_out, rows_passed, rows_received"
                                  " FROM sp.ingest ORDER BY name"),
                         [("melted.csv", "6", "1", "1", "4", "6"), ("spread.csv", "6", "1", "1", "4", "2")])

    def test_a_stream_that_was_cut_is_not_taken_for_wrong_data(self):
        path = self.write("a.csv", ROWS)
        for cut in ("", "sensor", "sensor_id,ts,source\n1", "sensor_id,ts,source\n1,2017-07-01T00:0",
                    'sensor_id,ts,source\n1,"2017', "sensor_id,ts,source\n1,2017-07-01,net\n1", ROWS[:-8]):
            with self.subTest(cut=cut):
                self.load("--require-report", str(self.folder / "none.json"),
                          *self.with_schema("reading=-", source=path), stdin=cut, status=75)
        # An input that the dead stage should have written.
        self.load("--require-report", str(self.folder / "none.json"), *self.with_schema("reading=-", source=path),
                  f"metric={self.folder}/none.csv", stdin=ROWS, status=75)
        # Where every report is there, wrong data are wrong data.
        good = self.report("v.json", "sp-validate", 1, 1)
        self.load("--require-report", good, *self.with_schema("reading=-", source=path),
                  stdin="sensor_id,ts,source\n1,2017,net\n", status=65)
        self.assert_nothing_committed()

    def test_a_report_that_is_written_at_the_end_of_the_stream_is_waited_for(self):
        late = self.folder / "late.json"
        script = (f"printf 'sensor_id,ts,source\\nx,y,net\\n'; sleep 0.5; cp {self.report('v.json', 'v', 1, 1)} {late}")
        with subprocess.Popen(["bash", "-c", script], stdout=subprocess.PIPE) as producer:
            result = subprocess.run([SP_LOAD, "--require-report", str(late), *self.with_schema("reading=-")],
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
        self.make_own_table()
        self.sql("CREATE TABLE mine.sensor (sensor_id int PRIMARY KEY, sensor_type text)")
        flags = ["--dimension", "mine.sensor(sensor_id,sensor_type)", "mine.reading=-"]
        head = "sensor_id,ts,sensor_type\n"
        self.load(*flags, stdin=head + "1,2017-07-01,BME280\n2,2017-07-01,\n")
        said = self.load(*flags, stdin=head + "1,2017-07-02,other\n3,2017-07-01,\"a\"\"b\\c\"\n"
                         "3,2017-07-02,else\n" + '4,2017-07-02,"x,{y}"\n5,2017-07-02,NULL\n')
        self.assertIn("row 3", said)  # rows of one file that do not agree
        self.assertEqual(self.sql("SELECT sensor_id, sensor_type FROM mine.sensor ORDER BY 1"),
                         [("1", "BME280"), ("2", ""), ("3", 'a"b\\c'), ("4", "x,{y}"), ("5", "NULL")])
        self.assertEqual(self.value("SELECT count(*) FROM mine.sensor WHERE sensor_type IS NULL"), "1")

    def test_dimensions_that_cannot_be(self):
        self.make_own_table()
        self.sql("CREATE TABLE mine.place (location_id int PRIMARY KEY, longitude float8,"
                 " latitude float8 CONSTRAINT latitude CHECK (latitude <= 90))",
                 "CREATE TABLE mine.keyless (location_id int, latitude float8, longitude float8)",
                 "ALTER TABLE mine.reading ADD COLUMN location_id int")
        text = "sensor_id,location_id,ts,latitude,longitude\n1,2,2017-07-01,91x,0\n"
        said = self.load("--dimension", "mine.place(location_id,latitude,longitude)", "mine.reading=-",
                         stdin=text, status=65)
        self.assertIn("row 1 (line 2), field latitude", said)
        said = self.load("--dimension", "mine.place(location_id,latitude,longitude)", "mine.reading=-",
                         stdin=text.replace("91x", "91"), status=65)
        self.assertIn("latitude", said)
        for spec, status in (("mine.place(location_id,height)", 65), ("mine.nowhere(a,b)", 78),
                             ("mine.keyless(location_id,latitude,longitude)", 78), ("mine.place(location_id", 64)):
            with self.subTest(spec=spec):
                self.load("--dimension", spec, "mine.reading=-", stdin=text, status=status)
        self.assertEqual((self.count("mine.reading"), self.count("mine.place")), (0, 0))

    def test_a_load_can_be_undone(self):
        paths = []
        for n, day in enumerate(("2017-06-30", "2017-07-01", "2017-07-02")):
            series = [(s, f"{day}T{hour:02}:00:00Z", s + hour) for s in (1, 2) for hour in (0, 7, 9, 23)]
            path = self.write(f"{n}.csv", readings(series))
            metric = self.write(f"{n}.metric", metrics(series))
            rejects = self.write(f"{n}.ndjson", REJECTS.replace("\\u0000", ""))
            self.load(*self.with_schema(source=path), f"reading={path}", f"metric={metric}", f"rejection={rejects}")
            paths.append(path)
        self.assertEqual(self.value("SELECT sp.forget_ingest(2)"), "8")
        for table, count in (("reading", 16), ("metric", 4), ("rejection", 4), ("ingest", 2)):
            self.assertEqual(self.count(f"sp.{table}"), count, table)
            self.assertEqual(self.count(f"sp.{table} WHERE ingest_id = 2"), 0, table)
        self.assertIn("there is no ingest 2", self.refused("SELECT sp.forget_ingest(2)", "postgres"))
        self.assertFalse(self.load_report(*self.with_schema(f"reading={paths[1]}", source=paths[1]))["already_loaded"])
        self.assertEqual(self.count("sp.reading"), 24)
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        self.assertEqual(self.value("SELECT count(*) FROM pg_proc, aclexplode(proacl) WHERE proname ="
                                    " 'forget_ingest' AND grantee <> proowner"), "0")

    def test_first_and_last_seen_are_those_of_the_readings(self):
        for first, last in (("02", "05"), ("03", "04"), ("01", "02T01:00"), ("05T01:00", "09")):
            self.put(readings([(1, f"2017-07-{first}", 1), (1, f"2017-07-{last}", 2)]))
        self.assertEqual(self.sql("SELECT key, first_seen::date, last_seen::date FROM sp.sensor_seen"),
                         [("1", "2017-07-01", "2017-07-09")])

    def test_a_metric_without_a_source_is_told_what_it_needs(self):
        metric = self.write("m.csv", metrics(SERIES))
        said = self.load("--schema", self.schema, "reading=-", f"metric={metric}", stdin=ROWS, status=64)
        self.assertIn("--source", said)

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
            self.load(*self.with_schema(f"reading={path}", source=path))
        self.assertEqual([row[0] for row in self.ledger()], [*names, "bad\ufffd.csv"])

    def test_fifos_are_read_in_order(self):
        for name in ("rows", "metric"):
            os.mkfifo(self.folder / name)
        source = self.write("a.csv", ROWS)
        process = self.start_load(*self.with_schema(f"reading={self.folder}/rows",
                                                    f"metric={self.folder}/metric", source=source))

        def feed(name, text):
            with open(self.folder / name, "w") as fifo:
                fifo.write(text)
        # Where sp-load ends before it opens one, nobody waits for the thread.
        threads = [threading.Thread(target=feed, args=("metric", metrics(DENSE)), daemon=True),
                   threading.Thread(target=feed, args=("rows", readings(DENSE)), daemon=True)]
        for thread in threads:
            thread.start()
        self.finish(process)
        for thread in threads:
            thread.join()
        self.assertEqual((self.count("sp.reading"), self.count("sp.metric")), (8, 2))


if __name__ == "__main__":
    unittest.main()
