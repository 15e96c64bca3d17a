"""Every row of sp-load's table of SQLSTATEs (sqlstates.cc), in each of its phases, by a real server:

  connect  the proxy refuses the connection with it
  prepare  a trigger of the ledger raises it
  rows     a trigger of the table raises it
  commit   a deferred constraint trigger of the table raises it
"""
import glob
import os
import pathlib
import re
import sys
import typing
import unittest

SOURCE = pathlib.Path(os.environ["SP_SOURCE"])
sys.path.append(str(SOURCE / "tests" / "fault"))

from proxy import Proxy, Rule

from database import DatabaseTest

PHASES = ("connect", "prepare", "rows", "commit")
PHASE_SETS = {"kConnect": PHASES[:1], "kPrepare": PHASES[1:2], "kBefore": PHASES[:2], "kOfRows": PHASES[2:],
              "kAny": PHASES}
AGAIN, LATER, DATA, CONFIG, DISK, BUG = (75, True), (75, False), (65, False), (78, False), (74, False), (70, False)
RULINGS = {"kAgain": AGAIN, "kLater": LATER, "kData": DATA, "kConfig": CONFIG, "kDisk": DISK, "kBug": BUG}
# What only a server or an sp-load that is wrong can say.
NOT_EXPECTED = {"00", "01", "0B", "24", "25", "26", "34", "3B", "XX"}


class Row(typing.NamedTuple):
    prefix: str
    phases: tuple
    status: int
    transient: bool
    meaning: str

    def sqlstate(self):
        """One that no row with a longer prefix means."""
        return (self.prefix + "ZZZZZ")[:5]


def read_table():
    """All of it: what is not understood is an error."""
    source = (SOURCE / "tools" / "sp-load" / "db" / "sqlstates.cc").read_text()
    body = re.search(r"kRules\[\] = \{\n(.*?)\n\};", source, re.DOTALL)[1]
    row = re.compile(r'\s*\{"([0-9A-Z]*)",\s*(k\w+),\s*(k\w+),((?:\s*"[^"\n]*")+)\},')
    rows = [Row(m[1], PHASE_SETS[m[2]], *RULINGS[m[3]], "".join(re.findall(r'"(.*?)"', m[4])))
            for m in row.finditer(body)]
    left = re.sub(r"//.*", "", row.sub("", body)).strip()
    if left:
        raise ValueError(f"sqlstates.cc: not understood: {left}")
    return rows


TABLE = read_table()


def judge(sqlstate, phase):
    return next(row for row in TABLE if phase in row.phases and sqlstate.startswith(row.prefix))


def cases():
    """Each row with each phase in which it is the first that fits."""
    return [(row, phase) for row in TABLE for phase in row.phases if judge(row.sqlstate(), phase) is row]


class Sqlstates(DatabaseTest):
    def setUp(self):
        super().setUp()
        self.sql("""CREATE TABLE sp.raising (a int);
            CREATE TABLE public.fault (phase text, sqlstate text, times int);
            CREATE SEQUENCE public.hits;
            CREATE FUNCTION public.raise() RETURNS trigger LANGUAGE plpgsql AS $$
            DECLARE
              fault public.fault;
            BEGIN
              SELECT * INTO fault FROM public.fault f WHERE f.phase = TG_ARGV[0];
              IF FOUND AND nextval('public.hits') <= fault.times THEN  -- which no rollback takes back
                RAISE EXCEPTION 'raised by the test' USING ERRCODE = fault.sqlstate;
              END IF;
              RETURN NEW;
            END $$;
            CREATE TRIGGER fault BEFORE INSERT ON sp.ingest FOR EACH ROW EXECUTE FUNCTION public.raise('prepare');
            CREATE TRIGGER fault BEFORE INSERT ON sp.raising FOR EACH ROW EXECUTE FUNCTION public.raise('rows');
            CREATE CONSTRAINT TRIGGER late AFTER INSERT ON sp.raising DEFERRABLE INITIALLY DEFERRED
              FOR EACH ROW EXECUTE FUNCTION public.raise('commit')""")
        self.path = self.write("a.csv", "a\n1\n")
        server = f"{self.environment['PGHOST']}/.s.PGSQL.{self.environment['PGPORT']}"
        self.proxy = Proxy(server, str(self.folder / "proxy"))
        self.addCleanup(self.proxy.close)

    def run_with(self, phase, sqlstate, times, retry_for, status):
        """sp-load, which meets the fault so many times; what it says."""
        self.sql("TRUNCATE public.fault, sp.raising, sp.ingest; ALTER SEQUENCE public.hits RESTART;"
                 f"INSERT INTO public.fault VALUES ('{phase}', '{sqlstate}', {times})")
        # Each try asks twice: libpq tells no SQLSTATE.
        self.proxy.rules = [Rule("refuse", "connect", 2 * times, sqlstate=sqlstate)] if phase == "connect" else []
        return self.load("--retry-for", retry_for, "--source", self.path, f"raising={self.path}", status=status,
                         **self.proxy.environment)

    def assert_loaded(self, count):
        self.assertEqual(self.sql("SELECT (SELECT count(*) FROM sp.raising), (SELECT count(*) FROM sp.ingest)"),
                         [(str(count), str(count))])

    def test_each_row_in_each_phase(self):
        for row, phase in cases():
            with self.subTest(prefix=row.prefix, phase=phase):
                code = row.sqlstate()
                said = self.run_with(phase, code, 9, "0" if row.transient else "1min", row.status)
                self.assertIn(f"({row.meaning}, SQLSTATE {code})", said)
                self.assertEqual(said.count("\n"), 1, said)
                self.assert_loaded(0)
                if row.transient:
                    said = self.run_with(phase, code, 1, "1min", 0)
                    self.assertIn("trying again", said)
                    self.assert_loaded(1)

    def test_no_row_of_the_table_is_without_a_case(self):
        tried = {id(row) for row, _ in cases()}
        self.assertEqual([row for row in TABLE if id(row) not in tried], [])
        self.assertEqual([row.prefix for row in TABLE[-2:]], ["", ""])
        self.assertEqual({phase for row in TABLE[-2:] for phase in row.phases}, set(PHASES))

    def test_every_class_of_the_appendix_has_a_row(self):
        [*_, path] = sorted(glob.glob("/usr/share/postgresql/*/errcodes.txt"))
        classes = set(re.findall(r"^Section: Class (\w\w)", pathlib.Path(path).read_text(), re.MULTILINE))
        self.assertGreater(len(classes), 40)
        without = {c for c in classes for p in PHASES if judge(c + "ZZZ", p).prefix == ""}
        self.assertEqual(without, NOT_EXPECTED)

    def test_only_a_row_is_wrong_data(self):
        # SQLSTATEs of the schema's own functions say what is wrong wherever they are raised.
        for row in TABLE:
            if row.status in (65, 70) and not row.prefix.startswith("SP"):
                self.assertTrue(set(row.phases) <= {"rows", "commit"}, row)

    def test_the_manual_says_the_same(self):
        text = (SOURCE / "man" / "sp-load.1").read_text()
        section = re.search(r"^\.Sh ERRORS OF THE SERVER\n(.*?)^\.Sh", text, re.DOTALL | re.MULTILINE)[1]
        listed = set()
        for line in re.findall(r"^\.It ((?:[0-9A-Z]{2,5}|others)(?: , [0-9A-Z]{2,5})*(?: Ta [^\n]*){4})$", section,
                               re.MULTILINE):
            prefixes, *statuses = line.split(" Ta ")
            for prefix in prefixes.split(" , "):
                prefix = "" if prefix == "others" else prefix
                listed.add(prefix)
                for phase, status in zip(PHASES, statuses, strict=True):
                    row = judge((prefix + "ZZZZZ")[:5], phase)
                    with self.subTest(prefix=prefix, phase=phase):
                        self.assertEqual(status.strip(), f"{row.status}" + (" again" if row.transient else ""))
        self.assertEqual(listed, {row.prefix for row in TABLE})


if __name__ == "__main__":
    unittest.main()
