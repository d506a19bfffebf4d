"""Sources that are asked themselves, from site.yaml to the page: servers that keep companies as HubSpot and Salesforce do, and
abmctl sync, publish, status, doctor and the agent."""

import json
import os
import pathlib
import signal
import sys
import time

import pytest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "connect/live"))

from crm_server import Hubspot, Reply, Salesforce  # noqa: E402

TOKEN = "pat-eu1-01234567-89ab"
CLIENT = ("3MVG9.client", "s3cr3t/with+signs")

SITE = """abm: site/1
data: data
tenant: acme-web
accounts:
  sources:
    - hubspot: {{ token_file: token, properties: [name, domain, industry], url: "{url}" }}
      name: crm
      every: 10s
      map: {{ tier: abm_tier, attributes.note: abm_note }}
    - {{ csv: extra.csv }}
  values: {{ industry: {{ MACHINERY: manufacturing }}, tier: {{ Tier 1: one-to-one }} }}
rules: [rules.yaml]
"""
RULES = """abm: rules/1
slots: { hero: h1 }
rules:
  - id: makers
    when: { tier: one-to-one, path: / }
    rewrite: { hero: { text: "For {{ account.name }}" } }
"""


def write(site, name, text, mode=0o644):
    (site / name).write_text(text)
    (site / name).chmod(mode)


@pytest.fixture
def hubspot():
    with Hubspot(TOKEN) as server:
        server.put(1, name="Deere & Company", domain="https://www.deere.com/x", industry="MACHINERY", abm_tier="Tier 1", abm_note="=1+1")
        server.put(2, name="Maersk", domain="maersk.com", industry=None)
        yield server


@pytest.fixture
def live(empty, hubspot):
    write(empty, "site.yaml", SITE.format(url=hubspot.url))
    write(empty, "rules.yaml", RULES)
    write(empty, "extra.csv", "Company;Domain\nThird;third.example\n")
    write(empty, "token", TOKEN + "\n", 0o600)
    write(empty, "page.html", "<h1>For all</h1>")
    yield empty
    for path in empty.folder.rglob("*"):
        if path.is_file() and path.name != "token":
            assert TOKEN.encode() not in path.read_bytes(), path


def render(site, account):
    return site.text("render", "--account", account, "--url", "https://acme.example/", "page.html")


def accounts(site):
    lines = (site / "data/feed/accounts.ndjson").read_text().splitlines()[1:]
    return {account["id"]: account for account in map(json.loads, lines)}


def state(site, name="crm"):
    return next(source for source in site.json("status", status=None)["live_sources"] if source["name"] == name)


def older(hubspot):
    """So that changes are only what comes after this."""
    for kept in hubspot.companies.values():
        kept["_modified"] -= 36000


def wait_for(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen")


def test_from_the_crm_to_the_page(live, hubspot):
    assert "HubSpot (crm) was never read: run abmctl sync" in live.errors("check", status=1)
    assert "HubSpot (crm) was never read: run abmctl sync" in live.errors("publish", status=1)
    assert "HubSpot (crm) was never read" in live.errors("import", status=1)
    said = live.text("sync")
    assert said.splitlines() == ["crm: 2 companies, 2 new, 0 changed, 0 gone (everything was read, 1 request)"]
    # What `map` names is asked for, too.
    assert "properties=name%2Cdomain%2Cindustry%2Cabm_tier%2Cabm_note" in hubspot.paths()[0]
    assert (live / "data/live/crm.csv").stat().st_mode & 0o777 == 0o640
    assert (live / "data/live").stat().st_mode & 0o777 == 0o750
    assert "'=1+1" in (live / "data/live/crm.csv").read_text()
    assert "3 rows of 2 sources → 3 accounts" in live.text("check")
    assert "published generation 1" in live.text("publish")
    deere = accounts(live)["deere.com"]
    assert (deere["name"], deere["tier"], deere["industry"]) == ("Deere & Company", "one-to-one", "manufacturing")
    assert deere["attributes"]["note"] == "=1+1"
    assert "<h1>For Deere &amp; Company</h1>" in render(live, "deere.com")
    assert "For all" in render(live, "maersk.com")
    # No second copy of what is a copy itself.
    assert len(list((live / "data/feed/sources").iterdir())) == 1
    assert live.text("import").splitlines()[1:] == (live / "data/feed/accounts.ndjson").read_text().splitlines()[1:]
    # A change, and the page of it.
    older(hubspot)
    hubspot.put(2, abm_tier="Tier 1")
    result = live.json("sync")
    assert result["result"] == "accepted" and result["source"] == "crm" and result["rows"] == 2
    assert live.json("sync", "--source", "crm")["result"] == "unchanged"
    assert "published generation 2" in live.text("publish")
    assert "<h1>For Maersk</h1>" in render(live, "maersk.com")


def test_what_status_and_doctor_say(live, hubspot):
    hubspot.left = 500
    live.run("sync")
    live.run("publish")
    told = live.text("status")
    assert "  HubSpot (crm): 2 accounts" in told and "  extra.csv (csv): 1 account, read" in told
    assert f"live source crm (hubspot {hubspot.url}/): 2 rows, read " in told and "501 of 1000 requests used" in told
    assert state(live)["requests_used"] == 501 and state(live)["rows"] == 2 and state(live)["fault"] is None
    sources = {source["name"]: source for source in live.json("status")["account_sources"]}
    assert sources["HubSpot (crm)"]["live"] == "crm" and sources["extra.csv"]["live"] is None
    findings = live.json("doctor", status=None)["findings"]
    assert any(f["check"] == "sources" and f["state"] == "ok" and "live source crm" in f["message"] for f in findings)
    assert any(f["check"] == "permissions" and "live source crm" in f["message"] and f["state"] == "ok" for f in findings)
    (live / "token").chmod(0o644)
    findings = live.json("doctor", status=1)["findings"]
    assert any(f["check"] == "permissions" and "others may read or write this secret" in f["message"] for f in findings)


def test_a_server_that_is_down_keeps_what_it_said(live, hubspot):
    live.run("sync")
    live.run("publish")
    hubspot.faults = {number: Reply(403, {"category": "MISSING_SCOPES", "message": "no"}) for number in range(1, 99)}
    said = live.errors("sync", status=1)
    assert "MISSING_SCOPES" in said and "(what was read at 20" in said and "stays: 2 companies)" in said
    result = live.json("sync", status=1)
    assert result["result"] == "refused" and result["rows"] == 2
    assert "generation 1 is up to date" in live.text("publish")
    told = live.text("status")
    assert "2 attempts failed since 20" in told and "(what was read before stays in use)" in told
    assert state(live)["failures"] == 2 and "MISSING_SCOPES" in state(live)["fault"]
    findings = live.json("doctor", status=None)["findings"]
    assert any(f["check"] == "sources" and f["state"] == "note" and "MISSING_SCOPES" in f["message"] for f in findings)
    # The rest goes on.
    write(live, "extra.csv", "Company;Domain\nThird;third.example\nFourth;fourth.example\n")
    assert "published generation 2" in live.text("publish")
    hubspot.faults = {}
    assert live.json("sync")["result"] == "unchanged"
    assert state(live)["fault"] is None


def test_a_secret_that_others_may_read_is_refused(live, hubspot):
    (live / "token").chmod(0o640)
    assert "others may read or write this secret (mode 0640): run chmod 600 on it" in live.errors("sync", status=2)
    assert hubspot.requests == [] and "others may read" in state(live)["fault"]
    assert "was never read: run abmctl sync (the last time: " in live.errors("publish", status=1)


def test_what_shrinks_is_refused_until_it_is_allowed(live, hubspot):
    for number in range(3, 21):
        hubspot.put(number, name=f"Company {number}", domain=f"c{number}.example")
    live.run("sync")
    live.run("publish")
    hubspot.archived = set(range(3, 21))
    said = live.errors("sync", "--whole", status=1)
    assert "2 companies instead of 20, which is more than 50 % fewer: a lost permission looks like that" in said
    assert "--allow-shrink" in said
    assert state(live)["rows"] == 20
    assert "2 companies, 0 new, 0 changed, 18 gone" in live.text("sync", "--whole", "--allow-shrink")
    assert "more than max_shrink 50%" in live.errors("publish", status=1)
    assert "published generation 2" in live.text("publish", "--allow-shrink")
    # Nothing at all, and it is true.
    hubspot.archived |= {1, 2}
    assert "0 companies instead of 2" in live.errors("sync", "--whole", status=1)
    live.run("sync", "--whole", "--allow-shrink")
    assert "HubSpot (crm): it tells of no company" in live.errors("publish", "--allow-shrink")
    assert accounts(live).keys() == {"third.example"}


def test_what_is_no_source_any_more_leaves_nothing(live):
    live.run("sync")
    live.run("publish")
    assert (live / "data/live/crm.csv").exists() and (live / "data/state/live-crm.json").exists()
    live.replace("site.yaml", "name: crm", "name: hub")
    # Another name is another source.
    assert "HubSpot (hub) was never read" in live.errors("publish", status=1)
    assert (live / "data/live/crm.csv").exists()
    live.run("sync")
    live.run("publish")
    assert sorted(path.name for path in (live / "data/live").iterdir()) == ["hub.csv"]
    assert not (live / "data/state/live-crm.json").exists() and not (live / "data/state/.lock-live-crm").exists()
    write(live, "site.yaml", "abm: site/1\ndata: data\ntenant: acme-web\naccounts: { sources: [ { csv: extra.csv } ] }\nrules: [rules.yaml]\n")
    live.run("publish", "--allow-shrink")
    assert not list((live / "data/live").iterdir()) and live.json("status")["live_sources"] == []


def test_another_account_under_the_same_name_is_not_taken_for_the_one_before(live, hubspot):
    live.run("sync")
    live.run("publish")
    write(live, "other.token", "another-token\n", 0o600)
    live.replace("site.yaml", "token_file: token", "token_file: other.token")
    assert "HubSpot (crm) was never read" in live.errors("publish", status=1)
    live.run("sync", status=1)  # and it does not like that token
    assert "HubSpot (crm) was never read: run abmctl sync (the last time: crm: " in live.errors("publish", status=1)
    hubspot.token = "another-token"
    live.run("sync")
    live.run("publish")


def test_what_is_wrong_is_told_with_its_place(live, hubspot):
    live.replace("site.yaml", "properties: [name, domain, industry]", "properties: [Company Name]")
    said = live.errors("check", status=1)
    assert "site.yaml:6:" in said and "properties: 'Company Name' is not an internal name such as numberofemployees" in said
    write(live, "site.yaml", SITE.format(url="http://crm.example"))
    said = live.errors("sync", status=2)
    assert "site.yaml:6:" in said and "url: 'http://crm.example/' is not encrypted, and would be told a secret" in said
    write(live, "site.yaml", SITE.format(url=hubspot.url))
    assert "--source cmr: no live source has this name, did you mean 'crm'?" in live.errors("sync", "--source", "cmr", status=2)


@pytest.fixture
def salesforce():
    with Salesforce(CLIENT) as server:
        for number in range(7):
            server.put(number, Name=f"Account {number}", Website=f"www.a{number}.example", NumberOfEmployees=1000 * number,
                       AnnualRevenue=3.5e8, Owner={"Email": f"{number}@acme.example"})
        yield server


def test_salesforce_too(live, salesforce):
    write(live, "sf.id", CLIENT[0], 0o600)
    write(live, "sf.secret", CLIENT[1], 0o600)
    live.replace("site.yaml", "    - { csv: extra.csv }", f"""    - salesforce:
        login: "{salesforce.url}"
        client_id_file: sf.id
        client_secret_file: sf.secret
        soql: "SELECT Id, Name, Website, NumberOfEmployees, AnnualRevenue, Owner.Email FROM Account WHERE ABM__c = true"
      every: 15m""")
    lines = live.text("sync").splitlines()
    assert len(lines) == 2 and lines[1].startswith("salesforce: 7 records, 7 new")
    live.run("publish")
    third = accounts(live)["a3.example"]
    assert (third["name"], third["employees"], third["revenue_usd"], third["owner"]) == ("Account 3", 3000, 350000000, "3@acme.example")
    # One of two being down is one of two being down.
    salesforce.client = ("another", "client")
    said = live.run("sync", status=1)
    assert b"crm: 2 companies, unchanged" in said.stdout and b"salesforce: " in said.stderr
    assert CLIENT[1].encode() not in said.stdout + said.stderr
    live.replace("site.yaml", "SELECT Id, Name", "SELECT Name")
    said = live.errors("check", status=1)
    assert "site.yaml:14:" in said and "soql: " in said


class Agent:
    def __init__(self, site):
        self.site, self.log = site, site / "agent.log"
        self.process = site.start("agent", stderr=open(self.log, "wb"), env=os.environ)

    def said(self):
        return self.log.read_text()

    def wait_for(self, text):
        try:
            wait_for(lambda: text in self.said() or self.process.poll() is not None)
        except AssertionError:
            raise AssertionError(f"no '{text}' in:\n{self.said()}") from None
        assert text in self.said(), self.said()


@pytest.fixture
def agent(live):
    agents = []

    def start():
        agents.append(Agent(live))
        return agents[-1]

    yield start
    for running in agents:
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(30) == 0


def test_the_agent_reads_publishes_and_goes_on(live, hubspot, agent):
    running = agent()
    running.wait_for("accounts of 2 sources, 1 live")
    running.wait_for("published generation 1")
    assert running.said().index("crm: 2 companies, 2 new") < running.said().index("published generation 1")
    assert "<h1>For Deere &amp; Company</h1>" in render(live, "deere.com")
    # A change over there is published here, on the next reading.
    older(hubspot)
    hubspot.put(2, abm_tier="Tier 1")
    running.wait_for("published generation 2")
    assert "<h1>For Maersk</h1>" in render(live, "maersk.com")
    # It is down: what serves goes on serving, what is a file goes on being published.
    hubspot.faults = {number: Reply(403, {"category": "MISSING_SCOPES", "message": "no"})
                      for number in range(len(hubspot.requests), len(hubspot.requests) + 1000)}
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("stays: 2 companies)")
    write(live, "extra.csv", "Company;Domain\nThird;third.example\nFourth;fourth.example\n")
    running.wait_for("published generation 3")
    assert "attempt" in live.text("status") and state(live)["failures"] >= 1
    # And it is back.
    hubspot.faults = {}
    running.process.send_signal(signal.SIGHUP)
    running.wait_for("it can be read again; crm: 2 companies, unchanged")
    assert state(live)["fault"] is None


def test_the_agent_takes_up_and_drops_sources(live, hubspot, agent):
    running = agent()
    running.wait_for("published generation 1")
    with Hubspot("second-token") as second:
        second.put(9, name="Ninth", domain="ninth.example")
        write(live, "second.token", "second-token", 0o600)
        live.replace("site.yaml", "    - { csv", f"    - {{ hubspot: {{ token_file: second.token, url: \"{second.url}\" }} }}\n    - {{ csv")
        running.wait_for("published generation 2")
        assert accounts(live).keys() == {"deere.com", "maersk.com", "third.example", "ninth.example"}
        assert (live / "data/live/hubspot.csv").exists()
        text = (live / "site.yaml").read_text().splitlines(keepends=True)
        write(live, "site.yaml", "".join(line for line in text if "second.token" not in line))
        running.wait_for("published generation 3")
    assert "ninth.example" not in accounts(live)
    wait_for(lambda: not (live / "data/live/hubspot.csv").exists())
    # What somebody else reads beside the agent is published, too.
    older(hubspot)
    hubspot.put(30, name="Thirtieth", domain="thirtieth.example")
    wait_for(lambda: live.run("sync", status=None).returncode == 0)
    wait_for(lambda: "thirtieth.example" in accounts(live) and live.current() == "gen-000004\n")
