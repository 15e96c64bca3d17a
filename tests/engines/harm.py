"""Runs the command of a Spark job and harms what runs it, once for each batch of files; says in FOLDER/log how.

usage: harm.py kill|twins FOLDER COMMAND... FILE...

kill: the executor dies with the tools, or while they go on, or after their commit; or the task fails after it.
twins: a task begins when its twin does, or waits after its commit until its twin has ended.
"""
import hashlib
import itertools
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

PATIENCE = 60  # seconds that a task waits for its twin
TEMPFAIL = 75
KILLS = ("executor dies with the tools", "executor dies, the tools go on", "executor dies after the commit",
         "task fails after the commit")
TWINS = ("twins at once", "twin after the commit", "no twin")


def executor():
    """The process id of the JVM above us."""
    pid = os.getppid()
    while b"CoarseGrainedExecutorBackend" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
        pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return pid


def kill(how, command):
    jvm = executor()
    tools = subprocess.Popen(command, start_new_session=True)
    if how in KILLS[:2]:
        time.sleep(random.uniform(0, 0.3))
        if how == KILLS[0]:
            os.killpg(tools.pid, signal.SIGKILL)
    else:
        tools.wait()
    if how != KILLS[3]:
        os.kill(jvm, signal.SIGKILL)
    tools.wait()
    return TEMPFAIL


def wait_for(path):
    deadline = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)


def twins(how, command, batch):
    if how == TWINS[0]:
        wait_for(batch / "begun")
    status = subprocess.run(command).returncode
    if how == TWINS[1]:
        wait_for(batch / "ended")
    return status


def first_free(folder):
    """A number that nobody else gets."""
    for number in itertools.count():
        try:
            (folder / f"number-{number}").mkdir()
            return number
        except FileExistsError:
            pass


def main(kind, folder, *command):
    folder = pathlib.Path(folder)
    batch = folder / hashlib.sha256(repr(command).encode()).hexdigest()
    try:
        batch.mkdir()
    except FileExistsError:
        how = "again"
    else:
        hows = KILLS if kind == "kill" else TWINS
        how = hows[first_free(folder) % len(hows)]
    with open(folder / "log", "a") as log:
        log.write(f"{how}\n")
    if how != "again":
        return kill(how, command) if kind == "kill" else twins(how, command, batch)
    (batch / "begun").touch()
    status = subprocess.run(command).returncode
    (batch / "ended").touch()
    return status


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
