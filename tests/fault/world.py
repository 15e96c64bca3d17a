"""The world of one scenario: a watched folder, a database of its own, and all that was dropped.

Everything lives below `root` (on a disk that the unprivileged user can reach); every process carries the
world's mark, and close() ends what is left of them.
"""

import contextlib
import glob
import json
import os
import shutil
import signal
import subprocess
import time

import oracle
import process
import sample
import server
from scenario import Failed, Skipped, require

ROOT = server.ROOT
LOADER = "fault_loader"  # logs in as a member of sp_loader: may insert and nothing more
TIMING = ["--settle", "50ms", "--interval", "200ms"]


class Bench:
    """What the scenarios of a run share: the programs, one server, a template database."""

    def __init__(self, programs, folder, environment):
        self.programs = programs
        self.folder = folder
        self.environment = environment  # of the shared server, as its superuser
        with open(os.path.join(programs, "sp-load"), "rb") as file:
            self.has_fault_points = b"SP_FAULT_POINT" in file.read()

    def make_template(self):
        prepare_server(self, self.environment, "sp_template")


def prepare_server(bench, environment, database):
    """Schema and loader role in a new database of that server."""
    server.query(f'CREATE DATABASE "{database}"', environment, "postgres")
    full = {**base_environment(bench), **environment, "PGDATABASE": database}
    done = subprocess.run([os.path.join(bench.programs, "sp-load"), "--init"], env=full,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL)
    require(done.returncode == 0, f"sp-load --init: {done.returncode} {done.stderr}")
    server.query(f"DO $$ BEGIN CREATE ROLE {LOADER} LOGIN IN ROLE sp_loader; "
                 "EXCEPTION WHEN duplicate_object THEN NULL; END $$", environment, database)


def base_environment(bench):
    return {"PATH": f"{bench.programs}:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8",
            "HOME": "/nonexistent", "SP_SCHEMA_DIR": os.path.join(bench.programs, "schemas"),
            "SP_SCHEMA": glob.glob(os.path.join(bench.programs, "schemas", "bme280*.json"))[0]}


class World:
    RETRY = ["--retry-first", "100ms", "--retry-max", "500ms", "--config-retry", "300ms"]
    PERSISTENT = ["--max-attempts", "1000"]  # where the same file is killed more than five times
    PATIENCE = ["--timeout", "4s"]  # what a command that hangs is given

    def __init__(self, bench, name, short=True, seed=1):
        self.bench, self.name, self.short, self.seed = bench, name, short, seed
        self.root = os.path.join(bench.folder, name)
        self.inbox = os.path.join(self.root, "in box")
        self.scratch = os.path.join(self.root, "tmp")
        self.staging = os.path.join(self.root, "staging")
        self.mark = f"{name}.{os.getpid()}"
        self.dropped = []
        self.whole, self.failed, self.elsewhere = set(), set(), set()
        self.writer = sample.Writer(seed)
        self.logs = []
        self.children = []
        self.database = None
        self.admin = dict(bench.environment)  # superuser of this world's database
        self.loader = {}                      # what the pipeline gets
        for folder in (self.root, self.inbox, self.scratch, self.staging):
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o755)
        self.log = open(os.path.join(self.root, "log"), "ab")

    # ---- the database
    def use_database(self):
        """One of its own on the shared server."""
        if self.database is None:
            self.database = "w_" + self.name.replace("-", "_")
            server.query(f'CREATE DATABASE "{self.database}" TEMPLATE sp_template', self.admin,
                         "postgres")
            self.admin["PGDATABASE"] = self.database
            self.loader = {**self.admin, "PGUSER": LOADER}
        return self

    @contextlib.contextmanager
    def own_server(self, settings=None):
        """A server that only this world uses, and may hurt."""
        one = server.Server(os.path.join(self.root, "server"), settings)
        with one:
            prepare_server(self.bench, one.environment, "w")
            self.database = "w"
            self.admin = {**one.environment, "PGDATABASE": "w"}
            self.loader = {**self.admin, "PGUSER": LOADER}
            yield one

    def plain_schema(self, *quantities):
        """Path of a schema for rows `source,key,ts,QUANTITY...` that sp-load gets without the other tools."""
        fields = [{"name": "source", "role": "source"}, {"name": "key", "role": "key"},
                  {"name": "ts", "type": "datetime", "role": "time"},
                  *({"name": name, "type": "number", "unit": "degC", "role": "measure"}
                    for name in quantities or ["temperature"])]
        path = os.path.join(self.root, "plain.schema.json")
        with open(path, "w") as file:
            json.dump({"fields": fields}, file)
        return path

    def sql(self, text):
        return server.query(text, self.admin)

    # ---- files
    def drop(self, name, content, how="rename"):
        """Writes a file into the folder, completely, and remembers it. `name`: str or bytes."""
        self.dropped.append((name, content))
        self.place(name, content, how)

    def place(self, name, content, how="rename", mode=0o644):
        target = os.path.join(os.fsencode(self.inbox), os.fsencode(name))
        path = target if how == "in place" else os.path.join(os.fsencode(self.staging), b"next")
        with open(path, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        if path != target:
            os.rename(path, target)

    def drop_files(self, count, rows=60, prefix="part"):
        for i in range(count):
            self.drop(f"{prefix}-{i:05}.csv", self.writer.file(rows))

    def path(self, *parts):
        return os.path.join(self.inbox, *parts)

    def names(self, place=""):
        try:
            return sorted(os.listdir(os.path.join(self.inbox, place)))
        except FileNotFoundError:
            return []

    def waiting(self):
        """Names in the folder itself and in work/."""
        own = (".sp-watch", "work", "done", "quarantine", "failed")
        return [n for n in self.names() if n not in own] + self.names("work")

    # ---- processes
    def environment(self, **extra):
        """`extra` counts; None is not set at all."""
        all_of_it = {**base_environment(self.bench), **self.loader, "TMPDIR": self.scratch,
                     process.MARK: self.mark, **extra}
        return {name: value for name, value in all_of_it.items() if value is not None}

    def tool(self, name):
        return os.path.join(self.bench.programs, name)

    def watch_command(self, *flags, command=None, timing=TIMING):
        return [self.tool("sp-watch"), *timing, *flags, self.inbox, "--",
                *(command or [self.tool("sp-pipeline"), "{+}" if "--batch" in flags else "{}"])]

    def start(self, command, env=None, **options):
        """In a process group of its own; standard error goes to the world's log."""
        options.setdefault("stdout", self.log)
        options.setdefault("stderr", self.log)
        child = process.start(command, env=self.environment(**(env or {})), start_new_session=True,
                              cwd=self.root, **options)
        self.children.append(child)
        return child

    def watch(self, *flags, env=None, wrap=(), **options):
        return self.start([*wrap, *self.watch_command(*flags, **options)], env)

    def run(self, command, env=None, stdin=subprocess.DEVNULL, timeout=60, **options):
        """Waits for it; a CompletedProcess whose outputs are bytes."""
        child = process.start(command, env=self.environment(**(env or {})), stdin=stdin,
                              stdout=options.pop("stdout", subprocess.PIPE),
                              stderr=options.pop("stderr", subprocess.PIPE),
                              start_new_session=True, cwd=self.root, **options)
        self.children.append(child)
        try:
            out, err = child.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise Failed(f"{command[0]} still ran after {timeout} s") from None
        self.log.write(err or b"")
        self.log.flush()
        return subprocess.CompletedProcess(command, child.returncode, out, err)

    def once(self, *flags, env=None, wrap=(), timeout=60, **options):
        return self.run([*wrap, *self.watch_command("--once", *flags, **options)], env,
                        timeout=timeout)

    def drain(self, seconds=40, *flags, env=None):
        """Runs sp-watch --once, again and again, until nothing waits."""
        until = time.monotonic() + seconds
        while True:
            done = self.once(*self.RETRY, *flags, env=env, timeout=seconds)
            if not self.waiting_for_us():
                return done
            if time.monotonic() > until:
                raise Failed(f"after {seconds} s there still wait {self.waiting()[:10]}; last log: "
                             f"{(done.stderr or b'')[-2000:].decode(errors='replace')}")
            time.sleep(0.1)

    def waiting_for_us(self):
        left = {os.fsencode(n) for n in self.elsewhere}
        return [n for n in self.waiting() if os.fsencode(n) not in left]

    def wait_drained(self, seconds=40):
        try:
            process.wait_until(lambda: not self.waiting_for_us(), seconds, "the folder to empty", 0.05)
        except TimeoutError as error:
            raise Failed(f"{error}: {self.waiting()[:10]}; log: {self.tail()}") from None

    def stop(self, child, signum=signal.SIGTERM, seconds=20):
        """Asks sp-watch to end and returns its status."""
        if child.poll() is None:
            child.send_signal(signum)
        try:
            return child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failed(f"pid {child.pid} ignored signal {signum} for {seconds} s") from None

    def tail(self, size=3000):
        self.log.flush()
        with open(os.path.join(self.root, "log"), "rb") as file:
            file.seek(max(0, os.path.getsize(file.name) - size))
            return file.read().decode(errors="replace")

    def journal(self):
        with open(self.path(".sp-watch", "journal.ndjson"), "rb") as file:
            return file.read().splitlines()

    # ---- the end
    def check(self):
        return oracle.check(self.inbox, self.dropped, self.admin, whole=self.whole,
                            failed=self.failed, elsewhere=self.elsewhere, mark=self.mark,
                            scratch=self.scratch)

    def close(self, keep):
        process.kill_marked(self.mark)
        for child in self.children:
            if child.poll() is None:
                child.kill()
            child.wait()
        self.log.close()
        if keep:
            return
        if self.database and self.database != "w":
            with contextlib.suppress(RuntimeError):
                server.query(f'DROP DATABASE "{self.database}" WITH (FORCE)', self.bench.environment,
                             "postgres")
        shutil.rmtree(self.root, ignore_errors=True)

    # ---- what this machine can do
    def need_fault_points(self):
        if not self.bench.has_fault_points:
            raise Skipped("the programs were built without SP_FAULT_POINTS (presets dev, asan)")

    def need_root(self, why):
        if os.getuid() != 0:
            raise Skipped(f"{why} needs root")

    def need_program(self, name):
        if shutil.which(name) is None:
            raise Skipped(f"{name} is not installed")

    def amount(self, short, long):
        return short if self.short else long
