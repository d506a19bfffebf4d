"""Hierarchies of accounts: what is inherited, families that draw one lot, and what check says of a list."""

import csv
import io
import json

import pytest
from minisign import Key
from xxh3 import hash64

ARMS = """\
abm: rules/1
control: {{ percent: 30, salt: q4{by} }}
rules:
  - id: split
    when: {{ path: /x }}
    holdout: 40
    variants:
      - {{ id: a, rewrite: {{ hero-cta: {{ text: A }} }} }}
      - {{ id: b, rewrite: {{ hero-cta: {{ text: B }} }} }}
"""


def write_list(site, accounts, version=100):
    head = {"abm": "accounts/1", "tenant": "acme-web", "version": version, "generated_at": "2026-11-22T03:33:20Z"}
    (site / "accounts.ndjson").write_text("".join(json.dumps(line) + "\n" for line in [head, *accounts]))


def account(name, parent=None, **more):
    return {"id": name, "name": name.title(), "parent": parent, **more}


COMPANY = [
    account("deere-forestry", "deere-de"),
    account("deere-de", "deere", owner="maren@acme.example"),
    account("deere", tier="one-to-one", segments=["ag", "oem"], owner="jo@acme.example"),
    account("ford", tier="one-to-few"),
    account("volvo-trucks", "volvo"),
    account("volvo-buses", "volvo"),
]


@pytest.fixture
def company(site):
    """Deere with two levels below it, and two subsidiaries of a company that is not on the list."""
    write_list(site, COMPANY)
    site.replace("site.yaml", "from: accounts.ndjson", "from: accounts.ndjson, inherit: [tier, segments, owner]")
    return site


def bucket(kind, name, owner):
    return hash64(f"{kind}:{name}:{owner}".encode()) % 10_000


def test_an_account_takes_what_it_lacks_from_above(company):
    text = company.text("check", status=None)
    assert "accounts: 5 in 2 families of more than one\n" in text
    assert "accounts: inherited from parents: tier of 2 accounts, segments of 2, owner of 1\n" in text
    assert "the parent that 'volvo-trucks' and 'volvo-buses' name is not on the list" in text
    company.run("publish")
    answer = company.json("explain", "--account", "deere-forestry", "--url", "/")
    assert (answer["tier"], answer["segments"]) == ("one-to-one", ["ag", "oem"])
    assert answer["inherited"] == {"tier": "deere", "segments": "deere", "owner": "deere-de"}
    assert (answer["parent"], answer["family"], answer["drawn_with"]) == ("deere-de", "deere", "deere-forestry")
    text = company.text("explain", "--account", "deere-forestry", "--url", "/")
    assert ("parent   deere-de, family deere\n  tier one-to-one: from 'deere'\n  segments ag, oem: from 'deere'\n"
            "  owner maren@acme.example: from 'deere-de'\n") in text
    assert company.json("explain", "--account", "deere", "--url", "/")["inherited"] == {}
    assert company.json("explain", "--account", "volvo-buses", "--url", "/")["tier"] == "untiered"


def test_an_excluded_account_passes_on_all_but_that(company):
    write_list(company, [account("rival", tier="one-to-few", exclude=True), account("rival-labs", "rival")])
    company.run("publish")
    answer = company.json("explain", "--account", "rival-labs", "--url", "/")
    assert (answer["tier"], answer["inherited"], answer["family"], answer["skip"]) == (
        "one-to-few", {"tier": "rival"}, "rival", None)


def test_nothing_an_account_inherited_is_told_of_another(company):
    """Of more accounts than are read at once."""
    accounts = [account(f"top{i}", tier="one-to-few") for i in range(4000)]
    accounts += [account(f"sub{i}", f"top{i % 4000}") for i in range(4000)]
    accounts.sort(key=lambda one: hash64(one["id"].encode()))
    write_list(company, accounts)
    assert "accounts: inherited from parents: tier of 4000 accounts\n" in company.text("check", status=None)


def test_a_plan_takes_the_tier_of_a_family_as_the_report_does(company):
    """Of its first account by id where the topmost draws no lot."""
    write_list(company, [account("z", "gone", tier="one-to-many"), account("a", "gone", tier="one-to-few"),
                         account("y", "out", tier="one-to-many"), account("b", "out", tier="one-to-few"),
                         account("out", tier="one-to-one", exclude=True), account("solo", tier="one-to-many")])
    (company / "rules/arms.yaml").write_text(ARMS.format(by=", by: parent"))
    groups = company.json("plan", "--draft")["horizons"][0]["groups"]
    assert {group["group"]: group["accounts"] for group in groups} == {"all": 3, "one-to-few": 2, "one-to-many": 1}


def test_nothing_is_inherited_unless_the_site_says_so(site):
    write_list(site, COMPANY)
    site.run("publish")
    answer = site.json("explain", "--account", "deere-forestry", "--url", "/")
    assert (answer["tier"], answer["segments"], answer["inherited"]) == ("untiered", [], {})
    assert "famil" not in site.text("check", status=None)


def test_merged_sources_inherit_too(company):
    (company / "crm.csv").write_text("id,name,domain,parent,tier,owner\n"
                                     "1,Low,low.example,2,,\n2,Top,top.example,,one-to-few,jo@acme.example\n")
    company.replace("site.yaml", "from: accounts.ndjson", "sources: [{ csv: crm.csv }]")
    company.replace("site.yaml", "abm: site/1", "abm: site/1\ntenant: acme-web")
    company.run("publish")
    low = company.json("explain", "--account", "low.example", "--url", "/")
    assert low["tier"] == "one-to-few" and set(low["inherited"]) == {"tier", "owner"}


def test_a_signed_feed_inherits(company, tmp_path):
    key = Key(tmp_path, "core")
    (company / "core.pub").write_text(key.public.read_text())
    (company / "accounts.ndjson.minisig").write_text(key.sign((company / "accounts.ndjson").read_bytes()))
    company.replace("site.yaml", "from: accounts.ndjson", "from: accounts.ndjson, verify_key: core.pub")
    company.run("publish")
    assert company.json("explain", "--account", "deere-de", "--url", "/")["tier"] == "one-to-one"


def test_diff_says_what_changes_with_a_parent(company):
    company.run("publish")
    changed = [dict(entry) for entry in COMPANY]
    changed[2]["tier"] = "one-to-few"
    changed[1]["owner"] = None
    write_list(company, changed, version=101)
    company.run("publish")
    answer = company.json("diff", "--from", "1", "--to", "2", status=None)
    assert answer["inherited"] == [
        {"account": "deere-de", "field": "tier", "from": "one-to-one from 'deere'", "to": "one-to-few from 'deere'"},
        {"account": "deere-de", "field": "owner", "from": "maren@acme.example, its own", "to": "jo@acme.example from 'deere'"},
        {"account": "deere-forestry", "field": "tier", "from": "one-to-one from 'deere'", "to": "one-to-few from 'deere'"},
        {"account": "deere-forestry", "field": "owner", "from": "maren@acme.example from 'deere-de'",
         "to": "jo@acme.example from 'deere'"}]
    text = company.text("diff", "--from", "1", "--to", "2", status=None)
    assert "from parents\n  deere-de tier: one-to-one from 'deere' → one-to-few from 'deere'\n" in text


def test_a_family_draws_one_lot_everywhere(company):
    rows = {}
    for by in ("", ", by: parent", ", by: account"):
        (company / "rules/arms.yaml").write_text(ARMS.format(by=by))
        company.run("publish", "--force")
        text = company.text("arms", "--csv")
        rows[by] = {row["account"]: row for row in csv.DictReader(io.StringIO(text)) if row["rule"] == "split"}
    assert rows[""] == rows[", by: account"] and "family" not in rows[""]["deere"]
    tops = {"deere-forestry": "deere", "deere-de": "deere", "volvo-trucks": "volvo", "volvo-buses": "volvo"}
    for by, owner_of in (("", lambda name: name), (", by: parent", lambda name: tops.get(name, name))):
        for name, row in rows[by].items():
            owner = owner_of(name)
            assert (row["arm"] == "control") == (bucket("control", "q4", owner) < 3000), (by, name)
            assert (row["holdout"] == "true") == (bucket("holdout", "split", owner) < 4000), (by, name)
            assert row["variant"] == ("a" if bucket("variant", "split", owner) < 5000 else "b"), (by, name)
    assert {name: row["family"] for name, row in rows[", by: parent"].items()} == {
        "deere": "deere", "ford": "ford", **tops}

    (company / "rules/arms.yaml").write_text(ARMS.format(by=", by: parent"))
    company.run("publish", "--force")
    answer = company.json("explain", "--account", "volvo-buses", "--url", "/x")
    assert answer["drawn_with"] == "volvo"
    assert ", drawn with its family 'volvo'\n" in company.text("explain", "--account", "volvo-buses", "--url", "/x")
    assert company.json("arms")["control"] == {"percent": 30, "salt": "q4", "by": "parent"}
    table = company.text("arms")
    assert "; drawn by parent\n" in table and table.splitlines()[2].endswith("     lots")
    assert next(line for line in table.splitlines() if line.startswith("all ")).split()[-1] == "3"
    assert "  drawn with its family 'deere'\n" in company.text("arms", "--account", "deere-de")


def test_plan_and_check_count_families(company):
    accounts = [account(f"top{i}", tier="one-to-few") for i in range(30)]
    accounts += [account(f"sub{i}", f"top{i % 30}") for i in range(570)]
    write_list(company, accounts, version=200)
    (company / "rules/arms.yaml").write_text(ARMS.format(by=""))
    assert "[ABM022]" not in company.errors("check", status=None)
    plan = company.json("plan", "--draft")
    assert (plan["by_family"], plan["horizons"][0]["groups"][0]["accounts"]) == (False, 600)
    (company / "rules/arms.yaml").write_text(ARMS.format(by=", by: parent"))
    control = sum(bucket("control", "q4", f"top{i}") < 3000 for i in range(30))
    assert f"'control' of 30 % keeps back {control} of 30 families: " in company.errors("check", status=None)
    plan = company.json("plan", "--draft")
    assert (plan["by_family"], plan["horizons"][0]["groups"][0]["accounts"]) == (True, 30)
    assert "a family is one account here" in company.text("plan", "--draft")


def test_check_and_publish_say_what_is_wrong_with_the_list(company):
    company.replace("site.yaml", "keep: 3", "keep: 3\ncapacity: { one-to-one: 2, one-to-few: 5 }")
    circle = [account("p", "q", tier="one-to-few"), account("q", "p", industry="Mining", quiet_days=400)]
    write_list(company, COMPANY + circle)
    found = {finding["code"]: finding for finding in company.json("check", status=None)["findings"]}
    assert "the parents of 2 accounts go round in a circle: 'p' and 'q'; " in found["ABM024"]["message"]
    assert found["ABM025"]["message"].startswith("3 accounts are one-to-one, and 'capacity' says that people can serve 2: ")
    assert found["ABM025"]["file"].endswith("site.yaml")
    assert (found["ABM025"]["line"], found["ABM025"]["column"]) == (9, 25)
    assert "nobody of 1 account has come for a year (untiered 1): 'q'; " in found["ABM026"]["message"]
    assert "not 'Mining' (1 account): " in found["ABM028"]["message"]
    assert "no rule reaches " in found["ABM029"]["message"] and "ABM027" not in found
    shown = company.errors("publish")
    for code in ("ABM024", "ABM025", "ABM026", "ABM028", "ABM029"):
        assert f"[{code}]" in shown

    write_list(company, COMPANY + circle + [account(f"new{i}", tier="one-to-few") for i in range(6)], version=101)
    for command in ("check", "publish"):
        assert ("since generation 1 the number of accounts changes by more than a third: one-to-few 2 → 8; "
                in company.errors(command, status=None))
    assert "[ABM027]" not in company.errors("check", status=None)

    company.replace("rules/home.yaml", "abm: rules/1", "abm: rules/1\nsilence: [ABM024, ABM025, ABM026, ABM028, ABM029]")
    codes = {finding["code"] for finding in company.json("check", status=None)["findings"]}
    assert not codes & {"ABM024", "ABM025", "ABM026", "ABM027", "ABM028", "ABM029"}
    # A rollback keeps the rules of a generation, with what they silence, for whatever lists come.
    company.run("publish")
    company.replace("rules/home.yaml", "silence: [ABM024, ABM025, ABM026, ABM028, ABM029]\n", "")
    assert "[ABM029]" in company.errors("publish")
    company.run("rollback")
    for version in (102, 103):
        write_list(company, COMPANY + circle + [account(f"new{i}", tier="one-to-few") for i in range(6)], version=version)
        shown = company.errors("publish")
        assert not any(f"[{code}]" in shown for code in ("ABM024", "ABM025", "ABM026", "ABM028", "ABM029")), shown
    assert company.json("status")["made"]["silenced"] == "ABM024 ABM025 ABM026 ABM028 ABM029"


def test_by_is_account_or_parent(company):
    (company / "rules/arms.yaml").write_text(ARMS.format(by=", by: parents"))
    assert "'by' \"parents\" is not account or parent, did you mean 'parent'?" in company.errors("check", status=1).replace(
        "'parents'", '"parents"')
