"""What sp-validate passes, every later stage takes: over types x formats x options x missing values, read from CSV and
NDJSON and written as either, and then all of it in one table of sp-load's."""
import csv
import io
import itertools
import json
import unittest

from workplace import Workplace

# Cells that a field of the type may have. What does not fit its options is refused, and no more asked about.
TEXTS = {
    "boolean": ["true", "false", "1", "0", "ja", "nein", "T", "", "NA"],
    "integer": ["0", "7", "-12", "+5", "007", "1.0", "12000", "1,200", "1.200", "50%", "12 km", "9223372036854775808", "-0"],
    "number": ["0", "12.5", "12,5", "-0.0", "1e5", "+.5", "5.", "NaN", "INF", "-INF", "1,234.5", "1.234,5", "1'234", "45 kg", "$7", "007.50", "1e300"],
    "date": ["2024-02-29", "29.02.2024", "20240229", "2024060", "0001-01-01"],
    "time": ["08:30:00", "24:00", "08:30:06.25", "0830", "830", "08:30", "8:30 PM"],
    "datetime": ["2024-02-29T08:30:00Z", "2024-02-29 08:30", "2024-02-29T08:30:00.123+02:00", "29.02.2024 08:30", "1709195400", "1709195400000"],
    "year": ["2024", "0001", "-5"],
    "yearmonth": ["2024-02"],
    "duration": ["P1Y2M", "PT5M", "P1W", "PT0.5S"],
    "geopoint": ["90.50, 45.50", "[90.5,45.5]", '{"lon": 90.5, "lat": 45.5}'],
    "geojson": ['{"type":"Point","coordinates":[1,2]}'],
    "array": ["[1,2]", "[]", '["a", {"b": null}]'],
    "object": ['{"a":1}', '{"a":{"b":[1]}}'],
    "list": ["a,b", "1,2", "1;2", "2024-01-01,2024-01-02"],
    "string": ["", "a", "007", "true", "null", "a@b.de", "http://x.y/z", "0b4e3dd6-8b02-4d13-b1b5-0b2d0b9b8b8b", "YWJj", " x ", 'q"u', "l,m", "ж", "NA"],
    "any": ["", "1", "true", "text", "NaN"],
}
# Values of JSON, beside the texts as strings.
TOKENS = ["true", "false", "1", "0", "1.0", "-5", "12.5", "1e3", "2024", "20240229", "830", "1709195400", "1709195400.5",
          "null", '""', "[1,2]", '{"a":1}', "-0.0", "123456789012345678901"]
FORMATS = {
    "date": ["any", "%d.%m.%Y", "%Y%m%d", "%Y%j"],
    "time": ["any", "%H%M", "%I:%M %p", "%-H%M"],
    "datetime": ["any", "%d.%m.%Y %H:%M", "epoch-seconds", "epoch-milliseconds"],
    "geopoint": ["array", "object"],
    "string": ["email", "uri", "uuid", "binary"],
}
OPTIONS = {
    "boolean": [{"trueValues": ["ja"], "falseValues": ["nein"]}, {"trueValues": ["1"], "falseValues": ["0"]},
                {"trueValues": ["T", "true"], "falseValues": ["false"]}, {"trueValues": ["false"], "falseValues": ["true"]}],
    "integer": [{"groupChar": ","}, {"groupChar": "."}, {"bareNumber": False}, {"missingNumbers": [-999, 0]},
                {"unit": "degF", "targetUnit": "degC"}, {"categories": [0, 7]}],
    "number": [{"decimalChar": ","}, {"decimalChar": ",", "groupChar": "."}, {"groupChar": "'"}, {"bareNumber": False},
               {"missingNumbers": [12.5]}, {"unit": "degF", "targetUnit": "degC", "decimals": 2}, {"decimals": 1},
               {"unit": "km", "targetUnit": "nm"}],
    "time": [{"hour24": True}],
    "datetime": [{"timezone": "Europe/Sofia"}, {"hour24": True}],
    "list": [{"itemType": "integer"}, {"delimiter": ";"}, {"itemType": "date"}],
    "string": [{"constraints": {"maxLength": 40}}, {"categories": ["a", "007", ""]}],
}
MISSING = [None, ["", "NA", "null"], ["NA"]]
REMARKS = ("contentMediaType", "format", "unit")  # nothing that JSON Schema checks in any case
WAYS = ("csv", "ndjson")


def all_fields():
    for kind in TEXTS:
        for form, options, missing in itertools.product([None, *FORMATS.get(kind, [])], [{}, *OPTIONS.get(kind, [])], MISSING):
            if form and "categories" in options:
                continue  # that are none in the format
            more = {"format": form, "missingValues": missing}
            yield {"name": "x", "type": kind, **options, **{k: v for k, v in more.items() if v is not None}}


def as_csv(columns, rows):
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def as_ndjson(columns, rows):
    """Of JSON tokens."""
    return "".join("{" + ",".join(f"{json.dumps(name)}:{token}" for name, token in zip(columns, row)) + "}\n" for row in rows)


def cells(form, text):
    """Rows of texts; what JSON says of their kinds is left out."""
    if form == "csv":
        return list(csv.reader(io.StringIO(text)))[1:]
    rows = [json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines()]
    plain = {True: "true", False: "false", None: ""}
    return [[plain[value] if value in (True, False, None) else value for value in row.values()] for row in rows]


class Consistency(Workplace):
    maxDiff = 2000

    def run_text(self, *command, text):
        return self.run_tool(*command, input=text.encode()).stdout.decode()

    def test_every_stage_takes_what_sp_validate_passes(self):
        asked, passed, kept = 0, 0, []
        schema = self.base / "s.json"
        for field in all_fields():
            schema.write_text(json.dumps({"fields": [{"name": "n", "type": "integer"}, field]}))
            texts = TEXTS[field["type"]]
            tokens = TOKENS + [json.dumps(text) for text in texts]
            inputs = {"csv": as_csv(["n", "x"], enumerate(texts)), "ndjson": as_ndjson(["n", "x"], enumerate(tokens))}
            for source, to in itertools.product(WAYS, WAYS):
                with self.subTest(field=field, source=source, to=to):
                    command = ("--quiet", "--schema", str(schema), "--from")
                    valid = self.run_text("sp-validate", *command, source, "--to", to, "--rejects", "/dev/null", text=inputs[source])
                    asked += len(texts if source == "csv" else tokens)
                    if not cells(to, valid):
                        continue
                    passed += len(cells(to, valid))
                    again = self.run_text("sp-validate", *command, to, text=valid)
                    self.assertEqual(cells(to, again), cells(to, valid))
                    results = {form: self.run_text("sp-transform", *command, to, "--to", form, text=valid) for form in WAYS}
                    self.assertEqual(cells("csv", results["csv"]), cells("ndjson", results["ndjson"]))
                    kept.append((field, [row[1] for row in cells("csv", results["csv"])]))
        print(f"{asked} values of {len(list(all_fields()))} fields, {passed} passed")
        self.assertGreater(passed, 2000)
        self.load(kept)

    def test_the_json_schema_takes_what_sp_validate_passes(self):
        """sp-validate's own reader of JSON Schema is asked."""
        own, wrapped = self.base / "own.json", self.base / "wrapped.json"
        more = ["nan", "inf", "+INF", "-inf", "TRUE", "1", "0", "1.5"]
        for field in all_fields():
            with self.subTest(field=field):
                own.write_text(json.dumps({"fields": [field]}))
                shown = json.loads(self.run_text("sp-schema", "show", "--as", "jsonschema", str(own), text=""),
                                   object_hook=lambda o: {k: v for k, v in o.items() if k not in REMARKS})
                wrapped.write_text(json.dumps({"fields": [{"name": "o", "type": "object", "constraints": {"jsonSchema": shown}}]}))
                # It knows no numbers of more than 64 bits; and of a category only the spelling of the schema is listed.
                tokens = [t for t in TOKENS if len(t) < 20] + [json.dumps(t) for t in TEXTS[field["type"]] + more]
                if "categories" in field and field["type"] == "integer":
                    tokens = [t for t in tokens if t not in ('"007"', '"-0"')]
                passed = self.passed(own, [f'{{"x":{t}}}' for t in tokens])
                taken = self.passed(wrapped, [json.dumps({"o": f'{{"x":{t}}}'}) for t in tokens])
                self.assertEqual([tokens[i] for i in sorted(passed - taken)], [])

    def passed(self, schema, lines):
        """Numbers of the lines that are valid."""
        errors = self.base / "errors"
        self.run_tool("sp-validate", "--quiet", "--schema", str(schema), "--from", "ndjson", "--rejects", "/dev/null",
                      "--errors", str(errors), input="\n".join(lines).encode())
        with open(errors) as file:
            return set(range(len(lines))) - {json.loads(line)["row"] - 1 for line in file}

    def load(self, kept):
        """All that came of it, a column for each field, as sp-load gets it: from CSV."""
        quantities = {f"q{i}": (field, values) for i, (field, values) in enumerate(kept)}
        fields = [{"name": "key", "type": "string", "role": "key"}, {"name": "time", "type": "datetime", "role": "time"}]
        for name, (field, _) in quantities.items():
            more = {"unit": "1"} if field["type"] in ("number", "integer") and "unit" not in field else {}
            fields.append({**field, "name": name, **more})
        schema = self.base / "wide.json"
        path = self.base / "wide.csv"
        for begin in range(0, len(quantities), 400):
            self.new_database()  # whose readings have room for some 900 quantities
            names = list(quantities)[begin:begin + 400]
            schema.write_text(json.dumps({"fields": fields[:2] + [f for f in fields[2:] if f["name"] in names],
                                          "constants": {"source": f"n{begin}"}}))
            rows = [["k", f"2024-01-01T00:00:{i:02}Z", f"n{begin}", *(quantities[n][1][i] if i < len(quantities[n][1]) else "" for n in names)]
                    for i in range(60)]
            path.write_text(as_csv(["key", "time", "source", *names], rows))
            self.run_tool("sp-load", "--quiet", "--schema", str(schema), "--source", str(path), "--max-new-quantities", "400",
                          f"reading={path}")
            counts = self.sql("SELECT " + ", ".join(f"count({n})" for n in names) + f" FROM sp.reading r JOIN sp.sensor s USING (sensor_id) WHERE source = 'n{begin}'")[0]
            self.assertEqual([int(n) for n in counts], [sum(v != "" for v in quantities[n][1]) for n in names])


if __name__ == "__main__":
    unittest.main()
