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
    "SELECT * FROM sp.rejection", "SELECT * FROM sp.metric",
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
    "SELECT * FROM sp.dispute", "SELECT * FROM sp.overlap", "SELECT registered_at FROM sp.sensor",
    "UPDATE sp.sensor SET key = 'x'", "UPDATE sp.quantity SET unit = 'K'", "DELETE FROM sp.sensor",
    "INSERT INTO sp.sensor (source, key) VALUES ('x', 'y')",
    "INSERT INTO sp.quantity (name, kind) VALUES ('x', 'text')",
    "INSERT INTO sp.location (source, key) VALUES ('x', 'y')",
    "INSERT INTO sp.dispute (sensor_id, ts, ingest_id, winner_id, kind, \"values\")"
    " VALUES (1, now(), 1, 1, 'replaced', '{}')",
    "INSERT INTO sp.overlap VALUES (2, 1, 0, 0, 0)", "INSERT INTO sp.retention VALUES (true, now())",
    "INSERT INTO sp.ingest (digest, name, size_bytes, tool_version, rows_read)"
    " VALUES (decode(repeat('00', 32), 'hex'), 'x', 1, '0', 1)",
    "SELECT sp.attach_month('ingest')", "SELECT sp.attach_month('reading_2017_07')",
    "SELECT sp.attach_month('reading; DROP TABLE sp.ingest')",
    "SELECT sp.finish_ingests('[{\"ingest_id\": 1, \"rows_read\": 0}]')", "SELECT sp.withdraw_ingest(1)",
    "SELECT sp.count_metrics(1, 24, '-infinity', 'infinity')",
    "CREATE TEMP TABLE sp_stage (sp_position bigint); SELECT * FROM sp.merge_known('[]', 'skip', 'keep')",
    "SELECT sp.stage_rows('{}'); SELECT * FROM sp.merge_known('[]', 'skip', 'replace')",
    "SELECT * FROM sp.merge_rows('[]', 'skip', 'replace')", "SELECT sp.recount()",
    "SELECT sp.refresh_views()", "SELECT sp.hold_loads()", "SELECT sp.lock_source('sensor.community')",
    "SELECT sp.attach('metric', now())", "SELECT sp.touch('{1}', '{1}', '{now}')",
    "SELECT sp.forget_ingest(1)", "SELECT sp.forget_source('sensor.community')",
    "SELECT sp.forget_unused_sensors()", "SELECT sp.drop_readings_before('infinity')",
    "SELECT sp.drop_rejections_before('infinity')", "SELECT sp.drop_outcomes_before('infinity')",
    "SELECT sp.rename_quantity('temperature', 'x')", "SELECT sp.forget_quantity('temperature')",
    "SELECT sp.change_unit('temperature', 'K', 'K', 1, 273.15)",
    "SELECT sp.merge_sensors(1, 2)",
    "CREATE TRIGGER t BEFORE UPDATE ON sp.reading EXECUTE FUNCTION suppress_redundant_updates_trigger()",
]
# What a member of sp_corrector may do beyond that.
REFUSED_TO_LOADER = ["SELECT * FROM sp.replace_known('[]', 'skip')", "SELECT sp.settle(1, true)",
                     "SELECT * FROM sp.open_disputes"]
REFUSED_TO_READER = [*REFUSED_TO_LOADER[:2], "INSERT INTO sp.sensor (source, key) VALUES ('x', 'y')",
                     "UPDATE sp.reading SET temperature = 0", "DELETE FROM sp.reading",
                     "TRUNCATE sp.metric", "DROP TABLE sp.reading", "CREATE TABLE sp.mine (x int)",
                     "SELECT sp.ensure_month(now())", "SELECT sp.ensure_quantities('[]', 50)",
                     "SELECT sp.sensor_ids('x', '{y}', '{z}', '{1}', 1)", "SELECT sp.stage_rows('{}')",
                     "SELECT sp.forget_ingest(1)"]


@scenario("privileges-loader", 9, "the roles may do what they must: insert, replace, read; the rest is refused")
def privileges_loader(world):
    world.use_database()
    world.drop_files(1)
    world.drain()  # with the loader's role, as everything in this suite
    for role in ("reader", "corrector"):
        world.sql(f"DO $$ BEGIN CREATE ROLE fault_{role} LOGIN IN ROLE sp_{role}; "
                  "EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$")
    allowed, count = [], 0
    for role, statements in (("fault_loader", REFUSED + REFUSED_TO_LOADER), ("fault_corrector", REFUSED),
                             ("fault_reader", REFUSED_TO_READER)):
        for statement in statements:
            count += 1
            try:
                server.query(f"BEGIN; {statement}; ROLLBACK", world.admin, user=role)
                allowed.append(f"{role}: {statement}")
            except RuntimeError as error:
                text = str(error)
                refused = re.search("denied|must be|must have|not permitted|cannot|may not|was not begun|superuser|"
                                    "is not a|was not called|replaces nothing|only", text)
                require(refused, f"{role}: {statement}: refused for another reason: {text}")
    require_equal(allowed, [], "statements that should be refused")
    for view in ("reading", "sensor_statistics", "daily", "file_quality", "rejects_by_reason", "open_disputes"):
        server.query(f"SELECT * FROM sp.{view} LIMIT 1", world.admin, user="fault_reader")
    return {"refused": count, **world.check()}


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


UNIT = os.path.join(server.ROOT, "deploy", "systemd", "sp-watch.service")


@scenario("privileges-unit", 9, "the systemd unit is sound and its exposure is low (systemd-analyze)")
def privileges_unit(world):
    world.need_program("systemd-analyze")
    with open(UNIT) as file:
        text = file.read()
    for directive in ("Type=notify", "WatchdogSec=", "NoNewPrivileges=yes", "ProtectSystem=strict",
                      "User=", "Restart=", "RestartPreventExitStatus=78"):
        require(directive in text, f"the unit lacks {directive}")
    for name in ("sp-watch@.service", "sp-watch.service"):
        unit = os.path.join(world.root, name)
        with open(unit, "w") as file:
            file.write(re.sub("/usr/bin/sp-", world.bench.programs + "/sp-", text))
        done = subprocess.run(["systemd-analyze", "verify", "--recursive-errors=no",
                               unit.replace("@.", "@city.")], capture_output=True, text=True)
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
