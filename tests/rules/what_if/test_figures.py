"""What the simulation starts from and what is made of it, worked out by hand."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from models.contracts.outlook.what_if import Figure
from models.rules.simulation.tally import Tally
from models.rules.simulation.world import Call, Work
from models.rules.what_if.budget_dates import Months, ends_at
from models.rules.what_if.coupling import reached
from models.rules.what_if.figures import flow_of, started_share, wait_figures
from models.rules.what_if.openings import remaining
from models.rules.what_if.samples import MeasuredCall, RunSample, in_sequence, works_of
from models.states import SkipReason

MS = 1_000
SCOUT, WRITER = uuid.UUID(int=1), uuid.UUID(int=2)
AGENTS = {SCOUT: 0, WRITER: 1}


def test_edits_reach_what_shares_something_with_them_and_no_further() -> None:
    assert reached([0], [(0, 1), (1, 2), (3, 4)]) == [0, 1, 2]
    assert reached([3], [(0, 1), (1, 2), (3, 4)]) == [3, 4]
    assert reached([5], [(0, 1)]) == [5]
    assert reached([], [(0, 1)]) == []


def test_calls_follow_what_had_ended_before_them_without_the_waits_that_they_had() -> None:
    calls = (
        MeasuredCall(SCOUT, 100, 1000, waited_ms=500),
        MeasuredCall(uuid.UUID(int=9), 100, 50),
        MeasuredCall(SCOUT, 200, 300),
        MeasuredCall(WRITER, 1700, 400),
    )
    found = works_of(RunSample((2200,), (calls,)), Figure.MEASURED, AGENTS)
    assert found.works == (
        Work(
            2200 * MS,
            # The writer began 100 ms after the first call of the scout, which ended at 1600.
            (Call(0, 100 * MS, 1000 * MS), Call(0, 200 * MS, 300 * MS), Call(1, 100 * MS, 400 * MS)),
            ((0, 1), (2,), (), ()),
            last=2,
            rest=100 * MS,
        ),
    )
    alone = works_of(RunSample((7,), (calls,)), Figure.MEASURED, {})
    assert (alone.durations, alone.works) == ((7 * MS,), ())


def test_what_has_never_run_takes_as_long_as_its_agents_one_after_the_other() -> None:
    found = in_sequence([(SCOUT, [10, 30]), (WRITER, [5])], AGENTS)
    assert found.durations == (15 * MS, 35 * MS)
    assert found.works[1].calls == (Call(0, 0, 30 * MS), Call(1, 0, 5 * MS))
    assert found.figure is Figure.MEMBERS


def test_an_open_run_goes_on_as_measured_ones_did_that_had_lasted_as_long() -> None:
    half = 1 << 63
    assert remaining(0, [100, 200, 300], half) == 200 * MS
    assert remaining(150 * MS, [100, 200, 300], 0) == 50 * MS
    assert remaining(150 * MS, [100, 200, 300], half) == 150 * MS
    assert remaining(999 * MS, [100, 200, 300], half) == 200 * MS, "another median"


def test_percentiles_of_waits_are_by_nearest_rank() -> None:
    found = wait_figures([[0] * 90, [MS * n for n in range(1, 11)]], still_waiting=3)
    assert (found.runs, found.waited, found.still_waiting) == (100, 10, 3)
    assert (found.p50_ms, found.p95_ms, found.longest_ms) == (0, 5, 10)
    nothing = wait_figures([], 0)
    assert (nothing.runs, nothing.p50_ms) == (0, None)


def test_the_flow_adds_up_and_tells_which_share_starts() -> None:
    tally = Tally(arrivals=20, waiting_at_start=2, started=9, held=3, missed=1)
    tally.skipped.update({SkipReason.RATE_LIMITED: 4, SkipReason.BATCHED: 2, SkipReason.OVER_BUDGET: 3})
    flow = flow_of([tally])
    assert flow.skipped == {SkipReason.RATE_LIMITED: 4, SkipReason.OVER_BUDGET: 3}
    assert flow.folded == {SkipReason.BATCHED: 2}
    dropped = sum(flow.skipped.values()) + sum(flow.folded.values())
    assert flow.arrivals + flow.waiting_at_start == flow.started + flow.missed + dropped + flow.still_waiting
    assert started_share(tally) == pytest.approx(12 / 18)
    assert started_share(Tally()) is None


def test_a_budget_ends_in_the_hour_in_which_it_is_spent() -> None:
    now = datetime(2026, 11, 29, 22, 30, tzinfo=UTC)
    months = Months.ahead(now)
    assert (months.hours[0], months.hours[-1]) == (
        datetime(2026, 11, 29, 23, tzinfo=UTC),
        datetime(2027, 1, 1, tzinfo=UTC),
    )
    each_hour = np.arange(1, len(months.hours) + 1, dtype=np.float64)
    turn = datetime(2026, 12, 1, tzinfo=UTC)
    assert ends_at(10, 8, 1, months, each_hour) == now + timedelta(hours=1, minutes=30)
    assert ends_at(10, 10, 1, months, each_hour) == now, "it is spent"
    # Twenty-six runs are left this month; the next one begins anew.
    assert ends_at(40, 0, 1, months, each_hour) == turn + timedelta(hours=40)
    assert ends_at(26, 0, 1, months, each_hour) == turn
    assert ends_at(744, 0, 1, months, each_hour) == months.hours[-1]
    assert ends_at(745, 0, 1, months, each_hour) is None
