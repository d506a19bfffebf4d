"""Prefetches and parts of pages are personalized like pages, and the visit line says that nobody has gone to a page."""

import pytest

from harness.client import Connection, fetch
from harness.site import ALPHA, ALPHA_PAGE, RULES

SIGNALLING = RULES.replace("when: { account: alpha, path: /** }", "when: { account: alpha, path: /** }\n"
                           "    signal: { name: home-visit, next: Call }")

LOADS = [
    ({}, "page"),
    ({"Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate"}, "page"),
    ({"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin", "X-Turbo-Request-Id": "1"}, "page"),
    ({"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch"}, "prefetch"),
    ({"Sec-Fetch-Dest": "document", "Sec-Purpose": "prefetch;prerender", "Purpose": "prefetch"}, "prefetch"),
    ({"Purpose": "prefetch"}, "prefetch"),
    ({"X-Purpose": "preview"}, "prefetch"),
    ({"X-Moz": "prefetch"}, "prefetch"),
    ({"X-Sec-Purpose": "prefetch"}, "prefetch"),
    ({"HX-Request": "true", "HX-Boosted": "true", "HX-Preloaded": "true"}, "prefetch"),
    ({"RSC": "1", "Next-Router-Prefetch": "1"}, "prefetch"),
    ({"Sec-Fetch-Dest": "iframe"}, "partial"),
    ({"Sec-Fetch-Dest": "object"}, "partial"),
    ({"HX-Request": "true", "HX-Current-URL": "https://www.example.com/"}, "partial"),
    ({"HX-Request": "true", "HX-Boosted": "true"}, "page"),
    ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, "page"),
    ({"Turbo-Frame": "cart"}, "partial"),
    ({"X-PJAX": "true", "X-PJAX-Container": "#main"}, "partial"),
    ({"X-Requested-With": "XMLHttpRequest"}, "partial"),
    ({"X-Requested-With": "org.mozilla.webview_shell"}, "page"),
    # What a visitor may make of it.
    ({"Sec-Purpose": "\xff\x01;;,prefetch"}, "prefetch"),
    ({"Sec-Purpose": "," * 4000 + "prefetch"}, "page"),
    ({"Sec-Fetch-Dest": '"><script>'}, "partial"),
    ({"HX-Request": "x" * 7000}, "page"),
]


@pytest.mark.parametrize("headers,load", LOADS, ids=[f"{'+'.join(headers) or 'plain'}-{i}" for i, (headers, _) in enumerate(LOADS)])
def test_each_load_is_personalized_and_named(serve, own_site, headers, load):
    own_site.write_rules(SIGNALLING)
    own_site.publish()
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA, headers=headers).body == ALPHA_PAGE
    line = nginx.visits(1)[0]
    assert (line["v"], line["load"], line["page"], line["skip"]) == (2, load, "personalized", None)
    assert line["rules"][0]["slots"]["headline"] == "applied"
    assert [signal["name"] for signal in line["signals"]] == (["home-visit"] if load == "page" else [])


def test_repeated_headers_and_many_of_them_are_read(serve):
    nginx = serve()
    many = "".join(f"X-{i}: {i}\r\n" for i in range(500))
    with Connection(nginx.port) as connection:
        connection.socket.sendall(f"GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {ALPHA}\r\nPurpose: x\r\n{many}purpose: PREFETCH\r\n"
                                  "Connection: close\r\n\r\n".encode())
        assert connection.receive().body == ALPHA_PAGE
    assert nginx.visits(1)[0]["load"] == "prefetch"


def test_a_page_that_stays_original_has_a_load_too(serve):
    nginx = serve()
    fetch(nginx.port, ip=ALPHA, method="HEAD", headers={"Sec-Purpose": "prefetch"})
    line = nginx.visits(1)[0]
    assert (line["load"], line["skip"]) == ("prefetch", "head")
