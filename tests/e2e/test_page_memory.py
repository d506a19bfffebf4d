"""Pages that were seen before are told from memory: the same bytes as without it, whatever changes."""

import gzip
import itertools
import os
import random
import threading
import time

import pytest

from harness.client import Connection, fetch
from harness.nginx import Nginx, STATUS
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER
from harness.upstream import Reply, Sleep, Wait
from harness.waiting import wait_for

HTTP = """log_format recall '$uri $abm_recall'; access_log recall.log recall;"""
RACY = 2.2  # seconds after which a file's times are relied on


def recalls(nginx):
    """$abm_recall of each request so far."""
    nginx.settle()
    return [line.split(" ")[1] for line in (nginx.folder / "recall.log").read_text().splitlines() if not line.startswith("/status")]


def learned(nginx, number):
    """Waits until so many pages have been learned."""
    wait_for(lambda: sum(nginx.status()["lessons"].values()) >= number)


def ask_until_whole(nginx, ask, in_a_row=1):
    """Calls `ask`, which makes one request, until the last answers were told from memory as a whole."""
    def asked():
        ask()
        return recalls(nginx)[-in_a_row:] == ["whole"] * in_a_row
    wait_for(asked, seconds=20)


@pytest.fixture
def memory(serve):
    def start(**arguments):
        arguments.setdefault("http", "")
        arguments["http"] += HTTP
        arguments.setdefault("server", "")
        arguments["server"] += STATUS
        return serve(**arguments)
    return start


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


def personalized(page):
    return (page.replace(b"Made for everybody", b"Made for presses").replace(b'href="/plan">Read on', b'href="/for/alpha">See the plan')
            .replace(b"<p>The <i>usual</i> story</p>", b"<p>Alpha's <b>story</b></p>"))


def test_tokens_nonces_and_times_do_not_stand_in_the_way(memory, upstream):
    made = changing(upstream)
    nginx = memory()

    def ask():
        assert fetch(nginx.port, ip=ALPHA).body == personalized(made[-1])
    ask_until_whole(nginx, ask, in_a_row=10)
    assert nginx.status()["lessons"]["changing"] >= 1


def test_a_page_that_is_another_each_time_is_told_of(memory, upstream):
    made = []

    def reply(_request):
        made.append(PAGE.replace(b"<p>Some", b"<p class=n%d>Some" % len(made)))
        return Reply(made[-1])
    upstream.on("/", reply)
    nginx = memory()
    for _ in range(30):
        assert fetch(nginx.port, ip=ALPHA).body == personalized(made[-1])
    told = nginx.status()["page_memory"]["not_recalled"]
    assert [(page["host"], page["path"], page["why"]) for page in told] == [("www.example.com", "/", "it changes from request to request")]
    assert told[0]["parted_at"] == 0 and told[0]["misses"] >= 3


def test_the_arguments_of_a_page_that_is_not_recalled_are_nobody_s_business(memory, upstream):
    made = []

    def reply(request):
        made.append(PAGE.replace(b"<p>Some", b"<p class=n%d>Some" % len(made)))
        return Reply(made[-1])
    upstream.on("/", reply)
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


# --- files -----------------------------------------------------------------------------------------------------------------

STATIC = "location /files/ {{ abm on; alias {folder}/; {more} }}"
BIG = PAGE.replace(b"</body>", b"<p>0123456789abcdef</p>\n" * 8000 + b"</body>")


def read_by(pid):
    with open(f"/proc/{pid}/io", encoding="ascii") as io:
        return int(io.readline().split()[1])


@pytest.fixture(params=["", "sendfile on;", "sendfile on; tcp_nopush on; open_file_cache max=10;", "output_buffers 1 4k;",
                        "directio 1;", "sendfile on; aio threads;", "aio threads; directio 512;"])
def files(request, memory, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(0o755)
    nginx = memory(server=STATIC.format(folder=folder, more=request.param + " open_file_cache_valid 1s;"))
    return folder, nginx


def test_a_file_that_is_known_is_not_read(files):
    folder, nginx = files
    (folder / "page.html").write_bytes(BIG)
    time.sleep(RACY)
    for number in range(3):
        assert fetch(nginx.port, "/files/page.html", ip=ALPHA).body == personalized(BIG)
        if number == 1:
            learned(nginx, 1)
    worker = nginx.workers()[0]
    before = read_by(worker)
    for _ in range(20):
        answer = fetch(nginx.port, "/files/page.html", ip=ALPHA)
        assert answer.body == personalized(BIG)
        assert answer.get("Content-Length") == str(len(personalized(BIG)))
    assert recalls(nginx)[-20:] == ["whole"] * 20
    assert read_by(worker) - before < 2 * len(BIG), "20 answers"
    assert fetch(nginx.port, "/files/page.html", ip=STRANGER).body == BIG


def test_a_file_that_changes_in_any_way_is_read(files):
    folder, nginx = files
    path = folder / "page.html"
    path.write_bytes(BIG)
    time.sleep(RACY)
    for number in range(4):
        fetch(nginx.port, "/files/page.html", ip=ALPHA)
        if number == 1:
            learned(nginx, 1)
    is_cached = "open_file_cache" in (nginx.folder / "nginx.conf").read_text().split("open_file_cache_valid")[0]

    def check(page):
        if is_cached:
            time.sleep(1.2)
        for _ in range(3):
            assert fetch(nginx.port, "/files/page.html", ip=ALPHA).body == personalized(page)

    old = os.stat(path)
    same_size = BIG.replace(b"<p>Some", b"<p>Same")
    with open(path, "r+b") as file:  # in place, and with the old time
        file.write(same_size)
    os.utime(path, ns=(old.st_atime_ns, old.st_mtime_ns))
    check(same_size)
    other = folder / "other"
    other.write_bytes(BIG)
    os.utime(other, ns=(old.st_atime_ns, old.st_mtime_ns))
    os.rename(other, path)  # replaced
    check(BIG)
    path.touch()
    check(BIG)
    time.sleep(RACY)
    check(BIG)
    os.truncate(path, len(PAGE))
    check(BIG[:len(PAGE)])


def test_a_cached_answer_is_known_as_well(memory, upstream, tmp_path):
    upstream.on("/", Reply(BIG, headers={"Cache-Control": "max-age=600"}))
    nginx = memory(http=f"proxy_cache_path {tmp_path}/cache keys_zone=pages:1m;", server="proxy_cache pages;")
    (tmp_path / "cache").chmod(0o755)
    for number in range(2):
        assert fetch(nginx.port, ip=ALPHA).body == personalized(BIG)
    learned(nginx, 1)
    time.sleep(RACY)
    fetch(nginx.port, ip=ALPHA)
    worker = nginx.workers()[0]
    before = read_by(worker)
    for _ in range(20):
        assert fetch(nginx.port, ip=ALPHA).body == personalized(BIG)
    assert recalls(nginx)[-20:] == ["whole"] * 20
    assert read_by(worker) - before < 4 * len(BIG), "20 answers"
    assert len(upstream.seen("/")) <= 2


def test_an_encoded_file_and_a_part_pass_by(memory, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "page.html").write_bytes(BIG)
    (folder / "page.html.gz").write_bytes(gzip.compress(BIG, mtime=0))
    nginx = memory(server=STATIC.format(folder=folder, more="gzip_static always; gunzip off;"))
    time.sleep(RACY)
    for number in range(5):
        assert fetch(nginx.port, "/files/page.html", ip=ALPHA, headers={"Accept-Encoding": "gzip"}).text() == personalized(BIG).decode()
        if number == 1:
            learned(nginx, 1)
    assert recalls(nginx)[-1] == "whole"
    ranged = fetch(nginx.port, "/files/page.html", ip=ALPHA, headers={"Range": "bytes=5-20"})
    assert ranged.status == 200


def known(nginx, folder, target, wanted):
    """A page that is a file, and would by now be known as that file."""
    time.sleep(RACY)
    for number in range(4):
        assert fetch(nginx.port, target, ip=ALPHA).body == wanted
        if number == 1:
            learned(nginx, 1)


# Filters of nginx that change a file's bytes before the page is personalized: what they make of it is no file's.
@pytest.mark.parametrize("more, file, pages", [
    ("ssi on;", PAGE.replace(b"The end", b'<!--# echo var="arg_who" -->'),
     {who: PAGE.replace(b"The end", who.encode()) for who in ("one", "two", "six")}),
    ("sub_filter 'The end' 'The end of The end';", PAGE,
     {who: PAGE.replace(b"The end", b"The end of The end") for who in ("one", "two")}),
    ("sub_filter 'The end' 'The $arg_who';", PAGE, {who: PAGE.replace(b"The end", b"The " + who.encode()) for who in ("one", "end", "two")}),
    ("sub_filter $arg_who 'nothing';", PAGE, {who: PAGE.replace(who.encode(), b"nothing", 1) for who in ("absent", "Some", "end")}),
    ("add_before_body /files/first; add_after_body /files/last;", PAGE, {who: b"<!doctype html><!-- first -->" + PAGE + b"<!-- last -->" for who in ("one", "two")}),
    ("charset utf-8; source_charset x-own;", PAGE.replace(b"The end", b"The ~"),
     {who: PAGE.replace(b"The end", b"The \xd0\xb6") for who in ("one", "two")}),
], ids=["ssi", "sub", "sub-variable", "sub-search", "addition", "charset"])
def test_what_another_filter_makes_of_a_file_is_not_the_file(memory, tmp_path, more, file, pages):
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(0o755)
    (folder / "page.html").write_bytes(file)
    (folder / "first").write_bytes(b"<!doctype html><!-- first -->")
    (folder / "last").write_bytes(b"<!-- last -->")
    nginx = memory(http="charset_map x-own utf-8 { 7E D0B6; }", server=STATIC.format(folder=folder, more=more))
    for who, page in pages.items():
        known(nginx, folder, f"/files/page.html?who={who}", personalized(page))
    for _ in range(2):
        for who, page in pages.items():
            for _ in range(3):
                assert fetch(nginx.port, f"/files/page.html?who={who}", ip=ALPHA).body == personalized(page)


def test_an_answer_that_is_broken_off_says_nothing_of_the_file(memory, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(0o755)
    path = folder / "page.html"
    path.write_bytes(BIG)
    nginx = memory(server=STATIC.format(folder=folder, more="limit_rate $arg_rate; output_buffers 1 4k;"))
    known(nginx, folder, "/files/page.html", personalized(BIG))
    other = BIG.replace(b"<p>0123456789abcdef</p>\n</body>", b"<p>changed</p></body>")
    assert other != BIG
    path.write_bytes(other)
    time.sleep(RACY)
    for number in range(2):
        with Connection(nginx.port) as connection:
            connection.send("GET", "/files/page.html?rate=8k", {"X-Forwarded-For": ALPHA, "Connection": "close"})
            connection.receive_until(b"Made for presses</h1>")
        wait_for(lambda: len(recalls(nginx)) == 5 + number)
    assert fetch(nginx.port, "/files/page.html", ip=ALPHA).body == personalized(other)


# --- soak in small ---------------------------------------------------------------------------------------------------------

def test_nothing_goes_wrong_while_everything_changes(memory, own_site, upstream, tmp_path):
    own_site.publish()
    folder = tmp_path / "files"
    folder.mkdir()
    folder.chmod(0o755)
    names = [f"page{number}.html" for number in range(12)]

    def text(name, version):
        return PAGE.replace(b"<p>The end.</p>", b"<ul class=%s-%d></ul>" % (name.encode(), version) + b"<p>row</p>" * (version % 5 * 300))
    versions = {name: 0 for name in names}
    moving = threading.Lock()
    for name in names:
        (folder / name).write_bytes(text(name, 0))
    upstream.on("*", lambda request: Reply(text(request.path.rsplit("/", 1)[1], versions[request.path.rsplit("/", 1)[1]] // 4)))
    nginx = memory(data=own_site.data, http="abm_page_memory 256k;", workers=2,
                   server=STATIC.format(folder=folder, more="sendfile on;"))
    wrong, stop = [], threading.Event()
    in_place = {name: 0 for name in names}  # the versions that the files have

    def change():
        chance = random.Random(7)
        while not stop.wait(0.02):
            name = chance.choice(names)
            versions[name] += 1
            if chance.random() < 0.5:
                (folder / "new").write_bytes(text(name, versions[name]))
                with moving:
                    os.rename(folder / "new", folder / name)
                    in_place[name] = versions[name]
            else:
                os.utime(folder / name)

    def ask(seed):
        chance = random.Random(seed)
        while not stop.is_set():
            name = chance.choice(names)
            is_file = chance.random() < 0.5
            now = in_place if is_file else versions
            with moving:
                before = now[name]
            body = fetch(nginx.port, f"/files/{name}" if is_file else f"/proxied/{name}", ip=ALPHA).body
            with moving:
                after = now[name]
            possible = range(before, after + 1) if is_file else range(before // 4, after // 4 + 1)
            if body not in {personalized(text(name, version)) for version in possible}:
                wrong.append((name, is_file, before, after, body[-200:]))
    threads = [threading.Thread(target=change)] + [threading.Thread(target=ask, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for number in range(4):
        time.sleep(1)
        if number % 2:
            nginx.reload()
        else:
            own_site.publish()
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong, wrong[:3]
    assert sum(line == "whole" for line in recalls(nginx)) > 50


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
