"""Chapter 10: other users of the machine, who may write to the folder and nowhere else."""

import contextlib
import fcntl
import os
import re
import shutil
import signal
import stat
import subprocess
import time

import process
from scenario import require, require_equal, scenario

STRANGER = 65534  # nobody
KEPT = ["work", "done", "quarantine", "failed", ".sp-watch", ".sp-watch/state", ".sp-watch/tmp"]


class Stranger:
    """A process of another user that does `begin`, and keeps what it got until the end."""

    def __init__(self, begin):
        told, tell = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            status = 1
            with contextlib.suppress(BaseException):
                os.setgroups([])
                os.setgid(STRANGER)
                os.setuid(STRANGER)
                process.die_with_parent()
                kept = begin(lambda: os.write(tell, b"."))
                os.write(tell, b"!")
                status = 0
                signal.pause()
                del kept
            os._exit(status)
        os.close(tell)
        self.told = told

    def __enter__(self):
        require(os.read(self.told, 1), "the stranger could not do it")
        return self

    def wait(self):
        """Until `begin` is over."""
        require(os.read(self.told, 1), "the stranger could not do it")

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.told)


def _as_stranger(action):
    """Status 0 where `action` works for another user."""
    pid = os.fork()
    if pid == 0:
        status = 1
        with contextlib.suppress(OSError):
            os.umask(0)
            os.setgroups([])
            os.setgid(STRANGER)
            os.setuid(STRANGER)
            action()
            status = 0
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _open_inbox(world, mode=0o1777):
    world.need_root("playing another user")
    shutil.rmtree(world.inbox)
    os.mkdir(world.inbox)
    os.chmod(world.inbox, mode)


def _squat(world, name, mode):
    """The stranger makes DIR/name, and what it lies in, before sp-watch does."""
    def make():
        for part in ([".sp-watch", name] if "/" in name else [name]):
            os.mkdir(world.path(part), mode)
            os.chmod(world.path(part), mode)
    require_equal(_as_stranger(make), 0, f"mkdir {name} by a stranger")


def _refused(world, name, what, *flags):
    """sp-watch does not start, says why, and takes nothing."""
    before = world.names()
    done = world.once(*flags)
    said = done.stderr.decode()
    require_equal(done.returncode, 78, f"the status with {what}: {said}")
    require(world.path(name) in said, f"{what}: the folder is not named: {said}")
    dropped = {dropped for dropped, _ in world.dropped}
    require_equal(set(world.names()) & dropped, set(before) & dropped, f"files in the folder after {what}")
    return said


@scenario("strangers-squat", 10, "folders of sp-watch's that another user made first, or may write to: it does "
          "not start and says which; once they are gone all is loaded", 90)
def strangers_squat(world):
    world.use_database()
    _open_inbox(world)
    secret = os.path.join(world.root, "theirs")
    os.mkdir(secret)
    world.drop_files(1)
    tried = 0
    for name in KEPT:
        whole = name.split("/")[0]
        for mode in (0o755, 0o777, 0o1777, 0o3777):
            _squat(world, name, mode)
            said = _refused(world, whole, f"{name} of a stranger, mode {mode:o}")
            require(f"user {STRANGER}" in said and f"mode {mode:04o}" in said, f"owner and mode: {said}")
            shutil.rmtree(world.path(whole))
            tried += 1
        require_equal(_as_stranger(lambda: (os.mkdir(world.path(whole)) if whole != name else None,
                                            os.symlink(secret, world.path(name)))), 0, "a link by a stranger")
        _refused(world, whole, f"a stranger's link for {name}")
        shutil.rmtree(world.path(whole)) if whole != name else os.unlink(world.path(name))
    world.drain()
    for name in KEPT:
        usual = stat.S_IMODE(os.stat(world.path(name)).st_mode)
        for mode, flags, starts in ((0o1777, [], False), (0o777, ["--group-writable"], False),
                                    (0o775, [], False), (0o775, ["--group-writable"], True)):
            os.chmod(world.path(name), mode)
            if starts:
                require_equal(world.once(*flags).returncode, 0, f"the status with {name} of mode {mode:o} {flags}")
            else:
                _refused(world, name, f"{name} of mode {mode:o}", *flags)
            tried += 1
        os.chmod(world.path(name), usual)
    for flag in ("--work", "--done", "--quarantine", "--failed"):
        elsewhere = os.path.join(world.root, "open")
        os.mkdir(elsewhere)
        os.chmod(elsewhere, 0o1777)
        done = world.once(flag, elsewhere)
        require_equal(done.returncode, 78, f"the status with {flag} of mode 1777")
        require(elsewhere.encode() in done.stderr, f"{flag}: {done.stderr!r}")
        os.rmdir(elsewhere)
        tried += 1
    require_equal(os.listdir(secret), [], "files where a stranger's link leads")
    world.drop_files(1, prefix="after")
    world.drain()
    return {"folders": tried, **world.check()}


@scenario("strangers-swap", 10, "a folder that is swapped or opened to all while sp-watch runs: it ends before the "
          "next file, and goes on once the folder is put right")
def strangers_swap(world):
    world.use_database()
    _open_inbox(world, 0o777)  # without the sticky bit anybody may rename what lies in it
    for name in ("work", "done", "quarantine", "failed", ".sp-watch"):
        world.drop_files(1, prefix=f"before-{name.strip('.')}")
        watch = world.watch(*world.RETRY)
        world.wait_drained()
        require_equal(_as_stranger(lambda name=name: os.rename(world.path(name), world.path("was"))), 0,
                      "the rename by a stranger")
        _squat(world, name, 0o777)
        world.drop_files(1, prefix=f"after-{name.strip('.')}")
        require_equal(watch.wait(20), 75, f"the status after {name} was swapped")
        require(f"{world.path(name)} was removed, moved or replaced" in world.tail(), world.tail())
        _refused(world, name, f"{name} that was swapped")
        shutil.rmtree(world.path(name))
        os.rename(world.path("was"), world.path(name))
        world.drain()
        watch = world.watch(*world.RETRY)
        process.wait_until(lambda: world.tail().rstrip().endswith(f"watching {world.inbox}"), 10, "the start")
        usual = stat.S_IMODE(os.stat(world.path(name)).st_mode)
        os.chmod(world.path(name), 0o777)
        world.drop_files(1, prefix=f"open-{name.strip('.')}")
        require_equal(watch.wait(20), 78, f"the status after {name} was opened to all")
        os.chmod(world.path(name), usual)
        world.drain()
    return world.check()


@scenario("strangers-share", 10, "root's folders and two watchers of two users in their group: nothing starts "
          "without --group-writable, and with it both work")
def strangers_share(world):
    group = 54321
    _open_inbox(world, 0o2775)
    os.chown(world.inbox, 0, group)
    os.chmod(world.inbox, 0o2775)
    for name in KEPT:
        os.mkdir(world.path(name))
        os.chown(world.path(name), 0, group)
        os.chmod(world.path(name), 0o2775)
    os.chmod(world.path(".sp-watch/tmp"), 0o2770)
    users = [["setpriv", f"--reuid={user}", f"--regid={user}", f"--groups={group}", "--", "bash", "-c",
              'umask 002; exec "$@"', "umask"] for user in (STRANGER, 54322)]
    quick = {"command": ["sleep", "0.05"]}  # what is tested is the folder, not the database
    for user in users:
        done = world.once(wrap=user, **quick)
        require_equal(done.returncode, 78, f"the status without the flag: {done.stderr!r}")
        require(b"--group-writable" in done.stderr, f"the flag is not named: {done.stderr!r}")
    watchers = [world.watch("--group-writable", *world.RETRY, wrap=user,
                            command=["bash", "-c", 'sleep 0.05; touch "$SP_TMPDIR/x"', "run", "{}"])
                for user in users]
    for n in range(40):
        world.place(f"{n}.csv", b"x\n")
        os.chown(world.path(f"{n}.csv"), *((STRANGER, group) if n % 2 else (0, group)))
    world.wait_drained()
    pids = {line.split(b'"pid":')[1].split(b",")[0] for line in world.journal() if b'"event":"start"' in line}
    for watch in watchers:
        require_equal(world.stop(watch), 0, "a watcher's status")
    require_equal(len(world.names("done")), 40, "files in done/")
    require_equal(len(pids), 2, "watchers in the journal")
    for name in ("lock", "watchers"):
        mode = os.stat(world.path(".sp-watch", name)).st_mode
        require_equal(stat.S_IMODE(mode), 0o660, f"the mode of .sp-watch/{name}")
    return {"files": 40, "watchers": 2}


@scenario("strangers-log", 10, "a journal and reports in a folder that all may write to: no link, FIFO or file that "
          "another user put under the name is followed, opened or waited for")
def strangers_log(world):
    world.use_database()
    _open_inbox(world)
    precious = os.path.join(world.root, "precious")
    with open(precious, "w") as file:
        file.write("keep")
    os.chmod(precious, 0o644)
    logs = os.path.join(world.root, "logs")
    name = os.path.join(logs, "name")
    traps = {"link": lambda: os.symlink(precious, name), "FIFO": lambda: os.mkfifo(name, 0o666),
             "file": lambda: open(name, "w").close()}
    for mode in (0o777, 0o1777):
        os.mkdir(logs)
        os.chmod(logs, mode)
        world.drop_files(1, prefix=f"log{mode:o}")
        dropped = world.dropped[-1][0]
        for what, plant in traps.items():
            require_equal(_as_stranger(plant), 0, f"a {what} by a stranger")
            done = world.once("--journal", name, timeout=20)
            require_equal(done.returncode, 78, f"the status with a {what} for the journal")
            require(name.encode() in done.stderr, f"the journal is not named: {done.stderr!r}")
            require(dropped in world.names(), "a file was taken")
            os.unlink(name)
            require_equal(_as_stranger(plant), 0, f"a {what} by a stranger")
            done = world.run([world.tool("sp-validate"), "--report", name, "--rejects", "/dev/null", "--schema",
                              world.environment()["SP_SCHEMA"], world.path(dropped)], timeout=20)
            require(stat.S_ISREG(os.lstat(name).st_mode) and os.stat(name).st_uid == 0,
                    f"the report is still the {what}: {done.stderr!r}")
            os.unlink(name)
        done = world.once("--journal", name, *world.RETRY, timeout=40)
        require_equal(done.returncode, 0, f"the status with a journal that nobody touched ({done.stderr!r})")
        shutil.rmtree(logs)
    with open(precious) as file:
        require_equal(file.read(), "keep", "the file that the link led to")
    return world.check()


def _locked_lines(world, name):
    if not os.path.exists(world.path(".sp-watch", "journal.ndjson")):
        return []
    return [line for line in world.journal() if b'"event":"locked"' in line and name.encode() in line]


def _said_once(world, name, holder, files):
    """Of `name`: that `holder` has it locked, on standard error and in the journal."""
    def lines():
        return _locked_lines(world, name)
    process.wait_until(lines, 20, "a word about the lock")
    for _ in range(files):
        world.drop_files(1, prefix=f"more{time.monotonic_ns()}")
        time.sleep(0.3)
    require_equal(len(lines()), 1, f"lines in the journal {lines()}")
    found = re.search(rf"process {holder.pid} \(\S+\) of user {STRANGER} has it locked", world.tail())
    require(found, f"nobody is named: {world.tail()}")


@scenario("strangers-lock", 10, "another user keeps the lock of the watchers' turn, which all could read once: it is "
          "said who; nobody else can open it any more; all is loaded when he is gone")
def strangers_lock(world):
    world.use_database()
    _open_inbox(world)
    world.once()
    path = world.path(".sp-watch", "lock")
    os.chmod(path, 0o644)

    def lock(_):
        file = os.open(path, os.O_RDONLY)
        fcntl.flock(file, fcntl.LOCK_EX)
        return file
    with Stranger(lock) as stranger:
        done = world.once()
        require_equal(done.returncode, 0, "the status of --once where there is nothing to take")
        world.drop_files(3)
        watch = world.watch(*world.RETRY)
        _said_once(world, ".sp-watch/lock", stranger, 3)
        require_equal(world.names("work"), [], "files that were taken without a turn")
        require_equal(_as_stranger(lambda: os.open(path, os.O_RDONLY)), 1, "opening the lock by a stranger")
        require_equal(world.once().returncode, 75, "the status of --once")
    world.wait_drained()
    require_equal(world.stop(watch), 0, "sp-watch's status")
    return world.check()


@scenario("strangers-file-lock", 10, "another user keeps a lock on a file of the folder, or on one in work/ that he "
          "opened before it was taken: it is said who, others go on, and all is loaded when he is gone", 150)
def strangers_file_lock(world):
    world.use_database()
    _open_inbox(world)
    for place, kind in (("", fcntl.LOCK_EX), ("", fcntl.LOCK_SH), ("work", fcntl.LOCK_SH), ("work", fcntl.LOCK_EX)):
        held = f"held-{place}{kind}.csv"
        again = os.path.join(world.root, held)
        command = f'if [[ $1 == */{held} && ! -e {again} ]]; then touch {again}; sleep 0.5; exit 75; fi; ' \
                  f'exec {world.tool("sp-pipeline")} "$1"'
        world.drop(held, world.writer.file(100))

        def lock(opened, held=held, early=not place, kind=kind):
            file = os.open(world.path(held), os.O_RDONLY)
            if early:
                fcntl.flock(file, kind)
            opened()
            process.wait_until(lambda: early or held in world.names("work"), 20, "the claim")
            fcntl.flock(file, kind)  # of a file that is at work: as soon as it is to be had
            return file
        with Stranger(lock) as stranger:
            # Between two tries the stranger, who waits for the lock, has time to get it.
            watch = world.watch("--retry-first", "2s", "--retry-max", "2s",
                                command=["bash", "-c", command, "run", "{}"])
            stranger.wait()
            _said_once(world, held, stranger, 3)
            process.wait_until(lambda name=held: world.waiting() == [name], 20, "the other files to be done")
            require(held in world.names(place), f"{held} is not in {place or 'the folder'}")
            require_equal(world.once().returncode, 75, "the status of --once")
        world.wait_drained()
        require_equal(world.stop(watch), 0, "sp-watch's status")
    return world.check()


@scenario("strangers-lease", 10, "another user has a lease on his file in the folder: it is said who, others are "
          "not held back, and it is loaded when he is gone")
def strangers_lease(world):
    world.use_database()
    _open_inbox(world)
    world.drop("held.csv", world.writer.file(100))
    os.chown(world.path("held.csv"), STRANGER, STRANGER)

    def lease(_):
        signal.signal(signal.SIGIO, signal.SIG_IGN)
        file = os.open(world.path("held.csv"), os.O_RDONLY)
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
        return file
    with Stranger(lease) as stranger:
        watch = world.watch()  # new files would be held back for longer and longer
        _said_once(world, "held.csv", stranger, 1)
        began = time.monotonic()
        world.drop_files(5, prefix="other")
        process.wait_until(lambda: world.waiting() == ["held.csv"], 20, "the other files to be done")
        took = time.monotonic() - began
    world.wait_drained()
    require_equal(world.stop(watch), 0, "sp-watch's status")
    require("held.csv" not in re.findall(r"error: (\S+):", world.tail()), world.tail())
    return {"others took": round(took, 1), **world.check()}


@scenario("strangers-two-watchers", 10, "a file that another watcher works on for long is not spoken of, and one "
          "whose watcher was killed is, while its command lives")
def strangers_two_watchers(world):
    world.use_database()
    slow = ["bash", "-c", f'sleep 8; exec {world.tool("sp-pipeline")} "$1"', "slow", "{}"]
    watchers = [world.watch(*world.RETRY, command=slow) for _ in range(2)]
    world.drop("slow.csv", world.writer.file(100))
    time.sleep(7)
    require("slow.csv" in world.names("work"), "slow.csv is not at work")
    require_equal(_locked_lines(world, "slow.csv"), [], "lines about a file at work")
    world.wait_drained()
    for watch in watchers:
        require_equal(world.stop(watch), 0, "sp-watch's status")
    watch = world.watch(*world.RETRY, command=slow)
    world.drop("orphan.csv", world.writer.file(100))
    process.wait_until(lambda: "orphan.csv" in world.names("work"), 10, "the claim")
    time.sleep(0.5)
    watch.kill()
    watch = world.watch(*world.RETRY)
    process.wait_until(lambda: _locked_lines(world, "orphan.csv"), 10, "a word about the lock")
    world.wait_drained()
    require_equal(world.stop(watch), 0, "sp-watch's status")
    return world.check()
