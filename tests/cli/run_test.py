#!/usr/bin/env python3
"""The runner of the golden cases must see what is wrong, and must say so."""
import os
import subprocess
import sys
import tempfile
import unittest

RUNNER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "run.py")

# What a case file holds, whether it passes, and a text that the runner must print.
ROWS = [
    ("$ printf 'a\\n'\n--- out\na\n", True, "1 cases, 0 failed"),
    ("$ printf 'a\\n'\n--- out\nb\n", False, "-b"),
    ("$ printf a\n--- out\na\n", False, "no line end"),
    ("$ printf a\n--- out no-eol\na\n", True, ""),
    ("$ printf 'a\\r\\n\\001'\n--- out escaped no-eol\na\\r\\n\\x01\n", True, ""),
    ("$ cat\n--- in\nx\n--- out\nx\n", True, ""),
    ("$ cat d/f\n--- file d/f\nx\n--- out\nx\n", True, ""),
    ("$ exit 3\n--- status 3\n", True, ""),
    ("$ exit 3\n", False, "status 3, expected 0"),
    ("$ false | true\n", False, "status 1, expected 0"),
    ("$ echo oops >&2\n", False, "err should be empty"),
    ("$ echo oops >&2\n--- err\no+ps\n", True, ""),
    ("$ printf 'a\\nb\\n' >&2\n--- err\n^b$\n^a$\n", True, ""),
    ("$ echo oops >&2\n--- err\nnever\n", False, "err does not match: never"),
    ("$ echo 17\n--- out regex\n\\d+\n", True, ""),
    ("$ echo 17x\n--- out regex\n\\d+\n", False, "is not: \\d+"),
    ("$ echo 17; echo 18\n--- out regex\n\\d+\n", False, "has 2 lines and should have 1"),
    ("$ echo x > f\n--- after f\nx\n--- absent g\n", True, ""),
    ("$ echo x > f\n--- after f\ny\n", False, "f expected"),
    ("$ true\n--- after f\ny\n", False, "there is no file f"),
    ("$ echo x > g\n--- absent g\n", False, "g should not be there"),
    ("$ true\n=== second\n$ false\n", False, "(second)"),
    ("=== without a command\n--- out\n", False, "has no command"),
    ("$ true\n--- outt\n", False, "there is no section"),
    ("true\n", False, "neither a command"),
]


class RunnerTest(unittest.TestCase):
    def test_rows(self):
        for text, passes, words in ROWS:
            with self.subTest(text), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "x.case")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                done = subprocess.run([sys.executable, RUNNER, path], capture_output=True,
                                      text=True, env=dict(os.environ, TMPDIR=folder))
                self.assertEqual(done.returncode == 0, passes, done.stdout + done.stderr)
                self.assertIn(words, done.stdout + done.stderr)

    def test_no_cases(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([sys.executable, RUNNER, folder], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    unittest.main()
