"""What sp-pipeline, the script, says by itself: help, version, and the cause where several stages complain."""
import bz2
import gzip
import json
import lzma
import shutil
import unittest

from workplace import SOURCE, STAGE, Workplace, sample


class Script(Workplace):
    def test_help_and_version(self):
        usage = self.run_tool("sp-pipeline", "--help").stdout.decode()
        for word in ("--schema", "-q, --quiet", "SP_SCHEMA_DIR", "SP_QUARANTINE", "SP_TMPDIR", "SP_OUTCOMES", "PGHOST"):
            self.assertIn(word, usage)
        version = self.run_tool("sp-pipeline", "--version").stdout.decode()
        self.assertRegex(version, r"^sp-pipeline \d+\.\d+\.\d+\n$")

    def test_wrong_flags(self):
        for flags in ([], [""], ["--schema"], ["--schema", "", "x.csv"], ["--schema=", "x.csv"], ["--quite", "x.csv"]):
            said = self.run_tool("sp-pipeline", *flags, status=64).stderr.decode()
            self.assertIn("usage: sp-pipeline", said)
        self.assertIn("no option --quite", said)

    def test_a_key_and_standard_input(self):
        """What is no file is loaded once by its key; its rejected rows and errors have its name."""
        content = sample(rows=500, defects=20)
        quarantine = self.base / "quarantine"
        quarantine.mkdir()
        command = ["sp-pipeline", "--key", "s3://bucket/july.csv#1", "--name", "days/july.csv",
                   "--schema", STAGE / "share/sensor-pipeline/schemas/bme280.schema.json"]
        environment = dict(self.environment, SP_QUARANTINE=str(quarantine))
        said = self.run_tool(*command, input=content, environment=environment, cwd=self.base).stderr.decode()
        self.assertIn(f"days/july.csv: rejected rows are in {quarantine}/july.csv\n", said)
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"july.csv", "july.csv.errors.ndjson"})
        self.assertIn('{"file":"days/july.csv","row":', (quarantine / "july.csv.errors.ndjson").read_text())
        (name, (read, passed, rejected, loaded, rest)), = self.ledger().items()
        self.assertEqual((name, read, passed + rejected, loaded, rest), ("july.csv", 500, 500, passed, 0))
        # Again, from a file with a dash for standard input: nothing is new. By another key each row is known.
        self.assertIn("already loaded", self.run_tool(*command, "-", input=content, environment=environment).stderr.decode())
        (self.base / "july.csv").write_bytes(content)
        command[2] = "s3://bucket/july.csv#2"
        self.run_tool(*command, "july.csv", environment=environment, cwd=self.base)
        self.assertEqual(self.count("ingest"), 2)
        self.assertEqual(self.count("reading"), passed)
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"july.csv", "july.csv.errors.ndjson"})

    def test_a_key_has_the_name_of_a_file_that_quarantine_can_hold(self):
        environment = dict(self.environment, SP_QUARANTINE=str(self.base), SP_SCHEMA="s.json")
        for name in ("..", "a/", ".sp-load.lock", ".x", "r.csv.errors.ndjson", "r.csv.reason.json", "a\nb", "x" * 225):
            for flags in (["--key", name], ["--key", "k", "--name", name]):
                said = self.run_tool("sp-pipeline", *flags, status=64, environment=environment, input=b"").stderr.decode()
                self.assertIn("needs the --name of a file", said)

    def test_standard_input_that_is_closed(self):
        environment = dict(self.environment, SP_QUARANTINE=str(self.base), SP_SCHEMA="s.json")
        said = self.run_tool("bash", "-c", "sp-pipeline --key k <&-", status=66, environment=environment, timeout=20)
        self.assertIn(b"standard input is closed", said.stderr)

    def test_a_file_with_a_name_of_our_own_is_refused_before_it_is_loaded(self):
        for name in (".sp-load.lock", ".sp-watch-of", "x.csv.errors.ndjson", "x.reason.json.gz"):
            content = sample(rows=200, defects=20)
            (self.base / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
            said = self.run_tool("sp-pipeline", "--quiet", name, status=64, cwd=self.base).stderr.decode()
            self.assertIn("rejected rows cannot have this name", said)
        self.assertEqual(self.count("ingest"), 0)

    def test_keys_and_names_are_no_flags(self):
        schema = str(STAGE / "share/sensor-pipeline/schemas/bme280.schema.json")
        environment = dict(self.environment, SP_QUARANTINE=str(self.base))
        for key, name in (("-x", "--quiet"), ("[a]", "[b, c].csv"), ("a\nb", "x y"), ("--name", "$(id)")):
            self.run_tool("sp-pipeline", "--quiet", "--schema", schema, f"--key={key}", f"--name={name}",
                          input=sample(rows=100), environment=environment, cwd=self.base)
            self.assertEqual(self.sql("SELECT key, name FROM sp.ingest ORDER BY ingest_id DESC LIMIT 1"), [(key, name)])

    def test_a_key_needs_one_input_a_schema_and_a_quarantine(self):
        for flags, word in ((["--key", "k", "a.csv", "b.csv"], "of a single input"), (["--key", "k"], "needs --schema (or SP_SCHEMA)"),
                            (["--key", "k", "--schema", "s"], "SP_QUARANTINE"), (["--name", "n", "x.csv"], "--name needs --key"),
                            (["-"], "standard input needs --key")):
            self.assertIn(word, self.run_tool("sp-pipeline", *flags, status=64).stderr.decode())

    def test_files_are_named_as_they_were_given(self):
        """But for names that a tool would take for a flag or a list."""
        schema = str(SOURCE / "examples/sofia/bme280.schema.json")
        for name, said_of in (("x.csv", "x.csv"), ("./x.csv", "./x.csv"), ("-x.csv", "./-x.csv"), ("[]", "./[]")):
            (self.base / name).write_bytes(b"a,b\n1,2\n")
            for flags in ((), ("--schema", schema)):
                with self.subTest(name, flags=flags):
                    said = self.run_tool("sp-pipeline", *flags, "--", name, cwd=self.base, status=65).stderr.decode()
                    self.assertIn(f": error: {said_of}: ", said.splitlines()[-1])

    def test_quiet_says_nothing_of_what_went_well(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))
        self.assertEqual(self.run_tool("sp-pipeline", "--quiet", "bme280.csv", cwd=self.base).stderr, b"")
        again = self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base).stderr.decode()
        self.assertIn("already loaded", again)

    def test_rejected_rows_of_a_known_file_lie_in_quarantine_once_but_surely(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))
        said = self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base).stderr.decode()
        self.assertIn("rejected rows are in ./quarantine/bme280.csv\n", said)
        quarantine = self.base / "quarantine"
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"bme280.csv", "bme280.csv.errors.ndjson"})
        (self.base / "again-bme280.csv").write_bytes((self.base / "bme280.csv").read_bytes())
        for name in ("bme280.csv", "again-bme280.csv"):
            self.run_tool("sp-pipeline", name, cwd=self.base)
        self.assertEqual({f.name for f in quarantine.iterdir()}, {"bme280.csv", "bme280.csv.errors.ndjson"})
        # Whoever took them away before the move, or died there: they are not lost.
        for file in quarantine.iterdir():
            file.unlink()
        self.run_tool("sp-pipeline", "again-bme280.csv", cwd=self.base)
        self.assertEqual({f.name for f in quarantine.iterdir()},
                         {"again-bme280.csv", "again-bme280.csv.errors.ndjson"})

    def test_files_of_one_name_keep_the_rejected_rows_of_each(self):
        quarantine = self.base / "quarantine"
        quarantine.mkdir()
        schema = {"fields": [{"name": "key", "type": "string", "role": "key"}, {"name": "ts", "type": "datetime", "role": "time"},
                             {"name": "t", "type": "number", "unit": "degC", "role": "measure"}], "constants": {"source": "a"}}
        (self.base / "s.json").write_text(json.dumps(schema))
        names = [f"{folder}/day.csv" for folder in "abc"]
        for name in names:
            (self.base / name).parent.mkdir()
            (self.base / name).write_text(f"key,ts,t\n{name},2024-05-01T10:00:00Z,1\nbad {name},2024-05-01T10:00:00Z,x\n")
        for environment in (self.environment, dict(self.environment, SP_QUARANTINE=str(quarantine))):
            self.run_tool("sp-pipeline", "--schema", "s.json", *names, cwd=self.base, environment=environment)
            rejected = [file for file in self.base.rglob("quarantine/day.csv*") if "errors" not in file.name]
            self.assertEqual(sorted(file.read_text().split("\n")[1].split(",")[0] for file in rejected),
                             [f"bad {name}" for name in names])
            self.assertEqual(self.sql("SELECT name, rows_read, rows_loaded FROM sp.ingest"), [("day.csv", "2", "1")] * 3)
            for file in self.base.rglob("quarantine/day.csv*"):
                file.unlink()
            self.sql("SELECT sp.forget_ingest(ingest_id) FROM sp.ingest")

    def test_values_made_missing_bring_reasons_and_no_rows(self):
        schema = {"fields": [{"name": "key", "type": "string", "role": "key"}, {"name": "ts", "type": "datetime", "role": "time"},
                             {"name": "t", "type": "number", "unit": "degC", "role": "measure", "onInvalid": "missing"}], "constants": {"source": "a"}}
        (self.base / "s.json").write_text(json.dumps(schema))
        names = ["a.csv", "b.csv", "c.csv"]  # one alone, and two together
        for day, name in enumerate(names, 1):
            (self.base / name).write_text(f"key,ts,t\nk,2024-05-0{day}T10:00:00Z,-\n")
        for files in (names[:1], names[1:]):
            said = self.run_tool("sp-pipeline", "--schema", "s.json", *files, cwd=self.base).stderr.decode()
            self.assertIn("values made missing: t type-error", said)
            self.assertIn(f"values made missing are in ./quarantine/{files[0]}.errors.ndjson\n", said)
            self.assertNotIn("rejected", said)
        self.assertEqual(sorted(f.name for f in (self.base / "quarantine").iterdir()), [f"{name}.errors.ndjson" for name in names])
        self.assertEqual(self.sql("SELECT count(*) FROM sp.open_rejects"), [("0",)])

    def test_a_file_at_work_brings_its_rejected_rows_itself(self):
        work, quarantine = self.base / "work", self.base / "quarantine"
        environment = dict(self.environment, SP_QUARANTINE=str(quarantine))

        def run(name):
            """What lies in quarantine after it, which is taken away."""
            self.run_tool("sp-pipeline", str(work / name), environment=environment)
            found = sorted(file.name for file in quarantine.iterdir())
            for file in quarantine.iterdir():
                file.unlink()
            return found
        work.mkdir()
        quarantine.mkdir()
        for name in ("bme280-a.csv", "bme280-b.csv"):
            (work / name).write_bytes(sample(rows=500, defects=20))
        own = lambda name: [name, name + ".errors.ndjson"]
        self.assertEqual(run("bme280-a.csv"), own("bme280-a.csv"))
        # As if it had committed, and not moved them yet.
        self.assertEqual(run("bme280-b.csv"), [])
        self.assertEqual(run("bme280-a.csv"), own("bme280-a.csv"))
        # Another file of that name, or none: nobody else brings them.
        (work / "bme280-a.csv").write_bytes(sample(rows=400, seed=2))
        self.assertEqual(run("bme280-b.csv"), own("bme280-b.csv"))
        (work / "bme280-a.csv").unlink()
        self.assertEqual(run("bme280-b.csv"), own("bme280-b.csv"))

    def test_a_quarantine_that_is_not_there_is_told_before_anything_is_loaded(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=50, defects=5))
        (self.base / "file").write_text("")
        for place in ("missing", "missing/deep", "file"):
            environment = dict(self.environment, SP_QUARANTINE=str(self.base / place))
            said = self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base, environment=environment,
                                 status=78).stderr.decode()
            self.assertIn("SP_QUARANTINE", said)
            self.assert_nothing_committed()
        # The one beside the file matters where something is rejected alone.
        for beside in (lambda path: path.write_text(""), lambda path: path.symlink_to(self.base)):
            beside(self.base / "quarantine")
            said = self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base, status=78).stderr.decode()
            self.assertIn("the folder for rejected rows ./quarantine", said)
            self.assert_nothing_committed()
            (self.base / "quarantine").unlink()
        (self.base / "clean-bme280.csv").write_bytes(sample(rows=50, defects=0, start="2017-08-01"))
        self.run_tool("sp-pipeline", "clean-bme280.csv", cwd=self.base)
        self.assertFalse((self.base / "quarantine").exists())
        self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base)
        self.assertTrue((self.base / "quarantine/bme280.csv").exists())

    def test_the_cause_comes_last(self):
        broken = sample(rows=10).replace(b"sensor_id", b"sensor", 1)
        (self.base / "bme280.csv").write_bytes(broken)
        command = ["sp-pipeline", "--schema", STAGE / "share/sensor-pipeline/schemas/bme280.schema.json"]
        said = self.run_tool(*command, "bme280.csv", status=65, cwd=self.base).stderr.decode()
        lines = said.splitlines()
        self.assertGreater(len(lines), 1)  # later stages complain too
        self.assertNotIn("there is no report", said)
        # sp-validate's, or sp-transform's where that was quicker and took the pipe away.
        self.assertRegex(lines[-1], r"^sp-(validate|transform): error: .*column 'sensor_id'")
        # sp-watch keeps it.
        self.drop("bme280.csv", broken)
        self.run_tool("sp-watch", "--once", "--quiet", str(self.folder), "--", *command, "{}",
                      status=65)
        kept = self.reason("bme280.csv")["stderr"].splitlines()
        self.assertRegex(kept[-1], r"^sp-.*column 'sensor_id'")
        # In the journal's form too it is an error of the tool that said it.
        self.drop("bme280.csv", broken)
        lines = self.run_tool("sp-watch", "--once", "--log-format", "json", str(self.folder), "--", *command, "{}",
                              status=65).stderr.decode().splitlines()
        errors = [line for line in map(json.loads, lines) if line["severity"] == "error" and line["tool"] != "sp-watch"]
        self.assertRegex(errors[-1]["tool"], "^sp-(validate|transform)$")
        self.assertNotIn("error: ", errors[-1]["message"])

    def test_what_all_stages_find_wrong_is_said_once(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=10))
        schema = json.loads((STAGE / "share/sensor-pipeline/schemas/bme280.schema.json").read_text())
        wrong = {"missing.json": None, "cut.json": '{"fields": [', "odd.json": json.dumps(schema | {"fieldsMatch": "roughly"}),
                 "zone.json": json.dumps(schema | {"fields": [dict(field, timezone="Europe/Sofi") if field["type"] == "datetime"
                                                              else field for field in schema["fields"]]})}
        for name, content in wrong.items():
            if content is not None:
                (self.base / name).write_text(content)
            for files in (["bme280.csv"], ["bme280.csv", "bme280.csv"]):
                said = self.run_tool("sp-pipeline", "--schema", name, *files, status=78, cwd=self.base).stderr.decode()
                self.assertEqual(len(said.splitlines()), 1, said)
                self.assertRegex(said, f"^sp-[a-z]+: error: .*{name}")

    def test_rejected_rows_of_a_packed_file_are_called_what_they_are(self):
        content = sample(rows=500, defects=20)
        (self.base / "bme280.csv.gz").write_bytes(gzip.compress(content))
        said = self.run_tool("sp-pipeline", "bme280.csv.gz", cwd=self.base).stderr.decode()
        self.assertIn("rejected rows are in ./quarantine/bme280.csv\n", said)
        quarantine = self.base / "quarantine"
        kept = {f.name: f.read_bytes() for f in quarantine.iterdir()}
        self.assertEqual(set(kept), {"bme280.csv", "bme280.csv.errors.ndjson"})
        self.assertTrue(kept["bme280.csv"].startswith(content.split(b"\n")[0]))
        # It comes again, known: they lie there once.
        self.run_tool("sp-pipeline", "bme280.csv.gz", cwd=self.base)
        self.assertEqual({f.name: f.read_bytes() for f in quarantine.iterdir()}, kept)
        # A file of that name, and others packed otherwise, take nothing away.
        (self.base / "bme280.csv").write_bytes(sample(rows=400, defects=20, start="2017-08-01"))
        for month, name in ((9, "bme280.csv.xz"), (10, "bme280.csv.bz2")):
            pack = lzma if name.endswith("xz") else bz2
            (self.base / name).write_bytes(pack.compress(sample(rows=300, defects=20, start=f"2017-{month:02}-01")))
        self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base)
        self.run_tool("sp-pipeline", "bme280.csv.xz", cwd=self.base)
        self.run_tool("sp-pipeline", "bme280.csv.bz2", cwd=self.base)
        self.assertEqual({f.name for f in quarantine.iterdir()},
                         {f"bme280.csv{reasons}{number}" for reasons in ("", ".errors.ndjson")
                          for number in ("", ".~1~", ".~2~", ".~3~")})
        rejected = sum(int(rows) for rows, in self.sql("SELECT rows_rejected FROM sp.ingest"))
        lines = sum(len(f.read_text().splitlines()) - 1 for f in quarantine.iterdir() if "errors" not in f.name)
        self.assertEqual(lines, rejected)

    def test_names_of_rejected_rows_under_sp_watch(self):
        wrong = sample(rows=10).replace(b"sensor_id", b"sensor", 1)
        contents = {"bme280.csv": wrong, "bme280.csv.gz": gzip.compress(sample(rows=500, defects=20)),
                    "bme280.csv.bz2": bz2.compress(sample(rows=400, defects=20, start="2017-08-01"))}
        for name, content in contents.items():
            self.drop(name, content)
            self.run_tool("sp-watch", "--once", "--settle", "0s", "--quiet", str(self.folder), "--", "sp-pipeline", "{}",
                          status=65 if content is wrong else 0)
        # The file that was refused has its name, and its reason, and the others give way.
        self.assertEqual((self.folder / "quarantine/bme280.csv").read_bytes(), wrong)
        names = self.names("quarantine")
        self.assertEqual(len(names), 6, names)
        for name in names:
            self.assertRegex(name, r"^bme280(\.\w+\.\w+)?\.csv(\.reason\.json|\.errors\.ndjson)?$|^\.sp-watch-of$")
        status = json.loads(self.run_tool("sp-watch", "--status", "--format", "json", str(self.folder)).stdout)
        self.assertEqual((status["done"], status["quarantine"], status["rejects"]), (2, 1, 2))

    def test_columns_out_of_the_files_name(self):
        schema = {"fields": [{"name": "timestamp", "type": "datetime", "role": "time", "rename": "ts"},
                             {"name": "temperature", "type": "number", "role": "measure",
                              "constraints": {"maximum": 50}}],
                  "fieldsMatch": "equal", "fromName": "_s(?P<key>[0-9]+)",
                  "constants": {"source": "roofs"}}
        (self.base / "roofs.json").write_text(json.dumps(schema))
        command = ["sp-pipeline", "--schema", str(self.base / "roofs.json")]
        table = "timestamp,temperature\n2024-05-01T1{}:00:00Z,{}\n2024-05-01T20:00:00Z,99\n".format
        (self.base / "roof_s7.csv").write_text(table(0, 20))
        self.run_tool(*command, "roof_s7.csv", cwd=self.base)
        (self.base / "roof_s6.csv").write_text("timestamp,temp\n")
        self.assertIn("temperature", self.run_tool(*command, "roof_s6.csv", cwd=self.base,
                                                   status=65).stderr.decode())
        for number, name in enumerate(("roof_s8.csv", "roof_s9.csv", "roof.csv"), 1):
            self.drop(name, table(number, 20 + number).encode())
        self.run_tool("sp-watch", "--once", "--quiet", "--batch", "9", str(self.folder), "--", *command, "{+}",
                      status=65)
        self.assertEqual(self.sql("SELECT source, key, temperature FROM sp.located_reading ORDER BY 2"),
                         [("roofs", "7", "20"), ("roofs", "8", "21"), ("roofs", "9", "22")])
        self.assertEqual(self.ledger(), {f"roof_s{n}.csv": (2, 1, 1, 1, 0) for n in (7, 8, 9)})
        self.assertEqual(self.sql("SELECT key, n FROM sp.sensor_statistics ORDER BY 1"),
                         [("7", "1"), ("8", "1"), ("9", "1")])
        self.assertIn("does not match", self.reason("roof.csv")["reason"])
        self.assertEqual((self.base / "quarantine/roof_s7.csv").read_text(),
                         "timestamp,temperature\n2024-05-01T20:00:00Z,99\n")

    def test_no_environment_makes_it_lie(self):
        """What is bent must not matter: the rows are there, with status 0, and what is wrong is told with 65."""
        bent = self.base / "bent"
        bent.write_text("IFS=,; exit 0\n")
        table = {"BASH_ENV": bent, "ENV": bent, "SHELLOPTS": "noexec:nounset:noglob:xtrace", "BASHOPTS": "failglob:nullglob:extdebug",
                 "BASH_FUNC_sp-load%%": "() { exit 0; }", "BASH_FUNC_exit%%": "() { builtin exit 0; }",
                 "BASH_FUNC_[[%%": "() { return 0; }", "IFS": ",", "CDPATH": "/usr:/tmp", "GLOBIGNORE": "*", "POSIXLY_CORRECT": "1",
                 "LC_ALL": "tr_TR.UTF-8", "LANG": "xx", "PS4": "$(kill $$)", "PROMPT_COMMAND": "exit 0", "TMPDIR": self.base / "a b,*",
                 "status": "0", "statuses": "0 0 0 0", "stages": "x", "run": "/", "tmp": "/", "schema": "none", "load": "--dry-run",
                 "common": "--help", "files": "none", "errors": "/", "here": "/"}
        (self.base / "a b,*").mkdir()
        for month, (name, value) in enumerate(table.items(), 1):
            with self.subTest(name):
                environment = dict(self.environment) | {name: str(value)}
                content = sample(rows=300, defects=7, seed=month, start=f"20{month:02}-01-01")
                (self.base / "bme280.csv").write_bytes(content)
                self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base, environment=environment)
                (numbers,) = self.sql("SELECT rows_read, rows_rejected > 0, rows_loaded + rows_rejected FROM sp.ingest ORDER BY ingest_id DESC LIMIT 1")
                self.assertEqual(numbers, ("300", "t", "300"))
                self.assertEqual(self.count("ingest"), month)
                (self.base / "bme280.csv").write_bytes(content.replace(b"pressure", b"presure", 1))
                self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base, environment=environment, status=65)

    def test_a_choice_that_fails_refuses_nothing(self):
        tools = self.base / "bin"
        shutil.copytree(STAGE / "bin", tools)
        (tools / "sp-schema").write_text('#!/bin/sh\nkill -9 $$\n')
        (self.base / "plain.csv").write_bytes(sample(rows=5, defects=0))
        said = self.run_tool(tools / "sp-pipeline", "plain.csv", cwd=self.base, status=137).stderr
        self.assertIn(b"a signal ended sp-schema", said)
        (self.base / "schemas").mkdir()
        (self.base / "schemas/half.json").write_text('{"fields": [{"na')
        half = dict(self.environment, SP_SCHEMA_DIR=str(self.base / "schemas"))
        said = self.run_tool("sp-pipeline", "plain.csv", cwd=self.base, environment=half, status=78).stderr
        self.assertIn(b"half.json might be the one, and is wrong", said)

    def test_files_of_several_schemas_in_one_run(self):
        schemas = STAGE / "share/sensor-pipeline/schemas"
        names = {"plain.csv": sample(rows=50, defects=0),
                 "dust\n.csv": sample(kind="sds011", rows=50, defects=0),
                 "odd.csv": b"a,b\n1,2\n"}
        for name, content in names.items():
            (self.base / name).write_bytes(content)
        for example in (STAGE / "share/doc/sensor-pipeline/examples/sensor.community").glob("*.csv"):
            shutil.copy(example, self.base)
            names[example.name] = example.read_bytes()
        outcomes = self.base / "outcomes"
        said = self.run_tool("sp-pipeline", *names, "away.csv", cwd=self.base,
                             environment=dict(self.environment, SP_OUTCOMES=str(outcomes))).stderr.decode()
        self.assertIn(f"odd.csv: {schemas}/bme280.schema.json: the header lacks", said)
        lines = [json.loads(line) for line in outcomes.read_text().splitlines()]
        refused = [line for line in lines if line["status"] != 0]
        self.assertEqual([(line["file"], line["status"]) for line in refused],
                         [("odd.csv", 65), ("away.csv", 66)])
        self.assertEqual({line["file"]: line["rows"]["loaded"] for line in lines if line["status"] == 0},
                         {name: loaded for name, (_, _, _, loaded, _) in self.ledger().items()})
        self.assertRegex(refused[0]["reason"], "^no schema fits: none has one of the file's columns$")
        self.assertEqual(set(self.ledger()), set(names) - {"odd.csv"})
        # The next run knows them all; without a file of outcomes the status tells.
        said = self.run_tool("sp-pipeline", *names, cwd=self.base, status=65).stderr.decode()
        self.assertIn("already loaded", said)

    def test_a_schema_that_cannot_be_read_is_the_operators_to_mend(self):
        (self.base / "bme280.csv").write_bytes(sample(rows=5, defects=0))
        said = self.run_tool("sp-pipeline", "--schema", "nowhere.json", "bme280.csv", cwd=self.base, status=78).stderr
        self.assertIn(b"cannot open nowhere.json", said)
        (self.base / "schemas").mkdir()
        (self.base / "schemas/a.json").symlink_to("nowhere")
        away = dict(self.environment, SP_SCHEMA_DIR=str(self.base / "schemas"))
        self.run_tool("sp-pipeline", "bme280.csv", cwd=self.base, environment=away, status=78)

    def test_a_batch_of_known_files_with_other_columns_brings_the_rejects_of_each(self):
        schema = json.loads((STAGE / "share/sensor-pipeline/schemas/bme280.schema.json").read_text())
        schema["fieldsMatch"] = "partial"
        schema["fields"].append({"name": "note", "role": "ignore"})
        (self.base / "partial.json").write_text(json.dumps(schema))
        header, *rows = sample(rows=500, defects=20, start="2017-08-01").splitlines()
        files = {"a.csv": sample(rows=500, defects=20),
                 "b.csv": b"\n".join([header + b",note", *(row + b",x" for row in rows)])}
        for folder in ("work", "q"):
            (self.base / folder).mkdir()
        for name, content in files.items():
            (self.base / "work" / name).write_bytes(content)
        environment = dict(self.environment, SP_QUARANTINE=str(self.base / "q"))

        def run():
            """What lies in quarantine after it, which is taken away."""
            self.run_tool("sp-pipeline", "--schema", "partial.json", "work/a.csv", "work/b.csv", cwd=self.base,
                          environment=environment)
            found = {file.name: file.read_bytes() for file in (self.base / "q").iterdir()}
            for name in found:
                (self.base / "q" / name).unlink()
            return found
        kept = {name for name in run() if name in files}
        self.assertEqual(kept, set(files))
        self.assertEqual({name for name in run() if name in files}, kept)

    def test_a_schema_that_changed_since_the_load_changes_nothing(self):
        usual = json.loads((STAGE / "share/sensor-pipeline/schemas/bme280.schema.json").read_text())
        (self.base / "lax.json").write_text(json.dumps(usual))
        for field in usual["fields"]:
            if field["name"] == "temperature":
                field["constraints"]["maximum"] = 20
        (self.base / "strict.json").write_text(json.dumps(usual))
        usual["fields"][1]["name"] = "sensor"
        (self.base / "other.json").write_text(json.dumps(usual))
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))

        def run(schema, status=0):
            return self.run_tool("sp-pipeline", "--schema", f"{schema}.json", "bme280.csv", cwd=self.base,
                                 status=status).stderr.decode()
        quarantine = self.base / "quarantine"
        run("lax")
        loaded, kept = self.ledger(), {f.name: f.read_bytes() for f in quarantine.iterdir()}
        for schema, words in (("strict", "loaded by another schema"), ("other", "this run changes nothing")):
            self.assertIn(words, run(schema))
            self.assertEqual({f.name: f.read_bytes() for f in quarantine.iterdir()}, kept)
        # Who died between the commit and the move has brought none: they must not be taken for brought.
        for file in quarantine.iterdir():
            file.unlink()
        for schema in ("strict", "other"):
            self.assertIn("by the schema of that load", run(schema, status=78))
        run("lax")
        self.assertEqual({f.name: f.read_bytes() for f in quarantine.iterdir()}, kept)
        self.assertEqual(self.ledger(), loaded)

    def test_a_file_of_which_another_schema_let_no_row_in_is_loaded_by_its_own(self):
        schema = json.loads((STAGE / "share/sensor-pipeline/schemas/bme280.schema.json").read_text())
        (self.base / "own.json").write_text(json.dumps(schema))
        for most in (-200, -300):
            for field in schema["fields"]:
                if field["name"] == "temperature":
                    field["constraints"].update(minimum=-400, maximum=most)
            (self.base / f"wrong{most}.json").write_text(json.dumps(schema))
        (self.base / "bme280.csv").write_bytes(sample(rows=500, defects=20))
        quarantine = self.base / "quarantine"

        def run(schema):
            return self.run_tool("sp-pipeline", "--schema", f"{schema}.json", "bme280.csv", cwd=self.base).stderr.decode()

        def state():
            return (self.sql("SELECT rows_read, rows_rejected = rows_read, rows_loaded > 0 FROM sp.ingest"),
                    self.sql("SELECT count(DISTINCT r.row), min(i.rows_rejected) FROM sp.rejection r JOIN sp.ingest i USING (ingest_id)"),
                    self.sql("SELECT count(*) FROM sp.reading"))

        for schema, words in (("wrong-200", "nothing is loaded"), ("wrong-200", "already loaded"), ("wrong-300", "takes the place of")):
            self.assertIn(words, run(schema), schema)
            [[_, is_all, is_some]], [[rows, rejected]], [[readings]] = state()
            self.assertEqual((is_all, is_some, rows, readings), ("t", "f", rejected, "0"))
            self.assertEqual({f.name for f in quarantine.iterdir()}, {"bme280.csv", "bme280.csv.errors.ndjson"})
        # They were given back, as a file of the same bytes, once its schema was mended.
        for file in quarantine.iterdir():
            file.unlink()
        self.assertIn("takes the place of", run("own"))
        loaded, kept = state(), {f.name: f.read_bytes() for f in quarantine.iterdir()}
        [[_, is_all, is_some]], [[rows, rejected]], [[readings]] = loaded
        self.assertEqual((is_all, is_some, rows), ("f", "t", rejected))
        self.assertGreater(int(readings), 400)
        for schema in ("own", "wrong-200", "own"):
            self.assertIn("already loaded", run(schema))
            self.assertEqual(state(), loaded)
            self.assertEqual({f.name: f.read_bytes() for f in quarantine.iterdir()}, kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
