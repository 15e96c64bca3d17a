"""A folder of many small files, sound and broken, in batches: every row is once in the database or in
quarantine, and every file where it belongs."""
import collections
import csv
import gzip
import io
import json
import os
import random
import re
import signal
import subprocess
import time
import unittest

from workplace import PATIENCE, SOURCE, Workplace, cut, sample, wait_until

KINDS = ("bme280", "sds011")
VALUES = 3  # of a reading of BME280
MISSING = ("", "nan", "NaN", "unknown", "unavailable")
GROWN = "bme280-rows-but-one.csv", "bme280-rows.csv"  # a file, and the same with one row more


def read_schema(kind):
    return json.loads((SOURCE / f"examples/sofia/{kind}.schema.json").read_text())["fields"]


LIMITS = {kind: {field["name"]: (field["constraints"]["minimum"], field["constraints"]["maximum"])
                 for field in read_schema(kind) if field.get("role") == "measure"} for kind in KINDS}


def judge(kind, content):
    """Valid rows as (sensor, time); rejected lines; violations; values of valid rows."""
    lines = content.splitlines(keepends=True)
    valid, rejected, violations, values = [], [], 0, 0
    for line, row in zip(lines[1:], csv.DictReader(io.StringIO(content.decode())), strict=True):
        there = {name: float(row[name]) for name in LIMITS[kind] if row[name] not in MISSING}
        failed = sum(not low <= there[name] <= high
                     for name, (low, high) in LIMITS[kind].items() if name in there)
        violations += failed
        if failed:
            rejected.append(line)
        else:
            valid.append((row["sensor_id"], row["timestamp"]))
            values += len(there)
    return valid, lines[:1] + rejected if rejected else [], violations, values


def with_bad_rows_only(content):
    header, *rows = content.decode().splitlines()
    at = header.split(",").index("temperature")
    rows = [",".join([*cells[:at], "-145.12", *cells[at + 1:]]) for cells in (row.split(",") for row in rows)]
    return "\n".join([header, *rows, ""]).encode()


def zstd(content):
    return subprocess.run(["zstd", "-q"], input=content, capture_output=True, check=True).stdout


class Inbox:
    """Names and contents; what is known of each."""

    def __init__(self):
        self.files = {}     # name -> bytes, as dropped
        self.sound = {}     # name -> (kind, bytes unpacked)
        self.broken = set()
        self.twins = []     # pairs of the same bytes, of which one is loaded
        for month, kind in ((7, "bme280"), (9, "sds011")):
            content = sample(kind, rows=6000, defects=30, start=f"2017-0{month}-01")
            for number, part in enumerate(cut(content, 120)):
                pack = {3: gzip.compress, 4: zstd}.get(number % 10, bytes)
                self.add_sound(kind, f"{kind}-{number:03}.csv", part, pack)
            for number in range(0, 120, 15):
                name = f"{kind}-{number:03}.csv"
                self.add_sound(kind, f"{kind}-{number:03}-again.csv", self.files[name], bytes)
                self.twins.append((name, f"{kind}-{number:03}-again.csv"))
        for number, part in enumerate(cut(sample(rows=200, start="2017-11-01", defects=0), 5)):
            self.add_sound("bme280", f"bme280-bad-{number}.csv", with_bad_rows_only(part), bytes)
        # The last row is missing, so it is another file; its rows are there already, or will be.
        part = cut(sample(rows=100, start="2017-12-01", defects=0), 2)[0]
        self.add_sound("bme280", GROWN[1], part, bytes)
        self.add_sound("bme280", GROWN[0], b"".join(part.splitlines(True)[:-1]), bytes)
        self.add_broken(sample(rows=300, start="2018-02-01", defects=0))

    def add_sound(self, kind, name, content, pack):
        self.files[name] = pack(content)
        self.sound[name] = kind, content

    def add_broken(self, content):
        generator = random.Random(1)
        for number in range(4):
            for name, broken in {
                f"bme280-empty-{number}.csv": b"\n" * number,
                f"bme280-headless-{number}.csv": b"".join(content.splitlines(True)[1 + number:]),
                f"sds011-garbage-{number}.csv": generator.randbytes(3000 + number),
                f"bme280-torn-{number}.csv.gz": gzip.compress(content)[:3000 - number],
                f"bme280-quote-{number}.csv": content + b'51,2266,"1140%d' % number,
                f"sds011-column-{number}.csv": content.replace(b"pressure", b"presure%d" % number, 1),
                f"notes-{number}.txt": b"Milk %d\nBread\n" % number,
            }.items():
                self.files[name] = broken
                self.broken.add(name)


class Batches(Workplace):
    @classmethod
    def setUpClass(cls):
        cls.inbox = Inbox()

    def drop_all(self):
        names = list(self.inbox.files)
        random.Random(2).shuffle(names)
        for name in names:
            self.drop(name, self.inbox.files[name])

    def loaded_files(self):
        """Of twins the one that came first; all else that is sound."""
        names = set(self.inbox.sound) & set(self.ledger())
        for twins in self.inbox.twins:
            self.assertEqual(len(names & set(twins)), 1, twins)
        self.assertEqual(len(self.inbox.sound) - len(names), len(self.inbox.twins))
        return names

    def rows_known(self, ledger):
        """File -> rows of it that an earlier one had brought: those that both files of GROWN have."""
        first = min(GROWN, key=list(ledger).index)
        rows = {name: len(judge("bme280", self.inbox.sound[name][1])[0]) for name in GROWN}
        return {next(name for name in GROWN if name != first): rows[GROWN[0]]}

    def assert_each_row_is_once_somewhere(self):
        loaded = self.loaded_files()
        per_file = lambda query: dict(self.sql(query))
        readings = collections.Counter(self.sql(
            "SELECT key, to_char(ts AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM sp.reading"
            " JOIN sp.sensor USING (sensor_id)"))
        per_ingest = per_file("SELECT name, count(*) FROM sp.reading JOIN sp.ingest USING (ingest_id) GROUP BY 1")
        rejections = per_file("SELECT name, count(*) FROM sp.rejection JOIN sp.ingest USING (ingest_id) GROUP BY 1")
        metrics = per_file("SELECT name, sum(n) FROM sp.file_statistics GROUP BY 1")
        self.assert_metrics_are_those_of_the_readings()
        expected, ledger = collections.Counter(), self.ledger()
        self.assertEqual(set(ledger), loaded)
        known = self.rows_known(ledger)
        self.assertEqual({name: int(n) for name, n in self.sql(
            "SELECT name, rows_known FROM sp.ingest WHERE rows_known > 0")}, known)
        for name in loaded:
            kind, content = self.inbox.sound[name]
            valid, rejected, violations, values = judge(kind, content)
            bad, here_already = max(len(rejected) - 1, 0), known.get(name, 0)
            expected.update(valid[here_already:])
            new = len(valid) - here_already
            self.assertEqual(ledger[name], (len(valid) + bad, len(valid), bad, new, here_already), name)
            self.assertEqual(int(per_ingest.get(name, 0)), new, name)
            self.assertEqual(int(rejections.get(name, 0)), violations, name)
            self.assertEqual(int(metrics.get(name, 0)), values if here_already == 0 else VALUES * new, name)
            self.assert_quarantined(name, rejected, violations)
        self.assertEqual(readings, expected)
        print(f"{len(loaded)} files, {sum(readings.values())} readings, {len(self.inbox.broken)} broken files")

    def assert_quarantined(self, name, lines, violations):
        path = self.folder / "quarantine" / name
        self.assertEqual(path.exists(), bool(lines), name)
        if lines:
            self.assertEqual(path.read_bytes(), b"".join(lines), name)
            self.assertEqual(len(self.reasons(name)), violations, name)

    def assert_each_file_is_in_its_place(self):
        refused = self.inbox.broken
        self.assertEqual(set(self.names("done")), set(self.inbox.files) - refused)
        for name in self.names("done"):
            self.assertEqual((self.folder / "done" / name).read_bytes(), self.inbox.files[name], name)
        for name in refused:
            self.assertEqual((self.folder / "quarantine" / name).read_bytes(), self.inbox.files[name], name)
            self.assertEqual(self.reason(name)["status"], 65, name)
            self.assertNotIn(self.reason(name)["reason"], ("", "exit status 65 (DATAERR)"), name)
        self.assertEqual({name.removesuffix(".reason.json") for name in self.names("quarantine")
                          if name.endswith(".reason.json")}, refused)
        self.assertEqual(self.names("failed") + self.names("work"), [])

    def assert_all_is_well(self):
        self.assert_each_row_is_once_somewhere()
        self.assert_each_file_is_in_its_place()

    def test_every_file_has_its_own_fate(self):
        self.drop_all()
        self.start_watching("--batch", "40", "--jobs", "2")
        self.await_all()
        self.assert_all_is_well()
        for name in {name for twins in self.inbox.twins for name in twins} - set(self.ledger()):
            self.assertFalse((self.folder / "quarantine" / name).exists(), name)
        transactions = int(self.sql("SELECT count(DISTINCT xmin::text) FROM sp.ingest")[0][0])
        self.assertLess(transactions, len(self.ledger()) / 4)
        self.assert_rows_are_counted()

    def test_what_was_loaded_when_the_watcher_died_is_counted_once(self):
        """It dies when the command has ended, which is not run again for nothing; twins and copies load nothing."""
        names = {*GROWN, *self.inbox.twins[0], "bme280-bad-0.csv", "sds011-001.csv"}
        for name in names:
            self.drop(name, self.inbox.files[name])
        died, command = self.base / "died", self.base / "load-and-kill"
        command.write_text(f'#!/bin/bash\nsp-pipeline --quiet "$@" || exit\n'
                           f'[[ -e {died} ]] || {{ touch {died}; kill -9 $PPID; }}\n')
        command.chmod(0o755)
        watch = ("sp-watch", "--once", "--quiet", "--settle", "0s", "--batch", "10", str(self.folder), "--",
                 str(command), "{+}")
        self.run_tool(*watch, status=-signal.SIGKILL)
        self.assertEqual((set(self.names("work")), self.count("ingest")), (names, len(names) - 1))
        wait_until(lambda: subprocess.run(watch, env=self.environment).returncode == 0, "the command is over")
        self.drop("copy.csv", self.inbox.files["sds011-001.csv"])
        self.run_tool(*watch)
        self.assertEqual(set(self.names("done")), names | {"copy.csv"})
        self.assert_rows_are_counted()

    def assert_rows_are_counted(self):
        """As the ledger has them; what is written last at the end of the watcher."""
        self.stop_watching()
        page = self.run_tool("sp-watch", "--status", "--format", "prometheus", str(self.folder)).stdout.decode()
        counted = {result: int(number) for result, number in
                   re.findall(r'^sp_watch_rows_total\{dir="[^"]*",result="(\w+)"\} (\d+)$', page, re.MULTILINE)}
        [ledger] = self.sql("SELECT sum(rows_loaded), sum(rows_known), sum(rows_rejected) FROM sp.ingest")
        self.assertEqual(counted, dict(zip(("loaded", "known", "rejected"), map(int, ledger))))
        self.assertGreater(counted["rejected"], 0)

    def test_killed_in_the_middle(self):
        self.drop_all()
        for seconds in (0.7, 1.2):
            self.start_watching("--batch", "40", "--jobs", "2", "--max-attempts", "20")
            wait_until(lambda: self.names("work"), "there is work")
            time.sleep(seconds)
            os.killpg(self.watcher.pid, signal.SIGKILL)
            self.watcher.wait(PATIENCE)
        self.start_watching("--batch", "40", "--jobs", "2")
        self.await_all()
        self.assert_all_is_well()


if __name__ == "__main__":
    unittest.main(verbosity=2)
