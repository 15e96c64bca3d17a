"""deploy/grafana: the dashboard fits together, and each of its queries gives what the database holds."""
import collections
import csv
import datetime
import io
import itertools
import math
import re
import subprocess
import unittest

import yaml

from dashboard import BOARD, CHOICES, FOLDER, MACRO, PANELS, QUERIES, VARIABLE, VARIABLES, expand
from report_page import DAYS, FIELD, FILE, KEYS, LATE, MISSING, REASON, START, UTC, ReportPage, there
from workplace import PSQL, SOURCE, sample

MAY = ("2024-05-01T00:00:00Z", "2024-05-11T00:00:00Z")
PART = ("2024-05-03T00:00:00Z", "2024-05-08T00:00:00Z")  # of MAY: other days of a zone would show
JULY = ("2017-07-01T00:00:00Z", "2017-07-08T00:00:00Z")
NET = {"source": ["net"]}
COMMUNITY = {"source": ["sensor.community"]}
HOSTILE = "o'; DROP TABLE sp.ingest; --"
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d.*")


def cell(text):
    """A time, a number or a text."""
    if TIME.fullmatch(text):
        return datetime.datetime.fromisoformat(text)
    try:
        return float(text)
    except ValueError:
        return text


def percentile(values, share):
    """As percentile_cont has it: between neighbours by their distance."""
    place = share * (len(values) - 1)
    low, high = sorted(values)[math.floor(place)], sorted(values)[math.ceil(place)]
    return low + (high - low) * (place - math.floor(place))


class Form(unittest.TestCase):
    def test_panels_are_told_apart_and_have_their_own_place(self):
        self.assertEqual(len({panel["id"] for panel in BOARD["panels"]}), len(BOARD["panels"]))
        self.assertEqual(len(PANELS), len(BOARD["panels"]), "titles")
        places = {title: panel["gridPos"] for title, panel in PANELS.items()}
        for place in places.values():
            self.assertTrue(0 <= place["x"] and 0 < place["w"] and place["x"] + place["w"] <= 24 and place["h"] > 0)
        for (one, a), (other, b) in itertools.combinations(places.items(), 2):
            self.assertTrue(a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"] or
                            a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"], f"{one} lies over {other}")

    def test_each_panel_has_title_description_unit_and_queries(self):
        for title, panel in PANELS.items():
            with self.subTest(title):
                self.assertTrue(title and panel["description"] and panel["fieldConfig"]["defaults"]["unit"])
                references = [target["refId"] for target in panel["targets"]]
                self.assertTrue(references and len(set(references)) == len(references))
                for target in panel["targets"]:
                    self.assertIn(target["format"], ("table", "time_series"))
                for step in panel.get("transformations", []):
                    self.assertIn(step["options"]["configRefId"], references)
                self.assertIn(panel.get("repeat", "quantity"), VARIABLES)

    def test_the_database_is_the_one_that_is_chosen(self):
        parts = BOARD["panels"] + [VARIABLES[name] for name in CHOICES]
        parts += [target for panel in BOARD["panels"] for target in panel["targets"]]
        for part in parts:
            self.assertEqual(part["datasource"], {"type": "grafana-postgresql-datasource", "uid": "${datasource}"})
        [source] = yaml.safe_load((FOLDER / "provisioning/datasources/sensor-pipeline.yaml").read_text())["datasources"]
        self.assertEqual(VARIABLES["datasource"]["current"], {"text": source["name"], "value": source["uid"]})
        self.assertEqual((source["type"], source["user"]), (VARIABLES["datasource"]["query"], "grafana"))
        [provider] = yaml.safe_load((FOLDER / "provisioning/dashboards/sensor-pipeline.yaml").read_text())["providers"]
        self.assertEqual(provider["options"]["path"], "/etc/grafana/provisioning/dashboards")

    def test_variables_are_put_in_as_sql_strings_alone(self):
        for name, query in {**QUERIES, **CHOICES}.items():
            rest = MACRO.sub("", VARIABLE.sub("", query).replace("$__interval", ""))
            self.assertNotIn("$", rest, name)
            self.assertLessEqual(set(VARIABLE.findall(query)), set(CHOICES), name)
            self.assertNotRegex(query, r"'\$\{")
        for name in CHOICES:
            self.assertTrue(VARIABLES[name]["multi"] and VARIABLES[name]["includeAll"])


class Queries(ReportPage):
    def setUp(self):
        super().setUp()
        role = re.search(r"```sql\n(.*?)```", (FOLDER / "README.md").read_text(), re.DOTALL)[1]
        self.sql(role)
        self.addCleanup(self.sql, "DROP ROLE grafana")
        self.zone = "UTC"

    def ask(self, query, period=MAY, user="grafana", **chosen):
        """Rows as dictionaries, in a transaction as Grafana's role has it."""
        text = expand(query, *period, **chosen)
        environment = dict(self.environment, PGUSER=user, PGTZ=self.zone)
        result = subprocess.run([PSQL, "-Xq", "--csv", "-v", "ON_ERROR_STOP=1", "-c", text], env=environment,
                                capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""), text)
        rows = csv.DictReader(io.StringIO(result.stdout))
        return [{name: cell(value) for name, value in row.items()} for row in rows]

    def panel(self, title, period=MAY, reference="A", **chosen):
        return self.ask(QUERIES[title, reference], period, **chosen)

    def fill_july(self):
        self.july = sample(rows=20000, sensors=9)
        self.load(str(SOURCE / "examples/sofia/bme280.schema.json"),
                  self.write_bytes("2017-07_bme280sof.csv", self.july))

    def write_bytes(self, name, content):
        path = self.base / name
        path.write_bytes(content)
        return str(path)

    def test_each_query_gives_rows_in_whatever_zone(self):
        self.fill()
        self.fill_july()
        several = {"source": ["net", "sensor.community"], "sensor": ["steady", "silent", "elsewhere"]}
        for name, query in QUERIES.items():
            for chosen in ({}, NET, several):
                with self.subTest(name, chosen=chosen):
                    self.zone = "UTC"
                    rows = self.ask(query, PART, quantity=["level"], **chosen)
                    self.assertTrue(rows)
                    if PANELS[name[0]]["type"] in ("timeseries", "status-history") and name[1:] != ("B",):
                        times = [row["time"] for row in rows]
                        self.assertEqual(times, sorted(times))
                    for self.zone in ("America/Caracas", "Pacific/Kiritimati"):
                        self.assertEqual(self.ask(query, PART, quantity=["level"], **chosen), rows)

    def test_rows_and_sensors_of_ten_days(self):
        self.fill()
        self.fill_july()
        rejected = sum(day % 4 for day in range(DAYS))
        loaded = {START + datetime.timedelta(days=day): 48 * sum(there(key, day) for key in KEYS)
                  for day in range(DAYS)}
        [head] = self.panel("Files", **NET)
        read = rejected + sum(loaded.values())
        self.assertEqual(list(head.values())[:3], [DAYS, read, rejected])
        self.assertAlmostEqual(head["rejected share"], 100 * rejected / read)
        [last] = self.panel("Last", **NET)
        self.assertEqual(last["last reading"], (START + datetime.timedelta(days=DAYS, minutes=-30)).timestamp() * 1000)
        self.assertLess(abs(last["last load"] / 1000 - datetime.datetime.now(UTC).timestamp()), 300)
        self.assertEqual({row["time"]: row["loaded"] for row in self.panel("Rows a day", **NET)}, loaded)
        of_days = [(START + datetime.timedelta(days=day), day % 4) for day in range(DAYS) if day % 4]
        self.assertEqual([tuple(row.values()) for row in self.panel("Rows a day", reference="B", **NET)], of_days)
        reasons = self.panel("Why rows were rejected", **NET)
        self.assertEqual([(row["time"], row["value"]) for row in reasons], of_days)
        self.assertEqual({row["metric"] for row in reasons}, {f"{FIELD} maximum"})
        cells = self.panel("Coverage of each sensor and day", **NET)
        self.assertEqual({row["metric"] for row in cells}, set(KEYS))
        self.assertEqual(len(cells), len(KEYS) * DAYS - LATE)
        self.assertEqual(sum(row["value"] == 0 for row in cells), MISSING)
        silent = {row["sensor"]: row for row in self.panel("Silent sensors", **NET)}
        self.assertEqual((silent["silent"]["measures every"], "steady" in silent), (1800, False))
        [worst] = self.panel("Worst sensors", **NET)
        self.assertEqual(list(worst.values())[:4], ["net", "steady", rejected, 48 * DAYS])
        self.assertEqual(worst["days with rejects"], len(of_days))
        [refused] = self.panel("Files that are not loaded")
        self.assertEqual((refused["file"], refused["status"], refused["reason"]), (FILE, "refused", REASON))
        # A day that is cut counts the part that is shown.
        part = ("2024-05-01T12:00:00Z", "2024-05-03T12:00:00Z")
        self.assertEqual([row["loaded"] for row in self.panel("Rows a day", part, sensor=["steady"], **NET)], [24, 48, 24])
        [worst] = self.panel("Worst sensors", part, **NET)
        self.assertEqual(list(worst.values())[2:4], [3, 96])
        noon = ("2024-05-02T12:00:00Z", "2024-05-03T00:00:01Z")
        for title, reference in (("Rows a day", "B"), ("Why rows were rejected", "A"), ("Worst sensors", "A")):
            self.assertEqual(self.panel(title, noon, reference, **NET), [], title)
        # Of one sensor.
        alone = self.panel("Rows a day", sensor=["late"], **NET)
        self.assertEqual([row["loaded"] for row in alone], [48 * there("late", day) for day in range(LATE, DAYS)])

    def test_values_and_lag_of_a_sample(self):
        self.fill_july()
        by_day, by_hour = collections.defaultdict(list), collections.defaultdict(list)
        for row in csv.DictReader(io.StringIO(self.july.decode())):
            if all(low <= float(row[field]) <= high for field, low, high in
                   (("pressure", 30000, 110000), ("temperature", -50, 50), ("humidity", 0, 100))):
                by_day[row["timestamp"][:10], row["sensor_id"]].append(float(row["temperature"]))
                by_hour[row["timestamp"][:13], row["sensor_id"]].append(float(row["temperature"]))
        short = (JULY[0], "2017-07-02T00:00:00Z")
        for period, groups, half in ((JULY, by_day, "T12:00:00+00:00"), (short, by_hour, ":30:00+00:00")):
            means = collections.defaultdict(list)
            for (at, _), values in groups.items():
                if at < period[1][:len(at)]:
                    means[at].append(math.fsum(values) / len(values))
            rows = self.panel("${quantity}", period, quantity=["temperature"], **COMMUNITY)
            self.assertEqual([row["time"] for row in rows],
                             [datetime.datetime.fromisoformat(at + half) for at in sorted(means)])
            for row, at in zip(rows, sorted(means)):
                for name, share in (("10 %", 0.1), ("median", 0.5), ("90 %", 0.9)):
                    self.assertAlmostEqual(row[name], percentile(means[at], share), 6, (at, name))
        self.assertEqual(self.panel("${quantity}", reference="B", quantity=["temperature"]), [{"unit": "suffix:degC"}])
        [lag] = self.panel("Lag", JULY)
        [[newest, late]] = self.sql(
            "SELECT floor(extract(epoch FROM max(r.ts)) / 3600) * 3600,"
            " extract(epoch FROM max(i.committed_at) - max(r.ts)) FROM sp.reading r, sp.ingest i")
        self.assertEqual(lag["time"], float(newest))
        for name in ("least", "median", "greatest"):
            self.assertAlmostEqual(lag[name], float(late), 5)

    def test_names_of_strangers_are_values(self):
        self.load(self.schema("hostile", {
            "fields": [{"name": "id", "type": "string", "role": "key"},
                       {"name": "t", "type": "datetime", "role": "time"},
                       {"name": "v", "type": "number", "role": "measure", "rename": HOSTILE, "unit": "m"}],
            "constants": {"source": HOSTILE}}),
            self.write("hostile.csv", "id,t,v", f"{HOSTILE},2024-05-02T12:00:00Z,1", "other,2024-05-02T12:00:00Z,2"))
        for name, query in CHOICES.items():
            self.assertIn([HOSTILE], [list(row.values()) for row in self.ask(query)], name)
        chosen = {name: [HOSTILE] for name in CHOICES}
        [day] = [row for row in self.panel("Rows a day", **chosen) if row["loaded"]]
        self.assertEqual(day["loaded"], 1)
        [value] = self.panel("${quantity}", **chosen)
        self.assertEqual(value["median"], 1)
        # As one who might do harm.
        for bad in (HOSTILE, "'", "''", "\\'; DROP SCHEMA sp CASCADE; --", "\\", '"', "$1", "${source}", "\n", "NULL"):
            command = [PSQL, "-Xq", "-v", "ON_ERROR_STOP=1"]
            for query, double_quote in itertools.product([*QUERIES.values(), *CHOICES.values()], ('"', '\\"')):
                command += ["-c", expand(query, *MAY, double_quote, **{name: [bad, "else"] for name in CHOICES})]
            self.run_tool(*command)
        self.assertEqual(self.count("ingest"), 1)

    def test_an_empty_database_is_no_error(self):
        for name, query in {**QUERIES, **CHOICES}.items():
            self.assertLessEqual(len(self.ask(query)), 1, name)

    def test_the_role_reads_and_no_more(self):
        for statement, words in (("CREATE TEMPORARY TABLE mine (a int)", "read-only transaction"),
                                 ("BEGIN READ WRITE; DELETE FROM sp.ingest", "permission denied")):
            result = subprocess.run([PSQL, "-Xq", "-c", statement], env=dict(self.environment, PGUSER="grafana"),
                                    capture_output=True, text=True)
            self.assertEqual(result.returncode, 1, statement)
            self.assertIn(words, result.stderr)


if __name__ == "__main__":
    unittest.main()
