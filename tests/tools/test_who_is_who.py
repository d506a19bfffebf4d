"""What people write about networks and domains, and what abmctl says of it."""

import json
import re

import pytest

HEADER = '{"abm":"accounts/1","tenant":"acme-web","version":101,"generated_at":"2026-11-22T03:33:20Z"}'


def strict(site):
    """The site without allow_special."""
    site.replace("site.yaml", "allow_special: true", "allow_special: false")


def feed(site, *accounts):
    (site / "accounts.ndjson").write_text("\n".join([HEADER, *(json.dumps(account) for account in accounts)]) + "\n")


def plain(site):
    """No network sources and no rules that name accounts."""
    text = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(re.sub(r"networks:\n(  - .*\n)+", "", text))


SPECIAL = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4",
           "0.0.0.0/0", "fe80::/10", "fc00::/7", "::/0", "ff00::/8", "2001::/32", "2002::/16", "64:ff9b::/96", "::1/128"]


@pytest.mark.parametrize("network", SPECIAL)
def test_a_network_that_is_nobody_s_is_refused_with_place_and_reason(site, network):
    strict(site)
    site.run("publish")
    (site / "networks.csv").write_text(f"network,account_id\n164.121.0.0/16,deere\n{network},smallco\n")
    errors = site.errors("check", status=1)
    assert re.search(rf"^networks.csv:3:1: network '{re.escape(network)}' (is|contains) \S", errors, re.MULTILINE), errors
    assert "not published" in site.errors("publish", status=1)
    assert site.current() == "gen-000001\n"
    (site / "networks.csv").write_text("192.0.2.0/25,smallco\n")
    feed(site, {"id": "deere", "name": "Deere", "networks": [network]})
    assert f"accounts.ndjson:2: account 'deere': network '{network}'" in site.errors("check", status=1)


def test_an_intranet_says_so(site):
    (site / "networks.csv").write_text("10.0.0.0/8,smallco\n")
    site.run("check", "--strict")
    site.run("publish")
    assert "smallco" in site.text("lookup", "10.1.2.3")
    strict(site)
    assert "`allow_special: true` in site.yaml" in site.errors("publish", status=1)


def test_networks_for_documentation_are_warned_of_once_for_a_source(site):
    strict(site)
    warnings = site.errors("check").splitlines()
    warnings = [line for line in warnings if "no visitor comes from there" in line]
    assert len(warnings) == 2 and "and 3 more like it" in warnings[0], warnings
    assert "not ok" in site.text("check", "--strict", status=1)


def test_without_a_site_nothing_is_refused_that_could_harm_nobody(site):
    feed(site, {"id": "deere", "name": "Deere", "tier": "one-to-one", "networks": ["10.0.0.0/8"]})
    arguments = ("--rules", "rules/home.yaml", "--accounts", "accounts.ndjson")
    assert "warning: account 'deere': network '10.0.0.0/8' is private use (RFC 1918)" in site.errors("check", *arguments)
    assert "deere" in site.text("lookup", *arguments, "10.1.2.3")


def test_lookup_says_what_an_address_carries(site):
    site.run("publish")
    for address, answer in [
            ("2001:0:c633:6407:8000:f227:5bfe:bdf8", "not identified: a Teredo address, which carries another party's"),
            ("64:ff9b::198.51.100.7", "not identified: a NAT64 address, which carries another party's"),
            ("::198.51.100.7", "not identified: an IPv4-compatible address, which carries another party's"),
            ("10.1.2.3", "not identified: 10.0.0.0/8 is private use (RFC 1918)"),
            ("2002:a01:203::1", "not identified"), ("8.8.8.8", "not identified")]:
        assert site.text("lookup", address) == f"{address}: {answer}\n"
    assert "network 2002:c633:6400::/40" in site.text("lookup", "2002:c633:6407::1")


def test_carving_out(site):
    (site / "exclude.csv").write_text("198.51.100.32/27,vpn\n203.0.113.0/25,crawler\n")
    (site / "networks.csv").write_text("198.51.100.40/32,smallco\n")
    errors = site.errors("publish")
    assert "exclude.csv:2: warning: 203.0.113.0/25 is crawler here and a network of account 'ford' at accounts.ndjson:3" in errors
    assert "deere" in site.text("lookup", "198.51.100.7")
    assert "is vpn" in site.text("lookup", "198.51.100.33")
    assert "smallco" in site.text("lookup", "198.51.100.40")
    assert "is crawler" in site.text("lookup", "203.0.113.7")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csvs_are_read_as_spreadsheets_save_them(site, encoding, end):
    lines = ["network,account_id,confidence", "\u00a0192.0.2.0/25\u200b,smallco\u00a0,\ufeffmedium", ""]
    (site / "networks.csv").write_bytes(end.join(lines).encode(encoding))
    site.run("publish")
    assert "smallco" in site.text("lookup", "192.0.2.7")


def test_an_invisible_character_inside_a_field_is_named_with_its_place(site):
    (site / "networks.csv").write_bytes("network,account_id\n192.0.2\u200b.0/25,smallco\n192.0.2.0/25,small\u00a0co\n".encode("utf-16"))
    errors = site.errors("check", status=1)
    assert "networks.csv:2:1: '192.0.2\u200b.0/25' is not a network" in errors
    assert "it holds an invisible U+200B (zero width space) after '192.0.2': delete it" in errors
    assert "networks.csv:3:14: warning: no account 'small\u00a0co' in the feed; the network identifies nobody; it holds an " \
        "invisible U+00A0 (no-break space) after 'small': delete it" in errors


@pytest.mark.parametrize("name", ["networks.csv", "exclude.csv"])
@pytest.mark.parametrize("text", ["", "# nothing\n", "\ufeff\r\n"])
def test_a_source_without_entries_is_an_error(site, name, text):
    site.run("publish")
    (site / name).write_text(text)
    assert f"{name}: holds no entry: fill it, or take it out of `networks:` in site.yaml" in site.errors("check", status=1)
    site.run("publish", status=1)
    assert site.current() == "gen-000001\n"


def test_domains_that_are_nobody_s_own_are_warned_of(site):
    feed(site, {"id": "deere", "name": "Deere", "domains": ["gmail.com", "www.deere.com", "co.uk", "mailinator.com"], "networks": ["198.51.100.0/24"]},
         {"id": "ford", "name": "Ford", "domains": ["Deere.com."], "networks": ["203.0.113.0/24"]})
    errors = site.errors("check")
    for said in ["accounts.ndjson:2: warning: account 'deere': domain 'gmail.com' is a free-mail provider's, where anybody gets an address; it identifies nobody",
                 "accounts.ndjson:2: warning: account 'deere': domain 'co.uk' is a public suffix",
                 "accounts.ndjson:2: warning: account 'deere': domain 'mailinator.com' is a provider's of disposable mailboxes",
                 "accounts.ndjson:3: warning: account 'ford': domain 'deere.com' is also that of account 'deere' (accounts.ndjson:2); it identifies neither"]:
        assert said in errors, (said, errors)


def test_how_many_can_be_identified_is_told_everywhere(site):
    said = "accounts: 4, of which 4 can be identified by their address (3 by networks that the feed lists, 1 by networks of a CSV)"
    assert said in site.text("check")
    assert said in site.text("publish")
    assert said in site.text("status")
    assert said in site.text("publish", "--force")  # with the index of before
    assert site.json("status")["identifiable"] == 4
    networks = site.json("check")["networks"]
    assert (networks["accounts"], networks["identifiable"]) == (4, 4)


def test_a_feed_of_whom_nobody_can_be_identified_says_so(site):
    plain(site)
    feed(site, {"id": "deere", "name": "Deere", "asns": [10846], "domains": ["deere.com"]}, {"id": "ford", "name": "Ford"})
    said = "accounts: 2, of which 0 can be identified by their address: no network is listed for them"
    assert said in site.text("check")
    assert f"accounts.ndjson: warning: {said}" in site.errors("check")
    assert f"accounts.ndjson: warning: {said}" in site.errors("publish")
    assert said in site.text("status")
    site.run("check", "--strict", status=1)
    one_off = site.run("check", "--accounts", "accounts.ndjson", "--strict")  # where no networks were given
    assert said in one_off.stdout.decode()
