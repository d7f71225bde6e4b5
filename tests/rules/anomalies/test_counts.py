"""Counts are judged with few false alarms, and an incident is found: what chance makes is simulated."""

import random
from collections.abc import Callable

import numpy as np
import pytest

from models.rules.anomalies.counts import (
    Judged,
    dispersion,
    is_high,
    is_low,
    judge_count,
    lasts,
    residuals,
    shrunk,
    threshold,
)

WEEKS = 6
HOURS = 24 * 7
Z = 4.0


def simulated(mean: float, phi: float, weeks: int, seed: int) -> np.ndarray:
    """Return hourly counts with a weekly season and a variance of `phi` times the mean."""
    chance = np.random.default_rng(seed)
    season = mean * (1 + 0.6 * np.sin(np.arange(HOURS) * 2 * np.pi / 24))
    means = np.tile(season, weeks)
    if phi == 1:
        return chance.poisson(means)
    return chance.negative_binomial(means / (phi - 1), 1 / phi)


def spread_of(counts: np.ndarray) -> float:
    """Return the dispersion over the history, as the evaluation takes it."""
    by_week = counts.reshape(-1, HOURS)
    return dispersion([one for place in range(HOURS) for one in residuals([float(week[place]) for week in by_week])])


def judged_hours(counts: np.ndarray, change: Callable[[float], float] = float) -> list[Judged]:
    found = []
    for start in range(WEEKS * HOURS, len(counts) - HOURS + 1, HOURS):
        history = counts[start - WEEKS * HOURS : start]
        spread = spread_of(history)
        for place in range(HOURS):
            past = [float(history[week * HOURS + place]) for week in range(WEEKS)]
            one = judge_count(change(float(counts[start + place])), past, spread)
            assert one
            found.append(one)
    return found


@pytest.mark.parametrize(
    ("mean", "phi", "most"),
    # False alarms per 1,000 hours, upper side.
    [(10, 1, 0.3), (50, 1, 0.3), (10, 3, 0.6), (50, 3, 0.6), (50, 10, 0.8)],
)
def test_chance_alone_makes_few_false_alarms(mean: float, phi: float, most: float) -> None:
    found = judged_hours(simulated(mean, phi, weeks=WEEKS + 60, seed=7))
    alarms = sum(is_high(one, Z) for one in found)
    assert len(found) > 10_000
    assert 1000 * alarms / len(found) <= most


def test_a_count_of_three_times_the_usual_is_found() -> None:
    counts = simulated(50, 3, weeks=WEEKS + 20, seed=11)
    found = judged_hours(counts, lambda count: 3 * count)
    # At the quiet hours of the night a threefold count is small.
    share = sum(is_high(one, Z) for one in found) / len(found)
    assert share > 0.6
    loud = [one for one in found if one.usual >= 40]
    assert sum(is_high(one, Z) for one in loud) / len(loud) > 0.85


def test_an_incident_among_the_weeks_hides_nothing() -> None:
    counts = simulated(50, 3, weeks=WEEKS + 20, seed=13)
    spoiled = counts.copy()
    spoiled[2 * HOURS : 2 * HOURS + 12] *= 8
    without, with_one = (judged_hours(one, lambda count: 3 * count)[:12] for one in (counts, spoiled))
    assert sum(is_high(one, Z) for one in with_one) >= sum(is_high(one, Z) for one in without) - 2


def test_half_a_count_is_low_and_a_small_one_is_not_judged() -> None:
    past = [100.0, 104.0, 98.0, 101.0, 99.0, 103.0]
    low = judge_count(20, past, 1.0)
    assert low
    assert is_low(low, Z)
    assert not is_high(low, Z)
    small = judge_count(0, [6.0, 7.0, 5.0, 6.0], 1.0)
    assert small
    assert not is_low(small, Z)


def test_too_few_weeks_are_not_judged() -> None:
    assert judge_count(1000, [10.0, 10.0], 1.0) is None
    assert judge_count(1000, [10.0, 10.0, 10.0], 1.0) is not None


def test_a_high_count_must_be_half_as_much_again_and_five_more() -> None:
    assert not is_high(Judged(value=140, usual=100, low=90, high=110, score=9), Z)
    assert not is_high(Judged(value=4, usual=0, low=0, high=1, score=9), Z)
    assert is_high(Judged(value=150, usual=100, low=90, high=110, score=9), Z)


def test_the_band_holds_the_usual_count_and_spreads_with_the_dispersion() -> None:
    narrow, wide = (judge_count(100, [100.0] * 6, spread) for spread in (1.0, 9.0))
    assert narrow
    assert wide
    assert wide.low < narrow.low < 100 < narrow.high < wide.high
    assert narrow.score == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize(
    ("tests", "expected"), [(240, 2.64), (2400, 3.34), (24_000, 3.93), (240_000, 4.46), (960_000, 4.75), (600, 2.94)]
)
def test_the_threshold_follows_from_one_false_alarm_a_day(tests: int, expected: float) -> None:
    assert threshold(tests) == pytest.approx(expected, abs=0.02)


def test_the_dispersion_is_robust_and_shrinks_to_that_of_the_kind() -> None:
    chance = random.Random(3)
    known = [chance.gauss(0, 2) for _ in range(2000)]
    assert dispersion(known) == pytest.approx(4, rel=0.15)
    assert dispersion([*known, *[100.0] * 100]) == pytest.approx(4, rel=0.3)
    assert dispersion([]) == dispersion([0.0, 0.0]) == 1.0
    assert shrunk(9.0, 500, 1.0) == 9.0
    assert shrunk(9.0, 100, 1.0) == 5.0
    assert shrunk(9.0, 0, 2.0) == 2.0


def test_two_of_three_hours_or_one_far_above_are_needed() -> None:
    assert lasts([4.1, 4.2, 0.0], Z)
    assert lasts([4.1, 0.0, 4.2], Z)
    assert lasts([5.6], Z)
    assert not lasts([4.1, 0.0, 0.0], Z)
    assert not lasts([0.0, 9.0, 9.0], Z)
