"""Attempts of an agent's call. The usual call, whose first attempt succeeds, writes none: its run says all."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import RunError, Tokens
from models.rules.fingerprint.template import error_key, template_of
from models.store.runs.costs import Cost
from models.store.tables.runs import Run, RunAttempt

MESSAGE_LENGTH = 2000


async def begin_attempt(session: AsyncSession, run: Run, at: datetime) -> None:
    """Note that an agent is called again, after an attempt of its that failed; the run is locked."""
    if not run.call_failures:
        return
    statement = insert(RunAttempt).values(run_id=run.id, number=run.call_failures + 1, started_at=at)
    # Where a worker was lost, the attempt is made again.
    again = statement.on_conflict_do_update(index_elements=["run_id", "number"], set_={"started_at": at})
    await session.execute(again)


async def fail_attempt(session: AsyncSession, run: Run, error: RunError, cost: Cost, at: datetime) -> None:
    """Note how the latest attempt, which `call_failures` counts already, has failed; the run is locked."""
    values = {
        "ended_at": at,
        "error_type": error.type,
        "error_message": error.message[:MESSAGE_LENGTH],
        "error_key": error_key(error.type, template_of(error.message) or error.type),
        **_spent(cost),
    }
    key = {"run_id": run.id, "number": run.call_failures}
    first = run.called_at if run.call_failures == 1 else None
    statement = insert(RunAttempt).values(**key, started_at=first, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=[*key], set_=values))


async def end_attempt(session: AsyncSession, run: Run, cost: Cost, at: datetime) -> None:
    """Note that an attempt after a failed one has succeeded; the run is locked."""
    if not run.call_failures:
        return
    last = update(RunAttempt).where(RunAttempt.run_id == run.id, RunAttempt.number == run.call_failures + 1)
    await session.execute(last.values(ended_at=at, **_spent(cost)).execution_options(synchronize_session=False))


async def attempts_of(session: AsyncSession, run_id: UUID) -> Sequence[RunAttempt]:
    """Return the attempts that were written, in order."""
    query = select(RunAttempt).where(RunAttempt.run_id == run_id).order_by(RunAttempt.number)
    return (await session.scalars(query)).all()


def _spent(cost: Cost) -> dict[str, object]:
    tokens: Tokens | None = cost.tokens
    return {"cost_usd": None if cost.unknown else cost.known_usd, "tokens": tokens.wire() if tokens else None}
