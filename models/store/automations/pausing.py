"""Pauses and snoozes of automations, and the end of snoozes.

A snooze is a pause with an end, `paused_until`. Its schedule in Temporal runs again from that instant, and runs that
are due then are admitted, so it ends on time however late the sweep updates the row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.states import Catchup, Source
from models.store.automations.queries import change_all
from models.store.governance import audit
from models.store.governance.audit import AuditChange
from models.store.stats.folding import reset_health_windows
from models.store.tables.automations import Automation

ACTOR = "podium"
NOT_PROBED: dict[str, Any] = {"health_probe_at": None, "health_probe_run_id": None, "health_probes_passed": 0}
ENABLED_AGAIN: dict[str, Any] = {
    "is_active": True,
    **dict.fromkeys(
        (
            "paused_at",
            "paused_by",
            "paused_reason",
            "paused_until",
            "health_triggered_at",
            "slowdown",
            "slowdown_anchor",
        )
    ),
    **NOT_PROBED,
}
"""Columns of an automation that its probes have enabled again."""
RESUMED: dict[str, Any] = {**ENABLED_AGAIN, "health_trips": 0, "health_tripped_at": []}
"""Columns of an automation that somebody has resumed: its earlier trips are forgiven."""
INSTANT = timedelta(microseconds=1)


def is_paused(row: Automation, at: datetime) -> bool:
    """Return whether its runs are skipped at this instant; a snooze that is over no longer counts."""
    return not row.is_active and (row.paused_until is None or at < row.paused_until)


def note_missed_in_pause(
    row: Automation, paused_at: datetime | None, until: datetime | None, how: Catchup | None = None
) -> None:
    """Note that a schedule which goes on is to catch up with the due times of its pause, if it or `how` says so.

    `until` is the end of the pause; None: now, as the database has it.
    """
    wanted = row.catchup if how is None else how
    if row.source is not Source.SCHEDULE or paused_at is None or wanted in (None, Catchup.NONE):
        return
    row.catchup_from = min(row.catchup_from or paused_at, paused_at)
    row.catchup_as = how
    # From there on, due times are accounted for (the trigger `keep_unaccounted`).
    row.catchup_to = func.now() if until is None else until


def is_snoozed(row: Automation) -> bool:
    return not row.is_active and row.paused_until is not None and row.archived_at is None


def can_fire(row: Automation) -> bool:
    """Return whether neither the automation nor its primitive is paused or archived."""
    return row.is_active and row.archived_at is None and row.primitive.can_run


def will_fire(row: Automation) -> bool:
    """Return whether it fires now or after its snooze."""
    return can_fire(row) or (is_snoozed(row) and row.primitive.can_run)


async def end_snoozes(session: AsyncSession, now: datetime, limit: int) -> tuple[Sequence[UUID], int]:
    """Resume automations whose snooze is over; rows that somebody else has locked are left for the next pass.

    Due times from the end of the snooze on are accounted for, earlier ones are not replayed.

    Returns:
        The schedules among them, which need a sync, and how many were resumed.
    """
    query = (
        select(Automation)
        .where(Automation.paused_until <= now, ~Automation.is_active, Automation.archived_at.is_(None))
        .order_by(Automation.paused_until, Automation.id)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    rows = (await session.scalars(query, execution_options={"populate_existing": True})).all()
    paused = [(row, row.paused_at) for row in rows]
    ends = {row.id: row.paused_until for row in rows if row.paused_until is not None}
    by_end: dict[datetime, list[Automation]] = {}
    for row in rows:
        if row.paused_until is not None:
            by_end.setdefault(row.paused_until, []).append(row)
    for until, some in by_end.items():
        # The due time at the very end belongs to the time after the snooze.
        await change_all(session, some, {**RESUMED, "accounted_until": until - INSTANT}, now)
    for row, paused_at in paused:
        note_missed_in_pause(row, paused_at, ends[row.id] - INSTANT)
    await reset_health_windows(session, rows)
    changes = [
        AuditChange(row.id, {"isActive": False, "pausedUntil": until.isoformat()}, {"isActive": True})
        for until, some in by_end.items()
        for row in some
    ]
    await audit.record_all(
        session,
        changes,
        actor=ACTOR,
        action="automation.resumed",
        subject_type="automation",
        reason="its snooze is over",
    )
    return [row.id for row in rows if row.source is Source.SCHEDULE], len(rows)
