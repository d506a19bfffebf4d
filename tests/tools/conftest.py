"""Shared by the tests of abmctl: the program, and a private copy of the small site next to this file."""

import pathlib
import shutil
import subprocess
import tempfile

import pytest
from site_folder import Site

HERE = pathlib.Path(__file__).resolve().parent


@pytest.fixture(autouse=True)
def open_folders(tmp_path):
    """pytest closes its folders; a site is published where nginx's workers may go."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder == pathlib.Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)


@pytest.fixture
def site(tmp_path):
    shutil.copytree(HERE / "site", tmp_path / "site")
    return Site(tmp_path / "site")


@pytest.fixture
def small_disk(tmp_path):
    """Turns a folder into a file system of its own, with so many bytes."""
    mounted = []

    def mount(folder, size):
        folder.mkdir()
        options = f"size={size},mode=755"
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"needs the right to mount a file system, a full disk was NOT tried: {done.stderr.strip()}")
        mounted.append(folder)

    yield mount
    for folder in mounted:
        subprocess.run(["umount", folder], check=True)


@pytest.fixture
def empty(tmp_path):
    """A folder without a site."""
    return Site(tmp_path)
