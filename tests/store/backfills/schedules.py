"""A schedule with missed due times, and what tests do with its backfills."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from models.rules.backfills.tokens import frozen, token_of
from models.states import Again, BackfillKind, BackfillOrder, BackfillStatus, RunStatus, Source
from models.store.admission.to_tell import Admissions, take_admissions
from models.store.automations.queries import by_name
from models.store.backfills.planning import PlannedDueTimes, plan_due_times
from models.store.backfills.progress import Progress, progress_of
from models.store.backfills.starting import begin_start, store_due_times
from models.store.ids import fresh_id
from models.store.runs.closing import finish
from models.store.runs.locks import lock_run
from models.store.stats.folding import fold_opened, make_stats
from models.store.tables.automations import Automation
from models.store.tables.backfills import Backfill
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from runtime.temporal.backfills import advance_backfills
from tests.factories import make_agent, make_automation, queue_run

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Hourly:
    """An hourly schedule whose due times are accounted for."""

    def __init__(self, sessions: Sessions, automation: Automation) -> None:
        self.sessions, self.automation = sessions, automation

    async def plan(self, hours: int, again: Again = Again.NONE, since: int = 0) -> PlannedDueTimes:
        async with transaction(self.sessions) as session:
            row = await by_name(session, str(self.automation.id))
            return await plan_due_times(session, row, NOON + since * HOUR, NOON + hours * HOUR, again)

    async def start(self, found: PlannedDueTimes, *, limit: int = 1, judged: bool = False, **columns: Any) -> UUID:
        now = datetime.now(UTC)
        async with transaction(self.sessions) as session:
            row = await by_name(session, str(self.automation.id))
            await begin_start(session, "")
            backfill = Backfill(
                **{
                    "id": fresh_id(),
                    "kind": BackfillKind.BACKFILL,
                    "status": BackfillStatus.RUNNING,
                    "token": token_of(frozen(now), str(fresh_id()), found.planned),
                    "automation_id": row.id,
                    "again": Again.NONE,
                    "run_order": BackfillOrder.OLDEST,
                    "run_limit": limit,
                    "forced": False,
                    "fires_dependents": False,
                    "total": sum(one.action is not None for one in found.planned),
                    "created_at": now,
                    "created_by": "ann",
                    **columns,
                }
            )
            await store_due_times(session, backfill, row, found, judged=judged)
        return backfill.id

    async def advance(self, backfill_id: UUID) -> Admissions:
        """Advance a backfill as far as it goes; return what Temporal is told first."""
        told = [decided async for decided in advance_backfills(self.sessions, [backfill_id])]
        return told[0] if told else Admissions()

    async def end(self, run_id: UUID, status: RunStatus = RunStatus.COMPLETED) -> Admissions:
        """Open a run and close it."""
        async with transaction(self.sessions) as session:
            run = await lock_run(session, run_id)
            run.status, run.started_at = RunStatus.RUNNING, datetime.now(UTC)
            await session.flush()
            await fold_opened(session, run)
            await finish(session, run, status, at=datetime.now(UTC))
        return take_admissions(session)

    async def record(self, hour: int, status: RunStatus, reason: str | None = None, occurrences: int = 1) -> UUID:
        """Give a due time a run that has ended; one that has run has started, too."""
        at = NOON + hour * HOUR
        ran = status in (RunStatus.COMPLETED, RunStatus.FAILED)
        async with transaction(self.sessions) as session:
            row = await session.get_one(Automation, self.automation.id)
            run = await queue_run(
                session,
                self.automation.primitive,
                row,
                due_at=at,
                queued_at=at,
                occurrences=occurrences,
                started_at=at if ran else None,
            )
            if ran:
                await fold_opened(session, run)
            await finish(session, await lock_run(session, run.id), status, at=at + HOUR / 2, reason=reason)
        return run.id

    async def runs(self) -> Sequence[Run]:
        """Return the runs of the schedule, by due time."""
        async with transaction(self.sessions) as session:
            query = select(Run).where(Run.automation_id == self.automation.id)
            return (await session.scalars(query.order_by(Run.due_at, Run.id))).all()

    async def states(self) -> list[tuple[int | None, str]]:
        """Return for each run its hour after noon, and what holds it, its reason or its status."""
        return [
            (
                None if run.due_at is None else round((run.due_at - NOON) / HOUR),
                (run.held_by or "admitted")
                if run.status is RunStatus.QUEUED
                else f"{run.status.value} {run.occurrences}"
                if run.occurrences > 1
                else run.status.value,
            )
            for run in await self.runs()
        ]

    async def progress(self, backfill_id: UUID) -> Progress:
        async with transaction(self.sessions) as session:
            row = await session.get_one(Backfill, backfill_id)
            return (await progress_of(session, [row]))[backfill_id]

    async def backfill(self, backfill_id: UUID) -> Backfill:
        async with transaction(self.sessions) as session:
            return await session.get_one(Backfill, backfill_id)

    async def set(self, **columns: Any) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(update(Automation).where(Automation.id == self.automation.id).values(**columns))


async def hourly(sessions: Sessions, **columns: Any) -> Hourly:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        row = await make_automation(
            session,
            agent,
            Source.SCHEDULE,
            **{"cron_expr": "0 * * * *", "payload": {"day": 1}, "accounted_until": datetime.now(UTC), **columns},
        )
        row.primitive = agent
        await make_stats(session, row.id)
    return Hourly(sessions, row)
