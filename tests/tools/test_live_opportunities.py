"""Opportunities that HubSpot and Salesforce are asked for: abmctl sync, status, doctor, publish and the agent."""

import csv
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
accounts: {{ from: accounts.ndjson }}
rules: [rules.yaml]
outcomes:
  opportunities:
    - hubspot: {{ token_file: token, url: "{hubspot}" }}
      map: {{ type: deal_kind }}
    - salesforce:
        login: "{salesforce}"
        client_id_file: sf.id
        client_secret_file: sf.secret
        soql: "SELECT Id, AccountId, Account.Website, Name, StageName, Amount, CreatedDate, CloseDate, IsClosed, IsWon FROM Opportunity"
      name: sf-deals
"""
FEED = ('{"abm":"accounts/1","tenant":"t","version":1,"generated_at":"2026-11-01T00:00:00Z"}\n'
        '{"id":"deere","name":"Deere","domains":["deere.com"]}\n')
RULES = "abm: rules/1\nslots: { hero: h1 }\nrules:\n  - id: a\n    when: { path: / }\n    rewrite: { hero: { text: Hi } }\n"


def write(site, name, text, mode=0o644):
    (site / name).write_text(text)
    (site / name).chmod(mode)


@pytest.fixture
def systems():
    with Hubspot(TOKEN) as hubspot, Salesforce(CLIENT, kind="Opportunity") as salesforce:
        for number in range(1, 131):
            hubspot.deals[number] = {"dealname": f"Deal {number}", "dealstage": "closedwon", "amount": "1234.567",
                                     "createdate": "2026-11-01T10:00:00Z", "deal_kind": "renewal", "_companies": [101, 102]}
        hubspot.deals[2]["_companies"] = []
        for number in range(5):
            salesforce.put(number, Name=f"Opportunity {number}", AccountId="0015e00002aBcDeAAU", Account={"Website": "deere.com"},
                           StageName="Prospecting", Amount=5.5, CreatedDate="2026-11-01T10:00:00.000+0000", CloseDate="2026-12-01",
                           IsClosed=False, IsWon=False)
        yield hubspot, salesforce


@pytest.fixture
def live(empty, systems):
    write(empty, "site.yaml", SITE.format(hubspot=systems[0].url, salesforce=systems[1].url))
    write(empty, "accounts.ndjson", FEED)
    write(empty, "rules.yaml", RULES)
    write(empty, "token", TOKEN + "\n", 0o600)
    write(empty, "sf.id", CLIENT[0], 0o600)
    write(empty, "sf.secret", CLIENT[1], 0o600)
    return empty


def table(site, name):
    return list(csv.DictReader((site / f"data/live/{name}.csv").open()))


def test_sync_keeps_what_was_asked_for_as_tables(live, systems):
    lines = live.text("sync").splitlines()
    assert lines == ["hubspot-opportunities: 130 deals, 130 new, 0 changed, 0 gone (everything was read, 2 requests)",
                     "sf-deals: 5 records, 5 new, 0 changed, 0 gone (everything was read, 3 requests)"]
    assert "associations=companies" in systems[0].paths()[0] and "%2Cdeal_kind" in systems[0].paths()[0]
    deals = table(live, "hubspot-opportunities")
    assert deals[0]["Record ID"] == "1" and deals[0]["Associated Company IDs"] == "101" and deals[0]["deal_kind"] == "renewal"
    assert deals[1]["Associated Company IDs"] == "" and deals[0]["amount"] == "1234.567"
    assert table(live, "sf-deals")[0]["Account.Website"] == "deere.com"
    # Deals are read as a whole each time, which is nothing to be told of; opportunities by their changes.
    lines = live.text("sync").splitlines()
    assert lines[0] == "hubspot-opportunities: 130 deals, unchanged (everything was read, 2 requests)"
    assert "changes since" in lines[1]
    assert live.json("sync", "--source", "hubspot-opportunities")["note"] is None
    live.run("publish")
    told = live.text("status")
    assert "live source hubspot-opportunities (hubspot " in told and "live source sf-deals (salesforce " in told
    findings = live.json("doctor", status=None)["findings"]
    for name in ("hubspot-opportunities", "sf-deals"):
        assert any(f["check"] == "sources" and f["state"] == "ok" and f"live source {name}" in f["message"] for f in findings)


def test_opportunities_never_stop_a_publication_and_stay_after_it(live):
    assert "published generation 1" in live.text("publish")  # nothing was read yet
    live.run("sync")
    assert "generation 1 is up to date" in live.text("publish")
    write(live, "rules.yaml", RULES.replace("Hi", "Hello"))
    assert "published generation 2" in live.text("publish")
    assert sorted(path.name for path in (live / "data/live").iterdir()) == ["hubspot-opportunities.csv", "sf-deals.csv"]
    live.replace("site.yaml", "name: sf-deals", "name: other")
    write(live, "rules.yaml", RULES.replace("Hi", "Good day"))
    live.run("publish")
    assert [path.name for path in (live / "data/live").iterdir()] == ["hubspot-opportunities.csv"]


def test_a_system_that_is_away_keeps_its_table(live, systems):
    live.run("sync")
    systems[0].faults = {number: Reply(403, {"category": "MISSING_SCOPES", "message": "no"}) for number in range(2, 99)}
    said = live.errors("sync", status=1)
    assert "the token needs the scopes crm.objects.deals.read and crm.objects.companies.read" in said
    assert "stays: 130 deals)" in said
    assert len(table(live, "hubspot-opportunities")) == 130
    systems[0].faults = {}
    systems[0].deals = {1: systems[0].deals[1]}
    assert "1 deal instead of 130" in live.errors("sync", "--source", "hubspot-opportunities", status=1)
    assert len(table(live, "hubspot-opportunities")) == 130


def test_beside_sources_of_accounts(live, systems):
    systems[0].put(101, name="Deere", domain="deere.com")
    live.replace("site.yaml", "accounts: { from: accounts.ndjson }", f"""tenant: t
accounts:
  sources:
    - hubspot: {{ token_file: token, url: "{systems[0].url}" }}""")
    lines = live.text("sync").splitlines()
    assert [line.split(":")[0] for line in lines] == ["hubspot", "hubspot-opportunities", "sf-deals"]
    assert "published generation 1" in live.text("publish")
    assert sorted(path.name for path in (live / "data/live").iterdir()) == ["hubspot-opportunities.csv", "hubspot.csv", "sf-deals.csv"]


def test_what_is_wrong_with_them_is_told_with_its_place(live):
    live.replace("site.yaml", "SELECT Id, AccountId", "SELECT AccountId")
    said = live.errors("check", status=1)
    assert "site.yaml:13:" in said and "soql: 'Id' is not among its fields" in said


def test_the_agent_asks_and_publishes_nothing_for_them(live, systems):
    with open(live / "agent.log", "wb") as log:
        agent = live.start("agent", stderr=log, env=os.environ)
    try:
        deadline = time.monotonic() + 40
        for text in ("sf-deals: 5 records, 5 new", "hubspot-opportunities: 130 deals, 130 new", "published generation 1"):
            while time.monotonic() < deadline and text not in (live / "agent.log").read_text():
                time.sleep(0.05)
            assert text in (live / "agent.log").read_text(), text
        systems[0].deals[1]["dealstage"] = "closedlost"
        agent.send_signal(signal.SIGHUP)
        while time.monotonic() < deadline and "0 new, 1 changed" not in (live / "agent.log").read_text():
            time.sleep(0.05)
        time.sleep(2)
        said = (live / "agent.log").read_text()
        assert "hubspot-opportunities: 130 deals, 0 new, 1 changed, 0 gone" in said and "generation 2" not in said, said
    finally:
        agent.send_signal(signal.SIGTERM)
        assert agent.wait(30) == 0
