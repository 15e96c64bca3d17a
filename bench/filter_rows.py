"""Rows 1 to 4 and 6 of the bench: the three filters, and the same work told to each peer in its own
language. Commands run in the folder of the inputs and write to standard output."""

from dataclasses import dataclass, field
from typing import Callable, Optional

import answer

RANGES = {"pressure": (30000, 110000), "temperature": (-50, 50), "humidity": (0, 100)}
STATS = "count,min,max,mean,stddev"
VALUES = "pressure,temperature,humidity"


@dataclass
class Contestant:
    name: str  # the program that must be there, or what a reader calls it
    command: str
    read: Optional[Callable] = answer.rows_of_csv  # its answer; None: not compared
    needs: str = ""  # program, where the name is another
    slow: bool = False  # fewer runs will do


@dataclass
class Row:
    name: str
    title: str
    contestants: list = field(default_factory=list)  # ours first
    bars: dict = field(default_factory=dict)  # contestant -> the ratio that we must stay below


def duckdb_source(path, index="i"):
    columns = {index: "INTEGER"} if index else {}
    columns |= {"sensor_id": "INTEGER", "location": "INTEGER", "lat": "DOUBLE", "lon": "DOUBLE"}
    columns |= {"timestamp": "TIMESTAMP"} | {name: "DOUBLE" for name in RANGES}
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return f"read_csv('{path}', header=true, delim=',', auto_detect=false, columns={{{types}}})"


def duckdb(query):
    # Without USE_TMP_FILE false DuckDB writes another file and renames it over the one that is named:
    # as root over /dev/stdout itself. In /proc no file can be made.
    options = "FORMAT csv, HEADER true, USE_TMP_FILE false"
    return f"duckdb -c \"SET threads=1; COPY ({query}) TO '/proc/self/fd/1' ({options})\""


def sql_ranges():
    return " AND ".join(f"{name} BETWEEN {low} AND {high}" for name, (low, high) in RANGES.items())


def aggregate():
    stats_sql = ", ".join(
        f"count({v}), min({v}), max({v}), avg({v}), stddev_samp({v})" for v in RANGES
    )
    stats_xan = ", ".join(
        f"count({v}) as n_{v}, min({v}) as l_{v}, max({v}) as h_{v}, mean({v}) as m_{v}, "
        f"stddev_sample({v}) as s_{v}"
        for v in RANGES
    )
    stats_datamash = " ".join(f"count {c} min {c} max {c} mean {c} sstdev {c}" for c in (7, 8, 9))
    return Row(
        "aggregate",
        "five statistics of three measures by sensor",
        [
            Contestant("sp-aggregate", f"sp-aggregate --by sensor_id --values {VALUES} --stats {STATS} in.csv",
                       answer.long_groups),
            Contestant("duckdb", duckdb(f"SELECT sensor_id, {stats_sql} FROM {duckdb_source('in.csv')} GROUP BY sensor_id"),
                       answer.wide_groups),
            Contestant("polars", "python3 $BENCH/polars_jobs.py aggregate in.csv", answer.wide_groups, "polars"),
            Contestant("mlr", f"mlr --icsv --ocsv stats1 -a {STATS} -f {VALUES} -g sensor_id in.csv",
                       answer.wide_groups, slow=True),
            Contestant("xan", f"xan groupby sensor_id '{stats_xan}' in.csv", answer.wide_groups),
            Contestant("mawk", "mawk -f $BENCH/aggregate.awk in.csv", answer.wide_groups),
            Contestant("gawk", "LC_ALL=C gawk -f $BENCH/aggregate.awk in.csv", answer.wide_groups),
            Contestant("datamash", f"LC_ALL=C datamash -t, --header-in --sort -g 2 {stats_datamash} < in.csv",
                       lambda path: answer.widen(_without_header_gap(path)), slow=True),
        ],
        {"duckdb": 0.2, "xan": 0.2, "mawk": 0.2, "mlr": 0.025},
    )


def _without_header_gap(path):
    """datamash --header-in prints no header."""
    import csv

    with open(path, newline="", encoding="utf-8") as file:
        yield from csv.reader(file)


def validate():
    ranges = lambda form, joint: joint.join(
        form.format(name=name, low=low, high=high) for name, (low, high) in RANGES.items()
    )
    typed = " && ".join(f"is_numeric(${name})" for name in ("sensor_id", "location", "lat", "lon"))
    mlr = (typed + ' && $timestamp =~ "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$" && '
           + ranges("is_numeric(${name}) && ${name} >= {low} && ${name} <= {high}", " && "))
    awk = "NR == 1 || ($7 >= 30000 && $7 <= 110000 && $8 >= -50 && $8 <= 50 && $9 >= 0 && $9 <= 100)"
    return Row(
        "validate",
        "eight typed fields, three ranges; valid rows written",
        [
            Contestant("sp-validate", "sp-validate --quiet --schema schema.json --rejects rejects.csv "
                       "--errors errors.ndjson in.csv"),
            Contestant("duckdb", duckdb(f"SELECT * FROM {duckdb_source('in.csv')} WHERE {sql_ranges()}")),
            Contestant("polars", "python3 $BENCH/polars_jobs.py validate in.csv", needs="polars"),
            Contestant("mlr", f"mlr --csv --allow-ragged-csv-input filter '{mlr}' in.csv", slow=True),
            Contestant("xan: ranges only", "xan filter '" + ranges("{name} >= {low} && {name} <= {high}", " && ")
                       + "' in.csv", needs="xan"),
            Contestant("mawk: ranges only", f"mawk -F, '{awk}' in.csv", needs="mawk"),
        ],
        {"duckdb": 0.2, "mlr": 0.08},
    )


def transform():
    sql = ("SELECT sensor_id, location, lat AS latitude, lon AS longitude, "
           "strftime(timestamp, '%Y-%m-%dT%H:%M:%SZ') AS ts, round(pressure / 100, 4) AS pressure, "
           "round(temperature, 2) AS temperature, round(humidity, 2) AS humidity, "
           "'BME280' AS type, 'sensor.community' AS source FROM " + duckdb_source("valid.csv"))
    mlr = ('$pressure = roundm($pressure / 100, 0.0001); $temperature = roundm($temperature, 0.01); '
           '$humidity = roundm($humidity, 0.01); $timestamp = $timestamp . "Z"; '
           '$type = "BME280"; $source = "sensor.community"')
    return Row(
        "transform",
        "rename, drop, UTC, Pa to hPa, rounding, two tags",
        [
            Contestant("sp-transform", "sp-transform --quiet --schema schema.json valid.csv"),
            Contestant("duckdb", duckdb(sql)),
            Contestant("polars", "python3 $BENCH/polars_jobs.py transform valid.csv", needs="polars"),
            Contestant("mlr", f"mlr --csv put '{mlr}' then cut -o -f "
                       "sensor_id,location,lat,lon,timestamp,pressure,temperature,humidity,type,source then "
                       "rename lat,latitude,lon,longitude,timestamp,ts valid.csv", slow=True),
            Contestant("mawk", "mawk -f $BENCH/transform.awk valid.csv"),
        ],
        {"duckdb": 0.16},
    )


def ndjson():
    """One row a filter: ours with CSV is what ours with NDJSON is measured against."""
    ranges = lambda sign: " and ".join(
        f"{sign}{name} >= {low} and {sign}{name} <= {high}" for name, (low, high) in RANGES.items()
    )
    jq_filter = f"jq -c 'select({ranges('.')})' plain.ndjson"
    mlr_filter = "mlr --ijsonl --ojsonl filter '" + ranges("$").replace(" and ", " && ") + "' plain.ndjson"
    jq_transform = (
        "jq -c '{sensor_id, location, latitude: .lat, longitude: .lon, ts: (.timestamp + \"Z\"), "
        "pressure: (.pressure * 100 | round / 10000), temperature: (.temperature * 100 | round / 100), "
        "humidity: (.humidity * 100 | round / 100), type: \"BME280\", source: \"sensor.community\"}' "
        "plain_valid.ndjson"
    )
    mlr_transform = (
        "mlr --ijsonl --ojsonl put '$pressure = roundm($pressure / 100, 0.0001); "
        '$temperature = roundm($temperature, 0.01); $humidity = roundm($humidity, 0.01); '
        '$timestamp = $timestamp . "Z"; $type = "BME280"; $source = "sensor.community"\' then '
        "rename lat,latitude,lon,longitude,timestamp,ts plain_valid.ndjson"
    )
    by = f"--by sensor_id --values {VALUES} --stats {STATS}"
    rows = []
    for tool, arguments, peers in (
        ("sp-validate", "--quiet --schema plain.schema.json --rejects rejects --errors errors.ndjson plain.{}",
         [Contestant("mlr: ranges only", mlr_filter, answer.rows_of_ndjson, "mlr", True),
          Contestant("jq: ranges only", jq_filter, answer.rows_of_ndjson, "jq", True)]),
        ("sp-transform", "--quiet --schema plain.schema.json plain_valid.{}",
         [Contestant("mlr", mlr_transform, answer.rows_of_ndjson, slow=True),
          Contestant("jq", jq_transform, answer.rows_of_ndjson, slow=True)]),
        ("sp-aggregate", by + " plain.{}",
         [Contestant("mlr", f"mlr --ijsonl --ojsonl stats1 -a {STATS} -f {VALUES} -g sensor_id plain.ndjson",
                     answer.wide_groups_ndjson, slow=True)]),
    ):
        groups = tool == "sp-aggregate"
        rows.append(Row(
            "ndjson-" + tool.removeprefix("sp-"),
            f"{tool}: NDJSON in and out",
            [Contestant("NDJSON", f"{tool} {arguments.format('ndjson')}",
                        answer.long_groups_ndjson if groups else answer.rows_of_ndjson, tool),
             Contestant("CSV", f"{tool} {arguments.format('csv')}",
                        answer.long_groups if groups else answer.rows_of_csv, tool), *peers],
            {"CSV": 2.5} | {peer.name: 0.1 for peer in peers},
        ))
    return rows


def growth():
    rows = []
    for tool, command in (
        ("sp-validate", "sp-validate --quiet --schema schema.json --rejects rejects.csv --errors errors.ndjson {}in.csv"),
        ("sp-transform", "sp-transform --quiet --schema schema.json {}valid.csv"),
        ("sp-aggregate", f"sp-aggregate --by sensor_id --values {VALUES} --stats {STATS} {{}}in.csv"),
    ):
        rows.append(Row(
            "growth-" + tool.removeprefix("sp-"), f"{tool}: ten times the file",
            [Contestant("ten times", command.format("ten_"), None, tool),
             Contestant("once", command.format(""), None, tool)], {"once": 10.3}))
    return rows
