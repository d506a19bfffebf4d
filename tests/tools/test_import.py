"""abmctl import and `accounts: sources:`: exports as they come, files that are broken, and what is told of both."""

import json
import os
import pathlib
import random
import signal
import time

import pytest

HERE = pathlib.Path(__file__).resolve().parent


def write(site, name, text, encoding="utf-8"):
    (site / name).write_bytes(text if isinstance(text, bytes) else text.encode(encoding))


def feed(site, *arguments, **options):
    """The accounts by id, without the header."""
    lines = site.text("import", *arguments, **options).splitlines()
    header = json.loads(lines[0])
    assert header["abm"] == "accounts/1"
    return {account["id"]: account for account in map(json.loads, lines[1:])}


def report(site, *arguments, status=0):
    site.run("import", *arguments, "--report", "report.json", status=status)
    return json.loads((site / "report.json").read_text())


# --- whatever an export looks like -------------------------------------------------------------------------------------

HUBSPOT = [["Record ID", "Company name", "Company Domain Name", "Number of Employees", "Annual Revenue", "Country/Region", "Industry"],
           ["101", "Deere & Company", "https://www.deere.com/?utm_source=x", "83,000", "$51,700,000,000", "United States", "MACHINERY"],
           ["102", "Müller \"Süd\" GmbH", "müller.example", "50-100", "", "Deutschland", "FOOD"]]
WANTED = {
    "deere.com": {"id": "deere.com", "name": "Deere & Company", "domains": ["deere.com"], "industry": "MACHINERY",
                  "employees": 83000, "revenue_usd": 51700000000, "country": "United States"},
    "xn--mller-kva.example": {"id": "xn--mller-kva.example", "name": "Müller \"Süd\" GmbH", "domains": ["müller.example"],
                              "industry": "FOOD", "employees": 50, "country": "Deutschland"},
}


def table(rows, delimiter=",", end="\r\n"):
    def cell(text):
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in delimiter + '"\r\n') else text

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_export_means_the_same_in_any_encoding_and_form(empty, encoding, delimiter, end):
    write(empty, "a.csv", table(HUBSPOT, delimiter, end), encoding)
    assert feed(empty, "a.csv") == WANTED


def test_standard_input_is_a_file_too(empty):
    assert feed(empty, "-", stdin=table(HUBSPOT).encode()) == WANTED
    assert feed(empty, "hubspot:-", stdin=table(HUBSPOT).encode()) == WANTED


def test_a_salesforce_report_s_footer_and_title_are_no_rows(empty):
    write(empty, "a.csv", 'Accounts of the quarter\n\n"Account ID","Account Name","Website"\n"001A000000aaaaa","X","x.com"\n'
          '\n"Grand Totals (1 records)"\n"Confidential Information - Do Not Distribute"\n'
          '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n')
    assert list(feed(empty, "a.csv")) == ["x.com"]
    told = report(empty, "a.csv")
    assert [note["what"] for note in told["notes"] if note["kind"] == "read"] == [
        "lines above the header are left out", *3 * ["the footer of a report is left out"]]


def test_the_report_has_every_note_with_its_place(empty):
    write(empty, "a.csv", table(HUBSPOT))
    write(empty, "b.csv", "Company;Domain;Employees\nDeere;deere.com;84000\nNobody;gmail.com;\n;;12\n")
    told = report(empty, "a.csv", "b.csv")
    places = {(note["kind"], note["file"], note["line"], note["column"], note["field"]) for note in told["notes"]}
    assert ("read", "a.csv", 3, 42, "employees") in places
    assert ("conflict", "b.csv", 2, 17, "employees") in places
    assert ("drop", "b.csv", 3, 8, "domains") in places
    assert ("drop", "b.csv", 4, 1, None) in places
    assert told["counts"] == {kind: sum(note["kind"] == kind for note in told["notes"]) for kind in told["counts"]}
    first = told["sources"][0]
    assert first["kind"] == "hubspot" and first["kind_found_by_header"] and first["rows"] == 2
    assert {column["field"] for column in first["columns_taken"]} >= {"crm_id", "name", "domains", "employees"}
    assert told["accounts"] == 3


def test_columns_are_named_on_the_command_line(empty):
    write(empty, "a.csv", "Wer,Wo,Wie viele\nX,x.com,5\n")
    assert feed(empty, "a.csv", "--map", "name=Wer", "--map", "domains=wo", "--map", "employees=Wie viele") == {
        "x.com": {"id": "x.com", "name": "X", "domains": ["x.com"], "employees": 5}}
    assert "is no field of an account, did you mean 'name'?" in empty.errors("import", "a.csv", "--map", "nam=Wer", status=2)


def test_the_same_files_give_the_same_bytes_in_whatever_order_their_rows_are(empty):
    rows = [[f"{i % 40}", f"Company {i % 40}", f"https://www.c{i % 37}.com/", str(i % 7 * 10), "", ["DE", "FR"][i % 2], "X"]
            for i in range(400)]
    write(empty, "a.csv", table([HUBSPOT[0], *rows]))
    os.utime(empty / "a.csv", (1_700_000_000, 1_700_000_000))
    first = empty.text("import", "a.csv")
    random.Random(3).shuffle(rows)
    write(empty, "a.csv", table([HUBSPOT[0], *rows]))
    os.utime(empty / "a.csv", (1_700_000_000, 1_700_000_000))
    assert empty.text("import", "a.csv") == first


# --- files that are broken: tests/tools/import/NAME is the message -------------------------------------------------------

BAD = {
    "empty": b"",
    "blank": b"\n\n , \n",
    "no-known-column": b"Telefon,Stadt\n1,Ulm\n",
    "only-a-header": b"Company,Domain\n",
    "unclosed-quote": b"Company,Domain\nA,a.com\n\"B,b.com\nC,c.com\n",
    "cut-short": b"Company,Domain,Employees\nA,a.com,1\nB,b.c",
    "too-many-columns": b"Company,Domain" + b",x" * 2000 + b"\nA,a.com\n",
    "field-too-long": b"Company,Domain\n" + b"A" * (2 << 20) + b",a.com\n",
    "binary": bytes(range(256)) * 20,
    "zip": b"PK\x03\x04\x14\x00\x06\x00" + b"\x00" * 64,
    "html": b"<!DOCTYPE html><html><body>Log in</body></html>",
    "json": b'{"results":[{"id":"1"}]}\n',
}


@pytest.mark.parametrize("name", BAD)
def test_a_broken_file_is_refused_with_its_place_and_a_remedy(empty, name):
    write(empty, "a.csv", BAD[name])
    write(empty, "good.csv", "Company,Domain\nA,a.com\n")
    done = empty.run("import", "a.csv", "good.csv", status=1)
    assert done.stdout == b""
    golden = HERE / "import" / f"{name}.txt"
    if os.environ.get("ABM_GOLDEN"):
        golden.write_bytes(done.stderr)
    assert done.stderr.decode() == golden.read_text()


def test_a_map_that_names_a_column_which_is_not_there_refuses(empty):
    write(empty, "a.csv", "Company,Domain,Employees\nA,a.com,1\n")
    assert ("a.csv:1:1: the map of this source names the column 'Employes', which is not there, did you mean 'Employees'?"
            in empty.errors("import", "a.csv", "--map", "employees=Employes", status=1))


def test_a_missing_file_and_a_wrong_kind_are_told(empty):
    assert "nowhere.csv: no such file or directory" in empty.errors("import", "nowhere.csv", status=1)
    assert "'hubspott' is no kind of source, did you mean 'hubspot'?" in empty.errors("import", "hubspott:a.csv", status=2)
    assert "no site.yaml here" in empty.errors("import", status=2)


# --- in a site -----------------------------------------------------------------------------------------------------------

SITE = """abm: site/1
data: data
tenant: acme-web
accounts:
  sources:
    - { hubspot: hubspot.csv }
    - { csv: extra.csv }
  values: { industry: { MACHINERY: manufacturing } }
  tiers: [ { tier: one-to-one, when: { industry: manufacturing } } ]
rules: [rules.yaml]
"""
RULES = """abm: rules/1
slots: { hero: h1 }
rules:
  - id: makers
    when: { tier: one-to-one, path: / }
    rewrite: { hero: { text: "For makers" } }
"""


@pytest.fixture
def merged(empty):
    write(empty, "site.yaml", SITE)
    write(empty, "rules.yaml", RULES)
    write(empty, "hubspot.csv", table(HUBSPOT))
    write(empty, "extra.csv", "Company;Domain\nThird;third.example\n")
    return empty


def test_a_site_s_sources_are_checked_published_and_rendered(merged):
    before = sorted(path.name for path in merged.folder.iterdir())
    assert "3 rows of 2 sources → 3 accounts" in merged.text("check")
    assert before == sorted(path.name for path in merged.folder.iterdir())
    warned = merged.errors("check")
    assert "the merged feed: warning: account 'deere.com' is one-to-one" in warned and "/proc/" not in warned
    assert merged.errors("publish") == warned
    assert "up to date" in merged.text("publish")
    write(merged, "page.html", "<h1>For all</h1>")
    assert "For makers" in merged.text("render", "--account", "deere.com", "--url", "https://acme.example/", "page.html")
    assert "For all" in merged.text("render", "--account", "third.example", "--url", "https://acme.example/", "page.html")
    # Nothing changed: not even the time of a file counts.
    write(merged, "extra.csv", "Company;Domain\nThird;third.example\n")
    assert "generation 1 is up to date" in merged.text("publish")
    assert merged.text("import").splitlines()[1:] == (merged / "data/feed/accounts.ndjson").read_text().splitlines()[1:]


def test_diff_shows_whom_a_new_export_changes(merged):
    merged.run("publish")
    write(merged, "extra.csv", "Company;Domain;Branche\nThird;third.example;machinery\n")
    told = merged.json("diff", "--url", "https://acme.example/", status=1)
    assert [change["account"] for change in told["changes"]] == ["third.example"]
    assert "published generation 2" in merged.text("publish")


def test_versions_grow_however_often_sources_change(merged):
    versions = []
    for i in range(3):
        write(merged, "extra.csv", f"Company;Domain\nThird{i};third.example\n")
        merged.run("publish")
        versions.append(json.loads((merged / "data/feed/accounts.ndjson").read_text().splitlines()[0])["version"])
    assert versions == sorted(set(versions))


def test_a_source_that_breaks_keeps_what_it_said(merged):
    merged.run("publish")
    write(merged, "extra.csv", "Company;Domain\n\"Third;third.example\n")
    said = merged.errors("publish")
    assert "extra.csv:2:1: a quoted field that begins here does not end" in said and "stays in use)" in said
    assert merged.current() == "gen-000001\n"
    told = merged.text("status")
    assert "hubspot.csv (hubspot): 2 accounts, read" in told
    assert "extra.csv (csv): 1 account, read" in told and "cannot be read since" in told
    sources = {source["name"]: source for source in merged.json("status")["account_sources"]}
    assert sources["extra.csv"]["fault"] and sources["extra.csv"]["succeeded_at"] and not sources["hubspot.csv"]["fault"]
    # check says the same and leaves no trace; a file that is gone is no other case.
    (merged / "extra.csv").unlink()
    assert "extra.csv: no such file or directory (what it said at" in merged.errors("check")
    # The other one still counts.
    write(merged, "hubspot.csv", table([*HUBSPOT, ["103", "New", "new.example", "", "", "", ""]]))
    assert "published generation 2" in merged.text("publish")
    assert len((merged / "data/feed/accounts.ndjson").read_text().splitlines()) == 5
    write(merged, "extra.csv", "Company;Domain\nThird;third.example\n")
    merged.run("publish")
    assert "cannot be read" not in merged.text("status")


def test_a_source_that_never_could_be_read_refuses(merged):
    (merged / "extra.csv").unlink()
    assert "extra.csv: no such file or directory" in merged.errors("publish", status=1)
    assert not (merged / "data/CURRENT").exists()


def test_only_what_was_taken_is_kept_where_others_cannot_read_it(merged):
    write(merged, "extra.csv", "Company;Domain;Email;Title\nThird;third.example;anna@third.example;CTO\n=1+1;f.example;x@f.example;\n")
    merged.run("publish")
    kept = b"".join(path.read_bytes() for path in (merged / "data/feed/sources").iterdir())
    assert b"anna@" not in kept and b"CTO" in kept
    assert b"\"'=1+1\"" in kept
    assert (merged / "data/feed").stat().st_mode & 0o777 == 0o750
    assert (merged / "data/feed/sources").stat().st_mode & 0o777 == 0o750


def test_copies_of_sources_go_when_they_are_none_any_more(merged):
    merged.run("publish")
    assert len(list((merged / "data/feed/sources").iterdir())) == 2
    merged.replace("site.yaml", "    - { csv: extra.csv }\n", "")
    merged.run("publish")
    assert len(list((merged / "data/feed/sources").iterdir())) == 1
    write(merged, "accounts.ndjson", (merged / "data/feed/accounts.ndjson").read_text())
    write(merged, "site.yaml", "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules.yaml]\n")
    merged.run("publish")
    assert not list((merged / "data/feed/sources").iterdir())
    assert "hubspot.csv" not in merged.text("status")
    assert merged.json("status")["account_sources"] is None


def test_max_shrink_holds_for_merged_accounts(merged):
    write(merged, "extra.csv", "Company;Domain\n" + "".join(f"C{i};c{i}.example\n" for i in range(20)))
    merged.run("publish")
    write(merged, "extra.csv", "Company;Domain\nThird;third.example\n")
    assert "more than max_shrink 50%" in merged.errors("publish", status=1)
    assert "published generation 2" in merged.text("publish", "--allow-shrink")


def wait_for(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("did not happen")


def test_the_agent_publishes_when_a_source_is_saved(merged):
    agent = merged.start("agent")
    try:
        wait_for(lambda: (merged / "data/CURRENT").exists() and merged.current() == "gen-000001\n")
        write(merged, "extra.csv", "Company;Domain;Employees\nThird;third.example;9\n")
        wait_for(lambda: merged.current() == "gen-000002\n")
        write(merged, "extra.csv", "Company;Domain;Employees\n\"Third")
        wait_for(lambda: "cannot be read since" in merged.text("status", status=None))
        assert merged.current() == "gen-000002\n"
    finally:
        agent.send_signal(signal.SIGTERM)
        agent.wait()


def test_a_feed_among_the_sources_is_fetched(merged, tmp_path):
    import http.server
    import threading

    body = {"text": '{"abm":"accounts/1","tenant":"acme-web","version":5,"generated_at":"2026-11-22T03:33:20Z"}\n'
                    '{"id":"deere","name":"Deere","domains":["deere.com"],"tier":"1:few"}\n'}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            data = body["text"].encode()
            self.send_response(200 if data else 503)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_address[1]}/accounts.ndjson"
        merged.replace("site.yaml", "    - { csv: extra.csv }\n", f"    - {{ csv: extra.csv }}\n    - {{ feed: {address} }}\n")
        assert "was never fetched: run abmctl sync" in merged.errors("check", status=1)
        assert "accepted feed version 5" in merged.text("sync")
        merged.run("publish")
        accounts = {line["id"]: line for line in map(json.loads, (merged / "data/feed/accounts.ndjson").read_text().splitlines()[1:])}
        assert accounts["deere"]["tier"] == "one-to-few" and "deere.com" not in accounts
        body["text"] = ""
        merged.run("sync", status=1)
        merged.run("publish")
        assert "deere" in (merged / "data/feed/accounts.ndjson").read_text()
        agent = merged.start("agent")
        try:
            body["text"] = ('{"abm":"accounts/1","tenant":"acme-web","version":6,"generated_at":"2026-11-22T03:33:20Z"}\n'
                            '{"id":"deere","name":"Deere","domains":["deere.com"],"tier":"1:many"}\n')
            wait_for(lambda: '"one-to-many"' in (merged / "data/feed/accounts.ndjson").read_text())
        finally:
            agent.send_signal(signal.SIGTERM)
            agent.wait()
    finally:
        server.shutdown()


# --- the same companies out of two systems -------------------------------------------------------------------------------

def sixty():
    """Companies as a CRM has them: rows twice, addresses in every form, subsidiaries, free-mail, formulas."""
    words = random.Random(60)
    for i in range(60):
        domain = f"company-{i}.co.uk" if i % 5 == 0 else f"company{i}.com"
        yield {
            "crm": 1000 + i, "name": [f"Company {i} Ltd", f"Größe & Söhne {i} \"Nord\" GmbH", f"=Company {i}", f"Acme, Inc. {i}"][i % 4],
            "website": words.choice([f"https://www.{domain}/?utm_source=crm", domain, f"www.{domain}", f"HTTP://{domain.upper()}/a/b?c=d"]),
            "industry": ["COMPUTER_SOFTWARE", "MACHINERY", ""][i % 3], "employees": ["1,200", "50-100", "10,001+", ""][i % 4],
            "revenue": ["$1,234,567", "$5M", ""][i % 3], "country": ["Germany", "United Kingdom"][i % 2],
        }


def test_sixty_companies_are_the_same_as_hubspot_and_as_salesforce_export(empty):
    hubspot = [["Record ID", "Company name", "Company Domain Name", "Industry", "Number of Employees", "Annual Revenue", "Country/Region"]]
    salesforce = [["Id", "Name", "Website", "Industry", "NumberOfEmployees", "AnnualRevenue", "BillingCountry"]]
    for company in sixty():
        rest = [company[key] for key in ("name", "website", "industry", "employees", "revenue", "country")]
        hubspot.append([str(company["crm"]), *rest])
        salesforce.append([f"001A00000{company['crm']:06}", *rest])
    hubspot.append(hubspot[7])
    rows = salesforce[1:]
    random.Random(1).shuffle(rows)
    salesforce[1:] = rows
    write(empty, "hubspot.csv", table(hubspot), "utf-8-sig")
    write(empty, "salesforce.csv", table(salesforce, "\t", "\r") + '"Grand Totals (60 records)"\r', "utf-16")
    first, second = feed(empty, "hubspot.csv"), feed(empty, "salesforce.csv")
    assert len(first) == 60 and first == second
    assert feed(empty, "hubspot.csv", "salesforce.csv") == first
    assert first["company-0.co.uk"]["employees"] == 1200 and first["company2.com"]["name"] == "=Company 2"


def test_the_example_site_s_export_says_what_its_feed_says(empty):
    conf = pathlib.Path(__file__).resolve().parents[2] / "conf"

    def accounts(text):
        def comparable(value):
            return sorted(value) if isinstance(value, list) else value
        lines = [json.loads(line) for line in text.splitlines()[1:]]
        return {account["id"]: {key: comparable(value) for key, value in account.items() if value not in ([], "untiered")}
                for account in lines}

    done = empty.run("import", "--site", conf / "site.yaml", "--report", "report.json")
    assert accounts(done.stdout.decode()) == accounts((conf / "accounts.ndjson").read_text())
    # As dirty as they come.
    assert (conf / "companies.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    told = done.stderr.decode()
    for what in ("several rows are one account", "its lower end is taken", "hubspot, UTF-8, commas"):
        assert what in told, told
