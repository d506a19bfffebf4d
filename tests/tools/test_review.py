"""abmctl review: the week, for the meeting of sales and marketing."""

import datetime
import email
import email.policy
import html.parser
import json
import pathlib
import sqlite3

import jsonschema
import pytest

import nats
from browser import BROWSER, DRIVER, Browser

ROOT = pathlib.Path(__file__).resolve().parents[2]

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
    site.run("engagement", "--fold")
    # As if the list had been noted for long.
    since = (day_before(sunday, 30) - datetime.date(1970, 1, 1)).days
    with sqlite3.connect(site / "data/engagement.db") as database:
        database.execute("UPDATE listed SET day = ?", (since,))
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
    assert set(tags.names) <= {"html", "head", "meta", "title", "style", "body", "div", "h1", "h2", "p", "b", "br", "wbr", "span", "code",
                               "table", "thead", "tbody", "tr", "th", "td"}
    assert tags.attributes <= {"lang", "charset", "http-equiv", "content", "name", "style", "scope", "role", "class", "width",
                               "border", "cellpadding", "cellspacing", "valign", "bgcolor", "colspan", "nowrap"}
    assert "Call with the <TCO> sheet" in tags.text and "Deere & Company" in tags.text
    assert reviewed.text("review", "--week", week, "--html", "-") == page
    both = reviewed.run("review", "--week", week, "--html", tmp_path / "again.html", "--json")
    assert json.loads(both.stdout)["week"] == week and (tmp_path / "again.html").read_text() == page
    assert "both want standard output" in reviewed.errors("review", "--html", "-", "--json", status=2)


def test_a_message_has_the_page_and_the_text(reviewed, week):
    sent = reviewed.run("review", "--week", week, "--mail", "sales@acme.example, it@acme.example").stdout
    message = email.message_from_bytes(sent, policy=email.policy.default)
    assert message["To"] == "sales@acme.example, it@acme.example" and message["Subject"].startswith(f"Review of {week}: ")
    assert message.get_content_type() == "multipart/alternative" and message.defects == []
    text, page = message.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")  # the best last
    assert text.get_content().replace("\r\n", "\n") == reviewed.text("review", "--week", week)
    assert page.get_content().replace("\r\n", "\n") == reviewed.text("review", "--week", week, "--html", "-")
    assert "an address such as sales@example.com" in reviewed.errors("review", "--mail", "a@b\nBcc: c@d", status=2)
    assert "excludes" in reviewed.errors("review", "--mail", "a@b", "--json", status=2)


def test_the_last_week_is_the_one_that_is_over(reviewed, week):
    assert reviewed.json("review", "--week", "last") == reviewed.json("review", "--week", week)


def schema():
    return json.loads((ROOT / "measure/review/review.schema.json").read_text())


def test_json_is_as_the_schema_says(reviewed, week):
    known = schema()
    validator = jsonschema.validators.validator_for(known)(known)
    for arguments in ([], ["--week", week], ["--owner", "maren@acme.example"], ["--customers", "opportunity"]):
        found = reviewed.json("review", *arguments)
        assert [error.message for error in validator.iter_errors(found)] == [], arguments
    # And it does not say yes to anything.
    found = reviewed.json("review", "--week", week)
    del found["prospects"]["calls"][0]["engagement"]
    found["prospects"]["quiet"][0]["visitor"] = "5c" * 16
    found["coverage"][0]["came"] = -1
    assert len(list(validator.iter_errors(found))) >= 3


def accounts_of(found):
    """All accounts of a review, however often."""
    for group in (found["prospects"], found["customers"]):
        for section in group.values():
            yield from section
    yield from found["one_to_one"]["weakest"] + found["fit_without_intent"] + found["intent_without_fit"]


@pytest.mark.parametrize("which", ["week", "now"])
def test_figures_are_those_of_engagement_and_explain(reviewed, week, sunday, which):
    found = reviewed.json("review", *(["--week", week] if which == "week" else []))
    standings = {day: {one["account"]: one for one in reviewed.json("engagement", "--day", day)["accounts"]}
                 for day in (found["until"], found["before"])}
    told = list(accounts_of(found))
    assert len(told) >= 4 or which == "now"
    for one in told:
        now, before = (standings[found[day]].get(one["account"]) for day in ("until", "before"))
        for field in ("engagement", "visits_7d", "people_7d", "quiet_days", "first_seen_days", "tier", "stage", "play"):
            assert one[field] == now[field], (one["account"], field)
        assert one["engagement_before"] == before["engagement"], one["account"]
    assert sum(one["visits_7d"] > 0 for one in standings[found["until"]].values()) == found["coverage"][-1]["came"]
    if which == "now":
        explained = reviewed.json("explain", "--account", "deere")
        assert f"engagement {standings[found['until']]['deere']['engagement']} " in reviewed.text("explain", "--account", "deere")
        assert explained


def test_whoever_came_stays_unknown(reviewed, week, sunday):
    with open(reviewed / "visits.jsonl", "a", encoding="utf-8") as log:
        log.write(nats.line(99, account="deere", path="/unsubscribe/jane@deere.example", ts=f"{sunday}T10:00:00.000Z"))
    reviewed.run("engagement", "--fold")
    shown = [reviewed.text("review", "--week", week, *how) for how in ([], ["--json"], ["--html", "-"])]
    for text in shown:
        assert "jane" not in text and "5c5c5c" not in text and "164.121" not in text and "T10:00" not in text


def test_the_first_week_tells_no_moves_that_were_before(site, sunday):
    """The list is noted today for the first time; deere has been engaged for weeks."""
    with open(site / "site.yaml", "a", encoding="utf-8") as text:
        text.write(RULES)
    site.replace("accounts.ndjson", '"stage":"opportunity",', "")
    with open(site / "visits.jsonl", "w", encoding="utf-8") as log:
        for number, ago in enumerate([20, 19, 18, 9, 8, 7, 1, 0] * 3):
            log.write(nats.line(number, account="deere", path="/", ts=f"{day_before(sunday, ago)}T10:00:00.000Z", signals=[]))
    site.run("publish")
    found = site.json("review", "--week", "last")
    assert found["prospects"]["moves"] == [] and found["coverage"][-1]["listed"] == 3
    assert any("has been noted since" in remark for remark in found["remarks"])


CONTRAST = """
const light = c => { const p = c.match(/[0-9.]+/g).map(Number).slice(0, 3).map(v => { v /= 255;
  return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2]; };
const found = [];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  if (!walk.currentNode.data.trim()) continue;
  const element = walk.currentNode.parentElement;
  let under = element;
  while (under && /, 0\\)$|transparent/.test(getComputedStyle(under).backgroundColor)) under = under.parentElement;
  const colour = getComputedStyle(element).color, back = under ? getComputedStyle(under).backgroundColor : 'rgb(255, 255, 255)';
  const [a, b] = [light(colour), light(back)].sort((x, y) => y - x);
  found.push([(a + 0.05) / (b + 0.05), walk.currentNode.data, colour, back]);
}
return found;
"""


@pytest.mark.skipif(not BROWSER or not DRIVER, reason="needs the packages chromium and chromium-driver: the page was NOT looked at")
def test_a_browser_shows_it_in_light_and_dark_and_on_narrow_screens(reviewed, week, tmp_path):
    page = tmp_path / "week.html"
    reviewed.run("review", "--week", week, "--html", page)
    stripped = tmp_path / "stripped.html"  # as Gmail shows it to some: without the head
    text = page.read_text()
    stripped.write_text("<!DOCTYPE html><meta charset=utf-8>" + text[text.index("<body"):].replace(' class="', ' data-x="'))
    browser = Browser(tmp_path / "profile")
    try:
        for path in (page, stripped):
            for scheme in ("light", "dark"):
                browser.scheme(scheme)
                browser.open(path)
                assert browser.console() == []
                texts = browser.run(CONTRAST)
                assert len(texts) > 40
                assert [one for one in texts if one[0] < 4.5] == [], (path.name, scheme)
        browser.scheme("dark")
        browser.open(page)
        assert browser.run("return getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 29)"
        browser.call("POST", "/window/rect", {"width": 600, "height": 900})
        for path in (page, stripped):
            browser.open(path)
            assert browser.run("return [document.documentElement.scrollWidth <= innerWidth, innerWidth <= 600]") == [True, True]
    finally:
        browser.close()


def test_one_to_one_accounts_beyond_the_site_s_capacity_are_told(reviewed):
    reviewed.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"one-to-one"')
    reviewed.run("publish")
    load = reviewed.json("review")["one_to_one"]
    assert (load["accounts"], load["capacity"], load["weakest"]) == (2, None, [])  # nobody said how many are too many
    for capacity, weakest in ((2, []), (1, ["ford"]), (0, ["ford", "deere"])):
        text = (reviewed / "site.yaml").read_text().split("\ncapacity:")[0]
        (reviewed / "site.yaml").write_text(text + f"\ncapacity: {{ one-to-one: {capacity} }}\n")
        load = reviewed.json("review")["one_to_one"]
        assert (load["accounts"], load["capacity"]) == (2, capacity)
        assert [one["account"] for one in load["weakest"]] == weakest
        assert (f"2 one-to-one accounts, and people can serve {capacity}." in reviewed.text("review")) == (capacity < 2)
    assert reviewed.json("review", "--owner", "maren@acme.example")["one_to_one"]["capacity"] is None


def test_stages_of_customers_can_be_said(reviewed, week):
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
    assert "owners are maren@acme.example, sofia@acme.example" in reviewed.errors("review", "--owner", "nobody", status=2)
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


@pytest.mark.parametrize("option", ["--owner", "--mail", "--week", "--html"])
def test_a_variable_that_is_not_set_is_no_wish_for_everything(reviewed, option):
    assert f"{option}: the value is empty" in reviewed.errors("review", option, "", status=2)


def test_visits_that_could_not_be_read_are_missed(reviewed):
    broken = reviewed / "visits.jsonl.1"
    broken.symlink_to(broken.name)  # leads to itself
    reviewed.run("publish", "--force")
    assert reviewed.json("review")["remarks"][0].startswith("Visits are missing, for not all could be read: ")
    assert "visits.jsonl.1" in reviewed.json("review")["remarks"][0]
    broken.unlink()
    reviewed.run("publish", "--force")
    assert not any("Visits are missing" in remark for remark in reviewed.json("review")["remarks"])
