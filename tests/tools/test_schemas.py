"""abmctl schema NAME: what the schemas know is what the readers know, in both directions, and both give the same verdict."""

import json
import pathlib
import re

import jsonschema
import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = {"rules": "rules/abm-rules.schema.json", "site": "generation/abm-site.schema.json",
         "accounts": "accounts/abm-accounts.schema.json", "tests": "rules/abm-tests.schema.json", "visit": "module/visit.schema.json",
         "review": "measure/review/review.schema.json"}

class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Times stay text, as in abmctl."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def schema(name):
    return json.loads((ROOT / FILES[name]).read_text())


def faults(name, document):
    known = schema(name)
    return [error.message for error in jsonschema.validators.validator_for(known)(known).iter_errors(document)]


def keys_of_reader(*patterns):
    """What a mapping is called → the keys that its reader knows, from the reader's own source."""
    found = {}
    for path in sorted(path for pattern in patterns for path in ROOT.glob(pattern)):
        text = path.read_text()
        for what, array in re.findall(r'mapping_of\(\w+, "([^"]+)", (k\w+)\)', text):
            # The array above that is nearest.
            before = text[:text.index(f'"{what}", {array})')]
            declared = re.findall(rf"{array} = \{{(.*?)\}};", before, re.DOTALL)
            found.setdefault(what, set()).update(re.findall(r'"([^"]+)"', declared[-1]))
    return found


def test_each_is_printed_as_it_is_in_the_repository_and_is_a_schema(site):
    for name, path in FILES.items():
        printed = site.text("schema", name)
        assert printed == (ROOT / path).read_text(), name
        known = json.loads(printed)
        jsonschema.validators.validator_for(known).check_schema(known)
    assert site.text("schema") == site.text("schema", "rules")
    assert "rules" in site.errors("schema", "rulez", status=2)


def test_the_site_s_keys_are_those_of_its_reader():
    known = schema("site")["properties"]
    in_schema = {"site.yaml": set(known), "accounts": set(known["accounts"]["properties"]),
                 "a network source": set(known["networks"]["items"]["properties"]), "agent": set(known["agent"]["properties"]),
                 "keep": set(known["keep"]["anyOf"][1]["properties"]),
                 "hubspot": set(schema("site")["definitions"]["hubspot"]["properties"]),
                 "salesforce": set(schema("site")["definitions"]["salesforce"]["properties"]),
                 "a source": set(schema("site")["definitions"]["source"]["properties"]),
                 "a source of opportunities": set(schema("site")["definitions"]["opportunity_source"]["properties"]),
                 "outcomes": set(known["outcomes"]["properties"]), "primary": set(known["primary"]["anyOf"][0]["properties"]),
                 "a column": set(schema("site")["definitions"]["column"]["anyOf"][2]["properties"]),
                 "a page": set(known["pages"]["anyOf"][0]["items"]["properties"]),
                 "engagement": set(known["engagement"]["properties"]),
                 "capacity": set(known["capacity"]["properties"]),
                 "visits": set(known["engagement"]["properties"]["visits"]["anyOf"][2]["properties"]),
                 "a stage": set(schema("site")["definitions"]["named_moves"]["items"]["properties"]),
                 "a play": set(schema("site")["definitions"]["named_moves"]["items"]["properties"]),
                 "a tier move": set(known["tiers"]["items"]["properties"]),
                 "a tier rule": set(known["accounts"]["properties"]["tiers"]["items"]["properties"])}
    in_reader = keys_of_reader("generation/site*.cpp")
    for what, keys in in_schema.items():
        read = in_reader.get(what, set())
        assert read == keys, f"{what}: the schema (and conf/README.md) lack {read - keys}, the reader lacks {keys - read}"
    assert set(in_reader) <= set(in_schema), f"the schema has no mapping for {set(in_reader) - set(in_schema)}"


def test_the_guide_tells_every_key_of_the_site():
    text = (ROOT / "conf/README.md").read_text()

    def told(heading):
        table = text.split(heading)[1].split("\n\n")[0]
        return {key for row in table.splitlines() if row.startswith("| `") for key in re.findall(r"`(\w+)`", row.split("|")[1])}

    known = schema("site")["properties"]
    assert told("| key of `site.yaml`") == set(known)
    assert told("| key of `accounts:`") == set(known["accounts"]["properties"])
    assert told("| key of `outcomes:`") == set(known["outcomes"]["properties"])
    assert told("| key of `engagement:`") >= set(known["engagement"]["properties"])


def test_the_fields_of_an_opportunity_are_those_of_its_reader():
    text = (ROOT / "generation/account_sources.h").read_text()
    fields = re.findall(r'"([^"]+)"', re.search(r"kOpportunityFields = \{(.*?)\};", text, re.DOTALL).group(1))
    assert schema("site")["definitions"]["opportunity_source"]["properties"]["map"]["propertyNames"]["enum"] == fields


def test_the_feed_s_members_are_those_of_its_reader_and_told():
    def names(path, array):
        return set(re.findall(r'"([^"]+)"', re.search(rf"{array} = \{{(.*?)\}};", (ROOT / path).read_text(), re.DOTALL).group(1)))

    def told(heading):
        table = (ROOT / "accounts/README.md").read_text().split(heading)[1].split("\n## ")[0]
        return {key for row in table.splitlines() if row.startswith("| `") for key in re.findall(r"`(\w+)`", row.split("|")[1])}

    known = schema("accounts")["definitions"]
    assert names("accounts/account_reader.cpp", "kAccountKeys") == set(known["account"]["properties"]) == told("## An account")
    assert names("accounts/header_reader.cpp", "kHeaderKeys") == set(known["header"]["properties"]) == told("## The header")
    assert set(known["account"]["properties"]["tier"]["enum"]) - {None} == names("accounts/account_reader.cpp", "kTierNames")


def test_the_tests_keys_are_those_of_their_reader():
    test = schema("tests")["properties"]["tests"]["items"]["properties"]
    in_reader = keys_of_reader("tools/expectations.cpp")
    assert in_reader == {"a tests file": set(schema("tests")["properties"]), "a test": set(test),
                         "given": set(test["given"]["properties"])}
    text = (ROOT / "tools/expectations.cpp").read_text()
    own = set(re.findall(r'node\.find\("(\w+)"\)', text.split("::expect(")[1].split("\n}")[0])) | set(
        re.findall(r'names\(node\.find\("(\w+)"\)', text))
    assert own == set(test["expect"]["properties"])
    slot = re.search(r"::slot\(.*?kKeys = \{(.*?)\};", text, re.DOTALL).group(1)
    assert set(re.findall(r'"(\w+)"', slot)) == set(schema("tests")["definitions"]["slot"]["anyOf"][1]["properties"])


@pytest.mark.parametrize("path", ["conf/site.yaml", "conf/starter/site.yaml", "tests/tools/site/site.yaml"])
def test_the_example_sites_fit(path):
    assert faults("site", yaml.load((ROOT / path).read_text(), Loader)) == []


@pytest.mark.parametrize("path", ["conf/rules.test.yaml", "conf/starter/rules.test.yaml"])
def test_the_example_expectations_fit(path):
    assert faults("tests", yaml.load((ROOT / path).read_text(), Loader)) == []


@pytest.mark.parametrize("path", ["conf/accounts.ndjson", "tests/tools/site/accounts.ndjson"])
def test_the_example_feeds_fit(path):
    lines = (ROOT / path).read_text().splitlines()
    assert [(number, faults("accounts", json.loads(line))) for number, line in enumerate(lines, 1)
            if faults("accounts", json.loads(line))] == []


SITE = "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules/*.yaml]\n"
GOOD_SITES = [
    SITE,
    SITE + "networks: ~\nkeep: 5\nmax_as_addresses: 100\nallow_special: true\nsign_key: ~\n",
    SITE + "networks:\n  - { csv: networks.csv }\n  - { exclude: exclude.csv }\n  - { as_numbers: as-numbers.csv }\n",
    SITE + "tests: []\nmax_shrink: 20%\nkeep: { count: 5, days: 30, size: 20G }\nagent: { publish: on-signal, look: 10s }\n",
    SITE + "tests: ~\nmax_shrink: ~\nagent: { publish: on-commit, ref: main, repository: /r.git, folder: site }\n",
    SITE.replace("accounts.ndjson", "accounts.ndjson, every: 5m, max_shrink: 0%, max_size: 5M, timeout: 3s, proxy: ~, ca: ~, verify_key: ~"),
]
MERGED = "abm: site/1\ndata: data\ntenant: t\naccounts:\n  sources:\n    - { csv: a.csv }\nrules: [rules/*.yaml]\n"
GOOD_SITES += [
    MERGED,
    MERGED.replace("csv: a.csv", "6sense: a.csv, as: intent, encoding: windows-1252, delimiter: ';', map: { name: A, domains: [B, C], "
                   "employees: ~, intent: { column: D, times: 0.5 }, attributes.since: { column: E, read: date-dmy } } }\n    - { feed: https://c.example/a, verify_key: ~"),
    MERGED.replace("rules:", "  values: { tier: { Gold: 1:1 }, industry: { A: b, C: ~ }, attributes.x: { 1: one } }\n  same_company: crm_id\n  roll_up: true\n"
                   "  tiers:\n    - { tier: one-to-few, when: { segment: icp, intent: { min: 70 }, not: { attributes.x: y } } }\nrules:"),
]
SALESFORCE = "salesforce: { login: https://a.example, client_id_file: i, client_secret_file: s, soql: SELECT Id FROM Account"
GOOD_SITES += [
    MERGED.replace("csv: a.csv", "hubspot: { token_file: t, properties: [name, domain], url: ~ }, every: 1h, name: crm, max_shrink: 20%, proxy: ~, "
                   "ca: ~, timeout: 5s, map: { tier: abm_tier }"),
    MERGED.replace("csv: a.csv", SALESFORCE + ", version: v61.0 }, as: accounts, max_shrink: ~"),
]
DEALS = SITE + "outcomes:\n  opportunities: [ { csv: d.csv } ]\n"
GOOD_SITES += [
    SITE + "outcomes: ~\nprimary: ~\n",
    SITE + "outcomes: { stages: { won: Closed Won, lost: [a, b], open: ~ }, types: { renewal: [Renewal] } }\n",
    DEALS + "  currency: EUR\n  window: 1095d\n  since: 2026-11-01\n  winsorise: 500000\n  adjust: visits-before\nprimary: { outcome: won_amount, since: 2026-11-01T08:00-04:00 }\n",
    DEALS + "primary: { goal: '/demo/**', since: 2026-11-01 }\n",
    DEALS.replace("csv: d.csv", "hubspot: d.csv, encoding: utf-8, map: { crm_id: A, amount: { column: B, times: 1000 }, created: { column: C, read: date-dmy } }"),
    DEALS.replace("csv: d.csv", "hubspot: { token_file: t }, every: 1h, name: deals, max_shrink: ~"),
    DEALS.replace("csv: d.csv", SALESFORCE.replace("Account", "Opportunity") + " }, timeout: 5s"),
]
ENGAGED = SITE + "engagement: { visits: [ 'visits.jsonl*' ] }\n"
GOOD_SITES += [
    SITE + "engagement: ~\nstages: ~\ntiers: ~\nplays: ~\n",
    ENGAGED + "stages: [ { name: engaged, when: { engagement: { min: 30 } }, hold: 0d, override: true } ]\n",
    ENGAGED + "tiers: [ { promote: 1:few, when: {}, for: 365d, at_most: 0 }, { demote: untiered, when: {}, keep: '1:1' } ]\n",
    ENGAGED + "plays: [ { name: 7, when: { not: { stage: customer } } } ]\n",
    SITE + "engagement: { visits: visits.jsonl, half_life: 365d, points: { page: 0, person: 3, 'path:/demo/**': 1000, 'signal:a': 1 },"
           " most_per_person_day: 1000, every: 5m, roll_up: true, fresh: [ engagement, first_seen_days ], keep: 5000d }\n",
    ENGAGED.replace("] }", "], half_life: 5d, keep: 60d }"),
    SITE + "engagement: { visits: { nats: [nats://a, tls://b], stream: abm-visits, user: u, password_file: p, tls_cert: c, tls_key: k } }\n",
]
BAD_SITES = [
    SITE + "engagement: { half_life: 14d }\n",
    SITE + "engagement: { visits: [] }\n",
    SITE + "engagement: { visits: { nats: nats://a } }\n",
    SITE + "engagement: { visits: { stream: a } }\n",
    SITE + "engagement: { visits: { nats: http://a, stream: a } }\n",
    SITE + "engagement: { visits: { nats: nats://a, stream: 'a b' } }\n",
    SITE + "engagement: { visits: { nats: nats://a, stream: a, tls_key: k } }\n",
    ENGAGED.replace("] }", "], half_life: 2w }"),
    ENGAGED.replace("] }", "], half_life: 366d }"),
    ENGAGED.replace("] }", "], keep: 59d }"),
    ENGAGED.replace("] }", "], keep: 5001d }"),
    ENGAGED.replace("] }", "], keep: 2 years }"),
    ENGAGED.replace("] }", "], half_lif: 1d }"),
    ENGAGED.replace("] }", "], points: { pages: 1 } }"),
    ENGAGED.replace("] }", "], points: { 'path:demo': 1 } }"),
    ENGAGED.replace("] }", "], points: { 'signal:': 1 } }"),
    ENGAGED.replace("] }", "], points: { page: -1 } }"),
    ENGAGED.replace("] }", "], points: { page: 1001 } }"),
    ENGAGED.replace("] }", "], most_per_person_day: 0 }"),
    ENGAGED.replace("] }", "], every: often }"),
    ENGAGED.replace("] }", "], roll_up: sometimes }"),
    ENGAGED + "stages: { name: a, when: {} }\n",
    ENGAGED + "stages: [ { when: {} } ]\n",
    ENGAGED + "stages: [ { name: '', when: {} } ]\n",
    ENGAGED + "stages: [ { name: a } ]\n",
    ENGAGED + "stages: [ { name: a, when: {}, hold: 14 } ]\n",
    ENGAGED + "plays: [ { name: a, when: {}, for: 14d } ]\n",
    ENGAGED + "plays: [ { name: a, when: {}, hold: 366d } ]\n",
    ENGAGED + "tiers: [ { when: {} } ]\n",
    ENGAGED + "tiers: [ { promote: '1:1', demote: '1:few', when: {} } ]\n",
    ENGAGED + "tiers: [ { promote: untiered, when: {} } ]\n",
    ENGAGED + "tiers: [ { demote: one-to-one, when: {} } ]\n",
    ENGAGED + "tiers: [ { promote: '1:1', when: {}, keep: '1:few' } ]\n",
    ENGAGED + "tiers: [ { demote: 1:few, when: {}, at_most: 5 } ]\n",
    ENGAGED + "tiers: [ { demote: 1:few, when: {}, keep: [none] } ]\n",
    DEALS.replace("csv: d.csv", "zoominfo: d.csv"),
    DEALS.replace("csv: d.csv", "csv: d.csv, as: intent"),
    DEALS.replace("csv: d.csv", "csv: d.csv, map: { employees: A }"),
    DEALS.replace("csv: d.csv", "csv: d.csv, every: 1h"),
    DEALS.replace("csv: d.csv", "hubspot: { token_file: t }, encoding: utf-8"),
    DEALS.replace("[ { csv: d.csv } ]", "[]"),
    DEALS + "  stages: { one: [a] }\n",
    DEALS + "  stages: { won: [] }\n",
    DEALS + "  types: { lost: [a] }\n",
    DEALS + "  types: [a]\n",
    DEALS + "  currency: eur\n",
    DEALS + "  window: 6m\n",
    DEALS + "  window: 1096d\n",
    DEALS + "  window: 0d\n",
    DEALS + "  since: yesterday\n",
    DEALS + "  winsorise: 0\n",
    DEALS + "  adjust: visits\n",
    DEALS + "  curency: EUR\n",
    SITE + "primary: { goal: /demo }\n",
    SITE + "primary: { since: 2026-11-01 }\n",
    SITE + "primary: { goal: /demo, outcome: won, since: 2026-11-01 }\n",
    SITE + "primary: { outcome: wins, since: 2026-11-01 }\n",
    SITE + "primary: /demo\n",
    MERGED.replace("csv: a.csv", "hubspot: { properties: [name] }"),
    MERGED.replace("csv: a.csv", "hubspot: { token_file: t, token: x }"),
    MERGED.replace("csv: a.csv", "hubspot: { token_file: t }, encoding: utf-8"),
    MERGED.replace("csv: a.csv", "hubspot: { token_file: t }, name: A b"),
    MERGED.replace("csv: a.csv", "hubspot: a.csv, every: 5m"),
    MERGED.replace("csv: a.csv", "csv: { token_file: t }"),
    MERGED.replace("csv: a.csv", SALESFORCE.replace(", client_id_file: i", "") + " }"),
    MERGED.replace("csv: a.csv", SALESFORCE + " }, every: often"),
    MERGED.replace("csv: a.csv", "csv: a.csv, hubspot: b.csv"),
    MERGED.replace("csv: a.csv", "map: { name: A }"),
    MERGED.replace("csv: a.csv", "csf: a.csv"),
    MERGED.replace("csv: a.csv", "csv: a.csv, map: { nam: A }"),
    MERGED.replace("csv: a.csv", "csv: a.csv, map: { name: { column: A, read: roman } }"),
    MERGED.replace("csv: a.csv", "csv: a.csv, map: { intent: { column: A, times: 0 } }"),
    MERGED.replace("csv: a.csv", "csv: a.csv, as: accounts-too"),
    MERGED.replace("csv: a.csv", "csv: a.csv, encoding: latin"),
    MERGED.replace("csv: a.csv", "csv: a.csv, delimiter: '|'"),
    MERGED.replace("csv: a.csv", "feed: a.ndjson, map: { name: A }"),
    MERGED.replace("sources:", "from: b.ndjson\n  sources:"),
    MERGED.replace("rules:", "  same_company: name\nrules:"),
    MERGED.replace("rules:", "  tiers: [{ tier: gold, when: { segment: a } }]\nrules:"),
    MERGED.replace("rules:", "  tiers: [{ tier: one-to-one }]\nrules:"),
    MERGED.replace("rules:", "  values: { employees: { a: b } }\nrules:"),
    SITE.replace("accounts.ndjson }", "accounts.ndjson, roll_up: true }"),
    SITE.replace("site/1", "site/2"),
    SITE.replace("data: data\n", ""),
    SITE.replace("rules: [rules/*.yaml]\n", ""),
    SITE.replace("{ from: accounts.ndjson }", "{ every: 5m }"),
    SITE.replace("accounts.ndjson", "accounts.ndjson, every: soon"),
    SITE.replace("accounts.ndjson", "accounts.ndjson, max_shrink: 101%"),
    SITE.replace("accounts.ndjson", "accounts.ndjson, max_size: 5"),
    SITE.replace("accounts.ndjson", "accounts.ndjson, form: x"),
    SITE + "keep: 0\n",
    SITE + "keep: many\n",
    SITE + "max_as_addresses: 0\n",
    SITE + "allow_special: sometimes\n",
    SITE + "allow_specials: true\n",
    SITE + "networks: networks.csv\n",
    SITE + "networks: [ { csv: a.csv, exclude: b.csv } ]\n",
    SITE + "networks: [ { cvs: a.csv } ]\n",
    SITE + "networks: [ { csv: a.csv, key: x } ]\n",
    SITE + "networks: [ { mmdb: a.mmdb, key: x } ]\n",
    SITE + "networks: [ { mmdb: a.mmdb, key: x, match: name } ]\n",
]


@pytest.mark.parametrize("text", GOOD_SITES)
def test_schema_and_reader_accept_a_site(site, text):
    assert faults("site", yaml.load(text, Loader)) == []
    (site / "site.yaml").write_text(text)
    found = site.run("check", status=None).stdout.decode() + site.run("check", status=None).stderr.decode()
    # That an export or a log is not there yet says nothing of the file.
    told = [line for line in found.splitlines()
            if not re.search("the report has no opportunities until then|names no file yet|no rule raises the signal|no account of the list has", line)
            and not re.search("warning: (visits cannot be read|what visits made of accounts is not known): ", line)]
    assert not any(re.match(r"site.yaml:\d", line) for line in told), found


@pytest.mark.parametrize("text", BAD_SITES)
def test_schema_and_reader_refuse_a_site(site, text):
    assert faults("site", yaml.load(text, Loader))
    (site / "site.yaml").write_text(text)
    assert "site.yaml:" in site.errors("check", status=1)


HEADER = '{"abm":"accounts/1","tenant":"acme-web","version":1,"generated_at":"2026-11-22T03:33:20Z"}'
GOOD_LINES = [
    '{"id":"a","name":"A"}',
    '{"id":"a","name":"A","domains":null,"tier":null,"segments":[],"employees":null,"attributes":null,"exclude":null,"parent":null}',
    '{"id":"a","name":"A","domains":["www.a.example."],"tier":"1:few","asns":[1],"intent":0,"attributes":{"x":null,"y":"z"},"of another":1}',
    '{"id":"a","name":"A","networks":["164.121.0.0/16","2620:27::/48","164.121.3.4"]}',
]
BAD_LINES = [
    '{"id":"a"}', '{"name":"A"}', '{"id":"A","name":"A"}', '{"id":"a","name":""}', '{"id":"a","name":"A","tier":"platinum"}',
    '{"id":"a","name":"A","employees":"many"}', '{"id":"a","name":"A","employees":-1}', '{"id":"a","name":"A","asns":[0]}',
    '{"id":"a","name":"A","asns":["AS1"]}', '{"id":"a","name":"A","domains":["https://a.example/"]}', '{"id":"a","name":"A","domains":"a.example"}',
    '{"id":"a","name":"A","networks":["164.121.0.0/016"]}', '{"id":"a","name":"A","attributes":{"":"x"}}', '{"id":"a","name":"A","attributes":{"x":1}}',
    '{"id":"a","name":"A","exclude":"yes"}', '{"id":"a","name":"A","segments":[""]}', '{"id":"a","name":"A","stage":"\\u0007"}',
]


@pytest.mark.parametrize("line", GOOD_LINES)
def test_schema_and_reader_accept_an_account(site, line):
    assert faults("accounts", json.loads(line)) == []
    (site / "one.ndjson").write_text(f"{HEADER}\n{line}\n")
    site.run("check", "--accounts", "one.ndjson")


@pytest.mark.parametrize("line", BAD_LINES)
def test_schema_and_reader_refuse_an_account(site, line):
    assert faults("accounts", json.loads(line))
    (site / "one.ndjson").write_text(f"{HEADER}\n{line}\n")
    assert "one.ndjson:2:" in site.errors("check", "--accounts", "one.ndjson", status=1)


@pytest.mark.parametrize("header", [HEADER.replace(*change) for change in [
    ("accounts/1", "accounts/2"), ("acme-web", ""), ('"version":1,', ""), (":1,", ":-1,"), (":1,", ':"1",')]])
def test_schema_and_reader_refuse_a_header(site, header):
    assert faults("accounts", json.loads(header))
    (site / "one.ndjson").write_text(f'{header}\n{GOOD_LINES[0]}\n')
    assert "one.ndjson:1:" in site.errors("check", "--accounts", "one.ndjson", status=1)


TEST = "abm: tests/1\ntests:\n  - name: n\n    given: { account: deere, url: / }\n    expect: { rules: [] }\n"
BAD_TESTS = [
    TEST.replace("tests/1", "tests/2"), TEST.replace("    expect: { rules: [] }\n", ""), TEST.replace("url: /", "page: x.html"),
    TEST.replace("account: deere", "account: deere, ip: 192.0.2.1"), TEST.replace("account: deere, ", ""), TEST.replace("rules: []", ""),
    TEST.replace("rules: []", "arm: all"), TEST.replace("rules: []", "cta: changed"), TEST.replace("rules: []", "cta: { txt: a }"),
    TEST.replace("rules: []", "cta: {}"), TEST.replace("given:", "givn:"), "abm: tests/1\ntests: []\n",
]


def test_schema_and_reader_accept_a_test(site):
    assert faults("tests", yaml.load(TEST, Loader)) == []
    (site / "x.test.yaml").write_text(TEST)
    assert "x.test.yaml:" not in site.run("test", "--draft", "x.test.yaml", status=None).stderr.decode()


@pytest.mark.parametrize("text", BAD_TESTS)
def test_schema_and_reader_refuse_a_test(site, text):
    assert faults("tests", yaml.load(text, Loader))
    (site / "x.test.yaml").write_text(text)
    assert "x.test.yaml:" in site.errors("test", "--draft", "x.test.yaml", status=None)


SEEN = ('{"v":2,"kind":"seen","ts":"2026-11-22T04:20:01.123Z","request_id":"9f3c","host":"www.example.com","path":"/pricing",'
        '"account":"deere","tier":"one-to-one","visitor":"0123456789abcdef0123456789abcdef","arm":"treated","generation":43,'
        '"slots":["hero-cta","case.study_2"],"bot":false}')
GOOD_SEEN = [SEEN, SEEN.replace('"treated"', "null"), SEEN.replace('"0123456789abcdef0123456789abcdef"', "null"),
             SEEN.replace('"bot":false', '"bot":true,"bot_by":"curl"'), SEEN.replace('"bot":false', '"bot":true,"bot_by":null')]
BAD_SEEN = [SEEN.replace(*change) for change in [
    ('"v":2', '"v":1'), ('"v":2', '"v":3'), ('"v":2,', ""), ('"seen"', '"heard"'), ('"seen"', "null"), ("T04", "T44"), ('"9f3c"', '""'),
    ("deere", "De ere"), ("one-to-one", "gold"), ('"treated"', '"other"'), ('"treated"', '""'), ("43", "0"), ("43", "-1"),
    ('["hero-cta","case.study_2"]', "[]"), ("hero-cta", "hero cta"), ("hero-cta", "-a"), ('["hero-cta","case.study_2"]', '"hero-cta"'),
    ('"hero-cta"', "1"), ('"hero-cta"', ",".join(['"a"'] * 64)), ("hero-cta", "h" * 65), (',"bot":false', ""), ("false", "0"),
    ('"path":"/pricing",', ""), ('"visitor":"0123456789abcdef0123456789abcdef",', "")]]


def damaged(site, line):
    done = site.run("report", "-", "--json", stdin=line.encode() + b"\n", status=None)
    return json.loads(done.stdout)["tables"]["sources"][0]["damaged"]


@pytest.mark.parametrize("line", GOOD_SEEN)
def test_schema_and_reader_accept_a_line_of_what_was_seen(site, line):
    assert faults("visit", json.loads(line)) == [] and damaged(site, line) == 0


@pytest.mark.parametrize("line", BAD_SEEN)
def test_schema_and_reader_refuse_a_line_of_what_was_seen(site, line):
    # Whether a time is one is more than the schema's pattern says.
    assert faults("visit", json.loads(line)) or "T44" in line
    assert damaged(site, line) == 1


def test_a_visit_has_nothing_of_what_was_seen_and_the_other_way_round():
    """A line of both kinds would be counted as either."""
    visit = json.loads((ROOT / "module/visit.schema.json").read_text())["$defs"]["visit"]["required"]
    for extra in ({"rules": []}, {"status": 200}, {"skip": None}, {"ip": None}):
        assert faults("visit", json.loads(SEEN) | extra), extra
    assert any("does not allow ['a']" in fault for fault in faults("visit", dict.fromkeys(visit) | {"slots": ["a"]}))


def test_the_members_of_what_was_seen_are_those_of_its_reader():
    text = (ROOT / "measure/visits/seen_reader.cpp").read_text()
    table = re.search(r"kSeenMembers = \{\{(.*?)\n\}\};", text, re.DOTALL).group(1)
    assert re.findall(r'\{"(\w+)",', table) == schema("visit")["$defs"]["seen"]["propertyNames"]["enum"]
