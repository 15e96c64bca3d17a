"""The table that sp-schema show --as ddl makes of a schema, as PostgreSQL takes it: names and
remarks of any text, columns that sp-transform adds, and the rows of all tools."""
import json
import unittest

from workplace import Workplace

SCHEMA = {
    "title": "Roof's \"data\"; DROP TABLE x; --",
    "description": "two\nlines",
    "fields": [
        {"name": "day", "type": "date", "role": "ignore"},
        {"name": "clock", "type": "time", "role": "ignore"},
        {"name": "t", "type": "number", "unit": "degF", "targetUnit": "degC", "decimals": 1,
         "rename": "it's \"t\"", "title": "Temp\\erature'", "description": "2 m\u0000 above $1 $$",
         "standardName": "air_temperature", "constraints": {"minimum": -40}},
        {"name": "rh", "type": "number", "unit": "percent"},
        {"name": "note", "type": "object", "title": "Äther",
         "constraints": {"jsonSchema": {"type": "object", "title": "--\n"}}},
    ],
    "derived": [
        {"name": "ts", "formula": "datetime", "inputs": {"date": "day", "time": "clock"},
         "title": "Time", "role": "time"},
        {"name": "dew", "formula": "dew_point", "decimals": 1, "unit": "degC",
         "standardName": "dew_point_temperature", "inputs": {"temperature": "t", "humidity": "rh"}},
    ],
    "constants": {"source": "roof"},
    "fromName": "_(?P<sensor_id>[0-9]+)",
}
COMMENTS = {
    "it's \"t\"": "Temp\\erature': 2 m  above $1 $$; air_temperature [degC]",
    "rh": "[percent]",
    "note": "Äther",
    "ts": "Time",
    "dew": "dew_point_temperature [degC]",
    "source": "",
    "sensor_id": "",
}
ROWS = "day,clock,t,rh,note\n2024-05-01,12:00:00,68,50,\"{\"\"a\"\": 1}\"\n2024-05-01,13:00:00,,,\n"


class Ddl(Workplace):
    def test_remarks_and_added_columns(self):
        schema = self.base / "roof.schema.json"
        schema.write_text(json.dumps(SCHEMA))
        ddl = self.run_tool("sp-schema", "show", "--as", "ddl", schema).stdout.decode()
        self.sql(ddl)
        self.assertEqual(self.sql("SELECT obj_description('roof'::regclass)"),
                         [("Roof's \"data\"; DROP TABLE x; --: two\nlines",)])
        self.assertEqual(
            dict(self.sql("SELECT attname, coalesce(col_description(attrelid, attnum), '')"
                          " FROM pg_attribute WHERE attrelid = 'roof'::regclass AND attnum > 0")),
            COMMENTS)
        file = self.base / "roof_17.csv"
        file.write_text(ROWS)
        command = (f"sp-validate --quiet --schema {schema} {file} >{self.base}/valid_17.csv &&"
                   f" sp-transform --schema {schema} {self.base}/valid_17.csv |"
                   " sp-load --quiet --db-schema public roof=-")
        self.run_tool("bash", "-o", "pipefail", "-c", command)
        self.assertEqual(
            self.sql("SELECT \"it's \"\"t\"\"\", dew, source, sensor_id, note->>'a' FROM roof ORDER BY ts"),
            [("20.0", "9.3", "roof", "17", "1"), ("", "", "roof", "17", "")])


if __name__ == "__main__":
    unittest.main()
