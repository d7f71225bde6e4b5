"""Reads every live automation for the projection and caches the result.

Crons are parsed once per change of the rows; a request only asks whether any row has changed.
"""

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, and_, case, func, literal_column, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.kinds import KINDS
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.store.automations.projected import projected_automation
from models.store.ids import among
from models.store.outlook.run_averages_cache import AveragesCache
from models.store.process_locks import held
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember

Token = tuple[Any, ...]
WILL_FIRE = or_(Automation.is_active, Automation.paused_until.is_not(None))


@dataclass(slots=True)
class PortfolioCache:
    """The cached portfolio and the token that tells whether it is current; one per process and database."""

    token: Token | None = None
    portfolio: Portfolio = field(default_factory=lambda: Portfolio(()))
    averages: AveragesCache = field(default_factory=AveragesCache)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


async def current_portfolio(session: AsyncSession, cache: PortfolioCache) -> Portfolio:
    """Return the portfolio, read again if an automation or a primitive has changed."""
    async with held(cache.lock, session):
        token = await _token(session)
        if token != cache.token:
            fresh = Portfolio(await _read(session))
            # Thousands of crons take seconds: keep the event loop free.
            await asyncio.to_thread(lambda: fresh.timetable)
            cache.portfolio, cache.token = fresh, token
        return cache.portfolio


async def _token(session: AsyncSession) -> Token:
    automations = select(func.count(), func.sum(Automation.revision), func.max(Automation.updated_at)).subquery()
    # Revisions too: a transaction that commits late has an older `updated_at` than the newest.
    primitives = select(
        func.count().filter(Primitive.can_run), func.sum(Primitive.revision), func.max(Primitive.updated_at)
    ).subquery()
    query = select(automations, primitives).select_from(automations.join(primitives, true()))
    return tuple((await session.execute(query)).one())


async def with_archived(session: AsyncSession, portfolio: Portfolio, wanted: Set[UUID] | None) -> Portfolio:
    """Return the portfolio with the wanted automations that it lacks, appended: archived ones, which never fire."""
    gone = [] if wanted is None else [key for key in wanted if key not in portfolio.indices]
    return Portfolio((*portfolio.automations, *await _read(session, gone))) if gone else portfolio


async def _read(session: AsyncSession, archived: Sequence[UUID] | None = None) -> tuple[ProjectedAutomation, ...]:
    members = (
        select(PrimitiveMember.primitive_id, func.count().label("members"))
        .group_by(PrimitiveMember.primitive_id)
        .subquery()
    )
    query: Select[*tuple[Any, ...]] = (
        select(
            Automation.id,
            Automation.slug,
            Automation.name,
            Automation.kind,
            Automation.source,
            Automation.primitive_id,
            Automation.cron_expr,
            Automation.timezone,
            Automation.overlap,
            Automation.slowdown,
            Automation.slowdown_anchor,
            and_(WILL_FIRE, Automation.archived_at.is_(None), Primitive.can_run).label("active"),
            case((~Automation.is_active, Automation.paused_until)).label("snoozed_until"),
            Primitive.slug.label("primitive_slug"),
            func.coalesce(members.c.members, literal_column("0")).label("members"),
        )
        .join(Primitive, Primitive.id == Automation.primitive_id)
        .outerjoin(members, members.c.primitive_id == Automation.primitive_id)
        .where(Automation.archived_at.is_(None) if archived is None else among(Automation.id, archived))
        .order_by(Automation.name, Automation.id)
    )
    return tuple(_listed(row) for row in await session.execute(query))


def _listed(row: SqlRow[Any]) -> ProjectedAutomation:
    return projected_automation(
        row,
        primitive_slug=row.primitive_slug,
        will_fire=row.active,
        members=row.members if KINDS[row.kind].runs_members else 0,
        snoozed_until=row.snoozed_until,
    )
