"""Who the visitor is: realip, first-party identity, opt-out; and the variables."""


import pytest

from harness.client import fetch
from harness.nginx import ABM, STATUS
from harness.site import ACCOUNTS, ALPHA, ALPHA_PAGE, ALPHA_V6, BETA, BETA_PAGE, CRAWLER, PAGE, RIVAL, STRANGER
from harness.upstream import Reply

NAMES = ["account", "account_name", "tier", "segments", "industry", "stage", "confidence", "source", "arm", "rules",
         "generation", "attr_plan", "attr_nothing", "identified"]
SHOW = "location = /show { abm off; default_type text/plain; return 200 '%s'; }" % "|".join(f"$abm_{name}" for name in NAMES)


def shown(nginx, ip, headers=None):
    return dict(zip(NAMES, fetch(nginx.port, "/show", ip=ip, headers=headers).body.decode().split("|")))


def test_variables_resolve_with_the_module_off_too(serve, site):
    nginx = serve(server=SHOW)
    assert shown(nginx, ALPHA) == {
        "account": "alpha", "account_name": "Alpha & Söhne", "tier": "one-to-one", "segments": "press-shops",
        "industry": "manufacturing", "stage": "opportunity", "confidence": "high", "source": "feed", "arm": "treated",
        "rules": "alpha-page", "generation": str(site.generation()), "attr_plan": "north", "attr_nothing": "", "identified": "1"}
    nobody = shown(nginx, STRANGER)
    assert nobody.pop("generation") == str(site.generation()) and set(nobody.values()) == {""}


def test_variables_work_in_maps_and_upstream_headers(serve, upstream):
    nginx = serve(http="map $abm_tier $lane { one-to-one fast; default slow; }",
                  server="location /lane { abm on; proxy_set_header X-Lane $lane; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/lane", Reply(b"x", content_type="text/plain"))
    fetch(nginx.port, "/lane", ip=ALPHA)
    fetch(nginx.port, "/lane", ip=STRANGER)
    assert [request.headers["x-lane"] for request in upstream.seen("/lane")] == ["fast", "slow"]


def test_rewrite_time_is_a_number(serve, tmp_path):
    nginx = serve(http=f"log_format us '$abm_rewrite_us'; access_log {tmp_path}/us.log us;")
    fetch(nginx.port, ip=ALPHA)
    nginx.visits(1)
    assert int((tmp_path / "us.log").read_text().splitlines()[-1]) >= 0


@pytest.mark.parametrize("ip,page", [(ALPHA, ALPHA_PAGE), (STRANGER, BETA_PAGE), (CRAWLER, BETA_PAGE)])
def test_first_party_identity_beats_the_address(serve, ip, page):
    nginx = serve(http="abm_identity $http_x_company_domain;")
    headers = {} if page is ALPHA_PAGE else {"X-Company-Domain": "Beta.Example"}
    assert fetch(nginx.port, ip=ip, headers=headers).body == page
    line = nginx.visits(1)[0]
    assert (line["source"], line["confidence"]) == (("feed" if page is ALPHA_PAGE else "identity"), "high")


def test_identity_that_names_nobody_means_unknown(serve):
    nginx = serve(http="abm_identity $http_x_company by=id;")
    assert fetch(nginx.port, ip=ALPHA, headers={"X-Company": "beta"}).body == BETA_PAGE
    assert fetch(nginx.port, ip=ALPHA, headers={"X-Company": "nobody"}).body == PAGE


@pytest.mark.parametrize("headers", [{"Sec-GPC": "1"}, {"Cookie": "a=b; abm_optout=yes"}])
def test_opt_out_is_neither_identified_nor_logged(serve, headers):
    nginx = serve(server=SHOW)
    assert fetch(nginx.port, ip=ALPHA, headers=headers).same_as(fetch(nginx.plain_port, ip=ALPHA, headers=headers))
    assert shown(nginx, ALPHA, headers)["account"] == ""
    assert nginx.visits() == []


@pytest.mark.parametrize("headers", [{"Sec-GPC": "0"}, {"Cookie": "abm_optout="}])
def test_empty_or_zero_is_no_opt_out(serve, headers):
    nginx = serve()
    assert fetch(nginx.port, ip=ALPHA, headers=headers).body == ALPHA_PAGE


def test_abm_opt_out_names_other_variables(serve):
    nginx = serve(http="abm_opt_out $http_x_no;")
    assert fetch(nginx.port, ip=ALPHA, headers={"X-No": "please"}).body == PAGE
    assert fetch(nginx.port, ip=ALPHA, headers={"Sec-GPC": "1"}).body == ALPHA_PAGE


def test_forwarded_address_of_an_untrusted_peer_is_ignored(serve, site):
    nginx = serve(abm=ABM.format(data=site.data) + " set_real_ip_from 10.0.0.0/8;",
                  server="location = /untrusted { abm on; set_real_ip_from 10.9.9.9; proxy_pass http://127.0.0.1:1; }")
    raw = nginx.config.read_text().replace("set_real_ip_from 127.0.0.0/8;", "set_real_ip_from 10.0.0.0/8;")
    nginx.config.write_text(raw)
    nginx.reload()
    assert fetch(nginx.port, ip=ALPHA).body == PAGE


@pytest.mark.parametrize("chain", ["198.51.100.7", "10.1.1.1, 198.51.100.7", "198.51.100.7, 10.1.1.1", "[2001:db8:a::7]:443",
                                   "2001:db8:a::7", "::ffff:198.51.100.7", "198.51.100.7:1234", "garbage", "198.51.100.7, garbage",
                                   "198.51.100.7," * 800, "", " ", "198.51.100.007", "unix:"])
def test_address_is_what_realip_says(serve, chain):
    nginx = serve(http="real_ip_recursive on; set_real_ip_from 10.0.0.0/8; large_client_header_buffers 4 16k;",
                  server="location = /addr { default_type text/plain; return 200 '$remote_addr|$abm_account'; }")
    address, account = fetch(nginx.port, "/addr", headers={"X-Forwarded-For": chain}).body.decode().split("|")
    known = address.startswith("198.51.100.") or address.startswith("2001:db8:a:") or address.startswith("::ffff:198.51.100.")
    assert account == ("alpha" if known else "")


@pytest.mark.parametrize("mode,ip,network", [("truncated", "198.51.100.0", "198.51.100.0/24"), ("full", ALPHA, "198.51.100.0/24"),
                                             ("off", None, "198.51.100.0/24")])
def test_abm_log_ip(serve, mode, ip, network):
    nginx = serve(http=f"abm_log_ip {mode};")
    fetch(nginx.port, ip=ALPHA)
    assert (nginx.visits(1)[0]["ip"], nginx.visits(1)[0]["network"]) == (ip, network)
    fetch(nginx.port, ip=ALPHA_V6)
    assert nginx.visits(2)[1]["ip"] == {"truncated": "2001:db8:a::", "full": ALPHA_V6, "off": None}[mode]


@pytest.mark.parametrize("visitor,ip,network", [("2002:c633:6407::1", "2002:c633:6400::", "2002:c633:6400::/40"),
                                                ("::ffff:198.51.100.7", "198.51.100.0", "198.51.100.0/24"),
                                                ("2001:db8:a:1:0:5efe:198.51.100.7", "2001:db8:a::", "2001:db8:a::/48")])
def test_a_truncated_address_holds_no_whole_ipv4_address(serve, visitor, ip, network):
    nginx = serve(http="abm_log_ip truncated;")
    assert fetch(nginx.port, ip=visitor).body == ALPHA_PAGE
    line = nginx.visits(1)[0]
    assert (line["ip"], line["network"]) == (ip, network)


@pytest.mark.parametrize("visitor,ip", [("2001:0:c633:6407:8000:f227:5bfe:bdf8", "2001::"), ("64:ff9b::198.51.100.7", "64:ff9b::"),
                                        ("64:ff9b:1::c633:6407", "64:ff9b:1::"), ("::198.51.100.7", "::"), ("::ffff:0:198.51.100.7", "::")])
def test_nobody_is_taken_for_whose_address_an_address_carries(serve, visitor, ip):
    nginx = serve(server=SHOW, http="abm_identity $http_x_company by=id;")
    assert fetch(nginx.port, ip=visitor).body == PAGE
    assert shown(nginx, visitor)["account"] == ""
    # Someone who is known otherwise leaves no whole address either.
    assert fetch(nginx.port, ip=visitor, headers={"X-Company": "beta"}).body == BETA_PAGE
    line = nginx.visits(1)[0]
    assert (line["ip"], line["network"]) == (ip, None)


@pytest.mark.parametrize("spelling", ["beta.example", "WWW.Beta.Example", "beta.example.", "www.beta.example."])
def test_an_identity_s_domain_may_be_spelled_in_any_way(serve, spelling):
    nginx = serve(http="abm_identity $http_x_company_domain;")
    assert fetch(nginx.port, headers={"X-Company-Domain": spelling}).body == BETA_PAGE


@pytest.mark.parametrize("listed", ["Müller.example", "www.xn--mller-kva.example."])
@pytest.mark.parametrize("spelling", ["müller.example", "MÜLLER.example", "www.mu\u0308ller.example", "xn--mller-kva.example", "XN--MLLER-KVA.example"])
def test_an_identity_s_domain_may_be_international(serve, own_site, listed, spelling):
    own_site.write_accounts([dict(ACCOUNTS[1], domains=["gmail.com", listed])])
    own_site.publish()
    nginx = serve(data=own_site.data, http="abm_identity $http_x_company_domain;")
    assert fetch(nginx.port, headers={"X-Company-Domain": spelling.encode().decode("latin-1")}).body == BETA_PAGE
    assert fetch(nginx.port, headers={"X-Company-Domain": "gmail.com"}).body == PAGE



def test_visitor_hash_tells_people_apart_and_keeps_their_address_to_itself(serve):
    nginx = serve(workers=2)
    for ip, agent in ((ALPHA, "Mozilla/5.0"), (ALPHA, "Mozilla/5.0"), (ALPHA, "Opera"), ("198.51.100.8", "Mozilla/5.0")):
        fetch(nginx.port, ip=ip, headers={"User-Agent": agent})
    hashes = [line["visitor"] for line in nginx.visits(4)]  # two workers, so in any order
    assert sorted(hashes.count(one) for one in set(hashes)) == [1, 1, 2]
    nginx.reload()
    fetch(nginx.port, ip=ALPHA, headers={"User-Agent": "Mozilla/5.0"})
    assert hashes.count(nginx.visits(5)[4]["visitor"]) == 2


@pytest.mark.parametrize("agent,bot", [("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", False), ("curl/8.1", True), (None, True),
                                       ("Mozilla/5.0 (compatible; Googlebot/2.1)", True)])
def test_bot_flag_only_flags(serve, agent, bot):
    nginx = serve()
    assert fetch(nginx.port, ip=ALPHA, headers={"User-Agent": agent} if agent else {}).body == ALPHA_PAGE
    assert nginx.visits(1)[0]["bot"] is bot


def test_enormous_account_fields_still_give_one_valid_line(serve, upstream, tmp_path):
    from harness.site import Site
    accounts = [{"id": "alpha", "name": "N" * 1000, "segments": ["é" * 500 + str(i) for i in range(50)], "stage": "s" * 1000,
                 "owner": "o" * 1000, "networks": ["198.51.100.0/24"]}]
    slots = "".join(f"  slot-{i}-{'x' * 50}: '#s{i}'\n" for i in range(200))
    rewrite = "".join(f"      slot-{i}-{'x' * 50}: {{ text: y }}\n" for i in range(200))
    site = Site(tmp_path / "big", accounts=accounts,
                rules=f"abm: rules/1\nslots:\n{slots}rules:\n  - id: a\n    when: {{ account: alpha }}\n    rewrite:\n{rewrite}")
    site.publish()
    nginx = serve(data=site.data, server=STATUS)
    upstream.on("/", Reply(b"<p id=s1>x</p>"))
    assert fetch(nginx.port, ip=ALPHA).body == b"<p id=s1>y</p>"
    nginx.visits(1)
    assert nginx.status()["visits"] == {"built": 1, "cut": 1}


def test_error_log_holds_no_account_data(serve, upstream):
    nginx = serve(log_level="notice", server="location /down { abm on; proxy_pass http://127.0.0.1:1; }")
    upstream.on("/bad", Reply(b"xx", headers={"Content-Encoding": "gzip"}))
    for ip in (ALPHA, BETA, RIVAL):
        for path in ("/", "/bad", "/down"):
            fetch(nginx.port, path, ip=ip)
    assert "damaged" in nginx.errors() and "Connection refused" in nginx.errors()
    for secret in ("alpha", "Alpha", "beta", "rival", "owner@example.com", "opportunity", "press-shops", "Gamma", "north"):
        assert secret not in nginx.errors().replace(str(nginx.folder), "")
