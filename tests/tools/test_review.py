"""abmctl review: the week, for the meeting of sales and marketing."""

import datetime
import html.parser
import json

import pytest

import nats

RULES = """
engagement:
  visits: [ visits.jsonl* ]
  points: { page: 5, person: 3 }
stages:
  - { name: engaged, when: { engagement: { min: 15 } }, hold: 5d }
"""
SIGNAL = """
abm: rules/1
rules:
  - id: pricing
    when: { path: /pricing }
    signal: { name: pricing-visit, next: "Call with the <TCO> sheet" }
"""


def day_before(day, days):
    return day - datetime.timedelta(days=days)


@pytest.fixture
def sunday():
    """The end of the last week that is over."""
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return day_before(today, today.isoweekday())


@pytest.fixture
def week(sunday):
    return "{}-W{:02}".format(*sunday.isocalendar()[:2])


@pytest.fixture
def reviewed(site, sunday):
    """deere came more than before and asked for prices, ford fell silent, smallco is new."""
    with open(site / "site.yaml", "a", encoding="utf-8") as text:
        text.write(RULES)
    (site / "rules/signals.yaml").write_text(SIGNAL)
    site.replace("accounts.ndjson", '"name":"Deere & Company",', '"name":"Deere & Company","owner":"maren@acme.example",')
    site.replace("accounts.ndjson", '"name":"Small Co",', '"name":"Small Co","owner":"sofia@acme.example","stage":"customer",')
    site.run("publish")
    visits = [("deere", 9, "/", 1), ("deere", 1, "/pricing", 3), ("deere", 0, "/demo", 1), ("ford", 16, "/", 4),
              ("smallco", 2, "/docs", 1)]
    number = 0
    with open(site / "visits.jsonl", "w", encoding="utf-8") as log:
        for account, ago, path, count in visits:
            for _ in range(count):
                number += 1
                log.write(nats.line(number, account=account, path=path, ts=f"{day_before(sunday, ago)}T10:00:00.000Z",
                                    signals=[{"rule": "pricing", "name": "pricing-visit", "next": "Old words"}]
                                    if path == "/pricing" else []))
    site.run("engagement", "--fold", "--day", day_before(sunday, 30))
    return site


def test_a_week_is_told(reviewed, week, sunday):
    found = reviewed.json("review", "--week", week)
    assert (found["week"], found["until"], found["before"]) == (week, str(sunday), str(day_before(sunday, 7)))
    assert found["over"] and found["remarks"] == []
    call, = found["prospects"]["calls"]
    assert (call["account"], call["name"], call["owner"]) == ("deere", "Deere & Company", "maren@acme.example")
    signal, = call["signals"]
    # What to do is what the rules say now, not what they said then.
    assert signal == {"signal": "pricing-visit", "next": ["Call with the <TCO> sheet"], "views": 3, "people": 1,
                      "last": str(day_before(sunday, 1))}
    assert call["pages"] == ["/demo", "/pricing"]
    assert [one["account"] for one in found["prospects"]["warmer"]] == ["deere"]
    assert [one["account"] for one in found["prospects"]["quiet"]] == ["ford"]
    assert found["prospects"]["new"] == []
    assert [one["account"] for one in found["customers"]["new"]] == ["smallco"]
    assert {row["tier"]: (row["listed"], row["came"]) for row in found["coverage"]} == {
        "one-to-one": (1, 1), "one-to-few": (1, 0), "customers": (1, 1), "all": (3, 2)}
    text = reviewed.text("review", "--week", week)
    assert text.startswith(f"Review of {week}: {day_before(sunday, 6)} to {sunday}\n")
    assert "Call with the <TCO> sheet" in text and "first visit: /docs" in text


def test_moves_are_told_with_why(reviewed, week, sunday):
    moves = {move["account"]: move for move in reviewed.json("review", "--week", week)["prospects"]["moves"]}
    ford = moves.pop("ford")
    assert (ford["from"], ford["to"], ford["way"], ford["until"]) == ("engaged", None, "down", None)
    assert ford["why"].startswith("what moved it to engaged (engagement ")
    assert moves == {}  # the list's own stage of deere is no less than what visits make of it


def test_an_owner_sees_their_own_accounts(reviewed, week):
    found = reviewed.json("review", "--week", week, "--owner", "Maren@acme.example")
    assert [row["tier"] for row in found["coverage"]] == ["one-to-one", "all"]
    assert found["customers"]["new"] == [] and found["prospects"]["quiet"] == []
    assert "did you mean 'maren@acme.example'?" in reviewed.errors("review", "--owner", "marn@acme.example", status=2)


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.names, self.attributes, self.text = [], set(), ""

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data):
        self.text += data


def test_a_page_can_be_mailed(reviewed, week, tmp_path):
    assert reviewed.text("review", "--week", week, "--html", tmp_path / "week.html") == ""
    page = (tmp_path / "week.html").read_text()
    tags = Tags()
    tags.feed(page)
    assert set(tags.names) <= {"html", "head", "meta", "title", "body", "div", "h1", "h2", "p", "code", "table", "tr", "th", "td"}
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "style", "scope", "role"}
    assert "Call with the <TCO> sheet" in tags.text and "Deere & Company" in tags.text
    assert reviewed.text("review", "--week", week, "--html", "-") == page
    both = reviewed.run("review", "--week", week, "--html", tmp_path / "again.html", "--json")
    assert json.loads(both.stdout)["week"] == week and (tmp_path / "again.html").read_text() == page
    assert "both want standard output" in reviewed.errors("review", "--html", "-", "--json", status=2)


def test_capacity_and_customers_can_be_said(reviewed, week):
    site_list = (reviewed / "accounts.ndjson").read_text()
    (reviewed / "accounts.ndjson").write_text(site_list.replace('"tier":"one-to-few"', '"tier":"one-to-one"'))
    reviewed.run("publish")
    reviewed.run("engagement", "--fold")
    load = reviewed.json("review", "--capacity", "1")["one_to_one"]
    assert (load["accounts"], load["capacity"]) == (2, 1)
    assert [one["account"] for one in load["weakest"]] == ["ford"]
    assert "2 one-to-one accounts, and people can serve 1" in reviewed.text("review", "--capacity", "1")
    found = reviewed.json("review", "--week", week, "--customers", "Opportunity", "--customers", "won")
    assert [one["account"] for one in found["customers"]["calls"]] == ["deere"]
    assert [one["account"] for one in found["prospects"]["new"]] == ["smallco"]


def test_the_last_seven_days_are_the_default(reviewed):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    found = reviewed.json("review")
    assert found["week"] is None and found["until"] in {str(today), str(day_before(today, -1))}
    running = "{}-W{:02}".format(*today.isocalendar()[:2])
    assert reviewed.json("review", "--week", running)["until"] >= str(today)


def test_what_is_missing_is_told(site, reviewed):
    assert "is not a week such as" in reviewed.errors("review", "--week", "48", status=2)
    assert "it has not begun yet" in reviewed.errors("review", "--week", "2999-W01", status=2)
    for name in ("engagement.db", "engagement.db-wal", "engagement.db-shm"):
        (reviewed / "data" / name).unlink(missing_ok=True)
    assert "no visits have been read yet: abmctl engagement --fold" in reviewed.errors("review", status=2)
    (reviewed / "visits.jsonl").write_text("")
    reviewed.run("engagement", "--fold")
    assert "No visit of these days or of any day before is known" in reviewed.text("review")
    site.replace("site.yaml", RULES, "")
    assert "there is no 'engagement:'" in site.errors("review", status=2)
