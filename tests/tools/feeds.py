"""Feeds for the tests of sync, sites that fetch them, and what an operator reads if one is refused."""

import json
import time

import pytest

from servers import Hostile, Origin, body

FEED = "/abm/accounts.ndjson"
DAY = 86400


def stamp(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


def feed(version=100, count=4, tenant="acme-web", expires=None):
    header = {"abm": "accounts/1", "tenant": tenant, "version": version, "generated_at": "2026-11-22T03:33:20Z"}
    if expires is not None:
        header["expires_at"] = stamp(expires)
    names = ["deere", "ford", "rival", "smallco"] + [f"account-{i}" for i in range(4, count)]
    lines = [header] + [{"id": name, "name": name.title()} for name in names[:count]]
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def point_at(site, url, **more):
    """site.yaml gets its feed from `url`."""
    keys = "".join(f", {key}: {value}" for key, value in more.items())
    (site / "site.yaml").write_text(
        f"abm: site/1\ndata: data\naccounts: {{ from: '{url}', max_shrink: 50%{keys} }}\n"
        "networks:\n  - { csv: networks.csv }\n  - { exclude: exclude.csv }\nrules: [rules/*.yaml]\nkeep: 3\n")


def temporary_files(site):
    return [path for path in (site / "data").rglob("*") if "tmp" in path.name or path.name.startswith(".incoming")]


def refused(site, *arguments, status=1, **options):
    """Returns what the operator reads, and checks that only the state has changed."""
    copy = site / "data/feed/accounts.ndjson"
    before = copy.read_bytes() if copy.exists() else None
    message = site.errors("sync", *arguments, status=status, **options)
    assert (copy.read_bytes() if copy.exists() else None) == before
    assert temporary_files(site) == []
    return message


@pytest.fixture
def origin(tmp_path):
    with Origin(tmp_path / "nginx", tmp_path / "origin") as running:
        (running.root / "abm").mkdir()
        running.put = lambda content, name="accounts.ndjson": (running.root / "abm" / name).write_bytes(content)
        running.put(feed())
        yield running


@pytest.fixture
def hostile():
    with Hostile({}) as running:
        yield running


@pytest.fixture
def accepted(site, hostile):
    """A site that has accepted version 100 from the hostile server, which was honest at that point."""
    hostile.answers[FEED] = body(feed(), ETag='"v100"')
    point_at(site, hostile.url(FEED), max_size="1M")
    site.run("sync")
    site.run("publish")
    return site
