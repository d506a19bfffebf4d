"""Pages that are files, or entries of nginx's cache: once known they are not read, and whatever changes them is noticed."""

import gzip
import os
import random
import threading
import time

import pytest

from harness.client import Connection, fetch
from harness.recalling import RACY, learned, personalized, recalls, with_recall_log
from harness.site import ALPHA, PAGE, STRANGER
from harness.upstream import Reply
from harness.waiting import wait_for

STATIC = "location /files/ {{ abm on; alias {folder}/; {more} }}"
BIG = PAGE.replace(b"</body>", b"<p>0123456789abcdef</p>\n" * 8000 + b"</body>")


@pytest.fixture
def memory(serve):
    return with_recall_log(serve)



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
