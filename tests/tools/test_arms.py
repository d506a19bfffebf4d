"""abmctl arms: the arm of every account, and what it drew in each rule, as every visit has it."""

import csv
import io
import json
import pathlib
import shutil

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [("/", "en"), ("/product", "en"), ("/pricing", "en"), ("/contact", "de"), ("/customers", "en"), ("/solutions/plants", "en")]
MORE = """\
abm: rules/1
control: { percent: 20, salt: q4 }
rules:
  - id: many
    when: { path: /tests/** }
    holdout: 50
    variants:
      - { id: a, rewrite: { hero-cta: { text: A } } }
      - { id: b, rewrite: { hero-cta: { text: B } } }
  - id: watched
    when: { account: deere }
    signal: { name: came }
"""


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


@pytest.fixture
def example(tmp_path, site):
    """The example site, published."""
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    site = type(site)(tmp_path / "conf")
    # Shares large enough that every arm has accounts.
    site.replace("rules/30-one-to-few.yaml", "holdout: 10", "holdout: 40")
    site.run("publish")
    return site


def test_every_account_of_the_example_site_is_explained_the_same(example):
    arms = rows(example.text("arms", "--csv"))
    listed = [entry["account"] for entry in example.json("arms")["accounts"]]
    assert list(dict.fromkeys(row["account"] for row in arms)) == listed and len(listed) == 67
    drawn = {(row["account"], row["rule"]): (row["holdout"] == "true", row["variant"] or None) for row in arms if row["rule"]}
    arm = {row["account"]: row["arm"] for row in arms}
    matched = set()
    for account in listed:
        for page, language in PAGES:
            visit = example.json("explain", "--account", account, "--url", page, "--language", language)
            if arm[account] == "excluded":
                assert visit["skip"] == "excluded" and (account, "") in {(row["account"], row["rule"]) for row in arms}
                continue
            assert (visit["arm"] == "control") == (arm[account] == "control"), (account, page)
            for rule in visit["rules"]:
                if rule["matched"]:
                    matched.add((account, rule["id"]))
                    assert drawn[account, rule["id"]] == (rule["held_out"], rule["variant"]), (account, page)
    assert matched == set(drawn)  # each rule that may match does so on one of these pages
    assert {"treated", "control", "excluded"} == set(arm.values())
    assert {True, False} == {holdout for holdout, _ in drawn.values()}
    assert {"changeover", "launch"} <= {variant for _, variant in drawn.values()}


def test_csv_json_and_table_say_the_same(site):
    (site / "rules/more.yaml").write_text(MORE)
    accounts = ["deere", "ford", "rival", "smallco"]
    arms = rows(site.text("arms", "--draft", "--csv"))
    assert arms[0].keys() == {"account", "tier", "arm", "rule", "holdout", "variant", "crm_id", "domain"}
    assert [row["account"] for row in arms if row["rule"] in ("many", "")] == accounts
    assert [row for row in arms if row["account"] == "rival"] == [
        {"account": "rival", "tier": "one-to-many", "arm": "excluded", "rule": "", "holdout": "", "variant": "",
         "crm_id": "", "domain": ""}]
    assert {row["rule"]: row["variant"] for row in arms if row["account"] == "deere"}.keys() == {
        "deere-home", "industrial-story", "many", "watched"}
    answer = site.json("arms", "--draft")
    assert answer["generation"] is None and answer["feed_version"] == 100
    assert answer["control"] == {"percent": 20, "salt": "q4", "by": "account"}
    told = [(entry["account"], entry["tier"], entry["arm"], rule["rule"], str(rule["holdout"]).lower(), rule["variant"] or "")
            for entry in answer["accounts"] for rule in entry["rules"] or [{"rule": "", "holdout": "", "variant": None}]]
    assert told == [tuple(row.values())[:6] for row in arms]
    text = site.text("arms", "--draft")
    assert text.startswith("not published, feed version 100; control group: 20 % with salt 'q4'\n")
    table = {line.split()[0]: line.split()[1:5] for line in text.splitlines() if line and line.split()[-1].isdigit()}
    arm = {row["account"]: row["arm"] for row in arms}
    counts = [str(sum(one == name for one in arm.values())) for name in ("treated", "control", "excluded")]
    assert table["all"] == ["4", *counts] and table["one-to-many"][0] == "2"
    many = [row for row in arms if row["rule"] == "many"]
    free = [row for row in many if row["arm"] == "treated"]
    shown = [row for row in free if row["holdout"] == "false"]
    line = next(line for line in text.splitlines() if line.startswith("many"))
    assert line.split(maxsplit=5) == [
        "many", "3", str(len(shown)), str(len(free) - len(shown)), str(len(many) - len(free)),
        f"a {sum(row['variant'] == 'a' for row in shown)}, b {sum(row['variant'] == 'b' for row in shown)}"]
    assert "watched" not in text  # draws nothing


def test_a_published_generation_keeps_the_arms_it_had(site):
    (site / "rules/more.yaml").write_text(MORE)
    site.run("publish")
    before = site.text("arms", "--csv")
    site.replace("rules/more.yaml", "percent: 20, salt: q4", "percent: 100, salt: q5")
    assert {row["arm"] for row in rows(site.text("arms", "--draft", "--csv"))} == {"control", "excluded"}
    site.run("publish")
    assert {row["arm"] for row in rows(site.text("arms", "--csv"))} == {"control", "excluded"}
    assert site.text("arms", "--csv", "--generation", "1") == before
    assert site.json("arms", "--generation", "1")["generation"] == 1


def test_one_account_by_id_name_or_domain(site):
    (site / "rules/more.yaml").write_text(MORE)
    for named in ("deere", "Deere & Company", "www.deere.com"):
        entries = site.json("arms", "--draft", "--account", named)["accounts"]
        assert [entry["account"] for entry in entries] == ["deere"]
    text = site.text("arms", "--draft", "--account", "deere")
    assert "deere (Deere & Company), one-to-one: " in text and "\n  deere-home\n" in text and ", variant " in text
    assert site.text("arms", "--draft", "--account", "rival").endswith(
        "rival (Rival Inc), one-to-many: excluded\n  no rule is for an excluded account\n")
    assert {row["account"] for row in rows(site.text("arms", "--draft", "--account", "ford", "--csv"))} == {"ford"}
    assert "--account 'nobody': " in site.errors("arms", "--draft", "--account", "nobody", status=2)


def test_what_cannot_be_read_has_no_arms(site):
    assert "abmctl publish makes one" in site.errors("arms", status=2)
    site.replace("rules/home.yaml", "abm: rules/1", "abm: rules/9")
    assert site.run("arms", "--draft", "--csv", status=1).stdout == b""
    site.run("arms", "--csv", "--json", status=2)


def test_check_and_publish_warn_of_groups_that_are_too_small_with_the_figures_of_the_table(example):
    example.replace("rules/30-one-to-few.yaml", "    silence: [ABM022]", "    # silence: [ABM022]")
    assert "ABM022" in example.errors("publish", "--force")
    table = {line.split()[0]: line.split()[1:5] for line in example.text("arms").splitlines() if line}
    accounts, shown, holdout, control = map(int, table["automotive-story"])
    assert (f"'holdout' of 40 % of rule 'automotive-story' keeps back {holdout} of {shown + holdout} accounts that it may match "
            "outside of 'control': no effect can be shown with fewer than 20") in example.errors("check")
    assert accounts == shown + holdout + control
    example.replace("rules/10-site.yaml", "silence: [ABM022]", "")
    treated, control = map(int, table["all"][1:3])
    assert (f"'control' of 10 % keeps back {control} of {treated + control} accounts: no effect can be shown with fewer than 20, "
            "about 31 % would do") in example.errors("check")
    assert example.errors("check").count("[ABM022]") == 2
    assert "abmctl plan" in example.text("check", "--explain", "ABM022")


def test_a_long_list_is_written_whole(site):
    head = (site / "accounts.ndjson").read_text().splitlines()[0]
    (site / "accounts.ndjson").write_text("\n".join(
        [head, *(json.dumps({"id": f"a{i}", "name": f"A {i}", "tier": "one-to-many"}) for i in range(20_000))]) + "\n")
    (site / "rules/more.yaml").write_text(MORE)
    arms = [row for row in rows(site.text("arms", "--draft", "--csv")) if row["rule"] == "many"]
    assert [row["account"] for row in arms] == [f"a{i}" for i in range(20_000)]
    shares = [sum(row[key] == value for row in arms) / len(arms)
              for key, value in (("arm", "control"), ("holdout", "true"), ("variant", "a"))]
    assert shares == pytest.approx([0.2, 0.5, 0.5], abs=0.015)


def test_a_line_has_what_a_warehouse_joins_by(site):
    assert {row["crm_id"] for row in rows(site.text("arms", "--draft", "--csv"))} == {""}
    (site / "companies.csv").write_text("Record ID,Company name,Company Domain Name\n101,Deere,deere.com\n102,Deere Inc,deere.com\n103,Maersk,maersk.com\n")
    text = (site / "site.yaml").read_text()
    start = text.index("accounts:")
    end = text.index("\n", start) + 1
    (site / "site.yaml").write_text("tenant: joined\n" + text[:start] + "accounts: { sources: [ { hubspot: companies.csv } ] }\n" + text[end:])
    found = {row["account"]: row for row in rows(site.text("arms", "--draft", "--csv"))}
    assert {name: (row["crm_id"], row["domain"]) for name, row in found.items()} == {
        "deere.com": ("101 102", "deere.com"), "maersk.com": ("103", "maersk.com")}
    assert list(found["deere.com"]) == ["account", "tier", "arm", "rule", "holdout", "variant", "crm_id", "domain"]
