"""The memory of the four filters does not grow with the file."""
import pathlib
import subprocess
import time
import unittest

from workplace import MAKE_SAMPLE, STAGES, Workplace

LIMIT_KIB = 32 * 1024
ROWS = 700_000  # as many as the real file has


class Memory(Workplace):
    def peaks(self, rows, start):
        """Loads a file of so many rows; tool -> peak resident memory in KiB."""
        file = self.base / f"bme280-{rows}.csv"
        with open(file, "wb") as out:
            subprocess.run([MAKE_SAMPLE, f"--rows={rows}", f"--start={start}"], check=True, stdout=out)
        process = subprocess.Popen(["sp-pipeline", str(file)], env=self.environment)
        pids, peaks = {}, dict.fromkeys(STAGES, 0)
        while process.poll() is None:
            for tool in STAGES:
                if tool not in pids and (pid := self.find_stage(tool)):
                    pids[tool] = pid
                if tool in pids:
                    peaks[tool] = max(peaks[tool], self.peak_of(pids[tool]))
            time.sleep(0.01)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(self.ledger()[file.name][0], rows)
        file.unlink()
        print(f"{rows} rows:", ", ".join(f"{tool} {kib / 1024:.1f} MiB" for tool, kib in peaks.items()))
        return peaks

    @staticmethod
    def peak_of(pid):
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            return next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
        except OSError:
            return 0  # it ended

    def test_ten_times_the_file(self):
        for rows, start in ((ROWS, "2015-01-01"), (10 * ROWS, "2016-01-01")):
            for tool, kib in self.peaks(rows, start).items():
                self.assertGreater(kib, 0, f"{tool} was never seen")
                self.assertLessEqual(kib, LIMIT_KIB, f"{tool} with {rows} rows")

    def test_a_row_that_memory_cannot_hold_is_wrong_data(self):
        """And not a want of memory, for which a file would be tried again for ever."""
        text = "x" * 60_000_000
        rows = {"big.csv": f"a,b\n1,{text}\n", "big.ndjson": f'{{"a":1,"b":"{text}"}}\n'}
        for name, content in rows.items():
            file = self.base / name
            file.write_text(content)
            for tool in ("sp-validate", "sp-transform", "sp-aggregate --by a --values a"):
                done = subprocess.run(["sh", "-c", f"ulimit -v 200000; exec {tool} {file}"], env=self.environment,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                self.assertEqual(done.returncode, 65, done.stderr)
                self.assertRegex(done.stderr, rb"line 1|line 2")
                self.assertIn(b"memory", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
