"""PostgreSQL is down when a file arrives, or goes away in the middle: the file is loaded, once."""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from workplace import SOURCE, Session, Workplace, sample, wait_until

SERVER = SOURCE / "scripts/private-postgres"


class Outage(Workplace):
    """Has a server of its own to stop and start."""

    def setUp(self):
        self.server = pathlib.Path(tempfile.mkdtemp(prefix="sp-e2e-server."))
        self.addCleanup(self.remove_server)
        os.chmod(self.server, 0o755)
        self.start_server()
        connection = subprocess.run([SERVER, "env", self.server], check=True, capture_output=True, text=True)
        for assignment in connection.stdout.removeprefix("export ").split():
            name, value = assignment.split("=", 1)
            os.environ[name] = value
        super().setUp()

    def start_server(self):
        subprocess.run([SERVER, "start", "--fast", self.server], check=True)

    def stop_server(self):
        subprocess.run([SERVER, "stop", self.server], check=True)

    def remove_server(self):
        self.stop_server()
        shutil.rmtree((self.server / "data").resolve(), ignore_errors=True)
        shutil.rmtree(self.server, ignore_errors=True)

    def assert_loaded_once(self, rows):
        self.assertEqual(self.ledger(), {"bme280.csv": (rows, rows, 0, rows, 0)})
        self.assertEqual(self.count("reading"), rows)
        self.assertEqual(self.names("done"), ["bme280.csv"])
        self.assertEqual(self.names("quarantine"), [])

    def test_down_when_the_file_arrives(self):
        self.start_watching()
        self.stop_server()
        self.drop("bme280.csv", sample(rows=5000, defects=0))
        wait_until(lambda: self.names("work"), "the file is taken")
        time.sleep(5)
        self.assertEqual(self.names("work"), ["bme280.csv"])
        self.start_server()
        self.await_all()
        self.assert_loaded_once(5000)

    def test_a_stop_does_not_wait_for_the_server(self):
        self.environment["SP_RETRY_FOR"] = "1h"
        self.start_watching()
        self.stop_server()
        self.drop("bme280.csv", sample(rows=5000, defects=0))
        wait_until(lambda: "trying again" in self.log.read_text(), "sp-load waits")
        self.stop_watching()
        self.assertIn("not tried again, for a signal asked to end", self.log.read_text())
        self.assertEqual(self.names("work"), ["bme280.csv"])
        self.start_server()
        self.start_watching()
        self.await_all()
        self.assert_loaded_once(5000)

    def test_why_it_waits_is_told_before_it_gives_up(self):
        self.start_watching("--retry-first", "1min")
        self.stop_server()
        self.drop("bme280.csv", sample(rows=5000, defects=0))
        status = ("sp-watch", "--status", str(self.folder))
        wait_until(lambda: b"attempt 1: exit status 75 (TEMPFAIL): sp-load: error: " in self.run_tool(*status).stdout, "--status says why")
        self.start_server()

    def test_a_stop_lets_a_transaction_end(self):
        self.start_watching()
        session = Session(self.environment)
        session.run("BEGIN; LOCK TABLE sp.reading IN ACCESS EXCLUSIVE MODE")
        self.drop("bme280.csv", sample(rows=5000, defects=0))
        wait_until(lambda: self.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
                   "sp-load waits for the lock")
        os.kill(self.find_stage("sp-load"), signal.SIGTERM)
        self.watcher.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        session.run("COMMIT")
        session.close()
        self.assertEqual(self.watcher.wait(), 0)
        self.assert_loaded_once(5000)

    def test_gone_in_the_middle(self):
        self.start_watching()
        session = Session(self.environment)
        session.run("BEGIN; LOCK TABLE sp.reading IN ACCESS EXCLUSIVE MODE")
        self.drop("bme280.csv", sample(rows=100_000, defects=0))
        wait_until(lambda: self.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"),
                   "sp-load waits for the lock")
        self.stop_server()
        session.close()
        self.start_server()
        self.await_all()
        self.assert_loaded_once(100_000)


if __name__ == "__main__":
    unittest.main(verbosity=2)
