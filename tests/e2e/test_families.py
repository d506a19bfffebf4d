"""`control: { by: parent }`: all accounts of a family see one story, and their visit lines say whose lot decided."""

from harness.client import fetch
from harness.site import ALPHA, BETA, PAGE, Site
from harness.waiting import wait_for

GAMMA = "198.18.0.7"
ACCOUNTS = [
    {"id": "alpha", "name": "Alpha", "networks": ["198.51.100.0/24"]},
    {"id": "beta", "name": "Beta", "parent": "gamma", "networks": ["203.0.113.0/24"]},
    {"id": "gamma", "name": "Gamma", "parent": "alpha", "networks": ["198.18.0.0/24"]},
]
RULES = """\
abm: rules/1
slots: { headline: h1 }
control: { percent: 40, salt: s%d%s }
rules:
  - id: split-%d
    when: { path: /** }
    holdout: 30
    variants:
      - { id: a, rewrite: { headline: { text: "Story A" } } }
      - { id: b, rewrite: { headline: { text: "Story B" } } }
"""


def stories(nginx, site, salt, by):
    """What each account sees, and its line's arm and family, once the generation serves."""
    site.write_rules(RULES % (salt, by, salt))
    site.publish()
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).status == 200 and nginx.visits()[-1]["generation"] == site.generation())
    before = len(nginx.visits())
    bodies = {name: fetch(nginx.port, ip=ip).body for name, ip in (("alpha", ALPHA), ("beta", BETA), ("gamma", GAMMA))}
    lines = {line["account"]: line for line in nginx.visits(before + 3)[before:]}
    return bodies, {name: line["arm"] for name, line in lines.items()}, {name: line["family"] for name, line in lines.items()}


def test_a_family_sees_one_story(serve, tmp_path):
    site = Site(tmp_path / "site", accounts=ACCOUNTS, rules=RULES % (0, "", 0))
    site.publish()
    nginx = serve(data=site.data)
    arms, apart = set(), 0
    for salt in range(8):
        alone, alone_arms, families = stories(nginx, site, salt, "")
        assert set(families.values()) == {None}
        apart += len(set(alone.values())) > 1
        bodies, drawn, families = stories(nginx, site, salt, ", by: parent")
        assert set(bodies.values()) == {alone["alpha"]} and set(drawn.values()) == {alone_arms["alpha"]}, salt
        assert families == {"alpha": None, "beta": "alpha", "gamma": "alpha"}
        assert (alone["alpha"] == PAGE) == (alone_arms["alpha"] != "treated")
        arms.add(alone_arms["alpha"])
    assert apart and len(arms) > 1
