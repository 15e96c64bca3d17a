"""Monthly partitions, made as the rows need them."""
import unittest

from database import DatabaseTest, readings, wait_until


# What --on-known and --on-conflict are, by a name of both.
POLICIES = {"error": (), "keep": ("--on-known", "skip", "--on-conflict", "keep"),
            "replace": ("--on-known", "skip", "--on-conflict", "replace")}


class Partition(DatabaseTest):
    def partitions(self):
        return self.sql("SET TimeZone = 'UTC'",
                        "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits"
                        " JOIN pg_class c ON c.oid = inhrelid"
                        " WHERE inhparent = 'sp.reading'::regclass ORDER BY 1")

    def names(self):
        return [name for name, _ in self.partitions()]

    def test_months_are_those_of_utc_whatever_the_time_zone(self):
        self.put(readings([(1, "2017-07-31T23:59:59.999999Z", 1), (1, "2017-08-01T00:00:00Z", 2),
                           (1, "2017-12-31T20:00:00-05:00", 3)]),
                 PGOPTIONS="-c TimeZone=Asia/Tokyo", PGTZ="America/New_York")
        self.assertEqual(self.partitions(), [
            ("reading_2017_07",
             "FOR VALUES FROM ('2017-07-01 00:00:00+00') TO ('2017-08-01 00:00:00+00')"),
            ("reading_2017_08",
             "FOR VALUES FROM ('2017-08-01 00:00:00+00') TO ('2017-09-01 00:00:00+00')"),
            ("reading_2018_01",
             "FOR VALUES FROM ('2018-01-01 00:00:00+00') TO ('2018-02-01 00:00:00+00')")])
        self.assertEqual(self.count("sp.reading_2017_07"), 1)

    def test_years_in_one_file_that_is_not_sorted(self):
        times = [f"{year}-{month:02}-15T00:00:{n:02}Z" for n in range(3) for year in (2021, 2019, 2020)
                 for month in range(12, 0, -1)]
        self.put(readings([(1, time, 1) for time in times]))
        self.assertEqual(len(self.names()), 36)
        self.assertEqual(self.count("sp.reading"), 108)
        self.assertEqual(self.count("sp.reading_2020_02"), 3)

    def test_the_ends_of_time(self):
        self.put(readings([(1, "0001-01-01T00:00:00Z", 1), (1, "9999-12-31T23:59:59.999999Z", 1)]))
        self.assertEqual(self.names(), ["reading_0001_01", "reading_9999_12"])

    def test_too_many_months(self):
        rows = readings([(1, f"{year}-01-01", 1) for year in range(1000, 1010)])
        for policy in ("error", "keep"):
            said = self.put(rows, "--max-partitions", "9", *POLICIES[policy], status=65)
            self.assertIn("row 10 (line 11), field ts", said)
            self.assertEqual(self.names(), [])
        self.put(rows, "--max-partitions", "10")
        self.assertEqual(len(self.names()), 10)

    def test_partitions_of_a_load_that_fails_are_gone(self):
        self.put(readings([(1, "2017-07-01", 1), (1, "2018-07-01", 1), (1, "2018-07-01", 1)]), status=65)
        self.assertEqual(self.names(), [])

    def test_a_file_with_known_rows_and_new_months(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        self.put(readings([(1, "2019-01-01", 1), (1, "2017-07-01", 1), (1, "2020-01-01", 1)]), "--on-known", "skip")
        self.assertEqual(self.names(), ["reading_2017_07", "reading_2019_01", "reading_2020_01"])
        self.assertEqual(self.count("sp.reading"), 3)

    def test_two_loaders_need_the_same_new_month_at_once(self):
        first = self.start_load(*self.with_schema("reading=-"))
        first.stdin.write(readings([(1, f"2017-07-01T00:00:00.{n:06}", 1) for n in range(60000)]).encode())
        first.stdin.flush()
        wait_until(self.copying, "the first has made the month and copies")
        others = [self.start_load(*self.with_schema("reading=-")) for _ in range(4)]
        for sensor, process in enumerate(others, 2):
            process.stdin.write(readings([(sensor, "2017-07-01", 1), (sensor, "2017-08-01", 1)]).encode())
            process.stdin.close()
            process.stdin = None
        wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                      " current_database() AND wait_event = 'advisory'") == "4",
                   "the others wait for the month")
        first.stdin.write(b"1,2017-08-01,1,net\n")
        first.stdin.close()
        first.stdin = None
        for process in [first, *others]:
            self.finish(process)
        self.assertEqual(self.names(), ["reading_2017_07", "reading_2017_08"])
        self.assertEqual(self.count("sp.reading"), 60009)

    def test_a_new_month_does_not_wait_for_a_copy_that_runs(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        running = self.start_load(*self.with_schema("reading=-"))
        running.stdin.write(readings([(2, "2017-07-01", 1)]).encode())
        running.stdin.write(b"".join(f"2,2017-07-02T00:00:00.{n:06}Z,1,net\n".encode() for n in range(60000)))
        running.stdin.flush()
        wait_until(self.copying, "a COPY runs")
        self.put(readings([(3, "2030-01-01", 1)]))
        self.assertIsNotNone(self.copying())
        running.stdin.close()
        running.stdin = None
        self.finish(running)
        self.assertEqual(self.count("sp.reading"), 60003)

    def test_indexes_and_constraints_of_a_partition_are_those_of_the_table(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        self.assertEqual(
            self.sql("SELECT count(*) FROM pg_index i JOIN pg_inherits h ON h.inhrelid = i.indexrelid"
                     " WHERE i.indrelid = 'sp.reading_2017_07'::regclass"),
            self.sql("SELECT count(*) FROM pg_index WHERE indrelid = 'sp.reading'::regclass"))

    def test_a_partition_that_covers_more_is_used(self):
        self.sql("CREATE TABLE sp.reading_2016 PARTITION OF sp.reading"
                 " FOR VALUES FROM ('2016-01-01Z') TO ('2017-01-01Z')")
        self.put(readings([(1, "2016-05-05", 1), (1, "2017-05-05", 1)]))
        self.assertEqual(self.names(), ["reading_2016", "reading_2017_05"])

    def refuse(self, *rows, words, policy="error"):
        """A load of these rows, which the database has no place for; nothing may come of it."""
        before = self.names(), self.count("sp.ingest"), self.count("sp.reading")
        said = self.put(readings(rows), "--quiet", *POLICIES[policy], status=78)
        self.assertIn(words, said)
        self.assertEqual(said.count("\n"), 1, said)
        self.assertEqual((self.names(), self.count("sp.ingest"), self.count("sp.reading")), before)
        return said

    def test_a_month_that_was_detached(self):
        self.put(readings([(1, "2017-07-01", 1), (1, "2017-09-01", 1)]))
        self.sql("ALTER TABLE sp.reading DETACH PARTITION sp.reading_2017_07")
        new = [(2, "2017-08-01", 1), (2, "2017-07-02", 1)]
        for policy in POLICIES:
            said = self.refuse(*new, policy=policy, words="sp.reading_2017_07 is there and is not attached")
        # Also where other rows are there already, and the input is read again.
        for policy in ("keep", "replace"):
            self.refuse((1, "2017-09-01", 2), *new, policy=policy, words="is not attached")
        self.assertEqual(self.count("sp.reading_2017_07"), 1)
        self.sql(said[said.index("ALTER TABLE"):said.index("; or rename it")])
        self.put(readings(new))
        self.assertEqual((self.names(), self.count("sp.reading")),
                         (["reading_2017_07", "reading_2017_08", "reading_2017_09"], 4))

    def test_a_month_that_was_detached_and_renamed(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        self.sql("ALTER TABLE sp.reading DETACH PARTITION sp.reading_2017_07",
                 "ALTER TABLE sp.reading_2017_07 RENAME TO old_2017_07")
        self.put(readings([(1, "2017-07-01", 2)]))
        self.assertEqual((self.count("sp.reading_2017_07"), self.count("sp.old_2017_07")), (1, 1))

    def test_a_detached_month_that_a_larger_partition_covers(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        self.sql("ALTER TABLE sp.reading DETACH PARTITION sp.reading_2017_07",
                 "CREATE TABLE sp.reading_2017 PARTITION OF sp.reading"
                 " FOR VALUES FROM ('2017-01-01Z') TO ('2018-01-01Z')")
        self.put(readings([(1, "2017-07-01", 2)]))
        self.assertEqual((self.names(), self.count("sp.reading_2017")), (["reading_2017"], 1))

    def test_a_month_that_is_being_detached(self):
        self.put(readings([(1, "2017-07-01", 1)]))
        # Where DETACH ... CONCURRENTLY was interrupted.
        self.sql("UPDATE pg_inherits SET inhdetachpending = true"
                 " WHERE inhrelid = 'sp.reading_2017_07'::regclass")
        for policy in POLICIES:
            self.refuse((2, "2017-07-02", 1), policy=policy, words="a partition is being detached")

    def test_a_partition_that_covers_a_part_of_its_month(self):
        self.sql("CREATE TABLE sp.some_days PARTITION OF sp.reading FOR VALUES FROM ('2017-07-01Z') TO ('2017-07-10Z')")
        self.put(readings([(1, "2017-07-05", 1)]))
        for policy in POLICIES:
            self.refuse((1, "2017-07-20", 1), policy=policy, words="covers a part of its month only")
        for policy in ("keep", "replace"):
            self.refuse((1, "2017-07-05", 2), (1, "2017-07-20", 1), policy=policy, words="covers a part")

    def test_a_default_partition_that_holds_rows_of_a_new_month(self):
        self.sql("CREATE TABLE sp.rest PARTITION OF sp.reading DEFAULT",
                 "INSERT INTO sp.reading (sensor_id, ts, ingest_id) VALUES (1, '2017-07-01Z', 1)")
        self.refuse((1, "2017-07-02", 1), words="default partition")
        self.put(readings([(1, "2017-08-01", 1)]))

    def test_a_row_that_a_check_refuses_is_wrong_data(self):
        self.put(readings([(1, "2016-01-01", 1)]))
        self.sql("ALTER TABLE sp.reading ADD CHECK (temperature < 100)")
        for policy in ("error", "keep"):
            self.put(readings([(1, "2017-07-01", 100)]), *POLICIES[policy], status=65)
        self.sql("CREATE FUNCTION public.refuse() RETURNS trigger LANGUAGE plpgsql AS"
                 " $$ BEGIN RAISE check_violation; END $$",
                 "CREATE TRIGGER refuse BEFORE INSERT ON sp.reading FOR EACH ROW EXECUTE FUNCTION public.refuse()")
        self.put(readings([(1, "2017-07-01", 1)]), status=65)

    def test_the_function_serves_only_times_that_readings_can_have(self):
        for time in ("infinity", "-infinity", "0001-01-01 00:00:00+00 BC", "20000-01-01"):
            self.refused(f"SELECT sp.ensure_month('{time}')", "postgres")
        self.assertEqual(self.names(), [])

    def test_other_partitioned_tables_are_their_owners_matter(self):
        # Of their partitions nothing is known, in whatever schema they are, and sp.reading gets none for them.
        for table in ("public.p", "sp.p"):
            with self.subTest(table):
                self.sql(f"CREATE TABLE {table} (ts timestamptz) PARTITION BY RANGE (ts)",
                         f"CREATE TABLE {table}_2017 PARTITION OF {table} FOR VALUES FROM ('2017-01-01Z') TO ('2018-01-01Z')")
                self.load(f"{table}=-", stdin="ts\n2017-07-01\n2017-08-01\n")
                self.assertEqual((self.count(table), self.names()), (2, []))

    def test_months_that_were_dropped(self):
        rows = [(1, "2017-06-01", 1), (1, "2017-07-01", 2), (1, "2017-08-01", 3)]
        self.put(readings(rows[:2]))
        self.assertEqual(self.value("SELECT sp.drop_readings_before('2017-07-15Z')"), "1")
        self.assertEqual(self.names(), ["reading_2017_07"])
        # What comes of them is counted, and never loaded.
        report = self.put_report(readings(rows), "--on-known", "skip")
        self.assertEqual((report["rows_out"], report["loaded"], report["known"]), (3, 1, 1))
        self.assertEqual(self.sql("SELECT rows_received, rows_loaded, rows_known, rows_expired, first_ts::date FROM sp.ingest"
                                  " ORDER BY ingest_id DESC LIMIT 1"), [("3", "1", "1", "1", "2017-07-01")])
        self.assertEqual((self.names(), self.count("sp.reading")), (["reading_2017_07", "reading_2017_08"], 2))
        report = self.put_report(readings(rows[:1]))
        self.assertEqual((report["rows_out"], report["loaded"]), (1, 0))
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])


if __name__ == "__main__":
    unittest.main()
