"""The roles: sp_loader inserts and nothing more, sp_corrector replaces too, sp_reader selects."""
import json
import os
import unittest

from database import DatabaseTest, own_rows, readings

TABLES = ("ingest", "location", "sensor", "quantity", "reading", "stated_type", "metric", "rejection")
INNER = ("unmeasured", "outcome", "overlap", "completion", "dispute", "retention", "migration")
LOADER, CORRECTOR, READER = (f"{role}_{os.getpid()}" for role in ("loader", "corrector", "reader"))
SKIP, KEEP = ("--on-known", "skip"), ("--on-known", "skip", "--on-conflict", "keep")
REPLACE = ("--on-known", "skip", "--on-conflict", "replace")


class Roles(DatabaseTest):
    def setUp(self):
        # Registered first, done last: the database that they may have rights in is gone by then.
        self.addCleanup(lambda: self.sql(f"DROP ROLE IF EXISTS {LOADER}, {CORRECTOR}, {READER}"))
        super().setUp()
        self.sql(f"CREATE ROLE {LOADER} LOGIN IN ROLE sp_loader",
                 f"CREATE ROLE {CORRECTOR} LOGIN IN ROLE sp_corrector",
                 f"CREATE ROLE {READER} LOGIN IN ROLE sp_reader")

    def load_all(self, **environment):
        source = self.write("a.csv", "bytes")
        metric = self.write("m.csv", "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,"
                            "first_seen,last_seen\nnet,1,2017-08-01,1d,temperature,degC,4,48.25,0,48.25,48.25,2017-08-01,2017-08-01T03:00:00Z\n")
        rejects = self.write("e.ndjson", json.dumps({"row": 1, "code": "blank-row", "xxh128": "0" * 32}) + "\n")
        # Another file says other of the sensor: the type is noted, and the place stays with the readings.
        before = self.write("before.csv", "bytes before")
        head = "sensor_id,ts,temperature,sensor_type,location_id,latitude,longitude,source\n"
        self.load(*self.with_schema("reading=-", source=before), stdin=head + "1,2016-07-01,1,SHT31,4,41,23,net\n",
                  **environment)
        self.load(*self.with_schema("reading=-", f"metric={metric}", f"rejection={rejects}", source=source), **environment,
                  stdin=head + "".join(f"1,2017-08-01T0{n}:00:00Z,48.25,BME280,5,42,23,net\n" for n in range(4)))

    def test_the_loader_can_load_all(self):
        self.load_all(PGUSER=LOADER)
        self.assertEqual([self.count(f"sp.{table}") for table in TABLES], [2, 2, 1, 1, 5, 1, 1, 1])
        self.assertEqual(self.sql("SELECT sensor_type, location, temperature FROM sp.located_reading ORDER BY ts"),
                         [("SHT31", "4", "1")] + [("BME280", "5", "48.25")] * 4)
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        self.load_all(PGUSER=LOADER)  # known
        self.assertEqual(self.count("sp.ingest"), 2)
        text = readings([(1, "2017-08-01", 9), (2, "2017-08-01", 9)])
        report = self.put_report(text, *KEEP, PGUSER=LOADER)
        self.assertEqual((report["loaded"], report["known"], report["kept_out"]), (1, 0, 1))
        # The values that are there it is never told.
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        said = self.put(readings([(1, "2016-07-01", "1.0"), (1, "2017-08-01", 7)]), *KEEP, PGUSER=LOADER)
        self.assertIn("1 there already, 1 kept out", said)
        self.assertIn("row 2 (line 3)", said)
        self.assertNotIn("48.25", said)
        # A place of rows that are there is no value of theirs.
        there = "sensor_id,ts,location_id,source\n1,2017-08-01,5,net\n1,2017-08-01,,net\n"
        self.assertEqual(self.put_report(there, *SKIP, PGUSER=LOADER)["known"], 2)

    def test_how_far_a_journal_was_brought_is_the_functions_to_say(self):
        journal = self.write("j", '{"time":"2024-05-01T10:00:00Z","event":"failed","folder":"/in","job":"a.csv",'
                             '"taken":"2024-05-01T09:00:00Z","attempts":5,"why":"x"}\n')
        self.load("--journal", journal, PGUSER=LOADER)
        self.assertEqual(self.sql("SELECT name, status, tries, reason FROM sp.file"), [("a.csv", "failed", "5", "x")])
        self.assertEqual(self.sql("SELECT position FROM sp.journal", role=LOADER), [(str(os.path.getsize(journal)),)])
        for statement in ("UPDATE sp.journal SET position = 0", "DELETE FROM sp.journal", "SELECT * FROM sp.outcome",
                          "INSERT INTO sp.outcome (name, taken_at, folder, status, noted_at) VALUES ('x', now(), '/in', 'failed', now())"):
            self.assertIn("permission denied", self.refused(statement, LOADER))

    def test_a_network_that_is_closed(self):
        self.sql("REVOKE EXECUTE ON FUNCTION sp.ensure_quantities FROM sp_loader")
        text = "sensor_id,ts,temperature,humidity,source\n1,2017-07-01,1,50,net\n"
        said = self.put(text, status=78, PGUSER=LOADER)
        for words in ("temperature [degC]", "humidity [percent]", "schema.json"):
            self.assertIn(words, said)
        self.assertNotIn("trying again", said)
        self.assert_nothing_committed()
        self.put(text)
        self.put(text.replace("2017", "2018"), PGUSER=LOADER)
        # Sensors likewise.
        self.sql("REVOKE EXECUTE ON FUNCTION sp.sensor_ids FROM sp_loader")
        self.put(text.replace("2017", "2019"), PGUSER=LOADER)
        said = self.put(text.replace("\n1,", "\n77,"), status=78, PGUSER=LOADER)
        self.assertIn("42501", said)
        self.assertEqual(self.count("sp.reading"), 3)

    def test_rows_of_ones_own_table_are_compared_where_the_role_may_see_them(self):
        self.make_own_table()
        self.sql(f"GRANT USAGE ON SCHEMA mine TO {LOADER}", f"GRANT INSERT ON mine.reading TO {LOADER}",
                 f"GRANT SELECT (sensor_id, ts) ON mine.reading TO {LOADER}")
        self.load("mine.reading=-", stdin=own_rows([(1, "2017-07-01", 1)]), PGUSER=LOADER)
        other = own_rows([(1, "2017-07-01", 9)])
        said = self.load(*KEEP, "mine.reading=-", PGUSER=LOADER, stdin=other)
        self.assertIn("1 there already (this role may not see with which values)", said)
        for flags in (SKIP, ("--on-conflict", "keep")):  # policies that need to know
            said = self.load(*flags, "mine.reading=-", PGUSER=LOADER, stdin=other, status=78)
            self.assertIn("may not see with which values", said)
        self.sql(f"GRANT SELECT ON mine.reading TO {LOADER}")
        self.assertIn("1 kept out", self.load(*KEEP, "mine.reading=-", PGUSER=LOADER, stdin=other))

    def test_the_loader_can_load_a_batch(self):
        files = [self.write(name, name) for name in ("one.csv", "two.csv", "three.csv")]
        report = self.write("v.json", json.dumps({
            "tool": "sp-validate", "version": "1", "status": "ok", "rows_in": 2, "rows_out": 2, "rows_rejected": 0,
            "files": [{"file": file, "status": n // 2 * 65, "rows_in": 1 - n // 2, "rows_out": 1 - n // 2,
                       "rows_rejected": 0} for n, file in enumerate(files)]}))
        text = f"sensor_id,ts,source,file\n1,2017-07-01,net,{files[0]}\n1,2017-07-01,net,{files[1]}\n"
        self.load("--schema", self.schema, "--source", *files, "--source-column", "file", *SKIP, "--require-report",
                  report, "--", "reading=-", stdin=text, PGUSER=LOADER)
        self.assertEqual(self.sql("SELECT name, rows_loaded, rows_known FROM sp.ingest ORDER BY name"),
                         [("one.csv", "1", "0"), ("two.csv", "0", "1")])

    def test_a_conflict_names_file_and_key_where_the_server_does_not(self):
        files = [self.write(name, name) for name in ("one.csv", "two.csv")]
        arguments = ["--source", *files, "--source-column", "file"]
        text = f"sensor_id,ts,file\n701,2017-07-01,{files[0]}\n701,2017-07-01,{files[1]}\n"
        said = self.load("--schema", self.schema, *arguments, "reading=-", PGUSER=LOADER, status=65,
                         stdin=text.replace(",file", ",source,file").replace("-01,", "-01,net,"))
        self.assertIn(f"the rows received of {files[1]}: row 2 (line 3): ", said)
        self.assertIn("there already: sensor 701 of net at 2017-07-01", said)
        self.make_own_table()
        self.sql(f"GRANT USAGE ON SCHEMA mine TO {LOADER}", f"GRANT INSERT ON mine.reading TO {LOADER}")
        said = self.load(*arguments, "mine.reading=-", PGUSER=LOADER, status=65, stdin=text)
        self.assertIn(f"the rows received of {files[1]}: row 2 (line 3): ", said)
        self.assertIn("sensor_id '701', ts '2017-07-01' is there already", said)

    def test_the_loader_may_do_nothing_else(self):
        self.load_all(PGUSER=LOADER)
        for table in (*TABLES, *INNER):
            for statement in (f"DELETE FROM sp.{table}", f"TRUNCATE sp.{table} CASCADE",
                              f"DROP TABLE sp.{table}", f"ALTER TABLE sp.{table} ADD COLUMN x int",
                              f"BEGIN; LOCK TABLE sp.{table} IN ACCESS EXCLUSIVE MODE"):
                self.assertRegex(self.refused(statement, LOADER), "permission denied|must be owner")
        for statement in ("SELECT temperature FROM sp.reading", "SELECT * FROM sp.metric",
                          "SELECT * FROM sp.rejection", "SELECT registered_at FROM sp.sensor",
                          "SELECT * FROM sp.sensor", "SELECT * FROM sp.sensor_statistics",
                          *(f"SELECT * FROM sp.{table}" for table in INNER), "SELECT * FROM sp.open_disputes", "SELECT * FROM sp.latest_reading",
                          "SELECT * FROM sp.reading_2017_08", "SELECT * FROM sp.hourly",
                          "UPDATE sp.ingest SET rows_read = 1, rows_passed = 1, rows_loaded = 1",
                          "UPDATE sp.reading SET temperature = 1", "UPDATE sp.sensor SET key = 'x'",
                          "UPDATE sp.quantity SET unit = 'x'", "INSERT INTO sp.quantity (name) VALUES ('x')",
                          "INSERT INTO sp.sensor (source, key) VALUES ('a', 'b')",
                          "INSERT INTO sp.reading_2017_08 (sensor_id, ingest_id, ts) VALUES (9, 1, '2017-07-09')",
                          "INSERT INTO sp.migration VALUES (9, 'x', 'x')", "CREATE TABLE sp.mine (a int)",
                          "SELECT sp.grant_roles()", "CREATE ROLE mine",
                          "SELECT sp.forget_ingest(1)", "SELECT sp.drop_readings_before('2017-08-01')",
                          "SELECT sp.replace_known('[]', 'skip')", "SELECT sp.settle(1, true)",
                          "SELECT sp.merge_rows('[]', 'skip', 'replace')", "SELECT sp.refresh_views()"):
            self.assertRegex(self.refused(statement, LOADER), "permission denied|must be owner")

    def test_the_loader_cannot_change_a_ledger_row_that_is_committed(self):
        self.load_all(PGUSER=LOADER)
        number = self.value("SELECT max(ingest_id) FROM sp.ingest")
        for call in ("finish_ingests('[{{\"ingest_id\": {}}}]')", "withdraw_ingest({})",
                     "count_metrics({}, 24, '2017-07-01', '2017-08-01')"):
            self.assertIn("was not begun", self.refused(f"SELECT sp.{call.format(number)}", LOADER))

    def test_the_loader_forgets_only_what_came_in_by_no_row(self):
        self.load_all(PGUSER=LOADER)
        self.sql("UPDATE sp.ingest SET schema_digest = sha256('a')")
        forget = "SELECT sp.forget_in_vain(ARRAY(SELECT digest FROM sp.ingest), sha256('b'))"
        before = self.count("sp.ingest")
        self.sql(forget, role=LOADER)
        self.assertEqual(self.count("sp.ingest"), before)
        self.assertRegex(self.refused(forget, READER), "permission denied")
        self.sql("INSERT INTO sp.ingest (digest, name, tool_version, schema_digest, rows_read, rows_rejected, rows_left_out, rows_passed,"
                 " rows_received, rows_loaded, rows_known, rows_kept_out, rows_replaced, rows_expired)"
                 " VALUES (sha256('c'), 'c', 'x', sha256('a'), 2, 1, 1, 0, 0, 0, 0, 0, 0, 0)")
        self.sql(forget.replace("'b'", "'a'"), role=LOADER)
        self.assertEqual(self.count("sp.ingest"), before + 1)
        self.sql(forget, role=LOADER)
        self.assertEqual(self.count("sp.ingest"), before)

    def test_functions_cannot_be_led_astray(self):
        # A loader who may make objects elsewhere puts his own in the way.
        self.sql(f"CREATE SCHEMA trap AUTHORIZATION {LOADER}")
        self.sql("CREATE FUNCTION trap.hashtext(text) RETURNS int LANGUAGE sql AS 'SELECT 1/0'",
                 "CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT 1/0; SELECT NULL::timestamptz'",
                 "CREATE TABLE trap.pg_class (x int)", role=LOADER)
        self.sql("SET search_path = trap, pg_catalog", "SELECT sp.ensure_month('2017-07-01')",
                 role=LOADER)
        self.assertEqual(self.count("pg_class WHERE relname = 'reading_2017_07'"), 1)

    def test_replacing_wants_more_rights_than_the_loader_has(self):
        self.load_all(PGUSER=LOADER)
        text = readings([(1, "2017-08-01", 9)])
        said = self.put(text, *REPLACE, status=78, PGUSER=LOADER)
        self.assertIn("42501", said)
        self.assertNotIn("trying again", said)
        self.put(text, *REPLACE, PGUSER=CORRECTOR)
        self.assertEqual(self.sql("SELECT temperature FROM sp.reading ORDER BY ts"), [("1",), ("9",)] + [("48.25",)] * 3)
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
        # A person's word on it, and what the corrector may not either.
        [[dispute]] = self.sql("SELECT dispute_id FROM sp.open_disputes", role=CORRECTOR)
        self.sql(f"SELECT sp.settle({dispute}, true)", role=CORRECTOR)
        self.assertEqual(self.sql("SELECT temperature FROM sp.reading ORDER BY ts"), [("1",)] + [("48.25",)] * 4)
        for statement in ("UPDATE sp.reading SET temperature = 1", "SELECT temperature FROM sp.reading",
                          "DELETE FROM sp.dispute", "SELECT sp.forget_ingest(1)"):
            self.assertIn("permission denied", self.refused(statement, CORRECTOR))

    def test_replacing_rows_of_ones_own_table(self):
        self.make_own_table()
        self.sql(f"GRANT USAGE ON SCHEMA mine TO {LOADER}", f"GRANT INSERT ON mine.reading TO {LOADER}",
                 f"GRANT SELECT (sensor_id, ts) ON mine.reading TO {LOADER}")
        self.load("mine.reading=-", stdin=own_rows([(1, "2017-07-01", 1)]), PGUSER=LOADER)
        other = own_rows([(1, "2017-07-01", 9)])
        said = self.load(*REPLACE, "mine.reading=-", stdin=other, status=78, PGUSER=LOADER)
        self.assertIn("42501", said)
        self.sql(f"GRANT SELECT, UPDATE ON mine.reading TO {LOADER}")
        self.load(*REPLACE, "mine.reading=-", stdin=other, PGUSER=LOADER)
        self.assertEqual(self.sql("SELECT temperature FROM mine.reading"), [("9",)])

    def test_the_reader_reads_everything_and_writes_nothing(self):
        self.load_all()
        for name in [row[0] for row in self.sql(
                "SELECT relname FROM pg_class WHERE relnamespace = 'sp'::regnamespace"
                " AND relkind IN ('r', 'p', 'v') AND NOT relispartition")]:
            self.sql(f"SELECT * FROM sp.{name}", role=READER)
        self.sql("SELECT * FROM sp.hourly_between('2017-07-01', '2017-08-01')", role=READER)
        self.sql("SELECT * FROM sp.metric_errors()", role=READER)
        for table in (*TABLES, *INNER):
            for statement in (f"INSERT INTO sp.{table} DEFAULT VALUES", f"DELETE FROM sp.{table}",
                              f"TRUNCATE sp.{table} CASCADE"):
                self.assertIn("permission denied", self.refused(statement, READER))
        self.assertIn("permission denied", self.refused(
            "SELECT sp.ensure_month(now())", READER))
        self.assertIn("permission denied", self.refused("SELECT sp.ensure_quantities('[]', 1)", READER))

    def test_a_role_that_is_neither_has_no_way_in(self):
        self.sql(f"CREATE ROLE stranger_{os.getpid()} LOGIN")
        self.addCleanup(self.sql, f"DROP ROLE stranger_{os.getpid()}")
        self.assertIn("permission denied", self.refused("SELECT * FROM sp.ingest",
                                                        f"stranger_{os.getpid()}"))

    def test_roles_cannot_log_in_by_themselves(self):
        self.assertEqual(self.sql("SELECT rolcanlogin, rolsuper, rolcreaterole FROM pg_roles"
                                  " WHERE rolname IN ('sp_loader', 'sp_corrector', 'sp_reader')"), [("f", "f", "f")] * 3)


if __name__ == "__main__":
    unittest.main()
