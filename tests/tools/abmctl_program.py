"""Where abmctl is."""

import os
import pathlib

PROGRAM = os.environ.get("ABMCTL", str(pathlib.Path(__file__).resolve().parents[2] / "build/tools/abmctl"))
