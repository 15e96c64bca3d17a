"""The ledger names the bytes whose rows it holds: a file that changed after a stage read it is not committed.

Every filter as the first stage × forms of the file × ways to change it, with the real programs.
"""
import gzip
import json
import os
import pathlib
import subprocess
import unittest

from database import SP_LOAD, DatabaseTest, readings

ROWS = [(1, "2017-07-01T00:00:00Z", 1.5), (2, "2017-07-31T23:59:59Z", 2.5)]
CSV = readings(ROWS).encode()
NDJSON = b"".join(json.dumps({"sensor_id": s, "ts": t, "temperature": v, "source": "net"}).encode() + b"\n" for s, t, v in ROWS)
FORMS = {"x.csv": CSV, "x.tsv": CSV.replace(b",", b"\t"), "x.ndjson": NDJSON,
         "x.csv.gz": gzip.compress(CSV), "x.utf16.csv": CSV.decode().encode("utf-16")}
CHANGES = {
    "append": lambda content: content + content[-1:],
    "rewrite": lambda content: content[:-2] + bytes([content[-2] ^ 1]) + content[-1:],
    "truncate": lambda content: content[:-3],
    "empty": lambda content: b"",
}
FILTERS = {"sp-validate": [], "sp-transform": ["--to", "csv"],
           "sp-aggregate": ["--by", "sensor_id", "--values", "temperature", "--pass-through"]}


class SourceBytes(DatabaseTest):
    def run_filter(self, name, report, source, stdin=None):
        """Its rows, in a file."""
        program = pathlib.Path(SP_LOAD).parents[1] / name / name
        flags = [*FILTERS[name], *(["--output", os.devnull] if name == "sp-aggregate" else [])]
        done = subprocess.run([program, *flags, "--report", report, source], input=stdin,
                              capture_output=True, check=True)
        form = "ndjson" if done.stdout.startswith(b"{") else "tsv" if b"\t" in done.stdout else "csv"
        return self.write("rows." + form, done.stdout)

    def load_of(self, source, reports, rows, status):
        return self.load("--from", rows.rpartition(".")[2], *self.with_schema(source=source),
                         "--require-report", *reports, "--", f"reading={rows}", status=status)

    def check(self, filter_name, form, change):
        content = FORMS[form]
        source, report = self.write(form, content), str(self.folder / "report.json")
        rows = self.run_filter(filter_name, report, source)
        stamp = os.stat(source)
        pathlib.Path(source).write_bytes(CHANGES[change](content))
        os.utime(source, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))  # times prove nothing
        said = self.load_of(source, [report], rows, 75)
        self.assertIn("was written to after it was read", said)
        self.assertIn(form, said)
        self.assert_nothing_committed()

    def test_a_file_that_changed_after_any_filter_read_it(self):
        for filter_name in FILTERS:
            for form in FORMS:
                for change in CHANGES:
                    with self.subTest(filter=filter_name, form=form, change=change):
                        self.check(filter_name, form, change)

    def test_a_file_that_did_not_change_is_loaded(self):
        for filter_name in FILTERS:
            for form in FORMS:
                with self.subTest(filter=filter_name, form=form):
                    self.sql("TRUNCATE sp.reading, sp.ingest, sp.unmeasured CASCADE")
                    source, report = self.write(form, FORMS[form]), str(self.folder / "report.json")
                    rows = self.run_filter(filter_name, report, source)
                    said = self.load_of(source, [report], rows, 0)
                    self.assertNotIn("written to", said)
                    self.assertEqual(self.count("sp.reading"), 2)

    def test_a_known_file_is_compared_too(self):
        source, report = self.write("x.csv", CSV), str(self.folder / "report.json")
        self.load(*self.with_schema(f"reading={source}", source=source))
        grown = self.write("x.csv", CSV + b"3,2017-08-01T00:00:00Z,1,net\n")
        rows = self.run_filter("sp-validate", report, grown)
        self.write("x.csv", CSV)
        self.load_of(source, [report], rows, 75)

    def test_the_first_stage_that_opened_a_file_counts(self):
        source = self.write("x.csv", CSV)
        first, second = str(self.folder / "t.json"), str(self.folder / "v.json")
        rows = self.run_filter("sp-transform", first, source)
        rows = self.run_filter("sp-validate", second, "-", stdin=pathlib.Path(rows).read_bytes())
        self.write("x.csv", CSV + b"\n")
        self.load_of(source, [first, second], rows, 75)

    def test_what_came_through_a_pipe_is_not_compared(self):
        source, report = self.write("x.zip", b"packed by something else"), str(self.folder / "report.json")
        rows = self.run_filter("sp-validate", report, "-", stdin=CSV)
        self.load_of(source, [report], rows, 0)

    def test_another_file_than_the_source(self):
        source, report = self.write("x.zip", b"packed by something else"), str(self.folder / "report.json")
        rows = self.run_filter("sp-validate", report, self.write("unpacked.csv", CSV))
        said = self.load_of(source, [report], rows, 64)
        self.assertIn("unpacked.csv", said)
        self.assertIn("standard input", said)
        self.assert_nothing_committed()


if __name__ == "__main__":
    unittest.main()
