"""Stages and watchers killed half way: nothing is committed, and the file is loaded whole, once.

A lock on sp.reading keeps sp-load waiting, so that every stage is alive in the middle of a file that is
larger than all buffers between them; then one is killed.
"""
import os
import shutil
import signal
import subprocess
import unittest

from workplace import STAGE, STAGES, Session, Workplace, sample, wait_until

NAME = "bme280.csv"


class Interrupted(Workplace):
    def hold_the_pipeline(self, content):
        """Drops a file and returns when all stages run; close the session to let them go on."""
        session = Session(self.environment)
        self.addCleanup(session.close)
        session.run("BEGIN; LOCK TABLE sp.reading, sp.ingest IN ACCESS EXCLUSIVE MODE")
        self.drop(NAME, content)
        wait_until(self.session_waits_for_lock, "sp-load waits for the lock")
        return session

    def session_waits_for_lock(self):
        return self.sql("SELECT 1 FROM pg_stat_activity WHERE datname = current_database()"
                        " AND wait_event_type = 'Lock'")

    def assert_loaded_once(self):
        read, passed, rejected, loaded, not_loaded = self.ledger()[NAME]
        self.assertEqual((read, passed + rejected, loaded, not_loaded), (self.rows, self.rows, passed, 0))
        self.assertEqual(self.count("ingest"), 1)
        self.assertEqual(self.count("reading"), passed)
        self.assertEqual(int(self.sql("SELECT sum(n) FROM sp.file_statistics WHERE quantity = 'humidity'")[0][0]),
                         passed)
        self.assertEqual(self.names("done"), [NAME])
        self.assertEqual(len((self.folder / "quarantine" / NAME).read_bytes().splitlines()), 1 + rejected)

    def kill_stage(self, tool):
        self.rows = 200_000
        self.start_watching()
        session = self.hold_the_pipeline(sample(rows=self.rows))
        pid = self.find_stage(tool)
        self.assertIsNotNone(pid, f"{tool} had ended already")
        os.kill(pid, signal.SIGKILL)
        session.run("COMMIT")
        self.await_all()
        self.assertIn("of signal 9 (Killed)", self.log.read_text())
        self.assert_loaded_once()

    def test_a_killed_stage_leaves_nothing(self):
        """Without a retry: what the script leaves behind."""
        content = sample(rows=200_000)
        file = self.base / NAME
        file.write_bytes(content)
        for tool in STAGES:
            with self.subTest(tool):
                session = Session(self.environment)
                session.run("BEGIN; LOCK TABLE sp.reading, sp.ingest IN ACCESS EXCLUSIVE MODE")
                process = subprocess.Popen(["sp-pipeline", str(file)], env=self.environment)
                wait_until(self.session_waits_for_lock, "sp-load waits for the lock")
                os.kill(self.find_stage(tool), signal.SIGKILL)
                session.run("COMMIT")
                session.close()
                self.assertEqual(process.wait(), 128 + signal.SIGKILL)
                self.assert_nothing_committed()
                self.assertFalse((self.base / "quarantine").exists())

    def test_a_stage_that_crashes_each_time(self):
        """One that was killed from outside is tried again, and does not count."""
        tools = self.base / "bin"
        shutil.copytree(STAGE / "bin", tools)
        (tools / "sp-transform").write_text(f"""#!/bin/bash
            echo >>{self.base}/tries
            tries=$(wc -l <{self.base}/tries)
            ((tries > 3)) || kill -KILL $$
            kill -SEGV $$""")
        self.drop(NAME, sample(rows=100))
        command = ("sp-watch", "--retry-first", "10ms", "--max-attempts", "3", str(self.folder), "--", str(tools / "sp-pipeline"), "{}")
        schemas = dict(self.environment, SP_SCHEMA_DIR=str(STAGE / "share/sensor-pipeline/schemas"))
        watch = subprocess.Popen(command, env=schemas, stderr=subprocess.DEVNULL)
        wait_until(lambda: NAME in self.names("failed"), "the file has failed")
        watch.terminate()
        self.assertEqual(watch.wait(), 0)
        self.assertEqual((self.base / "tries").read_text().count("\n"), 3 + 3)
        self.assertIn("of signal 11", self.reason(NAME, "failed")["reason"])
        self.assert_nothing_committed()

    def test_sp_validate_killed(self):
        self.kill_stage("sp-validate")

    def test_sp_transform_killed(self):
        self.kill_stage("sp-transform")

    def test_sp_aggregate_killed(self):
        self.kill_stage("sp-aggregate")

    def test_sp_load_killed(self):
        self.kill_stage("sp-load")

    def test_sp_watch_killed(self):
        self.rows = 50_000
        self.start_watching()
        session = self.hold_the_pipeline(sample(rows=self.rows))
        self.stop_watching(signal.SIGKILL)
        self.start_watching()
        session.run("COMMIT")
        self.await_all()
        self.assert_loaded_once()

    def test_everything_killed(self):
        self.rows = 50_000
        self.start_watching()
        session = self.hold_the_pipeline(sample(rows=self.rows))
        self.stop_watching(signal.SIGKILL)
        for tool in (*STAGES, "sp-pipeline"):
            while (pid := self.find_stage(tool)) is not None:
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: not os.path.exists(f"/proc/{pid}/exe"), f"{tool} is gone")
        session.run("COMMIT")
        self.assert_nothing_committed()
        self.start_watching()
        self.await_all()
        self.assert_loaded_once()


if __name__ == "__main__":
    unittest.main(verbosity=2)
