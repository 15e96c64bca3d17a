"""--retry: files come back from quarantine/ and failed/."""
import os
import subprocess
import time
import unittest

import inbox


class Retry(inbox.Inbox):
    def retry(self, *names, status=0, flags=()):
        done = subprocess.run([inbox.SP_WATCH, *flags, *(f"--retry={name}" for name in names), self.dir],
                              capture_output=True, text=True, errors="surrogateescape", stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stderr

    def refuse(self, name, status=65):
        """Refused, with a command that would take it now."""
        self.drop(name, f"[[ -e {self.base}/mended ]] || exit {status}\n")
        self.once("--max-attempts", "1")

    def mend(self):
        (self.base / "mended").touch()

    def test_from_both_folders_without_a_watcher(self):
        self.refuse("a.csv", 65)
        self.refuse("b.csv", 70)
        taken = {step["job"]: step["taken"] for step in self.journal("taken")}
        said = self.retry("a.csv", "b.csv")
        self.assertIn("no sp-watch runs on the folder", said)
        self.assertEqual(sorted(self.everything()), [("work", "a.csv"), ("work", "b.csv")])
        self.assertEqual(self.names("quarantine") | self.names("failed"), set())
        self.mend()
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(sorted(self.everything()), [("done", "a.csv"), ("done", "b.csv")])
        # It is the same file, and its tries go on.
        for event in ("retried", "resumed", "done"):
            self.assertEqual({step["job"]: step["taken"] for step in self.journal(event)}, taken, event)
        self.assertEqual([step["attempts"] for step in self.journal("retried", "done")], [1, 1, 2, 2])
        self.assertEqual([step["why"] for step in self.journal("retried")],
                         ["given back from quarantine/ by --retry", "given back from failed/ by --retry"])
        for step in self.journal("retried"):
            self.assertRegex(step["sha256"], "^[0-9a-f]{64}$")

    def test_beside_a_running_watcher(self):
        self.refuse("a.csv")
        child = self.watch()
        self.mend()
        self.assertNotIn("no sp-watch runs", self.retry("a.csv"))
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(self.names("quarantine"), set())
        order = [step["event"] for step in self.journal() if step["event"] in ("retried", "resumed", "done")]
        self.assertEqual(order, ["retried", "resumed", "done"])

    def test_what_is_refused_again_has_its_new_reason(self):
        self.refuse("a.csv")
        first = self.reason("a.csv")
        child = self.watch()
        self.retry("a.csv")
        inbox.wait_until(lambda: len(self.journal("quarantine")) == 2, "it is refused again")
        self.wait_for("quarantine", "a.csv", "a.csv.reason.json")
        self.stop(child)
        second = self.reason("a.csv")
        self.assertEqual((first["attempts"], second["attempts"]), (1, 2))
        self.assertEqual(first["taken"], second["taken"])

    def test_crashes_count_anew(self):
        self.drop("a.csv", "exit 70\n")
        self.once("--max-attempts", "1")
        self.retry("a.csv")
        for _ in range(2):
            self.once("--max-attempts", "3")
            self.assertEqual(self.names("work"), {"a.csv"})
        self.once("--max-attempts", "3")
        self.assertEqual(self.names("failed"), {"a.csv", "a.csv.reason.json"})

    def test_too_large_and_now_not(self):
        self.drop("a.csv", "exit 0\n" + "#" * 1000)
        self.once("--max-file-bytes", "100")
        self.assertEqual(self.reason("a.csv")["attempts"], 0)
        self.retry("a.csv")
        self.once()
        self.assertEqual(self.everything(), [("done", "a.csv")])
        self.assertEqual(self.journal("done")[0]["taken"], self.journal("taken")[0]["taken"])
        self.assertEqual(self.journal("done")[0]["attempts"], 2)  # told to the database

    def rejects(self, name="a.csv", number=""):
        """A file that was loaded in part: its rejected rows lie in quarantine/."""
        (self.dir / "quarantine").mkdir(exist_ok=True)
        (self.dir / f"quarantine/{name}{number}").write_text("exit 0 # mended\n")
        (self.dir / f"quarantine/{name}.errors.ndjson{number}").write_text("{}\n")

    def test_rejected_rows_are_a_file_of_their_own_under_the_name_of_theirs(self):
        self.drop("a.csv")
        self.once()
        self.rejects()
        self.retry("a.csv")
        self.assertEqual(self.names("quarantine"), set())
        self.once()
        self.assertEqual(len(self.names("done")), 2)
        [first, second] = self.journal("done")
        self.assertEqual((first["job"], second["job"]), ("a.csv", "a.csv"))
        self.assertNotEqual(first["taken"], second["taken"])
        self.assertEqual(second["attempts"], 1)
        self.assertEqual(self.read("done", second["as"]), "exit 0 # mended\n")
        self.assertEqual(self.read("done", "a.csv"), "exit 0\n")

    def test_numbered_rows_come_one_after_the_other(self):
        self.once()
        self.rejects()
        self.rejects(number=".~1~")
        said = self.retry("a.csv", "a.csv.~1~", status=75)
        self.assertIn("brought back 1 of 2 files", said)
        self.assertIn("the next one tries them", said)
        self.assertIn("work/ holds a file of the name a.csv", said)
        self.assertEqual(self.names("work"), {"a.csv"})
        self.assertEqual(self.names("quarantine"), {"a.csv.~1~", "a.csv.errors.ndjson.~1~"})
        self.once()
        self.retry("a.csv.~1~")
        self.assertEqual(self.names("quarantine"), set())
        self.once()
        self.assertEqual(len(self.names("done")), 2)

    def test_waits_for_those_who_bring_rejected_rows(self):
        self.once()
        self.rejects()
        with self.rows_come():
            child = subprocess.Popen([inbox.SP_WATCH, "--retry", "a.csv", self.dir], stdout=self.log, stderr=self.log)
            self.running.append(child)
            time.sleep(0.3)
            self.assertEqual(self.names("quarantine"), {"a.csv", "a.csv.errors.ndjson", ".sp-load.lock"})
        self.assertEqual(child.wait(inbox.PATIENCE), 0)
        self.assertEqual((self.names("work"), self.names("quarantine")), ({"a.csv"}, set()))

    def test_a_newcomer_of_that_name_is_another_file(self):
        self.refuse("a.csv")
        self.drop("a.csv", "exit 0 # new\n")
        self.mend()
        self.retry("a.csv")
        self.once()
        self.assertEqual(len(self.names("done")), 2)
        self.assertIn("mended", self.read("done", "a.csv"))

    def test_patterns_and_places(self):
        for name in ("a1.csv", "a2.csv", "b[1].csv", "-x.csv"):
            self.refuse(name)
        self.refuse("a3.csv", 70)
        self.drop("kept.csv", "echo x >$SP_QUARANTINE/r.csv; echo y >$SP_QUARANTINE/r.csv.errors.ndjson\n")
        self.once()
        self.retry("b[1].csv", "-x.csv")
        self.assertEqual(self.names("work"), {"b[1].csv", "-x.csv"})
        self.retry("quarantine/*")
        self.assertEqual(self.names("work"), {"b[1].csv", "-x.csv", "a1.csv", "a2.csv"})
        self.retry("*")
        self.assertIn("a3.csv", self.names("work"))
        # Rejected rows, which somebody must mend, are asked for by their name.
        self.assertEqual(self.names("quarantine") | self.names("failed"), {"r.csv", "r.csv.errors.ndjson"})
        self.rejects(number=".~1~")
        self.assertIn("but for 2 files of rejected rows", self.retry("*", status=66))
        self.retry("a.csv.~1~")
        self.retry("r.csv")
        self.assertEqual(self.names("quarantine"), set())

    def test_the_same_name_in_both(self):
        self.refuse("a.csv", 70)
        self.rejects()
        said = self.retry("a.csv", status=64)
        self.assertIn("quarantine/a.csv or failed/a.csv", said)
        self.assertEqual(self.names("work"), set())
        self.retry("failed/a.csv")
        self.assertIn("a.csv", self.names("quarantine"))
        self.retry("a.csv", status=75)  # work/ holds the other
        self.mend()
        self.once()
        self.retry("a.csv")
        self.once()
        self.assertEqual(len(self.names("done")), 2)

    def test_how_names_are_written(self):
        names = [f"{i}.csv" for i in range(6)]
        for name in names:
            self.refuse(name)
        for words in (["--retry", "0.csv", "1.csv", self.dir], [self.dir, "--retry", "2.csv", "quarantine/3.csv"],
                      ["--retry=4.csv", "--retry", "5.csv", self.dir]):
            subprocess.run([inbox.SP_WATCH, *words], check=True, stderr=subprocess.DEVNULL)
        self.assertEqual(self.names("work"), set(names))
        self.assertEqual(subprocess.run([inbox.SP_WATCH, "--retry", self.dir], stderr=subprocess.DEVNULL).returncode, 64)

    def test_what_is_refused(self):
        self.refuse("a.csv")
        (self.dir / "quarantine/link").symlink_to(self.base)
        for name, status in (("none.csv", 66), ("none*", 66), ("failed/a.csv", 66), ("", 64), (".", 64), ("..", 64),
                             ("../in/quarantine/a.csv", 64), ("/etc/passwd", 64), ("quarantine/../a.csv", 64),
                             ("done/a.csv", 64), (".sp-watch-of", 64), ("a.csv.reason.json", 64), ("quarantine/", 64),
                             ("link", 65), ("a\n.csv", 66)):
            before = self.everything()
            self.retry(name, status=status)
            self.assertEqual(self.everything(), before, name)
        # One that is not there, and nothing is moved.
        self.retry("a.csv", "none.csv", status=66)
        self.assertEqual(self.names("work"), set())
        self.assertEqual(self.journal("retried"), [])
        self.retry("a.csv", status=64, flags=["--status"])

    def test_a_folder_that_was_never_watched(self):
        self.assertIn("no sp-watch ever ran", self.retry("a.csv", status=66))
        self.assertEqual(os.listdir(self.dir), [])

    def test_somebody_is_at_it(self):
        self.refuse("a.csv")
        with open(self.dir / "quarantine/a.csv", "a"):
            said = self.retry("a.csv", status=75)
            self.assertIn("open for writing", said)
            self.assertIn("brought back 0 of 1 file", said)
            self.assertNotIn("the next one tries", said)
        self.assertEqual(self.names("quarantine"), {"a.csv", "a.csv.reason.json"})
        self.retry("a.csv")

    def test_without_its_reason(self):
        self.refuse("a.csv")
        (self.dir / "quarantine/a.csv.reason.json").write_text("{")
        self.retry("a.csv")
        self.mend()
        self.once()
        self.assertEqual(self.everything(), [("done", "a.csv")])

    def test_a_reason_that_a_crash_left_goes_with_the_next_fate(self):
        self.refuse("a.csv")
        reason = self.read("quarantine", "a.csv.reason.json")
        self.retry("a.csv")
        (self.dir / "quarantine/a.csv.reason.json").write_text(reason)
        self.mend()
        self.once()
        self.assertEqual(self.names("quarantine"), set())

    def test_another_file_system(self):
        elsewhere = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        if not elsewhere or os.stat(elsewhere).st_dev == os.stat(self.base).st_dev:
            self.skipTest("no second file system")
        quarantine = f"{elsewhere}/sp-retry.{os.getpid()}"
        self.addCleanup(subprocess.run, ["rm", "-rf", quarantine])
        self.drop("a.csv", f"[[ -e {self.base}/mended ]] || exit 65\n")
        self.once("--quarantine", quarantine)
        self.assertIn("a.csv", inbox.listing(quarantine))
        before = inbox.listing(quarantine)
        # A watcher beside it could end the copy before the file has left: then both would go.
        said = self.retry("a.csv", flags=["--quarantine", quarantine], status=78)
        self.assertIn("is on another file system", said)
        self.assertEqual((inbox.listing(quarantine), self.names("work")), (before, set()))
        self.assertEqual(self.names(".sp-watch/state"), set())


if __name__ == "__main__":
    unittest.main(verbosity=2)
