"""Each schema of examples/ with its file, through all tools into the database, and into the table that
sp-schema show --as ddl makes of it."""
import json
import shutil
import unittest

from workplace import SOURCE, Workplace

EXAMPLES = SOURCE / "examples"
QUANTITIES = ("pressure", "temperature", "humidity", "pm10", "pm2_5")

# schema, file -> rows read, passed, rejected, loaded, not loaded; violations (row, field, code, constraint);
# readings (key, time, place, `quantities`), sensors (key, type, source) and places (key, latitude, longitude).
CASES = {
    ("sensor.community/sds011_sensor", "2024-01-15_sds011_sensor_90101.csv"): {
        "ledger": (6, 5, 1, 5, 0),
        "violations": [(5, "P1", "constraint-error", "minimum")],
        "reading": [
            ("90101", "2024-01-15 00:00:52", "45001", "", "", "", "38.2", "21.43"),
            ("90101", "2024-01-15 00:03:19", "45001", "", "", "", "40.57", "22.08"),
            ("90101", "2024-01-15 00:05:46", "45001", "", "", "", "1999.9", "999.9"),
            ("90101", "2024-01-15 00:08:13", "45001", "", "", "", "", "20.75"),
            ("90101", "2024-01-15 00:13:08", "45001", "", "", "", "37.9", "19.98"),
        ],
        "sensor": [("90101", "SDS011", "sensor.community")],
        "location": [("45001", "42.698", "23.322")],
    },
    ("sensor.community/bme280_sensor", "2024-01-15_bme280_sensor_90102.csv"): {
        "ledger": (5, 3, 2, 3, 0),
        "violations": [(3, "pressure", "constraint-error", "minimum"),
                       (3, "temperature", "constraint-error", "minimum"),
                       (5, None, "primary-key", "primaryKey")],
        "reading": [
            ("90102", "2024-01-15 00:00:55", "45001", "948.1231", "-3.52", "81.2", "", ""),
            ("90102", "2024-01-15 00:03:22", "45001", "948.1006", "-3.56", "81.44", "", ""),
            ("90102", "2024-01-15 00:08:16", "45001", "948.0794", "", "82.01", "", ""),
        ],
        "sensor": [("90102", "BME280", "sensor.community")],
        "location": [("45001", "42.698", "23.322")],
    },
    ("sensor.community/dht22_sensor", "2024-01-15_dht22_sensor_90103.csv"): {
        "ledger": (4, 3, 1, 3, 0),
        "violations": [(4, "timestamp", "type-error", None)],
        "reading": [
            ("90103", "2024-01-15 00:01:04", "45002", "", "-1.2", "99.9", "", ""),
            ("90103", "2024-01-15 00:03:31", "45002", "", "-1.3", "99.9", "", ""),
            ("90103", "2024-01-15 00:05:58", "45002", "", "-1.3", "", "", ""),
        ],
        "sensor": [("90103", "DHT22", "sensor.community")],
        "location": [("45002", "48.137", "11.575")],
    },
    ("sensor.community/pms7003_sensor", "2024-01-15_pms7003_sensor_90104.csv"): {
        "ledger": (4, 3, 1, 3, 0),
        "violations": [(4, "location", "constraint-error", "required")],
        "reading": [
            ("90104", "2024-01-15 00:00:25", "45003", "", "", "", "21", "17"),
            ("90104", "2024-01-15 00:02:51", "45003", "", "", "", "22.5", "18.25"),
            ("90104", "2024-01-15 00:05:17", "45003", "", "", "", "", "18"),
        ],
        "sensor": [("90104", "PMS7003", "sensor.community")],
        "location": [("45003", "-33.449", "-70.669")],
    },
    ("networks/klimanetz", "klimanetz.csv"): {
        "ledger": (7, 4, 3, 4, 0),
        "violations": [(3, "Messzeit", "type-error", None), (6, "Messzeit", "type-error", None),
                       (7, "Lufttemperatur", "type-error", None)],
        "reading": [
            ("12", "2024-03-30 22:50:00", "", "1009.2", "8.4", "71.5", "", ""),
            ("12", "2024-03-31 00:50:00", "", "1008.8", "7.9", "73", "", ""),
            ("12", "2024-03-31 01:00:00", "", "", "7.6", "", "", ""),
            ("13", "2024-03-31 01:00:00", "", "998.4", "", "74", "", ""),
        ],
        "sensor": [("12", "WS-9", "Klimanetz"), ("13", "WS-9", "Klimanetz")],
        "location": [],
    },
    ("networks/harbour", "harbour.csv"): {
        "ledger": (5, 3, 2, 3, 0),
        "violations": [(4, "temp_f", "constraint-error", "maximum"), (5, None, "primary-key", "primaryKey")],
        "reading": [
            ("501", "2024-06-01 12:00:00", "7001", "1013.21", "15", "", "", ""),
            ("501", "2024-06-01 12:10:00", "7001", "1012.87", "15.5", "", "", ""),
            ("501", "2024-06-01 12:20:00.5", "7001", "1012.53", "", "", "", ""),
        ],
        "sensor": [("501", "buoy", "harbour")],
        "location": [("7001", "43.657", "-70.246")],
    },
    ("networks/logger", "logger.txt"): {
        "ledger": (4, 3, 1, 3, 0),
        "violations": [(4, "temperature", "constraint-error", "minimum")],
        "reading": [
            ("31", "2024-01-01 00:00:00", "", "", "21.5", "48", "", ""),
            ("31", "2024-01-01 00:10:00", "", "", "21.4", "48.25", "", ""),
            ("31", "2024-01-01 00:20:00", "", "", "", "47.5", "", ""),
        ],
        "sensor": [("31", "logger", "cellar")],
        "location": [],
    },
    ("networks/cityair", "cityair.csv"): {
        "ledger": (4, 3, 1, 3, 0),
        "violations": [(4, "no2", "constraint-error", "minimum")],
        "quantities": ("no2", "wind_direction", "state"),
        "reading": [
            ("Am Markt%2FNord/1", "2024-03-30 22:00:00", "", "21.4", "350", "ok"),
            ("Am Markt%2FNord/1", "2024-03-30 23:00:00", "", "19.8", "10", "ok"),
            ("Süd/1", "2024-03-30 23:00:00", "", "33.1", "", "calibrating"),
        ],
        "sensor": [("Am Markt%2FNord/1", "AQ-400", "cityair"), ("Süd/1", "AQ-400", "cityair")],
        "location": [],
    },
    ("networks/lorawan", "lorawan.ndjson"): {
        "ledger": (4, 3, 1, 3, 0),
        "violations": [(4, "dev_eui", "constraint-error", "pattern")],
        "quantities": ("soil_moisture", "battery"),
        "reading": [
            ("70b3d57ed005c129", "2024-05-02 06:00:11", "", "31.5", "3.612"),
            ("70b3d57ed005c129", "2024-05-02 07:00:12", "", "", "3.609"),
            ("70b3d57ed005c12a", "2024-05-02 06:00:14", "", "28.25", "3.54"),
        ],
        "sensor": [("70b3d57ed005c129", "SM-1", "fields"), ("70b3d57ed005c12a", "SM-1", "fields")],
        "location": [],
    },
    ("networks/openaq", "openaq.csv"): {
        "ledger": (9, 6, 2, 3, 0),
        "violations": [(4, "value", "constraint-error", "minimum"), (9, "units", "constraint-error", "enum")],
        "reading": [
            ("2178", "2024-01-01 08:00:00", "2178", "", "10", "", "12", "4.5"),
            ("2178", "2024-01-01 09:00:00", "2178", "", "9", "", "", ""),
            ("4440", "2024-01-01 08:00:00", "4440", "", "-3.5", "", "", ""),
        ],
        "sensor": [("2178", "", "openaq"), ("4440", "", "openaq")],
        "location": [("2178", "35.1353", "-106.5847"), ("4440", "42.7323", "23.3107")],
    },
    ("networks/ring", "ring.csv"): {
        "ledger": (4, 3, 1, 5, 0),
        "violations": [(3, "Hipodruma", "constraint-error", "minimum")],
        "quantities": ("pm10",),
        "reading": [
            ("Hipodruma", "2023-12-31 23:00:00", "", "182"),
            ("Hipodruma", "2024-01-01 00:00:00", "", "121"),
            ("Mladost", "2023-12-31 23:00:00", "", "240.5"),
            ("Pavlovo", "2023-12-31 23:00:00", "", "310"),
            ("Pavlovo", "2024-01-01 00:00:00", "", "125"),
        ],
        "sensor": [(key, "", "ring") for key in ("Hipodruma", "Mladost", "Pavlovo")],
        "location": [],
    },
    ("networks/bus", "bus.csv"): {
        "ledger": (3, 3, 0, 3, 0),
        "violations": [],
        "quantities": ("pm10",),
        "reading": [
            ("7", "2024-05-02 06:00:00", "", "18.5"),
            ("7", "2024-05-02 06:01:00", "", "21.25"),
            ("7", "2024-05-02 06:02:00", "", "20"),
        ],
        "sensor": [("7", "", "buses")],
        "location": [("", "42.6977", "23.3219"), ("", "42.6991", "23.325")],
    },
}


class Examples(Workplace):
    def test_every_schema_has_its_case(self):
        schemas = {path.relative_to(EXAMPLES).as_posix().removesuffix(".schema.json")
                   for path in EXAMPLES.glob("*/*.schema.json") if path.parent.name not in ("sofia", "sp-watch")}
        self.assertEqual(schemas, {schema for schema, _ in CASES})

    def test_the_files_in_the_tables(self):
        for (schema, name), expected in CASES.items():
            with self.subTest(schema):
                self.load_and_compare(EXAMPLES / f"{schema}.schema.json", name, expected)

    def load_and_compare(self, schema, name, expected):
        self.new_database()
        shutil.copy(schema.parent / name, self.base)
        self.run_tool("sp-pipeline", "--schema", str(schema), name, cwd=self.base)
        self.assertEqual(self.ledger(), {name: expected["ledger"]})
        quantities = expected.get("quantities", QUANTITIES)
        registered = {name for name, in self.sql("SELECT name FROM sp.quantity")}
        self.assertEqual(registered, {name for at, name in enumerate(quantities, 3)
                                      if any(row[at] for row in expected["reading"])})
        columns = ["location", *(name if name in registered else "NULL" for name in quantities)]
        self.assertEqual(self.readings(*columns), expected["reading"])
        self.assertEqual(self.sql("SELECT key, sensor_type, source FROM sp.sensor ORDER BY 1"),
                         expected["sensor"])
        self.assertEqual(self.sql("SELECT key, latitude, longitude FROM sp.location ORDER BY 1, 2"),
                         expected["location"])
        self.assert_metrics_are_those_of_the_readings()
        errors = self.base / "quarantine" / f"{name}.errors.ndjson"
        found = [json.loads(line) for line in errors.read_text().splitlines()] if errors.exists() else []
        self.assertEqual([(v["row"], v["field"], v["code"], v["constraint"]) for v in found],
                         expected["violations"])

    def test_the_tables_that_the_schemas_make(self):
        for (schema, name), expected in CASES.items():
            with self.subTest(schema):
                self.fill_own_table(EXAMPLES / f"{schema}.schema.json", name, len(expected["reading"]))

    def fill_own_table(self, schema, name, rows):
        ddl = self.run_tool("sp-schema", "show", "--as", "ddl", schema).stdout.decode()
        table = schema.name.split(".")[0]
        self.sql(f"DROP TABLE IF EXISTS {table}; {ddl}")
        command = (f"sp-validate --quiet --schema {schema} --rejects {self.base}/bad {schema.parent}/{name} |"
                   f" sp-transform --schema {schema} | sp-load --quiet --db-schema public {table}=-")
        self.run_tool("bash", "-o", "pipefail", "-c", command)
        self.assertEqual(self.sql(f"SELECT count(*) FROM public.{table}"), [(str(rows),)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
