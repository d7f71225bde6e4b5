"""Pauses, resumes, archives and restores automations, one or many.

Rows must be locked; the number of SQL statements does not depend on the number of rows.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from models.errors import Conflict, Invalid
from models.states import Catchup, Source
from models.store.admission.admit import admit
from models.store.admission.dropping import advance
from models.store.automations import queries as automations
from models.store.automations.pausing import NOT_PROBED, RESUMED, note_missed_in_pause
from models.store.automations.unique_names import names_taken
from models.store.governance import audit
from models.store.governance.audit import AuditChange
from models.store.stats.folding import reset_health_windows
from models.store.tables.automations import Automation

LONGEST_SNOOZE = timedelta(days=366)


async def set_active(
    session: AsyncSession,
    rows: Iterable[Automation],
    active: bool,
    actor: Actor,
    reason: str,
    after: AfterCommit,
    *,
    until: datetime | None = None,
    catchup: Catchup | None = None,
) -> list[Automation]:
    """Pause, for good or until a given time, or resume; returns the automations that changed.

    Resuming clears what a health policy did and starts a fresh health window. `catchup` says what happens to the due
    times of the pause; None: as each schedule says.

    Raises:
        Conflict: one is archived.
    """
    changing = [row for row in rows if would_change(row, active, until)]
    now = datetime.now(UTC)
    changes = [_pause_change(row, active, until) for row in changing]
    values = _switched(active, actor, reason, now, until)
    paused = [(row, row.paused_at) for row in changing if active and not row.is_active]
    if active:
        await reset_health_windows(session, changing)
    await automations.change_all(session, changing, values, now)
    for row, paused_at in paused:
        note_missed_in_pause(row, paused_at, None, catchup)
    for row in changing if active else ():
        if row.is_controlled:
            await admit(session, row)
    action = "automation.resumed" if active else "automation.paused"
    await _tell(session, changing, changes, action, actor, reason, after)
    return changing


async def archive(
    session: AsyncSession, rows: Iterable[Automation], actor: Actor, reason: str, after: AfterCommit
) -> list[Automation]:
    """Returns the automations that changed; their Temporal schedules are deleted, their runs are kept."""
    changing = [row for row in rows if row.archived_at is None]
    now = datetime.now(UTC)
    await automations.change_all(session, changing, {"archived_at": now, "paused_until": None}, now)
    for row in changing:
        if row.is_controlled:
            await advance(session, row)
    changes = [AuditChange(row.id, None, {"isArchived": True}) for row in changing]
    await _tell(session, changing, changes, "automation.archived", actor, reason, after)
    return changing


async def restore(
    session: AsyncSession, rows: Iterable[Automation], actor: Actor, reason: str, after: AfterCommit
) -> list[Automation]:
    """Returns the automations that changed; due times while archived are neither replayed nor counted as missed.

    Raises:
        SlugTaken: another automation now uses its slug or webhook path.
        Conflict: its primitive is archived.
    """
    changing = [row for row in rows if row.archived_at is not None]
    now = datetime.now(UTC)
    for row in changing:
        if row.primitive.archived_at is not None:
            raise Conflict(f"{row.primitive.slug}, which {row.slug} runs, is archived", hint="Create a new one.")
    with names_taken():
        await automations.change_all(session, changing, {"archived_at": None}, now)
    await reset_health_windows(session, changing)
    changes = [_audit_change(row, "isArchived", True, False) for row in changing]
    await _tell(session, changing, changes, "automation.restored", actor, reason, after)
    return changing


def would_change(row: Automation, active: bool, until: datetime | None = None) -> bool:
    """Raise `Conflict` for an archived automation."""
    refuse_archived(row)
    if active != row.is_active:
        return True
    if active:
        return row.health_triggered_at is not None
    # Whoever pauses what its health policy has disabled ends its probes.
    return row.paused_until != until or row.health_probe_at is not None


def snooze_end(until: datetime | None, now: datetime) -> datetime | None:
    """Return the end of a snooze in whole seconds, as Temporal keeps it.

    Raises:
        Invalid: it is in the past or more than a year ahead.
    """
    if until is None:
        return None
    until = until.replace(microsecond=0)
    if not now < until <= now + LONGEST_SNOOZE:
        raise Invalid("until must be in the future, at most a year ahead", field="until")
    return until


def shown_end(until: datetime | None) -> str | None:
    """Return the end of a snooze as the audit log and plans show it."""
    return None if until is None else until.isoformat()


def switch(row: Automation, active: bool, actor: Actor, reason: str, now: datetime) -> None:
    """Pause or resume a row in memory; resuming undoes what its health policy did."""
    if active and not row.is_active:
        note_missed_in_pause(row, row.paused_at, None)
    for name, value in _switched(active, actor, reason, now).items():
        setattr(row, name, value)


def touch(row: Automation, now: datetime) -> None:
    row.revision += 1
    row.updated_at = now


def refuse_archived(row: Automation) -> None:
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived", hint="Restore it first, or create a new one.")


def ask_for_sync(row: Automation, after: AfterCommit) -> None:
    """Request a schedule sync after the commit; only schedules need one."""
    if row.source is Source.SCHEDULE:
        after.syncs.append(row.id)


def _switched(active: bool, actor: Actor, reason: str, now: datetime, until: datetime | None = None) -> dict[str, Any]:
    if active:
        return {**RESUMED}
    return {
        "is_active": False,
        "paused_at": now,
        "paused_by": actor.name,
        "paused_reason": reason or None,
        "paused_until": until,
        "health_triggered_at": None,
        **NOT_PROBED,
    }


def _pause_change(row: Automation, active: bool, until: datetime | None) -> AuditChange:
    change = _audit_change(row, "isActive", row.is_active, active)
    if row.paused_until == until:
        return change
    before, after = shown_end(row.paused_until), shown_end(until)
    return AuditChange(
        row.id, {**(change.before or {}), "pausedUntil": before}, {**(change.after or {}), "pausedUntil": after}
    )


def _audit_change(row: Automation, field: str, before: bool, after: bool) -> AuditChange:
    return AuditChange(row.id, {field: before}, {field: after}) if before != after else AuditChange(row.id, {}, {})


async def _tell(
    session: AsyncSession,
    rows: Sequence[Automation],
    changes: Sequence[AuditChange],
    action: str,
    actor: Actor,
    reason: str,
    after: AfterCommit,
) -> None:
    for row in rows:
        ask_for_sync(row, after)
    await audit.record_all(session, changes, actor=actor.name, action=action, subject_type="automation", reason=reason)
