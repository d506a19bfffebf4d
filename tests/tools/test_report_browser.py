"""The report's page in a real browser, from a file: its policy, charts, keyboard use of tables, and printing."""

import base64
import os
import pathlib
import subprocess

import pytest

from abmctl_program import PROGRAM
from browser import BROWSER, DRIVER, Browser

WORLD = pathlib.Path(PROGRAM).parents[1] / "tests/measure/abm_make_visits"
DEALS = WORLD.with_name("abm_make_deals")
ENTER, TAB, SPACE = "\ue007", "\ue004", " "

pytestmark = pytest.mark.skipif(not BROWSER or not DRIVER,
                                reason="needs the packages chromium and chromium-driver: the page was NOT looked at in a browser")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    running = Browser(tmp_path_factory.mktemp("profile"))
    yield running
    running.close()


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    lines = subprocess.run([WORLD, "1", "600", "9000", "0.03"], capture_output=True, check=True).stdout
    lines = lines.replace(b'"ts":"2026-', b'"ts":"2024-')  # opportunities of the future are left out
    deals = subprocess.run([DEALS, "1", "0.6", "0.1"], input=lines, capture_output=True, check=True).stdout
    (folder / "deals.csv").write_bytes(deals)
    accounts = [f'{{"id":"account-{i:04}","name":"Account {i}","tier":"one-to-many"}}' for i in range(600)]
    header = '{"abm":"accounts/1","tenant":"halden-web","version":1,"generated_at":"2026-11-01T00:00:00Z"}'
    (folder / "accounts.ndjson").write_text("\n".join([header, *accounts, ""]))
    subprocess.run([PROGRAM, "report", "-", "--goal", "/demo", "--accounts", "accounts.ndjson", "--opportunities", "deals.csv",
                    "--window", "90", "-o", folder / "report.html"], input=lines, check=True, cwd=folder)
    return folder / "report.html"


def test_the_page_opens_from_a_file_without_a_word_in_the_console(browser, page):
    browser.open(page)
    assert browser.console() == []
    assert browser.run("return document.querySelectorAll('th button').length") > 20, "the script did not run"
    assert browser.run("return getComputedStyle(document.querySelector('.chart .fill-1')).fill") == "rgb(31, 95, 191)", \
        "the style was not applied"


def test_what_the_policy_forbids_does_not_run(browser, page):
    hostile = page.with_name("hostile.html")
    text = page.read_text()
    hostile.write_text(text.replace("<main>", "<main><script>document.title = 'pwned'</script><img src='x.png'>"))
    browser.open(hostile)
    refused = [entry["message"] for entry in browser.console()]
    assert browser.run("return document.title") != "pwned"
    assert any("script-src" in message for message in refused) and any("img" in message.lower() for message in refused), refused


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_charts_can_be_seen(browser, page, scheme):
    browser.open(page)
    browser.scheme(scheme)
    charts = browser.run("""
        const paper = getComputedStyle(document.body).backgroundColor;
        return Array.from(document.querySelectorAll('svg.chart'), svg => {
          const box = svg.getBoundingClientRect();
          const marks = Array.from(svg.querySelectorAll('rect.fill-1, circle.dot, path, polyline.curve'));
          return { label: svg.getAttribute('aria-label'), width: box.width, height: box.height,
                   drawn: marks.some(m => m.getBoundingClientRect().width > 1 && m.getBoundingClientRect().height > 1),
                   seen: marks.every(m => getComputedStyle(m).fill !== paper && getComputedStyle(m).stroke !== paper),
                   inside: Array.from(svg.querySelectorAll('text')).every(t => {
                     const b = t.getBoundingClientRect(); return b.left >= box.left - 1 && b.right <= box.right + 1; }),
                   ink: getComputedStyle(svg.querySelector('text')).fill !== paper };
        });""")
    assert len(charts) >= 6, charts
    assert {"Accounts with an opportunity and with a deal won, by arm", "Amount per account, created and won, by arm",
            "Share of accounts that had an opportunity, by days since their clock started"} <= {chart["label"] for chart in charts}
    for chart in charts:
        assert chart["width"] > 500 and chart["height"] > 60 and chart["drawn"] and chart["seen"] and chart["ink"], chart
        assert chart["inside"], f"words are cut off in {chart['label']}"
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), "the page scrolls sideways"
    if "ABM_SCREENSHOTS" in os.environ:
        pathlib.Path(os.environ["ABM_SCREENSHOTS"], f"report-{scheme}.png").write_bytes(browser.screenshot())
    browser.scheme("")


def test_tables_sort_by_keyboard(browser, page):
    browser.open(page)

    def column():
        return browser.run("return Array.from(document.querySelectorAll('#pages tbody tr'), r => r.cells[arguments[0]].textContent)", 1)

    def sort():
        return browser.run("return document.activeElement.parentElement.getAttribute('aria-sort')")

    numbers = [int(text.replace(",", "")) for text in column()]
    assert len(numbers) > 3 and numbers == sorted(numbers, reverse=True)
    browser.run("document.querySelector('#pages .scroll').focus()")
    browser.press([TAB])
    assert browser.run("return document.activeElement.textContent") == "Page"
    browser.press([TAB])
    assert browser.run("return document.activeElement.textContent") == "Visits"
    browser.press([ENTER])
    assert sort() == "descending"
    browser.press([SPACE])
    assert sort() == "ascending"
    assert [int(text.replace(",", "")) for text in column()] == sorted(numbers)
    browser.press([ENTER])
    assert [int(text.replace(",", "")) for text in column()] == sorted(numbers, reverse=True)
    assert browser.run("return document.querySelectorAll('#pages th[aria-sort]').length") == 1
    assert browser.console() == []


def test_it_prints(browser, page):
    browser.open(page)
    browser.scheme("dark")
    pdf = base64.b64decode(browser.call("POST", "/print", {"background": True}))
    browser.scheme("")
    assert pdf.startswith(b"%PDF-") and len(pdf) > 20_000


def test_on_paper_nothing_is_cut_and_headings_are_painted_on_every_page(browser, page):
    browser.open(page)
    paper = 718  # A4 between margins of 1 cm, at 96 dots an inch
    browser.run("document.body.style.width = arguments[0] + 'px'", paper)
    browser.call("POST", "/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"media": "print"}})
    try:
        cut = browser.run("""return Array.from(document.querySelectorAll('.scroll'), s => [s.getAttribute('aria-label'),
            s.querySelector('table').getBoundingClientRect().right]).filter(s => s[1] > arguments[0] + 1)""", paper)
        assert cut == []
        assert browser.run("return new Set(Array.from(document.querySelectorAll('th button'), "
                           "b => getComputedStyle(b).display)).size === 1 && "
                           "getComputedStyle(document.querySelector('th button')).display") == "contents"
        assert browser.run("return getComputedStyle(document.querySelector('.about:has(+ .scroll)')).breakAfter") == "avoid"
        assert browser.run("return getComputedStyle(document.querySelector('.verdict')).breakInside") == "avoid"
        assert browser.run("return getComputedStyle(document.querySelector('.verdict')).orphans") == "3"
        daily = browser.run("return Array.from(document.querySelectorAll('#daily .scroll, .scroll.daily'), s => getComputedStyle(s).display)")
        assert len(daily) == 2 and set(daily) == {"none"}, "figures of each day are for the screen"
    finally:
        browser.scheme("")


def test_what_is_to_the_right_of_a_wide_table_is_hinted_at(browser, page):
    browser.open(page)
    assert browser.run("return getComputedStyle(document.querySelector('.scroll')).backgroundAttachment") == \
        "local, local, scroll, scroll"
    assert browser.run("return Array.from(document.querySelectorAll('#outcomes .scroll'), s => [s.getAttribute('aria-label'), "
                       "s.scrollWidth - s.clientWidth]).filter(s => s[1] > 0)") == [], "at 1280 everything fits"


def test_remarks_keep_clear_of_the_key_figures_where_no_sentence_stands_between(browser, page):
    browser.open(page)
    gap = browser.run("""document.querySelectorAll('header .verdict').forEach(v => v.remove());
        return document.querySelector('main > .warning').getBoundingClientRect().top
             - document.querySelector('.figures').getBoundingClientRect().bottom""")
    assert gap >= 12
