"""Checks visit lines against the published schema."""

import json
import re

import jsonschema

from .places import SCHEMA

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
MAX_LINE = 8192

# Members that differ from visit to visit are checked one by one, so only one of many similar lines goes through the schema.
VOLATILE = {
    "ts": lambda value: re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value),
    "request_id": lambda value: re.fullmatch(r"[0-9a-f]{32}", value),
    "visitor": lambda value: value is None or re.fullmatch(r"[0-9a-f]{32}", value),
}
VOLATILE_OF_VISITS = {
    "bytes": lambda value: type(value) is int and value >= 0,
    "rewrite_us": lambda value: type(value) is int and value >= 0,
}


def check_line(line):
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in VALIDATOR.iter_errors(line)]
    assert not errors, f"{errors} in {line}"
    return line


def no_duplicates(pairs):
    members = dict(pairs)
    assert len(members) == len(pairs), f"a key stands twice in {pairs}"
    return members


def check_log(path, seen=None, ended=True):
    """Checks every byte of a visit log (whole lines of valid UTF-8 and JSON, none too long, all matching the schema) and
    returns the lines. If the log has not `ended`, the last line may be incomplete."""
    seen = set() if seen is None else seen
    data = path.read_bytes()
    assert not ended or not data or data.endswith(b"\n"), f"{path}: ends within a line: {data[-200:]!r}"
    lines = []
    for raw in data.split(b"\n")[:-1]:
        assert len(raw) <= MAX_LINE, f"{path}: a line of {len(raw)} bytes"
        line = json.loads(raw.decode("utf-8"), object_pairs_hook=no_duplicates)
        lines.append(line)
        volatile = VOLATILE if line.get("kind") == "seen" else VOLATILE | VOLATILE_OF_VISITS
        assert all(ok(line.get(name)) for name, ok in volatile.items()), line
        shape = json.dumps({name: value for name, value in line.items() if name not in volatile}, sort_keys=True)
        if shape not in seen:
            seen.add(shape)
            check_line(line)
    return lines
