"""Turns deliveries into runs: webhooks, events, Slack, manual fires, executions, replays and reruns.

A delivery and its runs are stored in one transaction. Temporal is told after the commit, so an accepted delivery is
durable even if Temporal is unreachable (docs/architecture.md, "By delivery").
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing import intake
from api.firing.idempotency import idempotency_key
from api.firing.ignored import ignored_reason
from api.http import metrics
from api.http.auth import Actor
from models.contracts.automations import FireRequest
from models.contracts.runs import Fired
from models.endpoints import EndpointKind, endpoint, parse_endpoint
from models.errors import AutomationPaused, BadExpression, Conflict, Invalid, PodiumError
from models.rules.expressions.filters import FilterInput, judged
from models.rules.storable import TOO_DEEP, shown
from models.states import RunStatus, Source
from models.store.automations.pausing import is_paused
from models.store.runs import deliveries
from models.store.runs.deliveries import Arrival, Outcome, Target
from models.store.tables.automations import Automation
from runtime.starting import RunToStart

log = structlog.get_logger(__name__)


async def deliver(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, listeners: Sequence[Automation]
) -> Fired:
    """Fire the listeners whose filter matches."""
    reasons = [ignored_reason(row, arrival) for row in listeners]
    if listeners and all(reasons):
        return await _ignore(session, replace(arrival, note=reasons[0]))
    listeners = [row for row, reason in zip(listeners, reasons, strict=True) if reason is None]
    targets = matching_targets(listeners, arrival)
    return await fire(session, after, arrival, targets, candidates=len(listeners))


async def _ignore(session: AsyncSession, arrival: Arrival) -> Fired:
    delivery_id = await deliveries.store(session, arrival, Outcome.IGNORED, datetime.now(UTC))
    if delivery_id is None:
        return await _repeated(session, arrival)
    metrics.FIRES.labels(arrival.source.value, Outcome.IGNORED.value).inc()
    return Fired(delivery_id=delivery_id, runs=())


async def fire(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, targets: list[Target], *, candidates: int
) -> Fired:
    """Store a delivery with one run per target; queued runs start after the commit.

    A repeated idempotency key stores nothing and returns the first response. `candidates` is the number of automations
    that listened before filters were applied.

    Raises:
        Invalid: an input is nested too deeply; older rows may hold such inputs.
    """
    _refuse_too_deep(targets)
    now = datetime.now(UTC)
    outcome = _outcome(targets, candidates, now)
    delivery_id = await deliveries.store(session, arrival, outcome, now)
    if delivery_id is None:
        return await _repeated(session, arrival)
    runs = await deliveries.queue(session, delivery_id, targets, now)
    for run, target in zip(runs, targets, strict=True):
        metrics.FIRED_RUNS.labels(run.kind.value, run.status.value).inc()
        if run.status is RunStatus.QUEUED:
            after.runs.append(_to_start(run.run_id, target))
    metrics.FIRES.labels(arrival.source.value, outcome.value).inc()
    structlog.contextvars.bind_contextvars(delivery_id=str(delivery_id), run_ids=[str(run.run_id) for run in runs])
    return Fired(delivery_id=delivery_id, runs=runs)


async def fire_manually(
    session: AsyncSession,
    after: AfterCommit,
    row: Automation,
    given: FireRequest,
    body: bytes,
    headers: Mapping[str, str],
    actor: Actor,
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
    if not given.force and is_paused(row, datetime.now(UTC)):
        raise AutomationPaused(f"{row.slug} is paused", hint="Resume it, or send force: true.")
    arrival = intake.arrival(Source.MANUAL, sent_to, given.payload, headers, actor, body=body, key=key)
    return await fire(session, after, arrival, [target(row, given.payload, forced=given.force)], candidates=1)


async def first_answer(
    session: AsyncSession, sent_to: str, key: str | None, source: str, sender_id: uuid.UUID | None = None
) -> Fired | None:
    """Return the first response to a repeated idempotency key; checked before anything that may have changed since."""
    found = await deliveries.first_answer(session, sent_to, key, sender_id)
    if found is not None:
        metrics.DUPLICATES.labels(source).inc()
    return found


def matching_targets(automations: Iterable[Automation], arrival: Arrival) -> list[Target]:
    """A filter that fails to evaluate does not match, and does not stop the other automations."""
    _, name = parse_endpoint(arrival.endpoint)
    variables = FilterInput(arrival.payload, arrival.headers, name)
    return [target(row, arrival.payload) for row in automations if _matches(row, variables)]


def target(automation: Automation, payload: JsonValue, *, forced: bool = False) -> Target:
    """The automation's own payload is the default where the delivery has none."""
    chosen = automation.payload if payload is None else payload
    return Target(automation.primitive, chosen, automation, forced=forced and not automation.is_active)


def _refuse_too_deep(targets: Iterable[Target]) -> None:
    if any(shown(one.input) == TOO_DEEP for one in targets):
        raise Invalid("the input is nested too deeply", field="payload", hint="Send a less nested one.")


def _matches(row: Automation, variables: FilterInput) -> bool:
    try:
        return judged(row.source, row.filter, variables).holds
    except BadExpression as error:
        log.warning("a filter failed to evaluate", automation_id=str(row.id), reason=error.detail)
        return False


def _outcome(targets: list[Target], candidates: int, now: datetime) -> Outcome:
    if not targets:
        return Outcome.FILTERED if candidates else Outcome.UNMATCHED
    return Outcome.SKIPPED if all(one.is_skipped(now) for one in targets) else Outcome.FIRED


async def _repeated(session: AsyncSession, arrival: Arrival) -> Fired:
    found = await first_answer(
        session, arrival.endpoint, arrival.idempotency_key, arrival.source.value, arrival.sender_id
    )
    if found is None:
        raise PodiumError("a delivery collided with one that cannot be found")
    return found


def _to_start(run_id: uuid.UUID, one: Target) -> RunToStart:
    return RunToStart(
        run_id=run_id,
        kind=one.primitive.kind,
        primitive_slug=one.primitive.slug,
        primitive_name=one.primitive.name,
        automation_id=one.automation.id if one.automation else None,
        automation_name=one.automation.name if one.automation else None,
    )
