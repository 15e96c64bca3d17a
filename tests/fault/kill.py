"""Chapter 1: kill anything, any time, and start again."""

import glob
import itertools
import json
import os
import random
import re
import shutil
import signal
import time

import oracle
import process
import proxy
import trace
from disk import Mount
from scenario import Failed, require, require_equal, scenario
from server import ROOT

STAGES = ["sp-validate", "sp-transform", "sp-aggregate", "sp-load", "sp-pipeline"]
# Passed only where a file is copied to another file system; see kill-copied.
ELSEWHERE = {"file-copied"}
# Passed only where somebody asks for it, or files of one name are loaded by hand; see kill-retry, kill-expiry and
# kill-numbered.
RETRY = ["watch-before-return", "file-moved", "watch-returned"]
EXPIRY = ["watch-before-expire", "watch-expiring"]
NUMBERED = ["file-renamed"]


def fault_points():
    """The points in the sources: a new one is tested as soon as it is there."""
    found = set()
    for top in ("lib", "tools"):
        for path in glob.glob(os.path.join(ROOT, top, "**", "*.cc"), recursive=True):
            with open(path) as file:
                found |= set(re.findall(r'SP_FAULT\("([^"]+)"\)', file.read()))
    return sorted(found)


def _point(world, name):
    """One run of sp-watch in which the point strikes once; true where something was killed."""
    once = os.path.join(world.root, "once")
    with open(once, "w"):
        pass
    env = {"SP_FAULT_POINT": name, "SP_FAULT_ONCE": once}
    done = world.once(*world.RETRY, env=env)
    struck = not os.path.exists(once)
    if not struck:
        os.unlink(once)
    return struck, done.returncode


@scenario("kill-points", 1, "a kill at each fault point of sp-watch and sp-load loses nothing", 90)
def kill_points(world):
    world.need_fault_points()
    world.use_database()
    elsewhere = ELSEWHERE | {p for p in RETRY + EXPIRY + NUMBERED if p != "file-moved"}
    points = [p for p in fault_points() if p not in elsewhere]
    require(len(points) > 8, f"only {points} are left in the sources")
    for point in points:
        world.drop_files(1, prefix=point)
        struck, status = _point(world, point)
        require(struck, f"{point} was never passed")
        if point.startswith("watch"):
            require_equal(status, -signal.SIGKILL, f"sp-watch's status at {point}")
        world.drain()
    return {"points": len(points), **world.check()}


@scenario("kill-copied", 1, "a kill between the copy of a file to another file system and the end of its "
          "original: one of them is left in the end")
def kill_copied(world):
    world.need_fault_points()
    world.use_database()
    done = os.path.join(world.root, "done elsewhere")
    with Mount(world, done, "8m"):
        world.drop_files(1, prefix="copied")
        once = os.path.join(world.root, "once")
        with open(once, "w"):
            pass
        flags = [*world.RETRY, "--done", done]
        killed = world.once(*flags, env={"SP_FAULT_POINT": "file-copied", "SP_FAULT_ONCE": once})
        require_equal(killed.returncode, -signal.SIGKILL, "sp-watch's status")
        world.drain(20, "--done", done)
        name, content = world.dropped[0]
        require_equal(os.listdir(done), [name], "files in the other done/")
        with open(os.path.join(done, name), "rb") as file:
            require_equal(file.read(), content, "its bytes")
        os.makedirs(world.path("done"), exist_ok=True)
        shutil.copy(os.path.join(done, name), world.path("done", name))
        return world.check()


def _refused(world, name, status):
    """Drops a file that the command refuses, or crashes on."""
    world.drop(name, world.writer.file(60))
    world.once(*world.RETRY, "--max-attempts", "1", command=["sh", "-c", f"exit {status}", "run", "{}"])
    place = "quarantine" if status == 65 else "failed"
    require(name in world.names(place), f"{name} is not in {place}/")
    return place


def _retry(world, name, env=None):
    return world.run([world.tool("sp-watch"), "--retry", name, world.inbox], env)


@scenario("kill-retry", 1, "a kill at each step of sp-watch --retry, beside a watcher and alone: the file is in one place, "
          "and is loaded once after it was asked for again", 90)
def kill_retry(world):
    world.need_fault_points()
    world.use_database()
    told = 0
    for number, (point, status, watched) in enumerate(
            (point, status, watched) for point in RETRY for status in (65, 70) for watched in (False, True)):
        name = f"retry{number}.csv"
        place = _refused(world, name, status)
        watch = world.watch(*world.RETRY) if watched else None
        killed = _retry(world, name, {"SP_FAULT_POINT": point})
        require_equal(killed.returncode, -signal.SIGKILL, f"the status of --retry at {point}")
        if name in world.names(place):
            require_equal(point, "watch-before-return", "the step after which it lies where it lay")
            require(f"{name}.reason.json" in world.names(place), f"{name} has lost its reason at {point}")
            require_equal(_retry(world, name).returncode, 0, "the status of the second --retry")
            told += 1
        if watch:
            world.wait_drained()
            world.stop(watch)
        world.drain()
        require_equal([n for n in world.names(place) if n.startswith(name + ".reason")], [], f"reasons left at {point}")
    steps = [line for line in world.journal() if b'"event":"retried"' in line]
    require_equal(len(steps), told, "lines that tell of a file that was brought back")
    return {"kills": number + 1, **world.check()}


@scenario("kill-expiry", 1, "a kill at each step of --keep-done: what is gone is told, what is told is gone in the end, and the "
          "database keeps its rows", 60)
def kill_expiry(world):
    world.need_fault_points()
    world.use_database()
    names = []
    for point in EXPIRY:
        for n in range(3):
            names.append(f"{point}{n}.csv")
            world.drop(names[-1], world.writer.file(40))
            world.drain()
        rows = world.sql("SELECT count(*) FROM sp.reading")
        killed = world.once("--keep-done", "1files", env={"SP_FAULT_POINT": point})
        require_equal(killed.returncode, -signal.SIGKILL, f"sp-watch's status at {point}")
        _require_told(world, names)
        world.once("--keep-done", "1files")
        _require_told(world, names)
        require_equal(world.names("done"), names[-1:], "files in done/")
        require_equal(world.sql("SELECT count(*) FROM sp.reading"), rows, "readings")
    # What is gone and comes again is known.
    world.drop(names[0], dict(world.dropped)[names[0]])
    world.drain()
    require_equal(world.sql("SELECT count(*) FROM sp.reading"), rows, "readings after one came again")
    return {"kills": len(EXPIRY), "files": len(names), "readings": rows[0][0]}


@scenario("kill-numbered", 1, "a kill as rejected rows of one name give way to others: they have the same number as their "
          "reasons when the others were brought", 60)
def kill_numbered(world):
    world.need_fault_points()
    world.use_database()
    quarantine = os.path.join(world.root, "rejected")
    os.mkdir(quarantine)

    def load(folder, env=None):
        return world.run([world.tool("sp-pipeline"), os.path.join(world.root, folder, "same.csv")],
                         {"SP_QUARANTINE": quarantine, **(env or {})})

    for kills in range(3):
        folder = os.path.join(world.root, f"folder{kills}")
        os.mkdir(folder)
        with open(os.path.join(folder, "same.csv"), "wb") as file:
            file.write(world.writer.file(60))
        if kills > 0:
            killed = load(folder, {"SP_FAULT_POINT": f"file-renamed:{kills}"})
            require(killed.returncode > 128, f"nothing was killed at {kills}: {killed.returncode}")
        require_equal(load(folder).returncode, 0, "the status of sp-pipeline")
    names = sorted(os.listdir(quarantine))
    numbers = ["", ".~1~", ".~2~"]
    require_equal(names, sorted(f"same.csv{e}{n}" for e in ("", ".errors.ndjson") for n in numbers), "files in quarantine")
    for number in numbers:
        with open(os.path.join(quarantine, "same.csv" + number)) as rows, \
             open(os.path.join(quarantine, "same.csv.errors.ndjson" + number)) as reasons:
            told = {(line["file"], line["row"]) for line in map(json.loads, reasons)}
            require_equal(len(told), len(rows.readlines()) - 1, f"rows of which the reasons{number} tell")
    return {"kills": kills}


def _require_told(world, names):
    told = [json.loads(line)["job"] for line in world.journal() if b'"event":"expired"' in line]
    gone = set(names) - set(world.names("done"))
    require(gone <= set(told), f"gone and not told: {gone - set(told)}")
    twice = {name for name in told if told.count(name) > 2}
    require(not twice, f"told more than twice: {twice}")


def kill_at_each_call(world, program, calls, most):
    """Kills `program` at the entry of its 1st, 2nd, 3rd, … of `calls` until a run meets no kill.

    strace counts each call by itself: in the long form each has its own turn.
    """
    trace.need(world)
    world.use_database()
    kills = 0
    for group in world.amount([calls], calls.split(",")):
        for n in range(1, most + 1):
            if not _killed_at(world, program, group, n):
                break
            kills += 1
        else:
            require(world.short, f"{program} still met a kill at its {most}th {group}")
    return {"kills": kills, **world.check()}


def _killed_at(world, program, calls, n):
    log = os.path.join(world.root, "strace")
    world.drop_files(1, rows=20, prefix=f"call{len(world.dropped)}")
    strace = trace.inject(log, calls, "signal=KILL", n)
    if os.path.exists(log):
        os.unlink(log)
    if program == "sp-watch":
        world.once(*world.RETRY, wrap=strace)
    else:
        wrapper = f"[[ -e {log} ]] && exec REAL \"$@\"\nexec {' '.join(strace)} REAL \"$@\""
        folder = trace.wrapped_tools(world, {program: wrapper})
        world.once(*world.RETRY, command=[f"{folder}/sp-pipeline", "{}"])
        shutil.rmtree(folder)
    killed = trace.was_killed(log)
    world.drain()
    return killed


@scenario("kill-calls-watch", 1, "a kill before each change sp-watch makes to the file system", 120)
def kill_calls_watch(world):
    return kill_at_each_call(world, "sp-watch", trace.CHANGES, world.amount(40, 400))


@scenario("kill-calls-load", 1, "a kill before each message sp-load sends or receives", 90)
def kill_calls_load(world):
    calls = "sendto,sendmsg,recvfrom,recvmsg,write,fsync,rename,renameat,renameat2"
    return kill_at_each_call(world, "sp-load", calls, world.amount(8, 400))


@scenario("kill-calls-validate", 1, "a kill before each write of sp-validate", 60)
def kill_calls_validate(world):
    calls = "write,openat,close,fsync,rename,renameat,renameat2"
    return kill_at_each_call(world, "sp-validate", calls, world.amount(4, 200))


@scenario("kill-stage", 1, "kill -9 of each stage in the middle of its stream: nothing committed, the "
          "retry loads the file whole", 90)
def kill_stage(world):
    world.use_database()
    draw = random.Random(world.seed)
    kills = 0
    for victim in STAGES * world.amount(1, 10):
        watch = world.watch(*world.RETRY)
        pid = None
        for n in itertools.count():  # a busy machine may look too late
            world.drop_files(1, rows=world.amount(6000, 20000), prefix=f"stage{kills}-{n}")
            pid = process.wait_until(lambda: _find(world, victim) or not world.waiting() and -1, 60, f"{victim} to run", 0.002)
            if pid > 0:
                break
        time.sleep(draw.uniform(0, 0.03))
        kills += _kill(pid)
        world.wait_drained()
        require_equal(world.stop(watch), 0, "sp-watch's status after SIGTERM")
    return {"kills": kills, **world.check()}


def _find(world, comm):
    for pid, text in process.marked(world.mark):
        if process.name_of(pid) == comm[:15] or (comm == "sp-pipeline" and "sp-pipeline" in text
                                                 and "sp-watch" not in text):
            return pid
    return None


def _wait_for(world, comm):
    return process.wait_until(lambda: _find(world, comm), 10, f"{comm} to run", 0.002)


def _kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return 1
    except OSError:
        return 0


@scenario("kill-watch-running", 1, "kill -9 of sp-watch alone while its command runs: the command ends, "
          "the next sp-watch waits for it and settles the file once", 60)
def kill_watch_running(world):
    world.use_database()
    for i in range(world.amount(4, 40)):
        # Enough that one of them is seen at it, however busy the machine is.
        world.drop_files(10, rows=3000, prefix=f"alone{i}")
        watch = world.watch(*world.RETRY)
        _wait_for(world, ["sp-load", "sp-validate"][i % 2])
        watch.kill()
        watch.wait()
        second = world.watch(*world.RETRY)
        world.wait_drained()
        world.stop(second)
    return world.check()


@scenario("kill-group", 1, "kill -9 of sp-watch and all its commands at once (power to that service)", 60)
def kill_group(world):
    world.use_database()
    draw = random.Random(world.seed)
    for i in range(world.amount(6, 60)):
        world.drop_files(2, rows=2000, prefix=f"group{i}")
        world.watch(*world.RETRY)
        time.sleep(draw.uniform(0.05, 0.5))
        process.kill_marked(world.mark)
    world.drain()
    return world.check()


@scenario("kill-between-commit-and-answer", 1, "sp-load dies after COMMIT was sent and before its answer "
          "came: the ledger decides, once", 40)
def kill_between_commit_and_answer(world):
    world.use_database()
    server_socket = os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432")
    for i in range(world.amount(2, 20)):
        rule = proxy.Rule("hang-after", "COMMIT")
        with proxy.Proxy(server_socket, os.path.join(world.root, f"proxy{i}"), [rule]) as between:
            world.drop_files(1, prefix=f"answer{i}")
            watch = world.watch(*world.RETRY, env=between.environment)
            process.wait_until(lambda: rule.hits, 15, "COMMIT to be sent")
            time.sleep(0.05)
            _kill(_wait_for(world, "sp-load"))
            world.wait_drained()
            world.stop(watch)
    figures = world.check()
    require_equal(figures["twice"], 0, "rows twice")
    return figures


def _killed_at_a_move(log, n):
    """The words before sp-load that kill it before its Nth move to quarantine."""
    return " ".join(trace.inject(log, "renameat2", "signal=KILL", n))


@scenario("kill-between-commit-and-done", 1, "all dies after COMMIT and before the move to done/, also "
          "between the two moves to quarantine", 60)
def kill_between_commit_and_done(world):
    trace.need(world)
    world.use_database()
    for i, what in enumerate(("before the moves", "between the moves", "after the moves")):
        world.drop_files(1, rows=200, prefix=f"move{i}")
        once, log = os.path.join(world.root, f"moved{i}"), os.path.join(world.root, f"strace{i}")
        guard = f"if ! mkdir {once} 2>/dev/null; then exec REAL \"$@\"; fi\n"
        traced = f"{_killed_at_a_move(log, i + 1)} " if i < 2 else ""
        folder = trace.wrapped_tools(world, {"sp-load": f"{guard}{traced}REAL \"$@\"\nkill -9 $PPID"})
        world.once(*world.RETRY, command=[f"{folder}/sp-pipeline", "{}"])
        require(os.path.isdir(once), f"sp-load did not run ({what})")
        require(i == 2 or trace.was_killed(log), f"sp-load was not killed {what}")
        world.drain()
    return world.check()


@scenario("kill-validate-of-loaded-file", 1, "sp-validate dies when a file that was committed before is run "
          "again: its rejected rows come to quarantine whole")
def kill_validate_of_loaded_file(world):
    """All died after COMMIT; on the second run the ledger knows the file, so that no report is asked for."""
    trace.need(world)
    world.use_database()
    world.drop_files(1, rows=4000, prefix="again")
    once = os.path.join(world.root, "died")
    died = f"{_killed_at_a_move(os.path.join(world.root, 'moves'), 1)} REAL \"$@\"\nkill -9 $PPID"
    after_commit = trace.wrapped_tools(world, {"sp-load": died})
    world.once(*world.RETRY, command=[f"{after_commit}/sp-pipeline", "{}"])
    require_equal(world.sql("SELECT count(*) FROM sp.ingest"), [["1"]], "ledger rows after the first run")
    log = os.path.join(world.root, "strace")
    strace = " ".join(trace.inject(log, "write", "signal=KILL", 2))
    guard = f"mkdir {once} 2>/dev/null || exec REAL \"$@\"\nexec {strace} REAL \"$@\""
    dying = trace.wrapped_tools(world, {"sp-validate": guard})
    world.once(*world.RETRY, command=[f"{dying}/sp-pipeline", "{}"])
    require(trace.was_killed(log), "sp-validate was not killed")
    world.drain()
    return world.check()


def kill_at_random(world, wanted, flags, drop, few):
    """Kills `wanted` processes at random moments while sp-watch has work: fewer than `few` files, and `drop`
    brings more. Returns who died."""
    draw = random.Random(world.seed)
    victims, kills, watch = {}, 0, None
    began = time.monotonic()
    while kills < wanted:
        if time.monotonic() - began > world.amount(60, 7200):
            raise Failed(f"only {kills} kills in time")
        if watch is None or watch.poll() is not None:
            watch = world.watch(*world.RETRY, *flags, *world.PERSISTENT)
        if len(world.waiting()) < few:
            drop()
        time.sleep(draw.uniform(0, 0.25))
        alive = process.marked(world.mark)
        if not alive:
            continue
        pid, _ = draw.choice(alive)
        name = process.name_of(pid)
        if _kill(pid):
            kills += 1
            victims[name] = victims.get(name, 0) + 1
        process.reap()
    world.stop(watch, seconds=30) if watch.poll() is None else None
    return {"kills": kills, **victims}


@scenario("kill-random", 1, "kills of any process at random moments, hundreds in the long form", 90)
def kill_random(world):
    world.use_database()
    draw = random.Random(world.seed)
    count, last = iter(range(10**6)), [world.writer.file(20)]

    def drop():
        ending, content = world.writer.any(draw, draw.choice([1, 50, 800, 4000]))
        world.drop(f"random{next(count)}{ending}", content)
        if draw.random() < 0.3:  # rows that came before, and new ones
            last.append(world.writer.overlapping(draw, last[-1], 100))
            world.drop(f"random{next(count)}.csv", last[-1])

    victims = kill_at_random(world, world.amount(15, world.options.kills), ["--jobs", "2"], drop, 4)
    world.drain(90, *world.PERSISTENT)
    return {**victims, **world.check()}


@scenario("kill-growing-file", 1, "a day file comes again and again with a row more, and processes die meanwhile: after "
          "each step readings, statistics and rejects are those of the file as it is then", 180)
def kill_growing_file(world):
    world.use_database()
    draw = random.Random(world.seed)
    world.writer.defects = 0
    header, *rows = world.writer.file(world.amount(12, 100)).splitlines(keepends=True)
    for at in world.amount([2, 5, 9], [5, 50, 95]):
        cells = rows[at].split(b",")
        rows[at] = b",".join([*cells[:7], b"99.5", *cells[8:]])
    kills = 0
    for step in range(1, len(rows) + 1):
        state = b"".join([header, *rows[:step]])
        world.drop("day.csv", state)
        if step % world.amount(3, 5) == 0:
            watch = world.watch(*world.RETRY, *world.PERSISTENT)
            time.sleep(draw.uniform(0, 0.4))
            alive = process.marked(world.mark)
            kills += _kill(draw.choice(alive)[0] if alive else watch.pid)
            if watch.poll() is None:
                world.stop(watch)
        world.drain(60, *world.PERSISTENT)
        _require_as_if_alone(world, oracle.Expectation(state), f"after step {step}")
    require(kills > 0, "nothing was killed")
    return {"kills": kills, **world.check()}


def _require_as_if_alone(world, file, when):
    require_equal(oracle.readings(world.admin), file.valid, f"readings {when}")
    temperatures = [row[6] for row in file.valid]
    [[n, mean]] = world.sql("SELECT coalesce(sum(n), 0), sum(n * mean) / sum(n) FROM sp.sensor_statistics"
                            " WHERE quantity = 'temperature'")
    require_equal(int(n), len(temperatures), f"temperatures in the statistics {when}")
    if temperatures:
        off = float(mean) - sum(temperatures) / len(temperatures)
        require(abs(off) < 1e-9, f"the mean {when} is off by {off}")
    [[n]] = world.sql("SELECT coalesce(sum(rows), 0) FROM sp.rejects_by_reason")
    require_equal(int(n), sum(file.rejected.values()), f"rejects in the views {when}")
