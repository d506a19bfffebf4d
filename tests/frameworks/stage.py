"""What a measurement needs around it: the published site, a browser, an app, and nginx with the module in front of it."""

import contextlib
import pathlib
import shutil
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "e2e")]

from apps import Server, Unavailable  # noqa: E402
from browser import BROWSER, DRIVER, Browser  # noqa: E402
from harness.nginx import Nginx  # noqa: E402
from harness.places import ABMCTL, MODULE, NGINX  # noqa: E402
from harness.site import Site  # noqa: E402
from operations import accounts, rules  # noqa: E402
from visit import Visitor  # noqa: E402

# Per delivery: what nginx.conf gets in http { } and in server { }.
DELIVERIES = {
    "html": ("", ""),
    "script": ("abm_delivery script;", "location = /abm.js { abm_script; } location = /abm/slots { abm_slots; }"),
}
# Apps that build absolute URLs take the visitor's host; no app has an icon.
HTTP = "proxy_set_header Host $http_host;"
SERVER = "location = /favicon.ico { return 204; }"


def missing():
    """What is not on this machine, or None."""
    for what, path in (("nginx", NGINX), ("chromium", BROWSER), ("chromedriver", DRIVER), ("the module", MODULE), ("abmctl", ABMCTL)):
        if path is None or not pathlib.Path(path).exists():
            return what
    return None


def delivers(delivery):
    """Whether the module that was built knows this delivery."""
    return all(word.encode() in MODULE.read_bytes() for word in ("abm_delivery", "abm_script", "abm_slots")) or delivery == "html"


class Stage:
    """Keeps a browser and the site; `serve` puts one app on it. Everything is below `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.site = Site(folder / "site", accounts=accounts(), rules=rules())
        self.site.publish()
        self.browser = Browser(folder / "profile")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.browser.close()

    @contextlib.contextmanager
    def serve(self, app, delivery="html"):
        """A Visitor of the app, which must be built. nginx's error log and visit lines are checked afterwards."""
        if not delivers(delivery):
            raise Unavailable(f"{MODULE}: this module has no delivery by {delivery}")
        folder = self.folder / f"{app.name}-{delivery}"
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.ExitStack() as stack:
            folder.mkdir(parents=True)
            port = stack.enter_context(Server(app, folder / "app.log")).port
            html = stack.enter_context(self.nginx(folder / "html", port, "html"))
            sent = html if delivery == "html" else stack.enter_context(self.nginx(folder / delivery, port, delivery))
            # A script waits for the page to come to rest before it edits.
            visitor = Visitor(self.browser, sent.port, sent.plain_port, html.port, 0.25 if delivery == "html" else 1.5)
            stack.callback(visitor.close)
            yield visitor

    def nginx(self, folder, port, delivery):
        folder.mkdir()
        http, server = DELIVERIES[delivery]
        return Nginx(folder, data=self.site.data, upstream=port, http=f"{HTTP} {http}", server=f"{SERVER} {server}", plain_server=SERVER)
