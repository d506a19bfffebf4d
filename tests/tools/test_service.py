"""The systemd units of a site: what they run exists, and everything that can be locked down is."""

import pathlib
import re
import shutil
import subprocess

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "conf/systemd"
UNITS = ["abm-agent@.service", "abm-networks@.service"]


@pytest.mark.parametrize("unit", UNITS)
def test_what_it_runs_is_a_command_with_these_options(site, unit):
    text = (FOLDER / unit).read_text()
    command, *arguments = re.search(r"^ExecStart=/usr/bin/abmctl (.*)$", text, re.MULTILINE).group(1).split()
    told = site.text(command, "--help")
    for option in arguments:
        assert not option.startswith("--") or option in told


def test_every_timer_has_its_service():
    timers = list(FOLDER.glob("*.timer"))
    assert timers and all(timer.with_suffix(".service").exists() for timer in timers)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_finds_little_that_is_open(unit):
    done = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager", FOLDER / unit], capture_output=True,
                          text=True, check=False)
    level = re.search(r"Overall exposure level for .*: ([\d.]+)", done.stdout)
    if level is None:
        pytest.skip(f"this systemd cannot judge a file: {done.stderr}")
    assert float(level.group(1)) <= 1.2, done.stdout
    # They need only these: the network, and files that nginx's workers can read.
    still = set(re.findall(r"^✗ (\S+)", done.stdout, re.MULTILINE))
    assert still <= {"RootDirectory=/RootImage=", "RestrictAddressFamilies=~AF_UNIX",
                     "RestrictAddressFamilies=~AF_(INET|INET6)", "PrivateNetwork=", "DeviceAllow=", "IPAddressDeny=",
                     "UMask="}, done.stdout
