"""nats-server for the tests of `abmctl ship`: single, as a cluster, with TLS or passwords; and access to streams."""

import base64
import importlib.util
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

from ports import free_ports

ROOT = pathlib.Path(__file__).resolve().parents[2]
ABMCTL = os.environ.get("ABMCTL", str(ROOT / "build/tools/abmctl"))
PROGRAM = shutil.which("nats-server", path="/usr/sbin:/usr/bin:/usr/local/bin")

_spec = importlib.util.spec_from_file_location("warehouse_load", ROOT / "conf/warehouse/load.py")
loader = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(loader)


class Server:
    def __init__(self, folder, port, extra="", name="one"):
        self.port, self.process = port, None
        self.log = folder / f"{name}.log"
        self.config = folder / f"{name}.conf"
        self.config.write_text(f'server_name: {name}\nlisten: "127.0.0.1:{port}"\nlog_file: "{self.log}"\n'
                               f'jetstream {{ store_dir: "{folder / name}", max_file_store: 1G }}\n{extra}\n')

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "-c", self.config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


def cluster(folder, size=3):
    """Servers that know each other, not started."""
    ports, routes = free_ports(size), free_ports(size)
    others = ", ".join(f'"nats://127.0.0.1:{port}"' for port in routes)
    return [Server(folder, ports[i], f'cluster {{ name: abm, listen: "127.0.0.1:{routes[i]}", routes: [{others}] }}', f"n{i}")
            for i in range(size)]


def messages(url, stream):
    """All messages of a stream: (id, line), in order."""
    nats = loader.Nats(url)
    state = nats.request(f"$JS.API.STREAM.INFO.{stream}", {})["state"]
    found = []
    for sequence in range(state["first_seq"], state["last_seq"] + 1):
        if sequence:
            found.append(nats.request(f"$JS.API.STREAM.MSG.GET.{stream}", {"seq": sequence})["message"])
    nats.socket.close()
    return [(message_id(message), decode(message["data"])) for message in found]


def decode(text):
    return base64.b64decode(text)


def message_id(message):
    for line in decode(message["hdrs"]).decode().split("\r\n"):
        if line.startswith("Nats-Msg-Id: "):
            return line[len("Nats-Msg-Id: "):]
    return None


def info(url, stream):
    nats = loader.Nats(url)
    answer = nats.request(f"$JS.API.STREAM.INFO.{stream}", {})
    nats.socket.close()
    return answer


def line(number, **fields):
    """A visit line as nginx would write it."""
    visit = {"v": 1, "ts": "2026-11-22T04:20:01.123Z", "request_id": f"{number:032x}", "host": "www.example.com",
             "method": "GET", "path": "/", "status": 200, "referrer_host": None, "account": "deere", "tier": "one-to-one",
             "segments": [], "stage": None, "owner": "owner@example.com", "source": "feed", "confidence": "high",
             "network": "164.121.0.0/16", "ip": "164.121.3.0", "visitor": "5c" * 16, "arm": "treated", "generation": 43,
             "page": "personalized",
             "rules": [{"id": "deere-home", "variant": None, "slots": {"hero-cta": "applied", "case-study": "missing"}}],
             "signals": [{"rule": "pricing", "name": "pricing-visit", "next": "Call"}], "skip": None, "bot": False,
             "bytes": 65321, "rewrite_us": 41}
    visit.update(fields)
    return json.dumps(visit, separators=(",", ":")) + "\n"
