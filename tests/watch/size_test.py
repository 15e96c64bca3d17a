"""--max-file-bytes: files that are too large for any command."""
import subprocess
import unittest

import inbox

SMALL = "exit 0\n"
LARGE = SMALL + "#" * 1000


class Sizes(inbox.Inbox):
    def test_a_larger_file_goes_to_quarantine_without_a_run(self):
        self.drop("large.csv", LARGE)
        self.drop("small.csv", SMALL)
        done = self.once("--max-file-bytes", "500")
        self.assertEqual(done.returncode, 65)
        self.assertEqual(sorted(self.everything()), [("done", "small.csv"), ("quarantine", "large.csv")])
        self.assertEqual((self.dir / "quarantine/large.csv").read_text(), LARGE)
        why = "1007 bytes, more than the 500 of --max-file-bytes"
        reason = self.reason("large.csv")
        self.assertEqual((reason["file"], reason["reason"], set(reason)),
                         ("large.csv", why, {"job", "file", "time", "reason", "taken", "attempts"}))
        self.assertEqual([step["event"] for step in self.journal() if step.get("job") == "large.csv"],
                         ["taken", "quarantine"])
        self.assertEqual([step["why"] for step in self.journal("quarantine")], [why])
        self.assertIn(f"large.csv: {why}: moved to quarantine/\n".encode(), done.stderr)

    def test_the_limit_itself_is_no_larger_file(self):
        self.drop("a.csv", LARGE)
        self.assertEqual(self.once("--max-file-bytes", str(len(LARGE))).returncode, 0)

    def test_units(self):
        for size, status in (("1kB", 65), ("1KiB", 0), ("1GB", 0), ("0", 0)):
            with self.subTest(size):
                self.drop(f"{size}.csv", LARGE)
                self.assertEqual(self.once("--max-file-bytes", size).returncode, status)
        for wrong in ("1 parsec", "-1", "x", ""):
            with self.subTest(wrong):
                self.assertEqual(self.once(f"--max-file-bytes={wrong}").returncode, 64)

    def test_of_a_batch_only_the_large_one(self):
        for name in ("a.csv", "c.csv"):
            self.drop(name, SMALL)
        self.drop("b.csv", LARGE)
        done = self.once("--batch", "10", "--max-file-bytes", "500", command=["true", "{+}"])
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertEqual(self.names("done"), {"a.csv", "c.csv"})
        self.assertEqual(self.names("quarantine"), {"b.csv", "b.csv.reason.json"})
        self.assertEqual([step["files"] for step in self.journal("run")], [2, 2])

    def test_a_file_that_waits_for_its_next_try_is_measured_too(self):
        self.drop("a.csv", "exit 75\n" + LARGE)
        self.assertEqual(self.once().returncode, 75)
        self.assertEqual(self.names("work"), {"a.csv"})
        self.assertEqual(self.once("--max-file-bytes", "500").returncode, 65)
        self.assertEqual(self.names("work"), set())
        self.assertEqual(len(self.journal("run")), 1)

    def test_a_service_goes_on(self):
        child = self.watch("--max-file-bytes", "500")
        for n in range(3):
            self.drop(f"large{n}.csv", LARGE)
            self.drop(f"small{n}.csv", SMALL)
        self.wait_for("done", *(f"small{n}.csv" for n in range(3)))
        self.wait_for("quarantine", *(f"large{n}.csv" for n in range(3)))
        self.assertEqual(self.stop(child), 0)

    def test_a_quarantine_that_takes_nothing_leaves_it_in_work(self):
        self.once()
        quarantine = self.dir / "quarantine"
        if subprocess.run(["chattr", "+i", quarantine], capture_output=True).returncode != 0:
            self.skipTest("this file system or user cannot make a folder immutable (chattr +i)")
        try:
            self.drop("a.csv", LARGE)
            done = self.once("--max-file-bytes", "500")
        finally:
            subprocess.run(["chattr", "-i", quarantine], check=True)
        self.assertEqual(done.returncode, 75, done.stderr)
        self.assertEqual(self.everything(), [("work", "a.csv")])
        self.assertIn(b"Operation not permitted", done.stderr)
        self.assertEqual(self.once("--max-file-bytes", "500").returncode, 65)
        self.assertEqual(self.everything(), [("quarantine", "a.csv")])


if __name__ == "__main__":
    unittest.main()
