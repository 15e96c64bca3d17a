"""deploy/container and deploy/helm, as far as can be seen without an engine or helm: scripts/container runs them."""
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

import yaml

DEPLOY = pathlib.Path(__file__).resolve().parents[2] / "deploy"
CONTAINER, HELM = DEPLOY / "container", DEPLOY / "helm"
CONTAINERFILE = (CONTAINER / "Containerfile").read_text()
UNIT = (DEPLOY / "systemd/sp-watch.service").read_text()
SETTINGS = (DEPLOY / "systemd/sp-watch.env").read_text()
TEMPLATES = {path.name: path.read_text() for path in (HELM / "templates").iterdir()}
SERVICES = yaml.safe_load((CONTAINER / "compose.yaml").read_text())["services"]
VALUES = yaml.safe_load((HELM / "values.yaml").read_text())
PROBE = "sp-watch --status --format prometheus /var/lib/sensors | grep -q '^sp_watch_up.* 1$'"
USER = "10001"


def of_unit(key):
    return re.search(rf"^{key}=(.*)$", UNIT, re.MULTILINE)[1]


def help_of(tool):
    return subprocess.run([os.environ[tool], "--help"], check=True, capture_output=True, text=True).stdout


class Container(unittest.TestCase):
    def test_runs_what_the_unit_runs(self):
        command = yaml.safe_load(re.search(r"^CMD (.*)$", CONTAINERFILE, re.MULTILINE)[1])
        unit = [word.removeprefix("/usr/bin/").removesuffix("/%i") for word in of_unit("ExecStart").split()]
        unit.remove("$SP_WATCH_OPTIONS")  # here it is more words of the command
        self.assertEqual(command, unit)
        of_chart = re.search(r"^\{\{- \$command := (.*) \}\}$", TEMPLATES["watch.yaml"], re.MULTILINE)[1]
        words = re.findall(r'"([^"]*)"', of_chart)
        for flag in ("--group-writable", "--metrics", "/run/sp-watch/sp-watch.prom"):
            words.remove(flag)
        self.assertEqual(words, command)

    def test_flags_are_those_of_the_tools(self):
        texts = [CONTAINERFILE, *(path.read_text() for path in CONTAINER.iterdir()), *TEMPLATES.values()]
        lines = [line for text in texts for line in text.splitlines()]
        for tool, known in (("SP_WATCH", help_of("SP_WATCH")), ("SP_LOAD", help_of("SP_LOAD"))):
            name = tool.lower().replace("_", "-")
            of_tool = [line for line in lines if re.search(rf"(?<![/\w-]){name}\b", line)]
            named = {flag for line in of_tool for flag in re.findall(r"(?<![\w-])--[a-z-]+\w", line)}
            self.assertTrue(named, name)
            self.assertEqual({flag for flag in named if not re.search(rf"{flag}\b", known)}, set(), name)

    def test_one_user_who_has_no_rights(self):
        self.assertEqual(set(re.findall(r"(?:--[ug]id|^USER) (\d+)", CONTAINERFILE, re.MULTILINE)), {USER})
        pod = TEMPLATES["_helpers.tpl"]
        for key in ("runAsUser", "runAsGroup", "fsGroup"):
            self.assertIn(f"  {key}: {USER}\n", pod)
        for line in ("runAsNonRoot: true", "allowPrivilegeEscalation: false", "readOnlyRootFilesystem: true",
                     "drop: [ALL]", "type: RuntimeDefault", "automountServiceAccountToken: false"):
            self.assertIn(f" {line}\n" if "auto" not in line else f"{line}\n", pod)
        for name in ("init", "watch"):
            service = SERVICES[name]
            self.assertEqual((service["read_only"], service["cap_drop"], service["security_opt"], service["networks"]),
                             (True, ["ALL"], ["no-new-privileges:true"], ["database"]))

    def test_times_and_sizes_are_those_of_the_unit(self):
        self.assertEqual(SERVICES["watch"]["stop_grace_period"], of_unit("TimeoutStopSec").replace("min", "m"))
        self.assertEqual(VALUES["terminationGracePeriodSeconds"], int(of_unit("TimeoutStopSec").removesuffix("min")) * 60)
        self.assertEqual(VALUES["resources"]["limits"]["memory"], of_unit("MemoryMax") + "i")
        wait = re.search(r"^PGCONNECT_TIMEOUT=(\d+)$", SETTINGS, re.MULTILINE)[1]
        self.assertEqual([str(SERVICES[name]["environment"]["PGCONNECT_TIMEOUT"]) for name in ("init", "watch")], [wait] * 2)
        self.assertIn(f'- name: PGCONNECT_TIMEOUT\n  value: "{wait}"\n', TEMPLATES["_helpers.tpl"])

    def test_who_loads_owns_no_table(self):
        owner, loader = (SERVICES[name]["environment"] for name in ("init", "watch"))
        self.assertEqual((owner["PGUSER"], loader["PGUSER"]), ("postgres", "sensors"))
        self.assertNotIn("OWNER_PASSWORD", str(SERVICES["watch"]))
        self.assertIn('(dict "root" . "key" "watch")', TEMPLATES["watch.yaml"])
        self.assertIn('(dict "root" . "key" "init")', TEMPLATES["init.yaml"])

    def test_the_probe_is_true_only_while_a_watcher_runs(self):
        self.assertIn(PROBE, TEMPLATES["watch.yaml"])
        self.assertEqual(SERVICES["watch"]["healthcheck"]["test"], ["CMD", "bash", "-c", PROBE.replace("$", "$$")])

    def test_templates_ask_for_values_that_are_there(self):
        for name, text in TEMPLATES.items():
            for path in re.findall(r"\.Values\.([\w.]+)", text):
                value = VALUES
                for word in path.split("."):
                    self.assertIn(word, value, f"{name}: {path}")
                    value = value[word]
        asked = " ".join(TEMPLATES.values())
        self.assertEqual([key for key in VALUES if f".Values.{key}" not in asked], [])


class Probe(unittest.TestCase):
    """As an engine asks it, with a folder of the test's own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sp-probe.")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.metrics = f"{folder.name}/.metrics.prom"

    def probe(self):
        tools = os.path.dirname(os.environ["SP_WATCH"])
        command = PROBE.replace("/var/lib/sensors", self.folder)
        return subprocess.run(["bash", "-c", command], env={**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}).returncode

    def fresh(self):
        test = re.search(r'\[bash, -c, "(\[\[ .* \]\])"\]', TEMPLATES["watch.yaml"])[1]
        return subprocess.run(["bash", "-c", test.replace("/run/sp-watch/sp-watch.prom", self.metrics)]).returncode

    def test_before_while_and_after_a_watcher(self):
        self.assertEqual(self.probe(), 1)
        watcher = subprocess.Popen([os.environ["SP_WATCH"], "--quiet", "--metrics", self.metrics, self.folder, "--", "true"])
        for _ in range(600):
            if self.probe() == 0 and os.path.exists(self.metrics):
                break
            time.sleep(0.1)
        self.assertEqual((self.probe(), self.fresh()), (0, 0))
        watcher.terminate()
        self.assertEqual(watcher.wait(), 0)
        self.assertEqual(self.probe(), 1)
        hung = time.time() - 600
        os.utime(self.metrics, (hung, hung))
        self.assertEqual(self.fresh(), 1)


if __name__ == "__main__":
    unittest.main()
