"""--once, --status, wrong flags."""
import json
import os
import subprocess
import time
import unittest

import inbox


class Once(inbox.Inbox):
    def test_an_empty_folder(self):
        began = time.monotonic()
        self.assertEqual(self.once("--settle", "10s").returncode, 0)
        self.assertLess(time.monotonic() - began, 2)

    def test_status_of_the_whole(self):
        for contents, status in ((["exit 0\n"], 0), (["exit 0\n", "exit 65\n"], 65),
                                 (["exit 65\n", "exit 75\n", "exit 0\n"], 75), (["exit 78\n"], 75)):
            with self.subTest(contents):
                for i, content in enumerate(contents):
                    self.drop(f"{i}.csv", content)
                self.assertEqual(self.once().returncode, status)
                for name in self.names("work"):
                    os.unlink(self.dir / "work" / name)

    def test_a_file_that_failed_for_good(self):
        self.drop("a.csv", "exit 70\n")
        self.assertEqual(self.once("--max-attempts", "1").returncode, 70)

    def test_each_file_is_tried_once_also_where_its_next_try_is_later(self):
        self.drop("a.csv", "exit 75\n")
        for _ in range(3):
            self.assertEqual(self.once("--retry-first", "1h", "--retry-max", "1h").returncode, 75)
        self.assertEqual(len(self.journal("run")), 3)

    def test_it_waits_for_files_to_settle(self):
        self.drop("a.csv")
        began = time.monotonic()
        self.assertEqual(self.once("--settle", "300ms").returncode, 0)
        self.assertGreater(time.monotonic() - began, 0.29)
        self.assertEqual(self.names("done"), {"a.csv"})

    def test_a_file_that_is_being_written_is_left(self):
        with open(self.dir / "a.csv", "w") as file:
            file.write("exit 0\n")
            file.flush()
            self.assertEqual(self.once().returncode, 75)
        self.assertEqual(self.names(), {"a.csv"})
        self.assertEqual(self.once().returncode, 0)

    def test_what_another_watcher_works_on_is_its_business(self):
        self.drop("a.csv", "sleep 1\n")
        child = self.watch()
        inbox.wait_until(lambda: self.journal("run"), "it runs")
        self.assertEqual(self.once().returncode, 0)
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(len(self.journal("run")), 1)

    def test_a_thousand_files(self):
        for i in range(1000):
            (self.dir / f"{i}.csv").touch()
        self.assertEqual(self.once("--jobs", "4", "--quiet", command=["true"]).returncode, 0)
        self.assertEqual(len(self.names("done")), 1000)

    def test_status_tells_what_is_where(self):
        for name, content in (("done.csv", "exit 0\n"), ("bad.csv", "exit 65\n"), ("again.csv", "exit 75\n")):
            self.drop(name, content)
        self.once("--retry-first", "10s", "--retry-max", "10s")
        child = self.watch("--retry-max", "10s", "--retry-first", "10s", "--match", "*.csv")
        self.drop("runs.csv", "sleep 5\n")
        inbox.wait_until(lambda: [s for s in self.journal("run") if s["job"] == "runs.csv"], "it runs")
        self.drop("waits.csv")
        out = subprocess.run([inbox.SP_WATCH, "--status", "--format", "json", self.dir], check=True,
                             capture_output=True).stdout
        status = json.loads(out)
        self.assertEqual({place: status[place] for place in
                          ("waiting", "running", "retrying", "done", "quarantine", "failed")},
                         {"waiting": 1, "running": 1, "retrying": 1, "done": 1, "quarantine": 1, "failed": 0})
        self.assertEqual([(job["job"], job["running"], job["attempts"]) for job in status["jobs"]],
                         [("runs.csv", True, 0), ("again.csv", False, 1)])
        self.assertTrue(status["watched"])
        table = subprocess.run([inbox.SP_WATCH, "--status", self.dir], check=True, capture_output=True,
                               text=True).stdout
        self.assertRegex(table, r"watched +yes\nwaiting +1 .*\nrunning +1 .*\nretrying +1 .*\ndone +1  the last one at \S+Z\n")
        self.assertRegex(table, r"runs.csv: running, attempt 1\n"
                         r"again.csv: attempt 1: exit status 75 \(TEMPFAIL\); next try in [0-9.]+ s\n")
        child.kill()

    def test_status_tells_rejected_rows_from_refused_files(self):
        reject = 'for end in "" .errors.ndjson; do echo row >"$SP_QUARANTINE/${0##*/}$end"; done\n'
        for name, content in (("a.csv", reject), ("b.csv", reject), ("bad.csv", "exit 65\n"),
                              ("both.csv", reject + "exit 65\n"), ("good.csv", "exit 0\n")):
            self.drop(name, content)
        self.once()
        (self.dir / "quarantine/gone.csv.errors.ndjson").touch()
        out = subprocess.run([inbox.SP_WATCH, "--status", "--format", "json", self.dir], check=True,
                             capture_output=True).stdout
        status = json.loads(out)
        self.assertEqual({place: status[place] for place in ("done", "quarantine", "rejects", "failed")},
                         {"done": 3, "quarantine": 2, "rejects": 3, "failed": 0})
        table = subprocess.run([inbox.SP_WATCH, "--status", self.dir], check=True, capture_output=True,
                               text=True).stdout
        self.assertRegex(table, r"^watched +by nobody\n")
        self.assertRegex(table, r"\nquarantine +2 .*\nrejects +3 .*\nfailed +0 *\n")

    def test_status_creates_nothing(self):
        subprocess.run([inbox.SP_WATCH, "--status", self.dir], check=True, capture_output=True)
        self.assertEqual(os.listdir(self.dir), [])

    def test_a_command_that_cannot_do_is_warned_of_before_the_first_file(self):
        for command, says in ((["sp-no-such", "{}"], "sp-no-such is no program"), (["./no", "{}"], "./no is no"),
                              (["true"], "holds {}"), (["true", "{}"], None), (["/bin/true", "x={}"], None)):
            said = self.once(command=command).stderr.decode()
            self.assertEqual("warning" in said, says is not None, said)
            self.assertIn(says or "", said)

    def test_wrong_flags(self):
        for flags, says in ((["DIR"], "COMMAND"), (["DIR", "--"], "COMMAND"), (["DIR", "--", ""], "COMMAND"),
                            (["--", "true"], "DIR"), (["DIR", "true"], "true"),
                            (["", "--", "true"], "DIR is empty"), (["--status", ""], "DIR is empty"),
                            (["--match", "", "DIR", "--", "true"], "--match is empty"),
                            (["--settle", "5x", "DIR", "--", "true"], "5x"),
                            (["--interval", "0", "DIR", "--", "true"], "shortest"),
                            (["--jobs", "0", "DIR", "--", "true"], "jobs"),
                            (["--max-attempts", "0", "DIR", "--", "true"], "max-attempts"),
                            (["--nonsense", "DIR", "--", "true"], "nonsense")):
            with self.subTest(flags):
                done = subprocess.run([inbox.SP_WATCH, *[str(self.dir) if f == "DIR" else f for f in flags]],
                                      capture_output=True, text=True, timeout=inbox.PATIENCE)
                self.assertEqual(done.returncode, 64, done.stderr)
                self.assertIn(says, done.stderr)
        self.assertEqual(os.listdir(self.dir), [])

    def test_a_folder_that_is_not_there(self):
        done = subprocess.run([inbox.SP_WATCH, str(self.dir / "no"), "--", "true"], capture_output=True,
                              text=True, timeout=inbox.PATIENCE)
        self.assertEqual(done.returncode, 66)
        self.assertIn(str(self.dir / "no"), done.stderr)

    def test_folders_of_ours_that_are_links_are_refused(self):
        (self.base / "elsewhere").mkdir()
        for name in ("work", "done", "quarantine", "failed", ".sp-watch"):
            with self.subTest(name):
                os.symlink(self.base / "elsewhere", self.dir / name)
                done = self.once()
                self.assertEqual(done.returncode, 78, done.stderr)
                self.assertIn(name.encode(), done.stderr)
                os.unlink(self.dir / name)
        self.assertEqual(os.listdir(self.base / "elsewhere"), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
