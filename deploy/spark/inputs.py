"""What both jobs read: files for the executors, and how an executor lays them out for the tools."""
import glob
import itertools
import os
import sys

from pyspark import SparkConf, SparkContext
from pyspark.sql import SparkSession

NO_INPUT = 66
PARTITION_BYTES = 128 << 20
# Packed files, UTF-16 and arrays of JSON cannot be cut at line breaks.
WHOLE = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh", b"\xff\xfe", b"\xfe\xff", b"[")


def context(name):
    spark = SparkContext.getOrCreate(SparkConf().setAppName(name))
    spark.addPyFile(__file__)
    return spark


def files(spark, where, batch, most):
    """An RDD of (name, content), in at most `most` partitions, of about `batch` files where they need not be larger.

    What has a scheme (s3a://bucket/day) comes through Spark, content and all. Anything else is a path, under which
    every executor sees the same files; their content is None.
    """
    if any("://" in place for place in where):
        # RDDs of binaryFiles() cost 16 ms of CPU for each file, those of binaryFile half a millisecond.
        session = SparkSession(spark)
        session.conf.set("spark.sql.files.maxPartitionBytes", PARTITION_BYTES)
        session.conf.set("spark.sql.files.openCostInBytes", PARTITION_BYTES // batch)  # of a file beside its bytes
        found = session.read.format("binaryFile").option("recursiveFileLookup", True).load(where)
        rdd = found.select("path", "content").rdd
        return rdd.coalesce(most) if rdd.getNumPartitions() else no_input(where)
    found = paths(where)
    count = min(-(-len(found) // batch), most)
    # Dealt out, so that files of one name, which no run of the tools takes together, are in different partitions.
    return partitions(spark, [[(file, None) for file in found[number::count]] for number in range(count)])


def pieces(spark, where, size, head):
    """The same of files in pieces of `size` bytes, a partition each: its content is (path, begin, end, head)."""
    return partitions(spark, [[cut] for file in paths(where) for cut in cuts(file, size, head)])


def partitions(spark, groups):
    return spark.parallelize(groups, len(groups)).flatMap(lambda group: group)


def batches(items, size):
    """So many items at a time, each taken when it is asked for: contents may be large."""
    items = iter(items)
    for first in items:
        yield itertools.chain([first], itertools.islice(items, size - 1))


def paths(where):
    """The files that paths or patterns name, or that lie below folders; one that begins with a dot is not ready."""
    files = set()
    for place in where:
        if os.path.exists(place):
            place = glob.escape(place) + ("/**" if os.path.isdir(place) else "")
        files |= {os.path.abspath(path) for path in glob.iglob(place, recursive=True) if os.path.isfile(path)}
    if not files:
        no_input(where)
    return sorted(files, key=lambda file: (os.path.basename(file), file))


def no_input(where):
    print(f"there is no file in {' '.join(where)}", file=sys.stderr)
    sys.exit(NO_INPUT)


def cuts(file, size, head):
    with open(file, "rb") as source:
        start = source.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")
    whole = os.path.getsize(file)
    if whole <= size or start.startswith(WHOLE):
        return [(file, None)]
    head = 0 if start.startswith(b"{") else head
    return [(f".{file}", (file, begin, begin + size, head)) for begin in range(0, whole, size)]


def piece(file, begin, end, head):
    """The first `head` lines of a file, and those after them that begin from `begin` on and before `end`."""
    with open(file, "rb") as source:
        top = b"".join(source.readline() for _ in range(head))

        def line_from(place):
            if place <= len(top):
                return len(top)
            source.seek(place - 1)
            source.readline()
            return source.tell()

        since, until = line_from(begin), line_from(end)
        source.seek(since)
        rows = source.read(until - since)
    if b'"' in rows and not rows.startswith(b"{") and any(line.count(b'"') % 2 for line in rows.split(b"\n")):
        raise ValueError(f"{file} cannot be cut: a quoted field holds a line break")
    return top + rows


def lay_out(items, folder):
    """The names of the files as tools that run in `folder` open them; contents are written there, by their names."""
    for name, content in items:
        if content is not None:
            path = os.path.normpath(os.path.join(folder, name))
            if not path.startswith(f"{folder}/"):
                raise ValueError(f"{name} leads out of a folder")
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(piece(*content) if isinstance(content, tuple) else content)
        yield name
