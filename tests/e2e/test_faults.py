"""Out of memory, unexpected exceptions: the page stays original or nginx itself fails, and the worker survives."""

import os
import pathlib
import shutil
import struct
import subprocess

import pytest

from harness.client import fetch
from harness.gzipped import ask, ask_until_spliced, long_page, spliced, with_gzip
from harness.places import PRELOAD
from harness.recalling import personalized
from harness.site import ALPHA, ALPHA_PAGE, PAGE, RULES
from harness.tokens import COOKIE, HOST, cookie, key_file, link
from harness.upstream import Reply, gzip_bytes

pytestmark = [pytest.mark.skipif(shutil.which("c++") is None, reason="no compiler"),
              pytest.mark.skipif(bool(PRELOAD), reason="a sanitizer has its own malloc")]


class Faults:
    def __init__(self, path):
        self.path = path
        path.write_bytes(bytes(4096))

    def arm(self, which, number):
        with open(self.path, "r+b") as file:
            file.seek(8 * which)
            file.write(struct.pack("q", number))

    def left(self, which):
        return struct.unpack_from("q", self.path.read_bytes(), 8 * which)[0]


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    path = tmp_path_factory.mktemp("faults") / "faults.so"
    source = pathlib.Path(__file__).with_name("faults.cpp")
    subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", path, source], check=True)
    return path


@pytest.fixture
def faults(tmp_path, monkeypatch, library):
    counters = Faults(tmp_path / "faults")
    monkeypatch.setenv("ABM_FAULTS", str(counters.path))
    monkeypatch.setenv("LD_PRELOAD", str(library))
    return counters


def answer_or_nothing(nginx, path):
    try:
        return fetch(nginx.port, path, ip=ALPHA, headers={"Accept-Encoding": "gzip", "If-None-Match": '"x"'})
    except OSError:
        return None


def sweep(nginx, faults, which, path, limit, pages=(PAGE, ALPHA_PAGE)):
    """Fails each allocation of a request in turn; returns how many there are. `pages`: the original, and as it is personalized."""
    workers = nginx.workers()
    for number in range(1, limit):
        faults.arm(which, number)
        answer = answer_or_nothing(nginx, path)
        if faults.left(which) > 0:  # the request succeeded: it makes fewer allocations
            faults.arm(which, 0)
            assert number > 1
            break
        if answer is not None and answer.complete and answer.status == 200:
            assert answer.text().encode() in pages, f"allocation {number}"
        elif answer is not None:
            assert answer.status in (200, 500), f"allocation {number}: {answer.head}"
    else:
        raise AssertionError(f"more than {limit} allocations")
    assert nginx.workers() == workers
    assert fetch(nginx.port, path, ip=ALPHA).text().encode() == pages[1]
    return number


# With the smallest pools, nearly everything that a request asks its pool for becomes an allocation.
@pytest.mark.parametrize("pools", ["", "connection_pool_size 256; request_pool_size 128;"], ids=["usual", "small"])
@pytest.mark.parametrize("path", ["/", "/gzip", "/page.html"])
def test_each_failing_allocation_leaves_an_original_page_and_a_living_worker(serve, upstream, faults, path, pools, tmp_path):
    (tmp_path / "page.html").write_bytes(PAGE)
    nginx = serve(http=f"gzip on; gzip_min_length 1; gzip_proxied any; {pools}", log_level="emerg",
                  server=f"location = /page.html {{ abm on; root {tmp_path}; }}")
    nginx.allowed.append(r"(malloc|posix_memalign|calloc)\(.*\) failed")
    upstream.on("/gzip", Reply(gzip_bytes(PAGE), headers={"Content-Encoding": "gzip", "ETag": '"v1"'}))
    assert fetch(nginx.port, path, ip=ALPHA).text().encode() == ALPHA_PAGE
    assert sweep(nginx, faults, 0, path, 1000) > (40 if pools else 5)


@pytest.mark.parametrize("pools", ["", "connection_pool_size 256; request_pool_size 128;"], ids=["usual", "small"])
@pytest.mark.parametrize("parts", [False, True], ids=["whole", "parts"])
def test_each_failing_allocation_of_a_spliced_answer(serve, upstream, faults, pools, parts):
    page = long_page(3000)
    upstream.on("/", Reply(page))
    nginx = with_gzip(serve)(http=f"abm_gzip always; {pools}", log_level="emerg")
    nginx.allowed.append(r"(malloc|posix_memalign|calloc)\(.*\) failed")
    ask_until_spliced(nginx, page)
    if parts:
        page = page[:-3000] + b"<p>Something else.</p>" + page[-3000:]
        upstream.on("/", Reply(page))
        ask(nginx, page)
    assert sweep(nginx, faults, 0, "/", 1000, (page, personalized(page))) > (40 if pools else 5)
    before = spliced(nginx)
    ask(nginx, page)
    assert spliced(nginx) > before or parts


def test_failing_allocations_while_pages_are_compressed(serve, upstream, faults):
    nginx = with_gzip(serve)(http="abm_gzip always;", log_level="emerg")
    nginx.allowed.append(r"(malloc|posix_memalign|calloc)\(.*\) failed")
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE  # the worker has started
    workers = nginx.workers()
    for number in range(1, 60, 2):
        page = long_page(1000, number)
        upstream.on(f"/{number}", Reply(page))
        for _ in range(4):
            faults.arm(0, number)
            answer = answer_or_nothing(nginx, f"/{number}")
            faults.arm(0, 0)
            if answer is not None and answer.complete and answer.status == 200:
                assert answer.text().encode() in (page, personalized(page))
        for _ in range(3):
            ask(nginx, page, path=f"/{number}")
    assert nginx.workers() == workers and spliced(nginx) > 0


def test_failing_allocations_while_a_generation_is_adopted_leave_the_old_one(serve, own_site, faults):
    own_site.publish()
    nginx = serve(data=own_site.data, log_level="emerg")
    nginx.allowed.append(r"failed")
    workers = nginx.workers()
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    preload = os.environ.pop("LD_PRELOAD")
    for number in range(1, 60, 3):
        text = f"Made for {number}"
        own_site.write_rules(RULES.replace("Made for presses", text))
        own_site.publish()
        faults.arm(0, number)
        for _ in range(200):
            answer = answer_or_nothing(nginx, "/")
            if answer is not None and text in answer.text():
                break
        else:
            raise AssertionError(f"{text} never came: {nginx.errors()[-500:]}")
        faults.arm(0, 0)
    os.environ["LD_PRELOAD"] = preload
    assert nginx.workers() == workers


def test_exceptions_of_libraries_never_leave_the_module(serve, site, faults, tmp_path):
    key = tmp_path / "preview.key"
    key.write_text("0123456789abcdef" * 2)
    key.chmod(0o600)
    link = site.abmctl("preview-link", "--account", "alpha", "--url", "http://www.example.com/", "--key", str(key)).stdout
    nginx = serve(http=f"abm_preview_key {key};", server="location = /status { abm_status; } location = /visitor { abm_visitor; }")
    workers = nginx.workers()
    for path in ("/", "/" + link[link.index("?"):].split()[0], "/status", "/visitor"):
        for number in range(1, 20):
            faults.arm(1, number)
            answer = answer_or_nothing(nginx, path)
            assert answer is not None and answer.status in ((200, 500) if path in ("/status", "/visitor") else (200,))
            if path not in ("/status", "/visitor"):
                assert answer.body in (PAGE, ALPHA_PAGE)
            faults.arm(1, 0)
    assert nginx.workers() == workers
    assert b'"exceptions":0' not in fetch(nginx.port, "/status").body


@pytest.mark.parametrize("pools", ["", "connection_pool_size 256; request_pool_size 128;"], ids=["usual", "small"])
def test_without_memory_a_token_gets_nowhere_either(serve, upstream, tmp_path, faults, pools):
    """Where nobody would know that an answer is for one visitor alone, there is none."""
    upstream.on("*", Reply(PAGE, headers={"Cache-Control": "public, max-age=600"}))
    key = key_file(tmp_path)
    nginx = serve(http=f"abm_link_key {key}; abm_remember 30d if=$cookie_consent; log_format all '$request|$request_uri|$http_referer|$http_cookie'; "
                  f"access_log {tmp_path}/access.log all; {pools}", log_level="emerg")
    nginx.allowed.append(r"failed")
    token, held = link(key, "nobody"), cookie(key, "beta")
    headers = {"Cookie": f"consent=yes; {COOKIE}={held}; z=1", "Referer": f"https://{HOST}/?abm={token}", "HX-Current-URL": f"/?abm={token}"}
    for number in range(1, 600):
        faults.arm(0, number)
        try:
            answer = fetch(nginx.port, f"/p?x=1&abm={token}", headers=headers)
        except OSError:
            answer = None
        done = faults.left(0) > 0
        faults.arm(0, 0)
        if answer is not None and answer.status == 200:
            assert answer.all("Cache-Control") == ["private, no-cache"], number
            assert answer.all("Referrer-Policy") in (["strict-origin"], []), "without memory for it, what browsers do by themselves is as good"
        if done:
            break
    assert 3 < number < 599, "every allocation has failed once"
    nginx.settle()
    log = (tmp_path / "access.log").read_text()
    assert token not in log and held not in log
    for request in upstream.requests:
        assert token not in f"{request.target} {request.headers}" and held not in str(request.headers)
