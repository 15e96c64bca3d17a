"""Chapter 3: disks that are full, read-only, elsewhere, and calls that fail one after the other."""

import os
import re
import shutil
import subprocess
import time

import process
import trace
from scenario import Skipped, require, require_equal, scenario

FOLDERS = ["work", "done", "quarantine", "failed", ".sp-watch", ".sp-watch/tmp"]
# Those with which a program can meet a full or broken disk.
FILE_CALLS = ("openat,write,pwrite64,writev,fsync,fdatasync,close,rename,renameat,renameat2,unlink,"
              "unlinkat,mkdir,mkdirat,ftruncate,fallocate,newfstatat,fstat,statx,getdents64")


class Mount:
    """A small tmpfs over a folder; its content is moved on to it, and back at the end."""

    def __init__(self, world, folder, size):
        world.need_root("mounting a small tmpfs")
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=755", "tmpfs", folder]
        if subprocess.run(command, capture_output=True).returncode != 0:
            raise Skipped("mounting a tmpfs is not permitted here")

    def __enter__(self):
        return self

    def fill(self, but=0):
        """With a file that has no name, so that nobody tidies it away; `but` bytes are left."""
        path = os.path.join(self.folder, ".ballast")
        self.ballast = open(path, "wb", buffering=0)
        os.unlink(path)
        try:
            while self.ballast.write(b"\0" * 4096):
                pass
        except OSError:
            pass
        if but:
            self.ballast.truncate(max(0, self.ballast.tell() - but))

    def relieve(self):
        self.ballast.close()

    def __exit__(self, *_):
        keep = self.folder + ".kept"
        shutil.copytree(self.folder, keep, symlinks=True)
        subprocess.run(["umount", "-l", self.folder], check=True)
        shutil.copytree(keep, self.folder, symlinks=True, dirs_exist_ok=True)
        shutil.rmtree(keep)


def _lay_out(world):
    """sp-watch makes its folders."""
    world.once()
    for folder in FOLDERS:
        os.makedirs(world.path(folder), exist_ok=True)


def _full(world, folder, rows=3000, filled=True):
    world.use_database()
    _lay_out(world)
    with Mount(world, world.path(folder), "1m" if filled else "8m") as small:
        if filled:
            small.fill()
        world.drop_files(1, rows=rows, prefix="full")
        content = world.dropped[-1][1]
        # A full disk is no crash: one that counted would send the file to failed/.
        done = world.once(*world.RETRY, "--max-attempts", "1", timeout=40)
        where = [place for place in ("", "work", "done", "quarantine", "failed")
                 if world.dropped[-1][0] in world.names(place)]
        require(where, f"the file is in no place; status {done.returncode}")
        require(done.stderr.strip(), "nothing was said about the full disk")
        require("done" not in where or folder in ("quarantine", ".sp-watch"),
                f"the file is in done/ while {folder} is full")
        del content
        if filled:
            small.relieve()
        world.drain()
    return world.check()


@scenario("disk-full-temporary", 3, "no space for the command's temporary files")
def disk_full_temporary(world):
    return _full(world, ".sp-watch/tmp")


@scenario("disk-full-quarantine", 3, "no space in quarantine/, which is another file system besides")
def disk_full_quarantine(world):
    return _full(world, "quarantine")


@scenario("disk-full-journal", 3, "no space for journal and state")
def disk_full_journal(world):
    return _full(world, ".sp-watch")


def _failing(world, calls, error, path=None):
    """sp-watch and all it starts meet `error` at every use of `calls` (on `path`); then all is well again."""
    trace.need(world)
    world.use_database()
    _lay_out(world)
    log = os.path.join(world.root, "strace")
    world.drop_files(1, rows=300, prefix=f"failing{len(world.dropped)}")
    name, content = world.dropped[-1]
    strace = trace.inject(log, calls, f"error={error}", "1+", follow=True)
    if path:
        strace += ["-P", world.path(path.replace("NAME", name))]
    done = world.once(*world.RETRY, wrap=strace, timeout=40)
    require(trace.was_injected(log), f"no {calls} of {path or 'any file'} was met")
    _still_somewhere(world, name, content, f"{error} on {path or calls}")
    if done.returncode == 0 and name not in world.names("done"):
        require(done.stderr.strip(), f"nothing was said of {error} on {path or calls}")
    world.drain()


# Folders stand for the calls that name a file in them by their descriptor.
EACH_PLACE = ["work", "work/NAME", "done", "quarantine", ".sp-watch", ".sp-watch/journal.ndjson",
              ".sp-watch/tmp", ".sp-watch/tmp/NAME/run-1/rejects/NAME",
              ".sp-watch/tmp/NAME/run-1/metric.csv"]
PLACE_CALLS = ("openat,write,writev,pwrite64,fsync,fdatasync,rename,renameat,renameat2,mkdir,mkdirat,"
               "ftruncate,fallocate,copy_file_range,sendfile")


@scenario("disk-quota", 3, "EDQUOT on work, done, quarantine, journal and temporary files, each alone "
          "(injected: quotas need a file system that has them)", 90)
def disk_quota(world):
    for path in EACH_PLACE:
        _failing(world, PLACE_CALLS, "EDQUOT", path)
    return {"places": len(EACH_PLACE), **world.check()}


@scenario("disk-full-each", 3, "ENOSPC on the same places, each alone (injected)", 90)
def disk_full_each(world):
    for path in EACH_PLACE:
        _failing(world, PLACE_CALLS, "ENOSPC", path)
    return {"places": len(EACH_PLACE), **world.check()}


@scenario("disk-renames-fail", 3, "ENOSPC at every rename: into work/, done/, quarantine/ and of reports")
def disk_renames_fail(world):
    _failing(world, "rename,renameat,renameat2", "ENOSPC")
    return world.check()


@scenario("disk-move-to-done-fails", 3, "the rename into done/ fails until the disk is mended")
def disk_move_to_done_fails(world):
    trace.need(world)
    world.use_database()
    _lay_out(world)
    world.drop_files(1, rows=100, prefix="move")
    name = world.dropped[-1][0]
    log = os.path.join(world.root, "strace")
    strace = trace.inject(log, "rename,renameat,renameat2", "error=ENOSPC", "2+")
    done = world.once(*world.RETRY, wrap=strace, timeout=40)
    require(trace.was_injected(log), "no second rename was met")
    require(done.returncode != 0 and done.stderr.strip(), f"status {done.returncode}, nothing said")
    require(name in world.names("work"), f"not in work/: {world.waiting()} {world.names('done')}")
    world.drain()
    return world.check()


@scenario("disk-quarantine-elsewhere", 3, "quarantine/ on another file system: moved across devices, whole")
def disk_quarantine_elsewhere(world):
    world.use_database()
    _lay_out(world)
    with Mount(world, world.path("quarantine"), "8m"):
        world.drop_files(3, rows=500, prefix="across")
        world.drop("garbage.csv", b"no such header\n1,2,3\n")
        world.whole.add("garbage.csv")
        world.drain()
        require(world.names("quarantine"), "nothing came to quarantine/")
        return world.check()


@scenario("disk-read-only", 3, "folders that may not be written to, one after the other: the file waits", 90)
def disk_read_only(world):
    world.use_database()
    _lay_out(world)
    as_nobody = []
    if os.getuid() == 0:
        as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        subprocess.run(["chown", "-R", "nobody:nogroup", world.root], check=True)
        _open_socket_to_all(world)
    for folder in ("work", "done", "quarantine", ".sp-watch/tmp", ".sp-watch", ""):
        world.drop_files(1, rows=200, prefix=f"closed-{folder.strip('.').replace('/', '-') or 'dir'}")
        name = world.dropped[-1][0]
        if as_nobody:
            shutil.chown(world.path(name), "nobody", "nogroup")
        path = world.path(folder)
        os.chmod(path, 0o555)
        done = world.once(*world.RETRY, wrap=as_nobody, timeout=30)
        os.chmod(path, 0o755)
        places = [p for p in ("", "work", "done", "quarantine") if name in world.names(p)]
        require(places, f"{name} is nowhere after a run with {folder or 'the folder'} read-only")
        if "done" not in places:
            require(done.stderr.strip(), f"nothing is said about {folder or 'the folder'}")
        _drain_as(world, as_nobody)
    return world.check()


def _open_socket_to_all(world):
    """The socket's folder is closed to all but the server's user: nobody goes through a proxy."""
    import proxy
    socket_path = os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432")
    world.way = proxy.Proxy(socket_path, os.path.join(world.root, "way"))
    world.loader = {**world.loader, **world.way.environment}


def _drain_as(world, prefix):
    until = time.monotonic() + 30
    while True:
        done = world.once(*world.RETRY, wrap=prefix, timeout=30)
        if not world.waiting_for_us():
            return
        require(time.monotonic() < until, f"still waiting: {world.waiting()} {done.stderr!r}")


def _fail_each_call(world, program, calls, error, most, persistent):
    """`calls` fail at their 1st, 2nd, 3rd … use, once or from then on, until a run meets no fault."""
    log = os.path.join(world.root, "strace")
    for n in range(1, most + 1):
        if os.path.exists(log):
            os.unlink(log)
        world.drop_files(1, rows=30, prefix=f"{program}-{'from' if persistent else 'at'}{n}")
        name, content = world.dropped[-1]
        strace = trace.inject(log, calls, f"error={error}", f"{n}+" if persistent else n)
        if program == "sp-watch":
            done = world.once(*world.RETRY, wrap=strace, timeout=30)
        else:
            script = f"exec {' '.join(strace)} REAL \"$@\""
            folder = trace.wrapped_tools(world, {program: script})
            # A server that cannot be reached is waited for longer than sp-watch is here.
            done = world.once(*world.RETRY, *world.PATIENCE, *world.PERSISTENT, timeout=30,
                              command=[f"{folder}/sp-pipeline", "{}"])
            shutil.rmtree(folder)
        hit = trace.was_injected(log)
        place = _still_somewhere(world, name, content, f"{program} call {n}")
        if hit and not place.startswith(("done", "quarantine")):
            # Where the write that failed is the one to standard error, only the status is left.
            require(done.returncode != 0, f"{program}: status 0 after a failure at call {n}")
            require(done.stderr.strip() or "write" in calls,
                    f"{program}: nothing said after a failure at call {n}")
        world.drain()
        if not hit:
            return n - 1, True
    return most, False


def _still_somewhere(world, name, content, what):
    """Under its own name, or under one that was made from it."""
    stem = name.removesuffix(".csv")
    whole = []
    for place in ("", "work", "done", "quarantine", "failed"):
        for entry in world.names(place):
            path = world.path(place, entry)
            if entry.startswith(stem) and os.path.isfile(path) and open(path, "rb").read() == content:
                whole.append(os.path.join(place, entry))
    require_equal(len(whole), 1, f"places that hold the file after {what} ({whole})")
    return whole[0]


def _calls_fail(world, program, short, calls=FILE_CALLS):
    trace.need(world)
    world.use_database()
    _lay_out(world)
    figures = {}
    for persistent in (False, True):
        for error in world.amount(["ENOSPC"], ["ENOSPC", "EIO", "EINTR"]):
            if error == "EINTR" and persistent:
                continue
            # strace counts each call by itself: in the long form each has its own turn.
            for group in world.amount([calls], calls.split(",")):
                count, all_met = _fail_each_call(world, program, group, error,
                                                 world.amount(short, 300), persistent)
                require(all_met or world.short, f"{program} made more than {count} calls of {group}")
                key = f"{error} {'from' if persistent else 'at'}"
                figures[key] = figures.get(key, 0) + count
    return {**figures, **world.check()}


@scenario("disk-calls-watch", 3, "each file call of sp-watch fails once, and from then on", 120)
def disk_calls_watch(world):
    calls = "write,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,ftruncate"
    return _calls_fail(world, "sp-watch", 12, world.amount(calls, FILE_CALLS))


@scenario("disk-calls-validate", 3, "each file call of sp-validate fails once, and from then on", 60)
def disk_calls_validate(world):
    return _calls_fail(world, "sp-validate", 3, "write,fsync,rename,renameat,renameat2,close")


@scenario("disk-calls-aggregate", 3, "each file call of sp-aggregate fails once, and from then on", 60)
def disk_calls_aggregate(world):
    return _calls_fail(world, "sp-aggregate", 3, "write,fsync,rename,renameat,renameat2,close")


@scenario("disk-calls-transform", 3, "each file call of sp-transform fails once, and from then on", 60)
def disk_calls_transform(world):
    return _calls_fail(world, "sp-transform", 3, "write,fsync,rename,renameat,renameat2,close")


@scenario("disk-calls-load", 3, "each file and socket call of sp-load fails once, and from then on", 60)
def disk_calls_load(world):
    return _calls_fail(world, "sp-load", 3, "write,fsync,rename,renameat,renameat2,sendto,recvfrom,"
                                            "poll,connect,read")


@scenario("disk-order", 3, "what is renamed was synced before, and its folder after, before the next step")
def disk_order(world):
    trace.need(world)
    world.use_database()
    _lay_out(world)
    world.drop_files(1, rows=200, prefix="order")
    log = os.path.join(world.root, "strace")
    done = world.once(*world.RETRY, wrap=trace.record(
        log, "rename,renameat,renameat2,fsync,fdatasync,sync,syncfs,sendto"))
    require_equal(done.returncode, 0, "sp-watch's status")
    process.leftovers(world.mark)  # strace writes until it ends
    lines = trace.text(log).splitlines()
    name = re.escape(world.dropped[0][0])
    commit = _first(lines, r'sendto\(.*COMMIT', "COMMIT")
    rejects = _first(lines, rf'renameat.*quarantine.*{name}"?', "the move to quarantine", commit,
                     loose=True)
    done_move = _first(lines, rf'rename.*work.*{name}.*done', "the move to done/", commit)
    require(rejects < done_move, "rejected rows must lie in quarantine before the file is in done/")
    _first(lines[:done_move], rf'f(data)?sync\(.*quarantine/{name}>', "fsync of the rejected rows")
    _first(lines[:done_move], r'f(data)?sync\(.*quarantine>', "fsync of quarantine/ before the move "
           "to done/")
    _first(lines[done_move:], r'f(data)?sync\(.*/done>', "fsync of done/ after the move")
    _first(lines[done_move:], r'f(data)?sync\(.*/work>', "fsync of work/ after the move")
    claim = _first(lines, rf'rename.*{name}.*work', "the claim")
    _first(lines[claim:commit], r'f(data)?sync\(.*/work>', "fsync of work/ after the claim")
    for i, line in enumerate(lines):
        if (match := re.search(r'rename.*"([^"]*)\.json', line)) and match.group(1) != "progress":  # counts, as they come
            stem = re.escape(os.path.basename(match.group(1)))
            _first(lines[:i], rf'f(data)?sync\(.*{stem}', f"fsync before {line.strip()}")
    return world.check()


def _first(lines, pattern, what, start=0, loose=False):
    for i in range(start, len(lines)):
        if re.search(pattern, lines[i]):
            return i
    require(loose, f"the trace shows no {what}")
    return start
