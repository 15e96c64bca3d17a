"""What sp-pipeline, the script, says by itself: help, version, and the cause where several stages complain."""
import unittest

from workplace import Workplace, sample


class Script(Workplace):
    def test_help_and_version(self):
        usage = self.run_tool("sp-pipeline", "--help").stdout.decode()
        for word in ("--schema", "--quiet", "SP_SCHEMA_DIR", "SP_QUARANTINE", "SP_TMPDIR", "SP_OUTCOMES", "PGHOST"):
            self.assertIn(word, usage)
        version = self.run_tool("sp-pipeline", "--version").stdout.decode()
        self.assertRegex(version, r"^sp-pipeline \d+\.\d+\.\d+\n$")

    def test_wrong_flags(self):
        for flags in ([], ["--schema"], ["--quite", "x.csv"]):
            said = self.run_tool("sp-pipeline", *flags, status=64).stderr.decode()
            self.assertIn("usage: sp-pipeline", said)
        self.assertIn("no option --quite", said)

    def test_quiet_says_nothing_of_what_went_well(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))
        self.assertEqual(self.run_tool("sp-pipeline", "--quiet", "bme280.csv", cwd=self.base).stderr, b"")
        again = self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base).stderr.decode()
        self.assertIn("already loaded", again)

    def test_rejected_rows_of_a_known_file_lie_in_quarantine_once_but_surely(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))
        self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base)
        quarantine = self.base / "quarantine"
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"bme280.csv", "bme280.csv.errors.ndjson"})
        (self.base / "again-bme280.csv").write_bytes((self.base / "bme280.csv").read_bytes())
        for name in ("bme280.csv", "again-bme280.csv"):
            self.run_tool("sp-pipeline", name, cwd=self.base)
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"bme280.csv", "bme280.csv.errors.ndjson"})
        # Whoever took them away before the move, or died there: they are not lost.
        for file in quarantine.iterdir():
            file.unlink()
        self.run_tool("sp-pipeline", "again-bme280.csv", cwd=self.base)
        self.assertEqual({f.name for f in quarantine.iterdir()},
                         {"again-bme280.csv", "again-bme280.csv.errors.ndjson"})

    def test_the_cause_comes_last(self):
        broken = sample(rows=10).replace(b"sensor_id", b"sensor", 1)
        (self.base / "bme280.csv").write_bytes(broken)
        said = self.run_tool("sp-pipeline", "bme280.csv", status=65, cwd=self.base).stderr.decode()
        lines = said.splitlines()
        self.assertGreater(len(lines), 2)  # the stages behind complain too
        # sp-validate's, or sp-transform's where that was quicker and took the pipe away.
        self.assertRegex(lines[-1], r"^cause: sp-(validate|transform): error: .*column 'sensor_id'")
        # sp-watch keeps it.
        self.drop("bme280.csv", broken)
        self.run_tool("sp-watch", "--once", "--quiet", str(self.folder), "--", "sp-pipeline", "{}", status=65)
        kept = self.reason("bme280.csv")["stderr"].splitlines()
        self.assertRegex(kept[-1], r"^cause: sp-.*column 'sensor_id'")


if __name__ == "__main__":
    unittest.main(verbosity=2)
