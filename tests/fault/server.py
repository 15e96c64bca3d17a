"""A PostgreSQL server of the suite: scripts/private-postgres starts it, this hurts it.

The server is the caller's to stop (use `with`). Queries go through psql, which shares no code with what
is tested but libpq.
"""

import csv
import io
import os
import shlex
import subprocess

import process

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(ROOT, "scripts", "private-postgres")
MAINTENANCE_USER = "postgres"


class Server:
    """`folder` is a new or existing folder of scripts/private-postgres."""

    def __init__(self, folder, settings=None):
        self.folder = folder
        self.data = None
        self.settings = settings or {}
        self.environment = {}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop("immediate")

    def start(self):
        if self.data and self.settings:
            self._write_settings()
        environment = {k: v for k, v in os.environ.items()
                       if k != process.MARK and not k.startswith("PG")}
        done = subprocess.run([SCRIPT, "start", "--fast", self.folder], env=environment,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"private-postgres start: {done.stderr}")
        self._read_connection()
        if self.data is None:
            self.data = os.path.join(os.path.realpath(os.path.join(self.folder, "data")), "cluster")
            if self.settings:
                self._write_settings()
                self.restart()

    def _read_connection(self):
        with open(os.path.join(self.folder, "connection")) as lines:
            words = shlex.split(lines.read())[1:]
        self.environment = dict(word.split("=", 1) for word in words)

    def _write_settings(self):
        path = os.path.join(self.data, "postgresql.auto.conf")
        with open(path, "a") as file:
            for name, value in self.settings.items():
                file.write(f"{name} = '{value}'\n")

    def add_hba(self, lines):
        """Rules before all others; wants a reload()."""
        path = os.path.join(self.data, "pg_hba.conf")
        with open(path) as file:
            old = file.read()
        with open(path, "w") as file:
            file.write(lines + "\n" + old)
        self.control("reload")

    def control(self, *arguments):
        """pg_ctl as the server's user."""
        pg_ctl = os.path.join(programs(), "pg_ctl")
        command = as_server_user([pg_ctl, "--pgdata", self.data, "--silent", *arguments])
        return subprocess.run(command, capture_output=True, text=True, cwd="/")

    def stop(self, mode="fast"):
        return self.control("stop", "--mode", mode, "--timeout=60")

    def restart(self):
        self.stop("fast")
        self.start()

    def pid(self):
        try:
            with open(os.path.join(self.data, "postmaster.pid")) as file:
                return int(file.readline())
        except OSError:
            return None

    def log(self):
        with open(os.path.join(self.folder, "server.log"), errors="replace") as file:
            return file.read()


def programs():
    root = "/usr/lib/postgresql"
    versions = sorted((v for v in os.listdir(root) if v.isdigit()), key=int)
    return os.path.join(root, versions[-1], "bin")


def as_server_user(command):
    if os.getuid() != 0:
        return command
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", "--", *command]


def query(sql, environment, database=None, user=None):
    """Rows of text; raises RuntimeError with psql's message."""
    command = ["psql", "-XqAt", "--csv", "-v", "ON_ERROR_STOP=1", "-c", sql]
    if database:
        command += ["-d", database]
    if user:
        command += ["-U", user]
    full = {**{k: v for k, v in os.environ.items() if k != process.MARK}, **environment,
            "PGAPPNAME": "oracle"}
    done = subprocess.run(command, env=full, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        raise RuntimeError(f"{sql}: {done.stderr.strip()}")
    return list(csv.reader(io.StringIO(done.stdout)))
