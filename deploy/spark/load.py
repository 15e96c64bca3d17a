#!/usr/bin/env python3
"""Loads files from the executors of a Spark cluster, each exactly once; see README.md.

usage: spark-submit load.py --outcomes URI [--batch N] WHERE... [-- COMMAND...]     (COMMAND: sp-pipeline)
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pyspark import SparkFiles

import inputs

DONE, REFUSED = 0, (65, 66)
REASONS = ".errors.ndjson"


def load(command, items):
    """What became of each file of a batch: its line of SP_OUTCOMES, with the rows rejected and their reasons."""
    # In the executor's own folder, which is removed with it where it is killed.
    home = os.path.abspath(SparkFiles.getRootDirectory())
    with tempfile.TemporaryDirectory(prefix="sp-load.", dir=home) as folder:
        return run(command, list(inputs.lay_out(items, folder)), folder)


def run(command, names, folder):
    own = pathlib.Path(tempfile.mkdtemp(prefix="run.", dir=folder))
    for part in ("tmp", "quarantine"):
        (own / part).mkdir()
    environment = {"SP_QUARANTINE": f"{own}/quarantine", **os.environ,
                   "SP_TMPDIR": f"{own}/tmp", "SP_OUTCOMES": f"{own}/outcomes"}
    done = subprocess.run([*command, *names], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, errors="backslashreplace")
    sys.stderr.write(done.stderr)
    if done.returncode in REFUSED and len(names) > 1:  # nobody knows whose fault it is
        half = len(names) // 2
        return run(command, names[:half], folder) + run(command, names[half:], folder)
    files = {name: {"file": name, "status": done.returncode} for name in names}
    if done.returncode != DONE:
        files[names[0]]["reason"] = done.stderr.strip().rpartition("\n")[2]
    files |= {line["file"]: line for line in map(json.loads, text(own / "outcomes").splitlines())}
    for file in files.values():
        if {done.returncode, file["status"]} - {DONE, *REFUSED}:  # Spark tries the task again
            raise RuntimeError(f"{command[0]} ended with {done.returncode}: {file}")
    for errors in (own / "quarantine").glob(f"*{REASONS}"):
        reasons, rejected = text(errors), text(errors.with_name(errors.name.removesuffix(REASONS)))
        files[json.loads(reasons.partition("\n")[0])["file"]] |= {"rejected": rejected, "reasons": reasons}
    return list(files.values())


def text(path):
    return path.read_text(errors="backslashreplace") if path.exists() else ""


def main(words):
    at = words.index("--") if "--" in words else len(words)
    command = words[at + 1:] or ["sp-pipeline"]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--outcomes", metavar="URI", required=True, help="new folder for what became of each file")
    parser.add_argument("--batch", metavar="N", type=int, default=200, help="most files of a transaction; 200")
    parser.add_argument("--partitions", metavar="N", type=int, default=1000, help="most tasks; 1000")
    parser.add_argument("where", metavar="WHERE", nargs="+", help="file, folder or pattern; a path or a URI")
    options = parser.parse_args(words[:at])
    spark, size = inputs.context("sp-load"), options.batch
    loaded, refused = spark.accumulator(0), spark.accumulator(0)

    def outcomes(items):
        for batch in inputs.batches(items, size):
            for file in load(command, batch):
                (refused if file["status"] else loaded).add(1)
                yield json.dumps(file)

    # A task counts, and its lines are kept, once, however often it ran.
    files = inputs.files(spark, options.where, size, options.partitions)
    files.mapPartitions(outcomes).saveAsTextFile(options.outcomes)
    print(f"{loaded.value} files loaded, {refused.value} refused")
    return REFUSED[0] if refused.value else DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
