"""`abmctl init --upstream`: what it writes reaches websites that insist on their name, and shows visitors none but their own."""

import contextlib
import http.server
import os
import re
import ssl
import subprocess
import threading

import pytest

from harness.client import fetch
from harness.nginx import Nginx
from harness.places import ABMCTL, MODULE, NGINX, free_port
from harness.waiting import wait_for

HOST = "www.acme.example"
ORIGIN = "origin.acme.example"


def authority(folder):
    """An authority, an intermediate one, and certificates for names by them: as public ones are."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    def sign(name, subject, issuer, extensions):
        (folder / f"{name}.ext").write_text(extensions)
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={subject}")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.crt", "-CAkey", f"{issuer}.key", "-CAcreateserial",
                "-days", "2", "-extfile", f"{name}.ext", "-out", f"{name}.crt")

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key", "-out", "root.crt", "-days", "2", "-subj",
            "/CN=Root", "-addext", "basicConstraints=critical,CA:TRUE")
    sign("middle", "Middle", "root", "basicConstraints=critical,CA:TRUE\n")
    for name in (HOST, ORIGIN):
        sign(name, name, "middle", f"subjectAltName=DNS:{name}\n")
        chain = (folder / f"{name}.crt").read_text() + (folder / "middle.crt").read_text()
        (folder / f"{name}.pem").write_text(chain + (folder / f"{name}.key").read_text())


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificates")
    authority(folder)
    return folder


IN_NAMESPACE = ["unshare", "--mount", "sh", "-c"]


class Website:
    """Answers under `name` only, over TLS if it has certificates: every other name is sent to it."""

    def __init__(self, name, certificates=None, port=None, folder=""):
        outer = self
        self.name, self.seen, self.server_names, self.tls = name, [], [], certificates is not None

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.seen.append(dict(self.headers))
                host = self.headers.get("Host", "")
                if host.split(":")[0] != name:
                    self.answer(301, Location=f"{outer.scheme()}://{name}{self.path}")
                elif not self.path.startswith(folder + "/"):
                    self.answer(404)
                elif self.path == folder + "/dir":
                    self.answer(301, Location=f"{outer.scheme()}://{host}{self.path}/")
                elif self.path == folder + "/here":
                    self.answer(302, Location=folder + "/there")
                else:
                    self.answer(200, **{"Set-Cookie": f"a=b; Domain={name}; Path={folder or ''}/"})

            def answer(self, status, **headers):
                page = b"<!doctype html><title>Acme</title><h1 class=hero>Plain</h1>"
                self.send_response(status)
                for key, value in {"Content-Type": "text/html", "Content-Length": str(len(page)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
        self.server.daemon_threads = True
        if certificates:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / f"{name}.pem")

            def check(connection, server_name, _):
                self.server_names.append(server_name)
                return None if server_name == name else ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME

            context.sni_callback = check
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
            self.server.handle_error = lambda *_: None

    def scheme(self):
        return "https" if self.tls else "http"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def port(self):
        return self.server.server_port


class Trial:
    """nginx with the try.conf that init wrote."""

    def __init__(self, folder, upstream, *arguments, umask=0o022, status=0):
        self.folder, self.port = folder / "site", free_port()
        done = subprocess.run([ABMCTL, "init", self.folder, "--host", HOST, "--upstream", upstream, "--module", MODULE, "--port",
                               str(self.port), *map(str, arguments)], capture_output=True, text=True, check=False, umask=umask)
        assert done.returncode == status, done.stderr
        subprocess.run([ABMCTL, "publish", "--site", self.folder], capture_output=True, check=True, umask=umask)
        self.process = None

    def command(self, *more):
        """Where ORIGIN is this machine: nginx resolves names with the system's resolver."""
        hosts = self.folder / "run/hosts"
        hosts.write_text(f"127.0.0.1 localhost {ORIGIN}\n")
        return [*IN_NAMESPACE, f"mount --bind {hosts} /etc/hosts && exec \"$@\"", "sh", NGINX, "-p", str(self.folder), "-c",
                "nginx/try.conf", "-e", "run/error.log", *more]

    def __enter__(self):
        # A master that stays: the test ends it.
        self.process = subprocess.Popen(self.command("-g", "daemon off;"), stderr=subprocess.PIPE,
                                        env=Nginx.environment(self))
        wait_for(lambda: self.process.poll() is not None or (self.folder / "run/nginx.pid").exists())
        assert self.process.poll() is None, self.process.stderr.read().decode() + self.errors()
        wait_for(lambda: self.answers())
        return self

    def answers(self):
        with contextlib.suppress(OSError):
            fetch(self.port, "/abm/status")
            return True
        return False

    def errors(self):
        log = self.folder / "run/error.log"
        return log.read_text() if log.exists() else ""

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def get(self, path="/", ip=None):
        return fetch(self.port, path, ip=ip, host=f"127.0.0.1:{self.port}")


@pytest.fixture(autouse=True, scope="session")
def namespaces():
    done = subprocess.run([*IN_NAMESPACE, "mount --bind /dev/null /etc/hosts"], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the right to mount in a namespace, init --upstream was NOT tried: {done.stderr.strip()}")


def expect_visitors_own_names(trial, website):
    """Redirects and cookies name what the visitor asked, not the website behind."""
    answer = trial.get("/page")
    assert answer.status == 200, trial.errors()
    assert answer.get("Set-Cookie") == "a=b; Domain=127.0.0.1; Path=/"
    assert website.seen[-1]["Host"].split(":")[0] == website.name
    assert website.seen[-1]["X-Forwarded-Host"] == "127.0.0.1" and website.seen[-1]["X-Forwarded-Proto"] == "http"
    assert trial.get("/page", ip="198.51.100.7").status == 200
    assert website.seen[-1]["X-Forwarded-For"] == "198.51.100.7, 198.51.100.7"
    assert trial.get("/dir").get("Location") in ("/dir/", f"http://127.0.0.1:{trial.port}/dir/")
    assert trial.get("/here").get("Location") in ("/there", f"http://127.0.0.1:{trial.port}/there")


def test_a_website_that_insists_on_sni_is_reached_and_its_name_is_checked(tmp_path, certificates):
    with Website(ORIGIN, certificates) as website:
        url = f"https://{ORIGIN}:{website.port}"
        with Trial(tmp_path, url, "--upstream-ca", certificates / "root.crt") as trial:
            expect_visitors_own_names(trial, website)
            assert set(website.server_names) == {ORIGIN}
            assert website.seen[-1]["Host"] == f"{ORIGIN}:{website.port}"


def test_a_certificate_of_nobodys_is_refused(tmp_path, certificates):
    with Website(ORIGIN, certificates) as website:
        with Trial(tmp_path, f"https://{ORIGIN}:{website.port}", "--upstream-ca", certificates / f"{HOST}.crt") as trial:
            assert trial.get("/page").status == 502 and "certificate verify error" in trial.errors()


def test_a_certificate_for_another_name_is_refused(tmp_path, certificates):
    with Website(ORIGIN, certificates) as website:
        arguments = ("--upstream-ca", certificates / "root.crt", "--upstream-host", HOST)
        website.server.socket.context.sni_callback = None
        with Trial(tmp_path, f"https://{ORIGIN}:{website.port}", *arguments) as trial:
            assert trial.get("/page").status == 502 and "does not match" in trial.errors()


@pytest.mark.parametrize("target", ["127.0.0.1", ORIGIN])
def test_a_website_that_goes_by_the_visitors_name_is_reached_over_tls(tmp_path, certificates, target):
    """At an address there is no other name; behind a name of its host, --upstream-host tells."""
    with Website(HOST, certificates) as website:
        more = ("--upstream-host", HOST) if target == ORIGIN else ()
        with Trial(tmp_path, f"https://{target}:{website.port}", "--upstream-ca", certificates / "root.crt", *more) as trial:
            expect_visitors_own_names(trial, website)
            assert set(website.server_names) == {HOST} and website.seen[-1]["Host"] == HOST


@pytest.mark.parametrize("target", ["127.0.0.1", "localhost", ORIGIN])
def test_a_website_that_redirects_other_names_away_is_reached_over_http(tmp_path, target):
    with Website(HOST) as website, Trial(tmp_path, f"http://{target}:{website.port}") as trial:
        expect_visitors_own_names(trial, website)
        assert website.seen[-1]["Host"] == HOST


def test_a_website_in_a_folder_is_reached(tmp_path):
    with Website(HOST, folder="/shop") as website, Trial(tmp_path, f"http://127.0.0.1:{website.port}/shop") as trial:
        expect_visitors_own_names(trial, website)


def test_what_is_for_the_systems_nginx_says_the_same(tmp_path, certificates):
    with Website(ORIGIN, certificates) as website:
        trial = Trial(tmp_path, f"https://{ORIGIN}:{website.port}", "--upstream-ca", certificates / "root.crt")
        site, tried = (re.findall(r"^ *(proxy_(?!temp)[^\n]*;)$", (trial.folder / "nginx" / name).read_text(), re.M)
                       for name in ("site.conf", "try.conf"))
        assert site == tried and len(site) > 10


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, so that workers are another user")
@pytest.mark.parametrize("mask", [0o077, 0o000])
def test_a_site_that_was_begun_under_any_umask_is_served(tmp_path, mask):
    import pathlib
    import tempfile
    for folder in (tmp_path, *tmp_path.parents):
        if folder == pathlib.Path(tempfile.gettempdir()):
            break
        folder.chmod(0o755)
    folder = tmp_path / "site"
    port = free_port()
    subprocess.run([ABMCTL, "init", folder, "--module", MODULE, "--port", str(port)], capture_output=True, check=True, umask=mask)
    assert "user " not in (folder / "nginx/try.conf").read_text()
    trial = Trial.__new__(Trial)
    trial.folder, trial.port, trial.process = folder, port, None
    subprocess.run([ABMCTL, "publish", "--site", folder], capture_output=True, check=True, umask=mask)
    with trial:
        plain = fetch(port)
        assert plain.status == 200
        assert fetch(port, ip="198.51.100.7").body != plain.body
