"""Pages that were seen before are told from memory: the same bytes as without it, whatever changes."""

import itertools
import random
import time

import pytest

from harness.client import Connection, fetch
from harness.nginx import Nginx
from harness.recalling import ask_until_whole, learned, personalized, recalls, with_recall_log
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER
from harness.upstream import Reply, Sleep, Wait
from harness.waiting import wait_for


@pytest.fixture
def memory(serve):
    return with_recall_log(serve)


def test_the_third_visit_is_told_from_memory(memory):
    nginx = memory()
    for number, (ip, wanted) in enumerate([(ALPHA, ALPHA_PAGE), (ALPHA, ALPHA_PAGE), (ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE)]):
        assert fetch(nginx.port, ip=ip).body == wanted
        if number == 1:
            learned(nginx, 1)
    assert fetch(nginx.port, ip=STRANGER).body == PAGE
    assert recalls(nginx) == ["scan", "scan", "whole", "whole", ""]
    status = nginx.status()
    assert status["recall"] == {"whole": 2, "part": 0, "scan": 2}
    assert status["lessons"] == {"learned": 1, "changing": 0, "refused": 0}
    told = status["page_memory"]
    assert told["size"] == 16 * 1024 * 1024 and told["pages"] == told["versions"] == 1 and not told["not_recalled"]
    assert len(PAGE) < told["bytes"] < told["size"]
    nginx.visits(4)


def test_off_is_off(memory):
    nginx = memory(http="abm_page_memory off;")
    for _ in range(4):
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert recalls(nginx) == ["scan"] * 4
    assert nginx.status()["page_memory"] is None


def test_wrong_sizes_are_refused(tmp_path, site):
    for value, why in (("12", "too small, the minimum is 256k"), ("255k", "too small"), ("x", "invalid value"),
                       ("1m; abm_page_memory off", "duplicate"), ("256k", None), ("off", None)):
        done = Nginx(tmp_path / "nginx", data=site.data, http=f"abm_page_memory {value};").test()
        assert (done.returncode == 0) == (why is None), done.stderr
        assert why is None or why in done.stderr, done.stderr


def test_a_page_that_changed_is_scanned_from_there_on(memory, upstream):
    nginx = memory()
    for _ in range(2):
        fetch(nginx.port, ip=ALPHA)
    learned(nginx, 1)
    other = PAGE.replace(b"<p>Some", b"<h1>Another</h1><p>Some")
    upstream.on("/", Reply(other))
    wanted = ALPHA_PAGE.replace(b"<p>Some", b"<h1>Made for presses</h1><p>Some")
    assert fetch(nginx.port, ip=ALPHA).body == wanted
    # In pieces, the first of which is as before.
    cut = other.index(b"<h1>Another") - 20
    upstream.on("/", Reply(parts=[other[:cut], Sleep(0.05), other[cut:]], length=len(other)))
    assert fetch(nginx.port, ip=ALPHA).body == wanted
    assert recalls(nginx)[2] == "scan"

    def ask():
        assert fetch(nginx.port, ip=ALPHA).body == wanted
    upstream.on("/", Reply(other))
    ask_until_whole(nginx, ask)
    upstream.on("/", Reply(PAGE))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert recalls(nginx)[-1] == "whole", "both versions are remembered"


def test_what_arrived_leaves_while_the_rest_is_awaited(memory, upstream):
    nginx = memory(server="proxy_buffering off;")
    for _ in range(2):
        fetch(nginx.port, ip=ALPHA)
    learned(nginx, 1)
    cut = PAGE.index(b"<p>Some")
    rest = Wait()
    upstream.on("/", Reply(parts=[PAGE[:cut], rest, PAGE[cut:]], length=len(PAGE)))
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"})
        connection.receive_until(b"Made for presses</h1>")
        rest.release()
        assert connection.receive().body == ALPHA_PAGE
    assert recalls(nginx)[-1] == "whole"


def test_two_visitors_at_once_and_a_page_dropped_while_it_is_sent(memory, upstream):
    nginx = memory(http="abm_page_memory 256k;", server="proxy_buffering off;")
    for _ in range(2):
        fetch(nginx.port, ip=ALPHA)
    learned(nginx, 1)
    cut = PAGE.index(b"<p>Some")
    rest = Wait()
    upstream.on("/", Reply(parts=[PAGE[:cut], rest, PAGE[cut:]], length=len(PAGE)))
    connections = []
    for ip in (ALPHA, BETA, ALPHA):
        connections.append(Connection(nginx.port))
        connections[-1].send("GET", "/", {"X-Forwarded-For": ip, "Connection": "close"})
    connections[0].receive_until(b"Made for presses</h1>")
    for number in range(30):  # more than the memory takes
        upstream.on(f"/{number}", Reply(PAGE + b"<!-- %d -->" % number + b"x" * 20000))
        for _ in range(2):
            assert fetch(nginx.port, f"/{number}", ip=ALPHA).body.startswith(ALPHA_PAGE)
    rest.release()
    for connection, wanted in zip(connections, (ALPHA_PAGE, BETA_PAGE, ALPHA_PAGE)):
        assert connection.receive().body == wanted
        connection.socket.close()
    told = nginx.status()["page_memory"]
    assert 0 < told["bytes"] <= told["size"] == 256 * 1024


def changing(upstream):
    """A page with a token in its head, a nonce on its scripts and a time at its end, all new for each request."""
    made = []

    def reply(_request):
        token = "%x" % random.getrandbits(random.choice([40, 64, 90]))
        page = (PAGE.replace(b"<head>", b'<head><meta name="csrf" content="%s">' % token.encode())
                .replace(b"<script>", b"<script nonce='%s'>" % token[::-1].encode())
                .replace(b"<p>The end.</p>", b"<p>Served at %d:%02d</p>" % divmod(len(made), 60)))
        made.append(page)
        return Reply(page)
    upstream.on("/", reply)
    return made


def test_tokens_nonces_and_times_do_not_stand_in_the_way(memory, upstream):
    made = changing(upstream)
    nginx = memory()

    def ask():
        assert fetch(nginx.port, ip=ALPHA).body == personalized(made[-1])
    ask_until_whole(nginx, ask, in_a_row=10)
    assert nginx.status()["lessons"]["changing"] >= 1


def another_each_time(upstream):
    """A page that differs, and not in a gap, from one request to the next."""
    made = []

    def reply(_request):
        made.append(PAGE.replace(b"<p>Some", b"<p class=n%d>Some" % len(made)))
        return Reply(made[-1])
    upstream.on("/", reply)
    return made


def test_a_page_that_is_another_each_time_is_told_of(memory, upstream):
    made = another_each_time(upstream)
    nginx = memory()
    for _ in range(30):
        assert fetch(nginx.port, ip=ALPHA).body == personalized(made[-1])
    told = nginx.status()["page_memory"]["not_recalled"]
    assert [(page["host"], page["path"], page["why"]) for page in told] == [("www.example.com", "/", "it changes from request to request")]
    assert told[0]["parted_at"] == 0 and told[0]["misses"] >= 3


def test_the_arguments_of_a_page_that_is_not_recalled_are_nobody_s_business(memory, upstream):
    another_each_time(upstream)
    nginx = memory()
    for number in range(80):
        fetch(nginx.port, f"/?email=person{number % 2}@example.com", ip=ALPHA)
    status = fetch(nginx.port, "/status").body
    told = nginx.status()["page_memory"]["not_recalled"]
    assert {(page["host"], page["path"]) for page in told} == {("www.example.com", "/")}
    assert any(page["arguments"] for page in told) and b"email" not in status


def test_arguments_count_only_where_they_matter(memory, upstream):
    def reply(request):
        page = PAGE
        if request.path == "/shop":
            page = PAGE.replace(b"<p>Some", b"<p class=%s>Some" % request.target.split("=")[1].encode())
        return Reply(page)
    upstream.on("*", reply)
    nginx = memory()
    numbers = itertools.count()
    ask_until_whole(nginx, lambda: fetch(nginx.port, f"/page?utm={next(numbers)}", ip=ALPHA), in_a_row=3)

    def ask():
        number = next(numbers) % 6
        page = PAGE.replace(b"<p>Some", b"<p class=%d>Some" % number)
        assert fetch(nginx.port, f"/shop?id={number}", ip=ALPHA).body == personalized(page)
    ask_until_whole(nginx, ask, in_a_row=6)


def test_new_texts_need_no_new_look_and_new_selectors_do(memory, own_site):
    own_site.publish()
    nginx = memory(data=own_site.data)
    for _ in range(2):
        fetch(nginx.port, ip=ALPHA)
    learned(nginx, 1)
    rules = (own_site.folder / "rules.yaml").read_text()

    def publish(text):
        own_site.write_rules(text)
        own_site.publish()
        wait_for(lambda: nginx.status()["generation"] == own_site.generation())
    publish(rules.replace("Made for presses", "Made for stamping"))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE.replace(b"Made for presses", b"Made for stamping")
    assert recalls(nginx)[-1] == "whole"
    publish(rules.replace("headline: h1", "headline: 'body > p:first-of-type'", 1))
    moved = PAGE.replace(b"Some text &amp; more.", b"Made for presses")

    def ask():
        assert fetch(nginx.port, ip=BETA).body == moved.replace(b"presses", b"grids")
    ask()
    assert recalls(nginx)[-1] == "scan"
    ask_until_whole(nginx, ask)
    wait_for(lambda: nginx.status()["page_memory"]["pages"] == 1)  # what was learned with the old selectors is gone


def test_a_slow_client_gets_all_that_came_while_the_origin_pauses(memory, upstream):
    """nginx sends on what waits for a client only while it counts buffers of the origin's as busy."""
    page = PAGE.replace(b"</body>", b"<p>0123456789abcdef</p>\n" * 300_000 + b"</body>")  # more than sockets take
    upstream.on("/", Reply(page))
    nginx = memory(http="abm_page_memory 64m;")
    for number in range(3):
        assert fetch(nginx.port, ip=ALPHA).body == personalized(page)
        if number == 1:
            learned(nginx, 1)
    assert recalls(nginx)[-1] == "whole"
    rest = Wait()
    upstream.on("/", Reply(parts=[page[:-1000], rest, page[-1000:]], length=len(page)))
    with Connection(nginx.port, receive_buffer=16384) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close"}, version="1.0")
        time.sleep(0.5)
        while len(connection.buffer) < len(page) - 10_000:
            assert connection.more(), "nginx itself keeps up to two buffers"
        rest.release()
        while connection.more():
            pass
        assert connection.buffer.endswith(personalized(page))
