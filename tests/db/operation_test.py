"""What an operator asks: coverage, gaps, silence, lag, worst sensors, local days, each computed in Python too."""
import collections
import datetime
import json
import math
import statistics
import unittest
import zoneinfo

from database import DatabaseTest

UTC = datetime.timezone.utc
DAY = datetime.timedelta(days=1)
TIME = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')"


def text_of(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def every(start, step, count, but=()):
    """Times of a sensor; `but` are numbers of those that are missing."""
    return [start + datetime.timedelta(seconds=step * i) for i in range(count) if i not in but]


def rhythm_of(times):
    latest = sorted(times)[-200:]
    return statistics.median((b - a).total_seconds() for a, b in zip(latest, latest[1:]))


class Operation(DatabaseTest):
    start = datetime.datetime(2024, 5, 1, tzinfo=UTC)

    def series(self):
        """Key -> times: a steady sensor, one with gaps, one that begins late and falls silent, one that is slow,
        one of a single reading."""
        start = self.start
        return {"steady": every(start, 600, 4 * 144),
                "gaps": every(start, 300, 4 * 288, {10, 11, 20, 21, 22, *range(288, 2 * 288 + 100)}),
                "late": every(start + datetime.timedelta(hours=30), 60, 600),
                "slow": every(start, 36 * 3600, 3),
                "once": [start + DAY]}

    def load_series(self, series, states=False):
        rows = [(key, text_of(time), n % 7 - 3) for key, times in series.items() for n, time in enumerate(times)]
        text = "sensor_id,ts,temperature,source\n" + "".join(f"{key},{time},{value},net\n" for key, time, value in rows)
        schema = {"fields": [{"name": "sensor_id", "type": "string", "role": "key"},
                             {"name": "ts", "type": "datetime", "role": "time"},
                             {"name": "temperature", "type": "number", "unit": "degC", "role": "measure"}],
                  "constants": {"source": "net"}}
        self.schema = self.write("keys.json", json.dumps(schema))
        more = []
        if states:
            groups = collections.defaultdict(list)
            for key, time, value in rows:
                groups[key, time[:10]].append(value)
            lines = "".join(
                f"net,{key},{day}T00:00:00Z,1d,temperature,degC,{len(v)},{math.fsum(v) / len(v)!r},"
                f"{math.fsum((x - math.fsum(v) / len(v)) ** 2 for x in v)!r},{min(v)},{max(v)},,\n"
                for (key, day), v in groups.items())
            more = ["metric=" + self.write("m.csv", "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,"
                                                    "max,first_seen,last_seen\n" + lines)]
        path = self.write("a.csv", text)
        self.load(*self.with_schema(f"reading={path}", *more, source=path))
        return rows

    def covered(self, series, since, until):
        wanted = {}
        for key, times in series.items():
            times = [time for time in times if time < until]
            rhythm = rhythm_of(times) if len(times) > 1 else None
            first = max(since, times[0])
            day = first.replace(hour=0, minute=0)
            while day < until:
                there = sum(max(day, since) <= time < day + DAY for time in times)
                span = (min(day + DAY, until) - max(day, first)).total_seconds()
                expected = rhythm and math.floor(span / rhythm + 0.5)
                wanted[key, day.date().isoformat()] = (there, expected, 100 * there / expected if expected else None)
                day += DAY
        return wanted

    def test_coverage_is_of_what_the_rhythm_has(self):
        series = self.series()
        for states in (False, True):
            if states:
                self.sql("SELECT sp.forget_ingest(1)")
            self.load_series(series, states)
            self.assertEqual(self.value("SELECT count(*) > 0 FROM sp.metric"), "t" if states else "f")
            # The last three cut a day at its end, at its beginning, and at both.
            for since, until in ((0, 4), (1, 3), (2, 9), (0, 2.5), (1.3, 9), (1.25, 1.55)):
                since, until = self.start + since * DAY, self.start + until * DAY
                found = self.sql(f"SELECT key, day, readings, expected, percent FROM"
                                 f" sp.coverage_between('{text_of(since)}', '{text_of(until)}')")
                wanted = self.covered(series, since, until)
                self.assertEqual({row[:2] for row in found}, set(wanted))
                for key, day, *numbers in found:
                    there, expected, percent = wanted[key, day]
                    self.assertEqual((numbers[0], numbers[1]), (str(there), "" if expected is None else str(expected)))
                    self.assertEqual(numbers[2] == "", percent is None)
                    if percent is not None:
                        self.assertEqual(len(numbers[2].split(".")[1]), 2, numbers)
                        self.assertAlmostEqual(float(numbers[2]), percent, delta=0.00501)
        # Days without a reading, of a sensor that was there and of one that is silent, are rows.
        self.assertEqual(self.sql("SELECT readings, expected FROM sp.coverage WHERE key = 'gaps' AND day = '2024-05-02'"),
                         [("0", "288")])
        self.assertEqual(self.value("SELECT count(*) FROM sp.coverage WHERE key = 'late' AND day < '2024-05-02'"), "0")

    def test_a_sensor_that_tells_no_numbers_is_covered_too(self):
        text = "sensor_id,ts,open,source\n" + "".join(f"1,{text_of(time)},true,net\n" for time in every(self.start, 3600, 24))
        fields = [{"name": "sensor_id", "type": "integer", "role": "key"}, {"name": "ts", "type": "datetime", "role": "time"},
                  {"name": "open", "type": "boolean", "role": "attribute"}]
        self.schema = self.write("door.json", json.dumps({"fields": fields, "constants": {"source": "net"}}))
        self.put(text)
        self.assertEqual(self.sql("SELECT readings, expected FROM sp.coverage_between('2024-05-01Z', '2024-05-02Z')"),
                         [("24", "24")])

    def test_gaps(self):
        series = self.series()
        self.load_series(series)

        def wanted(since, until):
            for key, times in series.items():
                times = [time for time in times if time < until]
                if len(times) < 2:
                    continue
                rhythm = rhythm_of(times)
                for before, after in zip(times, times[1:]):
                    length = (after - before).total_seconds()
                    if after >= since and length > 3 * rhythm:
                        yield key, text_of(before), text_of(after), str(math.floor(length / rhythm - 1 + 0.5))
        query = f"SELECT key, {TIME.format('last_before')}, {TIME.format('first_after')}, missed FROM sp."
        for since, until in ((0, 4), (2, 3), (3, 4)):
            since, until = self.start + since * DAY, self.start + until * DAY
            found = self.sql(f"{query}gaps_between('{text_of(since)}', '{text_of(until)}')")
            self.assertEqual(sorted(found), sorted(wanted(since, until)))
        # Two missing are no gap yet, three are.
        self.assertEqual(sorted(self.sql(f"{query}gaps WHERE source = 'net' AND key = 'gaps'")),
                         [("gaps", "2024-05-01T01:35:00Z", "2024-05-01T01:55:00Z", "3"),
                          ("gaps", "2024-05-01T23:55:00Z", "2024-05-03T08:20:00Z", "388")])

    def test_silent_sensors(self):
        series = self.series()
        self.load_series(series)
        newest = max(time for times in series.values() for time in times)
        # A network that was heard later, and a reading of a clock that is wrong, silence nobody.
        self.put("sensor_id,ts,temperature,source\n1,2024-07-01T00:00:00Z,1,other\n")
        self.put("sensor_id,ts,temperature,source\nsteady,2099-01-01T00:00:00Z,1,net\n")
        for at in [self.start + DAY + datetime.timedelta(hours=hours) for hours in (0, 5, 16.1, 16.3, 72, 73.6, 1000)] + [None]:
            call, at, wanted = f"'{text_of(at)}'" if at else "", at or newest, []
            for key, times in series.items():
                times = [time for time in times if time < at]
                if not times:
                    continue
                silence = (at - times[-1]).total_seconds()
                rhythm = rhythm_of(times) if len(times) > 1 else None
                if silence > (10 * rhythm if rhythm else 86400):
                    wanted.append((key, text_of(times[-1]), str(int(silence)), str(int(silence // rhythm)) if rhythm else ""))
            found = self.sql(f"SELECT key, {TIME.format('last_seen')}, extract(epoch FROM silent_for)::bigint, missed"
                             f" FROM sp.silent_sensors({call})")
            self.assertEqual(found, sorted(wanted, key=lambda row: (-int(row[2]), row[0])))
            self.assertTrue(call or found)
        self.assertEqual(self.value("SELECT count(*) FROM sp.silent_sensors(now())"), "6")

    def test_lag(self):
        path = self.write("a.csv", "sensor_id,ts,temperature,source\n1,2024-05-01T00:00:00Z,1,net\n1,2024-05-01T06:00:00Z,1,net\n")
        self.load(*self.with_schema(f"reading={path}", source=path))
        self.put("sensor_id,ts,temperature,source\n")  # nothing was measured
        [[name, source, newest, between]] = self.sql(
            "SELECT name, source, of_newest = committed_at - '2024-05-01T06:00:00Z', of_oldest - of_newest FROM sp.lag")
        self.assertEqual((name, source, newest, between), ("a.csv", "net", "t", "06:00:00"))
        self.sql("UPDATE sp.ingest SET taken_at = committed_at - interval '90 seconds'")
        self.assertEqual(self.value("SELECT waited FROM sp.lag"), "00:01:30")

    def test_worst_sensors(self):
        rows = [(sensor, time) for sensor in (1, 2) for time in every(self.start, 3600, 48)]
        path = self.write("a.csv", "sensor_id,ts,temperature,source\n" + "".join(f"{s},{text_of(t)},1,net\n" for s, t in rows))
        errors, rejected = [], collections.defaultdict(set)
        for n, (sensor, day, violations) in enumerate([(1, 1, 1), (1, 1, 2), (1, 1, 1), (1, 2, 1), (2, 2, 3), (9, 1, 1)]):
            rejected[str(sensor), f"2024-05-0{day}"].add(n)
            errors += [{"row": n, "line": n, "code": "constraint-error", "constraint": f"c{v}", "field": "temperature",
                        "xxh128": f"{n:032x}", "sensor_key": str(sensor), "ts": f"2024-05-0{day}T12:30:00Z"}
                       for v in range(violations)]
        errors.append({"row": 99, "line": 99, "code": "blank-row", "xxh128": "f" * 32})  # of nobody
        self.load(*self.with_schema(f"reading={path}", f"rejection={self.errors(errors)}", source=path))
        # The file came again: its rows count once.
        again = self.write("b.csv", "b")
        self.load(*self.with_schema("--on-known", "skip", f"reading={path}", f"rejection={self.errors(errors)}", source=again))
        rejected["2", "2024-05-01"] = set()  # a day of readings alone
        numbers = "key, day, rows_rejected, readings, rejected_percent FROM sp.sensor_quality"
        wanted = [(key, day, str(len(numbers)), "24" if key != "9" else "0",
                   f"{100 * len(numbers) / (len(numbers) + (24 if key != '9' else 0)):.3f}")
                  for (key, day), numbers in rejected.items()]
        self.assertEqual(sorted(self.sql(f"SELECT {numbers}")), sorted(wanted))
        # Of a part of a day what was measured in it; the rows were at half past twelve.
        self.assertEqual(sorted(self.sql(f"SELECT {numbers}_between('2024-05-01 12:00Z', '2024-05-02 12:00Z')")),
                         [("1", "2024-05-01", "3", "12", "20.000"), ("1", "2024-05-02", "0", "12", "0.000"),
                          ("2", "2024-05-01", "0", "12", "0.000"), ("2", "2024-05-02", "0", "12", "0.000"),
                          ("9", "2024-05-01", "1", "0", "100.000")])
        # Rows of a key that another sensor took over are that one's.
        self.sql("SELECT sp.forget_ingest(2)", "INSERT INTO sp.sensor (source, key, same_as)"
                 " SELECT source, '9', sensor_id FROM sp.sensor WHERE key = '2'")
        self.assertEqual(self.sql(f"SELECT {numbers} WHERE key IN ('2', '9') ORDER BY day"),
                         [("2", "2024-05-01", "1", "24", "4.000"), ("2", "2024-05-02", "1", "24", "4.000")])

    def test_a_day_is_a_date_whatever_the_zone_of_the_session(self):
        rows = self.load_series({"1": every(self.start, 3600, 48)})
        self.assertEqual(len(rows), 48)
        for zone in ("UTC", "America/New_York", "Pacific/Apia"):
            for view in ("daily", "coverage", "sensor_quality", "data_quality", "part"):
                self.assertEqual(self.sql(f"SET TimeZone = '{zone}'", f"SELECT pg_typeof(day), day FROM sp.{view} WHERE day = '2024-05-02'"),
                                 [("date", "2024-05-02")], (zone, view))
            self.assertEqual(self.sql(f"SET TimeZone = '{zone}'", "SELECT first_day, last_day FROM sp.sensor_statistics"),
                             [("2024-05-01", "2024-05-02")])
            self.assertEqual(self.sql(f"SET TimeZone = '{zone}'", "SELECT day, n FROM sp.daily_between('2024-05-01', '2024-05-02')"),
                             [("2024-05-01", "24")])

    def errors(self, errors):
        return self.write("e.ndjson", "".join(json.dumps(error) + "\n" for error in errors))

    def test_local_days(self):
        zones = ("Europe/Sofia", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "America/Havana", "UTC")
        times = [time for day in ("2024-03-09", "2024-03-30", "2024-04-05", "2024-10-26", "2024-11-02")
                 for time in every(datetime.datetime.fromisoformat(f"{day}T00:00:00+00:00"), 600, 3 * 144)]
        rows = self.load_series({"s": times})
        sizes = collections.Counter()
        for name in zones:
            days = collections.defaultdict(list)
            for _, time, value in rows:
                local = datetime.datetime.fromisoformat(time.replace("Z", "+00:00")).astimezone(zoneinfo.ZoneInfo(name))
                days[local.date().isoformat()].append(value)
            sizes.update(len(values) for values in days.values())
            some = sorted(days)[1:-1]
            for bounds, chosen in (("", sorted(days)), (f", '{some[0]}', '{sorted(days)[-1]}'", some)):
                # Whatever zone the session has.
                found = self.sql("SET TimeZone = 'Pacific/Apia'", f"SELECT day, n, min, max, mean, stddev, key, quantity, unit"
                                 f" FROM sp.daily_in('{name}'{bounds}) ORDER BY day")
                self.assertEqual([row[0] for row in found], chosen)
                for day, n, low, high, mean, deviation, *names in found:
                    values = days[day]
                    self.assertEqual((int(n), float(low), float(high)), (len(values), min(values), max(values)))
                    self.assertAlmostEqual(float(mean), statistics.fmean(values), 12)
                    self.assertAlmostEqual(float(deviation or 0), statistics.stdev(values) if len(values) > 1 else 0, 9)
                    self.assertEqual(names, ["s", "temperature", "degC"])
        # Days of 23 and 25 hours, and of half an hour more.
        self.assertTrue({138, 144, 147, 150} <= set(sizes), sizes)
        self.assertIn("not recognized", self.refused("SELECT * FROM sp.daily_in('Mars/City')", "postgres"))


if __name__ == "__main__":
    unittest.main()
