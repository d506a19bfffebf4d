"""One run of wrk, pinned to the origin's processor; the visitor's address changes with every request, and the page where
the list of requests names one."""

import dataclasses
import json
import os
import subprocess

from processes import CLIENT_CPU

SCRIPT = """\
local requests, next = {}, 0
function init(args)
  for line in io.lines(args[1]) do
    local address, page = line:match("^(%S+) ?(%S*)$")
    local headers = { ["Host"] = "www.example.com", ["X-Forwarded-For"] = address }
    if args[2] == "gzip" then headers["Accept-Encoding"] = "gzip" end
    if args[2] == "probe" then headers["X-Probe"] = "1" end
    requests[#requests + 1] = wrk.format("GET", wrk.path .. page, headers)
  end
  next = tonumber(args[3])
end
function request()
  next = next % #requests + 1
  return requests[next]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\n{"requests":%d,"us":%d,"bytes":%d,"errors":%d,"p50":%.1f,"p99":%.1f,"p999":%.1f}\\n',
    summary.requests, summary.duration, summary.bytes, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50), latency:percentile(99), latency:percentile(99.9)))
end
"""


@dataclasses.dataclass
class Load:
    requests: int
    seconds: float
    cpu_us: float      # of the server, per request
    p50: float = 0     # µs
    p99: float = 0
    p999: float = 0

    @property
    def per_second(self):
        return self.requests / self.seconds


class Wrk:
    def __init__(self, folder):
        self.script = folder / "visitors.lua"
        self.script.write_text(SCRIPT, encoding="utf-8")

    def run(self, server, path, requests, seconds, connections, kind="plain", start=0):
        """Loads `server` for `seconds` with the file `requests`, from line `start` on: an address, or an address and what
        follows `path`, a line. `kind`: plain, gzip (accepted) or probe (probe.py). Raises if a response was not 2xx or 3xx."""
        before = server.cpu_seconds()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(self.script),
             f"http://127.0.0.1:{server.port}{path}", "--", str(requests), kind, str(start)],
            capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CPU}))
        cpu = server.cpu_seconds() - before
        told = json.loads(done.stdout.strip().splitlines()[-1])
        if told["errors"] or not told["requests"]:
            raise RuntimeError(f"{path}: {told}")
        return Load(told["requests"], told["us"] / 1e6, cpu * 1e6 / told["requests"], told["p50"], told["p99"], told["p999"])
