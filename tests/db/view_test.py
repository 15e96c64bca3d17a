"""The views: exact statistics over any cut into files, series, quality, latest readings, rejects."""
import collections
import datetime
import json
import math
import random
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
    lines = ["sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen"]
    for (sensor, start), items in groups.items():
        n, mean, m2, low, high = statistics([value for _, value in items])
        times = [time for time, _ in items]
        lines.append(f"{sensor},{text_of(start)},{window},{quantity},Pa,{n},{mean!r},{m2!r},{low!r},"
                     f"{high!r},{text_of(min(times))},{text_of(max(times))}")
    return "\n".join(lines) + "\n"


def readings(rows):
    return "sensor_id,ts,pressure\n" + "".join(f"{s},{text_of(t)},{v!r}\n" for s, t, v in rows)


class Views(DatabaseTest):
    def load_file(self, name, rows, window="1d", extra=""):
        path = self.write(name, readings(rows))
        metric = self.write(f"{name}.metric", metrics(rows, window) + extra)
        self.load("--source", path, "--on-conflict", "ignore", f"reading={path}", f"metric={metric}")

    def assert_statistics(self, rows):
        found = self.sql("SELECT sensor_id, n, min, max, mean, stddev FROM sp.sensor_statistics"
                         " WHERE quantity = 'pressure' ORDER BY sensor_id")
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
        self.sql("TRUNCATE sp.reading, sp.metric, sp.rejection, sp.ingest")
        shuffled = rows[:]
        random.Random(2).shuffle(shuffled)
        for part in range(10):
            self.load_file(f"part{part}.csv", shuffled[part::10])
        self.assert_statistics(rows)
        self.assertEqual(self.sql("SELECT DISTINCT files FROM sp.sensor_statistics"), [("10",)])

    def test_a_load_with_two_window_lengths_counts_once(self):
        rows = make_rows(3000)
        half = len(rows) // 2
        self.load_file("a.csv", rows[:half], extra=metrics(rows[:half], "1h").split("\n", 1)[1])
        self.load_file("b.csv", rows[half:], window="1h")
        self.assert_statistics(rows)

    def test_one_value_has_no_deviation(self):
        self.load_file("one.csv", make_rows(1))
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.sensor_statistics"), [("1", "t")])
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.daily"), [("1", "t")])
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.hourly"), [("1", "t")])
        self.assertEqual(self.sql("SELECT n, stddev IS NULL FROM sp.metric"), [("1", "t")])

    def assert_series(self, view, column, length, rows):
        groups = collections.defaultdict(list)
        for sensor, time, value in rows:
            seconds = (time - START).total_seconds() // length * length
            groups[str(sensor), text_of(START + datetime.timedelta(seconds=seconds))].append(value)
        found = self.sql("SET TimeZone = 'UTC'",
                         f"SELECT sensor_id, to_char({column}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), n, min, max,"
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
        head = "sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen\n"
        times = [text_of(START + datetime.timedelta(days=day)) for day in range(2)]
        pairs = [(1e200, -1e200), (1.7e308, 1.7e308), (1e-200, 2e-200), (5e-324, 5e-324)]
        metric = head + "".join(
            f"{7 + i},{time},1d,pressure,Pa,3,{value!r},{m2},{value!r},{value!r},{time},{time}\n"
            for i, pair in enumerate(pairs) for time, value, m2 in zip(times, pair, ("1e308", "1e-300")))
        path = self.write("wild.csv", "sensor_id,ts,pressure\n" + "".join(
            f"{7 + i},2017-07-01T00:{minute:02}:00Z,{value!r}\n"
            for i, pair in enumerate(pairs) for minute, value in enumerate(pair)))
        # Twice the same days, for the days have to be merged as well.
        self.load("--source", path, f"reading={path}", f"metric={self.write('m.csv', metric)}")
        again = self.write("again.csv", "sensor_id,ts\n")
        self.load("--source", again, f"reading={again}", f"metric={self.write('m.csv', metric)}")
        self.assertEqual(len(self.sql("SELECT * FROM sp.daily WHERE sensor_id > 6")), 8)
        found = self.sql("SELECT sensor_id, n, mean, stddev FROM sp.sensor_statistics"
                         " WHERE sensor_id > 6 ORDER BY 1")
        self.assertEqual([row[:3] for row in found], [("7", "12", "0"), ("8", "12", "Infinity"),
                                                      ("9", "12", "1.5e-200"), ("10", "12", "0")])
        hourly = self.sql("SELECT sensor_id, n, mean, stddev FROM sp.hourly WHERE sensor_id > 6 ORDER BY 1")
        self.assertEqual(hourly[:3], [("7", "2", "0", "Infinity"), ("8", "2", "Infinity", "Infinity"),
                                      ("9", "2", "1.5e-200", "0")])
        self.assert_statistics_of_sensor(0, whole)

    def assert_statistics_of_sensor(self, sensor, rows):
        [[n, mean]] = self.sql(f"SELECT n, mean FROM sp.sensor_statistics WHERE sensor_id = {sensor}")
        self.assertEqual(int(n), len(rows))
        self.assertLess(abs(float(mean) / statistics([row[2] for row in rows])[1] - 1), 1e-12)

    def test_columns_that_are_added_later_are_in_the_views_after_init(self):
        self.sql('ALTER TABLE sp.reading ADD COLUMN wind real, ADD COLUMN "a\'b""%s$$" numeric,'
                 " ADD COLUMN note text")
        self.load("--init")
        path = self.write("a.csv", "sensor_id,ts,wind,\"a'b\"\"%s$$\",note\n"
                          "1,2017-07-01T00:00:00Z,2,7,x\n1,2017-07-01T00:10:00Z,4,8,y\n")
        self.load(f"reading={path}")
        self.sql("INSERT INTO sp.sensor VALUES (1)")
        self.assertEqual(self.sql("SELECT quantity, n, mean FROM sp.hourly ORDER BY 1"),
                         [("a'b\"%s$$", "2", "7.5"), ("wind", "2", "3")])
        self.assertEqual(self.sql("SELECT wind, note FROM sp.latest_reading"), [("4", "y")])
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
        found = self.sql("SET TimeZone = 'UTC'", "SELECT sensor_id,"
                         " to_char(ts, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"'), pressure FROM sp.latest_reading")
        self.assertEqual({s: (t, float(v)) for s, t, v in found}, latest)

    def test_rejects_by_reason_and_quality(self):
        rows = make_rows(20)
        path = self.write("a.csv", readings(rows))
        metric = self.write("m.csv", metrics(rows))
        errors = []
        for row in range(1, 6):
            errors.append({"row": row, "line": row + 1, "field": "pressure", "code": "constraint-error",
                           "constraint": "maximum", "value": "1e9", "message": "too high"})
        errors.append({**errors[0], "field": "temperature", "constraint": "minimum"})
        errors.append({"row": 6, "line": 7, "code": "blank-row", "message": "blank"})
        rejection = self.write("e.ndjson", "".join(json.dumps(error) + "\n" for error in errors))
        report = self.write("v.json", json.dumps({"tool": "sp-validate", "version": "1", "status": "ok",
                                                  "rows_in": 26, "rows_out": 20, "rows_rejected": 6}))
        self.load("--source", path, "--require-report", report, "--", f"reading={path}",
                  f"metric={metric}", f"rejection={rejection}")
        self.assertEqual(set(self.sql('SELECT field, code, "constraint", violations, rows, files'
                                      " FROM sp.rejects_by_reason")),
                         {("pressure", "constraint-error", "maximum", "5", "5", "1"),
                          ("temperature", "constraint-error", "minimum", "1", "1", "1"),
                          ("", "blank-row", "", "1", "1", "1")})
        self.assertEqual(self.sql("SELECT name, rows_read, rows_valid, rows_rejected, rejected_percent,"
                                  " violations FROM sp.file_quality"),
                         [("a.csv", "26", "20", "6", "23.077", "7")])
        self.assertEqual(self.sql("SET TimeZone = 'UTC'", "SELECT name, day, sensors, readings,"
                                  " missing_values, rows_read, rows_rejected FROM sp.data_quality"),
                         [("a.csv", "2017-07-01 00:00:00+00", "3", "20", "0", "26", "6")])

    def test_missing_values_of_a_day(self):
        rows = make_rows(30)
        path = self.write("a.csv", readings(rows))
        metric = self.write("m.csv", metrics(rows) +
                            metrics(rows[:21], quantity="humidity").split("\n", 1)[1])
        self.load("--source", path, f"reading={path}", f"metric={metric}")
        self.assertEqual(self.sql("SELECT readings, missing_values FROM sp.data_quality"), [("30", "9")])

    def test_the_sums_of_the_ledger_must_close(self):
        row = "INSERT INTO sp.ingest (sha256, name, size_bytes, tool_version, rows_read, rows_valid," \
              " rows_rejected, rows_loaded, rows_duplicate) VALUES (repeat('a', 64), 'x', 1, '1', {})"
        for numbers in ("10, 8, 1, 8, 0", "10, 8, 2, 7, 0", "8, 8, 0, 9, -1"):
            self.assertIn("check constraint", self.refused(row.format(numbers), "postgres"))
        self.sql(row.format("10, 8, 2, 5, 3"))


if __name__ == "__main__":
    unittest.main()
