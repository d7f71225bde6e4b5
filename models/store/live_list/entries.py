"""Builds the live list's entries: automations with their severity, encoded once at most, valid until a given time."""

import asyncio
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.primitives.views import EntityView
from models.kinds import KINDS
from models.rules.listing.filters import Entry, Judgement
from models.rules.listing.rendering import Rendering
from models.rules.listing.search import haystack
from models.rules.listing.severity import StateFacts, severity, state, steady_until
from models.states import Window
from models.store.automations.related import Related, read_related
from models.store.automations.views import entity_view, month_usd, state_facts, stats_of, view
from models.store.ids import among
from models.store.live_list.records import automation_records, stats_records
from models.store.stats.folding import count_outcomes
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember

FRESH_FOR = timedelta(hours=1)
"""Costs look 30 days back and a month ahead, so entries are rebuilt this often even without changes."""
NEVER = datetime.max.replace(tzinfo=UTC)

RENDERED_AT_ONCE = 50

Agents = Mapping[uuid.UUID, Sequence[EntityView]]


async def all_ids(session: AsyncSession) -> list[uuid.UUID]:
    return list(await session.scalars(select(Automation.id)))


async def entries(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> list[Entry]:
    """Build the entries of these automations; those that no longer exist are left out."""
    rows = await automation_records(session, ids)
    related = await read_related(session, rows, await stats_records(session, ids), now)
    agents = await _agents(session, {row.primitive_id for row in rows})
    return [_entry(row, related, agents.get(row.primitive_id, ()), now) for row in rows]


def _entry(row: Automation, related: Related, members: Sequence[EntityView], now: datetime) -> Entry:
    standing, stats, forecast = state_facts(row, related, now), stats_of(row, related), related.forecasts[row.id]
    completed, failed = count_outcomes(stats.recent_outcomes[-row.health_window :])
    recent = Judgement(completed, failed, severity(completed, failed))
    ever = Judgement(stats.completed, stats.failed, severity(stats.completed, stats.failed))
    entity = entity_view(row.primitive)
    named = (entity, *members)
    agents = named if KINDS[row.kind].calls_agent else members
    judged = {Window.RECENT: recent, Window.ALL: ever}
    return Entry(
        id=row.id,
        slug=row.slug,
        name=row.name,
        kind=row.kind,
        source=row.source,
        is_active=row.is_active,
        is_archived=row.archived_at is not None,
        state=state(standing, now),
        agents=frozenset(word for one in agents for word in (one.slug, str(one.id))),
        searched=haystack(
            row.name, row.slug, row.description, *(word for one in named for word in (one.name, one.slug))
        ),
        started=stats.started,
        judged=judged,
        last_run_at=stats.last_run_started_at,
        next_run_at=forecast.next_due_at,
        month_usd=month_usd(row, stats, forecast),
        valid_until=min(
            *(steady_until(standing, now), now + FRESH_FOR + _refresh_offset(row.id)),
            related.exhausted_until.get(row.id, NEVER),
        ),
        rendering=Rendering(partial(_encoded, row, related.of(row.id), now, standing, judged)),
    )


async def render(shown: Iterable[Entry]) -> None:
    """Make the JSON of these entries, some at a time: that of thousands would stop everything else."""
    missing = (one for one in shown if not one.rendering.is_made)
    while some := [*islice(missing, RENDERED_AT_ONCE)]:
        for one in some:
            one.rendering.encoded(Window.RECENT)
        await asyncio.sleep(0)


def _encoded(
    row: Automation, related: Related, now: datetime, standing: StateFacts, judged: Mapping[Window, Judgement]
) -> dict[Window, bytes]:
    shown = view(row, related, now, standing)
    own = shown.model_dump_json(by_alias=True).encode()
    found = {}
    for window, judgement in judged.items():
        same = judgement.severity is shown.severity
        other = shown if same else shown.model_copy(update={"severity": judgement.severity})
        found[window] = own if same else other.model_dump_json(by_alias=True).encode()
    return found


def _refresh_offset(automation_id: uuid.UUID) -> timedelta:
    """Spread refresh times over 15 minutes, so that entries do not all expire at once."""
    return timedelta(seconds=automation_id.int % 900)


async def _agents(session: AsyncSession, primitive_ids: set[uuid.UUID]) -> Agents:
    query = (
        select(PrimitiveMember.primitive_id, Primitive.id, Primitive.slug, Primitive.name)
        .join(Primitive, Primitive.id == PrimitiveMember.agent_id)
        .where(among(PrimitiveMember.primitive_id, primitive_ids))
        .order_by(PrimitiveMember.primitive_id, PrimitiveMember.position)
    )
    found: dict[uuid.UUID, list[EntityView]] = {}
    for primitive_id, key, slug, name in await session.execute(query):
        found.setdefault(primitive_id, []).append(EntityView(id=key, slug=slug, name=name))
    return found
