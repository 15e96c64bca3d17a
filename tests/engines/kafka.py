"""Scenarios of deploy/kafka on a real broker: members die and freeze, the broker and the database go and come back,
and each reading is in the database once, each rejected one in its topic. Run by scripts/engines.
"""
import pathlib
import shutil
import tempfile

import machine
from kafka_broker import Broker


def main():
    base = pathlib.Path(tempfile.mkdtemp(prefix="sp-engines."))
    base.chmod(0o755)  # the server's user has to reach it
    try:
        with machine.Database(str(base / "postgres")), Broker(base / "kafka") as broker:
            broker.new_topic("files", 8)
            machine.print_table([{"scenario": "broker", "port": broker.port}])
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main()
