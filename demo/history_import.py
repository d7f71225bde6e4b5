"""Imports runs that ended elsewhere or are made up, and the statistics that follow from them.

Statistics are recounted from the runs in the same transaction, so they cannot disagree. No notification is sent, no
health policy is evaluated, and no Temporal schedule is changed.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from models.store.governance import audit
from models.store.stats.recount import Columns, recount
from models.store.sweep.uncounted import count_imported
from models.store.tables.automations import Automation
from models.store.tables.base import Base
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import AuditEntry
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run, RunStep
from models.store.tables.stats import AutomationHour, AutomationStats

LOADED = "history.loaded"
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Past:
    """An automation's columns that its history determines; `columns` are further ones."""

    automation_id: uuid.UUID
    created_at: datetime
    columns: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class History:
    """Rows by column name; a parent comes before its child runs."""

    automations: list[Past] = field(default_factory=list)
    deliveries: list[Columns] = field(default_factory=list)
    runs: list[Columns] = field(default_factory=list)
    steps: list[Columns] = field(default_factory=list)
    audits: list[Columns] = field(default_factory=list)


async def is_loaded(session: AsyncSession, source: str) -> bool:
    """Whether live automations of a source have imported runs, which Temporal never executed."""
    query = (
        select(Run.id)
        .join(Automation, Automation.id == Run.automation_id)
        .where(Automation.managed_by == source, Automation.archived_at.is_(None))
        .where(Run.started_at.is_not(None), Run.temporal_workflow_id.is_(None))
    )
    return await session.scalar(query.limit(1)) is not None


async def write_history(session: AsyncSession, history: History, *, source: str, now: datetime) -> None:
    """Write a history, and everything that pages show of it.

    1. Lock the automations and the statistics, so that no other run changes them meanwhile.
    2. Write deliveries, runs and steps.
    3. Set on the automations when they were created, and that everything up to now is accounted for.
    4. Recount the statistics, count the runs by hour, and record in the audit log where the runs came from.
    """
    ids = [past.automation_id for past in history.automations]
    await session.execute(
        select(Automation.id).where(Automation.id.in_(ids)).order_by(Automation.id).with_for_update(key_share=True)
    )
    await session.execute(text("LOCK TABLE automation_stats, automation_hours IN SHARE ROW EXCLUSIVE MODE"))
    await _insert(session, Delivery, history.deliveries)
    await _insert(session, Run, history.runs)
    await _insert(session, RunStep, history.steps)
    await _insert(session, AuditEntry, history.audits)
    for past in history.automations:
        await _age(session, past, now)
    await _write_stats(session, ids)
    await count_imported(session, [row["id"] for row in history.runs])
    await audit.record(
        session,
        actor=source,
        action=LOADED,
        subject_type="history",
        subject_id=None,
        after={"runs": len(history.runs), "automations": len(ids)},
    )


async def _insert(session: AsyncSession, table: type[Base], rows: Sequence[Columns]) -> None:
    for start in range(0, len(rows), CHUNK):
        await session.execute(insert(table), rows[start : start + CHUNK])


async def _age(session: AsyncSession, past: Past, now: datetime) -> None:
    values = {"created_at": past.created_at, "accounted_until": now, **past.columns}
    await session.execute(update(Automation).where(Automation.id == past.automation_id).values(values))
    primitive = select(Automation.primitive_id).where(Automation.id == past.automation_id).scalar_subquery()
    await session.execute(
        update(Primitive)
        .where(Primitive.id == primitive, Primitive.created_at > past.created_at)
        .values(created_at=past.created_at)
    )


async def _write_stats(session: AsyncSession, ids: Sequence[uuid.UUID]) -> None:
    counted = await recount(session, ids)
    stats = [{**row, "finished_since_reset": row["completed"] + row["failed"]} for row in counted.stats]
    await _upsert(session, AutomationStats, stats, ("automation_id",))
    await _upsert(session, AutomationHour, counted.hours, ("automation_id", "hour"))


async def _upsert(session: AsyncSession, table: type[Base], rows: Sequence[Columns], key: tuple[str, ...]) -> None:
    statement = upsert(table)
    for start in range(0, len(rows), CHUNK):
        chunk = rows[start : start + CHUNK]
        values = {name: statement.excluded[name] for name in chunk[0] if name not in key}
        await session.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values), chunk)
