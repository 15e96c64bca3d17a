"""A real Spark on loopback: a standalone master and two workers, of the jars that come with PySpark.

Spark starts the twin of a slow task only on another host: the workers go by different names of this one.
"""
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

import pyspark

SPARK = pathlib.Path(pyspark.__file__).parent
PATIENCE = 60  # seconds until it must be up
HOSTS = ("localhost", "127.0.0.1")
CORES = 8  # of each worker; as many tasks may wait for another
# The JVMs wait for the tools: no time goes into compiling them well.
JAVA = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
SETTINGS = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR",
            "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.memory": "700m", "spark.executor.memory": "700m",
            "spark.driver.extraJavaOptions": JAVA, "spark.executor.extraJavaOptions": JAVA}


class Cluster:
    """Use `with`. `folder` is new; executors have the environment."""

    def __init__(self, folder, environment):
        self.folder = pathlib.Path(folder)
        self.environment = {**environment, "SPARK_HOME": str(SPARK), "SPARK_SCALA_VERSION": "2.13",
                            "SPARK_LOCAL_DIRS": f"{folder}/local", "TMPDIR": str(folder),
                            "PYSPARK_PYTHON": sys.executable}
        self.port = random.randint(20000, 30000)
        self.servers = []

    @property
    def address(self):
        return f"spark://127.0.0.1:{self.port}"

    def _start(self, host, name, *arguments):
        options = [*JAVA.split(), "-Xmx256m", "-cp", f"{SPARK}/jars/*"]
        with open(self.folder / "log", "ab") as log:
            server = subprocess.Popen(["java", *options, f"org.apache.spark.deploy.{name}", "--host", host,
                                       "--webui-port", "0", *arguments], stdout=log, stderr=log, cwd=self.folder,
                                      env={**self.environment, "SPARK_LOCAL_HOSTNAME": host})
        self.servers.append(server)

    def __enter__(self):
        self.folder.mkdir()
        self._start("127.0.0.1", "master.Master", "--port", str(self.port))
        for number, host in enumerate(HOSTS):
            self._start(host, "worker.Worker", "--cores", str(CORES), "--memory", "1400m",
                        "--work-dir", f"{self.folder}/work-{number}", self.address)
        deadline = time.monotonic() + PATIENCE
        while (self.folder / "log").read_text().count("Successfully registered with master") < len(HOSTS):
            if time.monotonic() > deadline or any(server.poll() is not None for server in self.servers):
                self.__exit__()
                raise RuntimeError(f"Spark does not start:\n{(self.folder / 'log').read_text()[-2000:]}")
            time.sleep(0.2)
        return self

    def __exit__(self, *_):
        for server in reversed(self.servers):
            server.send_signal(signal.SIGTERM)
            server.wait()

    def flags(self, **settings):
        """Of spark-submit."""
        settings = {**SETTINGS, **settings}
        return ["--master", self.address, *(f"--conf={name}={value}" for name, value in settings.items())]

    def submit(self, program, *arguments, status=0, **settings):
        """Runs a program of deploy/spark as its README says."""
        command = [SPARK / "bin/spark-submit", *self.flags(**settings), program, *arguments]
        done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        if done.returncode != status:
            raise RuntimeError(f"{program} ended with {done.returncode}\n{done.stdout[-4000:]}")
        return done.stdout
