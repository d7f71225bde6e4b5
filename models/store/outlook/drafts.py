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
from models.rules.cron.expression import Cron, parse
from models.rules.cron.zones import zone
from models.rules.projection.plan import Row
from models.rules.projection.portfolio import Experience, Listed, Roster, fires_until
from models.states import Source
from models.store.ids import fresh_id
from models.store.primitives import queries as primitives
from models.store.tables.primitives import Primitive


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


async def read_draft(session: AsyncSession, roster: Roster, known: Experience, asked: PreviewRequest) -> Draft:
    """Learn what there is to know of a draft.

    Raises:
        BadCron, UnknownTimezone: its schedule cannot be read.
        NotFound: it changes an automation that is not there.
    """
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


def month_fires(draft: Draft, now: datetime) -> int:
    """Count how often it would fire in the coming month."""
    if draft.listed is None:
        return 0
    return int(fires_until(Roster((draft.listed,)), draft.known, now, [coming_month(now)[1]])[0, 0])
