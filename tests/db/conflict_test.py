"""Rows whose primary key exists: --on-known error, skip; --on-conflict error, keep, replace."""
import threading
import unittest

from database import DatabaseTest, own_rows, readings, wait_until

T = "2017-07-01T00:00:0{}Z".format
KEEP = ("--on-known", "skip", "--on-conflict", "keep")
REPLACE = ("--on-known", "skip", "--on-conflict", "replace")
MODES = {"keep": KEEP, "replace": REPLACE}


class Both:
    """What holds for a table of one's own and for sp.reading by a schema."""

    def setUp(self):
        super().setUp()
        self.prepare()
        self.bring(readings_of=[(1, T(0), 10), (2, T(0), 20)])
        # Keys 1 and 2 exist; 3 and 5 come twice; 4 is new; another month.
        self.again = self.write("again.csv", self.text(
            [(3, T(0), 30), (1, T(0), 11), (3, T(0), 31), (4, T(0), 40), (2, T(0), 20), (3, T(0), 32),
             (5, "2018-02-01T00:00:00Z", 50), (5, "2018-02-01T00:00:00Z", "")]))

    def bring(self, *flags, path=None, readings_of=None, **more):
        return self.load(*self.arguments(path or self.write("rows.csv", self.text(readings_of)), *flags), **more)

    def bring_report(self, *flags, path=None, readings_of=None, **more):
        path = path or self.write("rows.csv", self.text(readings_of))
        return self.load_report(*self.arguments(path, *flags), **more)

    def numbers(self, *flags, **more):
        """Received, loaded, known, kept out, replaced."""
        report = self.bring_report(*flags, **more)
        table = report["tables"][0]
        for name in ("loaded", "known", "completed", "kept_out", "replaced"):
            self.assertEqual(report[name], table[name])
        self.assertEqual(report["rows_out"], table["received"])
        return tuple(table[name] for name in ("received", "loaded", "known", "kept_out", "replaced"))

    def test_error_names_the_row_and_commits_nothing(self):
        said = self.bring(path=self.again, status=65)
        self.assertIn("row 2 (line 3)", said)
        self.assertRegex(said, "--on-known|--on-conflict")
        self.assertEqual(self.rows(), [(1, 10), (2, 20)])

    def test_each_policy_stops_what_it_names(self):
        same, other = [(6, T(0), 60), (2, T(0), 20)], [(6, T(0), 60), (1, T(0), 11)]
        for rows, flags in ((same, ("--on-conflict", "keep")), (same, ("--on-conflict", "replace")),
                            (same, ("--on-known", "error", "--on-conflict", "keep"))):
            with self.subTest(flags=flags):
                self.assertIn("--on-known skip", self.bring(*flags, readings_of=rows, status=65))
        for flags in (("--on-known", "skip"), ("--on-known", "skip", "--on-conflict", "error")):
            with self.subTest(flags=flags):
                said = self.bring(*flags, readings_of=other, status=65)
                self.assertIn("row 2 (line 3)", said)
                self.assertIn("--on-conflict keep", said)
        self.assertEqual(self.rows(), [(1, 10), (2, 20)])
        self.assertEqual(self.numbers("--on-known", "skip", readings_of=same), (2, 1, 1, 0, 0))
        self.assertEqual(self.numbers("--on-conflict", "keep", readings_of=[(1, T(0), 11)]), (1, 0, 0, 1, 0))
        self.assertEqual(self.numbers("--on-conflict", "replace", readings_of=[(1, T(0), 12)]), (1, 0, 0, 0, 1))

    def test_so_many_conflicts_and_no_more(self):
        rows = [(6, T(0), 60), (1, T(0), 11), (2, T(0), 21)]
        for mode, flags in MODES.items():
            with self.subTest(mode):
                said = self.bring(*flags, "--max-conflicts", "1", readings_of=rows, status=65)
                self.assertIn("--max-conflicts", said)
                self.assertEqual(self.rows(), [(1, 10), (2, 20)])
        self.assertEqual(self.numbers(*KEEP, "--max-conflicts", "2", readings_of=rows), (3, 1, 0, 2, 0))
        # What is there with the same values does not count.
        self.assertEqual(self.numbers(*KEEP, "--max-conflicts", "0", readings_of=[(1, T(0), 10), (2, T(0), 20)]),
                         (2, 0, 2, 0, 0))

    def test_keep_leaves_what_is_there_and_the_first_of_the_file(self):
        self.assertEqual(self.numbers(*KEEP, path=self.again), (8, 3, *self.kept))
        self.assertEqual(self.rows(), [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)])

    def test_replace_takes_the_last_of_the_file(self):
        self.assertEqual(self.numbers(*REPLACE, path=self.again), (8, 3, *self.replaced))
        self.assertEqual(self.rows(), [(1, 11), (2, 20), (3, 32), (4, 40), (5, self.last)])

    def test_from_a_stream_and_into_the_ledger(self):
        with open(self.again, "rb") as file:
            text = file.read()
        source = self.source()
        self.assertEqual(self.numbers(*KEEP, "--source", source, path="-", stdin=text), (8, 3, *self.kept))
        self.assertEqual(self.sql("SELECT rows_read, rows_passed, rows_rejected, rows_received, rows_loaded, rows_completed,"
                                  f" rows_known, rows_kept_out, rows_replaced FROM sp.ingest WHERE name = '{self.sources}.source'"),
                         [tuple(map(str, (8, 8, 0, 8, 3, 0, *self.kept)))])

    def test_without_conflicts_nothing_is_slow_or_different(self):
        for n, flags in enumerate(MODES.values()):
            self.clean(0)
            self.assertEqual(self.numbers(*flags, readings_of=[(9, f"20{n:02}-01-01", 1), (8, T(1), 2)]), (2, 2, 0, 0, 0))

    def test_all_rows_are_there(self):
        for flags in MODES.values():
            self.assertEqual(self.numbers(*flags, readings_of=[(1, T(0), 10), (2, T(0), 20)]), (2, 0, 2, 0, 0))

    def test_ten_thousand_rows_half_of_them_twice(self):
        rows = [(s, f"2019-01-01T{m // 60:02}:{m % 60:02}:00Z", s + m) for s in range(5)
                for m in range(1000)]
        self.bring(readings_of=rows[4000:])
        self.assertEqual(self.numbers(*KEEP, readings_of=rows[:2500] + rows), (7500, 4000, 3500, 0, 0))
        self.assertEqual(sum(v for _, v in self.rows()), 30 + sum(v for _, _, v in rows))

    def test_keys_that_are_spelled_in_two_ways(self):
        rows = [(1, T(0), 11), (6, "2017-07-01T00:00:00Z", 60), (6, "2017-07-01T02:00:00+02:00", 61)]
        for flags, value, numbers in ((KEEP, 60, (3, 1, 0, 2, 0)), (REPLACE, 61, (3, 1, 0, 0, 2))):
            self.clean(2)
            self.assertEqual(self.numbers(*flags, readings_of=rows), numbers)
            self.assertEqual(self.rows()[2:], [(6, value)])

    def test_rows_that_another_load_commits_in_the_middle(self):
        # Key 1 is there, so that keys are looked for; 7 is not, but is there when its row comes.
        path = self.write("race.csv", self.text([(1, T(0), 11), (7, T(0), 70), (8, T(0), 80)]))
        for flags, value, numbers in ((KEEP, 71, (3, 1, 0, 2, 0)), (REPLACE, 70, (3, 1, 0, 0, 2))):
            self.clean(2)
            other = threading.Thread(target=self.sql, args=(
                f"BEGIN; {self.insert(7, T(0), 71)};"
                " DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_stat_clear_snapshot();"
                " EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event = 'transactionid'); PERFORM pg_sleep(0.01); END LOOP; END $$; COMMIT",))
            other.start()
            wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                          " current_database() AND wait_event = 'PgSleep'") == "1",
                       "the other has inserted and waits")
            self.assertEqual(self.numbers(*flags, path=path), numbers)
            other.join()
            self.assertEqual(self.rows()[2:], [(7, value), (8, 80)])

    def test_a_row_that_the_server_refuses_is_told_whichever_rows_are_left_out(self):
        self.sql(f"ALTER TABLE {self.table} ADD CONSTRAINT cold CHECK (temperature < 100)")
        for rows, row in (([(1, T(0), 11), (7, T(0), 1), (2, T(0), 2), (8, T(0), 101)], 4),
                          ([(7, T(0), 1), (1, T(0), 11), (7, T(0), 1), (7, T(0), 1), (8, T(0), 101)], 5)):
            said = self.bring(*KEEP, readings_of=rows, status=65)
            self.assertIn(f"row {row} (line {row + 1})", said)

    def test_other_values_are_told_from_the_same_values(self):
        # Kept out: 1 has another value than the table; 3, 3 and, where nothing is a value too, 5 others than
        # the file's first. Replaced: the same, each by another value than it had. 2 is the same in both.
        for mode, does in (("keep", "is left out"), ("replace", "replaced them")):
            with self.subTest(mode):
                self.clean(2)
                self.sql(f"UPDATE {self.table} SET temperature = 10 WHERE temperature = 11")
                numbers = self.kept if mode == "keep" else self.replaced
                conflicts = sum(numbers[1:])
                said = self.bring("--dry-run", *MODES[mode], path=self.again)
                self.assertEqual(said.count(does), conflicts, said)
                for row, sensor, time in self.told:
                    self.assertRegex(said, f"row {row} \\(line {row + 1}\\): {self.table}: {self.named(sensor, time)} was there")
                what = "replaced" if mode == "replace" else "kept out"
                self.assertIn(f", {numbers[0]} there already, {conflicts} {what}", said)
                self.assertEqual(self.numbers(*MODES[mode], "--source", self.source(), path=self.again), (8, 3, *numbers))
                columns = "rows_known, rows_kept_out, rows_replaced"
                for table in ("ingest", "file_quality"):
                    self.assertEqual(self.sql(f"SELECT {columns} FROM sp.{table} WHERE name = '{self.sources}.source'"),
                                     [tuple(map(str, numbers))])

    def test_the_same_values_are_no_conflict(self):
        self.bring(*KEEP, path=self.again)
        rows = [(4, T(0), "40.0"), (3, "2017-07-01T02:00:00+02:00", 30), (5, "2018-02-01", 50), (5, "2018-02-01", 50),
                (6, T(1), 6)]
        for flags in MODES.values():
            said = self.bring(*flags, readings_of=rows)
            self.assertNotIn("other values", said)
            self.assertEqual(self.numbers(*flags, readings_of=rows), (5, 0, 5, 0, 0))

    def test_replace_compares_each_row_with_what_it_replaces(self):
        rows = [(1, T(0), 10), (1, T(0), 11), (1, T(0), 11), (1, T(0), 10), (7, T(0), 1), (7, T(0), 1), (7, T(0), 2)]
        self.assertEqual(self.numbers(*REPLACE, readings_of=rows), (7, 1, 3, 0, 3))

    def test_many_conflicts_are_counted_and_few_are_told(self):
        rows = [(s, f"2019-01-01T{m // 60:02}:{m % 60:02}:00Z", m) for s in (1, 2) for m in range(600)]
        self.bring(readings_of=rows)
        said = self.bring(*KEEP, readings_of=[(s, t, v + v % 2) for s, t, v in rows])
        self.assertEqual(said.count("was there with other values"), 5)
        self.assertIn("595 more rows", said)
        self.assertIn("0 rows loaded, 600 there already, 600 kept out", said)

    def test_conflicts_within_one_batch(self):
        files = [self.write(name, name) for name in ("a", "b")]
        rows = ((0, 1, 10), (0, 3, 30), (1, 3, 31), (1, 2, 21), (1, 4, 4))
        text = self.text([]).replace("\n", ",file\n") + "".join(
            self.text([(s, T(0), v)]).split("\n")[1] + f",{files[f]}\n" for f, s, v in rows)
        path = self.write("batch.csv", text)
        report = self.bring_report("--source", *files, "--source-column", "file", *KEEP, path=path)
        self.assertEqual([(f["rows_loaded"], f["rows_known"], f["rows_kept_out"], f["rows_replaced"])
                          for f in report["files"]], [(1, 1, 0, 0), (1, 0, 2, 0)])
        self.assertEqual(self.sql("SELECT rows_kept_out FROM sp.ingest WHERE name IN ('a', 'b') ORDER BY name"),
                         [("0",), ("2",)])

    def test_bad_values_are_found_on_the_slow_way_too(self):
        said = self.bring(*KEEP, readings_of=[(1, T(0), 1), (7, T(0), 1), (8, T(0), "warm")], status=65)
        self.assertIn("row 3 (line 4), field temperature", said)
        self.assertEqual(self.rows(), [(1, 10), (2, 20)])


class OwnTable(Both, DatabaseTest):
    table = "mine.reading"
    # No value is a value like others here.
    kept, replaced, last = (1, 4, 0), (1, 0, 4), None
    told = ((2, 1, T(0)), (3, 3, T(0)), (6, 3, T(0)), (8, 5, "2018-02-01T00:00:00Z"))
    text = staticmethod(own_rows)

    def prepare(self):
        self.make_own_table()

    def arguments(self, path, *flags):
        return [*flags, f"mine.reading={path}"]

    def named(self, sensor, time):
        return f"sensor_id '{sensor}', ts '{time}'"

    def insert(self, sensor, time, value):
        return f"INSERT INTO mine.reading VALUES ({sensor}, '{time}', {value})"

    def rows(self):
        return [(int(s), float(v) if v else None) for s, v in
                self.sql("SELECT sensor_id, temperature FROM mine.reading ORDER BY sensor_id, ts")]

    def clean(self, above):
        self.sql(f"DELETE FROM mine.reading WHERE sensor_id > {above}")

    def test_replace_names_the_load_that_changed_a_row_last(self):
        self.sql("ALTER TABLE mine.reading ADD COLUMN ingest_id int")
        self.bring("--source", self.again, *REPLACE, path=self.again)
        ingest = self.value("SELECT ingest_id FROM sp.ingest")
        self.assertEqual(self.sql("SELECT DISTINCT ingest_id FROM mine.reading"), [(ingest,)])

    def test_error_tells_the_servers_word(self):
        self.assertIn("23505", self.bring(path=self.again, status=65))

    def test_nulls_numbers_and_types_that_cannot_be_compared(self):
        self.sql("CREATE TABLE sp.odd (k int PRIMARY KEY, j json, n numeric, f float8, t text)",
                 """INSERT INTO sp.odd VALUES (1, '{"a":1}', 1.50, 'NaN', NULL), (2, '{"a":1}', 2, 0, 'x')""")
        head = "k,j,n,f,t\n"
        for rows, conflicts in (('1,"{""a"":1}",1.5,NaN,\n', 0), ('2,"{""a"":1}",2.0,-0,x\n', 0),
                                ('1,"{""a"":2}",1.5,NaN,\n', 1), ('2,"{""a"":1}",2,0,\n', 1),
                                ('2,"{""a"":1}",2,0,y\n', 1), ('2,"{""a"":1}",,0,x\n', 1)):
            with self.subTest(rows):
                report = self.load_report(*KEEP, "odd=-", stdin=head + rows)
                self.assertEqual((report["kept_out"], report["known"]), (conflicts, 1 - conflicts))

    def counts(self, *arguments, **more):
        [table] = self.load_report(*arguments, **more)["tables"]
        return tuple(table[name] for name in ("received", "loaded", "known", "kept_out", "replaced"))

    def test_a_key_that_the_database_always_makes_itself(self):
        self.sql("CREATE TABLE sp.made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int)")
        self.load("made=-", stdin="id,v\n7,1\n")
        self.assertEqual(self.counts(*KEEP, "made=-", stdin="id,v\n7,2\n8,1\n"), (2, 1, 0, 1, 0))
        self.assertEqual(self.counts(*REPLACE, "made=-", stdin="id,v\n7,3\n9,1\n9,2\n"), (3, 1, 0, 0, 2))
        self.assertEqual(self.sql("SELECT * FROM sp.made ORDER BY id"), [("7", "3"), ("8", "1"), ("9", "2")])

    def test_a_trigger_that_leaves_rows_out_is_told(self):
        self.sql("CREATE TABLE sp.picky (a int)",
                 "CREATE FUNCTION sp.pick() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                 "CREATE TRIGGER pick BEFORE INSERT ON sp.picky FOR EACH ROW EXECUTE FUNCTION sp.pick()")
        self.assertIn("a trigger", self.load("picky=-", stdin="a\n1\n", status=78))

    def test_tables_that_are_not_ours(self):
        self.sql('CREATE TABLE mine.t (x json, "the key" text, "b" int, PRIMARY KEY (b, "the key"))',
                 "CREATE TABLE mine.keys (a int PRIMARY KEY)", "CREATE TABLE mine.no_key (a int)",
                 "CREATE TABLE mine.other (a int PRIMARY KEY, u int UNIQUE)")
        text = "the key,b,x\nk,1,[1]\nk,2,[2]\nk,1,[3]\n"
        self.assertEqual(self.counts(*REPLACE, "mine.t=-", stdin=text), (3, 2, 0, 0, 1))
        self.assertEqual(self.counts(*KEEP, "mine.t=-", stdin=text), (3, 0, 2, 1, 0))
        self.assertEqual(self.sql("SELECT * FROM mine.t ORDER BY b"),
                         [("[3]", "k", "1"), ("[2]", "k", "2")])
        self.assertEqual(self.counts(*REPLACE, "mine.keys=-", stdin="a\n1\n1\n2\n"), (3, 2, 1, 0, 0))
        for flags in MODES.values():
            said = self.load(*flags, "mine.no_key=-", stdin="a\n1\n1\n", status=78)
            self.assertIn("mine.no_key has no primary key", said)
        said = self.load(*REPLACE, "mine.keys=-", stdin="a\n1\n2\n")
        self.assertIn("0 rows loaded, 2 there already", said)
        said = self.load("mine.keys=-", stdin="a\n1\n", status=65)
        self.assertIn("--on-known skip leaves such rows out", said)
        # Another unique key than the primary one is no duplicate, but an error.
        said = self.load(*KEEP, "mine.other=-", stdin="a,u\n1,1\n1,1\n2,1\n", status=65)
        self.assertIn("other_u_key", said)
        self.assertEqual(self.count("mine.other"), 0)

    def test_two_inputs_that_both_hold_rows_that_are_there(self):
        self.assertEqual(self.load_report(*KEEP, f"mine.reading={self.again}", f"mine.reading={self.again}")["tables"],
                         [{"table": "mine.reading", "received": 8, "loaded": loaded, "known": known, "completed": 0,
                           "kept_out": 4, "replaced": 0, "format": "binary"} for loaded, known in ((3, 1), (0, 4))])

    def test_dimensions_are_written_once_on_the_slow_way(self):
        self.sql("CREATE TABLE mine.sensor (sensor_id int PRIMARY KEY, sensor_type text)")
        path = self.write("d.csv", "sensor_id,ts,temperature,sensor_type\n"
                          f"1,{T(0)},1,BME280\n6,{T(0)},1,BME280\n6,{T(1)},1,BME280\n")
        self.assertEqual(self.numbers(*KEEP, "--dimension", "mine.sensor(sensor_id,sensor_type)", path=path),
                         (3, 2, 0, 1, 0))
        self.assertEqual(self.sql("SELECT sensor_id, sensor_type FROM mine.sensor ORDER BY 1"),
                         [("1", "BME280"), ("6", "BME280")])


class Readings(Both, DatabaseTest):
    table = "sp.reading"
    # No value is no other value: a row without one says nothing.
    kept, replaced, last = (2, 3, 0), (2, 0, 3), 50
    told = ((2, 1, T(0)), (3, 3, T(0)), (6, 3, T(0)))
    text = staticmethod(readings)

    def prepare(self):
        # Numbers of other networks come first, so that no key is its sensor's number.
        self.put(readings([(n, T(0), n) for n in range(20)], "other"))

    def arguments(self, path, *flags):
        source = [] if "--source" in flags else ["--source", self.source()]
        return ["--schema", self.schema, *source, *flags, f"reading={path}"]

    def named(self, sensor, time):
        return f"sensor '{sensor}' of 'net', ts '{time}'"

    def insert(self, sensor, time, value):
        return (f"SELECT sp.sensor_ids('net', '{{{sensor}}}', '{{NULL}}', '{{NULL}}', 1);"
                f" INSERT INTO sp.reading (sensor_id, ts, ingest_id, temperature) SELECT sensor_id, '{time}', 1, {value}"
                f" FROM sp.sensor WHERE source = 'net' AND key = '{sensor}'")

    def rows(self):
        return [(int(s), float(v) if v else None) for s, v in
                self.sql("SELECT key, temperature FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                         " WHERE source = 'net' ORDER BY key::int, ts")]

    def clean(self, above):
        self.sql("DELETE FROM sp.reading r USING sp.sensor s WHERE s.sensor_id = r.sensor_id AND s.source = 'net'"
                 f" AND s.key::int > {above}", "TRUNCATE sp.dispute, sp.overlap, sp.completion")

    def tearDown(self):
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])

    def disputes(self):
        return self.sql("SELECT key, kind, \"values\", \"row\", file = winner_file FROM sp.open_disputes ORDER BY dispute_id")

    def test_what_is_kept_out_and_replaced_is_on_record(self):
        self.bring(*KEEP, path=self.again)
        self.assertEqual(self.disputes(), [("1", "kept out", '{"temperature": 11}', "2", "f"),
                                           ("3", "kept out", '{"temperature": 31}', "3", "t"),
                                           ("3", "kept out", '{"temperature": 32}', "6", "t")])
        self.clean(2)
        self.bring(*REPLACE, path=self.again)
        self.assertEqual(self.disputes(), [("1", "replaced", '{"temperature": 10}', "", "f"),
                                           ("3", "replaced", '{"temperature": 30}', "", "t"),
                                           ("3", "replaced", '{"temperature": 31}', "", "t")])

    def test_replace_names_the_load_that_changed_a_row_last(self):
        report = self.bring_report("--source", self.again, *REPLACE, path=self.again)
        self.assertEqual(self.sql("SELECT key FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                  f" WHERE ingest_id = {report['ingest_id']} ORDER BY key"),
                         [("1",), ("3",), ("4",), ("5",)])  # 2 was there with the same value

    def test_a_file_that_grows(self):
        rows = [(1, f"2020-01-01T{hour:02}:00:00Z", hour) for hour in range(24)]
        for end in (8, 16, 24):
            self.assertEqual(self.numbers("--on-known", "skip", readings_of=rows[:end]), (end, 8, end - 8, 0, 0))
        # Each state beside the one before it.
        self.assertEqual(self.sql("SELECT ingest_id - earlier_id, rows_same, rows_completed, rows_other FROM sp.overlap"
                                  " ORDER BY ingest_id"), [("1", "8", "0", "0"), ("1", "8", "0", "0")])
        self.assertEqual(self.value("SELECT n FROM sp.daily WHERE key = '1' AND day = '2020-01-01Z'"), "24")

    def test_a_row_that_holds_more_completes_the_one_that_is_there(self):
        path = self.write("more.csv", f"sensor_id,ts,humidity,source\n1,{T(0)},50,net\n6,{T(0)},60,net\n2,{T(0)},,net\n")
        report = self.bring_report("--on-known", "skip", path=path)
        self.assertEqual((report["loaded"], report["completed"], report["known"]), (2, 1, 1))
        self.assertEqual(self.sql("SELECT key, temperature, humidity FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                  " WHERE source = 'net' ORDER BY key"), [("1", "10", "50"), ("2", "20", ""), ("6", "", "60")])
        self.assertEqual(self.sql(f"SELECT rows_loaded, rows_completed FROM sp.ingest WHERE ingest_id = {report['ingest_id']}"),
                         [("2", "1")])
        # And is taken back with its load.
        self.sql(f"SELECT sp.forget_ingest({report['ingest_id']})")
        self.assertEqual(self.sql("SELECT key, temperature, humidity FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                  " WHERE source = 'net' ORDER BY key"), [("1", "10", ""), ("2", "20", "")])

    def test_metrics_are_those_of_the_readings_whatever_was_there(self):
        day = [(1, f"2020-01-01T{hour:02}:00:00Z", hour) for hour in range(24)]
        metric = "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen\n"
        for flags, rows in ((KEEP, day[:12]), (KEEP, day), (REPLACE, [(s, t, v + v % 2) for s, t, v in day])):
            values = [v for _, _, v in rows]
            mean = sum(values) / len(values)
            m2 = sum((v - mean) ** 2 for v in values)
            states = self.write("m.csv", f"{metric}net,1,2020-01-01T00:00:00Z,1d,temperature,degC,{len(rows)},{mean!r},{m2!r},"
                                f"{min(values)},{max(values)},{rows[0][1]},{rows[-1][1]}\n")
            self.load(*self.arguments(self.write("rows.csv", readings(rows)), *flags), f"metric={states}")
            self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
            self.assertEqual(self.sql("SELECT n, min, max FROM sp.daily WHERE key = '1' AND day = '2020-01-01Z'"),
                             [(str(len(rows)), "0", str(int(max(values))))])


if __name__ == "__main__":
    unittest.main()
