"""CPU seconds of load.py (Spark, the tools and PostgreSQL) beside those of sp-watch alone, over the same files."""
import contextlib
import io
import os
import shlex
import shutil
import subprocess
import sys
import time

import count
import input
import machine

sys.path.insert(0, str(input.SOURCE / "deploy/spark"))
import inputs  # noqa: E402
import load  # noqa: E402

ROWS, FILES, BATCH = 400_000, 1600, 200
PARTITIONS = (1, 2, 4, 8)
ROUNDS = 3  # of which the cheapest counts
WATCH = f"sp-watch --batch {BATCH}"


class Costs:
    """One application on two cores, which is up and has done all but load before anything is measured."""

    def __init__(self, base, database, cluster):
        self.base, self.database, self.seconds = base, database, {}
        self.folder = base / "cost"
        contents = input.cut(input.table(ROWS, defects=1), FILES)
        input.write_files(self.folder, contents)
        self.readings = len(count.Expected(contents).readings)
        self.processes = [os.getpid(), database.pid(), *(server.pid for server in cluster.servers)]
        flags = shlex.join([*cluster.flags(**{"spark.cores.max": "2"}), "pyspark-shell"])
        os.environ.update({**cluster.environment, "PYSPARK_SUBMIT_ARGS": flags})
        inputs.context("cost").addPyFile(load.__file__)
        for where in (str(self.folder), self.folder.as_uri()):
            self.load(where, PARTITIONS[-1], ["true"])

    def load(self, where, partitions, command):
        outcomes = f"{self.base}/outcomes-{time.monotonic_ns()}"
        with contextlib.redirect_stdout(io.StringIO()):
            load.main(["--outcomes", outcomes, "--batch", str(BATCH), "--partitions", str(partitions), where,
                       "--", *command])

    def measure(self, what, run):
        """`run` loads with the command that it gets."""
        name = f"cost_{time.monotonic_ns()}"
        environment = self.database.new(name)
        before = machine.cpu_seconds_below(*self.processes)
        run(["env", f"PGDATABASE={name}", "sp-pipeline", "--quiet", "--schema", str(input.SCHEMA)])
        time.sleep(1)  # PostgreSQL's sessions end after their client
        self.seconds.setdefault(what, []).append(machine.cpu_seconds_below(*self.processes) - before)
        if count.number(environment, "SELECT count(*) FROM sp.reading") != self.readings:
            sys.exit(f"{what}: not {self.readings} readings")

    def watch(self):
        folder = self.base / f"watch-{time.monotonic_ns()}"
        shutil.copytree(self.folder, folder)
        watch = ["sp-watch", "--once", "--quiet", "--batch", str(BATCH), "--jobs", "2", folder, "--"]
        self.measure(WATCH, lambda command: subprocess.run([*watch, *command, "{+}"], check=True,
                                                           env=self.database.environment))

    def spark(self, what, where, partitions):
        self.measure(what, lambda command: self.load(where, partitions, command))

    def table(self):
        for _ in range(ROUNDS):
            self.watch()
            self.spark("by content", self.folder.as_uri(), PARTITIONS[-1])
            for partitions in PARTITIONS:
                self.spark(f"by path, partitions: {partitions}", str(self.folder), partitions)
        inputs.context("cost").stop()
        cheapest = {what: min(seconds) for what, seconds in self.seconds.items()}
        return [{"load": what, "CPU s": f"{seconds:.2f}", "of sp-watch": f"{seconds / cheapest[WATCH]:.2f}",
                 "of one partition": f"{seconds / cheapest[f'by path, partitions: {PARTITIONS[0]}']:.2f}"}
                for what, seconds in cheapest.items()]
