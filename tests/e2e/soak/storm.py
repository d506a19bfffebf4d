"""What happens to nginx meanwhile: generations swap, HUP, killed workers, binary upgrades and their rollback."""

import os
import random
import signal
import time

from harness.nginx import wait_for_end


class Storm:
    def __init__(self, nginx, example, visitors):
        self.nginx, self.example, self.visitors = nginx, example, visitors
        self.chance = random.Random(1)
        self.counts = {"swaps": 0, "reloads": 0, "kills": 0, "upgrades": 0, "rollbacks": 0}
        self.current = example.generations[-1]

    def run(self, seconds):
        """Four swaps per second; 30 HUPs, 8 kills, 2 upgrades that are rolled back and 1 that stays, in 120 seconds."""
        start = time.monotonic()
        due = {self.swap: 0.25, self.reload: seconds / 34, self.kill: seconds / 9, self.roll_back: seconds / 2.9,
               self.upgrade: seconds / 1.9}
        next_time = {what: start + every for what, every in due.items()}
        while time.monotonic() - start < seconds:
            for what, every in due.items():
                if time.monotonic() >= next_time[what]:
                    what()
                    next_time[what] = max(next_time[what] + every, time.monotonic())
            time.sleep(0.02)

    def swap(self):
        self.current = self.chance.choice([number for number in self.example.generations if number != self.current])
        self.example.flip(self.current)
        self.counts["swaps"] += 1

    def reload(self):
        self.nginx.signal(signal.SIGHUP)
        self.counts["reloads"] += 1

    def kill(self):
        workers = self.nginx.workers()
        if not workers:
            return
        self.visitors.kills.append(time.monotonic() + 0.5)  # its connections end within this time
        os.kill(self.chance.choice(workers), signal.SIGKILL)
        self.counts["kills"] += 1

    def roll_back(self):
        old, new = self.start_new_binary()
        os.kill(old, signal.SIGHUP)  # the old one serves again …
        self.wait_for(lambda: self.workers_of(old, new))
        os.kill(new, signal.SIGQUIT)  # … and the new one exits
        wait_for_end(new, 30)
        self.wait_for(lambda: self.nginx.master_now() == old)
        self.counts["rollbacks"] += 1

    def upgrade(self):
        old, _ = self.start_new_binary()
        os.kill(old, signal.SIGQUIT)
        wait_for_end(old, 30)
        self.counts["upgrades"] += 1

    def start_new_binary(self):
        old = self.nginx.master()
        os.kill(old, signal.SIGUSR2)
        self.wait_for(lambda: (self.nginx.folder / "nginx.pid.oldbin").exists()
                      and self.nginx.master_now() not in (None, old))
        new = self.nginx.master()
        self.wait_for(lambda: self.workers_of(new))
        os.kill(old, signal.SIGWINCH)
        self.wait_for(lambda: not self.workers_of(old, new))
        return old, new

    # The new binary's master is a child of the old master.
    @staticmethod
    def workers_of(master, new=None):
        with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as children:
            return [child for child in map(int, children.read().split()) if child != new]

    # Generations keep swapping while a step of an upgrade is under way.
    def wait_for(self, condition, seconds=30):
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("a step of the binary upgrade did not happen")
            time.sleep(0.25)
            self.swap()
