"""deploy/spark without Spark: files cut into pieces, laid out and loaded in batches, statistics of pieces.
scripts/engines runs the jobs on a cluster."""
import functools
import json
import os
import pathlib
import random
import sys
import tempfile
import types
import unittest
from unittest import mock

SOURCE = pathlib.Path(__file__).parents[2]
SCHEMA = str(SOURCE / "examples/sofia/bme280.schema.json")
sys.path.insert(0, str(SOURCE / "deploy/spark"))
spark = mock.MagicMock()
with mock.patch.dict(sys.modules, {"pyspark": spark, "pyspark.sql": spark}):
    import inputs
    import load
    import stats

STAGE = os.environ["SP_STAGE"]
HEADER = ",sensor_id,location,lat,lon,timestamp,pressure,temperature,humidity\n"


def rows(count, seed=1):
    chance = random.Random(seed)
    return [f"{number},{chance.randint(1, 3)},1,42.7,23.3,2017-07-01T{number // 60 % 24:02}:{number % 60:02}:00,"
            f"{chance.uniform(9e4, 1e5)},{chance.uniform(-9, 60):.2f},50\n" for number in range(count)]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sp-spark.")
        self.addCleanup(folder.cleanup)
        self.base = pathlib.Path(folder.name)
        spark.SparkFiles.getRootDirectory.return_value = folder.name

    def write(self, name, text, mode=0o644):
        path = self.base / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return str(path)


class Pieces(Folder):
    def pieces(self, text, size, head=1):
        path = self.write("x.csv", text)
        return [inputs.piece(*content).decode() for _, content in inputs.cuts(path, size, head)]

    def test_each_line_is_in_one_piece_under_the_head(self):
        lines = ["a,b\n", *(f"{number},{'x' * (number % 7)}\n" for number in range(40)), "last,without an end"]
        text = "".join(lines)
        for head in (0, 1, 3):
            for size in range(1, len(text)):
                with self.subTest(head=head, size=size):
                    top, found = "".join(lines[:head]), ""
                    for piece in self.pieces(text, size, head):
                        self.assertEqual(piece[:len(top)], top)
                        found += piece[len(top):]
                    self.assertEqual(top + found, text)

    def test_objects_have_no_head(self):
        lines = ['{"a":1,"b":"\\""}\n', '{"a":2,"b":null}\n']
        self.assertEqual([piece for piece in self.pieces("".join(lines), 8) if piece], lines)

    def test_a_field_with_a_line_break_is_seen(self):
        self.assertEqual("".join(self.pieces('a\n"1, ""x"""\n2\n', 4, 0)), 'a\n"1, ""x"""\n2\n')
        with self.assertRaisesRegex(ValueError, "line break"):
            self.pieces('a\n"1\n2"\n3\n', 4)

    def test_what_no_line_break_cuts_stays_whole(self):
        for start in (*inputs.WHOLE, b" \n[", b"\xef\xbb\xbf["):
            path = self.base / "x"
            path.write_bytes(start + b"\n" * 100)
            self.assertEqual(inputs.cuts(str(path), 10, 1), [(str(path), None)])


class Layout(Folder):
    def test_paths(self):
        names = ["a/x.csv", "a/y.csv", "b/x.csv", "b/[1].csv", "b/.part"]
        for name in names:
            self.write(name, "")
        found = inputs.paths([f"{self.base}/a", f"{self.base}/b/*.csv", f"{self.base}/b/[1].csv"])
        self.assertEqual(found, [f"{self.base}/{name}" for name in ("b/[1].csv", "a/x.csv", "b/x.csv", "a/y.csv")])
        with self.assertRaises(SystemExit) as end:
            inputs.paths([f"{self.base}/none"])
        self.assertEqual(end.exception.code, 66)

    def test_contents_lie_under_their_names(self):
        uri = "s3a://bucket/day/x.csv"
        self.assertEqual(list(inputs.lay_out([(uri, bytearray(b"a")), ("/y", None)], str(self.base))), [uri, "/y"])
        self.assertEqual((self.base / uri).read_text(), "a")
        with self.assertRaisesRegex(ValueError, "leads out"):
            list(inputs.lay_out([("s3a://bucket/../../../x", b"a")], str(self.base)))


class Load(Folder):
    def run_batch(self, script, *names):
        command = self.write("command", f"#!/bin/bash\n{script}\n", 0o755)
        return {file["file"]: file for file in load.load([command], [(name, b"") for name in names])}

    def test_outcomes_and_rejected_rows(self):
        found = self.run_batch("""
            echo '{"file":"a/y","status":65,"reason":"no header"}' >>$SP_OUTCOMES
            echo '{"file":"a/z","row":1}' >$SP_QUARANTINE/z.errors.ndjson
            echo row >$SP_QUARANTINE/z""", "a/x", "a/y", "a/z")
        self.assertEqual(found, {
            "a/x": {"file": "a/x", "status": 0}, "a/y": {"file": "a/y", "status": 65, "reason": "no header"},
            "a/z": {"file": "a/z", "status": 0, "rejected": "row\n", "reasons": '{"file":"a/z","row":1}\n'}})

    def test_a_batch_that_is_refused_is_halved(self):
        found = self.run_batch('echo $@ >&2; [[ " $* " != *" b "* ]] || exit 65', "a", "b", "c", "d", "e")
        self.assertEqual({name: file["status"] for name, file in found.items()}, dict(a=0, b=65, c=0, d=0, e=0))
        self.assertEqual(found["b"]["reason"], "b")

    def test_what_may_pass_is_for_spark_to_try_again(self):
        for script in ("exit 75", "exit 78", "kill -9 $$", """echo '{"file":"a","status":75}' >$SP_OUTCOMES"""):
            with self.subTest(script), self.assertRaises(RuntimeError):
                self.run_batch(script, "a", "b")
        self.assertEqual([path.name for path in self.base.iterdir()], ["command"])


class Statistics(Folder):
    def setUp(self):
        super().setUp()
        patch = mock.patch.dict(os.environ, PATH=f"{STAGE}/bin:{os.environ['PATH']}")
        patch.start()
        self.addCleanup(patch.stop)

    def summary(self, items, schema=SCHEMA):
        return functools.reduce(stats.together, stats.summary(schema, "1h", items))

    def test_pieces_are_the_whole(self):
        path = self.write("x.csv", HEADER + "".join(rows(2000)))
        whole = self.summary([(path, None)])
        total = functools.reduce(stats.together, (self.summary([cut]) for cut in inputs.cuts(path, 9999, 1)))
        self.assertEqual(whole[1:], total[1:])
        self.assertGreater(whole[2], 0)
        self.assertEqual(*(stats.merge(part[0], "--sort", "--stats", "count,min,max") for part in (whole, total)))

    def test_files_of_other_columns_and_refused_files(self):
        lines = rows(10)
        schema = self.write("schema.json", json.dumps({**json.loads(pathlib.Path(SCHEMA).read_text()),
                                                       "fieldsMatch": "subset"}))
        more = "".join(f"{line.strip()},1\n" for line in lines[5:])
        files = {"a.csv": HEADER + "".join(lines[:5]), "b.csv": f"{HEADER.strip()},more\n{more}", "none.csv": "a,b\n"}
        found = self.summary([(self.write(name, text), None) for name, text in files.items()], schema)
        whole = self.summary([(self.write("whole.csv", HEADER + "".join(lines)), None)], schema)
        self.assertEqual(*(stats.merge(part[0], "--sort", "--stats", "count,min,max") for part in (whole, found)))
        self.assertEqual(whole[1:3], found[1:3])
        self.assertEqual(len(found[3]), 1)
        self.assertIn("none.csv: ", found[3][0])

    def test_a_dialect_wants_a_word(self):
        schema = self.write("schema.json", '{"fields": [], "dialect": {"header": false, "delimiter": ";"}}')
        with self.assertRaisesRegex(SystemExit, "header"):
            stats.lines_of_head(types.SimpleNamespace(schema=schema, head=None))
        self.assertEqual(stats.lines_of_head(types.SimpleNamespace(schema=schema, head=0)), 0)
        self.assertEqual(stats.lines_of_head(types.SimpleNamespace(schema=SCHEMA, head=None)), 1)


if __name__ == "__main__":
    unittest.main()
