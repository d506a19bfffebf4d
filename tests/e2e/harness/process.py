"""What a process holds, according to the kernel."""

import os
import time


def resident(pid):
    """Bytes of resident memory: private and shared memory (including memfds), but not pages of files. The kernel maps sixteen
    of those around each fault and takes them back as it likes: libcrypto alone is 4 MB."""
    with open(f"/proc/{pid}/status", encoding="utf-8", errors="replace") as status:
        kilobytes = {name: int(value.split()[0]) for name, value in (line.split(":", 1) for line in status)
                     if name in ("RssAnon", "RssShmem")}
    return 1024 * (kilobytes["RssAnon"] + kilobytes["RssShmem"])


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def open_files(pid):
    """What its descriptors lead to, by number."""
    folder = f"/proc/{pid}/fd"
    return {int(name): os.readlink(f"{folder}/{name}") for name in sorted(os.listdir(folder), key=int)}


def mappings(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        return sum(1 for _ in maps)


def held(pid):
    """All three, by name."""
    return {"resident": resident(pid), "descriptors": descriptors(pid), "mappings": mappings(pid)}


def settled(pid, seconds=20.0, pause=0.5):
    """What it holds once two looks agree: a connection that a client has closed stays open until the worker has read so."""
    deadline = time.monotonic() + seconds
    before, now = None, held(pid)
    while before != now and time.monotonic() < deadline:
        time.sleep(pause)
        before, now = now, held(pid)
    return now


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
