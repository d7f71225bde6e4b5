"""Lists anomalies, each as one sentence."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.anomalies import AnomaliesQuery, AnomalyPrimitive, AnomalyView
from models.kinds import KINDS
from models.rules.anomalies.words import anomaly_text
from models.states import AnomalyMetric
from models.store.ids import among
from models.store.paging import PageRequest, fetch_page
from models.store.tables.anomalies import Anomaly
from models.store.tables.primitives import Primitive

MOST_OPEN = 100
OWN_SHARE = 0.6
"""A primitive that makes so much of its kind's difference is told instead of the kind."""


async def page(session: AsyncSession, query: AnomaliesQuery, tz: tzinfo) -> tuple[Sequence[AnomalyView], str | None]:
    """List anomalies, the latest first."""
    wanted = select(Anomaly)
    if query.open is not None:
        wanted = wanted.where(Anomaly.closed_at.is_(None) if query.open else Anomaly.closed_at.is_not(None))
    if query.kind:
        wanted = wanted.where(Anomaly.kind.in_(query.kind))
    if query.metric:
        wanted = wanted.where(Anomaly.metric.in_(query.metric))
    request = PageRequest(query.limit, query.cursor)
    rows, cursor = await fetch_page(session, wanted, request, Anomaly.last_hour, Anomaly.id)
    return await views(session, rows, tz), cursor


async def open_now(session: AsyncSession, tz: tzinfo) -> Sequence[AnomalyView]:
    """Return what is unusual now, the largest first; of a kind and its primitive only the one that says more."""
    query = select(Anomaly).where(Anomaly.closed_at.is_(None)).order_by(Anomaly.score.desc(), Anomaly.id)
    rows = (await session.scalars(query.limit(MOST_OPEN))).all()
    return await views(session, [row for row in rows if not _is_told_by_another(row, rows)], tz)


async def views(session: AsyncSession, rows: Sequence[Anomaly], tz: tzinfo) -> Sequence[AnomalyView]:
    """Return anomalies as the API shows them."""
    ids = {row.primitive_id for row in rows if row.primitive_id}
    primitives = {row.id: row for row in await session.scalars(select(Primitive).where(among(Primitive.id, ids)))}
    return [_view(row, primitives.get(row.primitive_id) if row.primitive_id else None, tz) for row in rows]


def _view(row: Anomaly, primitive: Primitive | None, tz: tzinfo) -> AnomalyView:
    figures: dict[str, Any] = {name: getattr(row, name) for name in ("value", "usual", "low", "high", "runs", "hours")}
    name = primitive.name if primitive else f"all {KINDS[row.kind].plural}"
    text = anomaly_text(name, row.metric, is_low=row.is_low, last_hour=row.last_hour, tz=tz, **figures)
    return AnomalyView(
        id=row.id,
        kind=row.kind,
        primitive=AnomalyPrimitive(id=primitive.id, slug=primitive.slug, name=primitive.name) if primitive else None,
        metric=row.metric,
        is_low=row.is_low,
        text=text[0].upper() + text[1:],
        first_hour=row.first_hour,
        last_hour=row.last_hour,
        closed_at=row.closed_at,
        explained=row.explained,
        **figures,
    )


def _is_told_by_another(row: Anomaly, rows: Sequence[Anomaly]) -> bool:
    same = [
        one
        for one in rows
        if (one.kind, one.metric, one.is_low) == (row.kind, row.metric, row.is_low) and one.id != row.id
    ]
    if row.primitive_id is None:
        return any(_makes_most(one, row) for one in same)
    return any(one.primitive_id is None and not _makes_most(row, one) for one in same)


def _makes_most(primitive: Anomaly, kind: Anomaly) -> bool:
    """Whether a primitive's difference is most of its kind's; of means, whether most of the runs are its own."""
    if kind.metric is AnomalyMetric.STARTS:
        return abs(primitive.value - primitive.usual) >= OWN_SHARE * abs(kind.value - kind.usual)
    return primitive.runs >= OWN_SHARE * kind.runs
