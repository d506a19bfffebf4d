"""What conf/frameworks/README.md says of React 19 and Vue is what a real browser shows; the tables are those of the last whole
measurement (./run frameworks), of the versions that the apps pin."""

import json
import re
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from apps import APPS, SLOTS, Unavailable, build  # noqa: E402
from operations import BY_NAME, STRANGER, address  # noqa: E402
from stage import Stage, missing  # noqa: E402
from table import BEGIN, END, README, load, rendered  # noqa: E402
from verdict import STAYS, codes, verdict  # noqa: E402

PATIENCE = 30.0  # seconds; nothing that is tried here breaks the page, so that only a busy machine needs them
# One of each kind of edit, and all that makes sense in a slot.
TRIED = ("text-static", "text-dynamic", "html-static", "href-bound", "append-dynamic", "slot-text", "slot-html", "slot-append")


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    what = missing()
    if what:
        pytest.skip(f"{what} is not on this machine")
    with Stage(tmp_path_factory.mktemp("frameworks")) as ready:
        yield ready


@pytest.mark.parametrize("name", ["react19", "vue"])
def test_edits_of_a_hydrated_page_become_what_the_table_says(stage, name):
    app = APPS[name]
    try:
        build(app)
    except Unavailable as why:
        pytest.skip(str(why))
    told = load()["results"]["html"][name]
    with stage.serve(app) as visitor:
        plain = visitor.visit(STRANGER, PATIENCE)
        assert verdict(plain) == STAYS and not plain.witness, plain
        for operation in TRIED:
            seen = visitor.visit(address(BY_NAME[operation]), PATIENCE)
            assert verdict(seen) == told[operation]["verdict"], f"{name}, {operation}: {seen}"
            assert codes(seen.console) == told[operation]["console"], f"{name}, {operation}: {seen}"
            if verdict(seen) == STAYS:
                assert seen.flash() == 0, f"{name}, {operation}: {seen.frames}"


def test_a_slot_holds_in_every_framework():
    for name, results in load()["results"]["html"].items():
        for operation in ("slot-text", "slot-html", "slot-prepend", "slot-append", "slot-inner-text", "slot-inner-remove", "slot-hide"):
            assert results[operation]["verdict"] == STAYS, f"{name}: {operation}"
            assert results[operation]["flash"] == 0, f"{name}: {operation}"


def test_every_app_was_measured_with_the_versions_that_it_pins():
    measured = load()
    assert set(measured["results"]["html"]) == set(APPS)
    assert measured["versions"] == {name: app.versions() for name, app in APPS.items()}
    for results in measured["results"].values():
        for name, operations in results.items():
            assert set(operations) == {operation for operation in BY_NAME if BY_NAME[operation].applies(APPS[name])}, name


def test_the_guide_s_tables_are_those_of_the_last_measurement():
    block = README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]
    assert block.strip() == rendered(load())


@pytest.mark.parametrize("copy, original", [("next-pages/AbmSlot.jsx", "react/AbmSlot.jsx"), ("next-app/AbmSlot.jsx", "react/AbmSlot.jsx"),
                                            ("nuxt/AbmSlot.js", "vue/AbmSlot.js")])
def test_a_framework_on_top_of_another_has_the_same_slot(copy, original):
    assert (SLOTS / copy).read_text(encoding="utf-8") == (SLOTS / original).read_text(encoding="utf-8")


def test_each_slot_s_guide_names_the_versions_that_it_was_tried_with():
    for app in APPS.values():
        if not app.framework:
            continue
        guide = " ".join((SLOTS / app.framework / "README.md").read_text(encoding="utf-8").split())
        told = guide.split("Tested with ")[1]
        for package, version in app.versions().items():
            assert re.search(rf"\b{re.escape(version)}\b", told), f"{app.framework}: {package} {version}"


def test_lock_files_name_no_registry():
    for lock in [HERE / "package-lock.json", *sorted((HERE / "apps").glob("*/package-lock.json"))]:
        packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
        assert not [name for name, package in packages.items() if "resolved" in package], lock


def test_saved_pages_are_of_these_apps_and_have_the_slot():
    pages = {page.stem: page.read_text(encoding="utf-8") for page in (HERE / "pages").glob("*.html")}
    assert set(pages) == set(APPS)
    for name, page in pages.items():
        assert re.search(r'<div [^>]*data-abm-slot="hero"[^>]*><h2>The usual heading</h2>', page), name
        assert re.search(r"<div [^>]*\bdata-abm-holds\b", page), name
