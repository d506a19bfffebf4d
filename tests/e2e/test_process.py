"""Workers, reloads and upgrades."""

import functools
import itertools
import os
import re
import shutil
import signal
import time

from harness.client import fetch
from harness.nginx import wait_for_end
from harness.places import MODULE
from harness.site import ALPHA, ALPHA_PAGE, BETA, BETA_PAGE, PAGE, RULES, STRANGER
from harness.visiting import Visiting
from harness.waiting import wait_for

PAGES = {ALPHA: ALPHA_PAGE, BETA: BETA_PAGE, STRANGER: PAGE}


class Load(Visiting):
    """Every page is compared."""

    def __init__(self, nginx, threads=3):
        turns = (itertools.islice(itertools.cycle(PAGES), i, None) for i in range(threads))  # each starts with a different one
        super().__init__(*(functools.partial(self.visit, turn) for turn in turns))
        self.nginx, self.count, self.wrong = nginx, 0, []

    def visit(self, ips):
        ip = next(ips)
        try:
            body = fetch(self.nginx.port, ip=ip).body
            if body != PAGES[ip]:
                self.wrong.append((ip, body[:200]))
        except OSError as error:
            self.wrong.append((ip, repr(error)))
        self.count += 1

    def goes_on(self, requests=20):
        start = self.count
        wait_for(lambda: self.count - start > requests, 20)


def test_killed_workers_come_back_and_personalize(serve):
    nginx = serve()
    for number in (signal.SIGKILL, signal.SIGSEGV):
        nginx.allowed.append(r"exited on signal")
        nginx.allowed.append(r"AddressSanitizer.*(DEADLYSIGNAL|SEGV|additional info)")  # it logs signals that the test sends
        old = nginx.workers()
        os.kill(old[0], number)
        wait_for(lambda: nginx.workers() and nginx.workers() != old, 3)
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_reloads_under_load_fail_nobody(serve):
    nginx = serve(workers=2)
    with Load(nginx) as load:
        for _ in range(10):
            nginx.reload()
        load.goes_on()
    assert not load.wrong
    assert len(nginx.workers()) == 2


def test_invalid_configuration_keeps_the_old_one(serve):
    nginx = serve()
    nginx.allowed.append(r"invalid value \"maybe\"")
    text = nginx.config.read_text()
    nginx.config.write_text(text.replace("abm on;", "abm maybe;", 1))
    nginx.signal(signal.SIGHUP)
    wait_for(lambda: re.search(r'invalid value "maybe" in "abm" directive.* in .*nginx\.conf:\d+', nginx.errors()))
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_graceful_exit_is_not_delayed_by_the_timer(serve):
    nginx = serve()
    start = time.monotonic()
    nginx.stop()
    assert time.monotonic() - start < 3


def test_reload_may_switch_the_module_off_and_on(serve):
    nginx = serve()
    text = nginx.config.read_text()
    for _ in range(2):
        nginx.config.write_text(text.replace("abm on;", "abm off;"))
        nginx.reload()
        assert fetch(nginx.port, ip=ALPHA).same_as(fetch(nginx.plain_port))
        nginx.config.write_text(text)
        nginx.reload()
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_single_process_personalizes_and_swaps(serve, own_site):
    own_site.publish()
    nginx = serve(data=own_site.data, main="master_process off;")
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    own_site.write_rules(RULES.replace("Made for presses", "Made for hammers"))
    own_site.publish()
    wait_for(lambda: b"Made for hammers" in fetch(nginx.port, ip=ALPHA).body)


def test_binary_upgrade_and_rollback_under_load_fail_nobody(serve):
    nginx = serve(daemon=True)
    old = nginx.master()
    with Load(nginx) as load:
        os.kill(old, signal.SIGUSR2)
        wait_for(lambda: (nginx.folder / "nginx.pid.oldbin").exists() and nginx.master_now() not in (None, old), 10)
        new = nginx.master()
        wait_for(nginx.workers)
        os.kill(old, signal.SIGWINCH)
        wait_for(lambda: not nginx.workers(old), 10)
        load.goes_on()                # with the new one alone
        os.kill(old, signal.SIGHUP)   # back to the old one
        wait_for(lambda: nginx.workers(old), 10)
        os.kill(new, signal.SIGQUIT)
        wait_for_end(new, 10)
        load.goes_on()
        wait_for(lambda: nginx.master_now() == old)
        os.kill(old, signal.SIGUSR2)  # and now for good
        wait_for(lambda: nginx.master_now() not in (None, old), 10)
        wait_for(nginx.workers)
        os.kill(old, signal.SIGWINCH)
        wait_for(lambda: not nginx.workers(old), 10)
        os.kill(old, signal.SIGQUIT)
        wait_for_end(old, 10)
        load.goes_on()
    assert not load.wrong
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE


def test_replaced_module_file_harms_nobody(serve, tmp_path):
    copy = tmp_path / "module.so"
    shutil.copy(MODULE, copy)
    nginx = serve(load=False, main=f"load_module {copy};")
    nginx.allowed.append(r"dlopen\(\)")
    for data in (b"", b"no module", MODULE.read_bytes()):
        (tmp_path / "new.so").write_bytes(data)
        os.rename(tmp_path / "new.so", copy)
        nginx.reload()  # keeps using the file that it has
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
        tested = nginx.test()  # a new process reads the new one
        assert (tested.returncode == 0) == (len(data) > 100000) and (tested.returncode == 0 or "dlopen()" in tested.stderr)
