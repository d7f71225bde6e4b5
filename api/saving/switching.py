"""Pauses, resumes, archives and restores automations, one or many at once.

The rule kept here: rows come locked, with as many statements for many of them as for one.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.http.auth import Actor
from models.errors import Conflict
from models.states import Source
from models.store.automations import queries as automations
from models.store.automations.unique_names import names_taken
from models.store.governance import audit
from models.store.governance.audit import AuditChange
from models.store.stats.folding import reset_health_windows
from models.store.tables.automations import Automation


async def set_active(
    session: AsyncSession, rows: Iterable[Automation], active: bool, actor: Actor, reason: str, after: AfterCommit
) -> list[Automation]:
    """Pause or resume; give those that were not so already.

    Resuming clears what a health policy did and begins its window anew.

    Raises:
        Conflict: one is archived.
    """
    changing = [row for row in rows if would_change(row, active)]
    now = datetime.now(UTC)
    changes = [_audit_change(row, "isActive", row.is_active, active) for row in changing]
    values = _switched(active, actor, reason, now)
    if active:
        values["accounted_until"] = now
        await reset_health_windows(session, changing)
    await automations.change_all(session, changing, values, now)
    action = "automation.resumed" if active else "automation.paused"
    await _tell(session, changing, changes, action, actor, reason, after)
    return changing


async def archive(
    session: AsyncSession, rows: Iterable[Automation], actor: Actor, reason: str, after: AfterCommit
) -> list[Automation]:
    """Archive what is not archived: clocks go, runs stay; give what was archived."""
    changing = [row for row in rows if row.archived_at is None]
    now = datetime.now(UTC)
    await automations.change_all(session, changing, {"archived_at": now}, now)
    changes = [AuditChange(row.id, None, {"isArchived": True}) for row in changing]
    await _tell(session, changing, changes, "automation.archived", actor, reason, after)
    return changing


async def restore(
    session: AsyncSession, rows: Iterable[Automation], actor: Actor, reason: str, after: AfterCommit
) -> list[Automation]:
    """Bring back what is archived, as it was; what fell due meanwhile is not made up for, nor counted as missed.

    Raises:
        SlugTaken: another automation has its slug or webhook path by now.
        Conflict: what it runs is archived.
    """
    changing = [row for row in rows if row.archived_at is not None]
    now = datetime.now(UTC)
    for row in changing:
        if row.primitive.archived_at is not None:
            raise Conflict(f"{row.primitive.slug}, which {row.slug} runs, is archived", hint="Make a new one.")
    with names_taken():
        await automations.change_all(session, changing, {"archived_at": None, "accounted_until": now}, now)
    await reset_health_windows(session, changing)
    changes = [_audit_change(row, "isArchived", True, False) for row in changing]
    await _tell(session, changing, changes, "automation.restored", actor, reason, after)
    return changing


def would_change(row: Automation, active: bool) -> bool:
    """Tell whether pausing or resuming does anything; raise `Conflict` for what is archived."""
    refuse_archived(row)
    return active != row.is_active or (active and row.health_triggered_at is not None)


def switch(row: Automation, active: bool, actor: Actor, reason: str, now: datetime) -> None:
    """Set the switch of a row and who did it; where it is on, what its health policy did is undone."""
    for name, value in _switched(active, actor, reason, now).items():
        setattr(row, name, value)


def touch(row: Automation, now: datetime) -> None:
    """Say that a row is another one than before."""
    row.revision += 1
    row.updated_at = now


def refuse_archived(row: Automation) -> None:
    """Raise `Conflict` for what is archived."""
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived", hint="Restore it first, or make a new one.")


def ask_for_sync(row: Automation, after: AfterCommit) -> None:
    """Have a schedule's clock learn of what changed, once that is committed."""
    if row.source is Source.SCHEDULE:
        after.syncs.append(row.id)


def _switched(active: bool, actor: Actor, reason: str, now: datetime) -> dict[str, Any]:
    if not active:
        return {"is_active": False, "paused_at": now, "paused_by": actor.name, "paused_reason": reason or None}
    cleared = ("paused_at", "paused_by", "paused_reason", "health_triggered_at", "slowdown", "slowdown_anchor")
    return {"is_active": True, **dict.fromkeys(cleared)}


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
