"""The density: starts, concurrency and the peak of the coming hours."""

from bisect import bisect_left
from collections.abc import Sequence, Set
from datetime import UTC, datetime
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.density import Density, DensityPeak, DensitySlot, SlotAutomation
from models.rules.arrays import Counts
from models.rules.projection.concurrency import concurrency_band, kinds_text, peak_slot, peak_text
from models.rules.projection.hours import Slots, fill_slots, hour_edges, starts_between
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.outlook.run_averages import run_averages
from models.store.outlook.selection import selection_mask
from models.store.outlook.trigger_forecast import expected_arrivals

MOST_NAMED = 100


async def density(
    session: AsyncSession, cache: PortfolioCache, wanted: Set[UUID] | None, *, hours: int, tz: ZoneInfo, now: datetime
) -> Density:
    """Return the density of the coming hours, beginning with the whole current hour."""
    portfolio = await current_portfolio(session, cache)
    chosen = selection_mask(portfolio, wanted)
    edges = hour_edges(now, tz, hours)
    slots = fill_slots(portfolio, await run_averages(session, cache, portfolio), chosen, edges)
    starts = [datetime.fromtimestamp(edge, UTC).astimezone(tz) for edge in edges[:-1].tolist()]
    triggers = [portfolio.automations[i] for i in np.flatnonzero(chosen & portfolio.active & portfolio.triggered)]
    arrivals = await _arrivals(session, triggers, starts, tz)
    return _view(portfolio, slots, starts, arrivals, tz)


async def _arrivals(
    session: AsyncSession, triggers: Sequence[ProjectedAutomation], starts: Sequence[datetime], tz: ZoneInfo
) -> list[float]:
    """Return the expected arrivals of each hour; a snoozed trigger counts from its first whole hour on."""
    first_slots: dict[int, list[UUID]] = {}
    for one in triggers:
        first = bisect_left(starts, one.snoozed_until) if one.snoozed_until else 0
        first_slots.setdefault(first, []).append(one.id)
    total = np.zeros(len(starts))
    for first, ids in first_slots.items():
        if first < len(starts):
            total[first:] += await expected_arrivals(session, ids, starts[first:], tz)
    return [round(float(count), 2) for count in total]


async def starting_between(
    session: AsyncSession, cache: PortfolioCache, since: datetime, until: datetime, now: datetime
) -> frozenset[UUID]:
    """Return the schedules that start a run within [since, until), as the density counts them."""
    portfolio = await current_portfolio(session, cache)
    known = await run_averages(session, cache, portfolio)
    there = starts_between(portfolio, known, now, ceil(since.timestamp()), ceil(until.timestamp()))
    return frozenset(portfolio.automations[place].id for place in np.flatnonzero(there).tolist())


def peak_of(portfolio: Portfolio, starts: Counts, at: Sequence[datetime]) -> DensityPeak | None:
    """Return the slot with the most starts, the first of equals; None if nothing starts."""
    totals = starts.sum(axis=0).tolist()
    place = peak_slot(totals)
    if place is None:
        return None
    (kinds,) = portfolio.by_kind(starts[:, place : place + 1])
    return DensityPeak(
        start=at[place],
        starts=totals[place],
        band=concurrency_band(totals[place]),
        by_primitive=kinds,
        kinds_text=kinds_text(kinds),
        text=peak_text(at[place], kinds),
    )


def _view(
    portfolio: Portfolio, slots: Slots, starts: Sequence[datetime], arrivals: Sequence[float], tz: ZoneInfo
) -> Density:
    totals, kinds = slots.starts.sum(axis=0).tolist(), portfolio.by_kind(slots.starts)
    views = []
    for place, start in enumerate(starts):
        named, left_out = _named(portfolio, slots.starts, place)
        views.append(
            DensitySlot(
                start=start,
                starts=totals[place],
                weighted_starts=round(float(slots.weighted[place]), 2),
                peak_concurrency=slots.concurrency[place],
                by_primitive=kinds[place],
                kinds_text=kinds_text(kinds[place]),
                automations=named,
                automations_left_out=left_out,
                expected_arrivals=arrivals[place],
            )
        )
    return Density(timezone=tz.key, slots=tuple(views), peak=peak_of(portfolio, slots.starts, starts))


def _named(portfolio: Portfolio, starts: Counts, slot: int) -> tuple[tuple[SlotAutomation, ...], int]:
    there = np.flatnonzero(starts[:, slot])
    busiest = there[np.argsort(-starts[there, slot], kind="stable")][:MOST_NAMED].tolist()
    named = tuple(
        SlotAutomation(id=one.id, name=one.name, count=int(starts[place, slot]))
        for place in busiest
        for one in [portfolio.automations[place]]
    )
    return named, int(there.size) - len(named)
