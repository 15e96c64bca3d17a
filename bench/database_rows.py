"""The whole job, from the raw file to the commit, beside the mere copy of its result."""

import collections
import contextlib
import shutil
import statistics
import subprocess
import threading

import inputs
from server import Server

READING = "sensor_id, ingest_id, ts, location_id, pressure, temperature, humidity"
METRIC = ("sensor_id, ingest_id, window_start, mean, m2, min, max, n, quantity_id, window_hours, sum_sin, "
          "sum_cos")
COPIES = {"reading": READING, "metric": METRIC}
OPENS, THERE = "sp-pipeline, opens a month", "sp-pipeline, month there"
# Of ours to this: where the file opens a month, where the month is there.
BARS = {"psql \\copy, binary": {OPENS: 0.75, THERE: 1.05}}
PIPELINE = "sp-pipeline --schema schema.json {}"
LOAD = "sp-load --quiet --schema schema.json --source {} --on-known {} reading={}"
DUPLICATES = ("sp-validate --quiet --schema schema.json --rejects rejects --errors errors.ndjson {0} "
              "| sp-transform --quiet --schema schema.json | " + LOAD.format("{0}", "{1}", "-"))
LOADERS = 8
GROWN = 200_000, 8_000  # rows of a file that grows, and those that are new


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


def contents_by_key(server):
    """The readings, whatever numbers their sensors got."""
    return server.sql("SELECT count(*), sum(hashtext((s.key, r.ts, r.pressure, r.temperature, r.humidity)::text)::bigint) "
                      "FROM sp.reading r JOIN sp.sensor s USING (sensor_id)")


def job(options):
    from bench import measure, medians  # the runner, which imports this module

    with Server() as server:
        commands = {OPENS: PIPELINE.format("in.csv"), THERE: PIPELINE.format("in.csv")}
        server.reset(ledger_row=False)
        measure(commands[THERE])
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
                server.reset(ledger_row=name not in (OPENS, THERE), months=name != OPENS)
                samples[name].append(measure(command))
                if number == 0 and contents(server) != expected:
                    raise RuntimeError(f"job: {name} fills the tables with something else")
    results = {name: medians(found) for name, found in samples.items()}
    print("\njob: raw file to commit: validate, transform, aggregate, load two tables, ledger")
    print_job(results)
    return {"title": "raw file to commit", "samples": samples, "medians": results, "bars": BARS}


def print_job(results):
    print(f"  {'':28}{'seconds':>9}{'CPU':>8}{'peak MiB':>10}{'opens/this':>12}{'there/this':>12}  bars")
    for name, found in results.items():
        ratios = {ours: results[ours]["wall"] / found["wall"] for ours in (OPENS, THERE)}
        verdict = ", ".join(f"{bar:g} {'met' if ratios[ours] <= bar else 'MISSED'}"
                            for ours, bar in BARS.get(name, {}).items())
        print(f"  {name:28}{found['wall']:9.3f}{found['user'] + found['system']:8.3f}"
              f"{found['peak_kib'] / 1024:10.1f}{ratios[OPENS]:12.3f}{ratios[THERE]:12.3f}  {verdict}", flush=True)


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
    commands = {DUPLICATES.format("in.csv", "error"): [], DUPLICATES.format("duplicates.csv", "skip"): []}
    with Server() as server:
        expected = None
        for _ in range(3 if options.quick else options.runs):
            for command, samples in commands.items():
                server.reset(ledger_row=False)
                samples.append(measure(command))
                expected = expected or contents_by_key(server)
                if contents_by_key(server) != expected:
                    raise RuntimeError("job-duplicates: the table holds something else than without them")
    without, with_them = (statistics.median(s["wall"] for s in samples) for samples in commands.values())
    print(f"\njob-duplicates: {with_them:.2f} s where 1 row in 1,000 is a duplicate, {without:.2f} s "
          f"where none is: {with_them / without:.2f} (bar 2 {'met' if with_them <= 2 * without else 'MISSED'})",
          flush=True)
    return {"title": "1 row in 1,000 a duplicate", "samples": commands, "ratio": with_them / without}


def growing(options):
    """A file that comes again with rows more: its load beside a plain COPY of all its rows into an empty table."""
    from bench import measure

    rows, new = GROWN
    for name, count in (("before", rows - new), ("grown", rows)):
        inputs.make_once(f"{name}.csv", f"head -n {count + 1} in.csv")
        inputs.make_once(f"{name}_valid.csv", f"sp-validate --quiet --schema schema.json --rejects /dev/null {name}.csv"
                         " | sp-transform --quiet --schema schema.json")
    load = {name: LOAD.format(f"{name}.csv", "skip", f"{name}_valid.csv") for name in ("before", "grown")}
    copy = f"psql -XqAt -c '\\copy sp.reading ({READING}) FROM grown.binary (FORMAT binary)'"
    samples = {load["grown"]: [], copy: []}
    with Server() as server:
        server.reset(ledger_row=False)
        measure(load["grown"])
        expected = contents(server)
        server.sql(f"\\copy (SELECT {READING} FROM sp.reading) TO '{inputs.WORK}/grown.binary' (FORMAT binary)")
        for _ in range(3 if options.quick else options.runs):
            for command, found in samples.items():
                server.reset(ledger_row=command == copy)
                if command != copy:
                    measure(load["before"])
                    server.sql("CHECKPOINT")
                found.append(measure(command))
                if contents(server) != expected:
                    raise RuntimeError("job-growing: the table holds something else than the file at last")
    ours, plain = (statistics.median(s["wall"] for s in found) for found in samples.values())
    print(f"\njob-growing: {ours:.2f} s for {rows} rows of which {new} are new, {plain:.2f} s for a COPY of all: "
          f"{ours / plain:.2f} (bar 3 {'met' if ours <= 3 * plain else 'MISSED'})", flush=True)
    return {"title": f"{new} of {rows} rows are new", "samples": samples, "ratio": ours / plain}


def loaders(options):
    """Eight loads of the same sensors at once, beside the same one after the other; and what they wait for meanwhile."""
    from bench import measure

    rows = inputs.SAMPLE_ROWS // LOADERS
    for part in range(LOADERS):
        inputs.make_once(f"part{part}.csv", f"mawk 'NR == 1 || NR > {part * rows + 1} && NR <= {part * rows + rows + 1}' valid.csv"
                         " | sp-transform --quiet --schema schema.json")
    loads = [LOAD.format(f"part{part}.csv", "skip", f"part{part}.csv") for part in range(LOADERS)]
    commands = {"one after the other": " && ".join(loads), "at once": " & ".join(loads) + " & wait"}
    samples, waits, expected = {name: [] for name in commands}, collections.Counter(), None
    with Server() as server:
        for _ in range(3 if options.quick else options.runs):
            for name, command in commands.items():
                server.reset(ledger_row=False)
                with watched_waits(server) as found:
                    samples[name].append(measure(command))
                if name == "at once":
                    waits += found
                expected = expected or contents_by_key(server)
                if contents_by_key(server) != expected:
                    raise RuntimeError(f"job-loaders: {name}: the table holds something else")
    alone, together = (statistics.median(s["wall"] for s in found) for found in samples.values())
    told = ", ".join(f"{what} {count}" for what, count in waits.most_common()) or "none"
    print(f"\njob-loaders: {LOADERS} loads of {rows} rows of the same sensors at once: {together:.2f} s, one after the "
          f"other {alone:.2f} s: {together / alone:.2f}; sessions seen waiting for a lock: {told}", flush=True)
    return {"title": f"{LOADERS} loads at once", "samples": samples, "ratio": together / alone, "waits": dict(waits)}


@contextlib.contextmanager
def watched_waits(server):
    """Looks a hundred times a second at what sessions wait for that want a lock, and what it is on."""
    found, is_over = collections.Counter(), threading.Event()
    query = ("SELECT l.locktype || coalesce(' ' || l.relation::regclass::text, '') FROM pg_stat_activity a "
             "JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted WHERE a.wait_event_type = 'Lock'")
    psql = subprocess.Popen(["psql", "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def look():
        while not is_over.wait(0.01):
            psql.stdin.write(query + ";\n")
            psql.stdin.flush()

    looker = threading.Thread(target=look)
    looker.start()
    try:
        yield found
    finally:
        is_over.set()
        looker.join()
        found.update(line for line in psql.communicate()[0].splitlines() if line)


ROWS = {"job": job, "job-duplicates": duplicates, "job-growing": growing, "job-loaders": loaders, "growth-job": growth_job}
