"""Chapter 9: what the loader may do, and how the service runs."""

import os
import re
import shutil
import socket
import subprocess
import time

import process
import server
from scenario import Skipped, require, require_equal, scenario

REFUSED = [
    "SELECT * FROM sp.reading", "SELECT temperature FROM sp.reading LIMIT 1",
    "SELECT * FROM sp.rejection", "SELECT * FROM sp.metric", "SELECT latitude FROM sp.location",
    "SELECT * FROM sp.sensor_statistics", "SELECT * FROM sp.migration",
    "UPDATE sp.reading SET temperature = 0", "UPDATE sp.ingest SET rows_loaded = 0",
    "UPDATE sp.location SET latitude = 0", "DELETE FROM sp.reading", "DELETE FROM sp.ingest",
    "DELETE FROM sp.rejection", "TRUNCATE sp.reading", "TRUNCATE sp.ingest CASCADE",
    "DROP TABLE sp.reading", "DROP SCHEMA sp CASCADE", "ALTER TABLE sp.reading ADD COLUMN x int",
    "CREATE TABLE sp.mine (x int)", "CREATE TABLE public.mine (x int)", "CREATE SCHEMA mine",
    "CREATE FUNCTION sp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE INDEX ON sp.reading (temperature)", "CREATE ROLE mine", "ALTER ROLE sp_reader LOGIN",
    "GRANT sp_loader TO sp_reader", "SET ROLE postgres", "SELECT sp.grant_roles()",
    "LOCK TABLE sp.reading IN ACCESS EXCLUSIVE MODE", "COPY sp.reading TO '/tmp/x'",
    "COPY sp.reading FROM PROGRAM 'id'", "COPY (SELECT 1) TO PROGRAM 'id'",
    "SELECT pg_read_file('/etc/passwd')", "SELECT lo_import('/etc/passwd')",
    "INSERT INTO sp.migration VALUES (99, 'x', 'x')",
    "SELECT sp.ensure_partition('migration', now())", "SELECT sp.ensure_partition('ingest', now())",
    "SELECT sp.ensure_partition('reading; DROP TABLE sp.ingest', now())",
    "SELECT sp.finish_ingest(1, null, null, 0, 0, 0, 0, 0, null, null)",
    "CREATE TRIGGER t BEFORE INSERT ON sp.reading EXECUTE FUNCTION sp.note_sensors_seen()",
]
REFUSED_TO_READER = ["INSERT INTO sp.sensor VALUES (1)", "UPDATE sp.reading SET temperature = 0",
                     "DELETE FROM sp.reading", "TRUNCATE sp.metric", "DROP TABLE sp.reading",
                     "CREATE TABLE sp.mine (x int)", "SELECT sp.ensure_partition('reading', now())"]


@scenario("privileges-loader", 9, "the loader role may insert and read what it must; the rest is refused")
def privileges_loader(world):
    world.use_database()
    world.drop_files(1)
    world.drain()  # with the loader's role, as everything in this suite
    world.sql(f"DO $$ BEGIN CREATE ROLE fault_reader LOGIN IN ROLE sp_reader; "
              "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
    allowed = []
    for role, statements in (("fault_loader", REFUSED), ("fault_reader", REFUSED_TO_READER)):
        for statement in statements:
            try:
                server.query(f"BEGIN; {statement}; ROLLBACK", world.admin, user=role)
                allowed.append(f"{role}: {statement}")
            except RuntimeError as error:
                text = str(error)
                refused = re.search("denied|must be|must have|invalid name|not permitted|cannot|may not|was not begun|superuser|"
                                    "is not a|no such|refuse|does not exist|not partitioned|only", text)
                require(refused, f"{role}: {statement}: refused for another reason: {text}")
    require_equal(allowed, [], "statements that should be refused")
    for view in ("reading", "sensor_statistics", "daily", "file_quality", "rejects_by_reason"):
        server.query(f"SELECT * FROM sp.{view} LIMIT 1", world.admin, user="fault_reader")
    return {"refused": len(REFUSED) + len(REFUSED_TO_READER), **world.check()}


@scenario("privileges-unprivileged-user", 9, "the whole pipeline as nobody, in folders that belong to nobody")
def privileges_unprivileged_user(world):
    world.need_root("becoming another user")
    world.use_database()
    from disk import _drain_as, _open_socket_to_all
    subprocess.run(["chown", "-R", "nobody:nogroup", world.root], check=True)
    _open_socket_to_all(world)
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs",
                 "--bounding-set=-all", "--"]
    for n in range(3):
        world.drop_files(1, rows=100, prefix=f"nobody{n}")
    _drain_as(world, as_nobody)
    return world.check()


UNIT = os.path.join(server.ROOT, "examples", "systemd", "sp-watch.service")


@scenario("privileges-unit", 9, "the systemd unit is sound and its exposure is low (systemd-analyze)")
def privileges_unit(world):
    world.need_program("systemd-analyze")
    with open(UNIT) as file:
        text = file.read()
    for directive in ("Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", "ProtectSystem=strict",
                      "User=", "Restart="):
        require(directive in text, f"the unit lacks {directive}")
    unit = os.path.join(world.root, "sp-watch.service")
    with open(unit, "w") as file:
        file.write(re.sub(r"/usr/(local/)?bin/sp-", world.bench.programs + "/sp-", text))
    done = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no", unit],
                          capture_output=True, text=True)
    # It asks man(1) for the pages, which need not be installed here.
    complaints = [line for line in done.stderr.splitlines()
                  if "sp-watch" in line and "Command 'man" not in line]
    require(not complaints, f"systemd-analyze verify: {complaints}")
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=25", "--no-pager",
                           unit], capture_output=True, text=True)
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    if not found:
        raise Skipped(f"systemd-analyze security --offline does not work here: {done.stderr[:200]}")
    require(float(found.group(1)) <= 2.5, f"exposure {found.group(1)}: {done.stdout[-800:]}")
    return {"exposure": found.group(1)}


class _Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, path, abstract=False):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + path if abstract else path)
        self.name = ("@" if abstract else "") + path
        self.socket.settimeout(0.05)
        self.heard = []

    def listen(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.heard.append((time.monotonic(), self.socket.recv(4096).decode()))
            except TimeoutError:
                pass
        return [text for _, text in self.heard]


@scenario("privileges-notify", 9, "READY=1 once sp-watch is up, WATCHDOG=1 in time while it works and none when "
          "it hangs, STOPPING=1 at the end")
def privileges_notify(world):
    import signal
    world.use_database()
    for abstract in (False, True):
        manager = _Manager(os.path.join(world.root, "n") if not abstract else f"fault{os.getpid()}", abstract)
        watch = world.watch(*world.RETRY, env={"NOTIFY_SOCKET": manager.name, "WATCHDOG_USEC": "800000"})
        manager.listen(0.7)
        require(any("READY=1" in text for _, text in manager.heard), f"no READY=1: {manager.heard}")
        world.drop_files(1, rows=2000, prefix=f"notify{abstract}")
        manager.listen(1.6)
        fed = [at for at, text in manager.heard if "WATCHDOG=1" in text]
        gaps = [b - a for a, b in zip(fed, fed[1:])]
        require(gaps and max(gaps) < 0.8, f"the watchdog was fed at gaps of {gaps}")
        watch.send_signal(signal.SIGSTOP)
        manager.listen(0.2)
        before = len(manager.heard)
        manager.listen(0.9)
        require_equal(len(manager.heard), before, "messages while sp-watch hangs")
        watch.send_signal(signal.SIGCONT)
        world.wait_drained()
        watch.terminate()
        manager.listen(0.7)
        require(any("STOPPING=1" in text for _, text in manager.heard), "no STOPPING=1")
        require_equal(world.stop(watch), 0, "sp-watch's status")
        manager.socket.close()
    # A manager that is gone must not matter.
    world.drop_files(1, prefix="gone")
    watch = world.watch(*world.RETRY, env={"NOTIFY_SOCKET": os.path.join(world.root, "nowhere"),
                                           "WATCHDOG_USEC": "200000"})
    world.wait_drained()
    require_equal(world.stop(watch), 0, "sp-watch's status without a manager")
    return world.check()


@scenario("privileges-systemd", 9, "the unit under a running systemd: starts, feeds its watchdog, restarts when "
          "killed")
def privileges_systemd(world):
    if not os.path.isdir("/run/systemd/system"):
        raise Skipped("systemd is not running here; privileges-notify plays the manager's part instead")
    raise Skipped("a unit is not installed on a machine that is not ours; see privileges-notify")
