"""Processes that die and freeze, and others that take their place."""
import os
import signal
import subprocess
import threading
import time


STARTED = []


def end_all():
    """What a scenario that failed leaves behind, frozen ones too."""
    for process in STARTED:
        for pid in [*descendants(process.pid), process.pid] if process.poll() is None else ():
            with_patience(os.kill, pid, signal.SIGKILL)


def start(command, environment, log):
    STARTED.append(subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True))
    return STARTED[-1]


class Members:
    """Keeps `count` processes running that start_one() starts. Who was killed is replaced."""

    def __init__(self, start_one, count):
        self.start_one = start_one
        self.processes = [start_one() for _ in range(count)]
        self.killed = 0

    def replace(self):
        """Counts those that were killed; whoever ended otherwise is a fault."""
        for number, process in enumerate(self.processes):
            if process.poll() is None:
                continue
            if process.returncode != -signal.SIGKILL:
                raise RuntimeError(f"a member ended with {process.returncode}")
            self.killed += 1
            self.processes[number] = self.start_one()

    def kill(self, process):
        """It alone; what it started goes on."""
        process.kill()
        process.wait()
        self.replace()

    def kill_with_children(self, process):
        for pid in descendants(process.pid):
            with_patience(os.kill, pid, signal.SIGKILL)
        self.kill(process)

    @staticmethod
    def freeze(process, seconds):
        """Returns at once."""
        process.send_signal(signal.SIGSTOP)
        threading.Timer(seconds, process.send_signal, [signal.SIGCONT]).start()

    def stop(self, patience):
        """SIGTERM to all; their exit statuses."""
        for process in self.processes:
            process.send_signal(signal.SIGTERM)
        return [process.wait(patience) for process in self.processes]


def with_patience(function, *arguments):
    """What was to be ended may have ended."""
    try:
        function(*arguments)
    except ProcessLookupError:
        pass


def descendants(pid):
    """Of a process, children after their parents; they may be in other groups and sessions."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    parents[int(entry)] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue  # it ended meanwhile
    found = [pid]
    for parent in found:
        found += [child for child, its in parents.items() if its == parent]
    return found[1:]


def wait_until(condition, what, patience=180, pause=0.2):
    deadline = time.monotonic() + patience
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {patience} s in vain until {what}")
        time.sleep(pause)
    return result
