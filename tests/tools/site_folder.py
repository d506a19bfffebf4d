"""A site in a folder, on which tests run abmctl."""

import json
import resource
import subprocess

from abmctl_program import PROGRAM


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
