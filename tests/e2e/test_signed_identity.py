"""abm_identity: e-mail addresses, subdomains, and identities that a login service signs."""

import pytest

from harness.client import fetch
from harness.site import ALPHA_PAGE, BETA, BETA_PAGE, PAGE
from harness.tokens import identity, key_file, link


@pytest.fixture
def key(tmp_path):
    return key_file(tmp_path)


@pytest.mark.parametrize("value,page", [
    ("user@beta.example", BETA_PAGE), ("User@Mail.Beta.Example", BETA_PAGE), ("shop.beta.example", BETA_PAGE), (" a.b.c.beta.example. ", BETA_PAGE),
    ('"alpha.example@"@beta.example', BETA_PAGE), ("beta.example@alpha.example", ALPHA_PAGE), ("notbeta.example", PAGE), ("example", PAGE), ("@", PAGE),
    ("user@gmail.com", PAGE), ("beta.example.evil.example", PAGE), ("x" * 250 + "@beta.example" + "evil", PAGE), ("user@", PAGE)])
def test_an_identity_may_be_an_address_or_a_subdomain(serve, value, page):
    nginx = serve(http="abm_identity $http_x_user;")
    assert fetch(nginx.port, ip="198.51.100.7", headers={"X-User": value}).body == page, "and never the address's account"


def test_a_signed_identity_names_the_account(serve, key):
    nginx = serve(http=f"abm_identity $http_x_user key={key};")
    for value in ("beta.example", "Anna.Müller@Mail.Beta.Example"):
        assert fetch(nginx.port, headers={"X-User": identity(key, value).encode()}).body == BETA_PAGE
    assert {(line["source"], line["confidence"]) for line in nginx.visits(2)} == {("identity", "high")}
    assert fetch(nginx.port, ip=BETA).body == BETA_PAGE, "who says nothing is known by their address"


def test_what_is_not_signed_names_somebody_unknown(serve, tmp_path, key):
    other = key_file(tmp_path, "other.key")
    good = identity(key, "beta.example")
    bad = {"unsigned": "beta.example", "wrong key": identity(other, "beta.example"), "expired": identity(key, "beta.example", -1),
           "other value": good.replace("beta", "alpha"), "later": good.replace(good.split(".")[1], str(int(good.split(".")[1]) + 9)),
           "capitals": good.upper(), "cut": good[:-1], "longer": good + "x", "a link": link(key), "halves": good[:40], "version": "2" + good[1:]}
    nginx = serve(http=f"abm_identity $http_x_user key={key};")
    for name, value in bad.items():
        assert fetch(nginx.port, ip=BETA, headers={"X-User": value}).body == PAGE, f"{name}: no address speaks for somebody who lies"
        assert fetch(nginx.port, ip=BETA, headers={"X-User": value}).body == PAGE
    assert nginx.visits() == []


def test_either_of_two_keys_is_good_and_kinds_are_as_always(serve, tmp_path, key):
    old = key_file(tmp_path, "old.key")
    nginx = serve(http=f"abm_identity $http_x_user by=id key={key} key={old};")
    for path in (key, old):
        assert fetch(nginx.port, headers={"X-User": identity(path, "beta")}).body == BETA_PAGE
        assert fetch(nginx.port, headers={"X-User": identity(path, "beta.example")}).body == PAGE


def test_a_signed_identity_and_a_link_that_agree_name_the_account(serve, key):
    nginx = serve(http=f"abm_identity $http_x_user key={key}; abm_link_key {key};")
    for value, page in (("user@alpha.example", ALPHA_PAGE), ("user@beta.example", PAGE)):
        assert fetch(nginx.port, f"/?abm={link(key)}", headers={"X-User": identity(key, value)}).body == page
    assert fetch(nginx.port, f"/?abm={link(key)}", headers={"X-User": "user@alpha.example"}).body == PAGE, "an unsigned one disagrees with everything"
