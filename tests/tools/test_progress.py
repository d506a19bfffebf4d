"""Work that takes over a second shows its progress on a terminal and leaves nothing behind; elsewhere it is silent."""

import json
import os
import pty
import re
import signal
import time

import pytest

from abmctl_program import PROGRAM

QUIET_SECONDS = 1  # from tools/output.cpp: shorter work shows nothing


def big_feed(site, accounts=200_000):
    header, *_ = (site / "accounts.ndjson").read_text().splitlines(keepends=True)
    lines = (json.dumps({"id": f"account-{i}", "name": f"Company {i}", "domains": [f"company{i}.example"],
                         "networks": [f"{1 + (i >> 16)}.{i >> 8 & 255}.{i & 255}.0/24"]}) + "\n" for i in range(accounts))
    (site / "networks.csv").write_text("network,account_id\n203.0.113.0/24,account-0\n")
    (site / "accounts.ndjson").write_text(header + "".join(lines))


def ticks(pid):
    """Processor time of a process in clock ticks; None once it has ended."""
    try:
        fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    except FileNotFoundError:
        return None
    return None if fields[0] == "Z" else int(fields[11]) + int(fields[12])


def on_a_terminal(site, *arguments, pause):
    """What a terminal shows of a run that is stopped for `pause` seconds while it works, so that it takes longer than that
    however fast the machine is."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(site.folder)
        os.execv(PROGRAM, [PROGRAM, *arguments])
    if pause:
        while (used := ticks(pid)) is not None and used < 2:
            time.sleep(0.001)
        assert used is not None, "it ended before it could be stopped: make the feed larger"
        os.kill(pid, signal.SIGSTOP)
        time.sleep(pause)
        os.kill(pid, signal.SIGCONT)
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        shown += piece
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, shown
    return shown.decode()


def screen(shown):
    """What is left on the screen: a carriage return and ESC [K clear the line."""
    return re.sub(r"[^\n]*\r\x1b\[K", "", shown)


@pytest.mark.parametrize("command", ["check", "publish"])
def test_progress_shows_after_a_second_and_is_wiped(site, command):
    big_feed(site)
    shown = on_a_terminal(site, command, pause=QUIET_SECONDS + 0.2)
    phases = re.findall(r"\r\x1b\[K([^\r\n]+)", shown)
    assert any(re.fullmatch(r"(reading|writing|painting|checking|verifying)[^:]*(: \d+%?)?", phase) for phase in phases), shown
    left = screen(shown)
    assert "reading" not in left and "\x1b[K" not in left, left
    assert ("ok: 0 errors" if command == "check" else "published generation 1") in left


def test_progress_is_silent_on_short_work_and_without_a_terminal(site):
    assert "\r\x1b[K" not in on_a_terminal(site, "publish", pause=0)
    big_feed(site)
    done = site.run("check")
    assert b"\x1b" not in done.stderr + done.stdout and b"reading accounts" not in done.stderr
