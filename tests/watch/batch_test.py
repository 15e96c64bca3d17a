"""--batch: several files to one run of the command, each with its own fate."""
import os
import signal
import time
import unittest

import inbox

# Does what each file says in a shell of its own, the batch's log beside the folder: "exit 65" is the
# outcome of that file, "die 9" ends the whole run with that status.
EACH = r'''
base=$1 && shift
printf '%s\n' $# >>"$base/sizes"
quote() { local text=${1//\\/\\\\}; printf '%s' "${text//\"/\\\"}"; }
for file; do
  read -r word status <"$file" || :
  [[ $word != die ]] || exit "$status"
  [[ $word != kill ]] || kill -9 $$
done
for file; do
  read -r word status <"$file" || :
  [[ $word == exit ]] || continue
  printf '{"file":"%s","status":%d,"reason":"it says %s"}\n' "$(quote "$file")" "$status" "$status"
done >"$SP_OUTCOMES"
'''


class Batch(inbox.Inbox):
    def setUp(self):
        super().setUp()
        self.each = ["bash", "-c", EACH, "each", str(self.base), "{+}"]

    def sizes(self):
        return [int(line) for line in (self.base / "sizes").read_text().split()]

    def hold(self, *flags, command=None):
        """A watcher whose first run waits, so that what is dropped next lands in one batch."""
        gate = self.base / "gate"
        self.drop("0-first.csv", "exit 0\n")
        script = f'case $* in *0-first*) while [[ ! -e {gate} ]]; do sleep 0.01; done;; esac\n' + EACH
        child = self.watch(*flags, command=command or ["bash", "-c", script, "each", str(self.base), "{+}"])
        inbox.wait_until(lambda: self.journal("run"), "the first runs")
        return child, gate

    def test_what_waits_is_taken_together_and_at_most_n(self):
        child, gate = self.hold("--batch", "4")
        for i in range(1, 11):
            self.drop(f"{i}.csv")
        gate.touch()
        inbox.wait_until(lambda: len(self.names("done")) == 11, "all are done")
        self.stop(child)
        self.assertEqual(self.sizes(), [1, 4, 4, 2])
        self.assertEqual([step.get("files", 1) for step in self.journal("run")], [1] + [4] * 8 + [2] * 2)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])

    def test_outcomes_are_honoured(self):
        for name, status in (("a", 0), ("b", 65), ("c", 75), ("d", 78), ("e", 70), ("f", 64)):
            self.drop(f"{name}.csv", f"exit {status}\n")
        self.drop("g.csv", "no outcome\n")
        done = self.once("--batch", "100", "--max-attempts", "1", command=self.each)
        self.assertEqual(self.sizes(), [7])
        self.assertEqual(self.names("done"), {"a.csv", "g.csv"})
        self.assertEqual(self.names("work"), {"c.csv", "d.csv", "f.csv"})
        self.assertIn("b.csv", self.names("quarantine"))
        self.assertIn("e.csv", self.names("failed"))
        self.assertEqual(done.returncode, 75)
        reason = self.reason("b.csv")
        self.assertEqual((reason["status"], reason["reason"], reason["file"]), (65, "it says 65", "b.csv"))
        self.assertEqual(self.reason("e.csv", "failed")["status"], 70)
        self.assertEqual({step["why"] for step in self.journal("retry")},
                         {"it says 75", "it says 78", "it says 64"})

    def test_files_that_shall_wait_wait_together_and_spoil_no_other(self):
        up = self.base / "up"
        for i in range(4):
            self.drop(f"wait{i}.csv", "exit 75\n")
        for i in range(4):
            self.drop(f"{i}.csv")
        script = EACH.replace("[[ $word == exit ]]", f"[[ $word == exit && ! -e {up} ]]")
        child = self.watch("--batch", "100", command=["bash", "-c", script, "each", str(self.base), "{+}"])
        inbox.wait_until(lambda: len(self.names("done")) == 4 and len(self.journal("retry")) >= 4,
                         "four are done")
        up.touch()
        inbox.wait_until(lambda: len(self.names("done")) == 8, "all are done")
        self.stop(child)
        self.assertEqual(self.sizes()[1], 4)

    def test_without_outcomes_and_with_0_all_are_done(self):
        for i in range(5):
            self.drop(f"{i}.csv")
        self.assertEqual(self.once("--batch", "5", command=["true", "{+}"]).returncode, 0)
        self.assertEqual(len(self.names("done")), 5)

    def test_halving_finds_the_culprit(self):
        for status, place in ((65, "quarantine"), (70, "failed"), (1, "failed")):
            with self.subTest(status):
                for i in range(16):
                    self.drop(f"{status}-{i}.csv", f"die {status}\n" if i == 11 else "good\n")
                (self.base / "sizes").unlink(missing_ok=True)
                self.once("--batch", "16", "--max-attempts", "1", command=self.each)
                self.assertIn(f"{status}-11.csv", self.names(place))
                self.assertEqual(self.reason(f"{status}-11.csv", place)["attempts"], 1)
                self.assertEqual(len([n for n in self.names("done") if n.startswith(f"{status}-")]), 15)
                self.assertEqual(sorted(self.sizes()), [1, 1, 2, 2, 4, 4, 8, 8, 16])
        self.assertEqual(self.names("work"), set())
        self.assertEqual(len(self.journal("halve")), 12)
        self.assertEqual(self.journal("retry"), [])

    def test_two_killers_take_no_other_with_them(self):
        for i in range(20):
            self.drop(f"{i}.csv", "kill\n" if i in (3, 4) else "good\n")
        child = self.watch("--batch", "20", "--max-attempts", "2", command=self.each)
        self.wait_for("failed", "3.csv", "4.csv")
        inbox.wait_until(lambda: len(self.names("done")) == 18, "the others are done")
        self.stop(child)
        for name in ("3.csv", "4.csv"):
            self.assertEqual(self.reason(name, "failed")["attempts"], 2)
            self.assertEqual(self.reason(name, "failed")["signal"], signal.SIGKILL)

    def test_a_timeout_of_many_is_none_of_each(self):
        for i in range(8):
            self.drop(f"{i}.csv")
        done = self.once("--batch", "8", "--timeout", "500ms",
                         command=["bash", "-c", 'for f; do sleep 0.15; done', "each", "{+}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.names("done")), 8)

    def test_a_world_that_is_not_ready_is_waited_for_by_all(self):
        up = self.base / "up"
        for i in range(10):
            self.drop(f"{i}.csv")
        script = f'echo $# >>{self.base}/sizes; [[ -e {up} ]] || exit 75'
        child = self.watch("--batch", "100", command=["bash", "-c", script, "each", "{+}"])
        inbox.wait_until(lambda: len(self.journal("retry")) >= 20, "they were tried twice")
        up.touch()
        inbox.wait_until(lambda: len(self.names("done")) == 10, "all are done")
        self.stop(child)
        self.assertEqual(self.sizes()[:2], [10, 10])
        self.assertEqual(self.journal("halve"), [])

    def test_one_that_looks_like_such_a_world_ends_up_alone(self):
        for i in range(8):
            self.drop(f"{i}.csv", "die 75\n" if i == 5 else "good\n")
        child = self.watch("--batch", "8", command=self.each)
        inbox.wait_until(lambda: len(self.names("done")) == 7, "the others are done")
        self.stop(child)
        self.assertEqual(self.names("work"), {"5.csv"})
        self.assertEqual(self.sizes()[:3], [8, 8, 4])

    def test_outcomes_that_cannot_be_understood_make_nothing_done(self):
        for i, text in enumerate(('{"file":', '{"file":"/no/such/file","status":0}', "7",
                                  '{"file":"FILE","status":"0"}', '{"file":"FILE","status":300}')):
            with self.subTest(text):
                name = f"{i}.csv"
                self.drop(name)
                script = 't=${0//FILE/$1}; printf "%s\\n" "$t" >"$SP_OUTCOMES"'
                self.once("--batch", "2", "--max-attempts", "1",
                          command=["bash", "-c", script, text, "{+}"])
                self.assertIn(name, self.names("failed"))
                self.assertIn("SP_OUTCOMES, line 1", self.reason(name, "failed")["reason"])

    def test_strange_names(self):
        names = ["-rf.csv", "a b.csv", "a\nb.csv", 'q"uote.csv', "back\\slash.csv", "$(touch x).csv", "Süd.csv",
                 "--", "{+}", "*"]
        for name in names:
            self.drop(name, "exit 65\n")
        bad = self.once("--batch", "100", command=self.each)
        self.assertEqual(self.sizes(), [len(names)], bad.stderr)
        self.assertEqual(bad.returncode, 65)
        reasons = {n for n in self.names("quarantine") if n.endswith(".reason.json")}
        self.assertEqual(len(reasons), len(names))
        self.assertEqual({self.reason(n[:-len(".reason.json")])["file"] for n in reasons}, set(names))
        for name in names:
            self.drop(name, "good\n")
        self.assertEqual(self.once("--batch", "100", command=self.each).returncode, 0)
        self.assertEqual(len(self.names("done")), len(names))

    def test_kill_9_of_all_in_a_batch_and_restart(self):
        """After it each file runs alone, so that one that kills us too takes no other with it."""
        for i in range(6):
            self.drop(f"{i}.csv")
        child = self.watch("--batch", "6", command=["bash", "-c", "sleep 60", "each", "{+}"],
                           start_new_session=True)
        inbox.wait_until(lambda: len(self.journal("run")) == 6, "the batch runs")
        pid = self.journal("run")[0]["pid"]
        child.kill()
        os.killpg(pid, signal.SIGKILL)
        child.wait()
        self.assertEqual(sorted(self.everything()), [("work", f"{i}.csv") for i in range(6)])
        child = self.watch("--batch", "6", command=self.each)
        inbox.wait_until(lambda: len(self.names("done")) == 6, "all are done")
        self.stop(child)
        self.assertEqual(self.sizes(), [1] * 6)
        self.assertEqual(len(self.journal("resumed")), 6)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])

    def test_kill_9_of_sp_watch_alone_leaves_the_batch_to_its_command(self):
        runs = self.base / "runs"
        for i in range(4):
            self.drop(f"{i}.csv")
        script = f"echo begin $# >>{runs}; sleep 1; echo end $# >>{runs}"
        command = ["bash", "-c", script, "each", "{+}"]
        child = self.watch("--batch", "4", command=command)
        inbox.wait_until(runs.exists, "the command runs")
        child.kill()
        child.wait()
        child = self.watch("--batch", "4", "--jobs", "4", command=command)
        inbox.wait_until(lambda: len(self.names("done")) == 4, "all are done")
        self.stop(child)
        lines = runs.read_text().splitlines()
        self.assertEqual(lines[:2], ["begin 4", "end 4"])
        self.assertEqual(sorted(lines[2:]), ["begin 1"] * 4 + ["end 1"] * 4)

    def test_kill_9_at_random_moments(self):
        count = 0
        for i in range(25):
            for _ in range(8):
                self.drop(f"{count}.csv", "die 65\n" if count % 50 == 7 else "good\n")
                count += 1
            child = self.watch("--jobs", "2", "--batch", "5", command=self.each)
            time.sleep(0.004 * i)
            child.kill()
            child.wait()
            self.assertEqual(len(self.everything()), count)
        deadline = time.monotonic() + 2 * inbox.PATIENCE
        while self.names() | self.names("work") and time.monotonic() < deadline:
            self.once("--batch", "50", command=self.each)
        bad = {f"{i}.csv" for i in range(count) if i % 50 == 7}
        self.assertEqual(self.names("done"), {f"{i}.csv" for i in range(count)} - bad)
        self.assertEqual(len(self.everything()), count)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])
        self.assertEqual(os.listdir(self.dir / ".sp-watch/state"), [])

    def test_a_stop_does_not_start_the_other_half(self):
        for i in range(4):
            self.drop(f"{i}.csv")
        script = f'echo $# >>{self.base}/sizes; [[ $# == 1 ]] || exit 65; sleep 0.5'
        child = self.watch("--batch", "4", command=["bash", "-c", script, "each", "{+}"])
        inbox.wait_until(lambda: len(self.journal("run")) == 7, "it came down to one")
        self.assertEqual(self.stop(child), 0)
        self.assertEqual(self.sizes(), [4, 2, 1])
        self.assertEqual((len(self.names("done")), len(self.names("work"))), (1, 3))
        self.assertEqual(self.once(command=["true", "{+}"]).returncode, 0)
        self.assertEqual(len(self.names("done")), 4)

    def test_a_second_stop_interrupts_all_and_counts_as_no_crash(self):
        for i in range(3):
            self.drop(f"{i}.csv")
        child = self.watch("--batch", "3", "--max-attempts", "1",
                           command=["bash", "-c", "sleep 60", "each", "{+}"])
        inbox.wait_until(lambda: self.journal("run"), "it runs")
        child.send_signal(signal.SIGTERM)
        time.sleep(0.1)
        self.stop(child)
        self.assertEqual(self.names("work"), {"0.csv", "1.csv", "2.csv"})
        self.assertEqual(len(self.journal("interrupted")), 3)

    def test_a_file_that_changes_or_goes_meanwhile(self):
        for name in ("a.csv", "b.csv", "c.csv"):
            self.drop(name)
        script = '(($# > 1)) || exit 0; for f; do case $f in */a.csv) echo more >>"$f";; */b.csv) rm "$f";; esac; done'
        child = self.watch("--batch", "3", command=["bash", "-c", script, "each", "{+}"])
        self.wait_for("done", "a.csv", "c.csv")
        self.stop(child)
        self.assertEqual(sorted(self.everything()), [("done", "a.csv"), ("done", "c.csv")])
        self.assertEqual([step["job"] for step in self.journal("vanished")], ["b.csv"])
        self.assertEqual([step["job"] for step in self.journal("retry")], ["a.csv"])

    def test_more_arguments_than_the_system_takes(self):
        long_dir = self.base
        for _ in range(14):
            long_dir = long_dir / ("d" * 250)
        long_dir.mkdir(parents=True)
        self.dir.rmdir()
        self.dir = long_dir
        for i in range(700):
            self.drop(f"{i}.csv", b"")
        done = self.once("--batch", "700", command=["true", "{+}"])
        self.assertEqual(done.returncode, 0, done.stderr[-500:])
        self.assertEqual(len(self.names("done")), 700)
        self.assertGreaterEqual(len(self.journal("halve")), 1)

    def test_the_command_must_have_the_argument(self):
        for command in (["true"], ["true", "{}"], ["true", "--in={+}"]):
            done = self.once("--batch", "2", command=command)
            self.assertEqual(done.returncode, 64, command)
            self.assertIn(b"--batch is of {+}", done.stderr)
        for command in (["true", "{+}", "x{+}"], ["true", "{+}", "x{}"], ["{+}"], ["{+}", "{+}"]):
            done = self.once(command=command)
            self.assertEqual(done.returncode, 64, command)
            self.assertIn(b"{+} becomes several", done.stderr)
        for count in ("0", "1001", "x"):
            self.assertEqual(self.once("--batch", count, command=["true", "{+}"]).returncode, 64)

    def test_one_file_has_no_outcomes_but_its_status(self):
        script = 'echo $# "${SP_OUTCOMES-none}" >&2'
        for i in range(3):
            self.drop(f"{i}.csv")
        done = self.once(command=["bash", "-c", script, "each", "{}"])
        self.assertEqual(done.stderr.count(b"1 none\n"), 3)
        self.drop("b.csv", "")
        self.assertIn(b"1 /", self.once("--batch", "1", command=["bash", "-c", script, "each", "{+}"]).stderr)

    def test_once_one_file_that_asks_the_operator_holds_back_no_other(self):
        for i in range(6):
            self.drop(f"{i}.csv")
        script = 'for f; do case $f in */3.csv) exit 78;; esac; done'
        self.assertEqual(self.once(command=["bash", "-c", script, "each", "{+}"]).returncode, 75)
        self.assertEqual((self.names("work"), len(self.names("done"))), ({"3.csv"}, 5))

    def test_without_a_number_some_hundreds_go_together(self):
        for i in range(201):
            self.drop(f"{i}.csv")
        self.assertEqual(self.once(command=["bash", "-c", f"echo $# >>{self.base}/sizes", "each", "{+}"]).returncode, 0)
        self.assertEqual(self.sizes(), [200, 1])

    def test_done_elsewhere(self):
        for i in range(10):
            self.drop(f"{i}.csv", "exit 65\n" if i % 2 else "good\n")
        other = self.base / "other"
        self.once("--batch", "10", "--done", str(other / "d"), "--quarantine", str(other / "q"),
                  command=self.each)
        self.assertEqual(len(inbox.listing(other / "d")), 5)
        self.assertEqual(len(inbox.listing(other / "q")), 10)


if __name__ == "__main__":
    unittest.main(verbosity=2)
