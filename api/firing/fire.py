"""The one way in which anything outside the clock makes runs: webhook, event, Slack, manual, execute, replay, rerun.

The rule kept here: delivery and runs are one transaction, Temporal hears of them after its commit, and what is
accepted is durable whether or not Temporal is there (design section 5.2).
"""

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from api.deps import AfterCommit
from api.firing import intake
from api.http import metrics
from api.http.auth import Actor
from models.contracts.automations import FireRequest
from models.contracts.runs import Fired
from models.endpoints import EndpointKind, endpoint
from models.errors import AutomationPaused, BadExpression, Conflict, Invalid, PodiumError
from models.rules.expressions.filters import Arrived, judged
from models.rules.storable import TOO_DEEP, shown
from models.states import RunStatus, Source
from models.store.runs import deliveries
from models.store.runs.deliveries import Arrival, Outcome, Target
from models.store.tables.automations import Automation
from runtime.starting import RunToStart

log = structlog.get_logger(__name__)


async def fire(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, targets: list[Target], *, candidates: int
) -> Fired:
    """Store a delivery with its runs, and have the queued ones started after the commit.

    Args:
        session: The request's transaction.
        after: Where the starts are asked for.
        arrival: What arrived.
        targets: What it runs.
        candidates: How many automations listened before their filters were asked.

    Raises:
        Invalid: an input that was stored before bodies were judged cannot travel.
    """
    _refuse_too_deep(targets)
    now = datetime.now(UTC)
    outcome = _outcome(targets, candidates)
    delivery_id = await deliveries.store(session, arrival, outcome, now)
    if delivery_id is None:
        return await _again(session, arrival)
    runs = await deliveries.queue(session, delivery_id, targets, now)
    for run, target in zip(runs, targets, strict=True):
        metrics.FIRED_RUNS.labels(run.kind.value, run.status.value).inc()
        if run.status is RunStatus.QUEUED:
            after.runs.append(_to_start(run.run_id, target))
    metrics.FIRES.labels(arrival.source.value, outcome.value).inc()
    structlog.contextvars.bind_contextvars(delivery_id=str(delivery_id), run_ids=[str(run.run_id) for run in runs])
    return Fired(delivery_id=delivery_id, runs=runs)


async def by_hand(
    session: AsyncSession,
    after: AfterCommit,
    row: Automation,
    given: FireRequest,
    body: bytes,
    headers: Mapping[str, str],
    actor: Actor,
) -> Fired:
    """Fire an automation because somebody asks for it, whatever its source.

    Raises:
        Conflict: it is archived.
        AutomationPaused: it is paused, and nobody forces it.
    """
    sent_to = endpoint(EndpointKind.AUTOMATION, row.id)
    key = intake.idempotency_key(headers, given.idempotency_key)
    if (first := await known(session, sent_to, key, Source.MANUAL.value)) is not None:
        return first
    if row.archived_at is not None:
        raise Conflict(f"{row.slug} is archived")
    if not row.is_active and not given.force:
        raise AutomationPaused(f"{row.slug} is paused", hint="Resume it, or send force: true.")
    kept = intake.kept_headers(headers)
    arrival = Arrival(Source.MANUAL, sent_to, given.payload, body, kept, key, sent_by=actor.name)
    return await fire(session, after, arrival, [target(row, given.payload, forced=given.force)], candidates=1)


async def known(session: AsyncSession, sent_to: str, key: str | None, arrival_source: str) -> Fired | None:
    """Give the first answer to a repeated idempotency key, before anything else is judged anew."""
    found = await deliveries.first_answer(session, sent_to, key)
    if found is not None:
        metrics.DUPLICATES.labels(arrival_source).inc()
    return found


def matching(automations: Iterable[Automation], arrived: Arrived) -> list[Automation]:
    """Keep the automations whose filter holds; a filter that cannot be carried out does not match."""
    return [row for row in automations if _lets_through(row, arrived)]


def target(automation: Automation, payload: JsonValue, *, forced: bool = False) -> Target:
    """Say what an automation runs; its own payload stands in where the fire brings none."""
    chosen = automation.payload if payload is None else payload
    return Target(automation.primitive, chosen, automation, forced=forced and not automation.is_active)


def _refuse_too_deep(targets: Iterable[Target]) -> None:
    if any(shown(one.input) == TOO_DEEP for one in targets):
        raise Invalid("the input is nested too deeply to be run", field="payload", hint="Send a flatter one.")


def _lets_through(row: Automation, arrived: Arrived) -> bool:
    try:
        return judged(row.source, row.filter, arrived).holds
    except BadExpression as error:
        log.warning("a filter could not be carried out", automation_id=str(row.id), reason=error.detail)
        return False


def _outcome(targets: list[Target], candidates: int) -> Outcome:
    if not targets:
        return Outcome.FILTERED if candidates else Outcome.UNMATCHED
    return Outcome.SKIPPED if all(one.paused for one in targets) else Outcome.FIRED


async def _again(session: AsyncSession, arrival: Arrival) -> Fired:
    found = await known(session, arrival.endpoint, arrival.idempotency_key, arrival.source.value)
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
