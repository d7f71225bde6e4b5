"""What is known of a draft before it is saved: its cron, its primitive, and what earlier runs tell of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations import Overlap
from models.contracts.preview import PreviewRequest
from models.errors import NotFound
from models.kinds import KINDS, Kind
from models.rules.cost import coming_month
from models.rules.cron.zones import zone
from models.rules.projection.portfolio import Portfolio, ProjectedAutomation, RunAverages, fires_until
from models.rules.schedule import Schedule
from models.states import Source
from models.store.ids import fresh_id
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive


@dataclass(frozen=True, slots=True)
class Draft:
    """What is known of a draft.

    Attributes:
        schedule: None for a trigger, and while its cron is empty.
        tz: The zone of its schedule, UTC for a trigger.
        listed: It as the portfolio would list it; None while it has no cron. Until something is chosen to run, it is
            counted as an agent's.
        known: What runs of its own, or else of its primitive, told: a portfolio of one.
        told_by: The automations whose runs told it.
        itself: The place of the automation that it changes.
    """

    asked: PreviewRequest
    schedule: Schedule | None
    tz: ZoneInfo
    primitive: Primitive | None
    listed: ProjectedAutomation | None
    known: RunAverages
    told_by: tuple[UUID, ...]
    itself: int | None


async def read_draft(session: AsyncSession, portfolio: Portfolio, known: RunAverages, asked: PreviewRequest) -> Draft:
    """Learn what there is to know of a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
    config = asked.schedule
    text = config.cron_expr.strip() if config else ""
    schedule = Schedule.parse(text, config.timezone) if config and text else None
    tz = zone(config.timezone if config else "UTC")
    primitive = await _primitive(session, asked)
    itself = _itself(portfolio, asked.automation)
    places = [itself] if itself is not None and known.samples[itself] else _same_primitive(portfolio, primitive)
    listed = await _listed(session, asked, primitive, schedule, config.overlap) if config and schedule else None
    told_by = tuple(portfolio.automations[place].id for place in places)
    return Draft(asked, schedule, tz, primitive, listed, _learned(known, places), told_by, itself)


async def _listed(
    session: AsyncSession, asked: PreviewRequest, primitive: Primitive | None, schedule: Schedule, overlap: Overlap
) -> ProjectedAutomation:
    chosen = primitive.kind if primitive else asked.primitive and asked.primitive.kind
    kind = chosen or Kind.AGENT
    members = 0
    if primitive and KINDS[kind].runs_members:
        members = len((await primitives.members_of(session, [primitive.id])).get(primitive.id, ()))
    return ProjectedAutomation(
        id=fresh_id(),
        slug=asked.slug or "",
        name=asked.slug or "",
        kind=kind,
        source=Source.SCHEDULE,
        primitive_id=primitive.id if primitive else fresh_id(),
        primitive_slug=primitive.slug if primitive else "",
        schedule=schedule,
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


def _itself(portfolio: Portfolio, name: str | None) -> int | None:
    if name is None:
        return None
    for place, one in enumerate(portfolio.automations):
        if name in (one.slug, str(one.id)):
            return place
    raise NotFound(f"no automation is called {name!r}", field="automation")


def _same_primitive(portfolio: Portfolio, primitive: Primitive | None) -> list[int]:
    return [place for place, one in enumerate(portfolio.automations) if primitive and one.primitive_id == primitive.id]


def _learned(known: RunAverages, places: Sequence[int]) -> RunAverages:
    """Give what these automations' runs told together, as of one automation."""
    samples = sum(known.samples[place] for place in places)
    paid = sum(((known.mean_usd[place] or Decimal(0)) * known.samples[place] for place in places), Decimal(0))
    lasted = [int(known.run_ms[place]) for place in places if known.run_ms[place]]
    return RunAverages(
        run_ms=np.array([sum(lasted) // len(lasted) if lasted else 0], dtype=np.int64),
        weights=np.ones(1, dtype=np.float64),
        busy_until_ms=np.zeros(1, dtype=np.int64),
        mean_usd=[paid / samples if samples else None],
        samples=[samples],
    )


def month_fires(draft: Draft, now: datetime) -> int:
    """Count how often it would fire in the coming month."""
    if draft.listed is None:
        return 0
    return int(fires_until(Portfolio((draft.listed,)), draft.known, now, [coming_month(now)[1]])[0, 0])
