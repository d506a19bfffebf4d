"""The statistics of outcomes, written once more and plainly: what the report says is held against this."""

import math
import random


def share_score(x1, n1, x0, n0, difference):
    """Miettinen and Nurminen's score at a difference of two shares (1985), with the most likely shares found by search."""
    def log_likelihood(p0):
        p1 = p0 + difference
        total = 0.0
        for x, n, p in ((x1, n1, p1), (x0, n0, p0)):
            for count, share in ((x, p), (n - x, 1 - p)):
                if count:
                    if share <= 0:
                        return -math.inf
                    total += count * math.log(share)
        return total

    low, high = max(0.0, -difference), min(1.0, 1 - difference)
    for _ in range(200):
        a, b = low + (high - low) / 3, high - (high - low) / 3
        if log_likelihood(a) < log_likelihood(b):
            low = a
        else:
            high = b
    p0 = (low + high) / 2
    p1, n = p0 + difference, n1 + n0
    variance = (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0) * n / (n - 1)
    found = x1 / n1 - x0 / n0 - difference
    return found / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, found)


def share_interval(x1, n1, x0, n0):
    estimate, ends = x1 / n1 - x0 / n0, []
    for far in (-1.0, 1.0):
        near, away = estimate, far
        for _ in range(100):
            middle = (near + away) / 2
            if abs(share_score(x1, n1, x0, n0, middle)) > 1.959963984540054:
                away = middle
            else:
                near = middle
        ends.append((near + away) / 2)
    return ends


def share_p(x1, n1, x0, n0):
    """The "N-1" chi-squared test (Campbell 2007)."""
    n, x = n1 + n0, x1 + x0
    statistic = (x1 * (n0 - x0) - x0 * (n1 - x1)) ** 2 * (n - 1) / (n1 * n0 * x * (n - x))
    return math.erfc(math.sqrt(statistic / 2))


def permutation_p(treated, control, draws, seed=1):
    """Two-sided: twice the smaller tail, at most 1."""
    source = random.Random(seed)
    values, size = treated + control, len(treated)
    found = sum(treated) / size - sum(control) / len(control)
    total, above, below = sum(values), 0, 0
    for _ in range(draws):
        part = sum(source.sample(values, size))
        difference = part / size - (total - part) / len(control)
        above += difference >= found - 1e-9
        below += difference <= found + 1e-9
    return min(1.0, 2 * (min(above, below) + 1) / (draws + 1))


def kaplan_meier(durations):
    """[(days, share to whom it has not happened)] of (days, happened)."""
    share, points = 1.0, []
    for days in sorted({days for days, happened in durations if happened}):
        at_risk = sum(other >= days for other, _ in durations)
        share *= 1 - sum(happened and other == days for other, happened in durations) / at_risk
        points.append((days, share))
    return points


def log_rank_p(a, b):
    observed = expected = variance = 0.0
    for days in sorted({days for days, happened in a + b if happened}):
        at_a, at_b = sum(other >= days for other, _ in a), sum(other >= days for other, _ in b)
        n, d = at_a + at_b, sum(happened and other == days for other, happened in a + b)
        observed += sum(happened and other == days for other, happened in a)
        expected += d * at_a / n
        if n > 1:
            variance += d * (at_a / n) * (at_b / n) * (n - d) / (n - 1)
    return math.erfc(math.sqrt((observed - expected) ** 2 / variance / 2))


def benjamini_hochberg(values):
    order, adjusted, least = sorted(range(len(values)), key=values.__getitem__), [1.0] * len(values), 1.0
    for rank in range(len(values), 0, -1):
        least = min(least, values[order[rank - 1]] * len(values) / rank)
        adjusted[order[rank - 1]] = least
    return adjusted
