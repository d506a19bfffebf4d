"""HTTP/1.x by hand, so that tests see the exact bytes, even of responses that never end or are cut off."""

import dataclasses
import gzip
import socket
import time


@dataclasses.dataclass
class Answer:
    status: int
    headers: list  # of (name, value), in order
    body: bytes    # after chunked decoding
    complete: bool  # ended properly according to its framing
    head: bytes

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def get(self, name):
        values = self.all(name)
        return values[0] if values else None

    def has(self, name):
        return bool(self.all(name))

    def text(self):
        body = gzip.decompress(self.body) if self.get("Content-Encoding") == "gzip" else self.body
        return body.decode("utf-8", "replace")

    def same_as(self, other):
        """Equal in every byte and header, except for the time of day."""
        return (self.status, self.visible_headers(), self.body) == (other.status, other.visible_headers(), other.body)

    def visible_headers(self):
        return [(name, value) for name, value in self.headers if name != "Date"]


class Connection:
    """One connection, for one or several requests."""

    def __init__(self, port, timeout=15.0, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, method, path, headers=None, version="1.1", body=b"", host="www.example.com"):
        lines = [f"{method} {path} HTTP/{version}".encode("latin-1")]
        fields = {"Host": host}
        if body:
            fields["Content-Length"] = str(len(body))
        fields.update(headers or {})
        for name, value in fields.items():
            if value is not None:
                lines.append(name.encode("latin-1") + b": " + (value if isinstance(value, bytes) else value.encode("latin-1")))
        self.socket.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def more(self):
        """Receives once; returns b"" at the end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.buffer += data
        return data

    def take(self, size):
        while len(self.buffer) < size:
            if not self.more():
                break
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def take_line(self):
        while b"\n" not in self.buffer:
            if not self.more():
                return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line.rstrip(b"\r")

    def receive_head(self):
        lines = []
        while True:
            line = self.take_line()
            if line is None:
                raise ConnectionError(f"the connection ended within the headers: {lines!r}")
            if not line:
                break
            lines.append(line)
        status = int(lines[0].split()[1])
        headers = []
        for line in lines[1:]:
            name, value = line.decode("latin-1").split(":", 1)
            headers.append((name, value.strip()))
        return Answer(status, headers, b"", False, b"\r\n".join(lines))

    def receive_chunks(self):
        body = b""
        while True:
            line = self.take_line()
            if not line:
                return body, False
            size = int(line.split(b";")[0], 16)
            if size == 0:
                while (line := self.take_line()) not in (b"", None):
                    self.trailers.append(line.decode("latin-1"))
                return body, line is not None
            data = self.take(size)
            body += data
            if len(data) < size or self.take_line() is None:
                return body, False

    def receive(self, method="GET"):
        answer = self.receive_head()
        self.trailers = []
        if method == "HEAD" or answer.status in (204, 304) or answer.status < 200:
            answer.complete = True
        elif (answer.get("Transfer-Encoding") or "").lower() == "chunked":
            answer.body, answer.complete = self.receive_chunks()
        elif answer.has("Content-Length"):
            size = int(answer.get("Content-Length"))
            answer.body = self.take(size)
            answer.complete = len(answer.body) == size
        else:
            while self.more():
                pass
            answer.body, self.buffer = self.buffer, b""
            answer.complete = True
        return answer

    def receive_until(self, wanted, seconds=5.0):
        """Receives until `wanted` has arrived and returns how long it took; fails after `seconds`."""
        start = time.monotonic()
        seen = self.buffer
        while wanted not in seen:
            self.socket.settimeout(max(0.01, seconds - (time.monotonic() - start)))
            data = self.more()
            if not data:
                raise ConnectionError(f"the connection ended before {wanted!r}; so far {seen[-200:]!r}")
            seen = self.buffer
        return time.monotonic() - start


def fetch(port, path="/", ip=None, method="GET", headers=None, version="1.1", body=b"", host="www.example.com"):
    """One request on its own connection, as a visitor with the address `ip`."""
    fields = {"Connection": "close"}
    if ip:
        fields["X-Forwarded-For"] = ip
    fields.update(headers or {})
    with Connection(port) as connection:
        connection.send(method, path, fields, version, body, host)
        return connection.receive(method)
