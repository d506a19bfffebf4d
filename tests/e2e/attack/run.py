"""One composition after another: nginx with the module next to nginx without it, visitors at both, swaps meanwhile."""

import collections
import pathlib
import random
import shutil
import subprocess
import threading
import time

from harness.nginx import ABM, STATUS, Nginx
from harness.places import ABMCTL, free_port
from harness.site import ACCOUNTS, RULES, Site
from harness.upstream import Upstream
from harness.waiting import wait_for

from . import origin
from .composition import Composition
from .visitors import Failure, Visitors

GENERATIONS = 3
MARK = """
  - id: edition-{number}
    when: {{ tier: [one-to-one, one-to-many], path: /** }}
    priority: 5
    rewrite: {{ headline: {{ text: "Edition {number} for {{{{ account.name }}}}", add_class: e{number} }} }}
"""


class Published:
    """A few generations, and what `abmctl render` makes of a page in each."""

    def __init__(self, folder):
        self.site = Site(folder)
        for number in range(1, GENERATIONS + 1):
            self.site.write_accounts([{**account, "stage": f"stage-{number}", "name": f"{account['name']} {number}"} for account in ACCOUNTS])
            self.site.write_rules(RULES + MARK.format(number=number) + ("" if number < 3 else "control: { percent: 50, salt: attack }\n"))
            self.site.publish()
        self.data, self.folder = self.site.data, folder
        self.rendered, self.lock = {}, threading.Lock()

    def flip(self, number):
        temporary = self.data / "CURRENT.attack"
        temporary.write_text(f"gen-{number:06d}\n")
        temporary.rename(self.data / "CURRENT")

    def render(self, number, account, path, charset, body):
        """Cached, because many requests are for the same page."""
        key = (number, account, path, charset, body)
        with self.lock:
            if key not in self.rendered:
                page = self.folder / "page.html"
                page.write_bytes(body)
                done = subprocess.run(self.site_command("render", "--generation", str(number), "--account", account, "--url",
                                                        f"http://www.example.com{path}", f"--charset={charset or 'us-ascii'}", str(page)), capture_output=True, check=False, timeout=60)
                if done.returncode != 0:
                    raise Failure(f"abmctl render {key[:4]}: {done.stderr.decode()[:500]}")
                self.rendered[key] = done.stdout
            return self.rendered[key]

    def site_command(self, command, *arguments):
        return [ABMCTL, command, "--site", self.folder / "site.yaml", *arguments]


class Pair:
    """The two nginx of one composition."""

    def __init__(self, folder, seed, published, upstream, root):
        chance = random.Random(f"resources {seed}")
        resources = chance.sample(origin.RESOURCES, 4) + chance.sample(origin.USUAL, 4)
        self.composition = Composition(seed, resources)
        self.ours = self.nginx(folder / "ours", True, published, upstream, root)
        self.plain = self.nginx(folder / "plain", False, published, upstream, root)

    def nginx(self, folder, on, published, upstream, root):
        folder.mkdir(parents=True)
        values = {"http://UP": f"http://127.0.0.1:{upstream.port}", "ROOT": str(root), "CACHE": str(folder / "cache"), "DATA": str(published.data)}
        before = self.composition.text(self.composition.before, on, values)
        server = self.composition.text(self.composition.server, on, values)
        h2 = free_port()
        if on:
            before += f" access_log {folder}/early.log early;"
            server += STATUS
        else:
            before = "map $http_x_none $nothing { default ''; } " + before
        abm = ABM.replace("50ms", "10ms").format(data=published.data) if on else "access_log off;"
        nginx = Nginx(folder, data=published.data, upstream=upstream.port, load=on, abm=abm, workers=2, http=before, plain_server="",
                      server=f"listen 127.0.0.1:{h2} http2; {server}")
        if not on:
            nginx.config.write_text(nginx.config.read_text().replace("abm on;", ""))
        # A fault of nginx itself: post_action sends a body whose file is closed.
        nginx.allowed.append(r"(pread|sendfile)\(\) .*failed \(9: Bad file descriptor\) while sending request to upstream")
        nginx.h2 = h2
        return nginx


def serving(nginx):
    """Process ids of the workers, without the cache processes."""
    def title(pid):
        try:
            return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return b""
    return sorted(pid for pid in nginx.workers() if b"worker process" in title(pid))


class Attack:
    def __init__(self, folder, say=lambda text: None):
        self.folder, self.say = pathlib.Path(folder), say
        self.published = Published(self.folder / "site")
        self.upstream = Upstream()
        origin.serve(self.upstream)
        origin.files(self.folder / "root")
        self.counts = collections.Counter()

    def close(self):
        self.upstream.close()

    def composition(self, seed, requests=30, threads=3):
        """Composes, attacks and checks one configuration; raises Failure with everything needed to reproduce it."""
        folder = self.folder / "composition"
        shutil.rmtree(folder, ignore_errors=True)
        pair = Pair(folder, seed, self.published, self.upstream, self.folder / "root")
        try:
            self.attack(pair, seed, requests, threads)
        except Exception as error:  # whatever went wrong, the configuration is needed
            text = pair.ours.config.read_text()
            raise Failure(f"seed {seed}: {error}\n--- nginx.conf of seed {seed}, at {pair.ours.config}\n{text}\n--- its error log\n"
                          f"{pair.ours.errors()[-3000:]}") from error
        finally:
            for nginx in (pair.ours, pair.plain):
                nginx.stop()
            self.upstream.requests.clear()

    def attack(self, pair, seed, requests, threads):
        self.published.flip(1)
        pair.ours.start()
        pair.plain.start()
        wait_for(lambda: len(serving(pair.ours)) == 2)
        workers = serving(pair.ours)
        visitors = Visitors(pair, self.published, seed)
        visitors.warm_up()
        over = threading.Event()
        swapping = threading.Thread(target=self.swap, args=(random.Random(f"swaps {seed}"), over))
        swapping.start()
        try:
            visitors.run(requests, threads)
        finally:
            over.set()
            swapping.join()
        if serving(pair.ours) != workers:
            raise Failure("a worker died")
        lines = self.settle(pair)
        visitors.check_against(lines)
        self.check_counters(pair, lines)
        self.counts["spliced"] += pair.ours.status()["gzip"]["spliced"]
        self.counts.update(visitors.counts)
        self.counts["compositions"] += 1
        self.counts["visit lines"] += len(lines)
        for nginx in (pair.ours, pair.plain):
            nginx.stop()
        pair.ours.check_errors()

    def swap(self, chance, over):
        while not over.wait(chance.choice([0.01, 0.03, 0.1])):
            self.published.flip(chance.randint(1, GENERATIONS))
            self.counts["swaps"] += 1

    @staticmethod
    def settle(pair):
        """Every visit line; post_action, mirrors and clients that left end in their own time."""
        def quiet():
            before = pair.ours.visits()
            time.sleep(0.15)
            status = pair.ours.status()
            return len(pair.ours.visits()) == len(before) == status["visits"]["built"]
        wait_for(quiet, 20)
        return pair.ours.visits()

    @staticmethod
    def check_counters(pair, lines):
        status = pair.ours.status()
        if status["identified"] != status["personalized"] + status["original"]:
            raise Failure(f"counters do not add up: {status}")
        if status["original"] != sum(status["skips"].values()):
            raise Failure(f"skips do not add up: {status}")
        counted = [line for line in lines if line["skip"] != "off"]
        if status["identified"] != len(counted) or status["personalized"] != sum(line["page"] == "personalized" for line in counted):
            raise Failure(f"counters are not the visit lines': {len(counted)} lines, {status}")
        applied = sum(list(rule["slots"].values()).count("applied") for line in counted for rule in line["rules"])
        if status["slots"]["applied"] != applied:
            raise Failure(f"{applied} slots applied by the visit lines, {status['slots']} by the counters")
        for name in ("exceptions", "out_of_memory", "faults"):
            if status[name]:
                raise Failure(f"{name}: {status[name]}")


def attack(folder, seconds, seed, say, only=None):
    """Attacks for that long and returns what was done. `only` repeats one composition."""
    one = Attack(folder, say)
    deadline = time.monotonic() + seconds
    number = 0
    try:
        while time.monotonic() < deadline:
            name = f"{seed}/{only if only is not None else number}"
            one.composition(name)
            say(f"attack: {name}: {one.counts['requests']} requests so far, {one.counts['personalized']} of them personalized")
            number += 1
    finally:
        one.close()
    return one.counts
