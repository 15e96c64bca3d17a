"""The folders of sp-watch are moved away, replaced by links, or full of traps: it never follows, and says so."""
import os
import subprocess
import unittest

import inbox


class Folders(inbox.Inbox):
    def replace_while_it_runs(self, name, by):
        """sp-watch's status, where DIR/name became what `by` makes of it while it ran."""
        child = self.watch()
        os.rename(self.dir / name, self.base / ("was-" + name.replace("/", "-")))
        by(self.dir / name)
        self.drop("a.csv", "echo stranger >\"$SP_QUARANTINE/row\"; exit 0\n")
        return child.wait(inbox.PATIENCE)

    def test_a_folder_that_is_replaced_ends_it_and_the_next_start_goes_on(self):
        for name in ("work", "done", "quarantine", "failed", ".sp-watch", ".sp-watch/tmp", ".sp-watch/state"):
            with self.subTest(name):
                self.assertEqual(self.replace_while_it_runs(name, os.mkdir), 75)
                self.assertIn(f"{self.dir / name} was removed, moved or replaced", self.said())
                self.assertEqual(self.names(), {"a.csv"})
                self.assertEqual(self.once().returncode, 0)
                self.assertEqual(self.names(), set())

    def test_a_working_directory_that_is_gone_and_few_descriptors(self):
        gone = self.base / "gone"
        for script in ('mkdir "$0" && cd "$0" && rmdir "$0" && exec "$@"', 'ulimit -n 64 && exec "$@"'):
            with self.subTest(script):
                self.drop("a.csv")
                done = subprocess.run(["sh", "-c", script, str(gone), *self.command("--once")], cwd=self.base,
                                      capture_output=True, timeout=inbox.PATIENCE)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.names(), set())

    def test_a_folder_that_is_removed_ends_it_too(self):
        self.assertEqual(self.replace_while_it_runs("work", lambda _: None), 75)

    def test_a_link_in_the_place_of_a_folder_is_never_followed(self):
        theirs = self.base / "theirs"
        for name in ("quarantine", ".sp-watch", ".sp-watch/tmp"):
            with self.subTest(name):
                for folder in (theirs, theirs / "a.csv", theirs / "tmp", theirs / "tmp/a.csv"):
                    folder.mkdir(exist_ok=True)
                    (folder / "precious").touch()
                before = sorted(theirs.rglob("*"))
                self.assertEqual(self.replace_while_it_runs(name, lambda path: os.symlink(theirs, path)), 75)
                self.assertEqual(self.once().returncode, 78)
                self.assertEqual(sorted(theirs.rglob("*")), before)
                os.unlink(self.dir / name)

    def test_the_operator_may_lead_his_folders_through_links(self):
        away = self.base / "away"
        away.mkdir()
        (self.dir / "archive").symlink_to(away)
        self.drop("a.csv", "exit 0\n")
        self.assertEqual(self.once("--done", self.dir / "archive").returncode, 0)
        self.assertEqual(os.listdir(away), ["a.csv"])
        self.assertTrue((self.dir / "archive").is_symlink())

    def test_a_trap_in_the_place_of_the_journal(self):
        (self.dir / ".sp-watch").mkdir()
        journal, theirs = self.dir / ".sp-watch/journal.ndjson", self.base / "theirs"
        theirs.write_text("secret\n")
        journal.symlink_to(theirs)
        self.assertEqual(self.once().returncode, 74)
        self.assertEqual(theirs.read_text(), "secret\n")
        journal.unlink()
        os.mkfifo(journal)
        done = self.once()
        self.assertEqual(done.returncode, 74)
        self.assertIn(b"cannot open the journal", done.stderr)
        # The operator may lead it where he wants.
        self.base.joinpath("link").symlink_to(theirs)
        self.assertEqual(self.once("--journal", self.base / "link").returncode, 0)
        self.assertIn('"event":"start"', theirs.read_text())

    def test_what_a_command_leaves_in_its_folder_is_removed_and_nothing_else(self):
        theirs = self.base / "theirs"
        theirs.mkdir()
        (theirs / "precious").touch()
        self.drop("a.csv", f'cd "$SP_TMPDIR" && mkdir -p x/y/z && touch x/y/f && ln -s {theirs} x/l && mkfifo x/p\n')
        self.assertEqual(self.once().returncode, 0)
        self.assertEqual(os.listdir(self.dir / ".sp-watch/tmp"), [])
        self.assertTrue((theirs / "precious").exists())

    def test_a_folder_that_everybody_may_change_is_warned_of(self):
        for mode, warns in ((0o777, True), (0o1777, False), (0o775, False)):
            os.chmod(self.dir, mode)
            self.assertEqual(b"everybody may write" in self.once().stderr, warns, oct(mode))
        if os.getuid() == 0:
            os.chown(self.dir, 65534, 65534)
            self.assertIn(b"user 65534 may write in the folder", self.once().stderr)

    def test_folders_that_others_may_write_to_are_refused(self):
        self.once()
        for name in ("work", "done", "quarantine", "failed", ".sp-watch", ".sp-watch/tmp", ".sp-watch/state"):
            for mode, flags, status in ((0o777, [], 78), (0o1777, [], 78), (0o775, [], 78),
                                        (0o777, ["--group-writable"], 78), (0o775, ["--group-writable"], 0)):
                with self.subTest(name, mode=oct(mode), flags=flags):
                    os.chmod(self.dir / name, mode)
                    done = self.once(*flags)
                    self.assertEqual(done.returncode, status, done.stderr)
                    if status:
                        self.assertIn(f"{self.dir / name} belongs to user {os.getuid()} and has mode {mode:04o}",
                                      done.stderr.decode())
            os.chmod(self.dir / name, 0o755)

    def test_a_folder_that_is_opened_to_all_ends_it(self):
        child = self.watch()
        os.chmod(self.dir / "done", 0o1777)
        self.drop("a.csv")
        self.assertEqual(child.wait(inbox.PATIENCE), 78)
        self.assertEqual(self.names(), {"a.csv"})

    def test_what_it_makes_is_safe_whatever_the_umask(self):
        self.drop("a.csv", "exit 75\n")
        self.once("--failed", self.base / "x/y", umask=0)
        made = [path for path in (self.base / "x", *self.base.glob("x/**/*"), *self.dir.glob("**/*"),
                                  *self.dir.glob(".sp-watch/**/*")) if path.name not in ("a.csv", ".sp-watch-of")]
        self.assertGreater(len(made), 9)
        for path in made:
            self.assertEqual(path.stat().st_mode & 0o022, 0, path)


if __name__ == "__main__":
    unittest.main(verbosity=2)
