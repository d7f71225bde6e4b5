"""Judges the mean duration or cost of an hour's runs, on the logarithm, against the same hour of the weeks before."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from models.rules.anomalies.counts import LEAST_WEEKS, MAD_SCALE, MEDIAN_VARIANCE, Judged

LEAST_RUNS = 10
LEAST_RATIO = 1.5


@dataclass(frozen=True, slots=True)
class LogSums:
    """Runs of an hour with the sum of their values' logarithms, and of the squares of these."""

    runs: int
    total: float
    squares: float

    @property
    def mean(self) -> float:
        return self.total / self.runs

    @property
    def within(self) -> float:
        """The squared deviations from the mean."""
        return max(self.squares - self.total**2 / self.runs, 0.0)


def judge_mean(now: LogSums, past: Sequence[LogSums], history: Sequence[LogSums]) -> Judged | None:
    """Judge an hour.

    Args:
        now: The hour.
        past: The same hour of the weeks before.
        history: All hours of these weeks: what is usual spread within an hour and between hours.

    Returns:
        The geometric means and the score; None if there are too few runs or weeks.
    """
    past = [one for one in past if one.runs >= LEAST_RUNS]
    if now.runs < LEAST_RUNS or len(past) < LEAST_WEEKS:
        return None
    within = sum(one.within for one in history if one.runs) / max(sum(one.runs - 1 for one in history if one.runs), 1)
    means = [one.mean for one in history if one.runs >= LEAST_RUNS]
    middle = median(means)
    between = MAD_SCALE * median(abs(one - middle) for one in means)
    usual = median(one.mean for one in past)
    # Hours differ among themselves by more than the runs in them; the larger spread counts.
    deviation = math.sqrt(max(within / now.runs, between**2, 1e-6) * (1 + MEDIAN_VARIANCE / len(past)))
    return Judged(
        value=math.exp(now.mean),
        usual=math.exp(usual),
        low=math.exp(usual - deviation),
        high=math.exp(usual + deviation),
        score=(now.mean - usual) / deviation,
    )


def is_longer(judged: Judged, limit: float) -> bool:
    """Whether the mean is unusually high, and by enough to matter."""
    return judged.score >= limit and judged.value >= LEAST_RATIO * judged.usual
