"""The density: what starts in each of the coming hours, how much of it at once, and where it peaks."""

from collections.abc import Sequence, Set
from datetime import UTC, datetime
from math import ceil
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.density import Density, DensityPeak, DensitySlot, SlotAutomation
from models.rules.projection.concurrency import concurrency_band, peak_slot, peak_text
from models.rules.projection.hours import Slots, fill_slots, hour_edges, starts_between
from models.rules.projection.plan import Counts
from models.rules.projection.portfolio import Roster
from models.store.outlook.portfolio import RosterCache, current_roster
from models.store.outlook.run_averages import experience
from models.store.outlook.selection import chosen_of
from models.store.outlook.trigger_forecast import expected_arrivals

MOST_NAMED = 100


async def density(
    session: AsyncSession, cache: RosterCache, wanted: Set[UUID] | None, *, hours: int, tz: ZoneInfo, now: datetime
) -> Density:
    """Read the density of the coming hours; the hour that is under way is the first, whole."""
    roster = await current_roster(session, cache)
    chosen = chosen_of(roster, wanted)
    edges = hour_edges(now, tz, hours)
    slots = fill_slots(roster, await experience(session, cache, roster), chosen, edges)
    starts = [datetime.fromtimestamp(edge, UTC).astimezone(tz) for edge in edges[:-1].tolist()]
    triggers = [roster.automations[place].id for place in np.flatnonzero(chosen & roster.active & roster.triggered)]
    arrivals = await expected_arrivals(session, triggers, starts, tz)
    return _view(roster, slots, starts, arrivals, tz)


async def starting_between(
    session: AsyncSession, cache: RosterCache, since: datetime, until: datetime, now: datetime
) -> frozenset[UUID]:
    """Give the automations whose clock starts a run within [since, until), as the density has it."""
    roster = await current_roster(session, cache)
    known = await experience(session, cache, roster)
    there = starts_between(roster, known, now, ceil(since.timestamp()), ceil(until.timestamp()))
    return frozenset(roster.automations[place].id for place in np.flatnonzero(there).tolist())


def peak_of(roster: Roster, starts: Counts, at: Sequence[datetime]) -> DensityPeak | None:
    """Find the slot with the most starts, the first of equals; None where nothing starts."""
    totals = starts.sum(axis=0).tolist()
    place = peak_slot(totals)
    if place is None:
        return None
    (kinds,) = roster.by_kind(starts[:, place : place + 1])
    return DensityPeak(
        start=at[place],
        starts=totals[place],
        band=concurrency_band(totals[place]),
        by_primitive=kinds,
        text=peak_text(at[place], kinds),
    )


def _view(roster: Roster, slots: Slots, starts: Sequence[datetime], arrivals: Sequence[float], tz: ZoneInfo) -> Density:
    totals, kinds = slots.starts.sum(axis=0).tolist(), roster.by_kind(slots.starts)
    views = []
    for place, start in enumerate(starts):
        named, left_out = _named(roster, slots.starts, place)
        views.append(
            DensitySlot(
                start=start,
                starts=totals[place],
                weighted_starts=round(float(slots.weighted[place]), 2),
                peak_concurrency=slots.concurrency[place],
                by_primitive=kinds[place],
                automations=named,
                automations_left_out=left_out,
                expected_arrivals=arrivals[place],
            )
        )
    return Density(timezone=tz.key, slots=tuple(views), peak=peak_of(roster, slots.starts, starts))


def _named(roster: Roster, starts: Counts, slot: int) -> tuple[tuple[SlotAutomation, ...], int]:
    there = np.flatnonzero(starts[:, slot])
    busiest = there[np.argsort(-starts[there, slot], kind="stable")][:MOST_NAMED].tolist()
    named = tuple(
        SlotAutomation(id=one.id, name=one.name, count=int(starts[place, slot]))
        for place in busiest
        for one in [roster.automations[place]]
    )
    return named, int(there.size) - len(named)
