"""render and explain on a page that is fetched, with an account that is named as people name it."""

import gzip
import os
import pty
import subprocess

import pytest

from abmctl_program import PROGRAM
from servers import Hostile, body, send_head

FILES = ["--rules", "rules/home.yaml", "--accounts", "accounts.ndjson"]
HTML = "text/html; charset=utf-8"


@pytest.fixture
def page(site):
    return (site / "pages/index.html").read_bytes()


def redirect(to, status=302):
    return lambda handler: send_head(handler, status, {"Location": to, "Content-Length": "0"})


def test_render_fetches_the_page_and_takes_its_address(site, page):
    expected = site.run("render", *FILES, "--account", "deere", "--url", "/solutions/x", "pages/index.html").stdout
    assert expected != page
    with Hostile({"/solutions/x": body(page, Content_Type=HTML)}) as server:
        done = site.run("render", "--account", "deere", server.url("/solutions/x"), *FILES)
        assert done.stdout == expected and done.stderr == b""
        asked = server.requests[0][1]
        assert asked["Sec-GPC"] == "1" and asked["User-Agent"].startswith("abmctl/") and "Cookie" not in asked
        answer = site.json("render", "--account", "deere", server.url("/solutions/x"), *FILES)
        assert answer["page"] == server.url("/solutions/x") and answer["html"].encode() == expected
        # The path that rules are judged by may be another one.
        other = site.run("render", "--account", "deere", "--url", "/pricing", server.url("/solutions/x"), *FILES)
        assert other.stdout == site.run("render", *FILES, "--account", "deere", "--url", "/pricing", "pages/index.html").stdout


def test_redirects_within_the_site_are_followed_and_told(site, page):
    with Hostile({"/old": redirect("/solutions/x?y=1"), "/solutions/x": body(page, Content_Type=HTML), "/loop": redirect("/loop"),
                  "/away": redirect("http://other.example/"), "/file": redirect("file:///etc/passwd"), "/none": redirect("")}) as server:
        done = site.run("render", "--account", "deere", server.url("/old"), *FILES)
        assert f"redirected to {server.url('/solutions/x?y=1')}" in done.stderr.decode()
        assert b"See the plan we drew up" in done.stdout
        visit = site.json("explain", "--account", "deere", server.url("/old"), *FILES)
        assert visit["path"] == "/solutions/x" and visit["query"] == "y=1" and visit["page"]["name"] == server.url("/solutions/x?y=1")
        for path, message in (("/loop", "more than 5 redirects"), ("/away", "it redirects to another host, 'other.example': name the final"),
                              ("/file", "which is not an http address"), ("/none", "without saying where to")):
            errors = site.errors("render", "--account", "deere", server.url(path), *FILES, status=2)
            assert message in errors and server.url(path) in errors, path


def test_only_html_that_can_be_read_is_a_page(site, page):
    answers = {"/image": body(b"GIF89a", Content_Type="image/gif"), "/untyped": body(page), "/gone": body(b"", status=410),
               "/brotli": body(page, Content_Type=HTML, Content_Encoding="br"), "/xhtml": body(page, Content_Type="application/xhtml+xml"),
               "/zip": body(gzip.compress(page), Content_Type=HTML, Content_Encoding="gzip"), "/utf16": body(page, Content_Type="text/html; charset=utf-16"),
               "/latin": body('<a data-abm-slot="hero-cta">é</a>'.encode("latin-1"), Content_Type="Text/HTML;charset=ISO-8859-1")}
    with Hostile(answers) as server:
        for path, message in (("/image", "answers with 'image/gif': HTML is expected"), ("/untyped", "without a Content-Type"),
                              ("/gone", "answers 410"), ("/brotli", "the body's compression is broken"), ("/xhtml", "HTML is expected"), ("/no", "answers 404")):
            errors = site.errors("explain", "--account", "deere", server.url(path), *FILES, status=2)
            assert message in errors and server.url(path) in errors, path
        assert site.json("explain", "--account", "deere", server.url("/zip"), *FILES)["page"]["slots"]
        done = site.run("render", "--account", "deere", server.url("/utf16"), *FILES)
        assert done.stdout == page and b"charset 'utf-16' cannot be rewritten" in done.stderr
        latin = site.run("render", "--account", "deere", "--url", "/", server.url("/latin"), *FILES).stdout
        assert latin == b'<a data-abm-slot="hero-cta" href="/for/deere">See the plan we drew up</a>'
    assert "connect to" in site.errors("render", "--account", "deere", server.url("/"), *FILES, status=2).lower()


def test_render_says_how_many_elements_each_slot_matched(site):
    (site / "two.html").write_text('<a data-abm-slot="hero-cta">x</a><a data-abm-slot="hero-cta">y</a>')
    command = ["render", *FILES, "--account", "deere", "--url", "/", "two.html"]
    answer = site.json(*command)
    assert {slot["slot"]: (slot["elements"], slot["outcome"]) for slot in answer["slots"]} == {
        "hero-cta": (2, "applied"), "case-study": (0, "missing")}
    assert answer["idle_slots"] == []
    # What leaves a winner without an element is always said, the rest on a terminal.
    errors = site.errors(*command)
    assert "two.html: slot 'case-study' matches no element: missing (rule 'deere-home')" in errors and "hero-cta" not in errors
    ours, theirs = pty.openpty()
    subprocess.run([PROGRAM, *command], cwd=site.folder, stdout=subprocess.DEVNULL, stderr=theirs, check=True)
    os.close(theirs)
    told = os.read(ours, 65536).decode()
    os.close(ours)
    assert "slot 'hero-cta' matches 2 elements: applied (rule 'deere-home')" in told
    idle = site.json("render", *FILES, "--account", "ford", "--url", "/none", "pages/index.html")
    assert idle["idle_slots"] == [{"slot": "case-study", "elements": 1}] and idle["slots"][0]["elements"] == 1


def test_explain_says_what_the_page_has(site):
    (site / "two.html").write_text('<a data-abm-slot="hero-cta">x</a><a data-abm-slot="hero-cta">y</a>')
    visit = site.json("explain", *FILES, "--account", "deere", "--url", "/", "two.html")
    assert visit["page"] == {"name": "two.html", "slots": [{"slot": "hero-cta", "elements": 2, "won": True},
                                                           {"slot": "case-study", "elements": 0, "won": True}]}
    text = site.text("explain", "--account", "deere", "--url", "/", "two.html", *FILES)
    assert "slots on two.html\n  hero-cta: 2 elements\n  case-study: no element\n" in text
    assert site.json("explain", *FILES, "--account", "deere", "--url", "/")["page"] is None
    assert "say which page" in site.errors("explain", "--account", "deere", "two.html", *FILES, status=2)


def test_an_account_is_named_by_id_name_or_domain(site):
    with open(site / "accounts.ndjson", "a", encoding="utf-8") as feed:
        feed.write('{"id":"small-de","name":"Small Co","domains":["small.example"]}\n')
        feed.write('{"id":"deere.com","name":"Squatter","domains":["www.squatter.example","small.example"]}\n')

    def account(text):
        return site.json("explain", *FILES, "--url", "/", "--account", text)["account"]

    assert account("deere") == "deere"
    assert account("Deere & Company") == "deere" and account("DEERE & company") == "deere"
    assert account("deere.com") == "deere.com", "an id comes first"
    assert account("www.deere.com.") == "deere" and account("squatter.example") == "deere.com"
    for text, names in (("small co", ("smallco (Small Co)", "small-de (Small Co, small.example)")),
                        ("Small.Example", ("small-de (Small Co", "deere.com (Squatter"))):
        errors = site.errors("explain", *FILES, "--url", "/", "--account", text, status=2)
        assert f"--account '{text}': 2 accounts answer to that: " in errors and "name one by its id" in errors
        assert all(name in errors for name in names)
    assert "the feed has no such account, by id, name or domain, did you mean 'Ford Motor Company'?" in site.errors(
        "render", *FILES, "--url", "/", "--account", "Ford Motor Compny", "pages/index.html", status=2)
    site.run("publish")
    (site / "preview.key").write_text("k" * 64 + "\n")
    os.chmod(site / "preview.key", 0o600)
    link = ["preview-link", "--key", "preview.key", "--url", "https://www.acme.example/", "--account"]
    assert "abm_preview=" in site.text(*link, "Ford Motor Company")
    assert "2 accounts answer to that" in site.errors(*link, "Small Co", status=2)
