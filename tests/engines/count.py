"""The independent count: what must be in the database, by plain Python over the input, beside what SQL finds there.

It shares no code with the tools, and no rule: the limits stand here once more.
"""
import csv
import decimal
import fractions
import functools
import io
import math
import subprocess
import sys

LIMITS = {"pressure": (30000, 110000), "temperature": (-50, 50), "humidity": (0, 100)}
MISSING = ("", "nan", "NaN", "unknown", "unavailable")
PARTS = 10**6  # values are whole numbers of these parts, so that sums are exact
SCALE = {"pressure": 100 * PARTS, "temperature": PARTS, "humidity": PARTS}  # Pa are loaded as hPa
# As far as two ways to compute a standard deviation may differ, relatively.
TOLERANCE = 1e-12

READINGS = """SELECT key, to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS'), pressure, temperature, humidity
                FROM sp.located_reading"""
STATISTICS = "SELECT key, quantity, n, min, max, mean, stddev FROM sp.sensor_statistics"


class Expected:
    """What must come of CSV files: (sensor, time) -> values; rejected rows and violations."""

    def __init__(self, contents):
        self.rows = self.violations = 0
        self.readings, self.rejected = {}, []
        for content in contents:
            lines = content.decode().splitlines()
            for line, row in zip(lines[1:], csv.DictReader(lines), strict=True):
                self._add(line, row)

    def _add(self, line, row):
        self.rows += 1
        values = {name: None if row[name] in MISSING else _in_parts(row[name]) for name in LIMITS}
        failed = sum(value is not None and not low * PARTS <= value <= high * PARTS
                     for value, (low, high) in zip(values.values(), LIMITS.values()))
        self.violations += failed
        if failed:
            self.rejected.append(line)
        elif self.readings.setdefault((row["sensor_id"], row["timestamp"]), values) is not values:
            raise ValueError(f"the input has {row['sensor_id']} {row['timestamp']} twice")

    @functools.cached_property
    def statistics(self):
        """(sensor, quantity) -> n, min, max, mean, stddev."""
        groups = {}
        for (key, _), values in self.readings.items():
            for quantity, value in values.items():
                if value is not None:
                    groups.setdefault((key, quantity), []).append(value)
        return {(key, quantity): _summary(values, SCALE[quantity]) for (key, quantity), values in groups.items()}


def _in_parts(text):
    value = decimal.Decimal(text) * PARTS
    if value != int(value):
        raise ValueError(f"{text} has more decimals than the count knows")
    return int(value)


def _summary(values, scale):
    n, total, squares = len(values), sum(values), sum(value * value for value in values)
    spread = math.sqrt(fractions.Fraction(squares * n - total * total, n * (n - 1))) / scale if n > 1 else None
    return n, min(values) / scale, max(values) / scale, float(fractions.Fraction(total, n * scale)), spread


def ask(query, environment):
    """Rows of text."""
    done = subprocess.run(["psql", "-XqAt", "--csv", "-v", "ON_ERROR_STOP=1", "-c", query], env=environment,
                          check=True, stdout=subprocess.PIPE, text=True)
    return list(csv.reader(io.StringIO(done.stdout)))


def number(environment, query):
    return int(ask(query, environment)[0][0])


def _is_same(found, wanted):
    n, low, high, *others = found
    return (int(n), float(low), float(high)) == wanted[:3] and all(
        (cell == "") == (value is None) and (value is None or math.isclose(float(cell), value, rel_tol=TOLERANCE))
        for cell, value in zip(others, wanted[3:], strict=True))


def compare(expected, environment):
    """What the database has of what it must have, as figures; `lost`, `twice`, `other` and `statistics` are faults."""
    rows = ask(READINGS, environment)
    found = {(key, time): cells for key, time, *cells in rows}
    wanted = {place: [None if value is None else value / SCALE[name] for name, value in values.items()]
              for place, values in expected.readings.items()}
    statistics, own = expected.statistics, ask(STATISTICS, environment)
    groups = {(key, quantity): cells for key, quantity, *cells in own}
    wrong = [group for group in statistics.keys() | groups.keys()
             if group not in groups or group not in statistics or not _is_same(groups[group], statistics[group])]
    return {"rows": expected.rows, "readings": len(rows), "rejected": len(expected.rejected),
            "lost": len(wanted.keys() - found.keys()),
            # The table has a key, so that a row that counts twice does so in the statistics.
            "twice": len(rows) - len(found) + max(0, sum(int(cells[0]) for cells in groups.values())
                                                  - sum(n for n, *_ in statistics.values())),
            "other": sum(place not in wanted or [float(cell) if cell else None for cell in cells] != wanted[place]
                         for place, cells in found.items()),
            "statistics": len(wrong) + number(environment, "SELECT count(*) FROM sp.metric_errors()")}


FAULTS = ("lost", "twice", "other", "statistics")


def require(expected, environment):
    """compare(), and the end where there is a fault."""
    figures = compare(expected, environment)
    if any(figures[name] for name in FAULTS):
        sys.exit(f"the count does not add up: {figures}")
    return figures
