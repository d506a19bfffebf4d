"""What the visit log says is what happened: why a page left original, and what was really shown."""

import collections
import functools
import json
import os
import signal
import socket
import struct
import time

import pytest

from harness.client import Connection, fetch
from harness.nginx import ABM, BUFFERED_ABM, STATUS
from harness.places import ROOT
from harness.site import ALPHA, ALPHA_PAGE, BETA, PAGE, RULES, STRANGER
from harness.upstream import Reply, Wait
from harness.visiting import Visiting
from harness.visits import check_log
from harness.waiting import wait_for


def story(line):
    """What a line says about its page: arm, page, why, and the slots of the first rule."""
    return line["arm"], line["page"], line["skip"], line["rules"][0]["slots"] if line["rules"] else None


ALL = ("headline", "cta", "story", "absent")


def every(state):
    return dict.fromkeys(ALL, state)


@pytest.mark.parametrize("reply,headers,method,expected", [
    (Reply(PAGE, headers={"Content-Encoding": "compress"}), {}, "GET", ("treated", "original", "encoded", every("skipped:encoded"))),
    (Reply(PAGE, content_type="text/html; charset=utf-16"), {}, "GET", ("treated", "original", "charset", every("skipped:charset"))),
    (Reply(b""), {}, "GET", ("treated", "original", "empty", every("skipped:empty"))),
    (Reply(status="304 Not Modified", content_type="text/html"), {"If-None-Match": '"x"', "Accept": "text/html"}, "GET",
     ("treated", "original", "status", every("skipped:status"))),
    (Reply(PAGE), {}, "HEAD", ("treated", "original", "head", every("skipped:head"))),
    (Reply(b"<p>no slot</p>"), {}, "GET", ("treated", "original", "missing", every("missing"))),
], ids=["encoded", "charset", "empty", "status", "head", "missing"])
def test_an_original_page_says_why_and_which_edits_it_would_have_had(serve, upstream, reply, headers, method, expected):
    nginx = serve(server=STATUS)
    upstream.on("/page", reply)
    fetch(nginx.port, "/page", ip=ALPHA, headers=headers, method=method)
    assert story(nginx.visits(1)[0]) == expected
    counted = nginx.status()
    assert counted["skips"][expected[2]] == counted["original"] == counted["identified"] == 1


@pytest.mark.parametrize("reason,page", [
    pytest.param("tag-too-long", b"<a id=s title='" + b"x" * 20_000 + b"' href=/>old</a>", id="tag-too-long"),
    ("unclosed", b"<div id=s>old"),
    ("too-deep", b"<div>" * 600 + b"<p id=s>old</p>"),
    ("ambiguous", b"<b><p id=s>old</b></p>"),
])
def test_a_page_that_cannot_be_edited_says_why(serve, upstream, own_site, reason, page):
    own_site.write_rules("""\
abm: rules/1
slots: { place: '#s' }
rules:
  - id: place
    when: { account: alpha, path: /** }
    rewrite: { place: { text: New, attributes: { title: new } } }
""")
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    upstream.on("/page", Reply(page))
    assert fetch(nginx.port, "/page", ip=ALPHA).body == page
    assert story(nginx.visits(1)[0]) == ("treated", "original", reason, {"place": f"skipped:{reason}"})
    assert nginx.status()["skips"][reason] == 1
    assert f'abm_original_total{{reason="{reason}"}} 1' in fetch(nginx.port, "/status?format=prometheus").text()


def test_an_edit_that_comes_to_nothing_says_what_it_lacked(serve, own_site):
    own_site.write_rules("""\
abm: rules/1
slots: { headline: h1, story: '#story' }
rules:
  - id: hollow
    when: { account: alpha, path: /** }
    rewrite:
      headline: { text: "Better than {{ account.attributes.nobody }}" }
      story: { html_file: "stories/{{ account.attributes.plan }}.html" }
""")
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    assert story(nginx.visits(1)[0]) == ("treated", "original", "no-edit", {"headline": "skipped:no-value",
                                                                            "story": "skipped:no-fragment"})
    assert nginx.status()["skips"]["no-edit"] == 1


def test_pages_without_a_rule_and_with_the_module_off_say_so(serve, upstream, own_site):
    own_site.write_rules(RULES.replace("path: /**", "path: /only"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS + "location /off { abm off; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/off", Reply(PAGE))
    fetch(nginx.port, "/", ip=ALPHA)
    fetch(nginx.port, "/off", ip=ALPHA)
    assert [story(line) for line in nginx.visits(2)] == [("treated", "original", "no-rule", None),
                                                         ("treated", "original", "off", None)]
    assert nginx.status()["identified"] == 1, "locations without abm are logged where one asks for the line, and not counted"


@pytest.mark.parametrize("place", ["control", "holdout"])
def test_control_and_holdout_say_which_rules_they_would_have_had(serve, own_site, place):
    if place == "control":
        own_site.write_rules(RULES + "control: { percent: 100, salt: s }\n")
    else:
        own_site.write_rules(RULES.replace("when: { account: alpha, path: /** }",
                                           "when: { account: alpha, path: /** }\n    holdout: 100"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    line = nginx.visits(1)[0]
    assert story(line) == (place, "original", place, every(f"skipped:{place}"))
    assert line["rules"][0]["id"] == "alpha-page"
    assert nginx.status()["skips"][place] == 1 and nginx.status()["slots"] == {"applied": 0, "missing": 0, "skipped": 4}


def test_a_held_out_rule_beside_one_that_applies_is_no_exposure(serve, own_site):
    own_site.write_rules(RULES.replace("rules:\n", """rules:
  - id: tested
    when: { account: alpha, path: /** }
    priority: 5
    holdout: 100
    rewrite: { headline: { text: "never shown" } }
"""))
    own_site.publish()
    nginx = serve(data=own_site.data)
    body = fetch(nginx.port, ip=ALPHA).body
    line = nginx.visits(1)[0]
    slots = {rule["id"]: rule["slots"] for rule in line["rules"]}
    assert b"never shown" not in body and b"See the plan" in body
    assert slots["tested"] == {"headline": "skipped:holdout"} and line["page"] == "personalized"
    assert slots["alpha-page"]["cta"] == "applied"


def test_variant_and_signal_stand_in_the_line(serve, own_site):
    own_site.write_rules("""\
abm: rules/1
slots: { headline: h1 }
rules:
  - id: split
    when: { account: alpha, path: /** }
    variants:
      - { id: first, weight: 50, rewrite: { headline: { text: "One" } } }
      - { id: second, weight: 50, rewrite: { headline: { text: "Two" } } }
  - id: pricing
    when: { tier: one-to-one, path: / }
    signal: { name: pricing-visit, next: "Call with the TCO sheet" }
""")
    own_site.publish()
    nginx = serve(data=own_site.data)
    body = fetch(nginx.port, ip=ALPHA).body
    line = nginx.visits(1)[0]
    assert line["rules"] == [{"id": "split", "variant": "first" if b"One" in body else "second", "slots": {"headline": "applied"}}]
    assert line["signals"] == [{"rule": "pricing", "name": "pricing-visit", "next": "Call with the TCO sheet"}]


def reset(connection):
    """Ends a connection like a browser that has left: whatever is under way is lost."""
    connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.socket.close()


@pytest.mark.parametrize("extra", ["", "gzip on; gzip_min_length 1; gzip_types text/html;"], ids=["plain", "gzip"])
def test_a_client_that_leaves_before_the_slot_is_not_exposed(serve, upstream, extra):
    nginx = serve(http=f"proxy_buffering off; {extra}", server=STATUS)
    cut = PAGE.index(b"<a data-abm-slot=\"cta\" href")
    wait = Wait()
    upstream.on("/", Reply(parts=[PAGE[:cut], wait, PAGE[cut:]]))
    connection = Connection(nginx.port)
    connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Accept-Encoding": "gzip"})
    connection.receive_head()
    if not extra:
        connection.receive_until(b"Some text")  # after the headline, before the button
    reset(connection)
    line = nginx.visits(1)[0]
    wait.release()
    slots = line["rules"][0]["slots"]
    if extra:  # how much of a compressed page came out before it broke off is unknown
        assert story(line) == ("treated", "original", "aborted", every("skipped:aborted"))
    else:
        assert slots == {"headline": "applied", "cta": "skipped:aborted", "story": "skipped:aborted", "absent": "skipped:aborted"}
        assert line["page"] == "personalized"
    assert nginx.status()["slots"]["applied"] == list(slots.values()).count("applied")


def test_a_client_that_is_found_to_have_left_while_its_page_is_written_is_no_error(serve, upstream):
    nginx = serve(http="proxy_buffering off; proxy_ignore_client_abort on; gzip on; gzip_min_length 1; gzip_types text/html;")
    cut = PAGE.index(b"<a data-abm-slot=\"cta\" href")
    wait = Wait()
    upstream.on("/", Reply(parts=[PAGE[:cut], wait, PAGE[cut:]]))
    connection = Connection(nginx.port)
    connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Accept-Encoding": "gzip"})
    connection.receive_head()
    reset(connection)
    wait.release()
    assert story(nginx.visits(1)[0]) == ("treated", "original", "aborted", every("skipped:aborted"))


def test_a_client_that_does_not_read_is_not_exposed_to_what_waits_in_nginx(serve, upstream):
    nginx = serve(http="proxy_max_temp_file_size 0;", server=STATUS)
    filler = b"<p>" + b"x" * 1000 + b"</p>\n"
    upstream.on("/long", Reply(b"<h1>a</h1>" + filler * 20000 + b'<a data-abm-slot="cta" href="/">b</a>'))
    connection = Connection(nginx.port, receive_buffer=4096)
    connection.send("GET", "/long", {"X-Forwarded-For": ALPHA})
    connection.receive_until(filler)  # after the headline; the button is 20 MB further on
    reset(connection)
    slots = nginx.visits(1)[0]["rules"][0]["slots"]
    assert slots["headline"] == "applied" and slots["cta"] == "skipped:aborted"


def test_cut_lists_are_counted_and_what_stays_is_true(serve, upstream, own_site):
    slots = "".join(f"  slot-{i}-{'x' * 50}: '#s{i}'\n" for i in range(200))
    rewrite = "".join(f"      slot-{i}-{'x' * 50}: {{ text: y }}\n" for i in range(200))
    own_site.write_rules(f"abm: rules/1\nslots:\n{slots}rules:\n  - id: a\n    when: {{ account: alpha }}\n    rewrite:\n{rewrite}")
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)
    upstream.on("/", Reply(b"<p id=s1>x</p>"))
    fetch(nginx.port, ip=ALPHA)
    kept = nginx.visits(1)[0]["rules"][0]["slots"]
    assert 50 < len(kept) < 200 and list(kept.values()).count("applied") == 1
    assert nginx.status()["visits"] == {"built": 1, "cut": 1} and nginx.status()["slots"]["missing"] == 199


def test_nothing_of_a_query_string_or_referrer_but_its_host_is_logged(serve):
    nginx = serve()
    fetch(nginx.port, "/?email=secret@example.com&utm_source=letter&token=secret", ip=ALPHA,
          headers={"Referer": "https://secret:secret@search.example:8443/secret?q=secret#secret", "Cookie": "secret=secret",
                   "Authorization": "Basic secret", "User-Agent": "secret"})
    line = nginx.visits(1)[0]
    assert line["referrer_host"] == "search.example" and line["path"] == "/"
    text = json.dumps(line)
    assert "secret" not in text and "utm" not in text and ALPHA not in text


def test_campaign_parameters_can_be_logged_beside_the_visit(serve, site, tmp_path):
    """conf/abm-log.conf's second, optional log."""
    lines = [line.lstrip("# ") for line in (ROOT / "conf/abm-log.conf").read_text().splitlines()]
    extra = "\n".join(lines[lines.index(next(line for line in lines if line.startswith("log_format abm_campaign"))):])
    nginx = serve(http=extra.replace("logs/abm-campaigns.jsonl", f"{tmp_path}/campaigns.jsonl").replace("buffer=64k flush=1s", ""))
    fetch(nginx.port, "/?utm_source=letter&utm_campaign=q4%22&other=1", ip=ALPHA)
    fetch(nginx.port, "/?other=1", ip=ALPHA)
    fetch(nginx.port, "/?utm_source=letter", ip=STRANGER)
    first = nginx.visits(2)[0]
    written = [json.loads(line) for line in (tmp_path / "campaigns.jsonl").read_text().splitlines()]
    assert written == [{"request_id": first["request_id"], "utm_source": "letter", "utm_medium": "", "utm_campaign": "q4%22",
                        "utm_term": "", "utm_content": ""}]


HOSTILE = [b"\x01\x02\x1f\x7f", b"\xff\xfe\xc0\x80\xed\xa0\x80", b'"\\\\"},{"v":2', "\u2028\u2029</script>".encode(),
           b"\xf0\x9f\x92\xa9" * 3000, b"\xff" * 7000, b'"' * 7000, b"a" * 1_000_000]


@pytest.mark.parametrize("bytes_", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_user_agent_referrer_and_path_give_one_valid_line(serve, upstream, bytes_):
    nginx = serve(http="large_client_header_buffers 8 2m; client_header_buffer_size 2m; ignore_invalid_headers off;")
    upstream.on("*", Reply(PAGE))
    clean = bytes(b for b in bytes_ if b >= 0x20)
    for referrer in (b"http://" + clean + b"/x", clean, b"http://[" + clean, b"https://u@" + clean[:200] + b":1"):
        with Connection(nginx.port) as connection:
            connection.send("GET", "/" + "".join(f"%{b:02X}" for b in bytes_[:6000]),
                            {"X-Forwarded-For": ALPHA, "Connection": "close", "User-Agent": clean, "Referer": referrer})
            assert connection.receive().body == ALPHA_PAGE
    assert {line["account"] for line in nginx.visits(4)} == {"alpha"}  # the harness checks each against the schema


def test_logging_recovers_after_a_full_disk(serve, site, tmp_path):
    log = tmp_path / "visits.link"
    log.symlink_to("/dev/full")
    nginx = serve(abm=ABM.format(data=site.data).replace("visits.jsonl", str(log)))
    nginx.allowed.append(r"/dev/full|No space left|visits\.link")
    for _ in range(3):
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    log.unlink()
    log.symlink_to(nginx.folder / "visits.jsonl")
    nginx.signal(signal.SIGUSR1)

    def logged():
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
        return (nginx.folder / "visits.jsonl").exists() and nginx.visits()

    wait_for(logged, 10)


def test_rotation_under_load_loses_tears_and_doubles_no_line(serve, site):
    nginx = serve(workers=2, abm=BUFFERED_ABM.format(data=site.data))
    known = collections.Counter()

    def visit(ip):
        assert fetch(nginx.port, ip=ip).status == 200
        known[ip] += 1

    with Visiting(*(functools.partial(visit, ip) for ip in (ALPHA, BETA, STRANGER))):
        for i in range(5):
            time.sleep(0.3)
            os.rename(nginx.folder / "visits.jsonl", nginx.folder / f"visits.{i}")
            nginx.signal(signal.SIGUSR1)
            wait_for((nginx.folder / "visits.jsonl").exists)
    nginx.stop()  # flushes
    lines = [line for log in nginx.folder.glob("visits.*") for line in check_log(log)]
    assert len({line["request_id"] for line in lines}) == len(lines)
    assert collections.Counter(line["account"] for line in lines) == {"alpha": known[ALPHA], "beta": known[BETA]}
