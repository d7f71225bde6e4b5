"""Statistics equal a recount at every moment, whatever runs do, in any order and concurrently."""

import asyncio
import random
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from models.contracts.runs.views import RunError
from models.contracts.workflows.lifecycle import ChildOf, OpenRun, RunMark, RunOutcome, RunRequest
from models.kinds import Kind
from models.names import run_temporal_workflow_id
from models.states import RunStatus
from models.store.ids import fresh_id
from models.store.runs.closing import close_run
from models.store.runs.opening import open_run
from models.store.runs.steps import mark_run
from models.store.stats.run_sums_check import differing_sums
from models.store.stats.verification import differing
from models.store.sweep.missed import record_missed
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation, make_primitive, queue_run

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SPECS: dict[Kind, dict[str, Any]] = {
    Kind.WORKFLOW: {"steps": [{"key": "a", "agent": "scout"}]},
    Kind.NETWORK: {"members": ["scout"], "router": {"type": "sequence"}},
    Kind.CAMPAIGN: {"objective": "x", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": "scout"}]}]},
    Kind.PULSE: {"goal": "x", "members": [{"agent": "scout", "weight": 1}]},
}

costs = st.one_of(st.none(), st.integers(0, 500).map(lambda cents: Decimal(cents) / 100))
ends = st.sampled_from([RunStatus.COMPLETED, RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED])
minutes = st.integers(0, 200)


@dataclass(frozen=True)
class ChildPlan:
    """A child run: its cost, how it ends, and whether it ends after its parent."""

    end: RunStatus
    cost: Decimal | None
    late: bool


@dataclass(frozen=True)
class Plan:
    """A root run of one of the automations. `end` None leaves it open; skipped and missed runs never start."""

    automation: int
    at: int
    lasts: int
    end: RunStatus | None
    cost: Decimal | None
    waits: bool
    delivered_twice: bool
    children: tuple[ChildPlan, ...]


children = st.builds(ChildPlan, ends, costs, st.booleans())
plans = st.builds(
    Plan,
    automation=st.integers(0, 5),
    at=minutes,
    lasts=minutes,
    end=st.one_of(ends, st.sampled_from([None, RunStatus.SKIPPED, RunStatus.MISSED])),
    cost=costs,
    waits=st.booleans(),
    delivered_twice=st.booleans(),
    children=st.lists(children, max_size=3).map(tuple),
)


@dataclass(frozen=True)
class Lives:
    """Carries out plans through the store, as the activities do."""

    sessions: Sessions
    room: asyncio.Semaphore

    async def live(self, plan: Plan, automation: Automation, primitive: Primitive, due: datetime) -> None:
        at = MONDAY + timedelta(minutes=plan.at)
        if plan.end is RunStatus.MISSED:
            async with self.room, transaction(self.sessions) as session:
                await record_missed(session, automation.id, due, reason="outage", occurrences=plan.lasts + 1, now=at)
            return
        async with self.room, transaction(self.sessions) as session:
            run = await queue_run(session, primitive, automation, queued_at=at)
        if plan.end is RunStatus.SKIPPED:
            await self.close(run.id, RunStatus.SKIPPED, at)
            return
        for _ in range(1 + plan.delivered_twice):
            await self.open(RunRequest(run_id=run.id), run.id, primitive.kind, at)
        await self.work(plan, run.id, at)

    async def work(self, plan: Plan, run_id: uuid.UUID, at: datetime) -> None:
        if plan.waits:
            await self.mark(run_id, RunStatus.WAITING)
            await self.mark(run_id, RunStatus.RUNNING)
        opened = [(child, await self.open_child(run_id, at)) for child in plan.children]
        await self.end([one for one in opened if not one[0].late], at)
        if plan.end is not None:
            await self.spend(run_id, plan.cost)
            for _ in range(1 + plan.delivered_twice):
                await self.close(run_id, plan.end, at + timedelta(minutes=plan.lasts))
        await self.end([one for one in opened if one[0].late], at + timedelta(days=1))

    async def end(self, opened: list[tuple[ChildPlan, uuid.UUID]], at: datetime) -> None:
        for plan, child_id in opened:
            await self.spend(child_id, plan.cost)
            await self.close(child_id, plan.end, at)

    async def mark(self, run_id: uuid.UUID, status: RunStatus) -> None:
        async with self.room, transaction(self.sessions) as session:
            await mark_run(session, RunMark(run_id=run_id, status=status))

    async def open_child(self, root_id: uuid.UUID, at: datetime) -> uuid.UUID:
        child_id = fresh_id()
        child = ChildOf(parent_run_id=root_id, root_run_id=root_id, agent="scout", step="a")
        await self.open(RunRequest(run_id=child_id, child=child), child_id, Kind.AGENT, at)
        return child_id

    async def open(self, request: RunRequest, run_id: uuid.UUID, kind: Kind, at: datetime) -> None:
        opening = OpenRun(
            request=request,
            kind=kind,
            due_at=None,
            started_at=at,
            temporal_workflow_id=run_temporal_workflow_id(run_id),
            temporal_run_id="x",
        )
        async with self.room, transaction(self.sessions) as session:
            await open_run(session, opening)

    async def spend(self, run_id: uuid.UUID, cost: Decimal | None) -> None:
        if cost is not None:
            async with self.room, transaction(self.sessions) as session:
                spent = update(Run).where(Run.id == run_id, Run.kind == Kind.AGENT)
                await session.execute(spent.values(cost_usd=cost, answered_at=MONDAY))

    async def close(self, run_id: uuid.UUID, status: RunStatus, at: datetime) -> None:
        error = RunError(type="x", message="x") if status is RunStatus.FAILED else None
        async with self.room, transaction(self.sessions) as session:
            await close_run(session, RunOutcome(run_id=run_id, status=status, finished_at=at, error=error))


async def look(sessions: Sessions, ids: list[uuid.UUID]) -> list[object]:
    """Compare statistics, sums and runs within one snapshot: they must agree at any moment."""
    async with transaction(sessions) as session:
        await session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
        span = MONDAY - timedelta(days=1), MONDAY + timedelta(days=3)
        return [*await differing(session, ids), *await differing_sums(session, *span)]


async def keep_looking(sessions: Sessions, ids: list[uuid.UUID], until: asyncio.Event) -> int:
    looks = 0
    while not until.is_set():
        assert await look(sessions, ids) == []
        looks += 1
    return looks


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(chosen=st.lists(plans, min_size=1, max_size=30), seed=st.integers(0, 2**32))
async def test_stats_equal_a_recount_at_every_moment(sessions: Sessions, chosen: list[Plan], seed: int) -> None:
    async with transaction(sessions) as session:
        known = await session.scalar(select(Primitive).where(Primitive.slug == "scout"))
        agent = known or await make_agent(session, "scout")
        primitives = [agent, *[await make_primitive(session, kind, spec) for kind, spec in SPECS.items()]]
        automations = [(await make_automation(session, primitive), primitive) for primitive in primitives]
        automations.append((await make_automation(session, agent, health_enabled=True, health_min_runs=2), agent))
    ids = [automation.id for automation, _ in automations]
    lives, done = Lives(sessions, asyncio.Semaphore(6)), asyncio.Event()
    watching = asyncio.create_task(keep_looking(sessions, ids, done))
    work: list[Coroutine[Any, Any, None]] = [
        lives.live(plan, *automations[plan.automation], MONDAY + timedelta(seconds=number))
        for number, plan in enumerate(chosen)
    ]
    random.Random(seed).shuffle(work)
    try:
        await asyncio.gather(*work)
    finally:
        done.set()
        looks = await watching
    assert looks > 0
    assert await look(sessions, ids) == []


async def test_the_window_of_recent_runs_equals_a_recount(sessions: Sessions) -> None:
    async with transaction(sessions) as session:
        agent = await make_agent(session, "scout")
        automation = await make_automation(session, agent)
    chance, lives = random.Random(3), Lives(sessions, asyncio.Semaphore(6))
    late = (ChildPlan(RunStatus.COMPLETED, None, late=True),)
    for start in range(0, 230, 23):
        some = [
            Plan(
                automation=0,
                at=chance.randrange(200),
                lasts=chance.randrange(50),
                end=chance.choice([RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED]),
                cost=chance.choice([None, Decimal("0.25")]),
                waits=False,
                delivered_twice=False,
                children=late if number % 9 == 0 else (),
            )
            for number in range(start, start + 23)
        ]
        await asyncio.gather(*(lives.live(plan, automation, agent, MONDAY) for plan in some))
    assert await look(sessions, [automation.id]) == []
