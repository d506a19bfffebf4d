"""The main path: who sees what, and what the log says about it."""

import pytest

from harness.client import fetch
from harness.site import ALPHA, ALPHA_PAGE, ALPHA_V6, BETA, BETA_PAGE, CRAWLER, PAGE, RIVAL, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for


def test_unknown_visitor_gets_the_original_with_identical_headers(serve, upstream):
    nginx = serve()
    upstream.on("/", Reply(PAGE, headers={"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT",
                                          "Accept-Ranges": "bytes", "Cache-Control": "public, max-age=60"}))
    with_module, without = fetch(nginx.port, ip=STRANGER), fetch(nginx.plain_port, ip=STRANGER)
    assert with_module.status == 200 and with_module.body == PAGE
    assert with_module.same_as(without)
    assert nginx.visits() == []


def test_known_account_gets_its_page(serve):
    nginx = serve()
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert fetch(nginx.port, ip=BETA).body == BETA_PAGE


def test_ipv6_and_ipv4_mapped_visitors_are_known(serve):
    nginx = serve()
    assert fetch(nginx.port, ip=ALPHA_V6).body == ALPHA_PAGE
    assert fetch(nginx.port, ip="::ffff:" + ALPHA).body == ALPHA_PAGE


def test_output_is_what_abmctl_render_shows(serve, site, tmp_path):
    nginx = serve()
    page = tmp_path / "page.html"
    page.write_bytes(PAGE)
    for ip in (ALPHA, BETA, STRANGER):
        shown = site.abmctl("render", "--ip", ip, "--url", "http://www.example.com/", str(page)).stdout
        assert fetch(nginx.port, ip=ip).text() == shown


def test_personalized_visit_leaves_one_line_as_designed(serve, site):
    nginx = serve()
    answer = fetch(nginx.port, "/?utm_source=x&secret=1", ip=ALPHA,
                   headers={"Referer": "https://user@www.google.com:443/search?q=secret", "User-Agent": "Mozilla/5.0"})
    line = nginx.visits(1)[0]
    assert list(line) == ["v", "ts", "request_id", "host", "method", "path", "status", "referrer_host", "account", "tier",
                          "segments", "stage", "owner", "source", "confidence", "role", "campaign", "activity", "network", "ip", "visitor", "arm", "family",
                          "generation", "feed_version", "page", "rules", "signals", "skip", "bot", "load", "bytes", "rewrite_us", "recall"]
    assert line["host"] == "www.example.com" and line["path"] == "/" and line["referrer_host"] == "www.google.com"
    assert (line["account"], line["tier"], line["segments"]) == ("alpha", "one-to-one", ["press-shops"])
    assert (line["source"], line["confidence"], line["network"]) == ("feed", "high", "198.51.100.0/24")
    assert (line["role"], line["campaign"], line["activity"]) == (None, None, None)
    assert line["ip"] == "198.51.100.0" and line["generation"] == site.generation() and line["feed_version"] == 1
    assert (line["page"], line["skip"], line["arm"], line["bot"]) == ("personalized", None, "treated", False)
    assert line["rules"] == [{"id": "alpha-page", "variant": None,
                              "slots": {"headline": "applied", "cta": "applied", "story": "applied", "absent": "missing"}}]
    assert line["bytes"] >= len(answer.body)
    assert "secret" not in str(line)


def test_excluded_account_is_logged_and_never_personalized(serve):
    nginx = serve()
    assert fetch(nginx.port, ip=RIVAL).same_as(fetch(nginx.plain_port))
    line = nginx.visits(1)[0]
    assert (line["account"], line["page"], line["skip"], line["arm"]) == ("rival", "original", "excluded", None)


def test_excluded_network_is_never_identified(serve):
    nginx = serve()
    assert fetch(nginx.port, ip=CRAWLER).same_as(fetch(nginx.plain_port))
    assert nginx.visits() == []


def test_publishing_changes_the_live_page_and_a_broken_edit_does_not(serve, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    rules = (own_site.folder / "rules.yaml").read_text()
    own_site.write_rules(rules.replace("Made for presses", "Made for hammers"))
    own_site.publish()
    wait_for(lambda: b"Made for hammers" in fetch(nginx.port, ip=ALPHA).body)
    own_site.write_rules(rules.replace("priority", "x").replace("when:", "wenn:"))
    refused = own_site.publish(check=False)
    assert refused.returncode == 1 and "rules.yaml:9:" in refused.stdout + refused.stderr
    assert b"Made for hammers" in fetch(nginx.port, ip=ALPHA).body
    nginx.reload()
    assert b"Made for hammers" in fetch(nginx.port, ip=ALPHA).body


def test_page_with_one_slot_says_which_are_missing(serve, upstream):
    nginx = serve()
    upstream.on("/one", Reply(b"<html><h1>x</h1></html>"))
    assert fetch(nginx.port, "/one", ip=ALPHA).body == b"<html><h1>Made for presses</h1></html>"
    assert nginx.visits(1)[0]["rules"][0]["slots"] == {"headline": "applied", "cta": "missing", "story": "missing",
                                                       "absent": "missing"}


def test_page_without_any_slot_is_logged_as_original(serve, upstream):
    nginx = serve()
    upstream.on("/none", Reply(b"<html><p>x</p></html>"))
    assert fetch(nginx.port, "/none", ip=ALPHA).body == b"<html><p>x</p></html>"
    line = nginx.visits(1)[0]
    assert (line["page"], line["skip"]) == ("original", "missing")


@pytest.mark.parametrize("origin", ["cross-site", "same-site", "same-origin", "none", None])
@pytest.mark.parametrize("mode", ["cors", "navigate", "no-cors", None])
def test_a_script_of_another_site_gets_the_original(serve, upstream, origin, mode):
    """If the site allows others to read its pages, they must not learn the visitor's company."""
    nginx = serve()
    upstream.on("/page", Reply(PAGE, headers={"ETag": '"v1"', "Access-Control-Allow-Origin": "*"}))
    fetched = {name: value for name, value in (("Sec-Fetch-Site", origin), ("Sec-Fetch-Mode", mode)) if value}
    answer = fetch(nginx.port, "/page", ip=ALPHA, headers=fetched)
    line = nginx.visits(1)[0]
    if (origin, mode) == ("cross-site", "cors"):
        assert answer.same_as(fetch(nginx.plain_port, "/page", ip=ALPHA, headers=fetched))
        assert (line["page"], line["skip"]) == ("original", "cross-site")
    else:
        assert answer.body == ALPHA_PAGE and (line["page"], line["skip"]) == ("personalized", None)
