"""The database model of sql/, by a loader in miniature (model.py) with the rights of a loader only."""
import collections
import contextlib
import datetime
import json
import math
import os
import pathlib
import random
import re
import threading
import unittest

from database import PSQL, DatabaseTest
from model import UNITS, Load, Refused, Row, Session, at, quoted, statistics, window_of

SQL = pathlib.Path(os.environ["SP_SOURCE"]) / "sql"
LOADER, CORRECTOR, READER = (f"{name}_{os.getpid()}" for name in ("loader", "corrector", "reader"))
HOUR = datetime.timedelta(hours=1)


def hours(count, start="2024-05-01", step=1, **values):
    """`count` times, each with the values of the functions."""
    return [(at(start) + n * step * HOUR, {name: value(n) for name, value in values.items()}) for n in range(count)]


def rows_of(key, series, place=None, kind=None):
    return [Row(key, ts, values, place, kind) for ts, values in series]


class ModelTest(DatabaseTest):
    """Each test gets a copy of one database that the files of sql/ made."""

    initialised = False
    template = f"model_{os.getpid()}"

    @classmethod
    def setUpClass(cls):
        cls.environment = dict(os.environ)
        make = cls("sql")
        make.environment = cls.environment
        make.sql(f"CREATE DATABASE {cls.template}")
        make.environment = dict(os.environ, PGDATABASE=cls.template)
        make.sql(*(path.read_text() for path in sorted(SQL.glob("*.sql"))), "SELECT sp.grant_roles()",
                 f"CREATE ROLE {LOADER} LOGIN IN ROLE sp_loader", f"CREATE ROLE {CORRECTOR} LOGIN IN ROLE sp_corrector",
                 f"CREATE ROLE {READER} LOGIN IN ROLE sp_reader")

    @classmethod
    def tearDownClass(cls):
        drop = cls("sql")
        drop.environment = dict(os.environ)
        drop.sql(f"DROP DATABASE {cls.template} WITH (FORCE)", f"DROP ROLE {LOADER}, {CORRECTOR}, {READER}")

    def setUp(self):
        self.environment = dict(os.environ)
        self.database = f"db_{os.getpid()}_{id(self)}"
        self.sql(f"CREATE DATABASE {self.database} TEMPLATE {self.template}")
        self.environment["PGDATABASE"] = self.database
        self.addCleanup(self.drop_database)
        self.owner = self.session()

    def session(self, role=None):
        session = Session(PSQL, self.environment, role)
        self.addCleanup(session.close)
        return session

    def ask(self, query):
        return self.owner.run(query)

    def bring(self, name, rows, source="A", **more):
        """Loads a file; its number and the numbers of its ledger row."""
        role = CORRECTOR if more.get("on_conflict") == "replace" else LOADER
        load = Load(lambda: Session(PSQL, self.environment, role), name, source, rows, **more)
        self.last = load
        return load.run()

    def refuse(self, state, *arguments, **more):
        with self.assertRaises(Refused) as caught:
            self.bring(*arguments, **more)
        self.assertEqual(caught.exception.state, state, caught.exception.text)
        return caught.exception.text

    def fails(self, state, session, statement, rows=None):
        with self.assertRaises(Refused, msg=statement) as caught:
            session.run(statement, rows)
        self.assertEqual(caught.exception.state, state, f"{statement}\n{caught.exception.text}")
        return caught.exception.text

    def assert_exact(self):
        self.assertEqual(self.ask("SELECT * FROM sp.metric_errors()"), [])

    def readings(self, columns="temperature"):
        return self.ask(f"SELECT s.source, s.key, r.ts, {columns} FROM sp.reading r JOIN sp.sensor s USING (sensor_id)"
                        " ORDER BY 1, 2, 3")

    def assert_statistics(self, values):
        """sp.sensor_statistics is what Python says of {(source, key, quantity): [value, ...]}."""
        rows = self.ask("SELECT source, key, quantity, n, min, max, mean, stddev FROM sp.sensor_statistics")
        self.assertEqual({tuple(row[:3]) for row in rows}, set(values))
        for source, key, quantity, *numbers in rows:
            n, mean, m2, least, most = statistics(values[source, key, quantity])
            self.assertEqual((int(numbers[0]), float(numbers[1]), float(numbers[2])), (n, least, most))
            size = max(abs(least), abs(most), 1e-300)
            self.assertLess(abs(float(numbers[3]) - mean), 1e-12 * size)
            if n > 1:
                self.assertLess(abs(float(numbers[4]) - math.sqrt(m2 / (n - 1))), 1e-9 * size)
            else:
                self.assertEqual(numbers[4], "\\N")


class Schema(ModelTest):
    def test_everything_says_what_it_is(self):
        self.assertEqual(self.ask(
            "SELECT c.oid::regclass, a.attname FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid"
            " AND a.attnum > 0 AND c.relkind IN ('r', 'p') WHERE c.relnamespace = 'sp'::regnamespace"
            " AND c.relkind IN ('r', 'p', 'v', 'i') AND c.relname !~ '_(pkey|key)$'"
            " AND col_description(c.oid, a.attnum) IS NULL AND (a.attnum IS NOT NULL OR obj_description(c.oid) IS NULL)"
            " OR c.relnamespace = 'sp'::regnamespace AND c.relkind = 'v' AND obj_description(c.oid) IS NULL"), [])
        self.assertEqual(self.ask("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'sp'::regnamespace"
                                  " AND obj_description(oid) IS NULL"), [])

    def test_functions_of_the_owner_cannot_be_led_astray(self):
        self.assertEqual(self.ask("SELECT oid::regprocedure FROM pg_proc WHERE pronamespace = 'sp'::regnamespace"
                                  " AND prosecdef AND NOT 'search_path=pg_catalog, pg_temp' = ANY (proconfig)"), [])
        self.assertEqual(self.ask("SELECT p.oid::regprocedure FROM pg_proc p, aclexplode(coalesce(proacl,"
                                  " acldefault('f', proowner))) a WHERE pronamespace = 'sp'::regnamespace AND a.grantee = 0"), [])

    def test_an_edition_is_known_by_name(self):
        ask = ("SELECT CASE WHEN to_regprocedure('sp.edition()') IS NOT NULL THEN 2"
               " WHEN to_regclass('sp.migration') IS NOT NULL THEN 1 ELSE 0 END")
        self.assertEqual(self.session(LOADER).value(ask), "2")
        self.ask("DROP SCHEMA sp CASCADE; CREATE SCHEMA sp; CREATE TABLE sp.migration (number integer)")
        self.assertEqual(self.ask(ask), [("1",)])
        self.ask("DROP SCHEMA sp CASCADE")
        self.assertEqual(self.ask(ask), [("0",)])

    def test_the_sums_of_the_ledger_must_close(self):
        row = ("INSERT INTO sp.ingest (digest, name, tool_version, rows_read, rows_rejected, rows_left_out, rows_passed,"
               " rows_received, rows_loaded, rows_known, rows_kept_out, rows_replaced, rows_expired) VALUES"
               " (sha256('{0}'), 'x', '2', {0})")
        self.ask(row.format("10, 2, 1, 7, 14, 4, 5, 2, 2, 1"))
        for numbers in ("11, 2, 1, 7, 14, 4, 5, 2, 2, 1", "10, 2, 1, 7, 15, 4, 5, 2, 2, 1", "10, 2, 1, 7, 2, 4, 5, 2, 2, -11"):
            self.fails("23514", self.owner, row.format(numbers))

    def test_a_key_is_no_file(self):
        row = "INSERT INTO sp.ingest (digest, key, name, tool_version) VALUES ({}, {}, 'x', '2')"
        self.ask(row.format("sha256('a')", "NULL"))
        self.ask(row.format("'k'::bytea || sha256('a')", "'a'"))
        self.fails("23514", self.owner, row.format("sha256('b')", "'b'"))
        self.fails("23514", self.owner, row.format("'k'::bytea || sha256('b')", "NULL"))


class Quantities(ModelTest):
    def ensure(self, *asked, most=50, session=None):
        return (session or self.session(LOADER)).run("SELECT name, unit, kind FROM sp.ensure_quantities"
                                                     f"({quoted(json.dumps(asked))}, {most}) ORDER BY name")

    def refused(self, state, *asked, most=50):
        with self.assertRaises(Refused) as caught:
            self.ensure(*asked, most=most)
        self.assertEqual(caught.exception.state, state)
        return caught.exception.text

    def test_units_are_compared_by_definition(self):
        celsius = {"name": "t", "unit": "celsius", "unit_definition": "K @ 273.15", "standard_name": "air_temperature"}
        self.assertEqual(self.ensure(celsius), [("t", "celsius", "number")])
        self.assertEqual(self.ensure(dict(celsius, unit="degC")), [("t", "celsius", "number")])
        said = self.refused("SP781", dict(celsius, unit="degF", unit_definition="0.5555 K @ 459.67"),
                            {"name": "other"})
        self.assertIn('"unit": "celsius"', said)
        self.assertIn("targetUnit", said)
        self.refused("SP781", dict(celsius, standard_name="sea_water_temperature"))
        self.refused("SP781", {"name": "t", "kind": "text"})
        self.refused("SP781", {"name": "t"})
        self.assertEqual(self.ask("SELECT name FROM sp.quantity"), [("t",)])  # nothing of a list that is refused

    def test_all_that_is_wrong_is_named_at_once(self):
        self.ensure({"name": "a", "unit": "m"}, {"name": "b", "unit": "s"})
        said = self.refused("SP781", {"name": "a", "unit": "kg"}, {"name": "b", "unit": "K"})
        self.assertIn("a is number of m here, not number of kg; b is number of s here", said)
        said = self.refused("SP783", {"name": "ts"}, {"name": "sp_x"}, {"name": "c"}, {"name": ""}, {"name": "xmin"})
        self.assertIn('ts, sp_x, "", xmin', said)
        said = self.refused("SP782", {"name": "c"}, {"name": "a", "unit": "m"}, {"name": "D d"}, most=1)
        self.assertIn('2 quantities are new, more than the 1 allowed at once: c, "D d"', said)

    def test_nine_hundred_and_no_more(self):
        names = [{"name": f"q{n:03}"} for n in range(900)]
        self.assertEqual(len(self.ensure(*names, most=900)), 900)
        self.refused("SP783", {"name": "one more"})
        self.bring("wide", [Row("1", at("2024-05-01") + HOUR * n, {f"q{q:03}": n + q for q in range(900)}) for n in range(2)])
        self.bring("wide 2", [Row("1", at("2024-05-01") + HOUR * n, {f"q{q:03}": n + q for q in range(900)}) for n in range(3)])
        self.assert_exact()
        self.assertEqual(self.ask("SELECT count(*), sum(n) FROM sp.sensor_statistics"), [("900", "2700")])

    def test_a_reader_is_not_locked_out(self):
        self.ensure({"name": "a"})
        reader = self.session(READER)
        reader.run("BEGIN; SELECT * FROM sp.reading")
        self.assertEqual(self.ensure({"name": "a"}), [("a", "\\N", "number")])  # asks for no lock
        self.refused("55P03", {"name": "b"})
        reader.run("COMMIT")
        self.ensure({"name": "b"})

    def test_two_who_need_the_same_quantity(self):
        first, second = self.session(LOADER), self.session(LOADER)
        first.run("BEGIN")
        self.ensure({"name": "a", "unit": "m"}, session=first)
        threads = [threading.Thread(target=lambda: self.ensure({"name": "a", "unit": "m"}, session=second))]
        threads[0].start()
        first.run("COMMIT")
        threads[0].join()
        self.assertEqual(self.ask("SELECT name, unit FROM sp.quantity"), [("a", "m")])

    def test_columns_of_every_kind(self):
        self.bring("a", [Row("1", at("2024-05-01"), {"temperature": 1, "state": "wet", "open": True})])
        self.assertEqual(self.ask("SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'sp.reading'::regclass"
                                  " AND attnum > 4 ORDER BY 1"),
                         [("open", "boolean"), ("state", "text"), ("temperature", "double precision")])
        self.assertEqual(self.ask("SELECT source, key, state, open, temperature FROM sp.latest_reading"),
                         [("A", "1", "wet", "t", "1")])


class Rows(ModelTest):
    def test_two_networks_with_a_sensor_seven(self):
        for source, shift in (("A", 0), ("B", 100)):
            self.bring("x", rows_of("7", hours(12, temperature=lambda n: n + shift)), source=source)
        self.assert_exact()
        self.assert_statistics({("A", "7", "temperature"): list(range(12)), ("B", "7", "temperature"): list(range(100, 112))})

    def test_a_day_file_that_grows(self):
        bad = [("7;2024-05-01T00:10;999", "7", at("2024-05-01T00:10")), ("garbage", None, None),
               ("7;2024-05-01T02:10;-999", "7", at("2024-05-01T02:10"))]
        series = {k: hours(40, step=0.5, temperature=lambda n, k=k: round(20 + math.sin(n + k), 2)) for k in range(3)}
        for count in range(1, 41):
            # In the order of time, as a logger writes; three bad rows come on the way.
            rows = [Row(str(k), *series[k][n]) for n in range(count) for k in series]
            self.bring("day.csv", rows, rejects=bad[:1 + count // 15])
            self.assertEqual(self.last.numbers["rows_known"], 3 * (count - 1))
            self.assertEqual(self.ask("SELECT count(*) FROM sp.reading"), [(str(3 * count),)])
            self.assertEqual(self.ask("SELECT sum(rows) FROM sp.rejects_by_day WHERE day = '2024-05-01'"), [(str(1 + count // 15),)])
            if count % 13 == 1:
                self.assert_exact()
                self.assert_statistics({("A", str(k), "temperature"): [v["temperature"] for _, v in series[k][:count]] for k in series})
        self.assert_exact()
        # Told to overlap the state before it, and no others.
        self.assertEqual(self.ask("SELECT count(*), max(ingest_id - earlier_id) FROM sp.overlap"), [("39", "1")])
        self.assertEqual(self.ask("SELECT sum(rows) FROM sp.rejects_by_reason"), [("3",)])
        self.assertEqual(self.fails("SP701", self.owner, "SELECT sp.forget_ingest(38)").split("DETAIL:  ")[1].split("\n")[0], "40, 39")
        for load in range(40, 20, -1):
            self.ask(f"SELECT sp.forget_ingest({load})")
        self.assert_exact()
        self.assertEqual(self.ask("SELECT count(*) FROM sp.reading"), [("60",)])

    def test_the_same_sensor_and_time_twice_in_a_file(self):
        base = rows_of("1", hours(9, temperature=lambda n: n))
        same = base + [base[3]]
        other = same + [Row("1", base[4].ts, {"temperature": 50}), Row("1", base[4].ts, {"temperature": 60})]
        self.bring("same", same)
        self.assertEqual((self.last.numbers["rows_loaded"], self.last.numbers["rows_known"]), (9, 1))
        self.assert_exact()
        self.assertEqual(self.ask("SELECT sum(n) FROM sp.metric"), [("9",)])
        self.ask("SELECT sp.forget_ingest(1)")
        self.assertIn("DETAIL:  11\n", self.refuse("SP651", "other", other))
        self.bring("kept", other, on_conflict="keep")
        self.assertEqual((self.last.numbers["rows_loaded"], self.last.numbers["rows_kept_out"]), (9, 2))
        self.assertEqual(self.ask('SELECT "row", "values" FROM sp.open_disputes ORDER BY 1'),
                         [("11", '{"temperature": 50}'), ("12", '{"temperature": 60}')])
        self.assert_exact()
        self.ask(f"SELECT sp.forget_ingest({self.last.ingest})")
        self.assertEqual(self.ask("SELECT * FROM sp.dispute"), [])
        self.bring("replaced", other, on_conflict="replace")
        self.assertEqual((self.last.numbers["rows_loaded"], self.last.numbers["rows_replaced"]), (9, 2))
        self.assertEqual(self.readings()[4][3], "60")
        self.assert_exact()
        self.ask(f"SELECT sp.forget_ingest({self.last.ingest})")
        self.assertEqual(self.readings(), [])
        self.assert_exact()

    def test_a_month_that_is_corrected(self):
        old = rows_of("1", hours(200, temperature=lambda n: n / 10, pm10=lambda n: n))
        new = [row for n, row in enumerate(old) if n % 50]  # lacks four rows, which stay
        new = [row._replace(values=dict(row.values, temperature=99)) if n % 8 == 1 else row for n, row in enumerate(new)]
        new[5] = new[5]._replace(values={"temperature": None, "pm10": 5000})
        self.bring("old", old)
        before = self.readings("temperature, pm10, ingest_id")
        self.bring("new", new, on_conflict="replace")
        changed = 1 + sum(n % 8 == 1 for n in range(len(new)))
        self.assertEqual((self.last.numbers["rows_replaced"], self.last.numbers["rows_known"]), (changed, len(new) - changed))
        self.assert_exact()
        expected = {row.ts: dict(row.values) for row in old}
        for row in new:
            expected[row.ts].update({name: value for name, value in row.values.items() if value is not None})
        self.assert_statistics({("A", "1", q): [v[q] for v in expected.values()] for q in ("temperature", "pm10")})
        self.assertEqual(self.ask("SELECT count(*) FROM sp.open_disputes WHERE kind = 'replaced'"), [(str(changed),)])
        self.fails("SP701", self.owner, "SELECT sp.forget_ingest(1)")
        self.ask("SELECT sp.forget_ingest(2)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id"), before)
        self.assert_exact()

    def test_a_second_device_completes_a_row(self):
        self.bring("a", rows_of("1", hours(12, temperature=lambda n: n)))
        before = self.readings("temperature, ingest_id")
        self.bring("b", rows_of("1", hours(13, pm10=lambda n: 2 * n)))
        self.assertEqual((self.last.numbers["rows_loaded"], self.last.numbers["rows_completed"]), (13, 12))
        self.assert_exact()
        self.assert_statistics({("A", "1", "temperature"): list(range(12)), ("A", "1", "pm10"): [2 * n for n in range(13)]})
        self.fails("SP701", self.owner, "SELECT sp.forget_ingest(1)")
        self.bring("b again", rows_of("1", hours(14, pm10=lambda n: 2 * n)))
        self.assertEqual(self.last.numbers["rows_known"], 13)
        self.fails("SP701", self.owner, "SELECT sp.forget_ingest(2)")
        self.ask("SELECT sp.forget_ingest(3); SELECT sp.forget_ingest(2)")
        self.assert_exact()
        self.assertEqual(self.readings("temperature, ingest_id"), before)
        self.assertEqual(self.readings("pm10")[0][3], "\\N")

    def test_refusals_have_states_of_their_own(self):
        base = rows_of("1", hours(20, temperature=lambda n: n))
        self.bring("a", base)
        other = [row._replace(values={"temperature": 5 + row.values["temperature"]}) for row in base[:6]] + base[6:]
        self.assertIn("DETAIL:  1,2,3,4,5\n", self.refuse("SP651", "b", other))
        self.refuse("SP652", "c", base + rows_of("2", hours(1, temperature=lambda n: n)), on_known="error")
        self.assertIn("6 rows are there already with other values, more than 5",
                      self.refuse("SP653", "d", other, on_conflict="keep", max_conflicts=5))
        self.assertIn("6 rows are there already with other values or at another place, more than 5",
                      self.refuse("SP653", "d", other, on_conflict="replace", max_conflicts=5))
        self.assertEqual(self.ask("SELECT count(*) FROM sp.ingest"), [("1",)])
        self.bring("d", other, on_conflict="keep", max_conflicts=6)
        self.assertEqual(self.last.examples, "{1,2,3,4,5}")

    def test_text_and_truth_in_conflicts(self):
        self.bring("a", rows_of("1", hours(4, state=lambda n: f"s\\t'{n}", open=lambda n: n % 2 == 0)))
        self.refuse("SP651", "b", rows_of("1", hours(4, state=lambda n: f"s\\t'{n}", open=lambda n: True)))
        self.bring("b", rows_of("1", hours(4, state=lambda n: "x", open=lambda n: True)), on_conflict="replace")
        self.assertEqual(self.readings("state, open")[3][3:], ("x", "t"))
        self.ask("SELECT sp.forget_ingest(3)")
        self.assertEqual(self.readings("state, open")[3][3:], ("s\t'3", "f"))
        self.assert_exact()

    def test_wild_values_break_no_view(self):
        wild = [1e150, -1e200, 1e300, 1e308, 5e-324, -1.7e308, 1e-200, 0.0]
        self.bring("a", rows_of("1", hours(8, temperature=lambda n: wild[n]))[:-1] +
                   rows_of("2", hours(8, temperature=lambda n: n)), stream=False)
        self.bring("b", rows_of("1", hours(8, temperature=lambda n: wild[n])) + rows_of("2", hours(8, temperature=lambda n: n)), stream=False)
        self.assertEqual(self.last.numbers["rows_known"], 15)
        self.assert_exact()
        self.assertEqual(self.ask("SELECT n, min, max, stddev FROM sp.sensor_statistics WHERE key = '1'"), [("8", "-1.7e+308", "1e+308", "Infinity")])
        self.assertEqual(self.ask("SELECT stddev FROM sp.daily WHERE key = '1'"), [("Infinity",)])
        self.assertEqual(self.ask("SELECT count(*), sum(n) FROM sp.hourly"), [("16", "16")])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.file_statistics"), [("2",)])
        self.bring("c", rows_of("1", hours(8, temperature=lambda n: 7.5)), on_conflict="replace")
        self.assert_exact()
        self.assertEqual(self.ask("SELECT n, stddev FROM sp.daily WHERE key = '1'"), [("8", "0")])

    def test_small_loads_have_no_metrics_and_the_same_statistics(self):
        choice = random.Random(1)
        values = collections.defaultdict(list)
        for n in range(12):
            rows = [Row(str(k), at("2024-05-01") + n * HOUR / 2, {"temperature": choice.uniform(-9, 9)}) for k in choice.sample(range(30), 20)]
            self.bring(f"{n}", rows)
            for row in rows:
                values["A", row.key, "temperature"].append(row.values["temperature"])
        self.assertEqual(self.ask("SELECT (SELECT count(*) FROM sp.metric), (SELECT count(*) FROM sp.unmeasured)"), [("0", "12")])
        self.assert_statistics(values)
        # They may complete, replace and be replaced like others, and stand beside loads with metrics.
        self.bring("big", rows_of("1", hours(96, "2024-05-02", temperature=lambda n: n)))
        values["A", "1", "temperature"] += list(range(96))
        self.assert_statistics(values)
        self.bring("fix", rows_of("1", hours(48, "2024-05-02", temperature=lambda n: n + .5)), on_conflict="replace")
        values["A", "1", "temperature"][-96:-48] = [n + .5 for n in range(48)]
        self.assert_statistics(values)
        self.assert_exact()
        self.assertEqual(self.ask("SELECT sum(n) FROM sp.file_statistics WHERE ingest_id = 3"), [("20",)])

    def test_windows_of_an_hour_and_of_a_day(self):
        for n, length in enumerate((1, 24, 1)):
            self.bring(str(n), rows_of("1", hours(200, f"2024-05-0{n + 1}T05:00", step=1 / 60, temperature=lambda m: n + m / 200)), hours=length)
        self.bring("again", rows_of("1", hours(210, "2024-05-03T05:00", step=1 / 60, temperature=lambda m: 2 + m / 200)), hours=1)
        self.assert_exact()
        self.assertEqual(self.ask("SELECT DISTINCT window_hours FROM sp.metric ORDER BY 1"), [("1",), ("24",)])
        self.assert_statistics({("A", "1", "temperature"): [n + m / 200 for n in range(3) for m in range(200)] + [2 + m / 200 for m in range(200, 210)]})
        self.assertEqual(self.ask("SELECT extract(day FROM day), n FROM sp.daily ORDER BY 1"), [("1", "200"), ("2", "200"), ("3", "210")])
        self.assertEqual(self.ask("SELECT count(*), sum(n) FROM sp.hourly_between('2024-05-03Z', '2024-05-04Z')"), [("4", "210")])
        self.ask("SELECT sp.drop_readings_before('2024-06-01Z')")
        self.assertEqual(self.ask("SELECT sum(n) FROM sp.hourly"), [("410",)])
        self.assertEqual(self.ask("SELECT sum(n) FROM sp.daily"), [("610",)])

    def test_directions_are_averaged_on_the_circle(self):
        degrees = [350, 355, 0, 5, 10, 20, 340, 0]
        self.bring("a", rows_of("1", hours(4, wind=lambda n: degrees[n])))
        self.bring("b", rows_of("1", hours(4, "2024-05-01T04:00", wind=lambda n: degrees[4 + n])))
        self.bring("c", rows_of("1", hours(8, wind=lambda n: degrees[n])))
        self.assert_exact()
        sine, cosine = (math.fsum(f(math.radians(d)) for d in degrees) / 8 for f in (math.sin, math.cos))
        spread = math.degrees(math.sqrt(-2 * math.log(math.hypot(sine, cosine))))
        for view in ("sensor_statistics", "daily", "file_statistics"):
            for mean, stddev in self.ask(f"SELECT mean, stddev FROM sp.{view} WHERE n = 8"):
                self.assertLess(float(mean), 360)
                self.assertAlmostEqual((float(mean) + 180) % 360 - 180, math.degrees(math.atan2(sine, cosine)), 9)
                self.assertAlmostEqual(float(stddev), spread, 9)
        self.assertEqual(len(self.ask("SELECT 1 FROM sp.sensor_statistics WHERE n = 8")), 1)
        self.ask("UPDATE sp.metric SET sum_sin = NULL WHERE ingest_id = 1")
        self.assertEqual([row[5] for row in self.ask("SELECT * FROM sp.metric_errors()")], ["sum_sin, sum_cos"])

    def test_the_proof_sees_each_error(self):
        self.bring("a", rows_of("1", hours(48, temperature=lambda n: n % 7, wind=lambda n: n)))
        for change in ("n = n + 1", "min = min - 1e-9", "max = max + 1e-9", "mean = mean * (1 + 1e-10) + 1e-10", "m2 = m2 * 1.00000001 + 1e-3",
                       "sum_sin = sum_sin + 1e-3", "window_hours = 1"):
            self.owner.run("BEGIN")
            self.ask(f"UPDATE sp.metric SET {change} WHERE window_start = '2024-05-01Z' AND sum_sin IS NOT NULL")
            self.assertEqual(len(self.ask("SELECT * FROM sp.metric_errors()")), 1, change)
            self.owner.run("ROLLBACK")
        for statement, errors in (("DELETE FROM sp.metric WHERE window_start = '2024-05-01Z'", 2), ("DELETE FROM sp.reading WHERE ts < '2024-05-02Z'", 2),
                                  ("UPDATE sp.reading SET ingest_id = 9 WHERE ts = '2024-05-01Z'", 4)):
            self.owner.run("BEGIN")
            self.ask(statement)
            self.assertEqual(len(self.ask("SELECT * FROM sp.metric_errors()")), errors, statement)
            self.owner.run("ROLLBACK")

    def test_types_and_places(self):
        home, away = ("17", 42.7, 23.3), (None, 42.8, 23.4)
        self.bring("a", rows_of("1", hours(8, temperature=lambda n: n), home, "BME280"))
        self.bring("b", rows_of("1", hours(4, "2024-05-02", temperature=lambda n: n), ("17", 42.700000000001, 23.3), "BME280") +
                   rows_of("1", hours(4, "2024-05-03", temperature=lambda n: n), away, "BME280"))
        self.bring("c", rows_of("1", hours(4, "2024-05-04", temperature=lambda n: n), None, "SHT31"))
        self.assertEqual(self.ask("SELECT count(*) FROM sp.location"), [("2",)])
        self.assertEqual(self.ask("SELECT sensor_type, location, latitude, count(*) FROM sp.located_reading GROUP BY 1, 2, 3 ORDER BY min(ts)"),
                         [("BME280", "17", "42.7", "12"), ("BME280", "\\N", "42.8", "4"), ("SHT31", "17", "42.7", "4")])
        self.assertEqual(self.ask("SELECT ingest_id, sensor_type FROM sp.file_statistics ORDER BY 1"), [("1", "BME280"), ("2", "BME280"), ("3", "SHT31")])
        # Only what is not at home says where it was, and only the file with another type says so.
        self.assertEqual(self.ask("SELECT count(location_id) FROM sp.reading"), [("4",)])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.stated_type"), [("1",)])
        # What a row that replaces says of its place goes with it, and comes back.
        self.bring("d", rows_of("1", hours(2, "2024-05-03", temperature=lambda n: 50), home, "BME280"), on_conflict="replace")
        self.assertEqual(self.ask("SELECT count(location_id) FROM sp.reading"), [("2",)])
        self.ask("SELECT sp.forget_ingest(4)")
        self.assertEqual(self.ask("SELECT count(location_id) FROM sp.reading"), [("4",)])
        self.assert_exact()

    def test_a_place_that_is_corrected(self):
        first, other = ("17", 42.7, 23.3), ("17", 42.8, 23.3)
        series = hours(4, temperature=lambda n: n)
        places = "SELECT DISTINCT latitude FROM sp.located_reading ORDER BY 1"
        self.bring("a", rows_of("1", series, first))
        # Who loads files that overlap is not bothered by places; nor is one that says less of its place another.
        for name, place, more in (("b", other, {}), ("c", other, {"on_conflict": "keep"}),
                                  ("d", ("17", None, None), {"on_conflict": "replace"}), ("e", None, {"on_conflict": "replace"})):
            self.bring(name, rows_of("1", series, place), **more)
            self.assertEqual((self.last.numbers["rows_known"], self.ask(places)), (4, [("42.7",)]))
        self.bring("f", rows_of("1", series, other), on_conflict="replace")
        self.assertEqual((self.last.numbers["rows_replaced"], self.ask(places)), (4, [("42.8",)]))
        self.assertEqual(self.ask('SELECT DISTINCT kind, latitude, "values" FROM sp.open_disputes'), [("replaced", "42.7", "{}")])
        self.assert_exact()
        self.ask("SELECT sp.settle(min(dispute_id), true) FROM sp.dispute")
        self.assertEqual(self.ask(places), [("42.7",), ("42.8",)])
        # The word that was spoken counts for who brings that row again, and for no other.
        self.bring("g", rows_of("1", series, other), on_conflict="replace")
        self.assertEqual((self.last.numbers["rows_kept_out"], self.last.numbers["rows_known"]), (1, 3))
        for last in ("g", "f"):
            self.ask(f"SELECT sp.forget_ingest(ingest_id) FROM sp.ingest WHERE name = '{last}'")
        self.assertEqual(self.ask(places), [("42.7",)])
        self.assert_exact()

    def test_what_is_kept_out_and_says_no_place_stays_where_the_sensor_was(self):
        self.bring("a", rows_of("1", hours(1, "2024-05-01", temperature=lambda n: n), ("17", 42.7, 23.3)) +
                   rows_of("1", hours(1, "2024-05-02", temperature=lambda n: n), (None, 42.8, 23.4)))
        self.bring("b", rows_of("1", hours(1, "2024-05-02", temperature=lambda n: n + 5)), on_conflict="keep")
        self.ask("SELECT sp.settle(dispute_id, true) FROM sp.dispute")
        self.assertEqual(self.ask("SELECT latitude, temperature FROM sp.located_reading ORDER BY ts"), [("42.7", "0"), ("42.8", "5")])
        self.assert_exact()

    def test_what_one_load_changed_twice_is_settled_from_the_last(self):
        time, answer = at("2024-05-01"), "SELECT temperature, pm10, ingest_id FROM sp.reading"
        changes = {"replaced": [{"temperature": 2}, {"temperature": 3}], "completed": [{"temperature": 2}, {"pm10": 7}]}
        for n, (name, values) in enumerate(changes.items()):
            with self.subTest(name):
                first, second = (f"{name}{load}" for load in "ab")
                self.bring(first, [Row("1", time, {"temperature": 1, "pm10": None})])
                self.bring(second, [Row("1", time, each) for each in values], on_conflict="replace")
                before, last = self.ask(f"SELECT ingest_id FROM sp.ingest WHERE name IN ('{first}', '{second}') ORDER BY 1")
                disputes = [int(d) for d, in self.ask("SELECT dispute_id FROM sp.dispute ORDER BY 1")]
                with self.assertRaisesRegex(Exception, ("later disputes", f"Ingest {last[0]} completed it")[n]):
                    self.ask(f"SELECT sp.settle({disputes[0]}, true)")
                if name == "replaced":
                    for dispute in reversed(disputes):
                        self.ask(f"SELECT sp.settle({dispute}, true)")
                    self.assertEqual(self.ask(answer), [("1", "\\N", before[0])])
                self.assert_exact()
                self.ask(f"SELECT sp.forget_ingest({last[0]})")
                self.assertEqual(self.ask(answer), [("1", "\\N", before[0])])
                self.assert_exact()
                self.ask(f"SELECT sp.forget_ingest({before[0]})")

    def test_a_settled_value_keeps_no_row_from_moving(self):
        time, one, two = at("2024-05-01"), ("17", 42.7, 23.3), ("18", 42.8, 23.3)
        for name, value, place in (("a", 1, one), ("b", 2, two), ("c", 2, one)):
            self.bring(name, [Row("1", time, {"temperature": value}, place)], on_conflict="replace")
            if name == "b":
                self.ask("SELECT sp.settle(dispute_id, false) FROM sp.dispute")
        self.assertEqual((self.last.numbers["rows_replaced"], self.ask("SELECT temperature, latitude FROM sp.located_reading")),
                         (1, [("2", "42.7")]))

    def test_nothing_is_dropped_before_it_could_have_come(self):
        self.bring("a", rows_of("1", hours(1, temperature=lambda n: n)))
        self.fails("22023", self.owner, "SELECT sp.drop_readings_before(now() + '1 day')")

    def test_the_error_log_and_outcomes_are_dropped_by_age(self):
        for name in "ab":
            self.bring(name, rows_of("1", hours(1, temperature=lambda n: n)))
        self.ask("UPDATE sp.ingest SET started_at = '2024-05-01Z', committed_at = '2024-05-01Z' WHERE name = 'a'")
        self.ask("INSERT INTO sp.rejection (ingest_id, day, digest, code) "
                 "SELECT ingest_id, '2030-01-01', decode(repeat('00', 16), 'hex'), 'x' FROM sp.ingest, generate_series(1, 3)")
        self.ask("INSERT INTO sp.outcome (name, taken_at, folder, status, noted_at) VALUES "
                 "('old', '2024-05-01Z', '/in', 'refused', '2024-05-01Z'), ('waits', '2024-05-01Z', '/in', 'waiting', '2024-05-01Z'), "
                 "('new', '2024-06-01Z', '/in', 'refused', '2024-06-01Z')")
        for function, table in (("rejections", "rejection"), ("outcomes", "outcome")):
            before = int(self.ask(f"SELECT count(*) FROM sp.{table}")[0][0])
            self.assertEqual(self.ask(f"SELECT sp.drop_{function}_before('2024-05-01Z')"), [("0",)])
            dropped = int(self.ask(f"SELECT sp.drop_{function}_before('2024-06-01Z')")[0][0])
            self.assertEqual((dropped, before - dropped), {"rejections": (3, 3), "outcomes": (1, 2)}[function])
        self.assertEqual(self.ask("SELECT DISTINCT name FROM sp.rejection JOIN sp.ingest USING (ingest_id)"), [("b",)])
        self.assertEqual(self.ask("SELECT name FROM sp.outcome ORDER BY 1"), [("new",), ("waits",)])
        # What waited ends all the same, also before that time; no time is no time.
        for name in ("waits", "forgotten"):
            line = {"name": name, "taken_at": "2024-05-01Z", "folder": "/in", "status": "refused", "tries": 2,
                    "noted_at": "2024-05-02Z"}
            self.ask(f"SELECT sp.note_outcomes({quoted(json.dumps([line]))})")
        self.assertEqual(self.ask("SELECT sp.drop_outcomes_before(NULL), sp.drop_rejections_before(NULL)"), [("\\N", "\\N")])
        self.assertEqual(self.ask("SELECT name, status FROM sp.outcome ORDER BY 1"), [("new", "refused"), ("waits", "refused")])
        self.assertEqual(self.ask("SELECT outcomes_since < now() - interval '1 year' FROM sp.retention"), [("t",)])

    def test_a_dispute_about_a_row_that_was_completed_since_says_what_to_do(self):
        self.bring("a", rows_of("1", hours(1, temperature=lambda n: n)))
        self.bring("b", rows_of("1", hours(1, temperature=lambda n: n + 5)), on_conflict="keep")
        self.bring("c", rows_of("1", hours(1, temperature=lambda n: n, pm10=lambda n: 1)))
        with self.assertRaisesRegex(Exception, "Ingest 3 completed it since"):
            self.ask("SELECT sp.settle(dispute_id, true) FROM sp.dispute")

    def test_what_no_file_said_of_a_sensor_is_said_once(self):
        self.bring("a", rows_of("1", hours(4, temperature=lambda n: n)))
        self.bring("b", rows_of("1", hours(4, "2024-05-02", temperature=lambda n: n), (None, 1, 2), "X"))
        self.bring("c", rows_of("1", hours(4, "2024-05-03", temperature=lambda n: n), (None, 1, 2), "X"))
        self.assertEqual(self.ask("SELECT sensor_type, latitude, first_seen, last_seen FROM sp.sensor_seen"),
                         [("X", "1", "2024-05-01 00:00:00+00", "2024-05-03 03:00:00+00")])
        self.assertEqual(self.ask("SELECT count(location_id), (SELECT count(*) FROM sp.stated_type) FROM sp.reading"), [("0", "0")])

    def test_new_sensors_are_bounded_and_burn_no_numbers(self):
        loader = self.session(LOADER)
        call = "SELECT key, sensor_id FROM sp.sensor_ids('A', ARRAY[{}], NULL, NULL, {})"
        self.fails("SP654", loader, call.format("'1', '2', '3'", 2))
        for _ in range(5):
            self.assertEqual(sorted(loader.run(call.format("'2', '1', '2', '3'", 3))), [("1", "1"), ("2", "2"), ("3", "3")])
        self.assertEqual(loader.run(call.format("'new'", 1)), [("new", "4")])
        self.assertEqual(self.ask("SELECT sp.forget_unused_sensors()"), [("4",)])
        for key in ("''", "repeat('x', 201)"):
            self.fails("23514", loader, call.format(key, 1))

    def test_a_load_that_opens_a_month(self):
        rows = [Row(str(k), at("2024-05-30") + n * HOUR, {"temperature": k}) for n in range(72) for k in range(3)]
        self.bring("a", rows, opens=True)
        self.assertEqual(self.ask("SELECT child, since, until FROM sp.months() ORDER BY 2"),
                         [("sp.reading_2024_05", "2024-05-01 00:00:00+00", "2024-06-01 00:00:00+00"),
                          ("sp.reading_2024_06", "2024-06-01 00:00:00+00", "2024-07-01 00:00:00+00")])
        self.assertEqual(self.ask("SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'sp.reading_2024_05'::regclass ORDER BY 1::text"),
                         [("sp.reading_2024_05_pkey",), ("sp.reading_2024_05_ts_idx",)])
        # A violation at ATTACH takes the usual way, and so does a month that is there.
        self.bring("b", [row._replace(ts=row.ts + 60 * 24 * HOUR) for row in rows + rows[:5]], opens=True)
        self.assertEqual((self.last.numbers["rows_loaded"], self.last.numbers["rows_known"]), (216, 5))
        self.bring("c", [row._replace(ts=row.ts + HOUR) for row in rows], opens=True)
        self.assertEqual(self.last.numbers["rows_loaded"], 3)
        self.assert_exact()
        loader = self.session(LOADER)
        self.fails("42501", loader, "INSERT INTO sp.reading_2024_05 (sensor_id, ingest_id, ts) VALUES (1, 1, '2024-05-01Z')")
        self.ask("ALTER TABLE sp.reading DETACH PARTITION sp.reading_2024_05")
        self.fails("55000", loader, "SELECT sp.attach_month('reading_2024_05')")
        self.fails("55000", loader, "SELECT sp.ensure_month('2024-05-01Z')")
        self.fails("55000", loader, "SELECT sp.open_month('2024-05-01Z')")
        self.fails("55000", loader, "SELECT sp.attach_month('ingest')")
        for time in ("infinity", "0044-01-01 BC", "11111-01-01"):
            self.fails("22008", loader, f"SELECT sp.ensure_month('{time}')")
            self.fails("22008", loader, f"SELECT sp.open_month('{time}')")

    def test_every_file_that_was_taken_has_one_row(self):
        self.bring("a.csv", rows_of("1", hours(4, temperature=lambda n: n)))
        self.bring("b.csv", rows_of("2", hours(4, temperature=lambda n: n)), rejects=[("x", None, None)])
        # When sp-watch took them. The second one was written to before it was loaded.
        [[digest]] = self.ask("UPDATE sp.ingest SET taken_at = '2024-05-01T08:00:00Z' WHERE ingest_id = 1 RETURNING digest")
        self.ask("UPDATE sp.ingest SET taken_at = '2024-05-01T08:30:00Z' WHERE ingest_id = 2 RETURNING 1")
        loader = self.session(LOADER)

        def note(*lines):
            lines = [dict({"folder": "in", "tries": 1, "taken_at": "2024-05-01T08:00:00Z", "noted_at": "2024-05-01T10:00:00Z"}, **line)
                     for line in lines]
            return loader.value(f"SELECT sp.note_outcomes({quoted(json.dumps(lines))})")

        lines = [{"name": "a.csv", "status": "waiting", "tries": 2, "reason": "database away"},
                 {"name": "a.csv", "status": "loaded", "tries": 3, "noted_at": "2024-05-01T11:00:00Z"},
                 {"name": "b.csv", "status": "loaded", "tries": 2},
                 {"name": "c.csv", "status": "refused", "reason": "no header", "tool": "sp-validate"},
                 {"name": "copy.csv", "status": "known", "digest": digest}]
        self.assertEqual(note({"name": "a.csv", "status": "known", "digest": digest}), "0")  # run again after a crash
        self.assertEqual(note(*lines), "4")
        self.assertEqual(note(*lines[:1]), "0")  # an older line that comes again changes nothing
        self.assertEqual(note(*lines), "0")
        note({"name": "copy.csv", "status": "loaded", "tries": 2, "noted_at": "2024-05-01T12:00:00Z"})  # the journal knows no better
        self.assertEqual(self.ask("SELECT name, status, tries, ingest_id, reason, tool FROM sp.file ORDER BY name"),
                         [("a.csv", "loaded", "3", "1", "\\N", "\\N"), ("b.csv", "loaded in part", "2", "2", "\\N", "\\N"),
                          ("c.csv", "refused", "1", "\\N", "no header", "sp-validate"), ("copy.csv", "known", "2", "1", "\\N", "\\N")])
        # A file of that name on another machine, of which no line tells that it is done, is another one.
        note({"name": "a.csv", "folder": "other", "status": "waiting", "taken_at": "2024-05-01T07:00:00Z"},
             {"name": "a.csv", "folder": "here", "status": "waiting"})
        self.assertEqual(self.ask("SELECT status, folder FROM sp.file WHERE name = 'a.csv' ORDER BY status"),
                         [("loaded", "in"), ("waiting", "other")])
        self.ask("SELECT sp.forget_ingest(1)")
        self.assertEqual(self.ask("SELECT status, folder FROM sp.file WHERE name = 'a.csv'"), [("waiting", "other")])

    def test_rejects_that_were_mended_are_open_no_longer(self):
        bad = [("7;10:00;x", "7", at("2024-05-01T10:00")), ("7;11:00;x", "7", at("2024-05-01T11:00")), ("?", None, None)]
        self.bring("a", rows_of("7", hours(4, temperature=lambda n: n)), rejects=bad)
        self.assertEqual(self.ask("SELECT count(*) FROM sp.open_rejects"), [("3",)])
        self.bring("mended", rows_of("7", hours(1, "2024-05-01T10:00", temperature=lambda n: n)))
        self.assertEqual(self.ask("SELECT value FROM sp.open_rejects ORDER BY 1"), [("7;11:00;x",), ("?",)])
        self.assertEqual(self.ask("SELECT sensor_key, rows FROM sp.rejects_by_day ORDER BY 1"), [("7", "2"), ("\\N", "1")])
        # Without a time a row is open until its file comes without it: another file says nothing.
        self.bring("a", rows_of("7", hours(5, temperature=lambda n: n)), rejects=bad[1:])
        self.assertEqual(self.ask("SELECT value FROM sp.open_rejects ORDER BY 1"), [("7;11:00;x",), ("?",)])
        self.bring("a", rows_of("7", hours(6, temperature=lambda n: n)), rejects=bad[1:2])
        self.assertEqual(self.ask("SELECT value FROM sp.open_rejects"), [("7;11:00;x",)])
        self.bring("next day", rows_of("7", hours(4, "2024-05-02", temperature=lambda n: n)), rejects=bad[2:])
        self.assertEqual(self.ask("SELECT rows, files FROM sp.rejects_by_reason"), [("4", "4")])
        self.assertEqual(self.ask("SELECT violations, rejected_percent FROM sp.file_quality ORDER BY ingest_id")[0], ("3", "42.857"))

    def test_a_reject_without_a_time_ends_with_its_file_and_no_other_of_that_name(self):
        def opened():
            return {value for value, in self.ask("SELECT value FROM sp.open_rejects")}

        def day(number, count=4):
            return rows_of("7", hours(count, f"2024-05-{number:02}", temperature=lambda n: n))

        bad = [(f"bad {n}", None, None) for n in range(3)]
        every = {text for text, _, _ in bad}
        self.bring("log.csv.gz", day(1), rejects=bad)
        self.bring("log.csv", day(2))  # the next day's
        self.bring("log.csv", rows_of("7", hours(1, "2099-05-01", temperature=lambda n: n)))  # as short as what was rejected
        self.bring("other.csv", day(3, 1))  # another's
        self.bring("log.csv", rows_of("7", hours(1, "2024-04-01", temperature=lambda n: n)), source="B")
        self.assertEqual(opened(), every)
        # The rejected rows come back, one of them mended, before the first row of their file.
        mended = rows_of("7", hours(1, "2024-04-30", temperature=lambda n: n))
        self.bring("log.csv", mended, rejects=bad[1:])
        self.assertEqual(opened(), every - {"bad 0"})
        # The file comes again, mended, beside the first.
        self.bring("log.20240601T101112.131Z-2.csv.xz", mended + day(1, 6), rejects=bad[2:])
        self.assertEqual(opened(), {"bad 2"})
        self.bring("log.csv", mended + day(1, 7))
        self.assertEqual(opened(), set())

    def test_what_sp_watch_adds_to_a_name_is_not_the_file_s(self):
        names = {"a.csv": "a.csv", "a.csv.gz": "a.csv", "a.20240601T101112.131Z.csv": "a.csv", "a": "a",
                 "a.20240601T101112.131Z-12.csv.zst": "a.csv", "a.20240601T101112.131Z": "a", "a.2024.csv": "a.2024.csv",
                 "a.csv.gz.txt": "a.csv.gz.txt", "gz": "gz", "a.20240601T101112.131Z.x.csv": "a.20240601T101112.131Z.x.csv"}
        for name, expected in names.items():
            self.assertEqual(self.ask(f"SELECT sp.file_name('{name}')"), [(expected,)])


class Disputes(ModelTest):
    def setUp(self):
        super().setUp()
        self.base = rows_of("1", hours(8, temperature=lambda n: n, pm10=lambda n: n))
        self.bring("a", self.base)
        self.wrong = [row._replace(values={"temperature": row.values["temperature"] + 10, "pm10": 5}) for row in self.base[:2]] + self.base[2:]
        self.corrector = self.session(CORRECTOR)

    def grown(self, count):
        return self.wrong + rows_of("1", hours(count, "2024-05-02", temperature=lambda n: n))

    def test_what_is_kept_out_is_on_record_once(self):
        for count in range(1, 4):
            self.bring(f"b{count}", self.grown(count), on_conflict="keep")
            self.assertEqual(self.last.numbers["rows_kept_out"], 2)
        self.assertEqual(self.ask("SELECT count(*), count(DISTINCT d.ingest_id) FROM sp.open_disputes, sp.dispute d"), [("4", "1")])
        self.fails("SP701", self.owner, "SELECT sp.forget_ingest(2)")  # the later ones rely on its record
        self.refuse("SP651", "c", self.grown(4))
        self.ask("SELECT sp.forget_ingest(4); SELECT sp.forget_ingest(3); SELECT sp.forget_ingest(2)")
        self.assertEqual(self.ask("SELECT count(*) FROM sp.dispute"), [("0",)])
        self.assert_exact()

    def test_a_person_decides(self):
        self.bring("b", self.grown(1), on_conflict="keep")
        before = self.readings("temperature, pm10, ingest_id")
        disputes = [row[0] for row in self.corrector.run("SELECT dispute_id FROM sp.open_disputes ORDER BY ts")]
        self.corrector.run(f"SELECT sp.settle({disputes[0]}, true)")
        self.corrector.run(f"SELECT sp.settle({disputes[1]}, false)")
        self.assert_exact()
        self.assertEqual([row[3:] for row in self.readings("temperature, pm10, ingest_id")[:2]], [("10", "5", "2"), ("1", "1", "1")])
        self.assertEqual(self.corrector.run("SELECT * FROM sp.open_disputes"), [])
        # A script that runs twice takes nothing back; a person who changes his mind does.
        decided = self.readings("temperature, pm10, ingest_id")
        for dispute in disputes[:2]:
            self.fails("SP706", self.corrector, f"SELECT sp.settle({dispute}, true)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id"), decided)
        self.corrector.run(f"SELECT sp.settle({disputes[0]}, true, again => true)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id"), before)
        self.corrector.run(f"SELECT sp.settle({disputes[0]}, true, again => true)")
        self.assert_exact()
        # From now on the losing values are kept out whatever the policy, and the others are known.
        self.bring("c", self.grown(2))
        self.assertEqual((self.last.numbers["rows_kept_out"], self.last.numbers["rows_loaded"]), (1, 1))
        self.bring("d", self.base + rows_of("2", hours(1, temperature=lambda n: n)), on_conflict="replace")
        self.assertEqual((self.last.numbers["rows_kept_out"], self.last.numbers["rows_replaced"]), (1, 0))
        self.assert_exact()
        # Forgotten, it is as if it had not come.
        self.ask("SELECT sp.forget_ingest(4); SELECT sp.forget_ingest(3); SELECT sp.forget_ingest(2)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id"), before[:8])
        self.assert_exact()

    def test_a_replacement_is_taken_back(self):
        self.bring("b", self.wrong, on_conflict="replace")
        self.assertEqual(self.readings("temperature, pm10")[0][3:], ("10", "5"))
        [[first], _] = self.corrector.run("SELECT dispute_id FROM sp.open_disputes ORDER BY ts")
        self.corrector.run(f"SELECT sp.settle({first}, true)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id")[0][3:], ("0", "0", "1"))
        self.assert_exact()
        self.ask("SELECT sp.forget_ingest(2)")
        self.assertEqual([row[3:] for row in self.readings("temperature, pm10, ingest_id")], [(str(n), str(n), "1") for n in range(8)])
        self.assert_exact()

    def test_only_the_latest_can_win(self):
        self.bring("b", self.wrong, on_conflict="replace")
        self.bring("c", [self.base[0]._replace(values={"temperature": 77})], on_conflict="replace")
        first, second = [row[0] for row in self.ask("SELECT dispute_id FROM sp.dispute WHERE ts = '2024-05-01Z' ORDER BY 1")]
        self.fails("SP702", self.corrector, f"SELECT sp.settle({first}, true)")
        self.corrector.run(f"SELECT sp.settle({second}, true)")
        self.corrector.run(f"SELECT sp.settle({first}, true)")
        self.assertEqual(self.readings("temperature, pm10, ingest_id")[0][3:], ("0", "0", "1"))
        self.assert_exact()
        self.fails("P0002", self.corrector, "SELECT sp.settle(99, true)")


    def test_what_completes_is_not_lost_beside_what_is_on_record(self):
        row = self.base[0]
        self.bring("b", [row._replace(values={"temperature": 99})], on_conflict="keep")
        self.bring("c", [row._replace(values={"temperature": 99, "wind": 77})], on_conflict="keep")
        self.assertEqual(self.ask('SELECT "values" FROM sp.dispute ORDER BY dispute_id'),
                         [('{"temperature": 99}',), ('{"wind": 77, "temperature": 99}',)])
        self.bring("d", [row._replace(values={"temperature": 99, "wind": 77}), self.base[1]], on_conflict="keep")
        self.assertEqual(self.ask("SELECT count(*) FROM sp.dispute"), [("2",)])
        self.assert_exact()


class NamedLikeTheCode(ModelTest):
    """A quantity may have any name that a function uses for a table, a column or a variable of its own."""

    def setUp(self):
        super().setUp()
        forbidden = {"sensor_id", "ingest_id", "ts", "location_id", "source", "key", "sensor_type", "location", "latitude",
                     "longitude", "altitude", "tableoid", "xmin", "cmin", "xmax", "cmax", "ctid", "temperature"}
        words = set(re.findall(r"\b[a-z][a-z_]{0,11}\b", (SQL / "002_functions.sql").read_text())) | {"a, b", 'a"b', "a'b", "%s", "$1"}
        self.names = sorted(word for word in words - forbidden if not word.startswith("sp_"))
        asked = quoted(json.dumps([{"name": name} for name in [*self.names, "temperature"]]))
        self.ask(f"SELECT count(*) FROM sp.ensure_quantities({asked}, 900)")

    def row(self, key, hour, value, names):
        return Row(key, at("2024-05-01") + hour * HOUR, {name: value for name in [*names, "temperature"]})

    def of_all(self, ingest_id, value):
        """Readings of a load in which some quantity has another value."""
        differs = " OR ".join(f'"{name.replace(chr(34), 2 * chr(34))}" IS DISTINCT FROM {value}' for name in self.names)
        return self.ask(f"SELECT count(*) FILTER (WHERE {differs}), count(*) FROM sp.reading WHERE ingest_id = {ingest_id}")

    def test_they_are_replaced_kept_out_settled_and_forgotten(self):
        for names in ([], self.names):
            with self.subTest(count=len(names)):
                corrector = self.session(CORRECTOR)
                self.bring(f"first {len(names)}", [self.row("1", n, 1, self.names) for n in range(4)])
                self.bring(f"again {len(names)}", [self.row("1", n, 2, names) for n in range(5)], on_conflict="replace")
                [[first], [last]] = self.ask("SELECT ingest_id FROM sp.ingest ORDER BY 1")
                disputes = [row[0] for row in self.ask(f"SELECT dispute_id FROM sp.dispute WHERE \"values\"->>'temperature' = '1' ORDER BY ts")]
                self.assertEqual(len(disputes), 4)
                corrector.run(f"SELECT sp.settle({disputes[0]}, true)")
                self.assertEqual(self.of_all(first, 1), [("0", "1")])
                self.bring(f"kept {len(names)}", [self.row("1", 1, 3, names)], on_conflict="keep")
                self.assertEqual(self.ask("SELECT \"values\"->>'temperature' FROM sp.dispute ORDER BY dispute_id DESC LIMIT 1"), [("3",)])
                self.assert_exact()
                self.ask(f"SELECT sp.forget_ingest(max(ingest_id)) FROM sp.ingest; SELECT sp.forget_ingest({last})")
                self.assertEqual(self.of_all(first, 1), [("0", "4")])
                self.assert_exact()
                self.ask(f"SELECT sp.forget_ingest({first})")

    def test_two_sensors_are_merged(self):
        self.bring("a", [self.row("1", n, 1, self.names) for n in range(4)])
        self.bring("b", [self.row("2", n, 1, self.names) for n in range(3, 8)])
        self.bring("c", [self.row("3", n, 1, self.names[:-1]) for n in range(3)])
        number = dict(self.ask("SELECT key, sensor_id FROM sp.sensor"))
        self.ask(f"SELECT sp.merge_sensors({number['2']}, {number['1']})")
        self.fails("SP704", self.owner, f"SELECT sp.merge_sensors({number['3']}, {number['1']})")
        self.bring("late", [self.row("1", 24 * 40, 1, self.names)], opens=True)
        self.ask("SELECT sp.drop_readings_before('2024-04-01Z'); SELECT sp.rename_quantity('r', 'R')")
        self.assertEqual(self.ask("SELECT count(*), count(DISTINCT ts) FROM sp.reading WHERE sensor_id = " + number["1"]), [("9", "9")])
        self.assert_exact()
        for view in ("latest_reading", "located_reading", "hourly", "daily", "sensor_statistics", "open_rejects"):
            self.ask(f"SELECT count(*) FROM sp.{view}")
        self.assertEqual(self.ask("SELECT sp.forget_source('A')"), [("12",)])


class Owner(ModelTest):
    def test_retention(self):
        rows = rows_of("1", hours(24 * 60, "2024-05-15", temperature=lambda n: n % 11, wind=lambda n: n % 360))
        self.bring("big", rows)
        for n in range(3):
            self.bring(f"small {n}", [Row(str(k), at("2024-05-20") + n * HOUR, {"temperature": k + n}) for k in range(5, 9)])
        self.bring("june", [Row(str(k), at("2024-06-20"), {"temperature": k}) for k in range(5, 9)])
        statistics_before = self.ask("SELECT source, key, quantity, n, min, max, mean FROM sp.sensor_statistics ORDER BY 1, 2, 3")
        daily = self.ask("SELECT * FROM sp.daily ORDER BY 1, 2, 3, 5")
        self.assertEqual(self.ask("SELECT sp.drop_readings_before('2024-06-20Z')"), [("1",)])
        self.assertEqual(self.ask("SELECT sp.kept_since()"), [("2024-06-01 00:00:00+00",)])
        self.assert_exact()
        after = self.ask("SELECT source, key, quantity, n, min, max, mean FROM sp.sensor_statistics ORDER BY 1, 2, 3")
        self.assertEqual([row[:6] for row in after], [row[:6] for row in statistics_before])
        for old, new in zip(daily, self.ask("SELECT * FROM sp.daily ORDER BY 1, 2, 3, 5"), strict=True):
            self.assertEqual(old[:8], new[:8])
            self.assertAlmostEqual(float(old[8]), float(new[8]), 9)
        self.assertEqual(self.ask("SELECT first_seen FROM sp.sensor_seen WHERE key = '1'"), [("2024-05-15 00:00:00+00",)])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.unmeasured"), [("1",)])
        # Late rows are counted, not loaded; the month cannot come back.
        self.bring("late", rows[:30] + rows_of("1", hours(4, "2024-08-01", temperature=lambda n: n)))
        self.assertEqual((self.last.numbers["rows_expired"], self.last.numbers["rows_loaded"]), (30, 4))
        self.bring("all late", rows[:30])
        self.assertEqual(self.last.numbers["rows_expired"], 30)
        for call in ("ensure_month", "open_month"):
            self.fails("SP655", self.session(LOADER), f"SELECT sp.{call}('2024-05-31Z')")
        self.fails("SP703", self.owner, "SELECT sp.forget_ingest(1)")
        self.ask("SELECT sp.forget_ingest(6)")
        self.assert_exact()
        self.assertEqual(self.ask("SELECT sp.drop_readings_before('2024-05-20Z')"), [("0",)])
        self.assertEqual(self.ask("SELECT sp.drop_readings_before('2024-06-30Z')"), [("0",)])

    def test_a_partition_that_holds_the_border_stays_whole(self):
        self.bring("a", rows_of("1", hours(4, "2024-03-01", temperature=lambda n: n)))
        self.ask("CREATE TABLE sp.half (LIKE sp.reading INCLUDING ALL); ALTER TABLE sp.reading ATTACH PARTITION sp.half"
                 " FOR VALUES FROM ('2024-05-01Z') TO ('2025-01-01Z')")
        self.bring("b", rows_of("1", hours(4, "2024-05-10", temperature=lambda n: n)))
        self.assertEqual(self.ask("SELECT sp.drop_readings_before('2024-07-01Z')"), [("1",)])
        self.assertEqual(self.ask("SELECT sp.kept_since()"), [("2024-05-01 00:00:00+00",)])
        self.assert_exact()

    def test_a_quantity_gets_another_name(self):
        self.bring("a", rows_of("1", hours(8, temperature=lambda n: n)))
        self.bring("b", rows_of("1", hours(8, temperature=lambda n: n + 1)), on_conflict="keep")
        self.ask("SELECT sp.rename_quantity('temperature', 'Air ''T''')")
        self.assert_exact()
        self.assertEqual(self.ask("SELECT quantity, n FROM sp.sensor_statistics"), [("Air 'T'", "8")])
        self.assertEqual(self.ask("SELECT \"Air 'T'\" FROM sp.latest_reading"), [("7",)])
        self.assertEqual(self.ask("SELECT DISTINCT quantity FROM sp.hourly"), [("Air 'T'",)])
        self.corrector = self.session(CORRECTOR)
        self.corrector.run("SELECT sp.settle(min(dispute_id), true) FROM sp.open_disputes")
        self.assertEqual(self.readings("\"Air 'T'\"")[0][3], "1")
        self.assert_exact()
        self.bring("c", rows_of("1", hours(4, "2024-05-02", temperature=lambda n: n)))  # the old name is free again
        self.assert_exact()
        self.fails("SP783", self.owner, "SELECT sp.rename_quantity('temperature', 'ts')")
        self.assertIn("there is a quantity Air 'T' already",
                      self.fails("23505", self.owner, "SELECT sp.rename_quantity('temperature', 'Air ''T''')"))
        self.fails("P0002", self.owner, "SELECT sp.rename_quantity('no', 'x')")

    def test_a_mistaken_quantity_is_forgotten(self):
        self.bring("a", rows_of("1", hours(4, temperature=lambda n: n)))
        self.bring("mistake", rows_of("1", hours(4, "2024-05-02", temperature=lambda n: n, pm10=lambda n: n)))
        self.ask("CREATE ROLE sp_watcher; GRANT SELECT ON sp.latest_reading TO sp_watcher WITH GRANT OPTION")
        self.addCleanup(self.ask, "DROP OWNED BY sp_watcher; DROP ROLE sp_watcher")
        acl = "SELECT relname, relacl FROM pg_class WHERE oid IN ('sp.latest_reading'::regclass, 'sp.located_reading'::regclass) ORDER BY 1"
        rights = self.ask(acl)
        refusal = self.fails("SP708", self.owner, "SELECT sp.forget_quantity('pm10')")
        self.assertIn("there are values of pm10", refusal)
        self.fails("SP708", self.owner, "SELECT sp.forget_quantity('temperature')")
        self.fails("P0002", self.owner, "SELECT sp.forget_quantity('no')")
        self.ask("SELECT sp.forget_ingest(2); SELECT sp.forget_quantity('pm10')")
        self.assertEqual(self.ask("SELECT name FROM sp.quantity"), [("temperature",)])
        self.assertEqual(self.ask("SELECT count(*) FROM pg_attribute WHERE attname = 'pm10'"), [("0",)])
        self.assertEqual(self.ask(acl), rights)
        self.assertEqual(self.ask("SELECT count(*) FROM pg_class c WHERE relname IN ('latest_reading', 'located_reading')"
                                  " AND obj_description(c.oid, 'pg_class') IS NULL"), [("0",)])
        self.assert_exact()
        # The name is free for another kind, and months go on, those that are there and new ones.
        self.ask("SELECT sp.ensure_quantities('[{\"name\": \"pm10\", \"kind\": \"text\"}]', 1); SELECT sp.forget_quantity('pm10')")
        self.bring("b", rows_of("1", hours(8, temperature=lambda n: n % 4, pm10=lambda n: n)) + rows_of("1", hours(4, "2024-06-01", temperature=lambda n: n)), opens=True)
        self.assert_exact()
        self.assertEqual(self.ask("SELECT temperature FROM sp.latest_reading"), [("3",)])

    def test_a_unit_is_changed(self):
        fahrenheit = [50.123, 61.7, 72.9, 33.33, 32.0, 31.9]
        self.bring("old", rows_of("1", hours(6, "2024-03-01", temperature=lambda n: fahrenheit[n], wind=lambda n: 20 * n)))
        self.ask("SELECT sp.drop_readings_before('2024-04-01Z')")
        self.bring("a", rows_of("1", hours(6, temperature=lambda n: fahrenheit[n], wind=lambda n: 20 * n)))
        self.bring("dense", rows_of("1", hours(12, "2024-05-02", step=.5, temperature=lambda n: fahrenheit[n % 6], wind=lambda n: 20 * (n % 6))))
        self.bring("b", rows_of("1", hours(6, temperature=lambda n: 212)), on_conflict="keep")
        self.ask("SELECT sp.change_unit('temperature', 'degC', 'K @ 273.15', 5 / 9.0::float8, -160 / 9.0::float8)")
        self.assert_exact()
        values = [f * (5 / 9) - 160 / 9 for f in fahrenheit]
        for n, least, most, mean in self.ask("SELECT n, min, max, mean FROM sp.daily WHERE quantity = 'temperature'"):
            self.assertEqual((int(n), float(least), float(most)), (int(n), min(values), max(values)))
            self.assertAlmostEqual(float(mean), math.fsum(values) / 6, 12)
        self.assertEqual(self.ask('SELECT DISTINCT round(("values"->>\'temperature\')::numeric, 9) FROM sp.dispute'), [("100.000000000",)])
        self.assertEqual(self.ask("SELECT unit FROM sp.quantity WHERE name = 'temperature'"), [("degC",)])
        # From where the wind blows to where, counted backwards in turns of 400.
        means = self.ask("SELECT n, mean FROM sp.daily WHERE quantity = 'wind' ORDER BY day")
        self.ask("SELECT sp.change_unit('wind', 'gon', 'x', -400 / 360.0::float8, 200)")
        self.assert_exact()
        for (_, old), (_, new) in zip(means, self.ask("SELECT n, mean FROM sp.daily WHERE quantity = 'wind' ORDER BY day"), strict=True):
            self.assertLess(abs((float(new) + float(old) * 10 / 9 - 200 + 200) % 400 - 200), 1e-6)
        for scale in ("0", "'NaN'", "'Infinity'", "NULL", "1, NULL", "1, 'NaN'"):
            self.fails("22023", self.owner, f"SELECT sp.change_unit('wind', 'm', 'm', {scale})")
        for unit in ("NULL", "''"):
            self.fails("22023", self.owner, f"SELECT sp.change_unit('wind', {unit}, 'm', 1)")
        self.fails("22003", self.owner, "SELECT sp.change_unit('wind', 'm', 'm', 1e308)")
        self.assert_exact()

    def test_two_keys_are_one_device(self):
        series = hours(40, temperature=lambda n: n)
        self.bring("old", rows_of("old", hours(8, "2024-03-01", temperature=lambda n: n), ("home", 1, 1), "X") +
                   rows_of("new", hours(8, "2024-03-01T12:00", temperature=lambda n: n)))
        self.ask("SELECT sp.drop_readings_before('2024-04-01Z')")
        self.bring("a", rows_of("old", series[:30], ("home", 1, 1), "X"))
        self.bring("b", rows_of("new", series[20:], ("roof", 2, 2), "Y"))
        self.bring("c", rows_of("other", hours(10, temperature=lambda n: n + .5)))
        number = dict(self.ask("SELECT key, sensor_id FROM sp.sensor"))
        self.fails("SP704", self.owner, f"SELECT sp.merge_sensors({number['other']}, {number['old']})")
        self.assertEqual(self.ask(f"SELECT sp.merge_sensors({number['old']}, {number['new']})"), [("30",)])
        self.assert_exact()
        self.assert_statistics({("A", "new", "temperature"): list(range(8)) * 2 + list(range(40)), ("A", "other", "temperature"): [n + .5 for n in range(10)]})
        self.assertEqual(self.ask("SELECT location, count(*) FROM sp.located_reading WHERE key = 'new' GROUP BY 1 ORDER BY 1"), [("home", "30"), ("roof", "10")])
        self.fails("SP701", self.owner, "SELECT sp.forget_ingest(2)")  # b left out ten rows that a has
        self.bring("d", rows_of("old", hours(42, temperature=lambda n: n)))  # the old key means the new one
        self.assertEqual((self.last.numbers["rows_known"], self.last.numbers["rows_loaded"]), (40, 2))
        self.assert_exact()
        self.assertEqual(self.ask("SELECT key FROM sp.sensor_seen ORDER BY 1"), [("new",), ("other",)])
        for pair, why in ((f"{number['old']}, {number['other']}", f"sensor {number['old']} is sensor {number['new']} already"),
                          (f"99, {number['other']}", "there is no sensor 99"),
                          (f"{number['new']}, {number['new']}", "one sensor, not two")):
            self.assertIn(why, self.fails("P0002", self.owner, f"SELECT sp.merge_sensors({pair})"))

    def test_a_row_that_a_merge_lets_go_leaves_what_stood_behind_it(self):
        for kept_first in (True, False):
            with self.subTest(kept_first=kept_first):
                self.ask("SELECT sp.forget_source(source) FROM sp.sensor GROUP BY source")
                whole, part = {"temperature": 20, "pm10": 5}, {"temperature": 20}
                numbers = {}
                for name, key, values in (("m0", "X", whole), ("m1", "Y", part), ("m2", "Y", whole)) if kept_first else \
                        (("m1", "Y", part), ("m0", "X", whole), ("m2", "Y", whole)):
                    self.bring(name, [Row(key, at("2024-05-01"), values)])
                    numbers[name] = self.ask("SELECT max(ingest_id) FROM sp.ingest")[0][0]
                sensor = dict(self.ask("SELECT key, sensor_id FROM sp.sensor"))
                self.ask(f"SELECT sp.merge_sensors({sensor['Y']}, {sensor['X']})")
                self.assertEqual(self.ask("SELECT ingest_id, temperature, pm10 FROM sp.reading"), [(numbers["m0"], "20", "5")])
                self.ask(f"SELECT sp.forget_ingest({numbers['m2']})")
                self.assertIn(f"DETAIL:  {numbers['m1']}\n", self.fails("SP701", self.owner, f"SELECT sp.forget_ingest({numbers['m0']})"))
                self.assertEqual(self.readings("temperature, pm10")[0][3:], ("20", "5"))
                for name in ("m1", "m0"):
                    self.ask(f"SELECT sp.forget_ingest({numbers[name]})")
                for table in ("reading", "completion", "dispute", "overlap", "ingest", "metric"):
                    self.assertEqual(self.ask(f"SELECT count(*) FROM sp.{table}"), [("0",)], table)

    def test_a_value_that_was_replaced_stays_on_record_through_a_merge(self):
        for name, key, value, policy in (("l0", "X", 20, "error"), ("l1", "Y", 10, "error"), ("l2", "Y", 20, "replace")):
            self.bring(name, [Row(key, at("2024-05-01"), {"temperature": value})], on_conflict=policy)
        sensor = dict(self.ask("SELECT key, sensor_id FROM sp.sensor"))
        self.ask(f"SELECT sp.merge_sensors({sensor['Y']}, {sensor['X']})")
        record = [("1", "1", "kept out", '{"temperature": 10}')]
        self.assertEqual(self.ask('SELECT dispute_id, winner_id, kind, "values" FROM sp.dispute'), record)
        self.ask("SELECT sp.forget_ingest(3)")
        self.assertEqual(self.ask('SELECT dispute_id, winner_id, kind, "values" FROM sp.dispute'), record)
        self.assertIn("DETAIL:  2\n", self.fails("SP701", self.owner, "SELECT sp.forget_ingest(1)"))
        self.fails("22023", self.owner, "SELECT sp.settle(1, NULL)")
        self.ask("SELECT sp.settle(1, true)")
        self.assertEqual(self.ask("SELECT ingest_id, temperature FROM sp.reading"), [("2", "10")])
        self.assert_exact()

    def test_a_merge_that_would_tie_two_loads_together(self):
        self.bring("early", rows_of("Y", hours(1, temperature=lambda n: 20)) + rows_of("Z", hours(3, temperature=lambda n: n)))
        self.bring("late", rows_of("X", [(at("2024-05-01"), {"temperature": 20, "pm10": 5})]) + rows_of("Z", hours(3, temperature=lambda n: n)))
        self.bring("whole", rows_of("Y", [(at("2024-05-01"), {"temperature": 20, "pm10": 5})]))
        sensor = dict(self.ask("SELECT key, sensor_id FROM sp.sensor"))
        self.assertIn("any more: 2 and 1", self.fails("SP707", self.owner, f"SELECT sp.merge_sensors({sensor['Y']}, {sensor['X']})"))
        self.assertEqual(self.ask("SELECT count(*) FROM sp.reading WHERE sensor_id = " + sensor["Y"]), [("1",)])
        self.ask("SELECT sp.forget_ingest(3)")
        self.assert_exact()

    def test_a_source_is_forgotten(self):
        self.assertIn("there is no source Q", self.fails("P0002", self.owner, "SELECT sp.forget_source('Q')"))
        for source in ("A", "B"):
            self.bring("x", rows_of("1", hours(20, "2024-03-01", temperature=lambda n: n), ("p", 1, 1), "T"), source=source, rejects=[("r", None, None)])
            self.bring("y", rows_of("1", hours(20, temperature=lambda n: n)), source=source)
            self.bring("z", rows_of("1", hours(20, temperature=lambda n: n + 1), None, "U"), source=source, on_conflict="replace")
            self.bring("s", rows_of("1", hours(2, "2024-05-09", temperature=lambda n: n)), source=source)
        self.ask("SELECT sp.drop_readings_before('2024-04-01Z')")
        tables = [row[0] for row in self.ask("SELECT relname FROM pg_class WHERE relnamespace = 'sp'::regnamespace AND relkind IN ('r', 'p')"
                                             " AND NOT relispartition AND relname NOT IN ('migration', 'retention', 'quantity')")]
        count = {table: int(self.ask(f"SELECT count(*) FROM sp.{table}")[0][0]) for table in tables}
        self.assertEqual(self.ask("SELECT sp.forget_source('B')"), [("22",)])
        for table in tables:
            self.assertEqual(int(self.ask(f"SELECT count(*) FROM sp.{table}")[0][0]) * 2, count[table], table)
        self.assert_exact()

    def test_the_owner_waits_for_loads(self):
        self.bring("a", rows_of("1", hours(4, temperature=lambda n: n)))
        for call in ("forget_ingest(1)", "drop_readings_before('2025-01-01Z')", "rename_quantity('temperature', 't')", "merge_sensors(1, 2)",
                     "change_unit('temperature', 'K', 'K', 1)", "forget_quantity('temperature')", "forget_source('A')", "forget_unused_sensors()"):
            def hold(step):
                if step == "sent":
                    self.owner.run("SET lock_timeout = '50ms'")
                    self.fails("55P03", self.owner, f"SELECT sp.{call}")
            self.bring(call, rows_of("2", hours(4, temperature=lambda n: n)), pause=hold)
        self.assert_exact()


class Rights(ModelTest):
    def setUp(self):
        super().setUp()
        self.bring("a", rows_of("1", hours(8, temperature=lambda n: n)))
        self.loader, self.reader, self.corrector = (self.session(role) for role in (LOADER, READER, CORRECTOR))

    def test_the_loader_may_do_nothing_else(self):
        tables = [row[0] for row in self.ask("SELECT relname FROM pg_class WHERE relnamespace = 'sp'::regnamespace AND relkind IN ('r', 'p')")]
        for table in tables:
            for statement in (f"DELETE FROM sp.{table}", f"TRUNCATE sp.{table}", f"DROP TABLE sp.{table}", f"ALTER TABLE sp.{table} ADD x int",
                              f"BEGIN; LOCK TABLE sp.{table} IN ACCESS EXCLUSIVE MODE", f"CREATE TRIGGER t BEFORE INSERT ON sp.{table} EXECUTE FUNCTION f()"):
                for session in (self.loader, self.corrector, self.reader):
                    self.fails("42501", session, statement)
                    session.run("ROLLBACK")
        for statement in ("SELECT temperature FROM sp.reading", "SELECT * FROM sp.metric", "SELECT * FROM sp.rejection", "SELECT * FROM sp.daily",
                          "SELECT * FROM sp.dispute", "SELECT * FROM sp.reading_2024_05", "UPDATE sp.ingest SET rows_read = 1", "UPDATE sp.reading SET temperature = 1",
                          "INSERT INTO sp.ingest (digest, name, tool_version, rows_read) VALUES (sha256('x'), 'x', 'x', 1)",
                          "INSERT INTO sp.overlap VALUES (1, 2, 0, 0, 0)", "INSERT INTO sp.sensor (source, key) VALUES ('A', 'x')",
                          "INSERT INTO sp.retention (kept_since) VALUES (now())", "SELECT sp.replace_known('[]', 'skip')", "SELECT sp.settle(1, true)",
                          "SELECT sp.merge_rows('[]', 'skip', 'replace')", "SELECT sp.recount()", "SELECT sp.grant_roles()", "SELECT sp.refresh_views()",
                          "SELECT sp.forget_ingest(1)", "SELECT sp.forget_source('A')", "SELECT sp.drop_readings_before(now())",
                          "SELECT sp.drop_rejections_before(now())", "SELECT sp.drop_outcomes_before(now())",
                          "SELECT sp.rename_quantity('temperature', 'x')", "SELECT sp.forget_quantity('temperature')",
                          "SELECT sp.attach('reading_2024_05', now())", "SELECT sp.lock_source('A')",
                          "SELECT sp.touch('{}', '{}', '{}')"):
            self.fails("42501", self.loader, statement)
        for statement in ("SELECT sp.merge_known('[]', 'skip', 'keep')", "SELECT sp.stage_rows('{}')", "INSERT INTO sp.reading VALUES (1, 1, now())",
                          "SELECT sp.ensure_month(now())", "SELECT sp.ensure_quantities('[]', 1)", "SELECT sp.finish_ingests('[]')"):
            self.fails("42501", self.reader, statement)

    def test_the_reader_sees_everything(self):
        views = [row[0] for row in self.ask("SELECT relname FROM pg_class WHERE relnamespace = 'sp'::regnamespace AND relkind IN ('r', 'p', 'v')"
                                               " AND NOT relispartition")]
        self.assertGreater(len(views), 25)
        for view in views:
            self.reader.run(f"SELECT * FROM sp.{view}")
        self.reader.run("SELECT * FROM sp.hourly_between('2024-05-01Z', '2024-06-01Z')")
        self.assertEqual(self.reader.run("SELECT * FROM sp.metric_errors()"), [])

    def test_a_loader_does_not_replace_through_merge_known(self):
        self.loader.run("BEGIN; SELECT sp.stage_rows('{temperature}')")
        self.fails("22023", self.loader, "SELECT sp.merge_known('[]', 'skip', 'replace')")

    def test_a_ledger_row_of_others_cannot_be_changed(self):
        row = json.dumps([{"ingest_id": 1, "rows_read": 0}])
        self.fails("55000", self.loader, f"SELECT sp.finish_ingests('{row}')")
        self.fails("55000", self.loader, "SELECT sp.withdraw_ingest(1)")
        self.fails("55000", self.loader, "SELECT sp.count_metrics(1, 24, '2024-05-01Z', '2024-06-01Z')")
        self.loader.run("BEGIN; SELECT sp.stage_rows('{temperature}')")
        self.loader.run("COPY pg_temp.sp_stage (sp_position, ingest_id, sensor_id, ts) FROM STDIN", [(1, 1, 1, "2024-05-01T00:00:00Z")])
        self.fails("55000", self.loader, "SELECT sp.merge_known('[{\"ingest_id\": 1}]', 'skip', 'keep')")
        self.loader.run("ROLLBACK")
        # Nor one's own, once it is finished.
        finish = "SELECT sp.finish_ingests('[{{\"ingest_id\": {}, \"rows_read\": 0}}]')"
        self.loader.run("BEGIN")
        number = self.loader.value("INSERT INTO sp.ingest (digest, name, tool_version) VALUES (sha256('x'), 'x', '2') RETURNING ingest_id")
        self.loader.run(finish.format(number))
        self.fails("55000", self.loader, finish.format(number))

    def trap(self):
        """A table that notes with whose rights a function of the loader's ran."""
        self.ask(f"CREATE SCHEMA trap; GRANT ALL ON SCHEMA trap TO {LOADER}; CREATE TABLE public.caught (who text); GRANT ALL ON public.caught TO PUBLIC")
        self.ask("CREATE SEQUENCE public.catches; GRANT ALL ON public.catches TO PUBLIC")  # what is rolled back counts, too
        self.loader.run("CREATE FUNCTION trap.note() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.caught VALUES (current_user);"
                        " IF current_user <> session_user THEN PERFORM nextval('public.catches'); END IF; RETURN true; END $$")
        self.loader.run("CREATE FUNCTION trap.note_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM trap.note(); RETURN NEW; END $$")

    def assert_not_caught(self):
        self.assertEqual(self.ask(f"SELECT * FROM public.caught WHERE who <> '{LOADER}'"), [])
        self.assertEqual(self.ask("SELECT is_called FROM public.catches"), [("f",)])

    def test_a_view_in_the_place_of_the_stage(self):
        self.trap()
        columns = "1::bigint AS sp_position, 1 AS ingest_id, 1 AS sensor_id, now() AS ts, 1 AS location_id, 1.0::float8 AS temperature"
        for make in (f"CREATE TEMP VIEW sp_stage AS SELECT {columns} WHERE trap.note()", f"CREATE TEMP TABLE sp_stage AS SELECT {columns}"):
            self.loader.run(f"BEGIN; {make}")
            self.fails("55000", self.loader, "SELECT sp.merge_known('[{\"ingest_id\": 1}]', 'skip', 'keep')")
            self.loader.run(f"ROLLBACK; BEGIN; {make}")
            self.fails("42P07", self.loader, "SELECT sp.stage_rows('{temperature}')")
            self.loader.run("ROLLBACK")
        self.assert_not_caught()

    def test_the_stage_is_not_the_callers(self):
        self.trap()
        self.loader.run("BEGIN; SELECT sp.stage_rows('{temperature}'); SAVEPOINT s")
        for statement in ("CREATE TRIGGER t BEFORE INSERT ON pg_temp.sp_stage FOR EACH ROW EXECUTE FUNCTION trap.note_row()",
                          "CREATE RULE r AS ON INSERT TO pg_temp.sp_stage DO ALSO SELECT trap.note()", "ALTER TABLE pg_temp.sp_stage ENABLE ROW LEVEL SECURITY",
                          "CREATE POLICY p ON pg_temp.sp_stage USING (trap.note())", "ALTER TABLE pg_temp.sp_stage ADD CHECK (trap.note())",
                          "CREATE INDEX ON pg_temp.sp_stage ((trap.note()))", "CREATE TEMP TABLE heir () INHERITS (pg_temp.sp_stage)",
                          "ALTER TABLE pg_temp.sp_stage OWNER TO CURRENT_USER", "SELECT * FROM pg_temp.sp_stage", "DROP TABLE pg_temp.sp_stage",
                          "UPDATE pg_temp.sp_stage SET ts = now()"):
            self.fails("42501", self.loader, statement)
            self.loader.run("ROLLBACK TO s")
        self.assert_not_caught()

    def test_temporary_objects_in_the_way_of_inner_names(self):
        self.trap()
        for name in ("sp_load", "sp_met", "sp_touched", "sp_fate", "sp_asked"):
            self.loader.run(f"BEGIN; CREATE TEMP VIEW {name} AS SELECT 1 AS ingest_id WHERE trap.note()")
            ingest = self.loader.value("INSERT INTO sp.ingest (digest, name, tool_version) VALUES (sha256('x'), 'x', '2') RETURNING ingest_id")
            self.loader.run("SELECT sp.stage_rows('{temperature}')")
            self.loader.run("COPY pg_temp.sp_stage (sp_position, ingest_id, sensor_id, ts, temperature) FROM STDIN", [(1, ingest, 1, "2024-05-01T00:00:00Z", 0)])
            call = "SELECT sp.ensure_quantities('[{\"name\": \"x\"}]', 1)" if name == "sp_asked" else \
                f"SELECT sp.merge_known('[{{\"ingest_id\": {ingest}, \"window_hours\": 24}}]', 'skip', 'keep')"
            self.fails("42P07", self.loader, call)
            self.loader.run("ROLLBACK")
        self.assert_not_caught()

    def test_statements_in_the_place_of_arguments(self):
        """Every text that somebody may hand to a function, and every text member of what is JSON."""
        self.trap()
        statement = "SELECT trap.note()"
        texts = [f"text; {statement}", f"text); {statement}; --", f"x'; {statement}; --", f'x"; {statement}; --', "x$q$; SELECT trap.note(); $q$ --",
                 f"text DEFAULT trap.note()::text", f"text; ALTER TABLE sp.quantity DROP CONSTRAINT quantity_kind_check; {statement}"]
        members = ["name", "kind", "unit", "unit_definition", "standard_name", "source", "status", "reason", "tool", "folder", "window_hours", "example"]
        functions = self.ask("SELECT p.proname, array_to_string(ARRAY(SELECT format_type(t, NULL) FROM unnest(p.proargtypes) AS t), ',') FROM pg_proc p"
                             f" WHERE p.pronamespace = 'sp'::regnamespace AND prokind = 'f' AND (has_function_privilege('{CORRECTOR}', p.oid, 'EXECUTE')"
                             f" OR has_function_privilege('{LOADER}', p.oid, 'EXECUTE'))")
        others = {"integer": "1", "bigint": "1", "boolean": "true", "timestamp with time zone": "'2024-05-01Z'", "double precision": "1", "integer[]": "'{1}'",
                  "double precision[]": "'{1}'", "timestamp with time zone[]": "'{2024-05-01Z}'", "smallint": "1"}
        calls = 0
        for name, arguments in functions:
            kinds = arguments.split(",") if arguments else []
            for text in texts:
                quoted = "'" + text.replace("'", "''") + "'"
                objects = [json.dumps([{**{"name": "fresh", "ingest_id": 1}, member: text}]).replace("'", "''") for member in members]
                places = {"text": [quoted], "name": [quoted], "text[]": [f"ARRAY[{quoted}]"], "jsonb": [f"'{o}'" for o in objects]}
                for place, kind in enumerate(kinds):
                    for value in places.get(kind, []):
                        given = [value if i == place else places[k][0] if k in places else others[k] for i, k in enumerate(kinds)]
                        for session in (self.loader, self.corrector):
                            with contextlib.suppress(Refused):
                                session.run(f"BEGIN; SELECT sp.{name}({', '.join(given)})")
                            session.run("ROLLBACK")
                        calls += 1
        self.assertGreater(calls, 200)
        self.assert_not_caught()
        self.assert_exact()
        self.fails("22023", self.loader, "SELECT sp.ensure_quantities('[{\"name\": \"e\", \"kind\": \"integer\"}]', 1)")

    def test_names_that_stand_in_front(self):
        self.trap()
        self.loader.run("CREATE TABLE trap.pg_class (x int); CREATE FUNCTION trap.hashtext(text) RETURNS int LANGUAGE sql AS 'SELECT trap.note()::int';"
                        "CREATE FUNCTION trap.date_trunc(text, timestamptz, text) RETURNS timestamptz LANGUAGE sql AS 'SELECT trap.note(); SELECT now()';"
                        "CREATE FUNCTION trap.less(float8, float8) RETURNS boolean LANGUAGE sql AS 'SELECT trap.note()';"
                        "CREATE OPERATOR trap.<> (LEFTARG = float8, RIGHTARG = float8, FUNCTION = trap.less)")
        rows = rows_of("1", hours(9, temperature=lambda n: n + (n == 1)))

        def connect():
            session = Session(PSQL, self.environment, LOADER)
            session.run("SET search_path = trap, pg_catalog")
            session.run("CREATE FUNCTION pg_temp.abs(float8) RETURNS float8 LANGUAGE sql AS 'SELECT trap.note()::int::float8'")
            session.run("CREATE TEMP TABLE pg_class (x int)")
            return session
        Load(connect, "b", "A", rows, on_conflict="keep").run()
        self.assert_exact()
        self.assert_not_caught()
        # The trap works: with its own rights the loader does run into it.
        self.loader.run("SET search_path = trap, pg_catalog; SELECT hashtext('x')")
        self.assertEqual(self.ask("SELECT count(*) FROM public.caught"), [("1",)])


# Of a month's table and indexes, in this transaction.
SCANS = """SELECT coalesce(sum(seq_scan + coalesce(idx_scan, 0)), 0) FROM pg_stat_xact_user_tables
            WHERE relname = 'reading_2024_06'"""


class Plans(ModelTest):
    MONTHS = [f"2024_{month:02}" for month in range(1, 11)]

    def setUp(self):
        super().setUp()
        for month in range(1, 11):
            self.bring(f"{month}", [Row(str(k), at(f"2024-{month:02}-01") + n * HOUR, {"temperature": n, "pm10": k}) for n in range(120) for k in range(4)], opens=True)
        self.ask("VACUUM ANALYZE")

    def months(self, query):
        """The partitions that the plan of a query names, and its indexes."""
        text = "\n".join(row[0] for row in self.ask(f"EXPLAIN (FORMAT JSON) {query}"))
        waiting, months, indexes = [json.loads(text)[0]["Plan"]], set(), set()
        while waiting:
            node = waiting.pop()
            if "reading_" in node.get("Relation Name", ""):
                months.add(node["Relation Name"][8:])
            indexes.add(node.get("Index Name"))
            waiting += node.get("Plans", [])
        return sorted(months), indexes

    def opened(self, query):
        """The partitions that are read while it runs, in functions too."""
        session = self.session()  # counts of earlier transactions may linger in another
        session.run(f"BEGIN; {query}")
        found = session.run("SELECT substr(relname, 9) FROM pg_stat_xact_user_tables WHERE relname LIKE 'reading\\_%'"
                            " AND seq_scan + coalesce(idx_scan, 0) > 0 ORDER BY 1")
        return [month for month, in found]

    def test_queries_open_the_months_they_need(self):
        june = "'2024-06-03Z' AND {0} < '2024-06-04Z'"
        for query in (f"SELECT * FROM sp.located_reading WHERE source = 'A' AND key = '1' AND ts >= {june.format('ts')}",
                      "SELECT * FROM sp.hourly_between('2024-06-03Z', '2024-06-04Z')",
                      "SELECT * FROM sp.hourly_between('2024-06-03Z', '2024-06-04Z') WHERE source = 'A' AND key = '1' AND quantity = 'pm10'",
                      f"SELECT * FROM sp.reading WHERE ts >= {june.format('ts')}"):
            self.assertEqual(self.months(query)[0], ["2024_06"], query)
        self.assertEqual(self.opened("SELECT * FROM sp.latest_reading"), ["2024_10"])
        self.assertIn("reading_2024_06_pkey", self.months("SELECT * FROM sp.hourly_between('2024-06-03Z', '2024-06-04Z')"
                                                          " WHERE source = 'A' AND key = '1'")[1])

    def test_statistics_open_no_readings_but_those_without_metrics(self):
        self.bring("small", [Row(str(k), at("2024-06-03T00:30"), {"temperature": 1}) for k in range(4)])
        for query in ("SELECT * FROM sp.daily WHERE day >= '2024-06-01Z' AND day < '2024-07-01Z'", "SELECT * FROM sp.sensor_statistics",
                      "SELECT * FROM sp.file_statistics", "SELECT * FROM sp.data_quality"):
            self.assertEqual(self.opened(query), ["2024_06"], query)
        self.ask("SELECT sp.forget_ingest(11)")
        for query in ("SELECT * FROM sp.daily", "SELECT * FROM sp.file_statistics WHERE ingest_id = 3"):
            self.assertEqual(self.opened(query), [], query)
        self.ask("SET enable_seqscan = off")
        self.assertIn("metric_pkey", self.months("SELECT * FROM sp.daily WHERE source = 'A' AND key = '1' AND quantity = 'pm10' AND day >= '2024-06-01Z'")[1])
        self.assertIn("metric_ingest", self.months("SELECT * FROM sp.file_statistics WHERE ingest_id = 3")[1])
        self.assertIn("rejection_reason", self.months("SELECT * FROM sp.rejects_by_reason WHERE field = 'pressure'")[1])
        self.assertIn("ingest_digest_key", self.months("SELECT ingest_id FROM sp.ingest WHERE digest = 'x'")[1])

    def test_many_loads_without_metrics_are_counted_in_one_pass(self):
        for n in range(40):
            self.bring(f"small {n}", [Row("1", at("2024-06-10") + n * HOUR, {"temperature": n})])
        self.ask("ANALYZE")
        session = self.session()
        for view in ("file_statistics", "data_quality"):
            [[before], _, [after]] = session.run(f"BEGIN; {SCANS}; SELECT count(*) FROM sp.{view}; {SCANS}; COMMIT")
            self.assertLessEqual(int(after) - int(before), 2, view)

    def test_merge_and_recount_touch_no_other_month(self):
        # Another month is locked: whoever opened it would wait.
        other = self.session()
        other.run("BEGIN; LOCK TABLE sp.reading_2024_05, sp.reading_2024_07, sp.reading_2024_01 IN ACCESS EXCLUSIVE MODE")
        self.environment["PGOPTIONS"] = "-c lock_timeout=3s"
        base = [Row(str(k), at("2024-06-01") + n * HOUR, {"temperature": n, "pm10": k}) for n in range(48) for k in range(4)]
        self.bring("grown", base + [Row("1", at("2024-06-25"), {"temperature": 5})])
        self.bring("kept", [row._replace(values={"temperature": 9}) for row in base], on_conflict="keep")
        self.bring("replaced", [row._replace(values={"temperature": 8}) for row in base], on_conflict="replace")
        self.bring("completed", [row._replace(values={"wind": 8}) for row in base]) if "wind" in self.last.ids else None
        corrector = self.session(CORRECTOR)
        corrector.run("SELECT sp.settle(max(dispute_id), true) FROM sp.open_disputes WHERE kind = 'replaced'")
        self.ask("SET lock_timeout = '3s'; SELECT sp.forget_ingest(13)")
        other.run("COMMIT")
        self.assert_exact()

    def test_the_ledger_row_is_finished_in_place(self):
        self.ask("SELECT pg_stat_reset()")
        for n in range(25):
            self.bring(f"f{n}", [Row("1", at("2024-06-28") + n * HOUR, {"temperature": n})])
        self.assertEqual(self.ask("SELECT pg_sleep(1.1)")[0][0], "")
        updated, hot = map(int, self.ask("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'ingest'")[0])
        self.assertGreaterEqual(updated, 25)
        self.assertGreaterEqual(hot, updated - 3)  # but for those that no longer fit on a page


class Together(ModelTest):
    def test_loads_of_the_same_sensors_do_not_wait(self):
        self.bring("first", [Row(str(k), at("2024-05-01"), {"temperature": 1}, (None, k, k), "X") for k in range(20)])
        self.environment["PGOPTIONS"] = "-c lock_timeout=2s"
        done = []

        def others(step):
            # New sensors are made before this load's end, too; what the first says of them stays.
            self.bring(step, [Row(str(k), at("2024-05-02") + len(done) * HOUR, {"temperature": 1}, (None, k, 9), "Y") for k in range(30)])
            done.append(step)
        rows = [Row(str(k), at("2024-05-03"), {"temperature": 1}, (None, k, k), "X") for k in range(40)]
        self.bring("second", rows, pause=others)
        self.assertEqual(done, ["begun", "sent", "finished"])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.reading"), [("150",)])
        self.assert_exact()

    def test_a_second_loader_of_the_same_bytes_waits_and_finds_them(self):
        rows = rows_of("1", hours(8, temperature=lambda n: n))
        found = []

        def second(step):
            if step == "begun":
                thread = threading.Thread(target=lambda: found.append(self.bring("a", rows)))
                thread.start()
                found.append(thread)
        self.bring("a", rows, pause=second)
        found[0].join()
        self.assertEqual(found[1:], [None])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.ingest"), [("1",)])

    def test_six_loaders_at_once(self):
        choice = random.Random(5)
        truth = {(str(k), n): round(choice.uniform(-20, 40), 2) for k in range(8) for n in range(240)}
        files = []
        for _ in range(36):
            first, count = choice.randrange(200), choice.randrange(5, 80)
            files.append([Row(k, at("2024-05-28") + n * HOUR, {"temperature": v}) for (k, n), v in truth.items() if first <= n < first + count])
        for n, rows in enumerate(files):
            if n % 2:
                choice.shuffle(rows)
        covered = {(row.key, row.ts): row.values["temperature"] for rows in files for row in rows}
        waiting, failures, retries = list(enumerate(files)), [], []

        def work():
            while waiting:
                try:
                    n, rows = waiting.pop()
                except IndexError:
                    return
                for _ in range(30):
                    try:
                        load = Load(lambda: Session(PSQL, self.environment, LOADER), f"f{n}", "A", rows)
                        load.run()
                        break
                    except Refused as error:
                        if error.state not in ("40P01", "40001"):
                            failures.append(error)
                            break
                        retries.append(n)
                else:
                    failures.append(f"f{n}: no end")
        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertEqual(self.ask("SELECT count(*) FROM sp.ingest"), [("36",)])
        self.assertEqual(self.ask("SELECT sum(rows_loaded), sum(rows_received) - sum(rows_loaded + rows_known) FROM sp.ingest"), [(str(len(covered)), "0")])
        values = collections.defaultdict(list)
        for (key, _), value in covered.items():
            values["A", key, "temperature"].append(value)
        self.assert_statistics(values)
        self.assert_exact()


class Histories(ModelTest):
    """Random loads, overlaps, corrections, forgets, merges and dropped months, against a model in Python."""

    QUANTITIES = ("temperature", "pm10", "state")

    def apply(self, state, number, load):
        """What the load makes of {(key, ts): (load, values)}; False where it is refused."""
        rows, policy = load
        state = dict(state)
        for row in rows:
            key = self.alias.get(row.key, row.key), row.ts
            brought = {q: v for q, v in row.values.items() if v is not None}
            if row.ts < self.border:
                continue
            if key not in state:
                state[key] = number, brought
                continue
            values = state[key][1]
            if any(q in values and values[q] != v for q, v in brought.items()):
                if policy == "error":
                    return None
                if policy == "replace":
                    state[key] = number, {**values, **brought}
            elif set(brought) - set(values):
                state[key] = number, {**values, **brought}
        return state

    def replay(self):
        state = {}
        for number, load in sorted(self.loads.items()):
            state = self.apply(state, number, load)
        return state

    def check(self, what):
        self.assertEqual(self.ask("SELECT * FROM sp.metric_errors()"), [], what)
        present = {q for q, in self.ask("SELECT name FROM sp.quantity")}
        columns = [q if q in present else "NULL" for q in self.QUANTITIES]
        got = {(key, at(ts[:19])): (int(number), {q: v if q == "state" else float(v) for q, v in zip(self.QUANTITIES, cells) if v != "\\N"})
               for _, key, ts, number, *cells in self.readings(", ".join(["ingest_id", *columns]))}
        self.assertEqual(got, self.state, what)
        values = collections.defaultdict(list)
        for key, cells in [*((key, cells) for (key, _), (_, cells) in self.state.items()), *self.dropped]:
            for q, v in cells.items():
                if q != "state":
                    values["A", self.alias.get(key, key), q].append(v)
        self.assert_statistics(values)
        self.assertEqual(self.ask("SELECT quantity, sum(n) FROM sp.daily GROUP BY 1 ORDER BY 1"),
                         [(q, str(sum(len(v) for k, v in values.items() if k[2] == q))) for q in sorted({k[2] for k in values})])

    def make_rows(self, choice):
        start = at("2024-05-31") + choice.randrange(40) * HOUR
        length, keys = choice.choice([(1, 6), (8, 2), (30, 2), (12, 4)])
        kinds = choice.choice([("temperature",), ("pm10",), ("temperature", "pm10"), ("state", "temperature"), self.QUANTITIES])
        rows = []
        for key in choice.sample(["a", "b", "c", "d"], min(keys, 4)) + ["m1", "m2"][:keys - 4]:
            for n in range(length):
                ts = start + n * HOUR
                seed = (ord(key[0]) * 31 + ts.hour * 7 + ts.day) % 97  # what the sensor really measured
                off = choice.random() < self.noise and not key.startswith("m")
                values = {q: f"s{seed}" if q == "state" else seed / 7 + off for q in kinds if choice.random() < .9 or key.startswith("m")}
                rows.append(Row(key, ts, values))
        if choice.random() < .5:
            choice.shuffle(rows)
        if choice.random() < .4:  # again in the same file, some with other values
            for row in choice.choices(rows, k=5):
                other = {q: v + choice.choice([0, 1, 2]) for q, v in row.values.items()
                         if q != "state" and self.noise and not row.key.startswith("m") and choice.random() < .8}
                rows.append(row._replace(values=other or row.values))
        return rows

    def test_random_histories(self):
        for seed in range(int(os.environ.get("SP_MODEL_SEEDS", "3"))):
            with self.subTest(seed=seed):
                if seed:
                    self.drop_database()
                    self.environment = dict(os.environ)
                    self.sql(f"CREATE DATABASE {self.database} TEMPLATE {self.template}")
                    self.environment["PGDATABASE"] = self.database
                    self.owner = self.session()
                self.history(random.Random(seed), [.3, .05, 0][seed % 3])

    def history(self, choice, noise):
        self.loads, self.state, self.dropped, self.alias = {}, {}, [], {}
        self.border = at("0001-01-01")
        self.noise = noise
        done = collections.Counter()
        for step in range(25):
            what = choices = choice.choices(["load", "forget", "merge", "drop"], [20, 6, 1 if step > 8 else 0, 1 if step > 12 else 0])[0]
            if choices == "load" or not self.loads:
                rows, policy = self.make_rows(choice), choice.choice(["error", "keep", "replace", "replace"])
                number = int(self.ask("SELECT coalesce(max(ingest_id), 0) + 1 FROM sp.ingest")[0][0])
                self.ask(f"SELECT setval('sp.ingest_ingest_id_seq', {number}, false)")
                quantities = sorted({q for row in rows for q in row.values})
                if not quantities:
                    continue
                after = self.apply(self.state, number, (rows, policy))
                more = {"quantities": quantities, "on_conflict": policy, "hours": choice.choice([1, 24]), "stream": choice.random() < .8, "fewest": choice.choice([0, 0, 4]), "opens": choice.random() < .5}
                if after is None:
                    self.refuse("SP651", f"file {step}", rows, **more)
                    done["refused"] += 1
                elif self.bring(f"file {step}", rows, **more) is not None:
                    self.assertEqual(self.last.ingest, number)
                    self.loads[number], self.state = (rows, policy), after
                    done[policy] += 1
            elif choices == "forget":
                number = choice.choice(sorted(self.loads))
                try:
                    self.ask(f"SELECT sp.forget_ingest({number})")
                except Refused as error:
                    self.assertIn(error.state, ("SP701", "SP703"), error.text)
                    if error.state == "SP703":
                        self.assertLess(min(row.ts for row in self.loads[number][0] if True), self.border)
                        continue
                    # In the order that it names, it can be.
                    named = [int(n) for n in error.text.split("DETAIL:  ")[1].split("\n")[0].split(", ")] + [number]
                    if len(named) > 4:
                        continue
                    gone = []
                    for n in named:
                        try:
                            self.ask(f"SELECT sp.forget_ingest({n})")
                        except Refused as late:
                            self.assertEqual(late.state, "SP703", late.text)
                            break
                        gone.append(n)
                    for n in gone:
                        del self.loads[n]
                else:
                    del self.loads[number]
                self.state = {**self.replay()}
                done["forgotten"] += 1
            elif choices == "merge" and not self.alias:
                number = dict(self.ask("SELECT key, sensor_id FROM sp.sensor WHERE key LIKE 'm%'"))
                if len(number) < 2:
                    continue
                try:
                    self.ask(f"SELECT sp.merge_sensors({number['m1']}, {number['m2']})")
                except Refused as error:  # one was completed, the other not
                    self.assertEqual(error.state, "SP704")
                    continue
                self.alias = {"m1": "m2"}
                self.state = self.replay()
                done["merged"] += 1
            elif choices == "drop" and self.border < at("2024-06-01"):
                self.ask("SELECT sp.drop_readings_before('2024-06-01Z')")
                if self.ask("SELECT sp.kept_since()") == [("2024-06-01 00:00:00+00",)]:
                    self.border = at("2024-06-01")
                    self.dropped = [(key, cells) for (key, ts), (_, cells) in self.state.items() if ts < self.border]
                    self.state = {key: value for key, value in self.state.items() if key[1] >= self.border}
                    done["dropped"] += 1
            self.check(f"step {step}: {what}; {dict(done)}")
        self.assertGreater(sum(done.values()), 12)


if __name__ == "__main__":
    unittest.main()
