"""Whoever publishes, a data folder goes on belonging to its owner: root gives what it writes away, others are refused, and what
cannot be deleted does not keep anybody from publishing."""

import json
import os
import pwd
import sqlite3
import stat
import subprocess

import pytest

import nats
from feeds import FEED, feed, point_at
from servers import Hostile, Origin, body

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to be several users")

OWNER = "nobody"
OTHER = "daemon"


def ids(user):
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid


def give(path, user):
    os.chown(path, *ids(user), follow_symlinks=False)
    if path.is_dir() and not path.is_symlink():
        for each in path.rglob("*"):
            os.chown(each, *ids(user), follow_symlinks=False)


def run_as(user, site, *arguments, status=0, root_group=False):
    uid, gid = ids(user)
    done = subprocess.run([site.program, *map(str, arguments)], cwd=site.folder, capture_output=True, text=True, timeout=120,
                          check=False, user=uid, group=gid, extra_groups=[])
    assert status in (None, done.returncode), (arguments, done.returncode, done.stdout, done.stderr)
    return done


def strangers(folder, user=OWNER):
    uid, gid = ids(user)
    return [str(path.relative_to(folder)) for path in [folder, *folder.rglob("*")]
            if (path.lstat().st_uid, path.lstat().st_gid) != (uid, gid)]


@pytest.fixture
def owned(site):
    """A site whose data folder belongs to OWNER, as the agent's does."""
    (site / "data").mkdir()
    give(site / "data", OWNER)
    return site


def doctor(site):
    report = json.loads(site.run("doctor", "--nginx", "/nowhere", "--data", "data", "--json", status=None).stdout)
    found = {}
    for finding in report["findings"]:
        found.setdefault((finding["check"], finding["state"]), []).append(f"{finding['message']} → {finding['remedy']}")
    return found


def test_what_root_publishes_belongs_to_the_folders_owner_who_goes_on(owned):
    owned.run("publish")
    assert strangers(owned / "data") == []
    owned.replace("rules/home.yaml", "Winter offer", "Spring offer")
    owned.run("publish", "--force")
    owned.run("rollback")
    assert strangers(owned / "data") == []
    owned.replace("site.yaml", "keep: 3", "keep: 1")
    for number in (3, 4):
        done = run_as(OWNER, owned, "publish", "--resume", "--force", "--json")
        assert json.loads(done.stdout)["generation"] == number and json.loads(done.stdout)["warnings"] == []
    assert sorted(path.name for path in (owned / "data").iterdir()) == [".lock", "CURRENT", "gen-000004"]
    assert ("owner", "ok") in doctor(owned)


ENGAGEMENT = "engagement: { visits: [ visits.jsonl ] }\n"


def with_engagement(site):
    with open(site / "site.yaml", "a", encoding="utf-8") as text:
        text.write(ENGAGEMENT)
    (site / "visits.jsonl").write_text(nats.line(1, account="ford"))


def test_what_root_reads_of_visits_belongs_to_the_folders_owner_who_goes_on(owned):
    with_engagement(owned)
    owned.run("publish")
    assert strangers(owned / "data") == []
    assert stat.S_IMODE((owned / "data/engagement.db").stat().st_mode) == 0o600
    run_as(OWNER, owned, "engagement", "--fold")
    assert run_as(OWNER, owned, "publish").returncode == 0
    # As an older version left it, while somebody has it open.
    reader = sqlite3.connect(owned / "data/engagement.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM visit").fetchall()
    for name in ("engagement.db", "engagement.db-wal", "engagement.db-shm"):
        os.chown(owned / "data" / name, 0, 0)
    owned.run("engagement", "--fold")
    assert strangers(owned / "data") == []
    reader.close()


def test_a_database_of_visits_that_belongs_to_another_user_is_told_everywhere(owned):
    with_engagement(owned)
    run_as(OWNER, owned, "publish")
    for path in (owned / "data").glob("engagement.db*"):
        os.chown(path, 0, 0)
    what = f"engagement.db: belongs to user 'root', and this is user '{OWNER}': as root, give the data folder back to its owner"
    done = run_as(OWNER, owned, "publish", status=1)
    assert what in done.stderr and "chown -R" in done.stderr
    assert what in owned.text("status") and "engagement.db" in "".join(doctor(owned)["owner", "problem"])
    assert what in run_as(OWNER, owned, "engagement", "--fold", status=2).stderr


def test_root_gives_no_file_away_that_a_link_leads_to(owned):
    with_engagement(owned)
    secret = owned / "secret"
    secret.write_bytes(b"")
    os.link(secret, owned / "data/engagement.db")
    assert f"engagement.db: is not a file of user '{OWNER}': remove it" in owned.errors("publish", status=1)
    assert secret.stat().st_uid == 0
    (owned / "data/engagement.db").unlink()
    (owned / "data/engagement.db").symlink_to(owned / "new")
    assert f"engagement.db: is not a file of user '{OWNER}': remove it" in owned.errors("publish", status=1)
    assert not (owned / "new").exists()


def test_a_folder_that_root_makes_belongs_to_whom_the_one_above_belongs(site):
    above = site / "var"
    above.mkdir()
    give(above, OWNER)
    site.replace("site.yaml", "data: data", "data: var/abm/acme")
    site.run("publish")
    assert strangers(above) == []


@pytest.mark.parametrize("command", [("publish",), ("rollback",), ("sync",)])
def test_another_user_is_refused_and_told_who_to_be(owned, command):
    owned.run("publish")
    before = owned.current()
    done = run_as(OTHER, owned, *command, status=None)
    assert done.returncode != 0
    assert f"data: belongs to user '{OWNER}', and this is user '{OTHER}': run it as that user (sudo -u {OWNER} …)" in done.stderr
    assert owned.current() == before and strangers(owned / "data") == []


def test_what_root_fetches_belongs_to_the_folders_owner(owned):
    with Hostile({FEED: body(feed(), ETag='"a"')}) as server:
        point_at(owned, server.url(FEED))
        owned.run("sync")
        assert strangers(owned / "data") == []
        assert stat.S_IMODE((owned / "data/feed").stat().st_mode) == 0o750
        server.answers[FEED] = body(feed(version=101), ETag='"b"')
        assert "accepted feed version 101" in run_as(OWNER, owned, "sync").stdout


def test_what_root_mirrors_belongs_to_the_folders_owner(owned, tmp_path):
    owned.run("publish")
    node = tmp_path / "node"
    node.mkdir()
    give(node, OWNER)
    with Origin(tmp_path / "nginx", owned / "data") as origin:
        mirror = ("sync", "--mirror", origin.url(), "--data", node)
        owned.run(*mirror)
        assert strangers(node) == []
        assert f"belongs to user '{OWNER}'" in run_as(OTHER, owned, *mirror, status=2).stderr
        owned.replace("rules/home.yaml", "Winter offer", "Spring offer")
        owned.run("publish")
        assert "generation 2 serves" in run_as(OWNER, owned, *mirror).stdout
        assert strangers(node) == []


def left_by_root(site):
    """What a publication as root left in somebody's folder before it gave things away."""
    site.run("publish")
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    site.run("publish")
    data = site / "data"
    for path in (data / "gen-000001", *(data / "gen-000001").iterdir(), data / ".lock"):
        os.chown(path, 0, 0)
    leftover = data / ".tmp-gen-000002-1"
    leftover.mkdir()
    (leftover / "rules.bin").write_text("half")
    return data


def test_what_cannot_be_deleted_is_warned_of_and_keeps_nobody_from_publishing(owned):
    data = left_by_root(owned)
    owned.replace("site.yaml", "keep: 3", "keep: 1")
    for number in (3, 4):
        result = json.loads(run_as(OWNER, owned, "publish", "--force", "--json").stdout)
        assert result["generation"] == number and owned.current() == f"gen-{number:06}\n"
        said = "\n".join(result["warnings"])
        assert "a leftover stays: " in said and "an old generation stays: " in said
        assert "gen-000001: belongs to user 'root', and this is user 'nobody': as root, give the data folder back" in said
    assert sorted(path.name for path in (data / "gen-000001").iterdir()) == [
        "MANIFEST.json", "accounts.bin", "ipdb.mmdb", "rules.bin"]
    (problem,) = doctor(owned)[("owner", "problem")]
    assert "(user 'root')" in problem and "and 5 more do not belong to user 'nobody'" in problem
    group = pwd.getpwnam(OWNER).pw_gid
    assert f"→ chown -R {OWNER}:" in problem and group is not None
    subprocess.run(problem.split("→ ")[1].split(), check=True, cwd=owned.folder)
    assert json.loads(run_as(OWNER, owned, "publish", "--force", "--json").stdout)["warnings"] == []
    assert sorted(path.name for path in data.iterdir()) == [".lock", "CURRENT", "gen-000005"]
    assert ("owner", "ok") in doctor(owned)


def test_a_lock_that_root_left_locked_up_is_named(owned):
    owned.run("publish")
    os.chown(owned / "data/.lock", 0, 0)
    os.chmod(owned / "data/.lock", 0o600)
    assert "data/.lock: permission denied" in run_as(OWNER, owned, "publish", "--force", status=2).stderr
    owned.run("publish", "--force")  # root mends it
    run_as(OWNER, owned, "publish", "--force")


def test_the_agents_state_that_root_left_is_named_and_mended(owned):
    owned.run("publish")
    state = owned / "data/state"
    state.mkdir()
    done = run_as(OWNER, owned, "sync", status=2)
    assert "data/state: belongs to user 'root', and this is user 'nobody': as root, give the data folder back" in done.stderr
    assert any("state (user 'root')" in problem for problem in doctor(owned)[("owner", "problem")])
    owned.run("sync")
    assert strangers(owned / "data") == []
    run_as(OWNER, owned, "sync")


def test_a_fault_that_the_agent_left_is_found(owned):
    owned.run("publish")
    state = owned / "data/state"
    state.mkdir()
    (state / "agent.json").write_text(json.dumps({
        "abm": "agent-state/1", "started_at": "2026-01-01T00:00:00Z", "generation": 1, "published_at": None,
        "refused_at": "2026-01-02T03:04:05Z", "errors": 1, "fault": "rules/home.yaml:1:1: no"}))
    give(state, OWNER)
    (problem,) = doctor(owned)[("agent", "problem")]
    assert "the agent has not published since 2026-01-02T03:04:05Z: rules/home.yaml:1:1: no" in problem


@pytest.mark.parametrize("kind", ["symbolic", "hard"])
@pytest.mark.parametrize("name", [".lock", "state/.lock"])
def test_links_that_the_owner_lays_lead_root_nowhere(owned, tmp_path, name, kind):
    """The owner of a folder must not be able to make root write to, or give away, a file outside of it."""
    secret = owned / "secret"
    secret.write_text("root's own")
    secret.chmod(0o600)
    owned.run("publish")
    (owned / "data/state").mkdir(exist_ok=True)
    path = owned / "data" / name
    path.unlink(missing_ok=True)
    path.symlink_to(secret) if kind == "symbolic" else os.link(secret, path)
    give(owned / "data/state", OWNER) if name == ".lock" else os.chown(owned / "data/state", *ids(OWNER))
    owned.run(*(("publish", "--force") if name == ".lock" else ("sync",)), status=None)
    assert secret.read_text() == "root's own" and secret.stat().st_uid == 0 and stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_the_checkpoint_of_ship_belongs_to_its_folders_owner(owned, tmp_path):
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "visits.jsonl").write_text("")
    give(logs, OWNER)
    owned.run("ship", "--server", "nats://127.0.0.1:1", "--timeout", "1", logs / "visits.jsonl", status=None)
    assert strangers(logs) == []
    assert stat.S_IMODE((logs / "visits.jsonl.ship.lock").stat().st_mode) == 0o600
