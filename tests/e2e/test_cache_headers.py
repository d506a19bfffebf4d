"""No cache keeps a personalized page: the module controls every header that caches obey, whoever set it. Tested with a real
cache."""

import json
import re

import pytest

from harness.client import Connection, fetch
from harness.nginx import Nginx
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER
from harness.upstream import Reply

from test_nginx_features import cached_bytes
from test_preview import key, link  # noqa: F401: fixtures

# Headers that caches obey, with values that would make them keep the page.
DECIDE = {
    "X-Accel-Expires": "3600",
    "x-accel-expires": "@4102444800",
    "Edge-Control": "!no-store, cache-maxage=1h",
    "EDGE-CONTROL": "max-age=3600",
    "Surrogate-Control": "max-age=3600",
    "CDN-Cache-Control": "max-age=3600",
    "Cloudflare-CDN-Cache-Control": "max-age=3600",
    "X-LiteSpeed-Cache-Control": "public, max-age=3600",
    "Netlify-CDN-Cache-Control": "public, durable, s-maxage=3600",
    "Vercel-CDN-Cache-Control": "max-age=3600",
    "Akamai-Cache-Control": "max-age=3600",
    "X-Magento-Cache-Control": "max-age=3600, public, s-maxage=3600",
    "X-Reverse-Proxy-TTL": "3600",
    "X-VC-TTL": "3600",
    "Expires": "Thu, 31 Dec 2099 23:55:55 GMT",
    "Cache-Control": "public, max-age=3600, s-maxage=3600, immutable",
}
# They name, vary, tag or tell: without a header above, no cache keeps a page because of them.
HARMLESS = {"X-Frame-Options": "DENY", "Cache-Tag": "page", "Vary": "Cookie", "Content-Language": "en", "X-Cache-Note": "a",
            "Surrogate-Key": "home page", "Edge-Cache-Tag": "home", "xkey": "home", "Netlify-Vary": "query=x", "Age": "120",
            "Pragma": "public", "Cache-Status": "origin; hit"}
WAYS = ["add_header", "add_header always", "origin", "both"]


def configured(serve, upstream, headers, way, more="", server="", **arguments):
    """An nginx whose pages get these headers in this way."""
    always = " always" if way != "add_header" else ""
    added = "".join(f"add_header {name} '{value}'{always}; " for name, value in headers.items()) if way != "origin" else ""
    sent = headers if way in ("origin", "both") else {}
    upstream.on("/", Reply(PAGE, headers={"ETag": '"v1"', **sent}))
    return serve(http=f"{added} proxy_pass_header X-Accel-Expires; {more}", server=server, plain_server="", **arguments)


def check_nothing_keeps(answer, about):
    names = [name.lower() for name, _ in answer.headers]
    for name in ("x-accel-expires", "edge-control", "expires", "x-reverse-proxy-ttl", "x-vc-ttl"):
        assert name not in names, f"{about}: {answer.head}"
    assert not [name for name in names if name.endswith("-cache-control")], f"{about}: {answer.head}"
    assert answer.all("Cache-Control") in (["private, no-cache"], ["no-store"], ["private, no-store"]), f"{about}: {answer.head}"
    for value in answer.all("Surrogate-Control"):
        words = {word.strip().lower() for word in value.split(",")}
        assert "no-store" in words and all(word == "no-store" or word.startswith("content=") for word in words), f"{about}: {value}"


@pytest.mark.parametrize("way", WAYS)
def test_headers_by_which_caches_decide_are_not_on_a_personalized_page(serve, upstream, way):
    for count in (1, len(DECIDE)):
        for first in range(len(DECIDE) if count == 1 else 1):
            headers = dict(list(DECIDE.items())[first:first + count])
            if len({name.lower() for name in headers}) < len(headers):  # each spelling separately, all names together
                headers = {name.title(): value for name, value in headers.items()}
            nginx = configured(serve, upstream, headers, way)
            for method in ("GET", "HEAD"):
                answer = fetch(nginx.port, ip=ALPHA, method=method)
                assert method == "HEAD" or answer.body == ALPHA_PAGE
                check_nothing_keeps(answer, f"{method} with {headers} by {way}")
            again = fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": answer.get("ETag")})
            assert again.status == 304
            check_nothing_keeps(again, f"304 with {headers} by {way}")
            nginx.stop()


@pytest.mark.parametrize("way", WAYS)
def test_unknown_visitors_keep_every_header(serve, upstream, way):
    headers = {**{name.title(): value for name, value in DECIDE.items()}, **HARMLESS}
    nginx = configured(serve, upstream, headers, way, "expires 1h;")
    for more in ({}, {"If-None-Match": '"v1"'}, {"Range": "bytes=0-9"}):
        ours, plain = (fetch(port, ip=STRANGER, headers=more) for port in (nginx.port, nginx.plain_port))
        assert re.sub("Expires.*?GMT", "", str(ours.visible_headers())) == re.sub("Expires.*?GMT", "", str(plain.visible_headers()))
        assert (ours.status, ours.body) == (plain.status, plain.body)
    assert ours.has("Edge-Control") and ours.has("Surrogate-Control") and ours.has("X-Accel-Expires") and ours.has("CDN-Cache-Control")


@pytest.mark.parametrize("way", WAYS)
def test_headers_that_decide_nothing_stay(serve, upstream, way):
    nginx = configured(serve, upstream, HARMLESS, way)
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.body == ALPHA_PAGE
    for name, value in HARMLESS.items():
        assert set(answer.all(name)) == {value}, answer.head


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("value,esi", [('max-age=3600, content="ESI/1.0"', True), ('content="ESI/1.0"', True), ('content="ESI/1.0", max-age=60', True),
                                       ("max-age=3600", False), ("no-store", False), ("max-age=60;abc", False)])
def test_surrogate_control_keeps_only_that_there_are_esi_tags(serve, upstream, way, value, esi):
    nginx = configured(serve, upstream, {"Surrogate-Control": value}, way)
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.body == ALPHA_PAGE
    check_nothing_keeps(answer, value)
    assert any('content="ESI/1.0"' in one for one in answer.all("Surrogate-Control")) == esi, answer.head
    assert set(fetch(nginx.port, ip=STRANGER).all("Surrogate-Control")) == {value}


@pytest.mark.parametrize("values,kept", [
    (["max-age=60", 'content="ESI/1.0", max-age=60'], ['no-store, content="ESI/1.0"']),
    (['content="ESI/1.0"', 'CONTENT="ESI/1.0 ESI-INV/1.0";akamai, max-age=1'],
     ['no-store, content="ESI/1.0"', 'no-store, CONTENT="ESI/1.0 ESI-INV/1.0";akamai']),
    (['x="\\", content=\\"ESI/1.0"', "max-age=5"], []),
])
def test_each_of_repeated_surrogate_controls_is_judged(serve, upstream, values, kept):
    nginx = serve()
    upstream.on("/", Reply(PAGE, headers={"Surrogate-Control": values, "Edge-Control": ["dca=esi, max-age=1d", "cache-maxage=1d"]}))
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.body == ALPHA_PAGE
    assert answer.all("Surrogate-Control") == kept and answer.all("Edge-Control") == ["no-store, dca=esi"]
    assert fetch(nginx.port, ip=STRANGER).all("Surrogate-Control") == values


def test_repeated_headers_all_go(serve, upstream):
    nginx = serve(http="proxy_pass_header X-Accel-Expires;")
    repeated = {name: [value, value] for name, value in {name.title(): value for name, value in DECIDE.items()}.items() if name != "Expires"}
    upstream.on("/", Reply(PAGE, headers=repeated))
    check_nothing_keeps(fetch(nginx.port, ip=ALPHA), "each header twice")


def test_trailers_that_are_about_the_original_or_for_caches_go(serve, upstream):
    """Trailers are computed when the page has ended."""
    untrue = {"Content-Digest": "sha-256=:x:", "Digest": "sha-256=x", "ETag": '"v1"', "Cache-Control": "public", "CDN-Cache-Control": "max-age=60",
              "Expires": "Thu, 31 Dec 2099 23:55:55 GMT"}
    nginx = serve(http="".join(f"add_trailer {name} '{value}'; " for name, value in {**untrue, "Server-Timing": "app;dur=1"}.items()))
    got = {}
    for ip in (ALPHA, STRANGER):
        with Connection(nginx.port) as connection:
            connection.send("GET", "/", {"X-Forwarded-For": ip, "TE": "trailers", "Connection": "close"})
            answer = connection.receive()
        assert answer.complete and answer.body == {ALPHA: ALPHA_PAGE, STRANGER: PAGE}[ip]
        got[ip] = [line.split(":")[0] for line in connection.trailers]
    assert got == {ALPHA: ["Server-Timing"], STRANGER: [*untrue, "Server-Timing"]}


def test_an_added_header_may_come_from_a_variable(serve, upstream):
    nginx = serve(http="map $abm_tier $keep { default 3600; none ''; } add_header X-Accel-Expires $keep always; add_header Edge-Control $arg_edge;")
    check_nothing_keeps(fetch(nginx.port, "/?edge=max-age=60", ip=ALPHA), "a variable")
    assert fetch(nginx.port, "/?edge=max-age=60", ip=STRANGER).get("Edge-Control") == "max-age=60"


def test_a_location_and_an_if_may_add_it_too(serve, upstream):
    up = f"proxy_pass http://127.0.0.1:{upstream.port};"
    nginx = serve(plain_server="", server=f"location /in {{ abm on; add_header X-Accel-Expires 60 always; {up} }} "
                         f"location /if {{ abm on; if ($arg_x) {{ add_header Edge-Control max-age=60 always; {up} }} {up} }} "
                         "location /to { error_page 404 =200 /in; return 404; }")
    upstream.on("*", Reply(PAGE))
    for path in ("/in", "/if?x=1", "/to"):
        answer = fetch(nginx.port, path, ip=ALPHA)
        assert answer.body == ALPHA_PAGE
        check_nothing_keeps(answer, path)
    assert fetch(nginx.port, "/if?x=1", ip=STRANGER).has("Edge-Control")


# A real cache in front.

@pytest.fixture
def outer(tmp_path):
    """A second nginx with proxy_cache and without the module, in front of a port."""
    started = []

    def start(port, more="proxy_cache_valid 200 304 1h;"):
        folder = tmp_path / f"outer{len(started)}"
        folder.mkdir()
        nginx = Nginx(folder, load=False, upstream=port, http=f"proxy_cache_path {folder}/cache keys_zone=pages:1m; "
                      f"proxy_cache pages; proxy_cache_key $uri; proxy_set_header Host $http_host; {more} add_header X-Cache $upstream_cache_status always;")
        nginx.config.write_text(nginx.config.read_text().replace("abm on;", ""))
        started.append(nginx)
        return nginx.start()

    yield start
    for nginx in started:
        nginx.stop()
        nginx.check_errors()


CACHES = {"valid": "proxy_cache_valid 200 304 1h;", "headers only": "", "revalidating": "proxy_cache_valid 200 304 1h; proxy_cache_revalidate on;",
          "stale": "proxy_cache_valid 200 304 1s; proxy_cache_use_stale updating error; proxy_cache_background_update on;"}


@pytest.mark.parametrize("cache", CACHES)
@pytest.mark.parametrize("way", WAYS)
def test_a_cache_in_front_never_keeps_a_personalized_page(serve, upstream, outer, way, cache):
    headers = {name.title(): value for name, value in DECIDE.items()}
    inner = configured(serve, upstream, headers, way)
    front = outer(inner.port, CACHES[cache])
    for ip, page in ((ALPHA, ALPHA_PAGE), (ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE), (ALPHA, ALPHA_PAGE)):
        answer = fetch(front.port, ip=ip)
        assert answer.body == page and answer.get("X-Cache") in ("MISS", "EXPIRED"), answer.head
    assert b"Made for presses" not in cached_bytes(front.folder / "cache") and b"Made for grids" not in cached_bytes(front.folder / "cache")
    # An unknown visitor's page is for anyone and is cached as before.
    assert fetch(front.port, ip=STRANGER).body == PAGE
    assert fetch(front.port, ip=STRANGER).get("X-Cache") in ("HIT", "STALE", "UPDATING")


@pytest.mark.parametrize("name,value", DECIDE.items())
def test_no_single_header_makes_a_cache_keep_a_personalized_page(serve, upstream, outer, name, value):
    inner = configured(serve, upstream, {name: value}, "both")
    front = outer(inner.port)
    assert [fetch(front.port, ip=ip).body for ip in (ALPHA, BETA, ALPHA, STRANGER)] == [ALPHA_PAGE, BETA_PAGE, ALPHA_PAGE, PAGE]


def test_preview_page_is_kept_by_nobody(serve, upstream, outer, key, link):
    inner = configured(serve, upstream, {name.title(): value for name, value in DECIDE.items()}, "both", f"abm_preview_key {key};")
    front = outer(inner.port)
    answer = fetch(front.port, f"/?abm_preview={link()}", ip=STRANGER)
    assert answer.body == ALPHA_PAGE and answer.get("Cache-Control") == "no-store"
    assert fetch(front.port, "/", ip=STRANGER).body == PAGE


# Warnings.

def lines_of(nginx, text):
    return [number for number, line in enumerate(nginx.config.read_text().splitlines(), 1) if text in line]


@pytest.mark.parametrize("place", ["http", "server", "location", "if"])
@pytest.mark.parametrize("name", ["X-Accel-Expires", "x-accel-expires", "Edge-Control", "Surrogate-Control", "CDN-Cache-Control"])
def test_configuration_test_warns_of_such_an_added_header(tmp_path, site, name, place):
    added = f"\nadd_header {name} 3600 always;\n"
    server = {"http": "", "server": added, "location": f"location /x {{ abm on; {added} }}",
              "if": f"location /x {{ abm on; if ($arg_x) {{ {added} return 204; }} }}"}[place]
    nginx = Nginx(tmp_path, data=site.data, http=added if place == "http" else "", server=server, plain_server="")
    done = nginx.test()
    assert done.returncode == 0
    warned = [line for line in done.stderr.splitlines() if "[warn]" in line and name.lower() in line.lower()]
    assert len(warned) == 1, done.stderr
    assert f"nginx.conf:{lines_of(nginx, added.strip())[0]}" in warned[0], warned


def test_configuration_test_is_silent_about_other_headers(tmp_path, site):
    added = "".join(f"add_header {name} '{value}' always;\n" for name, value in HARMLESS.items())
    done = Nginx(tmp_path, data=site.data, http=added, server="add_header X-Frame-Options DENY;", plain_server="").test()
    assert done.returncode == 0 and "[warn]" not in done.stderr, done.stderr


def test_status_and_visitor_answers_are_kept_by_nobody(serve, upstream, outer):
    inner = configured(serve, upstream, {"X-Accel-Expires": "3600", "Edge-Control": "max-age=60"}, "add_header always",
                       server="location = /visitor { abm_visitor; } location = /status { abm_status; }")
    front = outer(inner.port)
    known = [json.loads(fetch(front.port, "/visitor", ip=ip).body)["identified"] for ip in (ALPHA, STRANGER, ALPHA)]
    assert known == [True, False, True], "one visitor is told of another's account"
    for _ in range(2):
        assert fetch(front.port, "/status").get("X-Cache") == "MISS"
