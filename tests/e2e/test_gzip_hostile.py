"""Spliced answers against slow and leaving clients, pages that nobody would write, and a worker that has no memory left."""

import json
import random
import signal
import threading
import time

import pytest

from harness.client import Connection, fetch
from harness.gzipped import GZIP, ask, ask_until_spliced, compressed, long_page, member, so_far, spliced, with_gzip
from harness.process import resident
from harness.recalling import RACY, personalized, recalls
from harness.site import ALPHA, BETA, PAGE, RULES, Site
from harness.upstream import Reply, Sleep, Wait
from harness.waiting import wait_for

LARGE = long_page(100000)  # some 700 kB
MARK = b"<p>The end"


@pytest.fixture
def compressing(serve):
    return with_gzip(serve)


def noise(size, seed=1):
    """Text that does not become much smaller."""
    return random.Random(seed).randbytes(size).hex().encode()[:size]


class Slow:
    """A client that has asked, and takes what it gets when it is told to."""

    def __init__(self, port, path="/", ip=ALPHA):
        self.connection = Connection(port, timeout=30, receive_buffer=4096)
        self.connection.send("GET", path, {"X-Forwarded-For": ip, "Connection": "close", **GZIP})

    def head(self):
        return self.connection.receive_head()

    def rest(self):
        answer = self.connection.receive()
        self.connection.socket.close()
        return answer


@pytest.mark.parametrize("parts", [None, 5000, 400000], ids=["whole", "parts at once", "parts late"])
@pytest.mark.parametrize("more", ["", "proxy_buffering off;", "proxy_max_temp_file_size 0;"], ids=["buffered", "unbuffered", "no files"])
def test_slow_clients_cost_no_more_than_they_may(compressing, upstream, parts, more):
    page = LARGE.replace(MARK, b"<p>%s</p>" % noise(1500000) + MARK)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", server=more)
    ask_until_spliced(nginx, page)
    sent = page if parts is None else page[:parts] + b"<!-- other -->" + page[parts:]
    upstream.on("/", Reply(sent))
    worker = nginx.workers()[0]
    wanted = personalized(sent)
    ask(nginx, sent, wanted=wanted)
    before = resident(worker)
    clients = [Slow(nginx.port) for _ in range(30)]
    time.sleep(1)
    each = (resident(worker) - before) / len(clients)
    assert each < 750_000, f"{each / 1000:.0f} kB for a page of {len(page) / 1000:.0f} kB"
    for client in clients:
        answer = client.rest()
        assert compressed(answer) == wanted


def test_much_that_nginx_puts_off_is_sent(compressing, upstream):
    """postpone_output may be more than what may be on its way."""
    page = LARGE.replace(MARK, b"<p>%s</p>" % noise(1500000) + MARK)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", server="postpone_output 1000000; send_timeout 5s;")
    ask_until_spliced(nginx, page)
    other = page[:3000] + b"<!-- other -->" + page[3000:]
    upstream.on("/", Reply(other))
    start = time.monotonic()
    ask(nginx, other)
    assert time.monotonic() - start < 4


def test_a_page_at_a_limited_rate(compressing, upstream):
    page = long_page(30000)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", server="limit_rate 100k;")
    ask_until_spliced(nginx, page)
    other = page[:3000] + b"<!-- other -->" + page[3000:]
    upstream.on("/", Reply(other))
    ask(nginx, other)


def test_a_client_that_leaves_in_the_middle_saw_nothing_for_sure(compressing, upstream):
    page = LARGE.replace(MARK, b"<p>%s</p>" % noise(1500000) + MARK)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", listen="sndbuf=16k")
    ask_until_spliced(nginx, page)
    seen = len(nginx.visits())
    for number, size in enumerate((0, 1, 300, 20000)):
        client = Slow(nginx.port)
        client.connection.take(size)
        time.sleep(0.2)
        client.connection.socket.close()
        wait_for(lambda: len(nginx.visits()) == seen + number + 1)
        line = nginx.visits()[-1]
        assert (line["page"], line["skip"]) == ("original", "aborted"), line
        assert all(state != "applied" for rule in line["rules"] for state in rule["slots"].values())
    before = nginx.status()["gzip"]
    ask(nginx, page)
    nginx.settle()
    assert nginx.visits()[-1]["page"] == "personalized"
    after = nginx.status()["gzip"]
    assert after["spliced"] == before["spliced"] + 1
    sent = sum(after[name] - before[name] for name in ("reused_bytes", "deflated_bytes"))
    assert sent == len(personalized(page))


@pytest.mark.parametrize("page", [
    PAGE.replace(MARK, b"<p>" + noise(900000) + MARK),
    PAGE.replace(MARK, b"<p>\0" + bytes(300000) + b"\0" + MARK),
    PAGE.replace(MARK, b"<p>" + random.Random(1).randbytes(200000).replace(b"<", b" ") + MARK),
    PAGE.replace(b"<p>The <i>usual</i> story</p>", b"<p>" + noise(1500000) + b"</p>"),
    PAGE.replace(b"</body>", b"<h1>Made for everybody</h1>" * 20000 + b"</body>"),
    b"<h1></h1>" * 30000,
    b"<h1></h1>x",
], ids=["noise", "NULs", "bytes", "a long slot", "many slots", "nothing but slots", "a short one"])
def test_pages_that_nobody_would_write(compressing, upstream, page):
    upstream.on("/", Reply(page, content_type="text/html"))
    nginx = compressing(http="abm_gzip always; abm_max_tag 16k;")
    wanted = fetch(nginx.port, ip=ALPHA).body
    assert wanted != page
    for _ in range(9):
        assert compressed(fetch(nginx.port, ip=ALPHA, headers=GZIP)) == wanted
        nginx.settle()
    other = fetch(nginx.port, ip=BETA).body
    assert compressed(fetch(nginx.port, ip=BETA, headers=GZIP)) == other


@pytest.mark.parametrize("gap", [lambda n: b"%08d" % n, lambda n: b"x" * (n % 7 * 600), lambda n: b"" if n % 2 else b"&amp;" * n,
                                 lambda n: noise(3000 + n % 3 * 3000, n)], ids=["token", "long", "empty", "parts"])
def test_gaps(compressing, upstream, gap):
    page = long_page(3000)
    nginx = compressing(http="abm_gzip always;")

    def numbered(number):
        value = gap(number)
        return page.replace(b"<p>Some", b'<input name=t value="%s"><p>Some' % value).replace(MARK, b"<p>at %s</p>" % value + MARK)
    for number in range(30):
        upstream.on("/", Reply(numbered(number)))
        ask(nginx, numbered(number))
        ask(nginx, numbered(number), ip=BETA, wanted=numbered(number).replace(b"Made for everybody", b"Made for grids"))
        nginx.settle()
    assert spliced(nginx) > 5


def test_several_versions_of_a_page(compressing, upstream):
    pages = [long_page(3000, seed) for seed in range(3)]
    nginx = compressing(http="abm_gzip always;")
    for number in range(60):
        page = pages[number % 3 if number < 40 else number // 2 % 3]
        upstream.on("/", Reply(parts=[page[:400], Sleep(0.001), page[400:]], length=len(page)) if number % 4 == 0 else Reply(page))
        ask(nginx, page)
        nginx.settle()
    assert spliced(nginx) > 20


def test_rules_change_while_an_answer_is_sent(compressing, upstream, tmp_path):
    own = Site(tmp_path / "own")
    own.publish()
    page = long_page(6000)
    upstream.on("/", Reply(page))
    nginx = compressing(data=own.data, http="abm_gzip always;")
    ask_until_spliced(nginx, page)
    rest = Wait()
    cut = page.index(b"Read on")
    upstream.on("/", Reply(parts=[page[:cut], rest, page[cut:]], length=len(page)))
    under_way = Slow(nginx.port)
    time.sleep(0.1)
    own.write_rules(RULES.replace("headline: h1", "headline: 'h1.big'\n  end: p").replace("Made for presses", "Made for hammers"))
    own.publish()
    upstream.on("/", Reply(page))
    hammers = personalized(page).replace(b"Made for presses", b"Made for hammers")
    wait_for(lambda: compressed(fetch(nginx.port, ip=ALPHA, headers=GZIP)) == hammers)
    ask_until_spliced(nginx, page, wanted=hammers)
    rest.release()
    assert compressed(under_way.rest()) == personalized(page)


def test_pages_that_are_forgotten_while_they_are_sent(compressing, upstream):
    page = long_page(20000)
    for number in range(40):
        upstream.on(f"/{number}", Reply(long_page(6000, number)))
    page_of = {f"/{number}": long_page(6000, number) for number in range(40)}
    page = page.replace(MARK, b"<p>%s</p>" % noise(150000) + MARK)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always; abm_page_memory 2m;")
    ask_until_spliced(nginx, page)
    slow = [Slow(nginx.port) for _ in range(5)]
    time.sleep(0.2)
    for path, other in page_of.items():
        for _ in range(4):
            ask(nginx, other, path=path)
    status = nginx.status()["page_memory"]
    assert status["bytes"] <= status["size"]
    for client in slow:
        assert compressed(client.rest()) == personalized(page)


def test_the_smallest_memory_splices_nothing_and_forgets_nothing_for_it(compressing, upstream):
    nginx = compressing(http="abm_gzip always; abm_page_memory 256k;")
    pages = {f"/{number}": long_page(300, number) for number in range(10)}
    for path, page in pages.items():
        upstream.on(path, Reply(page))
    for _ in range(6):
        for path, page in pages.items():
            ask(nginx, page, path=path)
            nginx.settle()
    time.sleep(0.2)
    for path, page in pages.items():
        ask(nginx, page, path=path)
    assert recalls(nginx)[-10:] == ["whole"] * 10
    assert spliced(nginx) == 0


def many_cuts(seed):
    """PAGE with the same words before and after each slot: it is not spliced of pieces."""
    filler = long_page(100, seed).split(b"</div>")[1]
    return PAGE.replace(b"<a data", filler + b"<a data").replace(b"<div", filler + b"<div").replace(MARK, filler + MARK)


def test_whole_answers_are_kept_though_pages_take_all_memory(compressing, upstream):
    nginx = compressing(http="gzip_comp_level 6; abm_page_memory 4m;")
    upstream.on("*", lambda request: Reply(LARGE[:30000] + request.path.encode()))
    pages = {f"/cuts-{number}": many_cuts(number) for number in range(8)}
    for path, page in pages.items():
        upstream.on(path, Reply(page))

    def others(first, last):
        for number in range(first, last):
            if number % 20 == 0:
                for path, page in pages.items():
                    assert fetch(nginx.port, path, ip=ALPHA).body == personalized(page)
            for _ in range(2):
                fetch(nginx.port, f"/{number}", ip=ALPHA)
    others(0, 200)
    assert nginx.status()["page_memory"]["bytes"] > 3.9 * 2**20
    for first in range(200, 440, 20):
        others(first, first + 20)
        for path, page in pages.items():
            ask(nginx, page, path=path)
    before = spliced(nginx)
    for path, page in pages.items():
        ask(nginx, page, path=path)
    assert spliced(nginx) == before + len(pages)


def test_edits_are_compressed_though_pages_take_all_memory(compressing, upstream, tmp_path):
    own = Site(tmp_path / "own")
    edit = " ".join(["word"] * 1500)
    own.write_rules(RULES.replace("Made for presses", edit))
    own.publish()
    nginx = compressing(data=own.data, http="abm_gzip always; abm_page_memory 8m;")
    for number in range(250):
        upstream.on(f"/{number}", Reply(LARGE[:40000] + b"<p>%d" % number))
        for _ in range(2):
            fetch(nginx.port, f"/{number}", ip=ALPHA)
    assert nginx.status()["page_memory"]["bytes"] > 7.8 * 2**20
    page = long_page(3000)
    upstream.on("/", Reply(page))
    wanted = personalized(page).replace(b"Made for presses", edit.encode())
    plain = len(ask(nginx, page, wanted=wanted).body)
    ask_until_spliced(nginx, page, wanted=wanted)
    assert len(ask(nginx, page, wanted=wanted).body) < plain + len(edit) / 2


def test_one_process_that_reloads_while_answers_are_sent(compressing, upstream):
    """Once: plain nginx, too, has no connections left behind a second reload."""
    page = LARGE
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;", main="master_process off;")
    ask_until_spliced(nginx, page)
    rest = Wait()
    upstream.on("/", Reply(parts=[page[:9000], rest, page[9000:]], length=len(page)))
    clients = [Slow(nginx.port) for _ in range(4)]
    time.sleep(0.2)
    nginx.signal(signal.SIGHUP)
    time.sleep(0.3)
    rest.release()
    for client in clients:
        assert compressed(client.rest()) == personalized(page)


def test_workers_that_are_to_end_send_their_answers_first(compressing, upstream):
    page = LARGE.replace(MARK, b"<p>%s</p>" % noise(1500000) + MARK)
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;")
    ask_until_spliced(nginx, page)
    clients = [Slow(nginx.port) for _ in range(6)]
    time.sleep(0.2)
    nginx.signal(signal.SIGHUP)
    time.sleep(0.3)
    answers = []
    threads = [threading.Thread(target=lambda client=client: answers.append(client.rest())) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [compressed(answer) == personalized(page) for answer in answers] == [True] * 6


def test_files_that_change_while_they_are_sent(compressing, tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    root.chmod(0o755)
    page = LARGE
    (root / "w.html").write_bytes(page)
    time.sleep(RACY)
    nginx = compressing(http="abm_gzip always;", server=f"location = /w.html {{ abm on; root {root}; }}")
    ask_until_spliced(nginx, page, path="/w.html")
    clients = [Slow(nginx.port, "/w.html") for _ in range(4)]
    time.sleep(0.2)
    other = page.replace(b"mill", b"MILL")
    (root / "new.html").write_bytes(other)
    (root / "new.html").rename(root / "w.html")
    ask(nginx, other, path="/w.html")
    for client in clients:
        assert compressed(client.rest()) == personalized(page)


def test_strange_hosts_and_paths_are_told(compressing, upstream):
    nginx = compressing(http="gzip_comp_level 6;")
    page = many_cuts(1)
    upstream.on("*", Reply(page))
    hosts = ['"><script>', "\\u0000", "a\xff\xfe", "x" * 3000, "[::1]:80", "%00%ff", "a|b;c"]
    path = "/%22%5C%01%FF%E2%80%AE?q=%22"
    for host in hosts:
        for _ in range(6):
            answer = fetch(nginx.port, path, ip=ALPHA, headers=GZIP, host=host)
            if answer.status == 400:
                break
            assert compressed(answer) == personalized(page)
            nginx.settle()

    def told():
        pages = json.loads(fetch(nginx.port, "/status").body.decode("utf-8"))["page_memory"]["not_spliced"]
        return {'"><script>', "a|b;c"} <= {one["host"] for one in pages}
    wait_for(told)
    assert fetch(nginx.port, "/status?format=prometheus").status == 200


def test_what_left_before_an_origin_dies_is_all_right(compressing, upstream):
    page = LARGE
    upstream.on("/", Reply(page))
    nginx = compressing(http="abm_gzip always;")
    ask_until_spliced(nginx, page)
    wanted = personalized(page)
    for cut in (1, 2000, 20000, len(page) - 1):
        upstream.on("/", Reply(page[:cut], length=len(page)))
        answer = fetch(nginx.port, ip=ALPHA, headers=GZIP)
        text, ended = so_far(answer.body)
        assert wanted.startswith(text[:cut - 200]) and not ended and not answer.complete
    upstream.on("/", Reply(page))
    assert member(ask(nginx, page).body) == wanted
