"""Batches (sp-watch --batch): many files share a run, a transaction and a fault; each keeps a fate of its own.

What is dropped is never uniform: sound files with rejected rows, one that is none, the bytes of another under
a second name, one that repeats rows of an earlier file beside new ones, and one that has rows of it with other
values, so that the batch is halved down to it.
"""

import os
import random
import signal

import process
import proxy
import sample
import trace
from disk import Mount
from kill import ELSEWHERE, fault_points, kill_at_random
from scenario import require, require_equal, scenario

BATCH = ["--batch", "12", "--jobs", "2"]


class Drops:
    """A world's batches. `names` begin with the batch's own number."""

    def __init__(self, world):
        self.world, self.count = world, 0
        world.use_database()
        self.early = world.writer.file(40)
        world.drop("early.csv", self.early)
        world.drain()

    def drop(self, rows=30, sound=6):
        world, prefix = self.world, f"batch{self.count:03}"
        self.count += 1
        world.drop_files(sound, rows=rows, prefix=prefix)
        world.drop(f"{prefix}-twin.csv", world.dropped[-1][1])
        world.drop(f"{prefix}-wrong.ndjson", world.writer.wrong(rows, world.writer.ndjson))
        world.drop(f"{prefix}-some.ndjson", world.writer.ndjson(rows))
        self._drop_whole(f"{prefix}-garbage.csv", b"%d,no such header\n" % self.count)
        draw = random.Random(self.count)
        world.drop(f"{prefix}-overlap.csv", world.writer.overlapping(draw, self.early, 5))
        lines = sample.other_values(self.early).splitlines(keepends=True)
        # Other bytes each time, so that the ledger does not know them; the keys are those of early.csv.
        kept = lines[:1] + draw.sample(lines[1:], 20)
        self._drop_whole(f"{prefix}-clash.csv", b"".join(kept))

    def _drop_whole(self, name, content):
        self.world.whole.add(name)
        self.world.drop(name, content)

    def check(self, **figures):
        self.world.drain(60, *BATCH, *self.world.PERSISTENT)
        halved = sum(b'"event":"halve"' in line for line in self.world.journal())
        return {**figures, "batches": self.count, "halved": halved, **self.world.check()}


@scenario("batch-points", 1, "a kill at each fault point while a batch is taken, run, loaded and moved: each of "
          "its files has a fate of its own", 90)
def batch_points(world):
    world.need_fault_points()
    drops, kills = Drops(world), 0
    for point in fault_points():
        if point in ELSEWHERE:
            continue
        for nth in world.amount([1 if point.startswith("load") else 4], [1, 2, 4, 9]):
            kills += _strike(world, drops, point, nth)
        if not world.short:
            drops.drop()
        world.drain(60, *BATCH, *world.PERSISTENT)
    require(kills >= 7, f"only {kills} kills")
    return drops.check(kills=kills)


def _strike(world, drops, point, nth):
    """A kill at the `nth` pass of `point`; it may come only when a batch is halved, or not at all."""
    once = os.path.join(world.root, "once")
    with open(once, "w"):
        pass
    drops.drop()
    world.once(*world.RETRY, *BATCH, env={"SP_FAULT_POINT": f"{point}:{nth}", "SP_FAULT_ONCE": once})
    struck = not os.path.exists(once)
    if not struck:
        os.unlink(once)
    return struck


@scenario("batch-calls", 1, "a kill before each change sp-watch makes to the file system while it serves a batch",
          120)
def batch_calls(world):
    trace.need(world)
    drops, kills = Drops(world), 0
    log = os.path.join(world.root, "strace")
    for group in world.amount([trace.CHANGES], trace.CHANGES.split(",")):
        for n in range(1, world.amount(6, 200), world.amount(1, 2)):
            if os.path.exists(log):
                os.unlink(log)
            drops.drop(rows=5, sound=3)
            world.once(*world.RETRY, *BATCH, wrap=trace.inject(log, group, "signal=KILL", n))
            killed = trace.was_killed(log)
            world.drain(60, *BATCH, *world.PERSISTENT)
            if not killed:
                break
            kills += 1
        else:
            require(world.short, f"sp-watch still met a kill at its {n}th {group}")
    return drops.check(kills=kills)


@scenario("batch-random", 1, "kills of any process at random moments while batches run", 90)
def batch_random(world):
    drops = Drops(world)
    victims = kill_at_random(world, world.amount(10, 200), ["--interval", "200ms", *BATCH], drops.drop, 20)
    world.drain(90, *BATCH, *world.PERSISTENT)
    return drops.check(**victims)


@scenario("batch-connection", 2, "the connection of a batch breaks in the middle of its rows, before COMMIT and "
          "after it: all of its files are loaded once", 90)
def batch_connection(world):
    drops = Drops(world)
    rules = []
    for i in range(world.amount(1, 12)):
        rules += [proxy.Rule("cut-after", "COMMIT"), proxy.Rule("cut-before", "COMMIT"),
                  proxy.Rule("cut-before", ("bytes", 3000 + 2500 * i))]
    socket_path = os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432")
    for i, rule in enumerate(rules):
        with proxy.Proxy(socket_path, os.path.join(world.root, f"proxy{i}"), [rule]) as between:
            drops.drop(rows=100)
            watch = world.watch(*world.RETRY, *BATCH, env=between.environment)
            world.wait_drained(60)
            require_equal(world.stop(watch), 0, "sp-watch's status after SIGTERM")
    hits = sum(rule.hits for rule in rules)
    require(hits >= 2 * len(rules) // 3, f"only {hits} of {len(rules)} connections were cut")
    return drops.check(cuts=hits)


@scenario("batch-disk", 3, "no space for a batch's temporary files, its outcomes and its rejected rows: all of its "
          "files wait", 90)
def batch_disk(world):
    drops = Drops(world)
    for folder in (".sp-watch/tmp", "quarantine", ".sp-watch"):
        for kept_free in world.amount([1], range(8)):
            with Mount(world, world.path(folder), "1m") as small:
                small.fill(kept_free * 4096)
                drops.drop()
                world.once(*world.RETRY, *BATCH, "--max-attempts", "1", timeout=60)
                small.relieve()
                world.drain(60, *BATCH)
    return drops.check()


@scenario("batch-hangs", 1, "a batch that hangs or is terminated: its files run again", 60)
def batch_hangs(world):
    trace.need(world)
    drops = Drops(world)
    once = os.path.join(world.root, "hung")
    for i, victim in enumerate(world.amount(["sp-load"], ["sp-validate", "sp-load", "sp-transform", "sp-schema"])):
        drops.drop()
        guard = f"mkdir {once}{i} 2>/dev/null || exec REAL \"$@\"\n"
        folder = trace.wrapped_tools(world, {victim: guard + "sleep 60"})
        world.once(*world.RETRY, *BATCH, "--timeout", "2s", command=[f"{folder}/sp-pipeline", "{+}"])
        require(os.path.isdir(f"{once}{i}"), f"no {victim} ran")
    drops.drop()
    watch = world.watch(*world.RETRY, *BATCH)
    process.wait_until(lambda: world.names("work"), 20, "a batch to be taken", 0.005)
    require_equal(world.stop(watch, signal.SIGTERM), 0, "sp-watch's status after SIGTERM")
    return drops.check()


@scenario("folder-shared-quarantine", 4, "a second folder that is told the same quarantine/ or work/ is refused, and "
          "its files wait")
def folder_shared_quarantine(world):
    world.use_database()
    other = os.path.join(world.root, "other box")
    os.mkdir(other)
    for place in ("quarantine", "work"):
        shared = os.path.join(other, place)
        world.drop_files(2, prefix=place)
        first = world.run([world.tool("sp-watch"), "--once", f"--{place}", shared, other, "--", "true"])
        require_equal(first.returncode, 0, f"the status of the first with that {place}/")
        second = world.once(*world.RETRY, f"--{place}", shared)
        require_equal(second.returncode, 78, f"the status of the second with that {place}/")
        require(b"another folder" in second.stderr, f"it says {second.stderr!r}")
        require_equal(sorted(os.listdir(shared)), [".sp-watch-of"], f"what lies in the shared {place}/")
    # A mark in the folder itself is a hidden file like any other.
    os.symlink("/etc/passwd", world.path(".sp-watch-of"))
    world.elsewhere.add(".sp-watch-of")
    world.drain()
    return world.check()
