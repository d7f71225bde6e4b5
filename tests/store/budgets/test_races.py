"""Many automations side by side under budgets of every scope: none is ever exceeded, and nobody is forgotten."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, select, text, update

from models.kinds import Kind
from models.rules.cost import NOTHING
from models.states import BudgetScope
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget
from models.store.tables.primitives import Primitive
from runtime.database import Sessions, transaction
from tests.factories import make_automation
from tests.store.budgets.platform import Platform, platform
from tests.support.eventually import assert_eventually

COST = Decimal("0.10")
CENTS = Decimal(100)

# What the runs themselves say, apart from everything that budgets keep.
_SEEN = text(
    """
    SELECT b.id, b.limit_usd, m.spent_usd,
           coalesce(sum(r.cost_usd) FILTER (WHERE NOT open), 0) AS closed,
           coalesce(sum(greatest(coalesce(r.cost_usd, 0), coalesce(r.reserved_usd, 0))) FILTER (
             WHERE open AND (r.started_at IS NOT NULL OR r.takes_budget)), 0) AS reserved
      FROM budgets b JOIN budget_months m ON m.budget_id = b.id
      LEFT JOIN (SELECT *, status IN ('queued', 'running', 'waiting', 'stuck') AS open FROM runs) r
        ON b.kind = r.kind OR b.primitive_id = r.primitive_id OR b.automation_id = r.automation_id
           OR (b.scope = 'all' AND r.parent_run_id IS NULL)
     WHERE r.id IS NULL OR coalesce(r.started_at, r.queued_at) >= m.starts_at
     GROUP BY b.id, m.spent_usd
    """
)


@dataclass(frozen=True)
class RunPlan:
    """A run of one of the automations (None: of the agent, directly), what it costs, and the calls that it makes."""

    automation: int | None
    cents: int
    calls: tuple[int, ...]


@dataclass
class Race:
    """Runs side by side, each opened again whenever it is woken."""

    one: Platform
    automations: Sequence[tuple[Automation, Primitive]]
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(8))

    async def live(self, plan: RunPlan) -> None:
        automation, primitive = (None, self.one.scout) if plan.automation is None else self.automations[plan.automation]
        async with self.room:
            run_id = await self.one.queue(automation, primitive)
            await self.one.open(run_id)
            await self.look()
        if not await self.started(run_id):
            return
        left = (await self.one.row(run_id)).reserved_usd or NOTHING
        if primitive.kind is Kind.AGENT:
            await self.close(run_id, plan.cents, left)
            return
        for cents in plan.calls:
            async with self.room:
                child_id, _ = await self.one.call(run_id)
            if await self.started(child_id):
                left -= await self.close(child_id, cents, left)
        async with self.room:
            await self.one.close(run_id)

    async def close(self, run_id: UUID, cents: int, most: Decimal) -> Decimal:
        """Let a run cost no more than what is reserved for it and for its parent: more, nothing can keep away."""
        reserved = (await self.one.row(run_id)).reserved_usd or NOTHING
        cost = min(cents / CENTS, reserved, most)
        async with self.room:
            await self.one.close(run_id, str(cost))
            await self.look()
        return cost

    async def started(self, run_id: UUID) -> bool:
        """Wait until a run has been decided on; return whether it has started."""

        async def decided() -> str:
            state = await self.one.state(run_id)
            assert state not in ("waiting", "queued")
            return state

        return await assert_eventually(decided, timeout=60) == "running"

    async def look(self) -> None:
        """Compare budgets and runs within one snapshot."""
        async with transaction(self.one.sessions) as session:
            await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
            for row in await session.execute(_SEEN):
                assert row.spent_usd == row.closed
                assert row.closed + row.reserved <= row.limit_usd


plans = st.builds(
    RunPlan,
    automation=st.sampled_from([None, 0, 1, 2, 3, 4]),
    cents=st.integers(0, 10),
    calls=st.lists(st.integers(0, 10), max_size=2).map(tuple),
)
limits = st.integers(5, 150).map(lambda cents: Decimal(cents) / CENTS)


@settings(
    max_examples=3,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chosen=st.lists(plans, min_size=10, max_size=40), given_limits=st.lists(limits, min_size=6, max_size=6))
async def test_no_budget_is_ever_exceeded(
    sessions: Sessions, chosen: list[RunPlan], given_limits: list[Decimal]
) -> None:
    race = await _race(sessions)
    one, targets = race.one, race.automations[0]
    await _budgets(one, targets[0], given_limits)
    await asyncio.gather(*(race.live(plan) for plan in chosen))
    await race.look()


async def _race(sessions: Sessions) -> Race:
    """Start afresh in a month of its own, because the examples of a property share a database."""
    async with transaction(sessions) as session:
        examples = await session.scalar(select(func.count()).where(Primitive.kind == Kind.CAMPAIGN)) or 0
        await session.execute(delete(Budget))
        await session.execute(update(Primitive).values(slug=func.left(func.concat(Primitive.id), 60)))
    one = await platform(sessions)
    one.pass_time(examples * timedelta(days=62))
    async with transaction(sessions) as session:
        more = [(await make_automation(session, one.scout), one.scout) for _ in range(3)]
    race = Race(one, [(one.scouting, one.scout), (one.launching, one.campaign), *more])
    for automation, primitive in race.automations:
        await one.knows(automation, str(COST if primitive.kind is Kind.AGENT else 2 * COST))
    # Direct runs and calls are estimated by what the primitive's runs have cost.
    await one.close(await one.start(), str(COST))
    one.pass_time(timedelta(days=31))
    return race


async def _budgets(one: Platform, automation: Automation, limits: Sequence[Decimal]) -> list[Budget]:
    return [
        await one.budget(BudgetScope.ALL, str(4 * limits[0])),
        await one.budget(BudgetScope.KIND, str(3 * limits[1]), kind=Kind.AGENT),
        await one.budget(BudgetScope.KIND, str(2 * limits[2]), kind=Kind.CAMPAIGN),
        await one.budget(BudgetScope.PRIMITIVE, str(3 * limits[3]), primitive_id=one.scout.id),
        await one.budget(BudgetScope.AUTOMATION, str(limits[4]), automation_id=automation.id),
    ]
