"""Chapter 8, too: environments that bend shells, libraries and the server's session.

Each is a row: what is set, and whether the files come through all the same or wait, whole, until it is mended.
What a stranger cannot set and the operator need not be told is left out (LD_PRELOAD).
"""

import os

import disk
from scenario import require, require_equal, scenario

THROUGH, WAITS = "comes through", "waits"
TOOLS = ("sp-schema", "sp-validate", "sp-transform", "sp-aggregate", "sp-load")
OTHERS = ("mkdir", "tee", "grep", "tail", "readlink", "mv", "cat", "rm")


def _table(bent, strangers, full):
    """{what: (environment, how files fare)}; a variable that is None is not set."""
    system = "/usr/bin:/bin"
    shells = {
        "BASH_ENV, IFS": {"BASH_ENV": bent["ifs"], "ENV": bent["ifs"]},
        "BASH_ENV, exit": {"BASH_ENV": bent["exit"], "ENV": bent["exit"]},
        "exported stage": {f"BASH_FUNC_{tool}%%": "() { exit 0; }" for tool in TOOLS},
        "exported builtins": {f"BASH_FUNC_{name}%%": "() { builtin exit 0; }"
                              for name in ("exit", "set", "wait", "trap", "read", "printf", "[[", "mkdir", "grep")},
        "SHELLOPTS noexec": {"SHELLOPTS": "noexec"},
        "SHELLOPTS xtrace": {"SHELLOPTS": "xtrace:noglob:nounset", "PS4": f"$(touch {strangers}/ran)"},
        "BASHOPTS": {"BASHOPTS": "failglob:nullglob:extdebug:lastpipe"},
        "IFS": {"IFS": "ps,-/"},
        "CDPATH, GLOBIGNORE": {"CDPATH": f"/usr:{strangers}", "GLOBIGNORE": "*"},
        "POSIXLY_CORRECT": {"POSIXLY_CORRECT": "1"},
        "PROMPT_COMMAND, TMOUT": {"PROMPT_COMMAND": "exit 0", "TMOUT": "1", "OPTIND": "7", "OPTERR": "1"},
        "BASH_COMPAT, FUNCNEST": {"BASH_COMPAT": "31", "FUNCNEST": "1"},
        "BASH_XTRACEFD": {"BASH_XTRACEFD": "1"},
        "words of the script": {"status": "0", "statuses": "0 0 0 0", "stages": "x", "run": "/", "tmp": "/",
                                "load": "--dry-run", "files": "none", "here": "/", "worst": "0"},
        "SP_OUTCOMES": {"SP_OUTCOMES": f"{strangers}/outcomes", "SP_SCHEMA": ""},
        "SP_TMPDIR, SP_QUARANTINE": {"SP_TMPDIR": "/", "SP_QUARANTINE": strangers},
    }
    paths = {
        "PATH, strangers' tools first": {"PATH": f"{strangers}/tools:{system}"},
        "PATH, strangers' programs last": {"PATH": f"{system}:{strangers}/tools:{strangers}/programs:.:"},
        "EXECIGNORE": {"EXECIGNORE": "*sp-load", "PATH": f"{strangers}/tools:{system}"},
        "HOME": {"HOME": strangers},
        "HOME, none": {"HOME": None},
        "TMPDIR, nowhere": {"TMPDIR": "/nowhere"},
        "TMPDIR, no folder": {"TMPDIR": "/etc/passwd"},
        "TMPDIR, unwritable": {"TMPDIR": "/proc"},
        "TMPDIR, full": {"TMPDIR": full},
    }
    words = {
        "LANG": {"LC_ALL": None, "LANG": "xx_YY.KOI8-Q", "LC_NUMERIC": "de_DE.UTF-8"},
        "LC_ALL": {"LC_ALL": "tr_TR.UTF-8", "LANGUAGE": "tr"},
        "LC_ALL, none": {"LC_ALL": None},
        "TZ": {"TZ": "Mars/Olympus", "TZDIR": "/nowhere"},
        "TZ, a path": {"TZ": ":../../../etc/passwd"},
        "TZ, far": {"TZ": "XYZ-167:59:59"},
        "MALLOC": {"MALLOC_PERTURB_": "165", "MALLOC_ARENA_MAX": "1"},
    }
    sessions = {
        "PGOPTIONS": {"PGOPTIONS": "-c DateStyle=German -c IntervalStyle=sql_standard -c extra_float_digits=-15"
                      " -c standard_conforming_strings=off -c bytea_output=escape -c TimeZone=Asia/Kolkata"
                      " -c search_path=pg_temp -c synchronous_commit=off -c default_transaction_isolation=serializable"
                      " -c escape_string_warning=off -c check_function_bodies=off"},
        "PGCLIENTENCODING": {"PGCLIENTENCODING": "SJIS", "PGDATESTYLE": "SQL, DMY", "PGTZ": "Asia/Kolkata"},
        "PGAPPNAME": {"PGAPPNAME": "'; DROP TABLE sp.reading; --" * 5},
    }
    broken = {
        "PATH without programs": {"PATH": "/nowhere"},
        "SP_SCHEMA": {"SP_SCHEMA": "/nowhere/x.schema.json"},
        "PGSERVICEFILE": {"PGSERVICEFILE": "/nowhere", "PGSERVICE": "x"},
    }
    through = {**shells, **paths, **words, **sessions}
    return {**{what: (env, THROUGH) for what, env in through.items()}, **{what: (env, WAITS) for what, env in broken.items()}}


def _strangers_folder(world):
    """Programs that say that they ran and claim that all went well, under the names of ours and of the system's."""
    folder = os.path.join(world.root, "strangers")
    for place, names in (("tools", TOOLS), ("programs", OTHERS)):
        os.makedirs(os.path.join(folder, place))
        for name in names:
            path = os.path.join(folder, place, name)
            with open(path, "w") as file:
                file.write(f"#!/bin/sh\n: >{folder}/ran\nexit 0\n")
            os.chmod(path, 0o755)
    return folder


def _meet(world, env, fate, what, batch, files):
    """`files` sound ones and one that is refused."""
    number = len(world.dropped)
    names = [f"env-{number + n:03}.csv" for n in range(files)]
    for name in names:
        world.drop(name, world.writer.file(40))
    refused = f"env-{number:03}-refused.csv"
    world.whole.add(refused)
    world.drop(refused, b"%d,no such header\n" % number)
    done = world.once(*world.RETRY, *batch, env=env, timeout=60)
    waiting = set(world.waiting())
    if fate == WAITS:
        require(waiting >= set(names), f"{what}: of {names} there wait {waiting}; {done.stderr[-800:]!r}")
        require(done.stderr.strip(), f"{what}: nothing is said")
        return world.drain(60)
    require_equal(waiting, set(), f"{what}: files that wait; {done.stderr[-800:]!r}")
    require(set(names) <= set(world.names("done")), f"{what}: {names} are not in done/; {done.stderr[-800:]!r}")
    require_equal(done.returncode, 65, f"{what}: the status; {done.stderr[-800:]!r}")
    return None


@scenario("environment-hostile", 8, "variables that bend shells, programs' places, words, times and the session, through "
          "sp-watch: all is loaded as ever, or waits; no stranger's program runs", 150)
def environment_hostile(world):
    world.use_database()
    strangers = _strangers_folder(world)
    bent = {}
    for name, text in (("ifs", "IFS=,\n"), ("exit", "exit 0\n")):
        bent[name] = os.path.join(world.root, f"bent-{name}")
        with open(bent[name], "w") as file:
            file.write(text)
    full = os.path.join(world.root, "full")
    with disk.Mount(world, full, "1m") as small:
        small.fill()
        table = _table(bent, strangers, full)
        batches = [], ["--batch", "10"]
        for number, (what, (env, fate)) in enumerate(table.items()):
            for batch in world.amount(batches[number % 2:][:1], batches):
                _meet(world, env, fate, what, batch, world.amount(1, 5))
            require_equal(sorted(os.listdir(strangers)), ["programs", "tools"], f"{what}: in the strangers' folder")
        small.relieve()
    return {"environments": len(table), **world.check()}
