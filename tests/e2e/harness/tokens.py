"""Links, cookies and signed identities, made by hand as generation/FORMAT.md draws them, not by the code under test."""

import base64
import hashlib
import hmac
import os
import time

HOST = "www.example.com"  # what fetch() asks for
COOKIE = "__Host-abm"


def key_file(folder, name="link.key"):
    """A new key's file."""
    path = folder / name
    path.write_bytes(os.urandom(32).hex().encode() + b"\n")
    path.chmod(0o600)
    return path


def key_of(path):
    return path.read_bytes().removesuffix(b"\n")


def text(value):
    data = value.encode()
    return bytes([len(data)]) + data


def sealed(purpose, data, path):
    mac = hmac.new(key_of(path), purpose.encode() + b"\0" + data, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(data + mac).rstrip(b"=").decode()


def link(path, account="alpha", host=HOST, role="", campaign="", expires=3600):
    """`expires` in seconds from now."""
    at = int(time.time()) + expires
    return sealed("abm-link/1", b"\1" + at.to_bytes(8, "big") + text(account) + text(host) + text(role) + text(campaign), path)


def cookie(path, account="alpha", host=HOST, since=0, expires=3600, now=None):
    """What the browser sends; times in seconds from now."""
    now = int(time.time()) if now is None else now
    times = (now + since).to_bytes(8, "big") + (now + expires).to_bytes(8, "big")
    return sealed("abm-remembered/1", b"\1" + times + text(account) + text(host), path)


def todays_cookie(path, account="alpha", days=30, day=0):
    """What is set on `day` (0: today, UTC), of `abm_remember` so many days."""
    start = (int(time.time()) // 86400 + day) * 86400
    return cookie(path, account, since=0, expires=days * 86400, now=start)


def identity(path, value, expires=3600):
    at = int(time.time()) + expires
    signature = hmac.new(key_of(path), f"abm-identity/1\n{at}\n{value}".encode(), hashlib.sha256).hexdigest()
    return f"1.{at}.{signature}.{value}"


def cookies_set(answer):
    """Name → (value, attributes in lower case) of the answer's Set-Cookie headers."""
    found = {}
    for header in answer.all("Set-Cookie"):
        pair, *attributes = [part.strip() for part in header.split(";")]
        name, value = pair.split("=", 1)
        found[name] = (value, {part.lower() for part in attributes})
    return found
