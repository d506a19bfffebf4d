"""abmctl plan: what a list of accounts can show at all."""

import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def listed(site, **tiers):
    """A feed with so many accounts by tier, and one that is excluded."""
    head = (site / "accounts.ndjson").read_text().splitlines()[0]
    accounts = [{"id": f"{tier}-{i}", "name": f"Account {i}", "tier": tier.replace("_", "-")}
                for tier, count in tiers.items() for i in range(count)]
    accounts.append({"id": "rival", "name": "Rival", "tier": "one-to-one", "exclude": True})
    (site / "accounts.ndjson").write_text("\n".join([head, *map(json.dumps, accounts)]) + "\n")


def rises(answer, group="all"):
    """Share of the control group → its smallest rises, at the first horizon."""
    found = next(entry for entry in answer["horizons"][0]["groups"] if entry["group"] == group)
    return {line["share"]: [effect["smallest_rise"] for effect in line["effects"]] for line in found["controls"]}


def test_a_number_of_accounts(empty):
    answer = empty.json("plan", "--accounts", "1000")
    assert (answer["source"], answer["alpha"], answer["power"]) == (None, 0.05, 0.8)
    assert [horizon["days"] for horizon in answer["horizons"]] == [30, 90, 180]
    assert [entry["group"] for entry in answer["horizons"][0]["groups"]] == ["all"]
    table = rises(answer)
    assert list(table) == [0.05, 0.1, 0.2, 0.3, 0.5]
    assert table[0.1][2] == pytest.approx(0.1325, abs=0.003)  # Fleiss, Levin and Paik for 900 and 100 at 20 %
    assert table[0.05][:2] == [None, None]
    for column in (2, 3):
        values = [line[column] for line in table.values()]
        assert values == sorted(values, reverse=True)
    assert rises(empty.json("plan", "--accounts", "1000", "--power", "95"))[0.1][2] > table[0.1][2]
    assert rises(empty.json("plan", "--accounts", "1000", "--alpha", "1%"))[0.1][2] > table[0.1][2]
    text = empty.text("plan", "--accounts", "1000")
    assert "    10 %      100      900      +9.0     +11.0     +13.3     +14.7\n" in text
    assert "- not enough accounts: fewer than 5 of a group would be expected to reach the goal, or to miss it" in text
    guide = (ROOT / "measure/README.md").read_text()
    shown = [line for line in guide.splitlines() if line.startswith(("     5 %   ", "    10 %   ", "    30 %   "))]
    assert len(shown) == 3 and set(shown) <= set(text.splitlines())


def test_too_few_accounts_are_called_that(empty):
    text = empty.text("plan", "--accounts", "60", "--control", "10", "--control", "90", "--control", "50")
    assert ("    10 %  not enough accounts: 10 % of 60 are 6, 20 are needed: about 34 % would do\n" in text)
    assert ("    90 %  not enough accounts: 90 % of 60 leave 6, 20 are needed: about 66 % would do\n" in text)
    assert "    50 %       30       30" in text
    assert max(map(len, text.splitlines())) <= 100
    assert empty.text("plan", "--accounts", "39").count("not enough accounts: two groups of 20 need 40") == 3
    lines = empty.json("plan", "--accounts", "39")["horizons"][0]["groups"][0]["controls"]
    assert all(line["not_enough_accounts"] == "two groups of 20 need 40" and line["effects"] == [] for line in lines)
    assert "+" in empty.text("plan", "--accounts", "40", "--rate", "40", "--control", "50").splitlines()[7]


def test_days_change_the_rate(empty):
    month = empty.json("plan", "--accounts", "500", "--rate", "5", "--control", "30")
    year = empty.json("plan", "--accounts", "500", "--rate", "5", "--control", "30", "--days", "90")
    effect = year["horizons"][0]["groups"][0]["controls"][0]["effects"][0]
    assert effect["rate"] == 0.05 and effect["base"] == pytest.approx(1 - 0.95**3)
    assert effect["smallest_rise"] > rises(month)[0.3][0]
    text = empty.text("plan", "--accounts", "500", "--rate", "5", "--control", "30", "--days", "90")
    assert "in 90 days" in text and "14.26 %" in text
    assert "5 % in 30 days, if all accounts are alike; as they differ, fewer in 90\n" in text
    assert "alike" not in empty.text("plan", "--accounts", "500", "--days", "30")


def test_the_site_s_list_by_tier_with_the_control_group_as_it_is_drawn(site):
    listed(site, one_to_one=8, one_to_many=300)
    site.replace("rules/home.yaml", "rules:\n", "control: { percent: 12.34, salt: q4 }\nrules:\n")
    arms = site.json("arms", "--draft")["accounts"]
    answer = site.json("plan", "--draft")
    assert answer["source"] == "not published, feed version 100"
    assert {entry["group"]: entry["accounts"] for entry in answer["horizons"][0]["groups"]} == {"all": 308, "one-to-one": 8, "one-to-many": 300}
    for group in answer["horizons"][0]["groups"]:
        own = [line for line in group["controls"] if line["drawn"]]
        inside = [entry for entry in arms if entry["arm"] == "control" and group["group"] in ("all", entry["tier"])]
        assert [(line["share"], line["control"]) for line in own] == [(0.1234, len(inside))]
        assert own[0]["treated"] == group["accounts"] - len(inside)
    assert len(site.json("plan", "--draft", "--control", "12.34")["horizons"][0]["groups"][0]["controls"]) == 1
    text = site.text("plan", "--draft")
    assert "\none-to-one, 8 accounts\n  not enough accounts: two groups of 20 need 40\n" in text
    assert " 12.34 %* " in text and "* the control group of the site's rules, as it is drawn\n" in text
    site.replace("rules/home.yaml", "percent: 12.34", "percent: 2")
    assert "     2 %* not enough accounts: 2 % of 308 are " in site.text("plan", "--draft")
    assert " as drawn, 20 are needed: about 7 % would do\n" in site.text("plan", "--draft")
    site.replace("rules/home.yaml", "percent: 2", "percent: 12.34")
    assert "abmctl publish makes one" in site.errors("plan", status=2)
    site.run("publish", "--allow-shrink")
    assert site.json("plan")["source"] == "generation 1, feed version 100"


def test_a_list_of_excluded_accounts_only_plans_nothing(site):
    listed(site)
    assert "there is no account to plan with" in site.errors("plan", "--draft", status=2)


@pytest.mark.parametrize("arguments, message", [
    (["--rate", "0"], "--rate '0' is not a percentage from 0.5 to 99.5, such as 5"),
    (["--rate", "0.05"], "--rate '0.05' is not a percentage from 0.5 to 99.5"),
    (["--control", "100"], "--control '100' is not a percentage"),
    (["--control", "ten"], "--control 'ten' is not a percentage"),
    (["--alpha", "0.05"], "--alpha '0.05' is not a percentage from 0.1 to 50, such as 5"),
    (["--power", "0.8"], "--power '0.8' is not a percentage from 50 to 99.9, such as 80"),
    (["--rate", "nan"], "--rate 'nan' is not a percentage"),
    (["--site", "."], "--accounts takes the place of the site's list: leave out --site and --data"),
    (["--days", "0"], "--days '0' is not a number of days from 1 to 1095"),
    (["--days", "soon"], "--days 'soon' is not a number of days"),
    (["--days", "1096"], "--days '1096' is not"),
    (["-o", "-", "--json"], "-o - and --json both want standard output"),
    (["--draft"], "--draft"),
    ([argument for _ in range(13) for argument in ("--rate", "5")], "--rate takes at most 12 values"),
])
def test_what_makes_no_sense_is_refused(site, arguments, message):
    assert message in site.errors("plan", "--accounts", "100", *arguments, status=2)


def test_horizons_stand_one_below_the_other(empty):
    answer = empty.json("plan", "--accounts", "900", "--rate", "5", "--control", "20", "--days", "180", "--days", "30", "--days", "30")
    assert [horizon["days"] for horizon in answer["horizons"]] == [30, 180]
    alone = empty.json("plan", "--accounts", "900", "--rate", "5", "--control", "20", "--days", "180")
    assert answer["horizons"][1] == alone["horizons"][0]
    text = empty.text("plan", "--accounts", "900", "--rate", "5", "--control", "20", "--days", "180", "--days", "30")
    assert text.index("in 30 days\n") < text.index("in 180 days\n")
    assert max(map(len, text.splitlines())) <= 100


def test_the_sentence_says_what_must_happen_to_be_noticed(empty):
    says = empty.json("plan", "--accounts", "1000", "--rate", "20", "--control", "10", "--days", "30")["says"]
    assert says == ("If 20 of 100 accounts reach the goal anyway in 30 days, and 100 of 1000 are kept back, "
                    "personalization must bring 33.3 of 100 there to be noticed 80 times in 100. "
                    "A smaller effect would most likely look like none.")
    few = empty.json("plan", "--accounts", "100", "--rate", "5", "--rate", "30", "--control", "30", "--days", "30")["says"]
    assert few.startswith("If 30 of 100 accounts ") and few.endswith(" If only 5 of 100 do, so many accounts can show nothing.")
    assert "can show nothing" in empty.json("plan", "--accounts", "39")["says"]


def test_a_control_group_that_can_show_nothing_is_said_to_be_one(site):
    listed(site, one_to_one=66)
    site.replace("rules/home.yaml", "rules:\n", "control: { percent: 5, salt: q4 }\nrules:\n")
    own = site.json("plan", "--draft")["horizons"][0]["groups"][0]["controls"][0]
    assert own["drawn"] and own["control"] < 20
    says = site.json("plan", "--draft")["says"]
    assert says.startswith(f"It is not possible with yours, a control group of 5 % ({own['control']} account"), says
    site.replace("rules/home.yaml", "percent: 5", "percent: 40")
    says = site.json("plan", "--draft")["says"]
    assert "not possible" not in says and "are kept back as your rules have it" in says


def test_opportunities_are_planned_over_their_window(site):
    listed(site, one_to_many=900)
    with (site / "site.yaml").open("a") as file:
        file.write("outcomes: { window: 270d }\n")
    answer = site.json("plan", "--draft", "--rate", "8", "--rate-days", "270", "--control", "30")
    assert [horizon["days"] for horizon in answer["horizons"]] == [30, 90, 180, 270] and answer["rate_days"] == 270
    effect = answer["horizons"][3]["groups"][0]["controls"][0]["effects"][0]
    assert effect["base"] == pytest.approx(0.08) and answer["says"].startswith("If 8 of 100 accounts reach the goal anyway in 270 days")
    with (site / "site.yaml").open("a") as file:
        file.write("primary: { outcome: opportunity, since: 2026-11-01 }\n")
    assert site.json("plan", "--draft")["rate_days"] == 270, "the question is one of opportunities"
    assert site.json("plan", "--draft", "--rate-days", "30")["rate_days"] == 30
    alone = site.json("plan", "--accounts", "900", "--rate", "8", "--rate-days", "270", "--control", "30", "--days", "270")
    assert alone["horizons"][0]["groups"][0]["controls"] == answer["horizons"][3]["groups"][0]["controls"]
    assert "--rate-days '0' is not a number of days from 1 to 1095" in site.errors("plan", "--rate-days", "0", status=2)


def test_a_page_has_the_table_and_the_curves(site):
    listed(site, one_to_one=60, one_to_many=900)
    site.replace("rules/home.yaml", "rules:\n", "control: { percent: 15, salt: q4 }\nrules:\n")
    told = site.text("plan", "--draft", "-o", "plan.html")
    page = (site / "plan.html").read_text()
    assert told == f"plan.html: {site.json('plan', '--draft')['says']}\n"
    assert page.startswith("<!DOCTYPE html>") and page.rstrip().endswith("</html>") and "default-src 'none'" in page
    assert not re.search(r'(?:src|href|action)="(?!#|data:,)', page), "the page loads something"
    assert page.count('<svg class="chart"') == 2 and page.count("<table") == 3
    assert page.count(">yours, 15 %</text>") == 2, "both charts show where the own control group is"
    assert page.count("one-to-one (60): not with a control group of 5 %, 10 %, 15 % *, 20 %, 30 %, but with one of 34 to 66 %") == 1
    assert "not enough accounts:" not in page and ">-<" not in page
    for name in ("30 days", "90 days", "180 days", "one-to-many", "15 % *"):
        assert f">{name}<" in page, name
    assert "nan" not in page and site.text("plan", "--draft", "-o", "-") == page
    few = site.text("plan", "--accounts", "30", "-o", "-")
    assert "can show nothing" in few and "Not enough accounts for any of these." in few
