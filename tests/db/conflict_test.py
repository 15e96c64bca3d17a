"""Rows whose primary key exists: --on-conflict error, ignore, update."""
import threading
import unittest

from database import DatabaseTest, readings, wait_until

T = "2017-07-01T00:00:0{}Z".format


class Conflict(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.load("reading=-", stdin=readings([(1, T(0), 10), (2, T(0), 20)]))
        # Keys 1 and 2 exist; 3 and 5 come twice; 4 is new; another month.
        self.again = self.write("again.csv", readings(
            [(3, T(0), 30), (1, T(0), 11), (3, T(0), 31), (4, T(0), 40), (2, T(0), 20), (3, T(0), 32),
             (5, "2018-02-01T00:00:00Z", 50), (5, "2018-02-01T00:00:00Z", "")]))

    def rows(self):
        return [(int(s), float(v) if v else None) for s, v in
                self.sql("SELECT sensor_id, temperature FROM sp.reading ORDER BY sensor_id")]

    def numbers(self, *arguments, **more):
        report = self.load_report(*arguments, **more)
        table = report["tables"][0]
        self.assertEqual((report["loaded"], report["duplicates"]), (table["loaded"], table["duplicates"]))
        return table["received"], table["loaded"], table["duplicates"]

    def test_error_names_the_row_and_commits_nothing(self):
        said = self.load(f"reading={self.again}", status=65)
        self.assertIn("row 2 (line 3)", said)
        self.assertIn("23505", said)
        self.assertEqual(self.rows(), [(1, 10), (2, 20)])

    def test_ignore_keeps_what_is_there_and_the_first_of_the_file(self):
        self.assertEqual(self.numbers("--on-conflict", "ignore", f"reading={self.again}"), (8, 3, 5))
        self.assertEqual(self.rows(), [(1, 10), (2, 20), (3, 30), (4, 40), (5, 50)])

    def test_update_takes_the_last_of_the_file(self):
        self.assertEqual(self.numbers("--on-conflict", "update", f"reading={self.again}"), (8, 3, 5))
        self.assertEqual(self.rows(), [(1, 11), (2, 20), (3, 32), (4, 40), (5, None)])

    def test_update_names_the_load_that_changed_a_row_last(self):
        self.load("--source", self.again, "--on-conflict", "update", f"reading={self.again}")
        ingest = self.value("SELECT ingest_id FROM sp.ingest")
        self.assertEqual(self.sql("SELECT DISTINCT ingest_id FROM sp.reading"), [(ingest,)])

    def test_from_a_stream_and_into_the_ledger(self):
        with open(self.again, "rb") as file:
            text = file.read()
        self.assertEqual(self.numbers("--source", self.again, "--on-conflict", "ignore", "reading=-",
                                      stdin=text), (8, 3, 5))
        self.assertEqual(self.sql("SELECT rows_read, rows_valid, rows_rejected, rows_loaded,"
                                  " rows_duplicate FROM sp.ingest"), [("8", "8", "0", "3", "5")])

    def test_without_conflicts_nothing_is_slow_or_different(self):
        for mode in ("ignore", "update"):
            path = self.write("new.csv", readings([(9, f"20{mode == 'update':02}-01-01", 1), (8, T(1), 2)]))
            self.sql("DELETE FROM sp.reading")
            self.assertEqual(self.numbers("--on-conflict", mode, f"reading={path}"), (2, 2, 0))

    def test_all_rows_are_there(self):
        path = self.write("same.csv", readings([(1, T(0), 10), (2, T(0), 20)]))
        self.assertEqual(self.numbers("--on-conflict", "ignore", f"reading={path}"), (2, 0, 2))
        self.assertEqual(self.numbers("--on-conflict", "update", f"reading={path}"), (2, 0, 2))

    def test_ten_thousand_rows_half_of_them_twice(self):
        rows = [(s, f"2019-01-01T{m // 60:02}:{m % 60:02}:00Z", s + m) for s in range(5)
                for m in range(1000)]
        path = self.write("big.csv", readings(rows[:2500] + rows))
        self.load("reading=-", stdin=readings(rows[4000:]))
        self.assertEqual(self.numbers("--on-conflict", "ignore", f"reading={path}"), (7500, 4000, 3500))
        self.assertEqual(self.value("SELECT sum(temperature) FROM sp.reading WHERE ts >= '2019-01-01'"),
                         str(sum(v for _, _, v in rows)))

    def test_keys_that_are_spelled_in_two_ways(self):
        rows = [(1, T(0), 11), (6, "2017-07-01T00:00:00Z", 60), (6, "2017-07-01T02:00:00+02:00", 61)]
        for mode, value in (("ignore", 60), ("update", 61)):
            self.sql("DELETE FROM sp.reading WHERE sensor_id > 2")
            path = self.write("spelled.csv", readings(rows))
            self.assertEqual(self.numbers("--on-conflict", mode, f"reading={path}"), (3, 1, 2))
            self.assertEqual(self.rows()[2:], [(6, value)])

    def test_rows_that_another_load_commits_in_the_middle(self):
        # Key 1 is there, so that keys are looked for; 7 is not, but is there when its row comes.
        path = self.write("race.csv", readings([(1, T(0), 11), (7, T(0), 70), (8, T(0), 80)]))
        for mode, value in (("ignore", 71), ("update", 70)):
            self.sql("DELETE FROM sp.reading WHERE sensor_id > 2")
            other = threading.Thread(target=self.sql, args=(
                f"BEGIN; INSERT INTO sp.reading (sensor_id, ts, temperature) VALUES (7, '{T(0)}', 71);"
                " DO $$ BEGIN FOR i IN 1..3000 LOOP PERFORM pg_stat_clear_snapshot();"
                " EXIT WHEN EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
                " AND wait_event = 'transactionid'); PERFORM pg_sleep(0.01); END LOOP; END $$; COMMIT",))
            other.start()
            wait_until(lambda: self.value("SELECT count(*) FROM pg_stat_activity WHERE datname ="
                                          " current_database() AND wait_event = 'PgSleep'") == "1",
                       "the other has inserted and waits")
            self.assertEqual(self.numbers("--on-conflict", mode, f"reading={path}"), (3, 1, 2))
            other.join()
            self.assertEqual(self.rows()[2:], [(7, value), (8, 80)])

    def test_a_row_that_the_server_refuses_is_told_whichever_rows_are_left_out(self):
        self.sql("ALTER TABLE sp.reading ADD CONSTRAINT cold CHECK (temperature < 100)")
        for rows, row in (([(1, T(0), 11), (7, T(0), 1), (2, T(0), 2), (8, T(0), 101)], 4),
                          ([(7, T(0), 1), (1, T(0), 11), (7, T(0), 1), (7, T(0), 1), (8, T(0), 101)], 5)):
            path = self.write("hot.csv", readings(rows))
            said = self.load("--on-conflict", "ignore", f"reading={path}", status=65)
            self.assertIn(f"row {row} (line {row + 1})", said)

    def conflicts(self, *arguments, **more):
        report = self.load_report("--source", self.again, *arguments, f"reading={self.again}", **more)
        table = report["tables"][0]
        self.assertEqual(report.get("conflicts"), table.get("conflicts"))
        return report["duplicates"], report.get("conflicts")

    def test_other_values_are_told_from_the_same_values(self):
        # Left out: 1 has another value than the table; 3, 3 and 5 others than the file's first.
        # Replaced: the same, each by another value than it had. 2 is the same in both.
        for mode, does in (("ignore", "is left out"), ("update", "replaced them")):
            with self.subTest(mode):
                self.sql("DELETE FROM sp.ingest", "DELETE FROM sp.reading WHERE sensor_id > 2",
                         "UPDATE sp.reading SET temperature = 10 WHERE sensor_id = 1")
                said = self.load("--dry-run", "--on-conflict", mode, f"reading={self.again}")
                self.assertEqual(said.count(does), 4, said)
                for row, key in ((2, f"sensor_id '1', ts '{T(0)}'"), (3, f"sensor_id '3', ts '{T(0)}'"),
                                 (6, f"sensor_id '3', ts '{T(0)}'"),
                                 (8, "sensor_id '5', ts '2018-02-01T00:00:00Z'")):
                    self.assertRegex(said, f"row {row} \\(line {row + 1}\\): sp.reading: {key} was there")
                what = "replaced" if mode == "update" else "there already"
                self.assertIn(f"5 {what} (4 with other values)", said)
                self.assertEqual(self.conflicts("--on-conflict", mode), (5, 4))
                self.assertEqual(self.sql("SELECT rows_duplicate, rows_conflict FROM sp.ingest"), [("5", "4")])
                self.assertEqual(self.value("SELECT rows_conflict FROM sp.file_quality"), "4")

    def test_the_same_values_are_no_conflict(self):
        self.load("--source", self.again, "--on-conflict", "ignore", f"reading={self.again}")
        path = self.write("same.csv", readings([(4, T(0), "40.0"), (3, "2017-07-01T02:00:00+02:00", 30),
                                                (5, "2018-02-01", 50), (5, "2018-02-01", 50), (6, T(1), 6)]))
        for mode in ("ignore", "update"):
            said = self.load("--on-conflict", mode, f"reading={path}")
            self.assertNotIn("other values", said)
            report = self.load_report("--on-conflict", mode, f"reading={path}")
            self.assertEqual((report["duplicates"], report["conflicts"]), (5, 0))

    def test_update_compares_each_row_with_what_it_replaces(self):
        path = self.write("turns.csv", readings([(1, T(0), 10), (1, T(0), 11), (1, T(0), 11), (1, T(0), 10),
                                                 (7, T(0), 1), (7, T(0), 1), (7, T(0), 2)]))
        report = self.load_report("--on-conflict", "update", f"reading={path}")
        self.assertEqual((report["duplicates"], report["conflicts"]), (6, 3))

    def test_many_conflicts_are_counted_and_few_are_told(self):
        rows = [(s, f"2019-01-01T{m // 60:02}:{m % 60:02}:00Z", m) for s in (1, 2) for m in range(600)]
        self.load("reading=-", stdin=readings(rows))
        other = self.write("other.csv", readings([(s, t, v + v % 2) for s, t, v in rows]))
        said = self.load("--on-conflict", "ignore", f"reading={other}")
        self.assertEqual(said.count("was there with other values"), 5)
        self.assertIn("595 more rows", said)
        self.assertIn("1200 there already (600 with other values)", said)

    def test_nulls_numbers_and_types_that_cannot_be_compared(self):
        self.sql("CREATE TABLE sp.odd (k int PRIMARY KEY, j json, n numeric, f float8, t text)",
                 """INSERT INTO sp.odd VALUES (1, '{"a":1}', 1.50, 'NaN', NULL), (2, '{"a":1}', 2, 0, 'x')""")
        head = "k,j,n,f,t\n"
        for rows, conflicts in (('1,"{""a"":1}",1.5,NaN,\n', 0), ('2,"{""a"":1}",2.0,-0,x\n', 0),
                                ('1,"{""a"":2}",1.5,NaN,\n', 1), ('2,"{""a"":1}",2,0,\n', 1),
                                ('2,"{""a"":1}",2,0,y\n', 1), ('2,"{""a"":1}",,0,x\n', 1)):
            with self.subTest(rows):
                report = self.load_report("--on-conflict", "ignore", "odd=-", stdin=head + rows)
                self.assertEqual(report["conflicts"], conflicts)

    def test_conflicts_within_one_batch(self):
        files = [self.write(name, name) for name in ("a", "b")]
        text = "sensor_id,ts,temperature,file\n" + "".join(
            f"{s},{T(0)},{v},{files[f]}\n" for f, s, v in ((0, 1, 10), (0, 3, 30), (1, 3, 31), (1, 2, 21), (1, 4, 4)))
        report = self.load_report("--source", *files, "--source-column", "file", "--on-conflict", "ignore",
                                  "reading=-", stdin=text)
        self.assertEqual([(f["rows_loaded"], f["rows_duplicate"], f["rows_conflict"]) for f in report["files"]],
                         [(1, 1, 0), (1, 2, 2)])
        self.assertEqual(self.sql("SELECT rows_conflict FROM sp.ingest ORDER BY name"), [("0",), ("2",)])

    def test_a_key_that_the_database_always_makes_itself(self):
        self.sql("CREATE TABLE sp.made (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v int)")
        self.load("made=-", stdin="id,v\n7,1\n")
        self.assertEqual(self.numbers("--on-conflict", "ignore", "made=-", stdin="id,v\n7,2\n8,1\n"),
                         (2, 1, 1))
        self.assertEqual(self.numbers("--on-conflict", "update", "made=-", stdin="id,v\n7,3\n9,1\n9,2\n"),
                         (3, 1, 2))
        self.assertEqual(self.sql("SELECT * FROM sp.made ORDER BY id"), [("7", "3"), ("8", "1"), ("9", "2")])

    def test_a_trigger_that_leaves_rows_out_is_told(self):
        self.sql("CREATE TABLE sp.picky (a int)",
                 "CREATE FUNCTION sp.pick() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
                 "CREATE TRIGGER pick BEFORE INSERT ON sp.picky FOR EACH ROW EXECUTE FUNCTION sp.pick()")
        self.assertIn("a trigger", self.load("picky=-", stdin="a\n1\n", status=78))

    def test_tables_that_are_not_ours(self):
        self.sql("CREATE SCHEMA mine",
                 'CREATE TABLE mine.t (x json, "the key" text, "b" int, PRIMARY KEY (b, "the key"))',
                 "CREATE TABLE mine.keys (a int PRIMARY KEY)", "CREATE TABLE mine.no_key (a int)",
                 "CREATE TABLE mine.other (a int PRIMARY KEY, u int UNIQUE)")
        text = "the key,b,x\nk,1,[1]\nk,2,[2]\nk,1,[3]\n"
        self.assertEqual(self.numbers("--on-conflict", "update", "mine.t=-", stdin=text), (3, 2, 1))
        self.assertEqual(self.numbers("--on-conflict", "ignore", "mine.t=-", stdin=text), (3, 0, 3))
        self.assertEqual(self.sql("SELECT * FROM mine.t ORDER BY b"),
                         [("[3]", "k", "1"), ("[2]", "k", "2")])
        self.assertEqual(self.numbers("--on-conflict", "update", "mine.keys=-", stdin="a\n1\n1\n2\n"),
                         (3, 2, 1))
        for mode in ("ignore", "update"):
            said = self.load("--on-conflict", mode, "mine.no_key=-", stdin="a\n1\n1\n", status=78)
            self.assertIn("mine.no_key has no primary key", said)
        said = self.load("--on-conflict", "update", "mine.keys=-", stdin="a\n1\n2\n")
        self.assertIn("0 rows loaded, 2 replaced", said)
        said = self.load("mine.keys=-", stdin="a\n1\n", status=65)
        self.assertIn("--on-conflict ignore leaves such rows out", said)
        # Another unique key than the primary one is no duplicate, but an error.
        said = self.load("--on-conflict", "ignore", "mine.other=-", stdin="a,u\n1,1\n1,1\n2,1\n", status=65)
        self.assertIn("other_u_key", said)
        self.assertEqual(self.count("mine.other"), 0)

    def test_bad_values_are_found_on_the_slow_way_too(self):
        path = self.write("bad.csv", readings([(1, T(0), 1), (7, T(0), 1), (8, T(0), "warm")]))
        said = self.load("--on-conflict", "ignore", f"reading={path}", status=65)
        self.assertIn("row 3 (line 4), field temperature", said)
        self.assertEqual(self.rows(), [(1, 10), (2, 20)])

    def test_two_inputs_that_both_hold_duplicates(self):
        self.assertEqual(self.load_report("--on-conflict", "ignore", f"reading={self.again}",
                                          f"reading={self.again}")["tables"],
                         [{"table": "sp.reading", "received": 8, "loaded": n, "duplicates": 8 - n,
                           "conflicts": 4, "format": "binary"} for n in (3, 0)])

    def test_dimensions_are_written_once_on_the_slow_way(self):
        path = self.write("d.csv", "sensor_id,ts,temperature,sensor_type\n"
                          f"1,{T(0)},1,BME280\n6,{T(0)},1,BME280\n6,{T(1)},1,BME280\n")
        self.assertEqual(self.numbers("--on-conflict", "ignore", "--dimension",
                                      "sensor(sensor_id,sensor_type)", f"reading={path}"), (3, 2, 1))
        self.assertEqual(self.sql("SELECT sensor_id, sensor_type FROM sp.sensor ORDER BY 1"),
                         [("1", "BME280"), ("6", "BME280")])


if __name__ == "__main__":
    unittest.main()
