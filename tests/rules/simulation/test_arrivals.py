"""Arrivals: the due times of the schedules, and deliveries that come at their rate, the same ones each time."""

import uuid
from dataclasses import replace

import numpy as np
import pytest

from models.rules.admission.keys import AdmissionKeys
from models.rules.projection.portfolio import Portfolio
from models.rules.schedule import Schedule
from models.rules.simulation.arrivals import deliveries, due_times, together
from models.rules.simulation.draws import mixed, mixed_many, poisson_counts, seed_of, uniform, uniforms
from models.rules.simulation.keys import constant_keys, given_keys, key_source, keys_at
from models.rules.simulation.world import SECOND
from tests.rules.portfolios import One, portfolio_of

MONDAY = 1_772_409_600
SEEDS = np.array([11, 12], dtype=np.uint64)


def test_draws_are_the_same_one_by_one_and_all_at_once() -> None:
    seeds, parts = np.array([0, 5, 2**64 - 1], dtype=np.uint64), np.array([0, 7, 2**40], dtype=np.int64)
    one_by_one = [mixed(int(seed), int(part)) for seed, part in zip(seeds, parts, strict=True)]
    assert mixed_many(seeds, parts).tolist() == one_by_one
    assert uniforms(np.array(one_by_one, dtype=np.uint64)).tolist() == [uniform(bits) for bits in one_by_one]
    assert seed_of(uuid.UUID(int=1)) != seed_of(uuid.UUID(int=2))


@pytest.mark.parametrize("mean", [0.3, 5.0, 300.0])
def test_counts_have_the_mean_and_the_spread_of_a_poisson_distribution(mean: float) -> None:
    size = 20_000
    counts = poisson_counts(np.full(size, mean), mixed_many(np.full(size, 3, dtype=np.uint64), np.arange(size)))
    assert counts.mean() == pytest.approx(mean, rel=0.03)
    assert counts.var() == pytest.approx(mean, rel=0.05)


def test_due_times_are_those_of_the_schedules_and_late_by_their_jitter() -> None:
    every = Schedule.parse("*/20 * * * *", "UTC")
    portfolio = portfolio_of([One(every), One(Schedule.parse("0 9 * * *", "UTC"))])
    found = due_times(portfolio, MONDAY, MONDAY + 86_400, SEEDS)
    assert np.bincount(found.automation).tolist() == [72, 1]
    assert found.at.tolist() == sorted(found.at.tolist())
    assert found.at[found.automation == 1].tolist() == [(MONDAY + 9 * 3600) * SECOND]
    late = due_times(portfolio, MONDAY, MONDAY + 86_400, SEEDS, np.array([600, 0]))
    by = late.at[late.automation == 0] - found.at[found.automation == 0]
    assert 0 <= by.min() < by.max() < 600 * SECOND
    assert late.at[late.automation == 1].tolist() == found.at[found.automation == 1].tolist()
    paused = replace(portfolio.automations[0], active=False)
    assert due_times(Portfolio((paused,)), MONDAY, MONDAY + 86_400, SEEDS).at.size == 0


def test_deliveries_of_an_hour_are_the_same_whatever_is_asked_beside_it() -> None:
    slots = MONDAY + np.arange(24) * 3600
    alone = deliveries(np.array([np.full(24, 30.0)]), slots, SEEDS[:1])
    assert alone.at.size == pytest.approx(720, rel=0.15)
    assert ((alone.at >= MONDAY * SECOND) & (alone.at < (MONDAY + 86_400) * SECOND)).all()
    both = deliveries(np.array([np.full(12, 30.0), np.full(12, 500.0)]), slots[6:18], SEEDS)
    mine = both.only(both.automation == 0)
    within = alone.within(int(slots[6]) * SECOND, int(slots[18]) * SECOND)
    assert mine.at.tolist() == within.at.tolist()
    assert mine.bits.tolist() == within.bits.tolist()
    assert together([alone, both]).at.size == alone.at.size + both.at.size


def test_keys_that_were_seen_more_than_once_come_back_and_others_do_not() -> None:
    measured = [AdmissionKeys(concurrency=key, idempotency=str(place // 2)) for place, key in enumerate("aab")]
    source = key_source(measured)
    found = [keys_at(source, index) for index in range(6)]
    assert [one.concurrency for one in found] == ["a", "a", "b", "a", "a", "b#1"]
    assert [one.idempotency for one in found] == ["0", "0", "1", "0#1", "0#1", "1#1"], "a duplicate stays one"
    assert {keys_at(constant_keys(measured[0]), index) for index in range(3)} == {measured[0]}
    assert [keys_at(given_keys(2), index).fold for index in range(5)] == ["1", "2", "1", "2", "1"]
    assert len({keys_at(given_keys(2), index).idempotency for index in range(6)}) == 6
