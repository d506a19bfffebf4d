"""Writes MMDB files that no honest program would write: the test chooses every number in them."""

import struct

NOTHING = object()


class Record(int):
    """The value in a node that leads to the record at this data offset."""


def head(kind, size):
    form = size if size < 29 else 29 if size < 285 else 30 if size < 65821 else 31
    out = bytes([(kind << 5 if kind < 8 else 0) | form]) + (bytes([kind - 7]) if kind >= 8 else b"")
    if form < 29:
        return out
    return out + (size - {29: 29, 30: 285, 31: 65821}[form]).to_bytes(form - 28, "big")


def text(value):
    value = value.encode() if isinstance(value, str) else value
    return head(2, len(value)) + value


def number(kind, value, size):
    return head(kind, size) + value.to_bytes(size, "big")


def mapping(**entries):
    return head(7, len(entries)) + b"".join(text(key) + value for key, value in entries.items())


def array(*entries):
    return head(11, len(entries)) + b"".join(entries)


def pointer(target):
    return b"\x38" + struct.pack(">I", target)


def balanced(offsets):
    """Nodes of a tree whose leaves lead to these records."""
    inner = len(offsets) - 1

    def value(at):
        return at if at < inner else Record(offsets[at - inner])
    return [(value(2 * at + 1), value(2 * at + 2)) for at in range(inner)]


def file(nodes, data, languages=None, description=None, ip_version=6, epoch=1, node_count=None, database_type="Hostile"):
    count = len(nodes)

    def value(side):
        return count if side is NOTHING else count + 16 + side if isinstance(side, Record) else side
    tree = b"".join(struct.pack(">II", value(left), value(right)) for left, right in nodes)
    metadata = mapping(
        node_count=number(6, count if node_count is None else node_count, 4), record_size=number(5, 32, 2),
        ip_version=number(5, ip_version, 2), build_epoch=number(9, epoch, 8), binary_format_major_version=number(5, 2, 2),
        binary_format_minor_version=number(5, 0, 2), database_type=text(database_type),
        languages=languages or array(), description=description or mapping())
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata
