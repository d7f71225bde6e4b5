"""Reads a run as its page shows it: never its values, which may be megabytes each, unless they are asked for."""

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, Text, case, cast, func, null, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, defer

from models.contracts.runs.overview import RunValues, SameError, ValueView
from models.errors import NotFound
from models.kinds import KINDS
from models.rules.json.storable import shown, stored_json
from models.states import RunStatus
from models.store.runs.queries import with_names
from models.store.tables.governance import AuditEntry
from models.store.tables.runs import Run, RunStep

SHOWN_BYTES = 64 * 1024
"""Larger values are shown by their beginning."""
BEGINNING_CHARACTERS = 16 * 1024
MOST_SAME = 1000
"""Runs with the same error are counted up to this number."""
Value = InstrumentedAttribute[Any]
WITHOUT_VALUES = tuple(defer(value, raiseload=True) for value in (Run.input, Run.output, Run.callback))


async def without_values(session: AsyncSession, run_id: uuid.UUID) -> Run:
    """Return a run with its primitive and automation, and without its values.

    Raises:
        NotFound: No run has this id.
    """
    query = with_names(select(Run)).options(*WITHOUT_VALUES).where(Run.id == run_id)
    found = await session.scalar(query)
    if found is None:
        raise NotFound("there is no run with this id")
    return found


@dataclass(frozen=True, slots=True)
class ChildTotals:
    """The direct child runs of a run: how many, and the known cost of those that ended after it."""

    runs: int = 0
    late_usd: Decimal | None = None


async def child_totals(session: AsyncSession, run: Run) -> ChildTotals:
    if KINDS[run.kind].calls_agent:
        return ChildTotals()
    late = func.sum(Run.cost_usd).filter(Run.finished_at > run.finished_at) if run.finished_at else null()
    row = (await session.execute(select(func.count(), late).where(Run.parent_run_id == run.id))).one()
    return ChildTotals(*row)


async def same_error(session: AsyncSession, run: Run) -> SameError | None:
    """Count the other runs whose error is of the same group, those apart that only failed because of another run.

    None: the run has not failed, or an older version has stored it.
    """
    if run.status is not RunStatus.FAILED or run.error_key is None:
        return None
    cause = run.caused_by or run.id
    others = (
        select(Run.id)
        .where(Run.error_key == run.error_key, Run.status == RunStatus.FAILED, Run.caused_by.is_(None))
        .where(Run.id.not_in({run.id, cause}))
        .limit(MOST_SAME + 1)
        .subquery()
    )
    found = await session.scalar(select(func.count()).select_from(others)) or 0
    return SameError(others=min(found, MOST_SAME), is_least=found > MOST_SAME)


async def cancelled_by(session: AsyncSession, run: Run) -> str | None:
    """Return who cancelled a run through the API; the command `temporal` leaves no name."""
    if run.status is not RunStatus.CANCELLED:
        return None
    query = (
        select(AuditEntry.actor)
        .where(AuditEntry.subject_id == run.id, AuditEntry.action == "run.cancel")
        .order_by(AuditEntry.at.desc())
        .limit(1)
    )
    return await session.scalar(query)


async def values(session: AsyncSession, run_id: uuid.UUID) -> RunValues:
    """Return the values of a run as a page can show them.

    Raises:
        NotFound: No run has this id.
    """
    return RunValues(input=await _view(session, run_id, Run.input), output=await _view(session, run_id, Run.output))


async def whole_value(session: AsyncSession, run_id: uuid.UUID, value: Value) -> str:
    """Return a value of a run as JSON text.

    Raises:
        NotFound: No run has this id, or it has no such value.
    """
    return await _text(session, select(cast(value, Text)).where(Run.id == run_id))


async def step_output(session: AsyncSession, run_id: uuid.UUID, path: str) -> str:
    """Return the output of a step as JSON text.

    Raises:
        NotFound: The run has no such step, or the step no output of its own.
    """
    query = select(cast(RunStep.output, Text)).where(RunStep.run_id == run_id, RunStep.path == path)
    return await _text(session, query)


async def _text(session: AsyncSession, query: Select[str]) -> str:
    found = await session.scalar(query)
    if found is None:
        raise NotFound("there is no such value")
    return found


async def _view(session: AsyncSession, run_id: uuid.UUID, value: Value) -> ValueView:
    # Read as text once; PostgreSQL would decompress a large value anew for each of the columns.
    text = select(cast(value, Text).label("text")).where(Run.id == run_id).offset(0).subquery()
    size = func.coalesce(func.octet_length(text.c.text), 0)
    query = select(
        size.label("bytes"),
        case((size <= SHOWN_BYTES, text.c.text)).label("whole"),
        case((size > SHOWN_BYTES, func.left(text.c.text, BEGINNING_CHARACTERS))).label("beginning"),
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("there is no run with this id")
    whole = None if row.whole is None else shown(stored_json(row.whole))
    return ValueView(bytes=row.bytes, value=whole, beginning=row.beginning)
