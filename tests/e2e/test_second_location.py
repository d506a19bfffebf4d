"""A second location for one request. After the response (post_action), it changes nothing that was sent or is logged. Before
it (X-Accel-Redirect, error_page), the end of the first one's upstream says nothing about the second one."""

import pytest

from harness.client import Connection, fetch
from harness.nginx import STATUS
from harness.site import ALPHA, ALPHA_PAGE, PAGE, STRANGER, Site
from harness.upstream import Die, Reply, Sleep

from test_nginx_features import MODULES, with_module

SLOTS = [f"more-{i}" for i in range(60)]
RULES = """\
abm: rules/1
slots:
  headline: h1
  cta: 'a[data-abm-slot="cta"]'
%s
rules:
  - id: of-page
    when: { account: alpha, path: /page }
    rewrite: { headline: { text: "Made for presses" }, cta: { text: "See the plan" } }
  - id: of-big
    when: { account: alpha, path: /big }
    rewrite: { headline: { text: "Made for presses" }, cta: { text: "See the plan" } }
  - id: of-post
    when: { account: alpha, path: /post.html }
    rewrite:
%s
""" % ("\n".join(f"  {slot}: '#{slot}'" for slot in SLOTS), "\n".join(f"      {slot}: {{ text: {slot} }}" for slot in SLOTS))
PAGE_ALPHA = PAGE.replace(b"Made for everybody", b"Made for presses").replace(b">Read on<", b">See the plan<")
POST_PAGE = b"".join(b"<p id=%s>x</p>" % slot.encode() for slot in SLOTS)


@pytest.fixture(scope="module")
def post_site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("post"), rules=RULES)
    site.publish()
    return site


# Where the request goes afterwards.
AFTER = {
    "a page with more slots": ("abm on;", Reply(POST_PAGE)),
    "a page with the module off": ("abm off;", Reply(POST_PAGE)),
    "a page that dies": ("abm on;", Reply(parts=[POST_PAGE[:50], Die()], headers={"Content-Length": "9999"})),
    "no page": ("abm on;", Reply(b"{}", content_type="application/json")),
    "no content": ("abm on;", Reply(b"", "204 No Content", content_type=None)),
    "an error": ("abm on;", Reply(b"no", "500 Internal Server Error")),
    "not found": ("abm off;", Reply(b"no", "404 Not Found", content_type="text/plain")),
    "a redirect": ("abm on;", Reply(b"", "302 Found", {"Location": "/elsewhere"})),
    "another redirect inside": ("abm on;", Reply(b"", headers={"X-Accel-Redirect": "/third"})),
    "an encoded page": ("abm on;", Reply(b"xx", headers={"Content-Encoding": "gzip"})),
    "other variables": ("abm on; set $asked $abm_rules; set $told $abm_account;", Reply(POST_PAGE)),
    "a page with other data": ("abm on; abm_data /nowhere;", Reply(POST_PAGE)),
    "a location without data": ("abm off; abm_types *;", Reply(POST_PAGE)),
}


def with_post_action(serve, upstream, site, after, named=False):
    location, reply = AFTER[after]
    up = f"http://127.0.0.1:{upstream.port}"
    upstream.on("/page", Reply(PAGE, headers={"ETag": '"v1"'}))
    upstream.on("/big", Reply(PAGE + b"<p>more</p>" * 200000))
    upstream.on("/third", Reply(POST_PAGE))
    upstream.on("/post.html", reply)
    pages = "".join(f"location = {page} {{ abm on; post_action {'@after' if named else '/post.html'}; proxy_pass {up}; }} "
                    for page in ("/page", "/big", "/missing"))
    return serve(data=site.data, plain_server="", server=STATUS + pages +
                 f"location = /post.html {{ {location} proxy_pass {up}; }} location = /third {{ abm on; proxy_pass {up}; }} "
                 f"location @after {{ {location} rewrite ^ /post.html break; proxy_pass {up}; }}")


@pytest.mark.parametrize("named", [False, True], ids=["uri", "named"])
@pytest.mark.parametrize("after", AFTER)
def test_post_action_changes_nothing_of_what_is_said(serve, upstream, post_site, after, named):
    nginx = with_post_action(serve, upstream, post_site, after, named)
    worker = nginx.workers()
    answer = fetch(nginx.port, "/page", ip=ALPHA)
    assert answer.body == PAGE_ALPHA and answer.complete
    line = nginx.visits(1)[0]
    assert upstream.seen("/post.html"), "post_action did not run"
    assert nginx.workers() == worker, "the worker died"
    assert (line["path"], line["status"], line["page"], line["skip"]) == ("/page", 200, "personalized", None)
    assert line["rules"] == [{"id": "of-page", "variant": None, "slots": {"headline": "applied", "cta": "applied"}}]
    assert line["account"] == "alpha" and line["arm"] == "treated"
    status = nginx.status()
    assert (status["requests"], status["identified"], status["personalized"], status["original"]) == (1, 1, 1, 0)
    assert status["slots"] == {"applied": 2, "missing": 0, "skipped": 0}


@pytest.mark.parametrize("after", ["a page with more slots", "a page with the module off", "no page", "an error"])
def test_post_action_after_what_was_not_personalized(serve, upstream, post_site, after):
    nginx = with_post_action(serve, upstream, post_site, after)
    assert fetch(nginx.port, "/page", ip=STRANGER).body == PAGE
    assert fetch(nginx.port, "/missing", ip=ALPHA).status == 404
    assert fetch(nginx.port, "/page", ip=ALPHA, headers={"Sec-GPC": "1"}).body == PAGE
    head = fetch(nginx.port, "/page", ip=ALPHA, method="HEAD")
    own = head.get("ETag")
    assert own and fetch(nginx.port, "/page", ip=ALPHA, headers={"If-None-Match": own}).status == 304
    lines = nginx.visits(2)
    assert [(line["path"], line["status"], line["page"], line["skip"]) for line in lines] == [
        ("/page", 200, "original", "head"), ("/page", 304, "personalized", None)]
    assert [set(line["rules"][0]["slots"].values()) for line in lines] == [{"skipped:head"}, {"skipped:not-modified"}]
    status = nginx.status()
    assert (status["requests"], status["identified"], status["personalized"], status["original"]) == (5, 2, 1, 1)
    assert status["opted_out"] == 1 and status["slots"]["applied"] == 0


@pytest.mark.parametrize("after", ["a page with more slots", "a page with the module off", "an error"])
def test_post_action_after_a_client_that_went(serve, upstream, post_site, after):
    nginx = with_post_action(serve, upstream, post_site, after)
    with Connection(nginx.port, receive_buffer=2048) as connection:
        connection.send("GET", "/big", {"X-Forwarded-For": ALPHA})
        connection.socket.recv(10)
    line = nginx.visits(1)[0]
    assert (line["path"], [rule["id"] for rule in line["rules"]]) == ("/big", ["of-big"])
    assert set(line["rules"][0]["slots"]) == {"headline", "cta"}
    assert set(line["rules"][0]["slots"].values()) <= {"applied", "skipped:aborted"}
    status = nginx.status()
    assert status["identified"] == 1 == status["personalized"] + status["original"]
    assert sum(status["slots"].values()) == 2


# Content handlers that flush, like those in third-party modules.

PARTS = [PAGE[:PAGE.index(b"<p>Some")], PAGE[PAGE.index(b"<p>Some"):PAGE.index(b'<div id="story')], PAGE[PAGE.index(b'<div id="story'):]]


def text(part, quote="'"):
    return quote + part.decode().replace("\\", "\\\\").replace(quote, "\\" + quote).replace("\n", "\\n") + quote


def perl_handler(_tmp_path):
    body = " ".join(f"$r->print(q~{part.decode()}~); $r->flush;" for part in PARTS)
    return with_module("perl"), "", f'perl "sub {{ my $r = shift; $r->send_http_header(q~text/html~); {escaped(body)} return OK; }}";'


def escaped(body):
    return body.replace("\\", "\\\\").replace('"', '\\"')


def lua_handler(_tmp_path):
    if not (MODULES / "ndk_http_module.so").exists():
        pytest.skip("nginx's lua module is not installed")
    body = " ".join(f"ngx.print([==[{part.decode()}]==]) ngx.flush(true)" for part in PARTS)
    return (f"load_module {MODULES}/ndk_http_module.so; {with_module('lua')}", "",
            f"default_type text/html; content_by_lua_block {{ {body} }}")


def njs_handler(tmp_path):
    main = f"load_module {MODULES}/ngx_http_js_module.so;"
    if not (MODULES / "ngx_http_js_module.so").exists():
        pytest.skip("nginx's js module is not installed")
    body = " ".join(f"r.send({text(part)});" for part in PARTS)
    (tmp_path / "pages.js").write_text("function page(r) { r.status = 200; r.headersOut['Content-Type'] = 'text/html'; r.sendHeader(); "
                                       f"{body} r.finish(); }}\nexport default {{ page }};\n", encoding="utf-8")
    return main, f"js_path {tmp_path}; js_import pages from pages.js;", "js_content pages.page;"


def unbuffered(_tmp_path):
    return "", "", "proxy_buffering off; proxy_pass http://UP/parts;"


def ssi(_tmp_path):
    return "", "", "ssi on; proxy_buffering off; proxy_pass http://UP/with-parts;"


def static(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "page.html").write_bytes(PAGE)
    return "", "", f"root {tmp_path}/root; rewrite ^ /page.html break; sendfile off; output_buffers 1 64;"


HANDLERS = {"perl": perl_handler, "lua": lua_handler, "njs": njs_handler, "an unbuffered upstream": unbuffered, "SSI": ssi, "a file": static}
TO_IT = {
    "X-Accel-Redirect": "location = /first { abm on; proxy_pass http://UP/accel; }",
    "X-Accel-Redirect to a named location": "location = /first { abm on; proxy_pass http://UP/accel-named; }",
    "error_page of a dead upstream": "location = /first { abm on; error_page 502 =200 /local; proxy_pass http://127.0.0.1:1; }",
    "error_page to a named location": "location = /first { abm on; error_page 502 =200 @local; proxy_pass http://127.0.0.1:1; }",
    "error_page of an upstream that dies": "location = /first { abm on; error_page 502 =200 /local; proxy_pass http://UP/dies; }",
    "error_page of an answer": "location = /first { abm on; error_page 404 =200 /local; proxy_intercept_errors on; proxy_pass http://UP/none; }",
    "auth_request": "location = /first { abm on; auth_request /auth; try_files /none /local; } location = /auth { proxy_pass http://UP/accel-auth; }",
    "nothing": "location = /first { abm on; try_files /none /local; }",
}


def second(serve, upstream, tmp_path, handler, way, more=""):
    main, http, location = HANDLERS[handler](tmp_path) if isinstance(handler, str) else handler
    from harness.places import MODULE
    upstream.on("/accel", Reply(b"", headers={"X-Accel-Redirect": "/local"}))
    upstream.on("/accel-named", Reply(b"", headers={"X-Accel-Redirect": "@local"}))
    upstream.on("/accel-auth", Reply(b""))

    def dies(_request):
        raise ConnectionAbortedError
    upstream.on("/dies", dies)
    upstream.on("/parts", Reply(parts=[step for part in PARTS for step in (part, Sleep(0.05))]))
    upstream.on("/with-parts", Reply(parts=[PARTS[0], Sleep(0.05), b'<!--# include virtual="/part" -->', Sleep(0.05), PARTS[2]]))
    upstream.on("/part", Reply(parts=[PARTS[1][:20], Sleep(0.05), PARTS[1][20:]]))
    server = TO_IT[way] + f" location = /local {{ abm on; {location} {more} }} location @local {{ abm on; {location} {more} }} "
    server += "location = /part { proxy_buffering off; proxy_pass http://UP/part; } " + STATUS
    server = server.replace("http://UP/", f"http://127.0.0.1:{upstream.port}/")
    if "@local { abm on; " in server and "proxy_pass http" in location:  # a proxy_pass in a named location takes no URI
        head, tail = server.split("location @local {", 1)
        named, rest = tail.split(" location = /part", 1)
        path = "/" + named.split(f"127.0.0.1:{upstream.port}/", 1)[1].split(";", 1)[0]
        named = named.replace(f"127.0.0.1:{upstream.port}{path};", f"127.0.0.1:{upstream.port}; rewrite ^ {path} break;")
        server = f"{head}location @local {{{named} location = /part{rest}"
    return serve(load=False, main=f"{main} load_module {MODULE};", http=http, server=server, plain_server="")


@pytest.mark.parametrize("way", TO_IT)
@pytest.mark.parametrize("handler", HANDLERS)
def test_page_of_a_handler_that_flushes_is_edited_to_its_end(serve, upstream, tmp_path, handler, way):
    nginx = second(serve, upstream, tmp_path, handler, way)
    for encoding in ("identity", "gzip"):
        answer = fetch(nginx.port, "/first", ip=ALPHA, headers={"Accept-Encoding": encoding})
        assert (answer.status, answer.text().encode(), answer.complete) == (200, ALPHA_PAGE, True)
    assert fetch(nginx.port, "/first", ip=STRANGER).body == PAGE
    for line in nginx.visits(2):
        assert line["rules"][0]["slots"] == {"headline": "applied", "cta": "applied", "story": "applied", "absent": "missing"}
    assert nginx.status()["slots"] == {"applied": 6, "missing": 2, "skipped": 0}


# Inside the story, inside the anchor's text, inside a start tag, between elements.
CUTS = [b'<div id="story"><p>The', b'href="/plan">Rea', b"<h1 cl", b"Some text", b"Made for every"]


@pytest.mark.parametrize("buffering", ["on", "off"])
@pytest.mark.parametrize("way", [way for way in TO_IT if way != "nothing"])
def test_truncated_page_of_a_second_upstream_is_never_completed(serve, upstream, tmp_path, way, buffering):
    handler = ("", "", f"proxy_buffering {buffering}; proxy_pass http://UP/cut;")
    nginx = second(serve, upstream, tmp_path, handler, way)
    for number, cut in enumerate(CUTS, 1):
        end = PAGE.index(cut) + len(cut)
        upstream.on("/cut", Reply(parts=[PAGE[:end], Sleep(0.02), Die()], headers={"Content-Length": str(len(PAGE))}))
        answer = fetch(nginx.port, "/first", ip=ALPHA)
        wanted = PAGE[:end]
        for before, after, element in ((b"Made for everybody", b"Made for presses", b"</h1>"),
                                       (b'href="/plan">Read on', b'href="/for/alpha">See the plan', b"Read on</a>")):
            if element in wanted:
                wanted = wanted.replace(before, after)
        assert not answer.complete, f"cut at {cut!r}: the connection ends as if the page were whole"
        # The open element's tag may contain an attribute edit; its content may not be edited.
        assert answer.body in (wanted, wanted.replace(b'href="/plan">Rea', b'href="/for/alpha">Rea')), f"cut at {cut!r}"
        slots = nginx.visits(number)[-1]["rules"][0]["slots"]
        assert slots["story"] != "applied" and (slots["headline"] == "applied") == (b"</h1>" in PAGE[PAGE.index(b"<h1 class"):end])


@pytest.mark.parametrize("way", [way for way in TO_IT if way != "nothing"])
def test_truncated_page_without_a_length_is_never_completed(serve, upstream, tmp_path, way):
    """Chunked, and the last chunk never arrives."""
    handler = ("", "", "proxy_http_version 1.1; proxy_pass http://UP/cut;")
    nginx = second(serve, upstream, tmp_path, handler, way)
    end = PAGE.index(b"The <i>usual")
    upstream.on("/cut", Reply(parts=[b"%x\r\n%s\r\n" % (end, PAGE[:end]), Die()], headers={"Transfer-Encoding": "chunked"}))
    answer = fetch(nginx.port, "/first", ip=ALPHA)
    assert not answer.complete and b"<b>story</b>" not in answer.body
    assert nginx.visits(1)[0]["rules"][0]["slots"]["story"] != "applied"
