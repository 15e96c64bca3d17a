"""Locks that another process keeps: it is said once who has them, other files go on, and --once does not wait."""
import fcntl
import os
import re
import shutil
import subprocess
import unittest

import inbox


class Locks(inbox.Inbox):
    def lock(self, *path, kind=fcntl.LOCK_EX):
        """As a stranger does, or a writer who locks what he writes."""
        file = open(self.dir.joinpath(*path))
        self.addCleanup(file.close)
        fcntl.flock(file, kind)
        return file

    def require_said(self, name, effect):
        said = f"warning: {name}: process {os.getpid()} (python3) of user {os.getuid()} has it locked: {effect}"
        self.assertEqual(len(re.findall(re.escape(said).replace("python3", r"\S+"), self.said())), 1, self.said())

    def test_once_says_who_has_a_file_and_leaves_it(self):
        for kind in (fcntl.LOCK_EX, fcntl.LOCK_SH):
            self.drop("a.csv")
            self.drop("b.csv")
            with self.lock("a.csv", kind=kind):
                self.assertEqual(self.once().returncode, 75)
                self.assertEqual(self.names(), {"a.csv"})
            self.require_said("a.csv", "it is left where it is")
            self.assertEqual(self.once().returncode, 0)
            self.log.truncate(0)

    def test_once_says_who_has_a_file_in_work(self):
        self.drop("a.csv", "exit 75\n")
        self.assertEqual(self.once().returncode, 75)
        with self.lock("work/a.csv", kind=fcntl.LOCK_SH):
            self.drop("b.csv")
            self.assertEqual(self.once().returncode, 75)
            self.assertEqual(self.names("done"), {"b.csv"})
        self.require_said("work/a.csv", "it is left where it is")
        self.assertEqual([step["file"] for step in self.journal("locked")], ["work/a.csv"])

    def test_once_says_who_has_the_turn_and_does_not_try_each_file(self):
        self.once()
        for n in range(300):
            self.drop(f"{n}.csv")
        with self.lock(".sp-watch/lock"):
            self.assertEqual(self.once().returncode, 75)
        self.require_said(str(self.dir / ".sp-watch/lock"), "no file is taken")
        self.assertEqual(len(self.names()), 300)

    def test_a_watcher_says_it_after_some_seconds_and_goes_on(self):
        self.drop("a.csv")
        with self.lock("a.csv"):
            child = self.watch()
            self.drop("b.csv")
            self.wait_for("done", "b.csv")
            self.assertNotIn("has it locked", self.said())
            inbox.wait_until(lambda: "has it locked" in self.said(), "it is said")
            self.drop("c.csv")
            self.wait_for("done", "c.csv")
        self.wait_for("done", "a.csv")
        self.stop(child)
        self.require_said("a.csv", "it is left where it is")

    def test_a_second_name_of_a_file_at_work_is_not_spoken_of(self):
        self.drop("a.csv", "sleep 0.5\n")
        os.link(self.dir / "a.csv", self.dir / "b.csv")
        self.once("--jobs", "2")
        self.assertNotIn("has it locked", self.said())

    def test_nobody_else_can_open_the_locks(self):
        for mode in (0o600, 0o666):
            for name in ("lock", "watchers"):
                path = self.dir / ".sp-watch" / name
                if path.exists():
                    os.chmod(path, mode)
                self.once()
                self.assertEqual(path.stat().st_mode & 0o777, 0o600)

    def test_no_lock_of_a_stranger_passes_for_a_watcher(self):
        def watched(**user):
            done = subprocess.run([self.tool, "--status", self.dir], check=True, capture_output=True, text=True, **user)
            return done.stdout.splitlines()[0].split(maxsplit=1)[1]
        self.once()
        folder = os.open(self.dir / ".sp-watch", os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.assertEqual(watched(), "by nobody")
        child = self.watch()
        self.assertEqual(watched(), "yes")
        if os.getuid() == 0:
            os.chmod(self.base, 0o755)
            self.tool = shutil.copy(self.tool, self.base)
            nobody = {"user": 65534, "group": 65534, "extra_groups": []}
            self.assertEqual(watched(**nobody), "unknown  only who may write to the folder may ask")
        child.kill()
        child.wait()
        self.assertEqual(watched(), "by nobody")


if __name__ == "__main__":
    unittest.main(verbosity=2)
