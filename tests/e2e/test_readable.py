"""A data folder that nginx's workers cannot read: who is told, where, and with which remedy."""

import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import tempfile
import time

import pytest

from harness.client import fetch
from harness.nginx import STATUS, Nginx
from harness.places import ABMCTL, NGINX
from harness.site import ALPHA, ALPHA_PAGE, PAGE, RULES, Site
from harness.waiting import wait_for
from test_doctor import doctor

pytestmark = pytest.mark.skipif(os.getuid() != 0, reason="needs root, to run workers as another user")

WORKER = "nobody"
USER = "nobody nogroup"  # as nginx.conf names it


@pytest.fixture(autouse=True)
def way(tmp_path):
    """Everybody may enter the folders that pytest makes."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder == pathlib.Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)


@pytest.fixture
def deep(tmp_path):
    """A site whose data folder has two folders above it that a test can close."""
    site = Site(tmp_path / "srv/abm/site")
    for folder in ("srv", "srv/abm"):
        (tmp_path / folder).chmod(0o755)
    return site


def told(nginx):
    return [line for line in nginx.errors().splitlines() if "abm:" in line and ("[error]" in line or "[warn]" in line)]


CLOSURES = {  # name → (path below tmp_path, mode, what the worker may not do)
    "the data folder": ("srv/abm/site/data", 0o700, "enter"),
    "a list of it": ("srv/abm/site/data", 0o711, "read"),
    "a folder above": ("srv/abm", 0o700, "enter"),
    "the first of two folders above": ("srv", 0o750, "enter"),
    "the generation": ("srv/abm/site/data/gen-000001", 0o700, "enter"),
    "CURRENT": ("srv/abm/site/data/CURRENT", 0o600, "read"),
    "one part": ("srv/abm/site/data/gen-000001/rules.bin", 0o400, "read"),
    "the manifest": ("srv/abm/site/data/gen-000001/MANIFEST.json", 0o400, "read"),
}


@pytest.mark.parametrize("what", CLOSURES)
def test_when_nginx_starts_one_error_names_the_folder_and_the_cause(serve, tmp_path, deep, what):
    name, mode, may_not = CLOSURES[what]
    deep.publish()
    path = tmp_path / name
    before = path.stat().st_mode
    path.chmod(mode)
    nginx = serve(data=deep.data, user=USER, server=STATUS)
    assert fetch(nginx.port, ip=ALPHA).body == PAGE
    time.sleep(0.3)
    (line,) = told(nginx)
    assert "[error]" in line and f"abm: {deep.data}: permission denied: uid 65534 may not {may_not} {path} (mode " in line, line
    assert "pages stay original" in line
    assert "permission denied" in nginx.status()["last_fault"]
    found = doctor(nginx, status=1)
    (problem,) = [text for text in found[("permissions", "problem")] if "may not" in text]
    assert problem.startswith(f"nginx's workers (user '{WORKER}') may not {may_not} {path} (mode {mode:04o}, user 'root')")
    path.chmod(before)
    wait_for(lambda: fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE)
    assert nginx.status()["last_fault"] is None
    found = doctor(nginx)
    assert not any("may not" in text for text in found.get(("permissions", "problem"), [])) and ("permissions", "ok") in found


@pytest.mark.parametrize("name", ["srv/abm/site/data", "srv/abm", "srv"])
def test_while_it_serves_each_change_is_told_once_and_the_last_generation_stays(serve, tmp_path, deep, name):
    deep.publish()
    nginx = serve(data=deep.data, user=USER, server=STATUS)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    for turn in (1, 2):
        (tmp_path / name).chmod(0o700)
        wait_for(lambda turn=turn: len(told(nginx)) == turn)
        time.sleep(0.3)
        assert len(told(nginx)) == turn and "(generation 1 goes on serving)" in told(nginx)[-1]
        assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
        assert f"may not enter {tmp_path / name}" in nginx.status()["last_fault"]
        (tmp_path / name).chmod(0o755)
        wait_for(lambda: nginx.status()["last_fault"] is None)
    deep.write_rules(RULES.replace("Made for presses", "Made for hammers"))
    deep.publish()
    wait_for(lambda: b"hammers" in fetch(nginx.port, ip=ALPHA).body)


def test_a_folder_without_a_generation_is_told_as_such(serve, deep):
    deep.data.mkdir(mode=0o755)
    nginx = serve(data=deep.data, user=USER)
    wait_for(lambda: told(nginx))
    (line,) = told(nginx)
    assert "[warn]" in line and "holds no generation yet" in line


@pytest.mark.parametrize("mask", ["077", "000", "027"])
def test_what_is_published_under_any_umask_is_served(serve, deep, mask):
    subprocess.run(["sh", "-c", f"umask {mask}; exec '{ABMCTL}' publish --site '{deep.folder}/site.yaml'"], check=True,
                   capture_output=True)
    nginx = serve(data=deep.data, user=USER)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE and not told(nginx)


def posix_acl(*entries):
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY = 65534
NO_ID = 0xffffffff


@pytest.mark.parametrize("entries,open_to_worker", [
    ([(1, 7, NO_ID), (2, 5, NOBODY), (4, 0, NO_ID), (16, 5, NO_ID), (32, 0, NO_ID)], True),
    ([(1, 7, NO_ID), (2, 7, NOBODY), (4, 0, NO_ID), (16, 4, NO_ID), (32, 5, NO_ID)], False),  # the mask takes it away
    ([(1, 7, NO_ID), (2, 0, NOBODY), (4, 0, NO_ID), (16, 0, NO_ID), (32, 5, NO_ID)], True),  # an empty mask: no list at all
    ([(1, 7, NO_ID), (2, 0, NOBODY), (4, 5, NO_ID), (16, 5, NO_ID), (32, 5, NO_ID)], False),
    ([(1, 7, NO_ID), (4, 0, NO_ID), (8, 5, 65534), (16, 5, NO_ID), (32, 0, NO_ID)], True),
    ([(1, 7, NO_ID), (4, 0, NO_ID), (8, 5, 1), (16, 5, NO_ID), (32, 0, NO_ID)], False),
])
def test_doctor_reads_access_lists_as_the_kernel_does(serve, deep, entries, open_to_worker):
    deep.publish()
    try:
        os.setxattr(deep.data, "system.posix_acl_access", posix_acl(*entries))
    except OSError as error:
        pytest.skip(f"no access lists here, they were NOT tried: {error}")
    if deep.data.stat().st_mode & 0o022:
        deep.data.chmod(deep.data.stat().st_mode & ~0o022)
    nginx = serve(data=deep.data, user=USER)
    assert (fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE) == open_to_worker
    found = doctor(nginx)
    assert any("may not enter" in text for text in found.get(("permissions", "problem"), [])) == (not open_to_worker), found


def test_groups_of_the_worker_count(serve, deep):
    deep.publish()
    os.chown(deep.data, 0, 65534)
    deep.data.chmod(0o750)
    nginx = serve(data=deep.data, user=USER)
    assert fetch(nginx.port, ip=ALPHA).body == ALPHA_PAGE
    assert ("permissions", "ok") in doctor(nginx)


def test_before_nginx_runs_doctor_looks_as_its_workers_would(tmp_path, deep):
    deep.publish()
    (tmp_path / "srv").chmod(0o700)
    folder = tmp_path / "stopped"
    folder.mkdir()
    nginx = Nginx(folder, data=deep.data, user=USER)
    (problem,) = [text for text in doctor(nginx, status=1)[("permissions", "problem")] if "may not" in text]
    assert f"(user '{WORKER}') may not enter {tmp_path / 'srv'} " in problem


def alone(*command):
    """In a process namespace of its own, where no other nginx runs."""
    if shutil.which("unshare") is None:
        pytest.skip("no unshare here")
    done = subprocess.run(["unshare", "--pid", "--fork", "--mount-proc", *map(str, command)], capture_output=True, text=True,
                          check=False, timeout=60)
    if "unshare: " in done.stderr:
        pytest.skip(f"no namespaces here: {done.stderr}")
    return done


def test_publish_and_status_warn_at_once_where_others_may_not_go(tmp_path, deep):
    publish = ("publish", "--site", deep.folder / "site.yaml", "--json")
    assert json.loads(alone(ABMCTL, *publish).stdout)["warnings"] == []
    (tmp_path / "srv").chmod(0o700)
    for arguments in (publish, (*publish, "--force")):
        done = alone(ABMCTL, *arguments)
        (warning,) = json.loads(done.stdout)["warnings"]
        assert warning.startswith(f"others may not enter {tmp_path / 'srv'} (mode 0700, user 'root'): nginx's workers read nothing here")
        assert f"chmod o+x {tmp_path / 'srv'}" in warning and warning in done.stderr and done.returncode == 0
    status = alone(ABMCTL, "status", "--site", deep.folder / "site.yaml")
    assert f"others may not enter {tmp_path / 'srv'} " in status.stdout
    # Opened to a group on purpose: nginx's.
    os.chown(tmp_path / "srv", 0, 65534)
    (tmp_path / "srv").chmod(0o750)
    assert json.loads(alone(ABMCTL, *publish).stdout)["warnings"] == []


@pytest.mark.parametrize("user,warned", [(USER, True), ("root", False)])
def test_publish_looks_as_the_workers_that_run_do(tmp_path, deep, user, warned):
    deep.publish()
    folder = tmp_path / "nginx"
    folder.mkdir()
    nginx = Nginx(folder, data=deep.data, user=user)
    deep.data.chmod(0o700)
    script = (f"{' '.join(map(str, nginx.command()))} & for i in $(seq 100); do [ -s {folder}/nginx.pid ] && break; sleep 0.1; done; "
              f"sleep 0.5; {ABMCTL} publish --site {deep.folder}/site.yaml --json; kill -QUIT $(cat {folder}/nginx.pid); wait")
    warnings = json.loads(re.search(r"^\{.*\}$", alone("sh", "-c", script).stdout, re.M).group())["warnings"]
    assert [f"nginx's workers (user '{WORKER}') may not enter {deep.data} (mode 0700, user 'root'): pages stay original: "
            f"chmod o+rx {deep.data}, or put the data folder where nginx may go: /var/lib/abm/SITE"] * warned == warnings
    assert NGINX
