"""Reads the graph of dependencies between automations; a cycle that somebody has made by SQL does no harm."""

import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.impact import Dependent
from models.rules.dependencies import Edge, dependents
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.governance import Dependency


async def edges_below(session: AsyncSession, ids: Collection[uuid.UUID], *, live_only: bool = False) -> list[Edge]:
    """Return the dependencies by which anything depends on these automations, directly or not.

    With `live_only` archived automations, and what depends on them alone, are left out.
    """
    live = Automation.archived_at.is_(None) if live_only else true()
    reached = (
        select(Dependency.automation_id.label("id"))
        .join(Automation, Automation.id == Dependency.automation_id)
        .where(among(Dependency.depends_on_id, ids), live)
        .cte("reached", recursive=True)
    )
    # Rows that were found before are not followed again, so that a cycle ends.
    reached = reached.union(
        select(Dependency.automation_id)
        .join(reached, Dependency.depends_on_id == reached.c.id)
        .join(Automation, Automation.id == Dependency.automation_id)
        .where(live)
    )
    starts = among(Dependency.depends_on_id, ids) | Dependency.depends_on_id.in_(select(reached.c.id))
    query = _columns().join(Automation, Automation.id == Dependency.automation_id).where(starts, live)
    return await _edges(session, query)


async def all_edges(session: AsyncSession) -> list[Edge]:
    """Return the dependencies between live automations."""
    live = select(Automation.id).where(Automation.archived_at.is_(None))
    query = _columns().where(Dependency.automation_id.in_(live), Dependency.depends_on_id.in_(live))
    return await _edges(session, query)


async def dependents_of(session: AsyncSession, ids: Collection[uuid.UUID]) -> list[Dependent]:
    """Return the live automations, these excluded, that depend on one of them directly or indirectly, nearest first."""
    steps = dependents(await edges_below(session, ids), set(ids))
    query = select(Automation).where(among(Automation.id, list(steps)), Automation.archived_at.is_(None))
    found = [
        Dependent(id=row.id, slug=row.slug, name=row.name, distance=steps[row.id].distance, is_active=row.is_active)
        for row in await session.scalars(query)
    ]
    return sorted(found, key=lambda one: (one.distance, one.slug))


def _columns() -> Select[*tuple[Any, ...]]:
    return select(Dependency.automation_id, Dependency.depends_on_id, Dependency.fire_when, Dependency.pass_payload)


async def _edges(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> list[Edge]:
    return [Edge(*row) for row in await session.execute(query.order_by(Dependency.id))]
