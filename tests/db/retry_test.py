"""What may pass is tried again, with all that was read; what was committed is not done twice."""
import os
import pathlib
import sys
import threading
import time
import unittest

sys.path.append(str(pathlib.Path(os.environ["SP_SOURCE"]) / "tests" / "fault"))

from proxy import Proxy, Rule

from database import DatabaseTest, own_rows, readings, wait_until

ROWS = [(s, f"2017-0{1 + s % 3}-01T{m // 60:02}:{m % 60:02}:00Z", s + m / 8)
        for m in range(1000) for s in range(1, 21)]


class Retry(DatabaseTest):
    def proxy(self, *rules, tcp=False):
        server = f"{self.environment['PGHOST']}/.s.PGSQL.{self.environment['PGPORT']}"
        proxy = Proxy(server, None if tcp else str(self.folder / "proxy"), rules)
        self.addCleanup(proxy.close)
        return proxy

    def assert_all_there_once(self, table="sp.reading"):
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT (sensor_id, ts)), sum(temperature)"
                                  f" FROM {table}"),
                         [(str(len(ROWS)), str(len(ROWS)), f"{sum(v for _, _, v in ROWS):.10g}")])

    def terminate(self, pid):
        self.sql(f"SELECT pg_terminate_backend({pid})")

    def test_a_backend_that_is_killed_in_the_middle_of_a_copy(self):
        text = readings(ROWS).encode()
        path = self.write("a.csv", text)
        process = self.start_load(*self.with_schema("reading=-", source=path))
        # More than what waits in pipes and buffers, so that the COPY has begun.
        process.stdin.write(text[:len(text) * 3 // 4])
        process.stdin.flush()
        self.terminate(wait_until(self.copying, "a COPY runs"))
        process.stdin.write(text[len(text) * 3 // 4:])
        process.stdin.close()
        process.stdin = None
        said = self.finish(process)
        self.assertIn("trying again", said)
        self.assertIn("57P01", said)
        self.assert_all_there_once()
        self.assertEqual(self.sql("SELECT rows_read, rows_loaded FROM sp.ingest"),
                         [(str(len(ROWS)), str(len(ROWS)))])

    def test_a_connection_that_breaks_after_every_so_many_bytes(self):
        text = readings(ROWS)
        path = self.write("a.csv", text)
        rules = [Rule("cut-before", ("bytes", n)) for n in (3000, 200_000, 500_000, 900_000)]
        proxy = self.proxy(*rules)
        self.sql("CREATE TABLE public.sensor (sensor_id int PRIMARY KEY)")
        self.load(*self.with_schema("reading=-", source=path), "--dimension", "public.sensor(sensor_id,temperature)",
                  stdin=text, status=65)  # a column that the dimension lacks, through the proxy as well
        report = self.load_report(*self.with_schema("reading=-", source=path), stdin=text, **proxy.environment)
        self.assertEqual(proxy.hits(), 4)
        self.assertEqual((report["loaded"], report["already_loaded"]), (len(ROWS), False))
        self.assert_all_there_once()

    def test_the_answer_to_commit_is_lost(self):
        text = readings(ROWS)
        path = self.write("a.csv", text)
        proxy = self.proxy(Rule("cut-after", "COMMIT"))
        report = self.load_report(*self.with_schema("reading=-", source=path), stdin=text, **proxy.environment)
        self.assertEqual(proxy.hits(), 1)
        # It was this load that committed, so it says what it did.
        self.assertEqual((report["loaded"], report["already_loaded"]), (len(ROWS), False))
        self.assert_all_there_once()
        self.assertEqual(self.count("sp.ingest"), 1)

    def test_the_answer_to_commit_is_lost_and_there_is_no_ledger(self):
        self.sql("CREATE TABLE sp.plain (a int)")
        proxy = self.proxy(Rule("cut-after", "COMMIT"))
        report = self.load_report("plain=-", stdin="a\n1\n2\n", **proxy.environment)
        self.assertEqual((proxy.hits(), report["loaded"]), (1, 2))
        self.assertEqual(self.count("sp.plain"), 2)

    def test_the_answer_to_the_commit_of_a_batch_is_lost(self):
        files = [self.write(f"{n}.csv", f"bytes {n}") for n in range(3)]
        self.load("--schema", self.schema, "--source", files[0], "--source-column", "file", "reading=-",
                  stdin=f"sensor_id,ts,source,file\n7,2017-07-01,net,{files[0]}\n")
        text = "sensor_id,ts,source,file\n" + "".join(f"{n},2017-07-01,net,{f}\n" for n, f in enumerate(files))
        proxy = self.proxy()
        for rule, hits in ((Rule("cut-after", "COMMIT"), 1), (Rule("cut-before", "COMMIT", times=2), 3)):
            proxy.rules.append(rule)
            report = self.load_report("--schema", self.schema, "--source", *files, "--source-column", "file", "reading=-",
                                      stdin=text, **proxy.environment)
            self.assertEqual(proxy.hits(), hits)
            self.assertEqual([(f["already_loaded"], f["rows_loaded"]) for f in report["files"]],
                             [(True, 0), (False, 1), (False, 1)])
            self.assertEqual((self.count("sp.ingest"), self.count("sp.reading")), (3, 3))
            self.sql("DELETE FROM sp.ingest WHERE name <> '0.csv'", "DELETE FROM sp.unmeasured WHERE ingest_id NOT IN (SELECT ingest_id FROM sp.ingest)",
                     "DELETE FROM sp.reading WHERE ingest_id NOT IN (SELECT ingest_id FROM sp.ingest)")

    def test_commit_does_not_get_there(self):
        text = readings(ROWS)
        path = self.write("a.csv", text)
        self.sql("CREATE TABLE sp.plain (a int)")
        proxy = self.proxy(Rule("cut-before", "COMMIT", times=2))
        self.load(*self.with_schema("reading=-", source=path), stdin=text, **proxy.environment)
        self.assertEqual(proxy.hits(), 2)
        self.assert_all_there_once()
        proxy.rules.append(Rule("cut-before", "COMMIT", times=2))
        self.load("plain=-", stdin="a\n1\n2\n", **proxy.environment)
        self.assertEqual((proxy.hits(), self.count("sp.plain")), (4, 2))

    def test_a_server_that_goes_silent_is_given_up(self):
        self.make_own_table()
        for rule in (Rule("hang-before", "copy-done"), Rule("hang-after", "COMMIT"),
                     Rule("hang-before", "COMMIT")):
            for table in ("sp.reading", "mine.reading"):  # with a ledger, and without
                with self.subTest(rule=rule, table=table):
                    self.sql("TRUNCATE sp.reading, sp.metric, sp.rejection, sp.ingest, sp.unmeasured, mine.reading")
                    proxy = self.proxy(Rule(rule.action, rule.when), tcp=True)
                    if table == "sp.reading":
                        arguments = self.with_schema(f"reading={self.write('a.csv', readings(ROWS))}")
                    else:
                        arguments = [f"mine.reading={self.write('a.csv', own_rows(ROWS))}"]
                    began = time.monotonic()
                    said = self.load("--answer-timeout", "1s", *arguments, **proxy.environment)
                    self.assertEqual(proxy.hits(), 1)
                    self.assertIn("not answered for 1 s", said)
                    self.assertLess(time.monotonic() - began, 20)
                    self.assert_all_there_once(table)
                    proxy.close()

    def test_a_lock_that_is_not_to_be_had(self):
        path = self.write("a.csv", readings(ROWS))
        self.put(readings([(1, "2017-01-01", 1)]))  # nothing is new but the rows
        self.sql("TRUNCATE sp.reading, sp.ingest, sp.unmeasured")
        self.sql(f"ALTER DATABASE {self.database} SET lock_timeout = '50ms'")
        blocker = threading.Thread(target=self.sql, args=(
            "BEGIN; LOCK TABLE sp.reading IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(1); COMMIT",))
        blocker.start()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock'"
                                      " AND granted AND relation = 'sp.reading'::regclass") == "1",
                   "the table is locked")
        said = self.load(*self.with_schema(f"reading={path}", source=path))
        blocker.join()
        self.assertIn("55P03", said)
        self.assert_all_there_once()

    def test_a_column_for_a_new_quantity_that_has_to_wait(self):
        # Who reads must not queue behind it: it gives up soon, and is tried again.
        path = self.write("a.csv", readings(ROWS))
        reader = threading.Thread(target=self.sql, args=(
            "BEGIN; SELECT count(*) FROM sp.reading; SELECT pg_sleep(4); COMMIT",))
        reader.start()
        wait_until(lambda: self.value("SELECT count(*) FROM pg_locks WHERE mode = 'AccessShareLock'"
                                      " AND granted AND relation = 'sp.reading'::regclass") == "1",
                   "the table is read")
        said = self.load(*self.with_schema(f"reading={path}", source=path))
        reader.join()
        self.assertIn("55P03", said)
        self.assert_all_there_once()

    def test_the_connection_that_registers_is_cut(self):
        text = readings(ROWS)
        proxy = self.proxy()
        for function in ("SP.ENSURE_QUANTITIES", "SP.SENSOR_IDS"):
            for action in ("cut-before", "cut-after"):
                with self.subTest(function=function, action=action):
                    self.sql("TRUNCATE sp.reading, sp.ingest, sp.unmeasured, sp.sensor",
                             "ALTER TABLE sp.reading DROP COLUMN IF EXISTS temperature CASCADE",
                             "DELETE FROM sp.quantity", "SELECT sp.refresh_views()")
                    proxy.rules = [Rule(action, f"SELECT FROM {function}")]
                    said = self.put(text, **proxy.environment)
                    self.assertEqual(proxy.hits(), 1)
                    self.assertIn("trying again", said)
                    self.assert_all_there_once()
                    self.assertEqual((self.count("sp.quantity"), self.count("sp.sensor"), self.count("sp.ingest")), (1, 20, 1))

    def test_giving_up(self):
        path = self.write("a.csv", readings(ROWS))
        began = time.monotonic()
        said = self.load("--retry-for", "700ms", *self.with_schema(f"reading={path}"), status=75, PGHOST="/nowhere")
        self.assertIn("gave up after", said)
        self.assertLess(time.monotonic() - began, 10)
        self.assertNotIn("trying again",
                         self.load("--retry-for", "0", *self.with_schema(f"reading={path}"), status=75,
                                   PGHOST="/nowhere"))

    def test_two_loaders_that_meet_in_opposite_order(self):
        rows = [(s, "2017-07-01", s) for s in range(2000)]
        self.put(readings([(5000, "2017-07-01", 5000)]))
        self.make_own_table()
        self.load("mine.reading=-", stdin=own_rows([(5000, "2017-07-01", 5000)]))
        for table, text in (("sp.reading", readings), ("mine.reading", own_rows)):
            forth = self.write("forth.csv", text(rows))
            back = self.write("back.csv", text(rows[::-1]))
            for _ in range(5):
                self.sql(f"DELETE FROM {table} WHERE temperature < 5000")
                processes = [self.start_load(*(self.with_schema() if table == "sp.reading" else []), "--on-known", "skip",
                                             "--on-conflict", "keep", f"{table}={path}")
                             for path in (forth, back, forth, back)]
                for process in processes:
                    self.finish(process)
                self.assertEqual(self.count(table), 2001)

    def test_the_password_is_never_shown(self):
        path = self.write("a.csv", readings([(1, "2017-07-01", 1)]))
        for dsn in ("host=/nowhere password=s3cret", "postgresql://u:s3cret@[x", "password=s3cret x",
                    "password='s3cret", "postgresql://u:s3cret@/x?port=abc"):
            with self.subTest(dsn=dsn):
                process = self.start_load("--retry-for", "0", "--dsn", dsn, *self.with_schema(f"reading={path}"))
                said = process.communicate()[1].decode()
                self.assertIn(process.returncode, (64, 75, 78))
                self.assertTrue(said)
                self.assertNotIn("s3cret", said)

    def test_a_dsn_decides(self):
        dsn = f"host={self.environment['PGHOST']} dbname={self.database} user=postgres"
        self.put(readings([(1, "2017-07-01", 1)]), "--dsn", dsn, PGHOST="/nowhere", PGDATABASE="nowhere",
                 PGUSER="nobody")
        self.assertEqual(self.count("sp.reading"), 1)


class Init(DatabaseTest):
    initialised = False

    def test_init_does_not_wait_for_a_server_unless_told_to(self):
        said = self.load("--init", "--dsn", f"host={self.folder}", status=75)
        self.assertNotIn("trying again", said)
        self.assertNotIn("\t", said)
        self.assertIn("trying again", self.load("--init", "--retry-for", "300ms", "--dsn",
                                                f"host={self.folder}", status=75))


if __name__ == "__main__":
    unittest.main()
