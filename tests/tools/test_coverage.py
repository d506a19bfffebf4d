"""abmctl coverage: who can be recognised, why the others cannot, and AS numbers that somebody says yes to."""

import csv
import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

from abmctl_program import PROGRAM
from test_report import line

HEADER = '{"abm":"accounts/1","tenant":"acme-web","version":101,"generated_at":"2026-11-22T03:33:20Z"}'
ASN = ('198.18.0.0,198.18.0.255,10846,Deere & Company\n198.18.1.0,198.18.1.255,35501,Deere & Company Corp\n'
       '198.18.2.0,198.18.2.255,36590,Emerson Electric Co.\n198.18.3.0,198.18.3.255,64500,Delta Corp\n'
       '198.18.4.0,198.18.4.255,64501,Delta Ltd\n')


def feed(site, *accounts):
    (site / "accounts.ndjson").write_text("\n".join([HEADER, *(json.dumps(account) for account in accounts)]) + "\n")


def networks(site, *lines):
    text = re.sub(r"networks:\n(  - .*\n)+", "networks: " + ("\n" if lines else "~\n"), (site / "site.yaml").read_text())
    (site / "site.yaml").write_text(text.replace("networks: \n", "networks:\n" + "".join(f"  - {one}\n" for one in lines)))


def sixty(site):
    """Sixty companies, by domains only, as they come out of a CRM."""
    tiers = ["one-to-one"] * 8 + ["one-to-few"] * 20 + ["one-to-many"] * 32
    feed(site, *({"id": f"company-{i:02}", "name": f"Company {i:02} Inc", "domains": [f"company-{i:02}.com"], "tier": tier}
                 for i, tier in enumerate(tiers)))
    networks(site)


NOBODY = """\
accounts.ndjson, feed version 101 of acme-web
Nobody is recognised: no visitor's address leads to any of the 60 accounts.

one-to-one  iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii  0 of 8
one-to-few  iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii  0 of 20
one-to-many iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii  0 of 32
all         iiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiiii  0 of 60

  i first-party identity only (abm_identity): 60

No address leads to 60 accounts, because:

   60  only a domain is known, and no address leads to a domain
       company-00, company-01, company-02, company-03, company-04, company-05,
       company-06 and 53 more
    -> list AS numbers (abmctl coverage --suggest proposes them) or networks,
       add a vendor's database with match: domain, or tell nginx who signs in
       (abm_identity)
"""


def test_a_list_by_domains_only_recognises_nobody_and_says_so(site):
    sixty(site)
    assert site.text("coverage") == NOBODY
    answer = site.json("coverage")
    assert answer["all"]["recognisable"] == 0 and answer["all"]["by"]["identity"] == 60
    assert {account["reasons"][0]["code"] for account in answer["accounts"]} == {"domain-only"}
    errors = site.errors("check")
    assert errors.count("[ABM018]") == 8 and "account 'company-00' is one-to-one and can never be recognised" in errors
    site.replace("rules/home.yaml", "abm: rules/1\n", "abm: rules/1\nsilence: [ABM018]\n")
    assert "ABM018" not in site.errors("check")


@pytest.mark.parametrize("width", [40, 52, 80, 200])
def test_no_line_is_wider_than_the_terminal(site, width):
    sixty(site)
    done = subprocess.run([PROGRAM, "coverage", "--list"], cwd=site.folder, capture_output=True, text=True, check=True,
                          env=dict(os.environ, COLUMNS=str(width)))
    assert max(map(len, done.stdout.splitlines())) <= max(width, 40)


def mixed(site):
    feed(site, {"id": "deere", "name": "Deere & Company", "domains": ["deere.com"], "tier": "one-to-one"},
         {"id": "own", "name": "Own Networks", "tier": "one-to-one", "networks": ["203.0.113.0/25"]},
         {"id": "emerson", "name": "Emerson Electric", "tier": "one-to-few", "organizations": ["EMERSON ELECTRIC COMPANY"]},
         {"id": "delta", "name": "Delta", "tier": "one-to-few"},
         {"id": "rival", "name": "Rival", "exclude": True},
         {"id": "evil", "name": "=HYPERLINK(1)", "tier": "one-to-many", "domains": ["gmail.com"]})
    (site / "asn.csv").write_text(ASN)
    networks(site, "{ asn: asn.csv }")


def test_each_way_and_each_reason(site):
    mixed(site)
    answer = site.json("coverage")
    ways = {account["account"]: (account["recognised_by"], [why["code"] for why in account["reasons"]])
            for account in answer["accounts"]}
    assert ways == {"deere": ("identity", ["domain-only"]), "own": ("networks", []), "emerson": ("asn", []),
                    "delta": ("nothing", ["no-as-number", "no-domain"]), "evil": ("nothing", ["no-as-number", "no-domain"])}
    assert answer["excluded"] == 1 and answer["all"]["accounts"] == 5 and answer["all"]["recognisable"] == 2
    text = site.text("coverage", "--list")
    assert "2 of 5 accounts can be recognised by a visitor's address. 1 excluded one is not counted." in text.replace("\n", " ")
    assert "delta (Delta), one-to-few: neither networks nor an AS number" in text
    assert "organization 'EMERSON ELECTRIC COMPANY' of 'emerson' is taken for 'Emerson Electric Co.' (AS 36590)" in site.text("check")
    names = site.json("check")["networks"]["names"]
    assert [(one["account"], one["verdict"], one["found"][0]["asns"]) for one in names] == [("emerson", "taken", [36590])]


def test_the_csv_runs_no_formula(site):
    mixed(site)
    site.run("coverage", "--csv", "out.csv")
    rows = list(csv.DictReader((site / "out.csv").open(newline="")))
    assert [row["account"] for row in rows] == ["deere", "own", "emerson", "delta", "evil"]
    assert rows[-1]["name"] == "'=HYPERLINK(1)" and rows[0]["recognised_by"] == "identity"
    assert site.text("coverage", "--csv", "-").startswith("account,name,tier,recognised_by,reason")


def test_after_traffic_it_says_who_came(site):
    mixed(site)
    (site / "visits.jsonl").write_text(line(1, account="own") + line(2, account="own") + line(3, account="emerson", bot=True)
                                       + line(4, account="deere", source="identity"))
    answer = site.json("coverage", "visits.jsonl")
    assert answer["all"]["came"] == 1 and answer["all"]["came_otherwise"] == 1
    assert {account["account"]: account["visits"] for account in answer["accounts"]} == \
        {"own": 2, "deere": 1, "emerson": 0, "delta": 0, "evil": 0}
    text = site.text("coverage", "visits.jsonl")
    assert "Of the 2 accounts that an address leads to, 1 came between 2026-11-03 and 2026-11-03:" in text.replace("\n", " ")
    assert re.search(r"^one-to-few  \.+  0 of 1$", text, re.MULTILINE)
    assert "no line of the logs" in site.errors("coverage", "accounts.ndjson", status=2)


def test_it_counts_what_each_source_adds(site):
    mixed(site)
    (site / "visits.jsonl").write_text(
        line(1, account="own") + line(2, account="own") + line(3, account="own", source="link")
        + line(4, account="deere", source="link", campaign="q4") + line(5, account="deere", source="remembered")
        + line(6, account="delta", source="link") + line(7, account="evil", source="identity")
        + line(8, account="emerson", source="asn", bot=True))
    sources = {row.pop("source"): row for row in site.json("coverage", "visits.jsonl")["sources"]}
    assert sources == {"link": {"visits": 3, "accounts": 3, "accounts_only_by_it": 2}, "feed": {"visits": 2, "accounts": 1, "accounts_only_by_it": 0},
                       "remembered": {"visits": 1, "accounts": 1, "accounts_only_by_it": 0}, "identity": {"visits": 1, "accounts": 1, "accounts_only_by_it": 1}}
    text = site.text("coverage", "visits.jsonl")
    assert """What named those who came, and accounts that nothing else named:
              visits  accounts  only it
link               3         3        2
feed               2         1        0
identity           1         1        1
remembered         1         1        0
""" in text
    report = {row["source"]: row for row in site.json("report", "visits.jsonl")["tables"]["added_by_source"]}
    for name, row in sources.items():
        assert (report[name]["visits"], report[name]["accounts"], report[name]["known_only_by_this"]) == tuple(row.values()), name
    assert site.json("coverage")["sources"] is None and "What named" not in site.text("coverage")


def test_the_report_has_it_by_tier(site):
    mixed(site)
    site.run("publish")
    (site / "visits.jsonl").write_text(line(1, account="own"))
    answer = site.json("report", "visits.jsonl", "--site", ".")
    rows = {row["tier"]: row for row in answer["tables"]["recognition"]}
    assert rows["one-to-one"]["networks"] == 1 and rows["one-to-one"]["sign_in_only"] == 1 and rows["one-to-one"]["came"] == 1
    assert rows["one-to-few"]["as_number"] == 1 and rows["one-to-few"]["not_at_all"] == 1
    assert "Who can be recognised, by tier" in site.text("report", "visits.jsonl", "--site", ".")
    assert site.json("report", "visits.jsonl", "--accounts", "accounts.ndjson")["tables"]["recognition"] == []


# --- AS numbers -----------------------------------------------------------------------------------------------------


def test_proposals_are_printed_and_nothing_is_written_without_a_yes(site):
    mixed(site)
    before = sorted(path.name for path in site.folder.iterdir())
    text = site.text("coverage", "--suggest")
    assert "deere\n  AS10846 'Deere & Company' (1 range, 256 IPv4 addresses in asn.csv): the same name as 'Deere & Company'\n" in text
    assert "AS35501 'Deere & Company Corp'" in text and "; look at it: " in text
    assert "AS64500 'Delta Corp'" in text and "2 organizations have this name but for the legal form" in text
    assert "Nothing was written." in text
    assert sorted(path.name for path in site.folder.iterdir()) == before
    proposals = {one["account"]: one["candidates"] for one in site.json("coverage", "--suggest")}
    assert proposals["deere"][0]["sure"] and not any(one["sure"] for one in proposals["delta"])


def test_yes_takes_what_is_sure_into_a_file_that_site_yaml_can_name(site):
    mixed(site)
    text = site.text("coverage", "--suggest", "--yes")
    assert "as-numbers.csv: 1 AS number written." in text and "  - { as_numbers: as-numbers.csv }" in text
    rows = [row for row in (site / "as-numbers.csv").read_text().splitlines() if not row.startswith("#")]
    assert rows == ["asn,account_id,organization", "10846,deere,Deere & Company"]
    assert "the same name as 'Deere & Company'" in (site / "as-numbers.csv").read_text()
    networks(site, "{ asn: asn.csv }", "{ as_numbers: as-numbers.csv }")
    site.run("publish")
    assert "deere" in site.text("lookup", "198.18.0.7")
    assert "None of them is sure" in site.text("coverage", "--suggest", "--yes")
    networks(site, "{ asn: asn.csv }")
    assert "as-numbers.csv: they are all there already." in site.text("coverage", "--suggest", "--yes")


def converse(site, *answers):
    """On a terminal: answers each question."""
    main, other = pty.openpty()
    process = subprocess.Popen([PROGRAM, "coverage", "--suggest"], cwd=site.folder, stdin=other, stdout=other, stderr=other,
                               close_fds=True)
    os.close(other)
    text, waiting, deadline = b"", list(answers), time.monotonic() + 60
    asked = 0
    while time.monotonic() < deadline:
        if not select.select([main], [], [], 1)[0]:
            continue
        try:
            piece = os.read(main, 4096)
        except OSError:
            break
        if not piece:
            break
        text += piece
        while text.count(b"enough] ") > asked and waiting:
            asked += 1
            os.write(main, waiting.pop(0).encode() + b"\n")
    process.wait(30)
    os.close(main)
    assert process.returncode == 0, text
    return text.decode()


def test_on_a_terminal_each_is_asked_for(site):
    mixed(site)
    converse(site, "n", "y", "n", "q")
    rows = [row for row in (site / "as-numbers.csv").read_text().splitlines() if not row.startswith("#")]
    assert rows == ["asn,account_id,organization", "35501,deere,Deere & Company Corp"]
    (site / "as-numbers.csv").unlink()
    converse(site, "", "", "", "")
    assert not (site / "as-numbers.csv").exists()


def test_a_file_that_is_there_is_added_to(site):
    mixed(site)
    (site / "mine.csv").write_text("# ours\n64500,delta,Delta Corp")
    networks(site, "{ asn: asn.csv }", "{ as_numbers: mine.csv }")
    text = site.text("coverage", "--suggest", "--yes")
    assert "mine.csv: 1 AS number written." in text and "as_numbers:" not in text
    assert (site / "mine.csv").read_text().startswith("# ours\n64500,delta,Delta Corp\n# 20")


def test_without_a_table_it_says_where_to_get_one(site):
    sixty(site)
    assert "`abmctl networks asn` fetches a public one" in site.errors("coverage", "--suggest", status=2)


def test_what_cannot_be_read_is_told(site):
    (site / "accounts.ndjson").write_text("{}\n")
    assert "abmctl check names every fault" in site.errors("coverage", status=2)
    assert "--yes" in site.errors("coverage", "--yes", status=2)
