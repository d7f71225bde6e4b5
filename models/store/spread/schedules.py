"""Reads what decides how schedules may be moved, and moves them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, and_, cast, column, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.spread.fixed import SpreadFacts
from models.rules.spread.preparation import ScheduleRow
from models.states import Source
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency
from models.store.tables.primitives import Primitive


@dataclass(frozen=True, slots=True)
class NewCron:
    """What is written to one row; `spread_from` is the cron that people wanted, None if it is this one."""

    automation_id: UUID
    cron_expr: str
    spread_from: str | None


async def schedule_rows(session: AsyncSession) -> Mapping[UUID, ScheduleRow]:
    """Return the live schedules by id."""
    query = (
        select(
            Automation.id,
            Automation.cron_expr,
            Automation.spread_from,
            Automation.revision,
            Automation.slack_minutes,
            and_(Automation.is_active, Primitive.can_run),
            Automation.slowdown.is_not(None),
            Automation.managed_by,
        )
        .join(Primitive, Primitive.id == Automation.primitive_id)
        .where(Automation.source == Source.SCHEDULE, Automation.archived_at.is_(None))
    )
    return {
        key: ScheduleRow(SpreadFacts(slack, active, slowed, owner), cron or "", spread_from, revision)
        for key, cron, spread_from, revision, slack, active, slowed, owner in await session.execute(query)
    }


async def dependency_pairs(session: AsyncSession) -> Sequence[tuple[UUID, UUID]]:
    """Return each dependency as the automation that needs another, and the one that it needs."""
    rows = await session.execute(select(Dependency.automation_id, Dependency.depends_on_id).order_by(Dependency.id))
    return [(row[0], row[1]) for row in rows]


async def write_crons(session: AsyncSession, crons: Sequence[NewCron], now: datetime) -> None:
    """Set the crons of these locked rows and bump their revisions, in one statement."""
    arrays = [
        cast(literal([one.automation_id for one in crons], ARRAY(Uuid())), ARRAY(Uuid())),
        cast(literal([one.cron_expr for one in crons], ARRAY(Text())), ARRAY(Text())),
        cast(literal([one.spread_from for one in crons], ARRAY(Text())), ARRAY(Text())),
    ]
    columns = (column("id", Uuid()), column("cron_expr", Text()), column("spread_from", Text()))
    given = func.unnest(*arrays).table_valued(*columns).render_derived()
    await session.execute(
        update(Automation)
        .where(Automation.id == given.c.id)
        .values(
            cron_expr=given.c.cron_expr,
            spread_from=given.c.spread_from,
            revision=Automation.revision + 1,
            updated_at=now,
        )
        .execution_options(synchronize_session=False)
    )
