"""Backfills within budgets: how many runs have their turn, what pauses them, and what a preview says of it."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from models.states import BackfillStatus, BudgetAction, BudgetScope, RunStatus
from models.store.backfills.ending import lock_backfill, resume
from models.store.backfills.estimates import Estimated, estimate_for
from models.store.tables.automations import Automation
from models.store.tables.notices import Notice
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.store.backfills.schedules import Hourly, hourly
from tests.store.budgets.platform import Platform

ALL = BudgetScope.ALL


def spending(one: Hourly) -> Platform:
    agent = one.automation.primitive
    return Platform(one.sessions, agent, agent, one.automation, one.automation, now=datetime.now(UTC))


async def turns(one: Hourly, backfill: UUID) -> list[UUID]:
    return [run.run_id for run in (await one.advance(backfill)).to_start]


async def estimated(one: Hourly, count: int) -> Estimated:
    async with transaction(one.sessions) as session:
        row = await session.get_one(Automation, one.automation.id)
        return await estimate_for(session, row, count, 1, datetime.now(UTC))


async def test_no_more_runs_have_their_turn_than_the_budget_has_room_for(sessions: Sessions) -> None:
    one = await hourly(sessions)
    money = spending(one)
    await money.knows(one.automation, *["0.40"] * 5)
    await money.budget(ALL, "1")
    backfill = await one.start(await one.plan(5), limit=5)
    first, second = await turns(one, backfill)
    # Before they have opened nothing is reserved, and nothing more goes either.
    assert await turns(one, backfill) == []
    assert [await money.open(run) for run in (first, second)] == ["running", "running"]
    await money.close(first, "0.05")
    (third,) = await turns(one, backfill)
    assert await money.open(third) == "running"
    assert (await one.progress(backfill)).pending == 3


async def test_a_run_without_room_waits_for_those_of_others(sessions: Sessions) -> None:
    one = await hourly(sessions)
    money = spending(one)
    await money.knows(one.automation, "0.60")
    await money.budget(ALL, "1")
    live = await money.start(one.automation)
    backfill = await one.start(await one.plan(2), limit=3)
    (first,) = await turns(one, backfill)
    assert await money.open(first) == "waiting"
    assert await turns(one, backfill) == []
    await money.close(live, "0.10")
    assert await money.state(first) == "running"


async def test_while_no_cost_is_known_one_run_goes_at_a_time(sessions: Sessions) -> None:
    one = await hourly(sessions)
    money = spending(one)
    await money.budget(ALL, "1")
    backfill = await one.start(await one.plan(2), limit=3)
    (first,) = await turns(one, backfill)
    assert await money.open(first) == "running"
    assert await turns(one, backfill) == []
    await money.close(first, "0.01")
    assert len(await turns(one, backfill)) == 2


async def test_a_spent_budget_pauses_the_backfill_instead_of_skipping_its_runs(sessions: Sessions) -> None:
    one = await hourly(sessions)
    money = spending(one)
    await money.knows(one.automation, "0.40")
    budget = await money.budget(BudgetScope.AUTOMATION, "0.50", automation_id=one.automation.id)
    backfill = await one.start(await one.plan(2), limit=3)
    (first,) = await turns(one, backfill)
    await money.open(first)
    await money.close(first, "0.40")
    assert await turns(one, backfill) == []
    paused = await one.backfill(backfill)
    assert (paused.status, paused.paused_by) == (BackfillStatus.PAUSED, "podium")
    assert paused.paused_reason is not None
    assert paused.paused_reason.startswith(f"The budget of {one.automation.name} has $0.10 of $0.50 a month left")
    async with transaction(sessions) as session:
        notice = (await session.scalars(select(Notice).where(Notice.kind == "backfill.paused"))).one()
        assert await session.scalar(select(Run.id).where(Run.status == RunStatus.SKIPPED)) is None
    assert paused.paused_reason in notice.text
    await money.change(budget, limit_usd=Decimal(10))
    async with transaction(sessions) as session:
        await resume(session, await lock_backfill(session, backfill), "ann", "")
    assert len(await turns(one, backfill)) == 2


async def test_a_preview_says_which_budgets_it_would_break(sessions: Sessions) -> None:
    one = await hourly(sessions)
    money = spending(one)
    async with transaction(sessions) as session:
        row = await session.get_one(Automation, one.automation.id)
        row.name = "Report"
    await money.budget(ALL, "100")
    await money.budget(BudgetScope.AUTOMATION, "5", automation_id=one.automation.id)
    assert (await estimated(one, 20)).estimate.budget_left_usd == Decimal(5)
    run = await money.start(one.automation)
    await money.close(run, "0.40")
    found = await estimated(one, 20)
    assert found.estimate.mean_usd == Decimal(8)
    assert found.warnings == (
        "The budget of Report has $4.60 left this month, enough for about 11 of them: the backfill then pauses.",
    )
    assert (await estimated(one, 10)).warnings == ()
    await money.budget(BudgetScope.KIND, "1", kind=one.automation.kind, action=BudgetAction.WARN)
    assert (await estimated(one, 10)).warnings == (
        "The budget of all agents has $0.60 left this month. They start all the same: this budget only warns.",
    )
    # What is under way is reserved.
    await money.knows(one.automation, "4.60")
    await money.start(one.automation)
    assert (await estimated(one, 1)).warnings == (
        "The budget of all agents has nothing left this month. They start all the same: this budget only warns.",
        "The budget of Report has nothing left this month: the backfill pauses at once.",
    )
