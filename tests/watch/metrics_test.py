"""--status --format, --metrics, and what the service manager hears."""
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import unittest

import inbox

PAGE = pathlib.Path(__file__).parents[2] / "man" / "sp-watch.1"
REASONS = {"USAGE", "NOINPUT", "SOFTWARE", "IOERR", "TEMPFAIL", "CONFIG", "cannot be executed",
           "command not found", "other", "signal", "timeout", "changed"}


def samples(text):
    """{(name, label or ""): number} of an answer for one folder."""
    found = re.findall(r'^(\w+)\{dir="[^"]*"(?:,\w+="([^"]*)")?\} ([0-9.]+)$', text, re.MULTILINE)
    return {(name, label): float(number) for name, label, number in found}


class Metrics(inbox.Inbox):
    def status(self, form, folder=None):
        return subprocess.run([inbox.SP_WATCH, "--status", "--format", form, folder or self.dir], check=True,
                              capture_output=True, text=True).stdout

    def metrics(self):
        return samples(self.status("prometheus"))

    def test_the_page_has_what_the_answer_has(self):
        page = PAGE.read_text().partition(".Sh METRICS\n")[2].partition("\n.Sh ")[0]
        on_page = dict(re.findall(r"^\.It Li (sp_watch_\w+)(?: Brq Li (\w+))?$", page, re.MULTILINE))
        answer = self.status("prometheus")
        self.assertEqual(set(re.findall(r"^# TYPE (\w+) ", answer, re.MULTILINE)), set(on_page))
        self.assertEqual(set(re.findall(r"^# HELP (\w+) ", answer, re.MULTILINE)), set(on_page))
        for name, label in re.findall(r'^(\w+)\{dir="[^"]*"(?:,(\w+)="[^"]*")?\}', answer, re.MULTILINE):
            self.assertEqual(on_page[name], label, name)
        for reason in {label for name, label in samples(answer) if label and name == "sp_watch_retries_total"}:
            self.assertIn(reason, page)

    def test_what_became_of_files(self):
        began = time.time()
        for name, content in (("a.csv", "exit 0\n"), ("b.csv", "exit 65\n"), ("c.csv", "exit 75\n"),
                              ("d.csv", "kill -9 $$\n"), ("e.csv", "exit 99\n")):
            self.drop(name, content)
        self.once("--retry-first", "1h", "--retry-max", "1h")
        found = self.metrics()
        for name, label, number in (("files", "retrying", 3), ("files", "done", 1), ("files", "quarantine", 1),
                                    ("files", "waiting", 0), ("finished_files_total", "done", 1),
                                    ("finished_files_total", "quarantine", 1), ("finished_files_total", "failed", 0),
                                    ("retries_total", "TEMPFAIL", 1), ("retries_total", "signal", 1),
                                    ("retries_total", "other", 1), ("retries_total", "SOFTWARE", 0), ("up", "", 0)):
            self.assertEqual(found["sp_watch_" + name, label], number, (name, label))
        self.assertEqual({label for name, label in found if name == "sp_watch_retries_total"}, REASONS)
        for name in ("look", "oldest", "last_done"):
            self.assertTrue(began - 1 < found[f"sp_watch_{name}_timestamp_seconds", ""] < time.time() + 1, name)
        self.once("--max-attempts", "1", "--retry-first", "1h", "--retry-max", "1h")
        again = self.metrics()  # the counters go on
        self.assertEqual(again["sp_watch_finished_files_total", "done"], 1)
        self.assertEqual(again["sp_watch_finished_files_total", "failed"], 2)
        self.assertEqual(again["sp_watch_retries_total", "TEMPFAIL"], 2)

    def test_since_when_nothing_succeeds(self):
        self.drop("a.csv", f"echo 'sp-load: error: away' >&2; [ -e {self.base}/up ] || exit 75\n")
        child = self.watch("--retry-first", "100ms", "--retry-max", "100ms")
        inbox.wait_until(lambda: self.metrics()["sp_watch_failing_tries", ""] > 2, "tries fail")
        status = json.loads(self.status("json"))
        first = self.journal("retry")[0]["time"]
        self.assertEqual(status["failing_since"][:19], first[:19])
        self.assertIn("sp-load: error: away", status["failing_why"])
        self.assertRegex(self.status("text"), r"\nnothing done since [0-9T:.-]+Z, tried \d+ times: .*sp-load: error: away\n")
        (self.base / "up").touch()
        self.wait_for("done", "a.csv")
        inbox.wait_until(lambda: self.metrics()["sp_watch_failing_tries", ""] == 0, "it is over")
        self.assertNotIn(("sp_watch_failing_since_timestamp_seconds", ""), self.metrics())
        self.assertNotIn("nothing done", self.status("text"))
        self.stop(child)

    def test_the_file_is_written_at_each_rescan_and_at_the_end(self):
        file = self.base / "m.prom"
        child = self.watch("--metrics", file)
        inbox.wait_until(file.exists, "it is there before the first file")
        self.assertEqual(samples(file.read_text())["sp_watch_up", ""], 1)
        self.drop("a.csv")
        inbox.wait_until(lambda: samples(file.read_text())["sp_watch_files", "done"] == 1, "it is told")
        # The question did not cost the watcher its own lock.
        self.assertEqual(self.metrics()["sp_watch_up", ""], 1)
        self.stop(child)
        self.assertEqual(samples(file.read_text())["sp_watch_up", ""], 0)
        self.assertEqual({name for name in os.listdir(self.base) if "m.prom" in name}, {"m.prom"})

    def test_a_file_that_cannot_be_written_shows_at_once(self):
        done = self.once("--metrics", self.base / "no" / "m.prom")
        self.assertEqual(done.returncode, 74, done.stderr)
        self.assertIn(b"m.prom", done.stderr)

    def test_two_watchers_count_together(self):
        children = [self.watch(), self.watch()]
        for i in range(40):
            self.drop(f"{i}.csv")
        self.wait_for("done", *[f"{i}.csv" for i in range(40)])
        for child in children:
            self.stop(child)
        self.assertEqual(self.metrics()["sp_watch_finished_files_total", "done"], 40)

    def test_a_folder_with_any_name(self):
        folder = os.fsencode(self.base) + b'/a"b\\c\nd\xff'
        os.mkdir(folder)
        self.assertIn('/a\\"b\\\\c\\nd\ufffd"', self.status("prometheus", folder))

    def test_format_and_metrics_where_they_say_nothing(self):
        for flags in (["--format", "json", self.dir, "--", "true"], ["--status", "--metrics", "x", self.dir],
                      ["--status", "--format", "xml", self.dir]):
            done = subprocess.run([inbox.SP_WATCH, *flags], capture_output=True)
            self.assertEqual(done.returncode, 64, flags)

    def test_the_service_manager_hears_how_it_stands(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(str(self.base / "manager"))
        manager.settimeout(0.1)
        heard = []

        def hears(pattern):
            try:
                heard.append((time.monotonic(), manager.recv(4096).decode()))
            except TimeoutError:
                pass
            return [text for _, text in heard if re.match(pattern, text)]

        self.drop("a.csv", "echo 'sp-load: error: away' >&2; exit 75\n")
        child = self.watch(env={**os.environ, "NOTIFY_SOCKET": str(self.base / "manager")})
        inbox.wait_until(lambda: hears(r"STATUS=1 waiting, 0 running; nothing done since \S+Z, tried \d+ times?: "
                                       r".*sp-load: error: away"), "STATUS=")
        self.drop("a.csv.part")
        for i in range(20):
            self.drop(f"{i}.csv")
        inbox.wait_until(lambda: hears(r"STATUS=1 waiting, 0 running$"), "the rest is done")
        self.stop(child)
        told = [(at, text) for at, text in heard if text.startswith("STATUS=")]
        self.assertLessEqual(len(told), told[-1][0] - told[0][0] + 2, told)  # one a second, and one for what is late
        self.assertTrue(all(a != b for (_, a), (_, b) in zip(told, told[1:])), told)


if __name__ == "__main__":
    unittest.main(verbosity=2)
