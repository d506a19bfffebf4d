"""A cache in front that keeps pages by URL: what goes wrong, the guide's cures in nginx alone, and what doctor tells."""

import re

import pytest

from harness.client import fetch
from harness.nginx import STATUS, Nginx
from harness.places import ROOT, free_port
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE
from harness.upstream import Reply
from test_doctor import doctor

PUBLIC = {"Cache-Control": "public, max-age=600", "Expires": "Thu, 31 Dec 2037 23:55:55 GMT", "ETag": '"a"',
          "Surrogate-Control": "max-age=600", "CDN-Cache-Control": "max-age=600"}
CURE = re.search(r"```nginx\n(location / \{\n    abm on;\n    proxy_pass .*?)```",
                 (ROOT / "conf/README.md").read_text().split("### A cache in front")[1], re.S).group(1)
CURE_DIRECTIVES = "".join(re.findall(r"^ +(?:proxy_hide_header|add_header) [^\n]*;", CURE, re.M))
KEYS = re.search(r"```nginx\n(proxy_cache_key .*?)```", (ROOT / "conf/README.md").read_text(), re.S).group(1)
BYPASS = re.search(r"```nginx\n(proxy_cache_bypass .*?)```", (ROOT / "conf/README.md").read_text(), re.S).group(1)


def keeps(path, keys="", further=""):
    """A cache as CDNs are: it keeps what it may by URL, and knows nothing of visitors."""
    return (f"proxy_cache {path}; proxy_set_header X-Forwarded-For $remote_addr; {keys} "
            f"add_header X-Cache $upstream_cache_status; {further}")


@pytest.fixture
def edge(tmp_path, site, upstream):
    """A CDN: an nginx of its own, which is no part of the configuration that doctor reads."""
    running = []

    def start(inner):
        folder = tmp_path / "edge"
        folder.mkdir()
        http = f"proxy_cache_path {folder}/cache keys_zone=edge:1m;"
        nginx = Nginx(folder, upstream=inner, abm=http, load=False)
        text = nginx.config.read_text().replace("abm on; proxy_pass", keeps("edge") + " proxy_pass")
        nginx.config.write_text(text)
        running.append(nginx.start())
        return nginx

    yield start
    for nginx in running:
        nginx.stop()


def answers(port):
    """What an unknown visitor, and then two accounts, get: twice, so that a cache can answer."""
    return [fetch(port, ip=ip).body for _ in range(2) for ip in (None, ALPHA, BETA)]


def test_a_cache_in_front_hands_identified_visitors_what_it_has(serve, upstream, edge):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = serve(server=STATUS)
    front = edge(nginx.port)
    assert answers(front.port) == [PAGE] * 6
    found = doctor(nginx, "--url", f"http://127.0.0.1:{front.port}/")
    (problem,) = found[("cache", "problem")]
    assert "a cache is in front (x-cache: HIT), and answers with its copy of the page" in problem


def test_the_guides_cure_where_pages_are_personalized(serve, upstream, edge):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = serve(server=STATUS + CURE_DIRECTIVES)
    front = edge(nginx.port)
    assert answers(front.port) == [PAGE, ALPHA_PAGE, BETA_PAGE] * 2
    assert fetch(nginx.port).get("Cache-Control") == "private, no-cache"
    assert fetch(nginx.port, ip=ALPHA).all("Cache-Control") == ["private, no-cache"]
    for name in ("Expires", "Surrogate-Control", "CDN-Cache-Control"):
        assert not fetch(nginx.port).has(name)
    found = doctor(nginx, "--url", f"http://127.0.0.1:{front.port}/")
    assert ("cache", "problem") not in found
    assert any("a cache is in front (x-cache: MISS), and keeps no copy of the page" in text for text in found[("cache", "ok")]), found
    assert nginx.test().returncode == 0 and "[warn]" not in nginx.test().stderr


def own_cache(tmp_path, nginx, port, settings):
    """A server in front, in the same nginx, with a proxy_cache."""
    front = (f"proxy_cache_path {tmp_path}/own keys_zone=own:1m;\n server {{ listen 127.0.0.1:{port}; access_log off;\n"
             f" location / {{ proxy_cache own; proxy_set_header X-Forwarded-For $remote_addr; {settings}\n"
             f" add_header X-Cache $upstream_cache_status; proxy_pass http://127.0.0.1:{nginx.port}; }} }}\n")
    text = nginx.config.read_text()
    nginx.config.write_text(text[:text.rindex("}")] + front + "}\n")
    nginx.reload()


@pytest.mark.parametrize("settings,right", [("", False), (KEYS, True), (BYPASS, True)], ids=["by URL", "by account", "past it"])
def test_an_own_cache_in_front_needs_a_key_or_to_be_bypassed(tmp_path, serve, upstream, settings, right):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = serve(server=STATUS)
    port = free_port()
    own_cache(tmp_path, nginx, port, settings)
    assert answers(port) == ([PAGE, ALPHA_PAGE, BETA_PAGE] * 2 if right else [PAGE] * 6)
    assert fetch(port).get("X-Cache") == "HIT"
    found = doctor(nginx)
    if right:
        assert "hands no page of one visitor to another" in found[("cache", "ok")][0]
    else:
        (problem,) = found[("cache", "problem")]
        assert f"({nginx.config}:" in problem and "keeps pages by URL" in problem
    # The cure where pages are personalized does it, too.
    if not right:
        nginx.config.write_text(nginx.config.read_text().replace("abm on; proxy_pass", f"abm on; {CURE_DIRECTIVES} proxy_pass"))
        nginx.reload()
        assert ("cache", "ok") in doctor(nginx)


@pytest.mark.parametrize("settings,state,says", [
    ("proxy_ignore_headers Cache-Control Expires;", "problem", "keeps personalized pages, too"),
    ("proxy_cache_key $uri$who;", "ok", "hands no page"),
    ("proxy_cache_key $uri$is_args$args;", "problem", "by URL"),
    ("proxy_cache off;", None, None),
])
def test_doctor_reads_what_a_cache_in_front_is_set_to(tmp_path, site, settings, state, says):
    folder = tmp_path / "stopped"
    folder.mkdir()
    nginx = Nginx(folder, data=site.data, http='map $abm_account $who { default $abm_account; "" nobody; }')
    text = nginx.config.read_text()
    cache = settings if "proxy_cache off" in settings else f"proxy_cache own; {settings}"
    front = (f"proxy_cache_path {tmp_path}/own keys_zone=own:1m; upstream inner {{ server 127.0.0.1:{nginx.port}; }}\n"
             f"server {{ listen 127.0.0.1:{free_port()}; location / {{ {cache} proxy_pass http://inner; }} }}\n")
    nginx.config.write_text(text[:text.rindex("}")] + front + "}\n")
    found = doctor(nginx)
    assert [key[1] for key in found if key[0] == "cache"] == ([state] if state else []), found
    if says:
        assert says in found[("cache", state)][0]


def test_a_cache_of_the_place_itself_and_a_header_of_this_nginx_are_no_cache_in_front(tmp_path, serve, upstream):
    upstream.on("/", Reply(PAGE, headers=PUBLIC | {"Age": "7", "Via": "1.1 varnish"}))
    nginx = serve(server=f"proxy_cache own; add_header X-Cache $upstream_cache_status; {STATUS}",
                  http=f"proxy_cache_path {tmp_path}/own keys_zone=own:1m;")
    assert answers(nginx.port) == [PAGE, ALPHA_PAGE, BETA_PAGE] * 2
    found = doctor(nginx, "--url", f"http://127.0.0.1:{nginx.port}/")
    assert ("cache", "problem") not in found
    assert any("lets shared caches keep it" in text for text in found[("cache", "note")]), found
