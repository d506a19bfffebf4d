"""How figures of interleaved rounds are compared."""

import statistics


def median_ratio(rounds, base, field="cpu_us"):
    """The median of the ratios, round by round: within a round, other work on the machine affects both sides alike."""
    return statistics.median(one[field] / other[field] for one, other in zip(rounds, base))
