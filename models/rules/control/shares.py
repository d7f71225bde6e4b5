"""Shares of a whole, and how sure a share of few runs is."""

from math import sqrt

Z_95 = 1.959964
LEAST_RUNS = 20
"""With fewer runs a share says too little."""


def share(part: float, whole: float) -> float | None:
    """Return the percentage; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def wilson(part: int, whole: int) -> tuple[float, float] | None:
    """Return the 95 % interval of a share in percent; None with too few runs.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference. Unlike the normal one
    it has a width where all or none count: 20 of 20 is not certain.
    """
    if whole < LEAST_RUNS:
        return None
    rate, z = part / whole, Z_95
    spread = z * sqrt(rate * (1 - rate) / whole + z * z / (4 * whole * whole))
    centre, scale = rate + z * z / (2 * whole), 1 + z * z / whole
    low, high = (centre - spread) / scale, (centre + spread) / scale
    return round(100 * max(low, 0), 1), round(100 * min(high, 1), 1)
