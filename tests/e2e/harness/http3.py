"""HTTP/3 with a curl that speaks it: ABM_CURL, or the system's. Debian's does from trixie on; see tests/versions/fetch.sh."""

import os
import subprocess

from .client import Answer
from .places import NGINX

CURL = os.environ.get("ABM_CURL", "curl")


def missing():
    """What keeps visits over QUIC from being tried here; None if nothing does."""
    options = subprocess.run([NGINX, "-V"], capture_output=True, text=True, check=False).stderr
    if "--with-http_v3_module" not in options:
        return "this nginx was built without HTTP/3"
    try:
        features = subprocess.run([CURL, "--version"], capture_output=True, text=True, check=False).stdout
    except OSError:
        return f"there is no {CURL}"
    return None if "HTTP3" in features.split() else f"{CURL} does not speak HTTP/3"


def certificate(folder):
    """Directives for a certificate of its own."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=www.example.com", "-keyout", key, "-out", cert], capture_output=True, check=True)
    return f"ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;"


def fetch_quic(port, path="/", ip=None, headers=None, method="GET"):
    """The answer over QUIC alone: there is no falling back to TCP."""
    command = [CURL, "--http3-only", "-k", "-sS", "-i", "--max-time", "30", "--resolve", f"www.example.com:{port}:127.0.0.1"]
    command += ["-I"] if method == "HEAD" else ["-X", method]
    for name, value in {**({"X-Forwarded-For": ip} if ip else {}), **(headers or {})}.items():
        command += ["-H", f"{name}: {value}"]
    done = subprocess.run([*command, f"https://www.example.com:{port}{path}"], capture_output=True, check=False)
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = [tuple(line.split(": ", 1)) for line in lines[1:] if ": " in line]
    version, _, rest = lines[0].partition(" ")
    assert version == "HTTP/3", (version, done.returncode, done.stderr)
    return Answer(status=int(rest.split(" ")[0]), headers=fields, body=body, complete=done.returncode == 0, head=head)
