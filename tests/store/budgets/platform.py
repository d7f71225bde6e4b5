"""A platform with budgets, and the lives of runs on it, carried out through the store as the activities do."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models.contracts.workflows.lifecycle import ChildOf, OpenRun, RunOutcome, RunRequest
from models.kinds import Kind
from models.names import run_temporal_workflow_id
from models.states import BudgetScope, RunStatus
from models.store.admission.to_tell import take_admissions
from models.store.budgets import changes
from models.store.budgets.applying import month_at
from models.store.budgets.standings import BudgetStanding, standings
from models.store.budgets.waiting import let_in_waiting
from models.store.ids import fresh_id
from models.store.runs.closing import close_run
from models.store.runs.opening import open_run
from models.store.stats.folding import make_stats
from models.store.tables.automations import Automation
from models.store.tables.budgets import Budget, BudgetMonth
from models.store.tables.notices import Notice
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from models.store.tables.stats import AutomationStats
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

CAMPAIGN = {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "scout"}]}]}
NOON = datetime(2026, 3, 16, 12, tzinfo=UTC)


@dataclass
class Platform:
    """An agent, a campaign that calls it, an automation of each, and a clock."""

    sessions: Sessions
    scout: Primitive
    campaign: Primitive
    scouting: Automation
    launching: Automation
    now: datetime = NOON
    woken: list[UUID] = field(default_factory=list)

    async def budget(self, scope: BudgetScope, limit: str, **columns: Any) -> Budget:
        async with transaction(self.sessions) as session:
            budget = changes.new_budget(scope, Decimal(limit), self.now, "ada", **columns)
            await changes.make(session, budget, self.now)
        return budget

    async def change(self, budget: Budget, **values: Any) -> None:
        async with transaction(self.sessions) as session:
            locked = await session.get_one(Budget, budget.id, with_for_update=True)
            await changes.change(session, locked, values, self.now)
        await self.look()

    async def remove(self, budget: Budget) -> None:
        async with transaction(self.sessions) as session:
            await changes.remove(session, await session.get_one(Budget, budget.id))
        await self.look()

    async def knows(self, automation: Automation, *costs: str) -> None:
        """Let an automation have had runs of these costs."""
        async with transaction(self.sessions) as session:
            recent = [[number, cost] for number, cost in enumerate(costs, 1)]
            known = {"recent_costs": recent, "cost_count": len(costs), "duration_count": len(costs)}
            await session.execute(
                update(AutomationStats).where(AutomationStats.automation_id == automation.id).values(**known)
            )

    async def queue(self, automation: Automation | None = None, primitive: Primitive | None = None) -> UUID:
        async with transaction(self.sessions) as session:
            chosen = primitive or self.scout
            if automation is not None:
                chosen = await session.get_one(Primitive, automation.primitive_id)
            return (await queue_run(session, chosen, automation, queued_at=self.now)).id

    async def open(self, run_id: UUID, parent: UUID | None = None) -> str:
        """Open a run, as its workflow does, and look after the commit; return its state."""
        child = ChildOf(parent_run_id=parent, root_run_id=parent, agent="scout", step="a") if parent else None
        opening = OpenRun(
            request=RunRequest(run_id=run_id, child=child),
            kind=Kind.AGENT,
            due_at=None,
            started_at=self.now,
            temporal_workflow_id=run_temporal_workflow_id(run_id),
            temporal_run_id="x",
        )
        async with transaction(self.sessions) as session:
            await open_run(session, opening)
        await self._after(session)
        return await self.state(run_id)

    async def start(self, automation: Automation | None = None) -> UUID:
        run_id = await self.queue(automation)
        await self.open(run_id)
        return run_id

    async def call(self, parent: UUID) -> tuple[UUID, str]:
        """Let a run call the agent."""
        run_id = fresh_id()
        return run_id, await self.open(run_id, parent)

    async def close(self, run_id: UUID, cost: str | None = None, status: RunStatus = RunStatus.COMPLETED) -> None:
        if cost is not None:
            async with transaction(self.sessions) as session:
                await session.execute(update(Run).where(Run.id == run_id).values(cost_usd=Decimal(cost)))
        async with transaction(self.sessions) as session:
            await close_run(session, RunOutcome(run_id=run_id, status=status, finished_at=self.now))
        await self._after(session)

    async def look(self) -> list[UUID]:
        """Let the waiting runs in that fit, and open those that are woken; return these."""
        async with transaction(self.sessions) as session:
            await let_in_waiting(session, self.now)
        told = take_admissions(session).to_wake
        async with transaction(self.sessions) as session:
            found = (await session.scalars(select(Run.id).where(Run.temporal_workflow_id.in_(told)))).all()
        for run_id in found:
            await self.open(run_id)
        self.woken += found
        return list(found)

    async def _after(self, session: Any) -> None:
        if take_admissions(session).frees_budget:
            await self.look()

    async def state(self, run_id: UUID) -> str:
        """Return `waiting` for a run that a budget holds, else why it was skipped, else its status."""
        async with transaction(self.sessions) as session:
            run = await session.get_one(Run, run_id)
        waits = run.status is RunStatus.QUEUED and run.budget_held_at is not None
        return "waiting" if waits else (run.reason or run.status.value)

    async def row(self, run_id: UUID) -> Run:
        async with transaction(self.sessions) as session:
            return await session.get_one(Run, run_id)

    async def standing(self, budget: Budget) -> BudgetStanding:
        async with transaction(self.sessions) as session:
            fresh = await session.get_one(Budget, budget.id)
            return (await standings(session, [fresh], self.now))[budget.id]

    async def spent(self, budget: Budget) -> Decimal:
        return (await self.standing(budget)).spent_usd

    async def month(self, budget: Budget) -> BudgetMonth:
        async with transaction(self.sessions) as session:
            return await session.get_one(BudgetMonth, (budget.id, month_at(budget, self.now).starts_at))

    async def notices(self) -> list[str]:
        async with transaction(self.sessions) as session:
            return list(await session.scalars(select(Notice.title).order_by(Notice.id)))

    def pass_time(self, by: timedelta) -> None:
        self.now += by


async def platform(sessions: Sessions) -> Platform:
    async with transaction(sessions) as session:
        scout = await make_agent(session, "scout")
        campaign = await make_primitive(session, Kind.CAMPAIGN, CAMPAIGN, "launch")
        scouting = await make_automation(session, scout)
        launching = await make_automation(session, campaign)
        for automation in (scouting, launching):
            await make_stats(session, automation.id)
    return Platform(sessions, scout, campaign, scouting, launching)
