"""Server processes, each started on its own processor, with CPU time and memory read from /proc."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

CPUS = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = CPUS[-1], CPUS[0]  # the load generator and the origin share the other processor


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def emptied(folder):
    """`folder`, newly created, readable by workers that run as another user."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    return folder


class Server:
    """A command that listens on `port`. `workers()` are the processes whose CPU time counts."""

    def __init__(self, command, port, folder, cpu=SERVER_CPU):
        self.port = port
        self.folder = pathlib.Path(folder)
        self.log = open(self.folder / "output.log", "wb")
        self.process = subprocess.Popen([str(part) for part in command], stdout=self.log, stderr=self.log,
                                        preexec_fn=lambda: os.sched_setaffinity(0, {cpu}))
        deadline = time.monotonic() + 60
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"{command[0]} did not start: {(self.folder / 'output.log').read_text()[-2000:]}")
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.05)

    def workers(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        # Not nginx's cache manager and loader, which do nothing here, and of which one ends soon.
        return [int(pid) for pid in children if b"cache" not in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()] or [self.process.pid]

    def cpu_seconds(self):
        """CPU time of all threads, from the scheduler's own sum in ns; /proc/PID/stat counts in ticks of 10 ms."""
        total = 0
        for pid in self.workers():
            for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def rss_mb(self, field="VmRSS"):
        """Memory of the workers; with `VmHWM`, the most since the start or forget_peak()."""
        total = 0
        for pid in self.workers():
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(f"{field}:"):
                    total += int(line.split()[1])
        return total / 1024

    def forget_peak(self):
        for pid in self.workers():
            pathlib.Path(f"/proc/{pid}/clear_refs").write_text("5")  # proc(5): resets VmHWM

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()


NGINX = """\
{load}
{main}
daemon off;
worker_processes 1;
{user}
pid nginx.pid;
error_log error.log warn;
events {{ worker_connections 4096; }}
http {{
    types {{ text/html html; }}
    default_type text/html;
    charset utf-8;
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 100000000;
    client_body_temp_path temp/body; proxy_temp_path temp/proxy; fastcgi_temp_path temp/fastcgi;
    uwsgi_temp_path temp/uwsgi; scgi_temp_path temp/scgi;
    set_real_ip_from 127.0.0.0/8;
    real_ip_header X-Forwarded-For;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_max_temp_file_size 0;
    {http}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        {server}
    }}
}}
"""


def start_nginx(folder, server, http="", load=(), main="", cpu=SERVER_CPU):
    """An nginx with one worker in `folder`; `load` lists modules, by path or by the distribution's name."""
    folder = pathlib.Path(folder)
    (folder / "temp").mkdir(parents=True, exist_ok=True)
    port = free_port()
    modules = [path if "/" in str(path) else f"/usr/lib/nginx/modules/{path}" for path in load]
    (folder / "nginx.conf").write_text(NGINX.format(
        load="\n".join(f"load_module {path};" for path in modules), user="user root;" if os.getuid() == 0 else "",
        main=main, http=http, server=server, port=port), encoding="utf-8")
    return Server(["nginx", "-p", f"{folder}/", "-c", folder / "nginx.conf", "-e", folder / "error.log"], port, folder, cpu)
