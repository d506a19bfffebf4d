"""One run of wrk, pinned to the origin's processor; the visitor's address changes with every request."""

import dataclasses
import json
import os
import subprocess

from processes import CLIENT_CPU

SCRIPT = """\
local requests, next = {}, 0
function init(args)
  for address in io.lines(args[1]) do
    local headers = { ["Host"] = "www.example.com", ["X-Forwarded-For"] = address }
    if args[2] == "gzip" then headers["Accept-Encoding"] = "gzip" end
    requests[#requests + 1] = wrk.format("GET", nil, headers)
  end
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
    p50: float         # µs
    p99: float
    p999: float

    @property
    def per_second(self):
        return self.requests / self.seconds


class Wrk:
    def __init__(self, folder):
        self.script = folder / "visitors.lua"
        self.script.write_text(SCRIPT, encoding="utf-8")

    def run(self, server, path, addresses, seconds, connections, gzip=False):
        """Loads `server` for `seconds`; raises if a response was not 2xx or 3xx."""
        before = server.cpu_seconds()
        done = subprocess.run(
            ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "-s", str(self.script),
             f"http://127.0.0.1:{server.port}{path}", "--", str(addresses), "gzip" if gzip else "plain"],
            capture_output=True, text=True, check=True, preexec_fn=lambda: os.sched_setaffinity(0, {CLIENT_CPU}))
        cpu = server.cpu_seconds() - before
        told = json.loads(done.stdout.strip().splitlines()[-1])
        if told["errors"] or not told["requests"]:
            raise RuntimeError(f"{path}: {told}")
        return Load(told["requests"], told["us"] / 1e6, cpu * 1e6 / told["requests"], told["p50"], told["p99"], told["p999"])
