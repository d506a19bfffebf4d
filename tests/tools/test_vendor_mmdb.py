"""A malicious vendor's MMDB: check and publish end within the memory of a small machine and say which file it is and why;
the last publication keeps serving."""

import threading

import mmdb
import pytest
from mmdb import NOTHING, Record

MEMORY = 1 << 30  # of address space
FORD = mmdb.mapping(k=mmdb.text("ford"))


def everywhere(data, **arguments):
    return mmdb.file([(Record(0), Record(0))], data, **arguments)


def many_to(data, target, count=100_000):
    """Records that are each a pointer to one of `data`."""
    start = len(data)
    return mmdb.file(mmdb.balanced([start + 5 * i for i in range(count)]), data + mmdb.pointer(target) * count)


def deep():
    return mmdb.head(11, 1) * 800_000 + mmdb.text("x")


REFUSED = {
    "nodes that double the networks": (
        lambda: mmdb.file([(i + 1, i + 1) for i in range(127)] + [(Record(0), NOTHING)], FORD), "nodes are shared"),
    "records that share one large map": (
        lambda: many_to(mmdb.head(7, 30_001) + (mmdb.text("x") + mmdb.head(14, 1)) * 30_000 + mmdb.text("k") + mmdb.text("ford"), 0),
        "takes more work than the limit"),
    "arrays 800,000 deep": (lambda: everywhere(deep()), "nested deeper than the limit"),
    "a pointer to itself": (lambda: everywhere(mmdb.pointer(0)), "leads to another pointer"),
    "maps that point to each other": (lambda: everywhere(mmdb.head(7, 1) + mmdb.text("k") + mmdb.pointer(0)), "nested deeper"),
    "a text of 16 MB that is not there": (lambda: everywhere(mmdb.mapping(k=b"\x5f\xff\xff\xff")), "crosses the end"),
    "a map of four billion entries": (lambda: everywhere(b"\xff\xff\xff\xff"), "more entries than"),
    "a tree that leads back": (lambda: mmdb.file([(1, NOTHING), (0, NOTHING)], FORD), "leads back to itself"),
    "a record between tree and data": (lambda: mmdb.file([(5, NOTHING)], FORD), "between tree and data"),
    "a record behind the data": (lambda: mmdb.file([(Record(4000), NOTHING)], FORD), "outside the data section"),
    "languages of 2 GB": (
        lambda: everywhere(FORD, languages=mmdb.head(11, 12_000) + mmdb.text("x" * 40_000) + mmdb.pointer(170) * 11_999), "metadata"),
    "an epoch in 292 billion years": (lambda: everywhere(FORD, epoch=1 << 63), "after the year 9999"),
    "more nodes than bytes": (lambda: everywhere(FORD, node_count=1 << 31), "do not fit the file"),
    "a database_type of 1 MB": (lambda: everywhere(FORD, database_type="x" * (1 << 20)), "metadata"),
    "text that is not UTF-8": (lambda: everywhere(mmdb.mapping(k=mmdb.text(b"ford\xff"))), "not UTF-8"),
    "no MMDB at all": (lambda: b"%PDF-1.7", "the marker is missing"),
    "nothing": (lambda: b"", "the marker is missing"),
}
HARMLESS = {
    "a text of 16 MB that 100,000 records share": lambda: many_to(mmdb.text("d" * (16 << 20)) + mmdb.mapping(k=mmdb.pointer(0)),
                                                                (16 << 20) + 4),
    "a number where the key is text": lambda: everywhere(mmdb.mapping(k=mmdb.number(9, 2**64 - 1, 8))),
    "control characters": lambda: everywhere(mmdb.mapping(k=mmdb.text("ford\x1b[2J\0"))),
    "an IPv4 tree that says it is IPv6": lambda: mmdb.file([(i + 1, NOTHING) for i in range(31)] + [(NOTHING, Record(0))], FORD),
}


@pytest.fixture
def vendor(site):
    """Writes the vendor's file; generation 1 was built without it."""
    site.run("publish")
    text = (site / "site.yaml").read_text()
    (site / "site.yaml").write_text(text.replace("networks:\n", "networks:\n  - { mmdb: v.mmdb, key: k, match: id }\n", 1))

    def write(content):
        (site / "v.mmdb").write_bytes(content)
    return write


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_made_to_harm_is_refused_with_the_reason(site, vendor, name):
    make, why = REFUSED[name]
    vendor(make())
    for command in ("check", "publish"):
        said = site.run(command, status=1, memory=MEMORY)
        assert "v.mmdb: " in said.stderr.decode() + said.stdout.decode()
        assert why in said.stderr.decode() + said.stdout.decode()
    assert site.current() == "gen-000001\n"
    assert "ford" in site.text("lookup", "203.0.113.1")


@pytest.mark.parametrize("name", HARMLESS)
def test_a_strange_file_costs_little_and_identifies_nobody(site, vendor, name):
    vendor(HARMLESS[name]())
    site.run("check", memory=MEMORY)
    site.run("publish", memory=MEMORY)
    assert "ford" not in site.text("lookup", "8.8.8.8", status=None)
    assert "ford" in site.text("lookup", "203.0.113.1")


def test_a_file_that_is_cut_and_overwritten_while_it_is_read_ends_nothing(site, vendor):
    content = everywhere(FORD + bytes(1 << 20))
    vendor(content)
    stop = threading.Event()

    def overwrite():
        with open(site / "v.mmdb", "r+b", buffering=0) as file:
            while not stop.is_set():
                file.truncate(0)
                file.seek(0)
                file.write(content)

    writer = threading.Thread(target=overwrite)
    writer.start()
    try:
        for _ in range(20):
            done = site.run("check", status=None)
            assert done.returncode in (0, 1), done
            assert done.returncode == 0 or b"v.mmdb: " in done.stderr + done.stdout
    finally:
        stop.set()
        writer.join()
