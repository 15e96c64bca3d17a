#!/usr/bin/env python3
"""Cases of the Table Schema and Table Dialect standards, through sp-validate or frictionless-py.

usage: run.py --sp-validate BINARY        checks that sp-validate answers as the tables say
       run.py --frictionless              prints where frictionless-py answers otherwise

README.md says what the columns of values.tsv and tables.tsv are.
"""
import argparse
import csv
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}


def unescape(text):
    out, at = "", 0
    while at < len(text):
        if text[at] == "\\" and at + 1 < len(text) and text[at + 1] in ESCAPES:
            out += ESCAPES[text[at + 1]]
            at += 1
        else:
            out += text[at]
        at += 1
    return out


def read_table(name):
    with open(HERE / name, encoding="utf-8", newline="\n") as file:
        lines = file.read().rstrip("\n").split("\n")
    head = lines[0].split("\t")
    for number, line in enumerate(lines[1:], 2):
        cells = line.split("\t")
        if len(cells) != len(head):
            sys.exit(f"{name}:{number}: {len(cells)} cells where the head has {len(head)}")
        yield f"{name}:{number}", dict(zip(head, cells))


def value_case(case):
    """A row of values.tsv as a table of one row and the answer that it wants."""
    options = json.loads(case["options"]) if case["options"] else {}
    schema = options.pop("schema", {})
    field = {"name": "v", "type": case["type"]}
    if case["format"]:
        field["format"] = case["format"]
    field.update(options)
    expected = case["expected"]
    constraints = dict(field.get("constraints", {}))
    if expected.startswith("= "):  # equal by the field's type
        constraints["enum"] = [as_json(case["type"], unescape(expected[2:]))]
        expected = "ok"
    elif expected == "null":
        constraints["required"] = True
        expected = "1:constraint-error"
    elif expected not in ("ok", "78"):
        expected = "1:" + expected
    if constraints or "constraints" in field:
        field["constraints"] = constraints
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["k", "v"], ["1", unescape(case["source"])]])
    schema = {"fields": [{"name": "k"}, field], **schema}
    return {"schema": schema, "flags": [], "source": out.getvalue(), "expected": expected}


def as_json(type_, text):
    return json.loads(text) if type_ in ("array", "object") else text


def table_case(case):
    return {"schema": json.loads(case["schema"]), "flags": case["flags"].split(),
            "source": unescape(case["source"]), "expected": case["expected"]}


def cases():
    for place, row in read_table("values.tsv"):
        yield place, row["note"], value_case(row)
    for place, row in read_table("tables.tsv"):
        yield place, row["note"], table_case(row)


def ask_sp_validate(binary, case, folder):
    """The answer in the words of the tables: ok, 78, or row:code ... with one code a cell."""
    paths = {name: os.path.join(folder, name) for name in ("schema", "in.csv", "errors", "rejects")}
    with open(paths["schema"], "w", encoding="utf-8") as file:
        json.dump(case["schema"], file, ensure_ascii=False)
    with open(paths["in.csv"], "w", encoding="utf-8", newline="") as file:
        file.write(case["source"])
    command = [binary, "--from", "csv", "--schema", paths["schema"], "--errors", paths["errors"],
               "--rejects", paths["rejects"], *case["flags"], paths["in.csv"]]
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode not in (0, 65):
        return str(result.returncode), result.stderr
    with open(paths["errors"], encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return answer((error["row"], error["code"]) for error in found), result.stderr


def answer(found):
    """A cell that breaks two constraints counts once."""
    words = [f"{row or 'header'}:{code}" for row, code in found]
    constraint = [word for word in words if word.endswith(":constraint-error")]
    return " ".join(dict.fromkeys(words) if constraint else words) or "ok"


def ask_frictionless(case, folder):
    from frictionless import Dialect, Resource, Schema
    from frictionless.formats import CsvControl
    schema = dict(case["schema"])
    dialect = schema.pop("dialect", None)
    path = os.path.join(folder, "in.csv")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(case["source"])
    csv_properties = ("delimiter", "lineTerminator", "quoteChar", "doubleQuote", "escapeChar",
                      "nullSequence", "skipInitialSpace")
    try:
        descriptor = {key: value for key, value in (dialect or {}).items()
                      if key not in csv_properties}
        descriptor["csv"] = {"delimiter": ",", **{key: value for key, value in
                             (dialect or {}).items() if key in csv_properties}}
        resource = Resource(path="in.csv", basepath=folder, format="csv", encoding="utf-8",
                            schema=Schema.from_descriptor(schema),
                            dialect=Dialect.from_descriptor(descriptor))
        report = resource.validate()
    except Exception as error:  # whatever it is, the descriptor was refused
        return "78", str(error)
    found, words = [], []
    for row, code, note in report.flatten(["rowNumber", "type", "note"]):
        words.append(note or "")
        if code in ("schema-error", "field-error", "dialect-error", "resource-error", "error"):
            return "78", note
        found.append((row - 1 if row else None, code))
    return answer(found), "; ".join(words)


def check_sp_validate(binary):
    count = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for place, _, case in cases():
            count += 1
            got, words = ask_sp_validate(binary, case, folder)
            if got == case["expected"]:
                continue
            failed += 1
            print(f"{place}: wanted {case['expected']}, got {got}\n"
                  f"  schema {json.dumps(case['schema'], ensure_ascii=False)}\n"
                  f"  source {case['source']!r}\n  {words.strip()}")
    print(f"{count} cases, {failed} failed")
    return 1 if failed else 0


def compare_frictionless():
    count = explained = 0
    unexplained = []
    with tempfile.TemporaryDirectory() as folder:
        for place, note, case in cases():
            if case["flags"]:  # sp's own
                continue
            count += 1
            got, words = ask_frictionless(case, folder)
            if got == case["expected"]:
                if note:
                    print(f"{place}: agrees, though its note says: {note}")
            elif note:
                explained += 1
                print(f"{place}: frictionless-py {got}, sp {case['expected']}: {note}")
            else:
                unexplained.append(f"{place}: frictionless-py {got}, sp {case['expected']}\n"
                                   f"  schema {json.dumps(case['schema'], ensure_ascii=False)}\n"
                                   f"  source {case['source']!r}\n  {words.strip()}")
    print("\n".join(unexplained))
    print(f"{count} cases, {explained} differences explained, {len(unexplained)} not")
    return 1 if unexplained else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    engine = parser.add_mutually_exclusive_group(required=True)
    engine.add_argument("--sp-validate", metavar="BINARY")
    engine.add_argument("--frictionless", action="store_true")
    arguments = parser.parse_args()
    if arguments.frictionless:
        sys.exit(compare_frictionless())
    sys.exit(check_sp_validate(arguments.sp_validate))


if __name__ == "__main__":
    main()
