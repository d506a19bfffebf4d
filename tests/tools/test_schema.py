"""abmctl schema: one schema for editors, with the same verdict as the checker on everything that a schema can check."""

import json

import jsonschema
import pytest
import yaml


class Loader(yaml.SafeLoader):
    """Times stay text, as in abmctl."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}

RULE = "abm: rules/1\nrules:\n  - id: a\n"
GOOD = [
    "abm: rules/1\n",
    "abm: rules/1\ntimezone: America/Chicago\ncontrol: { percent: 10, salt: 2026-q4 }\nconfidence: { one-to-one: medium, default: low }\n",
    "abm: rules/1\nslots: { a: '#b' }\nsegments: { s: { any: [ { tier: '1:1' }, { not: { attributes.role: x } } ] } }\n",
    RULE + "    signal: { name: pricing-visit, next: Call }\n",
    RULE + "    when: { tier: [one-to-one, '1:few'], intent: { min: 70 }, employees: 5, query.utm_source: mail, confidence: high, path: [/a, /b/**] }\n"
           "    rewrite: { s: { text: 5, attributes: { href: /x, title: null }, add_class: a b, remove_class: [c, d] } }\n",
    RULE + "    schedule: { from: '2026-11-01T00:00:00+01:00' }\n    holdout: 12.5\n    priority: -10\n    silence: ABM009\n"
           "    variants:\n      - { id: u, weight: 50, rewrite: { s: { hide: true } } }\n      - { id: v, rewrite: { s: { remove: true } } }\n",
]
BAD = [
    "abm: rules/2\n",
    "rules: []\n",
    "abm: rules/1\nslotz: { a: '#b' }\n",
    "abm: rules/1\nslots: { 'a b': '#b' }\n",
    "abm: rules/1\nsegments: { s: { path: / } }\n",
    "abm: rules/1\ncontrol: { salt: x }\n",
    "abm: rules/1\ncontrol: { percent: 101 }\n",
    "abm: rules/1\nconfidence: { one-to-one: certain }\n",
    RULE,
    RULE + "    rewrite: {}\n",
    RULE + "    rewrite: { s: { text: a, html: b } }\n",
    RULE + "    rewrite: { s: { remove: true, text: b } }\n",
    RULE + "    rewrite: { s: { hide: true, append: b } }\n",
    RULE + "    rewrite: { s: { hide: false } }\n",
    RULE + "    rewrite: { s: { txt: a } }\n",
    RULE + "    rewrite: { s: { text: a } }\n    priority: high\n",
    RULE + "    rewrite: { s: { text: a } }\n    holdout: -1\n",
    RULE + "    rewrite: { s: { text: a } }\n    when: { teir: one-to-one }\n",
    RULE + "    rewrite: { s: { text: a } }\n    when: { tier: platinum }\n",
    RULE + "    rewrite: { s: { text: a } }\n    when: { intent: { mn: 3 } }\n",
    RULE + "    rewrite: { s: { text: a } }\n    when: { any: [] }\n",
    RULE + "    rewrite: { s: { text: a } }\n    variants: [ { id: u, rewrite: { s: { text: b } } } ]\n",
    RULE + "    variants: [ { id: u, weight: 0, rewrite: { s: { text: b } } } ]\n",
    RULE + "    variants: []\n",
    RULE + "    signal: { next: Call }\n",
    "abm: rules/1\nrules:\n  - rewrite: { s: { text: a } }\n",
    "abm: rules/1\nrules:\n  - id: Upper Case\n    rewrite: { s: { text: a } }\n",
]


@pytest.fixture
def validator(site):
    schema = json.loads(site.text("schema"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_checker_accept(site, validator, text):
    assert [error.message for error in validator.iter_errors(yaml.load(text, Loader))] == []
    (site / "rules/one.yaml").write_text(text)
    site.run("check", "--rules", "rules/one.yaml")


@pytest.mark.parametrize("text", BAD)
def test_schema_and_checker_refuse(site, validator, text):
    assert list(validator.iter_errors(yaml.load(text, Loader)))
    (site / "rules/one.yaml").write_text(text)
    site.run("check", "--rules", "rules/one.yaml", status=1)


def test_the_sites_own_rules_fit_the_schema(site, validator):
    rules = yaml.load((site / "rules/home.yaml").read_text(), Loader)
    assert [error.message for error in validator.iter_errors(rules)] == []
