"""A draft before it is saved: its schedule, its primitive, and averages of earlier runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.drafts import Overlap
from models.contracts.outlook.preview import PreviewRequest
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
    """A draft of an automation, resolved.

    Attributes:
        schedule: None for a trigger, and while its cron is empty.
        tz: The zone of its schedule, UTC for a trigger.
        listed: It as the portfolio would list it; None while it has no cron. Until something is chosen to run, it is
            counted as an agent's.
        known: What runs of its own, or else of its primitive, told: a portfolio of one.
        averaged_ids: The automations whose runs told it.
        edited_index: The index of the automation that it changes.
    """

    asked: PreviewRequest
    schedule: Schedule | None
    tz: ZoneInfo
    primitive: Primitive | None
    listed: ProjectedAutomation | None
    known: RunAverages
    averaged_ids: tuple[UUID, ...]
    edited_index: int | None


async def read_draft(session: AsyncSession, portfolio: Portfolio, known: RunAverages, asked: PreviewRequest) -> Draft:
    """Resolve a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
    config = asked.schedule
    text = config.cron_expr.strip() if config else ""
    schedule = Schedule.parse(text, config.timezone) if config and text else None
    tz = zone(config.timezone if config else "UTC")
    primitive = await _primitive(session, asked)
    edited_index = _edited_index(portfolio, asked.automation)
    places = (
        [edited_index]
        if edited_index is not None and known.samples[edited_index]
        else _same_primitive(portfolio, primitive)
    )
    listed = await _listed(session, asked, primitive, schedule, config.overlap) if config and schedule else None
    averaged_ids = tuple(portfolio.automations[place].id for place in places)
    return Draft(asked, schedule, tz, primitive, listed, _combined(known, places), averaged_ids, edited_index)


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


def _edited_index(portfolio: Portfolio, name: str | None) -> int | None:
    if name is None:
        return None
    for place, one in enumerate(portfolio.automations):
        if name in (one.slug, str(one.id)):
            return place
    raise NotFound(f"there is no automation {name!r}", field="automation")


def _same_primitive(portfolio: Portfolio, primitive: Primitive | None) -> list[int]:
    return [place for place, one in enumerate(portfolio.automations) if primitive and one.primitive_id == primitive.id]


def _combined(known: RunAverages, places: Sequence[int]) -> RunAverages:
    """Combine the averages of these automations into those of one."""
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
    """Return how often the draft would fire in the coming month."""
    if draft.listed is None:
        return 0
    return int(fires_until(Portfolio((draft.listed,)), draft.known, now, [coming_month(now)[1]])[0, 0])
