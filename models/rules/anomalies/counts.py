"""Judges a count of an hour against the same hour of the weeks before.

Counts are compared as square roots, on which a count spreads about equally whatever its size. Six weeks cannot tell
their own spread, so it is taken from the whole history (`dispersion`); the median keeps one incident among the weeks
from hiding the next one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, median

LEAST_WEEKS = 3
"""With fewer weeks nothing is judged: it is still being learned."""
LEAST_EXCESS = 5
"""By so much a count must be above the usual one, and by a half of it, to be worth a sentence."""
LEAST_USUAL = 10
"""A count that is lower than usual is told only where it is usually so high."""
LEAST_HOURLY = 5
"""Where a count is usually lower than that, the last 24 hours are judged instead of the hour."""
MAD_SCALE = 1.4826
MEDIAN_VARIANCE = 1.57
"""Variance of a median beside that of one value, times the number of values."""
PRIOR_HOURS = 100
"""So many hours the dispersion of the kind counts, beside the own ones, for something that is new."""
OWN_HOURS = 200
"""From so many own hours on, the kind's dispersion is not needed."""
STRONG = 1.5
"""An hour by itself is enough if it is so far above the threshold; otherwise two of the last three are needed."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A value beside its usual ones; `score` in standard deviations, below 0 if it is lower."""

    value: float
    usual: float
    low: float
    high: float
    score: float


def threshold(tests_a_day: float, alarms_a_day: float = 1.0) -> float:
    """Return the score from which on something is unusual, so that chance gives so many false alarms a day."""
    share = min(max(alarms_a_day / max(tests_a_day, 1.0), 1e-12), 0.5)
    return NormalDist().inv_cdf(1 - share)


def scaled(count: float) -> float:
    """Return the square root of a count, on which chance makes a standard deviation of 1."""
    return 2 * math.sqrt(max(count, 0.0) + 3 / 8)


def residuals(same_hours: Sequence[float]) -> list[float]:
    """Return by how much each count differs from the median of the others, on the scale; each week is one count."""
    if len(same_hours) < LEAST_WEEKS:
        return []
    values = [scaled(one) for one in same_hours]
    # A median of few values is uncertain itself, which is no spread of the counts.
    share = math.sqrt(1 + MEDIAN_VARIANCE / (len(values) - 1))
    return [(one - median([*values[:place], *values[place + 1 :]])) / share for place, one in enumerate(values)]


def dispersion(residuals: Sequence[float]) -> float:
    """Return by how much more than chance counts vary: the robust variance of what they differ from their usual."""
    if not residuals:
        return 1.0
    middle = median(residuals)
    deviation = MAD_SCALE * median(abs(one - middle) for one in residuals)
    return max(1.0, deviation**2)


def shrunk(own: float, hours: int, of_kind: float) -> float:
    """Return the dispersion of something that has so many hours of its own, with the help of its kind's."""
    if hours >= OWN_HOURS:
        return own
    return (hours * own + PRIOR_HOURS * of_kind) / (hours + PRIOR_HOURS)


def judge_count(value: float, past: Sequence[float], spread: float) -> Judged | None:
    """Judge a count.

    Args:
        value: The count.
        past: The same hour of the weeks before.
        spread: The dispersion.

    Returns:
        None with fewer than three weeks.
    """
    if len(past) < LEAST_WEEKS:
        return None
    middle = median(scaled(one) for one in past)
    deviation = math.sqrt(spread * (1 + MEDIAN_VARIANCE / len(past)))
    return Judged(
        value=value,
        usual=median(past),
        low=_count_of(middle - deviation),
        high=_count_of(middle + deviation),
        score=(scaled(value) - middle) / deviation,
    )


def is_high(judged: Judged, limit: float, least: float = LEAST_EXCESS) -> bool:
    """Whether a count is unusually high, and by enough to matter."""
    excess = judged.value - judged.usual
    return judged.score >= limit and judged.value >= 1.5 * judged.usual and excess >= least


def is_low(judged: Judged, limit: float) -> bool:
    """Whether a count is unusually low."""
    return judged.score <= -limit and judged.usual >= LEAST_USUAL


def lasts(latest_first: Sequence[float], limit: float) -> bool:
    """Whether the last hours' scores, all in the direction asked for, are enough for an alarm."""
    if latest_first[0] >= limit + STRONG:
        return True
    return latest_first[0] >= limit and sum(one >= limit for one in latest_first[:3]) >= 2


def _count_of(on_scale: float) -> float:
    return max((max(on_scale, 0.0) / 2) ** 2 - 3 / 8, 0.0)
