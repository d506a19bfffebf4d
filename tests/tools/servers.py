"""Servers of feeds and generations for the tests of sync: the real nginx, and our own server that misbehaves as told."""

import contextlib
import http.server
import os
import shutil
import socket
import subprocess
import threading
import time

from ports import free_port

NGINX = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")

CONFIG = """\
daemon off; {user}
pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 128; }}
http {{
  log_format brief '$request_method $uri $status "$http_if_none_match" "$http_range" "$sent_http_content_encoding" $body_bytes_sent';
  access_log {folder}/access.log brief;
  client_body_temp_path {folder}/temp; proxy_temp_path {folder}/temp; fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp; scgi_temp_path {folder}/temp;
  types {{ application/x-ndjson ndjson; }}
  gzip on; gzip_types application/x-ndjson; gzip_min_length 1; gzip_http_version 1.0;
  server {{ listen 127.0.0.1:{port} {ssl}; root {root}; {server} }}
}}
"""


class Origin:
    """nginx in front of a folder."""

    def __init__(self, folder, root, server="", tls=None):
        self.folder, self.root, self.port = folder, root, free_port()
        (folder / "temp").mkdir(parents=True, exist_ok=True)
        root.mkdir(parents=True, exist_ok=True)
        ssl = ""
        if tls:
            ssl = "ssl"
            server += f" ssl_certificate {tls}.crt; ssl_certificate_key {tls}.key;"
        self.scheme = "https" if tls else "http"
        (folder / "nginx.conf").write_text(CONFIG.format(
            folder=folder, root=root, port=self.port, ssl=ssl, server=server,
            user="user root;" if os.getuid() == 0 else ""))
        self.process = None

    def __enter__(self):
        self.process = subprocess.Popen([NGINX, "-p", f"{self.folder}/", "-c", str(self.folder / "nginx.conf"),
                                         "-e", str(self.folder / "error.log")], stderr=subprocess.PIPE)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.stderr.read().decode()
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            time.sleep(0.02)
        raise RuntimeError("nginx did not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(20)

    def url(self, path=""):
        return f"{self.scheme}://127.0.0.1:{self.port}{path}"

    def requests(self):
        """The access log's lines; nginx writes one once the response has been sent."""
        return (self.folder / "access.log").read_text().splitlines()


class Hostile:
    """Answers each path with its function in `answers`, which gets the request handler."""

    def __init__(self, answers):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.requests.append((self.path, dict(self.headers)))
                self.close_connection = True
                with contextlib.suppress(OSError):
                    outer.answers.get(self.path.split("?")[0], not_found)(self)

            def log_message(self, *_):
                pass

        self.answers = answers
        self.requests = []
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.over = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path=""):
        return f"http://127.0.0.1:{self.server.server_port}{path}"

    def stall(self, handler):
        """Sends nothing until the test is over."""
        self.over.wait(60)

    def stall_after(self, body):
        def answer(handler):
            send_head(handler, 200, {"Content-Length": str(len(body) + 1000)})
            handler.wfile.write(body)
            handler.wfile.flush()
            self.over.wait(60)
        return answer


def send_head(handler, status, headers=None):
    handler.send_response(status)
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.send_header("Connection", "close")
    handler.end_headers()


def not_found(handler):
    send_head(handler, 404, {"Content-Length": "0"})


def body(content, status=200, **headers):
    def answer(handler):
        send_head(handler, status, {"Content-Length": str(len(content))}
                  | {name.replace("_", "-"): value for name, value in headers.items()})
        handler.wfile.write(content)
    return answer


def redirect(where, status=302):
    def answer(handler):
        send_head(handler, status, {"Location": where, "Content-Length": "0"})
    return answer


def endless(first, piece, encoding=None):
    """Never ends, unless the client leaves."""
    def answer(handler):
        send_head(handler, 200, {"Content-Encoding": encoding} if encoding else {})
        handler.wfile.write(first)
        while True:
            handler.wfile.write(piece)
    return answer


def cut(content, at):
    """Promises everything, and breaks the connection after `at` bytes."""
    def answer(handler):
        send_head(handler, 200, {"Content-Length": str(len(content))})
        handler.wfile.write(content[:at])
    return answer
