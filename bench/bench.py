"""Runs rows of the bench: answers first, then interleaved runs, one table, one JSON file. Called by
scripts/bench, which builds and prepares everything; see README.md."""

import argparse
import datetime
import json
import os
import pathlib
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile

import answer
import database_rows
import filter_rows
import inputs
import watch_rows

MEASURES = ("wall", "user", "system", "peak_kib")


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("--size", type=int, choices=(1, 10), default=1, help="10: ten times the file")
    parser.add_argument("--peers", nargs="+", default=["all"], metavar="NAME", help="all, none, or names")
    parser.add_argument("--only", default="", metavar="ROW,...", help="these rows, or all that begin so")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="3 runs, slow peers once: for tuning")
    parser.add_argument("--no-answers", action="store_true", help="do not compare answers (for tuning)")
    parser.add_argument("--json", default="build/bench/result.json", metavar="FILE")
    parser.add_argument("--list", action="store_true", help="print the rows' names")
    return parser.parse_args()


def is_chosen(name, only):
    return not only or any(name == part or name.startswith(part + "-") for part in only.split(","))


def skip_reason(contestant, options):
    program = contestant.needs or contestant.name
    is_peer = not program.startswith(("sp-", "psql"))
    if is_peer and "all" not in options.peers and program not in options.peers:
        return "not asked for"
    if program == "polars":
        found = subprocess.run(["python3", "-c", "import polars"], capture_output=True, check=False)
        return None if found.returncode == 0 else "not installed"
    return None if shutil.which(program) else "not installed"


def measure(command, output="/dev/null", check=True):
    """Wall, user and system seconds of the command and its peak memory."""
    with tempfile.TemporaryFile() as result, open(output, "wb") as out:
        fd = result.fileno()
        subprocess.run(["bash", "-c", f'exec ../measure "$1" 3>&{fd}', "measure", command], cwd=inputs.WORK,
                       stdout=out, stderr=subprocess.DEVNULL, pass_fds=(fd,), check=True)
        result.seek(0)
        found = json.loads(result.read())
    if check and found["status"] != 0:
        raise RuntimeError(f"exit status {found['status']}: {command}")
    return found


def compare_answers(row, contestants):
    """Those whose answer is ours; the others are reported and drop out."""
    kept, ours = [], None
    for contestant in contestants:
        path = inputs.WORK / "answer"
        try:
            measure(contestant.command, path)
            if contestant.read is None:
                kept.append(contestant)
                continue
            rows = list(contestant.read(path))
            wrong = answer.difference(ours, rows) if ours is not None else None
        except (RuntimeError, ValueError, IndexError, StopIteration) as problem:
            wrong = str(problem)
        if wrong:
            print(f"{row.name}: {contestant.name}: NOT TIMED: {wrong}", flush=True)
        else:
            kept.append(contestant)
            ours = rows if ours is None else ours
    return kept


def runs_of(contestant, options):
    if options.quick:
        return 1 if contestant.slow else 3
    return options.runs


def time_interleaved(contestants, options):
    samples = {contestant.name: [] for contestant in contestants}
    for number in range(max(runs_of(c, options) for c in contestants)):
        for contestant in contestants:
            if number < runs_of(contestant, options):
                samples[contestant.name].append(measure(contestant.command))
    return samples


def medians(samples):
    return {key: statistics.median(sample[key] for sample in samples) for key in MEASURES}


def print_row(row, results, bars):
    print(f"\n{row.name}: {row.title}")
    print(f"  {'':28}{'seconds':>9}{'CPU':>8}{'peak MiB':>10}{'ours/this':>11}  bar")
    ours = next(iter(results.values()))
    for name, found in results.items():
        ratio = ours["wall"] / found["wall"]
        bar = bars.get(name)
        verdict = "" if bar is None else f"{bar:g} {'met' if ratio <= bar else 'MISSED'}"
        print(f"  {name:28}{found['wall']:9.3f}{found['user'] + found['system']:8.3f}"
              f"{found['peak_kib'] / 1024:10.1f}{ratio:11.3f}  {verdict}", flush=True)


def run_filter_row(row, options):
    present = []
    for contestant in row.contestants:
        reason = skip_reason(contestant, options)
        if reason is None:
            present.append(contestant)
        elif reason != "not asked for":
            print(f"{row.name}: {contestant.name}: skipped: {reason}", flush=True)
    if not options.no_answers:
        present = compare_answers(row, present)
    samples = time_interleaved(present, options)
    results = {name: medians(found) for name, found in samples.items()}
    print_row(row, results, row.bars)
    return {"title": row.title, "samples": samples, "medians": results, "bars": row.bars}


def machine():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo", encoding="ascii")
                if line.startswith("model name")), "unknown")
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": os.uname().release,
            "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)}


def versions():
    commands = {"duckdb": "duckdb --version", "mlr": "mlr --version", "xan": "xan --version", "jq": "jq --version",
                "datamash": "datamash --version", "mawk": "mawk -W version", "gawk": "gawk --version",
                "polars": "python3 -c 'import polars; print(polars.__version__)'", "psql": "psql --version",
                "pgloader": "pgloader --version"}
    found = {}
    for name, command in commands.items():
        done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False) \
            if shutil.which(shlex.split(command)[0]) else None
        if done is not None and done.returncode == 0:
            found[name] = (done.stdout or done.stderr).splitlines()[0]
    return found


def all_rows():
    for row in (filter_rows.aggregate(), filter_rows.validate(), filter_rows.transform(),
                *filter_rows.ndjson(), *filter_rows.growth()):
        yield row.name, lambda options, row=row: run_filter_row(row, options)
    yield from database_rows.ROWS.items()
    yield from watch_rows.ROWS.items()


def main():
    options = arguments()
    rows = {name: run for name, run in all_rows() if is_chosen(name, options.only)}
    if options.list or not rows:
        print("\n".join(name for name, _ in all_rows()))
        return 0 if options.list else 64
    inputs.prepare(options, rows)
    results = {}
    for name, run in rows.items():
        found = run(options)
        if found:
            results[name] = found
    document = {"date": datetime.date.today().isoformat(), "size": options.size, "machine": machine(),
                "versions": versions(), "input": inputs.describe(), "rows": results}
    path = pathlib.Path(options.json)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"\nwritten: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
