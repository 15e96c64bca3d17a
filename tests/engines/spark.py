"""Scenarios of deploy/spark on a real cluster: executors die, tasks fail after their commit and run twice at once, and
each reading is in the database once, each rejected row in the outcomes; statistics of pieces are those of the whole.
Run by scripts/engines.
"""
import collections
import csv
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import count
import input
import machine
from spark_cluster import Cluster
from spark_costs import Costs

HERE = pathlib.Path(__file__).resolve().parent
JOBS = input.SOURCE / "deploy/spark"
ROWS, FILES, PARTITIONS = 60_000, 239, 12  # and a file that is refused
REFUSED = 65
KILLS = {"spark.task.maxFailures": "20", "spark.cores.max": "4"}
SPECULATION = {"spark.speculation": "true", "spark.speculation.interval": "100ms",
               "spark.speculation.quantile": "0.1", "spark.speculation.multiplier": "1.05",
               "spark.speculation.minTaskRuntime": "50ms", "spark.speculation.efficiency.enabled": "false"}
# As far as statistics of pieces may differ from those of the whole, relatively.
WORST = {"count": 0, "min": 0, "max": 0, "mean": 1e-15, "stddev": 1e-12}


class Scenarios:
    def __init__(self, base, database, cluster):
        self.base, self.database, self.cluster, self.harms = base, database, cluster, []
        self.content = input.table(ROWS)
        contents = input.cut(self.content, FILES)
        self.folder = base / "files"
        input.write_files(self.folder, contents)
        (self.folder / "bme280-refused.csv").write_text("of,others\n1,2\n")
        self.expected = count.Expected(contents)

    def load(self, kind, where, **settings):
        """Loads into a new database while harm.py does what it does; what is there then, counted."""
        environment, folder, outcomes = self.database.new(kind), self.base / kind, self.base / f"outcomes-{kind}"
        folder.mkdir()
        begin = time.monotonic()
        said = self.cluster.submit(
            JOBS / "load.py", "--outcomes", outcomes.as_uri(), "--batch", str(-(-FILES // PARTITIONS)), where,
            "--", "python3", str(HERE / "harm.py"), kind, str(folder),
            "env", f"PGDATABASE={kind}", "sp-pipeline", "--quiet", "--schema", str(input.SCHEMA),
            status=REFUSED, **settings)
        seconds = time.monotonic() - begin
        self.wait_for_tools()
        self.check_outcomes(outcomes, said)
        log = collections.Counter((folder / "log").read_text().splitlines())
        again = log.pop("again")
        self.harms += [{"scenario": kind, "harm": how, "batches": times} for how, times in log.items()]
        return {"scenario": kind, **count.require(self.expected, environment), "batches": log.total(),
                "runs again": again, "s": round(seconds)}

    def check_outcomes(self, outcomes, said):
        files = [json.loads(line) for part in outcomes.glob("part-*") for line in part.read_text().splitlines()]
        refused = [file["file"] for file in files if file["status"] == REFUSED]
        rejected = [row for file in files for row in file.get("rejected", "").splitlines()[1:]]
        if len({file["file"] for file in files}) != FILES + 1 or len(files) != FILES + 1 or len(refused) != 1:
            sys.exit(f"{outcomes.name}: {len(files)} outcomes of {FILES + 1} files, refused: {refused}")
        if f"{FILES} files loaded, 1 refused\n" not in said:
            sys.exit(f"{outcomes.name}: the job says\n{said}")
        if sorted(rejected) != sorted(self.expected.rejected):
            sys.exit(f"{outcomes.name}: {len(rejected)} rejected rows, not the {len(self.expected.rejected)} expected")

    def wait_for_tools(self):
        """What a dead executor, or a task that lost to its twin, left running."""
        while subprocess.run(["pgrep", "-f", f"sp-load .*{self.folder}"], stdout=subprocess.DEVNULL).returncode == 0:
            time.sleep(0.1)

    def statistics(self):
        """One file in pieces beside one run over it: the worst relative difference of each statistic."""
        whole, pieces, size = self.base / "whole.csv", self.base / "pieces.csv", len(self.content) // PARTITIONS + 1
        whole.write_bytes(self.content)
        self.cluster.submit(JOBS / "stats.py", "--schema", input.SCHEMA, "--every", "1d", "--split", str(size),
                            "--output", pieces, whole)
        chain = """set -o pipefail; sp-validate --quiet --schema "$1" --rejects /dev/null "$2" |
          sp-transform --quiet --schema "$1" | sp-aggregate --quiet --schema "$1" --every 1d"""
        one = subprocess.run(["bash", "-c", chain, "chain", input.SCHEMA, whole], env=self.database.environment,
                             check=True, stdout=subprocess.PIPE, text=True).stdout
        one, merged = groups(one), groups(pieces.read_text())
        if one.keys() != merged.keys():
            sys.exit(f"statistics: {len(one)} groups in one run, {len(merged)} in pieces")
        worst = {name: max(difference(one[group][name], merged[group][name]) for group in one) for name in WORST}
        if any(worst[name] > most for name, most in WORST.items()):
            sys.exit(f"statistics of pieces are not those of the whole: {worst}")
        return {"pieces": PARTITIONS, "groups": len(one), **{name: f"{most:.1e}" for name, most in worst.items()}}


def groups(text):
    """(sensor, window, quantity) -> the row."""
    return {(row["sensor_id"], row["window_start"], row["quantity"]): row for row in csv.DictReader(io.StringIO(text))}


def difference(one, other):
    if one == other:
        return 0.0
    return abs(float(one) - float(other)) / max(abs(float(one)), abs(float(other)))


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="sp-engines."))
    base.chmod(0o755)  # the server's user has to reach it
    try:
        with machine.Database(str(base / "postgres")) as database, \
                Cluster(base / "spark", database.environment) as cluster:
            scenarios = Scenarios(base, database, cluster)
            machine.print_table([scenarios.load("kill", str(scenarios.folder), **KILLS),
                                 scenarios.load("twins", scenarios.folder.as_uri(), **SPECULATION)])
            machine.print_table(scenarios.harms)
            machine.print_table([scenarios.statistics()])
            machine.print_table(Costs(base, database, cluster).table())
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
