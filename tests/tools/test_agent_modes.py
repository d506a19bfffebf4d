"""When the agent publishes rules: on a signal, or by a commit of a git repository, which is then the approval."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

import pytest

from test_agent import edited, rules, start  # noqa: F401: a fixture
from test_hold import newer_feed, rules_of


def say_agent(site, text):
    (site / "site.yaml").write_text((site / "site.yaml").read_text() + f"agent: {text}\n")


def rules_fault(site):
    return (site.json("status")["agent"] or {}).get("rules_fault")


class Repository:
    """git in the folder of a site, or anywhere."""

    def __init__(self, folder, *options):
        self.folder = folder
        pathlib.Path(folder).mkdir(exist_ok=True)
        self.git("init", "-q", "-b", "main", *options)

    def git(self, *arguments, stdin=None):
        environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
        for who in ("AUTHOR", "COMMITTER"):
            environment |= {f"GIT_{who}_NAME": "a", f"GIT_{who}_EMAIL": "a@example.com"}
        return subprocess.run(["git", "-c", "safe.directory=*", *arguments], cwd=self.folder, check=True, capture_output=True,
                              env=environment, input=stdin).stdout.decode().strip()

    def commit(self, *files):
        self.git("add", "-f", *(files or ("rules", "site.yaml")))
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def repository(site):
    say_agent(site, "{ publish: on-commit, ref: main, look: 1s }")
    made = Repository(site.folder)
    made.commit()
    return made


# on-signal


def test_rules_are_published_on_a_signal_and_feeds_at_once(site, start):  # noqa: F811
    say_agent(site, "{ publish: on-signal, look: 1s }")
    site.run("publish")
    agent = start()
    rules(site).write_text(edited(site, "Spring"))
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert rules_of(site, 2) == rules_of(site, 1)
    time.sleep(2.5)
    assert site.current() == "gen-000002\n"
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_generation(3)
    assert rules_of(site, 3) != rules_of(site, 1)


def test_nothing_is_published_before_the_first_signal(site, start):  # noqa: F811
    say_agent(site, "{ publish: on-signal }")
    agent = start()
    agent.wait_for("nothing is published yet, so there are no rules to keep: 'systemctl reload' (SIGHUP)")
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_generation(1)


def test_rules_that_a_signal_could_not_publish_are_told_until_one_does_and_the_feed_flows(site, start):  # noqa: F811
    say_agent(site, "{ publish: on-signal, look: 1s }")
    site.run("publish")
    agent = start()
    good = rules(site).read_text()
    rules(site).write_text(good.replace("    schedule:", "    schedul:"))
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for("rules not published: rules/home.yaml:19:5: unknown key 'schedul'")
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert "unknown key 'schedul'" in rules_fault(site)
    assert "agent: rules not published since 20" in site.text("status")
    assert any(finding["check"] == "agent" and "unknown key 'schedul'" in finding["message"]
               for finding in site.json("doctor", "--nginx", "/nonexistent", status=None)["findings"])
    rules(site).write_text(good.replace("Winter", "Spring"))
    agent.process.send_signal(signal.SIGHUP)
    agent.wait_for_generation(3)
    agent.wait(lambda: rules_fault(site) is None, "the fault stays")
    assert agent.said().count("unknown key 'schedul'") <= 2


def mended_after_a_signal(site, start):  # noqa: F811
    """An agent that a signal told to publish rules with a mistake, which has been put right since."""
    say_agent(site, "{ publish: on-signal, look: 1s }")
    site.run("publish")
    agent = start()
    good = rules(site).read_text()
    rules(site).write_text(good.replace("    schedule:", "    schedul:"))
    agent.process.send_signal(signal.SIGHUP)
    agent.wait(lambda: rules_fault(site), "no fault")
    rules(site).write_text(good.replace("Winter", "Spring"))
    return agent


def test_rules_that_were_put_right_are_no_fault_any_more_and_wait_for_their_signal(site, start):  # noqa: F811
    agent = mended_after_a_signal(site, start)
    agent.wait(lambda: rules_fault(site) is None, "the fault stays")
    assert site.current() == "gen-000001\n"


def test_a_fault_that_somebody_mended_by_hand_is_gone_within_one_look(site, start):  # noqa: F811
    agent = mended_after_a_signal(site, start)
    site.run("publish")
    assert rules_fault(site) is None
    agent.wait_for("nothing is wrong with the rules any more")
    newer_feed(site, 101)
    agent.wait_for_generation(3)
    assert rules_fault(site) is None and rules_of(site, 3) == rules_of(site, 2)


# on-commit


def test_what_is_saved_waits_for_its_commit(site, start, repository):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    rules(site).write_text(edited(site, "Spring"))
    fragment = site / "rules/fragments/deere.html"
    fragment.write_text("<p>not reviewed</p>")
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert rules_of(site, 2) == rules_of(site, 1)
    commit = repository.commit()
    agent.wait_for_generation(3)
    agent.wait_for(f"rules of commit {commit[:12]} (main)")
    assert rules_of(site, 3) != rules_of(site, 1)
    assert site.json("status")["agent"]["commit"] == commit
    assert not [path for path in (site / "data").iterdir() if path.name.startswith(".commit-")]


def test_a_commit_on_another_branch_is_no_approval(site, start, repository):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    repository.git("checkout", "-q", "-b", "draft")
    rules(site).write_text(edited(site, "Spring"))
    repository.commit()
    repository.git("tag", "main")  # for git, a tag comes before the branch
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert rules_of(site, 2) == rules_of(site, 1)
    repository.git("tag", "-d", "main")
    repository.git("checkout", "-q", "main")
    repository.git("merge", "-q", "--ff-only", "draft")
    agent.wait_for_generation(3)


def test_a_forced_push_publishes_what_the_branch_is_then(site, start, repository):  # noqa: F811
    rules(site).write_text(edited(site, "Spring"))
    repository.commit()
    agent = start()
    agent.wait_for_generation(1)
    repository.git("reset", "-q", "--hard", "HEAD~1")
    agent.wait_for_generation(2)
    assert "not published" not in agent.said()


def test_packed_refs_are_watched_too(site, start, repository):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    repository.git("pack-refs", "--all")
    rules(site).write_text(edited(site, "Spring"))
    repository.commit()
    repository.git("pack-refs", "--all")
    agent.wait_for_generation(2)


def test_a_commit_with_a_mistake_is_told_with_its_place_in_the_repository_and_the_feed_flows(site, start, repository):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    repository.commit()
    agent.wait_for("rules not published: rules/home.yaml:19:5: unknown key 'schedul'")
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert rules_of(site, 2) == rules_of(site, 1) and "rules/home.yaml:19:5" in rules_fault(site)
    site.replace("rules/home.yaml", "    schedul:", "    schedule:")
    rules(site).write_text(edited(site, "Spring"))
    repository.commit()
    agent.wait_for_generation(3)
    agent.wait(lambda: rules_fault(site) is None, "the fault stays")


@pytest.mark.parametrize("lost", ["ref", "repository", "commit"])
def test_a_repository_that_cannot_be_read_is_told_and_the_last_good_rules_serve(site, start, repository, lost):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    first = repository.git("rev-parse", "main")
    if lost == "ref":
        repository.git("checkout", "-q", "--detach")
        repository.git("update-ref", "-d", "refs/heads/main")
    elif lost == "repository":
        os.rename(site / ".git", site / "gone.git")
    else:
        (site / ".git/refs/heads/main").write_text("1" * 40 + "\n")
    agent.wait(lambda: rules_fault(site), "nothing is told")
    newer_feed(site, 101)
    agent.wait_for_generation(2)
    assert rules_of(site, 2) == rules_of(site, 1)
    if lost == "repository":
        assert "in no git repository" in rules_fault(site)
        os.rename(site / "gone.git", site / ".git")
    else:
        assert "there is no ref 'main', or its commit is missing" in rules_fault(site)
        (site / ".git/refs/heads/main").write_text(first + "\n")
    agent.wait(lambda: rules_fault(site) is None, "the fault stays")
    assert site.errors("publish", status=None) == ""


def test_a_bare_repository_with_the_site_in_a_folder(site, start, tmp_path):  # noqa: F811
    bare = Repository(tmp_path / "bare.git", "--bare")
    work = Repository(tmp_path / "work")
    shutil.copytree(site / "rules", work.folder / "sites/acme/rules")
    (work.folder / "shared").mkdir()
    (work.folder / "shared/more.yaml").write_text(
        "abm: rules/1\nrules:\n  - id: more\n    when: { account: ford }\n    rewrite: { hero-cta: { text: More } }\n")
    work.commit("sites", "shared")
    work.git("push", "-q", str(bare.folder), "main")
    shutil.rmtree(site / "rules")
    site.replace("site.yaml", "rules: [rules/*.yaml]", "rules: [rules/*.yaml, ../../shared/*.yaml]")
    say_agent(site, f"{{ publish: on-commit, ref: main, repository: {bare.folder}, folder: sites/acme, look: 1s }}")
    agent = start()
    agent.wait_for_generation(1)
    assert site.json("status")["rules"] == 4
    home = work.folder / "sites/acme/rules/home.yaml"
    home.write_text(home.read_text().replace("    schedule:", "    schedul:"))
    work.commit("sites")
    work.git("push", "-q", str(bare.folder), "main")
    agent.wait_for("rules not published: sites/acme/rules/home.yaml:19:5: unknown key 'schedul'")
    work.git("reset", "-q", "--hard", "HEAD~1")
    home.write_text(home.read_text().replace("Winter", "Spring"))
    work.commit("sites")
    work.git("push", "-q", "-f", str(bare.folder), "main")
    agent.wait_for_generation(2)
    names = [source["name"] for source in site.json("status")["sources"]]
    assert "rules/home.yaml" in names and "../../shared/more.yaml" in names


def test_publish_by_hand_takes_the_commit_too(site, repository):
    rules(site).write_text("not yaml: [")
    said = site.text("publish")
    assert f"rules of commit {repository.git('rev-parse', 'main')[:12]} (main)" in said
    assert site.json("publish")["commit"] == repository.git("rev-parse", "main")


def test_a_rollback_comes_before_a_commit(site, start, repository):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    rules(site).write_text(edited(site, "Spring"))
    repository.commit()
    agent.wait_for_generation(2)
    site.run("rollback")
    rules(site).write_text(edited(site, "Summer"))
    commit = repository.commit()
    newer_feed(site, 101)
    agent.wait_for_generation(3)
    assert rules_of(site, 3) == rules_of(site, 1)
    held = rules_of(site, 1)
    site.run("publish", "--resume")
    assert site.current() == "gen-000004\n" and rules_of(site, 4) != held
    newer_feed(site, 102)
    agent.wait_for_generation(5)
    agent.wait(lambda: site.json("status")["agent"]["commit"] == commit, "the commit is not noted")


def test_nothing_of_the_repository_runs_and_no_variable_of_git_counts(site, repository, tmp_path):
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\ncat\n")
    trap.chmod(0o755)
    (site / ".gitattributes").write_text("*.yaml filter=trap diff=trap\n*.html export-ignore\n")
    repository.commit("rules", "site.yaml", ".gitattributes")
    for key, value in (("filter.trap.smudge", trap), ("filter.trap.process", trap), ("diff.trap.textconv", trap),
                       ("core.fsmonitor", trap), ("core.hooksPath", tmp_path), ("core.sshCommand", trap),
                       ("core.pager", trap), ("core.alternateRefsCommand", trap), ("core.editor", trap)):
        repository.git("config", key, str(value))
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        shutil.copy(trap, tmp_path / hook)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH"):
        os.environ[name] = str(tmp_path / "nowhere")
    try:
        assert site.json("publish")["generation"] == 1
    finally:
        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_CONFIG_GLOBAL", "GIT_EXEC_PATH"):
            del os.environ[name]
    assert not (tmp_path / "sprung").exists()
    assert b"export-ignore" not in (site / "data/gen-000001/rules.bin").read_bytes()


def test_replaced_objects_are_not_what_was_reviewed(site, repository):
    blob = repository.git("rev-parse", "main:rules/home.yaml")
    evil = repository.git("hash-object", "-w", "--stdin", stdin=edited(site, "Evil").encode())
    repository.git("replace", blob, evil)
    assert "Evil" in repository.git("show", "main:rules/home.yaml")
    site.run("publish")
    assert b"Evil" not in (site / "data/gen-000001/rules.bin").read_bytes()


@pytest.mark.parametrize("target,fine", [("deere.html", True), ("../fragments/deere.html", False), ("/etc/passwd", False),
                                         ("../../../../../../etc/passwd", False), ("x/../../../../etc/passwd", False)])
def test_links_out_of_the_repository_are_refused(site, repository, target, fine):
    (site / "rules/fragments/linked.html").symlink_to(target)
    repository.commit()
    errors = site.errors("publish", status=None)
    if fine or target.startswith("../fragments"):
        assert errors == "" and site.current() == "gen-000001\n"
    else:
        assert f"rules/fragments/linked.html: a symbolic link to '{target}', which may lead out of the repository" in errors


def test_names_that_only_made_objects_have_are_refused(site, repository):
    blob = repository.git("rev-parse", "main:rules/home.yaml")
    inner = repository.git("mktree", stdin=f"100644 blob {blob}\tevil.yaml\n".encode())
    raw = b"40000 ..\0" + bytes.fromhex(inner)
    tree = repository.git("hash-object", "-t", "tree", "-w", "--literally", "--stdin", stdin=raw)
    commit = repository.git("commit-tree", tree, "-m", "x")
    repository.git("update-ref", "refs/heads/main", commit)
    assert "'../evil.yaml' is no name for a file" in site.errors("publish", status=1)
    assert not (site / "data/CURRENT").exists()


def test_files_in_lfs_are_refused_with_the_reason(site, repository):
    (site / "rules/fragments/big.html").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    repository.commit()
    assert "rules/fragments/big.html: is kept in Git LFS" in site.errors("publish", status=1)


def test_too_much_is_refused(site, repository):
    (site / "rules/huge.html").write_bytes(os.urandom(65 << 20))
    repository.git("-c", "core.compression=0", "add", "rules/huge.html")
    repository.git("commit", "-q", "-m", "x")
    assert "more than 20000 files or 64 MB" in site.errors("publish", status=1)


def test_copies_of_killed_publishers_are_removed(site, repository):
    (site / "data").mkdir(mode=0o755)
    (site / "data/.commit-abc123").mkdir()
    (site / "data/.commit-abc123/x.yaml").write_text("x")
    site.run("publish")
    assert not (site / "data/.commit-abc123").exists()


def test_rules_outside_of_the_repository_are_refused(site, repository):
    site.replace("site.yaml", "rules: [rules/*.yaml]", "rules: [rules/*.yaml, ../elsewhere/*.yaml]")
    errors = site.errors("publish", status=1)
    assert re.search(r"site.yaml:\d+:\d+: '../elsewhere/\*.yaml' is outside of the repository", errors)


@pytest.mark.parametrize("agent,why", [
    ("{ publish: on-comit }", "publish 'on-comit' is not one of on-change, on-signal, on-commit, did you mean 'on-commit'?"),
    ("{ publish: on-commit }", "'publish: on-commit' needs 'ref': the branch whose commits are published"),
    ("{ publish: on-commit, ref: --upload-pack=x }", "ref '--upload-pack=x' is not the name of a branch"),
    ("{ publish: on-commit, ref: 'main@{1}' }", "ref 'main@{1}' is not the name of a branch"),
    ("{ publish: on-commit, ref: main, folder: ../x }", "folder '../x' must be a path inside the repository"),
    ("{ publish: on-signal, ref: main }", "'ref' belongs to 'publish: on-commit'"),
    ("{ look: 0s }", "look must be a time such as 30s"),
    ("{ publsh: on-signal }", "unknown key 'publsh'"),
])
def test_mistakes_in_agent_are_told(site, agent, why):
    say_agent(site, agent)
    assert why in site.errors("publish", status=1)


def test_a_folder_without_a_repository_says_what_to_name(site):
    say_agent(site, "{ publish: on-commit, ref: main }")
    if not any((parent / ".git").exists() for parent in site.folder.parents):
        assert "in no git repository; name one with 'agent: { repository: … }'" in site.errors("publish", status=1)
    site.replace("site.yaml", "ref: main }", "ref: main, repository: rules }")
    assert "rules: no git repository" in site.errors("publish", status=1)
