"""Chapter 4: writers and watchers that do as they please."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time

import process
import trace
from scenario import Skipped, require, require_equal, scenario


def _write_slowly(path, content, pieces, pause):
    with open(path, "wb", buffering=0) as file:
        size = len(content) // pieces + 1
        for at in range(0, len(content), size):
            file.write(content[at:at + size])
            time.sleep(pause)


@scenario("folder-slow-writers", 4, "writers that write in place and slowly: taken only when complete")
def folder_slow_writers(world):
    world.use_database()
    watch = world.watch(timing=["--settle", "600ms", "--interval", "200ms"])
    writers = []
    for i in range(world.amount(4, 40)):
        name, content = f"slow{i}.csv", world.writer.file(100)
        world.dropped.append((name, content))
        thread = threading.Thread(target=_write_slowly, args=(world.path(name), content, 12, 0.12))
        thread.start()
        writers.append(thread)
    for thread in writers:
        thread.join()
    world.wait_drained()
    world.stop(watch)
    return world.check()


@scenario("folder-paused-writer", 4, "a writer that holds its file open and pauses longer than --settle: "
          "nothing is taken before it closes")
def folder_paused_writer(world):
    world.use_database()
    watch = world.watch(*world.RETRY)
    content = world.writer.file(200)
    cut = content.index(b"\n", len(content) // 2) + 1
    world.dropped.append(("paused.csv", content))
    with open(world.path("paused.csv"), "wb", buffering=0) as file:
        file.write(content[:cut])
        time.sleep(1.0)
        require("paused.csv" in world.names(), "the half of a file was taken while its writer has it open")
        file.write(content[cut:])
    world.wait_drained()
    world.stop(watch)
    return world.check()


@scenario("folder-changes-while-taken", 4, "a file that grows while its command runs is read again, whole")
def folder_changes_while_taken(world):
    world.use_database()
    content = world.writer.file(400)
    cut = content.index(b"\n", len(content) // 2) + 1
    world.dropped.append(("grows.csv", content))
    go = os.path.join(world.root, "go")
    slow = f'while [[ ! -e {go} ]]; do sleep 0.05; done; exec {world.tool("sp-pipeline")} "$1"'
    watch = world.watch(*world.RETRY, command=["bash", "-c", slow, "slow", "{}"])
    world.place("grows.csv", content[:cut])
    process.wait_until(lambda: "grows.csv" in world.names("work"), 10, "the claim")
    time.sleep(0.2)
    with open(world.path("work", "grows.csv"), "ab") as file:
        file.write(content[cut:])
    with open(go, "w"):
        pass
    world.wait_drained()
    world.stop(watch)
    return world.check()


@scenario("folder-changes-after-read", 4, "a file that grows after the pipeline has read it and before it "
          "is done: the rest is not lost", 60)
def folder_changes_after_read(world):
    world.use_database()
    content = world.writer.file(400)
    cut = content.index(b"\n", len(content) // 2) + 1
    marker = os.path.join(world.root, "read")
    slow = f'{world.tool("sp-pipeline")} "$1"; s=$?; touch {marker}; sleep 0.8; exit $s'
    watch = world.watch(*world.RETRY, command=["bash", "-c", slow, "slow", "{}"])
    world.place("late.csv", content[:cut])
    process.wait_until(lambda: os.path.exists(marker), 20, "the pipeline to end")
    with open(world.path("work", "late.csv"), "ab") as file:
        file.write(content[cut:])
    world.wait_drained()
    world.stop(watch)
    keys = world.sql("SELECT count(*), count(DISTINCT (sensor_id, ts)) FROM sp.reading")[0]
    require_equal(keys[0], keys[1], "rows and keys")
    # quarantine/ has its rejected rows under that name.
    places = [p for p in ("done", "failed") if "late.csv" in world.names(p)]
    require(not any("reason.json" in name for name in world.names("quarantine")), "late.csv was refused")
    said = b"\n".join(world.journal())
    valid = _valid(content)
    require(b"chang" in said, "the journal does not say that the file changed")
    require_equal(int(keys[0]), valid, "rows that are loaded")
    require_equal(places, ["done"], "the place of late.csv")
    require_equal(world.sql("SELECT rows_passed, rows_loaded + rows_known, rows_known > 0 FROM sp.ingest"
                            " ORDER BY ingest_id DESC LIMIT 1"), [[str(valid), str(valid), "t"]],
                  "the ledger of the file as it was in the end")
    return {"loaded": keys[0], "valid": valid, "place": places[0]}


def _valid(content):
    import oracle
    return sum(oracle.Expectation(content).valid.values())


@scenario("folder-overwrite-while-taken", 4, "a new file under the name that is being worked on is another "
          "file: both are loaded")
def folder_overwrite_while_taken(world):
    world.use_database()
    slow = f'sleep 0.5; exec {world.tool("sp-pipeline")} "$1"'
    watch = world.watch(*world.RETRY, command=["bash", "-c", slow, "slow", "{}"])
    for _ in range(world.amount(3, 20)):
        world.drop("same.csv", world.writer.file(150))
        process.wait_until(lambda: "same.csv" not in world.names(), 10, "the claim")
    world.wait_drained()
    world.stop(watch)
    return world.check()


@scenario("folder-replace-before-taken", 4, "a file that is written anew in place before it has settled: the "
          "one that is complete counts")
def folder_replace_before_taken(world):
    world.use_database()
    watch = world.watch(timing=["--settle", "500ms", "--interval", "200ms"])
    for _ in range(5):
        world.place("replaced.csv", world.writer.file(50), "in place")
        time.sleep(0.1)
    world.drop("replaced.csv", world.writer.file(50), "in place")
    world.wait_drained()
    world.stop(watch)
    return world.check()


@scenario("folder-deleted", 4, "files that vanish before, while and after they are taken: nothing hangs, the "
          "others are loaded")
def folder_deleted(world):
    world.use_database()
    slow = f'sleep 0.3; exec {world.tool("sp-pipeline")} "$1"'
    watch = world.watch(*world.RETRY, command=["bash", "-c", slow, "slow", "{}"])
    for i in range(world.amount(4, 40)):
        world.place(f"gone{i}.csv", world.writer.file(50))
        if i % 2:
            process.wait_until(lambda n=i: f"gone{n}.csv" in world.names("work"), 10, "the claim")
            os.unlink(world.path("work", f"gone{i}.csv"))
        else:
            os.unlink(world.path(f"gone{i}.csv"))
        world.drop_files(1, prefix=f"stays{i}")
    world.wait_drained()
    require(watch.poll() is None, "sp-watch ended")
    world.stop(watch)
    world.sql("SELECT 1")
    return world.check()


@scenario("folder-two-watchers", 4, "two sp-watch on one folder never take the same file", 60)
def folder_two_watchers(world):
    world.use_database()
    watchers = [world.watch(*world.RETRY, "--jobs", "2") for _ in range(2)]
    for i in range(world.amount(3, 30)):
        world.drop_files(8, rows=40, prefix=f"two{i}")
        time.sleep(0.2)
    world.wait_drained(60)
    for watch in watchers:
        world.stop(watch)
    steps = [json.loads(line) for line in world.journal()]
    runs = [step["job"] for step in steps if step["event"] == "run"]
    require_equal(len(runs), len(set(runs)), "commands started and files")
    return world.check()


@scenario("folder-no-events", 4, "a file system that tells of no change (network): the rescan finds all")
def folder_no_events(world):
    """The call that asks for events is answered as if it had been made; it never was."""
    trace.need(world)
    world.use_database()
    log = os.path.join(world.root, "strace")
    watch = world.watch(*world.RETRY, wrap=trace.inject(log, "inotify_add_watch", "retval=1", "1+"))
    time.sleep(0.5)
    world.drop_files(4, prefix="silent")
    world.wait_drained()
    require(trace.was_injected(log), "sp-watch asked for no events")
    world.stop(watch)
    return world.check()


@scenario("folder-watch-limit", 4, "no inotify instance or watch is left: the rescan works, and it is said")
def folder_watch_limit(world):
    trace.need(world)
    world.use_database()
    for call, error in (("inotify_init1", "EMFILE"), ("inotify_add_watch", "ENOSPC")):
        log = os.path.join(world.root, call)
        watch = world.watch(*world.RETRY, wrap=trace.inject(log, call, f"error={error}", "1+"))
        time.sleep(0.3)
        world.drop_files(2, prefix=call)
        world.wait_drained()
        require(trace.was_injected(log), f"no {call}")
        world.stop(watch)
        require("inotify" in world.tail(), f"nothing is said of {error}")
    return world.check()


@scenario("folder-event-overflow", 4, "the queue of events overflows while sp-watch is stopped", 90)
def folder_event_overflow(world):
    world.use_database()
    with open("/proc/sys/fs/inotify/max_queued_events") as file:
        limit = int(file.read())
    watch = world.watch(*world.RETRY)
    process.wait_until(lambda: os.path.isdir(world.path(".sp-watch")), 10, "the start")
    time.sleep(0.3)
    watch.send_signal(signal.SIGSTOP)
    world.drop_files(3, prefix="before")
    for n in range(limit // 2 + 1000):
        path = world.path("noise")
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY))
        os.unlink(path)
    world.drop_files(3, prefix="after")
    watch.send_signal(signal.SIGCONT)
    world.wait_drained()
    require(watch.poll() is None, "sp-watch ended")
    world.stop(watch)
    return {"events": limit + 2000, **world.check()}


@scenario("folder-many-files", 4, "thousands of files at the start (100,000 in the long form): all are taken, "
          "in bounded memory", 90)
def folder_many_files(world):
    """The command only looks: what is tested is the folder, not the database."""
    world.use_database()
    count = world.amount(1000, 100_000)
    content = b"x\n"
    for n in range(count):
        with open(world.path(f"{n:06}.csv"), "wb") as file:
            file.write(content)
    began = time.monotonic()
    watch = world.watch("--jobs", "2", command=["/bin/true", "{}"])
    peak = 0

    def done():
        nonlocal peak
        peak = max(peak, process.memory_kib(watch.pid))
        return not world.waiting() or watch.poll() is not None
    process.wait_until(done, world.amount(60, 1800), "all files to be done", 0.2)
    require(watch.poll() is None, "sp-watch ended")
    took = time.monotonic() - began
    world.stop(watch)
    require_equal(len(world.names("done")), count, "files in done/")
    require(peak < 128 * 1024, f"{peak} KiB of memory")
    shutil.rmtree(world.path("done"))
    return {"files": count, "seconds": round(took, 1), "peak KiB": peak}


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
/* The wall clock of one process, shifted by the seconds in the file that $CLOCK_SHIFT names. */
static long shift(void) {
  long seconds = 0;
  FILE* file = fopen(getenv("CLOCK_SHIFT"), "r");
  if (file) {
    if (fscanf(file, "%ld", &seconds) != 1) seconds = 0;
    fclose(file);
  }
  return seconds;
}
int clock_gettime(clockid_t clock, struct timespec* out) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
  int status = real(clock, out);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) out->tv_sec += shift();
  return status;
}
time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
"""


@scenario("folder-clock-jumps", 4, "the wall clock jumps a day forwards and back, and files carry times of "
          "the future and of 1970: all are taken soon", 60)
def folder_clock_jumps(world):
    """A shim in front of clock_gettime shifts sp-watch's clock: the machine's is not ours to set."""
    world.need_program("cc")
    world.use_database()
    shim, shift = os.path.join(world.root, "clock.so"), os.path.join(world.root, "shift")
    source = os.path.join(world.root, "clock.c")
    with open(source, "w") as file:
        file.write(CLOCK)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"], check=True)
    with open(shift, "w") as file:
        file.write("0")
    away = f"kill -0 $PPID; exec {world.tool('sp-pipeline')} \"$1\""
    watch = world.watch(*world.RETRY, env={"LD_PRELOAD": shim, "CLOCK_SHIFT": shift},
                        command=["env", "-u", "LD_PRELOAD", "bash", "-c", away, "away", "{}"])
    for i, seconds in enumerate((0, 86400, -86400, 0)):
        with open(shift + ".new", "w") as file:
            file.write(str(seconds))
        os.rename(shift + ".new", shift)
        for n, mtime in enumerate((None, 0, time.time() + 10**6)):
            world.drop_files(1, prefix=f"clock{i}{n}")
            if mtime is not None:
                try:
                    os.utime(world.path(world.dropped[-1][0]), (mtime, mtime))
                except FileNotFoundError:
                    pass  # taken already
        world.wait_drained(15)
    require(watch.poll() is None, "sp-watch ended")
    world.stop(watch)
    return world.check()
