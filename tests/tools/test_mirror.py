"""abmctl sync --mirror: a data folder that follows another one through any web server."""

import contextlib
import gzip
import hashlib
import os
import re
import shutil

import pytest

import xxh3
from minisign import Key
from servers import Hostile, Origin, body, cut, endless, send_head

PARTS = ("ipdb.mmdb", "accounts.bin", "rules.bin")


class Node:
    """A machine that only mirrors: it has its own data folder and no site.yaml."""

    def __init__(self, site, data, url, *options):
        self.site, self.data, self.url, self.options = site, data, url, options

    def arguments(self, *more):
        return ("sync", "--mirror", self.url, "--data", self.data, *self.options, *more)

    def sync(self, *more):
        return self.site.json(*self.arguments(*more))

    def refused(self, *more, status=1, **options):
        """Returns what the operator reads, and checks that the serving generation has not changed."""
        before = self.current()
        message = self.site.errors(*self.arguments(*more), status=status, **options)
        assert self.current() == before
        return message

    def current(self):
        path = self.data / "CURRENT"
        return path.read_text().strip() if path.exists() else None

    def incoming(self):
        return sorted(path.name for path in self.data.iterdir() if path.name.startswith((".incoming", ".tmp")))


def change_rules(site, text):
    rules = site / "rules/home.yaml"
    rules.write_text(re.sub(r"(Winter|Spring|Summer) offer", f"{text} offer", rules.read_text()))
    site.run("publish")


def files_of(folder):
    """What a hostile origin serves unless told otherwise: the whole data folder."""
    return {"/" + str(path.relative_to(folder)): body(path.read_bytes()) for path in folder.rglob("*") if path.is_file()}


def with_right_hash(manifest):
    """MANIFEST.json with its own hash corrected, which anyone can do."""
    text = manifest[:manifest.rindex('  "xxh3_128": "')].encode()
    return text + b'  "xxh3_128": "' + xxh3.hash128(text).encode() + b'"\n}\n'


def as_format_1(manifest):
    """The same generation with a manifest as version 0.1.0 wrote it."""
    old = re.sub(r'  "rules_from": .*(?=  "files")', "", manifest.replace('"generation/3"', '"generation/1"'), flags=re.S)
    return with_right_hash(re.sub(r'"sha256": "[0-9a-f]{64}", ', "", old))


@pytest.fixture
def published(site):
    site.run("publish")
    return site


@pytest.fixture
def origin(tmp_path, published):
    with Origin(tmp_path / "nginx", published / "data") as running:
        yield running


@pytest.fixture
def node(tmp_path, published, origin):
    return Node(published, tmp_path / "node", origin.url())


@pytest.fixture
def hostile(published):
    with Hostile(files_of(published / "data")) as running:
        yield running


@pytest.fixture
def victim(tmp_path, published, hostile):
    return Node(published, tmp_path / "node", hostile.url())


def test_a_first_mirror_is_the_same_generation_byte_for_byte(published, node):
    result = node.sync()
    assert result["result"] == "adopted" and result["generation"] == 1 and result["fetched"] == list(PARTS)
    for name in (*PARTS, "MANIFEST.json"):
        assert (node.data / "gen-000001" / name).read_bytes() == (published / "data/gen-000001" / name).read_bytes()
    assert node.current() == "gen-000001" and node.incoming() == []
    assert published.json("status", "--data", node.data)["accounts"] == 4


def test_the_operator_reads_what_came(published, node):
    first = published.text(*node.arguments())
    assert re.search(r"generation 1 serves: 3 fetched \(\d+ bytes\), 0 unchanged", first)
    assert "generation 1 is up to date" in published.text(*node.arguments())
    change_rules(published, "Spring")
    assert re.search(r"generation 2 serves: 1 fetched \(\d+ bytes\), 2 unchanged", published.text(*node.arguments()))


def test_nothing_new_costs_two_small_requests(node, origin):
    node.sync()
    seen = len(origin.requests())
    result = node.sync()
    assert result["result"] == "unchanged" and result["fetched"] == [] and result["bytes"] == 0
    assert [line.split()[1] for line in origin.requests()[seen:]] == ["/CURRENT", "/gen-000001/MANIFEST.json"]


def test_only_what_changed_is_fetched_and_the_rest_is_linked(published, node):
    node.sync()
    change_rules(published, "Spring")
    result = node.sync()
    assert result["fetched"] == ["rules.bin"] and result["linked"] == ["ipdb.mmdb", "accounts.bin"]
    assert result["bytes"] == (published / "data/gen-000002/rules.bin").stat().st_size
    for name in result["linked"]:
        assert os.stat(node.data / "gen-000001" / name).st_ino == os.stat(node.data / "gen-000002" / name).st_ino
    assert node.current() == "gen-000002"


def test_a_damaged_file_is_not_linked_but_fetched(published, node):
    node.sync()
    path = node.data / "gen-000001/accounts.bin"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    change_rules(published, "Spring")
    assert node.sync()["fetched"] == ["accounts.bin", "rules.bin"]


def test_old_generations_go(published, node):
    node.options = ("--keep", "2")
    for text in ("Spring", "Summer", "Winter"):
        node.sync()
        change_rules(published, text)
    node.sync()
    assert sorted(path.name for path in node.data.glob("gen-*")) == ["gen-000003", "gen-000004"]


# Signatures


@pytest.fixture
def key(published, tmp_path):
    key = Key(tmp_path, "fleet")
    published.replace("site.yaml", "keep: 3", f"keep: 3\nsign_key: {key.secret}")
    change_rules(published, "Spring")
    return key


def test_a_signed_generation_is_taken_with_its_signature(published, node, key):
    node.options = ("--verify-key", key.public)
    assert node.sync()["generation"] == 2
    assert (node.data / "gen-000002/MANIFEST.json.minisig").read_bytes() == \
        (published / "data/gen-000002/MANIFEST.json.minisig").read_bytes()


def test_an_unsigned_generation_is_refused(published, node, key):
    node.options = ("--verify-key", key.public)
    (published / "data/gen-000002/MANIFEST.json.minisig").unlink()
    message = node.refused()
    assert "MANIFEST.json.minisig: the server answers 404 (not found): the generation is not signed, and --verify-key" in message
    assert "(no generation is here yet)" in message and node.incoming() == []


def test_a_generation_signed_by_another_is_refused(node, key, tmp_path):
    node.options = ("--verify-key", Key(tmp_path, "other").public)
    assert "/gen-000002/MANIFEST.json: the signature is by another key than the trusted one" in node.refused()


def test_a_changed_manifest_is_refused(published, key, tmp_path):
    answers = files_of(published / "data")
    manifest = (published / "data/gen-000002/MANIFEST.json").read_bytes()
    answers["/gen-000002/MANIFEST.json"] = body(manifest.replace(b"acme-web", b"evil-web"))
    with Hostile(answers) as hostile:
        signed = Node(published, tmp_path / "node", hostile.url(), "--verify-key", key.public)
        assert "the signature does not match the content: changed or damaged" in signed.refused()
        unsigned = Node(published, tmp_path / "node", hostile.url())
        assert "MANIFEST.json: " in unsigned.refused()  # its own hash


STRANGER = "203.0.113.5"  # ford's; the forger turns it into deere's


@pytest.fixture
def forged(published, key, tmp_path):
    """The signed generation's index, and another one of the same size and XXH3-128 in which a stranger is deere."""
    attacker = type(published)(shutil.copytree(published.folder, tmp_path / "attacker"))
    shutil.rmtree(attacker / "data")
    for old, new in (('"198.51.100.0/24","2001:db8:1::/48"', '"203.0.113.0/25"'), (',"networks":["203.0.113.0/25"]}', "}")):
        attacker.replace("accounts.ndjson", old, new)
    attacker.run("publish")
    original = (published / "data/gen-000002/ipdb.mmdb").read_bytes()
    evil = (attacker / "data/gen-000001/ipdb.mmdb").read_bytes()
    # Bytes that no record refers to, at the end of the data section.
    marker = evil.index(b"\xab\xcd\xefMaxMind.com")
    free = len(original) - len(evil)
    evil = xxh3.forge(original, evil[:marker] + bytes(free) + evil[marker:], marker, marker + free)
    assert evil != original and len(evil) == len(original)
    assert xxh3.hash128(evil) == xxh3.hash128(original)
    assert hashlib.sha256(evil).digest() != hashlib.sha256(original).digest()
    return original, evil


def lookup(site, data, address):
    return site.json("lookup", "--data", data, address)[0]["account"]


def test_a_forged_part_of_a_signed_generation_is_refused(published, forged, key, tmp_path):
    original, evil = forged
    answers = files_of(published / "data")
    answers["/gen-000002/ipdb.mmdb"] = body(evil)
    with Hostile(answers) as hostile:
        node = Node(published, tmp_path / "node", hostile.url(), "--verify-key", key.public)
        assert "/gen-000002/ipdb.mmdb: its bytes are not the ones that the manifest names" in node.refused()
        assert node.incoming() == [] and not list(node.data.glob("gen-*"))
        # It is a valid index: without a signature, and with a matching manifest, it is accepted.
        manifest = (published / "data/gen-000002/MANIFEST.json").read_text()
        fitting = manifest.replace(hashlib.sha256(original).hexdigest(), hashlib.sha256(evil).hexdigest())
        assert fitting != manifest
        hostile.answers["/gen-000002/MANIFEST.json"] = body(with_right_hash(fitting))
        assert "the signature does not match the content" in node.refused()
        unsigned = Node(published, tmp_path / "unsigned", hostile.url())
        assert unsigned.sync()["generation"] == 2
        assert lookup(published, unsigned.data, STRANGER) == "deere"
        assert lookup(published, published / "data", STRANGER) == "ford"


def test_a_forged_part_that_is_here_already_is_not_used(published, forged, key, node):
    """Leftovers of an earlier attempt and files of a kept generation are not trusted because of their fast hash."""
    original, evil = forged
    node.options = ("--verify-key", key.public)
    incoming = node.data / ".incoming-gen-000002"
    incoming.mkdir(parents=True)
    (incoming / "ipdb.mmdb").write_bytes(evil)
    (incoming / "accounts.bin.part").write_bytes(b"?" * 10)
    assert node.sync()["fetched"] == list(PARTS)
    assert (node.data / "gen-000002/ipdb.mmdb").read_bytes() == original
    path = node.data / "gen-000002/ipdb.mmdb"
    path.chmod(0o644)
    path.write_bytes(evil)
    change_rules(published, "Summer")
    result = node.sync()
    assert result["fetched"] == ["ipdb.mmdb", "rules.bin"] and result["linked"] == ["accounts.bin"]
    assert lookup(published, node.data, STRANGER) == "ford"
    # Rolling back to the generation with the replaced file is refused as well.
    assert "gen-000002/ipdb.mmdb: SHA-256 " in published.errors("rollback", "--data", node.data, status=2)


def test_a_generation_of_format_1_is_refused_even_when_signed(published, key, tmp_path):
    folder = published / "data/gen-000002"
    old = as_format_1((folder / "MANIFEST.json").read_text())
    answers = files_of(published / "data")
    answers["/gen-000002/MANIFEST.json"] = body(old)
    answers["/gen-000002/MANIFEST.json.minisig"] = body(key.sign(old).encode())
    with Hostile(answers) as hostile:
        node = Node(published, tmp_path / "node", hostile.url(), "--verify-key", key.public)
        assert ("/gen-000002/MANIFEST.json: format generation/1 names its files by a hash that can be forged: publish again "
                "with this version") in node.refused()


def test_a_node_of_format_1_takes_the_next_generation_whole(published, node):
    """Its own files are not linked, because nothing trustworthy vouches for them. Tenant and number still count."""
    node.sync()
    path = node.data / "gen-000001/MANIFEST.json"
    path.chmod(0o644)
    path.write_bytes(as_format_1(path.read_text()))
    assert "its generation 1 is not the " in node.refused()
    change_rules(published, "Spring")
    result = node.sync()
    assert result["generation"] == 2 and result["fetched"] == list(PARTS) and result["linked"] == []
    status = published.json("status", "--data", node.data)
    assert [one["format"] for one in status["generations"]] == [1, 3]
    assert re.search(r"gen-000001 .*  of an older version: publish again", published.text("status", "--data", node.data))
    path = node.data / "gen-000002/MANIFEST.json"
    path.chmod(0o644)
    path.write_bytes(as_format_1(path.read_text()))
    published.replace("accounts.ndjson", "acme-web", "other-web")
    published.run("publish", "--allow-other-tenant")
    assert "is tenant 'other-web''s, but this data folder is 'acme-web''s" in node.refused()


def test_the_key_of_site_yaml_counts_where_there_is_one(published, origin, key, tmp_path):
    folder = tmp_path / "edge"
    folder.mkdir()
    (folder / "site.yaml").write_text("abm: site/1\ndata: data\nrules: []\n"
                                      f"accounts: {{ from: 'https://core.invalid/a', verify_key: {Key(tmp_path, 'core').public} }}\n")
    assert "by another key" in published.errors("sync", "--mirror", origin.url(), "--site", folder, status=1)
    published.run("sync", "--mirror", origin.url(), "--site", folder, "--verify-key", key.public)
    assert (folder / "data/CURRENT").read_text() == "gen-000002\n"


# Generations that may not replace the local one


def test_a_replayed_older_generation_is_refused_also_when_it_is_kept_no_more(published, node, tmp_path):
    node.sync()
    shutil.copytree(published / "data", tmp_path / "old")
    for text in ("Spring", "Summer"):
        change_rules(published, text)
        node.sync()
    with Origin(tmp_path / "replay", tmp_path / "old") as replay:
        node.url = replay.url()
        message = node.refused()
        assert (f"{replay.url()}/: generation 1 is older than 3, which was here before; if the origin was rolled back on "
                "purpose, say --allow-rollback (generation 3 goes on serving)") in message
        for name in ("gen-000002", "gen-000003", "CURRENT"):
            path = node.data / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        assert "generation 1 is older than 3, which was here before" in node.refused()
        assert node.sync("--allow-rollback")["generation"] == 1
    assert node.current() == "gen-000001"


def test_a_rollback_of_the_origin_is_followed_when_allowed(published, node):
    node.sync()
    change_rules(published, "Spring")
    node.sync()
    published.run("rollback")
    assert "generation 1 is older than 2" in node.refused()
    result = node.sync("--allow-rollback")
    assert result["message"] == "generation 1 serves again" and result["fetched"] == []
    assert node.sync("--allow-rollback")["result"] == "unchanged"
    change_rules(published, "Summer")
    published.run("publish", "--resume")
    assert node.sync()["generation"] == 3


def test_another_tenants_generation_is_refused(published, node):
    node.sync()
    published.replace("accounts.ndjson", "acme-web", "other-web")
    published.run("publish", "--allow-other-tenant")
    assert "is tenant 'other-web''s, but this data folder is 'acme-web''s" in node.refused()


def test_another_generation_of_the_same_number_is_refused(published, node):
    node.sync()
    shutil.rmtree(published / "data")
    change_rules(published, "Summer")
    assert "its generation 1 is not the " in node.refused()


# Origins that fail


def test_an_origin_that_has_other_bytes_than_its_manifest_says(published, victim, hostile):
    whole = (published / "data/gen-000001/accounts.bin").read_bytes()
    hostile.answers["/gen-000001/accounts.bin"] = body(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert "/gen-000001/accounts.bin: its bytes are not the ones that the manifest names" in victim.refused()
    hostile.answers["/gen-000001/accounts.bin"] = body(whole + b"x")
    assert re.search(r"accounts.bin: (larger than the limit of|more than the) \d+ bytes", victim.refused())
    hostile.answers["/gen-000001/accounts.bin"] = body(whole[:-1])
    assert re.search(r"accounts.bin: \d+ bytes, not the \d+ that the manifest names", victim.refused())
    assert victim.incoming() == []


def test_an_origin_whose_parts_do_not_open(published, victim, hostile):
    """Right hashes, wrong content: a generation is verified only once it has been opened."""
    folder = published / "data/gen-000001"
    manifest = (folder / "MANIFEST.json").read_text()
    sizes = [int(size) for size in re.findall(r'"size": (\d+)', manifest)]
    hashes = re.findall(r'"sha256": "[0-9a-f]{64}", "xxh3_128": "[0-9a-f]{32}"', manifest)
    # accounts.bin in place of ipdb.mmdb, with a matching manifest.
    manifest = manifest.replace(f'"size": {sizes[0]}, {hashes[0]}', f'"size": {sizes[1]}, {hashes[1]}')
    hostile.answers["/gen-000001/MANIFEST.json"] = body(with_right_hash(manifest))
    hostile.answers["/gen-000001/ipdb.mmdb"] = body((folder / "accounts.bin").read_bytes())
    assert "/ipdb.mmdb: " in victim.refused()
    assert victim.incoming() == []


@pytest.mark.parametrize("current", [b"", b"gen-1\n", b"../gen-000001\n", b"gen-000001/../x\n", b"x" * 63])
def test_a_current_that_names_no_generation(victim, hostile, current):
    hostile.answers["/CURRENT"] = body(current)
    assert "/CURRENT: " in victim.refused()


def test_a_current_that_never_ends(victim, hostile):
    hostile.answers["/CURRENT"] = body(b"g" * 10_000)
    assert "/CURRENT: larger than the limit of 64 bytes" in victim.refused()


def test_an_origin_that_stalls_or_is_down(victim, hostile):
    hostile.answers["/CURRENT"] = hostile.stall
    assert "the server accepted the request and sent nothing for 1 s" in victim.refused("--timeout", "1")
    hostile.answers["/CURRENT"] = body(b"", status=503)
    assert "/CURRENT: the server answers 503 (service unavailable)" in victim.refused()


def test_an_origin_that_stalls_within_a_file(published, victim, hostile):
    part = (published / "data/gen-000001/accounts.bin").read_bytes()
    hostile.answers["/gen-000001/accounts.bin"] = hostile.stall_after(part[:100])
    message = victim.refused("--timeout", "1")
    assert "/gen-000001/accounts.bin: the server stalled: hardly a byte for 1 s" in message
    assert "(no generation is here yet)" in message


@pytest.mark.parametrize("name, most", [("CURRENT", 64), ("gen-000001/MANIFEST.json", 1 << 20), ("gen-000001/accounts.bin", None)])
def test_a_gzip_bomb_is_not_unpacked(published, victim, hostile, name, most):
    """No file of a generation is requested compressed: if it arrives compressed, it is taken as it is and is too long at once."""
    packed = gzip.compress(bytes(10 << 20))
    hostile.answers["/" + name] = endless(packed, packed, encoding="gzip")
    if most is None:
        most = (published / "data" / name).stat().st_size
    assert re.search(rf"/{name}: (larger than the limit of|more than the) {most} bytes", victim.refused())


def ranged(content, cuts):
    """Respects ranges; the first responses break off after so many bytes."""
    cuts = list(cuts)

    def answer(handler):
        start = int(re.match(r"bytes=(\d+)-", handler.headers.get("Range", "bytes=0-")).group(1))
        rest = content[start:]
        if start:
            send_head(handler, 206, {"Content-Length": str(len(rest)),
                                     "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})
        else:
            send_head(handler, 200, {"Content-Length": str(len(rest))})
        handler.wfile.write(rest[:cuts.pop(0)] if cuts else rest)
    return answer


def test_a_connection_that_breaks_is_taken_up_where_it_ended(published, victim, hostile):
    whole = (published / "data/gen-000001/accounts.bin").read_bytes()
    hostile.answers["/gen-000001/accounts.bin"] = ranged(whole, [100, 50])
    assert victim.sync()["generation"] == 1
    asked = [headers.get("Range") for path, headers in hostile.requests if path.endswith("accounts.bin")]
    assert asked == [None, "bytes=100-", "bytes=150-"]


def test_the_next_attempt_goes_on_where_this_one_ended(published, victim, hostile):
    whole = (published / "data/gen-000001/accounts.bin").read_bytes()
    hostile.answers["/gen-000001/accounts.bin"] = ranged(whole, [100] + [0] * 20)
    assert "/gen-000001/accounts.bin: the connection broke (" in victim.refused()
    assert victim.incoming() == [".incoming-gen-000001"]
    hostile.answers["/gen-000001/accounts.bin"] = ranged(whole, [])
    hostile.requests.clear()
    assert victim.sync()["fetched"] == ["accounts.bin", "rules.bin"]
    assert [headers.get("Range") for path, headers in hostile.requests if path.endswith("accounts.bin")] == ["bytes=100-"]
    assert victim.incoming() == []


def test_pieces_of_two_different_files_are_fetched_again_in_one(published, victim, hostile):
    whole = (published / "data/gen-000001/accounts.bin").read_bytes()
    hostile.answers["/gen-000001/accounts.bin"] = cut(b"?" * len(whole), 100)
    victim.refused()
    hostile.answers["/gen-000001/accounts.bin"] = ranged(whole, [])
    assert victim.sync()["generation"] == 1


def test_what_was_begun_of_a_generation_that_nobody_wants_any_more_goes(published, victim, hostile):
    hostile.answers["/gen-000001/rules.bin"] = cut((published / "data/gen-000001/rules.bin").read_bytes(), 10)
    victim.refused()
    change_rules(published, "Spring")
    hostile.answers.update(files_of(published / "data"))
    assert victim.sync()["generation"] == 2
    assert victim.incoming() == []


# This machine


def test_a_disk_that_is_full_in_the_middle(published, node):
    message = node.refused(status=2, largest_file=300)
    assert "file too large" in message and "(no generation is here yet)" in message
    assert node.incoming() == [] and not list(node.data.glob("gen-*"))
    assert node.sync()["generation"] == 1


def test_a_full_disk(published, node, small_disk):
    small_disk(node.data, 65536)
    node.sync()
    filler = node.data / "filler"
    change_rules(published, "Spring")
    with open(filler, "wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(512))
    message = node.refused(status=2)
    assert "no space left on device" in message and "(generation 1 goes on serving)" in message
    assert node.incoming() == [] and sorted(path.name for path in node.data.glob("gen-*")) == ["gen-000001"]
    filler.unlink()
    assert node.sync()["generation"] == 2


def test_status_tells_how_mirroring_goes(published, victim, hostile):
    victim.sync()
    hostile.answers["/CURRENT"] = body(b"", status=500)
    victim.refused()
    status = published.json("status", "--data", victim.data)
    assert status["mirror"]["from"] == hostile.url("/") and status["mirror"]["generation"] == 1
    assert status["mirror"]["failures"] == 1 and "500" in status["mirror"]["fault"] and status["sync"] is None
    assert "1 attempt failed since" in published.text("status", "--data", victim.data)


def test_wrong_usage(published, node):
    assert "is not an address of the form https://host/path" in published.errors("sync", "--mirror", "nonsense", "--data", node.data, status=2)
    assert "a mirror's address ends with its folder" in published.errors("sync", "--mirror", "http://h/?a", "--data", node.data, status=2)
    assert "--data belongs to --mirror" in published.errors("sync", "--data", node.data, status=2)
