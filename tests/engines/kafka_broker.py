"""A real Kafka of one node (KRaft) on loopback, of the jars that scripts/engines fetched."""
import pathlib
import random
import signal
import socket
import subprocess
import time

from confluent_kafka.admin import AdminClient, NewTopic

JARS = pathlib.Path(__file__).resolve().parents[2] / "build/engines/kafka/broker"
CLUSTER = "c2Vuc29yLXBpcGVsaW5lLQ"  # an id
PATIENCE = 60  # seconds until it must answer
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
log.dirs={folder}/logs
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=2000
message.max.bytes=16777216
"""


class Broker:
    """Use `with`. `folder` is new. After kill() and start() it goes on with what it had."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.port = random.randint(20000, 30000)
        self.server = None

    def _java(self, heap, name, *arguments, **more):
        # Beside the tests on few cores: a small heap, one thread of garbage collection.
        options = ["-XX:+UseSerialGC", f"-Xmx{heap}", "-cp", f"{JARS}/*"]
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(["java", *options, name, *arguments], stdout=log, stderr=log,
                                    start_new_session=True, **more)

    def __enter__(self):
        self.folder.mkdir()
        properties = self.folder / "server.properties"
        properties.write_text(PROPERTIES.format(folder=self.folder, port=self.port, controller=self.port + 1))
        storage = self._java("128m", "kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", properties)
        if storage.wait() != 0:
            raise RuntimeError(f"the broker's folder cannot be made; see {self.folder}/log")
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()

    def start(self):
        self.server = self._java("512m", "kafka.Kafka", self.folder / "server.properties")
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                if self.server.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"the broker does not answer; see {self.folder}/log") from None
                time.sleep(0.1)

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server.wait()

    def pid(self):
        return self.server.pid

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def new_topic(self, name, partitions, **settings):
        topic = NewTopic(name, partitions, 1, config={"max.message.bytes": "16777216", **settings})
        admin = AdminClient({"bootstrap.servers": self.address})  # it must live until the answer
        admin.create_topics([topic])[name].result(PATIENCE)
