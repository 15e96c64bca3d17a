"""What became of every file that was taken, in SQL: the journal of sp-watch, brought by the loads and by hand."""
import csv
import io
import json
import os
import signal
import subprocess
import unittest

from workplace import SOURCE, Session, Workplace, sample, wait_until

# Crashes and waits as the name of the file says; else loads.
COMMAND = """case $1 in
*crash*) exit 70 ;;
*wait*) [[ -e $GO ]] || { echo 'reader: error: not yet' >&2; exit 75; } ;;
esac
exec sp-pipeline --quiet "$1"
"""
ROW = "name, status, tries, tool, ingest_id IS NOT NULL, digest IS NOT NULL"


class Journal(Workplace):
    def setUp(self):
        super().setUp()
        self.journal = self.folder / ".sp-watch/journal.ndjson"
        self.environment["GO"] = str(self.base / "go")

    def watch_once(self, status, *flags, command=("bash", "-c", COMMAND, "run", "{}")):
        self.run_tool("sp-watch", "--once", "--settle", "0ms", "--max-attempts", "1", *flags, self.folder, "--", *command,
                      status=status)

    def bring(self, *flags, **more):
        return self.run_tool("sp-load", "--journal", self.journal, *flags, **more).stderr.decode()

    def files(self, columns=ROW):
        return self.sql(f"SELECT {columns} FROM sp.file ORDER BY taken_at, name")

    def steps(self, *events):
        steps = [json.loads(line) for line in self.journal.read_text().splitlines()]
        return [step for step in steps if not events or step["event"] in events]

    def drop_all(self):
        for number, (name, content) in enumerate({
            "crash.csv": b"x\n", "bme280-wait.csv": sample(rows=20, start="2017-08-01", defects=0), "odd.csv": b"a,b\n1,2\n",
            "bme280-good.csv": sample(rows=20, defects=0), "bme280-part.csv": sample(rows=50, start="2017-09-01", defects=5),
            "bme280-copy.csv": sample(rows=20, defects=0),
        }.items()):
            self.drop(name, content)
            os.utime(self.folder / name, (number, number))

    def assert_first_round(self, rows):
        self.assertEqual(rows, [
            ("crash.csv", "failed", "1", "", "f", "t"), ("bme280-wait.csv", "waiting", "1", "reader", "f", "f"),
            ("odd.csv", "refused", "1", "sp-schema", "f", "t"), ("bme280-good.csv", "loaded", "1", "", "t", "t"),
            ("bme280-part.csv", "loaded in part", "1", "", "t", "t"), ("bme280-copy.csv", "known", "1", "", "t", "t")])

    def test_every_file_has_a_row_with_its_reason(self):
        self.drop_all()
        self.watch_once(75)
        self.assert_first_round(self.files())  # brought by the loads, the last of which came after all else
        reasons = dict(self.files("name, reason"))
        self.assertEqual(reasons["crash.csv"], "exit status 70 (SOFTWARE)")
        self.assertEqual(reasons["bme280-wait.csv"], "exit status 75 (TEMPFAIL): reader: error: not yet")
        self.assertIn("no schema fits", reasons["odd.csv"])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.file WHERE taken_at IS NULL OR started_at IS NULL OR ended_at IS NULL"
                                  " OR taken_at > ended_at + interval '10 s'"), [("1",)])  # the copy was not tried
        self.assertEqual(self.sql("SELECT DISTINCT folder FROM sp.file WHERE status IN ('refused', 'known')"),
                         [(str(self.folder),)])
        # Once more changes nothing.
        self.assertIn("0 files noted", self.bring())
        self.assert_first_round(self.files())
        # What waited is loaded, at the second try: one row, that of the ledger.
        (self.base / "go").touch()
        taken = self.sql("SELECT taken_at FROM sp.file WHERE name = 'bme280-wait.csv'")
        self.watch_once(0)
        self.assertIn("1 file noted", self.bring())
        self.assertEqual(self.sql(f"SELECT {ROW} FROM sp.file WHERE name = 'bme280-wait.csv'"),
                         [("bme280-wait.csv", "loaded", "2", "", "t", "t")])
        self.assertEqual(self.sql("SELECT taken_at FROM sp.file WHERE name = 'bme280-wait.csv'"), taken)
        self.assertEqual(self.sql("SELECT count(*) FROM sp.file"), [("6",)])

    def test_in_batches(self):
        self.drop_all()
        self.drop("bme280-header.csv", sample(rows=20, start="2017-10-01", defects=0).replace(b"pressure", b"presure", 1))
        self.watch_once(75, "--batch", "100", command=("bash", "-c", "for f; do case $f in *crash* | *wait*) exit 75;; esac; done;"
                                                       " exec sp-pipeline --quiet \"$@\"", "run", "{+}"))
        (self.folder / "work/crash.csv").unlink()
        self.watch_once(75, "--batch", "100", command=("bash", "-c", "for f; do case $f in *wait*) exit 75;; esac; done;"
                                                       " exec sp-pipeline --quiet \"$@\"", "run", "{+}"))
        self.bring()
        statuses = dict(self.files("name, status"))
        self.assertEqual((statuses["crash.csv"], statuses["bme280-wait.csv"]), ("vanished", "waiting"))
        self.watch_once(0, "--batch", "100", command=("sp-pipeline", "--quiet", "{+}"))
        self.bring()
        statuses = dict(self.files("name, status"))
        copies = {statuses.pop("bme280-good.csv"), statuses.pop("bme280-copy.csv")}
        self.assertEqual(copies, {"loaded", "known"})
        self.assertEqual(statuses, {"crash.csv": "vanished", "bme280-wait.csv": "loaded", "odd.csv": "refused",
                                    "bme280-header.csv": "refused", "bme280-part.csv": "loaded in part"})
        [header] = [step for step in self.steps("quarantine") if step["job"] == "bme280-header.csv"]
        self.assertIn(header["tool"], ("sp-schema", "sp-validate"))

    def test_a_file_that_no_load_follows_is_brought_by_hand(self):
        self.drop("odd.csv", b"a,b\n1,2\n")
        self.watch_once(65)
        self.assertEqual(self.files(), [])
        self.bring("--dry-run")
        self.assertEqual(self.files(), [])
        self.assertIn("1 file noted", self.bring())
        self.assertEqual(self.files(), [("odd.csv", "refused", "1", "sp-schema", "f", "t")])
        self.run_tool("sp-load", "--journal", self.base / "none", status=66)

    def test_what_was_rotated_away_is_brought_too(self):
        for number, copy in enumerate((False, True, False)):
            self.drop(f"odd-{number}.csv", b"a,b\n1,%d\n" % number)
            self.watch_once(65)
            aside = self.journal.with_name(f"journal.ndjson.{number}")
            if copy:  # copytruncate
                aside.write_bytes(self.journal.read_bytes())
                os.truncate(self.journal, 0)
            else:
                self.journal.rename(aside)
        self.drop("bme280.csv", sample(rows=20, defects=0))
        self.watch_once(0)
        self.assertEqual([row[0] for row in self.files()], ["odd-0.csv", "odd-1.csv", "odd-2.csv", "bme280.csv"])
        self.assertIn("0 files noted", self.bring())

    def test_a_line_that_is_torn_waits_for_its_end(self):
        self.drop("odd.csv", b"a,b\n1,2\n")
        self.watch_once(65)
        whole = self.journal.read_bytes()
        at = whole.index(b'"event":"quarantine"') + 30
        self.journal.write_bytes(whole[:at])
        self.assertIn("0 files noted", self.bring())
        self.journal.write_bytes(whole)
        self.assertIn("1 file noted", self.bring())
        # One that a power cut left within the journal spoils no other.
        self.journal.write_bytes(whole + b'{"time":"20\n' + whole[whole.index(b'{"time"', at):].replace(b"stop", b"gap"))
        self.assertIn("1 line passed over", self.bring())

    def test_killed_while_it_brings(self):
        """By the client's death the server may have done it all, by that of its own session nothing: once, either way."""
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        for number, kill in enumerate((lambda loader, _: loader.send_signal(signal.SIGKILL),
                                       lambda _, pid: self.sql(f"SELECT pg_terminate_backend({pid})"))):
            self.drop(f"odd-{number}.csv", b"a,b\n1,%d\n" % number)
            self.watch_once(65)
            holder = Session(self.environment)
            self.addCleanup(holder.close)
            holder.run("BEGIN; LOCK TABLE sp.journal IN SHARE MODE")
            loader = subprocess.Popen(["sp-load", "--journal", self.journal], env=self.environment, stderr=subprocess.DEVNULL)
            [(pid,)] = wait_until(lambda: self.sql(waiting), "it waits")
            kill(loader, pid)
            wait_until(lambda: loader.poll() is not None or self.sql(waiting) not in ([], [(pid,)]), "it ended, or tries again")
            holder.run("ROLLBACK")
            loader.wait()
            wait_until(lambda: not self.sql(f"SELECT 1 FROM pg_stat_activity WHERE pid = {pid}"), "the session has ended")
            self.bring()
            self.assertEqual(len(self.files()), number + 1)
            self.assertIn("0 files noted", self.bring())

    def retry(self, *names, status=0):
        self.run_tool("sp-watch", *(f"--retry={name}" for name in names), self.folder, status=status)

    def test_a_file_that_is_given_back_waits_and_keeps_its_row(self):
        self.drop("bme280-crash.csv", sample(rows=20, defects=0))
        self.watch_once(70)
        self.bring()
        [taken] = self.sql("SELECT taken_at FROM sp.file WHERE status = 'failed' AND tries = 1")
        self.retry("bme280-crash.csv")
        self.assertIn("1 file noted", self.bring())
        self.assertEqual(self.files("status, tries, reason, digest IS NOT NULL"),
                         [("waiting", "1", "given back from failed/ by --retry", "t")])
        self.watch_once(0, command=("sp-pipeline", "--quiet", "{}"))
        # Though no load has brought its end yet, it is one file.
        self.assertEqual(self.files("status, reason, taken_at"), [("loaded", "", *taken)])
        self.bring()
        self.assertEqual(self.files(), [("bme280-crash.csv", "loaded", "2", "", "t", "t")])
        self.assertEqual(self.sql("SELECT taken_at FROM sp.file"), [taken])

    def test_rejected_rows_that_were_mended_close_what_they_mend(self):
        """Those too of which nobody can say what reading they are: they come under the name of their file."""
        header, *rows = sample(rows=30, defects=0).splitlines(keepends=True)
        cells = rows[7].split(b";" if b";" in rows[7] else b",")
        when = next(cell for cell in cells if b"T" in cell and cell[:2] == b"20")
        bad = rows[7].replace(when, b"yesterday")
        self.drop("bme280-part.csv", b"".join([header, *rows[:7], bad, *rows[8:]]))
        self.watch_once(0)
        self.assertEqual(self.files("status"), [("loaded in part",)])
        self.assertEqual(self.count("open_rejects"), 1)
        rejected = self.folder / "quarantine/bme280-part.csv"
        rejected.write_bytes(rejected.read_bytes().replace(b"yesterday", when))
        self.retry("bme280-part.csv")
        self.assertEqual([name for name in os.listdir(self.folder / "quarantine") if not name.startswith(".")], [])
        self.watch_once(0)
        self.assertEqual(self.count("reading"), 30)
        self.assertEqual(self.count("open_rejects"), 0)
        self.bring()
        self.assertEqual(sorted(self.files("name, status, tries")),
                         [("bme280-part.csv", "loaded", "1"), ("bme280-part.csv", "loaded in part", "1")])

    def test_what_expired_stays_as_it_was(self):
        self.drop_all()
        self.watch_once(75)
        self.bring()
        before = self.files()
        self.watch_once(75, "--retry-first", "1h", "--retry-max", "1h", "--keep-done", "1ms", "--keep-quarantine", "1ms",
                        "--keep-failed", "1ms")
        self.assertEqual({step["job"] for step in self.steps("expired")},
                         {"crash.csv", "odd.csv", "bme280-good.csv", "bme280-part.csv", "bme280-copy.csv"})
        self.bring()
        status = lambda rows: [row[:2] for row in rows]
        self.assertEqual(status(self.files()), status(before))

    def test_what_was_forgotten_no_journal_brings_again(self):
        self.drop_all()
        self.watch_once(75)
        self.journal.rename(self.journal.with_name("journal.ndjson.1"))
        self.drop("odd-new.csv", b"a,b\n1,2\n")
        self.watch_once(75, "--retry-first", "1h", "--retry-max", "1h")
        self.bring()
        [(border,)] = self.sql("SELECT max(noted_at) FROM sp.outcome WHERE name = 'odd.csv'")
        self.assertEqual(self.count("journal"), 2)
        self.assertEqual(self.sql(f"SELECT sp.drop_outcomes_before(timestamptz '{border}' + interval '1 ms')")[0][0] > "0", True)
        waiting = self.sql("SELECT name FROM sp.outcome ORDER BY name")
        self.assertNotIn(("odd.csv",), waiting)
        self.assertIn(("odd-new.csv",), waiting)
        # As if nothing had been brought since: the places in the journals are forgotten, the files are there.
        self.sql("UPDATE sp.journal SET brought_at = '2020-01-01'; SELECT sp.drop_outcomes_before('2021-01-01')")
        self.assertEqual(self.count("journal"), 0)
        self.bring()
        self.assertEqual(self.count("journal"), 2)
        self.assertEqual(self.sql("SELECT name FROM sp.outcome ORDER BY name"), waiting)
        # To come is not yet.
        self.sql("SELECT sp.drop_outcomes_before('infinity')")
        self.drop("odd-later.csv", b"a,b\n1,3\n")
        self.watch_once(75, "--retry-first", "1h", "--retry-max", "1h")
        self.bring()
        self.assertIn(("odd-later.csv",), self.sql("SELECT name FROM sp.outcome"))

    def test_a_journal_that_cannot_be_brought_fails_no_load(self):
        self.sql("ALTER FUNCTION sp.note_outcomes RENAME TO gone")
        self.drop("odd.csv", b"a,b\n1,2\n")
        self.drop("bme280.csv", sample(rows=20, defects=0))
        self.watch_once(65)
        self.assertEqual(self.count("ingest"), 1)
        self.assertEqual(self.count("outcome"), 0)
        self.sql("ALTER FUNCTION sp.gone RENAME TO note_outcomes")
        self.bring()
        self.assertEqual([row[:2] for row in sorted(self.files())], [("bme280.csv", "loaded"), ("odd.csv", "refused")])

    def test_the_tools_read_the_journal(self):
        self.drop_all()
        self.watch_once(75)
        schema = SOURCE / "examples/sp-watch/journal.schema.json"
        valid = self.run_tool("sp-validate", "--schema", schema, self.journal).stdout
        self.assertEqual(len(valid.splitlines()), len(self.steps()))
        counts = self.run_tool("sp-aggregate", "--schema", schema, "--every", "1h", "--values", "attempts", "--stats", "count",
                               "--to", "csv", self.journal).stdout.decode()
        found = {}
        for row in csv.DictReader(io.StringIO(counts)):
            found[row["event"]] = found.get(row["event"], 0) + int(row["count"])
        self.assertEqual(found, {event: len(self.steps(event)) for event in {step["event"] for step in self.steps()}})
        self.assertEqual(found["taken"], 6)
        members = {tuple(step) for step in self.steps()}
        fields = tuple(field["name"] for field in json.loads(schema.read_text())["fields"])
        self.assertEqual(members, {fields})


if __name__ == "__main__":
    unittest.main()
