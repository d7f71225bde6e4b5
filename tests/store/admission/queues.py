"""An automation with flow control, and what tests do with its queue."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import update

from models.rules.admission.keys import AdmissionKeys
from models.states import RunSource, RunStatus, Source
from models.store.admission.admit import admit, database_now
from models.store.admission.dropping import advance
from models.store.admission.entering import enter
from models.store.admission.to_tell import take_admissions
from models.store.budgets.changes import follow_automation
from models.store.runs.closing import finish
from models.store.runs.locks import lock_automation, lock_run
from models.store.runs.queued_rows import queued_run
from models.store.stats.folding import make_stats
from models.store.tables.automations import Automation
from models.store.tables.runs import Run
from runtime.database import Sessions, transaction
from tests.factories import make_agent, make_automation


class Queue:
    """One automation with flow control."""

    def __init__(self, sessions: Sessions, automation: Automation) -> None:
        self.sessions, self.automation = sessions, automation

    async def send(self, payload: Any = None, *, is_new: bool = True, ago: float = 0, **keys: Any) -> UUID:
        """Let a run arrive, as a delivery does."""
        async with transaction(self.sessions) as session:
            automation = await lock_automation(session, self.automation.id)
            now = await database_now(session)
            row = queued_run(
                self.automation.primitive, now, RunSource.EVENT, automation_id=automation.id, input=payload
            )
            await enter(session, automation, row, AdmissionKeys(**keys), now - timedelta(seconds=ago), is_new=is_new)
            await admit(session, automation)
            run_id: UUID = row["id"]
        return run_id

    async def close(self, run_id: UUID) -> list[UUID]:
        """Close a run; return the ones that were admitted by it."""
        async with transaction(self.sessions) as session:
            await finish(session, await lock_run(session, run_id), RunStatus.COMPLETED, at=datetime.now(UTC))
        return [run.run_id for run in take_admissions(session).to_start]

    async def look(self) -> list[UUID]:
        async with transaction(self.sessions) as session:
            await advance(session, await lock_automation(session, self.automation.id))
        return [run.run_id for run in take_admissions(session).to_start]

    async def set(self, **columns: Any) -> None:
        async with transaction(self.sessions) as session:
            await session.execute(update(Automation).where(Automation.id == self.automation.id).values(**columns))
            if "budget_usd_month" in columns:
                row = await lock_automation(session, self.automation.id)
                await follow_automation(session, row, None, datetime.now(UTC))

    async def row(self, run_id: UUID) -> Run:
        async with transaction(self.sessions) as session:
            return await session.get_one(Run, run_id)

    async def state(self, run_id: UUID) -> str:
        """Return `admitted`, what holds the run, or why it was skipped."""
        run = await self.row(run_id)
        return (run.reason or run.status.value) if run.status is not RunStatus.QUEUED else (run.held_by or "admitted")

    async def states(self, ids: list[UUID]) -> list[str]:
        return [await self.state(run_id) for run_id in ids]

    async def admit_at(self) -> datetime | None:
        async with transaction(self.sessions) as session:
            return (await session.get_one(Automation, self.automation.id)).admit_at


async def queue(sessions: Sessions, **control: Any) -> Queue:
    async with transaction(sessions) as session:
        agent = await make_agent(session)
        automation = await make_automation(session, agent, Source.EVENT, event_name="e", flow_control=control)
        automation.primitive = agent
        await make_stats(session, automation.id)
    return Queue(sessions, automation)


async def expire_windows(one: Queue) -> None:
    async with transaction(one.sessions) as session:
        past = datetime.now(UTC) - timedelta(seconds=1)
        statement = update(Run).where(Run.automation_id == one.automation.id, Run.not_before.is_not(None))
        await session.execute(statement.values(not_before=past))
