"""Every page of the example site, split by the upstream at every byte offset, gives the same bytes."""

import pathlib
import shutil
import subprocess

import pytest

from harness.client import fetch
from harness.places import ABMCTL, ROOT
from harness.upstream import Reply, Sleep

CONF = pathlib.Path(ROOT) / "conf"
PAGES = {"/": "index.html", "/pricing": "pricing.html", "/product": "product.html", "/customers": "customers.html",
         "/solutions/manufacturing": "solutions/manufacturing.html", "/contact": "contact.html"}
# Visitors from accounts that have an edit on the page: Deere, E.ON.
VISITORS = {"/": "164.121.3.4", "/pricing": "143.217.1.2", "/product": "164.121.3.4", "/customers": "143.217.1.2",
            "/solutions/manufacturing": "164.121.3.4", "/contact": "143.217.1.2"}
GERMAN = {"Accept-Language": "de"}


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    """The example site, published to a folder of this test's own."""
    folder = tmp_path_factory.mktemp("example") / "conf"
    shutil.copytree(CONF, folder)
    site = (folder / "site.yaml").read_text(encoding="utf-8").replace("../demo/data", "../data")
    (folder / "site.yaml").write_text(site, encoding="utf-8")
    subprocess.run([ABMCTL, "publish", "--site", folder / "site.yaml"], check=True, capture_output=True)
    return folder.parent / "data"


@pytest.mark.parametrize("path", PAGES)
def test_every_split_of_every_example_page_gives_the_same_bytes(serve, upstream, example, path):
    nginx = serve(data=example)
    page = (CONF / "pages" / PAGES[path]).read_bytes()
    upstream.on(path, Reply(page))
    whole = fetch(nginx.port, path, ip=VISITORS[path], headers=GERMAN).body
    assert whole != page
    for offset in range(1, len(page)):
        upstream.on(path, Reply(parts=[page[:offset], Sleep(0.0003), page[offset:]]))
        assert fetch(nginx.port, path, ip=VISITORS[path], headers=GERMAN).body == whole, f"split at {offset}"
