"""--keep-done, --keep-quarantine, --keep-failed: what leaves, what goes with it, what is left alone."""
import os
import subprocess
import time
import unittest

import inbox

COMMANDS = {"done": "exit 0\n", "quarantine": "exit 65\n", "failed": "exit 70\n"}


class Expiry(inbox.Inbox):
    def fill(self, *names, content="exit 0\n"):
        """One after the other, so that each came later than those before."""
        for name in names:
            self.drop(name, content)
            self.once("--max-attempts", "1")

    def put(self, place, name, content="x\n"):
        (self.dir / place).mkdir(exist_ok=True)
        path = self.dir / place / name
        path.write_text(content)
        return path

    def wait_a_tick(self):
        """Until files that come now are later than those that came before, by the clock of their times."""
        before = os.stat(self.put("", ".before")).st_ctime_ns
        inbox.wait_until(lambda: os.stat(self.put("", ".after")).st_ctime_ns > before, "the clock moves")

    def expired(self):
        return [step["job"] for step in self.journal("expired")]

    def test_nothing_expires_without_a_flag(self):
        for place, content in COMMANDS.items():
            self.fill(place + ".csv", content=content)
        self.once()
        for place in COMMANDS:
            self.assertIn(place + ".csv", self.names(place))
        self.assertEqual(self.expired(), [])

    def test_by_age_in_each_folder_alone(self):
        for place, content in COMMANDS.items():
            for other, other_content in COMMANDS.items():
                self.fill(f"{place}-{other}.csv", content=other_content)
            child = self.watch(f"--keep-{place}", "100ms")
            inbox.wait_until(lambda: not self.names(place), f"{place}/ is empty")
            self.stop(child)
            for other in set(COMMANDS) - {place}:
                self.assertIn(f"{place}-{other}.csv", self.names(other))
            steps = self.journal("expired")
            self.assertIn(f"{place}-{place}.csv", [step["job"] for step in steps])
            self.assertRegex(steps[-1]["why"], rf"^in {place}/ since 20.*Z; --keep-{place} 100ms$")

    def test_what_is_younger_stays_and_time_of_modification_does_not_count(self):
        self.fill("old.csv")
        os.utime(self.dir / "done/old.csv", (1, 1))
        self.assertEqual(self.once("--keep-done", "1h").returncode, 0)
        self.assertEqual(self.names("done"), {"old.csv"})

    def test_by_number_those_that_came_last_stay(self):
        for name in ("c.csv", "a.csv", "b.csv"):
            self.wait_a_tick()
            self.fill(name)
        os.utime(self.dir / "done/c.csv")  # that the sensor is of now changes the ctime too: it came last
        self.once("--keep-done", "2files")
        self.assertEqual(self.names("done"), {"b.csv", "c.csv"})
        self.assertEqual(self.expired(), ["a.csv"])
        self.once("--keep-done", "2files")
        self.assertEqual(self.expired(), ["a.csv"])

    def test_by_number_while_it_runs(self):
        child = self.watch("--keep-done", "3files")
        for i in range(12):
            self.drop(f"{i}.csv")
        inbox.wait_until(lambda: self.expired() or not self.names(), "all are done")
        for i in range(12, 15):
            self.wait_a_tick()
            self.drop(f"{i}.csv")
            self.wait_for("done", f"{i}.csv")
        inbox.wait_until(lambda: len(self.names("done")) == 3, "three are left")
        self.stop(child)
        self.assertEqual(self.names("done"), {"12.csv", "13.csv", "14.csv"})
        self.assertEqual(sorted(self.expired()), sorted(f"{i}.csv" for i in range(12)))

    def test_what_lies_beside_a_file_goes_with_it_and_is_no_file_of_its_own(self):
        self.fill("refused.csv", content="exit 65\n")
        for name in ("rows.csv", "rows.csv.errors.ndjson", "rows.csv.~1~", "rows.csv.errors.ndjson.~1~",
                     "alone.csv.errors.ndjson", "gone.csv.reason.json"):
            self.put("quarantine", name)
        self.once("--keep-quarantine", "5files")  # refused, rows, rows.~1~, and two whose files are not there
        self.assertEqual(self.expired(), [])
        child = self.watch("--keep-quarantine", "100ms")
        inbox.wait_until(lambda: not self.names("quarantine"), "all are gone")
        self.stop(child)
        self.assertEqual(sorted(self.expired()), ["alone.csv.errors.ndjson", "gone.csv.reason.json", "refused.csv",
                                                  "rows.csv", "rows.csv.~1~"])

    def test_what_is_not_ours_is_left_alone(self):
        (self.dir / "done/folder").mkdir(parents=True)
        (self.dir / "done/folder/x").write_text("x")
        (self.dir / "done/link").symlink_to(self.base)
        os.mkfifo(self.dir / "done/pipe")
        for name in (".hidden", "x.part", "x.tmp", "x.partial", "x~", ".x.csv.part"):
            self.put("done", name)
        stays = self.names("done")
        self.put("done", "beside.csv.reason.json").with_name("beside.csv").symlink_to("nowhere")
        stays |= {"beside.csv", "beside.csv.reason.json"}
        self.put("done", "last.csv")
        child = self.watch("--keep-done", "100ms")
        inbox.wait_until(lambda: "last.csv" not in self.names("done"), "the file is gone")
        self.stop(child)
        self.assertEqual(self.names("done"), stays)
        self.assertEqual(self.expired(), ["last.csv"])
        self.assertTrue((self.dir / "done/folder/x").exists())

    def test_of_a_name_that_is_not_utf8_all_bytes_are_told(self):
        name = "temp\udcb0C\n.csv"  # as Latin-1 has the degree
        self.put("done", name)
        self.put("done", "a\"b.csv")
        self.once("--keep-done", "1ms")
        self.assertEqual(self.names("done"), set())
        self.assertEqual({(step["job"], step["file_hex"]) for step in self.journal("expired")},
                         {("temp\ufffdC\n.csv", os.fsencode(name).hex()), ("a\"b.csv", None)})

    def test_a_name_is_free_again(self):
        self.fill("a.csv")
        child = self.watch("--keep-done", "100ms")
        inbox.wait_until(lambda: self.expired() == ["a.csv"] and not self.names("done"), "it is gone")
        self.drop("a.csv")
        inbox.wait_until(lambda: self.expired() == ["a.csv", "a.csv"], "it came again and went")
        self.stop(child)
        self.assertEqual({step["job"] for step in self.journal("done")}, {"a.csv"})

    def test_nothing_is_removed_that_cannot_be_told(self):
        self.fill("a.csv")
        full = ["--journal", "/dev/full", "--keep-done", "1ms"]
        time.sleep(0.01)
        self.assertEqual(self.once(*full).returncode, 74)
        self.assertEqual(self.names("done"), {"a.csv"})

    @unittest.skipUnless(os.geteuid() == 0, "chattr wants root")
    def test_one_that_cannot_be_removed_is_told_and_waits(self):
        self.fill("a.csv")
        if os.system(f"chattr +i '{self.dir}/done/a.csv' 2>/dev/null") != 0:
            self.skipTest("no attributes on this file system")
        try:
            child = self.watch("--keep-done", "1ms")
            inbox.wait_until(lambda: self.journal("error"), "it is told")
            self.drop("b.csv")
            self.wait_for("done", "b.csv")
            self.stop(child)
        finally:
            os.system(f"chattr -i '{self.dir}/done/a.csv'")
        self.assertIn("a.csv", self.names("done"))
        self.assertEqual(len(self.journal("error")), 1)

    def test_rejected_rows_that_come_meanwhile_stay(self):
        names = {"rows.csv", "rows.csv.errors.ndjson"}
        for name in names:
            self.put("quarantine", name, "old")
        with self.rows_come():
            child = self.watch("--keep-quarantine", "1s")
            inbox.wait_until(lambda: ".sp-load.lock is held" in self.said() or not names <= self.names("quarantine"), "it is due")
            for name in names:
                os.replace(self.put("", name, "new"), self.dir / "quarantine" / name)
        self.stop(child)
        self.assertEqual(self.names("quarantine"), names)
        self.assertEqual({self.read("quarantine", name) for name in names}, {"new"})
        self.assertEqual(self.expired() + self.journal("error"), [])

    def test_once_waits_for_those_who_bring_rejected_rows(self):
        self.put("quarantine", "rows.csv")
        time.sleep(0.01)
        with self.rows_come():
            child = subprocess.Popen(self.command("--once", "--keep-quarantine", "1ms"), stdout=self.log, stderr=self.log)
            self.running.append(child)
            time.sleep(0.3)
            self.assertEqual(self.expired(), [])
        self.assertEqual(child.wait(inbox.PATIENCE), 0)
        self.assertEqual(self.expired(), ["rows.csv"])
        self.assertEqual(self.names("quarantine"), set())

    def test_thousands(self):
        for i in range(2500):
            self.put("done", f"{i}.csv")
        self.once("--keep-done", "1ms")
        self.assertEqual(self.names("done"), set())
        self.assertEqual(sorted(self.expired()), sorted(f"{i}.csv" for i in range(2500)))

    def test_what_a_flag_may_say(self):
        for text in ("30", "0files", "files", "0d", "30 d", "1y", "-1d", "1.5files", "99999999999999999999files", ""):
            self.assertEqual(self.once("--keep-done", text).returncode, 64, text)
        for text in ("30d", "1.5h", "1files", "1000000files"):
            self.assertEqual(self.once("--keep-failed", text).returncode, 0, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)
