"""The site's own tests stand before every publication, by hand and by the agent."""

import time

import pytest

from test_agent import rules, start  # noqa: F401 (fixtures)

TESTS = """abm: tests/1
tests:
  - name: Deere sees the plan
    given: { account: deere, url: https://www.acme.example/, at: 2026-12-01T09:00:00Z }
    expect: { hero-cta: { text: "See the plan we drew up" } }
  - name: nobody else does
    given: { account: smallco, url: /, at: 2026-12-01T09:00:00Z }
    expect: { rules: [] }
"""
FAILURE = ("rules.test.yaml:5:33: test 'Deere sees the plan': hero-cta text: expected \"See the plan we drew up\", "
           'found "See our plan"')


@pytest.fixture
def tested(site):
    (site / "rules.test.yaml").write_text(TESTS)
    return site


def made(site):
    return site.json("status")["made"]


def break_the_rule(site):
    site.replace("rules/home.yaml", "See the plan we drew up", "See our plan")


def test_what_passes_is_published_and_said(tested):
    assert "tests: 2 passed in 1 file\n" in tested.text("publish")
    assert made(tested)["tests"] == "passed" and tested.json("status")["counts"]["tests"] == 2
    assert tested.json("publish", "--force")["tests"] == {"passed": 2, "skipped": False}


def test_what_fails_is_refused_with_the_failure_and_its_place(tested):
    tested.run("publish")
    break_the_rule(tested)
    errors = tested.errors("publish", status=1)
    assert FAILURE in errors and "not published: 1 error (generation 1 goes on serving)" in errors
    found = tested.json("publish", status=1)["findings"]
    assert (found[0]["file"], found[0]["line"], found[0]["column"]) == ("rules.test.yaml", 5, 33)
    assert tested.current() == "gen-000001\n"


def test_it_is_what_would_be_published_that_is_tested_and_not_what_serves(tested):
    break_the_rule(tested)
    tested.run("publish", status=1)
    tested.replace("rules.test.yaml", "See the plan we drew up", "See our plan")
    tested.run("publish")
    (tested / "rules.test.yaml").write_text(TESTS)
    tested.replace("rules/home.yaml", "See our plan", "See the plan we drew up")
    assert tested.json("publish")["generation"] == 2


def test_without_tests_is_possible_once_and_is_said(tested):
    break_the_rule(tested)
    assert "tests: not run (--without-tests)\n" in tested.text("publish", "--without-tests")
    assert made(tested)["tests"] == "skipped" and "tests skipped" in tested.text("status") and "tests skipped" in tested.text("log")
    assert FAILURE in tested.errors("publish", status=1)
    assert tested.json("publish", "--force", "--without-tests")["tests"] == {"passed": 0, "skipped": True}


def test_a_site_without_tests_says_so(site):
    assert "tests: none" in site.text("publish")
    assert made(site)["tests"] == "none" and "no tests" in site.text("status")
    assert "site.yaml: the site has no tests: write rules.test.yaml beside it, or name files in `tests:`" in site.errors("test", status=2)


def test_tests_are_found_by_the_patterns_of_site_yaml(tested):
    (tested / "tests").mkdir()
    (tested / "tests/a.test.yaml").write_text(TESTS.replace("Deere sees", "A sees"))
    (tested / "tests/b.test.yaml").write_text(TESTS)
    tested.replace("site.yaml", "keep: 3", "keep: 3\ntests: ['tests/*.test.yaml']")
    assert "tests: 4 passed in 2 files\n" in tested.text("publish")
    assert tested.text("test") == "4 passed, 0 failed\n"
    tested.replace("site.yaml", "tests: ['tests/*.test.yaml']", "tests: []")
    assert "tests: none" in tested.text("publish", "--allow-shrink", "--force")


def test_named_tests_that_are_not_there_are_an_error(tested):
    tested.replace("site.yaml", "keep: 3", "keep: 3\ntests: [gone.test.yaml]")
    for arguments, status in ((["publish"], 1), (["test"], 2)):
        assert "site.yaml:9:9: tests pattern 'gone.test.yaml' names no file" in tested.errors(*arguments, status=status)


def test_tests_that_vanish_are_missed(tested):
    tested.run("publish")
    (tested / "rules.test.yaml").unlink()
    assert "0 tests, 2 fewer than the 2 of generation 1: more than max_shrink 50%" in tested.errors("publish", status=1)
    tested.run("publish", "--without-tests", "--force")
    assert "0 tests, 2 fewer than the 2 of generation 2" in tested.errors("publish", status=1)  # skipped is not forgotten
    tested.run("publish", "--allow-shrink", "--force")
    assert made(tested)["tests"] == "none"


def test_a_test_file_with_a_mistake_refuses(tested):
    tested.replace("rules.test.yaml", "expect: { rules: [] }", "expct: { rules: [] }")
    assert "rules.test.yaml:8:5: unknown key 'expct' in a test, did you mean 'expect'?" in tested.errors("publish", status=1)


def test_of_many_failures_the_first_are_told_and_the_rest_counted(tested):
    one = TESTS.splitlines(keepends=True)
    (tested / "rules.test.yaml").write_text("".join(one[:2]) + "".join(
        "".join(one[2:5]).replace("Deere sees the plan", f"number {i}") for i in range(30)))
    break_the_rule(tested)
    errors = tested.errors("publish", status=1)
    assert errors.count(": test 'number ") == 20 and "10 more tests fail: abmctl test shows them" in errors
    assert tested.text("test", status=1).count("FAIL number ") == 30


def test_test_without_files_runs_the_same_against_the_files_as_they_are(tested):
    tested.run("publish")
    break_the_rule(tested)
    assert tested.text("test", status=1).endswith("1 passed, 1 failed\n")
    assert tested.text("test", "--generation", "1") == "2 passed, 0 failed\n"
    assert tested.text("test", "--data", "data") == "2 passed, 0 failed\n"
    assert tested.text("test", "rules.test.yaml") == "2 passed, 0 failed\n"  # what is live, as ever
    assert tested.text("test", cwd=tested / "rules", status=1).endswith("1 passed, 1 failed\n")


def test_a_page_of_a_test_is_found_beside_its_file_from_anywhere(tested):
    tested.replace("rules.test.yaml", "at: 2026-12-01T09:00:00Z }\n    expect: { hero", "at: 2026-12-01T09:00:00Z, page: pages/index.html }\n    expect: { hero")
    assert "tests: 2 passed" in tested.text("publish", "--site", str(tested / "site.yaml"), cwd="/")


def test_the_agent_waits_until_they_pass(tested, start):  # noqa: F811
    agent = start()
    agent.wait_for_generation(1)
    break_the_rule(tested)
    agent.wait_for("not published: 1 error (generation 1 goes on serving)")
    assert FAILURE in agent.said() and FAILURE in tested.json("status")["agent"]["fault"]
    tested.replace("rules.test.yaml", "See the plan we drew up", "See our plan")  # the test was what was wrong
    agent.wait_for_generation(2)
    assert tested.json("status")["agent"]["fault"] is None


def test_ten_thousand_tests_take_seconds(tested):
    one = TESTS.splitlines(keepends=True)
    (tested / "rules.test.yaml").write_text("".join(one[:2]) + "".join(
        "".join(one[2:5]).replace("Deere sees the plan", f"number {i}") for i in range(10_000)))
    started = time.monotonic()
    assert "tests: 10000 passed" in tested.text("publish")
    assert time.monotonic() - started < 60  # it is far less, but this machine may be busy
