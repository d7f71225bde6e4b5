"""The attempts of agents' calls, as a page shows them; a run that needed only one is one itself."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import load_only

from models.contracts.runs.parts import AttemptView
from models.contracts.runs.views import RunError
from models.states import RunStatus
from models.store.runs.details.parts import short
from models.store.tables.runs import Run, RunAttempt

Recorded = Mapping[uuid.UUID, Sequence[RunAttempt]]
COLUMNS = load_only(
    *(RunAttempt.number, RunAttempt.started_at, RunAttempt.ended_at, RunAttempt.cost_usd),
    *(RunAttempt.error_type, RunAttempt.error_message),
    raiseload=True,
)


async def recorded_attempts(session: AsyncSession, runs: Sequence[Run]) -> Recorded:
    """Return the attempts of those of the runs that failed at least one."""
    found: dict[uuid.UUID, list[RunAttempt]] = defaultdict(list)
    if ids := [run.id for run in runs if run.call_failures]:
        query = select(RunAttempt).options(COLUMNS).where(RunAttempt.run_id.in_(ids))
        for row in await session.scalars(query.order_by(RunAttempt.run_id, RunAttempt.number)):
            found[row.run_id].append(row)
    return found


def attempts_of(run: Run, recorded: Recorded) -> tuple[AttemptView, ...] | None:
    """Return the attempts of an agent's run; none if none has failed, None if they are not recorded.

    One whose worker was lost ends at the latest with the run.
    """
    rows = recorded.get(run.id, ())
    if not rows:
        return None if run.call_failures else ()
    return tuple(_view(row, run.finished_at) for row in rows)


def attempts_in(runs: Sequence[Run], recorded: Recorded) -> list[AttemptView]:
    """Return the attempts of the child runs of a step, one after another; a run that records none is one itself."""
    all_of_them = [(run, one) for run in runs for one in attempts_of(run, recorded) or (_whole(run),)]
    return [
        one.model_copy(update={"number": number, "run_id": run.id})
        for number, (run, one) in enumerate(all_of_them, start=1)
    ]


def _view(row: RunAttempt, run_ended_at: datetime | None) -> AttemptView:
    error = RunError(type=row.error_type, message=short(row.error_message or "")) if row.error_type else None
    return AttemptView(
        number=row.number,
        started_at=row.started_at,
        ended_at=row.ended_at or run_ended_at,
        error=error,
        cost_usd=row.cost_usd,
    )


def _whole(run: Run) -> AttemptView:
    return AttemptView(
        number=1,
        started_at=began(run),
        ended_at=run.finished_at,
        error=error_of(run),
        cost_usd=None if run.unknown_costs else run.cost_usd,
    )


def began(run: Run) -> datetime | None:
    """Return when a run began to work; one that is open and not called yet waits for a worker."""
    return run.called_at or (None if run.status is RunStatus.QUEUED else run.started_at)


def error_of(run: Run) -> RunError | None:
    if run.error_type is None:
        return None
    return RunError(type=run.error_type, message=short(run.error_message or ""))
