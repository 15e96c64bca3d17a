#!/usr/bin/env python3
"""Statistics of the valid rows of files, computed by the executors of a Spark cluster; see README.md."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

from pyspark import SparkFiles

import inputs

OTHER_COLUMNS, REFUSED = 75, 65
HEAD = {"header", "headerRows", "commentChar", "commentRows", "skipRows"}
# $1 schema, $2 a new folder, $3 a window or nothing
CHAIN = """set -o pipefail
sp-validate --quiet --schema "$1" --file-column file --rejects "$2/" --report "$2.json" -- "${@:4}" |
  sp-transform --quiet --schema "$1" --file-column file |
  sp-aggregate --quiet --schema "$1" ${3:+--every "$3"} --partial --to csv"""


def run(command, **more):
    """What a command writes; an error where it fails, so that Spark tries the task again."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", **more)
    sys.stderr.write(done.stderr)
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


def merge(states, *flags):
    return run(["sp-aggregate", "--quiet", "--merge", *flags], input=states)


def together(one, other):
    """The summary of two parts; see summary()."""
    return merge(one[0] + other[0], "--partial"), one[1] + other[1], one[2] + other[2], one[3] + other[3]


def summary(schema, every, items):
    """Of a batch of files: the states of its valid rows, the number of its rows, that of rejected ones, and which
    files were refused, and why."""
    schema, home = os.path.abspath(schema), os.path.abspath(SparkFiles.getRootDirectory())
    with tempfile.TemporaryDirectory(prefix="sp-stats.", dir=home) as folder:
        names = list(inputs.lay_out(items, folder))
        while names:  # files of other columns want a run of their own
            own = tempfile.mkdtemp(prefix="run.", dir=folder)
            states = run(["bash", "-c", CHAIN, "chain", schema, own, every, *names], cwd=folder)
            report = json.loads(pathlib.Path(f"{own}.json").read_text())
            names = [file["file"] for file in report["files"] if file["status"] == OTHER_COLUMNS]
            refused = [f"{file['file']}: {file['error']}" for file in report["files"]
                       if file["status"] not in (0, OTHER_COLUMNS)]
            yield states, report["rows_in"], report["rows_rejected"], refused


def lines_of_head(options):
    dialect = json.loads(pathlib.Path(options.schema).read_text()).get("dialect", {})
    if options.head is None and (named := HEAD & dialect.keys()):
        sys.exit(f"the schema's dialect has {', '.join(sorted(named))}: say --head with --split")
    return 1 if options.head is None else options.head


def main(words):
    parser = argparse.ArgumentParser(description=__doc__, usage="spark-submit stats.py [OPTION]... WHERE...")
    parser.add_argument("--schema", required=True, help="Table Schema of the files; a path on every machine")
    parser.add_argument("--output", metavar="FILE", required=True, help="where the driver writes them, as CSV")
    parser.add_argument("--every", metavar="WINDOW", default="", help="time windows, as sp-aggregate has them")
    parser.add_argument("--stats", metavar="NAMES", help="statistics, as sp-aggregate has them")
    parser.add_argument("--batch", metavar="N", type=int, default=200, help="most files of a run of the tools; 200")
    parser.add_argument("--split", metavar="BYTES", type=int, help="instead: each file in pieces of so many bytes")
    parser.add_argument("--head", metavar="N", type=int, help="lines above the rows, which each piece needs; 1")
    parser.add_argument("--partitions", metavar="N", type=int, default=1000, help="most tasks; 1000")
    parser.add_argument("where", metavar="WHERE", nargs="+", help="file, folder or pattern; a path or a URI")
    options = parser.parse_args(words)
    spark = inputs.context("sp-stats")
    if options.split:
        files = inputs.pieces(spark, options.where, options.split, lines_of_head(options))
    else:
        files = inputs.files(spark, options.where, options.batch, options.partitions)
    schema, every, size = options.schema, options.every, options.batch

    def parts(items):
        for batch in inputs.batches(items, size):
            yield from summary(schema, every, batch)

    states, rows, rejected, refused = files.mapPartitions(parts).treeReduce(together)
    flags = ["--sort", *(["--stats", options.stats] if options.stats else [])]
    pathlib.Path(options.output).write_text(merge(states, *flags))
    print(*refused, f"{rows} rows, {rejected} rejected; {len(refused)} files refused", sep="\n")
    return REFUSED if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
