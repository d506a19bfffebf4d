"""Live sources against servers that keep state: whole readings, changes, limits, sessions, and trouble at every request."""

import csv
import json
import os
import pathlib
import subprocess

import pytest

from crm_server import Hubspot, Reply, Salesforce, salesforce_number

BUILD = pathlib.Path(os.environ.get("ABM_BUILD", pathlib.Path(__file__).resolve().parents[3] / "build"))
PROGRAM = BUILD / "tests/connect/abm_live_read"
TOKEN = "pat-eu1-01234567-89ab"
CLIENT = ("3MVG9.client", "s3cr3t/with+signs")


class Source:
    def __init__(self, folder, **settings):
        self.folder, self.settings = folder, settings

    def read(self, **more):
        done = subprocess.run([PROGRAM, self.folder / "data", *(f"{k}={v}" for k, v in {**self.settings, **more}.items())],
                              capture_output=True, timeout=120, check=False)
        assert done.returncode in (0, 1), done.stderr
        said = done.stdout.decode()
        for secret in (TOKEN, CLIENT[1]):
            assert secret not in said + done.stderr.decode()
        return json.loads(said)

    def rows(self):
        with open(self.folder / f"data/live/{self.settings['name']}.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.reader(file))
        assert len({row[0] for row in rows}) == len(rows)
        return rows

    def table(self):
        return {row[0]: row[1] for row in self.rows()[1:]}

    def state(self):
        return json.loads((self.folder / f"data/state/live-{self.settings['name']}.json").read_text())


def secret(folder, name, text):
    file = folder / name
    file.write_text(text + "\n")
    file.chmod(0o600)
    return file


@pytest.fixture
def hubspot():
    with Hubspot(TOKEN) as server:
        for number in range(1, 251):
            server.put(number, name=f"company {number}")
        yield server


@pytest.fixture
def from_hubspot(tmp_path, hubspot):
    return Source(tmp_path, kind="hubspot", name="crm", url=hubspot.url, token_file=secret(tmp_path, "token", TOKEN), property="name")


@pytest.fixture
def salesforce():
    with Salesforce(CLIENT) as server:
        for number in range(10):
            server.put(number, Name=f"account {number}", Owner={"Email": f"{number}@acme.example"} if number % 2 else None)
        yield server


@pytest.fixture
def from_salesforce(tmp_path, salesforce):
    return Source(tmp_path, kind="salesforce", name="sf", url=salesforce.url, soql="SELECT Id, Name, Owner.Email FROM Account WHERE ABM__c = true",
                  client_id_file=secret(tmp_path, "id", CLIENT[0]), client_secret_file=secret(tmp_path, "secret", CLIENT[1]))


def shown_by(hubspot):
    return {str(n): kept["name"] for n, kept in hubspot.companies.items() if n not in hubspot.archived}


def selected_by(salesforce):
    return {number: kept["Name"] for number, kept in salesforce.accounts.items() if kept["ABM__c"] and not kept["_deleted"]}


# HubSpot


def test_hubspot_pages_then_changes_then_everything_again(hubspot, from_hubspot):
    assert from_hubspot.read()["kind"] == "changed"
    assert from_hubspot.rows()[0] == ["Record ID", "name"]
    assert from_hubspot.table() == shown_by(hubspot)
    assert len(hubspot.requests) == 3
    # What was changed within the last minutes is told again, and is no change.
    assert from_hubspot.read()["kind"] == "unchanged"
    for number in range(1, 246):
        hubspot.companies[number]["_modified"] -= 3600
    hubspot.put(7, name="new, \"name\"")
    hubspot.put(300, name="=new")
    hubspot.archived.add(9)
    done = from_hubspot.read()
    assert done["kind"] == "changed" and "251 companies, 1 new, 1 changed, 0 gone (changes since " in done["message"]
    assert hubspot.requests[-1][1] == "/crm/v3/objects/companies/search"
    assert from_hubspot.table()["7"] == "new, \"name\"" and from_hubspot.table()["300"] == "'=new"
    # No search tells what was archived: the day's whole reading does.
    assert "9" in from_hubspot.table()
    done = from_hubspot.read(whole_seconds=0)
    assert "0 new, 0 changed, 1 gone (everything was read, 3 requests)" in done["message"]
    assert "9" not in from_hubspot.table()


def test_hubspot_changes_between_pages_are_there_after_the_next_reading(hubspot, from_hubspot):
    def change(number):
        if number == 1:
            hubspot.put(5, name="changed behind us")
            hubspot.archived.add(120)
            hubspot.put(1000, name="came meanwhile")

    hubspot.before = change
    from_hubspot.read()
    assert "120" not in from_hubspot.table() and from_hubspot.table()["1000"] == "came meanwhile"
    assert from_hubspot.table()["5"] == "company 5"
    from_hubspot.read()
    assert from_hubspot.table()["5"] == "changed behind us"
    # The same while changes are read: none is left out, whatever moves between two pages.
    hubspot.before = lambda number: hubspot.archived.add(3) or hubspot.put(2000 + number, name="later")
    from_hubspot.read()
    hubspot.before = lambda number: None
    from_hubspot.read(whole_seconds=0)
    assert from_hubspot.table() == shown_by(hubspot)


def test_hubspot_more_changes_than_a_search_tells(hubspot, from_hubspot):
    from_hubspot.read()
    hubspot.most_found = 50
    hubspot.found = lambda asked: {"total": 10_001, "results": []}
    done = from_hubspot.read()
    assert done["kind"] == "unchanged" and "(everything was read, 4 requests)" in done["message"]
    assert done["note"] == "everything was read, because 10001 companies changed, and a search tells 10000"


def test_hubspot_by_the_servers_clock(hubspot, from_hubspot):
    hubspot.clock_ahead = -7200
    from_hubspot.read()
    for kept in hubspot.companies.values():
        kept["_modified"] -= 36000
    hubspot.put(4, name="changed while its clock is two hours slow")
    from_hubspot.read()
    assert from_hubspot.table()["4"] == "changed while its clock is two hours slow"


@pytest.mark.parametrize("fault, kind", [
    (Reply(429, {"policyName": "TEN_SECONDLY_ROLLING"}, {"Retry-After": "1"}), "changed"),
    (Reply(503, b"<html>"), "changed"),
    ("cut", "changed"),
    ("reset", "changed"),
    (Reply(429, {"policyName": "DAILY", "message": "You have reached your daily limit."}), "refused"),
    (Reply(403, {"category": "MISSING_SCOPES", "message": "no"}), "refused"),
    (Reply(200, {"results": "none"}), "refused"),
    (Reply(200, b"[" * 5000), "refused"),
    (Reply(302, b"", {"Location": "https://evil.example/"}), "refused"),
])
def test_hubspot_trouble_in_the_middle(hubspot, from_hubspot, fault, kind):
    from_hubspot.read()
    before = from_hubspot.table()
    for number in hubspot.companies:
        hubspot.put(number, name=f"renamed {number}")
    hubspot.faults = {len(hubspot.requests) + 1: fault}
    done = from_hubspot.read(whole=1)
    assert done["kind"] == kind, done
    if kind == "changed":
        assert from_hubspot.table() == shown_by(hubspot)
    else:
        assert from_hubspot.table() == before and "(what was read at " in done["message"]
        assert from_hubspot.state()["failures"] == 1
        assert from_hubspot.state()["fault"] in done["message"]
        # The next one heals it.
        assert from_hubspot.read(whole=1)["kind"] == "changed" and from_hubspot.table() == shown_by(hubspot)
        assert from_hubspot.state()["failures"] == 0


def test_hubspot_a_used_up_day_is_waited_for(hubspot, from_hubspot):
    hubspot.faults = {0: Reply(429, {"policyName": "DAILY", "message": "You have reached your daily limit."})}
    done = from_hubspot.read()
    assert done["kind"] == "refused" and done["retry_after"] == 3600 and done["next_in"] >= 3600
    assert len(hubspot.requests) == 1


def test_hubspot_limits_near_their_end_are_told(hubspot, from_hubspot):
    hubspot.left = 100
    done = from_hubspot.read()
    assert done["note"].startswith("91 % of the requests that it allows are used (903 of 1000)") and done["next_in"] >= 3500


def test_hubspot_refuses_the_token(hubspot, from_hubspot):
    hubspot.token = "another"
    done = from_hubspot.read()
    assert done["kind"] == "refused" and "401 (not authorized)" in done["message"] and "the token in" in done["message"]
    assert not (from_hubspot.folder / "data/live/crm.csv").exists()


# Salesforce


def test_salesforce_pages_then_changes_deletions_and_what_no_longer_meets_the_condition(salesforce, from_salesforce):
    done = from_salesforce.read()
    assert done["kind"] == "changed", done
    assert from_salesforce.rows()[0] == ["Id", "Name", "Owner.Email"]
    assert from_salesforce.rows()[1:3] == [[salesforce_number(0), "account 0", ""], [salesforce_number(1), "account 1", "1@acme.example"]]
    assert from_salesforce.table() == selected_by(salesforce)
    assert len(salesforce.requests) == 5  # the login, and 3 + 3 + 3 + 1
    assert from_salesforce.read()["kind"] == "unchanged"
    for kept in salesforce.accounts.values():
        kept["_modified"] -= 3600
    salesforce.put(1, Name="renamed")
    salesforce.put(2, deleted=True)
    salesforce.put(3, ABM__c=False)
    salesforce.put(50, Name="new")
    salesforce.put(51, Name="of no interest", ABM__c=False)
    done = from_salesforce.read()
    assert "9 records, 1 new, 1 changed, 2 gone (changes since " in done["message"]
    assert from_salesforce.table() == selected_by(salesforce)
    assert any("/queryAll/?q=" in path for path in salesforce.paths())
    salesforce.put(2, Name="from the recycle bin")
    from_salesforce.read()
    assert from_salesforce.table() == selected_by(salesforce)


def test_salesforce_sessions_that_end_in_the_middle(salesforce, from_salesforce):
    salesforce.session_uses = 2
    done = from_salesforce.read()
    assert done["kind"] == "changed" and from_salesforce.table() == selected_by(salesforce)
    assert len(salesforce.sessions) == 2
    salesforce.session_uses = 0
    done = from_salesforce.read(whole=1)
    assert done["kind"] == "refused" and "INVALID_SESSION_ID" in done["message"]
    assert len(salesforce.sessions) == 4  # logged in again once


def test_salesforce_limits(salesforce, from_salesforce):
    salesforce.allowed = 5
    done = from_salesforce.read()
    assert done["note"] == "80 % of the requests that it allows are used (4 of 5): it is asked less often" and done["next_in"] == 3600
    before = from_salesforce.table()
    done = from_salesforce.read(whole=1)
    assert done["kind"] == "refused" and "REQUEST_LIMIT_EXCEEDED: TotalRequests Limit exceeded." in done["message"]
    assert done["retry_after"] == 3600 and from_salesforce.table() == before


def test_salesforce_trouble_at_every_request(salesforce, from_salesforce):
    from_salesforce.read()
    for fault in ("cut", Reply(200, {"done": True}), Reply(500, b"")):
        for whole in (0, 1):
            asked = 0
            while True:
                for number in range(10):
                    salesforce.put(number, Name=f"name {len(salesforce.requests)}")
                before, first = from_salesforce.table(), len(salesforce.requests)
                salesforce.faults = {first + asked: fault}
                done = from_salesforce.read(whole=whole, tries=1)
                if first + asked >= len(salesforce.requests):
                    break
                assert done["kind"] == "refused" and from_salesforce.table() == before, (done, asked)
                assert from_salesforce.read(whole=whole)["kind"] == "changed"
                assert from_salesforce.table() == selected_by(salesforce)
                asked += 1
            assert asked >= 5


def test_salesforce_an_object_without_the_time_of_changes(salesforce, from_salesforce):
    from_salesforce.read()
    salesforce.without_modstamp = True
    salesforce.put(1, deleted=True)
    done = from_salesforce.read()
    assert done["kind"] == "changed" and "(everything was read" in done["message"] and "No such column" in done["note"]
    assert from_salesforce.table() == selected_by(salesforce)


def test_salesforce_more_changes_than_are_kept_are_read_as_a_whole(salesforce, from_salesforce):
    from_salesforce.read()
    done = from_salesforce.read(changes=4)
    assert done["note"] == "everything was read, because more than 4 changes" and done["kind"] == "unchanged"


def test_salesforce_a_query_with_a_limit_is_read_as_a_whole(salesforce, from_salesforce):
    salesforce.selected = lambda soql, deleted_too: [{"Id": salesforce_number(n)} for n in range(5)]
    for _ in range(2):
        done = from_salesforce.read(soql="SELECT Id FROM Account LIMIT 5")
        assert "(everything was read, 3 requests)" in done["message"]
        assert done["note"] == "everything is read each time, because of `soql`: it has LIMIT"


def test_salesforce_sends_the_token_nowhere_else(salesforce, from_salesforce):
    with Salesforce(CLIENT) as other:
        salesforce.instance = other.url
        done = from_salesforce.read()
        assert done["kind"] == "refused" and "which is not an https address: the session's token is not told there" in done["message"]
        assert other.requests == []


def test_salesforce_an_execution_user_that_lost_its_permission(salesforce, from_salesforce):
    from_salesforce.read()
    before = from_salesforce.table()
    for number in range(10):
        salesforce.put(number, ABM__c=False)
    for whole in (0, 1):
        done = from_salesforce.read(whole=whole)
        assert done["kind"] == "refused" and "0 records instead of 10: a lost permission looks like that" in done["message"]
        assert from_salesforce.table() == before
    assert from_salesforce.read(allow_shrink=1)["kind"] == "changed"
    assert from_salesforce.table() == {}
