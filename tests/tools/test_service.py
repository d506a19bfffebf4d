"""The agent's systemd unit: what it runs exists, and everything that can be locked down is."""

import pathlib
import re
import shutil
import subprocess

import pytest

UNIT = pathlib.Path(__file__).resolve().parents[2] / "conf/systemd/abm-agent@.service"


def test_what_it_runs_is_a_command_with_these_options(site):
    command, *arguments = re.search(r"^ExecStart=/usr/bin/abmctl (.*)$", UNIT.read_text(), re.MULTILINE).group(1).split()
    told = site.text(command, "--help")
    for option in arguments:
        assert not option.startswith("--") or option in told


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_little_that_is_open():
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", UNIT], capture_output=True,
                          text=True, check=False)
    level = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    if level is None:
        pytest.skip(f"this systemd cannot judge a file: {done.stderr}")
    assert float(level.group(1)) <= 1.2, done.stdout
    # The agent needs only these: the network, and files that nginx's workers can read.
    still = set(re.findall(r"^✗ (\S+)", done.stdout, re.MULTILINE))
    assert still <= {"RootDirectory=/RootImage=", "RestrictAddressFamilies=~AF_UNIX",
                     "RestrictAddressFamilies=~AF_(INET|INET6)", "PrivateNetwork=", "DeviceAllow=", "IPAddressDeny=",
                     "UMask="}, done.stdout
