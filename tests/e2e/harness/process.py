"""What a process holds, as the kernel tells it."""

import os


def resident(pid):
    """Bytes of memory that are really there."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def mappings(pid):
    with open(f"/proc/{pid}/maps", encoding="ascii") as maps:
        return sum(1 for _ in maps)


def held(pid):
    """All three, by name."""
    return {"resident": resident(pid), "descriptors": descriptors(pid), "mappings": mappings(pid)}


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
