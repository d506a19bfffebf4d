"""Where else a link's token may stand: in headers that repeat the page's address, in unusual spellings, in redirects. And what
is not ours stays as it is."""

import pytest

from harness.client import fetch
from harness.site import ALPHA_PAGE, PAGE
from harness.tokens import HOST, key_file, link
from harness.upstream import Reply


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path)


@pytest.fixture
def nginx(serve, upstream, key):
    upstream.on("*", Reply(PAGE))
    return serve(http=f"abm_link_key {key};")


CARRIERS = {"HX-Current-URL": f"https://{HOST}/p?a=1&abm=TOKEN", "X-Original-URL": "/p?abm=TOKEN&b=2", "X-Forwarded-Uri": "/p?abm=TOKEN",
            "X-Rewrite-URL": "/s?u=%2Fp%3Fabm%3DTOKEN", "Link": f"<https://{HOST}/p?abm=TOKEN>; rel=x", "Referer": f"https://{HOST}:8443/p?abm=TOKEN"}


@pytest.mark.parametrize("name", CARRIERS)
def test_no_header_that_repeats_the_page_s_address_has_its_token(nginx, upstream, key, name):
    token = link(key)
    fetch(nginx.port, "/part", headers={name: CARRIERS[name].replace("TOKEN", token)})
    seen = upstream.requests[-1].headers[name.lower()]
    rests = {"HX-Current-URL": f"https://{HOST}/p?a=1", "X-Original-URL": "/p?b=2", "X-Forwarded-Uri": "/p", "X-Rewrite-URL": "/s?u=%2Fp",
             "Link": f"<https://{HOST}/p>; rel=x", "Referer": f"https://{HOST}:8443/p"}
    assert seen == rests[name]


def test_the_token_of_the_request_itself_is_in_none_of_its_headers(nginx, upstream, key):
    """However a framework wraps it."""
    token = link(key)
    wrapped = f"%5B%22__PAGE__%3F%7B%5C%22abm%5C%22%3A%5C%22{token}%5C%22%7D%22%5D"
    answer = fetch(nginx.port, f"/?abm={token}", headers={"Next-Router-State-Tree": wrapped, "Cookie": f"a={token}; b={token}",
                                                          "Referer": f"https://mail.example/?to=https%3A%2F%2F{HOST}%2F%3Fabm%3D{token}"})
    assert answer.body == ALPHA_PAGE
    headers = upstream.requests[-1].headers
    assert token not in str(headers) and headers["next-router-state-tree"] == wrapped.replace(token, "*" * len(token))


SPELLINGS = ["?a=1&amp;abm=TOKEN", "?a;abm=TOKEN", "?%61bm=TOKEN", "?abm%3DTOKEN", "?a=1&%41B%6d%3dTOKEN&b", "?abm=TOKEN&amp;b=2", "?abm=TOKEN;b=2"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_link_that_a_mail_program_has_respelled_is_one(nginx, upstream, tmp_path, key, spelling):
    token = link(key)
    assert fetch(nginx.port, f"/q{spelling}".replace("TOKEN", token)).body == ALPHA_PAGE
    assert "abm" not in upstream.requests[-1].target.lower() and token not in upstream.requests[-1].target
    assert nginx.visits(1)[0]["source"] == "link"


@pytest.mark.parametrize("quoted,rest", [("?next=%252F%253Fabm%253DTOKEN", "?next=%252F"), ("?next=/p%3Fabm=TOKEN", "?next=/p"), ("?x#y&abm=TOKEN", "?x#y"),
                                         ("?u=%2Fp%3F%61bm%3DTOKEN%26b%3D1", "?u=%2Fp%3Fb%3D1")])
def test_another_page_s_token_is_cut_out_and_names_nobody(nginx, upstream, key, quoted, rest):
    assert fetch(nginx.port, "/q" + quoted.replace("TOKEN", link(key))).body == PAGE
    assert upstream.requests[-1].target == "/q" + rest


@pytest.mark.parametrize("target", ["/?redirect=https%3A%2F%2Fads.example%2F%3Fabm%3D1%26sig%3Dz", "/?q=tom%26abm%3Djerry", "/?q=a?abm=b", "/?a;abm=1",
                                    "/?x&amp;abm=2", "/?%61bm=3", "/?abm%3D4"])
def test_arguments_of_others_stay(nginx, upstream, target):
    fetch(nginx.port, target)
    assert upstream.requests[-1].target == target


@pytest.mark.parametrize("referer", ["https://partner.example/?abm=1&x=2", "https://partner.example/?url=https%3A%2F%2Fthird.example%2F%3Fabm%3D1",
                                     f"https://partner.example/?abm={'s' * 80}", f"https://{HOST}/?q=tom%26abm%3Djerry"])
def test_referers_of_others_stay(nginx, upstream, referer):
    fetch(nginx.port, "/", headers={"Referer": referer, "Cookie": f"abm={'c' * 80}; x=1"})
    assert upstream.requests[-1].headers["referer"] == referer
    assert upstream.requests[-1].headers["cookie"] == f"abm={'c' * 80}; x=1", "the site's own cookie of that name"


@pytest.mark.parametrize("location", [f"http://{HOST}/x", f"https://{HOST}:8443/x", f"https://{HOST}:25/x", f"//{HOST}/x"])
def test_a_token_goes_to_no_plain_http_and_to_no_other_port(nginx, upstream, key, location):
    upstream.on("*", Reply(b"", "302 Found", headers={"Location": location}))
    answer = fetch(nginx.port, f"/x?abm={link(key)}", host=f"{HOST}:{nginx.port}", headers={"X-Forwarded-Proto": "https"})
    assert answer.get("Location") == location
    assert fetch(nginx.port, "/x").get("Location") == location


def test_nginx_s_own_redirects_with_a_token_name_neither_scheme_nor_host(serve, key):
    """Behind a balancer that ends TLS, nginx would write http:."""
    nginx = serve(http=f"abm_link_key {key};", server="location /r { return 301 /there; } location /w { rewrite ^ /there permanent; }")
    token = link(key)
    for path in ("/r", "/w"):
        assert fetch(nginx.port, f"{path}?abm={token}").get("Location") == f"/there?abm={token}"
        assert fetch(nginx.port, path).get("Location").startswith("http://")


def test_a_redirect_to_the_name_that_the_site_prefers_leaves_the_link_behind(serve, upstream, key):
    upstream.on("*", Reply(b"", "302 Found", headers={"Location": "/there"}))
    nginx = serve(http=f"abm_link_key {key};", server="server_name internal.example; server_name_in_redirect on; location /r { return 301 /there; }")
    token = link(key)
    answer = fetch(nginx.port, f"/r?abm={token}")
    assert token not in answer.get("Location") and answer.get("Location").endswith("/there")
    assert fetch(nginx.port, f"/x?abm={token}").get("Location") == f"/there?abm={token}", "an upstream's stays relative"


@pytest.mark.parametrize("policy,told", [("no-referrer", True), ("same-origin", True), ("strict-origin", True), ("Same-Origin", True),
                                         ("unsafe-url, same-origin, new-policy", True), ("same-origin, unsafe-url", False), ("origin", False),
                                         ("strict-origin-when-cross-origin", False), ("nonsense", False)])
@pytest.mark.parametrize("abm", ["TOKEN", "garbage"])
def test_the_site_s_policy_stays_where_it_tells_no_more(nginx, upstream, key, policy, told, abm):
    upstream.on("/", Reply(PAGE, headers={"Referrer-Policy": policy}))
    answer = fetch(nginx.port, f"/?abm={abm.replace('TOKEN', link(key))}")
    assert answer.all("Referrer-Policy") == [policy if told else "strict-origin"]
