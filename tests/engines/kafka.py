"""Scenarios of deploy/kafka on a real broker: members die and freeze, the broker and the database go and come back,
and each reading is in the database once, each rejected one in its topic. Run by scripts/engines.
"""
import collections
import contextlib
import functools
import json
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import chaos
import count
import input as given
import kafka_topics
import machine
from kafka_broker import Broker
from kafka_world import FREEZE, World, read_metrics


def require(what, found, wanted):
    if found != wanted:
        if isinstance(wanted, set):
            found, wanted = f"too many {sorted(found - wanted)[:3]}", f"lacks {sorted(wanted - found)[:3]}"
        raise RuntimeError(f"{what}: {found}, wanted {wanted}")


def outage(server):
    """Of the broker or the database, both without a goodbye."""
    if isinstance(server, Broker):
        server.kill()
    else:
        server.stop("immediate")
    time.sleep(3)
    server.start()


def hurt(world, messages, flags):
    """Feeds the topic and hurts what loads it; returns how often."""
    generator = random.Random(1)
    members = chaos.Members(lambda: world.start(*flags()), 3)
    events = ["alone"] * 9 + ["family"] * 9 + ["freeze"] * 2 + ["broker"] * 2 + ["database"] * 2
    generator.shuffle(events)
    world.put_token("kill", 5)
    world.put_token("freeze", 1)
    for number, event in enumerate(events):
        since, until = (len(messages) * at // len(events) for at in (number, number + 1))
        world.produce(messages[since:until])
        time.sleep(generator.uniform(0.5, 2))
        members.replace()
        victim = generator.choice(members.processes)
        if event == "alone":
            members.kill(victim)
        elif event == "family":
            members.kill_with_children(victim)
        elif event == "freeze":
            members.freeze(victim, FREEZE)
        else:
            outage(world.broker if event == "broker" else world.database)
    world.wait_loaded(members.replace)
    time.sleep(FREEZE)  # who is frozen goes on, and finds that it is no member any more
    world.wait_loaded(members.replace)
    require("statuses of the members", members.stop(60), [0, 0, 0])
    return {"deaths": members.killed, "between commits": world.spent("kill"),
            "frozen": events.count("freeze") + world.spent("freeze"),
            "broker": events.count("broker"), "database": events.count("database")}


def wrong_files(content):
    header = content.splitlines(keepends=True)[0]
    return [(b"bme280-empty.csv", b""), (b"bme280-column.csv", content.replace(b"pressure", b"presure", 1)),
            (b"notes.csv", b"Milk\nBread\n"), (b"bme280-garbage.csv", random.Random(1).randbytes(2000)),
            (b"bme280-torn.csv", header + b'1,2,"3')]


def message_is_a_file(base, broker, database):
    world = World(base, broker, database, "file", "files")
    contents = given.cut(given.table(150_000), 300)
    expected = count.Expected(contents)
    wrong = wrong_files(contents[0])
    messages = [(f"bme280-{number:05}.csv".encode(), content) for number, content in enumerate(contents)] + wrong
    messages += messages[::20]  # from a producer that sends again
    random.Random(2).shuffle(messages)
    hurts = hurt(world, messages, lambda: ["--messages", "12", "--linger", "0.5"])
    figures = count.require(expected, world.environment)
    require("files in the ledger", count.number(world.environment, "SELECT count(*) FROM sp.ingest"), len(contents))
    found, sent = world.rejects()
    rows, refused, errors = set(), set(), set()
    for each in found.values():
        if each.headers.get("status") == "0":
            rows.update(each.value.decode().splitlines()[1:])
        elif each.headers.get("status") == "65":
            refused.add(each.value)
        else:
            errors.update(each.value.splitlines())
    require("rejected rows in the topic", rows, set(expected.rejected))
    require("what was wrong with them", len(errors), expected.violations)
    require("refused files in the topic", refused, {value for _, value in wrong})
    return {**hurts, **figures, "rejects": f"{len(found)} keys, {sent} sent"}


def message_is_a_reading(base, broker, database):
    world = World(base, broker, database, "reading", "readings")
    content = given.table(70_000, seed=2)
    expected = count.Expected([content])
    objects = list(given.as_objects(content))
    wrong = [b"not json", b"[1, 2]", b'{"sensor_id": 1,', b"", b'{"sensor_id": 7, "x": [1]}']
    messages = [(value[13:17], value) for value in objects + wrong]
    messages += messages[::50]
    random.Random(2).shuffle(messages)
    hurts = hurt(world, messages, lambda: ["--messages", str(random.randint(300, 3000)), "--linger", "0.5"])
    figures = count.require(expected, world.environment)
    found, sent = world.rejects()
    lines, rejected = content.decode().splitlines()[1:], set(expected.rejected)
    wanted = {value for line, value in zip(lines, objects) if line in rejected}
    reasons = {each.value: each.headers["reason"] for each in found.values()}
    require("rejected readings in the topic", reasons.keys(), wanted | set(wrong))
    require("what was wrong with them", sum(len(json.loads(reasons[value])) for value in wanted), expected.violations)
    known = count.number(world.environment, "SELECT sum(rows_known) FROM sp.ingest")
    return {**hurts, **figures, "known": known, "rejects": f"{len(found)} keys, {sent} sent"}


class Operation:
    """Long runs, signals, outages and metrics, with a member or two whom nobody kills."""

    def __init__(self, base, broker, database):
        self.world = World(base, broker, database, "file", "operation")
        self.world.configure({"max.poll.interval.ms": 15000})
        self.contents = given.cut(given.table(4000, seed=3), 8)
        self.files = iter(self.contents)
        self.metrics = base / "operation/member.prom"

    def start(self):
        return self.world.start("--metrics", self.metrics, "--linger", "0.1")

    def send(self, name):
        self.world.produce([(name.encode(), next(self.files))])

    def await_run(self, name):
        chaos.wait_until(lambda: name in self.world.ran(), f"{name} is at work")

    def end(self, member, within, signals=1):
        begin = time.monotonic()
        for _ in range(signals):
            member.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        require("status after SIGTERM", member.wait(60), 0)
        require(f"end within {within} s", time.monotonic() - begin < within, True)
        require("metrics that are left", self.metrics.exists(), False)

    def long_run(self):
        """Longer than max.poll.interval.ms, and another member comes meanwhile: the run is not repeated."""
        member = self.start()
        self.send("sleep-25.csv")
        self.await_run("sleep-25.csv")
        other = self.world.start()
        self.world.wait_loaded()
        require("runs", self.world.ran(), ["sleep-25.csv"])
        other.terminate()
        require("status of the other", other.wait(60), 0)
        return member

    def stopped_at_work(self, member):
        self.send("sleep-4.csv")
        self.await_run("sleep-4.csv")
        self.end(member, within=10)
        require("lag after the end", self.world.group.lag(), 0)

    def given_up(self):
        member = self.start()
        self.send("bme280-sleep-20.csv")
        self.await_run("bme280-sleep-20.csv")
        self.end(member, within=5, signals=2)
        require("lag after the second signal", self.world.group.lag(), 1)

    def without_database(self):
        """Lag and failing are told; SIGTERM does not wait for the database."""
        self.world.database.stop("immediate")
        member = self.start()
        self.send("c.csv")

        def is_told():
            told = read_metrics(self.metrics)
            lag = sum(told.get("sp_kafka_lag_messages", {}).values())
            return "sp_kafka_failing_since_timestamp_seconds" in told and lag == 2
        chaos.wait_until(is_told, "the metrics tell of the lag")
        self.end(member, within=5)
        self.world.database.start()

    def crash(self):
        member = self.start()
        self.world.wait_loaded()
        self.send("crash.csv")
        self.world.wait_loaded()
        chaos.wait_until(lambda: set(read_metrics(self.metrics).get("sp_kafka_lag_messages", {1: 1}).values()) == {0},
                         "the metrics tell of no lag")
        require("runs of what crashes", self.world.ran().count("crash.csv"), 5)
        found, _ = self.world.rejects()
        require("refused", {each.headers["name"]: each.headers["status"] for each in found.values()
                            if each.headers.get("status", "0") != "0"}, {"crash.csv": "70"})
        self.end(member, within=5)


def operation(base, broker, database):
    scenes = Operation(base, broker, database)
    scenes.stopped_at_work(scenes.long_run())
    scenes.given_up()
    scenes.without_database()
    scenes.crash()
    return count.require(count.Expected(scenes.contents[:4]), scenes.world.environment)


def cpu(base, broker, database, kind):
    """CPU seconds beside those of sp-watch alone on the same files, in turns."""
    table = given.table(600_000, seed=4, defects=1)
    expected = count.Expected([table])
    contents = given.cut(table, 300 if kind == "file" else 30)
    if kind == "reading":
        contents = [b"".join(each + b"\n" for each in given.as_objects(content)) for content in contents]
    paths = given.write_files(base / f"files of {kind}", contents)
    messages = [(path.name.encode(), content) for path, content in zip(paths, contents)]
    if kind == "reading":
        messages = [(None, line) for content in contents for line in content.splitlines()]
    seconds = collections.Counter()
    for turn in range(2):
        world = World(base, broker, database, kind, f"cpu_{kind}_{turn}")
        watched = shutil.copytree(paths[0].parent, world.base / "watched")
        command = ["sp-watch", "--once", "--quiet", "--settle", "0", "--batch", "100", watched, "--",
                   "sp-pipeline", "--quiet", "{+}"]
        alone = {**world.environment, **database.new(f"alone_{kind}_{turn}")}
        with machine.Cpu(database=database.pid()) as watch:
            subprocess.run(command, env=alone, check=False)
        world.produce(messages)
        with machine.Cpu(database=database.pid(), broker=broker.pid()) as kafka:
            member = world.start(command=["sp-pipeline", "--quiet", "{+}"])
            world.wait_loaded(pause=2)
            member.terminate()
            require("status", member.wait(60), 0)
        seconds.update({"sp-watch s": watch.all, "of it database": watch.seconds["database"], "kafka s": kafka.all,
                        **{f"of it {part}": value for part, value in kafka.seconds.items() if part != "database"},
                        "and database": kafka.seconds["database"]})
    figures = count.require(expected, world.environment)
    ratios = [(seconds["kafka s"] - without) / seconds["sp-watch s"] for without in (0, seconds["of it broker"])]
    return {**figures, **{name: f"{value:.2f}" for name, value in seconds.items()},
            "ratio": "{:.2f}, without the broker {:.2f}".format(*ratios)}


SCENARIOS = {"message = file": message_is_a_file, "message = reading": message_is_a_reading, "operation": operation,
             "cpu, files": functools.partial(cpu, kind="file"), "cpu, readings": functools.partial(cpu, kind="reading")}


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="sp-engines."))
    base.chmod(0o755)  # the server's user has to reach it
    rows = []
    with (machine.Database(str(base / "postgres")) as database, Broker(base / "kafka") as broker,
          contextlib.ExitStack() as last):
        last.callback(chaos.end_all)
        for name in sys.argv[1:] or SCENARIOS:
            begin = time.monotonic()
            rows.append({"scenario": name, **SCENARIOS[name](base, broker, database)})
            rows[-1]["s"] = round(time.monotonic() - begin)
            print(f"{name}: {rows[-1]['s']} s", flush=True)
    for scenario in rows:
        print()
        machine.print_table([scenario])
    shutil.rmtree(base)  # what failed can be looked at


if __name__ == "__main__":
    main()
