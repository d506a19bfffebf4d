"""abmctl networks: published lists become files that site.yaml can name. Servers are local."""

import base64
import gzip
import hashlib
import io
import json
import os
import tarfile

import pytest

from servers import Hostile, body, not_found, redirect, send_head

PACKAGE = "/@ip-location-db%2fasn"
V4 = b'203.0.113.0,203.0.113.255,64500,"Acme, Inc."\n198.18.0.0,198.18.0.255,64501,Deere & Company\n'
V6 = b"2a00:1::,2a00:1:ffff:ffff:ffff:ffff:ffff:ffff,64501,Deere & Company\n"


def archive(v4=V4, v6=V6):
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tar:
        for name, content in (("package/package.json", b"{}"), ("package/asn-ipv4.csv", v4), ("package/asn-ipv6.csv", v6)):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def conditional(content, etag):
    def answer(handler):
        if handler.headers.get("If-None-Match") == etag:
            send_head(handler, 304, {"ETag": etag})
        else:
            body(content, ETag=etag)(handler)
    return answer


def publish_package(server, packed, version="1.2.3", integrity=None):
    integrity = integrity or "sha512-" + base64.b64encode(hashlib.sha512(packed).digest()).decode()
    metadata = {"dist-tags": {"latest": version}, "versions": {version: {"dist": {"integrity": integrity}}}}
    server.answers[PACKAGE] = conditional(json.dumps(metadata).encode(), f'"{version}"')
    server.answers[f"/@ip-location-db/asn/-/asn-{version}.tgz"] = body(packed)


@pytest.fixture
def server():
    with Hostile({}) as running:
        yield running


def google(*networks):
    return json.dumps({"prefixes": [{"ipv4Prefix": network} for network in networks]}).encode()


def test_the_table_of_as_numbers_comes_from_an_npm_registry_with_its_credit(site, server):
    publish_package(server, archive())
    told = site.text("networks", "asn", "--from", f"asn={server.url()}")
    assert "asn: updated: AS numbers of the routed internet, version 1.2.3, 3 ranges\n" in told
    assert "CC BY 4.0" in told and "https://db-ip.com" in told
    assert told.endswith("Below `networks:`:\n  - { asn: data/networks/asn-ipv4.csv }\n  - { asn: data/networks/asn-ipv6.csv }\n")
    table = (site / "data/networks/asn-ipv4.csv").read_bytes()
    assert table.endswith(V4) and b"db-ip.com" in table.splitlines()[0]
    site.replace("site.yaml", "networks:\n", "networks:\n  - { asn: data/networks/asn-ipv4.csv }\n"
                 "  - { asn: data/networks/asn-ipv6.csv }\n")
    site.replace("accounts.ndjson", '"name":"Small Co"', '"name":"Small Co","organizations":["DEERE AND CO"]')
    site.run("publish")
    assert "smallco" in site.text("lookup", "198.18.0.1") and "smallco" in site.text("lookup", "2a00:1::1")
    # Nothing new: one small request.
    before = len(server.requests)
    told = site.text("networks", "asn", "--from", f"asn={server.url()}")
    assert "asn: unchanged: " in told and "site.yaml does not read" not in told
    assert len(server.requests) == before + 1
    # A new version is fetched.
    publish_package(server, archive(v4=V4 + b"20.0.0.0,20.0.0.255,64502,New\n"), "1.2.4")
    assert "version 1.2.4, 4 ranges" in site.text("networks", "asn", "--from", f"asn={server.url()}")


@pytest.fixture
def npm(monkeypatch, tmp_path):
    """A home and a PATH without npm; write() puts a file there."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.lower().startswith("npm_config_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", str(home))
    monkeypatch.setenv("npm_config_globalconfig", str(home / "npmrc"))

    def write(name, text):
        (home / name).write_text(text)
        (home / name).chmod(0o755)
    return write


@pytest.mark.parametrize("way", ["environment", "user", "global", "npm"])
def test_the_registry_is_the_one_that_npm_asks_and_its_credentials_stay_here(site, server, npm, monkeypatch, way):
    publish_package(server, archive())
    registry = server.url("/").replace("//", "//me:s3cret@")
    if way == "environment":
        monkeypatch.setenv("NPM_CONFIG_REGISTRY", registry)
    elif way == "npm":
        npm("npm", f"#!/bin/sh\necho {registry}\n")
    else:
        npm({"user": ".npmrc", "global": "npmrc"}[way], f"//127.0.0.1/:_authToken=s3cret\nregistry={registry}\n")
    done = site.run("networks", "asn")
    assert b"asn: updated: AS numbers of the routed internet, version 1.2.3, 3 ranges" in done.stdout
    state = (site / "data/state/networks.json").read_text()
    assert f'"from":"{server.url("/")}"' in state
    told = done.stdout + done.stderr + state.encode() + site.run("status", "--json", status=1).stdout
    assert b"s3cret" not in told
    assert server.requests and all("Authorization" not in headers for _, headers in server.requests)


def test_without_a_registry_one_must_be_named(site, npm):
    message = site.errors("networks", "asn", status=1)
    assert message.startswith("abmctl: asn: refused: npm's registry is not known (there is no program 'npm'"), message
    assert "name a registry, or the package's archive: --from asn=URL_OR_FILE (there is none from before)" in message
    assert "npm:@ip-location-db/asn" in site.text("networks", "asn", "--list")


def test_a_registry_that_asks_who_we_are_is_told_nothing(site, server, npm):
    server.answers[PACKAGE] = body(b"", status=401)
    npm(".npmrc", f"//127.0.0.1/:_authToken=s3cret\nregistry={server.url()}\n")
    message = site.errors("networks", "asn", status=1)
    assert "answers 401 (not authorized): fetch the package with 'npm pack @ip-location-db/asn'" in message
    assert "s3cret" not in message


def test_status_tells_how_old_lists_are_and_what_failed(site, server):
    site.run("publish")
    assert site.json("status")["lists"] == []
    server.answers["/bing"] = body(google("157.55.39.0/24"))
    site.run("networks", "bingbot", "--from", f"bingbot={server.url('/bing')}")
    server.answers["/bing"] = not_found
    site.run("networks", "bingbot", "--from", f"bingbot={server.url('/bing')}", status=1)
    lists = site.json("status")["lists"]
    assert [one["name"] for one in lists] == ["bingbot"]
    assert lists[0]["networks"] == 1 and lists[0]["failures"] == 1 and lists[0]["changed_at"].startswith("20")
    text = site.text("status")
    assert "list bingbot: 1 networks, " in text and " old, asked for " in text
    assert "1 attempt failed since 20" in text and "404" in text


def test_lists_become_exclusions(site, server):
    server.answers["/aws"] = conditional(json.dumps(
        {"prefixes": [{"ip_prefix": "198.51.100.64/26"}], "ipv6_prefixes": [{"ipv6_prefix": "2600:1f14::/35"}]}).encode(), '"1"')
    address = f"aws={server.url('/aws')}"
    assert "aws: updated: Amazon Web Services, 2 networks" in site.text("networks", "aws", "--from", address)
    text = (site / "data/networks/aws.csv").read_text()
    assert text.endswith("network,kind\n198.51.100.64/26,hosting\n2600:1f14::/35,hosting\n") and server.url("/aws") in text
    stamp = (site / "data/networks/aws.csv").stat()
    result = site.json("networks", "aws", "--from", address)
    assert result[0]["result"] == "unchanged" and result[0]["files"][0].endswith("data/networks/aws.csv")
    assert (site / "data/networks/aws.csv").stat().st_ino == stamp.st_ino
    site.replace("site.yaml", "networks:\n", "networks:\n  - { exclude: data/networks/aws.csv }\n")
    site.run("publish")
    assert "is hosting" in site.text("lookup", "198.51.100.70")
    assert "deere" in site.text("lookup", "198.51.100.7")


def test_azure_s_list_of_the_week_is_found_through_its_page(site, server):
    server.answers["/page"] = body(f'<a href="{server.url("/d/ServiceTags_Public_20261123.json")}">Download</a>'.encode())
    server.answers["/d/ServiceTags_Public_20261123.json"] = body(
        json.dumps({"values": [{"properties": {"addressPrefixes": ["13.64.0.0/16"]}}]}).encode())
    assert "1 networks" in site.text("networks", "azure", "--from", f"azure={server.url('/page')}")
    server.answers["/page"] = body(b"<p>moved</p>")
    message = site.errors("networks", "azure", "--from", f"azure={server.url('/page')}", status=1)
    assert "download it by hand, and name it with --from azure=FILE" in message and "stays)" in message
    (site / "tags.json").write_text(json.dumps({"values": [{"properties": {"addressPrefixes": ["13.64.0.0/15"]}}]}))
    site.run("networks", "azure", "--from", "azure=tags.json")
    assert "13.64.0.0/15,hosting" in (site / "data/networks/azure.csv").read_text()


FAULTS = {
    "an error": (not_found, "404"),
    "an error page": (body(b"<!DOCTYPE html><title>Sign in</title>"), "is not a network, in line 1"),
    "another form": (body(b'{"networks":["157.55.39.0/24"]}'), "it holds no network: its form must have changed"),
    "everything": (body(google("0.0.0.0/0")), "0.0.0.0/0 is wider than any list's"),
    "half of it": (body(google("157.55.39.0/24")), "has 1 networks, 3 fewer than before: more than max_shrink 50%"),
    "cut": (lambda handler: (send_head(handler, 200, {"Content-Length": "500"}), handler.wfile.write(b"{")), ""),
    "elsewhere": (redirect("http://other.example/list.json"), "redirects to another host"),
    "endless": (lambda handler: (send_head(handler, 200), [handler.wfile.write(b" " * (1 << 20)) for _ in range(64)]), ""),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_goes_wrong_the_last_good_list_stays(site, server, fault):
    answer, told = FAULTS[fault]
    address = f"bingbot={server.url('/bing')}"
    good = ["157.55.39.0/24", "207.46.13.0/24", "40.77.167.0/24", "13.66.139.0/24"]
    server.answers["/bing"] = body(google(*good))
    site.run("networks", "bingbot", "--from", address)
    before = (site / "data/networks/bingbot.csv").read_bytes()
    server.answers["/bing"] = answer
    message = site.errors("networks", "bingbot", "--from", address, status=1)
    assert message.startswith("abmctl: bingbot: refused: ") and told in message, message
    assert "(what was fetched at 20" in message and "stays)" in message
    assert (site / "data/networks/bingbot.csv").read_bytes() == before
    assert sorted(path.name for path in (site / "data/networks").iterdir()) == ["bingbot.csv"]
    if fault == "half of it":
        site.run("networks", "bingbot", "--from", address, "--allow-shrink")
        assert (site / "data/networks/bingbot.csv").read_bytes() != before


def test_a_package_that_is_not_the_registry_s_is_refused(site, server):
    publish_package(server, archive(), integrity="sha512-" + base64.b64encode(b"x" * 64).decode())
    message = site.errors("networks", "asn", "--from", f"asn={server.url()}", status=1)
    assert "the archive is not the one that the registry describes" in message and "(there is none from before)" in message
    publish_package(server, archive(v6=b"<html>\n"))
    assert "asn-ipv6.csv:1: not 'range_start" in site.errors("networks", "asn", "--from", f"asn={server.url()}", status=1)
    publish_package(server, gzip.compress(b"x" * 100))
    assert "the archive" in site.errors("networks", "asn", "--from", f"asn={server.url()}", status=1)
    assert list((site / "data/networks").iterdir()) == []


def test_an_archive_may_come_by_another_way(site):
    (site / "asn.tgz").write_bytes(archive())
    site.run("networks", "asn", "--from", "asn=asn.tgz")
    assert (site / "data/networks/asn-ipv6.csv").read_bytes().endswith(V6)


def test_one_list_that_fails_does_not_keep_the_others(site, server):
    server.answers["/apple"] = body(google("17.241.208.0/20"))
    arguments = [f"--from={name}={server.url('/' + name)}" for name in
                 ("googlebot", "google-special", "bingbot", "gptbot")]
    done = site.run("networks", "crawlers", *arguments, f"--from=applebot={server.url('/apple')}", status=1)
    assert done.stderr.decode().count("refused") == 4 and b"applebot: updated" in done.stdout


def test_what_is_asked_wrongly_is_told(site):
    assert "'bingbto' is no list, did you mean 'bingbot'?" in site.errors("networks", "bingbto", status=2)
    assert "is not NAME=ADDRESS" in site.errors("networks", "--from", "asn", status=2)
    assert "is a group" in site.errors("networks", "--from", "clouds=x", status=2)
    told = site.text("networks", "--list")
    assert len(told.splitlines()) == len(site.json("networks", "--list")) == 11
