"""A private PostgreSQL with its default settings, fsync on, in build/bench/postgres."""

import json
import os
import pathlib
import shutil
import subprocess

import inputs

SCRIPT = inputs.ROOT / "scripts/private-postgres"
FOLDER = inputs.ROOT / "build/bench/postgres"
# As the Sofia schema has them, in its order, with the units' definitions by UDUNITS-2.
QUANTITIES = json.dumps([
    {"name": "pressure", "unit": "hPa", "unit_definition": "100 m-1.kg.s-2", "standard_name": "air_pressure"},
    {"name": "temperature", "unit": "degC", "unit_definition": "K @ 273.15", "standard_name": "air_temperature"},
    {"name": "humidity", "unit": "percent", "unit_definition": "0.01 1", "standard_name": "relative_humidity"},
])


class Server:
    """Runs inside `with`; PGHOST and the others are set in the environment meanwhile."""

    def __enter__(self):
        self.remove()
        FOLDER.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([SCRIPT, "start", "--plain", FOLDER], check=True, stdout=subprocess.DEVNULL)
        lines = subprocess.run(["bash", "-c", f"eval \"$('{SCRIPT}' env '{FOLDER}')\"; env -0"], check=True,
                               capture_output=True, text=True).stdout
        found = dict(line.split("=", 1) for line in lines.split("\0") if line.startswith("PG"))
        os.environ.update(found)
        self.host = found["PGHOST"]
        return self

    def __exit__(self, *error):
        subprocess.run([SCRIPT, "stop", FOLDER], check=True)
        self.remove()

    def remove(self):
        if (FOLDER / "data").is_symlink():
            shutil.rmtree(pathlib.Path(os.readlink(FOLDER / "data")), ignore_errors=True)
        shutil.rmtree(FOLDER, ignore_errors=True)

    def sql(self, text):
        done = subprocess.run(["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-f", "-"], input=text, text=True,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def spent(self):
        """Since the start: CPU seconds of all its processes, bytes of WAL; and bytes that the database has."""
        postmaster = (FOLDER / "data/cluster/postmaster.pid").read_text(encoding="utf-8").split()[0]
        ticks = 0
        for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
            try:
                pid, fields = stat.parent.name, stat.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].split()
            except OSError:
                continue  # it ended meanwhile
            # user and system time of its own (proc(5)); of sessions that ended, as the postmaster's children.
            if postmaster in (pid, fields[1]):
                ticks += sum(map(int, fields[11:15 if pid == postmaster else 13]))
        wal, size = self.sql("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn, pg_database_size(current_database())").split("|")
        return {"cpu": ticks / os.sysconf("SC_CLK_TCK"), "wal": int(wal), "bytes": int(size)}

    def reset(self, ledger_row, months=True):
        """Empty tables, the Sofia file's quantities and the partitions of two years made, everything on the disk."""
        self.sql("DROP SCHEMA IF EXISTS sp CASCADE")
        subprocess.run(["sp-load", "--quiet", "--init"], check=True, stdin=subprocess.DEVNULL)
        self.sql(f"SELECT sp.ensure_quantities('{QUANTITIES}', 3)")
        if months:
            self.sql("SELECT sp.ensure_month('2017-01-15'::timestamptz + m * '1 month'::interval) "
                     "FROM generate_series(0, 23) m")
        if ledger_row:
            self.sql("INSERT INTO sp.ingest (digest, name, size_bytes, tool_version) "
                     "VALUES (decode(repeat('00', 32), 'hex'), 'bench', 0, 'bench')")
        self.sql("CHECKPOINT")
        for folder in ("quarantine", "tmp"):
            shutil.rmtree(inputs.WORK / folder, ignore_errors=True)
