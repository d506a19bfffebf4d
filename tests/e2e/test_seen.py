"""abm_seen: what browsers tell of slots that were in view becomes a line of the account that the request itself belongs to."""

import json
import re

import pytest

from harness.client import Connection, fetch
from harness.http2 import Http2
from harness.nginx import STATUS
from harness.site import ALPHA, BETA, CRAWLER, PAGE, RIVAL, RULES, STRANGER
from harness.upstream import Reply

SEEN = STATUS + "location = /seen { abm_seen; }"
ID = "0123456789abcdef0123456789abcdef"
BODY = f"seen/1\n{ID}\n/pricing\ncta\nheadline\n".encode()
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def tell(nginx, body=BODY, ip=ALPHA, path="/seen", method="POST", headers=None):
    fields = {"User-Agent": BROWSER, "Content-Type": "text/plain;charset=UTF-8", **(headers or {})}
    return fetch(nginx.port, path, ip=ip, method=method, body=body, headers=fields)


def counted(nginx):
    """Logged, ignored, refused."""
    return tuple(nginx.status()["beacons"].values())


def test_a_beacon_becomes_a_line_of_its_sender_s_account(serve, upstream, site):
    upstream.on("/pricing", Reply(PAGE))
    nginx = serve(server=SEEN)
    page = fetch(nginx.port, "/pricing", ip=ALPHA, headers={"User-Agent": BROWSER})
    visit = nginx.visits(1)[0]
    answer = tell(nginx, f"seen/1\n{visit['request_id']}\n/pricing\ncta".encode())
    assert (answer.status, answer.body, page.status) == (204, b"", 200)
    assert answer.all("Cache-Control") == ["no-store"] and answer.all("Cross-Origin-Resource-Policy") == ["same-origin"]
    assert not answer.has("Content-Type") and not answer.has("Content-Length")
    line = nginx.visits(2)[1]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("ts"))
    assert line == {"v": 2, "kind": "seen", "request_id": visit["request_id"], "host": "www.example.com", "path": visit["path"],
                    "account": "alpha", "tier": "one-to-one", "visitor": visit["visitor"], "arm": "treated",
                    "generation": site.generation(), "slots": ["cta"], "bot": False}
    status = nginx.status()
    assert counted(nginx) == (1, 0, 0)
    assert status["requests"] == status["identified"] == status["visits"]["built"] == 1, "a beacon is no page"


def test_an_if_in_the_location_changes_nothing(serve):
    nginx = serve(server=STATUS + "location = /seen { abm_seen; set $one 1; if ($one) { set $two 2; } }")
    assert tell(nginx).status == 204 and tell(nginx, ip=STRANGER).status == 204
    assert tell(nginx, b"x" * 100_000).status == 413
    assert counted(nginx) == (1, 1, 1) and nginx.status()["requests"] == 0
    assert nginx.visits(1)[0]["kind"] == "seen" and "buffered to a temporary file" not in nginx.errors()


def test_nothing_happens_without_the_directive(serve, upstream):
    nginx = serve(server=STATUS)
    upstream.on("/seen", Reply(b"of the site", content_type="text/plain"))
    assert tell(nginx).body == b"of the site"
    assert counted(nginx) == (0, 0, 0) and nginx.visits() == []


@pytest.mark.parametrize("who", [
    {"ip": STRANGER}, {"ip": CRAWLER}, {"headers": {"Sec-GPC": "1"}}, {"headers": {"Cookie": "abm_optout=1"}},
    {"headers": {"Sec-Fetch-Site": "cross-site"}}, {"headers": {"Origin": "https://evil.example"}}, {"headers": {"Origin": "null"}},
    {"headers": {"Sec-Fetch-Site": "cross-site", "Origin": "http://www.example.com"}}], ids=str)
def test_whoever_may_not_be_told_of_gets_the_same_answer_and_no_line(serve, who):
    nginx = serve(server=SEEN)
    answer = tell(nginx, **who)
    assert answer.same_as(tell(nginx)) and answer.status == 204
    assert [line["account"] for line in nginx.visits(1)] == ["alpha"]
    assert counted(nginx) == (1, 1, 0)


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin", "Origin": "http://www.example.com"},
                                     {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://www.example.com"}], ids=str)
def test_the_site_s_own_pages_are_believed(serve, headers):
    nginx = serve(server=SEEN)
    tell(nginx, headers=headers)
    nginx.visits(1)


def test_a_forged_beacon_cannot_name_another_account(serve, upstream):
    """Whatever it tells, the account is the one whose address sends it."""
    upstream.on("/pricing", Reply(PAGE))
    nginx = serve(server=SEEN)
    fetch(nginx.port, "/pricing", ip=ALPHA, headers={"User-Agent": BROWSER})
    theirs = nginx.visits(1)[0]["request_id"]
    tell(nginx, f"seen/1\n{theirs}\n/pricing\nalpha\n".encode(), ip=BETA, headers={"X-Company": "alpha", "Account": "alpha"})
    for body in (f"seen/1\n{theirs}\n/pricing\ncta\",\"account\":\"alpha\n", f"seen/1\n{theirs}\n/pricing\"}}\ncta",
                 f"seen/1\n{theirs}\",\"account\":\"alpha\n/\ncta", f'{{"v":1,"id":"{theirs}","account":"alpha"}}'):
        assert tell(nginx, body.encode(), ip=BETA).status in (204, 400), body
    assert {line["account"] for line in nginx.visits() if line.get("kind") == "seen"} == {"beta"}


def test_a_first_party_identity_and_the_opt_out_count_as_everywhere(serve):
    nginx = serve(server=STATUS + "location = /seen { abm_seen; abm_identity $http_x_company by=id; abm_opt_out $http_x_no; }")
    tell(nginx, ip=STRANGER, headers={"X-Company": "beta"})
    tell(nginx, headers={"X-No": "1"})
    tell(nginx, headers={"X-No": "0"})
    assert [line["account"] for line in nginx.visits(2)] == ["beta", "alpha"]


def test_robots_are_marked(serve):
    nginx = serve(server=SEEN)
    tell(nginx, headers={"User-Agent": "curl/8.1"})
    line = nginx.visits(1)[0]
    assert line["bot"] is True and line["bot_by"] == "curl"


def test_an_excluded_account_has_no_arm(serve):
    nginx = serve(server=SEEN)
    tell(nginx, ip=RIVAL)
    assert nginx.visits(1)[0]["arm"] is None


def test_the_arm_is_that_of_the_page_told_of(serve, own_site):
    own_site.write_rules(RULES.replace("when: { account: alpha, path: /** }", "when: { account: alpha, path: /held }\n    holdout: 100"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=SEEN)
    tell(nginx, f"seen/1\n{ID}\n/h%65ld\ncta".encode())
    tell(nginx)
    assert [(line["path"], line["arm"]) for line in nginx.visits(2)] == [("/held", "holdout"), ("/pricing", "treated")]


BAD = [b"", b"\n", b"seen/1", b"seen/2" + BODY[6:], BODY.replace(b"\n", b"\r\n"), BODY + b"\x00", BODY + b"\xff\n", BODY + b"\n",
       BODY.replace(b"/pricing", b"/pricing?email=a"), BODY.replace(b"/pricing", b"pricing"), BODY.replace(b"/pricing", b"/%zz"),
       BODY.replace(ID.encode(), b"x" * 65), f'{{"v":1,"id":"{ID}","page":"/","slots":["cta"]}}'.encode(),
       b"seen/1\nid\n/\n" + b"slot\n" * 65]


@pytest.mark.parametrize("body", BAD, ids=range(len(BAD)))
def test_what_is_malformed_is_refused(serve, body):
    nginx = serve(server=SEEN)
    for ip in (ALPHA, STRANGER):
        assert tell(nginx, body, ip=ip).status == 400
    assert nginx.visits() == [] and counted(nginx) == (0, 0, 2)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_taken(serve, method):
    nginx = serve(server=SEEN)
    with Connection(nginx.port) as connection:  # which is still in step afterwards
        for _ in range(2):
            connection.send(method, "/seen", {"X-Forwarded-For": ALPHA}, body=b"" if method in ("GET", "HEAD") else BODY)
            assert connection.receive(method).status == 405
        connection.send("POST", "/seen", {"X-Forwarded-For": ALPHA}, body=BODY)
        assert connection.receive().status == 204
    nginx.visits(1)
    assert counted(nginx) == (1, 0, 2)


def chunked(body, size):
    pieces = [body[i:i + size] for i in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


LIMITS = ["", "client_max_body_size 0;", "client_body_buffer_size 1k;", "client_body_in_file_only on;", "client_body_in_single_buffer on;"]


@pytest.mark.parametrize("more", LIMITS)
@pytest.mark.parametrize("how", ["length", "chunked"])
def test_four_kilobytes_are_taken_and_not_a_byte_more(serve, more, how):
    nginx = serve(server=SEEN, http=more)
    start = b"seen/1\n" + ID.encode() + b"\n/"
    for size, status in ((4096, 204), (4097, 413), (200_000, 413)):
        body = start + b"p" * (size - len(start) - 4) + b"\ncta"
        with Connection(nginx.port) as connection:
            head = f"POST /seen HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {ALPHA}\r\n"
            framing = f"Content-Length: {size}\r\n" if how == "length" else "Transfer-Encoding: chunked\r\n"
            try:
                connection.socket.sendall((head + framing + "\r\n").encode() + (body if how == "length" else chunked(body, 1000)))
            except (BrokenPipeError, ConnectionResetError):
                pass  # nginx has said no before the end
            assert connection.receive().status == status, size
    assert len(nginx.visits(1)[0]["path"]) == 1024
    assert counted(nginx) == (1, 0, 2)
    assert list((nginx.folder / "temp/body").iterdir()) == [], "a beacon was written to a file"


def test_a_beacon_may_arrive_byte_by_byte_or_break_off(serve):
    nginx = serve(server=SEEN)
    head = f"POST /seen HTTP/1.1\r\nHost: www.example.com\r\nX-Forwarded-For: {ALPHA}\r\nContent-Length: {len(BODY)}\r\n\r\n".encode()
    with Connection(nginx.port) as connection:
        connection.socket.sendall(head)
        for i in range(len(BODY)):
            connection.socket.sendall(BODY[i:i + 1])
        assert connection.receive().status == 204
    with Connection(nginx.port) as connection:
        connection.socket.sendall(head + BODY[:20])
    nginx.visits(1)
    assert counted(nginx) == (1, 0, 1)


def test_two_beacons_on_one_connection_are_two_lines(serve):
    nginx = serve(server=SEEN)
    with Connection(nginx.port) as connection:
        for _ in range(2):
            connection.send("POST", "/seen", {"X-Forwarded-For": ALPHA}, body=BODY)
            assert connection.receive().status == 204
    assert [line["slots"] for line in nginx.visits(2)] == [["cta", "headline"]] * 2


def test_beacons_come_by_http_2_too(serve):
    nginx = serve(server=SEEN, listen="http2")
    with Http2(nginx.port) as connection:
        streams = {connection.post("/seen", BODY, ip=ALPHA): "204",
                   connection.post("/seen", BODY, ip=ALPHA, headers=[("sec-fetch-site", "cross-site")]): "204",
                   connection.post("/seen", BODY + b"?", ip=ALPHA): "400", connection.get("/seen", ip=ALPHA): "405",
                   connection.post("/seen", b"x" * 5000, ip=ALPHA): "413",
                   connection.post("/seen", BODY, ip=ALPHA, headers=[("content-length", str(len(BODY)))]): "204"}
        connection.receive_all()
        assert {stream: connection.heads[stream][":status"] for stream in streams} == streams
    assert [line["account"] for line in nginx.visits(2)] == ["alpha", "alpha"]


def test_it_answers_where_abm_is_on_around_it_and_without_data(serve, tmp_path):
    nginx = serve(server=STATUS + "location /around { abm on; location = /around/seen { abm_seen; } }")
    assert tell(nginx, path="/around/seen").status == 204
    assert nginx.visits(1)[0]["kind"] == "seen" and nginx.status()["requests"] == 0
    bare = serve(server=SEEN, abm="access_log off;")
    assert tell(bare).status == 204 and counted(bare) == (0, 1, 0)
    empty = serve(data=tmp_path / "nowhere", server=SEEN)
    assert tell(empty).status == 204 and counted(empty) == (0, 1, 0)


def test_a_line_asked_for_early_is_still_written_at_the_end(serve, site):
    nginx = serve(server=STATUS + "location = /seen { set $early $abm_visit; abm_seen; }")
    tell(nginx)
    assert nginx.visits(1)[0]["kind"] == "seen"


def test_an_error_page_of_the_site_s_own_leaves_no_line(serve):
    nginx = serve(server=STATUS + "error_page 400 405 413 /oops; location = /oops { return 200 oops; } location = /seen { abm_seen; }")
    assert tell(nginx, b"x").body == b"oops"
    assert tell(nginx, b"", method="GET").body == b"oops"
    assert nginx.visits() == []


def test_subrequests_are_no_beacons(serve, upstream):
    """A mirror would hand on the body of another request."""
    nginx = serve(server=SEEN + "location = /form { mirror /seen; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/form", Reply(b"thanks", content_type="text/plain"))
    assert fetch(nginx.port, "/form", ip=ALPHA, method="POST", body=BODY).body == b"thanks"
    assert nginx.visits() == [] and counted(nginx) == (0, 0, 0)


def test_the_report_counts_what_was_seen_for_its_own_visit_alone(serve, upstream, site):
    """From the page to the figure: sent three times, in view once, and claimed once by somebody else."""
    nginx = serve(server=SEEN)
    upstream.on("*", Reply(PAGE))
    for _ in range(3):
        fetch(nginx.port, "/k%C3%A4se", ip=ALPHA, headers={"User-Agent": BROWSER})
    first, second, third = (line["request_id"] for line in nginx.visits(3))
    for page, ip, path in ((first, ALPHA, "/k%c3%a4se"), (second, BETA, "/k%C3%A4se"), (third, ALPHA, "/elsewhere")):
        assert tell(nginx, f"seen/1\n{page}\n{path}\ncta\n".encode(), ip=ip).status == 204
    nginx.visits(6)
    done = site.abmctl("report", str(nginx.folder / "visits.jsonl"), "--json")
    tables = json.loads(done.stdout)["tables"]
    assert {row["slot"]: (row["sent"], row["seen"]) for row in tables["exposure"] if row["slot"] in ("cta", "headline")} == {
        "cta": (3, 1), "headline": (3, 0)}
    assert tables["beacons"] == [{"belongs_to": kind, "pages": 1} for kind in ("visit", "another page", "another account")]


def test_prometheus_counts_beacons(serve):
    nginx = serve(server=SEEN)
    tell(nginx)
    tell(nginx, ip=STRANGER)
    tell(nginx, b"x")
    text = fetch(nginx.port, "/status?format=prometheus").text()
    for result in ("logged", "ignored", "refused"):
        assert f'abm_beacons_total{{result="{result}"}} 1' in text
    assert json.loads(fetch(nginx.port, "/status").body)["beacons"] == {"logged": 1, "ignored": 1, "refused": 1}
