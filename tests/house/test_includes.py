"""The house stays as CONTRIBUTING.md draws it: who may include whom, no circle of rooms or files, namespaces
follow folders."""

import collections
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Each room, and the rooms that it may include besides itself. A file belongs to the longest room that its path begins
# with. Folders that are not listed here may not contain C++.
# The headers on top of rewrite/ that its rooms share; the others there are doors, which include the rooms.
SHARED_IN_REWRITE = ["rewrite/edit.h", "rewrite/sink.h"]
REWRITE = ["rewrite", "rewrite/scan", "rewrite/framework", "rewrite/tree", "rewrite/select", "rewrite/recall", "rewrite/splice", "rewrite/template"]
RULES = ["rules", "rules/read", "rules/program", "rules/compile", "rules/match", "rules/lint"]
BELOW_GENERATION = ["base", "yaml", "ipdb", "accounts", *REWRITE, *RULES]
CONNECT = ["connect/http", "connect/import", "connect/live", "connect/logs", "connect/networks", "connect/ship", "connect/sources", "connect/sync"]
MEASURE = ["measure", "measure/visits", "measure/store", "measure/engagement", "measure/statistics", "measure/outcomes", "measure/report", "measure/review"]
# What an opportunity is: the one thing of connect/ that measure/ knows.
OPPORTUNITY = "connect/import/opportunity.h"
ALLOWED = {
    "base": [],
    "yaml": ["base"],
    "ipdb": ["base"],
    "accounts": ["base"],
    "rewrite/scan": ["base"],
    "rewrite/framework": ["base", "rewrite/scan", *SHARED_IN_REWRITE],
    "rewrite/tree": ["base", "rewrite/scan", "rewrite/framework", *SHARED_IN_REWRITE],
    "rewrite/select": ["base", "rewrite/scan", "rewrite/framework", "rewrite/tree", *SHARED_IN_REWRITE],
    "rewrite/recall": ["base", "rewrite/scan", "rewrite/framework", "rewrite/tree", "rewrite/select", *SHARED_IN_REWRITE],
    "rewrite/splice": ["base", "rewrite/scan", "rewrite/tree", "rewrite/recall", *SHARED_IN_REWRITE],
    "rewrite/template": ["base", "rewrite/scan", *SHARED_IN_REWRITE],
    "rewrite": ["base", "rewrite/scan", "rewrite/framework", "rewrite/tree", "rewrite/select", "rewrite/recall", "rewrite/splice"],
    "rules/read": ["base", "yaml", "accounts", "rewrite/scan", "rewrite/select", "rewrite/template", "rules", "rules/program"],
    "rules/program": ["base", "rewrite/select", "rewrite/template", "rules"],
    "rules/compile": ["base", "accounts", "rewrite/select", "rewrite/template", "rules", "rules/program"],
    "rules/match": ["base", "accounts", "rewrite", "rewrite/scan", "rewrite/template", "rules", "rules/program"],
    "rules/lint": ["base", "accounts", "rewrite", "rewrite/framework", "rewrite/select", "rules", "rules/program", "rules/read"],
    "rules": ["base", "yaml", "accounts", "rewrite/framework", "rewrite/select", "rewrite/template", "rules/read", "rules/program", "rules/lint"],
    "generation": BELOW_GENERATION,
    "module": [*BELOW_GENERATION, "generation"],
    "connect/http": ["base"],
    "connect/live": ["base", "generation", "connect/http", "connect/sync"],
    "connect/logs": ["base"],
    "connect/import": ["base", "ipdb", "accounts", "rules", "generation"],
    "connect/sync": ["base", "accounts", "generation", "connect/http"],
    "connect/sources": ["base", "accounts", "generation", "connect/http", "connect/import", "connect/live", "connect/sync"],
    "connect/ship": ["base", "connect/logs"],
    "connect/networks": ["base", "ipdb", "generation", "connect/http", "connect/sync"],
    "measure/visits": [*BELOW_GENERATION, "generation"],
    "measure/store": [*BELOW_GENERATION, "generation", "measure", "measure/visits"],
    "measure/engagement": [*BELOW_GENERATION, "generation", "measure", "measure/visits", "measure/store"],
    "measure/statistics": [],
    "measure/outcomes": ["base", "accounts", "rules", "rules/program", "generation", "measure", "measure/store", "measure/statistics", OPPORTUNITY],
    "measure/report": [*BELOW_GENERATION, "generation", "measure", "measure/visits", "measure/store", "measure/statistics", "measure/outcomes", OPPORTUNITY],
    "measure/review": ["base", "accounts", "generation", "measure", "measure/store", "measure/engagement", "measure/report"],
    "measure": [],
    "tools/doctor": [*BELOW_GENERATION, "generation", *CONNECT, *MEASURE, "tools"],
    "tools/agent": [*BELOW_GENERATION, "generation", *CONNECT, *MEASURE, "tools"],
    "tools/commands": [*BELOW_GENERATION, "generation", *CONNECT, *MEASURE, "tools", "tools/agent", "tools/doctor"],
    "tools": [*BELOW_GENERATION, "generation", *CONNECT, *MEASURE],
}
SOURCES = (".h", ".cpp", ".inc", ".in")
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)
NAMESPACE = re.compile(r"^namespace\s+([\w:]+)\s*\{", re.M)
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)[^;{]*\{", re.M)


def room_of(path):
    rooms = [room for room in ALLOWED if path.startswith(room + "/")]
    return max(rooms, key=len, default=None)


def sources():
    """Every C++ file of the house by its path from the root, with its text."""
    tops = sorted({room.split("/")[0] for room in ALLOWED})
    for top in tops:
        for file in sorted((ROOT / top).rglob("*")):
            if file.suffix in SOURCES and ".cpp" in file.name or file.suffix in (".h", ".inc"):
                yield str(file.relative_to(ROOT)), file.read_text()


def includes():
    for path, text in sources():
        for included in INCLUDE.findall(text):
            yield path, included


def unit(path):
    """A header and its source count as one."""
    return re.sub(r"\.(h|cpp|cpp\.in)$", "", path)


def test_every_file_stands_in_a_room():
    assert [path for path, _ in sources() if room_of(path) is None] == []


def test_includes_are_named_from_the_root():
    wrong = [(path, included) for path, included in includes() if not (ROOT / included).is_file()]
    assert wrong == []


def files_below(top):
    """All files, but what npm installed."""
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if name != "node_modules")
        yield from (pathlib.Path(folder) / name for name in sorted(names))


def test_what_tests_and_benchmarks_include_is_there():
    # Not all of them are compiled by every build: fuzz targets need clang, benchmarks an option.
    wrong = []
    for file in (file for top in ("tests", "bench") for file in files_below(ROOT / top) if file.suffix in (".h", ".cpp")):
        for included in INCLUDE.findall(file.read_text()):
            if not (ROOT / included).is_file() and not (file.parent / included).is_file():
                wrong.append(f"{file.relative_to(ROOT)} includes {included}")
    assert wrong == [], "\n".join(wrong)


def test_no_room_includes_one_that_it_may_not():
    wrong = []
    for path, included in includes():
        room, target = room_of(path), room_of(included)
        if target != room and target not in ALLOWED[room] and included not in ALLOWED[room]:
            wrong.append(f"{path} includes {included}")
    assert wrong == [], "\n".join(["what a folder may include stands in ALLOWED:", *wrong])


def test_the_rooms_themselves_form_no_circle():
    # `rewrite` and `rules` have top-level files that include their rooms, and a few headers that their rooms include.
    tops = {"rewrite", "rules"}
    edges = {room: {a for a in allowed if a in ALLOWED and a not in tops} for room, allowed in ALLOWED.items()}
    assert circle_in({room: targets for room, targets in edges.items() if room not in tops}) is None


def circle_in(edges):
    """Nodes that reach one another, in order; None if there are none."""
    state, path = {}, []

    def visit(node):
        state[node] = "open"
        path.append(node)
        for target in sorted(edges.get(node, ())):
            if state.get(target) == "open":
                return [*path[path.index(target):], target]
            if target not in state and (found := visit(target)):
                return found
        state[node] = "done"
        path.pop()
        return None

    for node in sorted(edges):
        if node not in state and (found := visit(node)):
            return found
    return None


def test_no_files_include_one_another_in_a_circle():
    edges = collections.defaultdict(set)
    for path, included in includes():
        if unit(path) != unit(included):
            edges[unit(path)].add(unit(included))
    assert circle_in(edges) is None


def test_a_circle_would_be_found():
    assert circle_in({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert circle_in({"a": {"b", "c"}, "b": {"c"}}) is None


def test_namespaces_follow_folders():
    wrong = []
    for path, text in sources():
        top = path.split("/")[0]
        wanted = "abm" if top == "base" else f"abm::{top}"
        for name in NAMESPACE.findall(text):
            if name.startswith("abm") and name != wanted and not name.startswith(wanted + "::"):
                wrong.append(f"{path}: namespace {name}")
    assert wrong == []


def namesakes(headers):
    """Types of one name in one namespace that stand in more than one header: programs that link both are undefined (C++
    [basic.def.odr]), and compilers only notice where one file includes both."""
    places = collections.defaultdict(set)
    for path, text in headers:
        for namespace in set(NAMESPACE.findall(text)):
            for name in TYPE.findall(text):
                places[f"{namespace}::{name}"].add(path)
    return {name: sorted(where) for name, where in places.items() if len(where) > 1}


def test_a_type_is_defined_once():
    assert namesakes((path, text) for path, text in sources() if path.endswith(".h")) == {}


def test_namesakes_would_be_found():
    a = "namespace abm::measure {\nstruct Look {\n  int day;\n};\n}\n"
    assert namesakes([("a.h", a), ("b.h", a)]) == {"abm::measure::Look": ["a.h", "b.h"]}
    assert namesakes([("a.h", a), ("b.h", "namespace abm::measure {\nstruct Look;\nclass Looks {\n};\n}\n")]) == {}


def test_only_the_module_includes_nginx():
    wrong = [path for path, text in sources() if re.search(r'#include\s*[<"]ngx_', text) and not path.startswith("module/")]
    assert wrong == []
