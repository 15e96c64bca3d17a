#!/usr/bin/env python3
"""Loads the messages of a topic of Kafka into PostgreSQL, each once: a member of a group of consumers.

A message is a file (--each file), or a reading, a JSON object, of which many are joined (--each reading). A command,
sp-pipeline unless another follows `--`, gets them as files, by the contract of sp-watch(1). Offsets are committed after
that; of what comes again sp-load knows the files, by their SHA-256, and the rows, by sensor and time.

Rejected rows and refused messages go to the topic of --rejects first, under keys that repeat with it; see README.md.
"""
import argparse
import collections
import contextlib
import json
import logging
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

from confluent_kafka import OFFSET_END, Consumer, KafkaException, Producer, TopicPartition

COMMAND = ["sp-pipeline", "--quiet", "{+}"]
MOST = {"file": 100, "reading": 20_000}  # messages in a run
# Exit statuses as sp-watch(1) has them, and signals from outside, as shells and Python tell them; others are crashes.
REFUSED, TROUBLE = 65, 75
SIGNALS = {signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGPIPE, signal.SIGTERM}
TRY_AGAIN = {64, 66, 74, TROUBLE, 78, 126, 127} | {128 + each for each in SIGNALS} | {-each for each in SIGNALS}
CRASHES, CHUNK = 5, 1000  # of a message alone, until it is refused; lines of errors in a message
LONGEST_PAUSE = 60  # s between two tries
LONG_RUN = 10       # s, from which on the group hears that we live; between two --metrics
ERRORS = ".errors.ndjson"


class Stopped(Exception):
    """A signal asked for the end before all was loaded: the messages come again, to whoever is there then."""


def place_of(message):
    return f"{message.topic()}/{message.partition()}/{message.offset()}"


def name_of(message):
    """The file's name: the header `name`, or the key, or one of our own where that is none."""
    given = dict(message.headers() or {}).get("name") or message.key() or b""
    name = given.decode("utf-8", "replace").rpartition("/")[2]
    is_one = re.fullmatch(r"[^.\0-\x1f][^\0-\x1f]*", name) and len(name.encode()) < 200 and not name.endswith(ERRORS)
    return name if is_one else place_of(message).replace("/", "-")


def name_of_rejects(name):
    return re.sub(r"\.(gz|zst|xz|bz2)$", "", name)


class Member:
    def __init__(self, options, command, settings):
        self.options, self.command, self.is_file = options, command, options.each == "file"
        self.batch = []                   # what is loaded, or will be next; not what another member has by now
        self.ahead = collections.deque()  # received after it
        self.stopping, self.process, self.paused, self.next_look = False, None, False, 0
        self.ends, self.lag, self.failing = {}, {}, None  # ends: of partitions, loaded and not committed yet
        self.consumer = Consumer({
            "auto.offset.reset": "earliest", "partition.assignment.strategy": "cooperative-sticky",
            "reconnect.backoff.ms": 1000, **settings, "group.id": options.group, "enable.auto.commit": False})
        self.producer = Producer({
            "compression.type": "zstd", "message.max.bytes": 10**9, "queue.buffering.max.messages": 10**7,
            **{key: it for key, it in settings.items() if re.match(r"(bootstrap|client|sasl|security|.*ssl)\.", key)},
            "reconnect.backoff.ms": 1000, "enable.idempotence": True, "message.timeout.ms": 0})

    def run(self):
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, self.stop)
        self.consumer.subscribe([self.options.topic], on_revoke=self.revoked)
        with contextlib.suppress(Stopped):
            while self.gather():
                self.load(self.batch)
                self.commit()
        self.consumer.close()
        if self.options.metrics:
            self.options.metrics.unlink(missing_ok=True)  # others tell of our partitions now

    def stop(self, number, _):
        """The first signal lets the command end, but not wait for a database; the second ends it."""
        with contextlib.suppress(AttributeError, ProcessLookupError):
            os.killpg(self.process.pid, number if self.stopping else signal.SIGURG)
        self.stopping = True

    def revoked(self, _, partitions):
        """What we hold of them comes again, to the next owner."""
        self.consumer.resume(partitions)  # otherwise they are paused where they come back
        lost = {each.partition for each in partitions}
        self.ends = {partition: end for partition, end in self.ends.items() if partition not in lost}
        self.batch = [each for each in self.batch if each.partition() not in lost]
        self.ahead = collections.deque(each for each in self.ahead if each.partition() not in lost)
        self.lag.clear()

    def gather(self):
        """A batch as large as --messages, --bytes and --linger allow, of different names; false where we stop."""
        self.batch, names, size, until = [], set(), 0, None
        most = self.options.messages or MOST[self.options.each]
        while not self.stopping:
            while self.ahead:
                name = name_of_rejects(name_of(self.ahead[0])) if self.is_file else len(names)
                if len(self.batch) >= most or size >= self.options.bytes or name in names:
                    return True
                names.add(name)
                self.batch.append(self.ahead.popleft())
                size += len(self.batch[-1].value() or b"")
                until = until or time.monotonic() + self.options.linger
            left = until - time.monotonic() if until else 1
            if left <= 0:
                return True
            self.take(self.consumer.consume(1 if self.is_file else 1000, min(left, 0.5)))
            self.commit_ends()
            self.look()
        return False

    def take(self, messages):
        for message in messages:
            if message.error() is None:
                self.ahead.append(message)
            elif message.error().fatal():
                raise KafkaException(message.error())
            else:
                logging.warning("%s", message.error().str())

    def commit(self):
        while self.producer.flush(1):
            self.stay()
        self.failing = None
        self.ends |= {each.partition(): TopicPartition(each.topic(), each.partition(), each.offset() + 1)
                      for each in self.batch}
        self.commit_ends()
        if self.paused:
            self.consumer.resume(self.consumer.assignment())
            self.paused = False

    def commit_ends(self):
        with contextlib.suppress(KafkaException):  # tried again, unless we lose it: then it comes to its next owner
            if self.ends:
                self.consumer.commit(offsets=[*self.ends.values()], asynchronous=False)
            self.ends = {}

    def stay(self, seconds=0.0):
        """Stays a member during a long run. A pause costs what was fetched ahead, so short ones have none."""
        if self.stopping and not self.process:
            raise Stopped
        self.consumer.pause(self.consumer.assignment())
        self.paused = True
        self.take(filter(None, [self.consumer.poll(seconds)]))
        self.look()

    def look(self):
        """Writes --metrics, for the textfile collector of node_exporter."""
        path = self.options.metrics
        if not path or time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + LONG_RUN
        with contextlib.suppress(KafkaException):  # no broker: the numbers stay
            own = self.consumer.committed(self.consumer.assignment(), 5)
            ends = [TopicPartition(each.topic, each.partition, OFFSET_END) for each in own]
            for place, end in zip(own, self.consumer.offsets_for_times(ends, 5)):
                self.lag[f',partition="{place.partition}"'] = end.offset - max(0, place.offset)
        text, labels = "", f'topic="{self.options.topic}",group="{self.options.group}",member="{path.stem}"'
        for name, meaning, samples in (
                ("lag_messages", "Messages in a partition of this member that are not loaded yet.", self.lag),
                ("look_timestamp_seconds", "When these numbers were taken.", {"": time.time()}),
                ("failing_since_timestamp_seconds", "The first try that failed since.", {"": self.failing})):
            text += f"# HELP sp_kafka_{name} {meaning}\n# TYPE sp_kafka_{name} gauge\n" + "".join(
                f"sp_kafka_{name}{{{labels}{own}}} {it:.14g}\n" for own, it in samples.items() if it is not None)
        pathlib.Path(f"{path}.tmp").write_text(text)
        os.replace(f"{path}.tmp", path)

    def load(self, messages):
        """Until each is in the database or in --rejects. Halves find the one that is to blame."""
        crashes, pause = 0, 1
        while True:
            own = set(map(id, self.batch))
            messages = [each for each in messages if id(each) in own and each.value() is not None]
            status, reason = self.attempt(messages) if messages else (0, "")
            if status == 0:
                return
            if self.stopping and status != REFUSED:
                raise Stopped
            if status in TRY_AGAIN:
                logging.warning("status %s, again in %s s: %s", status, pause, reason)
                self.failing = self.failing or time.time()
                for _ in range(pause):
                    self.stay(1)
                pause = min(2 * pause, LONGEST_PAUSE)
            elif len(messages) > 1:
                self.load(messages[:len(messages) // 2])
                messages = messages[len(messages) // 2:]
            elif status == REFUSED or (crashes := crashes + 1) == CRASHES:
                self.refuse(messages[0], status, reason)
                return

    def attempt(self, messages):
        """A run of the command: its status, or that of a file of several messages; and why."""
        if not self.is_file and not messages[0].value().lstrip().startswith(b"{"):
            return REFUSED, "not a JSON object"  # by its first line a file is taken for NDJSON
        with tempfile.TemporaryDirectory(prefix="sp-kafka.") as run:
            run = pathlib.Path(run)
            for name in ("files", "tmp", "quarantine"):
                (run / name).mkdir()
            files = {name_of(each): [each] for each in messages} if self.is_file else {
                place_of(messages[0]).replace("/", "-") + ".ndjson": messages}
            for name, those in files.items():
                lines = (each.value().replace(b"\n", b" ").replace(b"\r", b" ") + b"\n" for each in those)
                (run / "files" / name).write_bytes(those[0].value() if self.is_file else b"".join(lines))
            status, reason = self.execute(run, [str(run / "files" / name) for name in files])
            return self.settle(run, files) if status == 0 else (status, reason)

    def execute(self, run, paths):
        command = [part for word in self.command for part in (paths if word == "{+}" else [word])]
        environment = {"SP_RETRY_FOR": "10s", **os.environ, "SP_TMPDIR": str(run / "tmp"),
                       "SP_QUARANTINE": str(run / "quarantine"), "SP_OUTCOMES": str(run / "outcomes")}
        with open(run / "said", "w") as said:
            self.process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stderr=said,
                                            start_new_session=True)
        while self.process.returncode is None:
            try:
                self.process.wait(1 if self.paused else LONG_RUN)
            except subprocess.TimeoutExpired:
                self.stay()
        status, self.process = self.process.returncode, None
        text = (run / "said").read_text(errors="replace").replace(f"{run}/files/", "")
        sys.stderr.write(text)
        return status, text.strip().rpartition("\n")[2]

    def settle(self, run, files):
        """After a run that ended well: what it refused or rejected goes to --rejects."""
        path = run / "outcomes"
        outcomes = map(json.loads, path.read_text().splitlines() if path.exists() else ())
        fates = {os.path.basename(each["file"]): (each["status"], each.get("reason")) for each in outcomes}
        for name, messages in files.items():
            status, reason = fates.get(name, (0, ""))
            if status == REFUSED and len(messages) == 1:
                self.refuse(messages[0], status, reason)
            elif status != 0:
                return status, reason
            elif (rows := run / "quarantine" / name_of_rejects(name)).exists():
                errors = rows.with_name(rows.name + ERRORS).read_text().replace(f"{run}/files/", "").splitlines()
                (self.reject_rows if self.is_file else self.reject_readings)(messages, rows, errors)
        return 0, ""

    def refuse(self, message, status, reason):
        logging.warning("%s is refused (%s): %s", place_of(message), status, reason)
        self.reject(place_of(message), message.value(), name=name_of(message), status=status, reason=reason)

    def reject_rows(self, messages, rows, errors):
        place, name = place_of(messages[0]), name_of(messages[0])
        self.reject(place, rows.read_bytes(), name=name, status=0, reason="rejected rows")
        for at in range(0, len(errors), CHUNK):
            self.reject(f"{place}/{at}", "\n".join(errors[at:at + CHUNK]).encode(), name=name + ERRORS)

    def reject_readings(self, messages, _, errors):
        of_line = collections.defaultdict(list)
        for error in map(json.loads, errors):
            of_line[error["line"]].append({key: it for key, it in error.items() if key not in ("file", "row", "line")})
        for line, those in of_line.items():
            self.reject(place_of(messages[line - 1]), messages[line - 1].value(), status=0, reason=json.dumps(those))

    def reject(self, key, value, **headers):
        def must_arrive(error, _):
            if error:
                raise KafkaException(error)
        headers = {name: str(it).encode() for name, it in headers.items()}
        topic = self.options.rejects or f"{self.options.topic}.rejects"
        self.producer.produce(topic, value, key, headers=headers, on_delivery=must_arrive)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("topic")
    add("--config", type=pathlib.Path, required=True, metavar="FILE", help="of librdkafka: bootstrap.servers=…")
    add("--each", choices=MOST, default="file", help="what a message is (%(default)s)")
    add("--group", default="sensor-pipeline", help="of consumers (%(default)s)")
    add("--rejects", metavar="TOPIC", help="for rejected rows and refused messages (TOPIC.rejects)")
    add("--messages", type=int, metavar="N", help=f"most in a run {MOST}")
    add("--bytes", type=int, default=64 << 20, metavar="N", help="of messages in a run (%(default)s)")
    add("--linger", type=float, default=1, metavar="SECONDS", help="how long a message waits for others (%(default)s)")
    add("--metrics", type=pathlib.Path, metavar="FILE", help="lag, for Prometheus")
    end = [*sys.argv, "--"].index("--")
    options, command = parser.parse_args(sys.argv[1:end]), sys.argv[end + 1:] or COMMAND
    logging.basicConfig(format="consume.py: %(levelname)s: %(message)s")
    settings = re.findall(r"^[ \t]*([^#=\s]+)[ \t]*=[ \t]*(.*?)[ \t]*$", options.config.read_text(), re.MULTILINE)
    try:
        Member(options, command, dict(settings)).run()
    except KafkaException as error:
        logging.error("%s", error)
        sys.exit(TROUBLE)


if __name__ == "__main__":
    main()
