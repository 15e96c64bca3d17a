"""Disks that are full, other file systems, and the order in which moves reach the disk."""
import os
import pathlib
import re
import resource
import shutil
import socket
import subprocess
import tempfile
import time
import unittest

import inbox

SHM = pathlib.Path("/dev/shm")


class Disk(inbox.Inbox):
    def test_a_journal_that_cannot_be_written_stops_the_taking(self):
        self.drop("a.csv")
        done = self.once("--journal", "/dev/full")
        self.assertEqual(done.returncode, 74)
        self.assertIn(b"cannot write the journal /dev/full", done.stderr)
        self.assertEqual(self.everything(), [("", "a.csv")])
        self.assertEqual(self.once().returncode, 0)

    def test_a_journal_that_is_no_regular_file_is_written_to_and_stays(self):
        fifo = self.base / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        for journal, said in ((fifo, lambda _: os.read(reader, 65536)),
                              ("/dev/stdout", lambda done: done.stdout), ("/dev/stderr", lambda done: done.stderr)):
            self.drop("a.csv")
            done = self.once("--journal", str(journal))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn(b'"event":"done"', said(done), journal)
        self.assertTrue(fifo.is_fifo())

    def test_the_command_is_told_the_journal_where_it_can_be_read(self):
        fifo = self.base / "fifo"
        os.mkfifo(fifo)
        reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, reader)
        for flags, expected in (((), self.dir / ".sp-watch/journal.ndjson"), (("--journal", "j"), self.base / "j"),
                                (("--journal", fifo), "")):
            self.drop("a.csv", f'printf %s "$SP_JOURNAL" >{self.base}/told\n')
            done = self.once(*flags, env=dict(os.environ, SP_JOURNAL="another"))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual((self.base / "told").read_text(), str(expected))

    def test_a_journal_is_named_as_it_was_given(self):
        done = self.once("--journal", "no/j")
        self.assertEqual(done.returncode, 74)
        self.assertIn(b"cannot open the journal no/j: ", done.stderr)

    def test_what_is_refused_is_in_the_journal_before_it_moves(self):
        self.drop("a.csv", "echo 'reader: error: x' >&2; exit 65\n")
        _, lines = self.trace("write,fdatasync,renameat2")
        synced = next(i for i, line in enumerate(lines) if re.match(r"fdatasync\(\d+<.*journal.ndjson>", line))
        told = [line for line in lines[:synced] if re.match(r"write\(\d+<.*journal.ndjson>", line)]
        moved = next(i for i, line in enumerate(lines) if re.match(r'renameat2\(\d+<[^>]*/work>, "a.csv"', line))
        self.assertLess(synced, moved)
        self.assertEqual([step["event"] for step in self.journal()][:len(told)], ["start", "taken", "run", "end", "quarantine"])

    def test_done_and_failed_on_another_file_system(self):
        if not SHM.is_dir() or SHM.stat().st_dev == self.base.stat().st_dev:
            self.skipTest("there is no second file system in /dev/shm")
        other = pathlib.Path(tempfile.mkdtemp(prefix="sp-watch.", dir=SHM))
        self.addCleanup(shutil.rmtree, other)
        flags = [part for place in ("done", "quarantine", "failed") for part in (f"--{place}", other / place)]
        self.drop("a.csv", b"exit 0\n" + b"x" * 1_000_000)
        self.drop("b.csv", "exit 65\n")
        self.drop("c.csv", "exit 70\n")
        os.utime(self.dir / "a.csv", (1000, 1000))
        self.once("--max-attempts", "1", *map(str, flags))
        self.assertEqual(os.listdir(other / "done"), ["a.csv"])
        self.assertEqual((other / "done/a.csv").read_bytes(), b"exit 0\n" + b"x" * 1_000_000)
        self.assertEqual((other / "done/a.csv").stat().st_mtime, 1000)
        self.assertEqual(inbox.listing(other / "quarantine"), ["b.csv", "b.csv.reason.json"])
        self.assertEqual(sorted(os.listdir(other / "failed")), ["c.csv", "c.csv.reason.json"])
        self.assertEqual(self.names() | self.names("work"), set())
        # What is not a file cannot be moved there by a rename, so it stays.
        os.symlink("/etc/passwd", self.dir / "link")
        self.assertEqual(self.once(*map(str, flags)).returncode, 0)
        self.assertEqual(self.names(), {"link"})
        self.assertEqual(len(self.journal("ignored")), 1)

    def test_work_on_another_file_system_is_refused(self):
        if not SHM.is_dir() or SHM.stat().st_dev == self.base.stat().st_dev:
            self.skipTest("there is no second file system in /dev/shm")
        other = pathlib.Path(tempfile.mkdtemp(prefix="sp-watch.", dir=SHM))
        self.addCleanup(shutil.rmtree, other)
        self.drop("a.csv")
        done = self.once("--work", str(other))
        self.assertEqual(done.returncode, 78)
        self.assertIn(b"--work", done.stderr)
        self.assertEqual(self.names(), {"a.csv"})

    def trace(self, calls, *options, command=None, flags=()):
        if not shutil.which("strace"):
            self.skipTest("no strace")
        log = self.base / "trace"
        done = subprocess.run(["strace", "-qq", "-y", "-o", log, "-e", f"trace={calls}", *options,
                               *self.command("--once", *flags, command=command)], cwd=self.base,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=inbox.PATIENCE)
        return done, log.read_text().splitlines()

    def test_every_move_is_synced_before_the_next_step(self):
        self.drop("a.csv", "exit 0\n")
        done, lines = self.trace("fsync,renameat2,vfork,clone,clone3", command=["true", "{}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        steps = []
        for line in lines:
            if found := re.match(r'renameat2\(\d+<(.*?)>, "a.csv", \d+<(.*?)>', line):
                steps.append(f"rename {pathlib.Path(found[1]).name} {pathlib.Path(found[2]).name}")
            elif found := re.match(r"fsync\(\d+<(.*?)>", line):
                steps.append(f"sync {pathlib.Path(found[1]).name}")
            elif re.match(r"(vfork|clone)", line):
                steps.append("run")
        self.assertEqual(steps, ["rename in work", "sync a.csv", "sync work", "sync in", "run",
                                 "rename work done", "sync done", "sync work"])

    def test_a_batch_waits_for_the_disk_as_often_as_one_file(self):
        for i in range(10):
            self.drop(f"{i}.csv")
        done, lines = self.trace("fsync,fdatasync,syncfs,renameat2,vfork,clone,clone3", flags=["--batch", "10"],
                                 command=["true", "{+}"])
        self.assertEqual(done.returncode, 0, done.stderr)
        steps = []
        for line in lines:
            if found := re.match(r'renameat2\(\d+<(.*?)>, "\d.csv", \d+<(.*?)>', line):
                steps.append(f"rename {pathlib.Path(found[1]).name} {pathlib.Path(found[2]).name}")
            elif found := re.match(r"(\w*sync\w*)\(\d+<(.*?)>", line):
                steps.append(f"{found[1]} {pathlib.Path(found[2]).name}")
            elif re.match(r"(vfork|clone)", line):
                steps.append("run")
        self.assertEqual(steps, ["rename in work"] * 10 + ["syncfs work", "run"] + ["rename work done"] * 10 +
                         ["fsync done", "fsync work", "fdatasync journal.ndjson"])

    def test_reasons_and_rejects_of_a_batch_are_on_disk_before_its_files_move(self):
        script = 'for f; do echo >"$SP_QUARANTINE/${f##*/}.errors.ndjson"; case $f in *[0-4].csv) ' \
                 'printf \'{"file":"%s","status":65}\\n\' "$f";; esac; done >"$SP_OUTCOMES"'
        for i in range(10):
            self.drop(f"{i}.csv")
        _, lines = self.trace("fsync,syncfs,renameat2", flags=["--batch", "10"],
                              command=["bash", "-c", script, "each", "{+}"])
        calls = [re.match(r"(\w+)\(\d+<[^>]*?(\w+)>", line) for line in lines]
        steps = [f"{call[1]} {call[2]}" for call in calls if call]
        after = steps[steps.index("syncfs work") + 1:]
        self.assertEqual(after, ["syncfs quarantine"] + ["renameat2 work"] * 10 +
                         ["fsync done", "fsync quarantine", "fsync work"])
        self.assertEqual(len(self.names("quarantine")), 5 + 5 + 10)

    def test_calls_that_fail_in_a_batch_leave_each_file_in_one_place(self):
        for call in ("renameat2", "syncfs", "fsync", "flock", "mkdirat", "openat", "fstat"):
            for nth in (1, 2, 4, 8):
                with self.subTest(f"{call} {nth}"):
                    names = {f"{call}{nth}-{i}.csv" for i in range(6)}
                    for name in names:
                        self.drop(name)
                    self.trace(call, "-e", f"inject={call}:error=EIO:when={nth}", flags=["--batch", "6"],
                               command=["true", "{+}"])
                    found = [n for _, n in self.everything()]
                    self.assertEqual({n for n in names if found.count(n) == 1}, names)
                    inbox.wait_until(lambda: self.once("--batch", "6", command=["true", "{+}"]).returncode == 0,
                                     "all is done")
                    self.assertLessEqual(names, self.names("done"))

    def test_calls_that_fail_leave_the_file_in_one_place(self):
        """Each call that changes something fails at its first use; then all is well again."""
        for call in ("renameat2", "fsync", "flock", "mkdirat", "unlinkat", "openat", "pipe2", "fstat"):
            for nth in (1, 2, 3, 4, 5, 6, 20, 30):
                with self.subTest(f"{call} {nth}"):
                    name = f"{call}{nth}.csv"
                    self.drop(name, "exit 0\n")
                    self.trace(call, "-e", f"inject={call}:error=EIO:when={nth}")
                    self.assertEqual([n for _, n in self.everything()].count(name), 1, self.everything())
                    inbox.wait_until(lambda: self.once().returncode == 0, "all is done")
                    self.assertIn(name, self.names("done"))

    def test_a_file_that_cannot_be_moved_is_told_once_and_taken_later(self):
        fixed = self.dir / "a.csv"
        self.drop("a.csv")
        if subprocess.run(["chattr", "+i", fixed], capture_output=True).returncode != 0:
            self.skipTest("this file system or user cannot make a file immutable (chattr +i)")
        try:
            child = self.watch()
            for n in range(3):
                self.drop(f"{n}.csv")
                self.wait_for("done", f"{n}.csv")
            time.sleep(1)  # five rescans
            told = len(self.journal("immovable", "error")), self.said().count("a.csv: ")
        finally:
            subprocess.run(["chattr", "-i", fixed], check=True)
        self.assertEqual(told, (1, 1), self.said())
        self.wait_for("done", "a.csv")
        self.stop(child)

    def test_a_look_that_fails_is_no_file_that_is_gone(self):
        for nth in range(1, 100):
            name = f"{nth}.csv"
            self.drop(name)
            done, lines = self.trace("?newfstatat,?fstatat64", "-e",
                                     f"inject=?newfstatat,?fstatat64:error=EIO:when={nth}")
            if name not in self.names("done"):
                self.assertNotEqual(done.returncode, 0, f"call {nth}: {done.stderr}")
            if not any("INJECTED" in line for line in lines):
                return
            inbox.wait_until(lambda: self.once().returncode == 0, "all is done")
            self.assertIn(name, self.names("done"))
        self.fail("no run met no fault")

    def test_a_file_system_without_noreplace(self):
        self.drop("a.csv")
        (self.dir / "done").mkdir()
        done, _ = self.trace("renameat2", "-e", "inject=renameat2:error=EINVAL")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.everything(), [("done", "a.csv")])

    def test_a_file_system_that_locks_only_what_is_open_for_writing(self):
        """NFS does; the first lock of the start and the turn to take names are on another file."""
        self.drop("a.csv")
        done, lines = self.trace("flock,fstatfs", "-e", "inject=flock:error=EBADF:when=4",
                                 "-e", "inject=fstatfs:error=EIO")
        self.assertIn("EBADF", "\n".join(lines))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.everything(), [("done", "a.csv")])

    def test_a_full_disk_leaves_all_in_place_and_goes_on_later(self):
        if os.getuid() != 0:
            self.skipTest("only root may mount a small file system")
        small = self.base / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", small],
                          capture_output=True).returncode:
            self.skipTest("mounting is not permitted here")
        self.addCleanup(subprocess.run, ["umount", small])
        self.drop("a.csv", b"exit 65\n#" + b"x" * 100_000)
        child = self.watch("--quarantine", str(small))
        inbox.wait_until(lambda: "No space left" in self.said(), "it is said")
        self.assertEqual(self.everything(), [("work", "a.csv")])
        self.assertEqual([n for n in inbox.listing(small) if "json" not in n], [])
        subprocess.run(["mount", "-o", "remount,size=1m", small], check=True)
        inbox.wait_until(lambda: "a.csv" in os.listdir(small), "it goes on")
        self.stop(child)
        self.assertEqual(self.everything(), [])

    def many(self, count):
        folder = self.base / f"many{count}"
        folder.mkdir()
        for i in range(count):
            (folder / f"{i}.csv").touch()
        return folder

    def test_many_files_are_scanned_in_linear_time_and_memory(self):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        manager.bind(str(self.base / "notify"))
        manager.settimeout(inbox.PATIENCE)
        self.addCleanup(manager.close)

        def measure(count):
            """CPU seconds until the first scan is over and of --status, and the peak of memory in bytes."""
            folder = self.many(count)
            child = subprocess.Popen([inbox.SP_WATCH, "--quiet", "--settle", "1h", folder, "--", "true"],
                                     env={**os.environ, "NOTIFY_SOCKET": str(self.base / "notify")},
                                     stderr=self.log)
            self.running.append(child)
            while manager.recv(4096) != b"READY=1":  # after the first scan
                pass  # STATUS= of the one before
            with open(f"/proc/{child.pid}/stat") as stat:
                ticks = stat.read().rpartition(")")[2].split()
            with open(f"/proc/{child.pid}/status") as status:
                peak = int(re.search(r"VmHWM:\s*(\d+) kB", status.read())[1]) * 1024
            child.kill()
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run([inbox.SP_WATCH, "--status", folder], stdout=subprocess.DEVNULL, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return ((int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
                    after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)
        small, large = measure(2000), measure(20000)
        self.assertLess(large[0], 25 * max(small[0], 0.02))
        self.assertLess(large[1], 25 * max(small[1], 0.02))
        if "asan" not in inbox.SP_WATCH:
            self.assertLess(large[2] - small[2], 18000 * 400)

    def test_a_backlog_is_worked_off_in_linear_time(self):
        def seconds(count):
            folder = self.many(count)
            child = subprocess.Popen([inbox.SP_WATCH, "--quiet", "--settle", "0", "--interval", "10ms",
                                      "--batch", "500", folder, "--", "true", "{+}"], stderr=self.log)
            self.running.append(child)
            inbox.wait_until(lambda: time.sleep(0.2) or f"{count - 1}.csv" not in os.listdir(folder) and
                             len(os.listdir(folder / "done")) == count, "all are done")
            child.terminate()
            _, status, usage = os.wait4(child.pid, 0)
            self.assertEqual(status, 0)
            return usage.ru_utime + usage.ru_stime
        small, large = seconds(500), seconds(4000)
        self.assertLess(large, 20 * max(small, 0.02))


if __name__ == "__main__":
    unittest.main(verbosity=2)
