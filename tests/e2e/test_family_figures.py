"""`control: { by: parent }` from nginx to the report: every figure about families against a count of this test's own, while the
rules go over to drawing by parent and an account gets another parent."""

import csv
import datetime
import io
import json
import pathlib
import random
import subprocess
import sys
from collections import Counter, defaultdict

import pytest
from harness.client import fetch
from harness.places import ABMCTL
from harness.site import PAGE, Site
from harness.upstream import Reply
from harness.waiting import wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))

from xxh3 import hash64  # noqa: E402

RULES = """\
abm: rules/1
slots: { headline: h1 }
control: { percent: 30, salt: q4%s }
rules:
  - id: split
    when: { tier: [one-to-one, one-to-few, one-to-many], path: /** }
    holdout: 25
    variants:
      - { id: a, rewrite: { headline: { text: "Story A" } } }
      - { id: b, rewrite: { headline: { text: "Story B" } } }
"""
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64)"}  # without one, visits would count as a robot's
START = datetime.datetime.now(datetime.timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=40)


def bucket(kind, name, owner):
    return hash64(f"{kind}:{name}:{owner}".encode()) % 10_000


def company(chance):
    """Some ninety families: tops that are on the list, excluded, or not there at all, and accounts by themselves."""
    accounts = []
    for family in range(90):
        kind = chance.choice(["listed", "listed", "excluded", "missing", "alone"])
        top = f"z-top-{family:02}"  # after those below it, by id and in the list
        below = 0 if kind == "alone" else chance.randint(1, 5)
        for i in range(below):
            parent = top if i == 0 or chance.random() < 0.6 else accounts[-1]["id"]
            own = {"tier": chance.choice(["one-to-few", "one-to-many"])} if chance.random() < 0.3 else {}
            accounts.append({"id": f"m{chance.randint(10, 99)}-{family:02}-{i}", "parent": parent, **own})
        if kind != "missing":
            accounts.append({"id": top, "tier": chance.choice(["one-to-one", "one-to-few"]), "exclude": kind == "excluded"})
    for i, account in enumerate(accounts):
        account["name"] = account["id"].upper()
        account["networks"] = [f"198.{18 + i // 256}.{i % 256}.0/24"]
    return accounts


def top_of(accounts):
    """By account: the last one that is named upwards."""
    parents = {account["id"]: account.get("parent") for account in accounts}

    def top(name):
        return top(parents[name]) if parents.get(name) else name

    return {name: top(name) for name in parents}


class World:
    """Phases of visits through nginx; what should have been decided is known beforehand."""

    def __init__(self, nginx, site, accounts):
        self.nginx, self.site, self.accounts, self.visits, self.lines = nginx, site, accounts, [], []

    def phase(self, by, chance, often):
        self.site.write_accounts(self.accounts)
        self.site.write_rules(RULES % by)
        self.site.publish()
        nginx, top = self.nginx, top_of(self.accounts)
        wait_for(lambda: fetch(nginx.port, "/ping", ip="198.18.0.9").status == 200
                 and nginx.visits()[-1]["generation"] == self.site.generation())
        before = len(nginx.visits())
        planned = [(i, path) for i in range(len(self.accounts)) if chance.random() < often
                   for path in chance.choices(["/", "/demo", "/pricing"], [6, 1, 3], k=chance.randint(1, 4))]
        chance.shuffle(planned)
        bodies = [fetch(nginx.port, path, ip=f"198.{18 + i // 256}.{i % 256}.7", headers=BROWSER).body for i, path in planned]
        lines = nginx.visits(before + len(planned))[before:]
        for (i, path), body, line in zip(planned, bodies, lines, strict=True):
            account = self.accounts[i]
            owner = top[account["id"]] if by else account["id"]
            arm = (None if account.get("exclude") else "control" if bucket("control", "q4", owner) < 3000
                   else "holdout" if bucket("holdout", "split", owner) < 2500 and line["tier"] != "untiered" else "treated")
            story = b"Story A" if bucket("variant", "split", owner) < 5000 else b"Story B"
            shown = PAGE if arm != "treated" or line["tier"] == "untiered" else PAGE.replace(b"Made for everybody", story)
            assert (line["account"], line["path"], line["arm"]) == (account["id"], path, arm)
            assert body == shown, account
            assert line["family"] == (owner if by and owner != account["id"] and arm else None)
        self.lines += lines

    def spread(self, folder):
        """The same lines as of ten days, a month ago: as a log and as visits to count."""
        step = datetime.timedelta(days=10) / len(self.lines)
        for number, line in enumerate(self.lines):
            moment = START + number * step
            line["ts"] = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
            self.visits.append((moment, line))
        log = folder / "log.jsonl"
        log.write_text("".join(json.dumps(line) + "\n" for line in self.lines))
        return log


def write_deals(site, accounts, chance):
    deals = []
    text = "Opportunity ID,Opportunity Name,ABM account id,Amount,Currency,Created,Stage\n"
    for number in range(160):
        account = chance.choice(accounts)["id"]
        created = START + datetime.timedelta(days=chance.uniform(-5, 30))
        deals.append((account, created, 10 * (number + 1)))
        text += f"d{number},Deal {number},{account},{deals[-1][2]},EUR,{created:%Y-%m-%dT%H:%M:%SZ},Proposal\n"
    (site.folder / "deals.csv").write_text(text)
    return [(account, created.replace(microsecond=0), amount) for account, created, amount in deals]


@pytest.fixture
def world(serve, upstream, tmp_path):
    chance = random.Random(23)
    accounts = company(chance)
    site = Site(tmp_path / "site", accounts=accounts, rules=RULES % "")
    text = (site.folder / "site.yaml").read_text().replace("from: accounts.ndjson", "from: accounts.ndjson, inherit: [tier]")
    (site.folder / "site.yaml").write_text(
        text + f"outcomes: {{ opportunities: [ {{ csv: deals.csv }} ], window: 20d, since: {START:%Y-%m-%d} }}\n")
    deals = write_deals(site, accounts, chance)
    site.publish()
    for path in ("/demo", "/pricing", "/ping"):
        upstream.on(path, Reply(PAGE))
    made = World(serve(data=site.data, workers=1), site, accounts)
    made.deals = deals
    made.phase("", chance, 0.3)
    made.phase(", by: parent", chance, 0.5)
    # An acquisition: some accounts, with all that is below them, get the parent of others.
    tops = sorted(set(top_of(accounts).values()))
    for account in accounts:
        if account.get("parent") in tops[:8]:
            account["parent"] = tops[20]
    made.phase(", by: parent", chance, 0.5)
    made.log = made.spread(tmp_path)
    return made


def test_every_figure_about_families_is_that_of_a_count_of_ones_own(world, tmp_path):
    run = subprocess.run([ABMCTL, "report", world.log, "--site", world.site.folder, "--goal", "/demo", "--json"],
                         capture_output=True, check=True, timeout=120)
    report = json.loads(run.stdout)
    tables = report["tables"]
    listed = {account["id"] for account in world.accounts if not account.get("exclude")}
    first, decided = {}, [(moment, line) for moment, line in world.visits if line["arm"]]
    for moment, line in decided:
        first.setdefault(line["account"], line)
    unit_of = {account: line["family"] or account for account, line in first.items()}
    arm_of, since, lots = {}, {}, defaultdict(set)
    for moment, line in decided:
        unit = unit_of[line["account"]]
        arm_of.setdefault(unit, "control" if line["arm"] == "control" else "treated")
        since.setdefault(unit, moment)
        lots[unit].add(line["arm"] == "control")
    assert len(arm_of) > 100 and sum(len(lot) > 1 for lot in lots.values()) > 10, "the world has something to tell"

    # Goals: a unit under its name, in the arm of its first visit.
    reached = {}
    for moment, line in world.visits:
        unit = unit_of.get(line["account"])
        if line["path"] == "/demo" and unit and moment >= since[unit]:
            reached.setdefault(unit, moment)
    goals = {row["account"]: row for row in tables["goal_accounts"]}
    assert {unit: row["arm"] for unit, row in goals.items()} == arm_of
    assert {unit for unit, row in goals.items() if row["reached_ms"] is not None} == set(reached)
    assert {unit for unit, row in goals.items() if row["changed"]} == {unit for unit, lot in lots.items() if len(lot) > 1}

    # What came, against the plan.
    came = Counter(arm_of.values())
    ratios = {row["accounts"]: row for row in tables["sample_ratio"] if row["rule"] is None}
    assert (ratios["those that came"]["treated"], ratios["those that came"]["kept_back"]) == (came["treated"], came["control"])
    top = top_of(world.accounts)
    families = {top[account] for account in listed}
    drawn = Counter("control" if bucket("control", "q4", unit) < 3000 else "treated" for unit in families)
    assert (ratios["all that are listed"]["treated"], ratios["all that are listed"]["kept_back"]) == (drawn["treated"], drawn["control"])
    by_arm = {row["arm"]: row for row in tables["identification_by_arm"]}
    visited = {top[line["account"]] for _, line in world.visits if line["account"] in listed}
    for arm in drawn:
        assert by_arm[arm]["listed"] == drawn[arm]
        assert by_arm[arm]["came"] == sum((bucket("control", "q4", unit) < 3000) == (arm == "control") for unit in visited), arm
    fresh = Counter((since[unit].date().isoformat(), arm) for unit, arm in arm_of.items())
    assert {(row["day"], arm): row[f"{arm}_new"] for row in tables["arms_by_day"] for arm in drawn if row[f"{arm}_new"]} == fresh
    visits = Counter(unit_of[line["account"]] for _, line in world.visits if line["account"] in unit_of)
    assert {(row["visits"], arm): row[arm] for row in tables["visits_by_arm"] for arm in drawn if row[arm]} == Counter(
        (count, arm_of[unit]) for unit, count in visits.items())

    # The rule: as first seen with it.
    held = {}
    for moment, line in decided:
        if line["arm"] != "control" and line["rules"]:
            held.setdefault(unit_of[line["account"]], line["arm"] == "holdout")
    assert {row["account"]: bool(row["held_out"]) for row in tables["rule_accounts"]} == held

    # Opportunities of who came, and of the list.
    arms = {question["question"]: question["arms"] for question in report["outcomes"]["questions"]}
    for name, units, start in (("came", arm_of, since), ("listed", dict.fromkeys(families), dict.fromkeys(families, START))):
        counts = defaultdict(Counter)
        member_of = {account: unit_of.get(account, top[account]) if name == "came" else top[account] for account in listed}
        for unit in units:
            arm = arm_of[unit] if name == "came" else "control" if bucket("control", "q4", unit) < 3000 else "treated"
            counts[arm]["accounts"] += 1
            for account, created, amount in world.deals:
                in_window = 0 <= (created - start[unit]).total_seconds() < 20 * 86_400
                if member_of.get(account) == unit and in_window:
                    counts[arm].update(opportunities=1, amount=amount)
        for arm, count in counts.items():
            assert {key: arms[name][arm][key] for key in count} == pytest.approx(dict(count)), (name, arm)

    says = next(check["says"] for check in report["soundness"] if check["check"] == "contamination")
    assert "control is drawn by parent, and no longer by account" in says


def test_arms_and_plan_say_what_nginx_does(world):
    def run(*arguments):
        return subprocess.run([ABMCTL, *arguments, "--site", world.site.folder], capture_output=True, check=True, timeout=60).stdout

    top = top_of(world.accounts)
    last = {line["account"]: line for line in world.lines}
    rows = {row["account"]: row for row in csv.DictReader(io.StringIO(run("arms", "--csv").decode()))}
    generation = world.site.generation()
    for account in world.accounts:
        row, line = rows[account["id"]], last.get(account["id"])
        assert row["family"] == top[account["id"]]
        if not line or line["generation"] != generation:
            continue
        arm = "excluded" if line["arm"] is None else "control" if line["arm"] == "control" else "treated"
        assert row["arm"] == arm and (line["arm"] != "holdout" or row["holdout"] == "true")
        explained = json.loads(run("explain", "--account", account["id"], "--url", "/", "--json"))
        assert explained["tier"] == line["tier"] and (line["arm"] is None or explained["arm"] == line["arm"])
    tiers = {row["account"]: row["tier"] for row in rows.values()}
    units = {}
    for name in sorted(account["id"] for account in world.accounts if not account.get("exclude")):
        if top[name] not in units or name == top[name]:
            units[top[name]] = tiers[name]
    planned = {group["group"]: group["accounts"] for group in json.loads(run("plan", "--json"))["horizons"][0]["groups"]}
    assert planned == {"all": len(units), **Counter(units.values())}
