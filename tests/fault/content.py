"""Chapter 6: what can stand in a file."""

import csv
import gzip
import os
import random
import subprocess
import time

import oracle
import process
import sample
from scenario import Failed, require, require_equal, scenario

HEADER = sample.HEADER.encode()


def _row(n, **values):
    cells = {"": str(n), "sensor_id": "42", "location": "21", "lat": "42.1", "lon": "23.1",
             "timestamp": f"2018-02-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}",
             "pressure": "95000.5", "temperature": "20.5", "humidity": "50.25", **values}
    return ",".join(cells[name] for name in oracle.COLUMNS).encode()


def _file(*rows):
    return b"\n".join([HEADER, *rows]) + b"\n"


def _settle(world, files, **options):
    """{name: (content, whole)}: each must end where it says, and the oracle must agree."""
    world.use_database()
    for name, (content, whole) in files.items():
        world.drop(name, content)
        if whole:
            world.whole.add(name)
    world.drain(60, **options)
    return {**world.check()}


@scenario("content-garbage", 6, "noise, NUL bytes, UTF-16, invalid UTF-8, other files' headers: quarantined "
          "whole or rejected row by row", 60)
def content_garbage(world):
    draw = random.Random(world.seed)
    sound = _file(_row(1), _row(2))
    files = {
        "noise.csv": (draw.randbytes(100_000), True),
        "zeros.csv": (b"\0" * 100_000, True),
        "utf16.csv": (_file(_row(40)).decode().encode("utf-16"), False),
        "utf16be.csv": (sound.decode().encode("utf-16-be"), True),
        "elf.csv": (open("/bin/true", "rb").read(), True),
        "json.csv": (b'{"a": [1, 2]}\n', True),
        "html.csv": (b"<!DOCTYPE html>\n<html></html>\n", True),
        "other-header.csv": (b"a,b,c\n1,2,3\n", True),
        "missing-column.csv": (sound.replace(b",humidity", b"").replace(b",50.25", b""), True),
        "twice-column.csv": (sound.replace(b"humidity", b"temperature"), True),
        "semicolons.csv": (_file(_row(50)).replace(b",", b";"), False),
        "crlf.csv": (_file(_row(10), _row(11, temperature="99")).replace(b"\n", b"\r\n"), False),
        "bom.csv": (b"\xef\xbb\xbf" + _file(_row(20)), False),
        "no-end.csv": (_file(_row(30), _row(31)).rstrip(b"\n"), False),
    }
    return {"contents": len(files), **_settle(world, files)}


@scenario("content-rows", 6, "rows with NUL bytes, invalid UTF-8, too many and too few cells, blank lines, the "
          "header again in the middle")
def content_rows(world):
    """The oracle counts text; rows that are none are counted here."""
    world.use_database()
    bad = [b"\0\0\0", _row(100, temperature="2\x000"), b"1,2\xff\xfe,3", _row(101) + b",extra",
           _row(102).rsplit(b",", 1)[0], HEADER, b",,,,,,,,", _row(103, temperature="é").replace("é".encode(), b"\xe9"),
           _row(104, sensor_id="42.5"), _row(105, timestamp="yesterday"), _row(106, location="")]
    good = [_row(1), _row(2), _row(3)]
    content = _file(*[line for pair in zip(bad, good * 4) for line in pair][:2 * len(bad)])
    distinct = {tuple(line.split(b",")[1:6]) for line in good}
    del distinct
    rows = [line for line in content.split(b"\n")[1:] if line]
    valid = [line for line in rows if line in good]
    unique_good = [_row(200 + i) for i in range(len(valid))]
    for i, line in enumerate(unique_good):
        at = content.index(valid[i] + b"\n")
        content = content[:at] + line + content[at + len(valid[i]):]
    world.place("rows.csv", content)
    world.drain()
    require_equal(world.sql("SELECT rows_read, rows_passed, rows_rejected, rows_loaded FROM sp.ingest"),
                  [[str(len(rows)), str(len(valid)), str(len(bad)), str(len(valid))]], "the ledger")
    with open(world.path("quarantine", "rows.csv"), "rb") as file:
        require_equal(file.read().split(b"\n")[1:-1], bad, "rows in quarantine")
    return {"rows": len(rows), "rejected": len(bad)}


@scenario("content-open-quote", 6, "a quote that is never closed (1 GB in the long form): a clear error, in "
          "bounded memory", 90)
def content_open_quote(world):
    world.use_database()
    size = world.amount(80, 1024) << 20
    path = world.path(".quote")
    with open(path, "wb") as file:
        file.write(_file(_row(1)) + b'2,"')
        for _ in range(size >> 20):
            file.write((_row(2) + b"\n") * ((1 << 20) // 70))
    os.rename(path, world.path("quote.csv"))
    return _whole_in_bounds(world, "quote.csv")


@scenario("content-long-line", 6, "a line of 100 MB", 90)
def content_long_line(world):
    world.use_database()
    path = world.path(".line")
    with open(path, "wb") as file:
        file.write(_file(_row(1)) + b"2,")
        for _ in range(world.amount(80, 110)):
            file.write(b"x" * (1 << 20))
        file.write(b"\n" + _row(3) + b"\n")
    os.rename(path, world.path("line.csv"))
    return _whole_in_bounds(world, "line.csv")


def _whole_in_bounds(world, name, limit=400 << 10):
    watch = world.watch(*world.RETRY)
    peak, began = {}, time.monotonic()

    def settled():
        for pid, _ in process.marked(world.mark):
            comm = process.name_of(pid)
            peak[comm] = max(peak.get(comm, 0), process.memory_kib(pid))
        return name in world.names("quarantine")
    process.wait_until(settled, world.amount(60, 600), f"{name} to be in quarantine", 0.05)
    world.stop(watch)
    took = time.monotonic() - began
    most = max(peak.values(), default=0)
    require(most < limit, f"a stage took {peak} KiB")
    require_equal(world.sql("SELECT count(*) FROM sp.reading"), [["0"]], "rows loaded")
    reasons = [n for n in world.names("quarantine") if n != name]
    require(reasons, "no reason lies beside the file")
    return {"seconds": round(took, 1), "peak KiB": most}


@scenario("content-wide", 6, "10,000 columns, 200,000 columns, and 100,000 cells in one row: bounded time", 30)
def content_wide(world):
    def wide(count):
        return b"\n".join(b",".join(f % i for i in range(count)) for f in (b"c%d", b"%d")) + b"\n"

    files = {"wide.csv": (wide(10_000), True), "wider.csv": (wide(200_000), True),
             "wide-row.csv": (_file(_row(1), b"," * 100_000, _row(2)), False)}
    return _settle(world, files)


@scenario("content-numbers", 6, "1e308, NaN, inf, -0, hex floats, long digits, other digits: each judged as the "
          "schema says")
def content_numbers(world):
    odd = ["1e308", "-1e308", "1e999", "1e-999", "NaN", "nan", "inf", "-inf", "Infinity", "-0", "-0.0",
           "+20", "0x1p3", "0x14", "20.", ".5", "2e1", "2E+1", "020", "20_0", "20,5", "1 0", " 20", "20 ",
           "٢٠", "２０", "20.000000000000000000000000000001", "9" * 400, "0." + "0" * 400 + "1",
           "2" + "0" * 30 + "e-30", "1e", "e5", "--5", "+-5", "5-", "", "NULL", "None", "\\N", "1e1000000000"]
    # A cell with a comma is one cell only in quotes.
    rows = [_row(n, temperature=f'"{t}"' if "," in t else t) for n, t in enumerate(odd, 1)]
    return {"values": len(odd), **_settle(world, {"numbers.csv": (_file(*rows), False)})}


@scenario("content-times", 6, "leap seconds, years 0 and 9999, 30 February, 24:00, offsets, no seconds")
def content_times(world):
    """A leap second and forms that python's reader has not are counted here, not by the oracle."""
    world.use_database()
    times = {"2016-12-31T23:59:60": True, "2017-01-01T00:00:61": False, "0001-01-01T00:00:00": None,
             "9999-12-31T23:59:59": True, "10000-01-01T00:00:00": False,
             "-0001-01-01T00:00:00": False, "2017-02-30T00:00:00": False, "2016-02-29T12:00:00": True,
             "2017-02-29T12:00:00": False, "2017-07-01T24:00:00": False, "2017-07-01T23:60:00": False,
             "2017-13-01T00:00:00": False, "2017-7-1T0:0:0": False, "": False, "now": False,
             "infinity": False, "-infinity": False, "epoch": False, "1970-01-01T00:00:00": True,
             "2017-07-01T00:00:00 BC": False, "2017-07-01T00:00:00'": False}
    rows = [_row(n, timestamp=t) for n, t in enumerate(times, 1)]
    world.place("times.csv", _file(*rows))
    world.drain()
    ledger = world.sql("SELECT rows_read, rows_passed, rows_rejected, rows_loaded + rows_known, "
                       "(SELECT count(*) FROM sp.reading) FROM sp.ingest")
    require_equal(len(ledger), 1, f"ledger rows ({world.names('quarantine')}: {world.tail()})")
    read, valid, rejected, loaded, there = map(int, ledger[0])
    require_equal(read, len(times), "rows read")
    require_equal((valid + rejected, loaded, there), (read, valid, valid), "the ledger's sums")
    surely = sum(v is True for v in times.values())
    require(surely <= valid <= surely + 2, f"{valid} valid times, of which {surely} surely are")
    with open(world.path("quarantine", "times.csv"), "rb") as file:
        kept = file.read().split(b"\n")[1:-1]
    for row, (text, fate) in zip(rows, times.items()):
        require(fate is not True or row not in kept, f"{text} was rejected")
        require(fate is not False or row in kept, f"{text!r} was not rejected")
    return {"times": len(times), "valid": valid}


@scenario("content-sql", 6, "SQL in every cell and in the header: data, never statements")
def content_sql(world):
    world.use_database()
    attacks = ["'; DROP TABLE sp.reading; --", "1); DELETE FROM sp.ingest; --", "$$; SELECT 1; $$",
               "\\'; TRUNCATE sp.metric; --", "E'\\x27'", "1 OR 1=1", "${PGPASSWORD}", "$(touch pwned)",
               "`touch pwned`", "\\! touch pwned", "\\copy x", "%s%n"]
    rows = [_row(i * 10 + c, **{column: attack}) for i, attack in enumerate(attacks, 1)
            for c, column in enumerate(("sensor_id", "location", "lat", "timestamp", "temperature"))]
    rows.append(_row(999))
    world.drop("cells.csv", _file(*rows))
    for i, attack in enumerate(attacks):
        header = HEADER.replace(b"humidity", b'"' + attack.replace('"', '""').encode() + b'"')
        name = f"header{i}.csv"
        world.drop(name, header + b"\n" + _row(1) + b"\n")
        world.whole.add(name)
    world.drain(60)
    found = [f for d, _, names in os.walk(world.root) for f in names if f == "pwned"]
    require(not found, "a cell was run as a command")
    direct = os.path.join(world.root, "direct.csv")
    with open(direct, "w") as file:
        file.write('key,"temperature"") FROM STDIN; DROP TABLE sp.reading; --"\n1,3\n')
    world.sql("CREATE TABLE public.mine (key text); GRANT INSERT, SELECT ON public.mine TO sp_loader")
    done = world.run([world.tool("sp-load"), f"public.mine={direct}"])
    require(done.returncode not in (0, 75), f"sp-load took a column of SQL: {done.stderr.decode()}")
    # As network, as sensor and as quantity it is a name like any other.
    with open(direct, "w") as file:
        names = csv.writer(file, lineterminator="\n")
        names.writerow(["source", "key", "ts", *attacks])
        for n, attack in enumerate(attacks):
            names.writerow([attack, attack, f"2017-01-01T00:00:{n:02}Z", *([n] * len(attacks))])
    done = world.run([world.tool("sp-load"), "--source", direct, "--schema", world.plain_schema(*attacks),
                      f"reading={direct}"])
    require_equal(done.returncode, 0, f"names of SQL: {done.stderr.decode()}")
    require_equal(sorted(map(tuple, world.sql("SELECT source, key FROM sp.sensor JOIN sp.reading USING (sensor_id)"
                                              f" WHERE source <> '{oracle.SOURCE}'"))),
                  sorted((attack, attack.replace("%", "%25")) for attack in attacks), "sensors with names of SQL")
    world.sql("SELECT sp.forget_ingest(ingest_id) FROM sp.ingest WHERE name = 'direct.csv'")
    done = world.run([world.tool("sp-load"), f'reading"; DROP TABLE sp.ingest; --={direct}'])
    require(done.returncode not in (0, 75), "sp-load took a table of SQL")
    return {"attacks": len(rows) + 2 * len(attacks) // 2, **world.check()}


@scenario("content-backslash-dot", 6, "a line that holds only \\. (the end of data in CSV COPY)")
def content_backslash_dot(world):
    world.use_database()
    content = _file(_row(1), b"\\.", _row(2), b"\\N", _row(3))
    world.drop("dot.csv", content)
    world.drain()
    direct = os.path.join(world.root, "direct.csv")
    with open(direct, "w") as file:
        # A bytea column: all of the input goes by COPY in text.
        file.write("code,message,day,digest\n" + "".join(
            f"{cells},2017-07-01,\\x{n:032x}\n" for n, cells in enumerate(
                ["a,b", "\\.,x", "\\.,\\.", "c,\\.", "\\N,d", '"\n\\.\n",e'])))
    done = world.run([world.tool("sp-load"), "--source", direct, f"rejection={direct}"])
    require_equal(done.returncode, 0, f"sp-load: {done.stderr.decode()}")
    rows = world.sql("SELECT code, message FROM sp.rejection WHERE field IS NULL AND line IS NULL")
    require_equal(sorted(map(tuple, rows)),
                  sorted([("a", "b"), ("\\.", "x"), ("\\.", "\\."), ("c", "\\."), ("\\N", "d"),
                          ("\n\\.\n", "e")]), "rows of the direct load")
    import hashlib
    with open(direct, "rb") as file:
        sha = hashlib.sha256(file.read()).hexdigest()
    world.sql(f"DELETE FROM sp.rejection WHERE line IS NULL; "
              f"DELETE FROM sp.ingest WHERE digest = decode('{sha}', 'hex')")
    return world.check()


@scenario("content-bombs", 6, "a gzip bomb against --max-unpacked-bytes; truncated and damaged gzip and zstd", 60)
def content_bombs(world):
    import zlib
    world.use_database()
    sound = _file(*[_row(n) for n in range(1, 2000)])
    packed = gzip.compress(sound, mtime=0)
    files = {"sound.csv.gz": (packed, False), "half.csv.gz": (packed[:len(packed) // 2], True),
             "crc.csv.gz": (packed[:-8] + b"\0" * 8, True), "head.csv.gz": (packed[:12], True),
             "magic.csv.gz": (b"\x1f\x8b", True),
             "noise.csv.gz": (packed[:200] + b"\xff" * 100 + packed[300:], True)}
    zstd = subprocess.run(["zstd", "-cq"], input=_file(*[_row(n) for n in range(3000, 5000)]),
                          capture_output=True).stdout
    if zstd:
        files |= {"sound.csv.zst": (zstd, False), "half.csv.zst": (zstd[:len(zstd) // 2], True),
                  "magic.csv.zst": (zstd[:4], True)}
    figures = _settle(world, files)
    bomb = os.path.join(world.root, "bomb.gz")
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    with open(bomb, "wb") as file:
        for _ in range(world.amount(300, 3000)):
            file.write(squeeze.compress(b"0" * (1 << 20)))
        file.write(squeeze.flush())
    done = world.run([world.tool("sp-validate"), "--max-unpacked-bytes", "100000000", "--type", "x=string",
                      bomb], timeout=50)
    require_equal(done.returncode, 65, f"sp-validate on the bomb: {done.stderr[-300:]!r}")
    os.unlink(bomb)
    return figures
