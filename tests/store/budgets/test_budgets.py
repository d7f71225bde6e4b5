"""Budgets in the database: what starts, what waits, what is refused, and what is counted."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from models.errors import Conflict
from models.kinds import Kind
from models.states import BudgetAction, BudgetScope, HeldBy, RunStatus
from models.store.admission.holders import holder
from models.store.budgets.recount import counted_since
from models.store.tables.budgets import Budget
from runtime.database import Sessions, transaction
from tests.store.budgets.platform import platform

ALL = BudgetScope.ALL


async def test_runs_wait_while_others_may_still_spend_what_is_left_and_are_refused_once_it_is_spent(
    sessions: Sessions,
) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.40")
    budget = await one.budget(ALL, "1")
    first, second, third, fourth = [await one.start(one.scouting) for _ in range(4)]
    assert [await one.state(run) for run in (first, second, third, fourth)] == [
        "running",
        "running",
        "waiting",
        "waiting",
    ]
    assert (await one.standing(budget)).reserved_usd == Decimal("0.80")
    assert holder(await one.row(third)) is HeldBy.BUDGET
    # It has cost less than was reserved, which makes room for one more, in the order of arrival.
    await one.close(first, "0.10")
    assert [await one.state(run) for run in (third, fourth)] == ["running", "waiting"]
    await one.close(second, "0.40")
    await one.close(third, "0.40")
    assert await one.state(fourth) == "over_budget"
    assert await one.spent(budget) == Decimal("0.90")
    refused = await one.row(fourth)
    assert refused.error_message is not None
    assert refused.error_message.startswith("The budget of all runs has $0.10 of $1.00 a month left")
    assert (await one.month(budget)).refused_runs == 1


async def test_while_no_cost_is_known_one_run_of_each_automation_starts_at_a_time(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(ALL, "5")
    first, second, other = await one.start(one.scouting), await one.start(one.scouting), await one.start(one.launching)
    assert [await one.state(run) for run in (first, second, other)] == ["running", "waiting", "running"]
    await one.close(first)
    # Its cost is unknown: the next one goes alone again.
    third = await one.start(one.scouting)
    assert [await one.state(run) for run in (second, third)] == ["running", "waiting"]
    await one.close(second, "0.01")
    assert [await one.state(run) for run in (third, await one.start(one.scouting))] == ["running", "running"]


async def test_an_estimate_lets_runs_of_unknown_cost_start_side_by_side(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(ALL, "1", estimate_usd=Decimal("0.30"))
    runs = [await one.start(one.scouting) for _ in range(4)]
    assert [await one.state(run) for run in runs] == ["running", "running", "running", "waiting"]


async def test_an_automation_without_costs_is_estimated_by_its_primitive(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(ALL, "1")
    await one.close(await one.start(), "0.60")
    run = await one.start(one.scouting)
    assert await one.state(run) == "over_budget"


async def test_a_run_that_others_call_counts_once_in_each_budget(sessions: Sessions) -> None:
    one = await platform(sessions)
    scopes = {
        "all": await one.budget(ALL, "100"),
        "agents": await one.budget(BudgetScope.KIND, "100", kind=Kind.AGENT),
        "campaigns": await one.budget(BudgetScope.KIND, "100", kind=Kind.CAMPAIGN),
        "scout": await one.budget(BudgetScope.PRIMITIVE, "100", primitive_id=one.scout.id),
        "launching": await one.budget(BudgetScope.AUTOMATION, "100", automation_id=one.launching.id),
        "scouting": await one.budget(BudgetScope.AUTOMATION, "100", automation_id=one.scouting.id),
    }
    root = await one.start(one.launching)
    early, _ = await one.call(root)
    await one.close(early, "3")
    late, _ = await one.call(root)
    # Before the campaign has closed, its child's cost is part of what is reserved for it.
    assert (await one.standing(scopes["all"])).reserved_usd == 3
    await one.close(root)
    await one.close(late, "4")
    await one.close(await one.start(one.scouting), "2")
    await one.close(await one.start(), "1")
    found = {name: int(await one.spent(budget)) for name, budget in scopes.items()}
    assert found == {"all": 10, "agents": 10, "campaigns": 7, "scout": 10, "launching": 7, "scouting": 2}
    for budget in scopes.values():
        standing = await one.standing(budget)
        assert (standing.reserved_usd, standing.runs_under_way) == (Decimal(0), 0)
        async with transaction(sessions) as session:
            counted = await counted_since(session, budget, standing.month.starts_at)
        assert (counted.usd, counted.unknown_runs) == (standing.spent_usd, standing.unknown_runs)


async def test_a_call_of_an_agent_without_budget_is_refused_inside_a_run(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(BudgetScope.KIND, "0", kind=Kind.AGENT)
    root = await one.start(one.launching)
    assert await one.state(root) == "running"
    _, state = await one.call(root)
    assert state == "over_budget"


async def test_the_widest_budget_decides_and_a_narrow_line_does_not_wait_for_it(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.50")
    everything = await one.budget(ALL, "1")
    agents = await one.budget(BudgetScope.KIND, "0.50", kind=Kind.AGENT, estimate_usd=Decimal("0.10"))
    root = await one.start(one.launching)
    first = await one.start(one.scouting)
    waiting = await one.start(one.scouting)
    assert (await one.row(waiting)).budget_id == agents.id
    await one.change(agents, limit_usd=Decimal(2))
    # Now it is the wider one that has no room, and the campaign's own call passes it.
    await one.change(everything, limit_usd=Decimal("0.60"))
    again = await one.start(one.scouting)
    assert (await one.state(again), (await one.row(again)).budget_id) == ("waiting", everything.id)
    _, state = await one.call(root)
    assert state == "running"
    assert await one.state(first) == "running"


@pytest.mark.parametrize("way", ["raise", "remove", "warn"])
async def test_waiting_runs_go_on_when_their_budget_changes(sessions: Sessions, way: str) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.60")
    budget = await one.budget(ALL, "1")
    await one.start(one.scouting)
    waiting = await one.start(one.scouting)
    assert await one.state(waiting) == "waiting"
    if way == "raise":
        await one.change(budget, limit_usd=Decimal("1.20"))
    elif way == "warn":
        await one.change(budget, action=BudgetAction.WARN)
    else:
        await one.remove(budget)
    assert await one.state(waiting) == "running"


async def test_waiting_runs_go_on_when_the_next_month_begins(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.60")
    budget = await one.budget(ALL, "1", timezone="America/New_York")
    before = await one.start(one.scouting)
    waiting = await one.start(one.scouting)
    async with transaction(sessions) as session:
        look_at = (await session.get_one(Budget, budget.id)).look_at
    assert look_at == datetime(2026, 4, 1, 4, tzinfo=UTC)
    one.now = look_at - timedelta(seconds=1)
    assert await one.look() == []
    one.now = look_at
    assert await one.look() == [waiting]
    # Each counts in the month in which it started.
    await one.close(before, "0.60")
    await one.close(waiting, "0.30")
    assert await one.spent(budget) == Decimal("0.30")


async def test_what_is_under_way_when_a_budget_is_made_counts(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.close(await one.start(one.scouting), "0.20")
    await one.knows(one.scouting, "0.40")
    running = await one.start(one.scouting)
    budget = await one.budget(ALL, "1")
    standing = await one.standing(budget)
    assert (standing.spent_usd, standing.reserved_usd) == (Decimal("0.20"), Decimal("0.40"))
    assert await one.state(await one.start(one.scouting)) == "running"
    assert await one.state(await one.start(one.scouting)) == "waiting"
    await one.close(running, "0.10")
    assert await one.spent(budget) == Decimal("0.30")


async def test_each_level_is_told_once_a_month_and_again_after_a_raise(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.10")
    budget = await one.budget(ALL, "1", warn_at_percent=[50, 80])
    for cost in ("0.45", "0.10", "0.10"):
        await one.close(await one.start(one.scouting), cost)
    assert await one.notices() == ["The budget of all runs is spent to 50%"]
    await one.close(await one.start(one.scouting), "0.40")
    assert await one.notices() == ["The budget of all runs is spent to 50%", "The budget of all runs is spent"]
    for _ in range(2):
        assert await one.state(await one.start(one.scouting)) == "over_budget"
    assert len(await one.notices()) == 2
    assert (await one.month(budget)).stopped_at is not None
    await one.change(budget, limit_usd=Decimal(2))
    assert (await one.month(budget)).stopped_at is None
    assert len(await one.notices()) == 2
    await one.close(await one.start(one.scouting), "0.60")
    assert (await one.notices())[2:] == ["The budget of all runs is spent to 80%"]


async def test_the_first_run_without_room_is_told_before_all_is_spent(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.40")
    await one.budget(BudgetScope.PRIMITIVE, "1", primitive_id=one.scout.id)
    await one.close(await one.start(one.scouting), "0.70")
    for _ in range(2):
        assert await one.state(await one.start(one.scouting)) == "over_budget"
    assert await one.notices() == ["The budget of Scout skips runs"]


async def test_a_budget_that_only_warns_stops_nothing(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(ALL, "0.10", action=BudgetAction.WARN)
    runs = [await one.start(one.scouting) for _ in range(3)]
    for run in runs:
        assert await one.state(run) == "running"
        await one.close(run, "0.10")
    assert await one.state(await one.start(one.scouting)) == "running"
    assert await one.notices() == ["The budget of all runs is exceeded"]


async def test_a_run_that_waits_and_is_cancelled_makes_way(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.knows(one.scouting, "0.60")
    await one.knows(one.launching, "0.30")
    await one.budget(ALL, "1")
    await one.start(one.scouting)
    first, second = await one.start(one.scouting), await one.start(one.launching)
    # It would fit, but is not let past the one that came before it.
    assert [await one.state(run) for run in (first, second)] == ["waiting", "waiting"]
    await one.close(first, status=RunStatus.CANCELLED)
    assert await one.state(second) == "running"


async def test_there_is_one_budget_for_each_target(sessions: Sessions) -> None:
    one = await platform(sessions)
    await one.budget(ALL, "1")
    await one.budget(BudgetScope.KIND, "1", kind=Kind.AGENT)
    for scope, columns in ((ALL, {}), (BudgetScope.KIND, {"kind": Kind.AGENT})):
        with pytest.raises(Conflict, match="already"):
            await one.budget(scope, "2", **columns)


async def test_a_run_of_a_budget_holds_no_capacity_while_it_waits(sessions: Sessions) -> None:
    one = await platform(sessions)
    async with transaction(sessions) as session:
        agent = await session.merge(one.scout)
        agent.capacity = 1
    await one.knows(one.scouting, "0.60")
    await one.budget(ALL, "1")
    root = await one.start(one.launching)
    first, second = await one.start(one.scouting), await one.start(one.scouting)
    assert [await one.state(run) for run in (first, second)] == ["running", "waiting"]
    assert not (await one.row(second)).takes_capacity
    await one.close(first, "0.10")
    # The campaign's call is not held up by a run that waits for another's room.
    assert await one.state(second) == "running"
    child, state = await one.call(root)
    assert state == "queued"
    assert holder(await one.row(child)) is HeldBy.CAPACITY
