"""Preview links (acceptance 74, 75)."""

import os
import re
import time

import pytest

from harness.client import fetch
from harness.site import ALPHA_PAGE, BETA, PAGE, STRANGER


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
    token = link("alpha", "http://www.example.com/", "--valid", "2s")
    assert fetch(nginx.port, f"/?abm_preview={token}").body == ALPHA_PAGE
    time.sleep(3.2)
    assert fetch(nginx.port, f"/?abm_preview={token}").body == PAGE


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
