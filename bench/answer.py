"""Answers of different tools, brought to one form and compared: a peer that computes something else is
not timed."""

import csv
import itertools
import json
import math

# Of two numbers that are meant to be the same. Tools that sum squares lose digits of a deviation:
# Miller's agree with the exact ones to 1e-9 only.
RELATIVE = 1e-7


def same_value(a, b):
    if a == b:
        return True
    try:
        return math.isclose(float(a), float(b), rel_tol=RELATIVE, abs_tol=1e-9)
    except ValueError:
        return same_time(a) == same_time(b)


def same_time(text):
    text = text.replace(" ", "T").removesuffix("Z")
    return text.rstrip("0").rstrip(".") if "." in text else text


def rows_of_csv(path, delimiter=","):
    with open(path, newline="", encoding="utf-8") as file:
        reader = csv.reader(file, delimiter=delimiter)
        next(reader)
        yield from reader


def rows_of_ndjson(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            yield [str(value) for value in json.loads(line).values()]


def long_groups(path, delimiter=","):
    """sensor_id, quantity, statistics…: as sp-aggregate writes them."""
    return sorted(rows_of_csv(path, delimiter))


def long_groups_ndjson(path):
    return sorted(rows_of_ndjson(path))


def wide_groups(path, delimiter=","):
    """sensor_id, then the five statistics of pressure, of temperature and of humidity."""
    return widen(rows_of_csv(path, delimiter))


def wide_groups_ndjson(path):
    return widen(rows_of_ndjson(path))


def widen(rows):
    result = []
    for row in rows:
        for i, quantity in enumerate(("pressure", "temperature", "humidity")):
            result.append([row[0], quantity, *row[1 + 5 * i : 6 + 5 * i]])
    return sorted(result)


def difference(ours, theirs):
    """Words for the first difference of two tables, or None."""
    for number, (a, b) in enumerate(itertools.zip_longest(ours, theirs), 1):
        if a is None or b is None:
            return f"{'fewer' if b is None else 'more'} rows than ours ({number - 1} agree)"
        if len(a) != len(b) or not all(map(same_value, a, b)):
            return f"row {number} is {b}, ours {a}"
    return None
