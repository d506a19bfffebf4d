"""A quarter in the life of a list: 2,000 accounts whose visits are in nginx's logs, some with planted surges, silences and
waverings. Stages, tiers and plays move as planted and say why; nothing flaps; whoever is killed comes to the same state, and so
does another node; and what people do today changes the page that they see next."""

import datetime
import gzip
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import time

import pytest

from harness.client import fetch
from harness.nginx import Nginx
from harness.places import ABMCTL
from harness.site import PAGE, Site
from harness.upstream import Reply
from harness.waiting import wait_for

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import kill_at  # noqa: E402

ACCOUNTS, DAYS, HALF_LIFE, HOLD = 2000, 90, 14, 14
SURGES = [f"surge{i:02}" for i in range(20)]
SILENT = [f"silent{i:02}" for i in range(20)]
WAVERING = [f"wavering{i:02}" for i in range(10)]
POINTS = {"/": 1, "/about": 1, "/pricing": 5, "/demo/tour": 10}
PERSON, MOST = 3, 20

RULES = """\
abm: rules/1
slots: { headline: h1, cta: 'a[data-abm-slot="cta"]', story: '#story' }
rules:
  - id: engaged-story
    when: { stage: engaged, path: /** }
    rewrite: { headline: { text: "Good to see you again" } }
  - id: looked-at-prices
    when: { visited: { path: /pricing, days: 7 }, path: /** }
    rewrite: { cta: { text: "{{ account.visits_30d }} visits, {{ account.quiet_days | default: 'none' }} quiet" } }
  - id: crowded
    when: { visits_30d: { min: 100000 }, path: /** }
    rewrite: { story: { text: "A crowd" } }
  - id: for-everybody
    when: { path: /never }
    rewrite: { story: { text: "For everybody" } }
"""
VARIABLES = ("engagement", "visits_7d", "visits_30d", "people_7d", "people_30d", "quiet_days", "first_seen_days")
HEADERS = "".join(f"add_header X-{name.replace('_', '-')} $abm_{name} always;" for name in VARIABLES)
SITE = """\
engagement:
  visits: [ history/*.jsonl*, LIVE ]
  half_life: 14d
  points: { page: 1, "path:/pricing": 5, "path:/demo/**": 10, person: 3 }
  most_per_person_day: 20
  every: 1s
stages:
  - { name: sales-ready, when: { engagement: { min: 60 }, people_30d: { min: 9 } }, hold: 14d }
  - { name: engaged, when: { engagement: { min: 30 }, people_30d: { min: 2 } }, hold: 14d }
  - { name: aware, when: { visits_30d: { min: 1 } } }
tiers:
  - { promote: one-to-few, when: { people_30d: { min: 10 } }, for: 30d, at_most: 10 }
  - { demote: one-to-many, when: { quiet_days: { min: 50 } }, keep: [ one-to-one ] }
plays:
  - { name: stalled-rescue, when: { stage: opportunity, quiet_days: { min: 30 } } }
"""


def network(number):
    return f"100.{64 + number // 256}.{number % 256}"


def account(number, name):
    listed = {"id": name, "name": name.title(), "tier": "one-to-many", "networks": [f"{network(number)}.0/24"]}
    if name in SILENT:
        listed |= {"stage": "opportunity", "tier": ["one-to-one", "one-to-few"][SILENT.index(name) % 2]}
    return listed


NAMES = [*SURGES, *SILENT, *WAVERING, "cold"]
NAMES += [f"other{i:04}" for i in range(ACCOUNTS - len(NAMES))]


def plan():
    """(account, days before today) -> [(path, person)]: what people did, days 1 to DAYS."""
    chance, visits = random.Random(23), {}
    for i, name in enumerate(SURGES):
        for day in range(45 - i, 40 - i, -1):
            visits[name, day] = [("/pricing", person) for person in range(3)]
    for name in SILENT:
        for day in range(DAYS, 60, -1):
            visits[name, day] = [("/about", 0)]
    for i, name in enumerate(WAVERING):
        for day in range(DAYS - i % 5, 0, -5):
            visits[name, day] = [("/pricing", 0)]
    for name in NAMES[len(SURGES) + len(SILENT) + len(WAVERING) + 1:]:
        for _ in range(chance.randrange(6)):
            visits[name, chance.randint(1, DAYS)] = [(chance.choice(["/", "/about"]), 0)]
    return visits


VISITS = plan()


class Model:
    """What the guide says, as slowly and plainly as it can be said, for the accounts that are planted."""

    def __init__(self, name):
        self.days = {day: VISITS[who, day] for who, day in VISITS if who == name}

    def points(self, day):
        people = {}
        for path, person in self.days[day]:
            people[person] = people.get(person, PERSON) + POINTS[path]
        return sum(min(MOST, points) for points in people.values())

    def engagement(self, day):
        return min(100, round(sum(self.points(d) * 2 ** (-(d - day) / HALF_LIFE)
                                  for d in self.days if day <= d <= day + 10 * HALF_LIFE)))

    def people_30d(self, day):
        return sum(len({person for _, person in self.days[d]}) for d in self.days if day <= d < day + 30)

    def quiet_days(self, day):
        return min((d - day for d in self.days if d >= day), default=None)

    def is_held(self, holds, day):
        """`holds` on that day, or on one of the HOLD days before it."""
        return any(holds(d) for d in range(day, day + HOLD + 1) if d <= max(self.days))

    def is_engaged(self, day):
        return self.engagement(day) >= 30 and self.people_30d(day) >= 2

    def stage(self, day):
        if self.is_held(lambda d: self.engagement(d) >= 60 and self.people_30d(d) >= 9, day):
            return "sales-ready"
        if self.is_held(self.is_engaged, day):
            return "engaged"
        return "aware" if any(day <= d < day + 30 for d in self.days) else None


def date(day):
    return (datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=day)).strftime("%Y-%m-%d")


def line(name, day, number, path, person, **fields):
    return json.dumps({
        "v": 1, "ts": f"{date(day)}T{number % 24:02}:20:01.{number % 1000:03}Z", "request_id": f"{number:032x}",
        "host": "www.example.com", "method": "GET", "path": path, "status": 200, "referrer_host": None, "account": name,
        "tier": "one-to-many", "segments": [], "stage": None, "owner": None, "source": "feed", "confidence": "high",
        "network": None, "ip": None, "visitor": hashlib.md5(f"{name} {day} {person}".encode()).hexdigest(), "arm": "treated",
        "generation": 1, "page": "original", "rules": [], "signals": [], "skip": None, "bot": False, "bytes": 65321,
        "rewrite_us": 4, **fields}, separators=(",", ":")) + "\n"


def write_history(folder):
    """One log for each week, as logrotate leaves them: all but the last two compressed. With what counts nothing."""
    folder.mkdir(parents=True)
    number, lines = 0, {}
    for (name, day), views in sorted(VISITS.items(), key=lambda item: -item[0][1]):
        for path, person in views:
            number += 1
            lines.setdefault(day // 7, []).append(line(name, day, number, path, person))
    for week in lines:
        for name in (*SILENT, *WAVERING):  # a robot is no sign of life, and a prefetch is no visit
            number += 2
            lines[week].append(line(name, max(week * 7, 1), number, "/pricing", 5, bot=True))
            lines[week].append(line(name, max(week * 7, 1), number + 1, "/demo/tour", 6, v=2, load="prefetch"))
    for week, of_week in lines.items():
        text = "".join(of_week).encode()
        if week > 1:
            (folder / f"visits.jsonl.{week}.gz").write_bytes(gzip.compress(text))
        else:
            (folder / f"visits.jsonl.{week}").write_bytes(text)
    return number


def make_site(folder, live="live.jsonl", more_rules=""):
    site = Site(folder, accounts=[account(i, name) for i, name in enumerate(NAMES)], rules=RULES + more_rules)
    with open(folder / "site.yaml", "a", encoding="utf-8") as text:
        text.write(SITE.replace("LIVE", str(live)))
    return site


def standings(site, day, *more):
    done = site.abmctl("engagement", "--json", "--day", date(day), *more)
    found = json.loads(done.stdout)
    return {one["account"]: one for one in found["accounts"]}, found["version"]


@pytest.fixture(scope="module")
def quarter(tmp_path_factory):
    """The site, folded, and what is said of all accounts on each of its days."""
    site = make_site(tmp_path_factory.mktemp("quarter") / "site")
    write_history(site.folder / "history")
    site.publish()
    return site, {day: standings(site, day)[0] for day in range(DAYS, -1, -1)}


def test_stages_move_as_planted(quarter):
    _, days = quarter
    for name in (*SURGES, *WAVERING):
        model = Model(name)
        for day, found in days.items():
            said = found[name]
            assert (said["engagement"], said["people_30d"], said["quiet_days"]) == (
                model.engagement(day), model.people_30d(day), model.quiet_days(day)), (name, day)
            assert said["stage"] == model.stage(day), (name, day)
    surge = [days[day]["surge00"]["stage"] for day in days]
    changes = [stage for before, stage in zip([None, *surge], surge) if stage != before]
    assert changes == ["aware", "engaged", "sales-ready", "engaged", None][:len(changes)] and "sales-ready" in changes


def test_silence_is_noticed(quarter):
    _, days = quarter
    for name in SILENT:
        model, own, tiers = Model(name), account(0, name)["tier"], set()
        for day, found in days.items():
            quiet = model.quiet_days(day) or 0
            said = found[name]
            assert said["stage"] == "opportunity"  # the list's own
            assert said["play"] == ("stalled-rescue" if quiet >= 30 else None), (name, day)
            # While its thirty days last, a promotion wins over a demotion.
            is_promoted = any(model.people_30d(d) >= 10 for d in range(day, min(day + 30, DAYS) + 1))
            falls = quiet >= 50 and own == "one-to-few" and not is_promoted
            assert said["tier"] == ("one-to-many" if falls else own), (name, day)
            tiers.add(said["tier"])
        assert tiers == {own, "one-to-many"} if own == "one-to-few" else tiers == {own}, name


def test_promotions_are_bounded_and_go_to_those_that_began_first(quarter):
    _, days = quarter
    for day, found in days.items():
        promoted = {name for name, said in found.items() if any(move["what"] == "tier" and move["to"] == "one-to-few"
                                                                for move in said["moves"])}
        assert len(promoted) <= 10
        # The fourth day of a surge has ten people; the thirty days of `for` outlast the quarter.
        began = [name for i, name in enumerate(SURGES) if day <= 45 - i - 3]
        assert promoted == set(began[:10]), day


def test_nothing_flaps(quarter):
    _, days = quarter
    for name in WAVERING:
        model = Model(name)
        holds = [model.is_engaged(day) for day in days]
        assert sum(a != b for a, b in zip(holds, holds[1:])) > 10  # without `hold`, it would
        stages = [found[name]["stage"] for found in days.values()]
        assert sum(a != b for a, b in zip(stages, stages[1:])) <= 2, (name, stages)


def test_every_move_says_why_and_until_when(quarter):
    site, days = quarter
    moves = [(name, said, move) for found in days.values() for name, said in found.items() for move in said["moves"]]
    assert {move["what"] for _, _, move in moves} == {"stage", "tier", "play"}
    for name, said, move in moves:
        assert move["facts"] and move["until"] >= move["held_on"], (name, move)
        assert f"until {move['until']}" in said["moved"]
    text = site.abmctl("explain", "--account", "silent01").stdout
    assert "moved: tier one-to-few to one-to-many until" in text and "(quiet_days 61, at least 50)" in text
    assert re.search(r"moved: play stalled-rescue until \S+ \(stage opportunity; quiet_days 61, at least 30\)", text)


def test_a_second_node_and_one_that_was_killed_again_and_again_agree(quarter, tmp_path):
    site, _ = quarter
    expected = standings(site, 0)
    chance = random.Random(5)
    killed, second = make_site(tmp_path / "killed"), make_site(tmp_path / "second")
    logs = sorted((site.folder / "history").iterdir())
    chance.shuffle(logs)
    (killed.folder / "history").mkdir()
    library, stopped = kill_at.build(tmp_path), 0
    for i, log in enumerate(logs):
        shutil.copy(log, killed.folder / "history")
        fold = subprocess.run([ABMCTL, "engagement", "--fold", "--site", killed.folder / "site.yaml"], check=False, capture_output=True,
                              timeout=120, env=os.environ | kill_at.environment(library, 2 + 3 * i))
        stopped += fold.returncode == -signal.SIGKILL
    assert stopped > len(logs) // 2
    killed.publish()
    assert standings(killed, 0) == expected
    # The second node has all lines in one log, some of them twice.
    (second.folder / "history").mkdir()
    texts = [gzip.decompress(log.read_bytes()) if log.suffix == ".gz" else log.read_bytes() for log in logs]
    (second.folder / "history/all.jsonl").write_bytes(b"".join([*texts, *texts[:3]]))
    second.publish()
    assert standings(second, 0) == expected
    accounts = [(one.data / f"gen-{one.generation():06}" / "accounts.bin").read_bytes() for one in (killed, second)]
    assert accounts[0] == accounts[1]


def arms(site):
    return {one["account"]: one["arm"] for one in json.loads(site.abmctl("arms", "--json").stdout)["accounts"]}


def test_arms_do_not_follow_visits_and_the_report_names_rules_that_do(tmp_path):
    site = make_site(tmp_path / "site", more_rules="control: { percent: 50, salt: quarter }\n")
    site.publish()
    before = arms(site)
    assert set(before.values()) == {"treated", "control"} and len(before) == ACCOUNTS
    write_history(site.folder / "history")
    site.publish()
    moves = [one for one in standings(site, 0)[0].values() if one["moves"]]
    assert len(moves) > ACCOUNTS // 10 and site.generation() == 2
    assert arms(site) == before
    logs = sorted((site.folder / "history").iterdir())
    remarks = json.loads(site.abmctl("report", "--json", *logs).stdout)["remarks"]
    [remark] = [one for one in remarks if one.startswith("Visits decide which accounts")]
    assert "3 of the published rules match: engaged-story, looked-at-prices, crowded. Arms do not depend on visits" in remark


def published_visits(site, name):
    """visits_30d of the generation that serves."""
    text = site.abmctl("explain", "--account", name, "--url", "https://www.example.com/").stdout
    return int(re.search(r"visits_30d: account has (\d+)", text)[1])


def test_what_people_do_changes_the_page_that_they_see_next(tmp_path, upstream):
    folder = tmp_path / "nginx"
    folder.mkdir()
    upstream.on("/pricing", Reply(PAGE))
    site = make_site(tmp_path / "site", live=folder / "visits.jsonl")
    write_history(site.folder / "history")
    site.publish()
    log = open(tmp_path / "agent.log", "ab")  # noqa: SIM115
    start = lambda: subprocess.Popen([ABMCTL, "agent", "--site", site.folder / "site.yaml"], stdout=log, stderr=log)  # noqa: E731
    agent = start()
    cold = network(NAMES.index("cold"))
    try:
        with Nginx(folder, data=site.data, upstream=upstream.port, server=HEADERS, plain_server="") as nginx:
            get = lambda ip=f"{cold}.9", path="/": fetch(nginx.port, path, ip=ip, headers={"User-Agent": "Mozilla/5.0 Firefox/140.0"})  # noqa: E731
            see = lambda *more: get(*more).body  # noqa: E731
            assert see() == PAGE
            for person in (1, 2):
                see(f"{cold}.{person}", "/pricing")
            # The agent dies in the middle of it, and is started again.
            os.kill(agent.pid, signal.SIGKILL)
            agent.wait()
            agent = start()
            began = time.monotonic()
            for person in (3, 4, 5):
                see(f"{cold}.{person}", "/pricing")
            wait_for(lambda: b"Good to see you again" in see(), seconds=60)
            print(f"the new story after {time.monotonic() - began:.1f} s")
            # Now nobody comes until all visits are published: page, variables and log tell the same of them.
            came = len(nginx.visits())
            wait_for(lambda: published_visits(site, "cold") == came, seconds=60)
            answer = get()
            assert answer.body == (PAGE.replace(b"Made for everybody", b"Good to see you again")
                                   .replace(b">Read on<", f">{came} visits, 0 quiet<".encode()))
            told = {name: int(answer.get(f"X-{name.replace('_', '-')}")) for name in VARIABLES}
            assert told == {"engagement": told["engagement"], "visits_7d": came, "visits_30d": came, "people_7d": 6, "people_30d": 6,
                            "quiet_days": 0, "first_seen_days": 0}
            last = nginx.visits()[-1]
            moved = last["activity"].pop("moved")
            assert last["stage"] == "engaged" and last["activity"] == {name: told[name] for name in last["activity"]}
            assert moved.startswith("stage engaged until ") and f"(engagement {told['engagement']}, at least 30" in moved
        said = standings(site, 0)[0]["cold"]
        assert said["stage"] == "engaged" and said["people_30d"] >= 5
    finally:
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(60) == 0
        log.close()
