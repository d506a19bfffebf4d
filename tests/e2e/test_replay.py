"""What did they see on the 3rd? From a visit line to its generation, to what its rules said, long after others replaced it."""

import json

from harness.client import fetch
from harness.site import ALPHA


def test_a_visit_line_leads_to_what_was_shown_and_why(serve, own_site):
    (own_site.folder / "site.yaml").write_text(
        (own_site.folder / "site.yaml").read_text() + "keep: { count: 1, days: 30 }\n")
    own_site.publish()
    nginx = serve(data=own_site.data)
    assert b"Made for presses" in fetch(nginx.port, ip=ALPHA).body
    line = nginx.visits(1)[0]
    rules = (own_site.folder / "rules.yaml").read_text()
    for text in ("hammers", "drills"):
        own_site.write_rules(rules.replace("Made for presses", f"Made for {text}"))
        own_site.write_accounts([{"id": "alpha", "name": "Alpha", "tier": "untiered", "networks": ["198.51.100.0/24"]}])
        own_site.publish()

    number = str(line["generation"])
    assert (line["generation"], line["feed_version"]) == (1, 1) and own_site.generation() == 3
    known = {one["number"]: one for one in json.loads(own_site.abmctl("log", "--json").stdout)}
    assert known[line["generation"]]["feed_version"] == line["feed_version"] and known[3]["feed_version"] == 3
    asked = ("--generation", number, "--account", line["account"], "--url", f"http://{line['host']}{line['path']}", "--at",
             line["ts"])
    told = own_site.abmctl("explain", *asked).stdout
    assert "one-to-one" in told and "alpha-page (rules.yaml:8): matches, wins headline" in told
    page = own_site.folder / "page.html"
    page.write_text("<h1>Made for everybody</h1>")
    assert "<h1>Made for presses</h1>" in own_site.abmctl("render", *asked, page).stdout
    assert "Made for drills" in own_site.abmctl("diff", "--from", number, "--url", line["path"], check=False).stdout
