"""Every block of commands in every guide is run in a copy of the repository, while the example site is served with some
visits in its log.

A block that cannot run here says why: `sh needs=REASON`."""

import os
import pathlib
import shutil
import subprocess
import time

import pytest
from guides import ROOT, blocks, guides
from ports import free_port

BUILD = pathlib.Path(os.environ.get("ABM_BUILD", ROOT / "build")).resolve()
REASONS = {
    "root": "changes the system; tests/package does that in a clean root",
    "time": "builds or tests everything; ./run test is that",
    "network": "fetches something",
    "tool": "uses a program that the tests do not install",
    "service": "talks to something that must run elsewhere",
}
# A guide about the reader's own site is run in such a site.
IN_A_NEW_SITE = {"rules/LINKS.md", "rules/README.md", "rules/TESTING.md"}
PORTS = ("8080", "8081", "8082", "8088")


class Place:
    """A copy of the repository's files, with free ports in place of those in the guides."""

    def __init__(self, folder):
        self.folder = folder / "abm"
        self.ports = {port: str(free_port()) for port in PORTS}
        tracked = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], capture_output=True, check=True).stdout
        for name in filter(None, tracked.decode().split("\0")):
            if name.startswith(("tests/rewrite/", "tests/fuzz/")):
                continue  # thousands of files that no guide uses
            target = self.folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target)
        (self.folder / "build").symlink_to(BUILD)
        config = self.folder / "conf/nginx.conf"
        # Workers of a master started by root may not enter pytest's folders.
        user = "user root;\n" if os.getuid() == 0 else ""
        config.write_text(user + self.with_ports(config.read_text()))

    def with_ports(self, text):
        for port, free in self.ports.items():
            text = text.replace(port, free)
        return text

    def adapted(self, text):
        """A block as it is run here: with free ports, and the served site's log in place of the system's."""
        return self.with_ports(text).replace("/var/log/nginx/", f"{self.folder}/demo/logs/")

    def environment(self):
        return dict(os.environ, PATH=f"{BUILD}/tools:{os.environ['PATH']}:/usr/sbin", HOME=str(self.folder.parent),
                    ABM_GUIDES="1")

    def run(self, script, folder=None):
        return subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder or self.folder, capture_output=True,
                              text=True, check=False, timeout=240, env=self.environment())

    def must(self, script, folder=None):
        done = self.run(script, folder)
        assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """The example site, served as ./run demo does."""
    place = Place(tmp_path_factory.mktemp("guides"))
    demo = place.folder / "demo"
    for name in ("logs", "temp", "modules"):
        (demo / name).mkdir(parents=True)
    (demo / "pages").symlink_to(place.folder / "conf/pages")
    (demo / "modules/ngx_http_abm_module.so").symlink_to(BUILD / "module/ngx_http_abm_module.so")
    place.must("abmctl publish --site conf/site.yaml && abmctl publish --force --site conf/site.yaml")
    nginx = f"nginx -p {demo}/ -c {place.folder}/conf/nginx.conf -e {demo}/logs/error.log"
    place.must(nginx)
    for _ in range(100):
        if place.run(f"curl -sf http://127.0.0.1:{place.ports['8080']}/").returncode == 0:
            break
        time.sleep(0.05)
    # A day's visits for the analyst's guide.
    for address in ("164.121.3.4", "158.52.3.4", "143.217.1.2"):
        place.must(f"curl -sf -H 'X-Forwarded-For: {address}' http://127.0.0.1:{place.ports['8080']}/pricing >/dev/null")
    time.sleep(1.2)
    yield place
    place.run(f"{nginx} -s stop")


def runnable():
    return [guide for guide in guides() if any(block.language == "sh" for block in blocks(guide))]


@pytest.mark.parametrize("guide", runnable())
def test_every_block_of_commands_runs(place, guide, tmp_path):
    folder = place.folder
    if guide in IN_A_NEW_SITE:
        folder = tmp_path / "site"
        place.must(f"abmctl init {folder} && abmctl publish --site {folder}")
        shutil.copytree(place.folder / "conf", folder / "conf")
    for block in blocks(guide):
        if block.language != "sh" or block.needs:
            continue
        # Blocks of one guide share a folder but not a shell, like a reader's terminals.
        done = place.run(place.adapted(block.text), folder)
        assert done.returncode == 0, (f"{guide}:{block.line}: exit status {done.returncode}\n{block.text}\n"
                                      f"{done.stdout[-2000:]}{done.stderr[-2000:]}")


def test_blocks_that_are_not_run_say_why():
    for guide in guides():
        for block in blocks(guide):
            assert not block.needs or block.needs in REASONS, f"{guide}:{block.line}: needs={block.needs}"
            assert not block.needs or block.language == "sh", f"{guide}:{block.line}"
            assert block.language not in ("bash", "shell", "console"), f"{guide}:{block.line}: write sh, and it is run"
