"""Pages that a framework hydrates: the visit line names it, and marks edits that it is known to put back."""

import pathlib

import pytest

from harness.client import fetch
from harness.recalling import ask_until_whole, recalls, with_recall_log
from harness.site import ALPHA, BETA, Site
from harness.upstream import Reply, Sleep

PAGES = sorted((pathlib.Path(__file__).parent.parent / "frameworks/pages").glob("*.html"))
HEAD = b"<!doctype html><html><head><title>t</title></head><body><p id=story>Out</p>"
REACT = HEAD + b'<div id="root"><h1>Hello, <!-- -->Ada</h1><a data-abm-slot="cta" href="/plan">Read</a></div></body></html>'
ATTRIBUTES = """\
abm: rules/1
slots: { cta: '[data-abm-slot="cta"]' }
rules:
  - { id: r, when: { account: alpha }, rewrite: { cta: { attributes: { href: /for/alpha } } } }
"""


def slots_of(line):
    return {slot: state for rule in line["rules"] for slot, state in rule["slots"].items()}


@pytest.mark.parametrize("chunks", [0, 1, 7])
def test_the_line_names_the_framework_and_marks_what_it_puts_back(serve, upstream, chunks):
    nginx = serve()
    size = chunks * 40 or len(REACT)
    upstream.on("/", Reply(parts=[part for i in range(0, len(REACT), size) for part in (REACT[i:i + size], Sleep(0.001))]))
    fetch(nginx.port, ip=ALPHA)
    line = nginx.visits(1)[0]
    assert line["framework"] == "react" and line["page"] == "personalized"
    # The first one is outside of what React hydrates; the others go with the text.
    assert slots_of(line) == {"headline": "applied:at-risk", "cta": "applied:at-risk", "story": "applied", "absent": "missing"}


def test_attributes_alone_stay_in_react(serve, upstream, tmp_path):
    site = Site(tmp_path / "own", rules=ATTRIBUTES)
    site.publish()
    nginx = serve(data=site.data)
    upstream.on("/", Reply(REACT))
    fetch(nginx.port, ip=ALPHA)
    line = nginx.visits(1)[0]
    assert line["framework"] == "react" and slots_of(line) == {"cta": "applied"}


def test_an_element_that_holds_its_inner_html_stays(serve, upstream):
    nginx = serve()
    page = HEAD + b'<div id="root"><p>a<!-- -->b</p><h1 data-abm-holds>Usual</h1></div></body></html>'
    upstream.on("/", Reply(page))
    fetch(nginx.port, ip=BETA)
    line = nginx.visits(1)[0]
    assert line["framework"] == "react" and slots_of(line) == {"headline": "applied"}


def test_without_a_framework_nothing_is_said(serve):
    nginx = serve()
    fetch(nginx.port, ip=ALPHA)
    line = nginx.visits(1)[0]
    assert "framework" not in line and slots_of(line)["headline"] == "applied"


def test_original_pages_are_not_looked_at(serve, upstream, own_site):
    own_site.write_rules((own_site.folder / "rules.yaml").read_text() + "control: { percent: 100, salt: x }\n")
    own_site.publish()
    nginx = serve(data=own_site.data)
    upstream.on("/", Reply(REACT))
    assert fetch(nginx.port, ip=ALPHA).body == REACT
    line = nginx.visits(1)[0]
    assert "framework" not in line and line["arm"] == "control"


def test_a_page_told_from_memory_has_the_same_line(serve, upstream):
    nginx = with_recall_log(serve)()
    upstream.on("/", Reply(REACT))
    ask_until_whole(nginx, lambda: fetch(nginx.port, ip=ALPHA))
    assert {"scan", "whole"} <= set(recalls(nginx))
    lines = nginx.visits(len(recalls(nginx)))
    assert {line["framework"] for line in lines} == {"react"}
    assert all(slots_of(line) == slots_of(lines[0]) for line in lines)
    # One that parts from it is told as it is.
    upstream.on("/", Reply(REACT.replace(b"</body>", b"<script id=__NEXT_DATA__>{}</script></body>")))
    fetch(nginx.port, ip=ALPHA)
    assert nginx.visits(len(lines) + 1)[-1]["framework"] == "next-pages"


@pytest.mark.skipif(not PAGES, reason="there are no saved pages of frameworks")
@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_pages_of_real_frameworks_are_named(serve, upstream, page):
    nginx = serve()
    upstream.on("/", Reply(page.read_bytes()))
    fetch(nginx.port, ip=ALPHA)
    wanted = "react" if page.stem.startswith("react") else page.stem
    assert nginx.visits(1)[0].get("framework") == wanted
