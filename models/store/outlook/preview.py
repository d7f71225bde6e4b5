"""The preview of a draft: its fires, cost, load, duplicates and conflicts. Reads only, writes nothing."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.outlook.preview import (
    ClockChangeEffect,
    NextFire,
    Preview,
    PreviewCost,
    PreviewRequest,
)
from models.contracts.runs.views import AutomationRef
from models.rules.cron.dst_effects import transition_effects
from models.rules.cron.other_readings import other_readings
from models.rules.number_format import money
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation
from models.store.outlook.capacity_conflicts import capacity_conflicts
from models.store.outlook.draft_costs import draft_cost
from models.store.outlook.draft_load import hours_ahead, peak_change
from models.store.outlook.drafts import Draft, month_fires, read_draft
from models.store.outlook.portfolio import PortfolioCache, current_portfolio
from models.store.outlook.run_averages import run_averages
from models.store.tables.automations import Automation

FIRES = 10
FIRES_A_DAY = 100
YEAR = timedelta(days=365)
PEAK_HOURS = (24, 168)


async def preview(session: AsyncSession, cache: PortfolioCache, asked: PreviewRequest, now: datetime) -> Preview:
    """Return the preview of a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
    portfolio = await current_portfolio(session, cache)
    known = await run_averages(session, cache, portfolio)
    draft = await read_draft(session, portfolio, known, asked)
    cost = await draft_cost(session, cache, portfolio, known, draft, now)
    return Preview(
        cron_text=draft.schedule.text if draft.schedule else None,
        next_fires=_fires(draft, now),
        clock_changes=_clock_changes(draft, now),
        cost=cost,
        peaks=tuple(peak_change(portfolio, known, draft, hours, now) for hours in PEAK_HOURS),
        hours=hours_ahead(portfolio, known, draft, now),
        duplicates=await _duplicates(session, portfolio, draft),
        conflicts=await capacity_conflicts(
            session, portfolio, known, draft.listed, draft.known, draft.edited_index, now
        ),
        warnings=(*_warnings(draft, now), *_over_budget(asked, cost)),
    )


def _fires(draft: Draft, now: datetime) -> tuple[NextFire, ...]:
    if draft.schedule is None:
        return ()
    found = draft.schedule.upcoming(now, FIRES)
    return tuple(NextFire(at=moment, local=moment.astimezone(draft.tz)) for moment in found)


def _clock_changes(draft: Draft, now: datetime) -> tuple[ClockChangeEffect, ...]:
    if draft.schedule is None:
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
        for effect in transition_effects(draft.schedule.cron, draft.tz, now, now + YEAR)
    )


async def _duplicates(session: AsyncSession, portfolio: Portfolio, draft: Draft) -> tuple[AutomationRef, ...]:
    own = portfolio.automations[draft.edited_index].id if draft.edited_index is not None else None
    path = draft.asked.webhook.path if draft.asked.webhook else None
    taken: set[UUID] = set()
    if path:
        query = select(Automation.id).where(Automation.webhook_path == path, Automation.archived_at.is_(None))
        taken = set(await session.scalars(query))
    return tuple(
        AutomationRef(id=one.id, slug=one.slug, name=one.name)
        for one in portfolio.automations
        if one.id != own and (one.id in taken or _fires_the_same(one, draft))
    )


def _fires_the_same(one: ProjectedAutomation, draft: Draft) -> bool:
    return (
        one.schedule is not None
        and draft.listed is not None
        and draft.schedule is not None
        and one.primitive_id == draft.listed.primitive_id
        and one.schedule.has_same_due_times(draft.schedule)
    )


def _warnings(draft: Draft, now: datetime) -> tuple[str, ...]:
    found = list(other_readings(draft.schedule.cron)) if draft.schedule else []
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
    return (
        f"About {money(mean)} a month is more than its budget of {money(budget)}: the last fires would be skipped.",
    )


def _never_held(draft: Draft) -> Draft:
    return replace(draft, known=replace(draft.known, run_ms=np.zeros(1, dtype=np.int64)))
