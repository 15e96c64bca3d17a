"""Rows by a schema: which sensor, where, and of what, whatever numbers a network gives."""
import json
import unittest

from database import DatabaseTest, readings, wait_until

T = "2017-07-01T00:00:0{}Z".format


def field(name, kind, role=None, **more):
    return {"name": name, "type": kind, **({"role": role} if role else {}), **more}


KEY, TIME = field("id", "integer", "key"), field("ts", "datetime", "time")
WARM = field("warm", "number", "measure", unit="degC")


class Network(DatabaseTest):
    def schema_of(self, *fields, constants=None):
        self.written = getattr(self, "written", 0) + 1
        return self.write(f"schema{self.written}.json", json.dumps({
            "fields": list(fields), "constants": {"source": "net"} if constants is None else constants}))

    def bring(self, schema, text, *flags, **more):
        """Loads a text, as a file of its own."""
        return self.load("--schema", schema, "--source", self.source(), *flags, "reading=-", stdin=text, **more)

    def sensors(self):
        return self.sql("SELECT source, key FROM sp.sensor JOIN sp.reading USING (sensor_id) ORDER BY 1, 2")

    # Sensors.

    def test_two_networks_with_the_same_numbers(self):
        self.put(readings([(7, T(0), 1)], "A") + f"7,{T(0)},2,B\n")
        self.put(readings([(7, T(1), 3)], "B"))
        self.assertEqual(self.sql("SELECT source, key, temperature FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                  " ORDER BY temperature"), [("A", "7", "1"), ("B", "7", "2"), ("B", "7", "3")])
        self.assertEqual(self.sql("SELECT source FROM sp.sensor_statistics ORDER BY 1"), [("A",), ("B",)])

    def test_integers_of_a_key_have_one_spelling(self):
        self.put(readings([("007", T(0), 1), (7, T(1), 1), ("+7", T(2), 1), ("-0", T(3), 1), ("-05", T(4), 1),
                           ("123456789012345678901234567890", T(5), 1)]))
        self.assertEqual(self.sql("SELECT key, count(*) FROM sp.reading JOIN sp.sensor USING (sensor_id) GROUP BY 1 ORDER BY 1"),
                         [("-5", "1"), ("0", "1"), ("123456789012345678901234567890", "1"), ("7", "3")])
        # A text is what it is.
        schema = self.schema_of(field("id", "string", "key"), TIME)
        self.bring(schema, f"id,ts,source\n007,{T(0)},text\n7,{T(0)},text\n\u0421\u043e\u0444\u0438\u044f,{T(0)},text\n a,{T(0)},text\n")
        self.assertEqual([key for source, key in self.sensors() if source == "text"],
                         [" a", "007", "7", "\u0421\u043e\u0444\u0438\u044f"])

    def test_keys_of_several_fields_are_never_taken_for_each_other(self):
        schema = self.schema_of(field("station", "string", "key"), field("channel", "integer", "key"),
                                field("part", "string", "key"), TIME)
        rows = [("a", 1, "b"), ("a/1", 1, "b"), ("a", "01", "1/b"), ("a%2F1", 1, "b"), ("%", 2, "/")]
        self.bring(schema, "part,ts,channel,station,source\n" + "".join(f"{p},{T(0)},{c},{s},net\n" for s, c, p in rows))
        self.assertEqual([key for _, key in self.sensors()],
                         sorted(["a/1/b", "a%2F1/1/b", "a/1/1%2Fb", "a%252F1/1/b", "%25/2/%2F"]))

    def test_rows_that_name_no_sensor(self):
        schema = self.schema_of(field("id", "string", "key"), TIME)
        head = "id,ts,source\n" + f"a,{T(0)},net\n"
        for row, where in ((f",{T(0)},net", ", field id"), (f"b,{T(0)},", ", field source"),
                           (f"{'x' * 201},{T(0)},net", ", field id"), (b"\xff," + T(0).encode() + b",net", ": byte 1 of the row"),
                           (b"b," + T(0).encode() + b",n\0t", ", field source"), ("b,,net", ", field ts"),
                           ("b,yesterday,net", ", field ts"), (f"b,{T(0)},{'x' * 201}", ", field source")):
            with self.subTest(row=row):
                row = row.encode() if isinstance(row, str) else row
                said = self.bring(schema, head.encode() + row + b"\n", status=65)
                self.assertIn(f"row 2 (line 3){where}", said)
        self.assert_nothing_committed()
        self.bring(schema, head + f"{chr(0x20ac) * 200},{T(0)},net\n")

    def test_schemas_that_name_no_sensor(self):
        for fields, constants, advice in (([TIME, WARM], None, '"role": "key"'), ([KEY, WARM], None, '"role": "time"'),
                                          ([KEY, TIME], {}, '"constants": {"source": "NAME"}')):
            with self.subTest(advice):
                said = self.bring(self.schema_of(*fields, constants=constants), f"id,ts,warm\n1,{T(0)},1\n", status=78)
                self.assertIn(advice, said)
                self.assertRegex(said, r"schema\d\.json")
        self.assert_nothing_committed()

    def test_an_input_that_lacks_what_the_schema_names(self):
        schema = self.schema_of(KEY, TIME, WARM)
        for head, row, lacks in (("ts,warm,source", f"{T(0)},1,net", "id"), ("id,ts,warm", f"1,{T(0)},1", "source"),
                                 ("id,warm,source", "1,1,net", "ts")):
            with self.subTest(lacks):
                said = self.bring(schema, f"{head}\n{row}\n", status=65)
                self.assertIn(lacks, said)
        self.assert_nothing_committed()
        self.assertEqual(self.count("sp.quantity"), 0)
        # A measure may be missing; what is no field is left out and told.
        said = self.bring(schema, f"colour,source,ts,id\nred,net,{T(0)},1\n")
        self.assertRegex(said, "warning: .*field colour")
        self.assertEqual(self.count("sp.reading"), 1)
        # Where fieldsMatch lets a file have it, nobody needs to be called.
        for match, is_warned in (("subset", False), ("partial", False), ("equal", True), ("superset", True)):
            with open(schema) as file:
                text = json.load(file) | {"fieldsMatch": match}
            said = self.bring(self.write("match.json", json.dumps(text)), f"colour,source,ts,id\nred,net,{T(1)},1\n",
                              "--on-known", "skip")
            self.assertEqual(("warning: " in said, "field colour" in said), (is_warned, True), match)

    def test_the_number_of_a_place_has_one_spelling(self):
        for kind, places in (("integer", ["7"]), ("string", ["+7", "007", "7"])):
            schema = self.schema_of(KEY, TIME, field("place", kind, "location"), constants={"source": kind})
            rows = "".join(f"1,{T(n)},{place},{kind}\n" for n, place in enumerate(("007", "7", "+7")))
            self.bring(schema, "id,ts,place,source\n" + rows)
            self.assertEqual(self.sql(f"SELECT key FROM sp.location WHERE source = '{kind}' ORDER BY 1"),
                             [(place,) for place in places])

    def test_a_source_that_is_a_column(self):
        schema = self.schema_of(field("owner", "string", "source"), KEY, TIME, constants={})
        self.bring(schema, f"owner,id,ts\nA,1,{T(0)}\nB,1,{T(0)}\n")
        self.assertEqual(self.sensors(), [("A", "1"), ("B", "1")])

    def test_more_sensors_than_are_to_be_new(self):
        rows = [(n, T(0), n) for n in range(50)]
        said = self.put(readings(rows), "--max-new-sensors", "49", status=65)
        self.assertIn("--max-new-sensors", said)
        self.assertIn("sensors", said)
        self.assert_nothing_committed()
        self.put(readings(rows[:40]), "--max-new-sensors", "40")
        self.put(readings([(s, T(1), v) for s, _, v in rows]), "--max-new-sensors", "10")
        self.assertEqual(self.sql("SELECT count(*) FROM sp.reading"), [("90",)])
        self.put(readings([(s, T(2), v) for s, _, v in rows]), "--max-new-sensors", "0")
        self.put(readings([(77, T(2), 1)]), "--max-new-sensors", "9999999999")

    def test_thousands_of_sensors_late_in_the_file(self):
        rows = [(1, f"2017-07-01T00:00:00.{n:06}Z", n) for n in range(20000)]
        rows += [(n, T(1), n) for n in range(2, 15000)]
        self.put(readings(rows))
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT key) FROM sp.reading JOIN sp.sensor USING (sensor_id)"
                                  " WHERE key = '1' OR temperature = key::int"), [(str(len(rows)), "14999")])

    def test_of_a_file_with_few_duplicates_only_these_are_judged(self):
        rows = [(n % 2, f"2017-07-01T00:00:00.{n:06}Z", n) for n in range(20000)]
        rows = [row for n, row in enumerate(rows) for _ in range(1 if n % 1000 else 2)]
        self.put(readings(rows), "--on-known", "skip")
        self.assertEqual(self.sql("SELECT rows_loaded, rows_known FROM sp.ingest"), [("20000", "20")])
        # What is judged is brought in by sensor; the rest lies as it came.
        falls = "SELECT count(*) FROM (SELECT sensor_id < lag(sensor_id) OVER (ORDER BY ctid) AS falls FROM sp.reading) r WHERE falls"
        self.assertGreater(int(self.sql(falls)[0][0]), 1)

    def test_loads_of_the_same_new_sensors_do_not_wait(self):
        self.put(readings([(0, T(0), 0)]))
        first = self.start_load(*self.with_schema("reading=-"))
        first.stdin.write(readings([(n % 500, f"2017-07-02T00:00:00.{n:06}Z", 1) for n in range(60000)]).encode())
        first.stdin.flush()
        wait_until(self.copying, "the first copies")
        second = self.start_load(*self.with_schema("reading=-"))
        self.finish_with(second, readings([(n, T(5), 1) for n in range(500)]).encode())
        self.assertIsNone(first.poll())
        self.finish_with(first, b"")
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT sensor_id) FROM sp.reading"), [("60501", "500")])

    def finish_with(self, process, text):
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
        self.assertNotIn("again", self.finish(process))

    # Places and types.

    def places(self):
        return self.sql("SELECT r.ts::time, s.key, l.location, l.latitude, l.longitude FROM sp.reading r JOIN sp.sensor s"
                        " USING (sensor_id) JOIN sp.located_reading l ON l.source = s.source AND l.key = s.key AND l.ts = r.ts"
                        " ORDER BY 2, 1")

    def test_a_sensor_that_moves(self):
        head = "sensor_id,ts,location_id,latitude,longitude,source\n"
        self.put(head + f"1,{T(0)},5,42,23,net\n1,{T(1)},6,43,23,net\n1,{T(2)},5,42,23,net\n2,{T(0)},5,42,23,net\n")
        self.assertEqual(self.places(), [("00:00:00", "1", "5", "42", "23"), ("00:00:01", "1", "6", "43", "23"),
                                         ("00:00:02", "1", "5", "42", "23"), ("00:00:00", "2", "5", "42", "23")])
        self.assertEqual(self.value("SELECT count(*) FROM sp.reading WHERE location_id IS NOT NULL"), "1")
        self.put(head + f"2,{T(5)},6,43,23,net\n")  # in another file
        self.assertEqual(self.places()[-1], ("00:00:05", "2", "6", "43", "23"))
        self.assertEqual(self.count("sp.location"), 2)

    def test_places_without_a_number_and_numbers_without_a_place(self):
        head = "sensor_id,ts,location_id,latitude,longitude,source\n"
        self.put(head + f"1,{T(0)},,42.6540001,23.25,net\n2,{T(0)},,42.654,23.25,net\n3,{T(0)},9,,,net\n4,{T(0)},,42,,net\n"
                 f"5,{T(0)},,,,net\n")
        self.assertEqual([row[1:] for row in self.places()],
                         [("1", "", "42.6540001", "23.25"), ("2", "", "42.6540001", "23.25"), ("3", "9", "", ""),
                          ("4", "", "", ""), ("5", "", "", "")])
        self.assertEqual(self.count("sp.location"), 2)  # of two within a metre the first stays
        # The same number at other coordinates is another place, of another network too.
        self.put(head + f"6,{T(0)},9,1,1,net\n6,{T(0)},9,1,1,other\n")
        self.assertEqual(self.count("sp.location"), 4)

    def test_places_where_nothing_can_be(self):
        head = "sensor_id,ts,latitude,longitude,source\n" + f"1,{T(0)},42,23,net\n"
        for cells, column in (("91,23", "latitude"), ("42,-180.5", "longitude"), ("north,23", "latitude"), ("nan,23", "latitude")):
            with self.subTest(cells):
                said = self.put(head + f"2,{T(0)},{cells},net\n", status=65)
                self.assertIn(f"row 2 (line 3), field {column}", said)
        self.assert_nothing_committed()

    def test_a_place_whose_name_is_too_long(self):
        schema = self.schema_of(KEY, TIME, field("place", "string", "location"))
        said = self.bring(schema, f"id,ts,place,source\n1,{T(0)},a,net\n1,{T(1)},{'x' * 201},net\n", status=65)
        self.assertIn("row 2 (line 3), field place", said)
        self.bring(schema, f"id,ts,place,source\n1,{T(1)},{'x' * 200},net\n")

    def test_what_files_say_of_a_sensor(self):
        head = "sensor_id,ts,sensor_type,source\n"
        for n, text in enumerate((f"1,{T(0)},,net\n", f"1,{T(1)},BME280,net\n2,{T(1)},SDS011,net\n", f"1,{T(2)},,net\n",
                                  f"1,{T(3)},DHT22,net\n1,{T(4)},DHT22,net\n")):
            self.put(head + text)
        self.assertEqual(self.sql("SELECT key, sensor_type FROM sp.sensor ORDER BY key"), [("1", "BME280"), ("2", "SDS011")])
        self.assertEqual(self.sql("SELECT ingest_id, sensor_type FROM sp.stated_type"), [("4", "DHT22")])
        self.assertEqual(self.sql("SELECT sensor_type FROM sp.located_reading WHERE key = '1' ORDER BY ts"),
                         [("BME280",)] * 3 + [("DHT22",)] * 2)

    # Quantities.

    def quantities(self):
        return self.sql("SELECT name, kind, unit, standard_name FROM sp.quantity ORDER BY quantity_id")

    def test_quantities_are_registered_with_what_the_schema_says(self):
        schema = self.schema_of(KEY, TIME, field("p", "number", "measure", unit="Pa", targetUnit="hPa", standardName="air_pressure"),
                                field("open", "boolean", "attribute"), field("note", "string", "attribute"),
                                field("count", "integer", "measure"), field("gone", "string", "ignore"),
                                field("old", "number", "measure", rename="new name", unit="degF"))
        said = self.bring(schema, f'id,ts,p,open,note,count,new name,source\n1,{T(0)},950.25,true,"a,b",9007199254740993,50,net\n'
                          f"1,{T(1)},,,,,,net\n")
        self.assertIn("new quantities: p [hPa], open, note, count, new name [degF]", said)
        self.assertEqual(self.quantities(), [("p", "number", "hPa", "air_pressure"), ("open", "boolean", "", ""),
                                             ("note", "text", "", ""), ("count", "number", "", ""), ("new name", "number", "degF", "")])
        self.assertEqual(self.sql('SELECT p, open, note, "new name" FROM sp.reading ORDER BY ts'),
                         [("950.25", "t", "a,b", "50"), ("", "", "", "")])
        self.assertNotIn("new quantities", self.bring(schema, f"id,ts,p,source\n1,{T(2)},1,net\n"))

    def test_one_unit_by_whatever_name(self):
        self.bring(self.schema_of(KEY, TIME, WARM), f"id,ts,warm,source\n1,{T(0)},1,net\n")
        for n, unit in enumerate(("celsius", "degree_Celsius", "Cel"), 1):
            with self.subTest(unit):
                self.bring(self.schema_of(KEY, TIME, {**WARM, "unit": unit}), f"id,ts,warm,source\n1,{T(n)},1,net\n")
        self.assertEqual(self.quantities(), [("warm", "number", "degC", "")])

    def test_other_units_and_kinds_are_refused_all_at_once_with_what_to_write(self):
        gas = field("o3", "number", "measure", unit="ug/m3")
        here = self.schema_of(KEY, TIME, WARM, field("p", "number", "measure", unit="hPa"), field("n", "number", "measure"), gas,
                              field("wind", "number", "measure", unit="degree", standardName="wind_from_direction"))
        self.bring(here, f"id,ts,warm,p,n,o3,wind,source\n1,{T(0)},1,2,3,9,4,net\n")
        there = self.schema_of(KEY, TIME, {**WARM, "unit": "degF"}, field("p", "number", "measure"), field("n", "string"), {**gas, "unit": "ppb"},
                               field("wind", "number", "measure", unit="percent", standardName="relative_humidity"))
        text = f"id,ts,warm,p,n,o3,wind,source\n1,{T(1)},1,2,3,9,4,net\n"
        said = self.bring(there, text, status=78)
        for words in ('"targetUnit": "degC"', '"targetUnit": "ug/m3"', "molarMass and conditions", "hPa", "'n' is of the kind number", "wind_from_direction", "schema2.json"):
            self.assertIn(words, said)
        self.assertEqual((self.count("sp.reading"), self.count("sp.ingest")), (1, 1))
        # As the message says.
        self.bring(self.schema_of(KEY, TIME, {**WARM, "unit": "degF", "targetUnit": "degC"}), text.replace(",p,n,wind", "").replace(",2,3,4", ""))

    def test_more_quantities_than_are_to_be_new(self):
        schema = self.schema_of(KEY, TIME, *(field(f"q{n}", "number", "measure", unit="1") for n in range(60)))
        head = "id,ts,source," + ",".join(f"q{n}" for n in range(60))
        text = f"{head}\n1,{T(0)},net{',1' * 60}\n"
        said = self.bring(schema, text, status=78)
        for words in ("60", "50", "q0", "q59", "--max-new-quantities"):
            self.assertIn(words, said)
        self.assertEqual(self.count("sp.quantity"), 0)
        self.bring(schema, text, "--max-new-quantities", "60")
        self.assertEqual(self.count("sp.quantity"), 60)

    def test_names_that_a_quantity_cannot_have(self):
        for name in ("ingest_id", "location_id", "key", "x" * 64, "xmin"):
            with self.subTest(name):
                said = self.bring(self.schema_of(KEY, TIME, field(name, "number", "measure")),
                                  f"id,ts,{name},source\n1,{T(0)},1,net\n", status=78)
                self.assertIn(name, said)
                self.assertIn("rename", said)  # the line to write
        self.assertEqual(self.count("sp.quantity"), 0)
        name = "\"; DROP TABLE sp.sensor; --'"
        quoted = '"' + name.replace('"', '""') + '"'
        self.bring(self.schema_of(KEY, TIME, field(name, "number", "measure")), f"id,ts,{quoted},source\n1,{T(0)},1,net\n")
        self.assertEqual(self.sql(f"SELECT {quoted} FROM sp.reading"), [("1",)])

    def test_a_dry_run_registers_nothing_and_says_what_it_would(self):
        said = self.put(readings([(1, T(0), 1)]), "--dry-run")
        self.assertIn("temperature [degC]", said)
        self.assertEqual(self.quantities(), [])

    def test_two_loads_that_need_the_same_new_quantities(self):
        processes = [self.start_load(*self.with_schema("reading=-")) for _ in range(4)]
        for n, process in enumerate(processes):
            process.stdin.write(readings([(n, T(0), n)]).encode())
            process.stdin.close()
            process.stdin = None
        for process in processes:
            self.finish(process)
        self.assertEqual((self.count("sp.reading"), self.count("sp.quantity")), (4, 1))

    def test_metrics_of_what_is_no_quantity_of_the_readings(self):
        metric = self.write("m.csv", "source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max\n"
                            "net,1,2017-07-01,1d,colour,1,2,1,0,1,1\n")
        said = self.load(*self.with_schema("reading=-", f"metric={metric}"), status=65,
                         stdin=readings([(1, T(n), 1) for n in range(4)]))
        self.assertIn("row 1 (line 2), field quantity", said)
        self.assert_nothing_committed()

    def test_rows_of_every_form(self):
        schema = self.schema_of(KEY, TIME, WARM)
        self.bring(schema, f'{{"id":1,"ts":"{T(0)}","warm":1.5,"source":"net"}}\n{{"source":"net","ts":"{T(1)}","id":"01"}}\n')
        self.bring(schema, f"id\tts\twarm\tsource\n1\t{T(2)}\t2.5\tnet\n", "--from", "tsv")
        self.bring(schema, "", "--from", "ndjson")
        self.assertEqual(self.sql("SELECT key, warm FROM sp.reading JOIN sp.sensor USING (sensor_id) ORDER BY ts"),
                         [("1", "1.5"), ("1", ""), ("1", "2.5")])
        self.assertEqual(self.sql("SELECT rows_read FROM sp.ingest ORDER BY ingest_id"), [("2",), ("1",), ("0",)])


if __name__ == "__main__":
    unittest.main()
