"""Swaps, aborted requests and reloads leave memory, descriptors and mappings as they were."""

import pytest

from harness.client import fetch
from harness.places import PRELOAD
from harness.process import open_files, settled
from harness.site import ALPHA, ALPHA_PAGE, PAGE, RULES
from harness.upstream import Reply, gzip_bytes
from soak.steady import Steady, grown
from test_data import flip
from test_process import Load

pytestmark = pytest.mark.skipif(bool(PRELOAD), reason="a sanitizer keeps freed memory back")


@pytest.fixture
def numbers(own_site):
    result = []
    for text in ("presses", "hammers", "anvils"):
        own_site.write_rules(RULES.replace("Made for presses", f"Made for {text}"))
        own_site.publish()
        result.append(own_site.generation())
    return result


@pytest.mark.parametrize("encoded", [False, True])
def test_swaps_and_aborted_requests_leave_a_worker_as_it_was(serve, own_site, upstream, numbers, encoded):
    nginx = serve(data=own_site.data, server=Steady.LOCATION, log_level="notice")
    page = PAGE * 200
    upstream.on("/page", Reply(gzip_bytes(page), headers={"Content-Encoding": "gzip"}) if encoded else Reply(page))
    flip(own_site.data, numbers[0])
    steady = Steady(nginx, lambda number: flip(own_site.data, number), numbers, "/page", ALPHA, len(page))
    before, after = steady.compare(swaps=40, aborts=600, warm_up=2)
    assert not grown(before, after)
    flip(own_site.data, numbers[0])
    steady.swap(len(numbers))


def test_reloads_under_load_leave_master_and_workers_as_they_were(serve):
    nginx = serve(log_level="notice")

    def reload(times):
        with Load(nginx, threads=2) as load:
            for _ in range(times):
                nginx.reload()
        assert not load.wrong
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
        return settled(nginx.master()), settled(nginx.workers()[0])

    before, after = reload(5), reload(15)
    assert not grown(before[0], after[0]), open_files(nginx.master())
    assert not grown(before[1], after[1]), open_files(nginx.workers()[0])
