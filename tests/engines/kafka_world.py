"""A topic, a group that loads it with deploy/kafka/consume.py, and the database that it loads into."""
import re
import sys

import chaos
import input as given
import kafka_topics
import machine

CONSUME = machine.SOURCE / "deploy/kafka/consume.py"
SESSION = 3  # s, after which the broker takes a member for dead
FREEZE = 3 * SESSION
# What the consumer runs: sp-pipeline, after which it kills or freezes the consumer where a token asks for that. The
# name of a file may ask for time, once, or for a crash.
COMMAND = """#!/bin/bash
printf '%s\\n' "${@##*/}" >>"$BASE/ran"
case "$*" in
  *sleep-*)
    seconds=${*##*sleep-} seconds=${seconds%%.*}
    mkdir "$BASE/slept-$seconds" 2>/dev/null && sleep "$seconds"
    ;;
  *crash*) exit 70 ;;
esac
sp-pipeline --quiet "$@" || exit
((RANDOM % 3)) && exit
token=$(ls "$BASE/tokens" | shuf -n 1)
[[ $token ]] && mv "$BASE/tokens/$token" "$BASE/spent" 2>/dev/null || exit 0
case $token in
  kill*) kill -KILL $PPID ;;
  freeze*) kill -STOP $PPID; (sleep "$FREEZE"; kill -CONT $PPID) & ;;
esac
"""


class World:
    """`kind`: what a message is. The folder keeps what members said in `log`."""

    def __init__(self, base, broker, database, kind, topic):
        self.broker, self.database, self.kind, self.topic = broker, database, kind, topic
        self.base = base / topic
        for folder in ("tokens", "spent", "tmp"):
            (self.base / folder).mkdir(parents=True)
        self.log = open(self.base / "log", "wb")
        self.command = self.base / "command"
        self.command.write_text(COMMAND)
        self.command.chmod(0o755)
        self.configure({})
        schema = given.SCHEMA if kind == "file" else given.write_schema_of_objects(self.base / "schema.json")
        self.environment = {**database.new(topic), "SP_SCHEMA": str(schema), "BASE": str(self.base),
                            "FREEZE": str(FREEZE), "TMPDIR": str(self.base / "tmp")}
        self.group = kafka_topics.Group(broker, topic, topic)
        broker.new_topic(topic, 8)
        broker.new_topic(f"{topic}.rejects", 1)

    def configure(self, settings):
        settings = {"bootstrap.servers": self.broker.address, "session.timeout.ms": 1000 * SESSION,
                    "heartbeat.interval.ms": 500, "log_level": 0, **settings}
        (self.base / "kafka.properties").write_text("".join(f"{name}={value}\n" for name, value in settings.items()))

    def start(self, *flags, command=None):
        words = [sys.executable, CONSUME, "--config", self.base / "kafka.properties", "--group", self.topic,
                 "--each", self.kind, *flags, self.topic, "--", *(command or [self.command, "{+}"])]
        return chaos.start([str(word) for word in words], self.environment, self.log)

    def produce(self, messages):
        kafka_topics.produce(self.broker, self.topic, messages)

    def put_token(self, kind, number):
        for each in range(number):
            (self.base / f"tokens/{kind}{each}").touch()

    def spent(self, kind):
        return len(list((self.base / "spent").glob(f"{kind}*")))

    def ran(self):
        """Names of the files of all runs."""
        path = self.base / "ran"
        return path.read_text().split() if path.exists() else []

    def wait_loaded(self, step=lambda: None, pause=0.2):
        def is_loaded():
            step()
            return self.group.lag() == 0
        chaos.wait_until(is_loaded, f"all of {self.topic} is committed", pause=pause)

    def rejects(self):
        return kafka_topics.rejects(self.broker, f"{self.topic}.rejects")


def read_metrics(path):
    """{name: {labels: value}}; raises where a line is none of the format's."""
    found = {}
    for line in path.read_text().splitlines() if path.exists() else ():
        if not re.fullmatch(r"# (HELP \w+ .+|TYPE \w+ gauge)", line):
            name, labels, value = re.fullmatch(r'(\w+)\{((?:\w+="[^"]*",?)+)\} ([-+.\de]+)', line).groups()
            found.setdefault(name, {})[labels] = float(value)
    return found
