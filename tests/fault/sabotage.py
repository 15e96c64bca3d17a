"""Chapter 0: the suite itself. An oracle that cannot fail proves nothing."""

import os
import re
import shutil

import server
from scenario import SCENARIOS, Failed, require, require_equal, scenario


def _first(world, place, ending=""):
    return next(n for n in world.names(place) if n.endswith(ending) and (ending or "ndjson" not in n))


def _sql(*statements):
    return lambda world: [world.sql(s) for s in statements]


def _write(*parts):
    def run(world):
        path = world.path(*parts)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write("x\n")
    return run


def _cut_quarantine(world):
    path = world.path("quarantine", _first(world, "quarantine"))
    with open(path, "rb") as file:
        lines = file.readlines()
    with open(path, "wb") as file:
        file.writelines(lines[:-1])


def _leave_process(world):
    world.start(["sleep", "30"])


SABOTAGE = {
    "a row lost": _sql("DELETE FROM sp.reading WHERE ctid = (SELECT min(ctid) FROM sp.reading)"),
    "a value changed": _sql("UPDATE sp.reading SET temperature = temperature + 0.01 WHERE (sensor_id, ts)"
                            " = (SELECT sensor_id, ts FROM sp.reading LIMIT 1)"),
    "a strange row": _sql("INSERT INTO sp.reading (sensor_id, ts, ingest_id) SELECT 5, '2017-07-20', "
                          "min(ingest_id) FROM sp.ingest"),
    "the ledger wrong": _sql("UPDATE sp.ingest SET rows_read = rows_read + 1, rows_rejected = "
                             "rows_rejected + 1 WHERE ingest_id = (SELECT min(ingest_id) FROM sp.ingest)"),
    "a ledger row too many": _sql("INSERT INTO sp.ingest (digest, name, size_bytes, tool_version) "
                                  "VALUES (decode(repeat('00', 32), 'hex'), 'x', 1, '0')"),
    "known rows that are none": _sql("UPDATE sp.ingest SET rows_known = rows_known + 1, rows_loaded = "
                                     "rows_loaded - 1 WHERE ingest_id = (SELECT min(ingest_id) FROM sp.ingest)"),
    "rows without a fate": _sql("UPDATE sp.ingest SET rows_kept_out = 1, rows_received = rows_received + 1 "
                                "WHERE ingest_id = (SELECT min(ingest_id) FROM sp.ingest)"),
    "a dispute": _sql("INSERT INTO sp.dispute (sensor_id, ts, ingest_id, winner_id, kind, \"values\") SELECT "
                      "sensor_id, ts, ingest_id, ingest_id, 'kept out', '{}' FROM sp.reading LIMIT 1"),
    "a reason lost": _sql('DELETE FROM sp.rejection WHERE "row" = (SELECT min("row") FROM sp.rejection)'),
    "metrics twice": _sql("UPDATE sp.metric SET n = n + 1"),
    "another network's sensors": _sql("UPDATE sp.sensor SET source = 'elsewhere'"),
    "a sensor's key wrong": _sql("UPDATE sp.sensor SET key = '9' || key"),
    "a metric wrong": _sql("UPDATE sp.metric SET mean = mean + (max - min) / 4 WHERE max > min"),
    "a location wrong": _sql("UPDATE sp.location SET latitude = latitude + 1"),
    "a file lost": lambda world: os.unlink(world.path("done", _first(world, "done"))),
    "a file in two places": lambda world: shutil.copy(world.path("done", _first(world, "done")),
                                                      world.path("quarantine", "copy.csv")),
    "a file left in work/": _write("work", "x.csv"),
    "a file left in the folder": _write("x.csv"),
    "a temporary file left": _write(".sp-watch", "tmp", "x"),
    "a rejected row lost": _cut_quarantine,
    "rejected rows twice": lambda world: [
        shutil.copy(world.path("quarantine", n), world.path("quarantine", "2" + n))
        for n in world.names("quarantine")],
    "reasons lost": lambda world: os.unlink(world.path("quarantine", _first(world, "quarantine", "ndjson"))),
    "scratch left": lambda world: open(os.path.join(world.scratch, "x"), "w").close(),
    "a process left": _leave_process,
}


@scenario("oracle-sees", 0, "the oracle notices each of its own findings, made by hand", 120)
def oracle_sees(world):
    world.use_database()
    world.drop_files(2, rows=2000)  # enough that the statistics of the files are stored
    world.drain()
    world.check()
    keep = os.path.join(world.root, "keep")
    shutil.copytree(world.inbox, keep)
    saved, copy = dict(world.admin), f"{world.database}_copy"
    chosen = list(SABOTAGE.items())
    for what, harm in chosen:
        server.query(f'CREATE DATABASE "{copy}" TEMPLATE "{world.database}"', saved, "postgres")
        world.admin["PGDATABASE"] = copy
        harm(world)
        try:
            world.check()
        except Failed:
            pass
        else:
            raise Failed(f"the oracle did not notice: {what}")
        world.admin["PGDATABASE"] = saved["PGDATABASE"]
        server.query(f'DROP DATABASE "{copy}" WITH (FORCE)', saved, "postgres")
        shutil.rmtree(world.inbox)
        shutil.copytree(keep, world.inbox)
        for name in os.listdir(world.scratch):
            os.unlink(os.path.join(world.scratch, name))
        for child in world.children:
            child.kill()
            child.wait()
    world.check()
    return {"sabotages": len(chosen)}


def _manual_agrees(readme):
    """Section PROOF of sp-guarantees(7): each promise of the page, and the beginnings of all names."""
    with open(os.path.join(server.ROOT, "man", "sp-guarantees.7")) as file:
        page = file.read()
    proof = page.partition(".Sh PROOF\n")[2].partition(".Sh ")[0]
    promises = re.findall(r"^\.Sy (.*) \.$", page, re.MULTILINE)
    require_equal(re.findall(r'^\.It "([A-Z].*?)" Ta', proof, re.MULTILINE), promises, "promises in PROOF")
    for promise in promises:
        require(f"\n| {promise.lower()}" in readme, f"the README has no row for: {promise}")
    beginnings = re.findall(r"[a-z]+-(?= |$)|soak", " ".join(re.findall(r"Li (.*)", proof)))
    strange = [name for name in SCENARIOS if not name.startswith(tuple(beginnings))]
    require_equal(strange, [], "scenarios that PROOF does not name")
    gone = [b for b in beginnings if not any(name.startswith(b) for name in SCENARIOS)]
    require_equal(gone, [], "beginnings in PROOF that no scenario has")


@scenario("readme-complete", 0, "tests/fault/README.md and sp-guarantees(7) name every scenario and promise, and none "
          "that is not there")
def readme_complete(_):
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "README.md")) as file:
        text = file.read()
    missing = [name for name in SCENARIOS if f"`{name}`" not in text]
    require_equal(missing, [], "scenarios that the README does not name")
    prefixes = tuple({name.partition("-")[0] + "-" for name in SCENARIOS if "-" in name})
    strange = [n for n in re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", text)
               if n.startswith(prefixes) and n not in SCENARIOS]
    require(not strange, f"the README names scenarios that are not there: {strange}")
    _manual_agrees(text)
