"""Links and the cookie in a real browser, over TLS, with other sites around: what SameSite, HttpOnly, __Host- and
Referrer-Policy are worth there."""

import subprocess
import time

import pytest

from browser import BROWSER, DRIVER, Browser
from harness.tokens import COOKIE, cookie, key_file, link
from harness.upstream import Reply

SITE, MAIL, OTHER = "www.example.com", "mail.test", "other.test"
FRAMES = "<!doctype html><iframe src='{url}'></iframe><img src='{url}'><script>fetch('{url}', {{ mode: 'no-cors', credentials: 'include' }})</script>"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not BROWSER or not DRIVER:
        pytest.fail("chromium and chromium-driver are missing: ./run test installs them")
    started = Browser(tmp_path_factory.mktemp("profile"), "--ignore-certificate-errors", "--host-resolver-rules=MAP * 127.0.0.1")
    yield started
    started.close()


class World:
    """The site, a mail service and another site, all on one nginx with TLS."""

    def __init__(self, browser, nginx, upstream, key):
        self.browser, self.nginx, self.upstream, self.key = browser, nginx, upstream, key

    def url(self, path="/", host=SITE):
        return f"https://{host}:{self.nginx.port}{path}"

    def page(self, path, body):
        self.upstream.on(path, Reply(body.encode()))

    def go(self, path="/", host=SITE):
        self.browser.visit(self.url(path, host))

    def consent(self, value):
        self.go("/quiet")
        self.browser.run("document.cookie = arguments[0]", f"consent={value}; path=/; secure; samesite=lax")

    def click(self, path, url):
        """From a page of the mail service."""
        self.page(path, f"<!doctype html><a id=go href='{url}'>read on</a>")
        self.go(path, MAIL)
        self.browser.run("document.querySelector('#go').click()")
        wait_until(lambda: self.browser.run("return location.hostname") == SITE and self.browser.run("return document.readyState") == "complete")

    def remembered(self):
        """As the browser holds it, HttpOnly or not; on the site's own page."""
        return {one["name"]: one for one in self.browser.call("GET", "/cookie")}.get(COOKIE)

    def headline(self):
        return self.browser.run("return document.querySelector('h1').textContent")


def wait_until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def world(browser, serve, upstream, tmp_path):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-keyout", "tls.key",
                    "-out", "tls.crt", "-subj", "/CN=localhost"], check=True, capture_output=True, cwd=tmp_path)
    key = key_file(tmp_path)
    nginx = serve(listen="ssl http2", http=f"ssl_certificate {tmp_path}/tls.crt; ssl_certificate_key {tmp_path}/tls.key; keepalive_timeout 0; "
                  f"abm_link_key {key}; abm_remember 30d if=$cookie_consent;")
    upstream.on("/quiet", Reply(b"<!doctype html><title>nothing</title>"))
    upstream.on("/favicon.ico", Reply(b"", "404 Not Found", content_type="image/x-icon"))
    made = World(browser, nginx, upstream, key)
    yield made
    made.go("/quiet")
    browser.call("DELETE", "/cookie")


def test_a_link_in_a_mail_is_remembered_for_who_agreed_and_comes_back_from_other_sites(world):
    world.consent("yes")
    world.click("/inbox", world.url(f"/?abm={link(world.key)}"))
    assert world.headline() == "Made for presses"
    kept = world.remembered()
    assert (kept["httpOnly"], kept["secure"], kept["sameSite"], kept["path"], kept["domain"]) == (True, True, "Lax", "/", SITE)
    assert 29 * 86400 < kept["expiry"] - time.time() <= 30 * 86400 + 5
    assert COOKIE not in world.browser.run("return document.cookie")
    world.go("/")
    assert world.headline() == "Made for presses"
    world.click("/inbox", world.url("/"))
    assert world.headline() == "Made for presses", "Lax: a click on another site brings it along"
    assert [line["source"] for line in world.nginx.visits(3)] == ["link", "remembered", "remembered"]
    assert not any(COOKIE in str(request.headers) or "abm=" in request.target for request in world.upstream.requests)


def test_without_consent_nothing_is_kept_and_taking_it_back_deletes_it(world):
    world.click("/inbox", world.url(f"/?abm={link(world.key)}"))
    assert world.headline() == "Made for presses" and world.remembered() is None
    world.consent("yes")
    world.go(f"/?abm={link(world.key)}")
    assert world.remembered()
    world.consent("0")
    world.go("/")
    assert world.headline() == "Made for everybody" and world.remembered() is None


def test_another_site_s_page_cannot_have_a_visitor_remembered(world):
    """Whoever has a link of their own may show it to anybody; frames, images and scripts of other sites do not count."""
    world.consent("yes")
    world.page("/trap", FRAMES.format(url=world.url(f"/?abm={link(world.key, 'beta')}")))
    world.go("/trap", OTHER)
    wait_until(lambda: len(world.upstream.seen("/")) >= 3)
    world.go("/")
    assert world.headline() == "Made for everybody" and world.remembered() is None
    world.go(f"/?abm={link(world.key)}")
    world.go("/trap", OTHER)
    wait_until(lambda: len(world.upstream.seen("/")) >= 8)
    world.go("/")
    assert world.headline() == "Made for presses", "nor have them taken for somebody else"


def test_frames_of_other_sites_do_not_show_who_is_remembered(world):
    world.consent("yes")
    world.go(f"/?abm={link(world.key)}")
    before = len(world.nginx.visits())
    world.page("/frame", FRAMES.format(url=world.url("/")))
    world.go("/frame", OTHER)
    wait_until(lambda: len(world.upstream.seen("/")) >= 4)
    assert len(world.nginx.visits()) == before, "Lax: the cookie stays at home"


def test_a_neighbour_under_the_same_domain_cannot_set_it(world):
    world.consent("yes")
    world.page("/neighbour", "<!doctype html>")
    world.go("/neighbour", "shop.example.com")
    for attributes in ("; domain=example.com; path=/; secure", "; domain=example.com; path=/"):
        world.browser.run("document.cookie = arguments[0]", f"{COOKIE}={cookie(world.key, 'beta')}{attributes}")
    world.go("/")
    assert world.headline() == "Made for everybody" and world.remembered() is None


def test_the_address_of_a_link_is_told_to_nobody(world):
    token = link(world.key)
    world.page("/landing", "<!doctype html><h1>x</h1><img src=/pixel.png>"
               f"<img src='{world.url('/third.png', OTHER)}'><a id=on href=/next>on</a><script>fetch('/data')</script>")
    world.page("/next", "<!doctype html>")
    world.upstream.on("*", Reply(b"x", content_type="image/png"))
    world.go(f"/landing?abm={token}")
    world.browser.run("document.querySelector('#on').click()")
    wait_until(lambda: world.upstream.seen("/next") and world.upstream.seen("/third.png") and world.upstream.seen("/pixel.png") and world.upstream.seen("/data"))
    for path in ("/pixel.png", "/third.png", "/data", "/next"):
        assert world.upstream.seen(path)[0].headers.get("referer") == world.url("/")
    # Where the page's own policy says more, what comes back is cleaned.
    world.page("/loud", "<!doctype html><meta name=referrer content=unsafe-url><img src='/loud.png'>")
    world.go(f"/loud?a=1&abm={token}")
    wait_until(lambda: world.upstream.seen("/loud.png"))
    assert world.upstream.seen("/loud.png")[0].headers["referer"] == world.url("/loud?a=1")
    assert not any(token in request.target + str(request.headers) for request in world.upstream.requests)


def test_a_redirect_leads_to_the_page_with_its_link(world):
    world.upstream.on("/old", Reply(b"", "301 Moved Permanently", headers={"Location": "/"}))
    token = link(world.key)
    world.go(f"/old?abm={token}")
    assert world.browser.run("return location.search") == f"?abm={token}" and world.headline() == "Made for presses"
    assert world.nginx.visits(1)[0]["source"] == "link"
