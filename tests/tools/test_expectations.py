"""abmctl test: expectation files, what passes, what fails and how it is reported."""

import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = ["--rules", "rules/home.yaml", "--accounts", "accounts.ndjson"]

PASSING = """abm: tests/1
tests:
  - name: Deere sees the plan
    given: { ip: 198.51.100.7, url: https://www.acme.example/, at: 2026-12-01T09:00:00Z }
    expect:
      account: deere
      arm: treated
      rules: [deere-home]
      hero-cta: { text: "See the plan we drew up", attribute: { href: /for/deere }, rule: deere-home }
      case-study: { contains: "lost no hour" }
  - name: nobody else does
    given: { account: smallco, url: /, at: 2026-12-01T09:00:00Z }
    expect: { rules: [], hero-cta: original, case-study: original }
"""


@pytest.fixture
def published(site):
    site.run("publish")
    return site


def one(given, expect):
    return f"abm: tests/1\ntests:\n  - name: it\n    given: {given}\n    expect: {expect}\n"


def run(site, text, status, *arguments):
    (site / "site.test.yaml").write_text(text)
    return site.text("test", "site.test.yaml", *arguments, status=status)


def failures(site, given, expect):
    (site / "site.test.yaml").write_text(one(given, expect))
    answer = site.json("test", "site.test.yaml", status=1)
    assert answer["passed"] == 0 and answer["failed"] == 1
    return [(found["what"], found["expected"], found["found"]) for found in answer["tests"][0]["failures"]]


def test_what_holds_passes_and_is_counted_only(published):
    assert run(published, PASSING, 0) == "2 passed, 0 failed\n"
    assert run(published, PASSING, 0, "--draft") == "2 passed, 0 failed\n"
    answer = published.json("test", "site.test.yaml")
    assert [test["passed"] for test in answer["tests"]] == [True, True]
    assert answer["tests"][1]["name"] == "nobody else does" and answer["tests"][1]["line"] == 11


def test_files_stand_in_for_a_site(site):
    (site / "site.test.yaml").write_text(PASSING.replace("ip: 198.51.100.7", "account: deere"))
    assert site.text("test", "site.test.yaml", *FILES) == "2 passed, 0 failed\n"
    assert "abmctl publish" in site.errors("test", "site.test.yaml", status=2)


def test_a_failure_names_its_place_and_both_texts(published):
    text = PASSING.replace("See the plan we drew up", "See our plan")
    assert run(published, text, 1) == (
        "FAIL Deere sees the plan\n"
        '  site.test.yaml:9:25: hero-cta text: expected "See our plan", found "See the plan we drew up"\n'
        "1 passed, 1 failed\n")


def test_an_older_generation_is_held_against_the_same_file(published):
    published.replace("rules/home.yaml", "See the plan we drew up", "See our plan")
    published.run("publish")
    assert run(published, PASSING, 1).endswith("1 passed, 1 failed\n")
    assert run(published, PASSING, 0, "--generation", "1") == "2 passed, 0 failed\n"


@pytest.mark.parametrize("given, expect, found", [
    ("{ account: deere, url: / }", "{ arm: control }", ("arm", "control", "treated")),
    ("{ account: deere, url: / }", "{ rules: [winter] }", ("rules", "winter", "deere-home")),
    ("{ account: deere, url: / }", "{ signals: [seen] }", ("signals", "seen", "none")),
    ("{ ip: 10.0.0.1, url: / }", "{ account: deere }", ("account", "deere", "none")),
    ("{ ip: 10.0.0.1, url: / }", "{ arm: treated }", ("arm", "treated", "none: unidentified")),
    ("{ account: rival, url: / }", "{ hero-cta: { text: x } }", ("hero-cta", '"x"', "original: excluded")),
    ("{ account: smallco, url: / }", "{ hero-cta: { text: x } }", ("hero-cta", '"x"', "original: no rule wins it")),
    ("{ account: deere, url: / }", "{ hero-cta: original }",
     ("hero-cta", "original", "\"See the plan we drew up\", href=\"/for/deere\" (rule 'deere-home')")),
    ("{ account: deere, url: / }", "{ hero-cta: { rule: winter } }", ("hero-cta rule", "winter", "deere-home")),
    ("{ account: deere, url: / }", "{ hero-cta: { contains: harvest } }",
     ("hero-cta contains", '"harvest"', '"See the plan we drew up"')),
    ("{ account: deere, url: / }", "{ hero-cta: { attribute: { href: / } } }",
     ("hero-cta attribute href", '"/"', '"/for/deere"')),
    ("{ account: deere, url: / }", "{ hero-cta: { attribute: { href: ~ } } }",
     ("hero-cta attribute href", "no such attribute", '"/for/deere"')),
    ("{ account: deere, url: /, page: pages/index.html }", "{ hero-cta: absent }",
     ("hero-cta", "absent", '<a data-abm-slot="hero-cta" href="/for/deere">')),
    ("{ account: deere, url: /, page: bare.html }", "{ case-study: { contains: harvest } }",
     ("case-study", '"harvest"', "bare.html has no such element (rule 'deere-home')")),
    ("{ account: deer, url: / }", "{ arm: treated }", ("account 'deer': the feed has no such account", None, None)),
    ("{ account: deere, url: / }", "{ hero-ct: original }", ("unknown slot 'hero-ct', did you mean 'hero-cta'?", None, None)),
    ("{ account: deere, url: /, page: none.html }", "{ arm: treated }",
     ("none.html: no such file or directory", None, None)),
])
def test_what_does_not_hold_says_what_was_found(published, given, expect, found):
    (published / "bare.html").write_text("<p>x</p>")
    assert failures(published, given, expect) == [found]


def test_a_page_is_judged_as_the_visitor_gets_it(published):
    page = "{ account: deere, url: /, page: pages/index.html }"
    holds = [
        '{ hero-cta: { text: "See the plan we drew up", attribute: { data-abm-slot: hero-cta, class: ~ } } }',
        "{ case-study: { text: 'How a harvest line lost no hour' } }",
    ]
    for expect in holds:
        assert run(published, one(page, expect), 0) == "1 passed, 0 failed\n"
    # Elements that a rule removes are gone; the page is found next to the test file, wherever abmctl runs.
    published.replace("rules/home.yaml", "case-study: { html_file: fragments/deere.html }", "case-study: { remove: true }")
    (published / "site.test.yaml").write_text(one(page, "{ case-study: absent }"))
    assert published.text("test", "--site", "site", "--draft", "site/site.test.yaml",
                          cwd=published.folder.parent) == "1 passed, 0 failed\n"


def test_markup_that_a_browser_would_move_is_warned_of(site):
    """Whether markup may stand there, the page knows better than the selector."""
    site.replace("rules/home.yaml", "html_file: fragments/deere.html", "html: '<div><a href=/x>more</a></div>'")
    (site / "page.html").write_text('<p>\n <a href="/"><b id="case-study">Old</b></a></p>')
    (site / "site.test.yaml").write_text(one(
        "{ account: deere, url: /, page: page.html, at: 2026-12-01T09:00:00Z }", "{ case-study: { rule: deere-home } }"))
    warned = "page.html:2:14: slot 'case-study', text or html of rule 'deere-home': <div> ends the <p> around it"
    assert site.json("test", "--draft", "site.test.yaml")["tests"][0]["warnings"] == [warned]
    assert f"warning: {warned}" in site.errors("test", "--draft", "site.test.yaml", status=0)
    shown = site.json("render", "--draft", "--account", "deere", "--url", "/", "--at", "2026-12-01T09:00:00Z", "page.html")
    assert shown["warnings"] == [warned]


def test_text_is_compared_as_it_is_read(published):
    published.replace("rules/home.yaml", 'hero-cta: { text: "Winter offer" }',
                      'hero-cta: { html: "<b>Winter</b> &amp;&#32;spring<br>offer<!-- x --><script>1</script>" }')
    given = "{ account: smallco, url: /pricing, at: 2026-12-24T00:00:00Z }"
    assert run(published, one(given, '{ hero-cta: { text: "Winter &  spring offer" } }'), 0, "--draft") == "1 passed, 0 failed\n"


def test_a_link_s_role_can_be_given(published):
    (published / "rules/role.yaml").write_text(
        "abm: rules/1\nrules:\n  - id: for-buyers\n    when: { account: smallco, attributes.role: buyer, path: /role }\n"
        "    rewrite: { hero-cta: { text: \"For a {{ account.attributes.role }}\" } }\n")
    given = "{ account: smallco, role: buyer, url: /role, at: 2026-12-01T09:00:00Z }"
    assert run(published, one(given, '{ hero-cta: { text: "For a buyer" } }'), 0, "--draft") == "1 passed, 0 failed\n"
    assert run(published, one(given.replace("role: buyer, ", ""), "{ rules: [] }"), 0, "--draft") == "1 passed, 0 failed\n"


def test_control_and_holdout_see_the_original(published):
    published.replace("rules/home.yaml", "rules:\n", "control: { percent: 100, salt: x }\nrules:\n")
    published.run("publish")
    assert run(published, one("{ account: deere, url: / }", "{ arm: control, rules: [], hero-cta: original }"), 0)
    assert failures(published, "{ account: deere, url: / }", "{ hero-cta: { text: x } }") == [
        ("hero-cta", '"x"', "original: the account is in the control group")]


@pytest.mark.parametrize("text, message", [
    ("abm: tests/2\ntests: [ { name: a, given: { account: a, url: / }, expect: { arm: none } } ]",
     "site.test.yaml:1:6: abm is 'tests/2', this version reads tests/1"),
    ("abm: tests/1\n", "site.test.yaml:1:1: 'tests' must be a list of at least one test"),
    (one("{ acount: deere, url: / }", "{ arm: treated }"),
     "site.test.yaml:4:14: unknown key 'acount' in given, did you mean 'account'?"),
    (one("{ account: deere, ip: 10.0.0.1, url: / }", "{ arm: treated }"), "site.test.yaml:4:12: given says who visits"),
    (one("{ ip: 10.0.0.1, role: buyer, url: / }", "{ arm: treated }"), "site.test.yaml:4:34: 'role' is that of a link"),
    (one('{ account: deere, role: "a\\tb", url: / }', "{ arm: treated }"), "site.test.yaml:4:36: role: 1 to 128 bytes"),
    (one("{ account: deere }", "{ arm: treated }"), "site.test.yaml:4:12: given needs 'url'"),
    (one("{ account: deere, url: pricing }", "{ arm: treated }"), "site.test.yaml:4:35: url 'pricing': must begin with"),
    (one("{ ip: 1.2.3, url: / }", "{ arm: treated }"), "site.test.yaml:4:18: ip '1.2.3' is not an IP address"),
    (one("{ account: deere, url: /, at: noon }", "{ arm: treated }"), "site.test.yaml:4:42: at 'noon' is not an RFC 3339 time"),
    (one("{ account: deere, url: / }", "{ arm: tretaed }"), "site.test.yaml:5:20: arm 'tretaed' is not one of"),
    (one("{ account: deere, url: / }", "{ hero-cta: orignal }"), "neither original nor absent, did you mean 'original'?"),
    (one("{ account: deere, url: / }", "{ hero-cta: { txt: x } }"), "unknown key 'txt' in hero-cta, did you mean 'text'?"),
    (one("{ account: deere, url: / }", "{ hero-cta: absent }"), "absent can only be seen on a page"),
    (one("{ account: deere, url: / }", "{}"), "expect is empty: the test could not fail"),
    (PASSING.replace("nobody else does", "Deere sees the plan"), "name 'Deere sees the plan' is taken by a test above"),
])
def test_a_file_with_mistakes_does_not_run(published, text, message):
    (published / "site.test.yaml").write_text(text)
    assert message in published.errors("test", "site.test.yaml", status=2)


def test_all_mistakes_of_all_files_are_told_at_once(published):
    (published / "a.yaml").write_text(one("{ acount: deere, url: / }", "{ arm: tretaed }"))
    (published / "b.yaml").write_text(one("{ account: deere, url: x }", "{}"))
    errors = published.errors("test", "a.yaml", "b.yaml", "none.yaml", status=2)
    assert len(re.findall(r"^[ab]\.yaml:\d+:\d+: ", errors, re.M)) == 5 and "none.yaml: no such file" in errors


def test_rules_that_do_not_build_say_where(published):
    published.replace("rules/home.yaml", "    schedule:", "    schedul:")
    (published / "site.test.yaml").write_text(PASSING)
    assert "rules/home.yaml:19:5: unknown key 'schedul'" in published.errors("test", "--draft", "site.test.yaml", status=2)


def test_the_example_site_keeps_its_promises(site):
    text = site.text("test", "--site", ROOT / "conf/site.yaml", "--draft", ROOT / "conf/rules.test.yaml")
    assert text == "13 passed, 0 failed\n"
