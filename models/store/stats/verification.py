"""Verifies stats on a live system: recounts the runs, reports differences, and repairs them on request.

The first recount takes no locks and may see runs in the middle of a change. Only automations that differ are locked
and recounted before a difference is reported or repaired.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.stats import StatsDifference
from models.store.governance import audit
from models.store.runs.locks import lock_automation
from models.store.stats.folding import make_stats
from models.store.stats.recount import Columns, recount
from models.store.tables.stats import AutomationHour, AutomationStats, Counters

UNCOUNTABLE = frozenset({"finished_since_reset"})
"""Cannot be recounted: no run records a resume or an edit."""
COUNTERS = tuple(name for name in vars(Counters) if not name.startswith("_"))
STATS = tuple(
    column.key for column in AutomationStats.__table__.columns if column.key not in UNCOUNTABLE | {"automation_id"}
)
MONEY = frozenset({"cost_usd_sum", "known_usd_sum"})
ZERO: Columns = {
    **dict.fromkeys(STATS, 0),
    "recent_outcomes": "",
    "recent_costs": [],
    **{name: None for name in STATS if name.startswith("last_run_")},
}


async def differing(session: AsyncSession, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Return the automations whose stats differ from their runs, perhaps only because they were being changed."""
    return [key for key, found in (await _compare(session, ids)).items() if found]


async def verify_locked(session: AsyncSession, key: uuid.UUID, *, repair: bool, actor: str) -> list[StatsDifference]:
    """Verify one automation under its lock, and repair it if asked to.

    1. Lock it and its stats, so that nothing of it is folded.
    2. Recount and compare it.
    3. If asked to, repair it and record that in the audit log.
    """
    automation = await lock_automation(session, key)
    await make_stats(session, key)
    stats = select(AutomationStats.automation_id).filter_by(automation_id=key)
    await session.execute(stats.with_for_update(key_share=True))
    found = (await _compare(session, [key]))[key]
    if found and repair:
        await _repair(session, key)
        await audit.record(
            session,
            actor=actor,
            action="stats.repaired",
            subject_type="automation",
            subject_id=key,
            after={"differences": len(found)},
        )
    return [one.model_copy(update={"slug": automation.slug}) for one in found]


async def _compare(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[StatsDifference]]:
    stats, hours = await _stored(session, ids)
    counted = await recount(session, ids)
    found: dict[uuid.UUID, list[StatsDifference]] = {key: [] for key in ids}
    by_id = {row["automation_id"]: row for row in counted.stats}
    for key in ids:
        found[key] += _differences(key, None, stats.get(key, ZERO), by_id.get(key, ZERO), STATS)
    by_hour = {(row["automation_id"], row["hour"]): row for row in counted.hours}
    for place in sorted(hours.keys() | by_hour.keys()):
        key, hour = place
        found[key] += _differences(key, hour, hours.get(place, ZERO), by_hour.get(place, ZERO), COUNTERS)
    return found


async def _stored(
    session: AsyncSession, ids: Sequence[uuid.UUID]
) -> tuple[dict[uuid.UUID, Columns], dict[tuple[uuid.UUID, Any], Columns]]:
    stats, hours = AutomationStats.__table__, AutomationHour.__table__
    first = await session.execute(select(stats).where(stats.c.automation_id.in_(ids)))
    second = await session.execute(select(hours).where(hours.c.automation_id.in_(ids)))
    return (
        {row["automation_id"]: dict(row) for row in first.mappings()},
        {(row["automation_id"], row["hour"]): dict(row) for row in second.mappings()},
    )


def _differences(
    key: uuid.UUID, hour: Any, stored: Mapping[str, Any], counted: Mapping[str, Any], names: Iterable[str]
) -> list[StatsDifference]:
    return [
        StatsDifference(automation_id=key, slug="", hour=hour, column=name, stored=shown[0], counted=shown[1])
        for name in names
        if (shown := (_text(name, stored[name]), _text(name, counted[name])))[0] != shown[1]
    ]


def _text(name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name == "recent_costs":
        return ", ".join(f"{number}: {Decimal(cost).normalize():f}" for number, cost in value)
    return f"{Decimal(value).normalize():f}" if name in MONEY else str(value)


async def _repair(session: AsyncSession, key: uuid.UUID) -> None:
    counted = await recount(session, [key])
    values = next((row for row in counted.stats if row["automation_id"] == key), ZERO)
    values = {name: values[name] for name in STATS}
    statement = insert(AutomationStats).values(automation_id=key, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["automation_id"], set_=values))
    finished = AutomationStats.completed + AutomationStats.failed
    await session.execute(
        update(AutomationStats)
        .where(AutomationStats.automation_id == key, AutomationStats.finished_since_reset > finished)
        .values(finished_since_reset=finished)
    )
    await session.execute(delete(AutomationHour).where(AutomationHour.automation_id == key))
    for row in counted.hours:
        await session.execute(insert(AutomationHour).values(row))
