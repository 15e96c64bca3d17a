"""Chapter 11: everything at once, for an hour."""

import os
import random
import signal
import threading
import time

import process
import proxy
import sample
from scenario import Failed, require, require_equal, scenario


class _Writers:
    """Several writers, each with its own keys, its own habits and a rate of files a second in all."""

    def __init__(self, world, count, rate):
        self.world, self.ended = world, threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._write, args=(n, count / rate)) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.ended.set()
        for thread in self.threads:
            thread.join()

    def _write(self, lane, pause):
        draw = random.Random(f"{self.world.seed}/{lane}")
        source = sample.Writer(self.world.seed, lane=lane + 1)
        number = 0
        while not self.ended.wait(draw.uniform(0.2, 1.8) * pause):
            ending, content = source.any(draw, draw.choice([0, 1, 20, 200, 800]))
            name = f"w{lane}-{number:06}{ending}"
            number += 1
            habit = draw.choice(["rename", "rename", "in place", "same name", "twice", "garbage", "overlap"])
            if habit == "same name":
                name = f"w{lane}{ending}"
            if habit == "garbage":
                content = b"%d,%d\n" % (lane, number) + draw.randbytes(2000)
            if habit == "overlap":
                name, content = name.removesuffix(ending) + ".csv", source.file(40)
                self._put("more-" + name, source.overlapping(draw, content, 20), habit)
            self._put(name, content, habit)
            if habit == "twice":
                self._put("again-" + name, content, habit)

    def _put(self, name, content, habit):
        with self.lock:
            if name in self.world.names():
                return  # not taken yet: to replace it would be to delete it
            self.world.place(name, content, "in place" if habit == "in place" else "rename")
            self.world.dropped.append((name, content))
            if habit == "garbage":
                self.world.whole.add(name)


class _Faults:
    """Each draws its moment; all leave the world as it was, in the end."""

    def __init__(self, world, server, between, draw):
        self.world, self.server, self.between, self.draw = world, server, between, draw
        self.counts = {}

    def strike(self, watch):
        kinds = [self.kill, self.kill, self.kill, self.kill_watch, self.kill_all, self.terminate,
                 self.cut, self.lose_answer, self.shutdown, self.signal_stage, self.pause, self.outage]
        kind = self.draw.choice(kinds)
        if kind(watch) is not False:
            name = kind.__name__.replace("_", " ")
            self.counts[name] = self.counts.get(name, 0) + 1

    def _pipeline(self, watch):
        return [p for p, _ in process.marked(self.world.mark) if p != watch.pid]

    def _send(self, pids, signum):
        sent = 0
        for pid in pids:
            try:
                os.kill(pid, signum)
                sent += 1
            except OSError:
                pass
        return sent > 0

    def kill(self, watch):
        pids = self._pipeline(watch)
        return self._send([self.draw.choice(pids)] if pids else [], signal.SIGKILL)

    def kill_watch(self, watch):
        return self._send([watch.pid], signal.SIGKILL)

    def kill_all(self, watch):
        return self._send(self._pipeline(watch) + [watch.pid], signal.SIGKILL)

    def signal_stage(self, watch):
        pids = self._pipeline(watch)
        signum = self.draw.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
        return self._send([self.draw.choice(pids)] if pids else [], signum)

    def pause(self, watch):
        pids = self._pipeline(watch) + [watch.pid]
        self._send(pids, signal.SIGSTOP)
        time.sleep(0.5)
        self._send(pids, signal.SIGCONT)

    def terminate(self, _):
        self.world.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
                       f"current_database() AND usename = '{self.world.loader['PGUSER']}'")

    def cut(self, _):
        self.between.rules.append(proxy.Rule("cut-before", ("bytes", self.draw.randrange(200, 40000))))

    def lose_answer(self, _):
        self.between.rules.append(proxy.Rule("cut-after", "COMMIT"))

    def shutdown(self, _):
        self.server.stop("immediate")
        self.server.start()

    def outage(self, _):
        self.server.stop("fast")
        time.sleep(self.draw.uniform(1, self.world.amount(2, 20)))
        self.server.start()


@scenario("soak", 11, "an hour of files from several writers with every fault drawn at random: nothing lost, "
          "nothing twice, memory and descriptors flat", 120)
def soak(world):
    seconds = world.amount(12, world.options.minutes * 60)
    draw = random.Random(world.seed)
    # fsync is on here: an immediate shutdown must not lose what was committed.
    with world.own_server({"fsync": "on", "synchronous_commit": "on"}) as one:
        socket_path = os.path.join(world.admin["PGHOST"], ".s.PGSQL.5432")
        between = proxy.Proxy(socket_path, os.path.join(world.root, "between"))
        faults = _Faults(world, one, between, draw)
        writers = _Writers(world, 3, world.options.rate)
        began, watch, starts, readings = time.monotonic(), None, 0, []
        next_fault = began + 1
        try:
            while (now := time.monotonic()) - began < seconds:
                if watch is None or watch.poll() is not None:
                    watch = world.watch(*world.RETRY, "--jobs", "2", "--batch", draw.choice(["1", "8"]),
                                        *world.PERSISTENT, env=between.environment)
                    starts += 1
                process.reap()
                if now > next_fault:
                    faults.strike(watch)
                    between.rules = [r for r in between.rules if r.hits < r.times]
                    next_fault = time.monotonic() + draw.uniform(0.3, world.amount(1.5, 6))
                readings.append((now - began, process.memory_kib(watch.pid), process.descriptors(watch.pid)))
                time.sleep(0.25)
        finally:
            writers.stop()
        between.rules = []
        _calm_down(world, watch, between)
        figures = world.check()
        between.close()
        return {"seconds": int(seconds), **figures, "starts of sp-watch": starts, **faults.counts,
                **_flat(readings)}


def _calm_down(world, watch, between):
    if watch.poll() is not None:
        watch = world.watch(*world.RETRY, "--jobs", "2", *world.PERSISTENT,
                                        env=between.environment)
    world.wait_drained(world.amount(60, 600))
    require_equal(world.stop(watch, seconds=30), 0, "sp-watch's status at the end")


def _flat(readings):
    """The last quarter against the second: growth would show."""
    memory = [m for _, m, _ in readings if m > 0]
    files = [d for _, _, d in readings if d > 0]
    quarter = len(memory) // 4
    if quarter < 5:
        return {}
    early, late = max(memory[quarter:2 * quarter]), max(memory[-quarter:])
    if late > early + 16 * 1024:
        raise Failed(f"sp-watch grew from {early} to {late} KiB")
    if max(files[-quarter:]) > max(files[quarter:2 * quarter]) + 16:
        raise Failed("sp-watch holds more and more descriptors")
    return {"memory KiB": f"{early} -> {late}", "descriptors": max(files)}
