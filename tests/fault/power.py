"""Chapter 3, too: loss of power. The watched folder is an ext4 image, and the machine "goes out" at any moment.

What the disk holds at an instant is the image without what the kernel has not written yet. All processes of the
world are stopped, the image is copied, and the copy counts where the block device wrote nothing meanwhile. Then all
are killed, and the copy, whose journal the kernel replays, takes the image's place. The database lives on, as on a
machine of its own.
"""

import os
import random
import shutil
import signal
import subprocess
import time

import process
from scenario import Failed, Skipped, require, require_equal, scenario

IMAGE_MB = 48
# What nobody syncs is written soon, in an order of the kernel's own.
MOUNTED = ["-o", "loop,commit=1"]


class Disk:
    """An ext4 image on the world's folder."""

    def __init__(self, world):
        world.need_root("mounting an image")
        world.need_program("mkfs.ext4")
        self.world = world
        self.image = os.path.join(world.root, "image")
        self.next = self.image + ".next"
        with open(self.image, "wb") as file:
            file.truncate(IMAGE_MB << 20)
        self._run("mkfs.ext4", "-q", "-F", "-m", "0", self.image)
        if subprocess.run(["mount", *MOUNTED, self.image, world.inbox], capture_output=True).returncode != 0:
            raise Skipped("the kernel does not let us mount an image (mount -o loop)")
        shutil.rmtree(world.path("lost+found"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.kill_marked(self.world.mark)
        subprocess.run(["umount", "-l", self.world.inbox], check=True)

    @staticmethod
    def _run(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        require(done.returncode == 0, f"{command}: {done.stdout} {done.stderr}")

    def _traffic(self):
        """Writes that the block device has finished, and requests that it is at."""
        device = os.stat(self.world.inbox).st_dev
        with open(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/stat") as file:
            numbers = [int(word) for word in file.read().split()]
        return numbers[4], numbers[6], numbers[8]

    def _copy_of_an_instant(self):
        for _ in range(200):
            before = self._traffic()
            self._run("cp", "--sparse=always", self.image, self.next)
            if before == self._traffic() and before[2] == 0:
                return
            time.sleep(0.02)
        raise Failed("the device wrote through 200 copies")

    def lose_power(self):
        for pid, _ in process.marked(self.world.mark):
            try:
                os.kill(pid, signal.SIGSTOP)
            except ProcessLookupError:
                pass
        self._copy_of_an_instant()
        process.kill_marked(self.world.mark)
        self._unmount()
        os.rename(self.next, self.image)
        self._run("mount", *MOUNTED, self.image, self.world.inbox)

    def _unmount(self):
        """Whoever was killed may still be on his way out."""
        for _ in range(100):
            if subprocess.run(["umount", self.world.inbox], capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        self._run("umount", self.world.inbox)

    def is_sound(self):
        """After the last loss: what was replayed is a file system without a fault."""
        self._unmount()
        done = subprocess.run(["e2fsck", "-fn", self.image], capture_output=True, text=True)
        self._run("mount", *MOUNTED, self.image, self.world.inbox)
        require_equal(done.returncode, 0, f"e2fsck: {done.stdout}")


def _drop_durably(world, name, content):
    """What the writer was told is on the disk is what must not be lost."""
    world.dropped.append((name, content))
    part, whole = world.path("." + name), world.path(name)
    with open(part, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.rename(part, whole)
    folder = os.open(world.inbox, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _where(world, name):
    return [place or "the folder" for place in ("", "work", "done", "quarantine", "failed") if name in world.names(place)]


def _require_one_place(world):
    """Rejected rows bear the name of their file, with their reasons beside them."""
    for name, _ in world.dropped:
        places = _where(world, name)
        if "quarantine" in places and name + ".errors.ndjson" in world.names("quarantine"):
            places.remove("quarantine")
        require_equal(len(places), 1, f"places of {name} after the loss of power ({places})")


@scenario("disk-power-loss", 3, "power fails at any moment, on an ext4 image: each file that its writer synced is in one place, "
          "and no row is lost or comes twice", 150)
def disk_power_loss(world):
    world.use_database()
    draw = random.Random(world.seed)
    losses, moments = world.amount(10, 120), {}
    with Disk(world) as disk:
        for n in range(losses):
            batch = draw.choice([[], ["--batch", "4"]])
            watch = world.watch(*world.RETRY, *world.PERSISTENT, *batch)
            for i in range(draw.randint(1, 4)):
                _drop_durably(world, f"power-{n:03}-{i}.csv", world.writer.file(draw.choice([20, 200, 2000])))
                time.sleep(draw.uniform(0, 0.05))
            time.sleep(draw.uniform(0, 1.5))
            disk.lose_power()
            watch.wait()
            _require_one_place(world)
            place = _where(world, world.dropped[-1][0])[0]
            moments[place] = moments.get(place, 0) + 1
        disk.is_sound()
        world.drain(600)
        figures = world.check()
    return {"losses": losses, **{f"last file in {place}": count for place, count in sorted(moments.items())}, **figures}
