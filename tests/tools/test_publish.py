"""abmctl check, publish, rollback, status: from files to generations, and why they are refused."""

import contextlib
import hashlib
import json
import os
import re

import xxh3


def test_publish_makes_a_generation_that_any_json_reader_can_read(site):
    out = site.text("publish")
    assert "published generation 1" in out
    assert site.current() == "gen-000001\n"
    manifest = json.loads((site / "data/gen-000001/MANIFEST.json").read_text())
    assert manifest["number"] == 1 and manifest["tenant"] == "acme-web" and manifest["feed_version"] == 100
    for file in manifest["files"]:
        assert (site / "data/gen-000001" / file["name"]).stat().st_size == file["size"]
    names = [source["name"] for source in manifest["sources"]]
    assert "accounts" in names and "rules/home.yaml" in names


def test_publish_without_changes_keeps_the_number(site):
    site.run("publish")
    assert "generation 1 is up to date" in site.text("publish")
    again = site.json("publish")
    assert again.pop("networks")["rebuilt"] is False
    assert again == {"published": False, "generation": 1, "linked": [], "warnings": [], "commit": None, "held": None,
                     "tests": {"passed": 0, "skipped": False}}
    assert site.json("publish", "--force")["generation"] == 2


def test_a_changed_rule_links_the_other_files(site):
    site.run("publish")
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    assert site.json("publish")["linked"] == ["ipdb.mmdb", "accounts.bin"]
    for name in ("ipdb.mmdb", "accounts.bin"):
        assert os.stat(site / "data/gen-000001" / name).st_ino == os.stat(site / "data/gen-000002" / name).st_ino


def test_a_newer_feed_with_one_changed_tier_links_index_and_rules(site):
    site.run("publish")
    site.replace("accounts.ndjson", '"version":100,"generated_at":"2026-11-22T03:33:20Z"',
                 '"version":101,"generated_at":"2026-11-22T03:34:20Z"')
    site.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"one-to-one"')
    assert site.json("publish")["linked"] == ["ipdb.mmdb", "rules.bin"]
    assert os.stat(site / "data/gen-000001/ipdb.mmdb").st_ino == os.stat(site / "data/gen-000002/ipdb.mmdb").st_ino
    assert "ford (Ford Motor Company), one-to-one, " in site.text("lookup", "203.0.113.1")


def test_a_disk_that_is_full_at_any_page_leaves_a_whole_generation(site, small_disk):
    data = site / "data"
    small_disk(data, 256 * 1024)
    site.run("publish")
    filler = data / "filler"
    refused = 0
    for free_pages in range(64):
        with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        os.truncate(filler, max(0, filler.stat().st_size // 4096 - free_pages) * 4096)
        done = site.run("publish", "--force", "--json", status=None)
        if done.returncode == 0:
            break
        refused += 1
        assert done.returncode == 2 and b"no space left on device (generation 1 goes on serving)" in done.stderr
        assert site.current() == "gen-000001\n" and site.json("status")["generation"] == 1
        assert sorted(path.name for path in data.iterdir()) == [".lock", "CURRENT", "filler", "gen-000001"]
    assert refused >= 2 and site.json("status")["generation"] == 2
    filler.unlink()
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    assert site.json("publish")["generation"] == 3


def test_a_broken_edit_is_refused_with_its_place_and_the_last_generation_stays(site):
    site.run("publish")
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    errors = site.errors("publish", status=1)
    assert "rules/home.yaml:19:5: unknown key 'schedul' in rule 'winter', did you mean 'schedule'?" in errors
    assert "(generation 1 goes on serving)" in errors
    assert site.current() == "gen-000001\n"
    refused = site.json("publish", status=1)
    assert refused["published"] is False and refused["generation"] == 1
    assert refused["findings"][0]["line"] == 19


def test_places_are_named_from_where_one_stands(site):
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    done = site.run("check", "--site", "site/site.yaml", cwd=site.folder.parent, status=1)
    assert b"\nsite/rules/home.yaml:19:5: " in b"\n" + done.stderr


def test_site_yaml_is_found_from_a_folder_below_and_named_by_its_folder(site):
    assert "published generation 1" in site.text("publish", cwd=site / "rules/fragments")
    assert "up to date" in site.text("publish", "--site", ".")


def test_a_bad_feed_line_is_refused_with_line_and_column(site):
    site.run("publish")
    site.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"platinum"')
    errors = site.errors("publish", status=1)
    assert "accounts.ndjson:3:" in errors and "platinum" in errors
    assert site.current() == "gen-000001\n"


def test_an_older_feed_is_refused_unless_asked_for(site):
    site.run("publish")
    site.replace("accounts.ndjson", '"version":100', '"version":99')
    assert "feed version 99 is older than 100, which generation 1 has" in site.errors("publish", status=1)
    assert site.json("publish", "--allow-older")["generation"] == 2


def test_another_tenants_feed_is_refused_unless_asked_for(site):
    site.run("publish")
    site.replace("accounts.ndjson", "acme-web", "other-web")
    assert "feed of tenant 'other-web', but this data folder is 'acme-web''s" in site.errors("publish", status=1)
    assert site.json("publish", "--allow-other-tenant")["generation"] == 2


def test_a_shrunken_feed_is_refused(site):
    site.run("publish")
    lines = (site / "accounts.ndjson").read_text().splitlines(keepends=True)
    (site / "accounts.ndjson").write_text(lines[0] + lines[4])
    site.replace("site.yaml", "  - { csv: networks.csv }\n", "")
    assert "more than max_shrink 50%" in site.errors("publish", status=1)


def test_an_expired_feed_is_refused(site):
    site.replace("accounts.ndjson", '"generated_at":"2026-11-22T03:33:20Z"',
                 '"generated_at":"2023-12-25T00:00:00Z","expires_at":"2024-01-01T00:00:00Z"')
    assert "accounts.ndjson:1:1: the feed expired at 2024-01-01T00:00:00Z" in site.errors("publish", status=1)
    assert not (site / "data").exists()


def test_a_data_folder_that_others_may_write_is_refused(site):
    site.run("publish")
    os.chmod(site / "data", 0o777)
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    assert "run chmod go-w on it" in site.errors("publish", status=2)


def test_wrong_usage_and_missing_sites_are_status_2(site):
    assert "no site.yaml here or in any folder above" in site.run("publish", cwd="/", status=2).stderr.decode()
    assert "none.yaml: no such file" in site.errors("publish", "--site", "none.yaml", status=2)
    site.run("publish", "--wat", status=2)
    site.run(status=2)
    site.run("frobnicate", status=2)


def test_check_reports_all_errors_of_all_files_and_changes_nothing(site):
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    (site / "rules/more.yaml").write_text("abm: rules/1\nrules:\n  - id: more\n    when: { teir: one-to-one }\n    rewrite: { x: { text: y } }\n")
    site.replace("accounts.ndjson", '"tier":"one-to-few"', '"tier":"platinum"')
    found = site.json("check", status=1)
    assert not found["ok"] and found["errors"] == 3
    assert {(finding["file"], finding["line"]) for finding in found["findings"] if finding["severity"] == "error"} == {
        ("rules/home.yaml", 19), ("rules/more.yaml", 4), ("accounts.ndjson", 3)}
    assert not (site / "data").exists()


def test_check_of_a_good_site_is_status_0(site):
    assert site.text("check").endswith("ok: 0 errors, 0 warnings\n")


def test_publish_and_check_tell_programs_what_was_mapped_what_was_left_out_and_why(site):
    site.replace("site.yaml", "networks:\n", "networks:\n  - { asn: asn.csv }\n")
    (site / "asn.csv").write_text('10.0.0.0,10.255.255.255,64500,"Huge"\n100.64.0.0,100.64.3.255,64501,"Fine"\n9.9.9.9,9.9.9.9,3,"Nobody"\n')
    site.replace("accounts.ndjson", '"name":"Ford Motor Company"', '"name":"Ford Motor Company","asns":[64500]')
    site.replace("accounts.ndjson", '"name":"Rival Inc"', '"name":"Rival Inc","asns":[64501]')
    with open(site / "networks.csv", "a", encoding="utf-8") as networks:
        networks.write("198.51.100.0/24,smallco\n")
    checked, told = site.json("check")["networks"], site.json("publish")["networks"]
    assert checked == told
    assert told["rebuilt"] is True
    assert told["sources"] == [
        {"name": "accounts.ndjson", "kind": "feed", "entries": 4, "mapped": 4, "accounts": 3, "left_out": 0},
        {"name": "asn.csv", "kind": "asn", "entries": 3, "mapped": 2, "accounts": 2, "left_out": 1},
        {"name": "networks.csv", "kind": "csv", "entries": 2, "mapped": 2, "accounts": 1, "left_out": 0},
        {"name": "exclude.csv", "kind": "exclude", "entries": 1, "mapped": 1, "accounts": 0, "left_out": 0}]
    assert told["left_out"] == [{
        "account": "ford", "place": "accounts.ndjson:3", "networks": 1,
        "reason": "its AS numbers cover 16777216 IPv4 addresses, more than max_as_addresses (4194304)"}]
    assert told["conflicts"] == [{"network": "198.51.100.0/24", "networks": 1, "claims": [
        {"account": "deere", "place": "accounts.ndjson:2"}, {"account": "smallco", "place": "networks.csv:4"}]}]
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    later = site.json("publish")["networks"]
    assert later == {"rebuilt": False, "accounts": 4, "identifiable": 4, "sources": told["sources"]}
    site.replace("rules/home.yaml", "    schedule:", "    schedul:")
    assert site.json("check", status=1)["networks"] is None


def test_check_of_files_without_a_site(site):
    assert "ok" in site.text("check", "--rules", "rules/home.yaml", "--accounts", "accounts.ndjson", "--networks", "networks.csv",
                             "exclude:exclude.csv")
    (site / "bad.csv").write_text("network,account_id\n300.1.2.3/8,deere\n")
    assert "bad.csv:2:" in site.errors("check", "--rules", "rules/home.yaml", "--accounts", "accounts.ndjson", "--networks", "bad.csv",
                                       status=1)


def test_strict_check_takes_warnings_for_problems(site):
    (site / "rules/more.yaml").write_text(
        "abm: rules/1\nrules:\n  - id: more\n    when: { industry: manufacturin }\n    rewrite: { x: { text: y } }\n")
    assert site.json("check")["warnings"] > 0
    site.run("check", "--strict", status=1)


def test_check_explains_its_codes(site):
    text = site.text("check", "--explain", "abm004")
    assert text.startswith("ABM004 ") and len(text) > 100
    assert "codes are ABM001 to" in site.errors("check", "--explain", "ABM999", status=2)


def make_format_1(site, number):
    """The generation with a manifest as version 0.1.0 wrote it."""
    path = site / f"data/gen-{number:06}/MANIFEST.json"
    path.chmod(0o644)
    old = re.sub(r'"sha256": "[0-9a-f]{64}", ', "", path.read_text().replace('"generation/3"', '"generation/1"'))
    old = re.sub(r'  "rules_from": .*(?=  "files")', "", old, flags=re.S)
    text = old[:old.rindex('  "xxh3_128": "')]
    path.write_text(f'{text}  "xxh3_128": "{xxh3.hash128(text.encode())}"\n}}\n')


def test_a_data_folder_of_format_1_is_told_so_and_published_over(site):
    why = "data/gen-000001/MANIFEST.json: format generation/1 names its files by a hash that can be forged: publish again"
    site.run("publish")
    make_format_1(site, 1)
    assert f"no generation serves: {site.folder}/{why}" in site.text("status", status=1)
    assert why in site.errors("lookup", "203.0.113.1", status=2)
    # What it says about its feed still guards against older feeds.
    site.replace("accounts.ndjson", '"version":100', '"version":99')
    message = site.errors("publish", status=1)
    assert "feed version 99 is older than 100, which generation 1 has" in message
    assert "(generation 1 goes on serving)" in message
    site.replace("accounts.ndjson", '"version":99', '"version":100')
    result = site.json("publish")
    assert result["generation"] == 2 and result["published"] and result["linked"] == []
    assert why in site.errors("rollback", status=2)
    assert site.current() == "gen-000002\n"
    assert [(one["number"], one["format"], one["current"]) for one in site.json("status")["generations"]] == \
        [(1, 1, False), (2, 3, True)]
    assert site.json("publish")["generation"] == 2


def test_status_names_the_sources_by_both_hashes(site):
    site.run("publish")
    feed = (site / "accounts.ndjson").read_bytes()
    source = next(one for one in site.json("status")["sources"] if one["name"] == "accounts")
    assert source["sha256"] == hashlib.sha256(feed).hexdigest() and source["xxh3_128"] == xxh3.hash128(feed)


def test_rollback_goes_back_and_publish_goes_on(site):
    site.run("publish")
    site.replace("rules/home.yaml", "Winter offer", "Spring offer")
    site.run("publish")
    assert "generation 1 serves again" in site.text("rollback")
    assert site.current() == "gen-000001\n"
    assert site.json("rollback", "2")["generation"] == 2
    assert "no such file" in site.errors("rollback", "9", status=2)
    site.replace("rules/home.yaml", "Spring offer", "Summer offer")
    assert site.json("publish", "--resume")["generation"] == 3


def test_status_tells_what_serves(site):
    assert "no such file or directory" in site.errors("status", "--data", "data", status=2)
    site.run("publish")
    status = site.json("status")
    assert status["generation"] == 1 and status["accounts"] == 4 and status["rules"] == 3
    assert status["tenant"] == "acme-web" and status["feed_version"] == 100 and status["expired"] is False
    assert [generation["number"] for generation in status["generations"]] == [1]
    assert "generation 1, published" in site.text("status")


def test_status_of_a_damaged_generation_is_a_problem(site):
    site.run("publish")
    path = site / "data/gen-000001/accounts.bin"
    os.chmod(path, 0o644)
    path.write_bytes(path.read_bytes()[:-1])
    status = site.json("status", status=1)
    assert status["generation"] is None and "accounts.bin" in status["fault"]
    assert status["generations"][0]["complete"] is False


def test_old_generations_go_and_their_number_is_site_yamls(site):
    for i in range(5):
        site.run("publish", "--force")
    assert sorted(path.name for path in (site / "data").glob("gen-*")) == ["gen-000003", "gen-000004", "gen-000005"]
