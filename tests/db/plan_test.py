"""EXPLAIN: the queries that stand beside the indexes in sql/ use them, and read no other months."""
import datetime
import json
import shutil
import unittest

from database import DatabaseTest

START = datetime.datetime(2017, 6, 1)
DAYS, SENSORS = 92, 100  # June to August
SEVEN = "sensor_id = (SELECT sensor_id FROM sp.sensor WHERE source = 'net' AND key = '7')"


class Plan(DatabaseTest):
    """One database for all: the tests only read."""

    @classmethod
    def setUpClass(cls):
        cls.filled = None

    def setUp(self):
        if Plan.filled is None:
            super().setUp()
            self._cleanups.clear()
            self.fill()
            Plan.filled = self
        self.environment, self.database = Plan.filled.environment, Plan.filled.database

    @classmethod
    def tearDownClass(cls):
        if cls.filled is not None:
            cls.filled.drop_database()
            shutil.rmtree(cls.filled.folder, ignore_errors=True)

    def fill(self):
        lines = ["source,sensor_id,ts,location_id,pressure,temperature,humidity"]
        for minute in range(0, DAYS * 1440, 20):
            time = (START + datetime.timedelta(minutes=minute)).isoformat() + "Z"
            lines += [f"net,{s},{time},{s},950.5,{minute % 30},{s}" for s in range(SENSORS)]
        readings = self.write("reading.csv", "\n".join(lines) + "\n")
        metric = ["source,sensor_id,window_start,window,quantity,unit,n,mean,m2,min,max,first_seen,last_seen"]
        for day in range(DAYS):
            time = (START + datetime.timedelta(days=day)).isoformat() + "Z"
            metric += [f"net,{s},{time},1d,{q},degC,72,1,1,0,2,{time},{time}" for s in range(SENSORS)
                       for q in ("pressure", "temperature", "humidity")]
        metrics = self.write("metric.csv", "\n".join(metric) + "\n")
        errors = [{"row": n, "code": "constraint-error", "constraint": "maximum", "xxh128": f"{n:032x}",
                   "field": "pressure" if n % 100 == 0 else f"other{n % 7}"} for n in range(20000)]
        rejects = self.write("e.ndjson", "".join(json.dumps(error) + "\n" for error in errors))
        self.load(*self.with_schema(f"reading={readings}", f"metric={metrics}", f"rejection={rejects}"))
        errors = self.write("small.ndjson", json.dumps({"row": 1, "code": "blank-row", "xxh128": "0" * 32}) + "\n")
        for n in range(20):  # more files, so that one of them is a small part
            few = self.write("small.csv", "source,sensor_id,ts,temperature\n"
                             + "".join(f"net,1,2017-07-01T00:{m:02}:{n:02}Z,1\n" for m in range(1, 5)))
            states = self.write("small.metric", metric[0] + "\nnet,1,2017-07-01,1d,temperature,degC,4,1,0,1,1,,\n")
            self.load(*self.with_schema(f"reading={few}", f"metric={states}", f"rejection={errors}"))
        self.sql("VACUUM ANALYZE")

    def executed(self, query):
        """Every node of the query's plan that was run."""
        [[text]] = self.sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")
        nodes, waiting = [], [json.loads(text)[0]["Plan"]]
        while waiting:
            node = waiting.pop(0)
            if node["Actual Loops"] > 0:
                nodes.append(node)
            waiting += node.get("Plans", [])
        return nodes

    def assert_plan(self, query, *, uses=(), months, no_sort=False, nodes=None):
        nodes = nodes or self.plan(query)
        indexes = {node["Index Name"] for node in nodes if "Index Name" in node}
        relations = {node["Relation Name"] for node in nodes
                     if node.get("Relation Name", "").startswith("reading_")}
        self.assertEqual(relations, {f"reading_2017_{month:02}" for month in months}, query)
        for index in uses:
            self.assertIn(index, indexes, f"{query}\n{json.dumps(nodes, indent=1)}")
        scans = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"
                 and node["Relation Name"].startswith(("reading", "metric", "rejection"))]
        self.assertEqual(scans, [], query)
        if no_sort:
            self.assertNotIn("Sort", [node["Node Type"] for node in nodes], query)

    def test_one_sensor_over_a_time_range(self):
        self.assert_plan(f"SELECT ts, temperature FROM sp.reading WHERE {SEVEN}"
                         " AND ts >= '2017-07-03Z' AND ts < '2017-07-04Z' ORDER BY ts",
                         uses=["reading_2017_07_pkey"], months=[7])

    def test_one_sensor_over_two_months(self):
        self.assert_plan(f"SELECT ts, temperature FROM sp.reading WHERE {SEVEN}"
                         " AND ts >= '2017-07-30Z' AND ts < '2017-08-02Z' ORDER BY ts",
                         uses=["reading_2017_07_pkey", "reading_2017_08_pkey"], months=[7, 8])

    def test_all_sensors_of_an_hour(self):
        self.assert_plan("SELECT * FROM sp.reading WHERE ts >= '2017-07-03 14:00Z'"
                         " AND ts < '2017-07-03 15:00Z'", uses=["reading_2017_07_ts_idx"], months=[7])

    def test_an_hour_reads_a_small_part_of_the_month(self):
        [[text]] = self.sql("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT * FROM sp.reading"
                            " WHERE ts >= '2017-07-03 14:00Z' AND ts < '2017-07-03 15:00Z'")
        plan = json.loads(text)[0]["Plan"]
        self.assertEqual(plan["Actual Rows"], 3 * SENSORS)
        pages = int(self.value("SELECT relpages FROM pg_class WHERE relname = 'reading_2017_07'"))
        self.assertLess(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"], pages / 10)

    def test_the_hourly_series_of_a_day(self):
        self.assert_plan("SELECT * FROM sp.hourly_between('2017-08-03Z', '2017-08-04Z')",
                         uses=["reading_2017_08_ts_idx"], months=[8])

    def test_the_latest_reading_of_each_sensor(self):
        self.assert_plan("SELECT * FROM sp.latest_reading", months=[6, 7, 8], no_sort=True,
                         uses=[f"reading_2017_{month:02}_pkey" for month in (6, 7, 8)])
        [[text]] = self.sql("EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM sp.latest_reading")
        waiting, loops = [json.loads(text)[0]["Plan"]], {}
        while waiting:
            node = waiting.pop()
            loops[node.get("Relation Name")] = node["Actual Loops"]
            waiting += node.get("Plans", [])
        # One descent a sensor in the newest month; the older ones are not opened.
        self.assertEqual((loops["reading_2017_08"], loops["reading_2017_07"]), (SENSORS, 0))

    def test_local_days_of_a_zone(self):
        self.assert_plan("SELECT * FROM sp.daily_in('Europe/Sofia', '2017-08-03', '2017-08-05')",
                         uses=["reading_2017_08_ts_idx"], months=[8])

    def test_gaps_of_one_sensor(self):
        query = ("SELECT * FROM sp.gaps_between('2017-08-10Z', '2017-08-12Z') WHERE source = 'net' AND key = '7'")
        self.assertEqual({node["Node Type"] for node in self.executed(query)
                          if node.get("Relation Name", "").startswith("reading")} - {"Index Scan", "Index Only Scan"}, set())

    def test_coverage_of_some_days_reads_metrics_and_no_readings_but_the_latest(self):
        nodes = self.executed("SELECT * FROM sp.coverage_between('2017-08-10Z', '2017-08-12Z')")
        scans = {(node["Node Type"], node["Relation Name"]) for node in nodes if "Relation Name" in node}
        self.assertEqual({scan for scan in scans if scan[0] == "Seq Scan" and scan[1].startswith(("reading", "metric"))}, set())
        self.assertTrue(any(node.get("Index Name") == "metric_pkey" for node in nodes))

    def test_the_rhythm_of_a_sensor_is_asked_once(self):
        for query in ("gaps_between('2017-06-01Z', '2017-09-01Z')", "silent_sensors(now())",
                      "coverage_between('2017-06-01Z', '2017-09-01Z')"):
            *_, [calls] = self.sql("BEGIN", "SET LOCAL track_functions = 'all'", f"SELECT * FROM sp.{query}",
                                 "SELECT pg_stat_get_xact_function_calls('sp.rhythm_of'::regproc)")
            self.assertLessEqual(int(calls), SENSORS, query)

    def test_worst_sensors_and_daily_series_of_some_days_read_the_metrics_of_these(self):
        for call in ("sensor_quality_between('2017-07-01Z', '2017-07-02Z')", "daily_between('2017-07-01', '2017-07-02')"):
            nodes = [node for node in self.executed(f"SELECT * FROM sp.{call}") if node.get("Index Name") == "metric_pkey"]
            self.assertTrue(any("window_start >=" in node.get("Index Cond", "") for node in nodes), (call, nodes))
        nodes = self.executed("SELECT * FROM sp.sensor_quality WHERE source = 'net' AND key = '7'")
        self.assertNotIn(("Seq Scan", "metric"), [(node["Node Type"], node.get("Relation Name")) for node in nodes])

    def test_rejects_of_one_reason(self):
        self.assert_plan("SELECT * FROM sp.rejection WHERE field = 'pressure'"
                         " AND code = 'constraint-error'", uses=["rejection_reason"], months=[])
        self.assert_plan("SELECT * FROM sp.rejects_by_reason WHERE field = 'pressure'",
                         uses=["rejection_reason"], months=[])

    def test_rejects_of_one_file_in_its_order(self):
        self.assert_plan('SELECT * FROM sp.rejection WHERE ingest_id = 3 ORDER BY "row"',
                         uses=["rejection_ingest"], months=[], no_sort=True)

    def test_statistics_and_daily_series_of_one_sensor(self):
        # Of readings only those of loads without metrics, and here are none.
        for query in ("SELECT * FROM sp.sensor_statistics WHERE source = 'net' AND key = '7'",
                      "SELECT * FROM sp.daily WHERE source = 'net' AND key = '7' AND quantity = 'temperature'"
                      " AND day >= '2017-07-01' AND day < '2017-08-01'"):
            self.assert_plan(query, uses=["metric_pkey"], months=[], nodes=self.executed(query))

    def test_quality_of_one_file(self):
        for view in ("data_quality", "file_statistics"):
            query = f"SELECT * FROM sp.{view} WHERE ingest_id = 3"
            self.assert_plan(query, uses=["metric_ingest"], months=[], nodes=self.executed(query))

    def test_the_rows_of_one_load(self):
        # By its times: months outside of them are not opened, and no index has to be kept for it.
        self.assertEqual(self.sql("SELECT indexrelid::regclass FROM pg_index WHERE indrelid ="
                                  " 'sp.reading_2017_07'::regclass ORDER BY 1::text"),
                         [("sp.reading_2017_07_pkey",), ("sp.reading_2017_07_ts_idx",)])
        self.sql("INSERT INTO sp.ingest (digest, name, size_bytes, tool_version, first_ts, last_ts)"
                 " VALUES (sha256('b'), 'x', 1, '1', '2017-07-02Z', '2017-07-03Z')")
        one = "FROM sp.ingest WHERE digest = sha256('b'))"
        [[text]] = self.sql("EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM sp.reading WHERE ingest_id ="
                            f" (SELECT ingest_id {one} AND ts BETWEEN (SELECT first_ts {one}"
                            f" AND (SELECT last_ts {one}")
        waiting, opened = [json.loads(text)[0]["Plan"]], set()
        while waiting:
            node = waiting.pop()
            if node["Actual Loops"] > 0 and "reading" in node.get("Relation Name", ""):
                opened.add(node["Relation Name"])
            waiting += node.get("Plans", [])
        self.assertEqual(opened, {"reading_2017_07"})

    def test_a_known_file(self):
        [[text]] = self.sql("SET enable_seqscan = off", "EXPLAIN (FORMAT JSON) SELECT ingest_id FROM"
                            " sp.ingest WHERE digest = sha256('x')")
        self.assertEqual(json.loads(text)[0]["Plan"]["Index Name"], "ingest_digest_key")


if __name__ == "__main__":
    unittest.main()
