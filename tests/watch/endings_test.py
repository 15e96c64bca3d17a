"""How the command ends decides where the file goes."""
import hashlib
import os
import subprocess
import unittest

import inbox


class Endings(inbox.Inbox):
    def test_0_goes_to_done(self):
        self.drop("a.csv", "exit 0\n")
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(self.everything(), [("done", "a.csv")])
        self.assertEqual([step["event"] for step in self.journal()],
                         ["start", "taken", "run", "end", "done", "stop"])

    def test_65_goes_to_quarantine_with_a_reason(self):
        self.drop("a.csv", "for i in $(seq 5000); do echo line $i >&2; done; exit 65\n")
        done = self.once()
        self.assertEqual(done.returncode, 65)
        self.assertEqual(self.everything(), [("quarantine", "a.csv")])
        reason = self.reason("a.csv")
        self.assertEqual((reason["status"], reason["attempts"], reason["file"]), (65, 1, "a.csv"))
        self.assertEqual(reason["reason"], "exit status 65 (DATAERR): line 5000")
        self.assertTrue(reason["stderr"].endswith("line 4999\nline 5000"))
        self.assertLessEqual(len(reason["stderr"]), 4096)
        self.assertIn(b"line 1\n", done.stderr)  # all of it is passed on

    def test_the_journal_says_which_tool_failed_and_of_which_bytes(self):
        said = {"text.csv": ("sp-load: error: x", "sp-load"),
                "json.csv": ('{"tool":"sp-load","severity":"error"}', "sp-load"), "none.csv": ("no such: error: x", None)}
        for name, (line, _) in said.items():
            self.drop(name, f"echo '{line}' >&2; exit 65\n")
        self.drop("large.csv", "exit 65\n" + "#" * (4 << 20))
        self.once()
        steps = {step["job"]: step for step in self.journal("quarantine")}
        for name, (_, tool) in said.items():
            step = steps[name]
            digest = hashlib.sha256((self.dir / "quarantine" / name).read_bytes()).hexdigest()
            self.assertEqual((step["tool"], step["status"], step["sha256"], step["attempts"]), (tool, 65, digest, 1))
            self.assertLessEqual(step["taken"][:19], step["started"][:19])
        self.assertIsNone(steps["large.csv"]["sha256"])

    def test_a_limit_of_the_file_size_is_a_disk_that_is_full(self):
        self.drop("a.csv", "exit 0\n")
        done = subprocess.run(["prlimit", "--fsize=0", inbox.SP_WATCH, "--once", self.dir, "--", "true", "{}"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 74)
        self.assertIn("File too large", done.stderr)
        self.assertEqual(self.everything(), [("", "a.csv")])

    def test_transient_statuses_are_tried_again_until_they_end(self):
        for status in (66, 74, 75):
            tries = self.base / str(status)
            self.drop(f"{status}.csv", f"echo >>{tries}; [[ $(wc -l <{tries}) -gt 6 ]] || exit {status}\n")
        child = self.watch("--max-attempts", "2")
        self.wait_for("done", "66.csv", "74.csv", "75.csv")
        self.assertEqual(self.stop(child), 0)
        retries = self.journal("retry")
        self.assertEqual(len(retries), 18)
        self.assertTrue(all(25 <= step["delay_ms"] <= 200 for step in retries))
        self.assertEqual(os.listdir(self.dir / ".sp-watch/state"), [])

    def test_statuses_for_the_operator_wait_longer_and_never_give_up(self):
        for status in (64, 78, 127, 126):
            self.drop(f"{status}.csv", f"exit {status}\n")
        child = self.watch("--max-attempts", "1")
        inbox.wait_until(lambda: len(self.journal("retry")) >= 8, "each was tried twice")
        self.stop(child)
        self.assertEqual(self.names("work"), {"64.csv", "78.csv", "127.csv", "126.csv"})
        self.assertTrue(all(step["delay_ms"] >= 300 for step in self.journal("retry")))

    def test_crashes_go_to_failed_after_max_attempts(self):
        self.drop("70.csv", "exit 70\n")
        self.drop("kill.csv", "kill -9 $$\n")
        self.drop("one.csv", "echo why >&2; exit 1\n")
        child = self.watch("--max-attempts", "3")
        self.wait_for("failed", "70.csv", "kill.csv", "one.csv")
        self.stop(child)
        self.assertEqual(sorted(self.everything()),
                         [("failed", "70.csv"), ("failed", "kill.csv"), ("failed", "one.csv")])
        self.assertEqual(self.reason("kill.csv", "failed")["signal"], 9)
        self.assertEqual(self.reason("one.csv", "failed")["stderr"], "why")
        for name in ("70.csv", "kill.csv", "one.csv"):
            self.assertEqual(self.reason(name, "failed")["attempts"], 3)
            self.assertEqual(len([s for s in self.journal("run") if s["job"] == name]), 3)

    def test_a_command_that_does_not_exist_is_the_operators_to_mend(self):
        self.drop("a.csv")
        done = self.once(command=["/no/such/command", "{}"])
        self.assertEqual(done.returncode, 75)
        self.assertEqual(self.everything(), [("work", "a.csv")])
        self.assertIn(b"/no/such/command", done.stderr)
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(self.everything(), [("done", "a.csv")])

    def test_timeout_ends_the_command_and_all_it_started(self):
        self.drop("a.csv", f"sleep 300 & echo $! >{self.base}/pid; sleep 300\n")
        child = self.watch("--timeout", "200ms", "--max-attempts", "1")
        self.wait_for("failed", "a.csv")
        self.assertEqual(self.reason("a.csv", "failed")["reason"], "killed after --timeout")
        self.assertFalse(inbox.is_alive(int((self.base / "pid").read_text())))
        self.stop(child)

    def test_the_environment_of_the_command(self):
        self.drop("a b.csv", 'touch "$SP_TMPDIR/left" && [[ $SP_TMPDIR = */.sp-watch/tmp/"a b.csv" ]] && '
                  '[[ $(ls -A "$SP_TMPDIR") = left ]] && [[ $SP_QUARANTINE = */in/quarantine ]] && '
                  '[[ $0 = /*"/in/work/a b.csv" ]] && [[ -z $(cat) ]] && exit 65\n')
        self.assertEqual(self.once().returncode, 65)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])

    def test_no_environment_makes_a_shell_run_other_commands(self):
        (self.base / "bent").write_text("exit 0\n")
        for name, value in (("BASH_ENV", str(self.base / "bent")), ("ENV", str(self.base / "bent")), ("SHELLOPTS", "noexec"),
                            ("BASHOPTS", "extdebug"), ("BASH_FUNC_exit%%", "() { builtin exit 0; }")):
            with self.subTest(name):
                self.drop("a.csv", "exit 65\n")
                self.assertEqual(self.once(env={**os.environ, name: value}).returncode, 65)

    def test_a_file_for_outcomes_is_only_of_a_batch(self):
        self.drop("a.csv", 'exit $((65 + ${#SP_OUTCOMES}))\n')
        environment = {**os.environ, "SP_OUTCOMES": str(self.base / "outcomes")}
        self.assertEqual(self.once(env=environment).returncode, 65)

    def test_rejects_that_the_command_kept_stay(self):
        self.drop("a.csv", 'echo rejected >"$SP_QUARANTINE/a.csv"; exit 0\n')
        self.drop("b.csv", 'echo rejected >"$SP_QUARANTINE/b.csv"; exit 65\n')
        self.once()
        self.assertEqual(self.read("quarantine", "a.csv"), "rejected\n")
        self.assertEqual(self.read("quarantine", "b.csv"), "rejected\n")
        whole = [name for name in self.names("quarantine") if name.startswith("b.2") and
                 not name.endswith(".json")]
        self.assertEqual(len(whole), 1)
        self.assertIn("exit 65", self.read("quarantine", whole[0]))

    def test_new_files_are_held_back_while_all_fail_and_go_on_afterwards(self):
        for i in range(200):
            self.drop(f"{i:03}.csv", f"[[ -e {self.base}/up ]] || exit 75\n")
        child = self.watch("--retry-max", "1s")
        inbox.wait_until(lambda: len(self.journal("run")) >= 6, "some were tried")
        self.assertGreater(len(self.names()), 180)
        (self.base / "up").touch()
        inbox.wait_until(lambda: len(self.names("done")) == 200, "all are done")
        self.stop(child)

    def test_one_bad_file_does_not_hold_back_the_others(self):
        self.drop("bad.csv", "exit 75\n")
        child = self.watch("--retry-first", "10s", "--retry-max", "10s")
        inbox.wait_until(lambda: self.journal("retry"), "the bad one was tried")
        for i in range(5):
            self.drop(f"{i}.csv")
        # The first waits for a second at most, and its success lets the others go.
        inbox.wait_until(lambda: len(self.names("done")) == 5, "the others are done")
        self.stop(child)

    def test_jobs_run_side_by_side(self):
        for i in range(4):
            self.drop(f"{i}.csv", f"touch {self.base}/up$(basename $0); "
                      f"while [[ $(ls {self.base} | grep -c ^up) -lt 4 ]]; do sleep 0.02; done\n")
        self.assertEqual(self.once("--jobs", "4").returncode, 0)
        self.assertEqual(len(self.names("done")), 4)

    def test_quarantine_and_done_may_be_elsewhere(self):
        self.drop("a.csv")
        self.drop("b.csv", "exit 65\n")
        other = self.base / "other"
        self.once("--done", str(other / "d"), "--quarantine", str(other / "q"))
        self.assertEqual(inbox.listing(other / "d"), ["a.csv"])
        self.assertEqual(inbox.listing(other / "q"), ["b.csv", "b.csv.reason.json"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
