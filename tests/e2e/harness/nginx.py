"""A real nginx with its own prefix, started and stopped by a test; its error log is checked at the end."""

import json
import os
import re
import signal
import socket
import subprocess
import time

from .client import fetch
from .places import MODULE, NGINX, PRELOAD, free_port
from .visits import check_log

# Lines that no test may leave in the error log, whatever it was testing.
FATAL = re.compile(r"\[(?:alert|emerg|crit)\]|Sanitizer|runtime error:|terminate called")

TEMPLATE = """\
{load}
{main}
{user}
daemon {daemon};
worker_processes {workers};
pid nginx.pid;
error_log error.log {log_level};
events {{ worker_connections {connections}; }}
http {{
    types {{ text/html html; text/css css; image/png png; application/json json; text/xml xml; text/plain txt; }}
    default_type text/plain;
    client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Forwarded-For;
    {abm}
    {http}
    server {{
        listen 127.0.0.1:{port} {listen};
        server_name _;
        {server}
        location / {{ abm on; proxy_pass http://127.0.0.1:{upstream}; }}
    }}
    server {{
        listen 127.0.0.1:{plain_port} {listen};
        server_name _;
        access_log off;
        {plain_server}
        location / {{ proxy_pass http://127.0.0.1:{upstream}; }}
    }}
    server {{ listen 127.0.0.1:{sync_port}; access_log off; return 204; }}
}}
"""

ABM = """abm_data {data};
    abm_poll 50ms;
    log_format abm_visit escape=none '$abm_visit';
    access_log visits.jsonl abm_visit if=$abm_visit;"""
BUFFERED_ABM = ABM.replace("visits.jsonl abm_visit", "visits.jsonl abm_visit buffer=64k flush=1s")  # as in conf/abm-log.conf

STATUS = "location = /status { abm_status; }"  # for `server`; needed by Nginx.status()


class Nginx:
    """`port` serves with the module on, `plain_port` the same upstream with the module off, as the original."""

    patience = 20  # seconds within which it must respond

    def __init__(self, folder, data=None, upstream=1, http="", server="", plain_server=None, main="", workers=1,
                 listen="", log_level="info", abm=None, load=True, daemon=False, connections=1024,
                 user="root"):
        self.folder = folder
        self.process = None
        self.port, self.plain_port, self.sync_port = free_port(), free_port(), free_port()
        self.allowed = []  # patterns of fatal lines that the test expects
        for name in ("temp", "html"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        if abm is None:
            abm = ABM.format(data=data) if data else "access_log off;"
        self.daemon = daemon
        self.single = "master_process off" in main
        if PRELOAD:  # nginx passes only named environment variables on to a new binary
            main += " env LD_PRELOAD; env ASAN_OPTIONS;"
        values = dict(daemon="on" if daemon else "off", load=f"load_module {MODULE};" if load else "", main=main, workers=workers,
                      connections=connections, abm=abm, http=http,
                      user=f"user {user};" if os.getuid() == 0 else "", log_level=log_level, port=self.port,
                      plain_port=self.plain_port, sync_port=self.sync_port, listen=listen, server=server, upstream=upstream,
                      plain_server=server_without_abm(server) if plain_server is None else plain_server)
        self.config = folder / "nginx.conf"
        self.config.write_text(TEMPLATE.format(**values), encoding="utf-8")

    def command(self, *arguments):
        return [NGINX, "-p", f"{self.folder}/", "-c", str(self.config), "-e", str(self.folder / "error.log"), *arguments]

    def environment(self):
        environment = dict(os.environ)
        if PRELOAD:
            environment["LD_PRELOAD"] = PRELOAD
            environment.setdefault("ASAN_OPTIONS", "detect_leaks=0:detect_odr_violation=0:abort_on_error=1")
        return environment

    def test(self):
        """`nginx -t`."""
        return subprocess.run(self.command("-t"), capture_output=True, text=True, check=False, env=self.environment())

    def start(self):
        self.process = subprocess.Popen(self.command(), env=self.environment(), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE)
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            if self.process.poll() is not None and (not self.daemon or self.process.returncode != 0):
                raise RuntimeError(f"nginx did not start: {self.process.stderr.read().decode()}\n{self.errors()}")
            # A daemon ignores SIGUSR2 until its parent has exited.
            if self.workers() and (not self.daemon or self.process.poll() is not None):
                try:
                    socket.create_connection(("127.0.0.1", self.plain_port), 1).close()
                    return self
                except OSError:
                    pass
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not answer: {self.errors()[-2000:]}")

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        self.stop()
        if kind is None:
            self.check_errors()
            self.check_visits()

    def master(self):
        """The master's process id; that of the new binary once it has taken over nginx.pid."""
        return int((self.folder / "nginx.pid").read_text())

    def master_now(self):
        """The same while binaries are exchanged: None while nginx.pid is being renamed or written."""
        try:
            return self.master()
        except (FileNotFoundError, ValueError):
            return None

    def workers(self, master=None):
        """Process ids of the workers; during an exchange of binaries also another master's, without the new master, its child."""
        try:
            present = self.master() if self.daemon else self.process.pid
            if self.single:
                return [present]
            master = master or present
            with open(f"/proc/{master}/task/{master}/children", encoding="ascii") as children:
                return [pid for pid in map(int, children.read().split()) if pid != present]
        except (OSError, ValueError):
            return []

    def signal(self, number):
        os.kill(self.master(), number)

    def reload(self, seconds=10.0):
        """Sends HUP and waits until the old workers are gone."""
        old = set(self.workers())
        self.signal(signal.SIGHUP)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            now = set(self.workers())
            if now and not now & old:
                return
            time.sleep(0.02)
        raise RuntimeError(f"nginx did not reload: {self.errors()}")

    def stop(self):
        try:
            master = self.master()
            os.kill(master, signal.SIGQUIT)
        except (OSError, ValueError):
            master = None
        if self.process is None:
            return
        if not self.daemon:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        elif master is not None:
            wait_for_end(master, 10)

    def errors(self):
        try:
            return (self.folder / "error.log").read_text(errors="replace")
        except OSError:
            return ""

    def check_errors(self):
        bad = [line for line in self.errors().splitlines() if FATAL.search(line)
               and not any(re.search(pattern, line) for pattern in self.allowed)]
        assert not bad, "nginx's error log has fatal lines:\n" + "\n".join(bad[:20])

    def settle(self):
        """Waits until the only worker has finished with the last request: its lines are written, its counters updated."""
        with socket.create_connection(("127.0.0.1", self.sync_port), 10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while connection.recv(4096):
                pass

    def status(self):
        """The counters of abm_status."""
        return json.loads(fetch(self.port, "/status").body)

    def visits(self, count=None, seconds=5.0):
        """The visit log's lines; waits until there are `count`, and notices if there is one too many."""
        log = self.folder / "visits.jsonl"
        deadline = time.monotonic() + seconds
        while count is not None and time.monotonic() < deadline:
            if log.exists() and log.read_bytes().count(b"\n") >= count:
                break
            time.sleep(0.02)
        self.settle()
        lines = check_log(log, ended=False) if log.exists() else []
        assert count is None or len(lines) == count, f"{len(lines)} visit lines instead of {count}: {lines[:20]}"
        return lines

    def check_visits(self):
        """Every visit line that the test has caused, including rotated logs, whether the test looked at it or not."""
        seen = set()
        for log in self.folder.glob("visits.*"):
            if log.is_file():
                check_log(log, seen)


def wait_for_end(pid, seconds):
    deadline = time.monotonic() + seconds
    while is_running(pid):
        assert time.monotonic() < deadline, f"process {pid} does not end"
        time.sleep(0.02)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def server_without_abm(server):
    """The same locations with the module off."""
    return re.sub(r"\babm(_[a-z_]+)?\s+[^;]*;|\babm_(?:status|visitor|seen);", "", server)
