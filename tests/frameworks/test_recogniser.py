"""What abmctl says of an edit, from the page's HTML alone, against what a browser showed: where it is sure, it is right."""

import json
import pathlib
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]

from harness.places import ABMCTL  # noqa: E402
from harness.site import Site  # noqa: E402
from operations import BY_NAME, accounts, rules  # noqa: E402
from table import load  # noqa: E402
from verdict import STAYS  # noqa: E402

PAGES = sorted((HERE / "pages").glob("*.html"))
# React keeps dangerouslySetInnerHTML, and nothing in the HTML says where it was used.
UNTOLD = {"html-raw", "append-raw"}
REACT = {"react18", "react19", "next-pages", "next-app"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    return Site(tmp_path_factory.mktemp("recogniser") / "site", accounts=accounts(), rules=rules())


def judged(site, page, operation):
    """The framework and the fate of the operation's own edit, not that of the witness."""
    done = subprocess.run([ABMCTL, "render", "--json", "--rules", site.folder / "rules.yaml", "--accounts", site.folder / "accounts.ndjson",
                           "--account", operation, "--url", "/", page], capture_output=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    slot = next(slot for slot in told["slots"] if slot["slot"] == operation)
    assert slot["elements"] > 0, (page, operation)
    return told["framework"], slot["fate"]


@pytest.mark.parametrize("page", PAGES, ids=[page.stem for page in PAGES])
def test_where_it_is_sure_it_is_right(site, page):
    name = page.stem
    wrong, sure = [], 0
    for operation, seen in load()["results"]["html"][name].items():
        assert operation in BY_NAME
        framework, fate = judged(site, page, operation)
        assert framework == ("react" if name.startswith("react") else name)
        if name in REACT and operation in UNTOLD:
            assert fate == "reverted"
            continue
        sure += fate != "unknown"
        if fate in ("stays", "outside") and seen["verdict"] != STAYS or fate in ("reverted", "breaks-page") and seen["verdict"] == STAYS:
            wrong.append((operation, fate, seen["verdict"]))
    assert not wrong, wrong
    assert sure >= 15, "it is sure of too little to be of use"
