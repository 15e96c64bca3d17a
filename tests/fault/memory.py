"""Chapter 1, too: the kernel kills for want of memory, in a memory cgroup of a stage or of all of the pipeline."""

import errno
import os
import random
import shutil

import process
import trace
from scenario import Skipped, require, scenario

STAGES = ("sp-validate", "sp-transform", "sp-aggregate", "sp-load")
ALL = "all"


def _hierarchy():
    """Where memory cgroups are made, and the version of their files."""
    with open("/proc/mounts") as file:
        mounts = [line.split()[1:4] for line in file]
    for path, kind, options in mounts:
        if kind == "cgroup" and "memory" in options.split(","):
            return path, 1
    for path, kind, _ in mounts:
        if kind == "cgroup2":
            with open(os.path.join(path, "cgroup.subtree_control")) as file:
                if "memory" in file.read().split():
                    return path, 2
    raise Skipped("no hierarchy of cgroups has the memory controller")


class Cgroup:
    """`limit`: bytes, or None to measure what is used."""

    FILES = {1: ("memory.limit_in_bytes", "memory.oom_control", "memory.max_usage_in_bytes"),
             2: ("memory.max", "memory.events", "memory.peak")}

    def __init__(self, name, limit):
        top, version = _hierarchy()
        self.path = os.path.join(top, f"sp-fault.{os.getpid()}.{name}")
        self.limit, self.events, self.peak_file = (os.path.join(self.path, f) for f in self.FILES[version])
        self.processes = os.path.join(self.path, "cgroup.procs")
        try:
            os.mkdir(self.path)
            if limit:
                with open(self.limit, "w") as file:
                    file.write(str(limit))
        except OSError as error:
            raise Skipped(f"memory cgroups cannot be made here: {error}") from None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Where sp-watch was killed, what it ran goes on for a while."""
        process.wait_until(self._is_removed, 20, "the processes of a cgroup to end")

    def _is_removed(self):
        try:
            os.rmdir(self.path)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
        return True

    def kills(self):
        with open(self.events) as file:
            counts = dict(line.split() for line in file)
        return int(counts["oom_kill"])

    def peak(self):
        try:
            with open(self.peak_file) as file:
                return int(file.read())
        except FileNotFoundError:
            raise Skipped("the kernel does not tell how much memory a cgroup used (memory.peak)") from None


def _run_in(world, victim, cgroup):
    """sp-watch once, with `victim` in the cgroup."""
    enter = f"echo $$ >{cgroup.processes}"
    if victim == ALL:
        return world.once(*world.RETRY, *world.PERSISTENT, wrap=["bash", "-c", enter + '; exec "$@"', "enter"])
    folder = trace.wrapped_tools(world, {victim: f'{enter}; exec REAL "$@"'})
    done = world.once(*world.RETRY, *world.PERSISTENT, command=[f"{folder}/sp-pipeline", "{}"])
    shutil.rmtree(folder)
    return done


@scenario("kill-oom", 1, "the kernel kills a stage, or whatever it chooses of all, because its cgroup has no memory left: "
          "nothing is lost, and the file is loaded once there is some", 150)
def kill_oom(world):
    world.need_root("making a memory cgroup")
    world.use_database()
    draw = random.Random(world.seed)
    kills = {}
    for victim in (*STAGES, ALL):
        world.drop_files(1, rows=2000, prefix=f"{victim}-measured")
        with Cgroup("peak", None) as free:
            done = _run_in(world, victim, free)
            require(not world.waiting(), f"{victim}: the file waits without a limit: {done.stderr[-500:]!r}")
            peak = free.peak()
        kills[victim] = 0
        for n in range(world.amount(2, 40)):
            world.drop_files(1, rows=2000, prefix=f"{victim}-{n}")
            with Cgroup("tight", int(peak * draw.uniform(0.2, 0.9)) // 4096 * 4096) as tight:
                _run_in(world, victim, tight)
                kills[victim] += tight.kills()
            world.drain(30, *world.PERSISTENT)
        require(kills[victim] > 0, f"no memory limit below {peak} bytes killed {victim}")
    return {**{f"killed in {victim}": count for victim, count in kills.items()}, **world.check()}
