"""Fixtures: an upstream, published sites, and nginx in front of them."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from harness.nginx import Nginx  # noqa: E402
from harness.places import ABMCTL, MODULE, NGINX  # noqa: E402
from harness.site import PAGE, Site  # noqa: E402
from harness.upstream import Reply, Upstream  # noqa: E402


def pytest_sessionstart(session):
    for what, path in (("nginx", NGINX), ("the module", MODULE), ("abmctl", ABMCTL)):
        if path is None or not pathlib.Path(path).exists():
            raise pytest.UsageError(f"{path}: {what} is not there; build it, or set ABM_BUILD or ABM_NGINX")


@pytest.fixture
def upstream():
    server = Upstream()
    server.on("/", Reply(PAGE))
    yield server
    server.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The standard site, published once; tests that publish again make their own copy."""
    published = Site(tmp_path_factory.mktemp("site"))
    published.publish()
    return published


@pytest.fixture
def own_site(tmp_path):
    return Site(tmp_path / "site")


@pytest.fixture
def serve(tmp_path, site, upstream):
    """Starts nginx with the standard site and upstream; takes any argument of Nginx. Stops it, and fails the test on fatal
    lines in its log and on any visit line that does not match the schema."""
    started = []

    def start(**arguments):
        arguments.setdefault("data", site.data)
        arguments.setdefault("upstream", upstream.port)
        folder = tmp_path / f"nginx{len(started)}"
        folder.mkdir()
        started.append(Nginx(folder, **arguments))
        return started[-1].start()

    yield start
    for nginx in started:
        nginx.stop()
    for nginx in started:
        nginx.check_errors()
        nginx.check_visits()
