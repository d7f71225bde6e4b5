"""Types and reads of deliveries; `new_deliveries` stores them.

An idempotency key is unique per endpoint and API key: a delivery that is sent again, even concurrently, is stored
once, and every repeat gets the first response.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.base import Page
from models.contracts.runs.deliveries import DeliveryMatchView, DeliveryView
from models.contracts.runs.views import Fired, FiredRun
from models.errors import NotFound
from models.limits import MAX_CHAIN_LENGTH
from models.rules.admission.keys import AdmissionKeys
from models.rules.json.storable import shown
from models.states import RunStatus, SkipReason, Source
from models.store.automations.pausing import is_paused
from models.store.deliveries.chains import ChainPlace
from models.store.deliveries.matches import Match, MatchOutcome, matches_of, stored_problems
from models.store.paging import PageRequest, fetch_page
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.governance import RejectedDelivery
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run


class Outcome(StrEnum):
    """The result of a delivery."""

    PENDING = "pending"
    """Its runs are stored in a moment."""
    FIRED = "fired"
    SKIPPED = "skipped"
    FILTERED = "filtered"
    FILTER_ERROR = "filter_error"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A delivery to be stored; see `models/endpoints.py` for `endpoint`."""

    source: Source
    endpoint: str
    payload: Any
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None
    replay_of: uuid.UUID | None = None
    sent_by: str | None = None
    sender_id: uuid.UUID | None = None
    """The API key that sent it; its idempotency keys are its own."""
    key_lasts: timedelta | None = None
    """For how long the key recognises a repetition. None: for ever."""
    note: str | None = None
    """What was changed to read the body, or why it was ignored or rejected."""
    size: int | None = None
    """Size of the body in bytes, where the body itself is not stored."""
    chain: ChainPlace | None = None
    """Where it stands in a chain, if a run has caused it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A primitive that a delivery runs, and the automation that asks for it."""

    primitive: Primitive
    input: Any
    automation: Automation | None = None
    forced: bool = False
    rerun_of: uuid.UUID | None = None
    chain: ChainPlace | None = None
    """Where its run stands in a chain of runs that have fired one another."""
    loops: bool = False
    """Whether the chain has fired it too often."""
    keys: AdmissionKeys | None = None
    """What the expressions of the automation's flow control yield for the input. None: its runs start at once."""

    def is_skipped(self, now: datetime) -> bool:
        """Return whether its run is recorded as skipped instead of queued."""
        return self.skip_reason(now) is not None

    def skip_reason(self, now: datetime) -> SkipReason | None:
        """Return why its run is skipped whatever its flow control says; None if it is not."""
        if self.chain and self.chain.depth > MAX_CHAIN_LENGTH:
            return SkipReason.CHAIN_TOO_DEEP
        if self.loops:
            return SkipReason.CHAIN_LOOPS
        paused = self.automation is not None and not self.forced and is_paused(self.automation, now)
        return SkipReason.PAUSED if paused else None

    def match(self, now: datetime) -> Match | None:
        """Return what the delivery meant for its automation."""
        if self.automation is None:
            return None
        paused = self.skip_reason(now) is SkipReason.PAUSED
        return Match(self.automation.id, MatchOutcome.PAUSED if paused else MatchOutcome.MATCHED)


async def first_answer(
    session: AsyncSession, endpoint: str, key: str | None, sender_id: uuid.UUID | None = None
) -> Fired | None:
    """Return the response to the first delivery with this key; None if there is none."""
    if key is None:
        return None
    found = await session.scalar(
        select(Delivery.id).where(
            Delivery.endpoint == endpoint,
            Delivery.idempotency_key == key,
            Delivery.sender_id.is_not_distinct_from(sender_id),
        )
    )
    if found is None:
        return None
    runs = await runs_of(session, [found])
    # As the first response said: its runs were queued then, whatever their status is now.
    first = tuple(
        run.model_copy(update={"status": RunStatus.QUEUED, "reason": None}) if run.temporal_workflow_id else run
        for run in runs.get(found, ())
    )
    problems = await stored_problems(session, found)
    return Fired(delivery_id=found, duplicate=True, runs=first, filter_errors=problems)


async def by_id(session: AsyncSession, delivery_id: uuid.UUID) -> Delivery:
    """Return a delivery.

    Raises:
        NotFound: No delivery has this id.
    """
    found = await session.get(Delivery, delivery_id)
    if found is None:
        raise NotFound("there is no delivery with this id")
    return found


async def page(
    session: AsyncSession,
    request: PageRequest,
    *,
    source: Source | None,
    outcome: Outcome | None,
    automation_id: uuid.UUID | None,
    endpoint: str | None = None,
) -> Page[DeliveryView]:
    """List deliveries with their runs, newest first."""
    query = select(Delivery)
    if source is not None:
        query = query.where(Delivery.source == source)
    if outcome is not None:
        query = query.where(Delivery.outcome == outcome.value)
    if endpoint is not None:
        query = query.where(Delivery.endpoint == endpoint)
    if automation_id is not None:
        query = query.where(
            Delivery.id.in_(
                select(Run.delivery_id).where(Run.automation_id == automation_id, Run.delivery_id.is_not(None))
            )
        )
    rows, cursor = await fetch_page(session, query, request, Delivery.received_at, Delivery.id)
    return Page(items=await views(session, rows), next_cursor=cursor)


async def views(session: AsyncSession, rows: Sequence[Delivery]) -> tuple[DeliveryView, ...]:
    """Return deliveries as the API shows them."""
    ids = [row.id for row in rows]
    runs, matches = await runs_of(session, ids), await matches_of(session, ids)
    return tuple(view(row, runs.get(row.id, ()), matches.get(row.id, ())) for row in rows)


async def runs_of(session: AsyncSession, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[FiredRun, ...]]:
    """Return the runs of these deliveries with their current status."""
    query = (
        select(Run.delivery_id, Run.id, Run.automation_id, Run.kind, Run.status, Run.reason, Run.temporal_workflow_id)
        .where(Run.delivery_id.in_(ids))
        .order_by(Run.id)
    )
    found: dict[uuid.UUID, tuple[FiredRun, ...]] = {}
    for row in await session.execute(query):
        run = FiredRun(
            run_id=row.id,
            automation_id=row.automation_id,
            kind=row.kind,
            status=row.status,
            reason=row.reason,
            temporal_workflow_id=row.temporal_workflow_id,
        )
        found[row.delivery_id] = (*found.get(row.delivery_id, ()), run)
    return found


async def count_rejected(session: AsyncSession, endpoint: str) -> None:
    """Count a request that was rejected for its signature; nothing else of it is stored."""
    statement = insert(RejectedDelivery).values(endpoint=endpoint, count=1)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["endpoint"], set_={"count": RejectedDelivery.count + 1, "last_at": func.now()}
        )
    )


def view(row: Delivery, runs: tuple[FiredRun, ...], matches: tuple[DeliveryMatchView, ...] = ()) -> DeliveryView:
    """Return a delivery as the API shows it, without its raw body."""
    return DeliveryView(
        id=row.id,
        source=row.source,
        endpoint=row.endpoint,
        headers=row.headers,
        payload=shown(row.payload),
        idempotency_key=row.idempotency_key,
        outcome=row.outcome,
        replay_of=row.replay_of,
        sent_by=row.sent_by,
        note=row.note,
        size=row.size,
        received_at=row.received_at,
        content_deleted_at=row.content_deleted_at,
        runs=runs,
        matches=matches,
    )
