"""The random attack of `./run attack`, for a short time and always the same: ABM_ATTACK_SECONDS (45) and ABM_ATTACK_SEED (1)."""

import os

from attack.run import attack


def test_compositions_at_random_hold(tmp_path):
    tmp_path.chmod(0o755)
    told = []
    counts = attack(tmp_path, float(os.environ.get("ABM_ATTACK_SECONDS", "45")), os.environ.get("ABM_ATTACK_SEED", "1"), told.append)
    assert counts["compositions"] >= 1 and counts["personalized"] and counts["original"] and counts["swaps"] and counts["spliced"], dict(counts)
