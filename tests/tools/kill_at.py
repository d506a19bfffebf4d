"""Kills abmctl at the n-th call that changes a disk, so that a sweep over n finds it in every state."""

import pathlib
import subprocess

SOURCE = pathlib.Path(__file__).with_name("kill_at.cpp")


def build(folder):
    """The library to preload."""
    library = folder / "kill_at.so"
    subprocess.run(["c++", "-shared", "-fPIC", "-O1", "-o", library, SOURCE], check=True)
    return library


def environment(library, nth):
    return {"LD_PRELOAD": str(library), "ABM_KILL_AT": str(nth)}
