"""Queues whose waits can be worked out by hand, or are known from queueing theory."""

import random
from collections import Counter
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contracts.automations.drafts import Overlap
from models.contracts.automations.flow_control import FlowControl
from models.rules.admission.keys import AdmissionKeys
from models.rules.projection.overlap import simulate_overlap
from models.rules.simulation.engine import simulate
from models.rules.simulation.sparing import free_ones, simulate_sparingly
from models.rules.simulation.world import (
    HOUR,
    SECOND,
    Arrivals,
    Call,
    Follower,
    OpenRun,
    SimulatedAutomation,
    SimulatedBudget,
    WaitingCall,
    WaitingRun,
    Work,
    World,
)
from models.states import SkipReason
from tests.rules.properties import examples
from tests.rules.simulation.worlds import DAY, arriving, flow, is_whole, keyed, one, run, starts, waits, world


def test_without_limits_nothing_waits() -> None:
    found = run(one(100), [0, 1, 2])
    assert waits(found.automations[0]) == [0, 0, 0]


def test_a_queue_grows_by_what_each_run_takes_longer_than_the_time_between_two() -> None:
    """D/D/1: arrivals each 10 s, runs of 15 s: the n-th waits 5 n seconds."""
    found = run(one(15, flow(concurrency={"limit": 1})), [10 * n for n in range(50)])
    assert waits(found.automations[0]) == [5 * n for n in range(50)]


def test_several_places_share_the_queue() -> None:
    """D/D/2 with bursts of four: two start at once, two wait for one run."""
    found = run(one(10, flow(concurrency={"limit": 2})), [100 * burst for burst in range(5) for _ in range(4)])
    assert Counter(waits(found.automations[0])) == {0.0: 10, 10.0: 10}
    assert found.waiting[0] == 2


@pytest.mark.parametrize(("load", "runs"), [(0.5, 20_000), (0.7, 30_000)])
def test_random_arrivals_wait_as_long_as_queueing_theory_says(load: float, runs: int) -> None:
    """M/D/1: the mean wait is D * load / (2 * (1 - load))."""
    lasts, end = 1.0, runs / load
    rng = np.random.default_rng(5)
    times = np.sort(rng.uniform(0, end, runs))
    arrivals = Arrivals(
        (times * SECOND).astype(np.int64), np.zeros(runs, dtype=np.int64), np.arange(runs, dtype=np.uint64)
    )
    found = simulate(world(one(lasts, flow(concurrency={"limit": 1})), end=end), arrivals)
    mean = sum(found.automations[0].waits) / runs / SECOND
    assert mean == pytest.approx(lasts * load / (2 * (1 - load)), rel=0.06)


def test_a_throttle_lets_its_burst_through_then_one_at_a_time() -> None:
    found = run(one(1, flow(throttle={"limit": 6, "periodSeconds": 60, "burst": 2})), [0] * 8)
    assert starts(found) == [0, 0, 0, 10, 20, 30, 40, 50]


def test_a_rate_limit_skips_what_is_above_it() -> None:
    found = run(one(1, flow(rateLimit={"limit": 5, "periodSeconds": 3600})), [0] * 7 + [720, 721])
    assert starts(found) == [0] * 5 + [720]
    assert found.automations[0].skipped == {SkipReason.RATE_LIMITED: 3}


def test_patience_and_the_length_of_the_queue_are_bounded() -> None:
    found = run(one(100, flow(concurrency={"limit": 1}, maxQueue=2, maxWaitSeconds=150)), [0, 1, 2, 3])
    (tally,) = found.automations
    assert starts(found) == [0, 100]
    assert tally.skipped == {SkipReason.QUEUE_FULL: 1, SkipReason.EXPIRED: 1}
    assert [at / SECOND for at, _, what in found.log if what == "expired"] == [152]


def test_debounce_and_batch_fold_deliveries_into_one_run() -> None:
    debounced = run(one(1, flow(debounce={"periodSeconds": 10, "maxSeconds": 25})), [0, 8, 16, 24, 100])
    assert starts(debounced) == [25, 110]
    assert debounced.automations[0].folded == 3
    batched = run(one(1, flow(batch={"maxSize": 3, "timeoutSeconds": 60})), [0, 1, 2, 50])
    assert starts(batched) == [2, 110]
    assert batched.automations[0].skipped == {SkipReason.BATCHED: 2}


@pytest.mark.parametrize("overlap", [Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.BUFFER_ALL])
@pytest.mark.parametrize("lasts", [7, 10, 23])
def test_due_times_overlap_as_the_projection_says(overlap: Overlap, lasts: int) -> None:
    due = np.arange(0, 200, 10, dtype=np.int64)
    expected = simulate_overlap(due, overlap, lasts * 1000)
    found = run(one(lasts, overlap=overlap), due.tolist(), end=100_000)
    assert starts(found) == [at / 1000 for at in expected.starts_ms.tolist()]
    assert found.automations[0].missed == due.size - expected.due.size


def test_a_due_time_can_stop_the_run_before_it() -> None:
    found = run(one(25, overlap=Overlap.CANCEL_OTHER), [0, 10, 20])
    assert starts(found) == [0, 10, 20]
    assert found.automations[0].cancelled == 2


def test_automations_share_the_places_of_an_agent_in_the_order_of_their_calls() -> None:
    found = simulate(world(one(10, agent=0), one(10, agent=0), capacities=[1]), arriving([0, 1], [0.5, 2]))
    assert waits(found.automations[0]) == [0, 19]
    assert waits(found.automations[1]) == [9.5, 28]
    assert found.agents[0].calls == 4
    assert found.used == [[1] + [0] * 23]


def test_a_call_that_waits_delays_what_follows_it() -> None:
    """Two calls of 10 s, 5 s after the start and 5 s after each other, then 5 s: alone the run takes 35 s."""
    calls = (Call(0, 5 * SECOND, 10 * SECOND), Call(0, 5 * SECOND, 10 * SECOND))
    pipeline = SimulatedAutomation(works=(Work(35 * SECOND, calls, ((0,), (1,), ()), last=1, rest=5 * SECOND),))
    alone = simulate(world(pipeline, capacities=[1]), arriving([0]), logs=True)
    assert [at / SECOND for at, _, what in alone.log if what == "ends"] == [35]
    # The agent is busy until 12: the first call waits 7 s, the second none.
    busy = simulate(world(pipeline, one(12, agent=0), capacities=[1]), arriving([0], [0]), logs=True)
    assert [at / SECOND for at, _, what in busy.log if what == "ends"] == [12, 42]
    assert [wait / SECOND for wait in busy.agents[0].waits] == [0, 7, 0]


def test_the_end_of_a_run_fires_what_depends_on_it() -> None:
    parent = one(10, followers=(Follower(1, True, False), Follower(2, False, True)))
    found = simulate(world(parent, one(1), one(1)), arriving([0, 20], [], []), logs=True)
    assert [tally.started for tally in found.automations] == [2, 2, 0]
    failing = simulate(
        world(one(10, followers=parent.followers, success_rate=0.0), one(1), one(1)), arriving([0, 20], [], [])
    )
    assert [tally.started for tally in failing.automations] == [2, 0, 2]


def test_a_budget_stops_runs_until_the_month_turns() -> None:
    spending = one(1, budget=0, costs=(Decimal(1),), expected_usd=Decimal(1))
    budget = SimulatedBudget(Decimal(3), Decimal(1), resets=(1000 * SECOND,))
    found = run(spending, [0, 10, 20, 30, 1000, 1010], budgets=[budget])
    assert starts(found) == [0, 10, 1000, 1010]
    assert found.automations[0].skipped == {SkipReason.OVER_BUDGET: 2}


def test_while_no_cost_is_known_one_run_at_a_time_may_spend_a_budget() -> None:
    budget = SimulatedBudget(Decimal(100), Decimal(0))
    found = run(one(10, budget=0, costs=(Decimal(1),)), [0, 0, 0], budgets=[budget])
    assert starts(found) == [0, 10, 10], "the first end tells the cost"
    unknown = run(one(10, budget=0), [0, 0, 0], budgets=[budget])
    assert starts(unknown) == [0, 10, 20]


def test_a_paused_automation_starts_nothing_until_it_is_resumed() -> None:
    limited = flow(concurrency={"limit": 1})
    waiting = WaitingRun(0, -5 * SECOND, -5 * SECOND)
    found = run(one(1, limited, active_from=None), [0, 1], waiting_runs=[waiting])
    assert found.automations[0].skipped == {SkipReason.PAUSED: 2}
    assert found.automations[0].held == 1
    snoozed = run(one(1, limited, active_from=60 * SECOND), [0, 70], waiting_runs=[waiting])
    assert starts(snoozed) == [60, 70]


def test_what_is_open_and_waiting_at_the_start_goes_first() -> None:
    limited = one(10, flow(concurrency={"limit": 1}))
    found = run(
        limited,
        [0],
        open_runs=[OpenRun(0, 7 * SECOND)],
        waiting_runs=[WaitingRun(0, -30 * SECOND, -30 * SECOND)],
    )
    assert waits(found.automations[0]) == [37, 17]
    assert found.automations[0].waiting_at_start == 1
    shared = run(
        one(10, agent=0),
        [0],
        capacities=[1],
        open_runs=[OpenRun(None, 5 * SECOND, agent=0)],
        waiting_calls=[WaitingCall(0, -SECOND, 3 * SECOND), WaitingCall(0, 0, 0, automation=0)],
    )
    assert starts(shared) == [8, 18], "a call of somebody else's, then the one that waited, then the one that arrived"


def test_what_waits_at_the_start_takes_as_long_as_any_other_run() -> None:
    mixed_lasts = SimulatedAutomation(flow(concurrency={"limit": 1}), durations=(SECOND, 9 * SECOND), seed=3)
    waiting = [WaitingRun(0, 0, number) for number in range(40)]
    found = run(mixed_lasts, [], waiting_runs=waiting)
    assert {round(later - earlier) for earlier, later in pairwise(starts(found))} == {1, 9}


def test_hours_are_counted_from_where_the_first_begins() -> None:
    later = World(HOUR // 2, 2 * HOUR, [one(10, flow(concurrency={"limit": 1}))], origin=0)
    found = simulate(later, arriving([1800, 1800, 1800, 3599, 3599]))
    assert found.waiting == [2, 1]


controls = st.sampled_from(
    [
        None,
        flow(concurrency={"limit": 2, "key": "payload.k", "perKey": 1}, maxQueue=3, maxWaitSeconds=20),
        flow(throttle={"limit": 1, "periodSeconds": 5, "key": "payload.k"}, priority="payload.p"),
        flow(rateLimit={"limit": 3, "periodSeconds": 30}, idempotency={"expression": "payload.id"}),
        flow(debounce={"periodSeconds": 4, "key": "payload.k"}, concurrency={"limit": 1}),
        flow(batch={"maxSize": 3, "timeoutSeconds": 9}),
        flow(singleton={"mode": "skip"}),
        flow(singleton={"mode": "cancel", "key": "payload.k"}),
        flow(singleton={"mode": "queueLatest"}),
    ]
)
overlaps = st.sampled_from([None, *Overlap])


def some_keys(rng: random.Random) -> AdmissionKeys:
    concurrency, throttle, rate_limit, fold, idempotency = rng.choices("ab", k=5)
    return AdmissionKeys(concurrency, throttle, rate_limit, fold, idempotency, rng.choice([0.0, 9.0]))


@given(st.lists(st.tuples(controls, overlaps, st.booleans()), min_size=1, max_size=4), st.integers(1, 3), st.randoms())
@examples(150)
def test_everything_that_arrives_is_accounted_for(
    drawn: list[tuple[FlowControl | None, Overlap | None, bool]], capacity: int, rng: random.Random
) -> None:
    automations = [
        one(
            rng.choice([1, 3, 8, 20]),
            control if overlap is None or control is None or not (control.batch or control.debounce) else None,
            overlap=overlap,
            agent=0 if calls else None,
            keys=keyed(*(some_keys(rng) for _ in range(9))),
            followers=(Follower(number - 1, True, True),) if number else (),
            budget=0 if number == 2 else None,
            costs=(Decimal(1),),
            seed=number,
        )
        for number, (control, overlap, calls) in enumerate(drawn)
    ]
    budgets = [SimulatedBudget(Decimal(6), Decimal(0))]
    here = world(*automations, end=90, capacities=[capacity], budgets=budgets)
    arrivals = arriving(*([rng.randrange(90) for _ in range(20)] for _ in automations))
    found = simulate(here, arrivals, logs=True)
    assert all(is_whole(tally) for tally in found.automations)
    assert found.used[0][0] <= capacity
    assert simulate(here, arrivals, logs=True).log == found.log, "the same question has the same answer"
    spared = simulate_sparingly(here, arrivals)
    for tally, other in zip(found.automations, spared.automations, strict=True):
        assert (tally.started, sorted(tally.waits), tally.skipped) == (
            other.started,
            sorted(other.waits),
            other.skipped,
        )


def test_only_what_cannot_wait_is_spared() -> None:
    slow, quick = one(30, overlap=Overlap.SKIP), one(5, overlap=Overlap.SKIP)
    limited = one(1, flow(concurrency={"limit": 1}))
    here = world(slow, quick, limited, one(1, active_from=None), one(1), one(1, followers=(Follower(4, True, True),)))
    arrivals = arriving(*([0, 10, 20] for _ in here.automations))
    assert free_ones(here, arrivals).tolist() == [False, True, False, False, False, False]
    assert here.end == DAY * SECOND
