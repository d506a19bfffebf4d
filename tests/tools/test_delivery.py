"""render --delivery: the page with the edits for abm.js in its data block, as nginx would send it."""

import json
import re

FILES = ["--rules", "rules/home.yaml", "--accounts", "accounts.ndjson", "--account", "deere", "--url", "/"]
BLOCK = re.compile(rb'<script type="application/json" id="abm-edits">([^<>&]*)</script><script src="/abm.js"></script>')


def rendered(site, *more):
    done = site.run("render", *FILES, *more, "pages/index.html").stdout
    found = BLOCK.search(done)
    return (json.loads(found[1]) if found else None), done[:found.start()] + done[found.end():] if found else done


def test_the_block_holds_what_the_html_would(site):
    page = (site / "pages/index.html").read_bytes()
    data, rest = rendered(site, "--delivery", "script")
    assert rest == page and data["v"] == 1 and data["page"] == "/"
    html = rendered(site)
    assert html[0] is None and html[1] != page
    for edit in data["edits"]:
        assert edit.get("html", "").encode() in html[1]
    answer = site.json("render", *FILES, "--delivery", "script", "pages/index.html")
    assert {slot["outcome"] for slot in answer["slots"]} == {"applied"}
    assert [slot["slot"] for slot in answer["slots"]] == [edit["slot"] for edit in data["edits"]]


def test_what_the_rules_say_of_a_slot_counts_first(site):
    path = site / "rules/home.yaml"
    text = path.read_text(encoding="utf-8")
    slot = rendered(site, "--delivery", "script")[0]["edits"][0]["slot"]
    declared = re.search(rf"^( +{slot}: +)(.*)$", text, re.MULTILINE)
    for deliver, others in (("script", "html"), ("html", "script")):
        path.write_text(text.replace(declared[0], f"{declared[1]}{{ selector: {declared[2]}, deliver: {deliver} }}"), encoding="utf-8")
        data, _ = rendered(site, "--delivery", others)
        assert (slot in [edit["slot"] for edit in data["edits"]]) == (deliver == "script")
        if deliver == "script":
            assert len(data["edits"]) == 1 and rendered(site)[0] == data, "html is the default"
    assert "--delivery: scripts not in {html,script}" in site.errors("render", *FILES, "--delivery", "scripts", "pages/index.html", status=2)
