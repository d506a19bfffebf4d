"""Modes are set, not inherited: what nginx reads can be read, and what is for its owner alone is closed, whatever the umask."""

import os
import stat
import subprocess

import pytest

from feeds import FEED, feed, point_at
from minisign import Key
from servers import Hostile, Origin, body

PARTS = {"ipdb.mmdb": 0o444, "accounts.bin": 0o444, "rules.bin": 0o444, "MANIFEST.json": 0o444}

pytestmark = pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o027])


def modes(folder):
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in [folder, *folder.rglob("*")]}


def run(mask, site, *arguments, status=0):
    done = subprocess.run([site.program, *map(str, arguments)], cwd=site.folder, capture_output=True, text=True, timeout=120,
                          check=False, umask=mask)
    assert done.returncode == status, (done.stdout, done.stderr)
    return done


def generation(number, **further):
    return {f"gen-{number:06}": 0o755, **{f"gen-{number:06}/{name}": mode for name, mode in {**PARTS, **further}.items()}}


def test_what_is_published_can_be_read(site, mask):
    run(mask, site, "publish")
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    run(mask, site, "publish")
    run(mask, site, "rollback")
    assert modes(site / "data") == {".": 0o755, ".lock": 0o644, "CURRENT": 0o644, "HOLD.json": 0o644,
                                    **generation(1), **generation(2)}


def test_a_signed_generation_can_be_read(site, mask):
    key = Key(site.folder, "site")
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + f"sign_key: {key.secret}\n")
    run(mask, site, "publish")
    assert modes(site / "data").items() >= generation(1, **{"MANIFEST.json.minisig": 0o444}).items()


def test_folders_above_that_are_made_can_be_entered(site, mask):
    site.replace("site.yaml", "data: data", "data: var/lib/abm/acme")
    run(mask, site, "publish")
    assert modes(site / "var").items() >= {".": 0o755, "lib": 0o755, "lib/abm": 0o755, "lib/abm/acme": 0o755}.items()


def test_a_fetched_feed_is_for_the_publisher_and_its_state_for_all(site, mask):
    with Hostile({FEED: body(feed())}) as server:
        point_at(site, server.url(FEED))
        run(mask, site, "sync")
    assert modes(site / "data") == {".": 0o755, "feed": 0o750, "feed/accounts.ndjson": 0o640, "state": 0o755,
                                    "state/.lock": 0o644, "state/feed.json": 0o644}


def test_a_mirror_can_be_read(site, tmp_path, mask):
    site.run("publish")
    node = tmp_path / "node"
    with Origin(tmp_path / "nginx", site / "data") as origin:
        run(mask, site, "sync", "--mirror", origin.url(), "--data", node)
    assert modes(node) == {".": 0o755, ".lock": 0o644, "CURRENT": 0o644, "state": 0o755, "state/.lock": 0o644,
                           "state/mirror.json": 0o644, **generation(1)}


def test_a_part_that_arrived_in_pieces_can_be_read(site, tmp_path, mask):
    site.run("publish")
    node = tmp_path / "node"
    incoming = node / ".incoming-gen-000001"
    incoming.mkdir(parents=True)
    for folder in (node, incoming):
        folder.chmod(0o755)
    whole = (site / "data/gen-000001/accounts.bin").read_bytes()
    (incoming / "accounts.bin.part").write_bytes(whole[:len(whole) // 2])
    (incoming / "accounts.bin.part").chmod(0o600)
    with Origin(tmp_path / "nginx", site / "data") as origin:
        run(mask, site, "sync", "--mirror", origin.url(), "--data", node)
    assert modes(node).items() >= generation(1).items()


def test_a_new_site_can_be_read_by_agent_and_nginx(empty, mask):
    run(mask, empty, "init", "sites/acme")
    run(mask, empty, "publish", "--site", "sites/acme")
    found = modes(empty / "sites")
    assert found["acme/site.yaml"] == 0o644 and found["acme/rules/fragments"] == 0o755
    for name, mode in found.items():
        folder = (empty / "sites" / name).is_dir()
        expected = 0o755 if folder else 0o444 if "/gen-" in name else 0o644
        assert mode == expected, name


def test_what_a_report_says_stays_as_closed_as_its_user_wants_it(empty, mask):
    (empty / "visits.jsonl").write_text("")
    run(mask, empty, "report", "visits.jsonl", "--output", "report.html")
    assert stat.S_IMODE(os.stat(empty / "report.html").st_mode) == 0o644 & ~mask


def test_a_checkpoint_is_for_its_owner(empty, mask):
    (empty / "visits.jsonl").write_text("")
    subprocess.run([empty.program, "ship", "--server", "nats://127.0.0.1:1", "--timeout", "1", "visits.jsonl"], cwd=empty.folder,
                   capture_output=True, check=False, umask=mask, timeout=60)
    assert stat.S_IMODE(os.stat(empty / "visits.jsonl.ship.lock").st_mode) == 0o600
