"""Resolves, ignores and opens groups of errors."""

import uuid
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.error_key import error_key_text
from models.contracts.runs.errors import GroupIgnored
from models.errors import Invalid, NotFound
from models.states import ErrorGroupState
from models.store.errors.listing import total_of
from models.store.governance import audit
from models.store.tables.errors import ErrorGroup


async def group_of(session: AsyncSession, key: int, *, lock: bool = False) -> ErrorGroup:
    """Return a group.

    Raises:
        NotFound: there is none.
    """
    query = select(ErrorGroup).where(ErrorGroup.key == key)
    found = await session.scalar(query.with_for_update(key_share=True) if lock else query)
    if found is None:
        raise NotFound(f"there is no group of errors {error_key_text(key)}")
    return found


async def decide(
    session: AsyncSession, key: int, state: ErrorGroupState, *, actor: str, reason: str, now: datetime
) -> ErrorGroup:
    """Resolve a group, or open it again. Nothing is hidden by it: a run that starts later and fails so opens it.

    Raises:
        NotFound: there is none.
    """
    row = await group_of(session, key, lock=True)
    before = _decided(row)
    row.state, row.state_at, row.state_by = state, now, actor
    row.ignored_until = row.ignored_up_to = None
    await _record(session, row, before, actor, reason)
    return row


async def ignore(session: AsyncSession, key: int, ignored: GroupIgnored, *, actor: str, now: datetime) -> ErrorGroup:
    """Ignore a group until a time, up to a number of runs more, or until it is opened again.

    Raises:
        NotFound: there is none.
        Invalid: the time is over.
    """
    if ignored.until is not None and ignored.until <= now:
        raise Invalid("must be in the future", field="until")
    row = await group_of(session, key, lock=True)
    before = _decided(row)
    row.state, row.state_at, row.state_by = ErrorGroupState.IGNORED, now, actor
    row.ignored_until = ignored.until
    row.ignored_up_to = await total_of(session, key) + ignored.runs if ignored.runs is not None else None
    await _record(session, row, before, actor, ignored.reason)
    return row


def audit_subject(key: int) -> uuid.UUID:
    """Return the id that a group has in the audit log."""
    return uuid.UUID(int=key % 2**64)


def _decided(row: ErrorGroup) -> dict[str, object]:
    until = row.ignored_until.isoformat() if row.ignored_until else None
    decided = {"state": row.state.value, "ignoredUntil": until, "ignoredUpTo": row.ignored_up_to}
    return {name: value for name, value in decided.items() if value is not None}


async def _record(session: AsyncSession, row: ErrorGroup, before: dict[str, object], actor: str, reason: str) -> None:
    await audit.record(
        session,
        actor=actor,
        action=f"error.{'reopened' if row.state is ErrorGroupState.OPEN else row.state.value}",
        subject_type="error",
        subject_id=audit_subject(row.key),
        before=before,
        after={"name": row.template, "key": error_key_text(row.key), **_decided(row)},
        reason=reason,
    )
