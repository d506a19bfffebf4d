"""abmctl link: who a link is for, tables of readers, and what becomes of wrong ones."""

import base64
import csv
import hashlib
import hmac
import io
import os
import time

import pytest

KEY = "k" * 64
PAGE = "https://www.acme.example/pricing"


@pytest.fixture
def links(site):
    site.run("publish")
    (site / "link.key").write_text(KEY + "\n")
    os.chmod(site / "link.key", 0o600)
    with (site / "site.yaml").open("a") as file:
        file.write("link_key: link.key\n")
    return site


def token_of(url):
    return url.split("abm=")[1].split("#")[0]


def claims_of(token):
    """The token's claims, read and verified as generation/FORMAT.md says."""
    signed = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    fields, mac = signed[:-32], signed[-32:]
    assert hmac.compare_digest(mac, hmac.new(KEY.encode(), b"abm-link/1\0" + fields, hashlib.sha256).digest())
    assert fields[0] == 1
    texts, at = [], 9
    while at < len(fields):
        texts.append(fields[at + 1:at + 1 + fields[at]].decode())
        at += 1 + fields[at]
    account, host, role, campaign = texts
    return {"account": account, "host": host, "role": role, "campaign": campaign, "expires": int.from_bytes(fields[1:9], "big")}


def test_a_link_says_for_whom_it_is_until_when(links):
    url = links.text("link", "--account", "Deere & Company", "--role", "plant manager", "--campaign", "q4",
                     "https://WWW.acme.example:8443/x?a=b#c").strip()
    assert url.startswith("https://WWW.acme.example:8443/x?a=b&abm=") and url.endswith("#c")
    claims = claims_of(token_of(url))
    assert abs(claims.pop("expires") - time.time() - 60 * 86400) < 60
    assert claims == {"account": "deere", "host": "www.acme.example", "role": "plant manager", "campaign": "q4"}
    made = links.json("link", "--account", "deere.com", "--days", "7", PAGE)
    assert made["url"] == PAGE + "?abm=" + made["token"] and made["role"] is None and made["campaign"] is None
    assert abs(claims_of(made["token"])["expires"] - time.time() - 7 * 86400) < 60


def test_a_link_that_nobody_could_follow_is_not_made(links):
    def refused(*arguments):
        return links.errors("link", *arguments, status=2)

    assert "account 'deer': the feed has no such account" in refused("--account", "deer", PAGE)
    assert "did you mean 'deere'?" in refused("--account", "deer", PAGE)
    assert "'rival' is excluded" in refused("--account", "rival", PAGE)
    assert "a link needs its host" in refused("--account", "deere", "/pricing")
    assert "no page to link to" in refused("--account", "deere")
    assert "has an abm= already" in refused("--account", "deere", PAGE + "?x=1&abm=old")
    assert "role: at most 128 bytes" in refused("--account", "deere", "--role", "r" * 129, PAGE)
    assert "campaign: at most 128 bytes" in refused("--account", "deere", "--campaign", "a\tb", PAGE)
    assert "xn--" in refused("--account", "deere", "https://bücher.example/")
    assert "--account ID, or --csv FILE" in refused(PAGE)
    assert "--days" in refused("--account", "deere", "--days", "0", PAGE)
    os.chmod(links / "link.key", 0o644)
    assert "others may read or write this key" in refused("--account", "deere", PAGE)
    (links / "link.key").unlink()
    assert "link.key: no such file" in refused("--account", "deere", PAGE)
    links.replace("site.yaml", "link_key: link.key\n", "")
    assert "say which key signs: --key FILE, or link_key in site.yaml" in refused("--account", "deere", PAGE)


def test_a_link_to_a_page_without_tls_is_warned_of(links):
    done = links.run("link", "--account", "deere", "http://www.acme.example/")
    assert b"http:// sends the link's token where others can read it" in done.stderr and b"abm=" in done.stdout
    assert links.errors("link", "--account", "deere", "http://localhost:8080/") == ""


def test_without_a_generation_ids_are_taken_as_they_are(site):
    (site / "link.key").write_text(KEY)
    os.chmod(site / "link.key", 0o600)
    assert "--unchecked" in site.errors("link", "--key", "link.key", "--account", "deere", PAGE, status=2)
    url = site.text("link", "--key", "link.key", "--unchecked", "--account", "whoever", PAGE).strip()
    assert claims_of(token_of(url))["account"] == "whoever"
    assert "not an account id" in site.errors("link", "--key", "link.key", "--unchecked", "--account", "Deere & Co", PAGE, status=2)


def rows_of(text, delimiter=","):
    return list(csv.DictReader(io.StringIO(text), delimiter=delimiter))


def test_a_table_keeps_its_columns_and_gets_one_more(links):
    (links / "readers.csv").write_text(
        "E-mail,Account,ROLE,note,url\n"
        'jo@deere.com,deere,plant manager,"likes ""green"", big",https://www.acme.example/uptime\n'
        "\n"
        "al@ford.com,Ford Motor Company,,=1+1,\n")
    rows = rows_of(links.text("link", "--csv", "readers.csv", "--campaign", "q4", "--role", "buyer", PAGE))
    assert list(rows[0]) == ["E-mail", "Account", "ROLE", "note", "url", "link"]
    assert [row["note"] for row in rows] == ['likes "green", big', "'=1+1"]
    assert rows[0]["link"].startswith("https://www.acme.example/uptime?abm=") and rows[1]["link"].startswith(PAGE + "?abm=")
    first, second = (claims_of(token_of(row["link"])) for row in rows)
    assert (first["account"], first["role"], first["campaign"]) == ("deere", "plant manager", "q4")
    assert (second["account"], second["role"], second["campaign"]) == ("ford", "buyer", "q4")
    listed = links.json("link", "--csv", "readers.csv", PAGE)
    assert [(row["line"], row["account"], row["role"], row["campaign"]) for row in listed] == [
        (2, "deere", "plant manager", None), (4, "ford", None, None)]


def test_a_table_of_another_spreadsheet_is_read_as_well(links):
    (links / "readers.csv").write_bytes(("account;role\ndeere;Werksleiter für Öfen\n").encode("utf-16"))
    rows = rows_of(links.text("link", "--csv", "readers.csv", PAGE), ";")
    assert claims_of(token_of(rows[0]["link"]))["role"] == "Werksleiter für Öfen"


def test_a_table_from_stdin_makes_thousands_at_once(links):
    names = ["deere", "Deere & Company", "deere.com", "ford", "Small Co"]
    table = "account,campaign\n" + "".join(f"{names[i % 5]},c{i}\n" for i in range(20_000))
    began = time.monotonic()
    rows = rows_of(links.run("link", "--csv", "-", PAGE, stdin=table.encode()).stdout.decode())
    assert len(rows) == 20_000 and time.monotonic() - began < 30
    assert claims_of(token_of(rows[19_999]["link"]))["campaign"] == "c19999"
    assert claims_of(token_of(rows[19_999]["link"]))["account"] == "smallco"


def test_all_errors_of_a_table_are_told_with_their_places_and_nothing_is_written(links):
    (links / "readers.csv").write_text(
        "account,role,url\n"
        "deere,buyer,\n"
        "deer,buyer,\n"
        f"ford,{'r' * 129},\n"
        "rival,,\n"
        ",buyer,\n"
        "deere,,not-a-page\n"
        "deere,a,b,c\n")
    done = links.run("link", "--csv", "readers.csv", PAGE, status=1)
    assert done.stdout == b""
    errors = done.stderr.decode()
    for place, message in (("3:1", "account 'deer'"), ("4:6", "role: at most"), ("5:1", "is excluded"), ("6:1", "no account"),
                           ("7:8", "url 'not-a-page'"), ("8:11", "4 cells, while the first row has 3")):
        assert any(f"readers.csv:{place}: " in line and message in line for line in errors.splitlines()), (place, errors)
    assert "nothing was written" in errors


@pytest.mark.parametrize("text, message", [
    ("", "1:1: the table is empty"),
    ("account\n", "1:1: the table has no row below its header"),
    ("acount\ndeere\n", "1:1: no column is named 'account' ('acount' is nearly that)"),
    ("role\nbuyer\n", "1:1: no column is named 'account': its cells"),
    ("account,Account\ndeere,ford\n", "1:9: a second column 'account'"),
    ("account,link\ndeere,x\n", "1:9: there is a column 'link' already"),
    ('account,role\ndeere,"buyer\n', "2:7: "),
])
def test_a_table_that_is_none_is_refused(links, text, message):
    (links / "readers.csv").write_text(text)
    assert f"readers.csv:{message}" in links.errors("link", "--csv", "readers.csv", PAGE, status=1)


def test_a_link_can_be_asked_what_it_says(links):
    url = links.text("link", "--account", "deere", "--role", "buyer", "--campaign", "q4", PAGE).strip()
    said = links.text("link", "--check", url)
    assert said.startswith("deere, role buyer, campaign q4, on www.acme.example, until 20") and said.endswith("valid\n")
    assert links.json("link", "--check", url)["valid"] is True

    def fault(other, **options):
        return links.text("link", "--check", other, status=1, **options)

    assert "not valid: it was not signed with this key, or not all of it is here" in fault(url[:-1])
    assert "it was made for www.acme.example, not for evil.example" in fault(url.replace("www.acme.example", "evil.example"))
    assert "abm= already" not in fault(url[:-1] + ("A" if url[-1] != "A" else "B"))
    assert "has no abm=" in links.errors("link", "--check", PAGE, status=2)
    gone = links.text("link", "--unchecked", "--account", "gone", PAGE).strip()
    assert "generation 1 has no such account" in fault(gone)
    rival = links.text("link", "--unchecked", "--account", "rival", PAGE).strip()
    assert "the account is excluded" in fault(rival)


def test_explain_takes_the_role_of_a_link(links):
    (links / "rules/role.yaml").write_text(
        "abm: rules/1\nrules:\n  - id: for-buyers\n    when: { attributes.role: buyer }\n    rewrite: { hero-cta: { text: \"{{ account.attributes.role }}\" } }\n")
    links.run("publish")

    def matched(*role):
        answer = links.json("explain", "--account", "ford", *role, "--url", "/")
        rules = {rule["id"]: rule["matched"] for rule in answer["rules"]}
        return answer["source"], rules["for-buyers"]

    assert matched() == ("identity", False)
    assert matched("--role", "buyer") == ("link", True)
    assert matched("--role", "plant manager") == ("link", False)
    assert "--role" in links.errors("explain", "--ip", "192.0.2.1", "--role", "buyer", "--url", "/", status=2)
    assert "at most 128 bytes" in links.errors("explain", "--account", "ford", "--role", "r" * 129, "--url", "/", status=2)
