"""Signed links: whom they name, whom they do not, and where their token never gets to."""

import subprocess
import time

import pytest

from harness.client import fetch
from harness.nginx import STATUS, Nginx
from harness.site import ALPHA_PAGE, BETA, BETA_PAGE, PAGE, RULES, STRANGER, Site
from harness.tokens import HOST, cookie, identity, key_file, link
from harness.upstream import Reply
from harness.waiting import wait_for

PUBLIC = {"Cache-Control": "public, max-age=600", "Expires": "Thu, 31 Dec 2037 23:55:55 GMT", "ETag": '"a"', "CDN-Cache-Control": "max-age=600"}


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path)


def test_a_link_names_the_account_wherever_it_is_opened(serve, key):
    nginx = serve(http=f"abm_link_key {key};")
    token = link(key, role="plant manager", campaign="q4")
    for ip in (STRANGER, BETA):
        assert fetch(nginx.port, f"/?abm={token}", ip=ip).body == ALPHA_PAGE
    for line in nginx.visits(2):
        assert (line["account"], line["source"], line["confidence"]) == ("alpha", "link", "high")
        assert (line["role"], line["campaign"], line["network"], line["v"]) == ("plant manager", "q4", None, 2)
    fetch(nginx.port, "/", ip=BETA)
    line = nginx.visits(3)[2]
    assert (line["role"], line["campaign"], line["source"]) == (None, None, "feed")


def test_abmctl_s_links_are_the_module_s(serve, site, key):
    nginx = serve(http=f"abm_link_key {key};")
    url = site.abmctl("link", "--key", str(key), "--account", "alpha", "--role", "plant manager", "--campaign", "q4", f"https://{HOST}/?a=1").stdout.strip()
    assert url.startswith(f"https://{HOST}/?a=1&abm=")
    assert fetch(nginx.port, url.removeprefix(f"https://{HOST}")).body == ALPHA_PAGE
    line = nginx.visits(1)[0]
    assert (line["source"], line["role"], line["campaign"]) == ("link", "plant manager", "q4")


def test_the_role_is_the_link_s_for_that_visit(serve, tmp_path, key):
    rules = RULES + """\
  - id: for-managers
    when: { attributes.role: plant manager, path: /** }
    priority: 5
    rewrite:
      headline: { text: "For a {{ account.attributes.role }}" }
"""
    accounts = [{"id": "alpha", "name": "Alpha", "attributes": {"role": "buyer"}, "networks": ["198.51.100.0/24"]}]
    own = Site(tmp_path / "site", accounts=accounts, rules=rules)
    own.publish()
    nginx = serve(data=own.data, http=f"abm_link_key {key};",
                  server="location /show { abm off; default_type text/plain; return 200 '$abm_account|$abm_source|$abm_attr_role'; }")
    token = link(key, role="Plant Manager")
    assert b"For a Plant Manager" in fetch(nginx.port, f"/?abm={token}").body
    assert fetch(nginx.port, f"/show?abm={token}").body == b"alpha|link|Plant Manager"
    assert fetch(nginx.port, f"/show?abm={link(key)}").body == b"alpha|link|buyer"
    assert fetch(nginx.port, "/show", ip="198.51.100.7").body == b"alpha|feed|buyer"


def bad_tokens(key, other_key):
    token = link(key)
    flipped = token[:-5] + ("A" if token[-5] != "A" else "B") + token[-4:]
    return {"empty": "", "letter": "x", "flipped": flipped, "truncated": token[:-1], "half": token[:len(token) // 2], "longer": token + "A",
            "huge": "A" * 3000, "expired": link(key, expires=-1), "foreign host": link(key, host="other.example.com"),
            "foreign key": link(other_key), "swapped case": token.swapcase(), "spliced": link(key, "beta")[:-43] + token[-43:],
            "a cookie": cookie(key), "an identity": identity(key, "alpha.example").replace("@", ""), "unknown form": "%00" + token}


def test_a_token_that_is_not_valid_here_is_as_if_it_were_not_there(serve, upstream, tmp_path, key):
    nginx = serve(http=f"abm_link_key {key};")
    other = key_file(tmp_path, "other.key")
    for name, bad in bad_tokens(key, other).items():
        assert fetch(nginx.port, f"/?abm={bad}", ip=STRANGER).body == PAGE, name
        assert fetch(nginx.port, f"/?abm={bad}", ip=BETA).body == BETA_PAGE, f"{name}: the address still counts"
    assert fetch(nginx.port, f"/?abm={link(key)}", host="other.example.com").body == PAGE
    assert {request.target for request in upstream.requests} == {"/"}, "not even a bad one reaches the upstream"
    assert all(line["source"] == "feed" for line in nginx.visits())


def test_a_link_works_again_until_it_expires(serve, key):
    nginx = serve(http=f"abm_link_key {key};")
    token = link(key, expires=4)
    for _ in range(2):
        assert fetch(nginx.port, f"/?abm={token}").body == ALPHA_PAGE
    wait_for(lambda: fetch(nginx.port, f"/?abm={token}").body == PAGE, 15)


def test_two_links_in_one_address_name_nobody(serve, key):
    nginx = serve(http=f"abm_link_key {key};")
    assert fetch(nginx.port, f"/?abm={link(key)}&abm={link(key, 'beta')}").body == PAGE
    token = link(key)
    assert fetch(nginx.port, f"/?abm={token}&abm={token}").body == ALPHA_PAGE


def test_a_link_to_somebody_who_is_not_on_the_list_names_nobody(serve, key):
    nginx = serve(http=f"abm_link_key {key};")
    assert fetch(nginx.port, f"/?abm={link(key, 'nobody')}", ip=BETA).body == PAGE


def test_a_link_and_a_login_that_differ_name_nobody(serve, key):
    nginx = serve(http=f"abm_link_key {key}; abm_identity $http_x_company by=id;")
    for company, page in (("beta", PAGE), ("nobody", PAGE), ("alpha", ALPHA_PAGE), ("", ALPHA_PAGE)):
        assert fetch(nginx.port, f"/?abm={link(key)}", ip=BETA, headers={"X-Company": company}).body == page, company


@pytest.mark.parametrize("headers", [{"Sec-GPC": "1"}, {"Cookie": "abm_optout=1"}])
def test_whoever_has_opted_out_is_nobody_with_a_link_too(serve, key, headers):
    nginx = serve(http=f"abm_link_key {key};")
    assert fetch(nginx.port, f"/?abm={link(key)}", headers=headers).body == PAGE
    assert nginx.visits() == []


def test_a_preview_beats_a_link(serve, site, tmp_path, key):
    preview = key_file(tmp_path, "preview.key")
    url = site.abmctl("preview-link", "--account", "beta", "--url", f"http://{HOST}/", "--key", str(preview)).stdout.split()[-1]
    nginx = serve(http=f"abm_link_key {key}; abm_preview_key {preview};")
    assert fetch(nginx.port, f"/?abm={link(key)}&{url.split('?')[1]}").body == BETA_PAGE
    assert nginx.visits() == []


def test_either_of_two_keys_is_good(serve, tmp_path, key):
    old, gone = key_file(tmp_path, "old.key"), key_file(tmp_path, "gone.key")
    nginx = serve(http=f"abm_link_key {key} {old};")
    for path, page in ((key, ALPHA_PAGE), (old, ALPHA_PAGE), (gone, PAGE)):
        assert fetch(nginx.port, f"/?abm={link(path)}").body == page


@pytest.mark.parametrize("listen", ["", "http2"], ids=["http1", "http2"])
def test_the_token_gets_nowhere(serve, upstream, tmp_path, key, listen):
    """Neither upstream, nor any variable that a cache key, a log or a map may be made of, nor the error log."""
    every = "$request|$request_uri|$args|$query_string|$is_args|$arg_abm|$http_referer|$uri|$copied"
    nginx = serve(http=f"abm_link_key {key}; log_format all '{every}'; access_log {tmp_path}/access.log all;",
                  server="set $copied $request_uri; if ($arg_abm) { return 418; } "
                         "location /down { abm on; error_page 502 =200 /; proxy_pass http://127.0.0.1:1; } "
                         f"location /uri {{ abm on; proxy_pass http://127.0.0.1:{upstream.port}/other; }} "
                         "location /moved { return 301 /elsewhere; } location /denied { deny all; }", listen=listen)
    upstream.on("*", Reply(PAGE))
    token = link(key)

    def get(path, *more):
        return subprocess.run(["curl", "-s", "--http2-prior-knowledge" if listen else "--http1.1", "--max-time", "10", "-H", f"Host: {HOST}",
                               *more, f"http://127.0.0.1:{nginx.port}{path}"], capture_output=True, check=False).stdout
    assert get(f"/p?a=1&abm={token}&b=2") == ALPHA_PAGE
    assert get(f"/?abm={token}") == ALPHA_PAGE
    assert get(f"/down?abm={token}") == ALPHA_PAGE, "the link is lost in a redirect inside nginx"
    for path in (f"/uri?abm={token}", f"/moved?abm={token}", f"/denied?x&abm={token}", f"/s?url=%2F%3Fabm%3D{token}"):
        get(path)
    get("/next", "-e", f"https://{HOST}/p?a=1&abm={token}#x")
    assert [request.target for request in upstream.requests] == ["/p?a=1&b=2", "/", "/", "/other", "/s?url=%2F", "/next"]
    assert upstream.seen("/next")[0].headers["referer"].rstrip("#x") == f"https://{HOST}/p?a=1"
    nginx.settle()
    log = (tmp_path / "access.log").read_text()
    assert "Connection refused" in nginx.errors() and "forbidden" in nginx.errors()
    for text in (nginx.errors(), log, *(str(request.headers) for request in upstream.requests)):
        assert token not in text and token[:40] not in text
    assert "GET /p?a=1&b=2 HTTP/" in log and "|/p?a=1&b=2|a=1&b=2|a=1&b=2|?|-|-|/p|/p?a=1&b=2\n" in log
    assert "|/|-|-||-|-|/|/\n" in log, "nothing is left of the query where there was nothing else"


def test_a_request_that_nginx_refuses_at_once_is_logged_without_its_token(serve, tmp_path, key):
    nginx = serve(http=f"abm_link_key {key}; log_format all '$request|$status'; access_log {tmp_path}/access.log all;", log_level="error")
    token = link(key)
    assert fetch(nginx.port, f"/?abm={token}", headers={"Content-Length": "x"}).status == 400
    nginx.settle()
    log = (tmp_path / "access.log").read_text()
    assert "400" in log and token not in log and token not in nginx.errors()


@pytest.mark.parametrize("account,page", [("alpha", ALPHA_PAGE), ("nobody", PAGE)], ids=["personalized", "original"])
def test_an_answer_to_a_link_is_the_visitor_s_alone(serve, upstream, key, account, page):
    upstream.on("/", Reply(PAGE, headers=PUBLIC | {"Referrer-Policy": "unsafe-url"}))
    nginx = serve(http=f"abm_link_key {key};")
    answer = fetch(nginx.port, f"/?abm={link(key, account)}")
    assert answer.body == page
    assert answer.all("Cache-Control") == ["private, no-cache"]
    assert answer.all("Referrer-Policy") == ["strict-origin"]
    assert not answer.has("Expires") and not answer.has("CDN-Cache-Control") and not answer.has("Set-Cookie")
    plain = fetch(nginx.port)
    assert plain.same_as(fetch(nginx.plain_port))
    upstream.on("/", Reply(PAGE, headers={"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}))
    answer = fetch(nginx.port, f"/?abm={link(key, account)}")
    assert (answer.all("Referrer-Policy"), answer.all("Cache-Control")) == (["no-referrer"], ["no-store"])


def test_nginx_s_own_cache_keeps_one_original_for_everybody(serve, upstream, tmp_path, key):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = serve(http=f"abm_link_key {key}; proxy_cache_path {tmp_path}/cache keys_zone=own:1m; add_header X-Cache $upstream_cache_status;",
                  server="proxy_cache own; proxy_cache_key $host$request_uri$args$is_args$arg_abm$http_referer;")
    for i, account in enumerate(("alpha", "beta")):
        answer = fetch(nginx.port, f"/?abm={link(key, account)}")
        assert answer.body == (ALPHA_PAGE, BETA_PAGE)[i]
        assert answer.get("X-Cache") == ("MISS", "HIT")[i]
    assert fetch(nginx.port).get("X-Cache") == "HIT" and fetch(nginx.port).body == PAGE
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert PAGE in stored and b"abm=" not in stored and b"presses" not in stored
    assert len(upstream.requests) == 1


def test_a_cache_in_front_keeps_no_answer_to_a_link(serve, upstream, tmp_path, key):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = serve(http=f"abm_link_key {key};")
    folder = tmp_path / "edge"
    folder.mkdir()
    edge = Nginx(folder, upstream=nginx.port, abm=f"proxy_cache_path {folder}/cache keys_zone=edge:1m;", load=False)
    text = edge.config.read_text().replace("abm on; proxy_pass", "proxy_cache edge; proxy_set_header Host $host; add_header X-Cache $upstream_cache_status; proxy_pass")
    edge.config.write_text(text)
    with edge:
        for account in ("alpha", "nobody"):
            target = f"/?abm={link(key, account)}"
            assert [fetch(edge.port, target).get("X-Cache") for _ in range(2)] == ["MISS", "MISS"]
        assert [fetch(edge.port).get("X-Cache") for _ in range(2)] == ["MISS", "HIT"]
        stored = b"".join(path.read_bytes() for path in (folder / "cache").rglob("*") if path.is_file())
        assert PAGE in stored and b"abm=" not in stored


REDIRECTS = [("/there", "/there?abm={}"), ("/there?a=1#top", "/there?a=1&abm={}#top"), (f"https://{HOST}/x", f"https://{HOST}/x?abm={{}}"),
             ("https://other.example/x", "https://other.example/x"), ("//evil.example/", "//evil.example/"), (f"https://{HOST}@evil.example/", None),
             ("/\\evil.example", None), ("/there?abm=own", "/there?abm=own")]


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"])
def test_a_redirect_on_the_same_host_takes_the_token_along(serve, upstream, key, status):
    nginx = serve(http=f"abm_link_key {key};")
    token = link(key)
    for location, wanted in REDIRECTS:
        upstream.on("/old", Reply(b"", status, headers={"Location": location, "Cache-Control": "public, max-age=600"}))
        answer = fetch(nginx.port, f"/old?abm={token}")
        assert answer.get("Location").removeprefix(f"http://{HOST}:{nginx.port}").removeprefix(f"http://{HOST}") == (wanted or location).format(token)
        assert answer.all("Cache-Control") == ["private, no-cache"]
        assert fetch(nginx.port, "/old").get("Location").endswith(location)
    upstream.on("/old", Reply(b"", "200 OK", headers={"Location": "/there"}))
    assert fetch(nginx.port, f"/old?abm={token}").get("Location") == "/there", "that is no redirect"


def test_a_redirect_of_nginx_itself_takes_it_along_where_the_module_is_off(serve, tmp_path, key):
    nginx = serve(http=f"abm_link_key {key};", server="location /go { return 301 https://$host$request_uri; } location /rewritten { rewrite ^ /x permanent; }")
    token = link(key)
    assert fetch(nginx.port, f"/go?a=1&abm={token}").get("Location") == f"https://{HOST}/go?a=1&abm={token}"
    assert fetch(nginx.port, f"/rewritten?abm={token}").get("Location").endswith(f"/x?abm={token}")
    assert fetch(nginx.port, "/go?abm=x%0d%0aSet-Cookie:a=b").get("Location") == f"https://{HOST}/go", "only what may be a token"


def test_a_token_means_nothing_without_a_key(serve, upstream, key):
    nginx = serve()
    token = link(key)
    assert fetch(nginx.port, f"/?abm={token}", ip=STRANGER).same_as(fetch(nginx.plain_port, f"/?abm={token}", ip=STRANGER))
    assert upstream.requests[-1].target == f"/?abm={token}", "the site's own argument of that name stays"


def test_one_location_s_key_is_no_other_s(serve, upstream, tmp_path, key):
    other = key_file(tmp_path, "other.key")
    upstream.on("*", Reply(PAGE))
    place = "location {} {{ abm on; abm_link_key {}; proxy_pass http://127.0.0.1:%d; }}" % upstream.port
    nginx = serve(server=place.format("/a", key) + place.format("/b", other))
    for path, token, page in (("/a", link(key), ALPHA_PAGE), ("/b", link(key), PAGE), ("/a", link(other), PAGE), ("/b", link(other), ALPHA_PAGE)):
        assert fetch(nginx.port, f"{path}?abm={token}").body == page
    assert {request.target for request in upstream.requests} == {"/a", "/b"}


def test_a_location_that_is_reached_by_a_redirect_inside_nginx_judges_by_its_own_key(serve, upstream, tmp_path, key):
    other = key_file(tmp_path, "other.key")
    upstream.on("*", Reply(PAGE))
    nginx = serve(http=f"abm_link_key {other};",
                  server=f"location /first {{ abm on; error_page 404 =200 /second; return 404; }} "
                         f"location /second {{ abm on; abm_link_key {key}; proxy_pass http://127.0.0.1:{upstream.port}; }}")
    assert fetch(nginx.port, f"/first?abm={link(key)}").body == ALPHA_PAGE
    assert fetch(nginx.port, f"/first?abm={link(other)}").body == PAGE


def test_links_are_counted(serve, key):
    nginx = serve(http=f"abm_link_key {key};", server=STATUS)
    for target in (f"/?abm={link(key)}", f"/?abm={link(key, expires=-1)}", "/", f"/?abm={link(key)}"):
        fetch(nginx.port, target)
    fetch(nginx.port, f"/?abm={link(key)}", headers={"Sec-GPC": "1"})
    nginx.settle()
    assert nginx.status()["links"] == {"valid": 2, "refused": 1}


def test_a_link_costs_little(serve, key):
    """Guessing tells nothing, and costs nothing that hurts."""
    nginx = serve(http=f"abm_link_key {key};")
    start = time.monotonic()
    for _ in range(100):
        assert fetch(nginx.port, f"/?abm={'A' * 900}").body == PAGE
    assert time.monotonic() - start < 10


@pytest.mark.parametrize("mode,message", [(0o644, "others may read"), (0o600, "")])
def test_a_key_that_others_may_read_is_refused(tmp_path, site, key, mode, message):
    key.chmod(mode)
    folder = tmp_path / "stopped"
    folder.mkdir()
    done = Nginx(folder, data=site.data, http=f"abm_link_key {key};").test()
    assert (done.returncode != 0) == bool(message) and message in done.stderr


@pytest.mark.parametrize("directive,message", [
    ("abm_link_key /nowhere/key;", "no such file"), ("abm_link_key {key} {key} {key};", "invalid number of arguments"),
    ("abm_link_key {key}; abm_link_key {key};", "is duplicate"), ("abm_identity $host key=/nowhere/key;", "no such file"),
    ("abm_identity $host key={key} key={key} key={key};", "takes two keys at most"), ("abm_identity $host by=name;", '"key=FILE" is expected'),
    ("abm_remember 30d;", "needs the variable"), ("abm_remember on;", "needs the variable"), ("abm_remember 0 if=$cookie_c;", "at most 400 days"),
    ("abm_remember 401d if=$cookie_c;", "at most 400 days"), ("abm_remember x if=$cookie_c;", "at most 400 days"), ("abm_remember 30d if=cookie;", "invalid variable name"),
    ("abm_remember 30d if=$cookie_c; abm_remember off;", "is duplicate"), ("abm_remember 30d if=$cookie_c;", "needs a key that signs its cookie"),
])
def test_what_cannot_be_is_refused_with_a_reason(tmp_path, site, key, directive, message):
    folder = tmp_path / "stopped"
    folder.mkdir()
    done = Nginx(folder, data=site.data, http=directive.format(key=key)).test()
    assert done.returncode != 0 and message in done.stderr, done.stderr


@pytest.mark.parametrize("directives,warns", [
    ("abm_identity $http_x_company;", True), ("abm_identity $arg_company by=id;", True), ("abm_identity $COOKIE_company;", True),
    ("abm_identity $http_x_company key={key};", False), ("abm_identity $company; map $http_x_company $company {{ default $http_x_company; }}", False),
    ("abm_remember 30d if=$cookie_c; abm_link_key {key};", False), ("abm_remember off;", False)])
def test_nginx_t_warns_of_an_identity_that_clients_can_send(tmp_path, site, key, directives, warns):
    folder = tmp_path / "stopped"
    folder.mkdir()
    done = Nginx(folder, data=site.data, http=directives.format(key=key)).test()
    assert done.returncode == 0, done.stderr
    assert ("clients can send" in done.stderr) == warns and ("key=FILE" in done.stderr) == warns
