"""The machine that the scenarios run on: its database, the CPU seconds of each part, and a table of results."""
import os
import pathlib
import resource
import subprocess
import sys
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(SOURCE / "tests/fault"))
import server  # noqa: E402  scripts/private-postgres, to be hurt

STAGE = pathlib.Path(os.environ["SP_STAGE"])


class Database(server.Server):
    """A PostgreSQL server of our own; `environment` also finds the tools. new() begins with empty tables."""

    def start(self):
        super().start()
        self.environment = {**os.environ, **self.environment, "PATH": f"{STAGE}/bin:{os.environ['PATH']}"}

    def new(self, name):
        subprocess.run(["createdb", name], env=self.environment, check=True)
        environment = {**self.environment, "PGDATABASE": name}
        subprocess.run(["sp-load", "--init", "--quiet"], env=environment, check=True)
        return environment


def cpu_seconds_of(pid):
    """Of a process and of the children that it waited for, so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def cpu_seconds_below(*roots):
    """Of processes and all that they started, as far as it runs or was waited for, so far."""
    stats = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            stats[int(entry.name)] = (entry / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it ended meanwhile
    found = set(roots)
    while more := {pid for pid, fields in stats.items() if int(fields[1]) in found} - found:
        found |= more
    return sum(int(ticks) for pid in found for ticks in stats[pid][11:15]) / os.sysconf("SC_CLK_TCK")


class Cpu:
    """CPU seconds of the block: `own` of the commands that it ran to their end, and those of servers, {name: pid}.

    A server's children count once they ended; sessions do, soon after their client.
    """

    def __init__(self, **servers):
        self.servers = servers

    @staticmethod
    def _own():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def _now(self):
        return {"commands": self._own(), **{name: cpu_seconds_of(pid) for name, pid in self.servers.items()}}

    def __enter__(self):
        self.before = self._now()
        return self

    def __exit__(self, *_):
        time.sleep(0.5)
        self.seconds = {name: after - self.before[name] for name, after in self._now().items()}
        self.all = sum(self.seconds.values())


def print_table(rows):
    """Dictionaries, each a row; a column for each name in any of them."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    cells = [names] + [[str(row.get(name, "")) for name in names] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip(), flush=True)
