"""Letters of all alphabets, in either case and however they are composed: paths, arguments, accounts and fragments."""

import unicodedata
import urllib.parse

import pytest

from harness.client import fetch
from harness.site import ACCOUNTS, ALPHA, PAGE, Site

RULES = """\
abm: rules/1
slots: { headline: h1, story: '#story' }
rules:
  - id: letters
    when: { industry: ÖPNV, segment: Société, path: /LÖSUNGEN/**, attributes.partner: РОСТЕХ }
    rewrite:
      headline: { text: "Found" }
      story: { html_file: "fragments/{{ account.industry }}.html" }
  - id: argument
    when: { path: /q, query.q: Straẞe }
    rewrite: { headline: { text: "Found" } }
"""


def forms(text):
    """Both cases, composed and not."""
    return sorted({unicodedata.normalize(form, case) for case in (text, text.upper(), text.lower()) for form in ("NFC", "NFD")})


@pytest.fixture
def letters(serve, upstream, tmp_path):
    def start(industry="o\u0308pnv", fragment="öpnv.html"):
        alpha = {**ACCOUNTS[0], "industry": industry, "segments": ["SOCIÉTÉ"], "attributes": {"partner": "Ростех"}}
        site = Site(tmp_path / "letters", accounts=[alpha])
        (site.folder / "fragments").mkdir()
        (site.folder / "fragments" / fragment).write_bytes(b"\xef\xbb\xbf<p>story</p>")
        site.write_rules(RULES)
        site.publish()
        return serve(data=site.data)

    return start


@pytest.mark.parametrize("industry", forms("öpnv"))
@pytest.mark.parametrize("fragment", [unicodedata.normalize(form, "öpnv.html") for form in ("NFC", "NFD")])
def test_an_account_and_its_fragment_are_found_however_they_are_written(letters, upstream, industry, fragment):
    nginx = letters(industry, fragment)
    wanted = PAGE.replace(b"Made for everybody", b"Found").replace(b"<p>The <i>usual</i> story</p>", b"<p>story</p>")
    for path in forms("/lösungen/x"):
        target = urllib.parse.quote(path)
        upstream.replies[target] = upstream.replies["/"]
        assert fetch(nginx.port, target, ip=ALPHA).body == wanted, path


def test_what_is_not_text_matches_by_its_bytes(letters, upstream):
    nginx = letters()
    for target, found in (("/l%C3%B6sungen/%FF%C3", True), ("/l%F6sungen/x", False), ("/losungen/x", False),
                          ("/q?q=STRA%E1%BA%9EE", True), ("/q?q=stra%C3%9Fe", True), ("/q?q=strasse", False)):
        upstream.replies[target.split("?")[0]] = upstream.replies["/"]
        upstream.replies[target] = upstream.replies["/"]
        assert (b"Found" in fetch(nginx.port, target, ip=ALPHA).body) == found, target
