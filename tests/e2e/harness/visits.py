"""Visit lines against the published schema."""

import json

import jsonschema

from .places import SCHEMA

VALIDATOR = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def check_line(line):
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in VALIDATOR.iter_errors(line)]
    assert not errors, f"{errors} in {line}"
    return line
