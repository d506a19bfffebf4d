"""Requests that nginx refuses before any module has seen them: their tokens and cookies go nowhere either, and they name
nobody, since nginx has not read all of them."""

import subprocess

import pytest

from harness.client import Connection
from harness.site import PAGE
from harness.tokens import COOKIE, HOST, cookie, key_file, link
from harness.upstream import Reply

EVERY = "$status|$request|$request_uri|$args|$arg_abm|$http_referer|$http_cookie|$sent_http_location"
END = "Connection: close\r\n\r\n"


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path)


class Refused:
    """nginx with links and the cookie, and what it lets out of a request with both."""

    def __init__(self, serve, upstream, tmp_path, key, server="", http="", **arguments):
        self.token, self.cookie, self.upstream, self.log = link(key), cookie(key), upstream, tmp_path / "access.log"
        upstream.on("*", Reply(PAGE))
        self.nginx = serve(http=f"abm_link_key {key}; abm_remember 30d if=$cookie_consent; log_format all '{EVERY}'; access_log {self.log} all; {http}",
                           server=server, log_level="error", **arguments)

    def send(self, line, more=""):
        """`line` with the token for "TOKEN"; `more`: whatever has nginx refuse it."""
        line = line.replace("TOKEN", self.token)
        text = (f"{line}\r\nHost: {HOST}\r\nReferer: https://{HOST}/p?abm={self.token}\r\n"
                f"Cookie: {COOKIE}={self.cookie}; consent=yes\r\nHX-Current-URL: /p?abm={self.token}\r\n{more}{END}")
        with Connection(self.nginx.port) as connection:
            connection.socket.sendall(text.encode())
            return connection.receive()

    def lets_out(self, errors=True):
        """Whether token or cookie stand in anything that left."""
        self.nginx.settle()
        texts = [self.log.read_text(), self.nginx.errors() if errors else "", *(f"{one.target} {one.headers}" for one in self.upstream.requests)]
        assert self.log.read_text().strip(), "something was logged"
        return any(self.token[:60] in text or self.cookie[:60] in text for text in texts)


REFUSALS = {"400": ("GET /p?a=1&abm=TOKEN HTTP/1.1", "Content-Length: x\r\n"), "405": ("TRACE /p?a=1&abm=TOKEN HTTP/1.1", ""),
            "494": ("GET /p?a=1&abm=TOKEN HTTP/1.1", f"X-Big: {'a' * 9000}\r\n"), "505": ("GET /p?a=1&abm=TOKEN HTTP/3.1", ""),
            "414": (f"GET /p?a=1&abm=TOKEN&b={'b' * 9000} HTTP/1.1", "")}
UNREAD = ("505", "414")  # nginx does not know the address then
PAGES = {"none": "", "off": "error_page 400 405 414 494 505 /e; location /e {{ proxy_set_header X-Uri $request_uri; proxy_pass http://127.0.0.1:{port}; }}",
         "on": "error_page 400 405 414 494 505 /e?was=$request_uri; location /e {{ abm on; proxy_set_header X-Uri $request_uri; proxy_pass http://127.0.0.1:{port}; }}",
         "named": "error_page 400 405 414 494 505 @e; location @e {{ proxy_set_header X-Uri $request_uri; proxy_pass http://127.0.0.1:{port}; }}",
         "named on": "error_page 400 405 414 494 505 =200 @e; location @e {{ abm on; proxy_set_header X-Uri $request_uri; proxy_pass http://127.0.0.1:{port}; }}",
         "elsewhere": "error_page 400 405 414 494 505 https://other.example$request_uri;"}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("why", REFUSALS)
def test_what_nginx_refuses_at_once_lets_nothing_out(serve, upstream, tmp_path, key, why, page):
    world = Refused(serve, upstream, tmp_path, key, PAGES[page].format(port=upstream.port))
    answer = world.send(*REFUSALS[why])
    # nginx itself complains of the missing address, with the line as it came, before anybody else sees the request.
    assert not world.lets_out(errors=not (why in UNREAD and page.startswith("named")))
    assert not answer.has("Set-Cookie") and b"presses" not in answer.body, "it names nobody"
    if page == "elsewhere":
        assert answer.get("Location") == ("https://other.example" if why in UNREAD else "https://other.example/p?a=1")
    if page in ("off", "named") and why not in UNREAD:
        assert [one.headers["x-uri"] for one in world.upstream.requests] == ["/p?a=1"]


@pytest.mark.parametrize("target,kept", [(f"https://{HOST}$request_uri", True), ("https://other.example$request_uri", False)], ids=["own", "foreign"])
def test_a_redirect_of_plain_http_on_the_tls_port_is_sealed(serve, upstream, tmp_path, key, target, kept):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", "tls.key",
                    "-out", "tls.crt", "-subj", "/CN=localhost"], check=True, capture_output=True, cwd=tmp_path)
    world = Refused(serve, upstream, tmp_path, key, f"error_page 497 {target};", listen="ssl",
                    http=f"ssl_certificate {tmp_path}/tls.crt; ssl_certificate_key {tmp_path}/tls.key;")
    answer = world.send("GET /x?abm=TOKEN HTTP/1.1")
    assert answer.status == 302
    assert answer.get("Location") == target.replace("$request_uri", f"/x?abm={world.token}" if kept else "/x")
    assert answer.all("Cache-Control") == ["private, no-cache"] and answer.all("Referrer-Policy") == ["strict-origin"]
    world.nginx.settle()
    status, request, uri, *rest = world.log.read_text().split("|")
    assert (status, request) == ("302", "GET /x HTTP/1.1")
    assert world.token not in "|".join([uri, *rest[:4]]), "what was read before is masked"
    assert world.cookie not in "|".join(rest)


def test_the_error_page_of_a_request_without_secrets_is_as_it_was(serve, upstream, tmp_path, key):
    world = Refused(serve, upstream, tmp_path, key, PAGES["on"].format(port=upstream.port))
    with Connection(world.nginx.port) as connection:
        connection.socket.sendall(f"GET /p?a=1&abm=short HTTP/1.1\r\nHost: {HOST}\r\nX-A: 1\r\nContent-Length: x\r\n{END}".encode())
        assert connection.receive().status == 400
    (seen,) = world.upstream.requests
    assert seen.target == "/e?was=/p?a=1" and seen.headers["x-a"] == "1"


@pytest.mark.parametrize("page", ["none", "off", "on"])
def test_the_same_over_http_2(serve, upstream, tmp_path, key, page):
    world = Refused(serve, upstream, tmp_path, key, PAGES[page].format(port=upstream.port), listen="http2")
    done = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-X", "TRACE", "--max-time", "10", "-H", f"Host: {HOST}", "-e", f"https://{HOST}/?abm={world.token}",
                           "-b", f"{COOKIE}={world.cookie}; consent=yes", f"http://127.0.0.1:{world.nginx.port}/p?a=1&abm={world.token}"], capture_output=True, check=False)
    assert done.stdout and not world.lets_out()
    assert "TRACE /p?a=1 HTTP/2.0" in world.log.read_text()
