"""Personalized pages in place of nginx's gzip filter: of pieces that were compressed before, as one gzip member."""

import zlib

import pytest

from harness.client import Connection, fetch
from harness.gzipped import GZIP, ask, ask_until_spliced, compressed, long_page, spliced, with_gzip
from harness.recalling import personalized, recalls
from harness.site import ALPHA, BETA, PAGE, RULES, STRANGER, Site
from harness.upstream import Die, Reply, Sleep, Wait
from harness.waiting import wait_for

from test_doctor import doctor


def page_of_many_cuts():
    """PAGE with the same words before and after each slot: pieces of it cannot refer to one another."""
    filler = long_page(100).split(b"</div>")[1]
    return PAGE.replace(b"<a data", filler + b"<a data").replace(b"<div", filler + b"<div").replace(b"<p>The end", filler + b"<p>The end")


@pytest.fixture
def compressing(serve):
    return with_gzip(serve)


def test_a_remembered_page_is_spliced(compressing, upstream):
    nginx = compressing(server="abm_gzip always; gzip_vary on;")
    page = long_page()
    upstream.on("/", Reply(page, headers={"ETag": '"v1"', "Accept-Ranges": "bytes"}))
    plain = ask(nginx, page)
    ask_until_spliced(nginx, page)
    one = ask(nginx, page)
    assert one.visible_headers() == plain.visible_headers()
    assert one.get("Vary") == "Accept-Encoding" and not one.has("Content-Length") and not one.has("Accept-Ranges")
    ask(nginx, page, ip=BETA, wanted=page.replace(b"Made for everybody", b"Made for grids"))
    assert recalls(nginx)[-1] == "whole"
    found = doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/status")[("gzip", "ok")][0]
    told = nginx.status()["gzip"]
    assert f"{told['spliced']} answers" in found
    assert told["spliced"] >= 3 and told["larger"] == 0
    assert told["deflated_bytes"] < told["reused_bytes"] / 20
    assert fetch(nginx.port, ip=STRANGER).body == page
    assert fetch(nginx.port, ip=ALPHA).body == personalized(page), "a client that accepts no gzip"
    nginx.settle()
    assert nginx.status()["gzip"]["spliced"] == told["spliced"]


@pytest.mark.parametrize("more", ["abm_gzip off;", "gzip off;", "gzip_types text/css; abm_types text/x-page;", "gzip_min_length 10m;",
                                  'gzip_disable "robot";', "gzip_proxied off;", "gzip_http_version 1.1;"])
def test_where_nginx_does_not_compress_nor_do_we(compressing, upstream, more):
    nginx = compressing(http="abm_gzip always;", server=more)
    page = long_page()
    kind = "text/x-page" if "x-page" in more else "text/html; charset=utf-8"
    upstream.on("/", Reply(page, content_type=kind))
    headers = {**GZIP, "User-Agent": "robot", "Via": "1.0 proxy"}
    answers = [fetch(nginx.port, ip=ALPHA, headers=headers, version="1.0" if "version" in more else "1.1") for _ in range(12)
               if nginx.settle() is None]
    for answer in answers:
        assert (compressed(answer) if more == "abm_gzip off;" else answer.body) == personalized(page)
    assert recalls(nginx)[-1] == "whole" and spliced(nginx) == 0


def test_a_page_that_would_be_larger_is_left_to_nginx(compressing, upstream):
    nginx = compressing(http="gzip_comp_level 6;")
    page = page_of_many_cuts()
    upstream.on("/", Reply(page))

    def asked():
        ask(nginx, page)
        return nginx.status()["gzip"]["larger"] > 0
    wait_for(asked)
    status = nginx.status()
    assert status["gzip"]["spliced"] == 0
    larger = status["page_memory"]["not_spliced"]
    assert [one["path"] for one in larger] == ["/"] and larger[0]["spliced"] > 1.1 * larger[0]["gzip"] > 0
    note = doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/status")[("gzip", "note")][0]
    assert f"www.example.com/ ({larger[0]['spliced']} bytes, nginx's have {larger[0]['gzip']})" in note


def test_an_answer_that_comes_again_is_kept_as_a_whole(compressing, upstream, tmp_path):
    own = Site(tmp_path / "own")
    own.publish()
    nginx = compressing(data=own.data, http="gzip_comp_level 6;")
    page = page_of_many_cuts()
    upstream.on("/", Reply(page))
    size = len(ask(nginx, page).body)
    ask_until_spliced(nginx, page)
    before = nginx.status()["gzip"]
    assert len(ask(nginx, page).body) <= size + 16
    nginx.settle()
    after = nginx.status()["gzip"]
    assert after["reused_bytes"] - before["reused_bytes"] == len(personalized(page)) and after["deflated_bytes"] == before["deflated_bytes"]
    ask(nginx, page, ip=BETA, wanted=page.replace(b"Made for everybody", b"Made for grids"))
    cut = page.index(b"<p>The end")
    other = page[:cut] + b"<p>Something else</p>" + page[cut:]
    upstream.on("/", Reply(parts=[other[:cut - 9], Sleep(0.05), other[cut - 9:]], length=len(other)))
    ask(nginx, other)
    own.write_rules(RULES.replace("Made for presses", "Made for better presses"))
    own.publish()
    wait_for(lambda: b"better" in fetch(nginx.port, ip=ALPHA).body)
    ask(nginx, other, wanted=personalized(other).replace(b"Made for presses", b"Made for better presses"))


def test_auto_splices_a_page_that_is_as_small(compressing, upstream):
    nginx = compressing(http="gzip_comp_level 1;")
    page = long_page(6000)
    upstream.on("/", Reply(page))
    size = len(ask(nginx, page).body)
    ask_until_spliced(nginx, page)
    assert len(ask(nginx, page).body) <= 1.1 * size


def test_a_page_that_parts_from_memory_is_still_one_member(compressing, upstream):
    nginx = compressing(server="abm_gzip always;")
    page = long_page()
    upstream.on("/", Reply(page))
    ask_until_spliced(nginx, page)
    other = page[:-3000] + b"<p>Something else</p>" + page[-3000:]
    cut = len(other) - 4000
    for parts in ([other[:cut], Sleep(0.05), other[cut:]], [other[:700], Sleep(0.05), other[700:cut], Sleep(0.05), other[cut:]]):
        before = spliced(nginx)
        upstream.on("/", Reply(parts=parts, length=len(other)))
        ask(nginx, other)
        assert recalls(nginx)[-1] == "part" and spliced(nginx) == before + 1


def test_a_page_that_is_another_one_from_its_begin(compressing, upstream):
    nginx = compressing(server="abm_gzip always; proxy_buffering off;")
    page = long_page()
    upstream.on("/", Reply(page))
    ask_until_spliced(nginx, page)
    other = b"<!-- another -->" + page
    upstream.on("/", Reply(parts=[Sleep(0.1), other[:1], Sleep(0.05), other[1:]], length=len(other)))
    ask(nginx, other)


def receives_before(nginx, page, start, rest):
    """Gets `page`, and `start` of it, decoded, before its origin has sent the rest."""
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "Connection": "close", **GZIP})
        assert connection.receive_head().get("Content-Encoding") == "gzip"
        decoder, seen = zlib.decompressobj(31), b""
        while not seen.startswith(start):
            seen += decoder.decompress(connection.take(int(connection.take_line(), 16)))
            connection.take_line()
        rest.release()
        connection.trailers = []
        raw, complete = connection.receive_chunks()
        assert complete and seen + decoder.decompress(raw) == personalized(page) and decoder.eof


def test_what_arrived_leaves_while_the_rest_is_awaited(compressing, upstream):
    nginx = compressing(server="abm_gzip always; proxy_buffering off;")
    page = long_page()
    upstream.on("/", Reply(page))
    ask_until_spliced(nginx, page)
    start = personalized(page).split(b"</h1>")[0] + b"</h1>"
    for cut in (page.index(b"<p>Some"), page.index(b"Read on") + 3, len(page) // 2, len(page) - 10):
        rest = Wait()
        upstream.on("/", Reply(parts=[page[:cut], rest, page[cut:]], length=len(page)))
        receives_before(nginx, page, start, rest)


def test_the_first_blocks_of_a_page_that_is_still_being_made_leave_at_once(compressing, upstream):
    nginx = compressing(server="abm_gzip always;")
    page = long_page(12000)
    upstream.on("/", Reply(page))
    ask_until_spliced(nginx, page)
    rest = Wait()
    upstream.on("/", Reply(parts=[page[:40000], rest, page[40000:]]))
    receives_before(nginx, page, personalized(page)[:2000], rest)


def test_an_origin_that_dies_leaves_a_body_that_is_visibly_incomplete(compressing, upstream):
    nginx = compressing(server="abm_gzip always;")
    page = long_page()
    upstream.on("/", Reply(page))
    ask_until_spliced(nginx, page)
    for cut in (300, len(page) // 2, len(page) - 1):
        upstream.on("/", Reply(parts=[page[:cut], Sleep(0.05), Die()], length=len(page)))
        answer = fetch(nginx.port, ip=ALPHA, headers=GZIP)
        decoder = zlib.decompressobj(31)
        assert personalized(page).startswith(decoder.decompress(answer.body)[:cut - 200])
        assert not answer.complete and not decoder.eof
