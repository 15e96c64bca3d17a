"""deploy/prometheus with Debian's promtool, prometheus and prometheus-node-exporter: the metrics are as
they should be, the rules find what they should, and an alert fires."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

SP_WATCH = os.environ["SP_WATCH"]
DEPLOY = pathlib.Path(__file__).parents[2] / "deploy" / "prometheus"
PATIENCE = 60  # seconds
PROGRAMS = ["promtool", "prometheus", "prometheus-node-exporter"]
MISSING = [program for program in PROGRAMS if shutil.which(program) is None]


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.2)
    return result


def ask(url):
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return ""


@unittest.skipIf(MISSING, f"not installed: {', '.join(MISSING)}")
class Prometheus(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="sp-prometheus."))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.dir = self.base / 'in "quotes"'
        self.dir.mkdir()

    def start(self, *command):
        log = open(self.base / (pathlib.Path(command[0]).name + ".log"), "wb")
        self.addCleanup(log.close)
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.base)

        def end():
            child.kill()
            child.wait()
        self.addCleanup(end)
        return child

    def promtool(self, *args, **options):
        done = subprocess.run(["promtool", *args], capture_output=True, text=True, cwd=DEPLOY, **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def watch_command(self, *flags):
        return [SP_WATCH, "--settle", "10ms", "--interval", "200ms", *flags, self.dir, "--", "bash", "-c", 'source "$0"', "{}"]

    def test_the_names_are_by_the_rules(self):
        for name, content in (("a.csv", "exit 0\n"), ("b.csv", "exit 65\n"), ("c.csv", "exit 75\n")):
            (self.dir / name).write_text(content)
        subprocess.run(self.watch_command("--once"), capture_output=True, timeout=PATIENCE)
        metrics = subprocess.run([SP_WATCH, "--status", "--format", "prometheus", self.dir], check=True,
                                 capture_output=True, text=True).stdout
        self.assertIn('result="done"} 1\n', metrics)
        self.assertEqual(self.promtool("check", "metrics", input=metrics), "")

    def test_the_rules_find_what_they_should(self):
        self.promtool("check", "rules", "sp-watch.rules.yml")
        self.promtool("test", "rules", "sp-watch.rules_test.yml")
        self.promtool("check", "config", "prometheus.yml")
        rules = set(re.findall(r"alert: (\w+)", (DEPLOY / "sp-watch.rules.yml").read_text()))
        tested = re.findall(r"alertname: (\w+)\n +exp_alerts", (DEPLOY / "sp-watch.rules_test.yml").read_text())
        self.assertEqual(set(tested), rules)

    def fires(self, port):
        answer = json.loads(ask(f"http://127.0.0.1:{port}/api/v1/alerts") or '{"data": {"alerts": []}}')
        return {alert["labels"]["alertname"]: alert["labels"]["dir"] for alert in answer["data"]["alerts"]
                if alert["state"] == "firing"}

    def test_an_alert_fires(self):
        exporter_port, port = free_port(), free_port()
        textfiles = self.base / "textfiles"
        textfiles.mkdir()
        watch = self.start(*self.watch_command("--metrics", str(textfiles / "sp-watch.prom")))
        self.start("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile",
                   f"--collector.textfile.directory={textfiles}", f"--web.listen-address=127.0.0.1:{exporter_port}")
        wait_until(lambda: "sp_watch_up{" in ask(f"http://127.0.0.1:{exporter_port}/metrics"), "the exporter has them")
        exported = ask(f"http://127.0.0.1:{exporter_port}/metrics")
        self.assertIn("node_textfile_scrape_error 0", exported)
        # The files as they are, but for the address and the times.
        config = (DEPLOY / "prometheus.yml").read_text()
        config = config.replace("localhost:9100", f"127.0.0.1:{exporter_port}").replace("15s", "1s")
        (self.base / "prometheus.yml").write_text(config)
        rules = (DEPLOY / "sp-watch.rules.yml").read_text()
        (self.base / "sp-watch.rules.yml").write_text(rules.replace("for: 5m", "for: 1s"))
        self.start("prometheus", "--config.file=prometheus.yml", f"--storage.tsdb.path={self.base}/data",
                   f"--web.listen-address=127.0.0.1:{port}")
        query = f"http://127.0.0.1:{port}/api/v1/query?query=sp_watch_up"
        wait_until(lambda: '"1"]' in ask(query), "prometheus has scraped them")
        self.assertEqual(self.fires(port), {})
        (self.dir / "bad.csv").write_text("exit 65\n")
        wait_until(lambda: "SpWatchFilesRefused" in self.fires(port), "a file was refused")
        watch.send_signal(signal.SIGTERM)
        self.assertEqual(watch.wait(PATIENCE), 0)
        wait_until(lambda: "SpWatchNotRunning" in self.fires(port), "nobody watches")
        self.assertEqual(self.fires(port), {"SpWatchFilesRefused": str(self.dir), "SpWatchNotRunning": str(self.dir)})


if __name__ == "__main__":
    unittest.main(verbosity=2)
