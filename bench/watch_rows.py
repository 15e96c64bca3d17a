"""Rows 7 to 9: how soon one small file is committed, how fast a backlog drains, and what a large one costs."""

import os
import shlex
import shutil
import subprocess
import time

import inputs
from server import Server

ROWS_A_FILE = 100
MOST_SENSORS = 200  # that make-sample knows
LATENCY_BAR = 0.250  # seconds, in 99 of 100 cases
DRAIN_BAR = 300  # files a second


def small_files(folder, count):
    """Files of 100 rows of one sensor each, as sensor networks hand them out; no key comes twice."""
    folder.mkdir(parents=True, exist_ok=True)
    sample = folder.parent / "sample.csv"
    rows = count * ROWS_A_FILE + MOST_SENSORS * ROWS_A_FILE
    subprocess.run(["bash", "-c", f"'{inputs.ROOT}/scripts/make-sample' --rows {rows} > '{sample}'"], check=True)
    number, waiting = 0, {}
    with open(sample, encoding="utf-8") as file:
        header = next(file)
        column = header.split(",").index("sensor_id")
        for line in file:
            lines = waiting.setdefault(line.split(",")[column], [])
            lines.append(line)
            if len(lines) < ROWS_A_FILE:
                continue
            (folder / f"bme280-{number:06}.csv").write_text(header + "".join(lines), encoding="utf-8")
            lines.clear()
            number += 1
            if number == count:
                break
    sample.unlink()
    if number != count:
        raise RuntimeError(f"the sample was enough for {number} files of {count}")


def fresh(name):
    folder = inputs.WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


def pipeline_command(*names):
    return [*names, "--", "sp-pipeline", "--schema", str(inputs.WORK / "schema.json"), "{+}"]


class Asker:
    """One psql that stays connected, so that a question costs a fraction of a millisecond."""

    def __init__(self):
        self.psql = subprocess.Popen(["psql", "-XqAt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def ask(self, question):
        self.psql.stdin.write(question + ";\n")
        self.psql.stdin.flush()
        return self.psql.stdout.readline().strip()

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()


def one_latency(asker, source, target):
    start = time.monotonic()
    os.rename(source, target)
    while asker.ask(f"SELECT count(*) FROM sp.ingest WHERE name = '{target.name}'") != "1":
        if time.monotonic() - start > 60:
            raise RuntimeError(f"{target.name} is not committed after 60 s")
        time.sleep(0.002)
    return time.monotonic() - start


def latency(options):
    count = 20 if options.quick else 200
    with Server() as server:
        server.reset(ledger_row=False)
        base = fresh("latency")
        small_files(base / "waiting", count)
        folder = base / "in"
        folder.mkdir()
        with open(inputs.WORK / "watch.log", "wb") as log:
            watch = subprocess.Popen(["sp-watch", "--quiet", *pipeline_command(str(folder))], stderr=log)
        asker = Asker()
        try:
            time.sleep(1)
            found = []
            for file in sorted((base / "waiting").iterdir()):
                found.append(one_latency(asker, file, folder / file.name))
                time.sleep(0.2)
        finally:
            asker.close()
            watch.terminate()
            watch.wait()
    found.sort()
    p50, p99 = found[len(found) // 2], found[max(0, len(found) * 99 // 100 - 1)]
    verdict = "met" if p99 <= LATENCY_BAR else "MISSED"
    print(f"\nlatency: a file of {ROWS_A_FILE} rows, from its rename to its commit: median {p50 * 1000:.0f} ms, "
          f"99 of 100 within {p99 * 1000:.0f} ms, longest {found[-1] * 1000:.0f} ms "
          f"(bar {LATENCY_BAR * 1000:.0f} ms {verdict})", flush=True)
    shutil.rmtree(base)
    return {"title": "rename to commit, seconds", "samples": found, "median": p50, "p99": p99}


def backlog_drain(options):
    from bench import measure

    count = 1000 if options.quick else 10000
    with Server() as server:
        server.reset(ledger_row=False)
        base = fresh("drain")
        small_files(base / "in", count)
        before = server.spent()
        flags = ["--quiet", "--once", "--jobs", "2"]
        client = measure(shlex.join(["sp-watch", *flags, *pipeline_command(str(base / "in"))]))
        committed = int(server.sql("SELECT count(*) FROM sp.ingest"))
        commits = int(server.sql("SELECT count(DISTINCT started_at) FROM sp.ingest"))
        cost = {name: (value - before[name]) / count for name, value in server.spent().items()}
    done = sum(1 for _ in (base / "in/done").iterdir())
    shutil.rmtree(base)
    if committed != count or done != count:
        raise RuntimeError(f"backlog-drain: {committed} files committed, {done} in done/, of {count}")
    seconds = client["wall"]
    rate = count / seconds
    cost["client_cpu"] = (client["user"] + client["system"]) / count
    print(f"\nbacklog-drain: {count} files of {ROWS_A_FILE} rows in {seconds:.1f} s: {rate:.0f} files a second "
          f"(bar {DRAIN_BAR} {'met' if rate >= DRAIN_BAR else 'MISSED'}), {commits} commits")
    print(f"  a file: CPU {cost['client_cpu'] * 1000:.2f} ms, of the server {cost['cpu'] * 1000:.2f} ms; "
          f"WAL {cost['wal']:.0f} bytes; database {cost['bytes']:.0f} bytes", flush=True)
    return {"title": "files a second", "files": count, "seconds": seconds, "rate": rate, "commits": commits, **cost}


def waiting_files(folder, count):
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number:06}.csv").write_bytes(b"a\n1\n")


def cost_of(count):
    """Start and first files, --status, and the files a second that are moved with a command that does nothing."""
    from bench import measure

    base = fresh("backlog")
    folder = base / "in"
    waiting_files(folder, count)
    nothing = measure(f"sp-watch --quiet --once --match 'no-such-*' {folder} -- true")
    status = measure(f"sp-watch --status {folder}")
    start = time.monotonic()
    drain = measure(f"timeout -s TERM 10 sp-watch --quiet {folder} -- true", check=False)
    seconds = time.monotonic() - start
    done = sum(1 for _ in (folder / "done").iterdir())
    shutil.rmtree(base)
    return {"files": count, "scan_seconds": nothing["wall"], "scan_peak_kib": nothing["peak_kib"],
            "status_seconds": status["wall"], "status_peak_kib": status["peak_kib"],
            "drained": done, "drain_seconds": seconds, "drain_cpu": drain["user"] + drain["system"],
            "drain_peak_kib": drain["peak_kib"]}


def backlog_growth(options):
    counts = (1000, 10000) if options.quick else (10000, 100000)
    found = [cost_of(count) for count in counts]
    print("\nbacklog-growth: waiting files, a scan, --status, and a drain with a command that does nothing")
    print(f"  {'files':>8}{'scan s':>9}{'MiB':>7}{'status s':>10}{'MiB':>7}{'files/s':>9}{'MiB':>7}")
    for cost in found:
        print(f"  {cost['files']:8}{cost['scan_seconds']:9.3f}{cost['scan_peak_kib'] / 1024:7.1f}"
              f"{cost['status_seconds']:10.3f}{cost['status_peak_kib'] / 1024:7.1f}"
              f"{cost['drained'] / cost['drain_seconds']:9.0f}{cost['drain_peak_kib'] / 1024:7.1f}", flush=True)
    return {"title": "cost of a backlog", "costs": found}


ROWS = {"latency": latency, "backlog-drain": backlog_drain, "backlog-growth": backlog_growth}
