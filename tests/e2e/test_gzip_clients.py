"""Spliced answers as clients decode them: curl, Python, and a browser, whose document is that of the page unspliced."""

import gzip
import re
import shutil
import subprocess
import urllib.request

import pytest

from browser import BROWSER, DRIVER, Browser
from harness.client import fetch
from harness.gzipped import GZIP, ask_until_spliced, compressed, long_page, spliced, with_gzip
from harness.places import free_port
from harness.recalling import personalized
from harness.site import ALPHA, PAGE
from harness.upstream import Reply
from harness.waiting import wait_for

LONG = long_page(20000)
CURL = shutil.which("curl")


@pytest.fixture
def compressing(serve):
    return with_gzip(serve)


def curl(url, *arguments):
    return subprocess.run([CURL, "-sS", "--fail", "--max-time", "20", "-H", f"X-Forwarded-For: {ALPHA}", *arguments, url], capture_output=True,
                          check=True).stdout


def test_curl_and_python_decode_it(compressing, upstream, tmp_path):
    if CURL is None:
        pytest.skip("curl is not installed: nothing was fetched with it")
    upstream.on("/", Reply(LONG))
    nginx = compressing(http="abm_gzip always;")
    ask_until_spliced(nginx, LONG)
    before = spliced(nginx)
    url = f"http://127.0.0.1:{nginx.port}/"
    for version in ("--http1.1", "--http1.0"):
        assert curl(url, version, "--compressed", "-H", "Host: www.example.com") == personalized(LONG)
    raw = tmp_path / "page.gz"
    raw.write_bytes(curl(url, "-H", "Accept-Encoding: gzip", "-H", "Host: www.example.com"))
    assert subprocess.run(["gzip", "-dc", raw], capture_output=True, check=True).stdout == personalized(LONG)
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip", "X-Forwarded-For": ALPHA, "Host": "www.example.com"})
    with urllib.request.urlopen(request, timeout=20) as answer, gzip.open(answer) as page:
        assert page.read() == personalized(LONG)
    assert spliced(nginx) == before + 3, "nginx does not compress for HTTP/1.0"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not BROWSER or not DRIVER:
        pytest.skip("needs the packages chromium and chromium-driver: spliced pages were NOT looked at in a browser")
    running = Browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


DOCUMENT = "return [document.documentElement.outerHTML, document.doctype.name, document.characterSet, document.querySelectorAll('*').length]"
SIZES = "const page = performance.getEntriesByType('navigation')[0]; return [page.encodedBodySize, page.decodedBodySize]"


@pytest.mark.parametrize("gap", [False, True], ids=["whole", "gaps"])
def test_the_document_of_a_browser_is_that_of_the_page_unspliced(compressing, upstream, browser, gap):
    page = LONG.replace(b"Some text", b"Gr\xc3\xbc\xc3\x9fe &mdash; <table><tr><td>x<b>y</table>")
    token = b"<input type=hidden name=csrf value='%d'>"
    counted = iter(range(1, 1000))
    upstream.on("/", lambda _: Reply(page.replace(b"</h1>", b"</h1>" + token % next(counted)) if gap else page))
    port = free_port()
    nginx = compressing(http=f"abm_gzip always; abm_identity $arg_as by=id; server {{ listen 127.0.0.1:{port}; gzip off; "
                             f"location / {{ abm on; proxy_pass http://127.0.0.1:{upstream.port}; }} }}")

    def asked():
        before = spliced(nginx)
        assert b"Made for presses" in compressed(fetch(nginx.port, "/?as=alpha", headers=GZIP, host=f"127.0.0.1:{nginx.port}"))
        return spliced(nginx) > before
    wait_for(asked, seconds=20)
    before = spliced(nginx)
    browser.visit(f"http://127.0.0.1:{nginx.port}/?as=alpha")
    document, (encoded, decoded) = browser.run(DOCUMENT), browser.run(SIZES)
    assert spliced(nginx) == before + 1
    assert 0 < encoded < decoded / 2
    browser.visit(f"http://127.0.0.1:{port}/?as=alpha")
    plain, (encoded, decoded) = browser.run(DOCUMENT), browser.run(SIZES)
    assert encoded == decoded
    if gap:
        document[0], plain[0] = (re.sub(r"(csrf\W+value=\W)\d+", r"\1", text) for text in (document[0], plain[0]))
    assert document == plain
    assert "Made for presses" in document[0] and document[3] > PAGE.count(b"<p>") + 1000 and document[2] == "UTF-8"
