"""One visit to an app's page in a real browser: what the page shows once it is hydrated, after it has rendered again, on the
next page and back; what the console says; which frames were painted."""

import dataclasses
import json
import pathlib
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
LATENCY = 60  # milliseconds to the server: scripts come after the first paint, as they do for people

# The states of a page, by comparison with the HTML that nginx sent to this visitor and to a stranger.
EDITED, ORIGINAL, OTHER = "edited", "original", "other"

STATE = """
const parse = html => abmOutline(new DOMParser().parseFromString(html, 'text/html')).outline
const [edited, original] = arguments
const now = abmOutline(document)
const state = now.outline === parse(edited) ? 'edited' : now.outline === parse(original) ? 'original' : 'other'
return { state, witness: now.witness, outline: now.outline }
"""

FRAMES = """
const parse = html => abmOutline(new DOMParser().parseFromString(html, 'text/html')).outline
const edited = parse(arguments[0]), original = parse(arguments[1])
const paint = performance.getEntriesByName('first-paint')[0]?.startTime ?? 0
// A frame's callbacks run before it is painted: the first frame that was seen began before the first paint.
const first = Math.max(0, abmFrames.findLastIndex(frame => frame.at <= paint))
return abmFrames.slice(first).map(frame => [
  frame.hidden ? 'hidden' : frame.outline === edited ? 'edited' : frame.outline === original ? 'original' : 'other',
  frame.hydrated])
"""


@dataclasses.dataclass
class Seen:
    hydrated: bool                    # the app said so within the time
    states: dict                      # "hydrated", "rendered", "away", "back" → EDITED, ORIGINAL, OTHER; missing where it did not get there
    witness: bool                     # the edit that nobody else touches is there after hydration
    console: list                     # messages of errors and warnings
    frames: list                      # (state or "hidden", hydrated) of each frame from the first that was painted
    outline: str                      # of the hydrated page, for who looks into a measurement
    works: bool                       # the button counts
    navigates: bool                   # the link leads to the other page and back without loading it

    def flash(self):
        """Frames before the last state that showed another one; hidden ones do not count."""
        last = self.frames[-1][0]
        return sum(1 for state, _ in self.frames if state not in (last, "hidden"))

    def hidden(self):
        return sum(1 for state, _ in self.frames if state == "hidden")

    def early(self):
        """Frames that were painted before the page was hydrated; without any, a flash could not have been seen."""
        return sum(1 for _, hydrated in self.frames if not hydrated)


def fetch(port, path, ip):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"X-Forwarded-For": ip})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.read().decode()


class Visitor:
    """A browser that visits as one address after another.

    `port` serves what is visited, `plain_port` the same without the module, and `edited_port` HTML that shows the edits: for
    delivery `html` that is `port` itself, for `script` an nginx that delivers the same rules as HTML. A page that does
    not show the edits is taken for finished when it has not changed for `quiet` seconds, one that does after a quarter of one."""

    def __init__(self, browser, port, plain_port, edited_port=None, quiet=0.25):
        self.browser, self.port, self.plain_port, self.edited_port, self.quiet = browser, port, plain_port, edited_port or port, quiet
        self.devtools("Network.enable")
        self.devtools("Network.setCacheDisabled", cacheDisabled=True)
        self.devtools("Network.emulateNetworkConditions", offline=False, latency=LATENCY, downloadThroughput=-1, uploadThroughput=-1)
        self.recorder = self.devtools("Page.addScriptToEvaluateOnNewDocument",
                                      source=(HERE / "recorder.js").read_text(encoding="utf-8"))["identifier"]

    def close(self):
        self.devtools("Page.removeScriptToEvaluateOnNewDocument", identifier=self.recorder)

    def devtools(self, command, **parameters):
        return self.browser.call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def until(self, condition, seconds):
        deadline = time.monotonic() + seconds
        while not self.browser.run(f"return Boolean({condition})"):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.03)
        return True

    def state(self, pages):
        return self.browser.run(STATE, *pages)

    def settled(self, pages):
        """The state of a finished page, or of one that still changes after five seconds."""
        state, since = self.state(pages), time.monotonic()
        for _ in range(100):
            time.sleep(0.05)
            now = self.state(pages)
            if now != state:
                state, since = now, time.monotonic()
            elif time.monotonic() - since >= (0.25 if state["state"] == EDITED else self.quiet):
                break
        return state

    def visit(self, ip, patience):
        """`patience`: seconds to wait for the app's scripts, for the button, and for the other page."""
        pages = {path: (fetch(self.edited_port, path, ip), fetch(self.plain_port, path, ip)) for path in ("/", "/other")}
        self.browser.visit("about:blank")
        self.browser.console()  # forgets the last visit's
        self.devtools("Network.setExtraHTTPHeaders", headers={"X-Forwarded-For": ip})
        self.browser.visit(f"http://127.0.0.1:{self.port}/")
        hydrated = self.until("globalThis.hydrated", patience)
        first = self.settled(pages["/"])
        states = {"hydrated": first["state"]}
        frames = self.browser.run(FRAMES, *pages["/"])
        works = self.press_count(patience)
        if works:
            states["rendered"] = self.settled(pages["/"])["state"]
        self.browser.run("globalThis.abmSamePage = true")
        navigates = self.follow("/other", patience)
        if navigates:
            states["away"] = self.settled(pages["/other"])["state"]
            navigates = self.follow("/", patience)
            if navigates:
                states["back"] = self.settled(pages["/"])["state"]
        console = [entry["message"] for entry in self.browser.console() if entry["level"] in ("SEVERE", "WARNING")]
        return Seen(hydrated, states, first["witness"], console, [tuple(frame) for frame in frames], first["outline"], works, navigates)

    def press_count(self, patience):
        """Whether the button does what it is there for: the app lives."""
        self.browser.run("document.getElementById('count')?.click()")
        return self.until("document.getElementById('count')?.textContent === 'Clicked 1 times'", patience)

    def follow(self, path, patience):
        """Whether the link led there without loading a page."""
        self.browser.run("document.getElementById('to-other')?.click()")
        there = self.until(f"document.getElementById('where')?.textContent === {json.dumps(path)}", patience)
        return there and self.browser.run("return globalThis.abmSamePage === true")
