"""abm.js in a browser: what a visitor sees of edits that the script makes, in pages that stand still, hydrate, render
again, navigate on their own, and allow next to nothing."""

import json
import time

import pytest

from browser import BROWSER, DRIVER, Browser
from harness.upstream import Reply, Sleep
from harness.waiting import wait_for

SCRIPT = "location = /abm.js { abm_script; } location = /abm/slots { abm_slots; }"
WHO = 'keepalive_timeout 0; map $cookie_who $who { default alpha; none ""; } abm_identity $who by=id; abm_delivery script;'
RULES = """\
abm: rules/1
slots:
  headline: h1
  cta: a.cta
  story: '#story'
  note: p.note
  gone: '#gone'
rules:
  - id: home
    when: { account: alpha, path: [/, /same] }
    rewrite:
      headline: { text: "Made for <presses>" }
      cta: { text: "See the plan", attributes: { href: /for/alpha, title: ~ }, add_class: ours, remove_class: theirs }
      story: { html: "<p>Alpha's <b>story</b></p>", append: "<i>end</i>" }
      note: { before: "<hr id=rule>", after: "<p class=note>more</p>", prepend: "<b>!</b>" }
      gone: { remove: true }
  - id: pricing
    when: { account: alpha, path: /pricing }
    rewrite:
      headline: { text: "Alpha's price" }
"""
BODY = """<h1 class=big>Made for everybody</h1>
<a class="cta theirs" href="/plan" title=x>Read on</a>
<div id="story"><p>The <i>usual</i> story</p></div>
<p class=note>A note</p><p id=gone>Not for alpha</p>"""
PAGE = f"<!doctype html><html><head><title>x</title>%s</head><body><div id=root>{BODY}</div><script src=/app.js defer></script></body></html>"
STATE = """return {
  h1: document.querySelector('h1').innerHTML, text: document.querySelector('h1').innerText,
  cta: document.querySelector('a.cta').outerHTML,
  story: document.querySelector('#story').innerHTML,
  around: document.querySelector('#rule') ? document.querySelector('#rule').nextElementSibling.outerHTML +
          document.querySelector('#rule').nextElementSibling.nextElementSibling.outerHTML : '',
  gone: getComputedStyle(document.querySelector('#gone')).display,
  hidden: document.adoptedStyleSheets.length }"""
EDITED = {"h1": "Made for &lt;presses&gt;", "text": "Made for <presses>",
          "cta": '<a class="cta ours" href="/for/alpha">See the plan</a>',
          "story": "<p>Alpha's <b>story</b></p><i>end</i>",
          "around": '<p class="note"><b>!</b>A note</p><p class="note">more</p>', "gone": "none", "hidden": 0}
# Each frame's headline, as far as it can be seen; before anything else of the page runs.
RECORDER = """
  window.frames_seen = [];
  window.frames_at = [];
  window.errors_seen = [];
  addEventListener('error', e => errors_seen.push(String(e.message)));
  addEventListener('unhandledrejection', e => errors_seen.push(String(e.reason)));
  addEventListener('securitypolicyviolation', e => errors_seen.push(e.violatedDirective));
  (function frame() {
    const h1 = document.querySelector('h1');
    if (h1 && getComputedStyle(h1).visibility == 'visible') {
      const text = h1.innerText;
      if (frames_seen[frames_seen.length - 1] != text) { frames_seen.push(text); frames_at.push(performance.now()); }
    }
    requestAnimationFrame(frame);
  })();
"""
# What a framework does when it takes over: it insists on its own text, later than the page's scripts have run.
HYDRATES = """
  const own = root.innerHTML, render = () => { root.innerHTML = own; };
  const hydrate = () => {
    window.found = document.querySelector('h1').textContent;
    if (window.found != 'Made for everybody') { window.mismatch = 1; render(); }
    document.querySelector('h1').onclick = () => { window.clicks = (window.clicks || 0) + 1; };
  };
  // As a scheduler does: task by task, without a pause.
  const channel = new MessageChannel;
  let tasks = 20;
  channel.port1.onmessage = () => { const until = performance.now() + 4; while (performance.now() < until); --tasks ? channel.port2.postMessage(0) : hydrate(); };
  channel.port2.postMessage(0);
  window.again = render;
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not BROWSER or not DRIVER:
        pytest.skip("needs the packages chromium and chromium-driver: abm.js was NOT run in a browser")
    running = Browser(tmp_path_factory.mktemp("profile"))
    running.call("POST", "/goog/cdp/execute", {"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": RECORDER}})
    yield running
    running.close()


@pytest.fixture
def open_page(serve, own_site, upstream, browser):
    """Serves PAGE with an app, goes there, and returns nginx once the script has nothing hidden any more."""
    def start(app="", policy=None, page=PAGE % "", path="/", rules=RULES, http="", server=""):
        own_site.write_rules(rules)
        own_site.publish()
        nginx = serve(data=own_site.data, server=SCRIPT + server, http=WHO + http)
        headers = {"Content-Security-Policy": policy} if policy else {}
        for at in ("/", "/same", "/pricing", "/nothing"):
            upstream.on(at, Reply(page.encode(), headers=headers))
        upstream.on("/app.js", Reply(app.encode(), content_type="text/javascript"))
        browser.console()
        browser.visit(f"http://127.0.0.1:{nginx.port}{path}")
        return nginx
    return start


def state(browser):
    return browser.run(STATE)


def frames(browser):
    """What could be read in the headline, one after another, once something could."""
    wait_for(lambda: browser.run("return frames_seen.length"))
    return browser.run("return frames_seen")


def quiet(browser):
    """Nothing went wrong in the page, as it or the browser's console knows."""
    assert browser.run("return errors_seen") == []
    assert [line for line in browser.console() if line["level"] == "SEVERE" and "favicon" not in line["message"]] == []


def test_a_page_that_stands_still(open_page, browser):
    nginx = open_page()
    wait_for(lambda: state(browser) == EDITED)
    assert frames(browser) == ["Made for <presses>"], "nobody saw the original first"
    quiet(browser)
    (line,) = nginx.visits(1)
    assert set(line["rules"][0]["slots"].values()) == {"applied"}


@pytest.mark.parametrize("policy", [
    "default-src 'none'; script-src 'self'; connect-src 'self'",
    "default-src 'none'; script-src 'nonce-abc123' 'strict-dynamic'; connect-src 'self'",
    "default-src 'none'; script-src 'self'; require-trusted-types-for 'script'; trusted-types abm"], ids=["self", "nonce", "trusted types"])
def test_a_strict_policy(open_page, browser, policy):
    open_page(policy=policy, page=(PAGE % "").replace("<script src=/app.js defer></script>", ""))
    wait_for(lambda: state(browser) == EDITED)
    assert frames(browser) == ["Made for <presses>"]
    quiet(browser)


def test_a_page_that_hydrates_finds_what_it_rendered(open_page, browser):
    open_page(app=HYDRATES)
    wait_for(lambda: state(browser) == EDITED)
    assert frames(browser) == ["Made for <presses>"]
    assert browser.run("return [window.found, window.mismatch]") == ["Made for everybody", None]
    browser.run("document.querySelector('h1').click()")
    assert browser.run("return window.clicks") == 1, "the framework's element is still there"
    quiet(browser)


def test_what_is_rendered_again_is_edited_again(open_page, browser):
    open_page(app=HYDRATES)
    wait_for(lambda: state(browser) == EDITED)
    for _ in range(3):
        browser.run("again()")
        assert state(browser) == EDITED, "before the next frame"
    browser.run("document.querySelector('h1').firstChild.data = 'Made for everybody'")
    assert state(browser) == EDITED
    browser.run("document.querySelector('#rule').remove(); document.querySelector('a.cta').className = 'cta theirs'")
    assert state(browser) == EDITED
    assert frames(browser) == ["Made for <presses>"]
    quiet(browser)


def test_a_page_that_insists_has_its_way_in_the_end(open_page, browser):
    open_page(app="""let times = 0; const h1 = document.querySelector('h1');
        new MutationObserver(() => { if (h1.textContent != 'Mine') { ++times; h1.textContent = 'Mine'; } window.times = times; })
          .observe(h1, { childList: true, characterData: true, subtree: true });""")
    # Once as on every page, and 50 times more.
    wait_for(lambda: browser.run("return window.times") == 51)
    time.sleep(0.2)
    assert browser.run("return [window.times, document.querySelector('h1').textContent]") == [51, "Mine"]
    assert browser.run("return document.querySelector('a.cta').textContent") == "See the plan"
    quiet(browser)


LATE = b"window.late = document.querySelector('h1').textContent"


def test_slots_are_not_hidden_for_longer_than_a_second(open_page, browser, upstream):
    """As long as a script of the page has not come, a framework may still want to find what it rendered."""
    upstream.on("/late.js", Reply(parts=[Sleep(2.5), LATE], length=len(LATE), content_type="text/javascript"))
    open_page(page=PAGE % "<script src=/late.js async></script>")
    wait_for(lambda: state(browser) == EDITED)
    wait_for(lambda: frames(browser) == ["Made for everybody", "Made for <presses>"])
    assert browser.run("return window.late") == "Made for everybody"
    original, edited = browser.run("return frames_at")
    assert 900 < original < 2000 < edited


def test_images_are_not_waited_for(open_page, browser, upstream):
    upstream.on("/slow.png", Reply(parts=[Sleep(2.5), b"x"], length=1, content_type="image/png"))
    open_page(page=(PAGE % "").replace("<h1", "<img src=/slow.png alt=x><h1"))
    assert state(browser) == EDITED and frames(browser) == ["Made for <presses>"]
    assert browser.run("return frames_at")[0] < 1000 < browser.run("return performance.timing.loadEventStart - performance.timing.navigationStart")


ROUTER = HYDRATES + """
  window.go = (url, how) => { history[how || 'pushState']({}, '', url); render(); };
  addEventListener('popstate', render);
"""


@pytest.mark.parametrize("api", ["navigation", "history"])
def test_client_side_navigation(open_page, browser, upstream, api):
    open_page(app=ROUTER, page=PAGE % ("<meta name=x>"))
    if api == "history":
        # A browser without the Navigation API, before abm.js looks for it.
        added = browser.call("POST", "/goog/cdp/execute", {"cmd": "Page.addScriptToEvaluateOnNewDocument",
                                                           "params": {"source": "delete window.navigation"}})
        browser.visit(browser.run("return location.href"))
        browser.call("POST", "/goog/cdp/execute", {"cmd": "Page.removeScriptToEvaluateOnNewDocument", "params": added})
        assert browser.run("return typeof window.navigation") == "undefined"
    wait_for(lambda: state(browser) == EDITED)
    browser.run("go('/pricing?x=1#y')")
    wait_for(lambda: state(browser)["h1"] == "Alpha's price")
    now = state(browser)
    assert now["cta"] == '<a class="cta theirs" href="/plan" title="x">Read on</a>' and now["gone"] == "block" and now["around"] == ""
    browser.run("go('/nothing', 'replaceState')")
    wait_for(lambda: state(browser)["h1"] == "Made for everybody")
    browser.run("history.back()")
    wait_for(lambda: state(browser) == EDITED)
    assert [request.target for request in upstream.requests if "slots" in request.target] == [], "nginx answers"
    quiet(browser)


def test_what_stays_on_the_next_page_gets_its_original_back(open_page, browser):
    """A router that leaves the layout alone."""
    open_page(app="window.go = url => history.pushState({}, '', url);")
    original = {"h1": "Made for everybody", "text": "Made for everybody", "cta": '<a class="cta theirs" href="/plan" title="x">Read on</a>',
                "story": "<p>The <i>usual</i> story</p>", "around": "", "gone": "block", "hidden": 0}
    wait_for(lambda: state(browser) == EDITED)
    browser.run("go('/nothing')")
    wait_for(lambda: state(browser) == original)
    browser.run("go('/same')")
    wait_for(lambda: state(browser) == EDITED)
    quiet(browser)


def test_an_address_whose_arguments_are_tidied_up_is_no_other_page(open_page, browser):
    open_page(app="history.replaceState({}, '', location.pathname + '?tidy=1');")
    wait_for(lambda: state(browser) == EDITED)
    browser.run("history.replaceState({}, '', location.pathname)")
    time.sleep(0.5)
    assert state(browser) == EDITED
    quiet(browser)


def test_nothing_happens_without_the_block(open_page, browser):
    nginx = open_page(path="/nothing", page=PAGE % "<script src=/abm.js></script>")
    time.sleep(0.5)
    assert state(browser)["h1"] == "Made for everybody" and state(browser)["hidden"] == 0
    browser.run("history.pushState({}, '', '/pricing')")
    time.sleep(0.3)
    assert state(browser)["h1"] == "Made for everybody"
    quiet(browser)
    nginx.visits(1)


def test_a_navigation_before_the_page_is_ready(open_page, browser, upstream):
    """What was decided for the first page is not made on the second one."""
    upstream.on("/late.js", Reply(parts=[Sleep(2), LATE], length=len(LATE), content_type="text/javascript"))
    open_page(page=PAGE % "<script src=/late.js async></script>",
              app="history.pushState({}, '', '/nothing'); window.texts = []; new MutationObserver(() => texts.push(document.querySelector('h1').textContent))"
                  ".observe(document.body, { subtree: true, childList: true, characterData: true });")
    time.sleep(0.5)
    assert browser.run("return texts") == [] and frames(browser) == ["Made for everybody"]
    quiet(browser)


SEEN_PAGE = """<!doctype html><html><head><script type="application/json" id="abm-edits">%s</script><script src="/abm.js"></script></head>
<body style="margin:0"><h1>Original</h1><div style="height:50px">x</div><section style="height:5000px;background:#eee">tall</section>
<p class=far style="height:40px">far</p><div style="height:200px"></div></body></html>"""


def test_what_was_visible_for_a_second_is_told_once(open_page, browser, upstream):
    data = {"v": 1, "page": "/nothing", "edits": [{"slot": "hero", "select": "h1", "html": "Edited"}],
            "watch": [{"slot": "tall", "select": "section"}, {"slot": "far", "select": "p.far"}, {"slot": "same", "select": "section"}],
            "seen": "/seen", "id": "9f"}
    nginx = open_page(path="/nothing", page=SEEN_PAGE % json.dumps(data),
                      http="log_format seen escape=json '$content_type $request_body';",
                      server=f"location = /seen {{ access_log seen.log seen; proxy_pass http://127.0.0.1:{upstream.port}; }}")

    def told():
        log = nginx.folder / "seen.log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [line[line.index("seen/1"):].split("\\n") for line in lines]

    def slots():
        return sorted(slot for one in told() for slot in one[3:])
    assert told() == []
    time.sleep(2)
    assert told() == [], "batched"
    wait_for(lambda: told(), seconds=10)
    first = told()[0]
    assert first[:3] == ["seen/1", "9f", "/nothing"]
    assert set(first[3:]) <= {"hero", "tall", "same"} and "hero" in first
    browser.run("scrollTo(0, 1500)")
    wait_for(lambda: slots() == ["hero", "same", "tall"], seconds=10)
    browser.run("scrollTo(0, 100000); setTimeout(() => scrollTo(0, 0), 300)")
    time.sleep(3)
    assert slots() == ["hero", "same", "tall"], "a glance does not count, and nothing is told twice"
    browser.run("scrollTo(0, 100000)")
    time.sleep(1.3)
    browser.visit(f"http://127.0.0.1:{nginx.port}/same")
    wait_for(lambda: slots() == ["far", "hero", "same", "tall"], seconds=10)
    assert (nginx.folder / "seen.log").read_text().startswith("text/plain")
    nginx.visits()
