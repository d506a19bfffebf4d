"""Which elements selectors match: what abmctl render edits, and what Chromium finds in the original page."""

import json
import re
import subprocess

import pytest

from abmctl_program import PROGRAM
from browser import BROWSER, DRIVER, Browser

pytestmark = pytest.mark.skipif(not BROWSER or not DRIVER,
                                reason="needs the packages chromium and chromium-driver: pages were NOT compared with a browser's")

FEED = """{"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-22T03:33:20Z"}
{"id":"x","name":"X Inc","tier":"one-to-one"}
"""
SELECTORS = ["p", "body > p", "p:first-child", "select > *", "select > option", "option + option", "select option b", "div > *", "template",
             "template + p", ".foo", ":not(.foo)", "#foo", "[type=TEXT]", "[viewBox]", "foreignObject", "*|a", "|a", ":not(|a)", "[*|href]",
             "[href]", "[*|href=x]", "body.late p", "html.late > body > p", "body:not(.late) p"]
PAGES = {
    "select": "<select><button><selectedcontent></selectedcontent></button><option data-u=a>1<b data-u=b>x</b><option data-u=c><svg><a data-u=d>"
              "</svg><div data-u=e><p data-u=f>x</div><iframe></select><p data-u=no></iframe><hr><option data-u=g></select><p data-u=h>",
    "select in a table": "<table><tr><td><select><option data-u=a><tr><td><p data-u=b></table><select><table><tr><td><p data-u=c></table></select><p data-u=d>",
    "select ends": "<p><select><option data-u=a><input data-u=b><p data-u=c></p><select><div data-u=d><select><p data-u=e>",
    "shadow roots": "<div><template shadowrootmode=open data-u=a><p data-u=b></template><p data-u=c></p><template shadowrootmode=open data-u=d></template></div>"
                    "<x-y><template shadowrootmode=closed data-u=e></template><p data-u=f></x-y><ul><template shadowrootmode=open data-u=g></template></ul>",
    "names": "<div class=FOO id=Foo data-u=a><p class='x foo' data-u=b><input type=text data-u=c><svg viewBox=1 data-u=d><foreignObject data-u=e>"
             "<a href=x data-u=f></a></foreignObject><a xlink:href=x type=text data-u=g></a></svg><a xlink:href=x data-u=h>",
    "late tags": "x<html class=late><body class=late><p data-u=a></p><div><p data-u=b></p><body class=foo></div><p data-u=c>",
}
DOCTYPES = {"standards": "<!doctype html>", "quirks": "", "frameset": '<!doctype html public "-//W3C//DTD HTML 4.01 Frameset//EN" "">'}


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    running = Browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


def edited(folder, page):
    """By selector: the data-u of the elements that were edited."""
    slots = "".join(f"  s{i}: {json.dumps(selector)}\n" for i, selector in enumerate(SELECTORS))
    edits = "".join(f"      s{i}: {{ attributes: {{ data-s{i}: hit }} }}\n" for i in range(len(SELECTORS)))
    (folder / "rules.yaml").write_text(f"abm: rules/1\nslots:\n{slots}rules:\n  - id: r\n    when: {{ account: x, path: /** }}\n"
                                       f"    rewrite:\n{edits}")
    (folder / "accounts.ndjson").write_text(FEED)
    html = subprocess.run([PROGRAM, "render", "--rules", "rules.yaml", "--accounts", "accounts.ndjson", "--account", "x",
                           "--url", "http://www.example.com/", page], capture_output=True, text=True, check=True, cwd=folder).stdout
    found = {selector: [] for selector in SELECTORS}
    for tag, mark in re.findall(r"(<[^>]* data-u=(\w+)[^>]*>)", html):
        for number in re.findall(r'data-s(\d+)="hit"', tag):
            found[SELECTORS[int(number)]].append(mark)
    return found


@pytest.mark.parametrize("doctype", DOCTYPES)
@pytest.mark.parametrize("name", PAGES)
def test_selectors_match_as_in_the_browser(browser, tmp_path, name, doctype):
    page = tmp_path / "page.html"
    page.write_text(DOCTYPES[doctype] + PAGES[name])
    browser.open(page)
    theirs = browser.run("""
        const isCopy = element => element.parentElement && element.parentElement.closest('selectedcontent');
        return Object.fromEntries(arguments[0].map(selector => [selector, Array.from(document.querySelectorAll(selector))
          .filter(element => !isCopy(element)).map(element => element.getAttribute('data-u')).filter(mark => mark)]))""", SELECTORS)
    assert edited(tmp_path, page) == theirs
