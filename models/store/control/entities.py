"""Who contributes most to the last day: sums by primitive and by automation of two days side by side."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.control_entities import (
    AgentAutonomy,
    ControlEntities,
    ControlEntity,
    EntityFigures,
    EntityShares,
)
from models.kinds import Kind
from models.rules.control.shares import share, wilson
from models.states import RunStatus
from models.store.control.figures import WINDOW, window_start
from models.store.stats.counting import hour_of
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationHour, PrimitiveHour

MOST = 10
AUTONOMY_WINDOW = timedelta(days=30)
ENDED = (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED)


class _Day(NamedTuple):
    """The figures of one day; there may be ten thousand, so that they are no contracts yet."""

    runs: int
    failed: int
    cost_usd: Decimal

    def view(self) -> EntityFigures:
        return EntityFigures(runs=self.runs, failed=self.failed, cost_usd=self.cost_usd)


class _Sums(NamedTuple):
    """The figures of one entity, of both days."""

    entity: Any
    now: _Day
    before: _Day


async def entities(session: AsyncSession, now: datetime) -> ControlEntities:
    """Return the primitives and automations that contribute most, and the agents that people had to help."""
    since = window_start(now)
    of_primitives = await _primitives(session, since)
    of_automations = await _automations(session, since)
    total, total_before = _total([one.now for one in of_primitives]), _total([one.before for one in of_primitives])
    autonomy_since = hour_of(now - AUTONOMY_WINDOW)
    names = await _names(session, Primitive, _chosen(of_primitives))
    automation_names = await _names(session, Automation, _chosen(of_automations))
    of_all = _total([one.now for one in of_automations])
    return ControlEntities(
        as_of=now,
        since=since,
        autonomy_since=autonomy_since,
        total=total.view(),
        total_before=total_before.view(),
        primitives=tuple(
            _view(one, names[one.entity], _primitive_link(names[one.entity]), total) for one in _chosen(of_primitives)
        ),
        automations=tuple(
            _view(one, found, f"/?open={found.slug}", of_all)
            for one in _chosen(of_automations)
            if (found := automation_names.get(one.entity))
        ),
        autonomy=await _autonomy(session, autonomy_since),
    )


async def _primitives(session: AsyncSession, since: datetime) -> list[_Sums]:
    row = PrimitiveHour
    ended = row.status.in_(ENDED)
    figures = (
        lambda day: func.sum(row.runs).filter(ended, day),
        lambda day: func.sum(row.runs).filter(row.status == RunStatus.FAILED, day),
        lambda day: func.sum(row.own_cost_usd_sum).filter(day),
    )
    return await _two_days(session, row.primitive_id, row.hour, since, figures)


async def _automations(session: AsyncSession, since: datetime) -> list[_Sums]:
    row = AutomationHour
    figures = (
        lambda day: func.sum(row.completed + row.failed + row.cancelled).filter(day),
        lambda day: func.sum(row.failed).filter(day),
        lambda day: func.sum(row.known_usd_sum).filter(day),
    )
    return await _two_days(session, row.automation_id, row.hour, since, figures)


async def _two_days(
    session: AsyncSession, entity: Any, hour: Any, since: datetime, figures: Sequence[Any]
) -> list[_Sums]:
    today, yesterday = hour >= since, hour < since
    columns = [figure(day) for day in (today, yesterday) for figure in figures]
    query = select(entity, *columns).where(hour >= since - WINDOW).group_by(entity)
    return [_Sums(key, _figures(values[:3]), _figures(values[3:])) for key, *values in await session.execute(query)]


def _figures(values: Sequence[Any]) -> _Day:
    runs, failed, cost = values
    return _Day(int(runs or 0), int(failed or 0), cost or Decimal())


def _total(days: Sequence[_Day]) -> _Day:
    return _Day(
        runs=sum(one.runs for one in days),
        failed=sum(one.failed for one in days),
        cost_usd=sum((one.cost_usd for one in days), Decimal()),
    )


def _chosen(found: Sequence[_Sums]) -> list[_Sums]:
    """Return the first ten by each figure, those with the most failures first."""
    chosen: dict[Any, _Sums] = {}
    for name in ("failed", "cost_usd", "runs"):
        ordered = sorted(found, key=lambda one: (getattr(one.now, name), getattr(one.before, name)), reverse=True)
        chosen |= {one.entity: one for one in ordered[:MOST] if getattr(one.now, name) or getattr(one.before, name)}
    return list(chosen.values())


async def _names(session: AsyncSession, table: type[Any], chosen: Sequence[_Sums]) -> dict[Any, Any]:
    columns: Select[Any] = select(table.id, table.kind, table.slug, table.name)
    rows = await session.execute(columns.where(table.id.in_([one.entity for one in chosen])))
    return {row.id: row for row in rows}


def _primitive_link(found: Any) -> str:
    return f"/primitives/{found.kind}/{found.slug}"


def _view(one: _Sums, found: Any, link: str, total: _Day) -> ControlEntity:
    return ControlEntity(
        kind=found.kind,
        slug=found.slug,
        name=found.name,
        link=link,
        now=one.now.view(),
        before=one.before.view(),
        share=EntityShares(
            runs=share(one.now.runs, total.runs),
            failed=share(one.now.failed, total.failed),
            cost_usd=share(float(one.now.cost_usd), float(total.cost_usd)),
        ),
    )


async def _autonomy(session: AsyncSession, since: datetime) -> tuple[AgentAutonomy, ...]:
    row = PrimitiveHour
    sums: list[ColumnElement[int]] = [
        func.sum(column) for column in (row.started, row.unattended, row.intervened, row.rescued, row.gates)
    ]
    started, _, touched, *_ = sums
    query = (
        select(Primitive.slug, Primitive.name, Primitive.kind, *sums)
        .join(row, row.primitive_id == Primitive.id)
        .where(Primitive.kind == Kind.AGENT, row.hour >= since, row.status.in_(ENDED))
        .group_by(Primitive.id)
        .having(started > 0)
        # One that ran once and was helped once is not the worst of all.
        .order_by((touched / (started + 20.0)).desc(), started.desc(), Primitive.slug)
        .limit(MOST)
    )
    return tuple(_autonomous(*values) for values in await session.execute(query))


def _autonomous(slug: str, name: str, kind: Kind, *sums: Any) -> AgentAutonomy:
    runs, unattended, touched, rescued, gates = (int(one) for one in sums)
    interval = wilson(unattended, runs)
    low, high = interval or (None, None)
    return AgentAutonomy(
        slug=slug,
        name=name,
        link=f"/primitives/{kind}/{slug}",
        runs=runs,
        unattended=unattended,
        unattended_percent=share(unattended, runs) if interval else None,
        low_percent=low,
        high_percent=high,
        touched=touched,
        rescued=rescued,
        gates=gates,
    )
