"""The whole job, from the raw file to the commit, beside the mere copy of its result."""

import shutil
import statistics

import inputs
from server import Server

READING = "sensor_id, ts, location_id, ingest_id, pressure, temperature, humidity"
METRIC = "ingest_id, sensor_id, window_start, first_seen, last_seen, n, mean, m2, min, max, \"window\", quantity, unit"
COPIES = {"reading": READING, "metric": METRIC}
BARS = {"psql \\copy, CSV": 0.85, "psql \\copy, binary": 1.15}
PIPELINE = "sp-pipeline --schema schema.json {}"
DUPLICATES = ("sp-validate --quiet --schema schema.json --rejects rejects --errors errors.ndjson {} "
              "| sp-transform --quiet --schema schema.json "
              "| sp-load --quiet --on-conflict {} --dimension 'sensor(sensor_id,sensor_type,source)' "
              "--dimension 'location(location_id,latitude,longitude)' reading=-")


def export(server):
    """The tables that the job left, as the files that the copies start from; rows in the order they lie in."""
    for form in ("csv", "binary"):
        for table, columns in COPIES.items():
            server.sql(f"\\copy (SELECT {columns} FROM sp.{table}) TO '{inputs.WORK}/{table}.{form}' (FORMAT {form})")


def copy_command(form):
    copies = " ".join(
        f"-c '\\copy sp.{table} ({columns}) FROM {table}.{form} (FORMAT {form})'" for table, columns in COPIES.items()
    )
    return f"psql -XqAt -v ON_ERROR_STOP=1 --single-transaction {copies}"


def parallel_copy_command(server):
    return (f"timescaledb-parallel-copy --connection 'host={server.host} user=postgres dbname=sp sslmode=disable' "
            f"--schema sp --table reading --columns '{READING}' --file reading.csv --workers 2 "
            "&& " + copy_command("csv").split(" -c ", 1)[0] + " -c '\\copy sp.metric (" + METRIC
            + ") FROM metric.csv (FORMAT csv)'")


def contents(server):
    """What must be the same whoever filled the tables."""
    return server.sql(
        "SELECT count(*), sum(hashtext(r::text)::bigint) FROM "
        f"(SELECT {READING.replace('ingest_id, ', '')} FROM sp.reading) r;"
        "SELECT count(*), sum(hashtext(m::text)::bigint) FROM "
        f"(SELECT {METRIC.replace('ingest_id, ', '')} FROM sp.metric) m"
    )


def job(options):
    from bench import measure, medians  # the runner, which imports this module

    with Server() as server:
        commands = {"sp-pipeline": PIPELINE.format("in.csv")}
        server.reset(ledger_row=False)
        measure(commands["sp-pipeline"])
        expected = contents(server)
        export(server)
        commands |= {"psql \\copy, CSV": copy_command("csv"), "psql \\copy, binary": copy_command("binary")}
        if shutil.which("timescaledb-parallel-copy"):
            commands["timescaledb-parallel-copy"] = parallel_copy_command(server)
        else:
            print("job: timescaledb-parallel-copy: skipped: not installed")
        samples = {name: [] for name in commands}
        for number in range(3 if options.quick else options.runs):
            for name, command in commands.items():
                server.reset(ledger_row=name != "sp-pipeline")
                samples[name].append(measure(command))
                if number == 0 and contents(server) != expected:
                    raise RuntimeError(f"job: {name} fills the tables with something else")
    results = {name: medians(found) for name, found in samples.items()}
    print("\njob: raw file to commit: validate, transform, aggregate, load two tables, ledger")
    print_job(results)
    return {"title": "raw file to commit", "samples": samples, "medians": results, "bars": BARS}


def print_job(results):
    ours = results["sp-pipeline"]["wall"]
    print(f"  {'':28}{'seconds':>9}{'CPU':>8}{'peak MiB':>10}{'ours/this':>11}  bar")
    for name, found in results.items():
        ratio, bar = ours / found["wall"], BARS.get(name)
        verdict = "" if bar is None else f"{bar:g} {'met' if ratio <= bar else 'MISSED'}"
        print(f"  {name:28}{found['wall']:9.3f}{found['user'] + found['system']:8.3f}"
              f"{found['peak_kib'] / 1024:10.1f}{ratio:11.3f}  {verdict}", flush=True)


def growth_job(options):
    from bench import measure

    inputs.make_ten("in.csv", "ten_in.csv")
    with Server() as server:
        samples = {"ten_in.csv": [], "in.csv": []}
        for _ in range(1 if options.quick else 3):
            for name, found in samples.items():
                server.reset(ledger_row=False)
                found.append(measure(PIPELINE.format(name)))
    ten, once = (statistics.median(s["wall"] for s in found) for found in samples.values())
    print(f"\ngrowth-job: sp-pipeline: {ten:.2f} s for ten times the file, {once:.2f} s for once: {ten / once:.2f} "
          f"(bar 10.3 {'met' if ten / once <= 10.3 else 'MISSED'})", flush=True)
    return {"title": "sp-pipeline: ten times the file", "samples": samples, "ratio": ten / once}


def duplicates(options):
    from bench import measure

    inputs.make_duplicates("in.csv", "duplicates.csv")
    commands = {DUPLICATES.format("in.csv", "error"): [], DUPLICATES.format("duplicates.csv", "ignore"): []}
    with Server() as server:
        expected = None
        for _ in range(3 if options.quick else options.runs):
            for command, samples in commands.items():
                server.reset(ledger_row=False)
                samples.append(measure(command))
                expected = expected or contents(server)
                if contents(server) != expected:
                    raise RuntimeError("job-duplicates: the table holds something else than without them")
    without, with_them = (statistics.median(s["wall"] for s in samples) for samples in commands.values())
    print(f"\njob-duplicates: {with_them:.2f} s where 1 row in 1,000 is a duplicate, {without:.2f} s "
          f"where none is: {with_them / without:.2f} (bar 2 {'met' if with_them <= 2 * without else 'MISSED'})",
          flush=True)
    return {"title": "1 row in 1,000 a duplicate", "samples": commands, "ratio": with_them / without}


ROWS = {"job": job, "job-duplicates": duplicates, "growth-job": growth_job}
