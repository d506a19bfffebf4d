"""Preview links."""

import os
import re
import subprocess

import pytest

from harness.client import fetch
from harness.site import ALPHA_PAGE, BETA, PAGE, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for


@pytest.fixture
def key(tmp_path):
    path = tmp_path / "preview.key"
    path.write_bytes(os.urandom(32).hex().encode() + b"\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def link(site, key):
    def make(account="alpha", url="http://www.example.com/", *more):
        done = site.abmctl("preview-link", "--account", account, "--url", url, "--key", str(key), *more)
        return re.search(r"abm_preview=([A-Za-z0-9_-]+)", done.stdout).group(1)
    return make


def test_preview_shows_the_accounts_page_and_leaves_no_line(serve, key, link):
    nginx = serve(http=f"abm_preview_key {key};")
    for ip in (STRANGER, BETA):
        answer = fetch(nginx.port, f"/?abm_preview={link()}", ip=ip, headers={"Sec-GPC": "1"})
        assert answer.body == ALPHA_PAGE
        assert answer.all("Cache-Control") == ["no-store"] and not answer.has("ETag")
        assert answer.get("X-ABM-Preview") == "account=alpha; rules=alpha-page"
    assert nginx.visits() == []


def test_preview_works_again_and_again_until_it_expires(serve, key, link):
    nginx = serve(http=f"abm_preview_key {key};")
    token = link("alpha", "http://www.example.com/", "--valid", "4s")
    for _ in range(2):
        assert fetch(nginx.port, f"/?abm_preview={token}").body == ALPHA_PAGE
    wait_for(lambda: fetch(nginx.port, f"/?abm_preview={token}").body == PAGE, 15)


@pytest.mark.parametrize("listen", ["", "http2"], ids=["http1", "http2"])
def test_a_token_gets_into_no_log_of_nginx_and_to_no_upstream(serve, upstream, key, link, tmp_path, listen):
    """A failing upstream makes nginx write the request line to its error log."""
    nginx = serve(http=f"abm_preview_key {key}; log_format all '$request|$request_uri|$args'; access_log {tmp_path}/access.log all;",
                  server="location /down { abm on; error_page 502 =200 /; proxy_pass http://127.0.0.1:1; } "
                         "location /file { abm on; root /nowhere; }", listen=listen)
    upstream.on("/bad", Reply(b"xx", headers={"Content-Encoding": "gzip"}))
    token = link()

    def get(path):
        return subprocess.run(["curl", "-s", "--http2-prior-knowledge" if listen else "--http1.1", "--max-time", "10",
                               f"http://127.0.0.1:{nginx.port}{path}?a=1&abm_preview={token}&b=2", "-H", "Host: www.example.com"],
                              capture_output=True, check=False).stdout
    assert get("/") == ALPHA_PAGE
    assert get("/down") == ALPHA_PAGE, "the preview is lost in a redirect inside nginx"
    get("/bad")
    get("/file")
    assert {request.target for request in upstream.requests} == {"/?a=1&b=2", "/", "/bad?a=1&b=2"}
    assert nginx.visits() == []
    for text in (nginx.errors(), (tmp_path / "access.log").read_text()):
        assert "?a=1&b=2" in text and "abm_preview" not in text and token not in text
    assert "Connection refused" in nginx.errors() and "damaged" in nginx.errors() and "No such file" in nginx.errors()


def test_preview_keeps_its_address_from_what_the_browser_asks_for_next(serve, key, link):
    nginx = serve(http=f"abm_preview_key {key};")
    assert fetch(nginx.port, f"/?abm_preview={link()}").all("Referrer-Policy") == ["strict-origin"]
    assert not fetch(nginx.port, "/", ip=BETA).has("Referrer-Policy")


def test_bad_tokens_are_ignored(serve, key, link):
    nginx = serve(http=f"abm_preview_key {key};")
    token = link()
    plain = fetch(nginx.plain_port, ip=STRANGER)
    flipped = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
    for bad in ("", "x", flipped, token[:-1], token + "A", "A" * 3000, "%00", token.swapcase()):
        assert fetch(nginx.port, f"/?abm_preview={bad}", ip=STRANGER).same_as(plain), bad
    assert fetch(nginx.port, f"/?abm_preview={token}", host="other.example.com").same_as(plain)
    assert fetch(nginx.port, f"/?abm_preview={link('beta')[:-8]}{token[-8:]}").same_as(plain)
    assert token not in nginx.errors()


def test_tokens_mean_nothing_without_a_key(serve, link):
    nginx = serve()
    assert fetch(nginx.port, f"/?abm_preview={link()}", ip=STRANGER).same_as(fetch(nginx.plain_port, ip=STRANGER))
