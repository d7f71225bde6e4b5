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
from models.contracts.automations.drafts import FireRequest
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind, endpoint, parse_endpoint
from models.errors import AutomationPaused, BadExpression, Conflict, FilterTooCostly, Invalid, PodiumError
from models.rules.expressions.cel import ConditionResult
from models.rules.expressions.filters import FilterInput
from models.rules.huge_numbers import huge_number
from models.rules.storable import TOO_DEEP, shown
from models.states import RunStatus, Source
from models.store.automations.pausing import is_paused
from models.store.runs import deliveries
from models.store.runs.deliveries import Arrival, Outcome, Target
from models.store.runs.delivery_matches import Match, MatchOutcome, filter_problems, record_matches
from models.store.tables.automations import Automation
from runtime.expressions.evaluation import Judged, judge_filters
from runtime.temporal.starting import RunToStart

log = structlog.get_logger(__name__)


async def deliver(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, listeners: Sequence[Automation]
) -> Fired:
    """Fire the listeners whose filter matches; one that cannot be evaluated is recorded and stops no other."""
    reasons = [ignored_reason(row, arrival) for row in listeners]
    if listeners and all(reasons):
        return await _ignore(session, replace(arrival, note=reasons[0]))
    listeners = [row for row, reason in zip(listeners, reasons, strict=True) if reason is None]
    # A replay repeats what was accepted before; filters then see such a number as infinite.
    if arrival.replay_of is None:
        refuse_huge_numbers(arrival.payload)
    passed, missed = await _sift(listeners, arrival)
    targets = [target(row, arrival.payload) for row in passed]
    return await fire(session, after, arrival, targets, candidates=len(listeners), missed=missed)


async def _ignore(session: AsyncSession, arrival: Arrival) -> Fired:
    delivery_id = await deliveries.store(session, arrival, Outcome.IGNORED, datetime.now(UTC))
    if delivery_id is None:
        return await _repeated(session, arrival)
    metrics.FIRES.labels(arrival.source.value, Outcome.IGNORED.value).inc()
    return Fired(delivery_id=delivery_id, runs=())


async def fire(
    session: AsyncSession,
    after: AfterCommit,
    arrival: Arrival,
    targets: list[Target],
    *,
    candidates: int,
    missed: Sequence[Match] = (),
) -> Fired:
    """Store a delivery with one run per target; queued runs start after the commit.

    A repeated idempotency key stores nothing and returns the first response. `candidates` is the number of automations
    that listened before filters were applied, `missed` has those that did not fire.

    Raises:
        Invalid: an input is nested too deeply or holds a number that is too large; older rows may hold such inputs.
    """
    if arrival.replay_of is None:
        refuse_huge_numbers(arrival.payload)
    _refuse_too_deep(targets)
    now = datetime.now(UTC)
    problems = filter_problems(missed)
    outcome = Outcome.FILTER_ERROR if problems and not targets else _outcome(targets, candidates, now)
    delivery_id = await deliveries.store(session, arrival, outcome, now)
    if delivery_id is None:
        return await _repeated(session, arrival)
    runs = await deliveries.queue(session, delivery_id, targets, now)
    await record_matches(session, delivery_id, [*_matched(targets, now), *missed], now)
    for run, target in zip(runs, targets, strict=True):
        metrics.FIRED_RUNS.labels(run.kind.value, run.status.value).inc()
        if run.status is RunStatus.QUEUED:
            after.runs.append(_to_start(run.run_id, target))
    for problem in problems:
        metrics.FILTER_ERRORS.labels(arrival.source.value, problem.code).inc()
    metrics.FIRES.labels(arrival.source.value, outcome.value).inc()
    structlog.contextvars.bind_contextvars(delivery_id=str(delivery_id), run_ids=[str(run.run_id) for run in runs])
    return Fired(delivery_id=delivery_id, runs=runs, filter_errors=problems)


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


def target(automation: Automation, payload: JsonValue, *, forced: bool = False) -> Target:
    """The automation's own payload is the default where the delivery has none."""
    chosen = automation.payload if payload is None else payload
    return Target(automation.primitive, chosen, automation, forced=forced and not automation.is_active)


def _refuse_too_deep(targets: Iterable[Target]) -> None:
    if any(shown(one.input) == TOO_DEEP for one in targets):
        raise Invalid("the input is nested too deeply", field="payload", hint="Reduce the nesting.")


def refuse_huge_numbers(payload: JsonValue) -> None:
    """Raise `Invalid` for an integer that filters and most readers of JSON cannot take."""
    if field := huge_number(payload, "payload"):
        reason = "the number is beyond the range of a double"
        raise Invalid(reason, field=field, hint="Send such a number as text.")


async def _sift(listeners: Sequence[Automation], arrival: Arrival) -> tuple[list[Automation], list[Match]]:
    """Return the automations that a delivery fires, and why the others do not."""
    _, name = parse_endpoint(arrival.endpoint)
    filtered = [row for row in listeners if row.filter is not None]
    arrived = FilterInput(arrival.payload, arrival.headers, name)
    filters = [row.filter for row in filtered if row.filter is not None]
    judged = await judge_filters(arrival.source, filters, arrived)
    missed = {row.id: match for row, one in zip(filtered, judged, strict=True) if (match := _missed(row, one))}
    return [row for row in listeners if row.id not in missed], list(missed.values())


def _missed(row: Automation, judged: Judged) -> Match | None:
    match judged:
        case BadExpression():
            log.warning("a filter failed to evaluate", automation_id=str(row.id), reason=judged.detail)
            code = judged.code if isinstance(judged, FilterTooCostly) else MatchOutcome.FILTER_ERROR.value
            return Match(row.id, MatchOutcome.FILTER_ERROR, code, judged.detail)
        case ConditionResult(holds=True):
            return None
        case ConditionResult(reason=None):
            return Match(row.id, MatchOutcome.FILTERED)
    return Match(row.id, MatchOutcome.FILTER_ERROR, MatchOutcome.FILTER_ERROR.value, judged.reason)


def _matched(targets: Iterable[Target], now: datetime) -> list[Match]:
    return [
        Match(one.automation.id, MatchOutcome.PAUSED if one.is_skipped(now) else MatchOutcome.MATCHED)
        for one in targets
        if one.automation is not None
    ]


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
        runner=one.primitive.runner,
    )
