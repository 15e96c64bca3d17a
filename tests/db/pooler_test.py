"""sp-load behind PgBouncer, which gives a session of the server to another client after each transaction, or after each
session."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(os.environ["SP_SOURCE"]) / "tests" / "fault"))

from proxy import Proxy, Rule

from database import PSQL, DatabaseTest, own_rows, readings, wait_until

PORT = "6432"
ROWS = readings([(1, "2017-07-01", 1)])
# What PgBouncer itself keeps for each client is not asked.
QUERY = """SELECT string_agg(name || '=' || setting, E'\\n' ORDER BY name), pg_sleep(TIME) FROM pg_settings
WHERE name NOT LIKE 'transaction_%' AND name NOT LIKE 'plpgsql.%' AND name NOT IN
 ('application_name', 'client_encoding', 'DateStyle', 'TimeZone', 'standard_conforming_strings')"""


class Pooler(DatabaseTest):
    def pooler(self, mode, size=2):
        """Starts one; the environment of its clients."""
        folder = self.folder / mode
        folder.mkdir()
        self.folder.chmod(0o755)
        users = "".join(f'"{user}" ""\n' for (user,) in self.sql("SELECT rolname FROM pg_roles WHERE rolcanlogin"))
        (folder / "users").write_text(users)
        (folder / "ini").write_text(f"""
[databases]
* = host={self.environment["PGHOST"]} port={self.environment["PGPORT"]}
[pgbouncer]
listen_addr =
listen_port = {PORT}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = {mode}
default_pool_size = {size}
""")
        command = ["pgbouncer", "-q", str(folder / "ini")]
        if os.geteuid() == 0:  # which it will not run as
            shutil.chown(folder, "postgres")
            command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--", *command]
        process = subprocess.Popen(command, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        wait_until((folder / f".s.PGSQL.{PORT}").exists, "the pooler listens")
        return {"PGHOST": str(folder), "PGPORT": PORT}

    def settings(self, pooled):
        """Of both sessions of the server, as the next clients find them."""
        sleepers = [self.client(pooled, QUERY.replace("TIME", "0.3")) for _ in range(2)]
        return [sleeper.communicate()[0] for sleeper in sleepers]

    def client(self, pooled, *statements):
        """Another client of the pooler, at work."""
        command = [PSQL, "-XAtq", "-v", "ON_ERROR_STOP=1"]
        for statement in statements:
            command += ["-c", statement]
        process = subprocess.Popen(command, env=dict(self.environment, **pooled), stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def sleeping(self, seconds):
        return lambda: self.sql("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
                                f" AND query = 'SELECT pg_sleep({seconds})'")

    def test_loads_leave_no_setting_behind(self):
        for day, mode in enumerate(("session", "transaction"), 1):
            with self.subTest(mode):
                pooled = self.pooler(mode)
                before = self.settings(pooled)
                self.load("--init", **pooled)
                self.put(readings([(10 * day, f"2017-07-0{day}", 1)]), **pooled)  # its sensor is made beside the load
                self.load("--init", "--dry-run", **pooled)
                self.assertEqual(self.settings(pooled), before)
                self.assertEqual(self.count("sp.reading"), day)

    def test_a_commit_is_on_the_disk_whatever_the_session_has(self):
        self.sql(f"ALTER DATABASE {self.database} SET synchronous_commit = off")
        self.make_own_table()
        self.sql("CREATE TABLE mine.seen (setting text)",
                 "CREATE FUNCTION mine.see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                 " INSERT INTO mine.seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
                 "CREATE CONSTRAINT TRIGGER see AFTER INSERT ON mine.reading DEFERRABLE INITIALLY DEFERRED"
                 " FOR EACH ROW EXECUTE FUNCTION mine.see()")
        pooled = self.pooler("transaction")
        self.load("mine.reading=-", stdin=own_rows([(1, "2017-07-01", 1)]), **pooled)
        self.assertEqual(self.sql("SELECT setting FROM mine.seen"), [("on",)])

    def test_the_session_of_a_lost_transaction_may_be_anothers(self):
        pooled = self.pooler("transaction")
        proxy = Proxy(f"{pooled['PGHOST']}/.s.PGSQL.{PORT}", str(self.folder / "proxy"), [Rule("cut-after", "COMMIT")])
        self.addCleanup(proxy.close)
        self.make_own_table()
        first = self.client(pooled, "BEGIN", "SELECT pg_sleep(30)", "COMMIT")
        wait_until(self.sleeping(30), "a client has one session")
        load = self.start_load("mine.reading=-", **proxy.environment)
        load.stdin.write(own_rows([(1, "2017-07-01", 1)]).encode())
        load.stdin.flush()
        wait_until(self.copying, "the load has the other")
        second = self.client(pooled, "BEGIN", "SELECT pg_sleep(3)", "COMMIT")
        load.stdin.close()
        load.stdin = None
        wait_until(self.sleeping(3), "the next client has the session of the load, whose answer is lost")
        [[pid]] = self.sleeping(30)()
        self.sql(f"SELECT pg_cancel_backend({pid})")  # the load can ask again
        self.assertNotEqual(first.wait(), 0)
        self.assertIn("trying again", self.finish(load))
        self.assertEqual(second.wait(), 0)
        self.assertEqual(self.count("mine.reading"), 1)

    def test_what_cannot_be_behind_a_pooler_is_refused_at_once(self):
        pooled = self.pooler("statement")
        self.assertIn("statement pooling", self.put(ROWS, status=78, **pooled))
        self.assertIn("unsupported startup parameter", self.put(ROWS, status=78, PGOPTIONS="-c work_mem=8MB", **pooled))


if __name__ == "__main__":
    unittest.main(verbosity=2)
