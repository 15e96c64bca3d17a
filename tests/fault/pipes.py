"""Chapter 7: pipes that end early, streams that are full or closed, and signals."""

import os
import random
import signal
import subprocess
import time

import process
from scenario import require, require_equal, scenario

ENDED_BY_PIPE = (0, -signal.SIGPIPE, 128 + signal.SIGPIPE)


def _filters(world, path):
    schema = world.environment()["SP_SCHEMA"]
    return {
        "sp-validate": ["--schema", schema, "--rejects", "/dev/null", path],
        "sp-transform": ["--rename", "humidity=rh", path],
        "sp-aggregate": ["--by", "sensor_id,timestamp", "--values", "temperature", path],
    }


def _clean(world, rows=6000):
    """A file without defects, outside the folder."""
    import sample
    path = os.path.join(world.root, "clean.csv")
    with open(path, "wb") as file:
        file.write(sample.Writer(world.seed, lane=3, defects=0).file(rows))
    return path


@scenario("pipes-reader-leaves", 7, "a reader that closes early: every filter ends at once, quietly")
def pipes_reader_leaves(world):
    path = _clean(world, world.amount(20000, 200000))
    for name, flags in _filters(world, path).items():
        reader, writer = os.pipe()
        child = world.start([world.tool(name), *flags], stdout=writer, stderr=subprocess.PIPE)
        os.close(writer)
        os.read(reader, 100)
        os.close(reader)
        said = child.stderr.read()
        status = child.wait(10)
        require(status in ENDED_BY_PIPE and status != 0, f"{name}: status {status}")
        require_equal(said, b"", f"{name}'s words")


@scenario("pipes-full", 7, "standard output is /dev/full: status 74 and a line that says so")
def pipes_full(world):
    path = _clean(world)
    for name, flags in _filters(world, path).items():
        report = os.path.join(world.root, "report.json")
        with open("/dev/full", "wb") as full:
            done = world.run([world.tool(name), "--report", report, *flags], stdout=full)
        require_equal(done.returncode, 74, f"{name}'s status ({done.stderr!r})")
        require(b"No space left" in done.stderr, f"{name} says {done.stderr!r}")
        require(not os.path.exists(report), f"{name} wrote its report though its output is not whole")
    for flag in ("--help", "--version"):
        for name in ("sp-validate", "sp-load", "sp-watch"):
            with open("/dev/full", "wb") as full:
                done = world.run([world.tool(name), flag], stdout=full)
            require(done.returncode != 0, f"{name} {flag} > /dev/full: status 0")


@scenario("pipes-closed", 7, "standard input, output or error closed: an error status, never another file's "
          "descriptor in its place")
def pipes_closed(world):
    path = _clean(world)
    victim = os.path.join(world.root, "rejects.csv")
    for name, flags in _filters(world, path).items():
        out = f'exec "$0" "$@" >&-'
        done = world.run(["bash", "-c", out, world.tool(name), *flags])
        require_equal(done.returncode, 74, f"{name} >&-: {done.stderr!r}")
        done = world.run(["bash", "-c", 'exec "$0" "$@" <&-', world.tool(name), *flags[:-1]])
        require(done.returncode in (66, 74), f"{name} <&-: {done.returncode} {done.stderr!r}")
        done = world.run(["bash", "-c", 'exec "$0" "$@" 2>&-', world.tool(name), *flags])
        require(done.returncode in (0, 74), f"{name} 2>&-: {done.returncode}")
    schema = world.environment()["SP_SCHEMA"]
    done = world.run(["bash", "-c", 'exec "$0" "$@" >&- 2>&-', world.tool("sp-validate"), "--schema",
                      schema, "--rejects", victim, "--errors", victim + ".ndjson", path])
    require_equal(done.returncode, 74, "sp-validate >&- 2>&-")
    for file in (victim, victim + ".ndjson"):
        if os.path.exists(file):
            with open(file, "rb") as content:
                rows = content.read().count(b"\n")
            require(rows <= 1, f"{file} holds what was meant for a closed stream")
    world.use_database()
    for closing in (">&-", "2>&-", "<&-", ">&- 2>&- <&-"):
        world.drop_files(1, rows=50, prefix="closed" + str(len(world.dropped)))
        world.run(["bash", "-c", f'exec "$0" "$@" {closing}', *world.watch_command("--once")])
        world.drain()
    return world.check()


@scenario("pipes-cut-short", 7, "a producer that dies: sp-load does not commit a stream that is not whole")
def pipes_cut_short(world):
    """The reports decide: here one is missing, not ok, or counts other rows."""
    world.use_database()
    rows = "source,key,ts,temperature\n" + "".join(
        f"lab,9,2019-05-01T00:{n // 60:02}:{n % 60:02}Z,{n}\n" for n in range(600))
    whole = os.path.join(world.root, "whole.csv")
    with open(whole, "w") as file:
        file.write(rows)
    report, schema = os.path.join(world.root, "report.json"), ["--schema", world.plain_schema()]
    good = '{"tool":"sp-validate","version":"0","status":"ok","rows_in":600,"rows_out":%d,' \
           '"rows_rejected":%d}\n'
    cases = {"missing": None, "empty": "", "garbage": "{", "other count": good % (599, 1),
             "not ok": (good % (600, 0)).replace('"ok"', '"failed"')}
    for what, text in cases.items():
        if os.path.exists(report):
            os.unlink(report)
        if text is not None:
            with open(report, "w") as file:
                file.write(text)
        with open(whole, "rb") as stdin:
            done = world.run([world.tool("sp-load"), "--source", whole, *schema, "--require-report", report, "--",
                              "reading=-"], stdin=stdin)
        require(done.returncode != 0, f"{what}: status 0")
        require(done.stderr.strip(), f"{what}: nothing is said")
        require_equal(world.sql("SELECT count(*) FROM sp.reading"), [["0"]], f"{what}: rows loaded")
    with open(report, "w") as file:
        file.write(good % (600, 0))
    with open(whole, "rb") as stdin:
        done = world.run([world.tool("sp-load"), "--source", whole, *schema, "--require-report", report, "--",
                          "reading=-"], stdin=stdin)
    require_equal(done.returncode, 0, f"with a sound report: {done.stderr.decode()}")
    require_equal(world.sql("SELECT count(*) FROM sp.reading"), [["600"]], "rows loaded")
    return {"cases": len(cases)}


@scenario("pipes-signals", 7, "INT, TERM and HUP to each stage and to the whole group: nothing is committed by "
          "halves, no orphan, no zombie", 90)
def pipes_signals(world):
    world.use_database()
    draw = random.Random(world.seed)
    sent = 0
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        for victim in world.amount(["group", "sp-load"],
                                   ["group", "sp-validate", "sp-transform", "sp-aggregate", "sp-load"]):
            world.drop_files(1, rows=4000, prefix=f"signal{sent}")
            watch = world.watch(*world.RETRY)
            _await(world, "sp-validate")
            time.sleep(draw.uniform(0, 0.02))
            for pid, _ in process.marked(world.mark):
                if process.name_of(pid) == victim or (victim == "group" and pid != watch.pid):
                    try:
                        os.kill(pid, signum)
                        sent += 1
                    except OSError:
                        pass
            world.wait_drained()
            zombies = [p for p in process.children_of(watch.pid) if process.state_of(p) == "Z"]
            time.sleep(0.2)
            zombies = [p for p in zombies if process.state_of(p) == "Z"]
            require_equal(zombies, [], "zombies of sp-watch")
            require_equal(world.stop(watch), 0, "sp-watch's status after SIGTERM")
            require_equal(process.leftovers(world.mark), [], "processes after sp-watch ended")
    return {"signals": sent, **world.check()}


def _await(world, comm):
    process.wait_until(lambda: any(process.name_of(p) == comm for p, _ in process.marked(world.mark)),
                       15, f"{comm} to run", 0.003)


@scenario("pipes-stop-watch", 7, "INT, TERM and HUP to sp-watch: running commands end first, status 0, no "
          "process is left", 60)
def pipes_stop_watch(world):
    world.use_database()
    for i, signum in enumerate((signal.SIGTERM, signal.SIGINT)):
        world.drop_files(2, rows=2000, prefix=f"stop{i}")
        watch = world.watch(*world.RETRY)
        _await(world, "sp-load")
        status = world.stop(watch, signum)
        require(status in (0, 128 + signum), f"status {status} after signal {signum}")
        require_equal(process.leftovers(world.mark), [], "processes after sp-watch ended")
        require_equal(world.names("work"), [], "work/ after sp-watch ended in peace")
        world.drain()
    return world.check()
