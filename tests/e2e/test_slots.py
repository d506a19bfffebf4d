"""abm_slots: the visitor's edits for another page of the site, and nothing of who it is."""

import json
import re

import pytest

from harness.client import fetch
from harness.nginx import STATUS
from harness.upstream import Reply
from harness.site import ALPHA, BETA, CRAWLER, RIVAL, RULES, STRANGER

SLOTS = "location = /abm/slots { abm_slots; }"
NOBODY = b'{"v":1,"edits":[]}'
EDITS = [
    {"slot": "headline", "select": "h1", "html": "Made for presses"},
    {"slot": "cta", "select": 'a[data-abm-slot="cta"]', "html": "See the plan", "attributes": {"href": "/for/alpha"}},
    {"slot": "story", "select": "#story", "html": "<p>Alpha's <b>story</b></p>"},
    {"slot": "absent", "select": "#not-there", "html": "never seen"},
]


def asked(nginx, url="/pricing", ip=ALPHA, **more):
    return fetch(nginx.port, f"/abm/slots?url={url}", ip=ip, **more)


@pytest.mark.parametrize("http", ["", "abm on;", "abm on; abm_types *;"])
def test_tells_the_edits_of_a_path(serve, http):
    nginx = serve(server=SLOTS, http=http)
    answer = asked(nginx)
    assert json.loads(answer.body) == {"v": 1, "page": "/pricing", "edits": EDITS}
    assert answer.all("Cache-Control") == ["private, no-cache"] and answer.get("Content-Type") == "application/json"
    assert answer.get("X-Content-Type-Options") == "nosniff" and answer.get("Cross-Origin-Resource-Policy") == "same-origin"
    assert b"<" not in answer.body and b"&" not in answer.body
    again = asked(nginx, headers={"If-None-Match": answer.get("ETag")})
    assert (again.status, again.body) == (304, b"") and again.all("Cache-Control") == ["private, no-cache"]
    head = asked(nginx, method="HEAD")
    assert head.body == b"" and head.get("Content-Length") == str(len(answer.body))
    assert asked(nginx, method="POST", body=b"x").status == 405
    assert nginx.visits(0) == [], "it is no visit"


def test_whoever_has_none_gets_the_same_bytes(serve, own_site):
    own_site.write_rules(RULES + "control: { percent: 100 }\n")
    own_site.publish()
    nginx, control = serve(server=SLOTS), serve(data=own_site.data, server=SLOTS)
    answers = [asked(nginx, ip=ip) for ip in (STRANGER, CRAWLER, RIVAL)]
    answers += [asked(nginx, headers=headers) for headers in (
        {"Sec-GPC": "1"}, {"Cookie": "abm_optout=1"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"})]
    answers += [asked(control, ip=ip) for ip in (ALPHA, BETA)]
    for answer in answers:
        assert answer.body == NOBODY and answer.visible_headers() == answers[0].visible_headers()


def test_no_cache_keeps_it_whatever_the_configuration_says(serve):
    nginx = serve(server="location = /abm/slots { abm_slots; expires 1h; add_header X-Accel-Expires 3600; }")
    answer = asked(nginx)
    assert answer.all("Cache-Control") == ["private, no-cache"]
    assert not answer.has("X-Accel-Expires") and not answer.has("Expires")


@pytest.mark.parametrize("url", ["", "pricing", "//evil.example/", "/%5Cevil.example", "%2F%2Fevil.example", "https://evil.example/", "/a%00b", "/a%20b",
                                 "/%0D%0A", "/../x", "/%2E%2E/x", "/a%", "/%2", "/x%23y", "/" + 8300 * "a"], ids=lambda url: url[:12])
def test_what_is_no_path_of_the_site_is_refused(serve, url):
    nginx = serve(server=SLOTS, http="large_client_header_buffers 4 32k;")
    for ip in (ALPHA, STRANGER):
        answer = asked(nginx, url, ip=ip)
        assert answer.status == 400 and b"?url=%2Fpricing" in answer.body
        assert answer.get("Content-Type") == "text/plain" and answer.all("Cache-Control") == ["private, no-store"]
    assert fetch(nginx.port, "/abm/slots", ip=ALPHA).status == 400


def test_path_and_query_are_those_that_a_page_would_be_matched_on(serve, own_site):
    own_site.write_rules("""abm: rules/1
rules:
  - { id: a, when: { account: alpha, path: /lösungen/**, query.plan: team }, rewrite: { a: { text: "{{ page.path }}" } } }
  - { id: b, when: { account: alpha, language: de, host: www.example.com }, rewrite: { b: { text: de } } }
""")
    own_site.publish()
    nginx = serve(data=own_site.data, server=SLOTS)

    def slots(url, **headers):
        return {edit["slot"]: edit["html"] for edit in json.loads(asked(nginx, url, headers=headers).body)["edits"]}
    for url in ("%2Fl%25C3%25B6sungen%2Fx%3Fplan%3Dteam", "/l%25C3%25B6sungen//x%3Fa=1%26plan=team", "/x/../l%c3%b6sungen/./x%3Fplan=team"):
        assert slots(url) == {"a": "/lösungen/x"}, url
    assert slots("/l%c3%b6sungen/x%3Fplan=solo") == {}
    assert slots("/", Accept_Language="de") == {} and slots("/", **{"Accept-Language": "de-AT"}) == {"b": "de"}


def test_slots_that_pages_have_in_their_html_are_among_them(serve, own_site):
    own_site.write_rules(RULES.replace("headline: h1", "headline: { selector: h1, deliver: html }").replace("'#story'", "{ selector: '#story', deliver: script }"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=SLOTS)
    assert json.loads(asked(nginx).body)["edits"] == EDITS
    assert [edit["slot"] for edit in json.loads(asked(nginx, ip=BETA).body)["edits"]] == ["headline"]


def test_what_is_included_in_another_page_tells_nothing(serve, upstream):
    upstream.on("/with", Reply(b'<p><!--# include virtual="/abm/slots?url=/pricing" --></p>'))
    nginx = serve(server=SLOTS + "location = /with { ssi on; expires 1h; abm off; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    answer = fetch(nginx.port, "/with", ip=ALPHA)
    assert answer.body == b'<p>{"v":1,"edits":[]}</p>', "a cache may keep it"


def test_a_preview_goes_on_to_the_next_page(serve, site, tmp_path):
    key = tmp_path / "preview.key"
    key.write_bytes(b"0123456789abcdef" * 4 + b"\n")
    key.chmod(0o600)
    nginx = serve(server=SLOTS + "location = /abm.js { abm_script; }", http=f"abm_preview_key {key}; abm_delivery script; "
                  f"log_format all '$request|$request_uri|$args'; access_log {tmp_path}/access.log all;")
    link = site.abmctl("preview-link", "--account", "alpha", "--url", "http://www.example.com/", "--key", str(key)).stdout
    token = re.search(r"abm_preview=([A-Za-z0-9_-]+)", link)[1]
    page = fetch(nginx.port, f"/?abm_preview={token}", ip=STRANGER).body
    url = json.loads(re.search(rb'"slots":("[^"]*")', page)[1])
    assert url == f"/abm/slots?abm_preview={token}&url="
    answer = fetch(nginx.port, url + "/next", ip=STRANGER)
    assert json.loads(answer.body)["edits"] == EDITS
    assert answer.all("Cache-Control") == ["private, no-store"], "as previews are"
    assert nginx.visits(0) == []
    log = (tmp_path / "access.log").read_text()
    assert "/abm/slots?url=" in log and token not in log


def test_no_data_no_edits(serve, tmp_path):
    nginx = serve(data=tmp_path / "nowhere", server=SLOTS + STATUS)
    assert asked(nginx).body == NOBODY
    plain = serve(abm="access_log off;", server=SLOTS)
    assert asked(plain).body == NOBODY
