"""From visitors to the stream: nginx under load, its log rotated, `abmctl ship` killed and started again."""

import collections
import functools
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from harness.client import fetch
from harness.nginx import BUFFERED_ABM, STATUS
from harness.places import ABMCTL, ROOT
from harness.site import ALPHA, BETA, STRANGER
from harness.visiting import Visiting
from harness.visits import check_line
from harness.waiting import wait_for

sys.path.insert(0, str(ROOT / "tests/tools"))
import nats  # noqa: E402


@pytest.mark.skipif(nats.PROGRAM is None, reason="no nats-server here")
def test_every_visit_that_nginx_counts_is_in_the_stream_once(serve, site, tmp_path):
    server = nats.Server(tmp_path, nats.free_ports(1)[0]).start()
    nginx = serve(workers=2, server=STATUS, abm=BUFFERED_ABM.format(data=site.data))
    log = nginx.folder / "visits.jsonl"

    def ship():
        return subprocess.Popen([ABMCTL, "ship", log, "--state", tmp_path / "checkpoint", "--follow", "--server", server.url],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    served = collections.Counter()

    def shipped():
        try:
            return nats.info(server.url, "abm-visits")["state"]["messages"]
        except ConnectionError:  # the shipper has not created the stream yet
            return 0

    def visit(ip):
        assert fetch(nginx.port, ip=ip).status == 200
        served[ip] += 1

    shipping = ship()
    wait_for((tmp_path / "checkpoint").exists, 20)  # files that the first start finds already rotated count as shipped
    try:
        with Visiting(*(functools.partial(visit, ip) for ip in (ALPHA, BETA, STRANGER))):
            for i in range(4):
                time.sleep(1.2)
                os.rename(log, f"{log}.{9 - i}")
                nginx.signal(signal.SIGUSR1)
                wait_for(log.exists)
                if i % 2:
                    shipping.kill()
                    shipping.wait()
                    shipping = ship()
        counted = served[ALPHA] + served[BETA]
        wait_for(lambda: nginx.status()["identified"] == counted, 20)  # a visit counts once its response has left
        wait_for(lambda: shipped() >= counted, 60)
        shipping.send_signal(signal.SIGTERM)
        assert shipping.wait(20) == 0
        held = nats.messages(server.url, "abm-visits")
        assert len(held) == len({identity for identity, _ in held}) == counted > 20
        for identity, line in held:
            assert check_line(json.loads(line))["request_id"] == identity
    finally:
        shipping.kill()
        shipping.wait()
        server.kill()
