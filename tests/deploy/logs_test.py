"""The fields in which deploy/logs/ ships journals and logs: lines of each kind, through rsyslog."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
LOGS = SOURCE / "deploy/logs"
RSYSLOGD = shutil.which("rsyslogd", path="/usr/sbin:/usr/bin")
PATIENCE = 60  # seconds until a test gives up waiting
MAPPING = (LOGS / "sensor-pipeline.conf").read_text()
SCHEMA = json.loads((SOURCE / "examples/sp-watch/journal.schema.json").read_text())


def lines_of(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def results():
    """Event -> outcome and error.type."""
    table = json.loads((LOGS / "sensor-pipeline.events.json").read_text())["table"]
    return {row["index"]: row["value"] for row in table}


class Rows(unittest.TestCase):
    """The mapping has a row for all that there is."""

    def test_each_event_of_the_manual(self):
        page = (SOURCE / "man/sp-watch.1").read_text()
        text = re.search(r"^\.It Li event\n(.*?)^\.It ", page, re.DOTALL | re.MULTILINE).group(1)
        events = set(re.findall(r"[a-z-]{3,}", text))
        self.assertEqual(set(results()), events)

    def test_failures_have_the_words_of_the_database(self):
        source = (SOURCE / "tools/sp-load/journal/journal_line.cc").read_text()
        rows = re.search(r"kEvents\[\] = \{(.*?)\n\};", source, re.DOTALL)
        states = dict(re.findall(r'\{"([\w-]+)", "(\w+)"\}', rows.group(1)))
        self.assertGreater(len(states), 5)
        for event, status in states.items():
            self.assertEqual(results()[event], "success" if status == "loaded" else f"failure {status}")

    def test_each_member_of_a_line(self):
        log = {"time", "tool", "severity", "message", "file", "row", "line", "field"}
        for member in {field["name"] for field in SCHEMA["fields"]} | log:
            self.assertIn(f'name="$!{member}"', MAPPING)

    def test_the_unit_tells_its_network(self):
        self.assertIn("\nSyslogIdentifier=%N\n", (SOURCE / "deploy/systemd/sp-watch.service").read_text())


@unittest.skipUnless(RSYSLOGD, "no rsyslogd")
class Lines(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="sp-logs."))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.journal = self.base / "sensors/sofia/.sp-watch/journal.ndjson"
        self.journal.parent.mkdir(parents=True)
        (self.base / "state").mkdir()
        self.out = self.base / "out.ndjson"
        places = {"/var/lib/sensors": self.base / "sensors", "/etc/rsyslog.d": LOGS}
        mapping = MAPPING
        for usual, here in places.items():
            mapping = mapping.replace(usual, str(here))
        (self.base / "rsyslog.conf").write_text(
            f'global(workDirectory="{self.base}/state")\nmodule(load="imuxsock" SysSock.Use="off")\n'
            f'input(type="imuxsock" Socket="{self.base}/socket")\n{mapping}'
            f'ruleset(name="sp_store") {{ action(type="omfile" template="sp_ecs" file="{self.out}") }}\n')

    def start(self):
        log = open(self.base / "log", "ab")
        self.addCleanup(log.close)
        self.rsyslog = subprocess.Popen([RSYSLOGD, "-n", "-f", self.base / "rsyslog.conf", "-i", self.base / "pid"],
                                        stdout=log, stderr=log)
        self.addCleanup(self.stop)
        self.wait_until((self.base / "socket").exists)

    def stop(self):
        if self.rsyslog.poll() is None:
            self.rsyslog.terminate()
            self.rsyslog.wait()

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, (self.base / "log").read_text())
            self.assertIsNone(self.rsyslog.poll(), (self.base / "log").read_text())
            time.sleep(0.05)

    def await_lines(self, number):
        self.wait_until(lambda: self.out.exists() and self.out.read_text().count("\n") >= number)
        lines = lines_of(self.out)
        self.assertEqual(len(lines), number)
        return lines

    def log(self, tag, text):
        subprocess.run(["logger", "--socket", self.base / "socket", "--size", "64KiB", "--id", "--tag", tag],
                       input=text, check=True, text=True)

    def test_journal(self):
        lines = lines_of(HERE / "logs/journal.ndjson")
        self.assertEqual({line["event"] for line in lines}, set(results()))
        for line in lines:
            self.assertEqual(list(line), [field["name"] for field in SCHEMA["fields"]])
        shutil.copy(HERE / "logs/journal.ndjson", self.journal)
        self.start()
        found = self.await_lines(len(lines))
        self.assertEqual(found, lines_of(HERE / "logs/journal.ecs.ndjson"))
        self.assertEqual(len({line["event.id"] for line in found}), len(lines))
        # A restart sends nothing twice, and a new journal is followed.
        self.stop()
        self.start()
        os.rename(self.journal, self.journal.with_suffix(".1"))
        self.journal.write_text(json.dumps(dict(lines[0], why="sp-watch after the rotation")) + "\n")
        self.assertEqual(self.await_lines(len(lines) + 1)[-1]["event.reason"], "sp-watch after the rotation")

    def test_log(self):
        text = (HERE / "logs/log.ndjson").read_text()
        self.start()
        self.log("sp-watch@a-network-whose-name-is-long-enough", text)
        self.log("another", "not ours\n")
        found = self.await_lines(text.count("\n"))
        for line in found:
            line.pop("host.name")
            self.assertRegex(line.pop("event.id"), r"^-?\d+$")
        self.assertEqual(found, lines_of(HERE / "logs/log.ecs.ndjson"))

    def test_what_is_no_json(self):
        torn = '{"time":"2026-12-01T10:36:01.125Z","event":"ta'
        self.journal.write_text(torn + "\n")
        self.start()
        self.await_lines(1)
        self.log("sp-watch", "Killed\n")
        lines = self.await_lines(2)
        self.assertEqual([(line["message"].strip(), line["event.dataset"]) for line in lines],
                         [(torn, "sp.journal"), ("Killed", "sp.log")])
        for line in lines:
            self.assertRegex(line["@timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
            self.assertNotIn("labels.network", line)
        self.assertEqual(lines[0]["event.outcome"], "unknown")


if __name__ == "__main__":
    unittest.main()
