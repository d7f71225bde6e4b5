"""The live list: which automations, in which order, and what they all come to.

The rule kept here: it is read from `automations` and `automation_stats` alone. One narrow query judges everything
that the filters let through; full rows are read for the page only.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased, contains_eager

from models.contracts.automations import Source
from models.contracts.live import AutomationView, CostEstimate, LivePage, LiveSummary, Severity, TypeCounts
from models.kinds import Kind
from models.rules.severity import NEEDS_ATTENTION, WORST_FIRST, severity, success_rate
from models.store.automation_views import view
from models.store.paging import Ask, bad_cursor, decode_cursor, encode_cursor
from models.store.surroundings import surroundings
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember
from models.store.tables.stats import AutomationStats

SortKey = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class LiveFilters:
    """Which automations are asked for."""

    search: str | None = None
    archived: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """What counting and sorting need of one automation."""

    id: uuid.UUID
    kind: Kind
    source: Source
    is_active: bool
    is_archived: bool
    started: int
    completed: int
    failed: int
    severity: Severity
    est_monthly_cost_usd: Decimal | None

    @property
    def place(self) -> SortKey:
        """Give the place in the default order: the worst first, then the busiest."""
        return (WORST_FIRST.index(self.severity), -self.started, str(self.id))


async def live_page(session: AsyncSession, ask: Ask, filters: LiveFilters, now: datetime) -> LivePage:
    """Read a page of automations, the worst first, and the summary of all that the filters let through."""
    judged = [_judge(row) for row in await session.execute(_narrow(filters))]
    listed = sorted((one for one in judged if one.is_archived == filters.archived), key=lambda one: one.place)
    left = _after(listed, ask.cursor)
    shown = left[: ask.limit]
    more = len(left) > ask.limit
    return LivePage(
        automations=await _views(session, [one.id for one in shown], now),
        summary=_summary(listed, archived=sum(one.is_archived for one in judged)),
        next_cursor=encode_cursor(*shown[-1].place) if more else None,
    )


def matching(filters: LiveFilters) -> list[ColumnElement[bool]]:
    """Give the conditions of the filters, on automations joined with their primitive."""
    if not filters.search:
        return []
    agent = aliased(Primitive)
    members = (
        exists()
        .where(PrimitiveMember.primitive_id == Automation.primitive_id)
        .where(agent.id == PrimitiveMember.agent_id)
        .where(or_(*(text.icontains(filters.search, autoescape=True) for text in (agent.name, agent.slug))))
    )
    own = (Automation.name, Automation.slug, Automation.description, Primitive.name, Primitive.slug)
    return [or_(*(text.icontains(filters.search, autoescape=True) for text in own), members)]


def _narrow(filters: LiveFilters) -> Select[Any]:
    outcomes = func.right(func.coalesce(AutomationStats.recent_outcomes, ""), Automation.health_window)
    return (
        select(
            Automation.id,
            Automation.kind,
            Automation.source,
            Automation.is_active,
            Automation.archived_at.is_not(None).label("is_archived"),
            Automation.est_monthly_cost_usd,
            func.coalesce(AutomationStats.started, 0).label("started"),
            func.length(func.replace(outcomes, "F", "")).label("completed"),
            func.length(func.replace(outcomes, "C", "")).label("failed"),
        )
        .join(Primitive, Primitive.id == Automation.primitive_id)
        .outerjoin(AutomationStats, AutomationStats.automation_id == Automation.id)
        .where(*matching(filters))
    )


def _judge(row: Row[Any]) -> Judged:
    return Judged(**row._mapping, severity=severity(row.completed, row.failed))


def _after(listed: Sequence[Judged], cursor: str | None) -> Sequence[Judged]:
    if cursor is None:
        return listed
    band, busy, key = decode_cursor(cursor, 3)
    try:
        place = (int(band), int(busy), key)
    except ValueError:
        raise bad_cursor() from None
    return [one for one in listed if one.place > place]


async def _views(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> tuple[AutomationView, ...]:
    query = (
        select(Automation)
        .join(Automation.primitive)
        .where(Automation.id.in_(ids))
        .options(contains_eager(Automation.primitive))
    )
    rows = {row.id: row for row in await session.scalars(query)}
    around = await surroundings(session, ids, now)
    return tuple(view(rows[key], around, now) for key in ids)


def _summary(listed: Sequence[Judged], *, archived: int) -> LiveSummary:
    kinds = Counter(one.kind for one in listed)
    severities = Counter(one.severity for one in listed)
    scheduled = sum(one.source is Source.SCHEDULE for one in listed)
    costs = [one.est_monthly_cost_usd for one in listed if one.est_monthly_cost_usd is not None]
    return LiveSummary(
        total=len(listed),
        active=sum(one.is_active and not one.is_archived for one in listed),
        archived=archived,
        by_primitive={kind: kinds[kind] for kind in Kind},
        by_type=TypeCounts(scheduled=scheduled, triggered=len(listed) - scheduled),
        by_severity={band: severities[band] for band in Severity},
        overall_success_rate=success_rate(sum(one.completed for one in listed), sum(one.failed for one in listed)),
        needs_attention=sum(one.severity in NEEDS_ATTENTION for one in listed),
        est_monthly_cost=CostEstimate(mean=sum(costs, Decimal(0)) if costs else None, p90=None, sample=len(costs)),
    )
