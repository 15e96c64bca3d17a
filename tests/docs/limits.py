#!/usr/bin/env python3
"""The limits of sp-guarantees(7) against the sources: each has a row here that finds it there.

usage: limits.py SOURCE_DIR
"""
import datetime
import pathlib
import re
import sys

# On the page: where it is, and by which pattern; its group is a number as C++ or SQL writes it, none for "none".
ROWS = {
    "a row": ("lib/sp/table/record_reader.h", r"max_row_bytes = ([^;]+);"),
    "a row of CSV, by any flag": ("lib/sp/table/csv_reader.cc", r"kMaxCapacity = ([^;]+);(?s:.*)kMaxCapacity / 2\)"),
    "levels of members in members": ("lib/sp/table/ndjson_row.cc", r"kMostNested = (\d+);"),
    "levels of collections in GeoJSON": ("lib/sp/json/geojson.cc", r"kMaxDepth = (\d+);"),
    "different keys in a run": ("lib/sp/base/key_table.h", r"kNone = (UINT32_MAX);"),
    "memory to unpack xz": ("lib/sp/io/unpack.cc", r"kMemory = ([^;]+);"),
    "bytes of a file, watched": ("tools/sp-watch/options.h", r"max_file_bytes = (0);"),
    "bytes after unpacking": ("lib/sp/io/byte_source.h", r"max_unpacked_bytes = (0);"),
    "head that tells the format": ("lib/sp/table/formats.cc", r"kHeadBytes = ([^;]+);"),
    "head by which it is chosen": ("tools/sp-schema/choose/file_head.h", r"kMost = ([^;]+);"),
    "digits of an epoch": ("lib/sp/time/time_format.cc", r"kMostDigits = (\d+);"),
    "digits in a duration": ("lib/sp/value/calendar_value.cc", r"kMaxDigits = (\d+);"),
    "decimals": ("lib/sp/schema/field.cc", r"n\.count\(\) > (\d+)\) n\.fail\(\"must be 0 to"),
    "%[ and %] in a pattern": ("lib/sp/time/time_pattern.cc", r"kMost = (\d+);"),
    "memory of a pattern": ("lib/sp/value/rule.cc", r"kPatternMemory = ([^;]+);"),
    "levels of classes in a pattern": ("lib/sp/value/xsd_pattern.cc", r"kMaxDepth = (\d+);"),
    "days, months of a window": ("tools/sp-aggregate/window.cc", r"kMostCount = ([\d']+);"),
    "a schema": ("lib/sp/schema/load.cc", r"kMaxSchemaBytes = ([^;]+);"),
    "a run report": ("lib/sp/app/report.cc", r"kMaxReportBytes = ([^;]+);"),
    "places of rows in a report": ("lib/sp/app/row_places.cc", r"kMost = (\d+);"),
    "a value in an error log": ("tools/sp-validate/violation.cc", r"kMost = (\d+);"),
    "missing cells that are named": ("tools/sp-validate/row_checker.cc", r"kMostNamed = (\d+);"),
    "a part of a message": ("lib/sp/base/diagnostic.cc", r"kMaxPart = (\d+);"),
    "rows that a spread keeps open": ("lib/sp/schema/schema.h", r"open_rows = ([\d']+);"),
    "rows kept open, by any flag": ("lib/sp/schema/reshape.h", r"kMostOpenRows = ([\d']+);"),
    "rows in which a key is found": ("tools/sp-schema/infer/role/key.h", r"kMostRows = ([^;]+);"),
    "objects that name columns": ("tools/sp-schema/infer/layout/members.cc", r"kMostObjects = (\d+);"),
    "lines above a header": ("tools/sp-schema/infer/layout/preamble.cc", r"kMostSkipped = (\d+);"),
    "key of a sensor": ("sql/001_tables.sql", r"sp\.sensor \((?s:.*?)length\(key\) <= (\d+)"),
    "name of a source": ("sql/001_tables.sql", r"sp\.sensor \((?s:.*?)length\(source\) <= (\d+)"),
    "name of a place": ("sql/001_tables.sql", r"sp\.location \((?s:.*?)length\(key\) <= (\d+)"),
    "name of a quantity": ("sql/001_tables.sql", r"octet_length\(name\) BETWEEN 1 AND (\d+)"),
    "new quantities of a load": ("tools/sp-load/options.h", r"max_new_quantities = (\d+);"),
    "quantities of a database": ("sql/002_functions.sql", r"FROM sp\.quantity\) > (\d+) THEN"),
    "new sensors of a load": ("tools/sp-load/options.h", r"max_new_sensors = ([\d']+);"),
    "months of a load": ("tools/sp-load/options.h", r"max_partitions = (\d+);"),
    "rows of other values": ("tools/sp-load/options.h", r"std::optional<\S+> (max_conflicts);"),
    "altitude of a place": ("tools/sp-load/network/reading_names.cc", r"\{plan_\.altitude, (1e6)\}"),
    "keys of a --dimension": ("tools/sp-load/copy/dimension.h", r"kMaxKeys = ([\d']+);"),
    "conflicts that are told": ("tools/sp-load/merge/conflicts.h", r"kFirstConflicts = (\d+);"),
    "stream kept in memory": ("tools/sp-load/copy/replay_buffer.h", r"kMemoryLimit = ([^;]+);"),
    "--retry-for, --answer-timeout": ("tools/sp-load/options.cc", r"kMaxSeconds = (\d+) \* 86400;"),
    "commands side by side": ("tools/sp-watch/options.cc", r"kMaxJobs = (\d+);"),
    "files of one command": ("tools/sp-watch/run/halving.h", r"kMaxBatch = (\d+);"),
    "open files beside a batch": ("tools/sp-watch/watch.cc", r"kOthers = (\d+);"),
    "name in work/": ("tools/sp-watch/job/job_name.h", r"kMaxJobName = (\d+);"),
    "crashes of one file": ("tools/sp-watch/run/schedule.h", r"max_crashes = (\d+);"),
    "standard error in a reason": ("tools/sp-watch/run/process.cc", r"kTail = (\d+);"),
    "last line in a reason": ("tools/sp-watch/run/verdict.cc", r"last_line_of(?s:.*?)kMax = (\d+);"),
    "SP_OUTCOMES": ("tools/sp-watch/run/outcomes.cc", r"kMaxBytes = ([^;]+);"),
    "times that flags take": ("lib/sp/time/time_span.cc", r"kLongest = std::int64_t\{(\d+)\} \* 86400000;"),
}
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def rows_of(page):
    """[(what, how much)] of the section LIMITS."""
    section = re.search(r"^\.Sh LIMITS\n(.*?)^\.Sh ", page, re.DOTALL | re.MULTILINE)[1].replace(r"\-", "-")
    lines = re.findall(r"^\.It (.*) Ta (.*) Ta .*$", section, re.MULTILINE)
    return [row for row in lines if row[1] != "Em most"]


def number_on_the_page(text):
    number, _, unit = text.partition(" ")
    return 0 if number == "none" else int(number) * UNITS.get(unit, 1)


def number_of(expression):
    """Of C++: 16 * 1024, std::size_t{64} << 20, 1'000."""
    plain = re.sub(r"std::\w+\{(\d+)\}", r"\1", expression.replace("'", "")).replace("UINT32_MAX", "4294967295")
    if plain == "max_conflicts":  # optional: none unless a flag sets it
        return 0
    if not re.fullmatch(r"[\d <*e]+", plain):
        raise ValueError(f"{expression} is not understood")
    return int(eval(plain))


# What is no constant of its own.
def years(source):
    text = (source / "lib/sp/time/timestamp.h").read_text()
    seconds = [int(re.search(rf"{name} = ([-\d']+);", text)[1].replace("'", "")) for name in ("kFirstSecond", "kLastSecond")]
    epoch = datetime.datetime(1970, 1, 1)
    return "{} to {}".format(*((epoch + datetime.timedelta(seconds=s)).year for s in seconds))


def unit_bytes(source):
    text = (source / "lib/sp/unit/unit.cc").read_text()
    size = re.search(r"char text\[(\d+)\];\n  const int size = ut_format", text)[1]
    return f"{int(size) - 1} bytes"


def json_levels(_):
    header = pathlib.Path("/usr/include/simdjson.h")
    found = re.search(r"DEFAULT_MAX_DEPTH = (\d+);", header.read_text()) if header.exists() else None
    return found[1] if found else "1024"


OTHERS = {"years of a time": years, "definition of a unit": unit_bytes, "levels of JSON in a cell": json_levels}


def problem_of(source, what, text):
    if what in OTHERS:
        wanted = OTHERS[what](source)
        return None if text == wanted else f"{what}: {text} on the page, {wanted} in the sources"
    path, pattern = ROWS[what]
    found = re.search(pattern, (source / path).read_text())
    if not found:
        return f"{what}: {pattern} is not in {path}"
    wanted = number_of(found[1]) // (2 if what.startswith("a row of CSV") else 1)
    return None if number_on_the_page(text) == wanted else f"{what}: {text} on the page, {wanted} in {path}"


def main():
    source = pathlib.Path(sys.argv[1])
    rows = rows_of((source / "man/sp-guarantees.7").read_text())
    known = set(ROWS) | set(OTHERS)
    problems = [f"{what} is not on the page" for what in sorted(known - {what for what, _ in rows})]
    for what, text in rows:
        problem = problem_of(source, what, text) if what in known else f"{what}: no row of limits.py finds it"
        problems += [problem] if problem else []
    for problem in problems:
        print(problem)
    print(f"{len(rows)} limits, {len(problems)} problems")
    return 1 if problems or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
