"""Requests the running example site as several visitors and checks every response, for `./run demo --check`."""

import argparse
import http.client
import json
import pathlib
import subprocess
import sys
import time

ON = 8080
OFF = 8082
PAGES = ["/", "/pricing", "/product", "/customers", "/solutions/manufacturing", "/contact"]
FILES = {"/": "index.html"}
CONF = pathlib.Path(__file__).resolve().parents[2] / "conf"

failures = []


def check(what, ok, detail=""):
    print(f"{'ok  ' if ok else 'FAIL'} {what}" + (f": {detail}" if detail and not ok else ""))
    if not ok:
        failures.append(what)


def get(path, visitor, port=ON):
    """Status, headers without Date, and body, as someone at the address `visitor`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path, headers={"X-Forwarded-For": visitor})
    answer = connection.getresponse()
    body = answer.read()
    headers = [(name, value) for name, value in answer.getheaders() if name != "Date"]
    connection.close()
    return answer.status, headers, body


def page_file(path):
    return CONF / "pages" / FILES.get(path, path.lstrip("/") + ".html")


class Abmctl:
    def __init__(self, program):
        self.program = program

    def run(self, command, *arguments):
        return subprocess.run([self.program, command, "--site", str(CONF / "site.yaml"), *arguments],
                              capture_output=True, check=False)

    def render(self, visitor, path):
        done = self.run("render", "--ip", visitor, "--url", f"http://127.0.0.1{path}", str(page_file(path)))
        if done.returncode != 0:
            raise RuntimeError(done.stderr.decode())
        return done.stdout

    def arm(self, visitor, path):
        done = self.run("explain", "--ip", visitor, "--url", f"http://127.0.0.1{path}", "--json")
        return json.loads(done.stdout)["arm"]


def check_original(what, visitor):
    for path in PAGES:
        with_module, without = get(path, visitor), get(path, visitor, OFF)
        check(f"{what}: {path} is the original, byte for byte, header for header", with_module == without,
              f"{with_module[:2]} instead of {without[:2]}")


def check_personalized(abmctl, what, visitor, path, expected):
    status, headers, body = get(path, visitor)
    check(f"{what}: {path} says {expected!r}", status == 200 and expected.encode() in body,
          body.decode(errors="replace")[:400])
    check(f"{what}: {path} is what abmctl render shows", body == abmctl.render(visitor, path))
    check(f"{what}: {path} may not be cached for others", ("Cache-Control", "private, no-cache") in headers, str(headers))
    check(f"{what}: {path} kept the look-alike in its script",
          b'<a data-abm-slot="hero-cta" href="/trap">not a link</a>' in body)


def find_control(abmctl, path):
    """The first account in the feed that is in the control group: its id and one of its addresses."""
    for line in (CONF / "accounts.ndjson").read_text(encoding="utf-8").splitlines()[1:]:
        account = json.loads(line)
        visitor = account["networks"][0].split("/")[0]
        if not account.get("exclude") and abmctl.arm(visitor, path) == "control":
            return account["id"], visitor
    return None, None


def log_lines(demo, count):
    """Returns once there are `count`, or after ten seconds, but not before the log's flush=1s has passed."""
    log = demo / "logs" / "abm-visits.jsonl"
    time.sleep(1.5)
    deadline = time.monotonic() + 10
    while log.read_bytes().count(b"\n") < count and time.monotonic() < deadline:
        time.sleep(0.1)
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--abmctl", required=True)
    parser.add_argument("--demo", required=True, type=pathlib.Path)
    options = parser.parse_args()
    abmctl = Abmctl(options.abmctl)

    check_original("unknown visitor", "203.0.113.9")
    check_original("visitor from an access provider (excluded network)", "23.24.0.9")
    check("nobody was logged so far", log_lines(options.demo, 0) == [])

    check_personalized(abmctl, "one-to-one account", "164.121.3.4", "/", "See the plan we drew up")
    check_personalized(abmctl, "one-to-few account", "158.52.3.4", "/", "One plan for mixed lines")
    check_personalized(abmctl, "one-to-many account", "143.217.1.2", "/", "before the storm season, not after it.")
    check_personalized(abmctl, "IPv6 visitor", "2620:27::7", "/", "See the plan we drew up")
    check_personalized(abmctl, "IPv4-mapped visitor", "::ffff:164.121.3.4", "/", "See the plan we drew up")

    account, visitor = find_control(abmctl, "/")
    check("an account of the example is in the control group", visitor is not None)
    if visitor:
        check("control-arm account: the page is the original", get("/", visitor)[2] == get("/", visitor, OFF)[2])

    lines = log_lines(options.demo, 6)
    accounts = [line["account"] for line in lines]
    check("one log line per identified visit", accounts == ["deere", "whirlpool", "eon", "deere", "deere", account],
          str(accounts))
    if len(lines) == 6:
        check("the treated visit's slots are logged as applied",
              set(lines[0]["rules"][0]["slots"].values()) == {"applied"}, str(lines[0]["rules"]))
        check("the control visit is logged as control, its page as original",
              (lines[5]["arm"], lines[5]["page"], lines[5]["skip"]) == ("control", "original", "control"), str(lines[5]))
        check("addresses are truncated", lines[0]["ip"] == "164.121.3.0", str(lines[0]["ip"]))

    errors = (options.demo / "logs" / "error.log").read_text(errors="replace")
    check("nginx logged no alert and no emergency", "[alert]" not in errors and "[emerg]" not in errors, errors[-400:])

    print(f"{len(failures)} failed" if failures else "all checks passed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
