"""abmctl report --opportunities, as a person runs it: exports of CRMs, both questions, and every figure computed again."""

import csv
import html
import json
import pathlib
import random
import re
import shutil
import subprocess

import pytest
import statistics_witness as witness
from abmctl_program import PROGRAM
from site_folder import Site

HERE = pathlib.Path(__file__).resolve().parent
TOOLS = pathlib.Path(PROGRAM).parents[1] / "tests/measure"


def visit(number, account, ts, arm="treated", **changes):
    line = {"v": 1, "ts": ts, "request_id": f"{number:032x}", "host": "www.acme.example", "method": "GET", "path": "/",
            "status": 200, "referrer_host": None, "account": account, "tier": "one-to-one", "segments": [], "stage": None,
            "owner": None, "source": "feed", "confidence": "high", "network": "198.51.100.0/24", "ip": "198.51.100.0",
            "visitor": f"{number % 3:032x}", "arm": arm, "generation": 1, "page": "original", "rules": [], "signals": [],
            "skip": "no-rule", "bot": False, "bytes": 100, "rewrite_us": 5}
    line.update(changes)
    return json.dumps(line, separators=(",", ":")) + "\n"


@pytest.fixture
def log(site):
    path = site / "visits.jsonl"
    path.write_text(visit(1, "deere", "2024-11-03T10:00:00.000Z") + visit(2, "ford", "2024-11-04T10:00:00.000Z", "control"))
    return path


HUBSPOT = """Record ID,Deal Name,Deal Stage,Amount,Currency,Create Date,Close Date,Is Closed Won,Company Domain Name
101,Plan,Closed Won,1000,EUR,2024-11-05 09:00,2024-12-01 09:00,true,www.deere.com
102,Old,Closed Won,9999,EUR,2024-10-01 09:00,2024-11-10 09:00,true,deere.com
103,Else,Proposal,500,EUR,2024-11-06 09:00,,false,stranger.example
"""
SALESFORCE = """Opportunity ID,Account Name,Account Website,Opportunity Name,Stage,Amount,Amount Currency,Created Date,Close Date,Closed,Won
0065e00000AAAAA,Deere & Company,https://www.deere.com/x,Plan,Closed Won,"1,000.00",EUR,2024-11-05,2024-12-01,1,1
0065e00000AAAAB,Deere & Company,deere.com,Old,Closed Won,"9,999.00",EUR,2024-10-01,2024-11-10,1,1
0065e00000AAAAC,Stranger,stranger.example,Else,Proposal,500.00,EUR,2024-11-06,,0,0

Grand Totals (3 records)
"""
DEMANDBASE = """External Opportunity ID,Opportunity Name,Opportunity Stage,Revenue,Account Name,Account Domain,Created Date,Close Date
d1,Plan,Closed Won,EUR 1000,Deere,deere.com,2024-11-05,2024-12-01
d2,Old,Closed Won,EUR 9999,Deere,deere.com,2024-10-01,2024-11-10
d3,Else,Proposal,EUR 500,Stranger,stranger.example,2024-11-06,
"""


@pytest.mark.parametrize("kind, text", [("hubspot", HUBSPOT), ("salesforce", SALESFORCE), ("demandbase", DEMANDBASE)])
def test_exports_of_crms_say_the_same(site, log, kind, text):
    (site / "deals.csv").write_text(text)
    source = f"{kind}:deals.csv" if kind != "hubspot" else "csv:deals.csv"
    answer = site.json("report", log, "--opportunities", source, "--accounts", "accounts.ndjson")["outcomes"]
    assert answer["currency"] == "EUR" and answer["opportunities"] == 3
    came, listed = answer["questions"]
    treated, control = came["arms"]["treated"], came["arms"]["control"]
    assert (treated["accounts"], treated["opportunities"], treated["amount"], treated["won_amount"]) == (1, 1, 1000, 1000)
    assert (treated["before"]["opportunities"], treated["before"]["amount"]) == (1, 9999)
    assert (control["accounts"], control["opportunities"]) == (1, 0)
    assert [(c["opportunities"], c["amount"]) for c in answer["unmatched"]] == [(1, 500)]
    assert "are not known, since a feed does not tell them" in listed["not_answered"]


def test_what_is_assumed_and_missing_is_said(site, log):
    (site / "deals.csv").write_text(DEMANDBASE)
    told = site.errors("report", log, "--opportunities", "deals.csv", "--accounts", "accounts.ndjson", "-o", "out.html")
    assert "was not declared: 180 days" in told
    assert "1 of 3 opportunities (EUR 500) belongs to no account on the list" in told and "Stranger (" in told
    assert "Pipeline of listed accounts is not compared" in told
    page = (site / "out.html").read_text()
    assert "Did it create pipeline?" in page and "Not enough data" in page and "How the exports were read" in page
    told = site.errors("report", log, "--opportunities", "deals.csv", "--accounts", "accounts.ndjson", "--window", "90", "-o", "out.html")
    assert "was not declared" not in told


def test_an_id_is_shown_as_the_export_has_it(site, log):
    (site / "deals.csv").write_text("Opportunity ID,Account ID,Account Name,Stage,Amount,Amount Currency,Created Date\n"
                                    "0065e00000AAAAA,0015e00000StRaN,Stranger,Proposal,500,EUR,2024-11-06\n")
    told = site.json("report", log, "--opportunities", "salesforce:deals.csv", "--accounts", "accounts.ndjson")["outcomes"]["unmatched"]
    assert [company["told_by"] for company in told] == ["CRM id 0015e00000StRaN"]


def test_without_opportunities_nothing_changes(site, log):
    answer = site.json("report", log, "--accounts", "accounts.ndjson", "--csv", "tables")
    assert "outcomes" not in answer and "outcome_accounts" not in answer["tables"]
    assert not list((site / "tables").glob("outcome*"))
    assert "pipeline" not in site.text("report", log, "--accounts", "accounts.ndjson").lower()


@pytest.mark.parametrize("arguments, message", [
    (["--window", "90"], "--window is for opportunities, and none are named"),
    (["--opportunities", "none.csv"], "none.csv"),
    (["--opportunities", "deals.csv", "--window", "0"], "--window 0 is not 1 to 1095 days"),
])
def test_what_cannot_be_is_an_error(site, log, arguments, message):
    (site / "deals.csv").write_text(DEMANDBASE)
    assert message in site.errors("report", log, *arguments, "--accounts", "accounts.ndjson", "--json", status=2)


def test_the_site_says_where_opportunities_are(site, log):
    (site / "deals.csv").write_text(HUBSPOT)
    with (site / "site.yaml").open("a") as file:
        file.write("outcomes: { opportunities: [ { csv: deals.csv } ], window: 20d, since: 2024-11-02 }\n"
                   "primary: { outcome: amount, since: 2024-11-01 }\n")
    site.run("publish")
    answer = site.json("report", log)["outcomes"]
    assert answer["window_days"] == 20 and answer["window_declared"] and answer["primary"] == "amount"
    came, listed = answer["questions"]
    assert listed["not_answered"] is None and answer["since"] == "2024-11-02T00:00:00Z"
    assert listed["arms"]["treated"]["accounts"] == 3, "rival is excluded"
    assert came["arms"]["treated"]["opportunities"] == 1


def test_another_window_than_the_declared_one_is_told(site, log):
    (site / "deals.csv").write_text(HUBSPOT)
    with (site / "site.yaml").open("a") as file:
        file.write("outcomes: { opportunities: [ { csv: deals.csv } ], window: 20d }\n")
    site.run("publish")
    assert "--window" not in site.errors("report", log, "--window", "20", "-o", "out.html")
    assert "--window 60 takes the place of the 20 days that site.yaml declares" in site.errors("report", log, "--window", "60", "-o", "out.html")


# A customer often leaves a list of accounts to win: it must not turn into an account without an opportunity.
def test_who_left_the_list_since_still_counts(site, log):
    (site / "deals.csv").write_text(HUBSPOT)
    site.run("publish")
    before = site.json("report", log, "--opportunities", "csv:deals.csv")["outcomes"]["questions"][0]["arms"]["treated"]
    lines = (site / "accounts.ndjson").read_text().splitlines()
    head = json.loads(lines[0])
    head["version"] += 1
    (site / "accounts.ndjson").write_text("\n".join([json.dumps(head)] + [one for one in lines[1:] if json.loads(one)["id"] != "deere"]) + "\n")
    site.run("publish")
    answer = site.json("report", log, "--opportunities", "csv:deals.csv")["outcomes"]
    after = answer["questions"][0]["arms"]["treated"]
    assert (before["accounts"], before["won_amount"]) == (after["accounts"], after["won_amount"]) == (1, 1000)
    assert "1 account that came is no longer on the list: what became of it still counts" in \
        site.errors("report", log, "--opportunities", "csv:deals.csv", "-o", "out.html")


def test_both_tables_are_there_for_queries_of_ones_own(site, log):
    (site / "sql").mkdir()
    (site / "sql/won.sql").write_text("-- Won by account\nSELECT o.account, sum(o.amount) AS amount FROM opportunity o "
                                      "JOIN outcome_account a ON a.account = o.account AND a.question = 'came' "
                                      "WHERE o.state = 'won' AND o.created_ms >= a.since_ms GROUP BY 1;\n")
    (site / "deals.csv").write_text(DEMANDBASE)
    tables = site.json("report", log, "--opportunities", "deals.csv", "--accounts", "accounts.ndjson", "--sql", "sql")["tables"]
    assert tables["won"] == [{"account": "deere", "amount": 1000.0}]
    tables = site.json("report", log, "--accounts", "accounts.ndjson", "--sql", "sql")["tables"]
    assert tables["won"] == []


# ---- a made-up world, with everything computed again ----


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A published site whose control group is that of the generated visits, with deals of known truth."""
    site = Site(tmp_path_factory.mktemp("world"))
    lines = subprocess.run([TOOLS / "abm_make_visits", "1", "800", "6000"], capture_output=True, check=True).stdout
    lines = lines.replace(b'"ts":"2026-', b'"ts":"2024-')  # opportunities of the future are left out
    (site / "visits.jsonl").write_bytes(lines)
    deals = subprocess.run([TOOLS / "abm_make_deals", "3", "0.2", "0.15"], input=lines, capture_output=True, check=True).stdout
    (site / "deals.csv").write_bytes(deals)
    accounts = [f'{{"id":"account-{i:04}","name":"Account {i}","tier":"{"one-to-few" if i % 5 == 0 else "one-to-many"}",'
                f'"segments":["makers"],"networks":["10.{i // 256}.{i % 256}.0/24"]}}' for i in range(960)]
    (site / "accounts.ndjson").write_text("\n".join([(HERE / "site/accounts.ndjson").read_text().splitlines()[0], *accounts]) + "\n")
    (site / "rules").mkdir()
    (site / "rules/home.yaml").write_text(
        "abm: rules/1\ncontrol: { percent: 10, salt: world-1 }\nrules:\n  - id: makers-home\n    when: { path: / }\n"
        "    rewrite:\n      hero-cta: { text: \"Hello\" }\n")
    (site / "site.yaml").write_text(
        "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules/*.yaml]\nallow_special: true\n"
        "outcomes: { opportunities: [ { csv: deals.csv } ], window: 90d, since: 2024-11-01, winsorise: 50000, adjust: pipeline-before }\n"
        "primary: { outcome: opportunity, since: 2024-10-15 }\n")
    site.run("publish")
    site.answer = site.json("report", "visits.jsonl", "--goal", "/demo", "--csv", "tables", "-o", "page.html")
    return site


def rows(world, name):
    with (world / f"tables/{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def question(world, name):
    return next(q for q in world.answer["outcomes"]["questions"] if q["question"] == name)


def comparison(world, name, outcome):
    return next(c for c in question(world, name)["comparisons"] if c["outcome"] == outcome)


def arms(world, name):
    """The accounts of one question as numbers, treated and control."""
    accounts = [{key: (float(value) if re.fullmatch(r"-?[0-9.e+]+", value) else value) for key, value in row.items()}
                for row in rows(world, "outcome_accounts") if row["question"] == name]
    return [row for row in accounts if row["arm"] == "treated"], [row for row in accounts if row["arm"] == "control"]


@pytest.mark.parametrize("name", ["came", "listed"])
def test_accounts_of_the_table_are_those_of_all_figures(world, name):
    treated, control = arms(world, name)
    for arm, of_arm in (("treated", treated), ("control", control)):
        told = question(world, name)["arms"][arm]
        assert told["accounts"] == len(of_arm)
        for key in ("opportunities", "amount", "won", "won_amount", "lost"):
            assert told[key] == pytest.approx(sum(row[key] for row in of_arm)), key
        assert told["before"]["opportunities"] == sum(row["opportunities_before"] for row in of_arm)


def test_deals_are_counted_as_this_test_counts_them(world):
    """From the export and the log alone."""
    since = {}
    for line in (world / "visits.jsonl").read_text().splitlines():
        seen = json.loads(line)
        if not seen["bot"]:
            since[seen["account"]] = min(since.get(seen["account"], "9"), seen["ts"])
    with (world / "deals.csv").open(newline="") as file:
        deals = list(csv.DictReader(file))

    def moment(text):
        import datetime
        return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))

    counted = {}
    for deal in deals:
        account = deal["ABM account id"]
        if account not in since or deal["Type"] == "Renewal":
            continue
        days = (moment(deal["Created"]) - moment(since[account])).total_seconds() / 86400
        if 0 <= days < 90:
            counted[account] = counted.get(account, 0) + float(deal["Amount"])
    treated, control = arms(world, "came")
    assert {row["account"]: row["amount"] for row in treated + control if row["opportunities"]} == pytest.approx(counted)
    assert len(counted) > 100
    assert len(treated) + len(control) == len(since)


@pytest.mark.parametrize("name", ["came", "listed"])
def test_shares_are_those_of_a_second_computation(world, name):
    treated, control = arms(world, name)
    for outcome, key in (("opportunity", "opportunities"), ("won", "won")):
        told = comparison(world, name, outcome)
        x1, x0 = (sum(row[key] > 0 for row in arm) for arm in (treated, control))
        assert (told["treated"]["with"], told["control"]["with"]) == (x1, x0)
        if told["difference"] is None:
            assert told["not_enough_data"]
            continue
        assert told["difference"]["p"] == pytest.approx(witness.share_p(x1, len(treated), x0, len(control)), abs=1e-9)
        assert told["difference"]["interval"] == pytest.approx(witness.share_interval(x1, len(treated), x0, len(control)), abs=1e-5)


@pytest.mark.parametrize("name", ["came", "listed"])
def test_money_is_that_of_a_second_computation(world, name):
    treated, control = ([row["amount"] for row in arm] for arm in arms(world, name))
    told = comparison(world, name, "amount")
    estimate = sum(treated) / len(treated) - sum(control) / len(control)
    assert told["difference"]["estimate"] == pytest.approx(estimate)
    expected = witness.permutation_p(treated, control, 2000)
    assert told["difference"]["p"] == pytest.approx(expected, abs=0.05)
    if interval := told["difference"]["interval"]:
        assert interval[0] < estimate < interval[1]
    cut = [[min(value, 50000) for value in arm] for arm in (treated, control)]
    assert told["winsorised"]["difference"]["estimate"] == pytest.approx(sum(cut[0]) / len(treated) - sum(cut[1]) / len(control))


@pytest.mark.parametrize("name", ["came", "listed"])
def test_times_are_those_of_a_second_computation(world, name):
    def durations(arm):
        return [(row["days_to_opportunity"], True) if row["days_to_opportunity"] != "" else (min(row["known_days"], 90.0), False)
                for row in arm]

    treated, control = map(durations, arms(world, name))
    told = next(t for t in question(world, name)["times"] if t["outcome"] == "days_to_opportunity")
    assert told["log_rank"]["p"] == pytest.approx(witness.log_rank_p(treated, control), rel=1e-6)
    expected = witness.kaplan_meier(treated)
    curve = told["treated"]["curve"]
    assert len(curve) == len(expected)
    for point, (days, share) in zip(curve, expected):
        assert (point["days"], point["not_yet"]) == (pytest.approx(days), pytest.approx(share))


def test_adjusted_p_are_one_family_without_the_primary_outcome(world):
    p, adjusted = [], []
    assert [c["primary"] for c in question(world, "came")["comparisons"]] == [True, False, False, False]
    assert comparison(world, "came", "opportunity")["difference"]["p_adjusted"] is None
    for name in ("came", "listed"):
        for told in question(world, name)["comparisons"]:
            if told["difference"] and not told["primary"]:
                p.append(told["difference"]["p"])
                adjusted.append(told["difference"]["p_adjusted"])
            beside = told.get("winsorised")
            if beside and beside["difference"]:
                p.append(beside["difference"]["p"])
                adjusted.append(beside["difference"]["p_adjusted"])
        for told in question(world, name)["times"]:
            if told["log_rank"]:
                p.append(told["log_rank"]["p"])
                adjusted.append(told["p_adjusted"])
    for goal in world.answer["goals"]:
        if goal["difference"] and goal["difference"]["p_adjusted"] is not None:
            p.append(goal["difference"]["p"])
            adjusted.append(goal["difference"]["p_adjusted"])
    assert len(p) >= 6 and adjusted == pytest.approx(witness.benjamini_hochberg(p))


def test_csv_json_and_page_say_the_same(world):
    table = {(row["question"], row["outcome"], row["group"]): row for row in rows(world, "outcomes")}
    page = (world / "page.html").read_text()
    assert page.count("Difference in the share of accounts with an opportunity, by tier and segment") == 2, "one for each question"
    for name in ("came", "listed"):
        for told in question(world, name)["comparisons"]:
            row = table[name, told["outcome"], "all"]
            beside = (told.get("winsorised") or {}).get("difference")
            assert (row["winsorised_p"], row["winsorised_p_adjusted"]) == \
                (tuple(repr(beside[key]) for key in ("p", "p_adjusted")) if beside else ("", ""))
            assert int(row["treated"]) == told["treated"]["accounts"]
            assert int(row["control_with"]) == told["control"]["with"]
            if told["difference"] is None:
                assert row["p"] == "" and row["lacks"] == told["not_enough_data"]
                continue
            for column, value in (("difference", told["difference"]["estimate"]), ("p", told["difference"]["p"]),
                                  ("p_adjusted", told["difference"]["p_adjusted"])):
                assert (row[column] == "") == (value is None) and (value is None or float(row[column]) == value)
            if "share" in told["treated"]:
                share = told["treated"]
                assert f"{share['share'] * 100:.1f}% ({share['with']} of {share['accounts']})" in page
        tiers = [row for key, row in table.items() if key[0] == name and key[1] == "opportunity" and key[2].startswith("tier ")]
        assert sum(int(row["treated"]) for row in tiers) == question(world, name)["arms"]["treated"]["accounts"]
        assert all(row["p"] == "" for row in tiers), "nobody planned to compare tiers"
        answer = question(world, name)["answer"].split(": ", 1)[1]
        assert html.escape(answer).replace("&#x27;", "&#39;") in page
    assert len(world.answer["tables"]["outcome_accounts"]) == len(rows(world, "outcome_accounts"))


def test_the_planted_effect_is_found_and_the_sentence_may_be_quoted(world):
    answer = question(world, "came")["answer"]
    assert re.match(r"More (accounts had an opportunity|opportunities and more pipeline) with personalization: Of 7\d\d accounts "
                    r"with personalization, \d+ \(\d+\.\d%\) had an opportunity within 90 days of their first visit; "
                    r"of \d+ without, \d+ \(\d+\.\d%\): a difference of \+\d+\.\d percentage points \(95% interval ", answer), answer
    low, high = comparison(world, "came", "opportunity")["difference"]["interval"]
    assert low < 0.15 < high


def test_order_changes_nothing(world, tmp_path):
    lines = (world / "visits.jsonl").read_text().splitlines(keepends=True)
    header, *deals = (world / "deals.csv").read_text().splitlines(keepends=True)
    source = random.Random(4)
    source.shuffle(lines)
    source.shuffle(deals)
    (tmp_path / "shuffled.jsonl").write_text("".join(lines))
    shutil.copy(world / "deals.csv", tmp_path / "kept.csv")
    try:
        (world / "deals.csv").write_text("".join([header, *deals]))
        again = world.json("report", tmp_path / "shuffled.jsonl", "--goal", "/demo")
    finally:
        shutil.copy(tmp_path / "kept.csv", world / "deals.csv")
    assert again["outcomes"] == world.answer["outcomes"]


def test_an_export_that_is_not_there_yet_takes_nothing_else_along(site, log):
    site.run("publish")
    with (site / "site.yaml").open("a") as file:
        file.write("outcomes:\n  opportunities:\n    - csv: exports/deals.csv\n")
    report = site.json("report", log)
    assert "outcomes" not in report or report["outcomes"] is None
    told = [remark for remark in report["remarks"] if "exports/deals.csv" in remark]
    assert len(told) == 1 and "no such file" in told[0] and "site.yaml" in told[0] and "names it" in told[0]
    assert "exports/deals.csv" in site.text("report", log, "-o", "-")
    checked = site.run("check")
    assert b"exports/deals.csv: no such file or directory: the report has no opportunities until then" in checked.stderr + checked.stdout
    found = site.json("doctor", status=None)["findings"]
    assert [finding["state"] for finding in found if finding["check"] == "outcomes"] == ["note"]
    assert "none.csv" in site.errors("report", log, "--opportunities", "none.csv", "--json", status=2)
