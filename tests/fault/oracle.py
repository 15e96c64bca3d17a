"""The oracle: does what lies in the database, in quarantine and in the folders add up to what was dropped?

It shares no code and no rule file with the tools: it reads the original bytes with python's csv module,
judges each row by its own rules for the Sofia BME280 files, and compares

  - every valid row, value by value, with sp.reading joined to sp.sensor and sp.location: none missing, none
    twice, in however many files it came;
  - every rejected row, byte for byte, with the files in quarantine/, and their reasons;
  - the ledger: one row for each distinct content that was loaded, whose numbers are those counted here;
  - the folders: each file in exactly one place; nothing that nobody dropped;
  - what must be gone: temporary files, processes, connections.

By hand: oracle.py INBOX ORIGINALS, with the connection in the environment.
"""

import collections
import csv
import datetime
import decimal
import gzip
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys

import process
import server
from scenario import Failed

COLUMNS = ["", "sensor_id", "location", "lat", "lon", "timestamp", "pressure", "temperature",
           "humidity"]
RANGES = {"pressure": (30000, 110000), "temperature": (-50, 50), "humidity": (0, 100)}
MISSING = {"", "nan", "NaN", "unknown", "unavailable"}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+\Z", re.ASCII)
_ERRORS, _REASON = b".errors.ndjson", b".reason.json"
_SETTINGS = ("work", "done", "quarantine", "failed")


class Expectation:
    """What must become of one content. `readable` is false where no header of such a file is there."""

    def __init__(self, content):
        self.sha256 = hashlib.sha256(content).hexdigest()
        self.valid = collections.Counter()
        self.rejected = collections.Counter()
        self.rows = 0
        try:
            content = unpack(content)
            is_utf16 = content[:2] in (b"\xff\xfe", b"\xfe\xff")
            text = content.decode("utf-16" if is_utf16 else "utf-8-sig")
        except (UnicodeDecodeError, OSError, EOFError):
            self.readable = False
            return
        self.readable = True
        if text.startswith("{"):
            lines = text.splitlines()
            self.readable = as_cells(lines[0]) != []
            for line in lines if self.readable else []:
                self._add(as_cells(line), line)
            return
        lines = _Recording(io.StringIO(text, newline=""))
        # Files of the network come with semicolons too.
        reader = csv.reader(lines, delimiter=";" if text.startswith(";".join(COLUMNS)) else ",")
        self.header = next(reader, None)
        self.readable = self.header == COLUMNS
        if not self.readable:
            return
        lines.take()
        for cells in reader:
            self._add(cells, lines.take().rstrip("\r\n"))

    def _add(self, cells, raw):
        self.rows += 1
        row = judge(cells)
        if row is None:
            self.rejected[raw] += 1
        else:
            self.valid[row] += 1


def as_cells(line):
    """Of a JSON object, as the text of a CSV row: numbers as they are written. Empty where it is none."""
    try:
        row = json.loads(line, parse_float=str, parse_int=str)
        return [row[name] for name in COLUMNS]
    except (ValueError, KeyError, TypeError):
        return []


class _Recording:
    """Lines for csv.reader, whose text can be had as it came."""

    def __init__(self, file):
        self.file, self.seen = file, []

    def __iter__(self):
        return self

    def __next__(self):
        line = next(self.file)
        self.seen.append(line)
        return line

    def take(self):
        text, self.seen = "".join(self.seen), []
        return text


def unpack(content):
    if content[:2] == b"\x1f\x8b":
        return gzip.decompress(content)
    if content[:4] == b"\x28\xb5\x2f\xfd":
        done = subprocess.run(["zstd", "-dcq"], input=content, capture_output=True)
        if done.returncode != 0:
            raise OSError("truncated zstd")
        return done.stdout
    return content


def judge(cells):
    """The row as the database must hold it, or None where it must be rejected."""
    if len(cells) != len(COLUMNS):
        return None
    row = dict(zip(COLUMNS, cells))
    if not _INTEGER.match(row["sensor_id"]) or not _INTEGER.match(row["location"]):
        return None
    for name in ("lat", "lon", *RANGES):
        # A measure may be missing; a place may not.
        if name in RANGES and row[name] in MISSING:
            row[name] = None
        elif not _NUMBER.match(row[name]) or lost_to_zero(row[name]):
            return None
    for name, (low, high) in RANGES.items():
        if row[name] and not low <= decimal.Decimal(row[name]) <= high:
            return None
    try:
        when = datetime.datetime.fromisoformat(row["timestamp"]).replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None
    pressure, temperature, humidity = (decimal.Decimal(row[n]) if row[n] else None for n in RANGES)
    hectopascal = None if pressure is None else pressure / 100
    return (int(row["sensor_id"]), int(row["location"]), float(row["lat"]), float(row["lon"]),
            int(when.timestamp()), *(None if v is None else float(v)
                                     for v in (hectopascal, temperature, humidity)))


def lost_to_zero(text):
    """PostgreSQL refuses a number that a double cannot tell from zero."""
    return float(text) == 0 and re.search("[1-9]", re.split("[eE]", text)[0]) is not None


SOURCE = "sensor.community"
# By the network's own words. Quantities are columns once a file has brought them.
_READINGS = f"""
SELECT coalesce(s.key, '0'), coalesce(l.key, '0'), l.latitude, l.longitude, extract(epoch FROM r.ts)::bigint,
       to_jsonb(r)->>'pressure', to_jsonb(r)->>'temperature', to_jsonb(r)->>'humidity',
       encode(i.digest, 'hex')
  FROM sp.reading r LEFT JOIN sp.sensor s ON s.sensor_id = r.sensor_id AND s.source = '{SOURCE}'
  LEFT JOIN sp.location l ON l.location_id = coalesce(r.location_id, s.location_id) AND l.source = '{SOURCE}'
  LEFT JOIN sp.ingest i USING (ingest_id)"""
_LEDGER = """
SELECT encode(i.digest, 'hex'), i.name, i.rows_read, i.rows_passed, i.rows_rejected, i.rows_received,
       i.rows_loaded, i.rows_known,
       i.rows_left_out + i.rows_completed + i.rows_kept_out + i.rows_replaced + i.rows_expired,
       coalesce(r.n, 0), coalesce(j.n, 0), coalesce(r.temperatures, 0), coalesce(m.n, 0)
  FROM sp.ingest i
  LEFT JOIN (SELECT ingest_id, count(*) AS n, count(to_jsonb(v)->>'temperature') AS temperatures
               FROM sp.reading v GROUP BY 1) r USING (ingest_id)
  LEFT JOIN (SELECT ingest_id, count(DISTINCT "row") AS n FROM sp.rejection GROUP BY 1) j USING (ingest_id)
  LEFT JOIN (SELECT ingest_id, sum(n) AS n FROM sp.part JOIN sp.quantity q USING (quantity_id)
              WHERE q.name = 'temperature' GROUP BY 1) m USING (ingest_id)"""
# What the pipeline never leaves behind: it takes no row whose key is there with other values.
_NONE_OF = ("SELECT count(*) FROM sp.dispute", "SELECT count(*) FROM sp.completion",
            "SELECT count(*) FROM sp.metric_errors()")


def readings_by_file(environment):
    """(row as judge() has it, SHA-256 of the file whose number it carries) of each reading."""
    for r in server.query(_READINGS, environment):
        numbers = [float(x) if x else None for x in (*r[2:4], *r[5:8])]
        yield (int(r[0]), int(r[1]), numbers[0], numbers[1], int(r[4]), *numbers[2:]), r[8]


def readings(environment):
    return collections.Counter(row for row, _ in readings_by_file(environment))


class Tree:
    """Every entry of the watched folder: {place: {name: sha256 or kind}}."""

    def __init__(self, inbox):
        self.places = {"": {}}
        self.content = {}
        self.temporary = []
        inbox = os.fsencode(inbox)
        for entry in os.scandir(inbox):
            name = os.fsdecode(entry.name)
            if name in _SETTINGS and entry.is_dir(follow_symlinks=False):
                self.places[name] = self._read(entry.path, name)
            elif name == ".sp-watch":
                self._look_inside(entry.path)
            else:
                self.places[""][entry.name] = self._identify(entry, "")

    def _read(self, folder, place):
        return {entry.name: self._identify(entry, place) for entry in os.scandir(folder)}

    def _identify(self, entry, place):
        mode = entry.stat(follow_symlinks=False).st_mode
        if not stat.S_ISREG(mode):
            return "kind " + stat.filemode(mode)[0]
        try:
            with open(entry.path, "rb") as file:
                data = file.read()
        except PermissionError:
            return "unreadable"
        self.content[place, entry.name] = data
        return hashlib.sha256(data).hexdigest()

    def _look_inside(self, own):
        for folder, folders, files in os.walk(own):
            relative = os.fsdecode(os.path.relpath(folder, own))
            for name in files + (folders if relative == "tmp" else []):
                path = os.path.join(relative, os.fsdecode(name))
                if relative.split("/")[0] == "tmp" or ".tmp" in path or ".part" in path:
                    self.temporary.append(path)


class Findings:
    def __init__(self):
        self.problems = []

    def expect(self, condition, message):
        if not condition and len(self.problems) < 40:
            self.problems.append(message)


def check(inbox, dropped, environment, *, whole=(), failed=(), elsewhere=(), mark=None, scratch=None):
    """Raises Failed with all that does not add up; returns figures.

    `dropped`: [(name, bytes)] of every file that was ever completely in the folder. `whole`, `failed`:
    names that must lie in quarantine/ or failed/ as they are. `elsewhere`: names that the scenario
    itself accounts for (symbolic links and the like). `mark`, `scratch`: see process.py, TMPDIR.
    """
    found = Findings()
    tree = Tree(inbox)
    expectations = [(os.fsencode(name), Expectation(content)) for name, content in dropped]
    whole = {os.fsencode(name) for name in whole}
    failed = {os.fsencode(name) for name in failed}
    loaded = {}
    for name, expectation in expectations:
        place = "quarantine" if name in whole else "failed" if name in failed else "done"
        if place == "done":
            found.expect(expectation.readable, f"{name!r}: the oracle cannot read it; name it `whole`")
            loaded[expectation.sha256] = expectation
    _check_places(found, tree, expectations, whole, failed,
                  {os.fsencode(name) for name in elsewhere})
    figures = _check_database(found, loaded, environment)
    _check_quarantine(found, tree, expectations, loaded)
    found.expect(not tree.temporary, f"temporary files are left in .sp-watch: {tree.temporary}")
    if scratch:
        found.expect(not os.listdir(scratch), f"left in TMPDIR: {os.listdir(scratch)}")
    if mark:
        left = process.leftovers(mark)
        found.expect(not left, f"processes are left: {left}")
    _check_connections(found, environment)
    if found.problems:
        raise Failed("the oracle:\n    " + "\n    ".join(found.problems))
    return {"files": len(dropped), **figures}


def _check_places(found, tree, expectations, whole, failed, elsewhere):
    for place in ("", "work"):
        left = set(tree.places.get(place, {})) - elsewhere
        found.expect(not left, f"left in {place or 'the folder'}: {sorted(left)}")
    wanted = {"done": collections.Counter(), "quarantine": collections.Counter(),
              "failed": collections.Counter()}
    for name, expectation in expectations:
        place = "quarantine" if name in whole else "failed" if name in failed else "done"
        wanted[place][expectation.sha256] += 1
    known = {expectation.sha256 for _, expectation in expectations}
    for place, hashes in wanted.items():
        # The rejected rows of a file that has no valid one are the file itself, byte for byte.
        other = {e.sha256 for _, e in expectations if not e.valid} if place == "quarantine" else set()
        seen = collections.Counter(
            h for name, h in tree.places.get(place, {}).items()
            if name not in elsewhere and (h in known or place == "done")
            and (h in hashes or h not in other))
        for sha in set(seen) | set(hashes):
            names = [n for n, e in expectations if e.sha256 == sha]
            found.expect(seen[sha] == hashes[sha],
                         f"{place}/ holds {seen[sha]} of {names or sha}, not {hashes[sha]}")


def _check_database(found, loaded, environment):
    wanted = set().union(*(expectation.valid for expectation in loaded.values()))
    seen = readings(environment)
    # The same (sensor, time) can be there once only, in however many files it came.
    keys = collections.Counter()
    for row, n in seen.items():
        keys[row[0], row[4]] += n
    twice = [key for key, n in keys.items() if n > 1]
    lost = [row for row in wanted if row not in seen]
    strange = [row for row in seen if row not in wanted]
    lost_keys = [row for row in lost if (row[0], row[4]) not in keys]
    found.expect(not twice, f"{len(twice)} keys are in sp.reading twice: {twice[:3]}")
    found.expect(not lost_keys, f"{len(lost_keys)} rows are lost: {lost_keys[:3]}")
    found.expect(len(lost) == len(lost_keys),
                 f"{len(lost)} rows have other values: {lost[:3]} {strange[:3]}")
    found.expect(not strange, f"{len(strange)} rows came from nowhere: {strange[:3]}")
    _check_ledger(found, loaded, environment)
    for query in _NONE_OF:
        [[n]] = server.query(query, environment)
        found.expect(n == "0", f"{query}: {n}")
    rows = sum(e.rows for e in loaded.values())
    return {"rows": rows, "loaded": len(seen),
            "known": sum(sum(e.valid.values()) for e in loaded.values()) - len(seen),
            "lost": len(lost_keys), "twice": len(twice), "checksum": checksum(seen)}


def checksum(rows):
    """Of a multiset of rows, whatever their order."""
    total = 0
    for row, count in rows.items():
        digest = hashlib.sha256(repr(row).encode()).digest()
        total = (total + count * int.from_bytes(digest[:16], "big")) % (1 << 128)
    return f"{total:032x}"


def _check_ledger(found, loaded, environment):
    ledger = collections.defaultdict(list)
    for row in server.query(_LEDGER, environment):
        ledger[row[0]].append((row[1], *(int(n or -1) for n in row[2:])))
    for sha, expectation in loaded.items():
        entries = ledger.pop(sha, [])
        found.expect(len(entries) == 1, f"{len(entries)} ledger rows for {sha}")
        for (name, read, passed, rejected, received, brought, known, others, rows, reasons, temperatures,
             metric) in entries:
            what = f"ledger of {name}"
            want = sum(expectation.valid.values()), sum(expectation.rejected.values())
            found.expect((passed, rejected) == want,
                         f"{what}: passed, rejected {passed}, {rejected}, counted {want}")
            found.expect(read == expectation.rows and read == passed + rejected,
                         f"{what}: read {read}, counted {expectation.rows}")
            found.expect(received == passed, f"{what}: passed {passed}, received {received}")
            found.expect(received == brought + known and others == 0,
                         f"{what}: {received} != {brought} + {known}, and {others} of other kinds")
            found.expect(rows == brought, f"{what}: loaded {brought}, in sp.reading {rows}")
            found.expect(reasons == rejected, f"{what}: {reasons} rows in sp.rejection, not {rejected}")
            found.expect(metric == temperatures,
                         f"{what}: its statistics are of {metric} temperatures, not {temperatures}")
    found.expect(not ledger, f"ledger rows for files that were not to be loaded: {dict(ledger)}")


def _check_quarantine(found, tree, expectations, loaded):
    """Rejected rows: those of each distinct content that was loaded, once, under the input's header."""
    whole = {expectation.sha256 for _, expectation in expectations if expectation.sha256 not in loaded}
    wanted, allowed = collections.Counter(), collections.Counter()
    for expectation in loaded.values():
        allowed += expectation.rejected
        if not _is_state_of_another(expectation, loaded.values()):
            wanted += expectation.rejected
    seen = collections.Counter()
    names = tree.places.get("quarantine", {})
    for name, sha in names.items():
        if sha in whole or sha.startswith("kind") or name.endswith((_ERRORS, _REASON)):
            continue
        text = unpack(tree.content["quarantine", name]).decode("utf-8-sig", errors="replace")
        rows = text.splitlines()[0 if text.startswith("{") else 1:]
        seen.update(rows)
        reasons = tree.content.get(("quarantine", name + _ERRORS))
        found.expect(reasons is not None, f"quarantine/{name!r} has no reasons beside it")
        if reasons is not None:
            numbers = {json.loads(line)["row"] for line in reasons.splitlines()}
            found.expect(len(numbers) == len(rows),
                         f"quarantine/{name!r}: {len(rows)} rows, reasons for {len(numbers)}")
    missing, extra = wanted - seen, seen - allowed
    found.expect(not missing, f"{sum(missing.values())} rejected rows are in no quarantine: "
                              f"{list(missing)[:3]}")
    found.expect(not extra, f"{sum(extra.values())} rows too many in quarantine: {list(extra)[:3]}")


def _is_state_of_another(expectation, others):
    """Whether all its rejected rows are among those of a file that holds its readings too: it may have grown to it."""
    return any(other is not expectation and other.rows > expectation.rows and expectation.rejected <= other.rejected
               and expectation.valid <= other.valid for other in others) if expectation.rejected else False


def _check_connections(found, environment):
    def others():
        return server.query("SELECT pid, application_name, state FROM pg_stat_activity WHERE "
                            "datname = current_database() AND backend_type = 'client backend' "
                            "AND pid <> pg_backend_pid()", environment)
    try:
        process.wait_until(lambda: not others(), 5, "connections to end", pause=0.1)
    except TimeoutError:
        found.expect(False, f"connections are left: {others()}")


def main(inbox, originals):
    dropped = []
    for name in sorted(os.listdir(originals)):
        with open(os.path.join(originals, name), "rb") as file:
            dropped.append((name, file.read()))
    print(json.dumps(check(inbox, dropped, {}), indent=1))


if __name__ == "__main__":
    main(*sys.argv[1:])
