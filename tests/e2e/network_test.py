"""Any network, one database: what a schema file alone does for stations with names, quantities nobody has heard of,
two networks with the same numbers, files that grow, overlap and come again corrected."""
import json
import random
import subprocess
import time
import unittest

from workplace import SOURCE, SchemaWorkplace, sample

STATION = {"fields": [
    {"name": "station", "type": "string", "role": "key", "constraints": {"required": True}},
    {"name": "t", "type": "datetime", "role": "time", "constraints": {"required": True}},
    {"name": "NO2", "type": "number", "unit": "ug/m3", "role": "measure", "constraints": {"minimum": 0}},
    {"name": "battery", "type": "number", "unit": "V", "role": "measure"}],
    "constants": {"source": "city"}}


def thermometer(unit, source, **more):
    field = {"name": "temperature", "type": "number", "unit": unit, "role": "measure", **more}
    return {"fields": [{"name": "id", "type": "integer", "role": "key"},
                       {"name": "ts", "type": "datetime", "role": "time"}, field],
            "constants": {"source": source}}


class Network(SchemaWorkplace):
    def daily(self, *where):
        return self.sql("SELECT source, key, quantity, unit, n, round(mean::numeric, 6) FROM sp.daily"
                        + (" WHERE " + where[0] if where else "") + " ORDER BY 1, 2, 3")

    def test_two_networks_with_the_same_numbers(self):
        america = self.write("america.csv", "id,ts,temperature", "7,2024-01-01T00:00:00Z,50", "007,2024-01-01T01:00:00Z,68")
        europe = self.write("europe.csv", "id,ts,temperature", "7,2024-01-01T00:00:00Z,5")
        self.load(self.schema("europe", thermometer("celsius", "europe")), europe)
        said = self.load(self.schema("america", thermometer("degF", "america")), america, status=78)
        self.assertIn('add "targetUnit": "celsius"', said)
        self.assertEqual(self.count("ingest"), 1)
        self.load(self.schema("america", thermometer("degF", "america", targetUnit="degC")), america)
        self.assertEqual(self.daily(), [("america", "7", "temperature", "celsius", "2", "15.000000"),
                                        ("europe", "7", "temperature", "celsius", "1", "5.000000")])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.quantity"), [("1",)])
        self.assert_metrics_are_those_of_the_readings()

    def test_a_schema_without_a_source_says_what_to_write(self):
        schema = thermometer("degC", "x")
        del schema["constants"]
        said = self.load(self.schema("nobody", schema), self.write("x.csv", "id,ts,temperature", "7,2024-01-01T00:00:00Z,1"),
                         status=78)
        self.assertIn('"constants": {"source": "NAME"}', said)

    def test_all_that_disagrees_is_named_at_once_and_nothing_is_registered(self):
        first = {"fields": [*STATION["fields"][:2], {"name": "a", "type": "number", "unit": "Pa", "role": "measure"},
                            {"name": "b", "type": "string"}], "constants": {"source": "one"}}
        self.load(self.schema("first", first), self.write("1.csv", "station,t,a,b", "x,2024-01-01T00:00:00Z,1,k"))
        second = json.loads(json.dumps(first))
        second["fields"][2]["unit"] = "hPa"
        second["fields"][3]["type"] = "number"
        second["fields"].append({"name": "new", "type": "number", "role": "measure"})
        said = self.load(self.schema("second", second),
                         self.write("2.csv", "station,t,a,b,new", "x,2024-01-01T01:00:00Z,1,2,3"), status=78)
        self.assertIn('add "targetUnit": "Pa"', said)
        self.assertIn("'b' is of the kind text in the database and number in the schema", said)
        self.assertEqual(self.sql("SELECT name FROM sp.quantity ORDER BY 1"), [("a",), ("b",)])

    def test_too_many_new_quantities_are_a_mistake_until_somebody_says_otherwise(self):
        names = [f"q{i}" for i in range(60)]
        schema = {"fields": [*STATION["fields"][:2], *({"name": n, "type": "number", "role": "measure"} for n in names)],
                  "constants": {"source": "wide"}}
        file = self.write("w.csv", ",".join(["station", "t", *names]), ",".join(["x", "2024-01-01T00:00:00Z", *("1" * 60)]))
        path = self.schema("wide", schema)
        self.load(path, file, status=78)
        self.assertEqual(self.count("quantity"), 0)
        self.load(path, file, flags=("--load=--max-new-quantities=60",))
        self.assertEqual(self.count("quantity"), 60)

    def test_keys_of_any_text(self):
        keys = ["Am Markt/1", "a%2Fb", "a/b", "70:b3:d5:7e:d0:05:c1:29", "Süd 😀", "x" * 200, "'; DROP TABLE sp.sensor; --"]
        rows = [f'"{key}",2024-01-01T00:00:{i:02}Z,{i},3' for i, key in enumerate(keys)]
        path = self.schema("city", STATION)
        self.load(path, self.write("k.csv", "station,t,NO2,battery", *rows))
        found = self.sql("SELECT key FROM sp.sensor ORDER BY sensor_id")
        self.assertEqual({key for key, in found}, {key.replace("%", "%25").replace("/", "%2F") for key in keys})
        said = self.load(path, self.write("l.csv", "station,t,NO2,battery", f'{"y" * 201},2024-01-01T00:00:00Z,1,1'), status=65)
        self.assertIn("201 characters; 200 are the most", said)

    def test_a_moving_sensor_and_one_without_a_place(self):
        schema = {"fields": [*STATION["fields"][:3], {"name": "lat", "type": "number", "role": "latitude"},
                             {"name": "lon", "type": "number", "role": "longitude"}], "constants": {"source": "bus"}}
        rows = [f"bus,2024-01-01T00:00:{i:02}Z,{i},42.{i // 5},23.3" for i in range(10)]
        # Half a place is none.
        rows += ["hall,2024-01-01T00:00:00Z,1,,", "hall,2024-01-01T01:00:00Z,1,42,", "hall,2024-01-01T02:00:00Z,1,,23"]
        self.load(self.schema("bus", schema), self.write("b.csv", "station,t,NO2,lat,lon", *rows))
        self.assertEqual(self.sql("SELECT key, latitude, count(*) FROM sp.located_reading GROUP BY 1, 2 ORDER BY 1, 2"),
                         [("bus", "42", "5"), ("bus", "42.1", "5"), ("hall", "", "3")])

    def test_what_was_a_number_is_no_direction_later(self):
        schema = {"fields": [*STATION["fields"][:2], {"name": "wind", "type": "number", "unit": "degree",
                             "role": "measure"}], "constants": {"source": "mast"}}
        self.load(self.schema("silent", schema), self.write("1.csv", "station,t,wind", "a,2024-01-01T00:00:00Z,350"))
        schema["fields"][2]["standardName"] = "wind_from_direction"
        said = self.load(self.schema("mast", schema), self.write("2.csv", "station,t,wind", "a,2024-01-02T00:00:00Z,10"), status=78)
        self.assertIn("is a direction in the schema", said)
        self.assertEqual(self.count("reading"), 1)

    def test_directions_are_summed_on_a_circle_whoever_brings_them(self):
        schema = {"fields": [*STATION["fields"][:2], {"name": "wind", "type": "number", "unit": "degree",
                             "role": "measure", "standardName": "wind_from_direction"}], "constants": {"source": "mast"}}
        rows = [f"a,2024-01-01T00:{i:02}:00Z,{350 if i % 2 else 10}" for i in range(40)]
        self.load(self.schema("mast", schema), self.write("1.csv", "station,t,wind", *rows))
        del schema["fields"][2]["standardName"]
        self.load(self.schema("silent", schema), self.write("2.csv", "station,t,wind", *(r.replace("a,2024-01", "a,2024-02") for r in rows)))
        self.assertEqual(self.sql("SELECT round(abs(mean - 180)::numeric, 6) FROM sp.daily WHERE quantity = 'wind'"),
                         [("180.000000",), ("180.000000",)])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.metric WHERE sum_cos IS NULL"), [("0",)])
        self.assertGreater(self.count("metric"), 0)
        self.assert_metrics_are_those_of_the_readings()

    def test_a_file_that_contradicts_itself_is_told_the_cure(self):
        rows = ["a,2024-01-01T00:00:00Z,1,2", "a,2024-01-01T01:00:00Z,3,4", "b,2024-01-01T01:00:00Z,3,4", "a,2024-01-01T01:00:00Z,5,4"]
        file = self.write("twice.csv", "station,t,NO2,battery", *rows)
        said = self.load(self.schema("city", STATION), file, status=65)
        self.assertIn('row 4 (line 5): there already with other values: sensor a of city', said)
        self.assertIn('; row 2 (line 3) has the same key: "primaryKey": ["station","t"] in the schema lets sp-validate reject', said)
        self.assertEqual(self.count("reading"), 0)
        self.load(self.schema("city", {**STATION, "primaryKey": ["station", "t"]}), file)
        self.assertEqual((self.count("reading"), self.count("rejection")), (3, 1))

    def test_a_row_is_told_as_it_stands_in_the_file(self):
        hours = [f"2024-01-01T0{h}:00:00Z" for h in range(5)]
        lines = ["# made by hand", "agg,station,t,NO2,battery", f"hour,a,{hours[0]},1,2", f"hour,a,never,1,2", f"day,a,{hours[1]},1,2",
                 f'hour,"b', f'b",{hours[1]},1,2', "# a remark", f"hour,a,{hours[2]},1,2", "", f"hour,a,{hours[3]},1,2",
                 f"hour,a,{hours[2]},7,2"]
        fields = [{"name": "agg", "role": "ignore", "keepValues": ["hour"]}, *STATION["fields"]]
        schema = self.schema("c", {**STATION, "fields": fields, "dialect": {"commentChar": "#"}})
        file = self.write("lines.csv", *lines)
        said = self.load(schema, file, status=65)
        self.assertIn(f"{file}: row 8 (line 12): ", said)
        self.assertIn("; row 5 (line 9) has the same key", said)
        self.assertNotIn("received of", said)
        said = self.load(schema, file, flags=("--on-conflict", "keep"))
        self.assertIn(f"{file}: row 8 (line 12): sp.reading", said)
        # What is refused as it comes is met while the stages before are still at work.
        odd = self.write("odd.csv", *lines[:-1], f"hour,{'x' * 201},{hours[4]},1,2")
        self.assertIn(f"{odd}: row 8 (line 12)", self.load(schema, odd, status=65))

    def test_rows_that_are_not_meant_and_values_that_are_not_valid(self):
        fields = [{"name": "agg", "role": "ignore", "keepValues": ["hour"]}, *STATION["fields"][:2],
                  {**STATION["fields"][2], "onInvalid": "missing"}, STATION["fields"][3]]
        path = self.schema("eea", {**STATION, "fields": fields})
        rows = [f"{agg},a,2024-01-01T{h:02}:00:00Z,{no2},3" for h in range(8) for agg, no2 in (("hour", -5 if h == 2 else h), ("day", 9))]
        self.load(path, self.write("e.csv", "agg,station,t,NO2,battery", *rows, "hour,b,never,1,1"))
        self.assertEqual(self.sql("SELECT rows_read, rows_rejected, rows_left_out, rows_passed, rows_loaded FROM sp.ingest"),
                         [("17", "1", "8", "8", "8")])
        self.assertEqual(self.sql('SELECT count(*), count("NO2"), min("NO2") FROM sp.reading'), [("8", "7", "0")])
        self.assertEqual(self.sql("SELECT field, code FROM sp.rejection ORDER BY 1"), [("NO2", "constraint-error"), ("t", "type-error")])
        self.assert_metrics_are_those_of_the_readings()

    def test_a_second_device_completes_the_rows(self):
        path = self.schema("city", STATION)
        self.load(path, self.write("gas.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,20,", "a,2024-01-01T01:00:00Z,21,"))
        self.load(path, self.write("power.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,,3.5", "a,2024-01-01T02:00:00Z,,3.4"))
        self.assertEqual(self.readings('"NO2"', "battery"),
                         [("a", "2024-01-01 00:00:00", "20", "3.5"), ("a", "2024-01-01 01:00:00", "21", ""),
                          ("a", "2024-01-01 02:00:00", "", "3.4")])
        self.assertEqual(self.sql("SELECT rows_loaded, rows_completed, rows_known FROM sp.ingest ORDER BY ingest_id"),
                         [("2", "0", "0"), ("2", "1", "0")])
        self.assert_metrics_are_those_of_the_readings()

    def test_a_day_file_that_grows_a_hundred_times(self):
        path = self.schema("city", STATION)
        rows, alone = [], {}
        for step in range(100):
            minute = f"2024-01-01T{step // 60:02}:{step % 60:02}:00Z"
            rows.append(f"s{step % 3},{minute},{-5 if step in (10, 50, 70) else step},3")
            file = self.write("day.csv", "station,t,NO2,battery", *rows)
            self.load(path, file)
            good = [r for i, r in enumerate(rows) if i not in (10, 50, 70)]
            self.assertEqual(self.count("reading"), len(good))
            if step % 20 == 19:
                values = [float(r.split(",")[2]) for r in good]
                n, mean = self.sql("SELECT sum(n), sum(n * mean) / sum(n) FROM sp.daily WHERE quantity = 'NO2'")[0]
                self.assertEqual(int(n), len(good))
                self.assertAlmostEqual(float(mean), sum(values) / len(values), places=9)
                bad = sum(1 for i in (10, 50, 70) if i <= step)
                self.assertEqual(self.sql("SELECT coalesce(sum(rows), 0) FROM sp.rejects_by_day"), [(str(bad),)])
                self.assert_metrics_are_those_of_the_readings()
                self.assertEqual((self.base / "quarantine/day.csv").read_text().splitlines(),
                                 ["station,t,NO2,battery", *(rows[i] for i in (10, 50, 70) if i <= step)])
        self.assertEqual(len((self.base / "quarantine/day.csv.errors.ndjson").read_text().splitlines()), 3)
        self.assertEqual(len(list((self.base / "quarantine").iterdir())), 2)

    def test_a_month_corrected_in_24_rows(self):
        path = self.schema("city", STATION)
        rows = [f"s,2024-01-{1 + i // 24:02}T{i % 24:02}:00:00Z,{i % 17},3" for i in range(31 * 24)]
        first = self.write("month.csv", "station,t,NO2,battery", *rows)
        self.load(path, first)
        before = self.daily()
        wrong = rows[:]
        for i in range(48, 72):
            wrong[i] = wrong[i].replace(f",{i % 17},", f",{i % 17 + 100},")
        corrected = self.write("month2.csv", "station,t,NO2,battery", *wrong)
        said = self.load(path, corrected, status=65)
        self.assertIn("line 50", said)
        self.assertEqual(self.daily(), before)
        self.load(path, corrected, flags=("--on-conflict", "replace"))
        values = [float(r.split(",")[2]) for r in wrong]
        n, mean = self.sql("SELECT n, mean FROM sp.sensor_statistics WHERE quantity = 'NO2'")[0]
        self.assertEqual(int(n), len(values))
        self.assertAlmostEqual(float(mean), sum(values) / len(values), places=9)
        self.assertEqual(self.sql("SELECT count(*), min(kind) FROM sp.dispute"), [("24", "replaced")])
        said = self.load(path, corrected, flags=("--on-conflict", "replace"))
        self.assertRegex(said, r"is already loaded.*\n.*forget it first: SELECT sp.forget_ingest\(\d+\)")
        self.assert_metrics_are_those_of_the_readings()
        self.sql("SELECT sp.forget_ingest(max(ingest_id)) FROM sp.ingest")
        self.assertEqual(self.daily(), before)
        self.assert_metrics_are_those_of_the_readings()

    def test_a_dry_run_of_a_schema_that_the_database_does_not_know(self):
        file = self.write("a.csv", "station,t,NO2,battery", *(f"a,2024-01-01T{h:02}:00:00Z,{h},3" for h in range(24)))
        said = self.load(self.schema("city", STATION), file, flags=("--load=--dry-run",))
        self.assertIn("NO2 [ug/m3]", said)
        self.assertIn("24 rows loaded and rolled back (dry run)", said)
        self.assertEqual((self.count("reading"), self.count("quantity")), (0, 0))
        # One is known, the other is not.
        less = {**STATION, "fields": STATION["fields"][:3], "fieldsMatch": "subset"}
        self.load(self.schema("less", less), self.write("b.csv", "station,t,NO2", "a,2024-01-02T00:00:00Z,1"))
        self.load(self.schema("city", STATION), file, flags=("--load=--dry-run",))
        self.assertEqual((self.count("reading"), self.count("quantity")), (1, 1))

    def test_a_file_of_which_nothing_comes_through_is_told(self):
        file = self.write("a.csv", "agg,station,t,NO2,battery", *(f"hour,a,2024-01-01T{h:02}:00:00Z,{h},3" for h in range(3)))
        said = {}
        for word in ("Hour", "hour"):
            fields = [{"name": "agg", "role": "ignore", "keepValues": [word]}, *STATION["fields"]]
            said[word] = self.load(self.schema(word, {**STATION, "fields": fields}), file)
        self.assertIn(f"warning: {file}: nothing is loaded: of 3 rows 0 rejected and 3 left out", said["Hour"])
        # The mended schema loads it: a load of which nothing came in does not count.
        self.assertRegex(said["hour"], r"by another schema, which let no row in; ingest \d+ takes the place of ingest \d+")
        self.assertEqual((self.count("reading"), self.count("ingest")), (3, 1))
        self.assertNotIn("another schema", self.load(str(self.base / "hour.schema.json"), file))

    def test_what_is_kept_out_can_be_settled(self):
        path = self.schema("city", STATION)
        self.load(path, self.write("1.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,20,3"))
        self.load(path, self.write("2.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,30,3"), flags=("--on-conflict", "keep"))
        self.assertEqual(self.readings('"NO2"'), [("a", "2024-01-01 00:00:00", "20")])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.open_disputes"), [("1",)])
        self.sql("SELECT sp.settle(dispute_id, true) FROM sp.dispute")
        self.assertEqual(self.readings('"NO2"'), [("a", "2024-01-01 00:00:00", "30")])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.open_disputes"), [("0",)])
        said = self.load(path, self.write("3.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,20.0,3"), flags=("--on-conflict", "keep"))
        self.assertIn("kept out as before: 1 row", said)
        self.assertNotIn("sp.metric", said)  # a row has none, and nothing was lost
        self.assert_metrics_are_those_of_the_readings()

    def test_most_conflicts(self):
        path = self.schema("city", STATION)
        rows = [f"a,2024-01-01T00:{i:02}:00Z,{i},3" for i in range(10)]
        self.load(path, self.write("1.csv", "station,t,NO2,battery", *rows))
        other = self.write("2.csv", "station,t,NO2,battery", *(r.replace(",3", ",4") for r in rows))
        self.load(path, other, status=65, flags=("--on-conflict", "replace", "--max-conflicts", "9"))
        allowed = {"SP_ON_CONFLICT": "replace", "SP_MAX_CONFLICTS": "9"}
        self.load(path, other, status=65, environment={**self.environment, **allowed})
        self.load(path, other, status=65, flags=("--on-conflict=error",), environment={**self.environment, **allowed})
        self.load(path, other, flags=("--max-conflicts=10",), environment={**self.environment, **allowed})
        self.assertEqual(self.count("dispute"), 10)

    def test_the_same_sensor_and_time_twice_in_a_file(self):
        path = self.schema("city", STATION)
        self.load(path, self.write("1.csv", "station,t,NO2,battery", "a,2024-01-01T00:00:00Z,20,3", "a,2024-01-01T00:00:00Z,20,3",
                                   "a,2024-01-01T02:00:00+02:00,20,"))
        self.assertEqual(self.count("reading"), 1)
        self.assertEqual(self.daily("quantity = 'NO2'"), [("city", "a", "NO2", "ug/m3", "1", "20.000000")])
        self.load(path, self.write("2.csv", "station,t,NO2,battery", "b,2024-01-01T00:00:00Z,20,3", "b,2024-01-01T00:00:00Z,21,3"), status=65)
        self.assert_metrics_are_those_of_the_readings()

    def test_parts_that_overlap_in_any_order_by_six_loaders(self):
        whole = sample(rows=12000, seed=3)
        header, *rows = whole.splitlines(keepends=True)
        chance = random.Random(5)
        parts = []
        for begin in range(0, len(rows), 1000):
            part = self.base / f"bme280-{begin}.csv"
            part.write_bytes(b"".join([header, *rows[max(0, begin - 300):begin + 1300]]))
            parts.append(str(part))
        chance.shuffle(parts)
        schema = str(SOURCE / "examples/sofia/bme280.schema.json")
        running = []
        while parts or running:
            running = [child for child in running if child.poll() is None or self.assertEqual(child.returncode, 0)]
            if parts and len(running) < 6:
                running.append(subprocess.Popen(["sp-pipeline", "--quiet", "--schema", schema, parts.pop()], env=self.environment))
            time.sleep(0.01)
        overlapping = self.sql("SELECT key, ts, pressure, temperature, humidity FROM sp.located_reading ORDER BY 1, 2")
        statistics = self.sql("SELECT key, quantity, n, min, max, round(mean::numeric, 9), round(stddev::numeric, 9)"
                              " FROM sp.sensor_statistics ORDER BY 1, 2")
        self.assert_metrics_are_those_of_the_readings()
        self.new_database()
        file = self.base / "bme280-whole.csv"
        file.write_bytes(whole)
        self.run_tool("sp-pipeline", "--schema", schema, str(file))
        self.assertEqual(self.sql("SELECT key, ts, pressure, temperature, humidity FROM sp.located_reading ORDER BY 1, 2"), overlapping)
        self.assertEqual(self.sql("SELECT key, quantity, n, min, max, round(mean::numeric, 9), round(stddev::numeric, 9)"
                                  " FROM sp.sensor_statistics ORDER BY 1, 2"), statistics)

    def test_a_file_that_grows_while_its_loads_are_killed(self):
        path = self.schema("city", STATION)
        chance = random.Random(7)
        rows = []
        for step in range(20):
            rows += [f"s{i % 40},2024-01-01T{step:02}:{i // 40:02}:00Z,{i},3" for i in range(400)]
            file = self.write("day.csv", "station,t,NO2,battery", *rows)
            child = subprocess.Popen(["sp-pipeline", "--quiet", "--schema", path, file], env=self.environment,
                                     start_new_session=True, stderr=subprocess.DEVNULL)
            time.sleep(chance.random() * 0.3)
            try:
                subprocess.run(["kill", "-9", "--", f"-{child.pid}"], stderr=subprocess.DEVNULL)
            finally:
                child.wait()
        self.load(path, file)
        self.assertEqual(self.count("reading"), len(rows))
        self.assertEqual(self.sql("SELECT sum(n) FROM sp.daily WHERE quantity = 'NO2'"), [(str(len(rows)),)])
        self.assert_metrics_are_those_of_the_readings()


if __name__ == "__main__":
    unittest.main()
