"""sp-report: the page holds what the database says, whole, and strangers' words as words."""
import os
import shutil
import unittest

from report_page import DAYS, FIELD, FILE, KEYS, LATE, MISSING, REASON, ReportPage
from workplace import STAGE


class Report(ReportPage):
    def test_the_page_says_what_the_database_does(self):
        self.fill()
        page = self.page("--since", "2024-05-01", "--until", "2024-05-11")
        rejected = sum(day % 4 for day in range(DAYS))
        [[read, loaded]] = self.sql("SELECT sum(rows_read), sum(rows_loaded) FROM sp.ingest")
        head = page.texts[""]
        for word in ("2024-05-01 00:00", "2024-05-11 00:00", str(DAYS), read, str(rejected), "2024-05-10 23:30",
                     f"{100 * rejected / int(read):.2f} %"):
            self.assertIn(word, head)
        self.assertEqual(int(read), rejected + int(loaded))
        self.assertEqual(set(page.texts) - {""},
                         {"rows", "reasons", "coverage", "silent", "refused", "worst", "values", "lag"})
        # A cell a sensor and day from its first reading on; black where there is none.
        cells = page.charts["coverage"]
        self.assertEqual(len(cells), len(KEYS) * DAYS - LATE)
        self.assertEqual(sum(max(cell) == 0 for cell in cells), MISSING)
        self.assertEqual(len(page.charts["reasons"]), sum(day % 4 > 0 for day in range(DAYS)))
        for key in KEYS:
            self.assertIn(key, page.texts["coverage"])
        self.assertIn("silent", page.texts["silent"])
        self.assertNotIn("steady", page.texts["silent"])
        self.assertIn("steady", page.texts["worst"])
        self.assertIn(str(rejected), page.texts["worst"])
        self.assertIn("level [1]", page.texts["values"])
        self.assertIn("wind: a direction, which has no median.", page.texts["values"])
        self.assertEqual(page.elements.count("svg"), 6)

    def test_a_day_that_the_page_cuts_counts_the_part_that_it_shows(self):
        self.fill()
        # Midnight's reading is there, and the rejected row of the third is of one second past it.
        page = self.page("--since", "2024-05-02 12:00", "--until", "2024-05-03 00:00:01")
        colours = set(page.charts["coverage"])
        self.assertEqual(len(page.charts["coverage"]), 7)  # two of each, but of the one that begins on the third
        self.assertEqual(len(colours), 1, colours)  # all there, and no more
        self.assertIn("No row was rejected.", page.texts["reasons"])
        self.assertIn("None.", page.texts["worst"])
        rows = page.texts["worst"]
        page = self.page("--since", "2024-05-02", "--until", "2024-05-03 12:00")
        self.assertNotEqual(page.texts["worst"], rows)
        cells = page.texts["worst"][page.texts["worst"].index("steady"):]
        self.assertEqual(cells[1:5], ["3", "72", "4.00", "2"])  # rows, readings, percent, days

    def test_words_of_strangers_are_words(self):
        self.fill()
        page = self.page("--since", "2024-05-01", "--until", "2024-05-11")
        self.assertIn(FILE, page.texts["refused"])
        self.assertIn(REASON, page.texts["refused"])
        self.assertIn(FIELD, page.texts["reasons"])
        label = next(text for text in page.texts["reasons"] if text.startswith("<script>alert('field')"))
        self.assertTrue(FIELD.startswith(label[:25]), label)
        self.assertEqual({"script", "img", "b", "link", "iframe"} & set(page.elements), set())
        for name, value in page.attributes:
            self.assertFalse(name.startswith("on") or name in ("src", "href"), (name, value))
            if not name.startswith("xmlns"):
                self.assertNotIn("://", value or "")
        self.assertIn(("content", "default-src 'none'; style-src 'unsafe-inline'"), page.attributes)
        self.assertEqual(sorted(self.base.rglob("pwned")), [])

    def test_an_empty_database_and_one_of_a_single_reading(self):
        page = self.page()
        self.assertEqual(page.elements.count("svg"), 2)
        self.assertIn("No sensor has a reading.", page.texts["coverage"])
        self.load(self.schema("one", {"fields": [
            {"name": "id", "type": "integer", "role": "key"}, {"name": "t", "type": "datetime", "role": "time"},
            {"name": "v", "type": "number", "role": "measure", "unit": "m"}], "constants": {"source": "one"}}),
            self.write("one.csv", "id,t,v", "7,2020-02-29T12:00:00Z,1"))
        # Of an archive the page ends with the newest reading's day.
        page = self.page()
        self.assertIn("2020-03-01 00:00", page.texts[""])
        self.assertEqual(len(page.charts["coverage"]), 1)
        self.assertEqual(page.elements.count("svg"), 5)

    def test_spans_and_times(self):
        for flags, since in ((("--since", "36 h", "--until", "2024-05-11 12:00"), "2024-05-10 00:00"),
                             (("--since=7d", "--until=2024-05-11"), "2024-05-04 00:00"),
                             (("--until", "2024-05-11"), "2024-04-11 00:00")):
            self.assertIn(since, self.page(*flags).texts[""])
        for flags in (["--since", "never"], ["--until", "2024-13-01"], ["--since", "2024-05-02", "--until", "2024-05-01"],
                      ["--since"], ["--since", ""], ["--output="], ["--dsn", "hots=x"], ["--dsn", "host= dbname=x"],
                      ["--dsn", "dbname=x host="], ["--dsn", "user=''"], ["--quick"], ["file"]):
            self.assertIn(b"sp-report: error: ", self.report(*flags, status=64).stderr)

    def test_the_page_is_there_whole_or_not_at_all(self):
        self.assertEqual(self.report("--output", "page.html").stdout, b"")
        self.assertTrue((self.base / "page.html").read_text().endswith("</html>\n"))
        self.report("--output", "nowhere/page.html", status=74)
        (self.base / "page.html").write_text("before")
        away = dict(self.environment, PGHOST=str(self.base))
        said = self.report("--output", "page.html", status=75, environment=away).stderr.decode()
        self.assertIn("sp-report: error: ", said)
        self.assertEqual((self.base / "page.html").read_text(), "before")
        self.assertEqual(list(self.base.glob("*.new")), [])
        self.run_tool("bash", "-c", "sp-report >/dev/full", status=74)

    def test_what_is_missing_is_named(self):
        tools = self.base / "bin"
        tools.mkdir()
        for name in ("bash", "readlink"):
            (tools / name).symlink_to(shutil.which(name))
        script = str(STAGE / "bin/sp-report")
        bare = dict(self.environment, PATH=str(tools))
        self.assertIn(b"psql is not there", self.run_tool(script, status=78, environment=bare).stderr)
        (tools / "psql").symlink_to(shutil.which("psql"))
        self.assertIn(b"gnuplot is not there", self.run_tool(script, status=78, environment=bare).stderr)
        self.sql("DROP SCHEMA sp CASCADE")
        self.assertIn(b"sp-load --init", self.report(status=78).stderr)

    def test_a_reader_may_make_it(self):
        self.fill()
        role = f"reader_{os.getpid()}"
        self.sql(f"CREATE ROLE {role} LOGIN IN ROLE sp_reader")
        try:
            page = self.report(environment=dict(self.environment, PGUSER=role)).stdout
            self.assertIn(b"</html>", page)
        finally:
            self.sql(f"DROP ROLE {role}")
        role = f"stranger_{os.getpid()}"
        self.sql(f"CREATE ROLE {role} LOGIN")
        try:
            said = self.report(status=78, environment=dict(self.environment, PGUSER=role)).stderr.decode()
            self.assertIn("permission denied", said)
        finally:
            self.sql(f"DROP ROLE {role}")


if __name__ == "__main__":
    unittest.main()
