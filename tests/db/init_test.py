"""sp-load --init: the schema of sql/, once, whole, whoever asks."""
import hashlib
import os
import pathlib
import subprocess
import unittest

from database import PSQL, SP_LOAD, DatabaseTest, readings

SQL = pathlib.Path(os.environ["SP_SOURCE"]) / "sql"


class Init(DatabaseTest):
    initialised = False

    def applied(self):
        return self.sql("SELECT number, name, sha256 FROM sp.migration ORDER BY number")

    def test_every_file_of_sql_is_applied_and_recorded(self):
        self.load("--init")
        expected = [(str(int(path.name[:3])), path.name, hashlib.sha256(path.read_bytes()).hexdigest())
                    for path in sorted(SQL.glob("*.sql"))]
        self.assertEqual(self.applied(), expected)
        self.assertGreater(len(expected), 3)

    def test_twice(self):
        self.load("--init")
        before = self.sql("SELECT * FROM sp.migration ORDER BY number")
        self.assertIn("up to date", self.load("--init"))
        self.assertEqual(self.sql("SELECT * FROM sp.migration ORDER BY number"), before)

    def test_by_four_at_once(self):
        said = [self.finish(process) for process in [self.start_load("--init") for _ in range(4)]]
        self.assertEqual(sum("migrations applied" in text for text in said), 1, said)
        self.assertEqual(sum("up to date" in text for text in said), 3, said)

    def test_dry_run_leaves_nothing(self):
        self.load("--init", "--dry-run")
        self.assertEqual(self.value("SELECT to_regnamespace('sp') IS NULL"), "t")

    def test_as_a_script(self):
        # Whoever owns the database runs it, and gives no program his rights.
        script = subprocess.run([SP_LOAD, "--print-schema"], capture_output=True, check=True, env=self.environment).stdout
        made = subprocess.run([PSQL, "-Xq", "-v", "ON_ERROR_STOP=1"], input=script, env=self.environment,
                              capture_output=True)
        self.assertEqual((made.returncode, made.stderr), (0, b""))
        by_script = self.applied()
        self.assertIn("up to date", self.load("--init"))
        self.put(readings([(1, "2017-07-01T00:00:00Z", 1)]))
        self.sql("DROP SCHEMA sp CASCADE")
        self.load("--init")
        self.assertEqual(self.applied(), by_script)

    def test_and_load_in_one_run(self):
        self.put(readings([(1, "2017-07-01T00:00:00Z", 1)]), "--init")
        self.assertEqual(self.count("sp.reading"), 1)

    def test_a_failing_migration_leaves_nothing(self):
        # What stands in the way comes late: all that went before is rolled back.
        self.sql("CREATE SCHEMA sp", "CREATE TABLE sp.daily (x int)")
        said = self.load("--init", status=78)
        self.assertIn("daily", said)
        self.assertEqual(self.value("SELECT to_regclass('sp.ingest') IS NULL"), "t")
        self.assertEqual(self.value("SELECT to_regclass('sp.migration') IS NULL"), "t")

    def test_an_older_database_is_brought_up_to_date_with_what_it_holds(self):
        for path in sorted(SQL.glob("*.sql"))[:4]:
            sha = hashlib.sha256(path.read_bytes()).hexdigest()
            self.sql(path.read_text(), f"INSERT INTO sp.migration VALUES ({int(path.name[:3])}, '{path.name}', '{sha}')")
        self.put(readings([(1, "2017-07-01T00:00:00Z", 1)]))
        self.assertIn("migrations applied", self.load("--init"))
        self.assertEqual(self.value("SELECT rolname FROM pg_roles WHERE rolname = 'sp_corrector'"), "sp_corrector")
        self.put(readings([(1, "2017-07-02T00:00:00Z", 1)]))
        self.assertEqual(self.sql("SELECT key, n FROM sp.sensor_statistics"), [("1", "2")])
        self.assertEqual(len(self.applied()), len(list(SQL.glob("*.sql"))))

    def test_a_database_of_the_first_edition_is_left_alone(self):
        self.sql("CREATE SCHEMA sp", "CREATE TABLE sp.migration (number integer PRIMARY KEY, name text NOT NULL,"
                 " sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
                 "CREATE TABLE sp.ingest (ingest_id bigint PRIMARY KEY, sha256 text)",
                 "CREATE TABLE sp.reading (sensor_id bigint, ts timestamptz)", "INSERT INTO sp.reading VALUES (1, now())",
                 "INSERT INTO sp.migration VALUES (1, '001_tables.sql', repeat('0', 64))")
        for arguments in (["--init"], self.with_schema("reading=-")):
            with self.subTest(arguments=arguments):
                said = self.load(*arguments, stdin=readings([(1, "2017-07-01T00:00:00Z", 1)]), status=78)
                self.assertNotIn("trying again", said)
                self.assertRegex(said, "edition")
        self.assertEqual(self.count("sp.reading"), 1)
        # What it advises.
        self.sql("ALTER SCHEMA sp RENAME TO sp1")
        self.put(readings([(1, "2017-07-01T00:00:00Z", 1)]), "--init")
        self.assertEqual((self.count("sp.reading"), self.count("sp1.reading")), (1, 1))

    def test_another_version_of_a_migration_is_refused(self):
        self.load("--init")
        self.sql("UPDATE sp.migration SET sha256 = repeat('0', 64) WHERE number = 2")
        self.assertIn("migration 2", self.load("--init", status=78))

    def test_a_newer_database_is_told(self):
        self.load("--init")
        self.sql("INSERT INTO sp.migration VALUES (999, '999_later.sql', repeat('0', 64))")
        self.assertIn("999_later.sql", self.load("--init"))

    def test_a_role_that_may_not_create_roles_makes_the_schema_all_the_same(self):
        self.sql("CREATE ROLE owner_without_roles LOGIN",
                 f"GRANT CREATE ON DATABASE {self.database} TO owner_without_roles")
        self.addCleanup(self.sql, "DROP OWNED BY owner_without_roles CASCADE",
                        "DROP ROLE owner_without_roles")
        self.load("--init", PGUSER="owner_without_roles")
        self.load("--init", PGUSER="owner_without_roles")
        self.put(readings([(1, "2017-07-01T00:00:00Z", 1)]), PGUSER="owner_without_roles")
        self.assertEqual(self.count("sp.reading"), 1)

    def test_every_table_column_view_index_and_function_is_explained(self):
        self.load("--init")
        relations = self.sql(
            "SELECT c.relname FROM pg_class c WHERE relnamespace = 'sp'::regnamespace"
            " AND (relkind IN ('r', 'p', 'v') OR relkind IN ('i', 'I') AND NOT EXISTS"
            " (SELECT FROM pg_constraint WHERE conindid = c.oid))"
            " AND obj_description(c.oid, 'pg_class') IS NULL")
        columns = self.sql(
            "SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE relnamespace = 'sp'::regnamespace AND relkind IN ('r', 'p') AND attnum > 0"
            " AND col_description(c.oid, attnum) IS NULL")
        functions = self.sql("SELECT proname FROM pg_proc WHERE pronamespace = 'sp'::regnamespace"
                             " AND obj_description(oid, 'pg_proc') IS NULL")
        self.assertEqual((relations, columns, functions), ([], [], []))

    def test_functions_that_borrow_rights_fix_their_search_path(self):
        self.load("--init")
        self.assertEqual(self.sql("SELECT proname FROM pg_proc WHERE pronamespace = 'sp'::regnamespace"
                                  " AND prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) c"
                                  " WHERE c LIKE 'search_path=pg_catalog%')"), [])


if __name__ == "__main__":
    unittest.main()
