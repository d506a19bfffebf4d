"""`python3 -m attack [SECONDS] [SEED[/NUMBER]]`: tries compositions until the time is up; the first failure ends it
and prints its nginx.conf."""

import argparse
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from attack.run import attack  # noqa: E402
from attack.visitors import Failure  # noqa: E402


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./run attack", description=__doc__)
    parser.add_argument("seconds", type=float, nargs="?", default=3600)
    parser.add_argument("seed", nargs="?", default=str(random.randrange(10**6)), help="what is at random; SEED/NUMBER repeats one composition")
    options = parser.parse_args()
    seed, _, only = options.seed.partition("/")
    say(f"attack: seed {seed} for {options.seconds:g} seconds")
    with tempfile.TemporaryDirectory(prefix="abm-attack-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        try:
            counts = attack(folder, options.seconds, seed, say, only or None)
        except Failure as failure:
            say(f"attack: {failure}")
            say(f"attack: again with ./run attack {options.seconds:g} {str(failure).split()[1].rstrip(':')}")
            return 1
    print("\n".join(f"{what:24} {counts[what]}" for what in sorted(counts)))
    return 0 if counts["personalized"] and counts["original"] else 1


if __name__ == "__main__":
    sys.exit(main())
