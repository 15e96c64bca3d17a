"""Rows by COPY: every type both ways, whatever the session is set to, and errors that name the row."""
import json
import unittest

from database import DatabaseTest, own_rows, readings

TYPES = {  # column: type, values, and what is refused
    "i2": ("smallint", ["1", " -32768 ", "", "+7"], ["32768", "1.0"]),
    "i4": ("integer", ["2147483647", "-1", "0", ""], ["2147483648", "x"]),
    "i8": ("bigint", ["9223372036854775807", "-9223372036854775808", "", "12"], ["1e3"]),
    "f4": ("real", ["1.1", "16777217", "-0", "1.00000005960464477540"], ["1e39", "1e-60"]),
    "f8": ("double precision", ["42.653999999999996", "NaN", " -inf ", "5e-324"], ["1e999", "warm"]),
    "b": ("boolean", ["t", "off", "YES", ""], ["maybe", "o"]),
    "t": ("text", ["a,b", "\\.", "\\N", "\u0441\u043e\u0444\u0438\u044f \u20ac \t\n\r x"], []),
    "v": ("varchar(5)", ["abcde", "", "\u20ac\u20ac", "'\""], []),
    "tz": ("timestamptz", ["2017-07-01T02:00:00.1234567+02:00", "2017-02-03 04:05", "2017-02-03",
                           "2016-12-31T23:59:60Z"], ["03.02.2017", "yesterday", "infinity"]),
    "ts": ("timestamp", ["2017-07-01T02:00:00+02:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
                         ""], ["2017-02-30T00:00:00Z"]),
    "d": ("date", ["2017-03-04", "0001-01-01", "9999-12-31", ""], ["04.03.2017", "2017-02-29"]),
}
HOSTILE = {"DateStyle": "'SQL, DMY'", "TimeZone": "'Asia/Kolkata'", "client_encoding": "LATIN1",
           "search_path": "evil, public", "standard_conforming_strings": "off",
           "extra_float_digits": "'-15'", "IntervalStyle": "iso_8601",
           "default_transaction_isolation": "serializable",
           "default_transaction_deferrable": "on", "bytea_output": "escape",
           "synchronous_commit": "off", "client_min_messages": "error", "lc_messages": "'C'"}


def quoted(value):
    return '"' + value.replace('"', '""') + '"' if value else ""


class Copy(DatabaseTest):
    def make_tables(self):
        columns = ", ".join(f"{name} {kind}" for name, (kind, _, _) in TYPES.items())
        # A column that has no binary encoder makes the whole table go as text.
        self.sql("CREATE SCHEMA trial", f"CREATE TABLE trial.fast (n int, {columns})",
                 f"CREATE TABLE trial.slow (n int, {columns}, j jsonb)")
        lines = ["n," + ",".join(TYPES)]
        lines += [f"{i}," + ",".join(quoted(values[i]) for _, values, _ in TYPES.values())
                  for i in range(4)]
        slow = [lines[0] + ",j", *(line + ",{}" for line in lines[1:])]
        return (self.write("types.csv", "\n".join(lines) + "\n"),
                self.write("slow.csv", "\n".join(slow) + "\n"))

    def dump(self, table):
        return self.sql("SET TimeZone = 'UTC'", "SET extra_float_digits = 3",
                        f"SELECT n, {', '.join(TYPES)} FROM {table} ORDER BY n")

    def formats(self, *arguments, **more):
        return [table["format"] for table in self.load_report(*arguments, **more)["tables"]]

    def test_binary_and_text_bring_the_same_rows(self):
        fast, slow = self.make_tables()
        self.assertEqual(self.formats(f"trial.fast={fast}", f"trial.slow={slow}"), ["binary", "text"])
        rows = self.dump("trial.fast")
        self.assertEqual(rows, self.dump("trial.slow"))
        by_name = dict(zip(["n", *TYPES], zip(*rows)))
        self.assertEqual(by_name["i2"], ("1", "-32768", "", "7"))
        self.assertEqual(by_name["f4"], ("1.1", "1.6777216e+07", "-0", "1.0000001"))
        self.assertEqual(by_name["f8"], ("42.653999999999996", "NaN", "-Infinity", "5e-324"))
        self.assertEqual(by_name["b"], ("t", "f", "t", ""))
        self.assertEqual(by_name["t"], tuple(TYPES["t"][1]))
        self.assertEqual(by_name["tz"], ("2017-07-01 00:00:00.123457+00", "2017-02-03 04:05:00+00",
                                         "2017-02-03 00:00:00+00", "2017-01-01 00:00:00+00"))
        self.assertEqual(by_name["ts"], ("2017-07-01 00:00:00", "0001-01-01 00:00:00",
                                         "9999-12-31 23:59:59", ""))

    def test_what_a_role_has_set_does_not_matter(self):
        fast, slow = self.make_tables()
        self.sql("CREATE ROLE hostile LOGIN SUPERUSER",
                 "CREATE SCHEMA evil", "CREATE TABLE evil.reading (LIKE sp.reading)",
                 "CREATE TABLE evil.sensor (LIKE sp.sensor)", "CREATE TABLE evil.quantity (LIKE sp.quantity)",
                 "CREATE TABLE evil.pg_class (LIKE pg_catalog.pg_class)",
                 "CREATE FUNCTION evil.hashtext(text) RETURNS int LANGUAGE sql AS 'SELECT 1/0'",
                 *(f"ALTER ROLE hostile SET {name} = {value}" for name, value in HOSTILE.items()))
        self.addCleanup(self.sql, "DROP ROLE hostile")
        self.load(f"trial.fast={fast}", f"trial.slow={slow}")
        fair = self.dump("trial.fast")
        self.sql("TRUNCATE trial.fast, trial.slow")
        self.load(f"trial.fast={fast}", f"trial.slow={slow}", "--source", fast, PGUSER="hostile",
                  PGCLIENTENCODING="LATIN1", PGDATESTYLE="German", PGTZ="Asia/Tokyo",
                  PGOPTIONS="-c DateStyle=German -c search_path=evil")
        self.assertEqual(self.dump("trial.fast"), fair)
        self.assertEqual(self.dump("trial.slow"), fair)
        self.put(readings([(1, "2017-07-01 00:00:00", 1.5)]), PGUSER="hostile")
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT ts, temperature FROM sp.reading"),
                         [("2017-07-01 00:00:00+00", "1.5")])
        self.assertEqual([self.count(f"evil.{table}") for table in ("reading", "sensor", "quantity")], [0, 0, 0])

    def test_a_value_that_its_type_cannot_hold_is_told_and_nothing_committed(self):
        self.make_tables()
        for name, (kind, _, refused) in TYPES.items():
            for value in refused:
                for table in ("fast", "slow"):
                    with self.subTest(column=name, value=value, table=table):
                        more = ",j" if table == "slow" else ""
                        path = self.write("bad.csv", f"t,{name}{more}\n" '"two\nlines",' + more[:1] +
                                          f"\na,{quoted(value)}{more[:1]}\n")
                        said = self.load(f"trial.{table}={path}", "--log-format", "json", status=65)
                        error = json.loads(said.splitlines()[-1])
                        self.assertEqual((error["file"], error["row"], error["line"], error["field"]),
                                         (path, 2, 4, name))
                        self.assertIn(value, error["message"])
        self.assertEqual(self.count("trial.fast") + self.count("trial.slow"), 0)

    def test_what_only_the_server_can_refuse_is_told_with_its_row(self):
        self.sql("CREATE TABLE sp.checked (a int CHECK (a < 10), v varchar(3), n numeric(3,1),"
                 " k int UNIQUE)")
        head = "a,v,n,k\n" + '1,"x\ny",1.5,1\n' + "2,x,2.5,2\n"
        for cells, sqlstate, field in (("10,x,1,3", "23514", None), ("3,abcd,1,3", "22001", "v"),
                                       ("3,x,100.0,3", "22003", "n"), ("3,x,abc,3", "22P02", "n"),
                                       ("3,x,1,2", "23505", None)):
            with self.subTest(cells=cells):
                path = self.write("bad.csv", head + cells + "\n5,x,1,5\n")
                said = self.load(f"checked={path}", "--log-format", "json", status=65)
                error = json.loads(said.splitlines()[-1])
                self.assertEqual((error["row"], error["line"]), (3, 5), error)
                self.assertIn(sqlstate, error["message"])
                if field:
                    self.assertEqual(error["field"], field)
                # The same from a stream that cannot be read twice.
                said = self.load("checked=-", stdin=head + cells + "\n5,x,1,5\n", status=65)
                self.assertIn("row 3 (line 5)", said)
        self.assertEqual(self.count("sp.checked"), 0)

    def test_rows_are_sent_by_their_key_and_told_by_their_place_in_the_file(self):
        self.sql("CREATE TABLE sp.keyed (a bigint, b int, c int CHECK (c >= 0), PRIMARY KEY (a, b))")
        # Several pieces, each out of order.
        rows = [(-(i * 7919 % 30000), i % 3, i) for i in range(30000)]
        head = "a,b,c\n"
        text = head + "".join(f"{a},{b},{c}\n" for a, b, c in rows)
        self.load_report(f"keyed={self.write('good.csv', text)}")
        self.assertEqual(self.sql("SELECT a, b, c FROM sp.keyed ORDER BY c"),
                         [tuple(map(str, row)) for row in rows])
        self.sql("TRUNCATE sp.keyed")
        for bad in (1, 4321, 29999):
            with self.subTest(row=bad):
                lines = text.splitlines(keepends=True)
                lines[bad] = f"{rows[bad - 1][0]},{rows[bad - 1][1]},-5\n"
                said = self.load(f"keyed={self.write('bad.csv', ''.join(lines))}", status=65)
                self.assertIn(f"row {bad} (line {bad + 1})", said)
        # Of two rows with one key the second is the wrong one.
        again = self.write("again.csv", head + "9,1,1\n8,1,1\n9,1,2\n7,1,1\n")
        self.assertIn("row 3 (line 4)", self.load(f"keyed={again}", status=65))
        self.assertEqual(self.count("sp.keyed"), 0)

    def test_a_line_that_ends_the_data_in_copy_is_a_value(self):
        self.sql("CREATE TABLE sp.lines (a character(8))", "CREATE TABLE sp.texts (a text)")
        text = 'a\n\\.\n\\N\n"\n\\.\n"\n\\\n\\n\n""\nlast\n'
        expected = [("<\\.>",), ("<\\N>",), ("<\n\\.\n>",), ("<\\>",), ("<\\n>",), ("<>",), ("<last>",)]
        self.assertEqual(self.formats("texts=-", stdin=text), ["binary"])
        self.assertEqual(self.formats("lines=-", stdin=text), ["text"])
        self.assertEqual(self.sql("SELECT '<' || a::text || '>' FROM sp.lines"), expected)
        self.assertEqual(self.sql("SELECT '<' || a || '>' FROM sp.texts"), expected)
        self.assertEqual(self.value("SELECT count(*) FROM sp.texts WHERE a IS NULL"), "0")

    def test_columns_are_matched_by_name_before_any_row(self):
        self.make_own_table()
        good = "1,2017-07-01T00:00:00Z"
        for header, words in (("sensor_id,ts,colour", "has no such column"),
                              ("sensor_id,ts,ts", "twice"), ("sensor_id,sensor_id", "twice"),
                              ("ts,temperature", "needs this column"),
                              ("sensor_id,temperature", "needs this column")):
            cells = good + ",1" * (header.count(",") - 1)
            with self.subTest(header=header):
                said = self.load("mine.reading=-", stdin=f"{header}\n{cells}\n", status=65)
                self.assertIn(words, said)
        self.assertEqual(self.count("mine.reading"), 0)
        self.load("mine.reading=-", stdin="temperature,ts,sensor_id\n1.5,2017-07-01T00:00:00Z,7\n")
        self.assertEqual(self.sql("SELECT sensor_id, temperature FROM mine.reading"), [("7", "1.5")])

    def test_names_of_every_kind_are_quoted(self):
        self.sql('CREATE SCHEMA "we.ird"',
                 'CREATE TABLE "we.ird"."Ta""ble; DROP TABLE x" ("select" int, "a""b" text, " c" text)')
        self.load("""--db-schema=we.ird""", """"Ta""ble; DROP TABLE x"=-""",
                  stdin='select,"a""b"," c"\n1,x,y\n')
        self.load("""\"we.ird\".\"Ta\"\"ble; DROP TABLE x\"=-""", stdin='" c",select\nz,2\n')
        self.assertEqual(self.sql('SELECT * FROM "we.ird"."Ta""ble; DROP TABLE x"'),
                         [("1", "x", "y"), ("2", "", "z")])

    def test_formats_of_input(self):
        self.sql("CREATE TABLE sp.plain (a int, b text)")
        self.load("plain=-", stdin='{"a":1,"b":"x"}\n{"b":null,"a":2}\n')
        self.load("--from", "tsv", "plain=-", stdin="a\tb\n3\ty\n")
        self.load("--delimiter", ";", "plain=-", stdin="\ufeffb;a\r\nz;4\r\n")
        self.load(f"plain={self.write('none.ndjson', '')}")
        self.load("plain=-", stdin="a,b\n")
        self.assertEqual(self.sql("SELECT * FROM sp.plain ORDER BY a"),
                         [("1", "x"), ("2", ""), ("3", "y"), ("4", "z")])

    def test_texts_that_postgresql_cannot_hold(self):
        self.sql("CREATE TABLE sp.plain (a text)", "CREATE DOMAIN sp.word AS text", "CREATE TABLE sp.other (a sp.word)")
        for table in ("plain", "other"):
            for bad in (b"x\0y", b"12345678\0", b"x\xffy", b"\xed\xa0\x80"):
                with self.subTest(table=table, bad=bad):
                    said = self.load(f"{table}=-", stdin=b"a\ngood\n" + bad + b"\n", status=65)
                    self.assertIn("row 2", said)
            self.load("--bad-text", "replace", f"{table}=-", stdin=b"a\nx\0y\0\n")
            self.assertEqual(self.sql(f"SELECT a FROM sp.{table}"), [("x\ufffdy\ufffd",)])

    def test_several_inputs_are_one_transaction(self):
        good = self.write("a.csv", readings([(1, f"2017-07-01T0{n}:00:00Z", 1) for n in range(4)]))
        metric = self.write("m.csv", "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max\n"
                                     "net,1,2017-07-01T00:00:00Z,1d,temperature,degC,none,1,0,1,1\n")
        said = self.load(*self.with_schema(source=good), f"reading={good}", f"metric={metric}", status=65)
        self.assertIn("field n", said)
        self.assert_nothing_committed()

    def test_dry_run_does_all_but_commit(self):
        path = self.write("a.csv", readings([(1, "2017-07-01T00:00:00Z", 1)]))
        report = self.load_report("--dry-run", *self.with_schema(f"reading={path}", source=path))
        self.assertEqual((report["dry_run"], report["loaded"]), (True, 1))
        self.assert_nothing_committed()
        self.assertEqual(self.count("pg_class WHERE relname = 'reading_2017_07'"), 0)
        self.assertEqual([self.count(f"sp.{table}") for table in ("quantity", "sensor", "location")], [0, 0, 0])

    def test_a_constraint_that_is_checked_at_commit_shows_in_a_dry_run(self):
        self.sql("CREATE TABLE sp.node (a int PRIMARY KEY, b int REFERENCES sp.node"
                 " DEFERRABLE INITIALLY DEFERRED)")
        self.load("--dry-run", "node=-", stdin="a,b\n1,2\n", status=65)
        self.load("node=-", stdin="a,b\n1,2\n", status=65)
        self.load("node=-", stdin="a,b\n1,2\n2,1\n")
        self.assertEqual(self.count("sp.node"), 2)

    def test_permanent_errors_are_not_tried_again(self):
        path = self.write("a.csv", own_rows([(1, "2017-07-01T00:00:00Z", 1)]))
        named = self.write("b.csv", readings([(1, "2017-07-01T00:00:00Z", 1)]))
        self.make_own_table()
        self.sql("CREATE ROLE stranger LOGIN")
        self.addCleanup(self.sql, "DROP ROLE stranger")
        mine = f"mine.reading={path}"
        for what, arguments, environment in (
                ("no table", [f"nowhere={path}"], {}), ("no schema", [f"no.where={path}"], {}),
                ("no right", [mine], {"PGUSER": "stranger"}), ("no role", [mine], {"PGUSER": "nobody_at_all"}),
                ("no database", [mine], {"PGDATABASE": "nowhere"}),
                ("no right in sp", self.with_schema(f"reading={named}"), {"PGUSER": "stranger"})):
            with self.subTest(what):
                said = self.load(*arguments, status=78, **environment)
                self.assertNotIn("trying again", said)
        self.assertIn("--init", self.load(f"nowhere={path}", status=78))

    def test_a_missing_input_and_a_directory(self):
        self.load(f"reading={self.folder}/nowhere.csv", status=66)
        self.load(f"reading={self.folder}", status=66)

    def test_a_generated_column_is_refused_and_a_default_is_used(self):
        self.sql("CREATE TABLE sp.plain (a int, b int GENERATED ALWAYS AS (a * 2) STORED,"
                 " c int NOT NULL DEFAULT 7, d int GENERATED BY DEFAULT AS IDENTITY)")
        self.assertIn("computes", self.load("plain=-", stdin="a,b\n1,2\n", status=65))
        self.load("plain=-", stdin="a\n1\n")
        self.assertEqual(self.sql("SELECT * FROM sp.plain"), [("1", "2", "7", "1")])


if __name__ == "__main__":
    unittest.main()
