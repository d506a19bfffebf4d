"""Ten thousand requests of every kind: what visitors saw, the visit log, the counters and the report are counted separately
and agree exactly."""

import collections
import json
import random
import subprocess
import threading

from harness.client import Connection, fetch
from harness.nginx import STATUS
from harness.places import ABMCTL, free_port
from harness.site import ACCOUNTS, ALPHA, BETA, PAGE, RIVAL, RULES, STRANGER, Site

CONTROL, HELD = "198.18.1.7", "198.18.2.7"
MIXED_ACCOUNTS = ACCOUNTS + [
    {"id": "held", "name": "Held", "tier": "one-to-few", "networks": ["198.18.2.0/24"]},
    {"id": "control", "name": "Control", "tier": "one-to-few", "networks": ["198.18.1.0/24"]}]
MIXED_RULES = RULES + """\
  - id: held-page
    when: { account: held, path: /** }
    holdout: 100
    rewrite: { headline: { text: "held back" } }
  - id: control-page
    when: { account: control, path: /** }
    rewrite: { headline: { text: "for control" } }
"""
TOTAL = 10_000
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}  # without one, visits would count as a robot's


def salt_that_controls_only(account):
    """A salt with which exactly this one of the mixed site's accounts is in a control group of 5 % (XXH3-64 modulo 10,000)."""
    import ctypes.util
    library = ctypes.CDLL(ctypes.util.find_library("xxhash") or "libxxhash.so.0")
    library.XXH3_64bits.restype = ctypes.c_uint64
    for i in range(100_000):
        def bucket(name):
            text = f"control:s{i}:{name}".encode()
            return library.XXH3_64bits(text, ctypes.c_size_t(len(text))) % 10_000
        if [one["id"] for one in MIXED_ACCOUNTS if bucket(one["id"]) < 500] == [account]:
            return f"s{i}"
    raise AssertionError("no salt")


def visit(connection, choice, tally, etags):
    """One request of a known kind; counts what it must lead to."""
    kind, ip = choice
    path, headers, method = "/site/page.html", {"X-Forwarded-For": ip, **BROWSER}, "GET"
    if kind == "opt-out":
        headers["Sec-GPC"] = "1"
    elif kind == "head":
        method = "HEAD"
    elif kind == "revalidate":
        headers["If-None-Match"] = etags[ip]
    elif kind == "gzip":
        headers["Accept-Encoding"] = "gzip"
    elif kind in ("encoded", "charset", "empty", "slotless", "one-slot"):
        path = f"/site/{kind}.html"
    elif kind == "style":
        path = "/site/style.css"
    elif kind == "absent":
        path = "/site/nowhere.html"
    connection.send(method, path, headers)
    answer = connection.receive(method)
    assert answer.complete
    tally[kind, ip, answer.status] += 1
    return answer


def expected_of(kind, ip, code):
    """(skip reason, or None if personalized; edits applied) of an identified visit; None if there is no visit."""
    if ip == STRANGER or kind in ("opt-out", "style", "absent"):
        return None
    if ip == RIVAL:
        return "excluded", 0
    if ip in (CONTROL, HELD):
        return {CONTROL: "control", HELD: "holdout"}[ip], 0
    edits = 3 if ip == ALPHA else 1
    if kind in ("encoded", "charset", "empty", "head"):
        return kind, 0
    if kind == "slotless":
        return "missing", 0
    if kind == "one-slot":
        return None, 1
    if kind == "revalidate":
        assert code == 304
        return None, 0
    return None, edits


def report_of(nginx, site):
    """The tables of abmctl report."""
    done = subprocess.run([ABMCTL, "report", nginx.folder / "visits.jsonl", "--data", site.data, "--json"],
                          capture_output=True, check=True, timeout=120)
    assert done.stderr == b""
    return json.loads(done.stdout)["tables"]


def test_counters_log_report_and_visitors_agree_after_ten_thousand_requests(serve, tmp_path):
    site = Site(tmp_path / "mixed", accounts=MIXED_ACCOUNTS,
                rules=MIXED_RULES + f"control: {{ percent: 5, salt: {salt_that_controls_only('control')} }}\n")
    site.publish()
    root = tmp_path / "root" / "site"
    root.mkdir(parents=True)
    for name, body in (("page", PAGE), ("encoded", PAGE), ("charset", PAGE), ("empty", b""), ("slotless", b"<p>none</p>"),
                       ("one-slot", b"<h1>one</h1>")):
        (root / f"{name}.html").write_bytes(body)
    (root / "style.css").write_text("p { }")
    plain = tmp_path / "plain.conf"
    port = free_port()
    plain.write_text(f"""server {{ listen 127.0.0.1:{port}; root {root.parent}; access_log off;
        location = /site/encoded.html {{ add_header Content-Encoding compress; }}
        location = /site/charset.html {{ charset utf-16; }} }}""")
    nginx = serve(data=site.data, workers=2, log_level="notice", http=f"include {plain}; gzip_min_length 1; keepalive_requests 100000;",
                  server=STATUS + f"location /site/ {{ abm on; gzip on; proxy_http_version 1.1; proxy_pass http://127.0.0.1:{port}; }}")
    kinds = ["page"] * 8 + ["opt-out", "head", "revalidate", "gzip", "encoded", "charset", "empty", "slotless", "one-slot", "style",
                            "absent"]
    addresses = [ALPHA, BETA, RIVAL, STRANGER, CONTROL, HELD]
    etags = dict.fromkeys(addresses, '"of nobody"')
    for ip in (ALPHA, BETA):
        etags[ip] = fetch(nginx.port, "/site/page.html", ip=ip, headers=BROWSER).get("ETag")
        assert etags[ip].startswith("W/")
    chance = random.Random(7)
    choices = [(chance.choice(kinds), chance.choice(addresses)) for _ in range(TOTAL - 2)]
    tally, lock = collections.Counter({("page", ALPHA, 200): 1, ("page", BETA, 200): 1}), threading.Lock()  # the etags'

    def run(part):
        mine = collections.Counter()
        with Connection(nginx.port, timeout=60) as connection:
            for choice in part:
                visit(connection, choice, mine, etags)
        with lock:
            tally.update(mine)

    threads = [threading.Thread(target=run, args=(choices[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(tally.values()) == TOTAL

    skips, applied = collections.Counter(), 0
    for (kind, ip, code), count in tally.items():
        outcome = expected_of(kind, ip, code)
        if outcome is not None:
            skips[outcome[0]] += count
            applied += outcome[1] * count
    lines = nginx.visits(sum(skips.values()), 30)
    counted = nginx.status()

    assert collections.Counter(line["skip"] for line in lines) == skips
    assert {reason: count for reason, count in counted["skips"].items() if count} == {
        reason: count for reason, count in skips.items() if reason is not None}
    assert counted["requests"] == TOTAL
    assert counted["identified"] == counted["visits"]["built"] == len(lines) == sum(skips.values())
    assert counted["personalized"] == skips[None] == counted["identified"] - counted["original"]
    assert counted["original"] == sum(counted["skips"].values())
    states = collections.Counter(state.split(":")[0] for line in lines for rule in line["rules"] for state in rule["slots"].values())
    assert counted["slots"] == {state: states[state] for state in ("applied", "missing", "skipped")}
    assert counted["slots"]["applied"] == applied
    assert counted["opted_out"] == sum(n for (kind, _, _), n in tally.items() if kind == "opt-out")
    assert counted["not_modified"] == sum(n for (kind, ip, _), n in tally.items() if kind == "revalidate" and ip in (ALPHA, BETA))
    assert len({line["request_id"] for line in lines}) == len(lines) and counted["visits"]["cut"] == 0

    report = report_of(nginx, site)
    summary = report["summary"][0]
    assert (summary["visits"], summary["personalized"], summary["bot_visits"]) == (len(lines), skips[None], 0)
    assert {row["outcome"]: row["visits"] for row in report["skips"]} == {
        reason or "personalized": count for reason, count in skips.items() if count}
    shown = {name: sum(row[name] for row in report["exposure"]) for name in ("sent", "missing", "held_back", "skipped")}
    assert shown["sent"] == applied == counted["slots"]["applied"] and shown["missing"] == counted["slots"]["missing"]
    assert shown["held_back"] + shown["skipped"] == counted["slots"]["skipped"]
    assert shown["held_back"] == skips["control"] + skips["holdout"]  # one slot each
    assert {row["arm"]: row["visits"] for row in report["arms"]} == {
        "treated": len(lines) - skips["excluded"] - skips["control"], "control": skips["control"]}
    assert {row["tier"]: (row["listed"], row["reached"], row["personalized"]) for row in report["penetration"]} == {
        "one-to-one": (1, 1, 1), "one-to-few": (2, 2, 0), "one-to-many": (1, 1, 1)}
    assert sum(row["requests"] for row in report["timing"]) == len(lines)
