"""Edits for abm.js: one data block and one reference in a page that is original otherwise."""

import gzip
import json
import re

import pytest

from harness.client import fetch
from harness.nginx import STATUS, Nginx
from harness.recalling import ask_until_whole, learned, recalls, with_recall_log
from harness.site import ALPHA, ALPHA_PAGE, BETA, CRAWLER, PAGE, RIVAL, RULES, STRANGER
from harness.upstream import Reply

SCRIPT = "location = /abm.js { abm_script; }"
EDITS = [
    {"slot": "headline", "select": "h1", "html": "Made for presses"},
    {"slot": "cta", "select": 'a[data-abm-slot="cta"]', "html": "See the plan", "attributes": {"href": "/for/alpha"}},
    {"slot": "story", "select": "#story", "html": "<p>Alpha's <b>story</b></p>"},
    {"slot": "absent", "select": "#not-there", "html": "never seen"},
]
BLOCK = re.compile(rb'<script type="application/json" id="abm-edits">([^<>&]*)</script>'
                   rb'<script src="(/abm\.js\?v=[0-9a-f]{16})"( nonce="[^"]*")?></script>')


def split(body):
    """The data of the one block, the reference's URL, its nonce, and the page without both."""
    assert len(BLOCK.findall(body)) == 1, body[:2000]
    found = BLOCK.search(body)
    assert body[:found.start()].endswith(b"<head>")
    return json.loads(found[1]), found[2].decode(), found[3], body[:found.start()] + body[found.end():]


@pytest.fixture
def scripted(serve):
    def start(**arguments):
        arguments["server"] = SCRIPT + arguments.get("server", "")
        arguments["http"] = "abm_delivery script;" + arguments.get("http", "")
        return serve(**arguments)
    return start


def test_the_page_is_original_but_for_the_block(scripted):
    nginx = scripted()
    answer = fetch(nginx.port, ip=ALPHA)
    data, _, nonce, page = split(answer.body)
    assert data == {"v": 1, "page": "/", "edits": EDITS} and page == PAGE and nonce is None
    assert answer.all("Cache-Control") == ["private, no-cache"]
    (line,) = nginx.visits(1)
    assert line["page"] == "personalized" and line["skip"] is None
    assert line["rules"][0]["slots"] == dict.fromkeys(("headline", "cta", "story", "absent"), "applied")


def test_everybody_else_gets_the_original(scripted, own_site, tmp_path):
    own_site.write_rules(RULES + "control: { percent: 100 }\n")
    own_site.publish()
    nginx = scripted()
    plain = fetch(nginx.plain_port)
    for ip in (STRANGER, CRAWLER, RIVAL):
        assert fetch(nginx.port, ip=ip).same_as(plain)
    for headers in ({"Sec-GPC": "1"}, {"Cookie": "abm_optout=1"}, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}):
        assert fetch(nginx.port, ip=ALPHA, headers=headers).same_as(plain), headers
    control = scripted(data=own_site.data)
    for ip in (ALPHA, BETA, STRANGER):
        assert fetch(control.port, ip=ip).same_as(fetch(control.plain_port))
    assert {line["arm"] for line in control.visits(2)} == {"control"}


def test_every_place_where_the_page_may_be_cut(scripted, upstream):
    nginx = scripted()
    whole = fetch(nginx.port, ip=ALPHA).body
    for cut in range(1, len(PAGE)):
        upstream.on("/", Reply(parts=[PAGE[:cut], PAGE[cut:]], length=len(PAGE)))
        assert fetch(nginx.port, ip=ALPHA).body == whole, cut


def test_the_same_bytes_with_page_memory_and_gzip(serve):
    nginx = with_recall_log(serve)(server=SCRIPT, http="abm_delivery script; gzip on; gzip_min_length 1;")
    off = serve(server=SCRIPT, http="abm_delivery script; abm_page_memory off;")
    wanted = fetch(off.port, ip=ALPHA).body
    assert split(wanted)[3] == PAGE
    for _ in range(2):
        assert fetch(nginx.port, ip=ALPHA).body == wanted
    learned(nginx, 1)

    def ask():
        answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "gzip"})
        assert answer.get("Content-Encoding") == "gzip" and gzip.decompress(answer.body) == wanted
    ask_until_whole(nginx, ask, in_a_row=8)
    assert fetch(nginx.port, ip=ALPHA).body == wanted and recalls(nginx)[-1] == "whole"


def test_head_not_modified_and_the_etag(scripted, upstream):
    upstream.on("/", Reply(PAGE, headers={"ETag": '"origin"'}))
    nginx = scripted()
    answer = fetch(nginx.port, ip=ALPHA)
    etag = answer.get("ETag")
    assert etag.startswith('W/"abm-')
    again = fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": etag})
    assert (again.status, again.body) == (304, b"")
    head = fetch(nginx.port, ip=ALPHA, method="HEAD")
    assert (head.status, head.body, head.get("ETag")) == (200, b"", etag)
    assert fetch(nginx.port, ip=BETA).get("ETag") != etag
    assert [line["skip"] for line in nginx.visits(4)] == [None, None, "head", None]


def test_a_page_without_a_head_tag_stays_original(scripted, upstream):
    nginx = scripted()
    for body in (b"<!doctype html><title>x</title><h1>y</h1>", b"<h1>y</h1><head>", b"<!-- <head> --><title>x</title><h1>y</h1>"):
        upstream.on("/", Reply(body))
        assert fetch(nginx.port, ip=ALPHA).body == body
    for line in nginx.visits(3):
        assert (line["page"], line["skip"]) == ("original", "missing")
        assert set(line["rules"][0]["slots"].values()) == {"missing"}


@pytest.mark.parametrize("head", [b"<head>", b"<HEAD lang=en\n>", b"<head data-x='>'>"])
def test_the_head_tag_may_look_as_it_likes(scripted, upstream, head):
    page = PAGE.replace(b"<head>", head)
    upstream.on("/", Reply(page))
    nginx = scripted()
    body = fetch(nginx.port, ip=ALPHA).body
    found = BLOCK.search(body)
    assert body[:found.start()].endswith(head) and body[:found.start()] + body[found.end():] == page


@pytest.mark.parametrize("policy, nonce", [
    ("script-src 'nonce-abc+/9=='", b' nonce="abc+/9=="'),
    ("default-src 'self' 'nonce-zz'", b' nonce="zz"'),
    ("default-src 'nonce-zz'; script-src 'self'", None),
    ("script-src 'nonce-one'; script-src-elem 'nonce-two'", b' nonce="two"'),
    ("style-src 'nonce-style'", None),
    ("""script-src 'nonce-"><b>'""", None)])
def test_the_nonce_of_the_page_is_taken_over(scripted, upstream, policy, nonce):
    upstream.on("/", Reply(PAGE, headers={"Content-Security-Policy": policy}))
    nginx = scripted()
    data, _, found, page = split(fetch(nginx.port, ip=ALPHA).body)
    assert found == nonce and page == PAGE and data["edits"] == EDITS


def test_a_nonce_from_add_header_changes_the_etag(scripted, upstream):
    upstream.on("/", Reply(PAGE, headers={"ETag": '"origin"'}))
    nginx = scripted(http="""map $arg_n $policy { default ""; ~(.*) "script-src 'nonce-$1'"; } add_header Content-Security-Policy $policy;""")
    tags = set()
    for number in ("a", "b"):
        upstream.on(f"/?n={number}", Reply(PAGE, headers={"ETag": '"origin"'}))
        answer = fetch(nginx.port, f"/?n={number}", ip=ALPHA)
        assert split(answer.body)[2] == b' nonce="%s"' % number.encode()
        tags.add(answer.get("ETag"))
    assert len(tags) == 2


def test_other_charsets_get_ascii(scripted, upstream, own_site):
    own_site.write_rules("abm: rules/1\nrules:\n  - id: r\n    when: { account: alpha, path: /** }\n"
                         "    rewrite:\n      a: { text: 'Größe <&> 🙂', attributes: { title: 'ü \"&amp;' } }\n")
    own_site.publish()
    nginx = scripted(data=own_site.data)
    for charset in ("utf-8", "iso-8859-1", "shift_jis"):
        upstream.on("/", Reply(PAGE, headers={"Content-Type": f"text/html; charset={charset}"}))
        body = fetch(nginx.port, ip=ALPHA).body
        data, _, _, page = split(body)
        assert page == PAGE
        (edit,) = data["edits"]
        assert edit["html"] == "Größe &lt;&amp;&gt; 🙂" and edit["attributes"] == {"title": 'ü "&amp;'}
        assert edit["select"] == '[data-abm-slot="a"]'
        assert body.isascii() == (charset != "utf-8")


PER_SLOT = RULES.replace("  headline: h1\n", "  headline: { selector: h1, deliver: script }\n").replace(
    "  story: '#story'\n", "  story: { selector: '#story', deliver: html }\n")


def test_slots_may_be_delivered_apart(serve, own_site):
    own_site.write_rules(PER_SLOT)
    own_site.publish()
    nginx = serve(data=own_site.data, server=SCRIPT)
    data, _, _, page = split(fetch(nginx.port, ip=ALPHA).body)
    assert data["edits"] == [EDITS[0]]
    assert page == (PAGE.replace(b'href="/plan">Read on', b'href="/for/alpha">See the plan')
                    .replace(b"<p>The <i>usual</i> story</p>", b"<p>Alpha's <b>story</b></p>"))
    script = serve(data=own_site.data, server=SCRIPT, http="abm_delivery script;")
    data, _, _, page = split(fetch(script.port, ip=ALPHA).body)
    assert [edit["slot"] for edit in data["edits"]] == ["headline", "cta", "absent"]
    assert page == PAGE.replace(b"<p>The <i>usual</i> story</p>", b"<p>Alpha's <b>story</b></p>")


def test_without_abm_script_such_slots_are_skipped(serve, own_site):
    own_site.write_rules(PER_SLOT)
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    assert b"abm-edits" not in fetch(nginx.port, ip=ALPHA).body
    assert fetch(nginx.port, ip=BETA).same_as(fetch(nginx.plain_port))
    alpha, beta = nginx.visits(2)
    assert alpha["rules"][0]["slots"] == {"headline": "skipped:no-script", "cta": "applied", "story": "applied", "absent": "missing"}
    assert beta["skip"] == "no-edit" and beta["rules"][0]["slots"] == {"headline": "skipped:no-script"}
    status = nginx.status()
    assert status["slots"] == {"applied": 2, "missing": 1, "skipped": 2} and status["personalized"] == 1


def test_nginx_refuses_script_delivery_without_a_script(tmp_path, site):
    def said(**arguments):
        done = Nginx(tmp_path / "nginx", data=site.data, **arguments).test()
        return done.returncode, done.stderr
    code, text = said(http="abm_delivery script;")
    assert code != 0 and 'add "location = /abm.js { abm_script; }"' in text
    assert said(http="abm_delivery script;", server=SCRIPT)[0] == 0
    assert said(server="abm_delivery html;")[0] == 0
    for location, why in (("location ~ abm.js$ { abm_script; }", "needs a location that pages can name"),
                          ("location @script { abm_script; }", "needs a location that pages can name"),
                          ('location = "/a b.js" { abm_script; }', "needs a location that pages can name"),
                          (SCRIPT + "location = /again.js { abm_script; }", 'in location "/abm.js" of this server already')):
        code, text = said(server=location)
        assert code != 0 and why in text, text


def test_abm_js_is_kept_for_good_under_its_version(scripted):
    nginx = scripted()
    url = split(fetch(nginx.port, ip=ALPHA).body)[1]
    answer = fetch(nginx.port, url)
    assert answer.get("Cache-Control") == "public, max-age=31536000, immutable"
    assert answer.get("Content-Type") == "text/javascript" and answer.get("X-Content-Type-Options") == "nosniff"
    assert answer.get("Cross-Origin-Resource-Policy") == "same-origin" and answer.get("Vary") == "Accept-Encoding"
    assert b"eval" not in answer.body and answer.body.isascii()
    for other in ("/abm.js", "/abm.js?v=0123456789abcdef", "/abm.js?v="):
        assert fetch(nginx.port, other).get("Cache-Control") == "no-cache"
    small = fetch(nginx.port, url, headers={"Accept-Encoding": "gzip"})
    assert small.get("Content-Encoding") == "gzip" and gzip.decompress(small.body) == answer.body
    assert len(small.body) <= 2048
    head = fetch(nginx.port, url, method="HEAD")
    assert head.body == b"" and head.get("Content-Length") == str(len(answer.body))
    again = fetch(nginx.port, url, headers={"If-None-Match": answer.get("ETag")})
    assert (again.status, again.body) == (304, b"")
    assert fetch(nginx.port, url, method="POST", body=b"x").status == 405


def test_preview_shows_the_block(scripted, site, tmp_path):
    key = tmp_path / "preview.key"
    key.write_bytes(b"0123456789abcdef" * 4 + b"\n")
    key.chmod(0o600)
    nginx = scripted(http=f"abm_preview_key {key};")
    link = site.abmctl("preview-link", "--account", "alpha", "--url", "http://www.example.com/", "--key", str(key)).stdout
    token = re.search(r"abm_preview=([A-Za-z0-9_-]+)", link)[1]
    answer = fetch(nginx.port, f"/?abm_preview={token}", ip=STRANGER)
    assert split(answer.body)[0]["edits"] == EDITS and answer.get("Cache-Control") == "no-store"


def test_a_cut_off_answer_counts_as_it_left(scripted, upstream):
    nginx = scripted(server="proxy_buffering off;")
    upstream.on("/", Reply(parts=[PAGE[:10]], length=len(PAGE)))
    fetch(nginx.port, ip=ALPHA)
    (line,) = nginx.visits(1)
    assert (line["page"], line["skip"]) == ("original", "aborted")
    assert set(line["rules"][0]["slots"].values()) == {"skipped:aborted"}


def has_seen(tmp_path, site):
    return "unknown directive" not in Nginx(tmp_path / "seen", data=site.data, server="location = /abm/seen { abm_seen; }").test().stderr


@pytest.mark.parametrize("delivery", ["html", "script"])
def test_where_the_site_asks_what_was_seen_the_block_says_so(serve, upstream, tmp_path, site, delivery):
    if not has_seen(tmp_path, site):
        pytest.skip("this module has no abm_seen")
    upstream.on("/", Reply(PAGE, headers={"ETag": '"origin"'}))
    nginx = with_recall_log(serve)(server=SCRIPT + "location = /abm/seen { abm_seen; }", http=f"abm_delivery {delivery}; gzip on; gzip_min_length 1;")
    ids, tags = [], set()
    for number in range(12):
        answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "gzip"})
        data, _, _, page = split(gzip.decompress(answer.body))
        assert data["seen"] == "/abm/seen" and data["page"] == "/"
        slots = [{"slot": edit["slot"], "select": edit["select"]} for edit in EDITS]
        if delivery == "html":
            assert page == ALPHA_PAGE and data["edits"] == [] and data["watch"] == slots
        else:
            assert page == PAGE and data["edits"] == EDITS and "watch" not in data
        ids.append(data["id"])
        tags.add(answer.get("ETag"))
        if number == 1:
            learned(nginx, 1)
    assert len(set(ids)) == len(tags) == 12, "nobody gets another visit's page"
    assert [line["request_id"] for line in nginx.visits(12)] == ids
    assert fetch(nginx.port, ip=STRANGER).body == PAGE


def test_without_the_script_nothing_is_watched(serve, tmp_path, site):
    if not has_seen(tmp_path, site):
        pytest.skip("this module has no abm_seen")
    assert fetch(serve(server="location = /abm/seen { abm_seen; }").port, ip=ALPHA).body == ALPHA_PAGE
