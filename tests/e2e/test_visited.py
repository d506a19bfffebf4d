"""What an account does on the site decides what it sees next: fields that visits change, as a feed says them."""

import json

from harness.client import fetch
from harness.site import ACCOUNTS, ALPHA, BETA, PAGE, STRANGER, Site
from harness.upstream import Reply
from harness.waiting import wait_for

NUMBERS = ["engagement", "visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days", "first_seen_days"]

RULES = """\
abm: rules/1
slots: { headline: h1, cta: 'a[data-abm-slot="cta"]' }
segments: { active: { visits_30d: { min: 3 }, quiet_days: { max: 7 } } }
rules:
  - id: back-for-pricing
    when: { visited: { path: [/pricing/**, /preise], days: 7 }, engagement: { min: 30 } }
    rewrite: { headline: { text: "{{ account.visits_30d }} visits: {{ account.moved | default: \\"not moved\\" }}" } }
  - id: busy
    when: { segment: active }
    rewrite: { cta: { text: "Talk to us" } }
  - id: unseen
    when: { not: { visited: { path: /** } } }
    rewrite: { headline: { text: "Welcome" } }
"""


def accounts(**alpha):
    return [{**ACCOUNTS[0], **alpha}, *ACCOUNTS[1:]]


def with_headline(text):
    return PAGE.replace(b"Made for everybody", text.encode())


def told(nginx, ip):
    return json.loads(fetch(nginx.port, "/told", ip=ip).text())


TELL = 'location = /told { return 200 \'{%s}\'; }' % ",".join(f'"{name}":"$abm_{name}"' for name in NUMBERS)


def test_the_next_page_follows_what_the_account_did(serve, tmp_path):
    site = Site(tmp_path / "site", rules=RULES, accounts=accounts(
        engagement=30, visits_7d=2, visits_30d=9, people_7d=1, people_30d=4, quiet_days=0, first_seen_days=120,
        moved="stage aware to engaged until 2026-12-06", pages_30d={"/Pricing/Teams": 6, "/careers": 0}))
    site.publish()
    nginx = serve(data=site.data, server=TELL)
    busy = with_headline("9 visits: stage aware to engaged until 2026-12-06").replace(b"Read on", b"Talk to us")
    assert fetch(nginx.port, ip=ALPHA).body == busy
    assert fetch(nginx.port, ip=BETA).body == with_headline("Welcome")
    lines = {line["account"]: line for line in nginx.visits(2)}
    assert lines["alpha"]["activity"] == {"engagement": 30, "visits_30d": 9, "people_30d": 4, "quiet_days": 0,
                                          "first_seen_days": 120, "moved": "stage aware to engaged until 2026-12-06"}
    assert lines["beta"]["activity"] is None
    assert told(nginx, ALPHA) == dict(zip(NUMBERS, ["30", "2", "9", "1", "4", "0", "120"]))
    assert set(told(nginx, BETA).values()) == set(told(nginx, STRANGER).values()) == {""}

    # A day later nobody has come: the visit to the page is 7 days old, and out of the window.
    site.write_accounts(accounts(engagement=30, visits_30d=2, quiet_days=1, pages_30d={"/Pricing/Teams": 7, "/careers": 1}))
    site.publish()
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == PAGE)
    site.write_accounts(accounts(engagement=29, pages_30d={"/preise": 6}))
    site.publish()
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == PAGE and nginx.visits()[-1]["generation"] == site.generation())
    assert nginx.visits()[-1]["activity"] == {"engagement": 29, "visits_30d": None, "people_30d": None,
                                              "quiet_days": None, "first_seen_days": None, "moved": None}


def test_explain_says_which_page_and_when(tmp_path):
    site = Site(tmp_path / "site", rules=RULES, accounts=accounts(engagement=50, pages_30d={"/pricing/teams": 12, "/": 1}))
    site.publish()
    text = site.abmctl("explain", "--account", "alpha", "--url", "https://www.example.com/").stdout
    assert "visited: account was on /pricing/teams 12 days ago, rule wants /pricing/** or /preise within 7 days" in text
    assert "visited: account was on / yesterday, which the rule excludes (/** within 30 days)" in text


def test_a_line_stays_within_its_bound_however_much_is_known(serve, tmp_path, upstream):
    most = 9223372036854775807
    site = Site(tmp_path / "site", rules=RULES, accounts=accounts(
        **{name: most for name in NUMBERS}, moved="\u00e4\"" * 341, stage="\"" * 1000, owner="\"" * 1000,
        segments=[f"{number}-" + "s" * 900 for number in range(20)],
        pages_30d={f"/pricing/{number:02d}" + "p" * 200: number % 30 for number in range(64)}))
    site.publish()
    nginx = serve(data=site.data)
    path = "/" + "x" * 3000
    upstream.on(path, Reply(PAGE))
    answer = fetch(nginx.port, path, ip=ALPHA, headers={"Referer": "http://" + "r" * 900 + "/", "User-Agent": "bot" * 300})
    assert answer.status == 200 and answer.body != PAGE
    line = nginx.visits(1)[0]
    assert line["activity"]["visits_30d"] == most and line["activity"]["moved"].startswith("\u00e4\"")
    assert max(map(len, (nginx.folder / "visits.jsonl").read_bytes().splitlines())) <= 8192
