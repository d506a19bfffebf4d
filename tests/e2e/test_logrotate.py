"""conf/logrotate/abm-visits, run by logrotate itself."""

import re
import shutil
import subprocess

import pytest

from harness.client import fetch
from harness.nginx import BUFFERED_ABM
from harness.places import ROOT
from harness.site import ALPHA
from harness.visiting import Visiting
from harness.visits import check_log
from harness.waiting import wait_for

LOGROTATE = shutil.which("logrotate", path="/usr/sbin:/usr/bin")


@pytest.mark.skipif(LOGROTATE is None, reason="no logrotate here")
def test_logrotate_loses_tears_and_doubles_no_line(serve, site, tmp_path):
    nginx = serve(workers=2, abm=BUFFERED_ABM.format(data=site.data))
    text = (ROOT / "conf/logrotate/abm-visits").read_text()
    for ours, here in (("/var/log/nginx/abm-visits.jsonl", str(nginx.folder / "visits.jsonl")),
                       ("/run/nginx.pid", str(nginx.folder / "nginx.pid")), (" www-data adm", "")):
        assert ours in text
        text = text.replace(ours, here)
    config = tmp_path / "logrotate.conf"
    config.write_text(text)
    config.chmod(0o644)
    nginx.folder.chmod(0o755)
    served = []

    def visit():
        served.append(fetch(nginx.port, ip=ALPHA).status)

    log = nginx.folder / "visits.jsonl"
    with Visiting(visit, visit):
        for _ in range(3):
            wait_for(lambda: log.exists() and log.stat().st_size > 0, 20)  # an empty log is not rotated
            done = subprocess.run([LOGROTATE, "-f", "-s", tmp_path / "state", config], capture_output=True, text=True, check=False)
            assert done.returncode == 0 and not re.search("error", done.stderr), done.stderr
    nginx.stop()
    names = sorted(path.name for path in nginx.folder.glob("visits.jsonl*"))
    assert names == ["visits.jsonl", "visits.jsonl.1", "visits.jsonl.2.gz", "visits.jsonl.3.gz"]
    assert (nginx.folder / "visits.jsonl").stat().st_mode & 0o777 == 0o640
    for path in nginx.folder.glob("*.gz"):
        subprocess.run(["gunzip", path], check=True)
    lines = [line for path in nginx.folder.glob("visits.jsonl*") for line in check_log(path)]
    assert len(lines) == len(served) == len({line["request_id"] for line in lines}) and set(served) == {200}
