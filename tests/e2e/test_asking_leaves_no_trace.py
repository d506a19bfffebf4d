"""Finding out who visits makes nginx compute the operator's variables: nothing else may see what that leaves behind in the
request. And when the module removes a header from a request, it removes exactly that header and nothing that looks like it."""

import time

import pytest

from harness.client import Connection, fetch
from harness.site import ALPHA, ALPHA_PAGE, PAGE, RIVAL, STRANGER
from harness.upstream import Reply, Sleep
from harness.waiting import wait_for

REGEX_MAP = "map $http_cookie $no_thanks { default ''; ~choice=(?<choice>[a-z]+) ''; }"
VISITORS = pytest.mark.parametrize("ip", [ALPHA, STRANGER], ids=["known", "stranger"])


def locations(upstream, inside, path="/page"):
    return f"location {path} {{ abm on; {inside} proxy_pass http://127.0.0.1:{upstream.port}; }}"


@VISITORS
def test_what_a_location_captured_is_still_there_for_proxy_pass(serve, upstream, ip):
    server = ("location ~ ^/app/(.*)$ { abm on; abm_opt_out $no_thanks; "
              f"proxy_set_header X-First $1; proxy_pass http://127.0.0.1:{upstream.port}/x/$1; }}")
    nginx = serve(http=REGEX_MAP, server=server)
    upstream.on("/x/one", Reply(PAGE))
    answer = fetch(nginx.port, "/app/one", ip=ip, headers={"Cookie": "choice=zz"})
    assert answer.status == 200 and answer.body == (ALPHA_PAGE if ip == ALPHA else PAGE)
    assert [request.headers["x-first"] for request in upstream.seen("/x/one")] == ["one"]


@VISITORS
def test_what_a_rewrite_captured_is_still_there_after_our_variable(serve, upstream, ip):
    server = ("location /h/ { abm on; abm_opt_out $no_thanks; rewrite ^/h/(.*)$ /n/$1/$abm_tier/$1? break; "
              f"proxy_pass http://127.0.0.1:{upstream.port}; }}")
    nginx = serve(http=REGEX_MAP, server=server)
    tier = "one-to-one" if ip == ALPHA else ""
    upstream.on(f"/n/one/{tier}/one", Reply(PAGE))
    upstream.on("/n/one//one", Reply(PAGE))
    assert fetch(nginx.port, "/h/one", ip=ip, headers={"Cookie": "choice=" + "z" * 500}).status == 200


@VISITORS
def test_named_captures_stay_what_they_were(serve, upstream, ip):
    nginx = serve(http=REGEX_MAP, server=locations(upstream, "abm_opt_out $no_thanks; proxy_set_header X-Choice $choice;",
                                                   "~ ^/(?<choice>[a-z]+)$"))
    upstream.on("/page", Reply(PAGE))
    fetch(nginx.port, "/page", ip=ip, headers={"Cookie": "choice=zz"})
    assert upstream.seen("/page")[0].headers["x-choice"] == "page"


def test_a_circular_opt_out_knows_nobody_and_is_heard_by_nobody_else(serve, upstream):
    nginx = serve(http="map $abm_tier $no_thanks { default ''; '~.' '1'; }",
                  server=locations(upstream, "abm_opt_out $no_thanks; proxy_set_header X-Tier $abm_tier;"))
    upstream.on("/page", Reply(PAGE))
    assert fetch(nginx.port, "/page", ip=ALPHA).body == ALPHA_PAGE
    assert upstream.seen("/page")[0].headers["x-tier"] == "one-to-one"


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("way", ["mirror /who;", "auth_request /who;", "add_before_body /who;"])
def test_the_visitor_endpoint_in_a_subrequest_takes_nothing_from_the_page(serve, upstream, way, charset):
    nginx = serve(server=locations(upstream, way) + " location = /who { abm_visitor; }")
    upstream.on("/page", Reply(PAGE, content_type=f"text/html; charset={charset}"))
    worker = nginx.workers()
    answer = fetch(nginx.port, "/page", ip=ALPHA)
    assert nginx.workers() == worker, "the worker died"
    assert answer.body.endswith(ALPHA_PAGE)
    assert nginx.visits(1)[0]["page"] == "personalized"


@pytest.mark.parametrize("text", ["restricted", "app_pool", "*", "Sunday", "www.example.com", "10.0.0.1:8080"])
@pytest.mark.parametrize("header", ["If-None-Match", "Range", "If-Range", "If-Modified-Since"])
def test_a_variable_with_a_header_s_text_by_chance_stays(serve, upstream, header, text):
    nginx = serve(server=locations(upstream, f"set $role '{text}'; proxy_set_header X-Role $role;"))
    upstream.on("/page", Reply(PAGE))
    answer = fetch(nginx.port, "/page", ip=ALPHA, headers={header: text})
    assert answer.status == 200 and answer.body == ALPHA_PAGE
    assert upstream.seen("/page")[0].headers["x-role"] == text


def test_a_slice_of_an_original_page_is_no_visit(serve, tmp_path):
    (tmp_path / "page.html").write_bytes(PAGE)
    nginx = serve(server=f"location = /page.html {{ abm on; root {tmp_path}; }}")
    assert fetch(nginx.port, "/page.html", ip=RIVAL, headers={"Range": "bytes=0-9"}).status == 206
    assert fetch(nginx.port, "/page.html", ip=RIVAL).status == 200
    assert [(line["status"], line["skip"]) for line in nginx.visits(1)] == [(200, "excluded")]


def test_later_readers_hear_of_a_late_opt_out(serve, upstream):
    nginx = serve(http='limit_req_zone $abm_account zone=early:1m rate=10000r/s; log_format who "$abm_account|$abm_identified"; ',
                  server="access_log who.log who; location = /auth { internal; return 204; } "
                  + locations(upstream, "limit_req zone=early burst=1000 nodelay; auth_request /auth; auth_request_set $no_thanks 1; "
                              "abm_opt_out $no_thanks; proxy_set_header X-Account $abm_account;"))
    upstream.on("/page", Reply(PAGE))
    assert fetch(nginx.port, "/page", ip=ALPHA).body == PAGE
    assert "x-account" not in upstream.seen("/page")[0].headers
    nginx.settle()
    assert (nginx.folder / "who.log").read_text().splitlines()[0] == "|"


def test_an_opt_out_computed_from_what_comes_late_still_opts_out(serve, upstream):
    """The early reader makes the module ask for the map's value, which nginx would cache."""
    nginx = serve(http="map $no_thanks $opted_out { default 0; 1 1; } limit_req_zone $abm_account zone=early:1m rate=10000r/s;",
                  server="location = /auth { internal; return 204; } "
                  + locations(upstream, "limit_req zone=early burst=1000 nodelay; auth_request /auth; auth_request_set $no_thanks 1; "
                              "abm_opt_out $opted_out;"))
    upstream.on("/page", Reply(PAGE))
    assert fetch(nginx.port, "/page", ip=ALPHA).body == PAGE
    assert nginx.visits() == []


def test_a_client_that_went_before_anything_left_is_no_visit(serve, upstream):
    """Its headers are ready and wait with the page's first bytes: nginx logs that as 499."""
    nginx = serve(http="log_format told '$status'; access_log told.log told;")
    upstream.on("/", Reply(parts=[PAGE[:100], Sleep(3), PAGE[100:]], headers={"Content-Length": str(len(PAGE))}))
    told = nginx.folder / "told.log"
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA})
        wait_for(lambda: upstream.seen("/"), 20)
        time.sleep(0.3)
    wait_for(lambda: told.exists() and told.read_text(), 20)
    assert told.read_text().splitlines()[0] == "499"
    assert nginx.visits() == []
