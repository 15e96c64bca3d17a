"""Input files that imitate the Sofia files, made so that every row of a run has its own key.

`Writer(seed).file(rows)` returns bytes, `any(draw, rows)` a name's ending and bytes: CSV, NDJSON or gzip,
now and then with wrong rows alone. No two rows of one Writer, or of Writers with other `lane`s,
share (sensor_id, timestamp), so that a row which is loaded twice or not at all cannot hide;
`overlapping` repeats rows of an earlier file as they are.
"""

import datetime
import gzip
import json
import random

HEADER = ",sensor_id,location,lat,lon,timestamp,pressure,temperature,humidity"
START = datetime.datetime(2017, 7, 1)


class Writer:
    def __init__(self, seed=1, lane=0, sensors=8, defects=0.05):
        self.random = random.Random(f"{seed}/{lane}")
        self.lane = lane
        self.sensors = sensors
        self.defects, self.choice = defects, DEFECTS
        self.written = 0

    def rows(self, count):
        for _ in range(count):
            yield self.row()

    def row(self):
        n = self.written
        self.written += 1
        draw = self.random
        sensor = 1000 + self.lane * 100 + n % self.sensors
        when = START + datetime.timedelta(seconds=n // self.sensors * 37 + n % self.sensors)
        pressure = round(draw.uniform(90000, 97000), 2)
        temperature = round(draw.uniform(-10, 40), 2)
        humidity = round(draw.uniform(5, 99), 2)
        if draw.random() < self.defects:
            pressure, temperature, humidity = draw.choice(self.choice)(pressure, temperature, humidity)
        location = sensor // 2
        lat, lon = 42 + location % 700 / 1000, 23 + location % 300 / 1000
        return (f"{n + 1},{sensor},{location},{lat},{lon},{when.isoformat()},"
                f"{pressure},{temperature},{humidity}")

    def file(self, rows):
        return ("\n".join([HEADER, *self.rows(rows)]) + "\n").encode()

    def ndjson(self, rows):
        names = HEADER.split(",")
        return "".join(json.dumps(dict(zip(names, map(as_json, row.split(","))))) + "\n"
                       for row in self.rows(rows)).encode()

    def wrong(self, rows, form):
        usual, self.defects, self.choice = (self.defects, self.choice), 1, REJECTED
        content = form(rows)
        self.defects, self.choice = usual
        return content

    def overlapping(self, draw, content, rows):
        """A CSV file that has some sound rows of an earlier one, then new ones."""
        import oracle
        there = [row for row in content.decode().splitlines()[1:] if oracle.judge(row.split(","))]
        some = sorted(draw.sample(range(len(there)), draw.randint(0, len(there))))
        return ("\n".join([HEADER, *(there[i] for i in some), *self.rows(rows)]) + "\n").encode()

    def any(self, draw, rows):
        some = max(rows, 1)  # NDJSON without a row is an empty file, which is refused
        return draw.choice([
            lambda: (".csv", self.file(rows)),
            lambda: (".csv", self.file(rows)),
            lambda: (".csv.gz", gzip.compress(self.file(rows))),
            lambda: (".ndjson", self.ndjson(some)),
            lambda: (".csv", self.wrong(some, self.file)),
            lambda: (".ndjson", self.wrong(some, self.ndjson)),
        ])()


def as_json(text):
    try:
        return json.loads(text)
    except ValueError:
        return text


def other_values(content):
    """Of the same size: the last digit of each row is another one."""
    lines = content.split(b"\n")
    return b"\n".join([lines[0], *(line[:-1] + b"%d" % ((line[-1] - 47) % 10) if line else line
                                   for line in lines[1:])])


DEFECTS = [
    lambda p, t, h: (117638.84, -145.12, 100.0),
    lambda p, t, h: (0.0, 0.0, 0.0),
    lambda p, t, h: (p, 61.17, h),
    lambda p, t, h: (p, "", h),
    lambda p, t, h: (p, t, "12..5"),
]
REJECTED = [DEFECTS[0], DEFECTS[1], DEFECTS[2], DEFECTS[4]]
