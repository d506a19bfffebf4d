"""abmctl lookup, explain, render, preview-link, schema: one visit, seen from every side."""

import os

import pytest

FILES = ["--rules", "rules/home.yaml", "--accounts", "accounts.ndjson"]


@pytest.fixture
def published(site):
    site.run("publish")
    return site


def test_lookup_names_account_network_and_source(published):
    found = published.json("lookup", "198.51.100.7", "::ffff:198.51.100.7", "2001:db8:1::9", "192.0.2.1", "192.0.2.200", "10.0.0.1",
                           "203.0.113.200")
    assert [entry.get("account") for entry in found] == ["deere", "deere", "deere", "smallco", None, None, "rival"]
    assert found[0]["network"] == "198.51.100.0/24" and found[0]["source"] == "feed" and found[0]["confidence"] == "high"
    assert found[3]["source"] == "csv" and found[3]["confidence"] == "medium"
    assert found[4]["exclusion"] == "isp" and not found[4]["identified"]
    assert found[6]["excluded"] is True
    text = published.text("lookup", "198.51.100.7", "192.0.2.200", "10.0.0.1")
    assert "198.51.100.7: deere (Deere & Company), one-to-one" in text
    assert "192.0.2.200: not identified: 192.0.2.128/25 is isp" in text
    assert "10.0.0.1: not identified" in text
    assert "'1.2.3' is not an IP address" in published.errors("lookup", "1.2.3", status=2)


def test_explain_says_who_wins_and_why_others_do_not(published):
    visit = published.json("explain", "--ip", "198.51.100.7", "--url", "https://www.acme.example/")
    assert visit["account"] == "deere" and visit["arm"] == "treated" and visit["generation"] == 1 and visit["skip"] is None
    assert visit["slots"]["hero-cta"]["rule"] == "deere-home" and visit["slots"]["case-study"]["rule"] == "deere-home"
    rules = {rule["id"]: rule for rule in visit["rules"]}
    assert sorted(rules["deere-home"]["won"]) == ["case-study", "hero-cta"]
    assert rules["industrial-story"]["matched"] and rules["industrial-story"]["lost"][0]["slot"] == "hero-cta"
    assert not rules["winter"]["matched"] and rules["winter"]["reason"]
    text = published.text("explain", "--ip", "198.51.100.7", "--url", "https://www.acme.example/")
    assert "deere-home (rules/home.yaml:8): matches" in text and "winter" in text


def test_explain_says_why_a_slot_that_was_won_stays_original(site):
    site.replace("rules/home.yaml", '{{ account.attributes.competitor | default: \\"the others\\" }}', "{{ account.attributes.competitor }}")
    visit = site.json("explain", *FILES, "--account", "ford", "--url", "/pricing")
    why = "account.attributes.competitor has no value and no default"
    assert [{"slot": "hero-cta", "reason": why}] in [rule["original"] for rule in visit["rules"]]
    assert f"; hero-cta stays original: {why}" in site.text("explain", *FILES, "--account", "ford", "--url", "/pricing")
    assert not any(rule["original"] for rule in site.json("explain", *FILES, "--account", "deere", "--url", "/pricing")["rules"])


def test_explain_by_account_and_time(published):
    def arm(at):
        return published.json("explain", "--account", "smallco", "--url", "/pricing", "--at", at)["slots"]

    assert arm("2026-11-30T23:59:59Z") == {}
    assert arm("2026-12-01T00:00:00Z")["hero-cta"]["rule"] == "winter"
    assert arm("2027-02-28T23:59:59Z")["hero-cta"]["rule"] == "winter"
    assert arm("2027-03-01T00:00:00Z") == {}


def test_explain_of_unknown_and_excluded_visitors(published):
    assert published.json("explain", "--ip", "10.0.0.1", "--url", "/")["skip"] == "unidentified"
    assert published.json("explain", "--ip", "192.0.2.200", "--url", "/")["exclusion"] == "isp"
    excluded = published.json("explain", "--ip", "203.0.113.200", "--url", "/")
    assert excluded["skip"] == "excluded" and excluded["account"] == "rival" and excluded["slots"] == {}
    assert "original page: excluded" in published.text("explain", "--ip", "203.0.113.200", "--url", "/")


def test_explain_looks_at_an_older_generation(published):
    published.replace("rules/home.yaml", "id: winter", "id: spring")
    published.run("publish")
    rules = lambda *more: [rule["id"] for rule in published.json("explain", "--account", "deere", "--url", "/", *more)["rules"]]
    assert "spring" in rules() and "winter" in rules("--generation", "1")


@pytest.mark.parametrize("arguments, message", [
    (["--url", "/"], "say who visits"),
    (["--ip", "1.2.3", "--url", "/"], "--ip '1.2.3' is not an IP address"),
    (["--account", "nobody", "--url", "/"], "--account 'nobody': the feed has no such account"),
    (["--account", "deere", "--url", "pricing"], "url 'pricing': must begin with http://, https:// or '/'"),
    (["--account", "deere", "--url", "/", "--at", "tomorrow"], "--at 'tomorrow' is not an RFC 3339 time"),
])
def test_explain_refuses_what_it_cannot_read(published, arguments, message):
    assert message in published.errors("explain", *arguments, status=2)


def test_paths_match_as_nginx_normalizes_them(published):
    for url in ("/solutions/x", "//solutions//x", "/solutions/%78", "/a/../solutions/x", "https://h.example:8443/solutions/x?y=/z"):
        slots = published.json("explain", "--account", "deere", "--url", url)["slots"]
        assert slots["hero-cta"]["rule"] == "deere-home", url


def test_render_is_byte_exact(site):
    page = (site / "pages/index.html").read_bytes()
    expected = page.replace(b'<a data-abm-slot="hero-cta" href="/contact">Talk to us</a>',
                            b'<a data-abm-slot="hero-cta" href="/for/deere">See the plan we drew up</a>')
    expected = expected.replace(b"<h2>Customers</h2><p>Many.</p>", b"<h2>How a harvest line lost no hour</h2>\n")
    assert expected != page
    rendered = site.run("render", *FILES, "--account", "deere", "--url", "https://www.acme.example/", "pages/index.html")
    assert rendered.stdout == expected and rendered.stderr == b""
    # The page may be anywhere on the command line, or come from stdin.
    assert site.run("render", "--account", "deere", "--url", "/", "pages/index.html", *FILES).stdout == expected
    assert site.run("render", "--account", "deere", "--url", "/", *FILES, "-", stdin=page).stdout == expected
    site.run("publish")
    assert site.run("render", "--ip", "198.51.100.7", "--url", "/", "pages/index.html").stdout == expected
    assert site.run("render", "--draft", "--ip", "198.51.100.7", "--url", "/", "pages/index.html").stdout == expected


def test_render_escapes_and_fills_in(site):
    out = site.text("render", *FILES, "--account", "deere", "--url", "/pricing", "pages/index.html")
    assert ">Compare us with AGCO</a>" in out
    out = site.text("render", *FILES, "--account", "ford", "--url", "/pricing", "pages/index.html")
    assert ">Compare us with the others</a>" in out


@pytest.mark.parametrize("visitor", [["--ip", "10.0.0.1"], ["--ip", "203.0.113.200"], ["--account", "smallco", "--at", "2026-01-01T00:00:00Z"]])
def test_render_leaves_the_page_of_others_alone(published, visitor):
    page = (published / "pages/index.html").read_bytes()
    assert published.run("render", *visitor, "--url", "/", "pages/index.html").stdout == page


def test_render_leaves_a_page_in_utf16_alone(published):
    page = (published / "pages/index.html").read_bytes()
    done = published.run("render", "--account", "deere", "--url", "/", "--charset", "utf-16", "pages/index.html")
    assert done.stdout == page and b"cannot be rewritten" in done.stderr


def test_render_shows_only_what_changes(published):
    diff = published.text("render", "--account", "deere", "--url", "/", "--diff", "pages/index.html")
    assert '-<a data-abm-slot="hero-cta" href="/contact">Talk to us</a>\n' in diff
    assert '+<a data-abm-slot="hero-cta" href="/for/deere">See the plan we drew up</a>\n' in diff
    assert "title" not in diff.split("@@")[0]
    assert published.text("render", "--ip", "10.0.0.1", "--url", "/", "--diff", "pages/index.html") == ""


def test_render_tells_programs_what_became_of_each_slot(published):
    (published / "bare.html").write_text('<a data-abm-slot="hero-cta">x</a>')
    answer = published.json("render", "--account", "deere", "--url", "/", "bare.html")
    assert answer["changed"] and answer["html"] == '<a data-abm-slot="hero-cta" href="/for/deere">See the plan we drew up</a>'
    assert {slot["slot"]: slot["outcome"] for slot in answer["slots"]} == {"hero-cta": "applied", "case-study": "missing"}


def test_render_of_broken_rules_says_where(site):
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    errors = site.errors("render", *FILES, "--account", "deere", "--url", "/", "pages/index.html", status=1)
    assert "rules/home.yaml:19:5: unknown key 'schedul'" in errors


def test_render_without_a_generation_says_what_to_do(site):
    errors = site.errors("render", "--account", "deere", "--url", "/", "pages/index.html", status=2)
    assert "abmctl publish" in errors and "--draft" in errors
    assert "none.html: no such file" in site.errors("render", *FILES, "--account", "deere", "--url", "/", "none.html", status=2)


def test_preview_link_carries_a_token_for_host_and_account(published):
    (published / "preview.key").write_text("k" * 64 + "\n")
    os.chmod(published / "preview.key", 0o600)
    link = published.text("preview-link", "--key", "preview.key", "--account", "deere", "--url", "https://www.acme.example/x?a=b#c").strip()
    assert link.startswith("https://www.acme.example/x?a=b&abm_preview=") and link.endswith("#c")
    assert "has no such account" in published.errors("preview-link", "--key", "preview.key", "--account", "nobody", "--url",
                                                     "https://www.acme.example/", status=2)
    assert "a link needs its host" in published.errors("preview-link", "--key", "preview.key", "--account", "deere", "--url", "/", status=2)
    os.chmod(published / "preview.key", 0o644)
    assert "others may read or write this key" in published.errors("preview-link", "--key", "preview.key", "--account", "deere", "--url",
                                                                   "https://www.acme.example/", status=2)


def test_every_command_has_help_with_an_example(site):
    overview = site.text("--help")
    for command in ("check", "publish", "rollback", "status", "lookup", "explain", "render", "test", "diff", "preview-link", "schema"):
        assert command in overview
        text = site.text(command, "--help")
        assert f"abmctl {command}" in text and "Example" in text, command


def test_nothing_is_coloured_where_no_terminal_is(published):
    for arguments in (["status"], ["explain", "--account", "deere", "--url", "/"], ["lookup", "198.51.100.7"]):
        assert "\x1b" not in published.text(*arguments)
