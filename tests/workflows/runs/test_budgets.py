"""Budgets through Temporal: what waits goes on by itself, without the sweep."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from models.kinds import Kind
from models.states import BudgetScope, HeldBy, RunStatus
from models.store.admission.holders import holder
from models.store.budgets import changes
from models.store.budgets.standings import standings
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from runtime.database import transaction
from runtime.temporal.admissions import look_at_budgets
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


async def budget_of(backend: Backend, agent: Primitive, limit: str) -> Budget:
    now = datetime.now(UTC)
    async with transaction(backend.sessions) as session:
        budget = changes.new_budget(BudgetScope.PRIMITIVE, Decimal(limit), now, "ada", primitive_id=agent.id)
        await changes.make(session, budget, now)
    return budget


async def waits(backend: Backend, run_id: Any) -> None:
    async def check() -> None:
        assert holder(await backend.row(run_id)) is HeldBy.BUDGET

    await assert_eventually(check, timeout=20)


async def test_runs_side_by_side_keep_within_a_budget_and_all_are_decided(backend: Backend) -> None:
    agent = await backend.agent(durationMs=200)
    automations = [await backend.automation(agent) for _ in range(2)]
    await backend.run(agent)
    budget = await budget_of(backend, agent, "0.05")
    starts = [backend.run(agent, owner) for owner in (*automations, None) for _ in range(3)]
    runs = await asyncio.gather(*starts)
    assert sorted(run.status.value for run in runs) == ["completed"] * 4 + ["skipped"] * 5
    refused = [run for run in runs if run.status is RunStatus.SKIPPED]
    assert {run.reason for run in refused} == {"over_budget"}
    assert all("a month, is spent" in (run.error_message or "") for run in refused)
    async with transaction(backend.sessions) as session:
        (standing,) = (await standings(session, [budget], datetime.now(UTC))).values()
    assert (standing.spent_usd, standing.reserved_usd, standing.refused_runs) == (Decimal("0.05"), Decimal(0), 5)


async def test_a_call_inside_a_run_waits_for_its_agent_s_budget_and_goes_on_when_it_is_raised(
    backend: Backend,
) -> None:
    agent, slow = await backend.agent(), await backend.agent(durationMs=8000)
    spec = {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": slow.slug}]}]}
    campaign = await backend.primitive(Kind.CAMPAIGN, spec)
    budget = await budget_of(backend, slow, "0.015")
    first = await backend.start(slow)

    async def started() -> None:
        assert (await backend.row(first)).started_at

    await assert_eventually(started, timeout=20)
    root = await backend.start(campaign)

    async def called() -> Any:
        children = await backend.children(root)
        assert len(children) == 1
        return children[0].id

    child = await assert_eventually(called, timeout=20)
    await waits(backend, child)
    # Another agent has nothing to do with it.
    assert (await backend.run(agent)).status is RunStatus.COMPLETED
    async with transaction(backend.sessions) as session:
        locked = await session.get_one(Budget, budget.id, with_for_update=True)
        await changes.change(
            session, locked, {"limit_usd": Decimal(1), "estimate_usd": Decimal("0.01")}, datetime.now(UTC)
        )
    await look_at_budgets(backend.sessions, backend.client)
    assert (await backend.closed(root)).status is RunStatus.COMPLETED
    assert (await backend.row(child)).cost_usd == Decimal("0.01")


async def test_a_run_that_waits_for_a_budget_can_be_cancelled(backend: Backend) -> None:
    agent = await backend.agent(durationMs=60_000)
    await budget_of(backend, agent, "1")
    first = await backend.start(agent)
    # No cost is known yet: one of the two goes first.
    second = await backend.start(agent)
    runs = [await backend.row(second)]

    async def one_waits() -> Any:
        runs[0] = await backend.row(second)
        return runs[0].id if holder(runs[0]) is HeldBy.BUDGET else False

    waiting = await assert_eventually(one_waits, timeout=20)
    await backend.handle(waiting).execute_update("cancel", {"reason": "enough"})
    closed = await backend.closed(waiting)
    assert (closed.status, closed.reason, closed.started_at) == (RunStatus.CANCELLED, "enough", None)
    other = first if waiting == second else second
    await backend.handle(other).execute_update("cancel")
    await backend.closed(other)
