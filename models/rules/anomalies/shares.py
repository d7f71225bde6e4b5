"""Judges how many of the finished runs failed, against the share of the weeks before."""

from math import exp, lgamma

LEAST_FAILED = 3
LEAST_POINTS = 10.0
"""Percentage points above the past share from which on it is worth a sentence."""
PRIOR_FAILED, PRIOR_FINISHED = 1.0, 20.0
"""What is assumed before anything is known: one of twenty fails."""


def failing_by_chance(failed: int, finished: int, past_failed: int, past_finished: int) -> float:
    """Return how probable so many failures or more are, if runs fail as in the past (a beta-binomial tail)."""
    if failed <= 0:
        return 1.0
    alpha = past_failed + PRIOR_FAILED + 0.5
    beta = past_finished - past_failed + PRIOR_FINISHED - PRIOR_FAILED + 0.5
    return min(sum(_probability(count, finished, alpha, beta) for count in range(failed, finished + 1)), 1.0)


def fails_more(failed: int, finished: int, past_failed: int, past_finished: int, chance: float) -> bool:
    """Whether runs fail unusually often, and by enough to matter; `chance` is that of a false alarm."""
    if failed < LEAST_FAILED or finished <= 0:
        return False
    past = 100 * past_failed / past_finished if past_finished else 0.0
    if 100 * failed / finished < past + LEAST_POINTS:
        return False
    return failing_by_chance(failed, finished, past_failed, past_finished) < chance


def _probability(count: int, of: int, alpha: float, beta: float) -> float:
    return exp(
        lgamma(of + 1)
        - lgamma(count + 1)
        - lgamma(of - count + 1)
        + _log_beta(count + alpha, of - count + beta)
        - _log_beta(alpha, beta)
    )


def _log_beta(one: float, other: float) -> float:
    return lgamma(one) + lgamma(other) - lgamma(one + other)
