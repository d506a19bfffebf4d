"""Variables that are read early, across every kind of redirect and subrequest, while generations swap: nothing that nginx
keeps outlives its owner, and a value that was given stays. What decides the page is read again when the page is decided."""

import threading

import pytest

from harness.client import Connection, fetch
from harness.generations import ALL, LOCATION, NAMES, Generations
from harness.nginx import ABM, STATUS
from harness.site import ALPHA, ALPHA_PAGE, BETA_PAGE, PAGE, STRANGER, Site
from harness.upstream import Die, Reply
from harness.waiting import wait_for

QUICK = ABM.replace("50ms", "10ms")

# Early readers: lines for http{}, for server{}, for the requested location, and for the one that is requested meanwhile.
READERS = {
    "only the log": {},
    "set": {"first": f'set $early "{ALL}";'},
    "server's set": {"server": f'set $early "{ALL}";'},
    "map": {"http": f'map "{ALL}" $early {{ default "{ALL}"; }}', "first": "set $told $early;"},
    "if": {"first": "".join(f'if ($abm_{name} = "none") {{ return 403; }} ' for name in NAMES)},
    "limit_req": {"http": f'limit_req_zone "{ALL}" zone=early:1m rate=10000r/s;', "first": "limit_req zone=early burst=1000 nodelay;"},
    "limit_conn": {"http": f'limit_conn_zone "{ALL}" zone=early:1m;', "first": "limit_conn early 1000;"},
    "subrequest": {"wait": f'proxy_set_header X-Early "{ALL}";'},
    "every upstream": {"server": f'proxy_set_header X-Early "{ALL}";'},
}

# How a request gets from /first to its page; /wait, /accel, /gone, /ssi and /stalls of the upstream wait in between.
WAYS = {
    "auth_request": "location = /first { READ abm on; auth_request /wait; proxy_pass http://UP/page; }",
    "auth_request with abm off": "location = /first { READ abm off; auth_request /wait; proxy_pass http://UP/page; }",
    "X-Accel-Redirect": "location = /first { READ abm on; proxy_pass http://UP/accel; }",
    "X-Accel-Redirect from abm off": "location = /first { READ abm off; proxy_pass http://UP/accel; }",
    "X-Accel-Redirect to a named location": "location = /first { READ abm on; proxy_pass http://UP/accel-named; }",
    "error_page to a page": "location = /first { READ abm on; proxy_intercept_errors on; error_page 404 =200 /page; "
                            "proxy_pass http://UP/gone; }",
    "error_page to a named location": "location = /first { READ abm on; proxy_intercept_errors on; error_page 404 =200 @named; "
                                      "proxy_pass http://UP/gone; }",
    "error_page of a failed upstream": "location = /first { READ abm on; error_page 502 =200 @named; proxy_pass http://UP/dies; }",
    "try_files to a page": "location = /first { READ abm on; auth_request /wait; try_files /none /page; }",
    "try_files to a named location": "location = /first { READ abm on; auth_request /wait; try_files /none @named; }",
    "index": "location = /first { abm on; rewrite ^ /folder/ last; } "
             "location = /folder/ { READ abm on; auth_request /wait; root ROOT; index index.html; } "
             "location = /folder/index.html { abm on; root ROOT; }",
    "rewrite": "location = /first { abm on; rewrite ^ /second last; } "
               "location = /second { READ abm on; auth_request /wait; proxy_pass http://UP/page; }",
    "rewrite after the wait": "location = /first { READ abm on; auth_request /wait; try_files /none /second; } "
                              "location = /second { abm on; rewrite ^ /page last; }",
    "SSI": "location = /first { READ abm on; ssi on; proxy_pass http://UP/ssi; }",
    "mirror": "location = /first { READ abm on; mirror /wait; proxy_pass http://UP/page; }",
    "add_before_body": "location = /first { READ abm on; add_before_body /wait; proxy_pass http://UP/page; }",
    "add_after_body": "location = /first { READ abm on; add_after_body /wait; proxy_pass http://UP/page; }",
    "post_action": "location = /first { READ abm on; post_action /wait; proxy_pass http://UP/page; }",
    "a page that stalls": "location = /first { READ abm on; proxy_pass http://UP/stalls; }",
    "a page in slices": "location = /first { READ abm on; slice 100; proxy_set_header Range $slice_range; proxy_http_version 1.1; "
                        "proxy_pass http://UP/sliced; }",
}
COMMON = """
    location = /page { abm on; proxy_pass http://UP/page; }
    location @named { abm on; rewrite ^ /page break; proxy_pass http://UP; }
    location = /wait { WAIT proxy_pass http://UP/wait; }
"""


class Stall:
    """What the upstream does at the one place where it waits: it signals that it is there and continues when allowed."""

    def __init__(self):
        self.reached, self.go = threading.Event(), threading.Event()

    def run(self, _connection=None):
        self.reached.set()
        assert self.go.wait(30)

    def before(self, reply, step=None):
        def answer(_request):
            self.run()
            if step is not None:
                step.run(None)
            return reply
        return answer


def arrange(upstream, stall):
    """The upstream's responses, each of which waits once."""
    half = PAGE.index(b"<p>Some")
    upstream.on("/page", Reply(PAGE))
    upstream.on("/wait", stall.before(Reply(b"", headers={"X-Waited": "yes"})))
    upstream.on("/accel", stall.before(Reply(b"", headers={"X-Accel-Redirect": "/page"})))
    upstream.on("/accel-named", stall.before(Reply(b"", headers={"X-Accel-Redirect": "@named"})))
    upstream.on("/gone", stall.before(Reply(b"gone", "404 Not Found")))
    upstream.on("/dies", stall.before(None, Die()))
    upstream.on("/ssi", Reply(PAGE[:half] + b'<!--# include virtual="/wait" -->' + PAGE[half:]))
    upstream.on("/stalls", Reply(parts=[PAGE[:half], stall, PAGE[half:]], headers={"Content-Length": str(len(PAGE))}))

    def part(request):
        first, last = (int(x) for x in request.headers["range"].removeprefix("bytes=").split("-"))
        if first == 200:
            stall.run()
        last = min(last, len(PAGE) - 1)
        return Reply(PAGE[first:last + 1], "206 Partial Content", {"Content-Range": f"bytes {first}-{last}/{len(PAGE)}", "ETag": '"v1"'})
    upstream.on("/sliced", part)


def log_lines(path):
    return dict(line.split(" ", 1) for line in path.read_text().splitlines() if line.startswith("test-")) if path.exists() else {}


@pytest.fixture(scope="module")
def generations(tmp_path_factory):
    return Generations(tmp_path_factory.mktemp("generations") / "site")


@pytest.mark.parametrize("way", WAYS)
def test_what_was_read_early_stays_and_nobody_reads_what_is_gone(serve, upstream, generations, tmp_path, way):
    root = tmp_path / "root" / "folder"
    root.mkdir(parents=True)
    (root / "index.html").write_bytes(PAGE)
    for number, (reader, parts) in enumerate(READERS.items()):
        if reader == "subrequest" and "/wait" not in WAYS[way]:
            continue  # none reads early
        about = f"{way}, read early by {reader}"
        generations.flip(1)
        server = WAYS[way].replace("READ", parts.get("first", "")) + COMMON.replace("WAIT", parts.get("wait", "")) + LOCATION
        server = (parts.get("server", "") + server).replace("ROOT", str(tmp_path / "root")).replace("UP", f"127.0.0.1:{upstream.port}")
        log = tmp_path / f"early-{number}.log"
        nginx = serve(data=generations.data, abm=QUICK.format(data=generations.data), server=server, plain_server="",
                      http=f"log_format early '$http_x_test {ALL}'; access_log {log} early; {parts.get('http', '')}")
        worker = nginx.workers()
        stall = Stall()
        arrange(upstream, stall)
        with Connection(nginx.port) as connection:
            connection.send("GET", "/first", {"X-Forwarded-For": ALPHA, "X-Test": f"test-{number}", "Connection": "close"})
            assert stall.reached.wait(10), about
            generations.move(nginx, 2)
            generations.move(nginx, 3)
            stall.go.set()
            answer = connection.receive()
        assert answer.status == 200 and answer.complete, about
        wait_for(lambda: log_lines(log) or nginx.workers() != worker)
        assert nginx.workers() == worker, f"{about}: the worker died"
        told = {generations.told(one): one for one in generations.numbers}
        logged = log_lines(log)[f"test-{number}"]
        assert logged in told, f"{about}: the log tells of no generation: {logged}"
        lines = nginx.visits(1)
        if reader != "only the log":
            assert told[logged] == 1, f"{about}: the log says something else than was read early: {logged}"
        else:
            assert told[logged] == lines[0]["generation"], f"{about}: the log and the visit line tell of two generations"
        early = [request.headers["x-early"] for request in upstream.requests if "x-early" in request.headers]
        assert all(one == generations.told(1) for one in early), f"{about}: upstreams were told {early}"
        upstream.requests.clear()
        edition = lines[0]["generation"]
        assert lines[0]["account"] == f"alpha{edition}" and lines[0]["stage"] == f"stage-{edition}", about
        off = "with abm off" in way
        assert answer.body == (PAGE if off else generations.page(edition)), about
        assert [rule["id"] for rule in lines[0]["rules"]] == [f"page-{edition}"], about
        if not off:
            assert lines[0]["page"] == "personalized" and lines[0]["rules"][0]["slots"] == {"headline": "applied"}, about
        nginx.stop()


def test_what_ssi_echoes_early_may_be_echoed_again(serve, upstream, generations):
    """`echo` reads by name: what it inserted is in the page until the page is sent."""
    generations.flip(1)
    echo = b"".join(b'<!--# echo var="abm_%s" -->|' % name.encode() for name in NAMES)
    nginx = serve(data=generations.data, abm=QUICK.format(data=generations.data), plain_server="",
                  server=LOCATION + "location = /first { abm on; ssi on; proxy_pass http://127.0.0.1:%d/ssi; } "
                                    "location = /wait { proxy_pass http://127.0.0.1:%d/wait; }" % ((upstream.port,) * 2))
    worker = nginx.workers()
    stall = Stall()
    arrange(upstream, stall)
    upstream.on("/ssi", Reply(b"<i>" + echo + b'</i><!--# include virtual="/wait" --><b>' + echo + b"</b><h1>Made for everybody</h1>"))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/first", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        assert stall.reached.wait(10)
        generations.move(nginx, 2)
        generations.move(nginx, 3)
        stall.go.set()
        answer = connection.receive()
    assert nginx.workers() == worker, "the worker died"
    said = generations.told(1).replace("||", "|(none)|").encode() + b"|"
    first, second = answer.body.split(b"</i>")
    assert first.removeprefix(b"<i>").replace(b"||", b"|(none)|") == said
    assert second.split(b"</b>")[0].removeprefix(b"<b>").replace(b"||", b"|(none)|") in [
        generations.told(one).replace("||", "|(none)|").encode() + b"|" for one in generations.numbers]
    assert b"<h1>Edition 1 for Alpha 1</h1>" in answer.body


# What decides the page is read again when the page is decided.

ASKED_FIRST = {
    "limit_req": ("limit_req_zone $abm_account zone=asked:1m rate=1000r/s;", "limit_req zone=asked burst=100 nodelay;"),
    "limit_conn": ("limit_conn_zone $abm_account zone=asked:1m;", "limit_conn asked 100;"),
    "set": ("", "set $asked $abm_account;"),
    "if": ("", "if ($abm_tier = none) { return 403; }"),
    "map": ("map $abm_account $lane { default $abm_account; }", "set $asked $lane;"),
}


def asked_first(serve, upstream, tmp_path, reader, http, location):
    """An nginx whose /page reads early, then asks /auth, which sets what `location` uses."""
    before, here = ASKED_FIRST[reader]
    here += " set $early $abm_account; auth_request /auth;"
    return serve(plain_server="", http=f"{before} {http} log_format early '$early'; access_log {tmp_path}/early.log early;",
                 server=STATUS + "location = /page { abm on; %s %s proxy_pass http://127.0.0.1:%d; } "
                        "location = /auth { access_log off; proxy_pass http://127.0.0.1:%d; } "
                        "location = /own { %s %s abm_visitor; }"
                        % (here, location, upstream.port, upstream.port, here, location))


def told_early(tmp_path):
    return (tmp_path / "early.log").read_text().splitlines()


@pytest.mark.parametrize("reader", ASKED_FIRST)
def test_opt_out_that_is_known_late_still_opts_out(serve, upstream, tmp_path, reader):
    nginx = asked_first(serve, upstream, tmp_path, reader, "abm_opt_out $no_thanks;", "auth_request_set $no_thanks $upstream_http_x_no;")
    upstream.on("/page", Reply(PAGE, headers={"ETag": '"v1"'}))
    for no, page in (("1", PAGE), ("", ALPHA_PAGE), ("0", ALPHA_PAGE)):
        upstream.on("/auth", Reply(b"", headers={"X-No": no} if no else {}))
        answer = fetch(nginx.port, "/page", ip=ALPHA, headers={"Accept-Encoding": "gzip"})
        assert answer.body == page, f"X-No: {no}"
        if page is PAGE:
            assert answer.same_as(fetch(nginx.plain_port, "/page", ip=ALPHA, headers={"Accept-Encoding": "gzip"}))
        asked = [request.headers.get("accept-encoding") for request in upstream.seen("/page")]
        assert asked[0] == ("gzip" if page is PAGE else "identity"), "the upstream is not asked as for an opted-out visitor"
        upstream.requests.clear()
        own = fetch(nginx.port, "/own", ip=ALPHA).body
        assert (own == b'{"identified":false}') == (page is PAGE)
    assert [line["path"] for line in nginx.visits(2)] == ["/page", "/page"]
    assert nginx.status()["opted_out"] == 1
    assert set(told_early(tmp_path)[:1]) == {"alpha"}, "what was said early does not stay"


@pytest.mark.parametrize("reader", ASKED_FIRST)
def test_identity_that_is_known_late_decides(serve, upstream, tmp_path, reader):
    nginx = asked_first(serve, upstream, tmp_path, reader, "abm_identity $who by=id;", "auth_request_set $who $upstream_http_x_who;")
    upstream.on("/page", Reply(PAGE))
    for who, page in (("beta", BETA_PAGE), ("nobody", PAGE), ("", ALPHA_PAGE)):
        upstream.on("/auth", Reply(b"", headers={"X-Who": who} if who else {}))
        assert fetch(nginx.port, "/page", ip=ALPHA).body == page, f"X-Who: {who}"
    lines = nginx.visits(2)
    assert [(line["account"], line["source"]) for line in lines] == [("beta", "identity"), ("alpha", "feed")]
    assert told_early(tmp_path) == ["alpha"] * 3


def test_address_that_is_known_late_decides(serve, upstream, tmp_path):
    """A location's realip runs after the server's rewrites, which have already used the proxy's address."""
    nginx = serve(http=f"log_format early '$early'; access_log {tmp_path}/early.log early;",
                  server="set_real_ip_from 10.255.255.255; set $early $abm_account; location = /trusted { abm on; "
                         "set_real_ip_from 127.0.0.0/8; proxy_set_header X-Account $abm_account; proxy_pass http://127.0.0.1:%d; }"
                         % upstream.port)
    upstream.on("/trusted", Reply(PAGE))
    assert fetch(nginx.port, "/trusted", ip=ALPHA).body == ALPHA_PAGE
    assert fetch(nginx.port, "/trusted", ip=STRANGER).body == PAGE
    assert [(line["account"], line["ip"]) for line in nginx.visits(1)] == [("alpha", "198.51.100.0")]
    assert [line.strip("-") for line in told_early(tmp_path)] == ["", ""]
    assert upstream.seen("/trusted")[0].headers.get("x-account", "") == "", "one variable says two things in one request"


# $abm_arm and $abm_rules are about the page, whoever reads them.

PART_RULES = """\
abm: rules/1
slots: { headline: h1 }
rules:
  - { id: of-page, when: { account: alpha, path: /page }, rewrite: { headline: { text: "page" } } }
  - { id: of-part, when: { account: alpha, path: /part }, rewrite: { headline: { text: "part" } } }
"""


@pytest.mark.parametrize("part", ["", "abm on;", "abm off;"])
@pytest.mark.parametrize("way", ["auth_request /part;", "mirror /part;", "ssi on;", "add_before_body /part;", "add_after_body /part;"])
def test_rules_and_arm_in_a_subrequest_speak_of_the_page(serve, upstream, tmp_path, way, part):
    site = Site(tmp_path / "parts", rules=PART_RULES)
    site.publish()
    nginx = serve(data=site.data, server="location = /page { abm on; %s proxy_pass http://127.0.0.1:%d; } "
                  "location = /part { %s proxy_set_header X-Arm $abm_arm; proxy_set_header X-Rules $abm_rules; "
                  "proxy_pass http://127.0.0.1:%d; }" % (way, upstream.port, part, upstream.port))
    body = b"<h1>x</h1>" + (b'<!--# include virtual="/part" -->' if "ssi" in way else b"")
    upstream.on("/page", Reply(body))
    upstream.on("/part", Reply(b"<p>part</p>"))
    answer = fetch(nginx.port, "/page", ip=ALPHA)
    assert b"<h1>page</h1>" in answer.body and answer.complete
    wait_for(lambda: upstream.seen("/part"))
    asked = upstream.seen("/part")[0].headers
    assert (asked.get("x-arm"), asked.get("x-rules")) == ("treated", "of-page")
    line = nginx.visits(1)[0]
    assert (line["path"], [rule["id"] for rule in line["rules"]], line["page"]) == ("/page", ["of-page"], "personalized")
