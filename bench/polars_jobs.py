"""The same jobs for Polars, types given, one thread: polars_jobs.py JOB FILE. Import time is part of it."""

import os
import sys

os.environ["POLARS_MAX_THREADS"] = "1"
import polars as pl  # noqa: E402

VALUES = ("pressure", "temperature", "humidity")
SCHEMA = {
    "": pl.Int32, "sensor_id": pl.Int32, "location": pl.Int32, "lat": pl.Float64, "lon": pl.Float64,
    "timestamp": pl.Datetime("us"), "pressure": pl.Float64, "temperature": pl.Float64, "humidity": pl.Float64,
}


def scan(path):
    return pl.scan_csv(path, schema=SCHEMA | {"timestamp": pl.String}).with_columns(
        pl.col("timestamp").str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us")
    )


def aggregate(path):
    statistics = []
    for name in VALUES:
        c = pl.col(name)
        statistics += [c.count().alias(name + "_n"), c.min().alias(name + "_l"), c.max().alias(name + "_h"),
                       c.mean().alias(name + "_m"), c.std().alias(name + "_s")]
    return scan(path).group_by("sensor_id", maintain_order=True).agg(statistics)


def validate(path):
    return scan(path).filter(
        pl.col("pressure").is_between(30000, 110000) & pl.col("temperature").is_between(-50, 50)
        & pl.col("humidity").is_between(0, 100)
    )


def transform(path):
    return scan(path).select(
        "sensor_id", "location", pl.col("lat").alias("latitude"),
        pl.col("lon").alias("longitude"), pl.col("timestamp").alias("ts"),
        (pl.col("pressure") / 100).round(4), pl.col("temperature").round(2), pl.col("humidity").round(2),
        pl.lit("BME280").alias("type"), pl.lit("sensor.community").alias("source"),
    )


JOBS = {"aggregate": aggregate, "validate": validate, "transform": transform}
with open(1, "wb", closefd=False) as out:
    JOBS[sys.argv[1]](sys.argv[2]).collect(engine="streaming").write_csv(out, datetime_format="%Y-%m-%dT%H:%M:%S")
