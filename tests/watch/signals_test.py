"""Stopping, rotating the journal, and streams that are closed."""
import json
import os
import signal
import subprocess
import time
import unittest

import inbox


class Signals(inbox.Inbox):
    def test_term_and_int_let_running_commands_end(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.drop(f"{number}.csv", "sleep 0.6\n")
            child = self.watch()
            self.drop("later.part")
            inbox.wait_until(lambda: [s for s in self.journal("run") if s["job"] == f"{number}.csv"],
                             "it runs")
            child.send_signal(number)
            self.drop(f"new{number}.csv")
            self.assertEqual(child.wait(inbox.PATIENCE), 0)
            self.assertIn(f"{number}.csv", self.names("done"))
            self.assertIn(f"new{number}.csv", self.names())
            os.unlink(self.dir / f"new{number}.csv")

    def test_the_second_signal_ends_the_command(self):
        self.drop("a.csv", f"echo $$ >{self.base}/pid; sleep 300\n")
        child = self.watch()
        inbox.wait_until(lambda: (self.base / "pid").exists() and (self.base / "pid").read_text(), "it runs")
        child.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        self.assertIsNone(child.poll())
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(inbox.PATIENCE), 0)
        self.assertFalse(inbox.is_alive(int((self.base / "pid").read_text())))
        self.assertEqual(self.everything(), [("work", "a.csv")])
        # It was not the command's fault.
        self.assertEqual(len(self.journal("interrupted")), 1)
        self.assertEqual(self.journal("retry"), [])

    def test_a_terminals_interrupt_does_not_reach_the_command(self):
        self.drop("a.csv", "sleep 0.5\n")
        child = self.watch(start_new_session=True)
        inbox.wait_until(lambda: self.journal("run"), "it runs")
        os.killpg(child.pid, signal.SIGINT)
        self.assertEqual(child.wait(inbox.PATIENCE), 0)
        self.assertEqual(self.names("done"), {"a.csv"})

    def test_once_that_is_stopped_says_so(self):
        for i in range(3):
            self.drop(f"{i}.csv", "sleep 0.5\n")
        child = self.watch("--once")
        inbox.wait_until(lambda: self.journal("run"), "the first runs")
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(inbox.PATIENCE), 75)
        self.assertEqual(len(self.names("done")), 1)
        self.assertEqual(len(self.names()), 2)

    def test_hup_opens_the_journal_again(self):
        child = self.watch()
        journal = self.dir / ".sp-watch/journal.ndjson"
        os.rename(journal, self.base / "old")
        child.send_signal(signal.SIGHUP)
        inbox.wait_until(journal.exists, "a new journal")
        self.drop("a.csv")
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.assertEqual([step["event"] for step in self.journal()], ["taken", "run", "end", "done", "stop"])
        self.assertEqual(len((self.base / "old").read_text().splitlines()), 1)

    def test_every_line_on_standard_error_is_json_where_asked(self):
        self.drop("a\nb.csv", "echo 'sp-load: error: no' >&2; exit 65\n")
        self.drop("c.csv", "echo 'set -e; {' >&2\n")
        done = self.once("--log-format", "json")
        lines = [json.loads(line) for line in done.stderr.decode().splitlines()]
        self.assertEqual({line["tool"] for line in lines}, {"sp-watch", "sp-load", "bash"})
        self.assertIn(("sp-load", "error", "no"), {(line["tool"], line["severity"], line["message"]) for line in lines})
        self.assertEqual({line["time"][-1] for line in lines}, {"Z"})
        self.assertIn("a%0Ab.csv", {line.get("file") for line in lines})

    def test_quiet_says_only_what_is_wrong(self):
        self.drop("a.csv")
        self.assertEqual(self.once("--quiet").stderr, b"")
        self.drop("b.csv", "exit 65\n")
        self.assertIn(b"warning: b.csv", self.once("--quiet").stderr)

    def test_closed_streams_do_not_stop_the_work(self):
        for closed in ("0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-", "2>/dev/full", "1>/dev/full"):
            with self.subTest(closed):
                self.drop("a.csv", "echo to stdout; echo to stderr >&2; exit 0\n")
                command = subprocess.list2cmdline(self.command("--once", command=["bash", "{}"]))
                done = subprocess.run(["bash", "-c", f"exec {command} {closed}"], cwd=self.base,
                                      capture_output=True, timeout=inbox.PATIENCE)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.names(), set())
                for line in self.journal():
                    self.assertIn("event", line)

    def test_a_reader_of_standard_error_that_leaves_does_not_end_it(self):
        child = subprocess.Popen(self.command(), cwd=self.base, stdin=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        self.running.append(child)
        inbox.wait_until(lambda: self.journal("start"), "it is up")
        child.stderr.close()
        for i in range(3):
            self.drop(f"{i}.csv", "echo words >&2\n")
        self.wait_for("done", "0.csv", "1.csv", "2.csv")
        self.assertIsNone(child.poll())
        self.stop(child)

    def test_the_folder_is_taken_away(self):
        child = self.watch()
        os.rename(self.dir, self.base / "moved")
        self.assertEqual(child.wait(inbox.PATIENCE), 66)
        self.assertIn("removed, moved or replaced", self.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
