"""What keeps sp-load from connecting: what can never work is said at once (78), what may pass is tried again."""
import os
import pathlib
import subprocess
import sys
import time
import unittest

sys.path.append(str(pathlib.Path(os.environ["SP_SOURCE"]) / "tests" / "fault"))

from proxy import Proxy, Rule

from database import DatabaseTest, readings

ROWS = readings([(1, "2017-07-01", 1)])
SECRET = "s3cr3t"

# Environment, --dsn, and words of the message.
NEVER = {
    "time zone": ({"PGTZ": "Europe/Sofa"}, None, "Europe/Sofa"),
    "date style": ({"PGDATESTYLE": "ISO,DYM"}, None, "DYM"),
    "value of an option": ({"PGOPTIONS": "-c work_mem=junk"}, None, "work_mem"),
    "option unknown": ({"PGOPTIONS": "-c nonsense=1"}, None, "nonsense"),
    "option of the server": ({"PGOPTIONS": "-c shared_buffers=1MB"}, None, "shared_buffers"),
    "options no options": ({"PGOPTIONS": "-z"}, None, "-z"),
    "library": ({"PGOPTIONS": "-c session_preload_libraries=nowhere"}, None, "nowhere"),
    "no such database": ({"PGDATABASE": "nowhere"}, None, "nowhere"),
    "no such user": ({"PGUSER": "nobody_at_all"}, None, "nobody_at_all"),
    "service of the environment": ({"PGSERVICE": "nowhere"}, None, 'service "nowhere"'),
    "service of --dsn": ({}, f"service=nowhere password={SECRET}", 'service "nowhere"'),
    "port no number": ({"PGPORT": "abc"}, None, "port"),
    "port too large": ({"PGPORT": "99999"}, None, "port"),
    "port negative": ({"PGPORT": "-5"}, None, "port"),
    "one of the ports": ({"PGHOST": "/nowhere,/nowhere", "PGPORT": "5432,x"}, None, "port"),
    "more ports than hosts": ({"PGHOST": "/nowhere,/nowhere", "PGPORT": "1,2,3"}, None, "3 port numbers"),
    "hosts and addresses": ({"PGHOST": "a,b", "PGHOSTADDR": "127.0.0.1"}, None, "2 host names"),
    "address no address": ({"PGHOSTADDR": "127.0.0.1,db"}, None, "hostaddr"),
    "sslmode": ({"PGSSLMODE": "junk"}, None, "sslmode"),
    "channel binding": ({"PGCHANNELBINDING": "junk"}, None, "channel_binding"),
    "target of the session": ({"PGTARGETSESSIONATTRS": "junk"}, None, "target_session_attrs"),
    "timeout": ({"PGCONNECT_TIMEOUT": "abc"}, None, "connect_timeout"),
    "channel binding that the server lacks": ({"PGCHANNELBINDING": "require"}, None, "channel binding"),
    "server of another user": ({"PGREQUIREPEER": "nobody_at_all"}, None, "nobody_at_all"),
    "password that holds @": ({}, f"postgresql://u:x@{SECRET}@/y", "%40"),
    "password that holds /": ({}, f"postgresql://u:{SECRET}/x@host/y", "port"),
}
# The same, where libpq reaches a server by TCP: it encrypts nothing else.
NEVER_BY_TCP = {
    "encryption that the server lacks": ({"PGSSLMODE": "require"}, "SSL"),
    "no root certificate": ({"PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere/root"}, "/nowhere/root"),
    "certificate no certificate": ({"PGSSLMODE": "require", "PGSSLCERT": "/etc/passwd"}, "/etc/passwd"),
    "no key": ({"PGSSLMODE": "require", "PGSSLCERT": "CERTIFICATE", "PGSSLKEY": "/nowhere/key"}, "/nowhere/key"),
}


class Connect(DatabaseTest):
    def proxy(self, *rules, tcp=False):
        server = f"{self.environment['PGHOST']}/.s.PGSQL.{self.environment['PGPORT']}"
        proxy = Proxy(server, None if tcp else str(self.folder / f"proxy{time.monotonic_ns()}"), rules)
        self.addCleanup(proxy.close)
        return proxy

    def load_row(self, status, *arguments, **environment):
        path = self.write("a.csv", ROWS)
        said = self.load(*self.with_schema("--quiet", *arguments, f"reading={path}", source=path), status=status,
                         **environment)
        if status != 0:
            self.assert_nothing_committed()
        return said

    def assert_never(self, environment, dsn, words):
        began = time.monotonic()
        said = self.load_row(78, "--retry-for", "1min", *(["--dsn", dsn] if dsn else []), **environment)
        self.assertLess(time.monotonic() - began, 10)
        self.assertIn(words, said)
        self.assertNotIn("trying again", said)
        self.assertNotIn(SECRET, said)
        self.assertEqual(said.count("\n"), 1, said)

    def test_parameters_that_never_work(self):
        for what, (environment, dsn, words) in NEVER.items():
            with self.subTest(what):
                self.assert_never(environment, dsn, words)

    def test_what_a_connection_string_leaves_empty(self):
        """As a variable that is not set: the default may be another database."""
        for dsn, keyword in (("host=", "host"), ("host= dbname=x", "host"), (f"user= password={SECRET}", "user"),
                             ("dbname=''", "dbname"), ("host=x port=", "port"), ("postgresql:///x?host=", "host")):
            with self.subTest(dsn):
                said = self.load_row(64, "--dsn", dsn)
                self.assertIn(f"--dsn: {keyword} has no value", said)
                self.assertNotIn(SECRET, said)
        for dsn in (f"dbname={self.environment['PGDATABASE']}", f"postgresql:///{self.environment['PGDATABASE']}"):
            self.load_row(0, "--dry-run", "--dsn", dsn)

    def test_encryption_that_never_works(self):
        certificate = self.write("certificate", self.make_certificate())
        for what, (environment, words) in NEVER_BY_TCP.items():
            with self.subTest(what):
                grants = what != "encryption that the server lacks"
                proxy = self.proxy(*[Rule("encrypt", "ssl", times=9)] if grants else [], tcp=True)
                if environment.get("PGSSLCERT") == "CERTIFICATE":
                    environment = {**environment, "PGSSLCERT": certificate}
                self.assert_never({**environment, **proxy.environment}, None, words)

    def make_certificate(self):
        made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout",
                               "/dev/null"], capture_output=True, text=True)
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout

    def test_numbers_that_only_a_connection_by_tcp_reads(self):
        proxy = self.proxy(Rule("cut-before", "connect", times=9), tcp=True)
        self.assert_never(proxy.environment, "keepalives_idle=x", "keepalives_idle")

    def test_no_password_for_a_server_that_wants_one(self):
        proxy = self.proxy(Rule("ask-password", "connect", times=9))
        self.assert_never({**proxy.environment, "PGPASSFILE": "/nowhere/pass"}, None, "no password supplied")

    def test_what_has_passed_is_tried_again(self):
        cases = {"end of the connection": Rule("cut-before", "connect", times=2),
                 "server that cannot start a process": Rule("refuse", "connect", times=2),
                 "server that starts": Rule("refuse", "connect", times=2, sqlstate="57P03")}
        for what, rule in cases.items():
            with self.subTest(what):
                self.sql("TRUNCATE sp.reading, sp.ingest, sp.unmeasured")
                proxy = self.proxy(rule)
                self.assertIn("trying again", self.load_row(0, **proxy.environment))
                self.assertEqual(proxy.hits(), 2)

    def test_what_does_not_pass_is_given_up(self):
        for what, environment in {"no such host": {"PGHOST": "nowhere.invalid"}, "no socket": {"PGHOST": "/nowhere"},
                                  "no listener": {"PGHOST": "127.0.0.1", "PGPORT": "1"},
                                  "primary": {"PGTARGETSESSIONATTRS": "standby"},
                                  "closed": {"PGDATABASE": self.closed_database()}}.items():
            with self.subTest(what):
                self.assertIn("gave up after", self.load_row(75, "--retry-for", "100ms", **environment))

    def test_a_database_that_is_set_read_only_stays_as_it_is(self):
        self.sql("CREATE ROLE frozen SUPERUSER LOGIN")
        self.addCleanup(self.sql, "DROP ROLE frozen")
        by = {f"ALTER DATABASE {self.database}": "postgres", "ALTER ROLE frozen": "frozen",
              f"ALTER ROLE frozen IN DATABASE {self.database}": "frozen"}
        path = self.write("a.csv", ROWS)
        for alter, user in by.items():
            self.sql(f"{alter} SET default_transaction_read_only = on")
            for what in (["--init"], ["--dry-run", *self.with_schema(f"reading={path}", source=path)],
                         self.with_schema(f"reading={path}", source=path)):
                with self.subTest(alter=alter, what=what):
                    said = self.load(*what, status=78, PGUSER=user)
                    self.assertIn(f"{alter} RESET default_transaction_read_only", said)
                    self.assertEqual(said.count("\n"), 1, said)
            self.assert_nothing_committed()
            self.environment["PGOPTIONS"] = "-c default_transaction_read_only=off"
            self.sql(f"{alter} RESET default_transaction_read_only")
            del self.environment["PGOPTIONS"]
        said = self.load_row(78, PGOPTIONS="-c default_transaction_read_only=on")
        self.assertIn("PGOPTIONS", said)
        self.load_row(0)

    def closed_database(self):
        name = f"closed_{os.getpid()}"
        self.sql(f"CREATE DATABASE {name}", f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        self.addCleanup(self.sql, f"DROP DATABASE {name}")
        return name


if __name__ == "__main__":
    unittest.main()
