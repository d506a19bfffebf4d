"""abm_remember: the cookie is set for those who agree and whom a link or a login names, and for nobody else; whoever takes
that back is forgotten; and nobody but us reads it."""

import pytest

from harness.client import Connection, fetch
from harness.nginx import STATUS, Nginx
from harness.site import ALPHA_PAGE, BETA, BETA_PAGE, PAGE, STRANGER, Site
from harness.tokens import COOKIE, HOST, cookie, cookies_set, identity, key_file, link, todays_cookie
from harness.upstream import Reply

DAY = 86400
YES = {"Cookie": "consent=yes"}
PUBLIC = {"Cache-Control": "public, max-age=600", "Expires": "Thu, 31 Dec 2037 23:55:55 GMT", "ETag": '"a"'}


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path)


@pytest.fixture
def remembering(serve, key):
    """nginx that remembers for 30 days those with the cookie `consent`."""
    def start(more="", **arguments):
        return serve(http=f"abm_link_key {key}; abm_remember 30d if=$cookie_consent; {more}", **arguments)
    return start


def with_cookie(value, consent="yes", **more):
    return {"Cookie": f"consent={consent}; {COOKIE}={value}", **more}


def is_todays(value, path, account="alpha"):
    """A test may run across midnight."""
    return value in [todays_cookie(path, account, day=day) for day in (0, -1)]


def is_deleted(answer):
    found = cookies_set(answer).get(COOKIE)
    assert found is None or answer.all("Cache-Control") == ["private, no-cache"]
    return found is not None and found[0] == "" and "max-age=0" in found[1]


def test_a_visitor_who_agrees_is_remembered_by_account_alone(remembering, key):
    nginx = remembering()
    answer = fetch(nginx.port, f"/?abm={link(key, role='plant manager', campaign='q4')}", headers=YES)
    value, attributes = cookies_set(answer)[COOKIE]
    (age,) = [int(one.removeprefix("max-age=")) for one in attributes if one.startswith("max-age=")]
    assert attributes == {"path=/", f"max-age={age}", "secure", "httponly", "samesite=lax"} and 29 * DAY < age <= 30 * DAY
    assert is_todays(value, key), "account, host and days: nothing else"
    other = fetch(nginx.port, f"/?abm={link(key, role='buyer', expires=99)}", ip=BETA, headers=YES | {"User-Agent": "Other"})
    assert is_todays(cookies_set(other)[COOKIE][0], key), "the same for everybody whom a link brings today"
    assert answer.all("Cache-Control") == ["private, no-cache"]
    assert fetch(nginx.port, headers=with_cookie(value)).body == ALPHA_PAGE
    line = nginx.visits(3)[2]
    assert (line["account"], line["source"], line["confidence"], line["role"], line["campaign"]) == ("alpha", "remembered", "high", None, None)


@pytest.mark.parametrize("headers", [{}, {"Cookie": "consent="}, {"Cookie": "consent=0"}, {"Cookie": "other=yes"}, YES | {"Sec-GPC": "1"},
                                     {"Cookie": "consent=yes; abm_optout=1"}], ids=["absent", "empty", "0", "other", "GPC", "opt-out"])
def test_without_consent_there_is_no_cookie(remembering, key, headers):
    assert not fetch(remembering().port, f"/?abm={link(key)}", headers=headers).has("Set-Cookie")


@pytest.mark.parametrize("bad", ["expired", "foreign host", "foreign key", "forged", "nobody"])
def test_no_cookie_is_made_of_a_link_that_names_nobody_here(remembering, tmp_path, key, bad):
    tokens = {"expired": link(key, expires=-1), "foreign host": link(key, host="other.example.com"), "foreign key": link(key_file(tmp_path, "o")),
              "forged": link(key)[:-1] + "_", "nobody": link(key, "nobody")}
    assert not fetch(remembering().port, f"/?abm={tokens[bad]}", headers=YES).has("Set-Cookie")


def test_nobody_is_remembered_for_their_address_or_an_unsigned_identity(remembering):
    nginx = remembering("abm_identity $http_x_company by=id;")
    assert fetch(nginx.port, ip=BETA, headers=YES).body == BETA_PAGE
    assert fetch(nginx.port, headers=YES | {"X-Company": "alpha"}).body == ALPHA_PAGE
    for headers in (YES, YES | {"X-Company": "alpha"}):
        assert not fetch(nginx.port, ip=BETA, headers=headers).has("Set-Cookie")


def test_off_by_default_and_where_it_is_turned_off(serve, upstream, key):
    nginx = serve(http=f"abm_link_key {key};")
    assert not fetch(nginx.port, f"/?abm={link(key)}", headers=YES).has("Set-Cookie")
    upstream.on("/off", Reply(PAGE))
    nginx = serve(http=f"abm_link_key {key}; abm_remember 30d if=$cookie_consent;",
                  server=f"location /off {{ abm on; abm_remember off; proxy_pass http://127.0.0.1:{upstream.port}; }}")
    assert not fetch(nginx.port, f"/off?abm={link(key)}", headers=YES).has("Set-Cookie")
    answer = fetch(nginx.port, "/off", headers=with_cookie(cookie(key)))
    assert answer.body == PAGE and not answer.has("Set-Cookie")
    assert COOKIE not in str(upstream.seen("/off")[1].headers)


@pytest.mark.parametrize("headers,logged", [({"consent": ""}, True), ({"consent": "0"}, True), ({"Sec-GPC": "1"}, False), ({"optout": "1"}, False)],
                         ids=["withdrawn", "denied", "GPC", "opt-out"])
def test_whoever_takes_it_back_is_forgotten(remembering, key, headers, logged):
    nginx = remembering()
    value = cookie(key)
    consent = headers.pop("consent", "yes") + ("; abm_optout=1" if headers.pop("optout", None) else "")
    answer = fetch(nginx.port, ip=STRANGER, headers=with_cookie(value, consent, **headers))
    assert answer.body == PAGE and is_deleted(answer)
    # The address of somebody who merely is not remembered counts as always.
    answer = fetch(nginx.port, ip=BETA, headers=with_cookie(value, consent, **headers))
    assert (answer.body == BETA_PAGE) == logged and is_deleted(answer)
    assert [line["source"] for line in nginx.visits()] == ["feed"] * logged


@pytest.mark.parametrize("bad", ["expired", "older than TIME", "from the future", "foreign host", "foreign key", "forged", "empty", "a link", "garbage"])
def test_a_cookie_that_is_not_valid_names_nobody_and_goes(remembering, tmp_path, key, bad):
    values = {"expired": cookie(key, since=-100, expires=-1), "older than TIME": cookie(key, since=-30 * DAY - 1, expires=DAY),
              "from the future": cookie(key, since=3600, expires=DAY), "foreign host": cookie(key, host="other.example.com"),
              "foreign key": cookie(key_file(tmp_path, "o")), "forged": cookie(key)[:-4] + "AAAA", "empty": "", "a link": link(key), "garbage": "\xff\" "}
    nginx = remembering()
    answer = fetch(nginx.port, ip=STRANGER, headers=with_cookie(values[bad]))
    assert answer.body == PAGE and is_deleted(answer)
    assert fetch(nginx.port, ip=BETA, headers=with_cookie(values[bad])).body == BETA_PAGE, "the address still counts"


def test_it_is_never_renewed_by_itself(remembering, key):
    nginx = remembering()
    for since in (-29 * DAY, -DAY, -10):
        answer = fetch(nginx.port, headers=with_cookie(cookie(key, since=since, expires=DAY)))
        assert answer.body == ALPHA_PAGE and not answer.has("Set-Cookie")
    answer = fetch(nginx.port, f"/?abm={link(key)}", headers=with_cookie(cookie(key, since=-2 * DAY, expires=DAY)))
    value = cookies_set(answer)[COOKIE][0]
    assert is_todays(value, key), "a link renews it"
    assert not fetch(nginx.port, f"/?abm={link(key)}", headers=with_cookie(value)).has("Set-Cookie"), "once a day"
    answer = fetch(nginx.port, f"/?abm={link(key, 'beta')}", headers=with_cookie(cookie(key)))
    assert answer.body == BETA_PAGE and is_todays(cookies_set(answer)[COOKIE][0], key, "beta")


def test_what_is_said_now_beats_what_is_remembered(remembering, key):
    nginx = remembering("abm_identity $http_x_company by=id;")
    headers = with_cookie(cookie(key))
    assert fetch(nginx.port, ip=BETA, headers=headers).body == ALPHA_PAGE, "the cookie beats the address"
    assert fetch(nginx.port, headers=headers | {"X-Company": "beta"}).body == BETA_PAGE
    assert fetch(nginx.port, headers=headers | {"X-Company": "nobody"}).body == PAGE
    assert fetch(nginx.port, f"/?abm={link(key, 'beta')}", headers=headers).body == BETA_PAGE
    answer = fetch(nginx.port, ip=BETA, headers=with_cookie(cookie(key, "nobody")))
    assert answer.body == PAGE and not answer.has("Set-Cookie"), "it was true once, and may be again"


def test_a_signed_identity_is_remembered_and_renewed_once_a_day(remembering, key):
    nginx = remembering(f"abm_identity $http_x_company key={key};")
    login = YES | {"X-Company": identity(key, "Anna@mail.beta.example")}
    answer = fetch(nginx.port, headers=login)
    value = cookies_set(answer)[COOKIE][0]
    assert answer.body == BETA_PAGE and is_todays(value, key, "beta")
    for kept, renewed in ((cookie(key, "beta", since=-2 * DAY, expires=DAY), True), (value, False), (todays_cookie(key), True)):
        assert fetch(nginx.port, headers=login | with_cookie(kept)).has("Set-Cookie") == renewed
    assert fetch(nginx.port, headers=with_cookie(cookie(key, "beta"))).body == BETA_PAGE, "after the logout"


def test_nobody_but_us_reads_the_cookie(remembering, upstream, tmp_path, key):
    """Neither the upstream, nor whatever cache keys and logs are made of."""
    nginx = remembering(f"log_format all '$http_cookie|$cookie___Host-abm'; access_log {tmp_path}/access.log all; "
                        f"proxy_cache_path {tmp_path}/cache keys_zone=own:1m; proxy_cache own; proxy_cache_key $uri$http_cookie; "
                        "proxy_set_header X-Copy $http_cookie;")
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    value = cookie(key)
    sent = [f"{COOKIE}={value}", f"a=1; consent=yes; {COOKIE}={value}", f"{COOKIE}={value};b=2;consent=yes"]
    for header in sent:
        fetch(nginx.port, headers={"Cookie": header, "X-Last": "there"})
    assert [request.headers.get("cookie") for request in upstream.requests] == [None, "a=1; consent=yes", "b=2;consent=yes"]
    assert [request.headers.get("x-copy") for request in upstream.requests] == [None, "a=1; consent=yes", "b=2;consent=yes"]
    assert all(request.headers["x-last"] == "there" for request in upstream.requests), "what stands behind it stays"
    nginx.settle()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert value not in (tmp_path / "access.log").read_text() and value.encode() not in stored and b"Set-Cookie" not in stored
    assert PAGE in stored and b"presses" not in stored
    with Connection(nginx.port) as connection:  # in several headers, as HTTP/2 has it
        connection.socket.sendall(f"GET /two HTTP/1.1\r\nHost: {HOST}\r\nCookie: {COOKIE}={value}\r\nCookie: consent=yes\r\nX-Last: there\r\nConnection: close\r\n\r\n".encode())
        connection.receive()
    assert upstream.seen("/two")[0].headers["cookie"] == "consent=yes" and upstream.seen("/two")[0].headers["x-last"] == "there"


def test_two_cookies_that_differ_name_nobody(remembering, key):
    nginx = remembering()
    headers = {"Cookie": f"consent=yes; {COOKIE}={cookie(key)}; {COOKIE}={cookie(key, 'beta')}"}
    answer = fetch(nginx.port, headers=headers)
    assert answer.body == PAGE and is_deleted(answer)


def test_caches_keep_no_answer_that_sets_it(remembering, upstream, tmp_path, key):
    upstream.on("/", Reply(PAGE, headers=PUBLIC))
    nginx = remembering(f"proxy_cache_path {tmp_path}/cache keys_zone=own:1m;", server="proxy_cache own;")
    folder = tmp_path / "edge"
    folder.mkdir()
    edge = Nginx(folder, upstream=nginx.port, abm=f"proxy_cache_path {folder}/cache keys_zone=edge:1m;", load=False)
    edge.config.write_text(edge.config.read_text().replace(
        "abm on; proxy_pass", "proxy_cache edge; proxy_set_header Host $host; add_header X-Cache $upstream_cache_status; proxy_pass"))
    with edge:
        for account in ("alpha", "beta"):
            answer = fetch(edge.port, f"/?abm={link(key, account)}", headers=YES)
            assert COOKIE in cookies_set(answer) and answer.get("X-Cache") == "MISS"
        assert is_deleted(fetch(edge.port, headers=with_cookie(cookie(key), "0")))
        assert [fetch(edge.port).get("X-Cache") for _ in range(2)] == ["MISS", "HIT"]
        assert not fetch(edge.port).has("Set-Cookie") and fetch(edge.port).body == PAGE
    for cache in (tmp_path / "cache", folder / "cache"):
        stored = b"".join(path.read_bytes() for path in cache.rglob("*") if path.is_file())
        assert PAGE in stored and COOKIE.encode() not in stored and b"abm=" not in stored
    assert len(upstream.requests) == 1


def test_only_pages_set_or_delete_it(remembering, upstream, key):
    upstream.on("/a.css", Reply(b"a{}", content_type="text/css", headers=PUBLIC))
    upstream.on("/api", Reply(b"{}", content_type="application/json", headers=PUBLIC))
    nginx = remembering()
    for path in ("/a.css", "/api"):
        assert not fetch(nginx.port, f"{path}?abm={link(key)}", headers=YES).has("Set-Cookie")
        assert fetch(nginx.port, path, headers=with_cookie("bad", "0")).all("Cache-Control") == ["public, max-age=600"]


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}, {"Purpose": "prefetch"},
                                     {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}])
def test_only_somebody_who_goes_to_the_page_is_remembered(remembering, key, headers):
    assert not fetch(remembering().port, f"/?abm={link(key)}", headers=YES | headers).has("Set-Cookie")


def test_a_page_that_the_browser_has_already_is_no_obstacle(remembering, upstream, key):
    upstream.on("/", lambda request: Reply(b"", "304 Not Modified", headers={"ETag": '"a"'}, content_type=None)
                if "if-none-match" in request.headers else Reply(PAGE, headers=PUBLIC))
    nginx = remembering()
    answer = fetch(nginx.port, "/", headers=with_cookie(cookie(key), "0", **{"If-None-Match": '"a"', "Accept": "text/html"}))
    assert answer.status == 304 and is_deleted(answer)


def test_either_key_reads_it_and_the_first_signs_it(serve, tmp_path, key):
    old, gone = key_file(tmp_path, "old.key"), key_file(tmp_path, "gone.key")
    nginx = serve(http=f"abm_link_key {key} {old}; abm_remember 30d if=$cookie_consent;")
    for path, page in ((key, ALPHA_PAGE), (old, ALPHA_PAGE), (gone, PAGE)):
        assert fetch(nginx.port, headers=with_cookie(cookie(path))).body == page
    value = cookies_set(fetch(nginx.port, f"/?abm={link(old)}", headers=YES))[COOKIE][0]
    assert is_todays(value, key)


def test_two_sites_on_one_host_do_not_believe_each_other(serve, upstream, tmp_path, key):
    other = key_file(tmp_path, "other.key")
    second = Site(tmp_path / "second", accounts=[{"id": "alpha", "name": "Another Alpha", "networks": ["203.0.113.0/24"]}],
                  rules="abm: rules/1\nslots: { headline: h1 }\nrules:\n  - { id: a, when: { account: alpha, path: /** }, rewrite: { headline: { text: Second } } }\n")
    second.publish()
    upstream.on("*", Reply(PAGE))
    place = "location {} {{ abm on; {} abm_remember 30d if=$cookie_consent; proxy_pass http://127.0.0.1:%d; }}" % upstream.port
    nginx = serve(server=place.format("/one", f"abm_link_key {key};") + place.format("/two", f"abm_data {second.data}; abm_link_key {other};"))
    assert fetch(nginx.port, "/one", headers=with_cookie(cookie(key))).body == ALPHA_PAGE
    assert b"Second" in fetch(nginx.port, "/two", headers=with_cookie(cookie(other))).body
    for path, value in (("/one", cookie(other)), ("/two", cookie(key))):
        answer = fetch(nginx.port, path, headers=with_cookie(value))
        assert answer.body == PAGE and is_deleted(answer)


def test_the_consent_variable_may_be_computed_and_leaves_no_trace(serve, key):
    nginx = serve(http=f"abm_link_key {key}; abm_remember 1h if=$agreed; map $cookie_banner $agreed {{ '~*marketing:(yes)' 1; default 0; }}")
    for banner, agreed in (("marketing:yes", True), ("marketing:no", False)):
        answer = fetch(nginx.port, f"/?abm={link(key)}", headers={"Cookie": f"banner={banner}"})
        assert (COOKIE in cookies_set(answer)) == agreed


def test_cookies_are_counted(remembering, key):
    nginx = remembering(server=STATUS)
    fetch(nginx.port, f"/?abm={link(key)}", headers=YES)
    for consent in ("yes", "0", "0"):
        fetch(nginx.port, headers=with_cookie(cookie(key), consent))
    assert nginx.status()["cookies"] == {"set": 1, "deleted": 2}


def test_variables_know_who_is_remembered_where_the_module_is_off(remembering, key):
    nginx = remembering(server="location /show { abm off; default_type text/plain; return 200 '$abm_account|$abm_source'; }")
    assert fetch(nginx.port, "/show", headers=with_cookie(cookie(key))).body == b"alpha|remembered"
    assert fetch(nginx.port, "/show", headers=with_cookie(cookie(key), "0")).body == b"|"


@pytest.mark.parametrize("time,step", [("16s", 1), ("1h", 225), ("2d", 10800), ("400d", DAY)])
def test_it_never_lasts_longer_than_said(serve, key, time, step):
    seconds = int(time[:-1]) * {"s": 1, "h": 3600, "d": DAY}[time[-1]]
    nginx = serve(http=f"abm_link_key {key}; abm_remember {time} if=$cookie_consent;")
    _, attributes = cookies_set(fetch(nginx.port, f"/?abm={link(key)}", headers=YES))[COOKIE]
    (age,) = [int(one.removeprefix("max-age=")) for one in attributes if one.startswith("max-age=")]
    assert seconds - step < age <= seconds
