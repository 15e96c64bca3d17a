"""Files whose rows become others on the way, with a schema alone: long ones, a value a row, wide ones, a station a
column, and columns that tell two things."""
import unittest

from workplace import SchemaWorkplace

LONG = {
    "fields": [
        {"name": "location_id", "type": "integer", "role": "key"},
        {"name": "sensors_id", "type": "integer", "role": "ignore"},
        {"name": "location", "type": "string", "role": "ignore"},
        {"name": "datetime", "type": "datetime", "role": "time"},
        {"name": "lat", "type": "number", "role": "latitude"},
        {"name": "lon", "type": "number", "role": "longitude"},
        {"name": "parameter", "type": "string", "keepValues": ["pm10", "pm25", "temperature", "o3"]},
        {"name": "units", "type": "string"},
        {"name": "value", "type": "number"}],
    "missingNumbers": [-999],
    "primaryKey": ["location_id", "datetime", "parameter"],
    "constants": {"source": "openaq"},
    "derived": [{"name": "place", "formula": "copy", "inputs": {"column": "location_id"}, "role": "location"}],
    "spread": {
        "names": "parameter", "values": "value", "units": "units",
        "fields": [
            {"name": "pm10", "unit": "ug/m3", "constraints": {"minimum": 0}},
            {"name": "pm25", "unit": "ug/m3", "rename": "pm2_5", "constraints": {"minimum": 0}},
            {"name": "o3", "unit": "ppm", "targetUnit": "ug/m3", "decimals": 1, "molarMass": "48.00 g/mol",
             "conditions": {"temperature": "20 degC", "pressure": "1013.25 hPa"}},
            {"name": "temperature", "unit": "degC", "unitText": "c"},
            {"name": "temperature", "unit": "degF", "unitText": "f", "targetUnit": "degC", "decimals": 1}]}}
HEAD = "location_id,sensors_id,location,datetime,lat,lon,parameter,units,value"

WIDE = {
    "fields": [
        {"name": "time", "type": "datetime", "role": "time", "timezone": "Europe/Sofia",
         "constraints": {"required": True}},
        {"name": "101", "type": "number", "unit": "ug/m3", "rename": "Hipodruma", "constraints": {"maximum": 1000}},
        {"name": "102", "type": "number", "unit": "mg/m3", "targetUnit": "ug/m3", "rename": "Mladost"}],
    "primaryKey": ["time"],
    "constants": {"source": "city"},
    "melt": {"fields": ["101", "102"], "names": {"name": "station", "role": "key"},
             "values": {"name": "pm10"}}}


def hour(n):
    return f"2024-01-{1 + n // 24:02}T{n % 24:02}:00:00"


def openaq(location, hours, quantities):
    """Sorted by series, as the files of OpenAQ are."""
    for number, (name, unit, value) in enumerate(quantities):
        for n in range(hours):
            yield f"{location},{location}{number},Del Norte-{location},{hour(n)}-07:00,35.1,-106.5,{name},{unit},{value + n}"


class Reshape(SchemaWorkplace):
    def rows(self):
        """Of each file: read = rejected + left out + passed; received = loaded + known + kept out + replaced."""
        return self.sql("SELECT name, rows_read, rows_rejected, rows_left_out, rows_passed, rows_received, rows_loaded,"
                        " rows_known, rows_kept_out, rows_replaced FROM sp.ingest ORDER BY name")

    def statistics(self):
        return self.sql("SELECT source, key, quantity, unit, n, min, max, round(mean::numeric, 3) FROM sp.sensor_statistics"
                        " ORDER BY 1, 2, 3")

    def test_long_rows(self):
        lines = [*openaq(7, 48, [("pm10", "µg/m³", 10), ("pm25", "ug/m3", 1), ("noise", "dB", 40),
                                 ("temperature", "c", -20)]),
                 *openaq(8, 24, [("temperature", "f", 50), ("o3", "ppm", 0)])]
        lines += ["8,1,x,2024-01-01T00:00:00-07:00,35.1,-106.5,pm10,µg/m³,-5",    # below the minimum
                  "8,1,x,2024-01-01T01:00:00-07:00,35.1,-106.5,pm10,mg/m3,5",     # another unit
                  "8,1,x,2024-01-01T00:00:00-07:00,35.1,-106.5,o3,ppm,9",         # a second one
                  "8,1,x,2024-01-01T02:00:00-07:00,35.1,-106.5,pm10,ug/m3,-999",  # missing
                  "9,1,x,2024-01-01T02:00:00-07:00,35.1,-106.5,pm10,ug/m3,-999"]  # and nothing else of its hour
        file = self.write("long.csv", HEAD, *lines)
        self.load(self.schema("openaq", LONG), file)
        read, left_out, rejected, readings = len(lines), 48, 3, 48 + 24 + 1
        self.assertEqual(self.rows(), [("long.csv", *map(str, (read, rejected, left_out, read - rejected - left_out,
                                                              readings, readings, 0, 0, 0)))])
        self.assertEqual(self.readings("pm10", "pm2_5", "temperature", "o3")[:2],
                         [("7", "2024-01-01 07:00:00", "10", "1", "-20", ""),
                          ("7", "2024-01-01 08:00:00", "11", "2", "-19", "")])
        self.assertEqual(self.readings("pm10", "pm2_5", "temperature", "o3")[48:50],
                         [("8", "2024-01-01 07:00:00", "", "", "10", "0"),
                          ("8", "2024-01-01 08:00:00", "", "", "10.6", "1995.4")])
        self.assertEqual(self.statistics(),
                         [("openaq", "7", "pm10", "ug/m3", "48", "10", "57", "33.500"),
                          ("openaq", "7", "pm2_5", "ug/m3", "48", "1", "48", "24.500"),
                          ("openaq", "7", "temperature", "degC", "48", "-20", "27", "3.500"),
                          ("openaq", "8", "o3", "ug/m3", "24", "0", "45894.6", "22947.300"),
                          ("openaq", "8", "temperature", "degC", "24", "10", "22.8", "16.392")])
        self.assertEqual(self.sql('SELECT "row" - 240, field, sensor_key, message FROM sp.rejection ORDER BY 1')[:2],
                         [("1", "value", "8", "pm10 -5 is below the minimum 0"),
                          ("2", "units", "8", "units 'mg/m3' is not the unit of 'pm10' in spread; its unitText says how the file writes it")])
        self.assert_metrics_are_those_of_the_readings()

        # Its rows are known again.
        self.assertIn("is already loaded", self.load(self.schema("openaq", LONG), file))
        more = self.write("more.csv", HEAD, *lines, f"9,1,x,{hour(2)}-07:00,35.1,-106.5,temperature,c,5")
        self.load(self.schema("openaq", LONG), more)
        self.assertEqual(self.rows()[1], ("more.csv", *map(str, (read + 1, rejected, left_out, read + 1 - rejected - left_out,
                                                                 readings, 1, readings - 1, 0, 0))))

    def test_several_long_files_at_once(self):
        """Their rows do not mix, and each file has its numbers."""
        files = [self.write(f"{n}.csv", HEAD, *openaq(n, 3, [("pm10", "ug/m3", n), ("temperature", "c", n)]),
                            f"{n},1,x,{hour(3 + n)}-07:00,35.1,-106.5,pm10,ug/m3,-1") for n in (1, 2, 3)]
        self.load(self.schema("openaq", LONG), *files)
        self.assertEqual(self.rows(), [(f"{n}.csv", "7", "1", "0", "6", "3", "3", "0", "0", "0") for n in (1, 2, 3)])
        self.assertEqual(self.sql("SELECT count(*), count(pm10), count(temperature) FROM sp.reading"), [("9", "9", "9")])
        self.assert_metrics_are_those_of_the_readings()

    def test_rows_that_wait_in_vain_load_nothing(self):
        schema = {**LONG, "spread": {**LONG["spread"], "openRows": 10}}
        file = self.write("long.csv", HEAD, *openaq(7, 48, [("pm10", "ug/m3", 10), ("temperature", "c", -20)]))
        said = self.load(self.schema("openaq", schema), file, status=65)
        self.assertIn("its row was written already", said)
        self.assert_nothing_committed()

    def test_two_values_of_a_quantity_are_told_the_cure(self):
        schema = {key: value for key, value in LONG.items() if key != "primaryKey"}
        row = f"7,1,x,{hour(0)}-07:00,35.1,-106.5,pm10,ug/m3"
        said = self.load(self.schema("openaq", schema), self.write("long.csv", HEAD, row + ",1", row + ",2"), status=65)
        self.assertIn("the row has a pm10 already, '1', and here '2'", said)
        self.assertIn('a "primaryKey" of the fields that do', said)
        self.assert_nothing_committed()

    def test_wide_rows(self):
        lines = [f"{hour(n).replace('T', ' ')},{20 + n},{(30 + n) / 1000 if n % 2 else ''}" for n in range(24)]
        lines += [f"{hour(24).replace('T', ' ')},1001,0.01",  # above the maximum
                  "2024-03-31 03:30,1,0.001"]                 # an hour that is not
        file = self.write("wide.csv", "time,101,102", *lines)
        self.load(self.schema("wide", WIDE), file)
        self.assertEqual(self.rows(), [("wide.csv", "26", "2", "0", "24", "36", "36", "0", "0", "0")])
        self.assertEqual(self.readings("pm10")[:2], [("Hipodruma", "2023-12-31 22:00:00", "20"),
                                                     ("Hipodruma", "2023-12-31 23:00:00", "21")])
        self.assertEqual(self.statistics(), [("city", "Hipodruma", "pm10", "ug/m3", "24", "20", "43", "31.500"),
                                             ("city", "Mladost", "pm10", "ug/m3", "12", "31", "53", "42.000")])
        self.assertEqual(self.sql('SELECT "row", field, sensor_key FROM sp.rejection ORDER BY 1'),
                         [("25", "101", ""), ("26", "time", "")])
        self.assert_metrics_are_those_of_the_readings()

    def test_stations_that_write_their_own_local_time(self):
        schema = {**WIDE, "melt": {**WIDE["melt"], "timezones": {"102": "Europe/London"}}}
        file = self.write("wide.csv", "time,101,102", "2024-07-01 12:00,20,0.03", "2024-03-31 01:30,21,0.03",
                          "2024-03-31 03:30,,0.04", "2024-03-31 02:30,22,")
        self.load(self.schema("wide", schema), file)
        # 01:30 is not in London, 03:30 not in Sofia, whose zone is that of the column.
        self.assertEqual(self.rows(), [("wide.csv", "4", "2", "0", "2", "3", "3", "0", "0", "0")])
        self.assertEqual(self.readings("pm10"), [("Hipodruma", "2024-03-31 00:30:00", "22"),
                                                 ("Hipodruma", "2024-07-01 09:00:00", "20"),
                                                 ("Mladost", "2024-07-01 11:00:00", "30")])

    def test_a_column_that_tells_two_things(self):
        """Sensors that are known by the number of their place."""
        schema = {"fields": [{"name": "id", "type": "integer", "role": "location"},
                             {"name": "t", "type": "datetime", "role": "time"},
                             {"name": "lat", "type": "number", "role": "latitude"},
                             {"name": "lon", "type": "number", "role": "longitude"},
                             {"name": "temp", "type": "number", "unit": "degC", "role": "measure",
                              "constraints": {"maximum": 50}}],
                  "derived": [{"name": "sensor", "formula": "copy", "inputs": {"column": "id"}, "role": "key"},
                              {"name": "temp_k", "formula": "copy", "inputs": {"column": "temp"}, "unit": "K",
                               "role": "measure"}],
                  "constants": {"source": "poles"}}
        file = self.write("poles.csv", "id,t,lat,lon,temp", "7,2024-01-01T00:00:00Z,42.5,23.5,20.5",
                          "7,2024-01-01T01:00:00Z,42.5,23.5,21", "8,2024-01-01T01:00:00Z,42.6,23.5,99")
        self.load(self.schema("poles", schema), file)
        self.assertEqual(self.rows(), [("poles.csv", "3", "1", "0", "2", "2", "2", "0", "0", "0")])
        self.assertEqual(self.readings("location", "latitude", "temp", "temp_k"),
                         [("7", "2024-01-01 00:00:00", "7", "42.5", "20.5", "293.65"),
                          ("7", "2024-01-01 01:00:00", "7", "42.5", "21", "294.15")])
        self.assertEqual(self.sql("SELECT sensor_key FROM sp.rejection"), [("8",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
