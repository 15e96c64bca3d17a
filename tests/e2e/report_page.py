"""A small network with everything that the page of sp-report has to show, and the page taken apart."""
import datetime
import html.parser
import json
import re

from workplace import SchemaWorkplace

UTC = datetime.timezone.utc
START = datetime.datetime(2024, 5, 1, tzinfo=UTC)
DAYS = 10
SILENT_SINCE, MISSING_DAY, LATE = 6, 3, 2  # days
# Words of strangers: of HTML, a shell, gnuplot, printf, psql.
FIELD = "<script>alert('field')</script>`touch pwned` \"q\" %s {x}_2 \\n & :since"
FILE = "<script>alert('file')<script>&`touch pwned`.csv"
REASON = "row 1: <img src=\"http://example.org/x.png\" onerror=\"alert(1)\"> & more"
UNIT = "1"


def there(key, day):
    if day == MISSING_DAY:
        return key == "steady"
    return not ((key == "silent" and day >= SILENT_SINCE) or (key == "late" and day < LATE))


KEYS = ("steady", "silent", "late", "<b>bold")
MISSING = sum(not there(key, day) for key in KEYS for day in range(LATE if key == "late" else 0, DAYS))


class Parser(html.parser.HTMLParser):
    """Its elements, and the texts and cells of its sections."""

    def __init__(self):
        super().__init__()
        self.elements, self.attributes = [], []
        self.section = self.group = ""
        self.texts, self.charts = {}, {}  # of each section; of its map the colours of the cells

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.attributes += attributes
        found = dict(attributes)
        if tag == "section":
            self.section = found["id"]
        self.group = found.get("id", self.group)
        if tag == "polygon" and self.group == "gnuplot_plot_1":
            colour = re.findall(r"\d+", found["fill"])
            self.charts.setdefault(self.section, []).append(tuple(map(int, colour)))

    def handle_data(self, data):
        if data.strip():
            self.texts.setdefault(self.section, []).append(data.strip())


class ReportPage(SchemaWorkplace):
    def fill(self):
        schema = self.schema("net", {
            "fields": [{"name": "station", "type": "string", "role": "key"},
                       {"name": "time", "type": "datetime", "role": "time"},
                       {"name": FIELD, "type": "number", "role": "measure", "rename": "level", "unit": UNIT,
                        "constraints": {"minimum": 0, "maximum": 100}},
                       {"name": "wind", "type": "number", "role": "measure", "unit": "degree",
                        "standardName": "wind_from_direction"}],
            "primaryKey": ["station", "time"], "constants": {"source": "net"}})
        quoted = '"' + FIELD.replace('"', '""') + '"'
        for day in range(DAYS):
            lines = [f"station,time,{quoted},wind"]
            for key in KEYS:
                for n in range(48 if there(key, day) else 0):
                    time = START + datetime.timedelta(days=day, minutes=30 * n)
                    lines.append(f"{key},{time:%Y-%m-%dT%H:%M:%SZ},{10 + n % 5},90")
            lines += [f"steady,{START + datetime.timedelta(days=day, seconds=n + 1):%Y-%m-%dT%H:%M:%SZ},999,1"
                      for n in range(day % 4)]
            name = FILE if day == 0 else f"day{day}.csv"
            self.load(schema, self.write(name, *lines))
        noted = {"folder": "inbox", "taken_at": "2024-05-05T00:00:00Z", "name": FILE, "status": "refused", "reason": REASON,
                 "tool": "sp-validate", "tries": 1, "noted_at": "2024-05-05T00:00:00Z"}
        words = json.dumps([noted]).replace("'", "''")
        self.sql(f"SELECT sp.note_outcomes('{words}')")

    def report(self, *flags, status=0, **more):
        return self.run_tool("sp-report", *flags, status=status, cwd=self.base, **more)

    def page(self, *flags):
        parsed = Parser()
        parsed.feed(self.report(*flags).stdout.decode())
        parsed.close()
        return parsed
