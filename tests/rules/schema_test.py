"""The JSON Schema that editors use, checked against the parser's fixtures: it accepts every file that the parser accepts, and
refuses every file in tests/rules/bad except those with a mistake that a schema cannot see."""

import json
import pathlib
import re

import pytest

jsonschema = pytest.importorskip("jsonschema")
yaml = pytest.importorskip("yaml")

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "rules" / "abm-rules.schema.json").read_text(encoding="utf-8"))
BAD = sorted((ROOT / "tests" / "rules" / "bad").glob("*.yaml"))
GOOD = sorted(
    [*(ROOT / "rules" / "examples").glob("**/*.yaml"), *(ROOT / "conf").glob("rules/*.yaml"),
     *(ROOT / "tests" / "rules" / "good").glob("*.yaml")])

# What a schema cannot check: other entries, files on disk, selectors, markup, calendars, and how text was written.
BEYOND_A_SCHEMA = {
    "attribute-javascript", "attribute-refresh", "attribute-scheme", "attribute-twice", "attribute-unsafe", "attribute-unsafe-untyped", "class-added-and-removed", "control-three-decimals",
    "fragment-folder", "fragment-missing", "fragment-script-placeholder", "fragment-unknown-field",
    "placeholder-bad-filter", "placeholder-in-comment", "placeholder-in-handler", "placeholder-in-script",
    "placeholder-in-style", "placeholder-unquoted-attribute", "raw-text-element-text", "rule-id-twice", "schedule-30-february",
    "schedule-doubled-hour", "schedule-no-zone", "schedule-skipped-hour", "schedule-until-before-from",
    "segment-in-segment", "slot-mapping-selector", "slot-selector-hover", "slot-selector-syntax", "timezone-unknown", "variant-id-twice",
    "void-element-append", "void-element-text", "when-pathological-glob", "when-range-reversed",
}


class CoreLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Scalars as YAML 1.2 and editors read them: no dates, no yes/no, no base-60 numbers; duplicate keys refused."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(set(map(str, keys))) != len(keys):
            raise yaml.YAMLError("duplicate key")
        return {str(key): value for key, value in super().construct_mapping(node, deep=True).items()}


CoreLoader.yaml_implicit_resolvers = {}
for tag, pattern, first in [
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"^(?:true|false)$", ["t", "f"]),
    ("tag:yaml.org,2002:int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("tag:yaml.org,2002:float", r"^[-+]?[0-9]+\.[0-9]+$", list("-+0123456789")),
]:
    CoreLoader.add_implicit_resolver(tag, re.compile(pattern), first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
CoreLoader.add_constructor(
    "tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node, deep=True))


def faults(path):
    """The schema's verdict on a file; a file that is not YAML is refused before a schema sees it."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), CoreLoader)
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as fault:
        return [str(fault)]
    if path.name.startswith("yaml-"):
        return ["a strict reader refuses it"]
    return [error.message for error in jsonschema.Draft7Validator(SCHEMA).iter_errors(document)]


def test_the_schema_is_a_schema():
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: str(path.relative_to(ROOT)))
def test_accepts_what_the_parser_accepts(path):
    assert faults(path) == []


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_refuses_what_a_schema_can_refuse(path):
    assert (faults(path) == []) == (path.stem in BEYOND_A_SCHEMA)


def test_there_are_enough_bad_files_to_matter():
    assert len(BAD) >= 60
    assert BEYOND_A_SCHEMA <= {path.stem for path in BAD}
