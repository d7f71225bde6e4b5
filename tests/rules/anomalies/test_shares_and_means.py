"""Failure shares and mean durations: chance alone is no alarm, a change is found."""

import math

import numpy as np
import pytest

from models.rules.anomalies.means import LogSums, is_longer, judge_mean
from models.rules.anomalies.shares import failing_by_chance, fails_more

CHANCE = 1e-4


def test_the_tail_is_that_of_the_simulated_past() -> None:
    chance = np.random.default_rng(5)
    rates = chance.beta(3 + 1.5, 97 + 19.5, 200_000)
    drawn = chance.binomial(20, rates)
    for failed in (1, 3, 5):
        assert failing_by_chance(failed, 20, 3, 100) == pytest.approx((drawn >= failed).mean(), abs=0.005)
    assert failing_by_chance(0, 20, 3, 100) == 1.0
    assert failing_by_chance(20, 20, 0, 10_000) < 1e-20


def test_failures_as_in_the_past_are_no_alarm() -> None:
    chance = np.random.default_rng(9)
    alarms = 0
    for _ in range(20_000):
        past = int(chance.binomial(500, 0.05))
        alarms += fails_more(int(chance.binomial(20, 0.05)), 20, past, 500, CHANCE)
    assert alarms <= 2


def test_what_never_failed_and_fails_now_is_found() -> None:
    chance = np.random.default_rng(9)
    found = sum(fails_more(int(chance.binomial(20, 0.3)), 20, 0, 500, CHANCE) for _ in range(2000))
    assert found / 2000 > 0.8


@pytest.mark.parametrize(
    ("failed", "finished", "past_failed", "past_finished"),
    [(2, 2, 0, 1000), (0, 0, 0, 0), (9, 100, 0, 10_000), (45, 100, 4000, 10_000)],
)
def test_few_failures_and_small_changes_are_no_alarm(
    failed: int, finished: int, past_failed: int, past_finished: int
) -> None:
    assert not fails_more(failed, finished, past_failed, past_finished, CHANCE)


def sums(values: np.ndarray) -> LogSums:
    logs = np.log(values)
    return LogSums(runs=len(values), total=float(logs.sum()), squares=float((logs**2).sum()))


def history(seed: int, hours: int = 200) -> list[LogSums]:
    chance = np.random.default_rng(seed)
    return [sums(chance.lognormal(math.log(1000), 0.4, 30)) for _ in range(hours)]


def test_durations_as_usual_are_no_alarm_and_twice_as_long_ones_are() -> None:
    before = history(1)
    false = found = 0
    for now in history(2, 500):
        judged = judge_mean(now, before[:6], before)
        assert judged
        false += is_longer(judged, 4.0)
        twice = math.log(2)
        squares = now.squares + 2 * now.total * twice + now.runs * twice**2
        doubled = LogSums(now.runs, now.total + now.runs * twice, squares)
        longer = judge_mean(doubled, before[:6], before)
        assert longer
        found += is_longer(longer, 4.0)
        assert longer.value == pytest.approx(2 * judged.value)
    assert false == 0
    assert found / 500 > 0.9


def test_too_few_runs_or_weeks_are_not_judged() -> None:
    before = history(1)
    assert judge_mean(sums(np.full(9, 1000.0)), before[:6], before) is None
    assert judge_mean(before[0], before[:2], before) is None
    assert judge_mean(before[0], [LogSums(3, 9.0, 27.0)] * 6, before) is None


def test_hours_that_always_differ_are_no_alarm() -> None:
    chance = np.random.default_rng(4)
    before = [sums(chance.lognormal(math.log(1000 * 3 ** chance.normal()), 0.1, 30)) for _ in range(300)]
    judged = judge_mean(sums(np.full(30, 3000.0)), before[:6], before)
    assert judged
    assert not is_longer(judged, 4.0)
