"""An upstream that does exactly what a test says: splits anywhere, stalls, dies, encodes, sends any header."""

import gzip
import socket
import subprocess
import threading
import time
import zlib


class Wait:
    """Stalls until the test releases it."""

    def __init__(self):
        self.event = threading.Event()

    def release(self):
        self.event.set()

    def run(self, _connection):
        self.event.wait(20)


class Signal:
    """Tells the test that the upstream has reached this point."""

    def __init__(self):
        self.event = threading.Event()

    def wait(self, seconds=20):
        assert self.event.wait(seconds), "the upstream does not get that far"

    def run(self, _connection):
        self.event.set()


class Sleep:
    def __init__(self, seconds):
        self.seconds = seconds

    def run(self, _connection):
        time.sleep(self.seconds)


class Die:
    """Closes the connection here, in the middle of what was promised."""

    def run(self, _connection):
        raise ConnectionAbortedError


def gzip_bytes(data):
    return gzip.compress(data, mtime=0)


def deflate_bytes(data):
    return zlib.compress(data)


def raw_deflate_bytes(data):
    encoder = zlib.compressobj(wbits=-15)
    return encoder.compress(data) + encoder.flush()


def brotli_bytes(data):
    return subprocess.run(["brotli", "-c", "-q", "5"], input=data, capture_output=True, check=True).stdout


def zstd_bytes(data):
    return subprocess.run(["zstd", "-c", "-q"], input=data, capture_output=True, check=True).stdout


class Reply:
    """A response: `parts` are bytes (one send each, the first with the headers) and steps like Wait, Signal, Sleep, Die."""

    def __init__(self, body=b"", status="200 OK", headers=None, parts=None, length=True, content_type="text/html; charset=utf-8"):
        self.status = status
        self.headers = dict(headers or {})
        self.parts = [body] if parts is None else parts
        self.length = len(body) if parts is None and length else None
        if isinstance(length, int) and not isinstance(length, bool):
            self.length = length
        self.content_type = content_type

    def head(self):
        lines = [f"HTTP/1.1 {self.status}"]
        fields = dict(self.headers)
        if self.content_type is not None:
            fields.setdefault("Content-Type", self.content_type)
        if self.length is not None:
            fields.setdefault("Content-Length", str(self.length))
        fields.setdefault("Connection", "close")
        for name, value in fields.items():
            for one in value if isinstance(value, list) else [value]:
                lines.append(f"{name}: {one}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Request:
    def __init__(self, method, target, headers):
        self.method = method
        self.target = target
        self.headers = headers  # lower-case names

    @property
    def path(self):
        return self.target.split("?")[0]


class Upstream:
    """Listens on a free port; `on(path, reply)` sets responses. A callable gets the Request and returns a Reply."""

    def __init__(self):
        self.replies = {}
        self.requests = []
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(512)
        self.port = self.listener.getsockname()[1]
        self.closing = False
        threading.Thread(target=self.accept, daemon=True).start()

    def on(self, path, reply):
        self.replies[path] = reply

    def seen(self, path):
        return [request for request in self.requests if request.path == path]

    def close(self):
        self.closing = True
        self.listener.close()

    def accept(self):
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with connection:
            try:
                request = self.read_request(connection)
                if request is None:
                    return
                self.requests.append(request)
                reply = self.replies.get(request.path) or self.replies.get("*")
                if callable(reply):
                    reply = reply(request)
                if reply is None:
                    reply = Reply(b"not here", "404 Not Found", content_type="text/plain")
                parts = list(reply.parts) if request.method != "HEAD" else []
                first = parts.pop(0) if parts and isinstance(parts[0], bytes) else b""
                connection.sendall(reply.head() + first)
                for part in parts:
                    if isinstance(part, bytes):
                        connection.sendall(part)
                    else:
                        part.run(connection)
            except OSError:
                pass

    @staticmethod
    def read_request(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return None
            data += more
        head, rest = data.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        length = int(headers.get("content-length", 0))
        while len(rest) < length:
            rest += connection.recv(65536)
        return Request(method, target, headers)


def split_everywhere(data):
    """`data` with one byte per send, each in its own packet as far as the kernel allows."""
    parts = []
    for i in range(len(data)):
        parts.append(data[i:i + 1])
        parts.append(Sleep(0))
    return parts
