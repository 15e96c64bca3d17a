"""Chapter 5: names and kinds of things that strangers drop."""

import os
import socket
import stat
import subprocess
import time

import process
from scenario import Skipped, require, require_equal, scenario

NAMES = [
    b"line\nbreak.csv", b"carriage\rreturn.csv", b"tab\there.csv", b'double"quote.csv',
    b"single'quote.csv", b"back\\slash.csv", b"-dash.csv", b"--schema", b"--help", b"-",
    b"$(touch pwned).csv", b"`touch pwned`.csv", b"; touch pwned #.csv", b"| touch pwned.csv",
    b"&& touch pwned.csv", b"> pwned.csv", b"a b  c.csv", b" leading.csv", b"trailing ",
    b"\xff\xfe\x80.csv", b"caf\xc3\xa9.csv", b"\xe2\x80\xae.csv", b"{}", b"{}.csv", b"{{}}", b"%s%n%d.csv",
    b"*.csv", b"?.csv", b"[a].csv", b"~root.csv", b"a=b.csv", b"a,b.csv", b"reading=x.csv",
    b"x..", b"\x01\x1b[31m.csv", b"' OR 1=1; --.csv", b"'); DROP TABLE sp.reading; --",
    b"\\.", b"NUL", b"con.csv", b"a.csv.gz", b"#x#", b"@file.csv", b"!x.csv",
]
# Left alone by agreement: hidden, or a writer's part.
PARTS = [b"..csv", b"...", b".hidden", b"x.tmp", b"x.part", b"x~"]
# Names that the pipeline and sp-watch use themselves, in their own folders.
TAKEN = [b"validate.json", b"transform.json", b"aggregate.json", b"load.json", b"metric.csv",
         b"journal.ndjson", b"state", b"tmp", b"x.csv.errors.ndjson", b"x.csv", b"rejects",
         b"rejects.csv", b"errors.ndjson"]
LONG = [b"l" * 255, b"m" * 251 + b".csv", "ü".encode() * 127, b"n" * 241 + b".csv", b"o" * 236 + b".csv"]


def _drop_all(world, names):
    for name in names:
        world.drop(name, world.writer.file(40))


def _pwned(world):
    found = [os.path.join(folder, name) for folder, _, names in os.walk(world.root) for name in names
             if name == "pwned"]
    require(not found, f"a name was run as a command: {found}")


@scenario("names-hostile", 5, "line breaks, quotes, dashes, $(…), ;, globs, invalid UTF-8, ..: data like "
          "any other", 90)
def names_hostile(world):
    world.use_database()
    _drop_all(world, NAMES)
    for name in PARTS:
        world.place(name, b"x")
        world.elsewhere.add(name)
    world.drain(60, "--jobs", "2")
    _pwned(world)
    return {"names": len(NAMES), **world.check()}


@scenario("names-taken", 5, "names that the pipeline uses itself (load.json, metric.csv, x.errors.ndjson)", 60)
def names_taken(world):
    world.use_database()
    _drop_all(world, TAKEN)
    world.drain(60)
    return {"names": len(TAKEN), **world.check()}


@scenario("names-long", 5, "names of 255 bytes, which leave no room for a suffix", 60)
def names_long(world):
    world.use_database()
    _drop_all(world, LONG)
    world.drain(60)
    _drop_all(world, LONG[:1])  # the name again: it must be made unique
    world.drain(60)
    return {"names": len(LONG) + 1, **world.check()}


@scenario("names-folders", 5, "files under the names of sp-watch's own folders, and hidden ones")
def names_folders(world):
    """work, done, … exist as folders: a file of that name cannot be dropped; hidden files are left alone."""
    world.use_database()
    world.once()
    for name in ("work", "done", "quarantine", "failed", ".sp-watch"):
        require(os.path.isdir(world.path(name)), f"{name} is no folder")
    world.place(".hidden.csv", world.writer.file(3))
    world.elsewhere.add(".hidden.csv")
    world.drop_files(1)
    world.drain()
    require(".hidden.csv" in world.names(), "a hidden file was taken: writers use those for parts")
    return world.check()


@scenario("names-again", 5, "the same name again and again, with other bytes and with the same: nothing is "
          "overwritten")
def names_again(world):
    world.use_database()
    for i in range(world.amount(4, 20)):
        world.drop("again.csv", world.writer.file(120))
        world.drain()
    world.drop("again.csv", world.dropped[0][1])
    world.drain()
    return world.check()


@scenario("names-links", 5, "symbolic links (to /etc/passwd, to a secret, dangling, to a directory, to "
          "another file in the folder): never followed")
def names_links(world):
    world.use_database()
    secret = os.path.join(world.root, "secret.csv")
    with open(secret, "wb") as file:
        file.write(world.writer.file(20))
    before = os.stat(secret)
    links = {"passwd.csv": "/etc/passwd", "dangling.csv": "/nowhere/x", "folder.csv": "/etc",
             "self.csv": "self.csv", "secret.csv": secret, "stdin.csv": "/dev/stdin",
             "inside.csv": "real.csv"}
    for name, target in links.items():
        os.symlink(target, world.path(name))
        world.elsewhere.add(name)
    world.drop("real.csv", world.writer.file(30))
    _watch_briefly(world)
    said = b"\n".join(world.journal())
    for name in links:
        require(name.encode() in said, f"the journal does not mention {name}")
    after = os.stat(secret)
    require_equal((after.st_ino, after.st_size, after.st_mtime_ns, after.st_nlink),
                  (before.st_ino, before.st_size, before.st_mtime_ns, before.st_nlink), "the secret")
    for place in ("done", "quarantine"):
        for name in world.names(place):
            require(not name.startswith("passwd") or os.path.islink(world.path(place, name))
                    or name.endswith(".reason.json"),
                    f"{place}/{name} is a copy of the link's target")
    world.elsewhere |= {n for p in ("done", "quarantine", "failed") for n in world.names(p)
                        if os.path.islink(world.path(p, n)) or n.endswith(".reason.json")}
    return world.check()


@scenario("names-kinds", 5, "FIFOs, sockets, devices, directories, files without permission: never hung upon, "
          "accounted for in the journal")
def names_kinds(world):
    world.use_database()
    os.mkfifo(world.path("fifo.csv"))
    one = socket.socket(socket.AF_UNIX)
    os.chdir(world.inbox)
    one.bind("socket.csv")
    os.chdir("/")
    os.mkdir(world.path("folder.csv"))
    kinds = ["fifo.csv", "socket.csv", "folder.csv"]
    if os.getuid() == 0:
        os.mknod(world.path("null.csv"), stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod(world.path("zero.csv"), stat.S_IFCHR | 0o666, os.makedev(1, 5))
        kinds += ["null.csv", "zero.csv"]
    world.elsewhere |= set(kinds)
    world.drop("sound.csv", world.writer.file(30))
    _watch_briefly(world)
    one.close()
    said = b"\n".join(world.journal())
    for name in kinds:
        require(name.encode() in said, f"the journal does not mention {name}")
        require(name in world.names() or name in world.names("quarantine") + world.names("failed"),
                f"{name} is gone")
    return world.check()


def _watch_briefly(world):
    """sp-watch must get the sound file done though the others lie there, and end when it is asked to."""
    watch = world.watch(*world.RETRY)
    process.wait_until(lambda: world.names("done"), 20, "the sound file to be done")
    time.sleep(0.8)
    require(watch.poll() is None, f"sp-watch ended: {world.tail()}")
    require_equal(world.stop(watch), 0, "sp-watch's status")


@scenario("names-unreadable", 5, "a file that may not be read: the others go on, it is said, and it is loaded "
          "once it may")
def names_unreadable(world):
    if os.getuid() != 0:
        prefix = []
    else:
        prefix = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        subprocess.run(["chown", "-R", "nobody:nogroup", world.root], check=True)
    world.use_database()
    from disk import _drain_as, _open_socket_to_all
    if prefix:
        _open_socket_to_all(world)
    world.drop("closed.csv", world.writer.file(30))
    os.chmod(world.path("closed.csv"), 0)
    world.drop("open.csv", world.writer.file(30))
    watch = world.watch(*world.RETRY, wrap=prefix)
    process.wait_until(lambda: world.names("done"), 20, "the open file to be done")
    time.sleep(0.5)
    world.stop(watch)
    require("closed.csv" in world.tail(20000), "nothing is said of the file that may not be read")
    places = [p for p in ("", "work") if "closed.csv" in world.names(p)]
    require_equal(len(places), 1, "places of closed.csv")
    os.chmod(world.path(places[0], "closed.csv"), 0o644)
    _drain_as(world, prefix)
    return world.check()


@scenario("names-empty", 5, "an empty file, a header alone, a line end alone")
def names_empty(world):
    world.use_database()
    header = world.writer.file(0)
    for name, content, is_whole in (("empty.csv", b"", True), ("header.csv", header, False),
                                    ("header-no-end.csv", header.rstrip(b"\n"), False),
                                    ("newline.csv", b"\n", True), ("spaces.csv", b"  \n \n", True),
                                    ("bom.csv", b"\xef\xbb\xbf", True)):
        world.drop(name, content)
        if is_whole:
            world.whole.add(name)
    world.drain()
    return world.check()
