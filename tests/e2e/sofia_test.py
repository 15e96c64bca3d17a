"""The real file: the answers that are known for it. Skipped where it is not there."""
import csv
import io
import itertools
import math
import os
import pathlib
import subprocess
import unittest

from workplace import SOURCE, Workplace, cut

SOFIA = pathlib.Path(os.environ.get("SP_SOFIA") or "no SP_SOFIA")
PACKED = SOFIA / "2017-07_bme280sof.csv.zst"
NAME = "2017-07_bme280sof.csv"
ROWS = (701548, 696206, 5342, 696206, 0)
VIOLATIONS = {("temperature", "minimum"): 3741, ("temperature", "maximum"): 1339,
              ("pressure", "minimum"): 260, ("pressure", "maximum"): 3743}
# Unit in the database by the raw unit: factor.
FACTOR = {"pressure": 0.01, "temperature": 1.0, "humidity": 1.0}
STATS = ("count", "min", "max", "mean", "stddev")


@unittest.skipUnless(PACKED.exists(), f"the real file is not there: {PACKED}")
class Sofia(Workplace):
    @classmethod
    def setUpClass(cls):
        cls.content = subprocess.run(["zstd", "-dcq", PACKED], check=True, capture_output=True).stdout
        with open(SOFIA / "stats-of-valid-rows.csv", newline="") as file:
            cls.answers = {(row["sensor_id"], row["quantity"]): row for row in csv.DictReader(file)}

    def assert_agrees(self, got, relative, factor):
        """got: (sensor, quantity) -> the numbers of STATS, by name."""
        self.assertEqual(got.keys(), self.answers.keys())
        worst = 0.0
        for key, answer in self.answers.items():
            for stat in STATS:
                want = float(answer[stat]) * (factor[key[1]] if stat != "count" else 1)
                error = abs(float(got[key][stat]) - want) / abs(want) if want else abs(float(got[key][stat]))
                worst = max(worst, error)
                self.assertLessEqual(error, relative, (key, stat, got[key][stat], want))
        print(f"{len(self.answers)} lines agree, greatest relative difference {worst:.2e}")

    def statistics_view(self):
        rows = self.sql("SELECT key, quantity, n, min, max, mean, stddev FROM sp.sensor_statistics")
        return {row[:2]: dict(zip(STATS, row[2:], strict=True)) for row in rows}

    def filtered(self, command, **more):
        """Output of a shell pipeline as rows."""
        result = self.run_tool("bash", "-o", "pipefail", "-c", command, cwd=self.base, **more)
        return list(csv.DictReader(io.StringIO(result.stdout.decode())))

    def test_the_whole_file(self):
        self.start_watching()
        self.drop(NAME, self.content)
        self.await_all()
        self.assertEqual(self.ledger(), {NAME: ROWS})
        self.assertEqual(self.count("reading"), ROWS[3])
        violations = self.sql('SELECT field, "constraint", rows FROM sp.rejects_by_reason')
        self.assertEqual({row[:2]: int(row[2]) for row in violations}, VIOLATIONS)
        self.assert_agrees(self.statistics_view(), 1e-9, FACTOR)
        self.assert_metrics_are_those_of_the_readings()
        seconds = float(self.sql("SELECT extract(epoch FROM committed_at - started_at) FROM sp.ingest")[0][0])
        print(f"{seconds:.2f} s from the first statement to the commit")

        self.drop("another-name.bme280.csv", self.content)
        self.await_all()
        self.assertEqual(self.ledger(), {NAME: ROWS})
        self.assertEqual(self.names("done"), [NAME, "another-name.bme280.csv"])

    def test_ten_parts_give_the_same_view(self):
        self.start_watching("--jobs", "2")
        for number, part in enumerate(cut(self.content, 10)):
            self.drop(f"bme280-part{number}.csv", part)
        self.await_all()
        totals = [sum(column) for column in zip(*self.ledger().values())]
        self.assertEqual(tuple(totals), ROWS)
        self.assert_agrees(self.statistics_view(), 1e-9, FACTOR)

    def test_parts_that_overlap_give_the_same_view(self):
        header, *rows = self.content.splitlines(keepends=True)
        size = -(-len(rows) // 6)
        parts = [b"".join([header, *rows[max(0, at - 10_000):at + size]]) for at in range(0, len(rows), size)]
        self.start_watching("--jobs", "6")
        for number in (3, 0, 5, 2, 1, 4):
            self.drop(f"bme280-part{number}.csv", parts[number])
        self.await_all()
        self.assertEqual(self.count("reading"), ROWS[3])
        self.assertEqual(sum(loaded for _, _, _, loaded, _ in self.ledger().values()), ROWS[3])
        self.assertEqual(sum(read for read, *_ in self.ledger().values()), ROWS[0] + 50_000)
        violations = self.sql('SELECT field, "constraint", rows FROM sp.rejects_by_reason')
        self.assertEqual({row[:2]: int(row[2]) for row in violations}, VIOLATIONS)
        self.assert_agrees(self.statistics_view(), 1e-9, FACTOR)
        self.assert_metrics_are_those_of_the_readings()

    def test_a_corrected_month_and_its_undoing(self):
        """24 values corrected: they can be seen, and come back when the correction is forgotten."""
        (self.base / NAME).write_bytes(self.content)
        self.run_tool("sp-pipeline", "--quiet", NAME, cwd=self.base)
        before = self.statistics_view()
        header, *rows = self.content.splitlines(keepends=True)
        for at in range(1000, 25_000, 1000):
            cells = rows[at].rstrip(b"\n").split(b",")
            cells[7] = b"%.2f" % (float(cells[7]) + 0.25)
            rows[at] = b",".join(cells) + b"\n"
        (self.base / NAME).write_bytes(b"".join([header, *rows]))
        self.run_tool("sp-pipeline", "--quiet", NAME, cwd=self.base, status=65)
        for limit, status in (("23", 65), ("24", 0)):
            self.run_tool("sp-pipeline", "--quiet", "--on-conflict=replace", f"--max-conflicts={limit}",
                          NAME, cwd=self.base, status=status)
        self.assertEqual(self.sql("SELECT kind, count(*) FROM sp.open_disputes GROUP BY 1"), [("replaced", "24")])
        self.assertEqual(self.sql("SELECT rows_known, rows_replaced FROM sp.ingest ORDER BY ingest_id DESC LIMIT 1"),
                         [(str(ROWS[3] - 24), "24")])
        self.assert_metrics_are_those_of_the_readings()
        self.assertNotEqual(self.statistics_view(), before)
        self.sql("SELECT sp.forget_ingest(max(ingest_id)) FROM sp.ingest")
        self.assert_agrees(self.statistics_view(), 1e-9, FACTOR)
        self.assert_metrics_are_those_of_the_readings()

    def test_raw_statistics(self):
        (self.base / NAME).write_bytes(self.content)
        rows = self.filtered(
            f"sp-validate --schema {SOURCE}/examples/sofia/bme280.schema.json --rejects rejects.csv {NAME} |"
            " sp-aggregate --by sensor_id --values pressure,temperature,humidity"
            f" --stats {','.join(STATS)}")
        got = {(row["sensor_id"], row["quantity"]): row for row in rows}
        self.assert_agrees(got, 1e-12, dict.fromkeys(FACTOR, 1.0))

    def test_parts_merged_give_what_one_run_gives(self):
        schema = SOURCE / "examples/sofia/bme280.schema.json"
        for number, part in enumerate(itertools.chain([self.content], cut(self.content, 10))):
            (self.base / f"{number}.csv").write_bytes(part)
        partial = "sp-aggregate --by sensor_id --values pressure,temperature,humidity --partial"
        self.filtered(
            "for part in *.csv; do"
            f"  sp-validate --schema {schema} --rejects rejects.$part $part | {partial} > $part.partial;"
            "done")
        merge = f"sp-aggregate --merge --sort --stats {','.join(STATS)}"
        whole = self.filtered(f"{merge} 0.csv.partial")
        parts = self.filtered(f"{merge} {' '.join(f'{n}.csv.partial' for n in range(1, 11))}")
        self.assertEqual(len(whole), len(self.answers))
        for one, other in zip(whole, parts, strict=True):
            for column, value in one.items():
                if column in ("mean", "stddev"):
                    self.assertTrue(math.isclose(float(value), float(other[column]), rel_tol=1e-12),
                                    (column, one, other))
                else:
                    self.assertEqual(value, other[column], (column, one, other))


if __name__ == "__main__":
    unittest.main(verbosity=2)
