"""A database of its own for each test, sp-load, and what to ask them.

Runs the sp-load that SP_LOAD names against the server of the environment (scripts/private-postgres).
"""
import csv
import glob
import io
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import time
import unittest

SP_LOAD = os.environ["SP_LOAD"]
PSQL = sorted(glob.glob("/usr/lib/postgresql/*/bin/psql"))[-1]
PATIENCE = 60  # seconds until a test gives up waiting
# Of what the tests load into the tables of schema sp. A file need not have all of it.
SCHEMA = {
    "fields": [
        {"name": "sensor_id", "type": "integer", "role": "key"},
        {"name": "ts", "type": "datetime", "role": "time"},
        {"name": "sensor_type", "type": "string", "role": "type"},
        {"name": "location_id", "type": "integer", "role": "location"},
        {"name": "latitude", "type": "number", "role": "latitude"},
        {"name": "longitude", "type": "number", "role": "longitude"},
        {"name": "temperature", "type": "number", "unit": "degC", "role": "measure"},
        {"name": "humidity", "type": "number", "unit": "percent", "role": "measure"},
        {"name": "pressure", "type": "number", "unit": "Pa", "role": "measure"},
    ],
    "constants": {"source": "net"},
}


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE} s in vain until {what}")
        time.sleep(0.01)
    return result


class DatabaseTest(unittest.TestCase):
    """Each test gets a new folder and a new database, with schema sp unless `initialised` is false."""

    initialised = True

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sp-db."))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = dict(os.environ, LC_ALL="C.UTF-8")
        self.database = f"db_{os.getpid()}_{time.monotonic_ns()}"
        self.sql(f"CREATE DATABASE {self.database}")
        self.environment["PGDATABASE"] = self.database
        self.addCleanup(self.drop_database)
        self.schema = self.write("schema.json", json.dumps(SCHEMA))
        self.sources = 0
        if self.initialised:
            self.load("--init", "--quiet")

    def drop_database(self):
        self.environment["PGDATABASE"] = os.environ["PGDATABASE"]
        self.sql(f"DROP DATABASE {self.database} WITH (FORCE)")

    # What to ask the server, as its superuser.

    def sql(self, *statements, role=None):
        """Rows of the last statement as tuples of text. `role` logs in as another role."""
        command = [PSQL, "-Xq", "--csv", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        environment = dict(self.environment, **({"PGUSER": role} if role else {}))
        result = subprocess.run(command, env=environment, capture_output=True)
        self.assertEqual(result.returncode, 0, f"{statements}\n{result.stderr.decode()}")
        text = result.stdout.decode("utf-8", "surrogateescape")
        return [tuple(row) for row in list(csv.reader(io.StringIO(text, newline="")))[1:]]

    def refused(self, statement, role):
        """The server's words against a statement of that role."""
        result = subprocess.run([PSQL, "-Xq", "-v", "ON_ERROR_STOP=1", "-c", statement],
                                env=dict(self.environment, PGUSER=role), capture_output=True, text=True)
        self.assertNotEqual(result.returncode, 0, f"{role} may: {statement}")
        return result.stderr

    def value(self, query):
        return self.sql(query)[0][0]

    def count(self, table):
        return int(self.value(f"SELECT count(*) FROM {table}"))

    def plan(self, query):
        """Every node of the query's plan, outermost first."""
        [[text]] = self.sql(f"EXPLAIN (FORMAT JSON) {query}")
        nodes, waiting = [], [json.loads(text)[0]["Plan"]]
        while waiting:
            node = waiting.pop(0)
            nodes.append(node)
            waiting += node.get("Plans", [])
        return nodes

    # sp-load.

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    def load(self, *arguments, status=0, stdin=None, **environment):
        """Runs it; standard error as text."""
        result = subprocess.run([SP_LOAD, *arguments], capture_output=True, timeout=PATIENCE,
                                env=dict(self.environment, **environment),
                                input=stdin.encode() if isinstance(stdin, str) else stdin)
        said = result.stderr.decode("utf-8", "replace")
        self.assertEqual(result.returncode, status, f"sp-load {arguments}\n{said}")
        self.assertEqual(result.stdout, b"")
        return said

    def load_report(self, *arguments, **more):
        """Runs it; its report."""
        path = self.folder / "load.json"
        self.load("--report", str(path), *arguments, **more)
        return json.loads(path.read_text())

    def source(self):
        """A file that was never loaded."""
        self.sources += 1
        return self.write(f"{self.sources}.source", f"{self.sources}")

    def with_schema(self, *arguments, source=None):
        """Arguments of a load into the tables of schema sp, of a file that is new unless it is named."""
        return ["--schema", self.schema, "--source", source or self.source(), *arguments]

    def put(self, text, *arguments, **more):
        """Loads these readings as those of a new file; standard error as text."""
        return self.load(*self.with_schema(*arguments, "reading=-"), stdin=text, **more)

    def put_report(self, text, *arguments, **more):
        return self.load_report(*self.with_schema(*arguments, "reading=-"), stdin=text, **more)

    def make_own_table(self):
        """mine.reading: nothing of sp's, and a key by which rows are known."""
        self.sql("CREATE SCHEMA mine", "CREATE TABLE mine.reading (sensor_id int, ts timestamptz,"
                 " temperature double precision, PRIMARY KEY (sensor_id, ts))")

    def start_load(self, *arguments, **environment):
        process = subprocess.Popen([SP_LOAD, *arguments], stdin=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=dict(self.environment, **environment))
        self.addCleanup(process.kill)
        return process

    def finish(self, process, status=0):
        """Waits for a started one; standard error as text."""
        said = process.communicate(timeout=PATIENCE)[1].decode("utf-8", "replace")
        self.assertEqual(process.returncode, status, said)
        return said

    def copying(self):
        """Process id of a backend that is in the middle of a COPY, or None."""
        rows = self.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
                        " AND query LIKE 'COPY %' AND state = 'active' AND pid <> pg_backend_pid()")
        return rows[0][0] if rows else None

    def assert_nothing_committed(self):
        """Sensors, places and quantities outlive a rollback, as names without readings."""
        for table in ("ingest", "reading", "metric", "rejection", "stated_type", "unmeasured"):
            self.assertEqual(self.count(f"sp.{table}"), 0, f"rows in sp.{table}")


def own_rows(rows):
    """The text of a CSV with these (sensor, time, temperature), for a table of one's own."""
    return "sensor_id,ts,temperature\n" + "".join(f"{s},{t},{v}\n" for s, t, v in rows)


def readings(rows, source="net"):
    """The same as SCHEMA has it, for sp.reading."""
    return "sensor_id,ts,temperature,source\n" + "".join(f"{s},{t},{v},{source}\n" for s, t, v in rows)
