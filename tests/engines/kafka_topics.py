"""What goes into topics and what is in them: messages, the place of a group, the topic of rejects."""
import collections
import uuid

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

QUIET = {"log_level": 0}  # the broker goes away on purpose


def produce(broker, topic, messages):
    """(key, value) of each; returns when all are delivered."""
    producer = Producer({"bootstrap.servers": broker.address, "enable.idempotence": True, "compression.type": "zstd",
                         "message.max.bytes": 16_000_000, **QUIET})
    failed = []
    for key, value in messages:
        producer.produce(topic, value, key, on_delivery=lambda error, _: error and failed.append(error))
        if len(producer) > 50_000:
            producer.poll(1)
    if producer.flush(120) or failed:
        raise RuntimeError(f"not delivered: {failed[:3]}")


class Group:
    """The place of a group in a topic, asked by somebody who is no member."""

    def __init__(self, broker, topic, group):
        self.topic = topic
        self.consumer = Consumer({"bootstrap.servers": broker.address, "group.id": group, **QUIET})

    def lag(self):
        """Messages that are not committed; None where the broker does not say."""
        try:
            partitions = self.consumer.list_topics(self.topic, 5).topics[self.topic].partitions
            places = self.consumer.committed([TopicPartition(self.topic, each) for each in partitions], 5)
            return sum(self.consumer.get_watermark_offsets(each, 5)[1] - max(0, each.offset) for each in places)
        except KafkaException:
            return None


Rejected = collections.namedtuple("Rejected", "value headers")


def rejects(broker, topic):
    """Key -> the last message under it, as compaction leaves it; and how many there were in all."""
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": uuid.uuid4().hex,
                         "enable.partition.eof": True, "auto.offset.reset": "earliest"})
    partitions = [TopicPartition(topic, each, 0) for each in consumer.list_topics(topic, 10).topics[topic].partitions]
    consumer.assign(partitions)
    found, count, ended = {}, 0, 0
    while ended < len(partitions):
        message = consumer.poll(10)
        if message is None or message.error():
            ended += 1
            continue
        count += 1
        headers = {name: value.decode() for name, value in message.headers() or ()}
        found[message.key().decode()] = Rejected(message.value(), headers)
    consumer.close()
    return found, count
