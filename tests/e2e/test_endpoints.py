"""abm_status and abm_visitor; counters add up over workers and reloads."""

import json
import time

from harness.client import fetch
from harness.nginx import STATUS
from harness.site import ACCOUNTS, ALPHA, BETA, CRAWLER, PAGE, RIVAL, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for

ENDPOINTS = STATUS + "location = /visitor { abm_visitor; }"


def test_counters_add_up_over_all_workers_and_reloads(serve, upstream, site):
    nginx = serve(server=ENDPOINTS, workers=2)
    upstream.on("/br", Reply(b"x", headers={"Content-Encoding": "br"}))
    for i in range(40):
        fetch(nginx.port, "/br" if i % 5 == 4 else "/", ip=(ALPHA, BETA, RIVAL, STRANGER)[i % 4])
    nginx.visits(30)
    before = nginx.status()
    assert before["requests"] == 40 and before["identified"] == 30 == before["visits"]["built"]
    assert before["identified"] == before["personalized"] + before["original"]
    assert before["original"] == sum(before["skips"].values())
    assert before["skips"]["excluded"] == 10 and before["skips"]["encoded"] == 4 and before["personalized"] == 16
    applied = sum(list(rule["slots"].values()).count("applied") for line in nginx.visits() for rule in line["rules"])
    assert before["slots"]["applied"] == applied
    assert before["generation"] == site.generation() and before["feed"]["version"] == 1
    assert before["feed"]["age_seconds"] < 600 and before["last_fault"] is None and before["feed"]["expired"] is False
    assert before["module_time_us"]["count"] == before["module_time_us"]["buckets"][-1]["count"] == 40
    nginx.reload()
    after = nginx.status()
    assert (after["requests"], after["identified"]) == (before["requests"], before["identified"])


def test_prometheus_text_says_the_same(serve):
    nginx = serve(server=ENDPOINTS)
    for ip in (ALPHA, RIVAL):
        fetch(nginx.port, ip=ip)
    nginx.visits(2)
    answer = fetch(nginx.port, "/status?format=prometheus")
    assert answer.get("Content-Type").startswith("text/plain; version=0.0.4")
    values, kinds = {}, {}
    for line in answer.body.decode().splitlines():
        if line.startswith("# TYPE"):
            kinds[line.split()[2]] = line.split()[3]
        elif not line.startswith("#"):
            name, value = line.rsplit(" ", 1)
            assert name not in values
            values[name] = float(value)
            assert any(name.startswith(known) for known in kinds)
    assert values["abm_identified_total"] == 2 and values["abm_personalized_total"] == 1
    assert values['abm_original_total{reason="excluded"}'] == 1
    assert values['abm_slot_edits_total{state="applied"}'] == 3
    assert values["abm_feed_expired"] == 0 and values["abm_generation"] >= 1
    assert values['abm_module_time_seconds_bucket{le="+Inf"}'] == values["abm_module_time_seconds_count"]


def test_visitor_tells_its_own_account_and_no_more(serve):
    nginx = serve(server=ENDPOINTS)
    answer = fetch(nginx.port, "/visitor", ip=ALPHA)
    assert answer.get("Content-Type") == "application/json" and answer.get("Cache-Control") == "private, no-store"
    assert json.loads(answer.body) == {"identified": True, "name": "Alpha & Söhne", "domain": "alpha.example",
                                       "tier": "one-to-one", "segments": ["press-shops"], "industry": "manufacturing",
                                       "arm": "treated"}
    for ip in (STRANGER, CRAWLER, RIVAL):
        assert fetch(nginx.port, "/visitor", ip=ip).body == b'{"identified":false}'
    assert fetch(nginx.port, "/visitor", ip=ALPHA, headers={"Sec-GPC": "1"}).body == b'{"identified":false}'
    assert fetch(nginx.port, "/visitor", method="POST", body=b"x").status == 405
    head = fetch(nginx.port, "/visitor", ip=ALPHA, method="HEAD")
    assert head.status == 200 and head.get("Content-Length") == str(len(answer.body))


def test_status_without_any_generation(serve, tmp_path):
    nginx = serve(data=tmp_path / "nowhere", server=ENDPOINTS)
    assert nginx.status()["generation"] is None
    assert b"abm_generation_loaded 0" in fetch(nginx.port, "/status?format=prometheus").body
    assert fetch(nginx.port, "/visitor", ip=ALPHA).body == b'{"identified":false}'


def test_expired_feed_stops_personalizing_and_raises_the_alarm(serve, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data, server=ENDPOINTS)
    assert fetch(nginx.port, ip=ALPHA).body != PAGE
    for seconds in (3, 40):  # one that has expired is not published
        own_site.write_accounts(ACCOUNTS, expires_at=int(time.time()) + seconds)
        if own_site.publish(check=False).returncode == 0:
            break
    wait_for(lambda: nginx.status()["feed"]["expired"], 60)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    assert [(line["arm"], line["skip"]) for line in nginx.visits(2)] == [("treated", None), (None, "expired")]
    assert nginx.status()["feed"]["expired"] is True
    assert b"abm_feed_expired 1" in fetch(nginx.port, "/status?format=prometheus").body
