"""Who published what and when, of which commit, and for how long one can tell."""

import getpass
import json
import os
import pathlib
import re
import socket
import subprocess
import time

import pytest

from abmctl_program import PROGRAM
import xxh3

WHEN = r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def git(site, *arguments):
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=A", "-c", "user.email=a@acme.example", "-c", "safe.directory=*"]
    done = subprocess.run(["git", *identity, *arguments], cwd=site.folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def committed(site):
    """The site in a repository, with all that matters committed."""
    git(site, "init", "-q")
    (site / ".gitignore").write_text("data\n*.swp\n")
    git(site, "add", "-A")
    git(site, "commit", "-qm", "first")
    return site


def made(site):
    return site.json("status")["made"]


def commit_and_tree(site, *arguments):
    site.run("publish", "--force", *arguments)
    return made(site).get("commit"), made(site).get("work_tree")


def test_user_host_and_what_is_in_it_are_named(site):
    site.run("publish")
    status = site.json("status")
    assert status["made"] == {"user": getpass.getuser(), "host": socket.gethostname(), "tests": "none"}
    assert status["counts"] == {"rules": 3, "accounts": 4, "fragments": 1, "claims": status["counts"]["claims"]}
    assert status["counts_before"] == {} and status["replaces"] is None and status["rules_from"] is None
    text = site.text("status")
    assert f"  published by {getpass.getuser()}@{socket.gethostname()}\n" in text
    assert "  the first: rules 3, accounts 4, fragments 1, networks " in text


def test_for_whom_sudo_ran_it_is_named(site, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "alice")
    site.run("publish")
    assert made(site)["sudo_user"] == "alice"
    assert f"published by {getpass.getuser()} (alice by sudo)@" in site.text("status")


def test_what_changed_is_told_in_numbers_or_by_name(site):
    site.run("publish")
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    site.run("publish")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n  - { id: m, when: { account: ford }, rewrite: { hero-cta: { text: M } } }\n")
    site.replace("accounts.ndjson", '"version":100', '"version":101')
    site.run("publish")
    site.run("publish", "--force")
    lines = site.text("log").splitlines()
    who = re.escape(f"{getpass.getuser()}@{socket.gethostname()}")
    for line, number, told in zip(lines, (4, 3, 2, 1), ("nothing", "rules 3 → 4, accounts changed", "rules changed", "rules 3, accounts 4, fragments 1, networks 3")):
        assert re.fullmatch(rf"[* ] gen-{number:06}  {WHEN}  {who}  {told}  no tests", line), (line, told)
    assert lines[0].startswith("* ") and lines[1].startswith("  ")
    assert site.text("log", "-n", "1").splitlines() == lines[:1]
    third = site.json("log")[1]
    assert (third["number"], third["replaces"], third["rules_from"], third["feed_version"]) == (3, 2, None, 101)
    assert third["counts"]["rules"] == 4 and third["counts_before"]["rules"] == 3
    assert third["made"]["changed"] == "accounts.bin, rules.bin" and third["current"] is False


def test_after_a_rollback_the_next_one_says_what_it_replaces(site):
    for text in ("Winter", "Spring", "Summer"):
        (site / "rules/home.yaml").write_text((site / "rules/home.yaml").read_text().replace("Winter offer", f"{text} offer"))
        site.run("publish", "--force")
    site.run("rollback", "1")
    site.run("publish", "--resume")
    assert site.json("log")[0]["replaces"] == 1
    assert site.text("log").splitlines()[0].startswith("* gen-000004")


def test_diff_says_who_made_both_sides_and_how_many_rules_there_are(site):
    site.run("publish")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n  - { id: m, when: { account: ford }, rewrite: { hero-cta: { text: M } } }\n")
    text = site.text("diff", status=None)
    assert re.search(rf"^generation 1: {WHEN}, {getpass.getuser()}@.*, no tests\nrules 3 → 4\n", text, re.M), text
    sides = site.json("diff", status=None)["sides"]
    assert [side["number"] for side in sides] == [1, None] and sides[0]["made"]["tests"] == "none"
    assert (sides[0]["counts"]["rules"], sides[1]["counts"]["rules"]) == (3, 4)


def test_the_commit_of_the_rules_is_named_and_whether_they_are_what_it_has(committed):
    site, head = committed, git(committed, "rev-parse", "HEAD")
    assert commit_and_tree(site) == (head, "clean")
    assert f"commit {head[:12]} (clean)" in site.text("status") and f"commit {head[:12]} (clean)" in site.text("log")
    (site / "rules/.home.yaml.swp").write_text("")
    (site / "rules/notes.txt").write_text("not read")
    assert commit_and_tree(site) == (head, "clean"), "what is not read does not matter"
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    assert commit_and_tree(site) == (head, "changed")
    git(site, "commit", "-qam", "second")
    assert commit_and_tree(site) == (git(site, "rev-parse", "HEAD"), "clean")
    assert git(site, "rev-parse", "HEAD") != head


@pytest.mark.parametrize("change", [
    lambda site: site.replace("rules/fragments/deere.html", "<", " <"),
    lambda site: site.replace("site.yaml", "keep: 3", "keep: 4"),
    lambda site: (site / "rules/new.yaml").write_text("abm: rules/1\nrules:\n  - { id: m, when: { account: ford }, rewrite: { x: { text: M } } }\n"),
    lambda site: (site / "rules/spare.yaml").unlink(),
], ids=["fragment", "site.yaml", "not added", "deleted"])
def test_whatever_the_commit_does_not_have_is_a_change(site, change):
    (site / "rules/spare.yaml").write_text("abm: rules/1\nrules:\n  - { id: s, when: { account: ford }, rewrite: { y: { text: M } } }\n")
    git(site, "init", "-q")
    git(site, "add", "-A")
    git(site, "commit", "-qm", "first")
    assert commit_and_tree(site)[1] == "clean"
    change(site)
    assert commit_and_tree(site)[1] == "changed"


def test_an_ignored_rules_file_is_a_change(committed):
    (committed / ".gitignore").write_text("data\nrules/local.yaml\n")
    (committed / "rules/local.yaml").write_text("abm: rules/1\nrules:\n  - { id: l, when: { account: ford }, rewrite: { z: { text: M } } }\n")
    assert commit_and_tree(committed)[1] == "changed"


def test_a_repository_with_sha_256_and_one_above_the_site(tmp_path, site):
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path)], check=True)
    git(site, "add", "site.yaml", "rules")
    git(site, "commit", "-qm", "first")
    commit, tree = commit_and_tree(site)
    assert len(commit) == 64 and tree == "clean"


def test_no_repository_no_commit_and_no_git_are_not_stated(site, monkeypatch):
    assert commit_and_tree(site) == (None, None)
    git(site, "init", "-q")
    assert commit_and_tree(site) == (None, None)
    git(site, "add", "-A")
    git(site, "commit", "-qm", "first")
    monkeypatch.setenv("PATH", "/nonexistent")
    assert commit_and_tree(site) == (None, None)


def test_a_hostile_repository_runs_nothing(committed, tmp_path):
    """Everything in its configuration that names a program names one that leaves a trace."""
    trace = tmp_path / "trace"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho \"$0 $*\" >> {trace}\ncat\n")
    program.chmod(0o755)
    hook = committed / ".git/hooks"
    hook.mkdir(exist_ok=True)
    for name in ("post-index-change", "post-checkout", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"):
        (hook / name).write_text(program.read_text())
        (hook / name).chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "pager.ls-tree", "pager.rev-parse", "core.editor", "core.sshCommand", "diff.external",
                "filter.evil.clean", "filter.evil.smudge", "core.askPass", "credential.helper", "core.alternateRefsCommand",
                "uploadpack.packObjectsHook", "remote.origin.uploadpack"):
        git(committed, "config", key, str(program))
    for key, value in (("remote.origin.url", f"ext::{program}"), ("remote.origin.promisor", "true"), ("protocol.ext.allow", "always"),
                       ("extensions.partialClone", "origin"), ("core.repositoryFormatVersion", "1"),
                       ("alias.ls-tree", f"!{program}"), ("alias.rev-parse", f"!{program}")):
        git(committed, "config", key, value)
    (committed / ".gitattributes").write_text("* filter=evil diff=evil\n")
    committed.replace("rules/home.yaml", "Winter offer", "Spring offer")
    assert commit_and_tree(committed)[1] == "changed"
    # An object that only its origin has is not fetched.
    tree = git(committed, "rev-parse", "HEAD:rules")
    path = committed / ".git/objects" / tree[:2] / tree[2:]
    path.chmod(0o644)
    path.unlink()
    assert commit_and_tree(committed)[1] == "changed"
    assert not trace.exists(), trace.read_text()


def test_the_environment_of_whoever_publishes_does_not_reach_git(committed, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(["git", "init", "-q", str(elsewhere)], check=True)
    head = git(committed, "rev-parse", "HEAD")
    trace = tmp_path / "trace"
    for name, value in (("GIT_DIR", elsewhere / ".git"), ("GIT_WORK_TREE", elsewhere), ("GIT_TRACE", trace),
                        ("GIT_INDEX_FILE", elsewhere / "index"), ("GIT_OBJECT_DIRECTORY", elsewhere),
                        ("GIT_CONFIG_COUNT", "x"), ("GIT_CEILING_DIRECTORIES", str(tmp_path))):
        monkeypatch.setenv(name, str(value))
    assert commit_and_tree(committed) == (head, "clean")
    assert not trace.exists()


def test_somebody_elses_repository_is_asked_all_the_same(committed):
    if os.geteuid() != 0:
        pytest.skip("needs root to give the repository to somebody else, which was NOT tried")
    head = git(committed, "rev-parse", "HEAD")
    for path in [committed.folder, *committed.folder.rglob("*")]:
        if "data" not in path.parts:
            os.chown(path, 12345, 12345, follow_symlinks=False)
    assert commit_and_tree(committed) == (head, "clean")


@pytest.mark.parametrize("behaviour", ["sleep 60", "exec sleep 60 >/dev/null", "yes", "exit 3", "echo; echo", "kill -9 $$"])
def test_a_git_that_misbehaves_only_costs_the_statement(committed, tmp_path, monkeypatch, behaviour):
    fake = tmp_path / "bin"
    fake.mkdir()
    pause = f"60.{os.getpid()}"  # this process's own, whatever else sleeps here
    (fake / "git").write_text(f"#!/bin/sh\n{behaviour.replace('60', pause)}\n")
    (fake / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake}:{os.environ['PATH']}")
    started = time.monotonic()
    assert commit_and_tree(committed) == (None, None)
    assert time.monotonic() - started < 45
    assert f"sleep\0{pause}".encode() not in b"".join(path.read_bytes() for path in pathlib.Path("/proc").glob("[0-9]*/cmdline") if readable(path))


def readable(path):
    try:
        path.read_bytes()
        return True
    except OSError:
        return False


def backdate(site, number, days):
    """A manifest whose generation was made so many days ago."""
    path = site / f"data/gen-{number:06}/MANIFEST.json"
    path.chmod(0o644)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86400))
    text = re.sub(r'"created_at": "[^"]*"', f'"created_at": "{when}"', path.read_text())
    text = text[:text.rindex('  "xxh3_128": "')]
    path.write_text(f'{text}  "xxh3_128": "{xxh3.hash128(text.encode())}"\n}}\n')


def kept(site):
    return [int(path.name[4:]) for path in sorted((site / "data").glob("gen-*"))]


def test_generations_are_kept_by_number_and_by_days(site):
    site.replace("site.yaml", "keep: 3", "keep: { count: 2, days: 30 }")
    for i in range(6):
        site.run("publish", "--force")
    assert kept(site) == [1, 2, 3, 4, 5, 6]
    for number, days in ((1, 90), (2, 40), (3, 20), (4, 10)):
        backdate(site, number, days)
    site.run("publish", "--force")
    assert kept(site) == [2, 3, 4, 5, 6, 7]  # number 2 served until 20 days ago


def test_a_size_goes_before_the_days_and_that_is_said(site):
    site.replace("site.yaml", "keep: 3", "keep: { count: 2, days: 30, size: 48K }")
    said = ""
    for i in range(8):
        site.replace("rules/home.yaml", "offer", "offer!")
        said += site.errors("publish")
    assert re.search(r"abmctl: \d generations? went before 30 days were over, since keep: size is reached", said), said
    assert 2 <= len(kept(site)) < 8
    status = site.json("status")
    assert status["disk_bytes"] <= 48 * 1024
    assert f"{len(kept(site))} generations kept, {status['disk_bytes'] / 1000:.1f} kB on the disk\n" in site.text("status")


def test_hard_links_are_counted_once(site):
    site.replace("site.yaml", "keep: 3", "keep: 10")
    site.run("publish")
    first = site.json("status")["disk_bytes"]
    used = subprocess.run(["du", "-s", "--block-size=1", "data/gen-000001"], cwd=site.folder, capture_output=True, text=True, check=True)
    assert first == int(used.stdout.split()[0])
    site.run("publish", "--force")
    used = subprocess.run(["du", "-sc", "--block-size=1", "data/gen-000001", "data/gen-000002"], cwd=site.folder, capture_output=True, text=True, check=True)
    assert site.json("status")["disk_bytes"] == int(used.stdout.split()[-2]) < 2 * first


def test_status_lists_ten_and_log_all(site):
    site.replace("site.yaml", "keep: 3", "keep: 20")
    for i in range(12):
        site.run("publish", "--force")
    text = site.text("status")
    assert "  2 older ones: see abmctl log\n" in text and "gen-000003" in text and "gen-000002" not in text
    assert len(site.text("log").splitlines()) == 12 and len(site.json("status")["generations"]) == 12


def test_a_damaged_generation_is_named_and_hides_no_other(site):
    site.run("publish")
    site.run("publish", "--force")
    path = site / "data/gen-000001/MANIFEST.json"
    path.chmod(0o644)
    path.write_text("{}")
    lines = site.text("log").splitlines()
    assert len(lines) == 2 and lines[1] == "  gen-000001  cannot be read"
    assert site.json("log")[1]["created_at"] is None and site.json("log")[1]["complete"] is False
