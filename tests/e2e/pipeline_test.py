"""Files of every kind through sp-watch, sp-pipeline and the database."""
import bz2
import collections
import csv
import gzip
import io
import lzma
import math
import subprocess
import unittest
from urllib.parse import unquote

from workplace import SOURCE, Workplace, cut, sample

RANGES = {"pressure": (30000, 110000), "temperature": (-50, 50), "humidity": (0, 100)}


def judge(content):
    """The rows of a BME280 sample: valid ones, rejected ones, and how often each check failed."""
    valid, rejected, violations = [], [], collections.Counter()
    for row in csv.DictReader(io.StringIO(content.decode())):
        failed = [(field, limit) for field, (low, high) in RANGES.items()
                  for limit, bad in (("minimum", float(row[field]) < low),
                                     ("maximum", float(row[field]) > high)) if bad]
        violations.update(failed)
        (rejected if failed else valid).append(row)
    return valid, rejected, violations


def statistics(rows, field, factor=1.0):
    """Sensor -> n, min, max, mean, stddev, in exact sums."""
    values = collections.defaultdict(list)
    for row in rows:
        values[row["sensor_id"]].append(float(row[field]) * factor)
    result = {}
    for sensor, numbers in values.items():
        mean = math.fsum(numbers) / len(numbers)
        squares = math.fsum((number - mean) ** 2 for number in numbers)
        result[sensor] = (len(numbers), min(numbers), max(numbers), mean,
                          math.sqrt(squares / (len(numbers) - 1)))
    return result


class Pipeline(Workplace):
    def test_a_file_with_defects(self):
        content = sample(rows=20000, defects=5)
        valid, rejected, violations = judge(content)
        self.assertGreater(len(rejected), 100)
        self.start_watching()
        self.drop("2017-07_bme280sof.csv", content)
        self.await_all()

        self.assertEqual(self.ledger(), {"2017-07_bme280sof.csv":
                                         (20000, len(valid), len(rejected), len(valid), 0)})
        self.assertEqual(self.count("reading"), len(valid))
        self.assertEqual((self.folder / "done/2017-07_bme280sof.csv").read_bytes(), content)

        quarantined = (self.folder / "quarantine/2017-07_bme280sof.csv").read_bytes()
        header, *lines = content.splitlines(keepends=True)
        indexes = {row[""] for row in rejected}
        self.assertEqual(quarantined, b"".join(
            [header, *(line for line in lines if line.split(b",")[0].decode() in indexes)]))
        reasons = self.reasons("2017-07_bme280sof.csv")
        self.assertEqual(violations, collections.Counter(
            (reason["field"], reason["constraint"]) for reason in reasons))
        self.assertEqual(violations, {(field, limit): int(n) for field, limit, n in self.sql(
            'SELECT field, "constraint", rows FROM sp.rejects_by_reason')})
        self.assert_metrics_are_those_of_the_readings()

    def test_statistics_are_exact_over_parts(self):
        content = sample(rows=12000, defects=5)
        valid, _, _ = judge(content)
        self.start_watching("--jobs", "2")
        for number, part in enumerate(cut(content, 10)):
            self.drop(f"bme280-{number}.csv", part)
        self.await_all()
        self.assertEqual(len(self.ledger()), 10)
        for field, factor in (("pressure", 0.01), ("temperature", 1.0), ("humidity", 1.0)):
            expected = statistics(valid, field, factor)
            rows = self.sql("SELECT key, n, min, max, mean, stddev FROM sp.sensor_statistics"
                            f" WHERE source = 'sensor.community' AND quantity = '{field}'")
            self.assertEqual(len(rows), len(expected))
            for sensor, *numbers in rows:
                for got, want in zip(map(float, numbers), expected[sensor], strict=True):
                    self.assertTrue(math.isclose(got, want, rel_tol=1e-9), (field, sensor, got, want))

    def test_the_same_file_again_loads_nothing(self):
        content = sample(rows=2000, defects=20)
        self.start_watching()
        self.drop("bme280.csv", content)
        self.await_all()
        before = self.count("reading"), self.count("metric"), self.count("rejection"), self.ledger()
        for name in ("bme280.csv", "bme280-again.csv"):
            self.drop(name, content)
            self.await_all()
        after = self.count("reading"), self.count("metric"), self.count("rejection"), self.ledger()
        self.assertEqual(before, after)
        self.assertEqual(len(self.names("done")), 3)
        # The rejects lie in quarantine once.
        self.assertEqual(self.names("quarantine"), ["bme280.csv", "bme280.csv.errors.ndjson"])
        self.assertIn("already", self.log.read_text())

    def test_two_files_of_one_name_keep_both_rejects(self):
        first, second = (sample(rows=2000, defects=20, start=f"2017-0{month}-01") for month in (7, 8))
        self.start_watching()
        for content in (first, second):
            self.drop("bme280.csv", content)
            self.await_all()
        self.assertEqual(len(self.names("done")), 2)
        rejects = [(self.folder / "quarantine" / name).read_bytes() for name in self.names("quarantine")
                   if not name.endswith(".errors.ndjson")]
        self.assertEqual(sorted(len(text.splitlines()) - 1 for text in rejects),
                         sorted(len(judge(content)[1]) for content in (first, second)))

    def test_sds011_goes_the_same_way(self):
        self.start_watching()
        self.drop("2017-07_sds011sof.csv", sample("sds011", rows=5000, defects=5))
        self.await_all()
        read, passed, rejected, loaded, not_loaded = self.ledger()["2017-07_sds011sof.csv"]
        self.assertEqual((read, passed + rejected, loaded, not_loaded), (5000, 5000, passed, 0))
        self.assertGreater(rejected, 0)
        self.assertEqual({("SDS011",)}, set(self.sql("SELECT DISTINCT sensor_type FROM sp.sensor")))
        self.assertEqual([("pm10", "ug/m3"), ("pm2_5", "ug/m3")], self.sql(
            "SELECT DISTINCT quantity, unit FROM sp.sensor_statistics ORDER BY 1"))

    def test_the_header_chooses_the_schema_where_the_name_does_not(self):
        self.start_watching()
        self.drop("a.csv", sample("sds011", rows=100, defects=0))
        self.drop("b.csv.gz", gzip.compress(sample("bme280", rows=100, defects=0)))
        self.await_all()
        self.assertEqual(self.ledger(), {name: (100, 100, 0, 100, 0) for name in ("a.csv", "b.csv.gz")})

    def test_packed_files(self):
        def zstd(content):
            return subprocess.run(["zstd", "-q"], input=content, capture_output=True, check=True).stdout

        content, ways = {}, {"zst": zstd, "gz": gzip.compress, "xz": lzma.compress, "bz2": bz2.compress}
        self.start_watching()
        for month, (ending, pack) in enumerate(ways.items(), 1):
            content[ending] = sample(rows=2000, defects=20, seed=month, start=f"2017-0{month}-01")
            self.drop(f"bme280-{month}.csv.{ending}", pack(content[ending]))
        self.await_all()
        for month, ending in enumerate(ways, 1):
            valid, rejected, _ = judge(content[ending])
            self.assertEqual(self.ledger()[f"bme280-{month}.csv.{ending}"],
                             (2000, len(valid), len(rejected), len(valid), 0))
            self.assertEqual(len((self.folder / f"quarantine/bme280-{month}.csv").read_text().splitlines()), 1 + len(rejected))

    def test_a_file_of_a_terabyte_that_is_refused_is_not_read(self):
        with open(self.base / "bme280.csv", "wb") as file:
            file.truncate(1 << 40)  # an hour of summing up
        said = self.run_tool("sp-pipeline", "--schema", SOURCE / "examples/sofia/bme280.schema.json", "bme280.csv",
                             cwd=self.base, status=65, timeout=120)
        self.assertIn(b"--max-row-bytes", said.stderr)
        self.assert_nothing_committed()

    def test_files_that_cannot_be_read_go_to_quarantine_whole(self):
        sound = sample(rows=50, defects=0)
        files = {
            "bme280-binary.csv": bytes(range(256)) * 64,
            "bme280-quote.csv": sound + b'51,2266,"1140',
            "bme280-empty.csv": b"",
            "bme280-column.csv": sound.replace(b"pressure", b"presure", 1),
            "bme280-torn.csv.gz": gzip.compress(sample(rows=2000))[:9000],
            "notes.txt": b"Milk\nBread\n",
        }
        self.start_watching()
        for name, content in files.items():
            self.drop(name, content)
        self.await_all()
        for name, content in files.items():
            self.assertEqual((self.folder / "quarantine" / name).read_bytes(), content, name)
            reason = self.reason(name)
            self.assertEqual(reason["status"], 65, name)
            self.assertIn("error: ", reason["stderr"], name)
        self.assertEqual(self.names("done"), [])
        self.assert_nothing_committed()

    def test_a_file_without_a_valid_row_leaves_each_in_quarantine_with_its_reason(self):
        bad = (b'{"":1,"sensor_id":5,"location":7,"lat":42.5,"lon":23.5,"timestamp":"2017-07-01T09:36:09",'
               b'"pressure":95000.5,"temperature":99.5,"humidity":50.0}\n')
        header, row = sample(rows=1, defects=0).splitlines(keepends=True)
        cells = row.split(b",")
        cells[header.split(b",").index(b"temperature")] = b"99.5"
        files = {"bme280-1.ndjson": bad, "bme280-2.ndjson": bad.replace(b":5,", b":6,") * 3,
                 "bme280.csv": header + b",".join(cells)}
        self.start_watching()
        for name, content in files.items():
            self.drop(name, content)
            self.await_all()
        self.assertEqual(self.names("done"), sorted(files))
        for name, content in files.items():
            rows = content.count(b"\n") - name.endswith("csv")
            self.assertEqual((self.folder / "quarantine" / name).read_bytes(), content)
            self.assertEqual([reason["field"] for reason in self.reasons(name)], ["temperature"] * rows)
            self.assertEqual(self.ledger()[name], (rows, 0, rows, 0, 0))

    def test_the_first_valid_object_need_not_have_every_member(self):
        whole = (b'{"":1,"sensor_id":5,"location":7,"lat":42.5,"lon":23.5,"timestamp":"2017-07-01T09:36:09",'
                 b'"pressure":95000.5,"temperature":99.5,"humidity":50.0}\n')
        lacking = whole.replace(b"99.5", b"20").replace(b',"humidity":50.0', b"").replace(b":5,", b":6,")
        self.start_watching()
        self.drop("bme280.ndjson", whole + lacking + whole.replace(b"99.5", b"21"))
        self.await_all()
        self.assertEqual(self.ledger(), {"bme280.ndjson": (3, 2, 1, 2, 0)})

    def test_a_mended_file_is_loaded_when_it_is_dropped_again(self):
        content = sample(rows=2000, defects=20)
        self.start_watching()
        self.drop("bme280.csv", content)
        self.await_all()
        rejects = (self.folder / "quarantine/bme280.csv").read_bytes()
        mended = rejects.replace(b"-145.12", b"20.0").replace(b"117638.84", b"95000.0")
        self.drop("bme280-mended.csv", mended)
        self.await_all()
        _, rejected, _ = judge(content)
        valid_now, rejected_now, _ = judge(mended)
        self.assertGreater(len(valid_now), 0)
        self.assertEqual(self.ledger()["bme280-mended.csv"],
                         (len(rejected), len(valid_now), len(rejected_now), len(valid_now), 0))

    def test_rejected_rows_of_a_file_that_grows_lie_there_once(self):
        lines = sample(rows=600, defects=30).splitlines(keepends=True)
        self.start_watching()
        for end in (200, 400, 601):
            self.drop("bme280.csv", b"".join(lines[:end]))
            self.await_all()
            rejects = [name for name in self.names("quarantine") if not name.endswith(".ndjson")]
            self.assertEqual(len(self.names("quarantine")), 2)
            rows = (self.folder / "quarantine" / rejects[0]).read_bytes().splitlines(keepends=True)
            _, rejected, _ = judge(b"".join(lines[:end]))
            self.assertEqual((rows[0], len(rows) - 1), (lines[0], len(rejected)))
        # Other rows of that name are no state of it.
        self.drop("bme280.csv", sample(rows=300, defects=30, start="2017-09-01"))
        self.await_all()
        self.assertEqual(len(self.names("quarantine")), 4)

    def test_names_are_only_names(self):
        names = ["--help.bme280.csv", "a b'c\"d.bme280.csv", "$(touch hacked).bme280.csv",
                 "zeile\numbruch.bme280.csv", "größe.bme280.csv", "*.bme280.csv", "{}.bme280.csv",
                 "back\\slash.bme280.csv"]
        self.start_watching()
        for month, name in enumerate(names, 1):
            self.drop(name, sample(rows=500, defects=100, start=f"2017-{month:02}-01"))
        self.await_all()
        # sp-watch spells bytes that JSON, terminals or scripts would trip over as %XX.
        self.assertEqual(sorted(map(unquote, self.names("done"))), sorted(names))
        self.assertEqual(sorted(map(unquote, self.names("quarantine"))),
                         sorted([*names, *(f"{name}.errors.ndjson" for name in names)]))
        self.assertEqual(sorted(map(unquote, self.ledger())), sorted(names))

    def test_by_hand_rejects_lie_beside_the_file(self):
        first, second = (sample(rows=500, defects=100, start=f"2017-0{month}-01") for month in (7, 8))
        file = self.base / "bme280.csv"
        for content in (first, second, first):
            file.write_bytes(content)
            self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base)
            self.assertEqual(file.read_bytes(), content)
        kept = sorted(path.name for path in (self.base / "quarantine").iterdir())
        self.assertEqual(kept, ["bme280.csv", "bme280.csv.errors.ndjson",
                                "bme280.csv.errors.ndjson.~1~", "bme280.csv.~1~"])
        self.assertEqual(self.count("ingest"), 2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
