"""Runs scenarios, each in a process of its own, and says what became of them; see scripts/fault."""

import argparse
import glob
import json
import multiprocessing
import os
import queue
import shutil
import sys
import tempfile
import time
import traceback

import process
from scenario import SCENARIOS, Failed, Skipped

import chapters  # noqa: F401  (registers every scenario)
import world


def parse(arguments):
    p = argparse.ArgumentParser(prog="fault", description="Harms the pipeline and counts what is left.")
    p.add_argument("--short", action="store_true", help="the short form of each scenario")
    p.add_argument("--minutes", type=float, default=60, help="of the soak, in the long form (60)")
    p.add_argument("--only", action="append", default=[], metavar="NAME",
                   help="a scenario, or all that begin with NAME; again for more")
    p.add_argument("--skip", action="append", default=[], metavar="NAME")
    p.add_argument("--list", action="store_true", help="the scenarios and what each proves")
    p.add_argument("--build", metavar="DIR", help="build folder that has the programs")
    p.add_argument("--jobs", type=int, default=2, help="scenarios side by side (2)")
    p.add_argument("--kills", type=int, default=500, help="of the long kill-random (500)")
    p.add_argument("--rate", type=float, default=2.0, help="files a second in the soak (2)")
    p.add_argument("--seed", type=int, default=None, help="of everything drawn at random")
    p.add_argument("--summary", metavar="FILE", help="the figures as JSON")
    p.add_argument("--keep", action="store_true", help="keep the folders of scenarios that fail")
    return p.parse_args(arguments)


def chosen(options):
    names = list(SCENARIOS)
    if options.only:
        names = [n for n in names if any(n == o or n.startswith(o) for o in options.only)]
        if not names:
            sys.exit(f"fault: no scenario begins with {' or '.join(options.only)}; see --list")
    return [n for n in names if not any(n.startswith(s) for s in options.skip)]


def gather_programs(build, folder):
    """The tools, the pipeline script and the schemas in one folder, as an installation has them."""
    os.makedirs(folder)
    os.chmod(folder, 0o755)
    for tool in ("schema", "validate", "transform", "aggregate", "load", "watch"):
        found = glob.glob(f"{build}/tools/sp-{tool}/sp-{tool}")
        if not found:
            sys.exit(f"fault: no sp-{tool} in {build}; build it or name another folder with --build")
        shutil.copy2(found[0], os.path.join(folder, f"sp-{tool}"))
    shutil.copy2(os.path.join(world.ROOT, "scripts", "sp-pipeline"), folder)
    shutil.copytree(os.path.join(world.ROOT, "examples", "sofia"), os.path.join(folder, "schemas"))
    shutil.copytree(os.path.join(world.ROOT, "sql"), os.path.join(folder, "sql"))
    os.system(f"chmod -R a+rX '{folder}'")


def work(name, bench, options, seed, results):
    """In a process of its own: whatever it starts, it also gathers."""
    process.become_subreaper()
    process.die_with_parent()
    process.keep_mounts_to_ourselves()
    scenario = SCENARIOS[name]
    began = time.monotonic()
    one = world.World(bench, name, options.short, seed)
    one.options = options
    try:
        figures = scenario.run(one)
        outcome, text = "ok", figures
    except Skipped as skipped:
        outcome, text = "skipped", str(skipped)
    except Exception as error:
        outcome = "FAILED"
        text = str(error) if isinstance(error, Failed) else traceback.format_exc()
        text += "\n    --- end of the log\n    " + one.tail().replace("\n", "\n    ")
    one.close(keep=options.keep and outcome == "FAILED")
    results.put((name, outcome, text, time.monotonic() - began))


def show(name, outcome, text, seconds):
    if isinstance(text, dict):
        text = ", ".join(f"{k} {v}" for k, v in text.items())
    print(f"{outcome:8} {name:34} {seconds:6.1f} s  {text or ''}", flush=True)


def run_all(names, bench, options):
    results, running, outcomes = multiprocessing.Queue(), {}, []
    waiting = sorted(names, key=lambda n: -SCENARIOS[n].seconds)
    seed = options.seed if options.seed is not None else (1 if options.short else int(time.time()))
    print(f"seed {seed}", flush=True)
    while waiting or running:
        while waiting and len(running) < options.jobs:
            name = waiting.pop(0)
            child = multiprocessing.Process(target=work, args=(name, bench, options, seed, results))
            child.start()
            running[name] = child, time.monotonic()
        try:
            outcome = results.get(timeout=0.2)
        except queue.Empty:
            outcome = overdue(running, options)
        if outcome:
            child, _ = running.pop(outcome[0])
            child.join(5)
            child.kill()
            outcomes.append(outcome)
            show(*outcome)
    return outcomes, seed


def overdue(running, options):
    for name, (child, began) in running.items():
        limit = SCENARIOS[name].seconds * (1 if options.short else 40) + options.minutes * 60 * (
            not options.short)
        took = time.monotonic() - began
        if not child.is_alive() or took > limit:
            time.sleep(0.3)  # its word may be on the way
            child.kill()
            process.kill_marked(f"{name}.{child.pid}")
            what = "its process died" if took <= limit else f"hung for {took:.0f} s"
            return name, "FAILED", what, took
    return None


def main(arguments):
    options = parse(arguments)
    if options.list:
        for s in SCENARIOS.values():
            print(f"{s.chapter:2}  {s.name:34} {s.proves}")
        return 0
    names = chosen(options)
    if options.short and not options.only:
        names = [n for n in names if n != "soak" or options.short]
    folder = tempfile.mkdtemp(prefix="sp-fault.", dir=os.environ.get("SP_FAULT_DIR", "/var/tmp"))
    os.chmod(folder, 0o755)
    keep = False
    try:
        gather_programs(options.build, os.path.join(folder, "programs"))
        environment = {k: os.environ[k] for k in ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE")}
        bench = world.Bench(os.path.join(folder, "programs"), folder, environment)
        bench.make_template()
        outcomes, seed = run_all(names, bench, options)
        failed = [o for o in outcomes if o[1] == "FAILED"]
        keep = options.keep and bool(failed)
        counts = {k: sum(o[1] == k for o in outcomes) for k in ("ok", "skipped", "FAILED")}
        print(", ".join(f"{n} {k}" for k, n in counts.items()) + f"; seed {seed}", flush=True)
        if keep:
            print(f"kept: {folder}")
        if options.summary:
            write_summary(options.summary, outcomes, counts, seed)
        return 1 if failed else 0
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def write_summary(path, outcomes, counts, seed):
    summary = {"seed": seed, **counts, "scenarios": [
        {"name": n, "chapter": SCENARIOS[n].chapter, "outcome": o, "figures": t,
         "seconds": round(s, 1)} for n, o, t, s in outcomes]}
    with open(path, "w") as file:
        json.dump(summary, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
