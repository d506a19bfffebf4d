"""A sample of everything under valgrind: our code has no invalid reads and no leaks."""

import re
import shutil

import pytest

from harness.client import Connection, fetch
from harness.gzipped import GZIP, ask, ask_until_spliced, long_page
from harness.nginx import Nginx
from harness.places import PRELOAD
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, RULES, STRANGER
from harness.upstream import Die, Reply, Sleep, gzip_bytes
from harness.waiting import wait_for

pytestmark = [pytest.mark.skipif(shutil.which("valgrind") is None, reason="valgrind is not installed"),
              pytest.mark.skipif(bool(PRELOAD), reason="one checker at a time")]

OURS = re.compile(r"abm::|ngx_http_abm")


class Checked(Nginx):
    """One process, run by valgrind; its findings are in valgrind.log."""

    patience = 180

    def command(self, *arguments):
        return ["valgrind", "--leak-check=full", "--show-leak-kinds=definite", "--num-callers=30", "--fair-sched=no",
                f"--log-file={self.folder}/valgrind.log", *super().command(*arguments)]

    def findings(self):
        """Paragraphs of valgrind's log that name our code."""
        text = re.sub(r"(?m)^==\d+== ?", "", (self.folder / "valgrind.log").read_text(errors="replace"))
        assert "ERROR SUMMARY" in text, "valgrind did not get to its end"
        return [paragraph for paragraph in text.split("\n\n") if OURS.search(paragraph)]


def test_nothing_of_ours_is_found(tmp_path, own_site, upstream):
    own_site.publish()
    folder = tmp_path / "nginx"
    folder.mkdir()
    nginx = Checked(folder, data=own_site.data, upstream=upstream.port, main="master_process off;",
                    http="gzip on; gzip_min_length 1; gzip_proxied any; abm_gzip always;",
                    server="location = /status { abm_status; } location = /visitor { abm_visitor; } "
                           f"location = /ssi {{ ssi on; abm on; proxy_pass http://127.0.0.1:{upstream.port}; }}")
    upstream.on("/encoded", Reply(gzip_bytes(PAGE * 50), headers={"Content-Encoding": "gzip", "ETag": '"v1"'}))
    upstream.on("/dies", Reply(parts=[PAGE[:200], Die()], length=len(PAGE)))
    upstream.on("/slow", Reply(parts=[step for i in range(0, len(PAGE), 40) for step in (PAGE[i:i + 40], Sleep(0.002))]))
    upstream.on("/ssi", Reply(b'<h1>x</h1><!--# include virtual="/slow" -->'))
    upstream.on("/large", Reply(PAGE * 400))
    with nginx:
        for ip, page in ((ALPHA, ALPHA_PAGE), (BETA, BETA_PAGE), (STRANGER, PAGE)):
            assert fetch(nginx.port, ip=ip).body == page
            assert fetch(nginx.port, ip=ip, headers={"Accept-Encoding": "gzip"}).text() == page.decode()
            fetch(nginx.port, ip=ip, method="HEAD")
            for path in ("/status", "/visitor", "/status?format=prometheus"):
                assert fetch(nginx.port, path, ip=ip).status == 200
        assert fetch(nginx.port, "/encoded", ip=ALPHA).body == ALPHA_PAGE * 50
        assert fetch(nginx.port, "/slow", ip=ALPHA).body == ALPHA_PAGE
        assert ALPHA_PAGE in fetch(nginx.port, "/ssi", ip=ALPHA).body
        assert not fetch(nginx.port, "/dies", ip=ALPHA).complete
        for size in (1, 3000, 50000):
            with Connection(nginx.port) as connection:
                connection.send("GET", "/large", {"X-Forwarded-For": ALPHA, "Range": "bytes=1-2"})
                connection.take(size)
        page = long_page(3000)
        for sent in (page, page[:-2000] + b"<p>Something else.</p>" + page[-2000:]):
            upstream.on("/spliced", Reply(page))
            ask_until_spliced(nginx, page, path="/spliced")
            upstream.on("/spliced", Reply(parts=[sent[:3000], Sleep(0.01), sent[3000:]], length=len(sent)))
            ask(nginx, sent, path="/spliced")
            for size in (1, 3000):
                with Connection(nginx.port) as connection:
                    connection.send("GET", "/spliced", {"X-Forwarded-For": ALPHA, **GZIP})
                    connection.take(size)
        own_site.write_rules(RULES.replace("Made for presses", "Made for hammers"))
        own_site.publish()
        wait_for(lambda: b"Made for hammers" in fetch(nginx.port, ip=ALPHA).body, 30)
    assert nginx.findings() == []
