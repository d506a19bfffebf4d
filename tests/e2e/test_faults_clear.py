"""A fault that is gone is gone from every place within one look; a rollback that holds is told."""

import os
import re

import pytest

from harness.client import fetch
from harness.nginx import STATUS
from harness.site import ALPHA, ALPHA_PAGE, RULES
from harness.waiting import wait_for


@pytest.fixture
def watched(serve, own_site):
    """nginx with two generations, and the second in use."""
    own_site.publish()
    own_site.write_rules(RULES.replace("Made for presses", "Made for hammers"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    assert nginx.status()["generation"] == 2
    return nginx


def gauge(nginx, name):
    return int(re.search(rf"^{name} (\d+)$", fetch(nginx.port, "/status?format=prometheus").body.decode(), re.M)[1])


def faulty(nginx):
    seen = {nginx.status()["last_fault"] is not None, bool(gauge(nginx, "abm_last_publish_refused"))}
    return seen.pop() if len(seen) == 1 else None


def break_and_mend(site, way):
    """What breaks what is published, and what mends it without a publication."""
    current, part = site.data / "CURRENT", site.data / "gen-000001/rules.bin"
    first = current.read_text()

    def write(text):
        temporary = site.data / "CURRENT.new"
        temporary.write_text(text)
        os.rename(temporary, current)

    def damage():
        part.chmod(0o644)
        part.write_bytes(b"damaged")
        write("gen-000001\n")

    def keep_the_file():
        os.rename(current, site.data / "kept")
        write("gen-000007\n")

    return {
        "group may write": (lambda: site.data.chmod(0o775), lambda: site.data.chmod(0o755)),
        "no such generation": (lambda: write("gen-000009\n"), lambda: write(first)),
        "a damaged generation, then a rollback to the one in use": (damage, lambda: site.abmctl("rollback", "2")),
        "the same CURRENT comes back": (keep_the_file, lambda: os.rename(site.data / "kept", current)),
        "CURRENT is gone": (lambda: os.rename(current, site.data / "kept"), lambda: os.rename(site.data / "kept", current)),
        "the folder is gone": (lambda: os.rename(site.data, site.folder / "away"), lambda: os.rename(site.folder / "away", site.data)),
    }[way]


@pytest.mark.parametrize("way", ["group may write", "no such generation", "a damaged generation, then a rollback to the one in use",
                                 "the same CURRENT comes back", "CURRENT is gone", "the folder is gone"])
def test_a_fault_that_is_gone_is_gone_from_every_place(watched, own_site, way):
    assert faulty(watched) is False
    spoil, mend = break_and_mend(own_site, way)
    for _ in range(2):
        spoil()
        wait_for(lambda: faulty(watched))
        assert b"hammers" in fetch(watched.port, ip=ALPHA).body
        mend()
        wait_for(lambda: faulty(watched) is False)
    assert watched.errors().count(f'nothing is wrong with "{own_site.data}" any more') == 2
    assert watched.status()["generation"] == 2


def test_a_rollback_that_holds_is_told(watched, own_site):
    assert watched.status()["rules_held"] is None and gauge(watched, "abm_rules_held") == 0
    own_site.abmctl("rollback")
    wait_for(lambda: fetch(watched.port, ip=ALPHA).body == ALPHA_PAGE)
    wait_for(lambda: gauge(watched, "abm_rules_held") == 1)
    held = watched.status()["rules_held"]
    assert held["generation"] == 1 and held["since"].startswith("20") and held["by"]
    own_site.version += 1
    accounts = (own_site.folder / "accounts.ndjson").read_text()
    (own_site.folder / "accounts.ndjson").write_text(accounts.replace('"version": 1,', '"version": 7,'))
    own_site.publish()
    wait_for(lambda: watched.status()["feed"]["version"] == 7)
    assert fetch(watched.port, ip=ALPHA).body == ALPHA_PAGE and gauge(watched, "abm_rules_held") == 1
    (own_site.data / "HOLD.json").write_text("{}")
    wait_for(lambda: "damaged" in watched.status()["rules_held"].get("fault", ""))
    assert gauge(watched, "abm_rules_held") == 1
    own_site.abmctl("publish", "--resume")
    wait_for(lambda: b"hammers" in fetch(watched.port, ip=ALPHA).body)
    wait_for(lambda: watched.status()["rules_held"] is None and gauge(watched, "abm_rules_held") == 0)
