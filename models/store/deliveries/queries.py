"""Types of deliveries, and what a repeated one is answered; `new_deliveries` stores them.

An idempotency key is unique per endpoint and API key: a delivery that is sent again, even concurrently, is stored
once, and every repeat gets the first response.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.views import Fired, FiredRun
from models.errors import NotFound
from models.limits import MAX_CHAIN_LENGTH
from models.rules.admission.keys import AdmissionKeys
from models.states import MatchOutcome, RunStatus, SkipReason, Source
from models.store.automations.pausing import is_paused
from models.store.deliveries.chains import ChainPlace
from models.store.deliveries.matches import Match, stored_problems
from models.store.tables.automations import Automation
from models.store.tables.deliveries import Delivery
from models.store.tables.primitives import Primitive
from models.store.tables.runs import Run


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
    replay_id: uuid.UUID | None = None
    """The replay of many deliveries that it is part of."""
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
    nominal_at: datetime | None = None
    """Of a rerun: the due time that the repeated run was for."""
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
        outcome = MatchOutcome.PAUSED if paused else MatchOutcome.MATCHED
        return Match(self.automation.id, outcome, revision=self.automation.revision)


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
