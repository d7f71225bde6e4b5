"""Turns deliveries into runs: webhooks, events, Slack, manual fires, executions, replays and reruns.

A delivery and its runs are stored in one transaction. Temporal is told after the commit, so an accepted delivery is
durable even if Temporal is unreachable (docs/architecture.md, "By delivery").
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing import intake
from api.firing.idempotency import idempotency_key
from api.http import metrics
from api.http.auth import Actor
from api.state import State
from models.contracts.automations.drafts import FireRequest
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind, endpoint
from models.errors import AutomationPaused, Conflict
from models.states import RunStatus, Source
from models.store.automations.pausing import is_paused
from models.store.deliveries import queries as deliveries
from models.store.deliveries.chains import ChainPlace
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, Target
from models.store.health.probes import awaits_probe
from models.store.runs.to_start import run_to_start
from models.store.tables.automations import Automation
from runtime.firing.matching import evaluated, new_delivery, refuse_huge_numbers_unless_replayed, target

log = structlog.get_logger(__name__)


async def accept(state: State, after: AfterCommit, arrival: Arrival, listeners: Sequence[Automation]) -> Fired:
    """Fire the listeners whose filter matches, in a transaction that the deliveries of other requests share."""
    new = await evaluated(arrival, listeners)
    fired, decided = await state.intake.store(new)
    after.admissions.append(decided)
    return _accepted(after, new, fired)


async def deliver(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, listeners: Sequence[Automation]
) -> Fired:
    """Do what `accept` does in the transaction of the request."""
    return await store(session, after, await evaluated(arrival, listeners))


async def fire(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, targets: Sequence[Target], *, candidates: int
) -> Fired:
    """Store a delivery with one run per target; queued runs start after the commit.

    A repeated idempotency key stores nothing and returns the first response. `candidates` is the number of automations
    that listened before filters were applied.

    Raises:
        Invalid: an input is nested too deeply or holds a number that is too large; older rows may hold such inputs.
    """
    refuse_huge_numbers_unless_replayed(arrival)
    return await store(session, after, await new_delivery(arrival, targets, candidates))


async def store(session: AsyncSession, after: AfterCommit, new: NewDelivery) -> Fired:
    """Store a delivery in the transaction of the request; its queued runs start after the commit."""
    (fired,) = await store_deliveries(session, [new])
    return _accepted(after, new, fired)


def _accepted(after: AfterCommit, new: NewDelivery, fired: Fired) -> Fired:
    """Count a stored delivery, and note its runs to be started after the commit."""
    source = new.arrival.source.value
    if fired.duplicate:
        metrics.DUPLICATES.labels(source).inc()
        return fired
    for run, fired_for in zip(fired.runs, new.targets, strict=True):
        metrics.FIRED_RUNS.labels(run.kind.value, run.status.value).inc()
        if run.reason is not None:
            metrics.SKIPPED_RUNS.labels(run.reason).inc()
        # Flow control has noted itself which runs start.
        if run.status is RunStatus.QUEUED and fired_for.keys is None:
            after.runs.append(run_to_start(run.run_id, fired_for.primitive, fired_for.automation))
    for problem in fired.filter_errors:
        metrics.FILTER_ERRORS.labels(source, problem.code).inc()
    metrics.FIRES.labels(source, new.outcome.value).inc()
    structlog.contextvars.bind_contextvars(
        delivery_id=str(fired.delivery_id), run_ids=[str(run.run_id) for run in fired.runs]
    )
    return fired


async def fire_manually(
    session: AsyncSession,
    after: AfterCommit,
    row: Automation,
    given: FireRequest,
    body: bytes,
    headers: Mapping[str, str],
    actor: Actor,
    chain: ChainPlace | None = None,
) -> Fired:
    """Fire an automation on request, whatever its source; its filter is not applied.

    Raises:
        Conflict: it is archived.
        AutomationPaused: it is paused and `force` is not set.
    """
    sent_to = endpoint(EndpointKind.AUTOMATION, row.id)
    key = idempotency_key(headers, given.idempotency_key)
    if (first := await first_answer(session, sent_to, key, Source.MANUAL.value, actor.key_id)) is not None:
        return first
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived")
    now = datetime.now(UTC)
    if not given.force and is_paused(row, now) and not (row.source is Source.MANUAL and awaits_probe(row, now)):
        raise AutomationPaused(f"{row.slug} is paused", hint="Resume it, or send force: true.")
    arrival = intake.arrival(Source.MANUAL, sent_to, given.payload, headers, actor, body=body, key=key, chain=chain)
    return await fire(session, after, arrival, [target(row, given.payload, forced=given.force)], candidates=1)


async def first_answer(
    session: AsyncSession, sent_to: str, key: str | None, source: str, sender_id: uuid.UUID | None = None
) -> Fired | None:
    """Return the first response to a repeated idempotency key; checked before anything that may have changed since."""
    found = await deliveries.first_answer(session, sent_to, key, sender_id)
    if found is not None:
        metrics.DUPLICATES.labels(source).inc()
    return found
