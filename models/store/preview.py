"""What a draft would do, before it is saved: its fires, its cost, the crowd it joins, whom it doubles.

The rule kept here: it reads, and writes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations import Overlap
from models.contracts.live import CostEstimate
from models.contracts.preview import (
    ClockChangeEffect,
    NextFire,
    PeakChange,
    Preview,
    PreviewCost,
    PreviewRequest,
)
from models.contracts.runs import AutomationRef
from models.errors import NotFound
from models.kinds import KINDS, Kind
from models.rules.clock_effects import clock_effects
from models.rules.cost import coming_month, cost_of, p90_cost
from models.rules.cost_sheet import total_usd
from models.rules.cron import Cron, parse
from models.rules.cron_readings import other_readings
from models.rules.cron_words import describe
from models.rules.density_slots import hour_edges, start_counts
from models.rules.occurrences import FARTHEST_DAYS, occurrences
from models.rules.projection_plan import Row
from models.rules.roster import Experience, Listed, Roster, fires_until, held_back
from models.rules.zones import zone, zone_rules
from models.states import Source
from models.store import primitives
from models.store.conflicts_ahead import capacity_conflicts
from models.store.costs import lines_of
from models.store.density import peak_of
from models.store.experience import experience
from models.store.ids import fresh_id
from models.store.roster import RosterCache, current_roster
from models.store.stats import known_costs
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive
from models.store.tables.stats import AutomationStats

FIRES = 10
FIRES_A_DAY = 100
YEAR = timedelta(days=365)
PEAK_HOURS = (24, 168)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a draft.

    Attributes:
        cron: None where nothing has been written yet, or where no clock fires it.
        listed: It as the roster would list it; None while it has no cron. Until something is chosen to run, it is
            counted as an agent's.
        known: What runs of its own, or else of its primitive, told: a roster of one.
        told_by: The automations whose runs told it.
        itself: The place of the automation that it changes.
    """

    asked: PreviewRequest
    cron: Cron | None
    tz: ZoneInfo
    primitive: Primitive | None
    listed: Listed | None
    known: Experience
    told_by: tuple[UUID, ...]
    itself: int | None


async def preview(session: AsyncSession, cache: RosterCache, asked: PreviewRequest, now: datetime) -> Preview:
    """Look ahead for a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
    roster = await current_roster(session, cache)
    known = await experience(session, cache, roster)
    draft = await _draft(session, roster, known, asked)
    return Preview(
        cron_text=describe(draft.cron.text) if draft.cron else None,
        next_fires=_fires(draft, now),
        clock_changes=_clock_changes(draft, now),
        cost=await _cost(session, cache, roster, known, draft, now),
        peaks=tuple(_peaks(roster, known, draft, hours, now) for hours in PEAK_HOURS),
        duplicates=await _duplicates(session, roster, draft),
        conflicts=await capacity_conflicts(session, roster, known, draft.listed, draft.known, draft.itself, now),
        warnings=_warnings(draft, now),
    )


async def _draft(session: AsyncSession, roster: Roster, known: Experience, asked: PreviewRequest) -> Draft:
    schedule = asked.schedule
    text = schedule.cron_expr.strip() if schedule else ""
    cron, tz = parse(text) if text else None, zone(schedule.timezone if schedule else "UTC")
    primitive = await _primitive(session, asked)
    itself = _itself(roster, asked.automation)
    places = [itself] if itself is not None and known.samples[itself] else _same_primitive(roster, primitive)
    listed = (
        await _listed(session, asked, primitive, Row(text, tz.key), schedule.overlap) if schedule and cron else None
    )
    told_by = tuple(roster.automations[place].id for place in places)
    return Draft(asked, cron, tz, primitive, listed, _learned(known, places), told_by, itself)


async def _listed(
    session: AsyncSession, asked: PreviewRequest, primitive: Primitive | None, row: Row, overlap: Overlap
) -> Listed:
    chosen = primitive.kind if primitive else asked.primitive and asked.primitive.kind
    kind = chosen or Kind.AGENT
    members = 0
    if primitive and KINDS[kind].runs_members:
        members = len((await primitives.members_of(session, [primitive.id])).get(primitive.id, ()))
    return Listed(
        id=fresh_id(),
        slug=asked.slug or "",
        name=asked.slug or "",
        kind=kind,
        source=Source.SCHEDULE,
        primitive_id=primitive.id if primitive else fresh_id(),
        primitive_slug=primitive.slug if primitive else "",
        row=row,
        overlap=overlap,
        active=asked.is_active and (primitive is None or primitive.can_run),
        members=members,
    )


async def _primitive(session: AsyncSession, asked: PreviewRequest) -> Primitive | None:
    named = asked.primitive
    if named is None or named.kind is None or not named.slug:
        return None
    try:
        return await primitives.by_name(session, named.slug, named.kind)
    except NotFound:
        return None


def _itself(roster: Roster, name: str | None) -> int | None:
    if name is None:
        return None
    for place, one in enumerate(roster.automations):
        if name in (one.slug, str(one.id)):
            return place
    raise NotFound(f"no automation is called {name!r}", field="automation")


def _same_primitive(roster: Roster, primitive: Primitive | None) -> list[int]:
    return [place for place, one in enumerate(roster.automations) if primitive and one.primitive_id == primitive.id]


def _learned(known: Experience, places: Sequence[int]) -> Experience:
    """Give what these automations' runs told together, as of one automation."""
    samples = sum(known.samples[place] for place in places)
    paid = sum(((known.mean_usd[place] or Decimal(0)) * known.samples[place] for place in places), Decimal(0))
    lasted = [int(known.run_ms[place]) for place in places if known.run_ms[place]]
    return Experience(
        run_ms=np.array([sum(lasted) // len(lasted) if lasted else 0], dtype=np.int64),
        weights=np.ones(1, dtype=np.float64),
        busy_until_ms=np.zeros(1, dtype=np.int64),
        mean_usd=[paid / samples if samples else None],
        samples=[samples],
    )


def _fires(draft: Draft, now: datetime) -> tuple[NextFire, ...]:
    if draft.cron is None:
        return ()
    found = occurrences(draft.cron, draft.tz, now, now + timedelta(days=FARTHEST_DAYS), limit=FIRES)
    return tuple(NextFire(at=moment, local=moment.astimezone(draft.tz)) for moment in found)


def _clock_changes(draft: Draft, now: datetime) -> tuple[ClockChangeEffect, ...]:
    if draft.cron is None:
        return ()
    return tuple(
        ClockChangeEffect(
            day=effect.change.day,
            at=effect.change.at,
            shift_minutes=effect.change.shift_minutes,
            fires=tuple(
                NextFire(at=moment, local=moment.astimezone(draft.tz)) for moment in effect.fires[:FIRES_A_DAY]
            ),
            text=effect.text,
        )
        for effect in clock_effects(draft.cron, draft.tz, now, now + YEAR)
    )


async def _cost(
    session: AsyncSession, cache: RosterCache, roster: Roster, known: Experience, draft: Draft, now: datetime
) -> PreviewCost:
    everyone = np.ones(len(roster.automations), dtype=np.bool_)
    lines = await lines_of(session, cache, roster, known, everyone, {}, now)
    before = total_usd(lines)
    occurring = _month_fires(draft, now)
    per_run, sample = draft.known.mean_usd[0], draft.known.samples[0]
    dear = await _p90(session, draft.told_by)
    month = cost_of(occurring, per_run, active=draft.asked.is_active)
    own = roster.automations[draft.itself].id if draft.itself is not None else None
    others = total_usd([line for line in lines if line.automation.id != own])
    return PreviewCost(
        occurrences=occurring,
        per_run=per_run,
        estimate=CostEstimate(mean=month, p90=cost_of(occurring, dear, active=draft.asked.is_active), sample=sample),
        total_before=before,
        total_after=None if month is None else others + month,
    )


async def _p90(session: AsyncSession, told_by: Sequence[UUID]) -> Decimal | None:
    query = select(AutomationStats.recent_costs).where(AutomationStats.automation_id.in_(told_by))
    return p90_cost([cost for recent in await session.scalars(query) for cost in known_costs(recent)])


def _month_fires(draft: Draft, now: datetime) -> int:
    if draft.listed is None:
        return 0
    return int(fires_until(Roster((draft.listed,)), draft.known, now, [coming_month(now)[1]])[0, 0])


def _peaks(roster: Roster, known: Experience, draft: Draft, hours: int, now: datetime) -> PeakChange:
    edges = hour_edges(now, draft.tz, hours)
    at = [datetime.fromtimestamp(edge, UTC).astimezone(draft.tz) for edge in edges[:-1].tolist()]
    window = int(edges[0]), int(edges[-1])
    starts = start_counts(roster, held_back(roster, known, *window), edges)
    before = peak_of(roster, starts, at)
    if draft.listed is None:
        return PeakChange(hours=hours, before=before, after=before)
    alone = Roster((draft.listed,))
    added = start_counts(alone, held_back(alone, draft.known, *window), edges)
    if draft.itself is not None:
        starts[draft.itself] = 0
    together = Roster((*roster.automations, draft.listed))
    return PeakChange(hours=hours, before=before, after=peak_of(together, np.vstack([starts, added]), at))


async def _duplicates(session: AsyncSession, roster: Roster, draft: Draft) -> tuple[AutomationRef, ...]:
    own = roster.automations[draft.itself].id if draft.itself is not None else None
    path = draft.asked.webhook.path if draft.asked.webhook else None
    taken: set[UUID] = set()
    if path:
        query = select(Automation.id).where(Automation.webhook_path == path, Automation.archived_at.is_(None))
        taken = set(await session.scalars(query))
    return tuple(
        AutomationRef(id=one.id, slug=one.slug, name=one.name)
        for one in roster.automations
        if one.id != own and (one.id in taken or _fires_the_same(one, draft))
    )


def _fires_the_same(one: Listed, draft: Draft) -> bool:
    return (
        one.row is not None
        and draft.listed is not None
        and one.primitive_id == draft.listed.primitive_id
        and zone_rules(one.row.timezone) == zone_rules(draft.tz.key)
        and parse(one.row.cron) == draft.cron
    )


def _warnings(draft: Draft, now: datetime) -> tuple[str, ...]:
    found = list(other_readings(draft.cron.text)) if draft.cron else []
    named = draft.asked.primitive
    if named and named.kind and named.slug and draft.primitive is None:
        found.append(f"There is no {named.kind.value} {named.slug!r} yet.")
    elif draft.primitive and not draft.primitive.can_run:
        found.append(f"{draft.primitive.name} is not active: every fire would be skipped.")
    if draft.listed and (kept := _month_fires(draft, now)) < (due := _month_fires(_never_held(draft), now)):
        minutes = round(int(draft.known.run_ms[0]) / 60_000)
        found.append(f"A run takes about {minutes} min, longer than the time between two: {kept} of {due} would fire.")
    return tuple(found)


def _never_held(draft: Draft) -> Draft:
    return replace(draft, known=replace(draft.known, run_ms=np.zeros(1, dtype=np.int64)))
