"""abm_status and abm_visitor; counters add up across workers and reloads."""

import json
import time

import pytest

from harness.client import Connection, fetch
from harness.http2 import Http2
from harness.nginx import STATUS
from harness.site import ACCOUNTS, ALPHA, BETA, CRAWLER, PAGE, RIVAL, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for

ENDPOINTS = STATUS + "location = /visitor { abm_visitor; }"


def test_counters_add_up_over_all_workers_and_reloads(serve, upstream, site):
    nginx = serve(server=ENDPOINTS, workers=2)
    upstream.on("/lzw", Reply(b"x", headers={"Content-Encoding": "compress"}))
    for i in range(40):
        fetch(nginx.port, "/lzw" if i % 5 == 4 else "/", ip=(ALPHA, BETA, RIVAL, STRANGER)[i % 4])
    nginx.visits(30)
    before = nginx.status()
    assert before["requests"] == 40 and before["identified"] == 30 == before["visits"]["built"]
    assert before["identified"] == before["personalized"] + before["original"]
    assert before["original"] == sum(before["skips"].values())
    assert before["skips"]["excluded"] == 10 and before["skips"]["encoded"] == 4 and before["personalized"] == 16
    applied = sum(list(rule["slots"].values()).count("applied") for line in nginx.visits() for rule in line["rules"])
    assert before["slots"]["applied"] == applied
    assert before["generation"] == site.generation() and before["feed"]["version"] == 1
    assert before["feed"]["age_seconds"] < 600 and before["last_fault"] is None and before["feed"]["expired"] is False
    assert before["module_time_us"]["count"] == before["module_time_us"]["buckets"][-1]["count"] == 40
    nginx.reload()
    after = nginx.status()
    assert (after["requests"], after["identified"]) == (before["requests"], before["identified"])


def test_prometheus_text_says_the_same(serve):
    nginx = serve(server=ENDPOINTS)
    for ip in (ALPHA, RIVAL):
        fetch(nginx.port, ip=ip)
    nginx.visits(2)
    answer = fetch(nginx.port, "/status?format=prometheus")
    assert answer.get("Content-Type").startswith("text/plain; version=0.0.4")
    values, kinds = {}, {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE"):
            kinds[line.split()[2]] = line.split()[3]
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name not in values
            values[name] = float(value)
            assert any(name.startswith(known) for known in kinds)
    assert values["abm_identified_total"] == 2 and values["abm_personalized_total"] == 1
    assert values['abm_original_total{reason="excluded"}'] == 1
    assert values['abm_slot_edits_total{state="applied"}'] == 3
    assert 0 < values["abm_page_memory_bytes"] < values["abm_page_memory_size_bytes"] == 16 * 1024 * 1024
    assert values['abm_recalled_total{recall="scan"}'] == 1 and values["abm_page_memory_pages"] == 0, "seen once"
    assert values["abm_feed_expired"] == 0 and values["abm_generation"] >= 1
    assert values['abm_module_time_seconds_bucket{le="+Inf"}'] == values["abm_module_time_seconds_count"]


def test_visitor_tells_its_own_account_and_no_more(serve):
    nginx = serve(server=ENDPOINTS)
    answer = fetch(nginx.port, "/visitor", ip=ALPHA)
    assert answer.get("Content-Type") == "application/json" and answer.get("Cache-Control") == "private, no-store"
    assert json.loads(answer.body) == {"identified": True, "name": "Alpha & Söhne", "domain": "alpha.example",
                                       "tier": "one-to-one", "segments": ["press-shops"], "industry": "manufacturing",
                                       "arm": "treated"}
    for ip in (STRANGER, CRAWLER, RIVAL):
        assert fetch(nginx.port, "/visitor", ip=ip).body == b'{"identified":false}'
    assert fetch(nginx.port, "/visitor", ip=ALPHA, headers={"Sec-GPC": "1"}).body == b'{"identified":false}'
    assert fetch(nginx.port, "/visitor", method="POST", body=b"x").status == 405
    head = fetch(nginx.port, "/visitor", ip=ALPHA, method="HEAD")
    assert head.status == 200 and head.get("Content-Length") == str(len(answer.body))


def test_status_without_any_generation(serve, tmp_path):
    nginx = serve(data=tmp_path / "nowhere", server=ENDPOINTS)
    assert nginx.status()["generation"] is None
    assert b"abm_generation_loaded 0" in fetch(nginx.port, "/status?format=prometheus").body
    assert fetch(nginx.port, "/visitor", ip=ALPHA).body == b'{"identified":false}'


def test_no_page_memory_has_no_gauges(serve):
    nginx = serve(server=ENDPOINTS, http="abm_page_memory off;")
    assert b"abm_page_memory" not in fetch(nginx.port, "/status?format=prometheus").body


def test_expired_feed_stops_personalizing_and_raises_the_alarm(serve, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data, server=ENDPOINTS)
    assert fetch(nginx.port, ip=ALPHA).body != PAGE
    for seconds in (3, 40):  # an expired feed would not be published
        own_site.write_accounts(ACCOUNTS, expires_at=int(time.time()) + seconds)
        if own_site.publish(check=False).returncode == 0:
            break
    wait_for(lambda: nginx.status()["feed"]["expired"], 60)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    assert [(line["arm"], line["skip"]) for line in nginx.visits(2)] == [("treated", None), (None, "expired")]
    assert nginx.status()["feed"]["expired"] is True
    assert b"abm_feed_expired 1" in fetch(nginx.port, "/status?format=prometheus").body


# Other sites may learn nothing, whatever the configuration lets them read.

OPEN = "add_header Access-Control-Allow-Origin * always;"
NOBODY = b'{"identified":false}'


def told(nginx, path="/visitor", **headers):
    return fetch(nginx.port, path, ip=ALPHA, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("path", ["/visitor", "/status", "/status?format=prometheus"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("more", ["", OPEN])
def test_answers_of_endpoints_are_not_for_other_sites(serve, path, method, more):
    nginx = serve(server=ENDPOINTS, http=more)
    for ip in (ALPHA, STRANGER):
        answer = fetch(nginx.port, path, ip=ip, method=method)
        assert answer.all("Cross-Origin-Resource-Policy") == ["same-origin"], answer.head
        assert answer.all("X-Content-Type-Options") == ["nosniff"], answer.head


@pytest.mark.parametrize("headers", [
    {"Sec_Fetch_Site": "cross-site"}, {"Sec_Fetch_Site": "Cross-Site"}, {"Sec_Fetch_Site": "cross-site", "Origin": "http://www.example.com"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors"}, {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
    {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://www.example.com.evil.example"},
    {"Origin": "http://evil.example/www.example.com"}, {"Origin": "http://www.example.com@evil.example"}, {"Origin": "http://example.com"},
    {"Origin": "http://other.www.example.com"}, {"Origin": "garbage"}, {"Origin": "//www.example.com"}, {"Origin": "http://"},
    {"Origin": "http://evil.example, http://www.example.com"}], ids=str)
def test_another_site_is_told_of_nobody(serve, headers):
    nginx = serve(server=ENDPOINTS, http=OPEN)
    answer = told(nginx, **headers)
    assert (answer.status, answer.body) == (200, NOBODY)
    assert answer.get("Cache-Control") == "private, no-store" and answer.get("Cross-Origin-Resource-Policy") == "same-origin"


@pytest.mark.parametrize("headers", [
    {}, {"Sec_Fetch_Site": "same-origin"}, {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "same-origin", "Origin": "http://www.example.com"}, {"Origin": "http://www.example.com"},
    {"Origin": "https://www.example.com"}, {"Origin": "https://WWW.Example.com"}, {"Referer": "https://evil.example/"}], ids=str)
def test_the_site_itself_is_told(serve, headers):
    nginx = serve(server=ENDPOINTS, http=OPEN)
    assert json.loads(told(nginx, **headers).body)["identified"] is True


def test_site_with_a_port_is_compared_by_its_host(serve):
    nginx = serve(server=ENDPOINTS)
    for origin, known in (("http://www.example.com:8080", True), ("http://evil.example:8080", False)):
        answer = fetch(nginx.port, "/visitor", ip=ALPHA, headers={"Origin": origin}, host="www.example.com:8080")
        assert json.loads(answer.body)["identified"] is known, origin


def test_several_headers_that_disagree_are_of_another_site(serve):
    """It cannot be known which of them the browser sent."""
    nginx = serve(server=ENDPOINTS)
    for pair in ("Sec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site", "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Site: same-origin",
                 "Origin: http://www.example.com\r\nOrigin: http://evil.example", "Origin: http://evil.example\r\nOrigin: http://www.example.com"):
        with Connection(nginx.port) as connection:
            connection.socket.sendall(f"GET /visitor HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {ALPHA}\r\n{pair}\r\n"
                                      "Connection: close\r\n\r\n".encode())
            assert connection.receive().body == NOBODY, pair


def test_another_site_does_not_learn_by_http_2_either(serve):
    nginx = serve(server=ENDPOINTS, listen="http2")
    with Http2(nginx.port) as connection:
        other = connection.get("/visitor", ip=ALPHA, headers=[("sec-fetch-site", "cross-site")])
        own = connection.get("/visitor", ip=ALPHA, headers=[("origin", "https://www.example.com")])
        connection.receive_all()
        assert connection.bodies[other] == NOBODY and json.loads(connection.bodies[own])["identified"] is True
        assert connection.heads[other]["cross-origin-resource-policy"] == "same-origin"


def test_another_site_is_told_the_same_whoever_visits(serve):
    """Equal to the byte: neither the body nor any header tells a known visitor from an unknown one."""
    nginx = serve(server=ENDPOINTS, http=OPEN)
    answers = [fetch(nginx.port, "/visitor", ip=ip, headers={"Sec-Fetch-Site": "cross-site"}) for ip in (ALPHA, BETA, RIVAL, STRANGER)]
    assert all(answer.same_as(answers[0]) for answer in answers)
