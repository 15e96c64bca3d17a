"""Chapter 2: the database that stops, refuses, hangs, or forgets to answer."""

import os
import signal
import subprocess
import threading
import time

import process
import proxy
import server
import trace
from scenario import Skipped, require, require_equal, scenario

SCHEMA = "-c search_path=sp"


def _socket(world):
    return os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432")


def _between(world, *rules, tcp=False):
    folder = None if tcp else os.path.join(world.root, f"proxy{len(os.listdir(world.root))}")
    return proxy.Proxy(_socket(world), folder, rules)


def _copying(world):
    """Waits for a COPY into the world's database to run."""
    def seen():
        return world.sql("SELECT 1 FROM pg_stat_activity WHERE datname = current_database() "
                         "AND query ILIKE 'COPY%reading%' AND state = 'active'")
    process.wait_until(seen, 20, "a COPY to run", 0.005)


def _big(world, name, rows=None):
    world.drop_files(1, rows=rows or world.amount(40000, 200000), prefix=name)


@scenario("db-shutdown", 2, "the server shuts down at once in the middle of a COPY and comes back", 90)
def db_shutdown(world):
    with world.own_server() as one:
        watch = world.watch(*world.RETRY)
        for i in range(world.amount(1, 20)):
            with _slow_copy(world) as slow:
                world.stop(watch)
                watch = world.watch(*world.RETRY, env=slow.environment)
                _big(world, f"shutdown{i}", 8000)
                _copying(world)
                one.stop("immediate")
                time.sleep(0.3)
                one.start()
                world.wait_drained()
        world.stop(watch)
        return world.check()


def _slow_copy(world):
    """A proxy that holds the first connection's end of COPY back for a moment."""
    return _between(world, proxy.Rule("delay", "copy-done", seconds=0.7))


@scenario("db-restart", 2, "a fast restart of the server while files arrive", 60)
def db_restart(world):
    with world.own_server() as one:
        watch = world.watch(*world.RETRY, "--jobs", "2")
        for i in range(world.amount(2, 20)):
            world.drop_files(4, rows=500, prefix=f"restart{i}")
            time.sleep(0.3)
            one.restart()
        world.wait_drained()
        world.stop(watch)
        return world.check()


@scenario("db-away", 2, "the server is not there when a file arrives, and comes later", 90)
def db_away(world):
    with world.own_server() as one:
        one.stop()
        watch = world.watch(*world.RETRY)
        world.drop_files(2, prefix="away")
        time.sleep(world.amount(3, 180))
        require_equal(len(world.names("done")), 0, "files in done/ without a server")
        one.start()
        world.wait_drained(90)
        world.stop(watch)
        return world.check()


@scenario("db-terminate", 2, "pg_terminate_backend in the middle of a COPY, again and again", 60)
def db_terminate(world):
    world.use_database()
    count = world.amount(3, 30)
    rule = proxy.Rule("delay", "copy-done", times=count, seconds=0.3)
    with _between(world, rule) as slow:
        watch = world.watch(*world.RETRY, env=slow.environment)
        for i in range(count):
            world.drop_files(1, rows=2000, prefix=f"terminate{i}")
            process.wait_until(lambda n=i: rule.hits > n, 20, "the end of a COPY")
            world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                      f"current_database() AND usename = '{world.loader['PGUSER']}'")
            world.wait_drained()
        world.stop(watch)
    return world.check()


@scenario("db-statement-timeout", 2, "statement_timeout strikes a COPY, another is cancelled by hand: both "
          "are tried again")
def db_statement_timeout(world):
    world.use_database()
    role = world.loader["PGUSER"]
    world.sql(f"ALTER ROLE {role} IN DATABASE {world.database} SET statement_timeout = '2s'")
    rule = proxy.Rule("delay", "copy-done", times=2, seconds=2.5)
    with _between(world, rule) as slow:
        watch = world.watch(*world.RETRY, env=slow.environment)
        world.drop_files(1, rows=500, prefix="statement")
        world.wait_drained()
        world.drop_files(1, rows=500, prefix="cancelled")
        process.wait_until(lambda: rule.hits == 2, 20, "a COPY")
        world.sql("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = "
                  f"current_database() AND usename = '{role}'")
        world.wait_drained()
        require("cancel" in world.tail(), "nothing is said of the cancelled COPY")
        world.stop(watch)
    world.sql(f"ALTER ROLE {role} IN DATABASE {world.database} RESET statement_timeout")
    return world.check()


class _Session:
    """psql that holds a transaction open."""

    def __init__(self, world, sql):
        self.child = process.start(
            ["psql", "-XqAt"], env={**os.environ, **world.admin}, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.child.stdin.write(f"BEGIN; {sql}; SELECT 'ready';\n")
        self.child.stdin.flush()
        while self.child.stdout.readline().strip() != "ready":
            require(self.child.poll() is None, "psql ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.communicate("ROLLBACK;\n")


@scenario("db-lock-timeout", 2, "lock_timeout while another session holds the table")
def db_lock_timeout(world):
    world.use_database()
    role = world.loader["PGUSER"]
    world.sql(f"ALTER ROLE {role} IN DATABASE {world.database} SET lock_timeout = '100ms'")
    with _Session(world, "LOCK TABLE sp.reading IN ACCESS EXCLUSIVE MODE"):
        watch = world.watch(*world.RETRY)
        world.drop_files(1, prefix="lock")
        time.sleep(2)
        require_equal(world.names("done"), [], "done/ while the table is locked")
    world.wait_drained(60)
    world.stop(watch)
    return world.check()


def _load_command(world, folder, *flags):
    return ["bash", "-c", 'exec "$0" "$@"', os.path.join(folder, "sp-pipeline"), *flags]


@scenario("db-two-loaders-one-file", 2, "the same bytes loaded by several at once are loaded once")
def db_two_loaders_one_file(world):
    world.use_database()
    for i in range(world.amount(3, 30)):
        content = world.writer.file(800)
        folders = []
        for n in range(4):
            name = f"same{i}-{n}.csv"
            world.drop(name, content)
        watch = world.watch(*world.RETRY, "--jobs", "4")
        world.wait_drained()
        world.stop(watch)
        del folders
    return world.check()


@scenario("db-two-loaders-same-keys", 2, "two files that bring the same keys in opposite order, at once: "
          "deadlocks are retried, each key is there once", 60)
def db_two_loaders_same_keys(world):
    """sp-load by hand, with --on-known skip; the sums of the ledger must close."""
    world.use_database()
    rows = [f"lab,{7000 + n % 5},2019-03-01T00:{n // 60 % 60:02}:{n % 60:02}Z,{n / 8}"
            for n in range(world.amount(1500, 3000))]
    rounds, schema = world.amount(3, 40), world.plain_schema()
    for i in range(rounds):
        children = []
        for n, ordered in enumerate((rows, rows[::-1], rows[::2] + rows[1::2])):
            path = os.path.join(world.root, f"keys{i}-{n}.csv")
            shift = f"2019-{i % 12 + 1:02}-01"
            with open(path, "w") as file:
                file.write("source,key,ts,temperature\n")
                file.write("\n".join(r.replace("2019-03-01", shift) for r in ordered) + f"\n")
            children.append(world.start([world.tool("sp-load"), "--source", path, "--on-known", "skip",
                                         "--schema", schema, f"reading={path}"]))
        for child in children:
            require_equal(child.wait(50), 0, "sp-load's status")
    distinct = len({tuple(r.split(",")[:3]) for r in rows}) * min(rounds, 12)
    require_equal(world.sql("SELECT count(*) FROM sp.sensor"), [["5"]], "sensors")
    require_equal(world.sql("SELECT count(*), count(DISTINCT (sensor_id, ts)) FROM sp.reading"),
                  [[str(distinct), str(distinct)]], "readings")
    require_equal(world.sql("SELECT count(*) FROM sp.ingest WHERE rows_passed <> rows_loaded + "
                            "rows_known"), [["0"]], "ledger rows that do not add up")
    require_equal(world.sql("SELECT sum(rows_loaded) FROM sp.ingest"), [[str(distinct)]],
                  "rows that the ledger says are loaded")
    return {"loads": rounds * 3, "rows": distinct, "twice": 0}


@scenario("db-serialization", 2, "serialization failures (isolation serializable) are retried", 60)
def db_serialization(world):
    world.use_database()
    world.sql(f"ALTER ROLE {world.loader['PGUSER']} IN DATABASE {world.database} "
              "SET default_transaction_isolation = 'serializable'")
    watch = world.watch(*world.RETRY, "--jobs", "4")
    world.drop_files(world.amount(10, 100), rows=100, prefix="serial")
    world.wait_drained(60)
    world.stop(watch)
    world.sql(f"ALTER ROLE {world.loader['PGUSER']} IN DATABASE {world.database} RESET ALL")
    return world.check()


@scenario("db-out-of-connections", 2, "the server has no connection left, then has")
def db_out_of_connections(world):
    world.use_database()
    world.sql(f"ALTER DATABASE {world.database} CONNECTION LIMIT 0")
    watch = world.watch(*world.RETRY)
    world.drop_files(2, prefix="full")
    time.sleep(world.amount(1.5, 20))
    require_equal(world.names("done"), [], "done/ without a connection")
    world.sql(f"ALTER DATABASE {world.database} CONNECTION LIMIT -1")
    world.wait_drained(60)
    world.stop(watch)
    return world.check()


@scenario("db-closed", 2, "the database takes no connections (ALLOW_CONNECTIONS false), then does: nothing is in "
          "failed/")
def db_closed(world):
    world.use_database()
    server.query(f'ALTER DATABASE "{world.database}" ALLOW_CONNECTIONS false', world.admin, "postgres")
    watch = world.watch(*world.RETRY, "--max-attempts", "2")
    world.drop_files(2, prefix="closed")
    time.sleep(world.amount(3, 60))
    _require_waiting(world, "while the database is closed")
    server.query(f'ALTER DATABASE "{world.database}" ALLOW_CONNECTIONS true', world.admin, "postgres")
    world.wait_drained(60)
    world.stop(watch)
    return world.check()


@scenario("db-frozen", 2, "a database that is set read-only, for itself or for the role, is not written to: the "
          "files wait and say what to do", 90)
def db_frozen(world):
    world.use_database()
    role = world.loader["PGUSER"]
    by = [f"ALTER DATABASE {world.database}", f"ALTER ROLE {role} IN DATABASE {world.database}"]
    for i, alter in enumerate(by):
        count = world.sql("SELECT count(*) FROM sp.reading")
        server.query(f"{alter} SET default_transaction_read_only = on", world.admin, "postgres")
        watch = world.watch(*world.RETRY, "--max-attempts", "2")
        world.drop_files(2, prefix=f"frozen{i}")
        words = f"{alter} RESET default_transaction_read_only"
        process.wait_until(lambda w=words: w in world.tail(1 << 16), 30, f"the words {words}")
        time.sleep(world.amount(2, 60))
        moved = [n for place in ("done", "quarantine", "failed") for n in world.names(place)
                 if n.startswith(f"frozen{i}")]
        require_equal((len(world.waiting()), moved), (2, []), "files that wait, and that moved on")
        require_equal(world.sql("SELECT count(*) FROM sp.reading"), count, "readings")
        server.query(f"{alter} RESET default_transaction_read_only", world.admin, "postgres")
        world.wait_drained(60)
        world.stop(watch)
    return world.check()


@scenario("db-detached", 2, "rows of a month whose partition was detached: the file waits, whole, and says what to "
          "do; attached again, the month takes it")
def db_detached(world):
    world.use_database()
    world.drop_files(1, prefix="before")
    world.drain()
    [[month]] = world.sql("SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'sp.reading'::regclass "
                          "ORDER BY 1 LIMIT 1")
    count = world.sql(f"SELECT count(*) FROM {month}")
    world.sql(f"ALTER TABLE sp.reading DETACH PARTITION {month}")
    watch = world.watch(*world.RETRY, "--max-attempts", "2")
    world.drop_files(2, prefix="detached")
    attach = f"ALTER TABLE sp.reading ATTACH PARTITION {month} "
    process.wait_until(lambda: attach in world.tail(1 << 16), 30, "the words what to do")
    time.sleep(1)
    require_equal(len(world.waiting()), 2, "files that wait")
    require_equal(world.sql("SELECT count(*) FROM sp.ingest"), [["1"]], "ledger rows")
    require_equal(world.sql(f"SELECT count(*) FROM {month}"), count, "rows of the month")
    said = world.tail(1 << 16)
    at = said.index(attach)
    world.sql(said[at:said.index(";", at)])
    world.wait_drained(60)
    world.stop(watch)
    return world.check()


def _require_waiting(world, when):
    require_equal(world.names("done") + world.names("quarantine") + world.names("failed"), [],
                  f"files moved on {when}")


def _one_row(world):
    path = os.path.join(world.root, "one.csv")
    with open(path, "w") as file:
        file.write("source,key,ts,temperature\nlab,1,2019-01-01T00:00:00Z,20\n")
    return path


@scenario("db-standby", 2, "a read-only standby refuses; promoted, it takes the file", 90)
def db_standby(world):
    with world.own_server({"wal_level": "replica", "max_wal_senders": "4"}) as primary:
        standby = _make_standby(world, primary)
        try:
            env = {"PGHOST": standby["socket"]}
            watch = world.watch(*world.RETRY, env=env)
            world.drop_files(1, prefix="standby")
            time.sleep(2)
            _require_waiting(world, "while the server is read-only")
            path = _one_row(world)
            for flags in ([f"reading={path}"], ["--source", path, f"reading={path}"], ["--init"]):
                done = world.run([world.tool("sp-load"), "--retry-for", "0", *flags], env=env)
                require_equal(done.returncode, 75, f"sp-load {flags}: {done.stderr!r}")
            standby["control"]("promote", "--wait")
            world.wait_drained(60)
            world.stop(watch)
            world.admin = {**world.admin, **env}
            return world.check()
        finally:
            standby["control"]("stop", "--mode=immediate")


def _make_standby(world, primary):
    data = os.path.join(os.path.dirname(primary.data), "standby")
    sockets = os.path.join(os.path.dirname(primary.data), "standby-socket")
    run = server.as_server_user
    copy = [os.path.join(server.programs(), "pg_basebackup"), "-h", world.admin["PGHOST"], "-U",
            "postgres", "-D", data, "-R", "-X", "stream", "--checkpoint=fast", "--no-sync"]
    done = subprocess.run(run(copy), capture_output=True, text=True, cwd="/")
    require_equal(done.returncode, 0, f"pg_basebackup: {done.stderr}")
    subprocess.run(run(["mkdir", "-m", "700", sockets]), check=True, cwd="/")

    def control(*arguments):
        pg_ctl = os.path.join(server.programs(), "pg_ctl")
        return subprocess.run(run([pg_ctl, "-D", data, "-s", *arguments]), cwd="/",
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    started = control("start", "-w", "-o", f"-c listen_addresses= -c port=5432 -c fsync=off "
                      f"-c unix_socket_directories={sockets} -c hot_standby=on")
    require_equal(started.returncode, 0, "starting the standby")
    return {"socket": sockets, "control": control}


@scenario("db-disk-full", 2, "the server's disk is full in the middle of a load, then is not", 90)
def db_disk_full(world):
    world.need_root("a small tmpfs for a tablespace")
    with world.own_server() as one:
        space = os.path.join(os.path.dirname(one.data), "space")
        subprocess.run(server.as_server_user(["mkdir", "-m", "700", space]), check=True, cwd="/")
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=777", "tmpfs", space],
                          capture_output=True).returncode != 0:
            raise Skipped("mounting a tmpfs is not permitted here")
        try:
            subprocess.run(["chown", "postgres", space], check=False)
            world.sql(f"CREATE TABLESPACE small LOCATION '{space}'")
            world.sql("GRANT CREATE ON TABLESPACE small TO PUBLIC")
            world.sql("ALTER DATABASE w SET default_tablespace = small")
            watch = world.watch(*world.RETRY)
            world.drop_files(1, rows=30000, prefix="server-full")
            process.wait_until(lambda: "No space left" in one.log(), 40, "the disk to be full")
            time.sleep(0.5)
            require_equal(world.names("done"), [], "done/ while the server's disk is full")
            subprocess.run(["mount", "-o", "remount,size=200m", space], check=True)
            world.wait_drained(60)
            world.stop(watch)
            return world.check()
        finally:
            one.stop("immediate")
            subprocess.run(["umount", space], check=False)


@scenario("db-commit-answer-lost", 2, "the answer to COMMIT is lost: the ledger decides, no row twice")
def db_commit_answer_lost(world):
    world.use_database()
    count = world.amount(3, 40)
    rule = proxy.Rule("cut-after", "COMMIT", times=count)
    with _between(world, rule) as between:
        watch = world.watch(*world.RETRY, env=between.environment)
        world.drop_files(count, rows=300, prefix="answer")
        world.wait_drained(world.amount(40, 900))
        world.stop(watch)
    require_equal(rule.hits, count, "answers lost")
    return {"answers lost": rule.hits, **world.check()}


@scenario("db-commit-not-sent", 2, "the connection breaks before COMMIT gets there: loaded once by the retry")
def db_commit_not_sent(world):
    world.use_database()
    count = world.amount(3, 40)
    rule = proxy.Rule("cut-before", "COMMIT", times=count)
    with _between(world, rule) as between:
        watch = world.watch(*world.RETRY, env=between.environment)
        world.drop_files(count, rows=300, prefix="commit")
        world.wait_drained(world.amount(40, 900))
        world.stop(watch)
    require_equal(rule.hits, count, "COMMITs that never came")
    return {"cuts": rule.hits, **world.check()}


@scenario("db-cut-anywhere", 2, "the connection is cut after N bytes, N drawn from the whole load", 60)
def db_cut_anywhere(world):
    world.use_database()
    rules = [proxy.Rule("cut-before", ("bytes", n * world.amount(9000, 1500)))
             for n in range(world.amount(6, 40))]
    with _between(world, *rules) as between:
        watch = world.watch(*world.RETRY, env=between.environment)
        world.drop_files(6, rows=1000, prefix="cut")
        world.wait_drained(world.amount(60, 900))
        world.stop(watch)
    return {"cuts": sum(r.hits for r in rules), **world.check()}


def _hang(world, when, action, kind, flags=(), **options):
    """Seconds until the file is done though one connection hung."""
    rule = proxy.Rule(action, when)
    with _between(world, rule, tcp=True) as between:
        watch = world.watch(*world.RETRY, *flags, env=between.environment, **options)
        world.drop_files(1, rows=300, prefix=kind)
        process.wait_until(lambda: rule.hits, 20, "the hang")
        began = time.monotonic()
        world.wait_drained(40)
        world.stop(watch)
        return round(time.monotonic() - began, 1)


@scenario("db-half-open", 2, "a connection that never answers again (in COPY, at COMMIT, at connect) is given "
          "up by sp-load in bounded time", 120)
def db_half_open(world):
    """The limits are set low by flag and variable; what is tested is that there are limits."""
    world.use_database()
    folder = trace.wrapped_tools(world, {"sp-load": 'exec REAL --answer-timeout 2s "$@"'})
    options = {"command": ["env", "PGCONNECT_TIMEOUT=2", f"{folder}/sp-pipeline", "{}"]}
    took = {}
    for kind, when, action in (("connect", "connect", "hang"), ("copy", "copy-done", "hang-before"),
                               ("commit", "COMMIT", "hang-after"),
                               ("commit-unsent", "COMMIT", "hang-before")):
        took[f"after {kind} s"] = _hang(world, when, action, kind, **options)
    require("killed" not in world.tail(1 << 20), "a command was killed: sp-load must give up itself")
    return {**took, **world.check()}


@scenario("db-hang-timeout", 2, "sp-watch --timeout ends a command that hangs, and all its processes", 60)
def db_hang_timeout(world):
    world.use_database()
    took = _hang(world, "copy-done", "hang-before", "hang", world.PATIENCE)
    require("--timeout" in world.tail(), "no command was ended by --timeout")
    return {"seconds": took, **world.check()}


@scenario("db-link-down", 2, "the network between client and server goes silent: keepalives end it", 90)
def db_link_down(world):
    world.need_root("a network namespace")
    world.need_program("ip")
    world.use_database()
    link = _Link(world)
    try:
        rule = proxy.Rule("delay", "copy-done", seconds=1.0)
        with proxy.Proxy(_socket(world), None, [rule], host=link.host) as between:
            service = os.path.join(world.root, "service.conf")
            with open(service, "w") as file:
                # The defaults take 40 s; what is tested is that they reach the socket.
                file.write(f"[silent]\nhost={link.host}\nport={between.environment['PGPORT']}\n"
                           "tcp_user_timeout=3000\nkeepalives_idle=1\nkeepalives_interval=1\n"
                           "keepalives_count=2\nconnect_timeout=2\n")
            env = {"PGSERVICEFILE": service, "PGSERVICE": "silent"}
            for name in ("PGHOST", "PGPORT"):
                world.loader.pop(name)
            watch = world.watch(*world.RETRY, wrap=link.inside, env=env)
            world.drop_files(1, rows=2000, prefix="link")
            process.wait_until(lambda: rule.hits, 20, "a COPY")
            link.set("down")
            process.wait_until(lambda: "trying again" in world.tail(), 30, "sp-load to give up")
            require_equal(world.names("done"), [], "done/ while the link is down")
            time.sleep(world.amount(0, 60))
            link.set("up")
            world.wait_drained(60)
            world.stop(watch)
        world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = "
                  f"'{world.loader['PGUSER']}' AND datname = current_database()")
        return world.check()
    finally:
        link.remove()


class _Link:
    """A network namespace that is joined to ours by one cable."""

    def __init__(self, world):
        self.name = f"spf{os.getpid()}"
        self.host = "10.213.7.1"
        self.inside = ["ip", "netns", "exec", self.name]
        steps = [f"netns add {self.name}", f"link add {self.name}a type veth peer name {self.name}b",
                 f"link set {self.name}b netns {self.name}", f"addr add {self.host}/24 dev {self.name}a",
                 f"link set {self.name}a up", f"-n {self.name} addr add 10.213.7.2/24 dev {self.name}b",
                 f"-n {self.name} link set {self.name}b up"]
        for step in steps:
            done = subprocess.run(["ip", *step.split()], capture_output=True, text=True)
            if done.returncode != 0:
                self.remove()
                raise Skipped(f"ip {step}: {done.stderr.strip()}")

    def set(self, state):
        subprocess.run(["ip", "link", "set", f"{self.name}a", state], check=True)

    def remove(self):
        subprocess.run(["ip", "link", "del", f"{self.name}a"], capture_output=True)
        subprocess.run(["ip", "netns", "del", self.name], capture_output=True)


@scenario("db-permanent", 2, "no table, no column, no permission, wrong password, a value out of range: "
          "said at once, tried once, nothing loaded", 60)
def db_permanent(world):
    with world.own_server() as one:
        one.add_hba("local w fault_password scram-sha-256")
        world.sql("CREATE ROLE fault_password LOGIN PASSWORD 'right' IN ROLE sp_loader")
        world.sql("CREATE ROLE fault_nobody LOGIN")
        good = "source,key,ts,temperature\nlab,1,2019-01-01T00:00:00Z,1.5\n"
        world.sql("CREATE TABLE public.narrow (key text)")
        cases = [("no table", "nowhere", good, {}), ("no key", "reading", good.replace("key", "name"), {}),
                 ("no column", "public.narrow", good, {}),
                 ("no permission", "reading", good, {"PGUSER": "fault_nobody"}),
                 ("wrong password", "reading", good, {"PGUSER": "fault_password",
                                                      "PGPASSWORD": "wr0ng-secret"}),
                 ("no such database", "reading", good, {"PGDATABASE": "nowhere"}),
                 ("out of range", "reading", good.replace("1.5", "1e999"), {}),
                 ("not a number", "reading", good.replace("1.5", "warm"), {}),
                 ("no such time", "reading", good.replace("01-01T", "02-30T"), {}),
                 ("no partition possible", "reading", good.replace("2019-01-01T00:00:00Z", ""), {})]
        for what, table, text, env in cases:
            path = os.path.join(world.root, "input.csv")
            with open(path, "w") as file:
                file.write(text)
            with _between(world) as between:
                began = time.monotonic()
                done = world.run([world.tool("sp-load"), "--source", path, "--schema",
                                  world.plain_schema(), f"{table}={path}"],
                                 env={**between.environment, **env})
                took = time.monotonic() - began
                require(done.returncode not in (0, 75), f"{what}: status {done.returncode}: "
                        f"{done.stderr.decode()}")
                require(done.stderr.strip(), f"{what}: nothing is said")
                require(b"wr0ng-secret" not in done.stderr, f"{what}: the password is in the message")
                require(took < 5, f"{what}: took {took:.1f} s")
                require(between.connections <= 2, f"{what}: {between.connections} connections")
        require_equal(world.sql("SELECT (SELECT count(*) FROM sp.reading), (SELECT count(*) FROM "
                                "sp.ingest)"), [["0", "0"]], "rows and ledger rows")
        return {"cases": len(cases)}
