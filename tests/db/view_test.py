"""The views: exact statistics over any cut into files, series, quality, latest readings, rejects."""
import collections
import datetime
import json
import math
import os
import random
import re
import unittest

from database import DatabaseTest

START = datetime.datetime(2017, 7, 1, tzinfo=datetime.timezone.utc)


def text_of(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def make_rows(count, sensors=3, step=600, seed=1):
    """(sensor, time, pressure): a spread that is tiny against the mean, where sums of squares fail."""
    chance = random.Random(seed)
    return [(i % sensors, START + datetime.timedelta(seconds=step * (i // sensors)),
             95_000 + i % sensors + chance.gauss(0, 0.01)) for i in range(count)]


def statistics(values):
    mean = math.fsum(values) / len(values)
    m2 = math.fsum((value - mean) ** 2 for value in values)
    return len(values), mean, m2, min(values), max(values)


def metrics(rows, window="1d", quantity="pressure"):
    """What sp-aggregate --partial writes for them."""
    length = {"1d": 86400, "1h": 3600}[window]
    groups = collections.defaultdict(list)
    for sensor, time, value in rows:
        start = START + datetime.timedelta(seconds=(time - START).total_seconds() // length * length)
        groups[sensor, start].append((time, value))
    lines = ["source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen"]
    for (sensor, start), items in groups.items():
        n, mean, m2, low, high = statistics([value for _, value in items])
        times = [time for time, _ in items]
        lines.append(f"net,{sensor},{text_of(start)},{window},{quantity},Pa,{n},{mean!r},{m2!r},{low!r},"
                     f"{high!r},{text_of(min(times))},{text_of(max(times))}")
    return "\n".join(lines) + "\n"


def readings(rows):
    return "sensor_id,ts,pressure,source\n" + "".join(f"{s},{text_of(t)},{v!r},net\n" for s, t, v in rows)


class Views(DatabaseTest):
    def load_file(self, name, rows, window="1d", extra=""):
        path = self.write(name, readings(rows))
        metric = self.write(f"{name}.metric", metrics(rows, window) + extra)
        self.load(*self.with_schema("--on-known", "skip", f"reading={path}", f"metric={metric}", source=path))
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])

    def assert_statistics(self, rows):
        found = self.sql("SELECT key, n, min, max, mean, stddev FROM sp.sensor_statistics"
                         " WHERE source = 'net' AND quantity = 'pressure' ORDER BY key")
        by_sensor = collections.defaultdict(list)
        for sensor, _, value in rows:
            by_sensor[sensor].append(value)
        self.assertEqual(len(found), len(by_sensor))
        for sensor, n, low, high, mean, deviation in found:
            count, wanted_mean, m2, wanted_low, wanted_high = statistics(by_sensor[int(sensor)])
            self.assertEqual((int(n), float(low), float(high)), (count, wanted_low, wanted_high))
            self.assertLess(abs(float(mean) / wanted_mean - 1), 1e-12)
            self.assertLess(abs(float(deviation) / math.sqrt(m2 / (count - 1)) - 1), 1e-9)

    def test_statistics_are_exact_over_any_cut_into_files(self):
        rows = make_rows(9000)
        self.load_file("whole.csv", rows)
        self.assert_statistics(rows)
        self.sql("TRUNCATE sp.reading, sp.metric, sp.rejection, sp.ingest, sp.unmeasured")
        shuffled = rows[:]
        random.Random(2).shuffle(shuffled)
        for part in range(10):
            self.load_file(f"part{part}.csv", shuffled[part::10])
        self.assert_statistics(rows)
        self.assertEqual(self.sql("SELECT DISTINCT files FROM sp.sensor_statistics"), [("10",)])

    def test_loads_with_two_window_lengths_count_once(self):
        rows = make_rows(3000)
        half = len(rows) // 2
        self.load_file("a.csv", rows[:half])
        self.load_file("b.csv", rows[half:], window="1h")
        self.assertEqual(self.sql("SELECT window_hours FROM sp.ingest ORDER BY name"), [("24",), ("1",)])
        self.assert_statistics(rows)

    def test_a_load_is_of_one_window_length(self):
        rows = make_rows(600)
        path = self.write("a.csv", readings(rows))
        metric = self.write("m.csv", metrics(rows) + metrics(rows, "1h").split("\n", 1)[1])
        said = self.load(*self.with_schema(f"reading={path}", f"metric={metric}", source=path), status=65)
        self.assertIn("field window", said)
        self.assert_nothing_committed()

    def test_statistics_do_not_ask_whether_a_load_has_metrics(self):
        rows = make_rows(900)
        for part in range(3):
            path = self.write(f"part{part}.csv", readings(rows[part::3]))
            more = [f"metric={self.write('m.csv', metrics(rows[part::3]))}"] if part == 1 else []
            self.load(*self.with_schema(f"reading={path}", *more, source=path))
        self.assertEqual(self.count("sp.unmeasured"), 2)
        self.assert_statistics(rows)
        self.assert_series("sp.daily", "day", 86400, rows)

    def test_one_value_has_no_deviation(self):
        self.load_file("one.csv", make_rows(1))
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.sensor_statistics"), [("1", "t")])
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.daily"), [("1", "t")])
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.hourly"), [("1", "t")])

    def assert_series(self, view, column, length, rows):
        groups = collections.defaultdict(list)
        for sensor, time, value in rows:
            seconds = (time - START).total_seconds() // length * length
            groups[str(sensor), text_of(START + datetime.timedelta(seconds=seconds))].append(value)
        found = self.sql("SET TimeZone = 'UTC'",
                         f"SELECT key, to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), n, min, max,"
                         f" mean, stddev FROM {view} WHERE quantity = 'pressure'")
        self.assertEqual({row[:2] for row in found}, set(groups))
        for sensor, start, n, low, high, mean, deviation in found:
            count, wanted_mean, m2, wanted_low, wanted_high = statistics(groups[sensor, start])
            self.assertEqual((int(n), float(low), float(high)), (count, wanted_low, wanted_high))
            self.assertLess(abs(float(mean) / wanted_mean - 1), 1e-12)
            self.assertLess(abs(float(deviation or 0) - math.sqrt(m2 / max(count - 1, 1))), 1e-6)

    def test_daily_and_hourly_series(self):
        rows = make_rows(3000, step=500)
        for part in range(3):
            self.load_file(f"part{part}.csv", rows[part::3])
        self.assert_series("sp.daily", "day", 86400, rows)
        self.assert_series("sp.hourly", "hour", 3600, rows)
        some = [row for row in rows if START + datetime.timedelta(days=2) <= row[1]
                < START + datetime.timedelta(days=3)]
        self.assert_series("sp.hourly_between('2017-07-03Z', '2017-07-04Z')", "hour", 3600, some)

    def test_wild_values_of_one_sensor_spoil_no_view(self):
        whole = make_rows(300, sensors=1)
        self.load_file("sound.csv", whole)
        times = [text_of(START + datetime.timedelta(days=day)) for day in range(2)]
        pairs = [(1e200, -1e200), (1.7e308, 1.7e308), (1e-200, 2e-200), (5e-324, 5e-324)]
        head = "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen\n"
        # As sp-aggregate says of each pair: m2 overflows, or is lost. Twice the same days, for the days have to
        # be merged as well.
        states = [("0", "1.7976931348623157e308"), ("1.7e308", "0"), ("1.5e-200", "0"), ("5e-324", "0")]
        for shift in (0, 1):
            path = self.write(f"wild{shift}.csv", "sensor_id,ts,pressure,source\n" + "".join(
                f"{7 + i},{time[:10]}T00:{2 * minute + shift:02}:00Z,{value!r},net\n"
                for i, pair in enumerate(pairs) for time in times for minute, value in enumerate(pair * 2)))
            metric = head + "".join(
                f"net,{7 + i},{time},1d,pressure,Pa,4,{mean},{m2},{min(pair)!r},{max(pair)!r},{time},{time}\n"
                for i, (pair, (mean, m2)) in enumerate(zip(pairs, states)) for time in times)
            self.load(*self.with_schema(f"reading={path}", f"metric={self.write('m.csv', metric)}", source=path))
        self.assertEqual(self.value("SELECT count(*) FROM sp.metric WHERE n = 4"), "16")
        wild = "WHERE key <> '0' ORDER BY key::int"
        self.assertEqual(len(self.sql("SELECT * FROM sp.daily WHERE key <> '0'")), 8)
        found = self.sql(f"SELECT key, n, mean, stddev FROM sp.sensor_statistics {wild}")
        self.assertEqual(found, [("7", "16", "0", "Infinity"), ("8", "16", "Infinity", "Infinity"),
                                 ("9", "16", "1.5e-200", "0"), ("10", "16", "5e-324", "0")])
        hourly = self.sql(f"SELECT DISTINCT ON (key::int) key, n, mean, stddev FROM sp.hourly {wild}")
        self.assertEqual(hourly[:3], [("7", "8", "0", "Infinity"), ("8", "8", "Infinity", "Infinity"),
                                      ("9", "8", "1.5e-200", "0")])
        for view in ("latest_reading", "located_reading", "file_statistics", "data_quality", "sensor_seen"):
            self.sql(f"SELECT * FROM sp.{view}")
        self.assert_statistics_of_sensor(0, whole)

    def assert_statistics_of_sensor(self, sensor, rows):
        [[n, mean]] = self.sql(f"SELECT n, mean FROM sp.sensor_statistics WHERE key = '{sensor}'")
        self.assertEqual(int(n), len(rows))
        self.assertLess(abs(float(mean) / statistics([row[2] for row in rows])[1] - 1), 1e-12)

    def test_each_view_is_in_the_manual(self):
        with open(os.path.join(os.environ["SP_SOURCE"], "man", "sp-pipeline.7")) as file:
            manual = set(re.findall(r"sp\.\w+", file.read()))
        views = {row[0] for row in self.sql("SELECT 'sp.' || viewname FROM pg_views WHERE schemaname = 'sp'")}
        self.assertGreater(len(views), 12)
        self.assertEqual(views - manual, set())

    def test_columns_of_new_quantities_are_in_the_views_at_once(self):
        name = "a'b\"%s$$"
        schema = self.write("new.json", json.dumps({
            "fields": [{"name": "sensor_id", "type": "integer", "role": "key"}, {"name": "ts", "type": "datetime", "role": "time"},
                       {"name": "wind", "type": "number", "unit": "m/s", "role": "measure"},
                       {"name": name, "type": "integer", "role": "measure"},
                       {"name": "note", "type": "string", "role": "attribute"}],
            "constants": {"source": "net"}}))
        path = self.write("a.csv", "sensor_id,ts,wind,\"a'b\"\"%s$$\",note,source\n"
                          "1,2017-07-01T00:00:00Z,2,7,x,net\n1,2017-07-01T00:10:00Z,4,8,y,net\n")
        self.load("--schema", schema, "--source", path, f"reading={path}")
        for view in ("hourly", "daily", "sensor_statistics"):
            self.assertEqual(self.sql(f"SELECT quantity, unit, n, mean FROM sp.{view} ORDER BY 1"),
                             [(name, "", "2", "7.5"), ("wind", "m/s", "2", "3")])
        for view in ("latest_reading", "located_reading"):
            self.assertEqual(self.sql(f'SELECT wind, note, "a\'b""%s$$" FROM sp.{view} ORDER BY ts DESC LIMIT 1'), [("4", "y", "8")])
        self.load("--init")

    def test_hours_are_those_of_utc(self):
        self.load_file("a.csv", make_rows(300))
        view = "SELECT extract(epoch FROM hour), n FROM sp.hourly ORDER BY 1, 2"
        self.assertEqual(self.sql("SET TimeZone = 'Asia/Kolkata'", view), self.sql("SET TimeZone = 'UTC'", view))

    def test_the_latest_reading_of_each_sensor(self):
        rows = make_rows(900, step=86400 * 5)  # over years
        self.load_file("a.csv", rows)
        latest = {}
        for sensor, time, value in rows:
            latest[str(sensor)] = (text_of(time), value)
        found = self.sql("SET TimeZone = 'UTC'", "SELECT key,"
                         " to_char(ts, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), pressure FROM sp.latest_reading")
        self.assertEqual({s: (t, float(v)) for s, t, v in found}, latest)

    def test_rejects_by_reason_and_quality(self):
        rows = make_rows(20)
        path = self.write("a.csv", readings(rows))
        metric = self.write("m.csv", metrics(rows))
        errors = []
        for row in range(1, 6):
            errors.append({"row": row, "line": row + 1, "field": "pressure", "code": "constraint-error",
                           "constraint": "maximum", "value": "1e9", "message": "too high", "xxh128": f"{row:032x}"})
        errors.append({**errors[0], "field": "temperature", "constraint": "minimum"})
        errors.append({"row": 6, "line": 7, "code": "blank-row", "message": "blank", "xxh128": f"{6:032x}"})
        rejection = self.write("e.ndjson", "".join(json.dumps(error) + "\n" for error in errors))
        report = self.write("v.json", json.dumps({"tool": "sp-validate", "version": "1", "status": "ok",
                                                  "rows_in": 26, "rows_out": 20, "rows_rejected": 6}))
        self.load(*self.with_schema(source=path), "--require-report", report, "--", f"reading={path}",
                  f"metric={metric}", f"rejection={rejection}")
        reasons = {("pressure", "constraint-error", "maximum", "5", "1"),
                   ("temperature", "constraint-error", "minimum", "1", "1"), ("", "blank-row", "", "1", "1")}
        by_reason = 'SELECT field, code, "constraint", rows, files FROM sp.rejects_by_reason'
        self.assertEqual(set(self.sql(by_reason)), reasons)
        self.assertEqual(set(self.sql('SELECT day, source, field, code, "constraint", rows, files FROM sp.rejects_by_day')),
                         {("2017-07-01", "net", *reason) for reason in reasons})
        self.assertEqual(self.sql("SELECT name, rows_read, rows_passed, rows_rejected, rejected_percent,"
                                  " violations FROM sp.file_quality"),
                         [("a.csv", "26", "20", "6", "23.077", "7")])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT name, day, sensors, readings,"
                                  " missing_values, rows_read, rows_rejected FROM sp.data_quality"),
                         [("a.csv", "2017-07-01", "3", "20", "0", "26", "6")])
        # The file grew, and its rejects came again with one more: each counts once, by its bytes.
        errors.append({"row": 27, "line": 28, "code": "blank-row", "message": "blank", "xxh128": f"{7:032x}"})
        rejection = self.write("e.ndjson", "".join(json.dumps(error) + "\n" for error in errors))
        grown = self.write("b.csv", readings(rows + make_rows(23)[20:]))
        report = self.write("v.json", json.dumps({"tool": "sp-validate", "version": "1", "status": "ok",
                                                  "rows_in": 30, "rows_out": 23, "rows_rejected": 7}))
        self.load(*self.with_schema("--on-known", "skip", source=grown), "--require-report", report, "--",
                  f"reading={grown}", f"rejection={rejection}")
        self.assertEqual(set(self.sql(by_reason)),
                         {("pressure", "constraint-error", "maximum", "5", "2"),
                          ("temperature", "constraint-error", "minimum", "1", "2"), ("", "blank-row", "", "2", "2")})

    def test_missing_values_of_a_day(self):
        rows = make_rows(30)
        lines = readings(rows).replace(",source", ",humidity,source").split("\n")
        # The last nine have no humidity.
        path = self.write("a.csv", "\n".join([lines[0]] + [line.replace(",net", ",50,net" if n < 21 else ",,net")
                                                            for n, line in enumerate(lines[1:])]))
        humid = [(sensor, time, 50) for sensor, time, _ in rows[:21]]
        metric = self.write("m.csv", metrics(rows) + metrics(humid, quantity="humidity").split("\n", 1)[1])
        for more in ([f"metric={metric}"], []):
            report = self.load_report(*self.with_schema(f"reading={path}", *more, source=path))
            self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])
            self.assertEqual(self.sql("SELECT readings, missing_values FROM sp.data_quality"), [("30", "9")])
            self.sql(f"SELECT sp.forget_ingest({report['ingest_id']})")

    def test_the_sums_of_the_ledger_must_close(self):
        row = "INSERT INTO sp.ingest (digest, name, size_bytes, tool_version, rows_read, rows_rejected, rows_left_out," \
              " rows_passed, rows_received, rows_loaded, rows_completed, rows_known, rows_kept_out, rows_replaced," \
              " rows_expired) VALUES (sha256('a'), 'x', 1, '1', {})"
        for numbers in ("10, 1, 0, 8, 8, 8, 0, 0, 0, 0, 0", "10, 2, 1, 8, 8, 8, 0, 0, 0, 0, 0",
                        "10, 2, 0, 8, 8, 7, 0, 0, 0, 0, 0", "10, 2, 0, 8, 8, 9, 0, -1, 0, 0, 0",
                        "10, 2, 0, 8, 8, 5, 6, 3, 0, 0, 0", "10, 2, 0, 8, 8, 5, 0, 1, 1, 1, 1"):
            self.assertIn("check constraint", self.refused(row.format(numbers), "postgres"))
        self.sql(row.format("10, 1, 1, 8, 16, 5, 2, 3, 4, 2, 2"))


if __name__ == "__main__":
    unittest.main()
