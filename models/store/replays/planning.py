"""Plans a replay of many deliveries: which of those that a filter selects are replayed, oldest first."""

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.contracts.runs.replays import MOST_REPLAYED, DeliverySelection
from models.errors import Invalid
from models.states import OPEN_STATUSES, DeliveryOutcome, NotReplayed, RunStatus
from models.store.deliveries.selection import fetch, selection_of
from models.store.ids import among
from models.store.paging import PageRequest
from models.store.tables.deliveries import Delivery
from models.store.tables.runs import Run

READ_AT_ONCE = 1000
MOST_READS = 50
"""A search that has not ended after so many pages is refused: it would take minutes."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A delivery that is replayed."""

    id: uuid.UUID
    endpoint: str
    received_at: datetime
    completed: bool
    """Whether a run of it has completed."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The deliveries that are replayed, in this order, and how many are left out."""

    chosen: Sequence[Chosen]
    left_out: Counter[NotReplayed]


async def plan(session: AsyncSession, wanted: DeliverySelection, until: datetime, *, again: bool) -> Planned:
    """Plan the replay of what was received until then.

    Raises:
        Invalid: more deliveries match than one replay may have, or the search is too wide.
        NotFound: there is no such automation.
    """
    ids = await _selected(session, wanted, until)
    replay = aliased(Delivery)
    query = select(
        Delivery.id,
        Delivery.endpoint,
        Delivery.received_at,
        Delivery.outcome,
        Delivery.content_deleted_at,
        exists().where(replay.replay_of == Delivery.id).label("has_replay"),
        exists().where(Run.delivery_id == Delivery.id, Run.status.in_(OPEN_STATUSES)).label("is_open"),
        exists().where(Run.delivery_id == Delivery.id, Run.status == RunStatus.COMPLETED).label("completed"),
    ).where(among(Delivery.id, ids))
    chosen, left_out = [], Counter[NotReplayed]()
    for row in await session.execute(query.order_by(Delivery.received_at, Delivery.id)):
        is_open = row.is_open or row.outcome == DeliveryOutcome.PENDING
        reason = _left_out(row.outcome, row.content_deleted_at is not None, row.has_replay, is_open, again)
        if reason is None:
            chosen.append(Chosen(row.id, row.endpoint, row.received_at, row.completed))
        else:
            left_out[reason] += 1
    return Planned(chosen, left_out)


def _left_out(
    outcome: str, content_is_deleted: bool, has_replay: bool, is_open: bool, again: bool
) -> NotReplayed | None:
    if outcome == DeliveryOutcome.REJECTED:
        return NotReplayed.UNREADABLE
    if content_is_deleted:
        return NotReplayed.CONTENT_DELETED
    if again:
        return None
    if has_replay:
        return NotReplayed.REPLAYED
    return NotReplayed.UNDER_WAY if is_open else None


async def _selected(session: AsyncSession, wanted: DeliverySelection, until: datetime) -> list[uuid.UUID]:
    selection = await selection_of(session, wanted, until)
    found: list[uuid.UUID] = []
    cursor: str | None = None
    for _ in range(MOST_READS):
        page = await fetch(session, selection, PageRequest(READ_AT_ONCE, cursor))
        found += [row.id for row in page.rows]
        cursor = page.next_cursor
        if len(found) > MOST_REPLAYED:
            raise Invalid(
                f"more than {MOST_REPLAYED:,} deliveries match", field="filter", hint="Narrow the filter, or its span."
            )
        if cursor is None:
            return found
    raise Invalid("the search is too wide", field="filter", hint="Narrow its span with from and to.")
