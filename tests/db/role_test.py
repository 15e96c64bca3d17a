"""The roles: sp_loader inserts and nothing more, sp_reader selects."""
import json
import os
import unittest

from database import DatabaseTest

TABLES = ("ingest", "location", "sensor", "reading", "metric", "rejection")
LOADER, READER = f"loader_{os.getpid()}", f"reader_{os.getpid()}"


class Roles(DatabaseTest):
    def setUp(self):
        # Registered first, done last: the database that they may have rights in is gone by then.
        self.addCleanup(lambda: self.sql(f"DROP ROLE IF EXISTS {LOADER}, {READER}"))
        super().setUp()
        self.sql(f"CREATE ROLE {LOADER} LOGIN IN ROLE sp_loader",
                 f"CREATE ROLE {READER} LOGIN IN ROLE sp_reader")

    def load_all(self, **environment):
        source = self.write("a.csv", "bytes")
        metric = self.write("m.csv", "sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,"
                            "first_seen,last_seen\n1,2017-07-01,1d,temperature,degC,2,1,0,1,1,"
                            "2017-07-01,2017-08-01\n")
        rejects = self.write("e.ndjson", json.dumps({"row": 1, "code": "blank-row"}) + "\n")
        self.load("--source", source, "--dimension", "sensor(sensor_id,sensor_type)", "--dimension",
                  "location(location_id,latitude,longitude)", "reading=-", f"metric={metric}",
                  f"rejection={rejects}", **environment,
                  stdin="sensor_id,ts,temperature,sensor_type,location_id,latitude,longitude\n"
                  "1,2017-07-01,1,BME280,5,42,23\n1,2017-08-01,2,BME280,5,42,23\n")

    def test_the_loader_can_load_all(self):
        self.load_all(PGUSER=LOADER)
        self.assertEqual([self.count(f"sp.{table}") for table in TABLES], [1, 1, 1, 2, 1, 1])
        self.load_all(PGUSER=LOADER)  # known
        again = self.write("again.csv", "sensor_id,ts,temperature\n1,2017-07-01,9\n2,2017-07-01,9\n")
        report = self.load_report("--source", again, "--on-conflict", "ignore", f"reading={again}",
                                  PGUSER=LOADER)
        self.assertEqual((report["loaded"], report["duplicates"], report["conflicts"]), (1, 1, 1))
        # The values that are there it is never told.
        same = self.write("same.csv", "sensor_id,ts,temperature,location_id\n1,2017-07-01,1.0,5\n"
                          "1,2017-08-01,2,\n")
        said = self.load("--on-conflict", "ignore", f"reading={same}", PGUSER=LOADER)
        self.assertIn("2 there already (1 with other values)", said)
        self.assertIn("row 2 (line 3)", said)

    def test_a_role_that_may_not_compare_is_told_so(self):
        self.load_all()
        self.sql("REVOKE EXECUTE ON FUNCTION sp.rows_that_differ FROM sp_loader")
        said = self.load("--on-conflict", "ignore", "reading=-", PGUSER=LOADER,
                         stdin="sensor_id,ts,temperature\n1,2017-07-01,9\n")
        self.assertIn("1 there already (this role may not see with which values)", said)

    def test_what_is_there_is_compared_only_with_tables_of_the_schema(self):
        self.sql("CREATE TABLE public.secret (k int PRIMARY KEY, v text)")
        self.assertIn("not a table of schema sp", self.refused(
            "SELECT sp.rows_that_differ('public.secret', '{k}', '{v}', '[]')", LOADER))
        self.assertIn("permission denied", self.refused(
            "SELECT sp.rows_that_differ('sp.reading', '{sensor_id}', '{ts}', '[]')", READER))

    def test_the_loader_can_load_a_batch(self):
        files = [self.write(name, name) for name in ("one.csv", "two.csv", "three.csv")]
        report = self.write("v.json", json.dumps({
            "tool": "sp-validate", "version": "1", "status": "ok", "rows_in": 2, "rows_out": 2, "rows_rejected": 0,
            "files": [{"file": file, "status": n // 2 * 65, "rows_in": 1 - n // 2, "rows_out": 1 - n // 2,
                       "rows_rejected": 0} for n, file in enumerate(files)]}))
        text = f"sensor_id,ts,file\n1,2017-07-01,{files[0]}\n1,2017-07-01,{files[1]}\n"
        self.load("--source", *files, "--source-column", "file", "--on-conflict", "ignore", "--require-report",
                  report, "--", "reading=-", stdin=text, PGUSER=LOADER)
        self.assertEqual(self.sql("SELECT name, rows_loaded, rows_duplicate FROM sp.ingest ORDER BY name"),
                         [("one.csv", "1", "0"), ("two.csv", "0", "1")])

    def test_a_conflict_names_file_and_key_where_the_server_does_not(self):
        files = [self.write(name, name) for name in ("one.csv", "two.csv")]
        said = self.load("--source", *files, "--source-column", "file", "reading=-", PGUSER=LOADER, status=65,
                         stdin=f"sensor_id,ts,file\n1,2017-07-01,{files[0]}\n1,2017-07-01,{files[1]}\n")
        self.assertIn(f"the rows received of {files[1]}: row 2 (line 3): ", said)
        self.assertIn("sensor_id '1', ts '2017-07-01' is there already", said)

    def test_the_loader_may_do_nothing_else(self):
        self.load_all(PGUSER=LOADER)
        for table in TABLES:
            for statement in (f"DELETE FROM sp.{table}", f"TRUNCATE sp.{table} CASCADE",
                              f"DROP TABLE sp.{table}", f"ALTER TABLE sp.{table} ADD COLUMN x int",
                              f"BEGIN; LOCK TABLE sp.{table} IN ACCESS EXCLUSIVE MODE"):
                self.assertRegex(self.refused(statement, LOADER), "permission denied|must be owner")
        for statement in ("SELECT temperature FROM sp.reading", "SELECT * FROM sp.metric",
                          "SELECT * FROM sp.rejection", "SELECT latitude FROM sp.location",
                          "SELECT * FROM sp.sensor", "SELECT * FROM sp.sensor_statistics",
                          "SELECT * FROM sp.migration", "SELECT * FROM sp.latest_reading",
                          "SELECT * FROM sp.reading_2017_07", "SELECT * FROM sp.hourly",
                          "UPDATE sp.ingest SET rows_read = 1, rows_valid = 1, rows_loaded = 1",
                          "UPDATE sp.reading SET temperature = 1", "UPDATE sp.sensor SET last_seen = now()",
                          "INSERT INTO sp.reading_2017_07 (sensor_id, ts) VALUES (9, '2017-07-09')",
                          "INSERT INTO sp.migration VALUES (9, 'x', 'x')", "CREATE TABLE sp.mine (a int)",
                          "SELECT sp.grant_roles()", "CREATE ROLE mine"):
            self.assertRegex(self.refused(statement, LOADER), "permission denied|must be owner")

    def test_the_loader_cannot_change_a_ledger_row_that_is_committed(self):
        self.load_all(PGUSER=LOADER)
        number = self.value("SELECT ingest_id FROM sp.ingest")
        for call in ("finish_ingest({}, NULL, NULL, 0, 0, 0, 0, 0, NULL, NULL)",
                     "finish_ingest({}, NULL, NULL, 0, 0, 0, 0, 0, 0, NULL, NULL)", "withdraw_ingest({})"):
            self.assertIn("was not begun", self.refused(f"SELECT sp.{call.format(number)}", LOADER))

    def test_functions_cannot_be_led_astray(self):
        # A loader who may make objects elsewhere puts his own in the way.
        self.sql(f"CREATE SCHEMA trap AUTHORIZATION {LOADER}")
        self.sql("CREATE FUNCTION trap.hashtext(text) RETURNS int LANGUAGE sql AS 'SELECT 1/0'",
                 "CREATE FUNCTION trap.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT 1/0; SELECT NULL::timestamptz'",
                 "CREATE TABLE trap.pg_class (x int)", role=LOADER)
        self.sql("SET search_path = trap, pg_catalog", "SELECT sp.ensure_partition('sp.reading', '2017-07-01')",
                 role=LOADER)
        self.assertEqual(self.count("pg_class WHERE relname = 'reading_2017_07'"), 1)

    def test_update_wants_more_rights_than_the_loader_has(self):
        self.load_all(PGUSER=LOADER)
        path = self.write("u.csv", "sensor_id,ts,temperature\n1,2017-07-01,9\n")
        said = self.load("--on-conflict", "update", f"reading={path}", status=78, PGUSER=LOADER)
        self.assertIn("42501", said)
        self.sql(f"GRANT SELECT, UPDATE ON sp.reading TO {LOADER}")
        self.load("--on-conflict", "update", f"reading={path}", PGUSER=LOADER)
        self.assertEqual(self.sql("SELECT temperature FROM sp.reading ORDER BY ts"), [("9",), ("2",)])

    def test_the_reader_reads_everything_and_writes_nothing(self):
        self.load_all()
        for name in [row[0] for row in self.sql(
                "SELECT relname FROM pg_class WHERE relnamespace = 'sp'::regnamespace"
                " AND relkind IN ('r', 'p', 'v') AND NOT relispartition")]:
            self.sql(f"SELECT * FROM sp.{name}", role=READER)
        self.sql("SELECT * FROM sp.hourly_between('2017-07-01', '2017-08-01')", role=READER)
        for table in TABLES:
            for statement in (f"INSERT INTO sp.{table} DEFAULT VALUES", f"DELETE FROM sp.{table}",
                              f"TRUNCATE sp.{table} CASCADE"):
                self.assertIn("permission denied", self.refused(statement, READER))
        self.assertIn("permission denied", self.refused(
            "SELECT sp.ensure_partition('sp.reading', now())", READER))

    def test_a_role_that_is_neither_has_no_way_in(self):
        self.sql(f"CREATE ROLE stranger_{os.getpid()} LOGIN")
        self.addCleanup(self.sql, f"DROP ROLE stranger_{os.getpid()}")
        self.assertIn("permission denied", self.refused("SELECT * FROM sp.ingest",
                                                        f"stranger_{os.getpid()}"))

    def test_roles_cannot_log_in_by_themselves(self):
        self.assertEqual(self.sql("SELECT rolcanlogin, rolsuper, rolcreaterole FROM pg_roles"
                                  " WHERE rolname IN ('sp_loader', 'sp_reader')"), [("f", "f", "f")] * 2)


if __name__ == "__main__":
    unittest.main()
