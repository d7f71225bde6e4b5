"""Builds the live list's entries: automations with their severity, encoded once and valid until a given time."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import blake2b

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.automations.live import AutomationView
from models.contracts.primitives.views import EntityView
from models.rules.listing.filters import Entry, Judgement
from models.rules.listing.search import haystack
from models.rules.listing.severity import severity, steady_until
from models.states import Window
from models.store.automations.queries import with_primitive
from models.store.automations.related import Related, read_related
from models.store.automations.views import state_facts, stats_of, view
from models.store.ids import among
from models.store.tables.automations import Automation
from models.store.tables.primitives import Primitive, PrimitiveMember

FRESH_FOR = timedelta(hours=1)
"""Costs look 30 days back and a month ahead, so entries are rebuilt this often even without changes."""
DIGEST_BYTES = 16
NEVER = datetime.max.replace(tzinfo=UTC)

Agents = Mapping[uuid.UUID, Sequence[EntityView]]


async def all_ids(session: AsyncSession) -> list[uuid.UUID]:
    return list(await session.scalars(select(Automation.id)))


async def entries(session: AsyncSession, ids: Sequence[uuid.UUID], now: datetime) -> list[Entry]:
    """Build the entries of these automations; those that no longer exist are left out."""
    query = with_primitive().where(among(Automation.id, ids))
    rows = (await session.scalars(query, execution_options={"populate_existing": True})).all()
    related = await read_related(session, rows, now)
    agents = await _agents(session, {row.primitive_id for row in rows})
    return [_entry(row, related, agents.get(row.primitive_id, ()), now) for row in rows]


def _entry(row: Automation, related: Related, members: Sequence[EntityView], now: datetime) -> Entry:
    standing = state_facts(row, related, now)
    shown = view(row, related, now, standing)
    recent = Judgement(shown.stats.recent.completed, shown.stats.recent.failed, shown.severity)
    stats = stats_of(row, related)
    ever = Judgement(stats.completed, stats.failed, severity(stats.completed, stats.failed))
    encoded = _encoded(shown, {Window.RECENT: recent, Window.ALL: ever})
    agents = (*((shown.agent,) if shown.agent else ()), *members)
    named = (shown.entity, *members)
    return Entry(
        id=row.id,
        name=row.name,
        kind=row.kind,
        source=row.source,
        is_active=row.is_active,
        is_archived=row.archived_at is not None,
        state=shown.state,
        agents=frozenset(word for one in agents for word in (one.slug, str(one.id))),
        searched=haystack(
            row.name, row.slug, row.description, *(word for one in named for word in (one.name, one.slug))
        ),
        started=shown.stats.total_runs,
        judged={Window.RECENT: recent, Window.ALL: ever},
        last_run_at=shown.stats.last_run_at,
        next_run_at=shown.stats.next_run_at,
        month_usd=shown.est_monthly_cost.mean,
        valid_until=min(
            *(steady_until(standing, now), now + FRESH_FOR + _refresh_offset(row.id)),
            related.exhausted_until.get(row.id, NEVER),
        ),
        encoded=encoded,
        digest={window: blake2b(text, digest_size=DIGEST_BYTES).digest() for window, text in encoded.items()},
    )


def _encoded(shown: AutomationView, judged: Mapping[Window, Judgement]) -> dict[Window, bytes]:
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
