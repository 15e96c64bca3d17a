"""A place to run the whole pipeline in: a watched folder, a database of its own, and what to ask them.

Runs the installed tools (SP_STAGE, a folder that `cmake --install` filled) against the server that the
environment names (scripts/private-postgres).
"""
import csv
import glob
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

STAGE = pathlib.Path(os.environ["SP_STAGE"])
MAKE_SAMPLE = os.environ["SP_MAKE_SAMPLE"]
SOURCE = pathlib.Path(__file__).resolve().parents[2]
PSQL = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
STAGES = ("sp-validate", "sp-transform", "sp-aggregate", "sp-load")
PATIENCE = 120  # seconds until a test gives up waiting
TIME = ("ts AT TIME ZONE 'UTC'",)


def sample(kind="bme280", rows=5000, seed=1, start="2017-07-01", **more):
    """The bytes of a sample file."""
    flags = {"kind": kind, "rows": rows, "seed": seed, "start": start, **more}
    command = [MAKE_SAMPLE, *(f"--{name}={value}" for name, value in flags.items())]
    return subprocess.run(command, check=True, capture_output=True).stdout


def cut(content, parts):
    """A CSV file cut into so many, each under the header."""
    header, *rows = content.splitlines(keepends=True)
    size = -(-len(rows) // parts)
    return [b"".join([header, *rows[at:at + size]]) for at in range(0, len(rows), size)]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.02)
    return result


class Session:
    """A psql that stays connected, for transactions that hold locks."""

    def __init__(self, environment):
        self.psql = subprocess.Popen([PSQL, "-XAtq"], env=environment, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def run(self, statement):
        self.psql.stdin.write(f"{statement};\n\\echo finished\n")
        self.psql.stdin.flush()
        while (line := self.psql.stdout.readline().strip()) != "finished":
            if not line:
                raise AssertionError("psql ended")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.psql.stdout.close()


class Workplace(unittest.TestCase):
    """Each test gets a new folder and a new database."""

    def setUp(self):
        self.base = pathlib.Path(tempfile.mkdtemp(prefix="sp-e2e."))
        self.addCleanup(shutil.rmtree, self.base, ignore_errors=True)
        self.folder = self.base / "inbox"
        self.folder.mkdir()
        self.watcher = None
        self.log = self.base / "watch.log"
        self.environment = dict(os.environ, PATH=f"{STAGE}/bin:{os.environ['PATH']}", LC_ALL="C.UTF-8")
        self.new_database()
        self.addCleanup(self.stop_watching)

    def new_database(self):
        name = f"e2e_{os.getpid()}_{time.monotonic_ns()}"
        self.sql(f"CREATE DATABASE {name}")
        self.environment["PGDATABASE"] = name
        self.run_tool("sp-load", "--init", "--quiet")

    def run_tool(self, *command, status=0, environment=None, **more):
        result = subprocess.run(command, env=environment or self.environment, capture_output=True, **more)
        self.assertEqual(result.returncode, status,
                         f"{command}\n{result.stdout.decode()}\n{result.stderr.decode()}")
        return result

    # The database.

    def sql(self, query):
        """Rows as tuples of text."""
        result = subprocess.run([PSQL, "-Xq", "--csv", "-v", "ON_ERROR_STOP=1", "-c", query],
                                env=self.environment, capture_output=True, text=True)
        self.assertEqual(result.returncode, 0, f"{query}\n{result.stderr}")
        return [tuple(row) for row in list(csv.reader(io.StringIO(result.stdout)))[1:]]

    def count(self, table):
        return int(self.sql(f"SELECT count(*) FROM sp.{table}")[0][0])

    def ledger(self):
        """File name -> read, passed, rejected, loaded, and received but not loaded, for any reason."""
        rows = self.sql("SELECT name, rows_read, rows_passed, rows_rejected, rows_loaded,"
                        " rows_received - rows_loaded FROM sp.ingest ORDER BY ingest_id")
        return {row[0]: tuple(map(int, row[1:])) for row in rows}

    def readings(self, *columns):
        """Readings as (key of the sensor, time in UTC, columns ...), in this order."""
        return self.sql(f"SELECT {', '.join(['key', *TIME, *columns])} FROM sp.located_reading ORDER BY 1, 2")

    def assert_metrics_are_those_of_the_readings(self):
        self.assertEqual(self.sql("SELECT * FROM sp.metric_errors()"), [])

    def assert_nothing_committed(self):
        """But for sensors, places and quantities, which are registered beside the load."""
        for table in ("ingest", "reading", "metric", "rejection", "overlap", "dispute", "completion"):
            self.assertEqual(self.count(table), 0, f"rows in sp.{table}")

    # The folder.

    def start_watching(self, *flags):
        with open(self.log, "ab") as log:
            self.watcher = subprocess.Popen(
                ["sp-watch", "--settle", "100ms", "--interval", "1s", *flags, str(self.folder), "--",
                 "sp-pipeline", "{+}" if "--batch" in flags else "{}"],
                env=self.environment, stdout=log, stderr=log, start_new_session=True)
        # It keeps this open; the folder is its own once these are there.
        wait_until(lambda: (self.folder / "work").is_dir(), "sp-watch has made its folders")

    def stop_watching(self, how=signal.SIGTERM):
        if self.watcher is not None:
            self.watcher.send_signal(how)
            self.watcher.wait(PATIENCE)
            self.watcher = None

    def drop(self, name, content):
        arriving = self.base / "arriving"
        arriving.write_bytes(content)
        arriving.rename(self.folder / name)

    def names(self, place):
        path = self.folder / place
        return sorted(entry.name for entry in path.iterdir()) if path.is_dir() else []

    def waiting(self):
        top = [entry.name for entry in self.folder.iterdir() if entry.is_file()]
        return [name for name in top if not name.startswith(".")] + self.names("work")

    def await_all(self):
        def finished():
            if self.watcher.poll() is not None:
                raise AssertionError(f"sp-watch ended:\n{self.log.read_text()}")
            return not self.waiting()
        try:
            wait_until(finished, "the folder is empty")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.waiting()}\n{self.log.read_text()[-4000:]}") from error

    def reasons(self, name):
        """The violations beside rejected rows in quarantine."""
        text = (self.folder / "quarantine" / f"{name}.errors.ndjson").read_text()
        return [json.loads(line) for line in text.splitlines()]

    def reason(self, name, place="quarantine"):
        """Why sp-watch put a whole file there."""
        return json.loads((self.folder / place / f"{name}.reason.json").read_text())

    # The processes.

    def find_stage(self, tool):
        """Process id of a stage of this test's pipeline, or None."""
        for path in glob.glob("/proc/[0-9]*/environ"):
            try:
                with open(path, "rb") as file:
                    ours = f"PGDATABASE={self.environment['PGDATABASE']}\0".encode() in file.read()
                pid = int(path.split("/")[2])
                if ours and pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == tool:
                    return pid
            except OSError:
                continue  # it ended meanwhile
        return None


class SchemaWorkplace(Workplace):
    """Files and schemas of a test's own, loaded by hand."""

    def schema(self, name, content):
        path = self.base / f"{name}.schema.json"
        path.write_text(json.dumps(content))
        return str(path)

    def write(self, name, *lines):
        path = self.base / name
        path.write_text("".join(line + "\n" for line in lines))
        return str(path)

    def load(self, schema, *files, status=0, flags=(), **more):
        command = ["sp-pipeline", "--schema", schema, *flags, *files]
        return self.run_tool(*command, status=status, **more).stderr.decode()
