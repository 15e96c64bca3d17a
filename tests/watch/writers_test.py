"""When a file is taken: writers that rename, that are slow, that come back; events and none."""
import os
import shutil
import time
import unittest

import inbox


class Writers(inbox.Inbox):
    def test_a_renamed_file_is_taken_at_once(self):
        child = self.watch("--settle", "10s", "--interval", "10s", command=["true", "{}"])
        time.sleep(0.1)
        waits = []
        for i in range(20):
            began = time.monotonic()
            self.drop(f"{i}.csv")
            self.wait_for("done", f"{i}.csv")
            waits.append(time.monotonic() - began)
        self.stop(child)
        self.assertLess(sorted(waits)[18], 0.25, waits)

    def test_a_file_written_in_place_is_taken_when_it_has_settled(self):
        child = self.watch("--settle", "400ms", "--interval", "10s")
        time.sleep(0.1)
        (self.dir / "a.csv").write_text("exit 0\n")
        began = time.monotonic()
        self.wait_for("done", "a.csv")
        self.assertGreater(time.monotonic() - began, 0.3)
        self.stop(child)

    def test_a_writer_that_opens_again_and_again_is_waited_for(self):
        child = self.watch("--settle", "400ms")
        for _ in range(10):
            with open(self.dir / "a.csv", "a") as file:
                file.write("true\n")
            time.sleep(0.1)
        self.assertEqual(self.names("work") | self.names("done"), set())
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(self.read("done", "a.csv"), "true\n" * 10)

    def test_an_open_writer_is_waited_for_however_long_it_pauses(self):
        child = self.watch("--settle", "50ms")
        with open(self.dir / "a.csv", "w") as file:
            file.write("true\n")
            file.flush()
            time.sleep(0.8)
            self.assertEqual(self.names(), {"a.csv"})
            file.write("true\n")
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(self.read("done", "a.csv"), "true\ntrue\n")
        self.assertEqual(len(self.journal("written")), 1)
        self.assertEqual(len(self.journal("run")), 1)

    def test_a_file_renamed_in_while_it_is_open_for_writing_is_waited_for(self):
        child = self.watch("--interval", "100ms")
        with open(self.base / "open", "w") as file:
            file.write("true\n")
            file.flush()
            os.rename(self.base / "open", self.dir / "a.csv")
            time.sleep(0.5)
            self.assertEqual(self.names(), {"a.csv"})
            file.write("true\n")
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(self.read("done", "a.csv"), "true\ntrue\n")

    def test_a_file_that_changes_while_its_command_runs_is_run_again(self):
        ready = self.base / "ready"
        run = ["bash", "-c", f'wc -l <"$1" >>{self.base}/counts; touch {ready}; sleep 0.4; exit 65', "run",
               "{}"]
        child = self.watch(command=run)
        self.drop("a.csv", "1\n")
        inbox.wait_until(ready.exists, "the command runs")
        with open(self.dir / "work/a.csv", "a") as file:
            file.write("2\n")
        self.wait_for("quarantine", "a.csv")
        self.stop(child)
        self.assertEqual((self.base / "counts").read_text(), "1\n2\n")
        self.assertIn("written to while the command ran", self.journal("retry")[0]["why"])

    def test_a_file_that_is_deleted_while_its_command_runs(self):
        child = self.watch()
        self.drop("a.csv", 'rm -- "$0"\n')
        inbox.wait_until(lambda: self.journal("vanished"), "it is said")
        self.drop("b.csv")
        self.wait_for("done", "b.csv")
        self.stop(child)
        self.assertEqual(self.everything(), [("done", "b.csv")])
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])

    def test_without_events_the_rescan_finds_all(self):
        if not shutil.which("strace"):
            self.skipTest("no strace")
        for call in ("inotify_init1:error=EMFILE", "inotify_add_watch:error=ENOSPC"):
            name = call.split(":")[0] + ".csv"
            child = self.watch(wrap=["strace", "-qq", "-o", "/dev/null", "-e", f"inject={call}"])
            time.sleep(0.1)
            self.drop(name)
            self.wait_for("done", name)
            self.stop_traced(child)
        self.assertIn("max_user_instances", self.said())
        self.assertIn("max_user_watches", self.said())

    def stop_traced(self, child):
        with open(f"/proc/{child.pid}/task/{child.pid}/children") as children:
            os.kill(int(children.read().split()[0]), 15)
        child.wait(inbox.PATIENCE)

    def test_the_oldest_comes_first(self):
        for age, name in enumerate(("c", "a", "b", "e", "d")):
            self.drop(name, f"echo {name} >>{self.base}/order\n")
            os.utime(self.dir / name, (1000 - age, 1000 - age))
        self.once()
        self.assertEqual((self.base / "order").read_text().split(), ["d", "e", "b", "a", "c"])

    def test_it_rests_between_two_rescans(self):
        for i in range(200):
            (self.dir / f"{i}.part").touch()
        child = self.watch("--interval", "1h")
        time.sleep(0.3)
        with open(f"/proc/{child.pid}/status") as status:
            before = [line for line in status if "ctxt_switches" in line]
        time.sleep(1.0)
        with open(f"/proc/{child.pid}/status") as status:
            after = [line for line in status if "ctxt_switches" in line]
        self.stop(child)
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main(verbosity=2)
