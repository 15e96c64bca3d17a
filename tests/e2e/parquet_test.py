"""The recipe of sp-cookbook(7) for old months. DuckDB is not in Debian."""
import shutil
import unittest

from cookbook import BME280, Recipe, needs, recipe, rows_of
from workplace import sample


class Parquet(Recipe):
    @needs("duckdb")
    def test_old_months(self):
        (block,) = recipe("Old months as Parquet")
        shutil.copy(BME280, self.schemas)
        for month in ("07", "08"):
            self.drop(f"bme280-{month}.csv", sample(rows=2000, start=f"2017-{month}-01", defects=0))
        self.watch_once()
        means = "SELECT key, round(avg(temperature)::numeric, 6) FROM sp.located_reading WHERE ts < '2017-08-01Z'" \
            " GROUP BY key ORDER BY key"
        expected = [(key, float(mean)) for key, mean in self.sql(means)]
        daily = self.sql("SELECT * FROM sp.daily ORDER BY 1, 2, 3, day")
        self.run_tool("bash", "-c", block.replace("WHERE $where ORDER", "WHERE $where AND key > '2' ORDER"),
                      cwd=self.base, status=1)
        self.assertEqual(self.count("reading"), 4000)  # too few were kept
        self.run_block(block)
        kept = self.run_tool("duckdb", "-csv", "-c", "SELECT key, round(avg(temperature), 6) AS mean, min(ts)"
                             " FROM '2017-07.parquet' GROUP BY key ORDER BY key", cwd=self.base).stdout.decode()
        self.assertEqual([(row["key"], float(row["mean"])) for row in rows_of(kept)], expected)
        self.assertEqual(self.count("reading"), 2000)
        self.assertEqual(self.sql("SELECT * FROM sp.daily ORDER BY 1, 2, 3, day"), daily)


if __name__ == "__main__":
    unittest.main(verbosity=2)
