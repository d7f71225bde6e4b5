"""What a draft would do, before it is saved: its fires, its cost, the crowd it joins, whom it doubles.

The rule kept here: it reads, and writes nothing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.preview import (
    ClockChangeEffect,
    NextFire,
    Preview,
    PreviewCost,
    PreviewRequest,
)
from models.contracts.runs import AutomationRef
from models.rules.cron.dst_effects import clock_effects
from models.rules.cron.expression import parse
from models.rules.cron.occurrences import FARTHEST_DAYS, occurrences
from models.rules.cron.other_readings import other_readings
from models.rules.cron.words import describe
from models.rules.cron.zones import zone_rules
from models.rules.projection.portfolio import Listed, Roster
from models.store.outlook.capacity_conflicts import capacity_conflicts
from models.store.outlook.draft_costs import draft_cost
from models.store.outlook.draft_load import hours_ahead, peak_change
from models.store.outlook.drafts import Draft, month_fires, read_draft
from models.store.outlook.portfolio import RosterCache, current_roster
from models.store.outlook.run_averages import experience
from models.store.tables.automations import Automation

FIRES = 10
FIRES_A_DAY = 100
YEAR = timedelta(days=365)
PEAK_HOURS = (24, 168)


async def preview(session: AsyncSession, cache: RosterCache, asked: PreviewRequest, now: datetime) -> Preview:
    """Look ahead for a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
    roster = await current_roster(session, cache)
    known = await experience(session, cache, roster)
    draft = await read_draft(session, roster, known, asked)
    cost = await draft_cost(session, cache, roster, known, draft, now)
    return Preview(
        cron_text=describe(draft.cron.text) if draft.cron else None,
        next_fires=_fires(draft, now),
        clock_changes=_clock_changes(draft, now),
        cost=cost,
        peaks=tuple(peak_change(roster, known, draft, hours, now) for hours in PEAK_HOURS),
        hours=hours_ahead(roster, known, draft, now),
        duplicates=await _duplicates(session, roster, draft),
        conflicts=await capacity_conflicts(session, roster, known, draft.listed, draft.known, draft.itself, now),
        warnings=(*_warnings(draft, now), *_over_budget(asked, cost)),
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
            differs=effect.differs,
            text=effect.text,
        )
        for effect in clock_effects(draft.cron, draft.tz, now, now + YEAR)
    )


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
    if draft.listed and (kept := month_fires(draft, now)) < (due := month_fires(_never_held(draft), now)):
        minutes = round(int(draft.known.run_ms[0]) / 60_000)
        found.append(f"A run takes about {minutes} min, longer than the time between two: {kept} of {due} would fire.")
    return tuple(found)


def _over_budget(asked: PreviewRequest, cost: PreviewCost) -> tuple[str, ...]:
    budget, mean = asked.budget_usd_month, cost.estimate.mean
    if budget is None or mean is None or mean <= budget:
        return ()
    return (f"About ${mean:,.2f} a month is more than its budget of ${budget:,.2f}: the last fires would be skipped.",)


def _never_held(draft: Draft) -> Draft:
    return replace(draft, known=replace(draft.known, run_ms=np.zeros(1, dtype=np.int64)))
