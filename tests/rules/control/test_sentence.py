"""The verdict and its sentence, in one situation after another."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.contracts.control import ReasonCode
from models.rules.control.facts import Engine, Facts, Judged, Recent, SpentBudget, Unusual
from models.rules.control.sentence import reasons, sentence, verdict
from models.states import HealthState

OK = Engine(queues=6)
DAY = Recent(runs=8412, completed=8336, failed=76, cost="$41.20")
CALM = Facts(engine=OK, recent=DAY, automations=412, peak="22:00 with 214 starts")
DESK = Judged("desk", "Nightly desk", 19, 31)
SCOUT = Judged("scout", "Scout", 1, 1)
END = datetime(2026, 12, 1, tzinfo=UTC)
SPENT = SpentBudget("the budget of Scout", END)
UNUSUAL = Unusual("Events have started Scout 412 times", "/runs?primitive=scout", END)
HEALTHY = "Healthy: 8,412 runs in 24 h, 99% completed, $41.20"

SITUATIONS = [
    (CALM, HealthState.HEALTHY, f"{HEALTHY}, next peak 22:00 with 214 starts."),
    (replace(CALM, peak=None), HealthState.HEALTHY, f"{HEALTHY}."),
    (
        replace(CALM, peak=None, recent=replace(DAY, unknown_costs=3)),
        HealthState.HEALTHY,
        f"{HEALTHY} and 3 unknown costs.",
    ),
    (
        replace(CALM, peak=None, recent=Recent(runs=1, completed=1, cost="$0.10", unknown_costs=1)),
        HealthState.HEALTHY,
        "Healthy: 1 run in 24 h, 100% completed, $0.10 and 1 unknown cost.",
    ),
    # Near to everything is not everything.
    (
        replace(CALM, peak=None, recent=Recent(runs=10_000, completed=9_999, failed=1, cost="$1.00")),
        HealthState.HEALTHY,
        "Healthy: 10,000 runs in 24 h, 99.9% completed, $1.00.",
    ),
    # All were cancelled: there is no rate.
    (replace(CALM, peak=None, recent=Recent(runs=2)), HealthState.HEALTHY, "Healthy: 2 runs in 24 h, $0.00."),
    (
        replace(CALM, recent=Recent()),
        HealthState.IDLE,
        "Nothing has run within 24 h, next peak 22:00 with 214 starts.",
    ),
    (replace(CALM, recent=Recent(), peak=None), HealthState.IDLE, "Nothing has run within 24 h."),
    (
        Facts(engine=OK, has_primitives=False, automations=0),
        HealthState.EMPTY,
        "Nothing is set up yet: make an agent, then an automation that fires it.",
    ),
    # Also an empty installation must be able to run.
    (
        Facts(engine=replace(OK, unserved=("podium",)), has_primitives=False, automations=0),
        HealthState.UNHEALTHY,
        "No worker polls podium: what belongs there waits.",
    ),
    (
        replace(CALM, engine=replace(OK, temporal="does not answer (no response within 2 s)")),
        HealthState.UNHEALTHY,
        "Nothing starts: Temporal does not answer (no response within 2 s).",
    ),
    (
        replace(CALM, engine=replace(OK, unserved=("podium-python",))),
        HealthState.UNHEALTHY,
        "No worker polls podium-python: what belongs there waits.",
    ),
    (
        replace(CALM, engine=replace(OK, unserved=("a", "b", "c"))),
        HealthState.UNHEALTHY,
        "No worker polls a, b and c: what belongs there waits.",
    ),
    (
        replace(CALM, engine=replace(OK, unserved=tuple("abcdef"))),
        HealthState.UNHEALTHY,
        "Nothing runs: no worker polls any task queue.",
    ),
    (
        replace(CALM, engine=replace(OK, sweep_age=None)),
        HealthState.UNKNOWN,
        "The sweep has never passed: missed due times and lost runs are not known.",
    ),
    (
        replace(CALM, engine=replace(OK, sweep_age=240, sweep_allowed=120)),
        HealthState.UNKNOWN,
        "The sweep passed 4 min ago: missed due times and lost runs are not known.",
    ),
    (
        replace(CALM, engine=replace(OK, sweep_age=120, sweep_allowed=120), peak=None),
        HealthState.HEALTHY,
        f"{HEALTHY}.",
    ),
    (replace(CALM, engine=replace(OK, stuck=1)), HealthState.UNHEALTHY, "1 run is stuck in Temporal."),
    (replace(CALM, engine=replace(OK, stuck=1200)), HealthState.UNHEALTHY, "1,200 runs are stuck in Temporal."),
    # A run that is queued for a moment is no backlog, however many there are.
    (
        replace(CALM, engine=replace(OK, queued=900, oldest_queued_seconds=60), peak=None),
        HealthState.HEALTHY,
        f"{HEALTHY}.",
    ),
    (
        replace(CALM, engine=replace(OK, queued=1, oldest_queued_seconds=61)),
        HealthState.DEGRADED,
        "1 run waits to start, the oldest for 1 min.",
    ),
    (
        replace(CALM, engine=replace(OK, queued=412, oldest_queued_seconds=300)),
        HealthState.DEGRADED,
        "412 runs wait to start, the oldest for 5 min.",
    ),
    (
        replace(CALM, engine=replace(OK, queued=412, oldest_queued_seconds=7200)),
        HealthState.UNHEALTHY,
        "412 runs wait to start, the oldest for 2 h.",
    ),
    (
        replace(CALM, failing=(DESK,)),
        HealthState.DEGRADED,
        "1 of 412 automations fails; worst: Nightly desk, 38% of its last 50 completed.",
    ),
    (
        replace(CALM, failing=(DESK, SCOUT, SCOUT), automations=30),
        HealthState.UNHEALTHY,
        "3 of 30 automations fail; worst: Nightly desk, 38% of its last 50 completed.",
    ),
    (
        replace(CALM, automations=1, failing=(Judged("x", "X", 0, 1),)),
        HealthState.UNHEALTHY,
        "1 of 1 automation fails; worst: X, 0% of its last 1 completed.",
    ),
    (
        replace(CALM, unstable=(Judged("x", "X", 7, 3),)),
        HealthState.DEGRADED,
        "1 of 412 automations often fails; worst: X, 70% of its last 10 completed.",
    ),
    (
        replace(CALM, unstable=(Judged("x", "X", 7, 3), SCOUT)),
        HealthState.DEGRADED,
        "2 of 412 automations often fail; worst: X, 70% of its last 10 completed.",
    ),
    (replace(CALM, auto_disabled=(DESK,)), HealthState.DEGRADED, "Nightly desk is disabled by its health policy."),
    (
        replace(CALM, auto_disabled=(DESK, SCOUT)),
        HealthState.DEGRADED,
        "2 automations are disabled by their health policy.",
    ),
    (replace(CALM, spent=(SPENT,)), HealthState.DEGRADED, "The budget of Scout is spent until 1 December."),
    (
        replace(CALM, spent=(SPENT, replace(SPENT, name="the budget of all runs"))),
        HealthState.DEGRADED,
        "2 budgets are spent, such as the budget of Scout.",
    ),
    (replace(CALM, overdue=(DESK,)), HealthState.DEGRADED, "Nightly desk is overdue."),
    (replace(CALM, overdue=(DESK, SCOUT)), HealthState.DEGRADED, "2 automations are overdue."),
    (replace(CALM, drifted=(DESK,)), HealthState.DEGRADED, "Nightly desk differs from the Temporal schedule."),
    (replace(CALM, drifted=(DESK, SCOUT)), HealthState.DEGRADED, "2 automations differ from the Temporal schedule."),
    # Two reasons are told, and the others counted.
    (
        replace(CALM, failing=(DESK,), spent=(SPENT,)),
        HealthState.DEGRADED,
        "1 of 412 automations fails; worst: Nightly desk, 38% of its last 50 completed. "
        "The budget of Scout is spent until 1 December.",
    ),
    (
        replace(CALM, auto_disabled=(DESK,), spent=(SPENT,), overdue=(SCOUT,)),
        HealthState.DEGRADED,
        "Nightly desk is disabled by its health policy. The budget of Scout is spent until 1 December, "
        "and 1 more reason.",
    ),
    (
        replace(
            CALM,
            engine=replace(OK, sweep_age=None, stuck=2),
            failing=(DESK,),
            drifted=(SCOUT,),
        ),
        HealthState.UNHEALTHY,
        "The sweep has never passed: missed due times and lost runs are not known. 2 runs are stuck in Temporal, "
        "and 2 more reasons.",
    ),
    (replace(CALM, unusual=(UNUSUAL,)), HealthState.DEGRADED, f"{UNUSUAL.text}."),
    (
        replace(CALM, unusual=(UNUSUAL,) * 3),
        HealthState.DEGRADED,
        f"{UNUSUAL.text}; 2 more things are unusual.",
    ),
    # What is not known is worse than what is degraded.
    (
        replace(CALM, engine=replace(OK, sweep_age=None), drifted=(SCOUT,)),
        HealthState.UNKNOWN,
        "The sweep has never passed: missed due times and lost runs are not known. "
        "Scout differs from the Temporal schedule.",
    ),
]


@pytest.mark.parametrize(("facts", "judged", "said"), SITUATIONS)
def test_a_situation_has_its_verdict_and_sentence(facts: Facts, judged: HealthState, said: str) -> None:
    found = reasons(facts, ZoneInfo("UTC"))
    assert (verdict(found, facts), sentence(found, facts)) == (judged, said)


def test_every_reason_is_in_a_situation() -> None:
    told = {one.code for facts, _, _ in SITUATIONS for one in reasons(facts, ZoneInfo("UTC"))}
    assert told == set(ReasonCode)


def test_reasons_have_one_order_and_days_are_those_of_the_zone() -> None:
    some: dict[str, Any] = dict.fromkeys(("failing", "unstable", "auto_disabled", "overdue", "drifted"), (DESK,))
    everything = replace(
        CALM, engine=Engine("is away", ("a",), 6, None, 120, 5, 90, 1), unusual=(UNUSUAL,), spent=(SPENT,), **some
    )
    found = reasons(everything, ZoneInfo("America/New_York"))
    order = [*ReasonCode]
    assert all(order.index(one.code) < order.index(other.code) for one, other in pairwise(found))
    assert len(found) == len(ReasonCode)
    assert "The budget of Scout is spent until 30 November" in {one.text for one in found}
