"""Generations as workers see them: missing, damaged, swapped, unsafe; and a core that misbehaves."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time

import pytest

from harness.client import fetch
from harness.places import ABMCTL, ROOT, free_port
from harness.site import ACCOUNTS, ALPHA, ALPHA_PAGE, PAGE, RULES
from harness.upstream import Reply, gzip_bytes
from harness.visiting import Visiting
from harness.waiting import wait_for

sys.path.insert(0, str(ROOT / "tests/tools"))
import servers  # noqa: E402

PARTS = ["ipdb.mmdb", "accounts.bin", "rules.bin", "MANIFEST.json"]


def errors_about(nginx, what):
    return [line for line in nginx.errors().splitlines() if "abm:" in line and "[error]" in line and what in line]


def test_missing_data_folder_serves_originals(serve, tmp_path):
    nginx = serve(data=tmp_path / "nowhere")
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))


def test_data_that_appears_later_is_taken_over(serve, own_site):
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA).body == PAGE
    own_site.publish()
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE)


def damages(data):
    yield "empty", b""
    yield "truncated", data[:len(data) // 2]
    yield "one short", data[:-1]
    yield "longer", data + b"\0"
    for place in (0, len(data) // 3, len(data) - 1):
        yield f"bit flipped at {place}", data[:place] + bytes([data[place] ^ 1]) + data[place + 1:]


@pytest.mark.parametrize("part", PARTS)
def test_damaged_files_are_refused_and_the_last_good_generation_serves(serve, own_site, part):
    own_site.publish()
    first = own_site.generation()
    nginx = serve(data=own_site.data)
    workers = nginx.workers()
    own_site.write_rules(RULES.replace("Made for presses", "Made for hammers"))
    own_site.publish()
    wait_for(lambda: b"hammers" in fetch(nginx.port, ip=ALPHA).body)
    newest = own_site.data / f"gen-{own_site.generation():06d}"
    good = (newest / part).read_bytes()
    for number, (name, bad) in enumerate(damages(good), own_site.generation() + 1):
        folder = own_site.data / f"gen-{number:06d}"
        shutil.copytree(newest, folder)
        (folder / part).unlink()
        (folder / part).write_bytes(bad)
        seen = len(errors_about(nginx, ""))
        flip(own_site.data, number)
        wait_for(lambda: len(errors_about(nginx, "")) > seen)
        time.sleep(0.2)
        assert len(errors_about(nginx, "")) == seen + 1, f"{name}: the reason is told more than once"
        assert b"hammers" in fetch(nginx.port, ip=ALPHA).body, name
    assert nginx.workers() == workers
    flip(own_site.data, first)
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE)


def flip(data, number):
    temporary = data / "CURRENT.tmp"
    temporary.write_text(f"gen-{number:06d}\n")
    os.rename(temporary, data / "CURRENT")


@pytest.mark.parametrize("part", PARTS)
def test_nginx_starts_with_a_damaged_generation(serve, own_site, part):
    own_site.publish()
    folder = own_site.data / f"gen-{own_site.generation():06d}"
    (folder / part).write_bytes((folder / part).read_bytes()[:-3])
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    time.sleep(0.3)
    assert len(errors_about(nginx, "")) == 1


def test_live_files_may_be_overwritten_and_truncated(serve, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    workers = nginx.workers()
    folder = own_site.data / f"gen-{own_site.generation():06d}"
    for part in PARTS:
        with open(folder / part, "r+b") as file:
            file.write(b"\xff" * 4096)
            file.truncate(10)
    for _ in range(20):
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert nginx.workers() == workers


def test_data_folder_that_others_may_write_is_refused_with_the_reason(serve, own_site):
    own_site.publish()
    own_site.data.chmod(0o777)
    nginx = serve(data=own_site.data)
    assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
    time.sleep(0.3)
    assert len(errors_about(nginx, str(own_site.data))) == 1
    own_site.data.chmod(0o755)
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE)


def test_each_page_shows_one_generation_while_generations_swap(serve, own_site, upstream):
    slots = "".join(f"  s{i}: '#s{i}'\n" for i in range(10))

    def rules(text):
        edits = "".join(f"      s{i}: {{ text: '{text}' }}\n" for i in range(10))
        return f"abm: rules/1\nslots:\n{slots}rules:\n  - id: a\n    when: {{ account: alpha }}\n    rewrite:\n{edits}"

    page = b"".join(b"<p id=s%d>x</p>" % i + b"<i>filler</i>" * 500 for i in range(10))
    upstream.on("/", Reply(page))
    numbers = []
    for text in ("one", "two"):
        own_site.write_rules(rules(text))
        own_site.publish()
        numbers.append(own_site.generation())
    nginx = serve(data=own_site.data, workers=2)
    seen, wrong = set(), []

    def visit():
        texts = set(re.findall(rb"<p id=s\d>(\w+)</p>", fetch(nginx.port, ip=ALPHA).body))
        seen.update(texts)
        if len(texts) != 1:
            wrong.append(texts)

    with Visiting(visit, visit, visit, visit):
        for i in range(20):
            flip(own_site.data, numbers[i % 2])
            time.sleep(0.1)
    assert not wrong and seen == {b"one", b"two"}


@pytest.mark.parametrize("core", ["down", "slow", "failing", "redirecting", "endless", "bombing"])
def test_core_that_misbehaves_is_no_visitors_concern(serve, own_site, core):
    own_site.publish()
    nginx = serve(data=own_site.data)
    workers = nginx.workers()
    with servers.Hostile({}) as hostile:
        hostile.answers["/feed"] = {
            "down": None, "slow": hostile.stall, "failing": servers.body(b"", 503), "redirecting": servers.redirect("/feed"),
            "endless": servers.endless(b"{", b" " * 65536),
            "bombing": servers.body(gzip_bytes(bytes(300 << 20)), Content_Encoding="gzip")}[core]
        url = f"http://127.0.0.1:{free_port()}/feed" if core == "down" else hostile.url("/feed")
        site = own_site.folder / "site.yaml"
        site.write_text(site.read_text().replace("from: accounts.ndjson", f"from: '{url}', every: 1s"))
        with subprocess.Popen([ABMCTL, "agent", "--site", site], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as agent:
            try:
                heard = threading.Thread(target=agent.stderr.read, daemon=True)
                heard.start()
                wait_for(lambda: core == "down" or hostile.requests, 20)
                for _ in range(30):
                    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
                assert agent.poll() is None
            finally:
                agent.terminate()
    assert nginx.workers() == workers and not errors_about(nginx, "")
    assert own_site.generation() == 1


@pytest.mark.parametrize("field", ["name", "stage", "attributes"])
@pytest.mark.parametrize("bad", ["a\r\nSet-Cookie: a=b", "a\nb", "a\rb", "a\0b"], ids=["crlf", "lf", "cr", "nul"])
def test_account_fields_split_no_header(serve, own_site, field, bad):
    """A feed with a control character is refused; headers have the last good feed's values."""
    own_site.publish()
    nginx = serve(data=own_site.data, http="add_header X-Account '$abm_account_name/$abm_stage/$abm_attr_plan';")
    wanted = "Alpha & Söhne/opportunity/north".encode().decode("latin-1")
    assert fetch(nginx.port, ip=ALPHA).all("X-Account") == [wanted]
    own_site.write_accounts([{**ACCOUNTS[0], field: {"plan": bad} if field == "attributes" else bad}])
    refused = own_site.publish(check=False)
    assert refused.returncode == 1 and "control character" in refused.stdout + refused.stderr
    answer = fetch(nginx.port, ip=ALPHA)
    assert answer.all("X-Account") == [wanted] and not answer.has("Set-Cookie")
