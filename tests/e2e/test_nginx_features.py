"""The module together with other features of nginx: caches, redirects, subrequests, other filters."""

import pathlib
import subprocess
import threading

import pytest

from harness.client import fetch
from harness.places import DECODES, MODULE
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER, Site
from harness.upstream import Die, Reply, Sleep, gzip_bytes
from harness.waiting import wait_for

from test_http import cache_zone, origin


def cached_bytes(folder):
    return b"".join(path.read_bytes() for path in pathlib.Path(folder).rglob("*") if path.is_file())


def test_cache_holds_the_original_only(serve, upstream, tmp_path):
    nginx = serve(http=cache_zone(tmp_path))
    upstream.on("/", origin())
    for ip, page in ((ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE), (STRANGER, PAGE), (ALPHA, ALPHA_PAGE)):
        assert fetch(nginx.port, ip=ip).body == page
    assert len(upstream.seen("/")) == 1
    stored = cached_bytes(tmp_path / "cache")
    assert PAGE in stored and b"Made for presses" not in stored and b"Made for grids" not in stored


def test_encoded_cache_entry_is_personalized(serve, upstream, tmp_path):
    nginx = serve(http=cache_zone(tmp_path))
    upstream.on("/", Reply(gzip_bytes(PAGE), headers={"Content-Encoding": "gzip"}))
    assert fetch(nginx.port, ip=STRANGER).text() == PAGE.decode()
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_stale_entry_background_update_and_lock_give_one_line_each(serve, upstream, tmp_path):
    nginx = serve(http=cache_zone(tmp_path, "proxy_cache_lock on; proxy_cache_use_stale updating; "
                                            "proxy_cache_background_update on;").replace("200 1h", "200 1s"), workers=2)
    upstream.on("/", lambda _: Reply(parts=[Sleep(0.05), PAGE], headers={"Content-Length": str(len(PAGE))}))
    answers = []

    def visit():
        answers.append(fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE)

    for _ in range(2):
        threads = [threading.Thread(target=visit) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        Sleep(2.1).run(None)  # valid for one second, by a clock of whole seconds
    assert answers == [True] * 100
    assert len(upstream.seen("/")) > 1, "nothing was updated"
    assert len(nginx.visits(100)) == 100
    assert b"presses" not in cached_bytes(tmp_path / "cache")


def test_cache_revalidation_still_works(serve, upstream, tmp_path):
    nginx = serve(http=cache_zone(tmp_path, "proxy_cache_revalidate on;").replace("200 1h", "200 1s"))
    upstream.on("/", origin(headers={"ETag": '"v1"'}))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    Sleep(2.1).run(None)
    assert fetch(nginx.port, ip=ALPHA, headers={"If-None-Match": '"v1"'}).body == ALPHA_PAGE
    assert upstream.seen("/")[-1].headers["if-none-match"] == '"v1"'


def test_proxy_store_holds_the_original(serve, upstream, tmp_path):
    nginx = serve(server=f"location /stored {{ abm on; proxy_pass http://127.0.0.1:{upstream.port}; "
                         f"proxy_store {tmp_path}/store$uri; proxy_temp_path {tmp_path}/store-temp; }}")
    upstream.on("/stored.html", Reply(PAGE))
    assert fetch(nginx.port, "/stored.html", ip=ALPHA).body == ALPHA_PAGE
    stored = tmp_path / "store" / "stored.html"
    wait_for(stored.exists)  # nginx renames it into place once the client has its page
    assert stored.read_bytes() == PAGE


SSI = "location /ssi { abm on; ssi on; proxy_pass http://127.0.0.1:%d; }"


def test_ssi_output_is_rewritten_once(serve, upstream):
    nginx = serve(http="log_subrequest on;", server=SSI % upstream.port + "location /part { abm on; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/ssi", Reply(b'<html><!--# include virtual="/part" --><!--# include virtual="/part2" --></html>'))
    upstream.on("/part", Reply(b"<h1>x</h1>"))
    upstream.on("/part2", Reply(b"<div id=story>y</div>"))
    answer = fetch(nginx.port, "/ssi", ip=ALPHA)
    assert answer.body == b"<html><h1>Made for presses</h1><div id=story><p>Alpha's <b>story</b></p></div></html>"
    assert answer.complete
    slots = nginx.visits(1)[0]["rules"][0]["slots"]  # log_subrequest writes a line for the page and none for its parts
    assert slots == {"headline": "applied", "cta": "missing", "story": "applied", "absent": "missing"}


def test_ssi_stub_appears_for_an_empty_fragment(serve, upstream):
    nginx = serve(server=SSI % upstream.port)
    upstream.on("/ssi", Reply(b'<h1>a</h1><!--# block name="one" -->stub<!--# endblock -->'
                              b'<!--# include virtual="/empty" stub="one" --><p>end</p>'))
    upstream.on("/empty", Reply(b""))
    assert fetch(nginx.port, "/ssi", ip=ALPHA).body == b"<h1>Made for presses</h1>stub<p>end</p>"


def test_flush_of_an_included_fragment_does_not_end_the_rewriting(serve, upstream):
    nginx = serve(server=SSI % upstream.port + "location /part { proxy_buffering off; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/ssi", Reply(b'<h1>a</h1><!--# include virtual="/part" --><a data-abm-slot="cta" href="/x">b</a>'))
    upstream.on("/part", Reply(parts=[Sleep(0.3), b"<p>part</p>"]))
    answer = fetch(nginx.port, "/ssi", ip=ALPHA)
    assert answer.body == b'<h1>Made for presses</h1><p>part</p><a data-abm-slot="cta" href="/for/alpha">See the plan</a>'
    assert set(nginx.visits(1)[0]["rules"][0]["slots"].values()) == {"applied", "missing"}


def test_dying_fragment_does_not_end_the_rewriting(serve, upstream):
    nginx = serve(server=SSI % upstream.port)
    upstream.on("/ssi", Reply(b'<!--# include virtual="/part" --><h1>a</h1>'))
    upstream.on("/part", Reply(parts=[b"<p>pa", Die()], length=100))
    assert fetch(nginx.port, "/ssi", ip=ALPHA).body == b"<p>pa<h1>Made for presses</h1>"


def test_fragments_of_a_personalized_page_are_asked_for_whole_and_unencoded(serve, upstream):
    nginx = serve(server=SSI % upstream.port + "location /part { proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    fragment = b"<p>0123456789 a whole fragment</p>"
    upstream.on("/ssi", Reply(b'<h1>a</h1><!--# include virtual="/part" --><p>end</p>'))
    upstream.on("/part", origin(fragment))
    answer = fetch(nginx.port, "/ssi", ip=ALPHA, headers={"Range": "bytes=10-19", "If-None-Match": '"v1"', "Accept-Encoding": "gzip"})
    assert answer.body == b"<h1>Made for presses</h1>" + fragment + b"<p>end</p>"
    asked = upstream.seen("/part")[-1].headers
    assert asked["accept-encoding"] == "identity" and not {"range", "if-none-match"} & set(asked)


def test_addition_auth_request_and_mirror_do_not_disturb(serve, upstream):
    nginx = serve(http="log_subrequest on;",
                  server="location /all { abm on; auth_request /auth; mirror /mirror; add_after_body /after; "
                         "proxy_pass http://127.0.0.1:%d; }\n"
                         "location = /auth { abm on; proxy_pass http://127.0.0.1:%d; }\n"
                         "location = /mirror { internal; abm on; proxy_pass http://127.0.0.1:%d; }" % ((upstream.port,) * 3))
    for path in ("/all", "/auth", "/mirror"):
        upstream.on(path, Reply(PAGE))
    upstream.on("/after", Reply(b"<h1>after</h1>"))
    answer = fetch(nginx.port, "/all", ip=ALPHA, headers={"Accept-Encoding": "gzip", "If-None-Match": '"x"'})
    assert answer.body == ALPHA_PAGE + b"<h1>Made for presses</h1>"
    assert len(nginx.visits(1)) == 1
    assert upstream.seen("/mirror")[-1].headers["accept-encoding"] == "gzip"
    assert upstream.seen("/mirror")[-1].headers["if-none-match"] == '"x"'


REDIRECT_RULES = """\
abm: rules/1
slots: { headline: h1 }
rules:
  - { id: asked, when: { account: alpha, path: /asked }, rewrite: { headline: { text: "asked" } } }
  - { id: home, when: { account: alpha, path: / }, rewrite: { headline: { text: "home" } } }
  - { id: final, when: { account: alpha, path: /final }, rewrite: { headline: { text: "final" } } }
  - { id: final-file, when: { account: alpha, path: /final.html }, rewrite: { headline: { text: "final" } } }
"""


@pytest.mark.parametrize("case,path,expected", [
    ("location = /asked { abm on; error_page 404 =200 /final; proxy_intercept_errors on; proxy_pass http://UP/gone; }",
     "/asked", b"<h1>final</h1>"),
    ("location = /asked { abm on; try_files /no/such /final; }", "/asked", b"<h1>final</h1>"),
    ("location = /asked { abm on; proxy_pass http://UP/accel; }", "/asked", b"<h1>final</h1>"),
    ("location = /asked { abm off; proxy_pass http://UP/accel; }", "/asked", b"<h1>final</h1>"),
    ("location = /asked { abm on; error_page 404 = @named; return 404; } location @named { abm on; proxy_pass http://UP; }",
     "/asked", b"<h1>asked</h1>"),
    ("location = /asked { abm on; try_files /no/such @named; } location @named { abm off; proxy_pass http://UP; }",
     "/asked", b"<h1>x</h1>"),
    ("location = /asked { abm on; root ROOT; try_files $uri.html =404; }", "/asked", b"<h1>asked</h1>"),
    ("location / { abm on; root ROOT; index index.html; }", "/", b"<h1>home</h1>"),
    ("location / { abm on; root ROOT; try_files $uri $uri.html $uri/index.html =404; }", "/", b"<h1>home</h1>"),
    ("location ~ ^/asked { abm on; root ROOT/sub; try_files $uri $uri/index.html =404; }", "/asked", b"<h1>asked</h1>"),
    ("location = /asked { abm on; try_files /no/such /index.php?x=1; } location ~ php$ { abm on; proxy_pass http://UP; }",
     "/asked", b"<h1>asked</h1>"),
    ("location = /asked { abm on; rewrite ^ /final last; }", "/asked", b"<h1>final</h1>"),
    ("location = /asked { abm on; default_type text/html; return 200 '<h1>x</h1>'; }", "/asked", b"<h1>asked</h1>"),
])
def test_redirects_inside_nginx_apply_the_final_locations_rules_once(serve, upstream, tmp_path, case, path, expected):
    site = Site(tmp_path / "redirects", rules=REDIRECT_RULES)
    site.publish()
    root = tmp_path / "root"
    root.mkdir()
    (root / "sub" / "asked").mkdir(parents=True)
    for name in ("asked.html", "index.html", "final.html", "sub/asked/index.html"):
        (root / name).write_bytes(b"<h1>x</h1>")
    for page in ("/asked", "/final", "/index.php"):
        upstream.on(page, Reply(b"<h1>x</h1>"))
    upstream.on("/accel", Reply(b"", headers={"X-Accel-Redirect": "/final"}))
    server = case.replace("UP", f"127.0.0.1:{upstream.port}").replace("ROOT", str(root))
    if "location / " in server:
        server = server.replace("location / ", "location ~ ^/(index.html)?$ ")
    nginx = serve(data=site.data, server=server)
    answer = fetch(nginx.port, path, ip=ALPHA, headers={"If-None-Match": '"x"', "Accept-Encoding": "gzip"})
    assert (answer.status, answer.body) == (200, expected)
    assert answer.complete
    if b"x" not in expected:
        assert len(nginx.visits(1)) == 1


def test_sub_filter_and_charset_come_before_us(serve, upstream):
    nginx = serve(server="location /sub { abm on; charset utf-8; sub_filter_types text/html; sub_filter '<h9>' '<h1>'; "
                         "sub_filter 'presses' 'WRONG'; sub_filter_once off; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/sub", Reply(b"<h9>x</h1>", content_type="text/html"))
    answer = fetch(nginx.port, "/sub", ip=ALPHA)
    assert answer.body == b"<h1>Made for presses</h1>" and answer.get("Content-Type") == "text/html; charset=utf-8"


SHEET = """<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<xsl:output method="html" encoding="utf-8"/>
<xsl:template match="/page"><html><body><h1><xsl:value-of select="title"/></h1></body></html></xsl:template>
</xsl:stylesheet>
"""


def test_a_page_that_xslt_makes_is_personalized(serve, upstream, tmp_path):
    (tmp_path / "page.xsl").write_text(SHEET, encoding="utf-8")
    nginx = serve(load=False, main=f"{with_module('xslt_filter')} load_module {MODULE};",
                  server="location = /made { abm on; xslt_stylesheet %s/page.xsl; proxy_pass http://127.0.0.1:%d; }"
                         % (tmp_path, upstream.port))
    upstream.on("/made", Reply(b"<page><title>For everyone</title></page>", content_type="text/xml",
                               headers={"ETag": '"x1"', "Last-Modified": "Mon, 01 Jan 2024 00:00:00 GMT"}))
    stranger = fetch(nginx.port, "/made", ip=STRANGER)
    assert b"<h1>For everyone</h1>" in stranger.body and stranger.same_as(fetch(nginx.plain_port, "/made"))
    personal = fetch(nginx.port, "/made", ip=ALPHA)
    assert personal.body == stranger.body.replace(b"For everyone", b"Made for presses")
    assert personal.get("Cache-Control") == "private, no-cache" and not personal.has("Last-Modified")
    assert [line["skip"] for line in nginx.visits(1)] == [None]
    # XML that no stylesheet turns into a page stays as it was.
    upstream.on("/feed", Reply(b"<page><h1>x</h1></page>", content_type="text/xml"))
    assert fetch(nginx.port, "/feed", ip=ALPHA).same_as(fetch(nginx.plain_port, "/feed"))


def test_slices_are_personalized_as_one_page(serve, upstream):
    nginx = serve(server="location /sliced { abm on; slice 100; proxy_set_header Range $slice_range; "
                         "proxy_http_version 1.1; proxy_pass http://127.0.0.1:%d; }" % upstream.port)

    def part(request):
        first, last = (int(x) for x in request.headers["range"].removeprefix("bytes=").split("-"))
        last = min(last, len(PAGE) - 1)
        return Reply(PAGE[first:last + 1], "206 Partial Content", {"Content-Range": f"bytes {first}-{last}/{len(PAGE)}",
                                                                   "ETag": '"v1"'})
    upstream.on("/sliced", part)
    assert fetch(nginx.port, "/sliced", ip=ALPHA).body == ALPHA_PAGE
    assert fetch(nginx.port, "/sliced", ip=ALPHA, headers={"Range": "bytes=300-310"}).body == ALPHA_PAGE
    ours, plain = (fetch(port, "/sliced", ip=STRANGER, headers={"Range": "bytes=300-310"}) for port in (nginx.port, nginx.plain_port))
    assert ours.same_as(plain) and ours.status == 206


def test_add_header_and_expires_do_not_bring_caching_back(serve, upstream):
    nginx = serve(http="expires 1h; add_header X-Frame-Options DENY; add_header Cache-Control public;")
    upstream.on("/", origin())
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.all("Cache-Control") == ["private, no-cache"] and not answer.has("Expires")
    assert answer.get("X-Frame-Options") == "DENY"


def test_trailers_come_through(serve, upstream):
    nginx = serve(http="add_trailer X-Trail yes;")
    from harness.client import Connection
    with Connection(nginx.port) as connection:
        connection.send("GET", "/", {"X-Forwarded-For": ALPHA, "TE": "trailers"})
        assert connection.receive().body == ALPHA_PAGE
        assert connection.trailers == ["X-Trail: yes"]


def test_log_variables_show_the_clients_own_headers(serve, tmp_path):
    nginx = serve(http=f"log_format seen '$http_accept_encoding|$http_if_none_match|$http_range'; "
                       f"access_log {tmp_path}/seen.log seen;")
    fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "gzip", "If-None-Match": '"x"', "Range": "bytes=0-1"})
    nginx.visits(1)
    assert (tmp_path / "seen.log").read_text().splitlines()[-1] == 'gzip|\\x22x\\x22|bytes=0-1'


MODULES = pathlib.Path("/usr/lib/nginx/modules")


def with_module(name):
    path = MODULES / f"ngx_http_{name}_module.so"
    if not path.exists():
        pytest.skip(f"nginx's {name} module is not installed")
    return f"load_module {path};"


# The module loaded last runs first: the order that results from our package's file name, 70-mod-http-abm.conf.
def test_brotli_compresses_what_we_wrote(serve):
    nginx = serve(load=False, main=f"{with_module('brotli_filter')} load_module {MODULE};",
                  http="brotli on; brotli_min_length 1;")
    answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "br"})
    assert answer.get("Content-Encoding") == "br" and answer.complete
    assert unbrotli(answer.body) == ALPHA_PAGE
    assert "compresses pages before abm" not in nginx.errors()


def test_brotli_at_the_wrong_place_is_warned_of_and_undone_or_left_alone(serve):
    nginx = serve(main=with_module("brotli_filter"), http="brotli on; brotli_min_length 1;")
    assert 'module "ngx_http_brotli_filter_module" compresses pages before abm' in nginx.test().stderr
    answer = fetch(nginx.port, ip=ALPHA, headers={"Accept-Encoding": "br"})
    if "br" in DECODES:
        assert not answer.has("Content-Encoding") and answer.body == ALPHA_PAGE
    else:
        assert unbrotli(answer.body) == PAGE
    assert unbrotli(fetch(nginx.port, ip=STRANGER, headers={"Accept-Encoding": "br"}).body) == PAGE
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def unbrotli(body):
    script = "const z = require('zlib'); const b = []; process.stdin.on('data', d => b.push(d)).on('end', () => " \
             "process.stdout.write(z.brotliDecompressSync(Buffer.concat(b))))"
    return subprocess.run(["node", "-e", script], input=body, capture_output=True, check=True).stdout
