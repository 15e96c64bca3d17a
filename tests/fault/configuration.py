"""Chapter 8: configuration that is wrong, huge or hostile, and secrets."""

import json
import os
import time

import process
import proxy
from scenario import require, require_equal, scenario

INPUT = b"a,b\n1,2\n"


def _field(**properties):
    return {"fields": [{"name": "a", **properties}, {"name": "b"}]}


def _constraint(**constraints):
    return _field(type="string", constraints=constraints)


WRONG = {
    "empty": b"", "not json": b"{", "an array": b"[]", "a string": b'"x"', "null": b"null",
    "utf-16": '{"fields": []}'.encode("utf-16"), "nul bytes": b"\0" * 100, "binary": bytes(range(256)),
    "text after": b'{"fields":[{"name":"a"},{"name":"b"}]} x', "no fields": b"{}",
    "fields no list": {"fields": {}}, "field no object": {"fields": ["a", "b"]},
    "no name": {"fields": [{"type": "string"}, {"name": "b"}]}, "type unknown": _field(type="quark"),
    "type no text": _field(type=5), "constraint unknown": _constraint(moon=1),
    "minimum no number": _field(type="number", constraints={"minimum": "low"}),
    "minimum of string": _constraint(minimum=[]), "minLength negative": _constraint(minLength=-1),
    "minLength huge": _constraint(minLength=10**30), "pattern broken": _constraint(pattern="(["),
    "pattern back-reference": _constraint(pattern=r"(a)\1"),
    "pattern look-ahead": _constraint(pattern="(?=a)a"),
    "pattern huge": _constraint(pattern="((a{1,100}){1,100}){1,100}"),
    "enum no list": _constraint(enum="a"), "unit unknown": _field(type="number", unit="quux"),
    "units of two dimensions": _field(type="number", unit="Pa", targetUnit="degC"),
    "zone unknown": _field(type="datetime", timezone="Mars/Olympus"),
    "zone a path": _field(type="datetime", timezone="../../../etc/passwd"),
    "decimals huge": _field(type="number", decimals=10**9), "role unknown": _field(role="king"),
    "name twice": {"fields": [{"name": "a"}, {"name": "a"}]},
    "primary key unknown": {**_field(), "primaryKey": "zz"},
    "fieldsMatch unknown": {**_field(), "fieldsMatch": "roughly"},
    "deep": b'{"fields":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep objects": b'{"fields":[{"name":"a"},{"name":"b"}],"x":' + b'{"y":' * 100_000 + b"1" + b"}" * 100_001,
}


def _schema(world, content):
    path = os.path.join(world.root, "schema.json")
    with open(path, "wb") as file:
        file.write(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def _validate(world, schema, text=INPUT, seconds=10, *flags):
    path = os.path.join(world.root, "input.csv")
    with open(path, "wb") as file:
        file.write(text)
    return world.run([world.tool("sp-validate"), "--schema", schema, *flags, path], timeout=seconds)


@scenario("config-schema-wrong", 8, "schema files that are broken or ask for what is not there: status 78, "
          "the file and the place named, no row read")
def config_schema_wrong(world):
    for what, content in WRONG.items():
        schema = _schema(world, content)
        done = _validate(world, schema)
        require_equal(done.returncode, 78, f"{what}: {done.stderr[-300:]!r}")
        require(b"schema.json" in done.stderr, f"{what}: the file is not named: {done.stderr[:300]!r}")
        require_equal(done.stdout, b"", f"{what}: output")
        require(len(done.stderr) < 3000, f"{what}: {len(done.stderr)} bytes of message")
    for what, path in (("missing", "/nowhere/s.json"), ("directory", "/etc"), ("unreadable", "/proc/1/mem")):
        done = _validate(world, path)
        require(done.returncode == 78, f"{what}: status {done.returncode} {done.stderr!r}")
    return {"schemas": len(WRONG) + 3}


@scenario("config-schema-huge", 8, "a schema of 50,000 fields and one of 20 MB: bounded time")
def config_schema_huge(world):
    count = world.amount(20_000, 50_000)
    fields = [{"name": f"c{n}", "type": "number", "constraints": {"minimum": 0}} for n in range(count)]
    header = ",".join(f["name"] for f in fields)
    row = ",".join("1" for _ in fields)
    began = time.monotonic()
    done = _validate(world, _schema(world, {"fields": fields}), f"{header}\n{row}\n".encode(), 30)
    took = time.monotonic() - began
    require_equal(done.returncode, 0, done.stderr[-300:])
    require(took < 20, f"{took:.1f} s")
    big = _field(description="x" * (20 << 20))
    done = _validate(world, _schema(world, big), INPUT, 30)
    require(done.returncode in (0, 78), f"20 MB: {done.returncode}")
    return {"fields": count, "seconds": round(took, 1)}


@scenario("config-pattern-time", 8, "patterns that make a backtracking matcher run for ever: linear time (RE2)")
def config_pattern_time(world):
    text = b"a,b\n" + b"a" * 50_000 + b"!,x\n"
    for pattern in (r"(a+)+$", r"(a|a)*$", r"(a*)*b", r"(.*a){20}", r"([a-z]+)*[0-9]", r"(x+x+)+y",
                    r"^(([a-z])+.)+[A-Z]([a-z])+$"):
        began = time.monotonic()
        schema = _schema(world, _constraint(pattern=pattern))
        # The row is rejected, which without --rejects is status 65; 78 is a pattern that is refused.
        done = _validate(world, schema, text, 10)
        took = time.monotonic() - began
        require(done.returncode in (0, 65, 78), f"{pattern}: status {done.returncode}")
        require(took < 5, f"{pattern}: {took:.1f} s")


@scenario("config-command-wrong", 8, "a command, schema or flag that is wrong: the files wait, nothing is lost, "
          "and are loaded once it is mended", 60)
def config_command_wrong(world):
    world.use_database()
    broken = {"no such command": (["/nowhere/command", "{}"], {}),
              "not executable": (["/etc/passwd", "{}"], {}),
              "usage": ([world.tool("sp-pipeline"), "--no-such-flag", "{}"], {}),
              "schema missing": (None, {"SP_SCHEMA": "/nowhere/schema.json"}),
              "schema broken": (None, {"SP_SCHEMA": _schema(world, b"{")}),
              "folder of schemas empty": (None, {"SP_SCHEMA": "", "SP_SCHEMA_DIR": world.scratch})}
    for what, (command, env) in broken.items():
        world.drop_files(1, prefix="waits-" + what.replace(" ", "-"))
        name = world.dropped[-1][0]
        done = world.once(*world.RETRY, "--max-attempts", "1000", command=command, env=env, timeout=30)
        places = [p for p in ("", "work") if name in world.names(p)]
        require_equal(len(places), 1, f"{what}: places where the file waits; status {done.returncode}")
        require(done.stderr.strip(), f"{what}: nothing is said")
    world.drain(60)
    return {"cases": len(broken), **world.check()}


SECRET = "s3cr3t-Passw0rd-7f"


@scenario("config-connection-wrong", 8, "connection strings that fail: said, without the password; those that can "
          "never work are tried once", 60)
def config_connection_wrong(world):
    path = os.path.join(world.root, "one.csv")
    with open(path, "w") as file:
        file.write("source,key,ts,temperature\nlab,1,2019-01-01T00:00:00Z,20\n")
    cases = {75: [f"host=/nowhere user=x password={SECRET} dbname=y", f"postgresql://u:{SECRET}@127.0.0.1:1/y",
                  f"host=nowhere.invalid password={SECRET} connect_timeout=2"],
             64: [f"password={SECRET} nonsense=1", f"postgresql://u:{SECRET}@[bad/y", f"password='{SECRET}"],
             78: [f"host=127.0.0.1 port=99999 password={SECRET}", f"service=nowhere password={SECRET}",
                  f"postgresql://u:{SECRET}/x@host/y", f"postgresql://u:x@{SECRET}@host/y",
                  f"sslmode=junk password={SECRET}", f"connect_timeout=soon password={SECRET}"]}
    for status, strings in cases.items():
        for dsn in strings:
            done = world.run([world.tool("sp-load"), "--dsn", dsn, "--retry-for", "1", f"reading={path}"],
                             timeout=30)
            require_equal(done.returncode, status, f"{dsn}: {done.stderr!r}")
            require(done.stderr.strip(), f"{dsn}: nothing is said")
            require(SECRET.encode() not in done.stderr + done.stdout, f"{dsn}: the password is in {done.stderr!r}")
            tries = done.stderr.count(b"trying again")
            require((tries > 0) == (status == 75), f"{dsn}: tried again {tries} times")
    return {"cases": sum(map(len, cases.values()))}


@scenario("config-session-wrong", 8, "an environment that lets no session begin: the whole folder waits, none of it in "
          "quarantine/ or failed/, and is loaded once it is mended", 90)
def config_session_wrong(world):
    world.use_database()
    wrong = {"time-zone": {"PGTZ": "Europe/Sofa"}, "date-style": {"PGDATESTYLE": "ISO,DYM"},
             "value": {"PGOPTIONS": "-c work_mem=junk"}, "setting": {"PGOPTIONS": "-c shared_buffers=1MB"},
             "library": {"PGOPTIONS": "-c session_preload_libraries=nowhere"}, "service": {"PGSERVICE": "nowhere"},
             "port": {"PGPORT": "abc"}, "binding": {"PGCHANNELBINDING": "require"}}
    for what, env in wrong.items():
        world.drop_files(2, prefix=what)
        done = world.once(*world.RETRY, "--max-attempts", "1", env=env, timeout=30)
        require(b"exit status 78" in done.stderr, f"{what}: {done.stderr[-500:]!r}")
        require_equal(world.names("quarantine") + world.names("failed") + world.names("done"), [], what)
    require_equal(len(world.waiting()), 2 * len(wrong), "files that wait")
    world.drain(60)
    return {"cases": len(wrong), **world.check()}


@scenario("config-secrets", 8, "a password is never on a command line, in a log, a report, a journal or a file "
          "of ours", 60)
def config_secrets(world):
    with world.own_server() as one:
        one.add_hba("local w fault_password scram-sha-256")
        world.sql(f"CREATE ROLE fault_password LOGIN PASSWORD '{SECRET}' IN ROLE sp_loader")
        env = {"PGUSER": "fault_password", "PGPASSWORD": SECRET}
        seen, asked = [], 0
        rule = proxy.Rule("delay", "copy-done", times=3, seconds=0.4)
        with proxy.Proxy(os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432"),
                         os.path.join(world.root, "p"), [rule]) as between:
            world.drop_files(2, rows=500, prefix="secret")
            watch = world.watch(*world.RETRY, "--log-format", "json", env={**env, **between.environment})
            until = time.monotonic() + 30
            while world.waiting_for_us() and time.monotonic() < until:
                for _pid, text in process.marked(world.mark):
                    asked += 1
                    if SECRET in text:
                        seen.append(text)
                time.sleep(0.02)
            world.stop(watch)
        wrong = world.once(*world.RETRY, env={**env, "PGPASSWORD": SECRET + "x"})
        del wrong
        require(asked > 0, "no command line was seen")
        require_equal(seen, [], "command lines with the password")
        for folder, _, names in os.walk(world.root):
            if "/server" in folder:
                continue
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        require(SECRET.encode() not in file.read(), f"the password is in {path}")
        require(SECRET not in world.tail(1 << 20), "the password is in the log")
        return {"command lines": asked, **world.check()}
