"""Chapter 4, continued: files that are written to, cut or replaced between their taking and their leaving.

A hard link stands for a writer that kept its descriptor. What is demanded is less than the oracle's whole
and more exact: each ledger row names bytes that a file really held, and beside it are the rows of just
these bytes; what was written before a file left work/ is loaded, or lies in quarantine with a reason.
"""

import collections
import os
import random
import threading
import time

import oracle
import sample
import trace
from scenario import require, require_equal, scenario


class Change:
    """A file `name` of the content `first` that becomes `second`."""

    def __init__(self, world, name, kind):
        self.world, self.name, self.kind = world, name, kind
        world.writer.defects = 0
        self.first = world.writer.file(40)
        self.second = {"append": lambda: self.first + b"\n".join(
                           row.encode() for row in world.writer.rows(10)) + b"\n",
                       "rewrite": lambda: sample.other_values(self.first),
                       "truncate": lambda: self.first[:self.first.index(b"\n", len(self.first) // 2) + 1],
                       "replace": lambda: world.writer.file(30)}[kind]()
        self.link = os.path.join(world.staging, name + ".link")
        self.new = os.path.join(world.staging, name + ".new")
        self.is_late = False  # it may have left before it was changed

    def place(self):
        next_path = os.path.join(self.world.staging, "next")
        with open(next_path, "wb") as file:
            file.write(self.first)
        os.link(next_path, self.link)
        with open(self.new, "wb") as file:
            file.write(self.second)
        os.rename(next_path, self.world.path(self.name))

    def make(self):
        if self.kind == "append":
            with open(self.link, "ab", buffering=0) as file:
                file.write(self.second[len(self.first):])
        elif self.kind == "rewrite":
            with open(self.link, "r+b", buffering=0) as file:
                file.write(self.second)
        elif self.kind == "truncate":
            os.truncate(self.link, len(self.second))
        else:
            # Whoever may write to the folder can put another file over this one, wherever it lies.
            taken = self.world.path("work", self.name)
            os.rename(self.new, taken if os.path.exists(taken) else self.world.path(self.name))
        self.is_late = any(self.name in self.world.names(place) for place in ("done", "quarantine"))

    def shell(self):
        """The same as words of a shell, for a moment that only a wrapped tool knows."""
        taken = self.world.path("work", self.name)
        return {"append": f"tail -c +{len(self.first) + 1} '{self.new}' >>'{self.link}'",
                "rewrite": f"cat '{self.new}' 1<>'{self.link}'",
                "truncate": f"truncate -s {len(self.second)} '{self.link}'",
                "replace": f"mv -f '{self.new}' '{taken}'"}[self.kind]


def _loaded(world):
    """{sha256: rows of sp.reading}, of every file in the ledger, in the order of their loads."""
    out = {sha: collections.Counter() for [sha] in
           world.sql("SELECT encode(digest, 'hex') FROM sp.ingest ORDER BY ingest_id")}
    for row, sha in oracle.readings_by_file(world.admin):
        out[sha][row] += 1
    return out


def _place(world, change):
    return [place for place in ("", "work", "done", "quarantine", "failed")
            if change.name in world.names(place)]


def _check(world, changes):
    loaded = _loaded(world)
    known = {}
    for change in changes:
        for content in (change.first, change.second):
            known[oracle.Expectation(content).sha256] = oracle.Expectation(content)
    there = collections.Counter()
    for sha, rows in loaded.items():
        require(sha in known, f"the ledger names bytes that no file held: {sha}")
        # What the file held before it was changed is there already.
        require_equal(rows, known[sha].valid - there, f"rows of {sha}")
        there |= known[sha].valid
    places = collections.Counter()
    for change in changes:
        first, second = (oracle.Expectation(c).sha256 for c in (change.first, change.second))
        what = f"{change.name} ({change.kind})"
        found = _place(world, change)
        if change.kind != "replace":
            require_equal(len(found), 1, f"places of {what} ({found})")
        for place in found:
            places[place] += 1
            with open(world.path(place, change.name), "rb") as file:
                content = file.read()
            sha = oracle.Expectation(content).sha256
            require(sha in (first, second), f"{what} in {place}/ holds neither content")
            if place == "done":
                require(sha in loaded or (change.is_late and first in loaded),
                        f"{what} is in done/ and its {len(known[sha].valid)} rows were not loaded")
            else:
                require_equal(place, "quarantine", f"the place of {what}")
                require(os.path.exists(world.path(place, change.name + ".reason.json")), f"{what}: no reason")
                require(first in loaded, f"{what} is in quarantine and nothing of it was loaded")
                require_equal(change.kind, "rewrite", f"the kind of {what}, which has no row with other values")
    require(world.sql("SELECT count(*) - count(DISTINCT (sensor_id, ts)) FROM sp.reading") == [["0"]],
            "rows came twice")
    return {"files": len(changes), "late": sum(c.is_late for c in changes), **places,
            "run again": sum(b"was written to while" in line for line in world.journal())}


KINDS = ("append", "rewrite", "truncate", "replace")


@scenario("writes-at-random", 4, "files are appended to, rewritten, cut and replaced at any moment between "
          "their taking and their leaving: no row is lost or of other bytes than the ledger says", 120)
def writes_at_random(world):
    world.use_database()
    draw = random.Random(world.seed)
    watch = world.watch(*world.RETRY, "--jobs", "2")
    changes, threads, took = [], [], [0.5]

    def change_in_time(change, part):
        if not _appears(world, "work", change.name):
            change.make()
            return
        began = time.monotonic()
        time.sleep(part * max(took[-3:]))
        change.make()
        if _appears(world, "done", change.name):
            took.append(time.monotonic() - began)
    for n in range(world.amount(24, 500)):
        change = Change(world, f"written{n:03}.csv", KINDS[n % len(KINDS)])
        changes.append(change)
        thread = threading.Thread(target=change_in_time, args=(change, draw.uniform(0, 1.1)))
        thread.start()
        threads.append(thread)
        change.place()
        time.sleep(draw.uniform(0, 0.3))
    for thread in threads:
        thread.join()
    world.wait_drained(90)
    world.stop(watch)
    figures = _check(world, changes)
    require(figures["late"] < len(changes), "all files were changed too late to matter")
    require(figures["run again"] > 0, "no file was changed while its command ran")
    return figures


def _appears(world, place, name):
    """Looks without a pause: a run is short."""
    until = time.monotonic() + 20
    while name not in world.names(place):
        if time.monotonic() > until or (place == "done" and name in world.names("quarantine")):
            return False
        time.sleep(0.002)
    return True


# What is run before the change: a stage, and the words of its wrapper before and after the change.
STEPS = {
    "before it is read": ("sp-validate", "CHANGE; exec REAL \"$@\""),
    "before it is hashed": ("sp-load", "until [[ -e $SP_TMPDIR/run-1/validate.json ]]; do sleep 0.02; done; "
                                       "CHANGE; exec REAL \"$@\""),
    "before its rows come": ("sp-aggregate", "sleep 0.3; CHANGE; exec REAL \"$@\""),
    "after its COMMIT": ("sp-load", "REAL \"$@\"; s=$?; CHANGE; exit $s"),
    "after the command": ("sp-pipeline", ""),
}


@scenario("writes-at-each-step", 4, "a file is changed at each step of its run exactly, in each way", 120)
def writes_at_each_step(world):
    world.use_database()
    changes = []
    for n, (step, (tool, script)) in enumerate(STEPS.items()):
        for kind in KINDS:
            change = Change(world, f"step{n}-{kind}.csv", kind)
            changes.append(change)
            once = os.path.join(world.root, f"{n}-{kind}")
            words = f"{{ ! mkdir '{once}' 2>/dev/null || {change.shell()}; }}"
            folder = trace.wrapped_tools(world, {tool: script.replace("CHANGE", words)} if script else {})
            command = [f"{folder}/sp-pipeline", "{}"]
            if not script:
                command = ["bash", "-c", f'"$0" "$1"; s=$?; {words}; exit $s', *command]
            change.place()
            world.once(*world.RETRY, command=command)
            require(os.path.isdir(once), f"{step}: nothing was changed")
            world.drain(20)
    return _check(world, changes)


@scenario("writes-without-watcher", 4, "a file grows between sp-validate and sp-load, without sp-watch: 75, and "
          "nothing is committed; the next run loads all of it")
def writes_without_watcher(world):
    world.use_database()
    for kind in ("append", "rewrite", "truncate"):
        change = Change(world, f"alone-{kind}.csv", kind)
        change.place()
        words = change.shell()
        folder = trace.wrapped_tools(world, {"sp-load": STEPS["before it is hashed"][1].replace("CHANGE", words)})
        scratch = os.path.join(world.root, "run-" + kind)
        os.makedirs(scratch)
        done = world.run([f"{folder}/sp-pipeline", world.path(change.name)], env={"SP_TMPDIR": scratch})
        require_equal(done.returncode, 75, f"{kind}: status ({done.stderr!r})")
        require(b"was written to after it was read" in done.stderr, f"{kind}: {done.stderr!r}")
        require(oracle.Expectation(change.second).sha256 not in _loaded(world), f"{kind}: it was committed")
        done = world.run([world.tool("sp-pipeline"), world.path(change.name)])
        require_equal(done.returncode, 0, f"{kind}: status of the next run ({done.stderr!r})")
        require_equal(_loaded(world)[oracle.Expectation(change.second).sha256],
                      oracle.Expectation(change.second).valid, f"{kind}: rows")
    return {"files": 3}
