"""What pausing automations, or disabling a primitive, would touch within the next days."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.impact import (
    Fires,
    Impact,
    ImpactedAutomation,
    ImpactedPrimitive,
    ImpactEffect,
)
from models.kinds import KINDS
from models.limits import MAX_CHAIN_LENGTH
from models.rules.cost import NOTHING
from models.rules.impact import Findings, Runs, Surroundings, Touched, Use, of_disabled, of_stopped, unadjusted
from models.rules.projection.month_costs import cost_lines
from models.rules.projection.next_fire import next_fires
from models.rules.projection.portfolio import Portfolio, RunAverages, fires_until, narrowed
from models.store.automations.dependency_graph import edges_below
from models.store.ids import among
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.outlook.run_averages import run_averages, trailing_starts
from models.store.tables.primitives import Primitive, PrimitiveMember

DAY, WEEK = timedelta(days=1), timedelta(days=7)
MOST = 200
"""How many automations, and how many primitives, an impact names."""
NOTHING_DUE = Fires(next_at=None, within_day=0, within_week=0)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is due of each automation, and what a month of it costs."""

    due: Mapping[UUID, Fires]
    month_usd: Mapping[UUID, Decimal | None]


async def impact_of_stopping(
    session: AsyncSession, cache: PortfolioCache, ids: Set[UUID], now: datetime, *, until: datetime | None = None
) -> Impact:
    """Return what is touched when these automations no longer fire, for good or `until` a given time."""
    portfolio = await current_portfolio(session, cache)
    stopped = {one for one in ids if one in portfolio.indices}
    own = {portfolio.automations[portfolio.indices[one]].primitive_id for one in stopped}
    around = await _surroundings(session, portfolio, stopped, own)
    found = of_stopped(stopped, around)
    changed = unadjusted(stopped, around)
    primitives = await _primitives(session, dict(changed))
    return await _impact(session, cache, portfolio, found, stopped, primitives, now, until)


async def impact_of_disabling(
    session: AsyncSession, cache: PortfolioCache, primitive: Primitive, now: datetime
) -> Impact:
    """Return what is touched when a primitive no longer runs."""
    portfolio = await current_portfolio(session, cache)
    own = {one.id for one in portfolio.automations if one.primitive_id == primitive.id}
    around = await _surroundings(session, portfolio, own, {primitive.id})
    found = of_disabled(primitive.id, around)
    users = {
        use.primitive: f"{'calls' if KINDS[use.kind].runs_members else 'evaluates'} {primitive.name}"
        for use in around.users_of.get(primitive.id, ())
    }
    primitives = await _primitives(session, users)
    return await _impact(session, cache, portfolio, found, own, primitives, now, None)


async def _surroundings(
    session: AsyncSession, portfolio: Portfolio, stopped: Set[UUID], primitives: Collection[UUID]
) -> Surroundings:
    members = select(PrimitiveMember.agent_id).where(among(PrimitiveMember.primitive_id, primitives))
    query = (
        select(PrimitiveMember.primitive_id, Primitive.kind, PrimitiveMember.agent_id, Primitive.spec["capacity"])
        .join(Primitive, Primitive.id == PrimitiveMember.primitive_id)
        .where(Primitive.archived_at.is_(None))
        .where(among(PrimitiveMember.agent_id, primitives) | PrimitiveMember.agent_id.in_(members))
        .distinct()
    )
    uses = [
        Use(primitive, kind, agent, adjusts=not KINDS[kind].runs_members and capacity is not None)
        for primitive, kind, agent, capacity in await session.execute(query)
    ]
    named = {one for use in uses for one in (use.primitive, use.agent)} | set(primitives)
    names = dict((await session.execute(select(Primitive.id, Primitive.name).where(among(Primitive.id, named)))).all())
    return Surroundings(
        edges=await edges_below(session, stopped, live_only=True),
        uses=uses,
        runs=[Runs(one.id, one.primitive_id, one.kind, one.active) for one in portfolio.automations],
        names={**names, **{one.id: one.name for one in portfolio.automations}},
    )


async def _impact(
    session: AsyncSession,
    cache: PortfolioCache,
    portfolio: Portfolio,
    found: Findings,
    stopped: Set[UUID],
    primitives: Sequence[ImpactedPrimitive],
    now: datetime,
    until: datetime | None,
) -> Impact:
    touched = found.in_order()
    wanted = stopped | {one.automation for one in touched}
    ahead = await _ahead(session, cache, portfolio, wanted, now, until)
    lost = _lost(found, stopped, ahead.due)
    costs = [ahead.month_usd[one] for one in stopped]
    return Impact(
        due=_sum(ahead.due[one] for one in stopped),
        est_monthly_cost=sum((cost for cost in costs if cost is not None), NOTHING) if _known(costs) else None,
        automations=tuple(_shown(one, portfolio, ahead, lost(one.automation)) for one in touched[:MOST]),
        automations_left_out=sum(one.effect is not ImpactEffect.SHARES for one in touched[MOST:]),
        primitives=tuple(primitives[:MOST]),
        asks=any(_suffers(one, portfolio) for one in touched),
    )


async def _ahead(
    session: AsyncSession,
    cache: PortfolioCache,
    portfolio: Portfolio,
    wanted: Set[UUID],
    now: datetime,
    until: datetime | None,
) -> _Ahead:
    averages = await run_averages(session, cache, portfolio)
    trailing = await trailing_starts(session, cache, portfolio, now)
    chosen = np.array([one.id in wanted for one in portfolio.automations], dtype=np.bool_)
    some, theirs = narrowed(portfolio, averages, chosen)
    lines = cost_lines(some, theirs, trailing, {}, np.ones(len(some.automations), dtype=np.bool_), now)
    return _Ahead(_due(some, theirs, now, until), {line.automation.id: line.month_usd for line in lines})


def _due(portfolio: Portfolio, averages: RunAverages, now: datetime, until: datetime | None) -> dict[UUID, Fires]:
    if not portfolio.automations:
        return {}
    ends = [min(now + span, until or now + span) for span in (DAY, WEEK)]
    counts = fires_until(portfolio, averages, now, ends).tolist()
    return {
        one.id: Fires(next_at=at, within_day=day, within_week=week)
        for one, at, (day, week) in zip(portfolio.automations, next_fires(portfolio.plan, now), counts, strict=True)
    }


def _lost(found: Findings, stopped: Set[UUID], due: Mapping[UUID, Fires]) -> Callable[[UUID], Fires]:
    """Return how many fires of an automation do not happen: its own, or those by runs that do not happen."""
    known: dict[UUID, Fires] = {one: due[one] for one in stopped}

    def lost(automation: UUID, depth: int = 0) -> Fires:
        if depth > MAX_CHAIN_LENGTH:
            # So far down nothing is fired.
            return NOTHING_DUE
        if automation not in known:
            known[automation] = _sum(lost(one, depth + 1) for one in found.fired_by.get(automation, ()))
        return known[automation]

    return lost


def _sum(fires: Iterable[Fires]) -> Fires:
    given = list(fires)
    return Fires(
        next_at=min((one.next_at for one in given if one.next_at), default=None),
        within_day=sum(one.within_day for one in given),
        within_week=sum(one.within_week for one in given),
    )


def _shown(one: Touched, portfolio: Portfolio, ahead: _Ahead, lost: Fires) -> ImpactedAutomation:
    automation = portfolio.automations[portfolio.indices[one.automation]]
    return ImpactedAutomation(
        id=automation.id,
        slug=automation.slug,
        name=automation.name,
        kind=automation.kind,
        is_active=automation.active,
        effect=one.effect,
        structural=one.structural,
        distance=one.distance,
        text=one.text,
        due=ahead.due[one.automation],
        lost=lost,
        est_monthly_cost=ahead.month_usd[one.automation],
    )


def _suffers(one: Touched, portfolio: Portfolio) -> bool:
    return one.effect is not ImpactEffect.SHARES and portfolio.automations[portfolio.indices[one.automation]].active


def _known(costs: Sequence[Decimal | None]) -> bool:
    return not costs or any(cost is not None for cost in costs)


async def _primitives(session: AsyncSession, texts: Mapping[UUID, str]) -> list[ImpactedPrimitive]:
    query = (
        select(Primitive).where(among(Primitive.id, texts), Primitive.archived_at.is_(None)).order_by(Primitive.name)
    )
    return [
        ImpactedPrimitive(id=row.id, kind=row.kind, slug=row.slug, name=row.name, text=texts[row.id])
        for row in await session.scalars(query)
    ]
