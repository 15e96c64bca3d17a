"""Names and kinds that strangers drop."""
import json
import os
import re
import shutil
import socket
import unittest

import inbox

HOSTILE = [b"line\nbreak.csv", b"tab\t.csv", b'quote".csv', b"apo'strophe.csv", b"back\\slash.csv",
           b"-rf", b"--help", b"-", b"$(touch pwned)", b"`touch pwned`", b";touch pwned", b"a b.csv",
           b" ", b"*", b"\xff\xfe.csv", b"caf\xc3\xa9.csv", b"{}", b"%s%n", b"x..", b"\x1b[31m.csv",
           b"a" * 255, b"b" * 251 + b".csv", b"\xff" * 255, b"\xc3\xbc" * 127, b"journal.ndjson", b"state"]


class Names(inbox.Inbox):
    def test_any_name_is_worked_on_and_kept(self):
        for name in HOSTILE:
            self.drop(name, name)
        show = ["bash", "-c", '[[ $1 = /*/in/work/* && -f $1 ]] && cat -- "$1" >/dev/null', "show", "{}"]
        done = self.once(command=show)
        self.assertEqual(done.returncode, 0, done.stderr)
        kept = {(self.dir / "done" / name).read_bytes() for name in self.names("done")}
        self.assertEqual(kept, set(HOSTILE))
        self.assertEqual(self.names(), set())
        self.assertFalse((self.base / "pwned").exists())

    def test_a_jobs_name_is_safe_in_json_terminals_and_scripts(self):
        for name in HOSTILE:
            self.drop(name)
        self.once()
        for name in self.names("done"):
            text = name.encode("utf-8")  # raises where it is not UTF-8
            self.assertLessEqual(len(text), 224)
            self.assertEqual(json.dumps(name, ensure_ascii=False), f'"{name}"')
        taken = {bytes.fromhex(step["file_hex"]) if step["file_hex"] else step["file"].encode()
                 for step in self.journal("taken")}
        self.assertEqual(taken, set(HOSTILE))

    def test_long_names_fail_and_wait_like_others(self):
        self.drop(b"l" * 255, "exit 65\n")
        self.drop(b"m" * 255, "exit 75\n")
        self.drop(b"\xff" * 255, "exit 65\n")
        self.assertEqual(self.once().returncode, 75)
        self.assertEqual(len(self.names("quarantine")), 4)
        self.assertEqual(len(os.listdir(self.dir / ".sp-watch/state")), 1)

    def test_the_same_name_again_never_replaces(self):
        for i in range(5):
            self.drop("same.csv", f"# {i}\nexit {65 if i % 2 else 0}\n")
            self.once()
        texts = sorted(self.read(place, name).split("\n")[0] for place, name in self.everything())
        self.assertEqual(texts, [f"# {i}" for i in range(5)])
        # Nor two that come while the first is at work.
        child = self.watch("--jobs", "4")
        for i in range(4):
            self.drop("now.csv", f"# {i}\nsleep 0.3\n")
            inbox.wait_until(lambda: "now.csv" not in self.names(), "it was taken")
        inbox.wait_until(lambda: not self.names("work"), "all are done")
        self.stop(child)
        self.assertEqual(len([n for n in self.names("done") if n.startswith("now")]), 4)

    def test_names_of_what_lies_beside_a_file(self):
        self.drop("x.csv", "exit 65\n")
        self.drop("x.csv.reason.json", "exit 65\n")
        self.drop("x.csv.errors.ndjson", "exit 65\n")
        self.once()
        self.assertEqual(self.reason("x.csv")["file"], "x.csv")
        self.assertEqual(len([n for n in self.names("quarantine")
                              if n.endswith(".reason.json")]), 3)
        self.assertEqual(len(self.names("quarantine")), 6)

    def test_a_file_and_a_packed_one_never_share_a_name_for_their_rejected_rows(self):
        reject = 'for end in "" .errors.ndjson; do echo row >"$SP_QUARANTINE/{}$end"; done\n'
        names = ("x.csv", "x.csv.gz", "x.csv.zst", "x.csv.xz", "x.csv.bz2")
        for name in names:
            self.drop(name, "sleep 1\n")
        self.assertEqual(self.once("--jobs", "5").returncode, 0)
        jobs = self.names("done")
        self.assertEqual(len(jobs), 5)
        self.assertEqual(len({re.sub(r"\.(gz|zst|xz|bz2)$", "", name) for name in jobs}), 5, jobs)
        # Nor with those that lie in quarantine.
        for name in names:
            shutil.rmtree(self.dir / "done")
            self.drop("x.csv.gz", reject.format("x.csv"))
            self.once()
            self.drop(name)
            self.once()
            (job,) = self.names("done") - {"x.csv.gz"}
            self.assertRegex(job, r"^x\.\d+T")
            shutil.rmtree(self.dir / "quarantine")

    def test_what_is_not_a_file_is_moved_unopened_or_left(self):
        secret = self.base / "secret"
        secret.write_text("secret")
        for name, target in (("passwd", "/etc/passwd"), ("dangling", "/nowhere"), ("loop", "loop"),
                             ("secret-link", secret), ("folder-link", "/etc")):
            os.symlink(target, self.dir / name)
        os.mkfifo(self.dir / "fifo")
        os.chdir(self.dir)
        bound = socket.socket(socket.AF_UNIX)
        bound.bind("socket")
        os.chdir("/")
        (self.dir / "folder").mkdir()
        (self.dir / "folder/inner.csv").write_text("exit 0\n")
        self.drop("sound.csv")
        done = self.once()
        bound.close()
        self.assertEqual(done.returncode, 65, done.stderr)
        self.assertEqual(self.names("done"), {"sound.csv"})
        self.assertEqual(self.names(), {"folder"})
        for name in ("passwd", "dangling", "loop", "secret-link", "folder-link", "fifo", "socket"):
            self.assertTrue(os.path.lexists(self.dir / "quarantine" / name), name)
            self.assertIn("only regular files", self.reason(name)["reason"])
        self.assertEqual(os.readlink(self.dir / "quarantine/passwd"), "/etc/passwd")
        self.assertEqual({step["file"] for step in self.journal("ignored")}, {"folder"})
        self.assertEqual(secret.read_text(), "secret")

    def test_a_folder_is_told_once(self):
        (self.dir / "folder").mkdir()
        child = self.watch("--interval", "20ms")
        inbox.time.sleep(0.3)
        self.stop(child)
        self.assertEqual(len(self.journal("ignored")), 1)

    def test_unfinished_uploads_and_hidden_files_are_left(self):
        unfinished = {"a.tmp", "b.part", "c.partial", "d.csv~", "e.csv.filepart", "f.csv.crdownload", "g.csv.download",
                      "h.csv.opdownload", "i.csv_.gstmp", "j.csv.d41d8cd9.part.minio", "k.swp", "l.csv.bak",
                      "LOG001.TMP", "m.csv.1a2B3c4D"}
        for name in (*unfinished, ".hidden.csv", ".syncthing.n.csv.tmp"):
            self.drop(name)
        for flags in ([], ["--match", "*"]):  # what somebody else may write is never asked for
            done = self.once(*flags)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.names(), {*unfinished, ".hidden.csv", ".syncthing.n.csv.tmp"})
        self.assertEqual(self.journal("taken"), [])
        told = [(step["file"], step["why"]) for step in self.journal("ignored")]
        self.assertEqual(sorted(told), sorted([(name, "an unfinished upload, by its name") for name in unfinished] * 2))
        self.assertEqual(self.status()["waiting"], 0)

    def test_names_that_look_like_uploads_are_taken(self):
        names = {"a.20240101", "b.deadbeef", "c.00A1B2C3", "d.1a2B3c4", "e.1a2B3c4D5", "f.1a2B3c4G", "1a2B3c4D",
                 "tmp", "part.csv", "x.tmp.csv"}
        for name in names:
            self.drop(name)
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(self.names("done"), names)

    def test_match(self):
        for name in ("a.csv", "b.tsv", "c.txt", "d.csv.part"):
            self.drop(name)
        (self.dir / "folder").mkdir()
        done = self.once("--match", "*.csv", "--match", "*.tsv")
        self.assertEqual(self.names("done"), {"a.csv", "b.tsv"})
        self.assertEqual(self.names(), {"c.txt", "d.csv.part", "folder"})
        self.assertEqual({step["file"]: step["why"] for step in self.journal("ignored")},
                         {"c.txt": "no --match takes its name", "d.csv.part": "an unfinished upload, by its name",
                          "folder": "a directory"})
        self.assertIn(b"sp-watch: c.txt: no --match takes its name: left where it is", done.stderr)
        self.assertEqual(self.once("--match", "*.csv", "--quiet").stderr.count(b"c.txt"), 0)

    def test_what_no_match_takes_is_told_once_and_does_not_wait(self):
        self.drop("LOG001.CSV")
        self.drop("notes.txt")
        child = self.watch("--interval", "20ms", "--match", "*.csv")
        inbox.wait_until(lambda: len(self.journal("ignored")) >= 2, "both are told")
        inbox.time.sleep(0.2)
        self.stop(child)
        self.assertEqual(sorted(step["file"] for step in self.journal("ignored")), ["LOG001.CSV", "notes.txt"])
        self.assertEqual(self.status()["waiting"], 0)
        self.assertEqual(self.status("--match", "*.txt")["waiting"], 1)  # what is asked for is asked
        self.once("--match", "*.csv", "--ignore-case")
        self.assertEqual(self.names("done"), {"LOG001.CSV"})
        self.assertEqual(self.status()["waiting"], 0)
        self.drop("LOG002.CSV")
        self.assertEqual(self.status()["waiting"], 1)
        # Of a watcher without patterns everything waits.
        self.once()
        self.drop("more.txt")
        self.assertEqual(self.status()["waiting"], 1)

    def test_ignore_case_is_of_match(self):
        self.assertEqual(self.once("--ignore-case").returncode, 64)

    def test_arguments_reach_the_command_as_they_are(self):
        self.drop("a.csv")
        out = self.base / "args"
        self.once(command=["bash", "-c", f'printf "%s|" "$@" >{out}', "x", "", "--", "-h", "{}", "a={}",
                           "[1,2]", "$HOME", "*"])
        file = f"{os.path.realpath(self.dir)}/work/a.csv"
        self.assertEqual(out.read_text(), f"|--|-h|{file}|a={file}|[1,2]|$HOME|*|")

    def test_an_unreadable_file_is_told_and_taken_later(self):
        self.drop("a.csv")
        self.drop("b.csv")
        os.chmod(self.dir / "a.csv", 0)
        nobody = self.as_nobody()
        self.assertEqual(self.once(**nobody).returncode, 75)
        self.assertEqual(len(self.journal("unreadable")), 1)
        self.assertEqual(self.names("done"), {"b.csv"})
        os.chmod(self.dir / "a.csv", 0o644)
        self.assertEqual(self.once(**nobody).returncode, 0)
        self.assertEqual(self.names("done"), {"a.csv", "b.csv"})

    def test_files_of_another_user_are_taken(self):
        """Whether they are open for writing cannot be asked there: they are when they have settled."""
        if os.getuid() != 0:
            self.skipTest("only root can make them")
        nobody = self.as_nobody()
        (self.dir / "placed.csv").write_text("exit 0\n")
        self.assertEqual(self.once(**nobody).returncode, 0)
        child = self.watch(**nobody)
        self.drop("moved.csv")
        self.wait_for("done", "placed.csv", "moved.csv")
        self.stop(child)

    def test_folders_that_would_feed_or_empty_each_other_are_refused(self):
        own = self.dir / ".sp-watch/tmp"
        for flags in (["--work", own], ["--done", own], ["--quarantine", own], ["--failed", own / "x"],
                      ["--done", self.dir], ["--work", self.dir], ["--done", self.dir / "work"],
                      ["--quarantine", self.dir / "work/x"]):
            self.drop("a.csv")
            done = self.once(*flags)
            self.assertEqual(done.returncode, 78, (flags, done.stderr))
            self.assertEqual(self.names(), {"a.csv"}, flags)

    def test_a_quarantine_or_work_of_another_folder_is_refused(self):
        for flag in ("--quarantine", "--work"):
            shared = self.base / flag.strip("-")
            self.drop("a.csv", "exit 65\n" if flag == "--quarantine" else "exit 0\n")
            for expected in (65 if flag == "--quarantine" else 0, 0):
                self.assertEqual(self.once(flag, shared).returncode, expected)
            mine, self.dir = self.dir, self.base / "other"
            self.dir.mkdir(exist_ok=True)
            done = self.once(flag, shared)
            self.dir = mine
            self.assertEqual(done.returncode, 78, done.stderr)
            self.assertIn(b"is used by the sp-watch of another folder", done.stderr)

    def as_nobody(self):
        """Options for a user whom permissions bind."""
        if os.getuid() != 0:
            return {}
        os.chmod(self.base, 0o755)
        os.chown(self.dir, 65534, 65534)
        self.tool = shutil.copy(self.tool, self.base)  # the build may lie where only root may look
        return {"user": 65534, "group": 65534, "extra_groups": []}


if __name__ == "__main__":
    unittest.main(verbosity=2)
