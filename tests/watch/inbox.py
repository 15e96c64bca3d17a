"""A folder, sp-watch on it, and what to ask them. SP_WATCH is the path of the built sp-watch."""
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

SP_WATCH = os.environ["SP_WATCH"]
PATIENCE = 20  # seconds until a test gives up waiting
OURS = {".sp-watch", "work", "done", "quarantine", "failed"}
FAST = ["--settle", "50ms", "--interval", "200ms", "--retry-first", "50ms", "--retry-max", "200ms",
        "--config-retry", "300ms"]
# What the file says is run: "exit 75", "sleep 2". The rest of the arguments is shown as it arrived.
RUN_FILE = ["bash", "-c", 'source "$0"', "{}"]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.01)
    return result


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listing(folder):
    """What lies in a folder that a flag named, but for the mark that says whose it is."""
    return sorted(set(os.listdir(folder)) - {".sp-watch-of"})


class Inbox(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="sp-watch."))
        self.tool = SP_WATCH
        self.dir = self.base / "in"
        self.dir.mkdir()
        self.log = open(self.base / "log", "ab")
        self.running = []

    def tearDown(self):
        for child in self.running:
            if child.poll() is None:
                child.kill()
            child.wait()
        self.log.close()
        shutil.rmtree(self.base, ignore_errors=True)

    # ---- files
    def drop(self, name, content="exit 0\n"):
        """Renamed into the folder, as a careful writer does. Names and contents: str or bytes."""
        content = content if isinstance(content, bytes) else content.encode()
        staged = os.fsencode(self.base) + b"/staged"
        with open(staged, "wb") as file:
            file.write(content)
        os.rename(staged, os.path.join(os.fsencode(self.dir), os.fsencode(name)))

    def names(self, place=""):
        try:
            found = {os.fsencode(name) for name in os.listdir(self.dir / place)}
        except FileNotFoundError:
            return set()
        if not place:
            found -= {os.fsencode(name) for name in OURS}
        return {name.decode(errors="surrogateescape") for name in found}

    def read(self, *path):
        return self.dir.joinpath(*path).read_text(errors="surrogateescape")

    def everything(self):
        """(folder, name) of each file that was dropped, wherever it is."""
        return [(place, name) for place in ("", "work", "done", "quarantine", "failed")
                for name in self.names(place) if not name.endswith(".reason.json")]

    def status(self, *flags):
        """What --status says of the folder."""
        return json.loads(subprocess.run([self.tool, "--status", "--format", "json", *flags, self.dir], check=True,
                                         capture_output=True).stdout)

    def reason(self, name, place="quarantine"):
        return json.loads(self.read(place, name + ".reason.json"))

    def journal(self, *events):
        try:
            lines = (self.dir / ".sp-watch/journal.ndjson").read_text().splitlines()
        except FileNotFoundError:
            return []
        steps = [json.loads(line) for line in lines]
        return [step for step in steps if not events or step["event"] in events]

    def said(self):
        return (self.base / "log").read_text(errors="replace")

    @contextlib.contextmanager
    def rows_come(self):
        """sp-load is at the rejected rows in quarantine/."""
        path = self.dir / "quarantine/.sp-load.lock"
        with open(path, "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
            path.unlink()

    # ---- processes
    def command(self, *flags, command=None):
        return [self.tool, *FAST, *flags, str(self.dir), "--", *(command or RUN_FILE)]

    def watch(self, *flags, command=None, wrap=(), **options):
        """Starts sp-watch and waits until it is up."""
        before = len(self.journal("start"))
        child = subprocess.Popen([*wrap, *self.command(*flags, command=command)], stdout=self.log,
                                 stderr=self.log, stdin=subprocess.DEVNULL, cwd=self.base, **options)
        self.running.append(child)
        wait_until(lambda: len(self.journal("start")) > before or child.poll() is not None,
                   "sp-watch is up")
        return child

    def once(self, *flags, command=None, **options):
        done = subprocess.run(self.command("--once", *flags, command=command), timeout=PATIENCE * 3,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.base,
                              stdin=subprocess.DEVNULL, **options)
        self.log.write(done.stderr)
        self.log.flush()
        return done

    def stop(self, child):
        child.send_signal(signal.SIGTERM)
        return child.wait(PATIENCE)

    def wait_for(self, place, *names):
        wait_until(lambda: set(names) <= self.names(place), f"{place} holds {names}: {self.said()}")
