"""The schemas that sp-pipeline(7) shows load files of their layouts into the tables, as they stand there."""
import re
import unittest

from workplace import SOURCE, Workplace

PAGE = (SOURCE / "man/sp-pipeline.7").read_text()


def literal(begin):
    """The literal block of the page whose first line is `begin`, or whose first lines are."""
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed", PAGE, re.MULTILINE | re.DOTALL):
        if block.startswith(begin):
            return block.replace("\\e", "\\")
    raise AssertionError(f"sp-pipeline(7) has no example that begins with {begin!r}")


class Layout(Workplace):
    def load(self, name, text, schema):
        (self.base / name).write_text(text)
        (self.base / "schema.json").write_text(schema)
        self.run_tool("sp-pipeline", "--schema", "schema.json", name, cwd=self.base)

    def test_the_whole_of_a_small_schema(self):
        self.load("roof.csv", "sensor_id,timestamp,pressure\n3,2024-05-01T12:00:00,95000\n"
                              "3,2024-05-01T12:10:00,1\n", literal('{\n  "fields": [\n    {"name": "sensor_id"'))
        self.assertEqual(self.sql("SELECT source, key, sensor_type, location, pressure FROM sp.located_reading"),
                         [("roof", "3", "BME280", "", "950")])
        self.assertEqual(self.ledger(), {"roof.csv": (2, 1, 1, 1, 0)})

    def test_a_file_of_another_layout(self):
        self.load("weather-2024.csv", literal("station,time,"),
                  literal('{\n  "fields": [\n    {"name": "station"'))
        self.assertEqual(self.readings("pressure", "wind"),
                         [("north-7", "2024-05-01 09:00:00", "950", "3.47"),
                          ("north-7", "2024-05-01 09:10:00", "950.1", "")])
        self.assertEqual(self.count("location"), 0)
        self.assertEqual(self.sql("SELECT quantity, unit, n FROM sp.daily ORDER BY quantity"),
                         [("pressure", "hPa", "2"), ("wind", "m/s", "1")])
        self.assertEqual(self.sql("SELECT DISTINCT quantity FROM sp.sensor_statistics ORDER BY 1"),
                         [("pressure",), ("wind",)])


if __name__ == "__main__":
    unittest.main(verbosity=2)
