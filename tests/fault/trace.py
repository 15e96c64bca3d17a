"""strace as an injector: a system call that fails, or a kill at the very entry of one.

strace counts calls per process. A kill that is injected at the entry of a call keeps the call from being
made, so that `when=N` for N = 1, 2, 3, … stops a program before each of its calls in turn, without a
line of code in it.
"""

import os
import re
import shutil
import subprocess

from scenario import Skipped

CHANGES = ("rename,renameat,renameat2,link,linkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,"
           "ftruncate,chmod,fchmod")


def need(world):
    """Skips where strace is missing or tracing is not allowed."""
    if shutil.which("strace") is None:
        raise Skipped("strace is not installed (Debian: strace)")
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True)
    if done.returncode != 0:
        raise Skipped("tracing is not permitted here (ptrace)")


def known(calls):
    """`calls` without those that this machine's kernel does not have (rename on arm64); strace ignores
    a name with a question mark that it does not know."""
    return ",".join("?" + call for call in calls.split(","))


def inject(log, calls, what, when, follow=False):
    """The words before a command: `what` is error=ENOSPC, signal=KILL, retval=1, …"""
    calls = known(calls)
    return ["strace", "-D", "-qq", *(["-f"] if follow else []), "-o", log, "-e", f"trace={calls}",
            "-e", "signal=KILL", "-e", f"inject={calls}:{what}:when={when}"]


def record(log, calls, follow=True):
    return ["strace", "-D", "-qq", *(["-f"] if follow else []), "-y", "-s", "300", "-o", log,
            "-e", f"trace={known(calls)}", "-e", "signal=KILL"]


def text(log):
    try:
        with open(log, errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def was_injected(log):
    return "(INJECTED)" in text(log)


def was_killed(log):
    return re.search(r"\+\+\+ killed by SIGKILL", text(log)) is not None


def wrapped_tools(world, wrappers):
    """A folder of programs in which some are scripts: {name: text of a bash script, REAL its original}.

    Returns the folder; sp-pipeline in it runs what lies beside it.
    """
    folder = os.path.join(world.root, f"programs-{len(os.listdir(world.root))}")
    os.makedirs(folder)
    for name in os.listdir(world.bench.programs):
        source = os.path.join(world.bench.programs, name)
        target = os.path.join(folder, name)
        if name == "sp-pipeline":
            shutil.copy2(source, target)
        elif name not in wrappers:
            os.symlink(source, target)
    for name, script in wrappers.items():
        real = os.path.join(world.bench.programs, name)
        if not os.path.exists(real):
            real = shutil.which(name)
        target = os.path.join(folder, name)
        with open(target, "w") as file:
            file.write("#!/bin/bash\n" + script.replace("REAL", f"'{real}'") + "\n")
        os.chmod(target, 0o755)
    return folder
