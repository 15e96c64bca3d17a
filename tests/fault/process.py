"""Processes: started so that everything they start can be found again, whatever becomes of them.

Each World marks its processes with an environment variable that children inherit; leftovers() finds
the mark in /proc. The worker of a scenario is a subreaper, so that orphans become its children and
none hides behind init.
"""

import ctypes
import os
import signal
import subprocess
import time

MARK = "SP_FAULT_WORLD"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_CLONE_NEWNS = 0x00020000


def become_subreaper():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent():
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def keep_mounts_to_ourselves():
    """What is mounted from here on goes with the last of our processes, whatever ends it. Wants root."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNS) == 0:
        subprocess.run(["mount", "--make-rprivate", "/"], check=True)


def marked(mark):
    """[(pid, command line)] of the living processes that carry `mark`."""
    needle = f"{MARK}={mark}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/environ", "rb") as environ:
                if needle not in environ.read().split(b"\0"):
                    continue
            with open(f"/proc/{entry}/cmdline", "rb") as cmdline:
                text = cmdline.read().replace(b"\0", b" ").decode(errors="replace").strip()
        except OSError:
            continue
        if text:
            found.append((int(entry), text))
    return found


def leftovers(mark, patience=3.0):
    """As marked(), after giving what is about to end `patience` seconds."""
    until = time.monotonic() + patience
    while (found := marked(mark)) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def kill_marked(mark):
    for _ in range(50):
        found = marked(mark)
        if not found:
            return
        for pid, _text in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        reap()
        time.sleep(0.02)


def reap():
    """Orphans that ended; those of Popen objects are theirs to wait for, so only strangers are taken."""
    for pid in children_of(os.getpid()):
        if pid in _own or state_of(pid) != "Z":
            continue
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass


_own: set[int] = set()


def start(command, **options):
    options.setdefault("stdin", subprocess.DEVNULL)
    child = subprocess.Popen(command, **options)
    _own.add(child.pid)
    return child


def children_of(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children") as children:
                found += [int(child) for child in children.read().split()]
    except OSError:
        pass
    return found


def descendants_of(pid):
    found = []
    for child in children_of(pid):
        found.append(child)
        found += descendants_of(child)
    return found


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def name_of(pid):
    try:
        with open(f"/proc/{pid}/comm") as comm:
            return comm.read().strip()
    except OSError:
        return ""


def memory_kib(pid):
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def descriptors(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def wait_until(condition, seconds, what, pause=0.02):
    until = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(pause)
