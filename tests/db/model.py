"""A loader in miniature for the schema of sql/: what sp-load does, in its order, as a role that may load.

Statements go to psql through a pipe, one session each, so that a load can react to what the server says.
"""
import collections
import datetime
import hashlib
import json
import math
import re
import subprocess

UTC = datetime.timezone.utc
UNITS = {"temperature": ("degC", "K @ 273.15", "air_temperature"), "pm10": ("ug/m3", "1e-09 kg.m-3", None),
         "wind": ("degree", "0.0174532925199433 rad", "wind_from_direction"), "state": (None, None, None),
         "open": (None, None, None)}
KINDS = {"state": "text", "open": "boolean"}
CIRCLES = {"wind": 360}
MARK = "--answered--"


def at(text):
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


class Refused(Exception):
    def __init__(self, state, text):
        super().__init__(f"{state}: {text}")
        self.state, self.text = state, text


class Session:
    """One psql; errors of the server are raised as Refused."""

    def __init__(self, psql, environment, role=None):
        environment = dict(environment, **({"PGUSER": role} if role else {}))
        self.process = subprocess.Popen([psql, "-XAtq", "-F", "\x1f", "-P", "null=\\N", "-v", "VERBOSITY=verbose"],
                                        env=environment, text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.run("SET TimeZone = 'UTC'")

    def run(self, statement, rows=None):
        """Rows of the answer as tuples of text. `rows` are those of a COPY."""
        out = self.process.stdin
        out.write(statement + ";\n")
        if rows is not None:
            out.write("".join("\t".join("\\N" if v is None else str(v) for v in row) + "\n" for row in rows) + "\\.\n")
        out.write(f"\\echo {MARK}\n")
        out.flush()
        lines = []
        for line in self.process.stdout:
            if line.startswith(MARK):
                errors = [re.match(r"(?:ERROR|FATAL):  (\w{5}): ", line) for line in lines]
                if found := next(filter(None, errors), None):
                    raise Refused(found[1], "".join(lines))
                return [tuple(line.rstrip("\n").split("\x1f")) for line in lines if not line.startswith("NOTICE")]
            lines.append(line)
        raise AssertionError("psql ended: " + "".join(lines))

    def value(self, statement):
        return self.run(statement)[0][0]

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def quoted(value):
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"


def array(values, kind):
    return "ARRAY[" + ", ".join(quoted(v) for v in values) + f"]::{kind}[]"


Row = collections.namedtuple("Row", "key ts values place type", defaults=(None, None))


def window_of(ts, hours):
    return ts.replace(minute=0, second=0, microsecond=0, **({"hour": 0} if hours == 24 else {}))


def statistics(values):
    mean = math.fsum(values) / len(values)
    return len(values), mean, math.fsum((v - mean) ** 2 for v in values), min(values), max(values)


class Load:
    """One file into the database; `run` ends with COMMIT, or raises Refused after ROLLBACK."""

    def __init__(self, connect, name, source, rows, *, quantities=None, on_known="skip", on_conflict="error",
                 max_conflicts=None, hours=24, opens=False, rejects=(), stream=True, max_new=50, fewest=4, pause=None):
        self.connect, self.name, self.source, self.rows = connect, name, source, rows
        self.quantities = quantities or sorted({q for row in rows for q in row.values})
        self.on_known, self.on_conflict, self.max_conflicts = on_known, on_conflict, max_conflicts
        self.hours, self.opens, self.rejects, self.stream, self.max_new = hours, opens, rejects, stream, max_new
        self.fewest = fewest  # readings a row of metrics, or there are none
        self.pause = pause or (lambda step: None)
        self.main = self.aux = None

    def run(self):
        self.main, self.aux = self.connect(), self.connect()
        try:
            self.find_quantities()
            self.main.run("BEGIN")
            try:
                if not self.begin():
                    self.main.run("ROLLBACK")
                    return None
                self.find_places_and_sensors()
                self.send_rows()
                self.main.run("COMMIT")
                return self.ingest
            except Refused:
                self.main.run("ROLLBACK")
                raise
        finally:
            self.main.close()
            self.aux.close()

    def find_quantities(self):
        names = array(self.quantities, "text")
        known = self.main.run(f"SELECT name, quantity_id FROM sp.quantity WHERE name = ANY ({names})")
        if len(known) < len(self.quantities):
            asked = [{"name": q, "kind": KINDS.get(q, "number"), "unit": UNITS[q][0], "unit_definition": UNITS[q][1],
                      "standard_name": UNITS[q][2], "circle": CIRCLES.get(q)} for q in self.quantities]
            known = self.aux.run("SELECT name, quantity_id FROM sp.ensure_quantities"
                                 f"({quoted(json.dumps(asked))}, {self.max_new})")
        self.ids = dict(known)

    def begin(self):
        digest = hashlib.sha256(repr((self.name, self.source, self.rows, self.rejects)).encode()).hexdigest()
        found = self.main.run("INSERT INTO sp.ingest (digest, name, size_bytes, tool_version)"
                              f" SELECT '\\x{digest}', {quoted(self.name)}, 1, '2' WHERE NOT EXISTS (SELECT FROM"
                              f" sp.ingest WHERE digest = '\\x{digest}') ON CONFLICT (digest) DO NOTHING"
                              " RETURNING ingest_id")
        if not found:
            return False
        self.ingest = int(found[0][0])
        self.pause("begun")
        return True

    def find_places_and_sensors(self):
        source = quoted(self.source)
        places = sorted({row.place for row in self.rows if row.place}, key=repr)
        self.places = {}
        if places:
            keys, latitudes, longitudes = zip(*places)
            found = self.aux.run(f"SELECT position, location_id FROM sp.location_ids({source}, {array(keys, 'text')},"
                                 f" {array(latitudes, 'float8')}, {array(longitudes, 'float8')},"
                                 f" {array([None] * len(places), 'float8')})")
            self.places = {places[int(n) - 1]: int(place) for n, place in found}
        keys = list(dict.fromkeys(row.key for row in self.rows))
        first = {}
        for row in self.rows:
            kind, place = first.get(row.key, (None, None))
            first[row.key] = (kind or row.type, place or self.places.get(row.place))
        known = self.main.run("SELECT s.key, m.sensor_id, m.sensor_type, m.location_id FROM sp.sensor s JOIN sp.sensor m"
                              " ON m.sensor_id = coalesce(s.same_as, s.sensor_id)"
                              f" WHERE s.source = {source} AND s.key = ANY ({array(keys, 'text')})")
        self.sensors = {key: (int(number), kind, home) for key, number, kind, home in known}
        missing = [key for key in keys if key not in self.sensors
                   or (self.sensors[key][1] == "\\N" and first[key][0]) or (self.sensors[key][2] == "\\N" and first[key][1])]
        if missing:
            found = self.aux.run(f"SELECT key, sensor_id, sensor_type, location_id FROM sp.sensor_ids({source},"
                                 f" {array(missing, 'text')}, {array([first[k][0] for k in missing], 'text')},"
                                 f" {array([first[k][1] for k in missing], 'integer')}, 1000)")
            self.sensors.update({key: (int(number), kind, home) for key, number, kind, home in found})
        self.types = {key: first[key][0] for key in keys if first[key][0] and first[key][0] != self.sensors[key][1]}

    def cells(self, row):
        return [row.values.get(q) for q in self.quantities]

    def direct(self, row):
        place = self.places.get(row.place)
        home = self.sensors[row.key][2]
        return [self.sensors[row.key][0], self.ingest, row.ts.isoformat(),
                None if place is None or str(place) == home else place, *self.cells(row)]

    def columns(self):
        return "".join(', "' + q.replace('"', '""') + '"' for q in self.quantities)

    def copy_rows(self, rows):
        months = {}
        for row in rows:
            months.setdefault(row.ts.strftime("%Y-%m-01"), []).append(row)
        columns = f"(sensor_id, ingest_id, ts, location_id{self.columns()})"
        for month in sorted(months):
            opened = self.main.value(f"SELECT sp.open_month('{month}Z')") if self.opens else "\\N"
            if opened != "\\N":
                self.main.run(f"COPY sp.{opened} {columns} FROM STDIN", [self.direct(row) for row in months.pop(month)])
                self.main.run(f"SELECT sp.attach_month('{opened}')")
            else:
                self.main.run(f"SELECT sp.ensure_month('{month}Z')")
        rest = sorted((row for part in months.values() for row in part), key=lambda row: (row.key, row.ts))
        if rest:
            self.main.run(f"COPY sp.reading {columns} FROM STDIN", [self.direct(row) for row in rest])

    def known_rows(self, live):
        """Positions of rows whose sensor and time are there, or came earlier in the file."""
        self.main.run("CREATE TEMP TABLE sp_key (position bigint, sensor_id integer, ts timestamptz) ON COMMIT DROP")
        self.main.run("COPY pg_temp.sp_key FROM STDIN",
                      [(n, self.sensors[row.key][0], row.ts.isoformat()) for n, row in live])
        times = [row.ts for _, row in live]
        known = self.main.run("SELECT k.position FROM pg_temp.sp_key k JOIN sp.reading r USING (sensor_id, ts)"
                              f" WHERE r.ts BETWEEN '{min(times).isoformat()}' AND '{max(times).isoformat()}'"
                              " UNION SELECT position FROM (SELECT position, row_number() OVER (PARTITION BY"
                              " sensor_id, ts ORDER BY position) AS turn FROM pg_temp.sp_key) k WHERE turn > 1")
        self.main.run("DROP TABLE pg_temp.sp_key")
        return {int(position) for position, in known}

    def send_rows(self):
        kept_since = self.main.value("SELECT sp.kept_since()")
        border = None if kept_since == "-infinity" else datetime.datetime.fromisoformat(kept_since + ":00")
        live = [(n, row) for n, row in enumerate(self.rows, 1) if border is None or row.ts >= border]
        expired = len(self.rows) - len(live)
        self.main.run("SAVEPOINT rows")
        staged = []
        try:
            self.copy_rows([row for _, row in live])
        except Refused as error:
            if error.state != "23505":
                raise
            for attempt in range(20):
                self.main.run("ROLLBACK TO rows")
                known = self.known_rows(live)
                try:
                    self.copy_rows([row for n, row in live if n not in known])
                    staged = [(n, row) for n, row in live if n in known]
                    break
                except Refused as error:
                    if error.state != "23505" or attempt == 19:
                        raise
        self.main.run("RELEASE rows")
        hours = self.send_metrics(live)
        self.pause("sent")
        counts = self.merge(live, staged, hours)
        if self.types:
            self.main.run("COPY sp.stated_type (ingest_id, sensor_id, sensor_type) FROM STDIN",
                          [(self.ingest, self.sensors[key][0], kind) for key, kind in self.types.items()])
        times = [row.ts for _, row in live]
        day = min(times).date() if times else datetime.datetime.now(UTC).date()
        if self.rejects:
            self.main.run("COPY sp.rejection (ingest_id, day, \"row\", ts, digest, sensor_key, code, field, value) FROM STDIN",
                          [(self.ingest, (ts or datetime.datetime.combine(day, datetime.time())).date(), n,
                            ts and ts.isoformat(), "\\\\x" + hashlib.md5(text.encode()).hexdigest(), key,
                            "constraint-error", "temperature", text)
                           for n, (text, key, ts) in enumerate(self.rejects, 1)])
        loaded, completed, same, kept, replaced = counts
        self.numbers = {"ingest_id": self.ingest, "window_hours": hours, "source": self.source,
                        "rows_read": len(self.rows) + len(self.rejects), "rows_rejected": len(self.rejects),
                        "rows_left_out": 0, "rows_passed": len(self.rows), "rows_received": len(self.rows),
                        "rows_loaded": loaded + completed, "rows_completed": completed, "rows_known": same,
                        "rows_kept_out": kept, "rows_replaced": replaced, "rows_expired": expired,
                        "first_ts": min(times).isoformat() if times else None,
                        "last_ts": max(times).isoformat() if times else None}
        self.main.run(f"SELECT sp.finish_ingests({quoted(json.dumps([self.numbers]))})")
        self.pause("finished")

    def send_metrics(self, live):
        """What sp-aggregate says of all rows of the file, where it pays; returns the hours of its windows."""
        groups = collections.defaultdict(list)
        for _, row in live:
            for quantity, value in row.values.items():
                if value is not None and quantity not in KINDS:
                    groups[self.sensors[row.key][0], window_of(row.ts, self.hours), quantity].append(value)
        if not groups or len(groups) * self.fewest > len(live):
            return None
        if not self.stream:
            times = [row.ts.isoformat() for _, row in live]
            self.main.run(f"SELECT sp.count_metrics({self.ingest}, {self.hours}, '{min(times)}', '{max(times)}')")
            return self.hours
        lines = []
        for (sensor, window, quantity), values in groups.items():
            circle = CIRCLES.get(quantity)
            sums = [math.fsum(f(2 * math.pi * v / circle) for v in values) for f in (math.sin, math.cos)] \
                if circle else [None, None]
            lines.append((sensor, self.ingest, window.isoformat(), self.hours, self.ids[quantity],
                          *statistics(values), *sums))
        self.main.run("COPY sp.metric (sensor_id, ingest_id, window_start, window_hours, quantity_id, n, mean, m2, min,"
                      " max, sum_sin, sum_cos) FROM STDIN", lines)
        return self.hours

    def merge(self, live, staged, hours):
        if not staged:
            return len(live), 0, 0, 0, 0
        self.main.run(f"SELECT sp.stage_rows({array(self.quantities, 'text')})")
        self.main.run(f"COPY pg_temp.sp_stage (sp_position, ingest_id, sensor_id, ts, location_id{self.columns()})"
                      " FROM STDIN", [(n, self.ingest, self.sensors[row.key][0], row.ts.isoformat(),
                                       self.places.get(row.place), *self.cells(row)) for n, row in staged])
        known = {n for n, _ in staged}
        times = [row.ts.isoformat() for n, row in live if n not in known]
        loads = quoted(json.dumps([{"ingest_id": self.ingest, "window_hours": hours,
                                    "first_new": min(times, default=None), "last_new": max(times, default=None),
                                    "max_conflicts": self.max_conflicts}]))
        if self.on_conflict == "replace":
            call = f"sp.replace_known({loads}, '{self.on_known}')"
        else:
            call = f"sp.merge_known({loads}, '{self.on_known}', '{self.on_conflict}')"
        [[_, new, completed, same, kept, replaced, self.examples, _]] = self.main.run(f"SELECT * FROM {call}")
        return len(live) - len(staged) + int(new), int(completed), int(same), int(kept), int(replaced)
