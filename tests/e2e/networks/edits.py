#!/usr/bin/env python3
"""How many properties of each network's schema are not those that sp-schema infer writes for its file.

    tests/e2e/networks/edits.py SP_SCHEMA [FLAG...]    FLAGs go to infer; {} in one is the network's source

A property of a field, of the dialect, of a derived column, or of the schema itself that is there, not there or
another one counts as one edit; remarks do not. Where infer refuses the file, all properties count.
"""
import collections
import json
import pathlib
import subprocess
import sys


FOLDERS = sorted(path.parent for path in pathlib.Path(__file__).parent.glob("*/schema.json"))


def sample_of(folder):
    """The one file that is neither the schema nor what is expected."""
    sample, = (path for path in folder.iterdir() if path.name not in ("schema.json", "expected.json"))
    return sample


def flatten(node, path=()):
    """The leaves of a schema as path -> value; fields and derived columns by their names."""
    leaves = {}
    for key, value in node.items():
        if key in ("fields", "derived"):
            for item in value:
                leaves.update(flatten(item, (*path, key, item["name"])))
        elif isinstance(value, dict) and key != "conditions":
            leaves.update(flatten(value, (*path, key)))
        elif key not in ("name", "$comment", "$schema"):
            leaves[(*path, key)] = value
    return leaves


def main(tool, *flags):
    for folder in FOLDERS:
        wanted = json.loads((folder / "schema.json").read_text())
        named = [flag.replace("{}", wanted["constants"]["source"]) for flag in flags]
        result = subprocess.run([tool, "infer", *named, sample_of(folder)], capture_output=True, text=True)
        wanted, found = flatten(wanted), flatten(json.loads(result.stdout)) if result.returncode == 0 else {}
        edits = sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))
        kinds = collections.Counter(path[-1] if path[0] == "fields" else path[0] for path in edits)
        counts = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
        print(f"{folder.name}: {len(edits)} of {len(wanted)}{'' if found else ', refused'}: {counts}")


if __name__ == "__main__":
    main(*sys.argv[1:])
