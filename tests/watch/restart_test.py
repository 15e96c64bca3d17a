"""Deaths and restarts: every file is in one place, and the next start goes on."""
import json
import os
import signal
import time
import unittest

import inbox


class Restart(inbox.Inbox):
    def test_retries_survive_a_restart(self):
        self.drop("a.csv", "exit 70\n")
        child = self.watch("--retry-first", "10s", "--retry-max", "10s", "--max-attempts", "3")
        inbox.wait_until(lambda: self.journal("retry"), "it was tried")
        self.stop(child)
        state = json.loads(self.read(".sp-watch/state/a.csv.json"))
        self.assertEqual((state["attempts"], state["crashes"]), (1, 1))
        # The next try is not due yet, for another watcher either.
        child = self.watch("--retry-first", "10s", "--retry-max", "10s", "--max-attempts", "3")
        time.sleep(0.5)
        self.stop(child)
        self.assertEqual(len(self.journal("run")), 1)
        # With shorter delays it is; the crashes before the restart count.
        child = self.watch("--max-attempts", "3")
        self.wait_for("failed", "a.csv")
        self.stop(child)
        self.assertEqual(len(self.journal("run")), 3)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/state"), [])

    def test_kill_9_while_a_command_runs(self):
        """The command lives on; the next sp-watch waits for its end and only then runs it again."""
        runs = self.base / "runs"
        self.drop("a.csv", f"echo begin >>{runs}; sleep 1; echo end >>{runs}\n")
        child = self.watch()
        inbox.wait_until(runs.exists, "the command runs")
        child.kill()
        child.wait()
        self.assertEqual(self.everything(), [("work", "a.csv")])
        child = self.watch()
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual(runs.read_text().split(), ["begin", "end", "begin", "end"])
        self.assertEqual(self.everything(), [("done", "a.csv")])
        self.assertEqual(len(self.journal("resumed")), 1)

    def test_kill_9_of_all_at_random_moments(self):
        count = 0
        for i in range(25):
            for _ in range(3):
                self.drop(f"{count}.csv", "sleep 0.0$((RANDOM % 5))\n")
                count += 1
            child = self.watch("--jobs", "2", start_new_session=True)
            time.sleep(0.004 * i)
            child.kill()
            child.wait()
            self.assertEqual(len(self.everything()), count)
        deadline = time.monotonic() + inbox.PATIENCE
        while self.names() | self.names("work") and time.monotonic() < deadline:
            self.once()
        self.assertEqual(self.names("done"), {f"{i}.csv" for i in range(count)})
        self.assertEqual(len(self.everything()), count)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])
        self.assertEqual(os.listdir(self.dir / ".sp-watch/state"), [])

    def test_a_pipeline_whose_script_is_killed_is_ended_before_the_next_try(self):
        alive = self.base / "alive"
        self.drop("a.csv", f'[[ -e {alive} ]] && exit 0\n'
                  f'bash -c \'echo $$ >{alive}; while :; do sleep 0.05; done\' | cat &\n'
                  f'while [[ ! -s {alive} ]]; do sleep 0.02; done; kill -9 $$\n')
        child = self.watch()
        self.wait_for("done", "a.csv")
        self.assertFalse(inbox.is_alive(int(alive.read_text())))
        with open(f"/proc/{child.pid}/task/{child.pid}/children") as children:
            self.assertEqual(children.read().split(), [])  # no orphan, no zombie
        self.stop(child)

    def test_a_file_that_was_taken_away_while_it_waited_is_told_once(self):
        for name in ("a.csv", "b.csv"):
            self.drop(name, "exit 75\n")
        self.once()
        (self.dir / "work/a.csv").unlink()
        [taken] = [step["taken"] for step in self.journal("taken") if step["job"] == "a.csv"]
        for _ in range(2):
            self.once()
            self.assertEqual([(step["job"], step["taken"], step["attempts"]) for step in self.journal("vanished")],
                             [("a.csv", taken, 1)])

    def test_two_watchers_never_take_the_same_file(self):
        for i in range(60):
            self.drop(f"{i}.csv", "sleep 0.01\n")
        watchers = [self.watch("--jobs", "3") for _ in range(2)]
        for i in range(60, 120):
            self.drop(f"{i}.csv", "sleep 0.01\n")
        inbox.wait_until(lambda: len(self.names("done")) == 120, "all are done")
        for child in watchers:
            self.assertEqual(self.stop(child), 0)
        jobs = [step["job"] for step in self.journal("run")]
        self.assertEqual(len(jobs), len(set(jobs)))
        pids = {step["pid"] for step in self.journal("start")}
        self.assertEqual(len(pids), 2)

    def test_another_watchers_orphans_are_taken_over_while_running(self):
        slow = self.watch("--retry-first", "10s", "--retry-max", "10s")
        other = self.watch("--retry-first", "10s", "--retry-max", "10s")
        for i in range(4):
            self.drop(f"{i}.csv", "sleep 0.5\n")
        inbox.wait_until(lambda: len(self.journal("run")) >= 2, "both are at work")
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        inbox.wait_until(lambda: len(self.names("done")) == 4, "the other one did all")
        self.stop(slow)
        self.assertEqual(len(self.everything()), 4)

    def test_a_clock_that_was_set_back_does_not_stop_retries(self):
        self.drop("a.csv", "exit 0\n")
        self.once(command=["sh", "-c", "exit 75"])
        state = self.dir / ".sp-watch/state/a.csv.json"
        later = int(time.time() * 1000) + 86_400_000
        text = json.loads(state.read_text())
        text["next_ms"] = later
        state.write_text(json.dumps(text, separators=(",", ":")) + "\n")
        child = self.watch()
        self.wait_for("done", "a.csv")
        self.stop(child)

    def test_a_damaged_state_is_as_none(self):
        (self.dir / "work").mkdir()
        (self.dir / ".sp-watch/state").mkdir(parents=True)
        for i, text in enumerate((b"", b"\0" * 100, b'{"attempts":', b"x" * 100_000)):
            (self.dir / f"work/{i}.csv").write_text("exit 0\n")
            (self.dir / f".sp-watch/state/{i}.csv.json").write_bytes(text)
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(len(self.names("done")), 4)


if __name__ == "__main__":
    unittest.main(verbosity=2)
