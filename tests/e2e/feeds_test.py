"""The recipes of sp-cookbook(7) by which files come in."""
import datetime
import http.server
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import unittest

from cookbook import Recipe, needs, recipe
from workbook import write_workbook
from workplace import SOURCE, STAGE, wait_until


class Feeds(Recipe):
    def test_several_networks(self):
        (block,) = recipe("Several networks in one folder")
        self.roof_schema()
        self.drop("roof.csv", self.roof("7,2024-07-01T10:00:00Z,20.5"))
        shutil.copy(SOURCE / "examples/networks/cityair.csv", self.base / "air.csv")
        self.drop("air.csv", (self.base / "air.csv").read_bytes())
        shown = self.run_block(block)
        self.assertIn("air.schema.json", shown)
        self.assertRegex(shown, r"city air +\| +\d")
        self.assertRegex(shown, r"roof +\| +1")

    def test_cron(self):
        (table,) = recipe("A line of cron instead of sp-watch")
        *settings, line = table.splitlines()
        self.roof_schema()
        export = self.save("srv/export/roof.csv", self.roof("7,2024-07-01T10:00:00Z,20.5").decode())
        environment = {"HOME": "/", "SHELL": "/bin/sh"}
        environment.update(self.here(setting).split("=", 1) for setting in settings)
        environment["PATH"] = environment["PATH"].replace("/usr/local/bin", f"{STAGE}/bin")
        environment.update({name: self.environment[name] for name in ("PGDATABASE", "PGHOST", "PGPORT", "PGUSER")})
        for readings in (1, 1, 2):
            if readings == 2:
                with open(export, "a") as file:
                    file.write("7,2024-07-01T11:00:00Z,21\n")
            said = self.run_tool("sh", "-c", self.here(line.split(maxsplit=5)[5]), environment=environment)
            self.assertEqual(said.stdout + said.stderr, b"")
            self.assertEqual(self.count("reading"), readings)

    def archive(self):
        for year in range(2000, 2006):
            rows = [f"{year},{year}-07-01T10:{minute:02}:00Z,20" for minute in range(20)]
            self.save(f"srv/archive/{year}/roof.csv", self.roof(*rows, f"{year},noon,20").decode())
        self.environment["SP_SCHEMA_DIR"] = str(self.schemas)
        self.roof_schema()

    def assert_archive_is_loaded(self):
        self.assertEqual(self.count("reading"), 120)
        self.assertEqual(self.count("ingest"), 6)
        self.assertEqual(len(list(self.base.glob("srv/archive/*/quarantine/*.errors.ndjson*"))), 6)

    def test_all_cores(self):
        block, _ = recipe("Years of files on all cores")
        self.archive()
        self.run_block(block)
        self.assert_archive_is_loaded()
        self.run_block(block)
        self.assert_archive_is_loaded()

    @needs("parallel")
    def test_all_cores_with_parallel(self):
        _, block = recipe("Years of files on all cores")
        self.archive()
        self.run_block(block)
        self.assert_archive_is_loaded()
        self.assertEqual(len((self.base / "load.log").read_text().splitlines()), 1 + 6)

    def serve(self, respond):
        """A web server whose address this returns; `respond` gets path and headers."""
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = respond(self.path, self.headers)
                self.send_response(200 if body is not None else 404)
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return f"http://127.0.0.1:{server.server_port}"

    @needs("curl")
    def test_sensor_community(self):
        (block,) = recipe("The daily files of sensor.community")
        yesterday = str(datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1))
        name = "bme280_sensor_90102"
        file = (SOURCE / f"examples/sensor.community/2024-01-15_{name}.csv").read_bytes()
        files = {f"/{yesterday}/{yesterday}_{name}.csv": file.replace(b"2024-01-15", yesterday.encode())}
        address = self.serve(lambda path, headers: files.get(path))
        shown = self.run_block(block.replace("https://archive.sensor.community", address))
        self.assertEqual(shown, f"no {yesterday}_sds011_sensor_90101.csv\n")
        shutil.copy(SOURCE / f"examples/sensor.community/{name.rsplit('_', 1)[0]}.schema.json", self.schemas)
        self.watch_once()
        self.assertEqual(self.sql("SELECT key, count(*) FROM sp.located_reading GROUP BY key"), [("90102", "3")])

    @needs("mosquitto", "mosquitto_sub", "mosquitto_pub")
    def test_mqtt(self):
        script, command, schema = recipe("MQTT")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = str(free.getsockname()[1])
        broker = subprocess.Popen(["mosquitto", "-p", port], env=self.environment, stderr=subprocess.DEVNULL)
        self.addCleanup(broker.wait)
        self.addCleanup(broker.terminate)
        program = self.save("mqtt-files", script.replace("-h localhost", f"-p {port}").replace("sleep 60", "sleep 0.5"))
        program.chmod(0o755)
        (self.schemas / "zigbee.schema.json").write_text(schema)

        def publish(topic, message, *flags):
            wait_until(lambda: subprocess.run(
                ["mosquitto_pub", "-p", port, "-t", topic, "-m", message, *flags], env=self.environment,
                stderr=subprocess.DEVNULL).returncode == 0, "the broker takes a message")
        publish("zigbee2mqtt/old", '{"temperature":1}', "-r")
        writer = subprocess.Popen(["bash", "-c", command], cwd=self.base, env=self.environment,
                                  stderr=subprocess.DEVNULL, start_new_session=True)
        self.addCleanup(writer.wait)
        self.addCleanup(os.killpg, writer.pid, signal.SIGTERM)

        def files():
            return sorted(self.folder.glob("zigbee.*.ndjson"))

        def subscribed():
            publish("zigbee2mqtt/nobody", "offline")
            publish("zigbee2mqtt/kitchen", '{"temperature":21.5,"humidity":40,"battery":97}')
            return files()
        wait_until(subscribed, "a file is there")
        publish("zigbee2mqtt/living room", '{"temperature":22,"humidity":41.5}')
        wait_until(lambda: any("living room" in file.read_text() for file in files()), "the next one is there")
        self.watch_once()
        self.assertEqual(self.sql("SELECT DISTINCT source, key, temperature, humidity, ts > now() - interval '1 min'"
                                  "  FROM sp.located_reading ORDER BY 2"),
                         [("zigbee", "kitchen", "21.5", "40", "t"), ("zigbee", "living room", "22", "41.5", "t")])
        self.assertEqual(self.count("rejection"), 0)

    @needs("curl", "jq")
    def test_the_things_network(self):
        (block,) = recipe("The Things Network")
        shutil.copy(SOURCE / "examples/networks/lorawan.schema.json", self.schemas)
        (self.base / "ttn.header").write_text("Authorization: Bearer NNSXS.KEY\n")

        def uplink(**message):
            return json.dumps({"result": {
                "end_device_ids": {"device_id": "bed-1", "application_ids": {"application_id": "my-app"},
                                   "dev_eui": "70B3D57ED005C129"},
                "received_at": "2024-05-02T06:00:11.868680817Z",
                "uplink_message": {"f_port": 1, "frm_payload": "AA==", **message}}}).encode() + b"\n"
        asked = []

        def respond(path, headers):
            asked.append((path, headers["Authorization"], headers["Accept"]))
            return uplink(decoded_payload={"soil_moisture": 31.5, "battery": 3612}) + b"\n" + uplink()
        address = self.serve(respond)
        self.run_block(block.replace("https://eu1.cloud.thethings.network", address))
        self.assertEqual(asked, [("/api/v3/as/applications/my-app/packages/storage/uplink_message?last=25h",
                                  "Bearer NNSXS.KEY", "text/event-stream")])
        self.watch_once()
        self.assertEqual(self.readings("soil_moisture", "battery"),
                         [("70b3d57ed005c129", "2024-05-02 06:00:11.868681", "31.5", "3.612")])

    @needs("xlsx2csv")
    def test_spreadsheet(self):
        (block,) = recipe("Spreadsheets")
        self.roof_schema()
        write_workbook(self.base / "roof.xlsx")
        self.run_block(block)
        self.watch_once()
        self.assertEqual(self.readings("temperature"),
                         [("7", "2024-07-01 10:00:00", "20.5"), ("7", "2024-07-01 10:10:00", "21")])


if __name__ == "__main__":
    unittest.main(verbosity=2)
