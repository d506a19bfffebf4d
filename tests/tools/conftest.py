"""Shared by the tests of abmctl: the program, and a private copy of the small site next to this file."""

import json
import pathlib
import resource
import shutil
import subprocess
import tempfile

import pytest
from abmctl_program import PROGRAM

HERE = pathlib.Path(__file__).resolve().parent


class Site:
    program = PROGRAM

    def __init__(self, folder):
        self.folder = folder

    def __truediv__(self, name):
        return self.folder / name

    def run(self, *arguments, status=0, cwd=None, stdin=None, largest_file=None, memory=None):
        """Runs abmctl with these arguments in the site's folder and checks the exit status (None: any). `largest_file`: the
        largest file that it can write, in bytes; `memory`: the limit of its address space."""
        def limit():
            for kind, most in ((resource.RLIMIT_FSIZE, largest_file), (resource.RLIMIT_AS, memory)):
                if most is not None:
                    resource.setrlimit(kind, (most, most))

        done = subprocess.run([PROGRAM, *map(str, arguments)], cwd=cwd or self.folder, capture_output=True, timeout=120,
                              input=stdin, check=False, preexec_fn=limit)
        assert status in (None, done.returncode), (arguments, done.returncode, done.stdout, done.stderr)
        return done

    def start(self, *arguments, **options):
        """The same, as a process that keeps running; `options` are those of Popen."""
        return subprocess.Popen([PROGRAM, *map(str, arguments)], cwd=self.folder, **options)

    def text(self, *arguments, **options):
        return self.run(*arguments, **options).stdout.decode()

    def errors(self, *arguments, **options):
        return self.run(*arguments, **options).stderr.decode()

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--json", **options).stdout)

    def replace(self, name, old, new):
        text = (self / name).read_text()
        assert old in text
        (self / name).write_text(text.replace(old, new))

    def current(self):
        return (self / "data/CURRENT").read_text()


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
