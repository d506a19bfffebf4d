"""What the agent sees change although no file it watches is written: links and folders above that are exchanged, mounts,
permissions, and files whose writer never closes them."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from test_agent import edited, rules, start  # noqa: F401: a fixture
from test_hold import newer_feed


def exchange(link, target):
    new = link.with_name("new-link")
    new.symlink_to(target)
    os.replace(new, link)


def slow(site, look="1h"):
    """Only events publish, unless `look` is short."""
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + f"agent: {{ look: {look} }}\n")


@pytest.fixture
def releases(site):
    """rules: [ ../rel/current/*.yaml ], with `current` a link to the newest of rel/1, rel/2 …"""
    rel = site.folder.parent / "rel"
    for number, offer in ((1, "Winter"), (2, "Spring"), (3, "Summer")):
        shutil.copytree(site / "rules", rel / str(number))
        home = rel / str(number) / "home.yaml"
        home.write_text(home.read_text().replace("Winter offer", f"{offer} offer"))
    (rel / "current").symlink_to("1")
    site.replace("site.yaml", "rules: [rules/*.yaml]", "rules: [../rel/current/*.yaml]")
    slow(site)
    return rel


def test_a_link_that_is_exchanged(start, releases):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    exchange(releases / "current", "2")
    agent.wait_for_generation(2)
    # What is watched now is the new folder, with its fragments.
    next((releases / "2/fragments").rglob("*.html")).write_text("<p>Another story</p>")
    agent.wait_for_generation(3)
    exchange(releases / "current", "3")
    agent.wait_for_generation(4)


def test_a_link_further_up(site, start, releases):  # noqa: F811
    shutil.move(releases, releases.with_name("rel-a"))
    shutil.copytree(releases.with_name("rel-a"), releases.with_name("rel-b"), symlinks=True)
    exchange(releases.with_name("rel-b") / "current", "2")
    releases.symlink_to(releases.with_name("rel-a"))
    agent = start()
    agent.wait_for_generation(1)
    exchange(releases, "rel-b")
    agent.wait_for_generation(2)


def test_a_chain_of_links(start, releases):  # noqa: F811
    (releases / "stable").symlink_to("1")
    exchange(releases / "current", "stable")
    agent = start()
    agent.wait_for_generation(1)
    exchange(releases / "stable", "3")
    agent.wait_for_generation(2)


def test_folders_above_that_are_renamed_and_come_back(start, releases):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    shutil.copytree(releases, releases.with_name("next"), symlinks=True)
    exchange(releases.with_name("next") / "current", "2")
    os.rename(releases, releases.with_name("before"))
    agent.wait_for("not published")
    os.rename(releases.with_name("next"), releases)
    agent.wait_for_generation(2)
    shutil.rmtree(releases)
    agent.wait_for("not published", count=2)
    os.rename(releases.with_name("before"), releases)
    agent.wait_for_generation(3)


def test_folders_that_a_pattern_finds_through_links(site, start, releases):  # noqa: F811
    site.replace("site.yaml", "rel/current/*.yaml", "rel/c*/home.yaml")
    agent = start()
    agent.wait_for_generation(1)
    home = releases / "1/home.yaml"
    home.write_text(home.read_text().replace("Winter", "Autumn"))
    agent.wait_for_generation(2)
    next((releases / "1/fragments").rglob("*.html")).write_text("<p>Another story</p>")
    agent.wait_for_generation(3)


def test_files_of_a_config_map(site, start):  # noqa: F811
    """Kubernetes: every file is a link through ..data, which is a link to a folder that is exchanged."""
    mounted = site.folder.parent / "mounted"

    def version(name, offer):
        folder = mounted / name
        folder.mkdir(parents=True)
        (folder / "home.yaml").write_text(edited(site, offer).replace("      case-study: { html_file: fragments/deere.html }\n", ""))
        for file in ("networks.csv", "exclude.csv", "accounts.ndjson"):
            shutil.copy(site / file, folder)
        text = (site / "site.yaml").read_text().replace("rules/*.yaml", "h*.yaml").replace("data: data", f"data: {site / 'data'}")
        (folder / "site.yaml").write_text(text + "agent: { look: 1h }\n")

    version("..2026_1", "Winter")
    (mounted / "..data").symlink_to("..2026_1")
    for file in ("site.yaml", "home.yaml", "networks.csv", "exclude.csv", "accounts.ndjson"):
        (mounted / file).symlink_to(f"..data/{file}")
    site.folder = mounted
    agent = start()
    site.folder = site.folder.parent / "site"
    agent.wait_for_generation(1)
    version("..2026_2", "Spring")
    exchange(mounted / "..data", "..2026_2")
    agent.wait_for_generation(2)
    shutil.rmtree(mounted / "..2026_1")
    version("..2026_3", "Summer")
    exchange(mounted / "..data", "..2026_3")
    agent.wait_for_generation(3)


def test_site_yaml_behind_a_link_that_is_exchanged(site, start):  # noqa: F811
    slow(site)
    (site / "v1").mkdir()
    (site / "v2").mkdir()
    os.rename(site / "site.yaml", site / "v1/site.yaml")
    (site / "v2/site.yaml").write_text((site / "v1/site.yaml").read_text().replace("keep: 3", "max_as_addresses: 1000"))
    (site / "live").symlink_to("v1")
    (site / "site.yaml").symlink_to("live/site.yaml")
    agent = start()
    agent.wait_for_generation(1)
    (site / "v2/site.yaml").write_text((site / "v2/site.yaml").read_text().replace("rules/*.yaml", "rules/h*.yaml"))
    rules(site).with_name("other.yaml").write_text("abm: rules/1\nrules: [")
    agent.wait_for("not published")
    exchange(site / "live", "v2")
    agent.wait_for("nothing is wrong any more")


def test_a_folder_that_something_is_mounted_over(site, start, tmp_path):  # noqa: F811
    slow(site, "1s")
    shutil.copytree(site / "rules", tmp_path / "other")
    home = tmp_path / "other/home.yaml"
    home.write_text(home.read_text().replace("Winter", "Spring"))
    agent = start()
    agent.wait_for_generation(1)
    done = subprocess.run(["mount", "--bind", tmp_path / "other", site / "rules"], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"needs the right to mount, a mount was NOT tried: {done.stderr.strip()}")
    try:
        agent.wait_for_generation(2)
        home.write_text(home.read_text().replace("Spring", "Summer"))
        agent.wait_for_generation(3)
    finally:
        subprocess.run(["umount", site / "rules"], check=True)
    agent.wait_for_generation(4)


def test_a_file_that_its_writer_keeps_open(site, start):  # noqa: F811
    """As on a network file system: the bytes are there, and no event tells."""
    slow(site, "1s")
    agent = start()
    agent.wait_for_generation(1)
    text = edited(site, "Spring")
    with open(rules(site), "r+") as file:
        file.write(text)
        file.truncate()
        file.flush()
        agent.wait_for_generation(2)


def test_a_file_that_is_still_being_written_is_not_taken(site, start):  # noqa: F811
    slow(site, "1s")
    agent = start()
    agent.wait_for_generation(1)
    whole = edited(site, "Spring").encode()
    with open(rules(site), "wb", buffering=0) as file:
        for at in range(0, len(whole), 80):
            file.write(whole[at:at + 80])
            time.sleep(0.3)
    agent.wait_for_generation(2)
    assert "not published" not in agent.said()


@pytest.mark.skipif(os.getuid() != 0, reason="needs two users, a closed folder was NOT tried")
def test_permissions_that_are_taken_and_given_back(site, start):  # noqa: F811
    slow(site, "1s")
    site.run("publish")
    agent = start()
    (site / "networks.csv").chmod(0o644)
    key = site / "absent.key"
    site.replace("site.yaml", "keep: 3", f"keep: 3\nsign_key: {key}")
    agent.wait(lambda: (site.json("status")["agent"] or {}).get("fault"), "no fault")
    site.replace("site.yaml", f"sign_key: {key}", "")
    agent.wait(lambda: site.json("status")["agent"]["fault"] is None, "the fault stays")


def test_a_refusal_that_a_rollback_mends_is_gone_within_one_look(site, start):  # noqa: F811
    slow(site, "1s")
    site.run("publish")
    newer_feed(site, 200)
    site.run("publish")
    agent = start()
    newer_feed(site, 150)
    agent.wait_for("feed version 150 is older than 200")
    site.run("rollback")
    agent.wait_for_generation(3)
    agent.wait(lambda: site.json("status")["agent"]["fault"] is None, "the fault stays")


def test_a_publication_by_hand_takes_the_fault_of_a_stopped_agent_away(site, start):  # noqa: F811
    slow(site)
    agent = start()
    agent.wait_for_generation(1)
    good = rules(site).read_text()
    rules(site).write_text(good.replace("    schedule:", "    schedul:"))
    agent.wait(lambda: site.json("status")["agent"]["fault"], "no fault")
    assert agent.stop(signal.SIGTERM) == 0
    rules(site).write_text(good)
    assert "up to date" in site.text("publish")
    assert site.json("status")["agent"]["fault"] is None


def test_faults_of_a_way_that_is_not_taken_any_more_are_gone(site):
    site.replace("site.yaml", "from: accounts.ndjson", "from: 'http://127.0.0.1:9/feed'")
    site.run("sync", status=1)
    site.run("sync", "--mirror", "http://127.0.0.1:9/", status=1)
    before = site.json("status", status=1)
    assert before["sync"]["failures"] == 1 and before["mirror"]["failures"] == 1
    site.replace("site.yaml", "from: 'http://127.0.0.1:9/feed'", "from: accounts.ndjson")
    site.run("publish")
    assert site.json("status")["sync"]["failures"] == 0 and site.json("status")["mirror"]["failures"] == 0
    assert "failed since" not in site.text("status")
