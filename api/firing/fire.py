"""Turns deliveries into runs: webhooks, events, Slack, manual fires, executions, replays and reruns.

A delivery and its runs are stored in one transaction. Temporal is told after the commit, so an accepted delivery is
durable even if Temporal is unreachable (docs/architecture.md, "By delivery").
"""

import asyncio
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
from api.state import State
from models.contracts.automations.drafts import FireRequest
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind, endpoint, parse_endpoint
from models.errors import AutomationPaused, BadExpression, Conflict, FilterTooCostly, Invalid
from models.rules.expressions.cel import ConditionResult
from models.rules.expressions.filters import FilterInput
from models.rules.json.huge_numbers import huge_number
from models.rules.json.storable import TOO_DEEP, shown
from models.states import RunStatus, Source
from models.store.automations.pausing import is_paused
from models.store.deliveries import queries as deliveries
from models.store.deliveries.chains import ChainPlace
from models.store.deliveries.matches import Match, MatchOutcome, filter_problems
from models.store.deliveries.new_deliveries import NewDelivery, store_deliveries
from models.store.deliveries.queries import Arrival, Outcome, Target
from models.store.health.probes import awaits_probe
from models.store.runs.to_start import run_to_start
from models.store.tables.automations import Automation
from runtime.expressions.evaluation import Judged, judge_filters, keys_of_run

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
    return await _fire(session, after, await evaluated(arrival, listeners))


async def fire(
    session: AsyncSession, after: AfterCommit, arrival: Arrival, targets: Sequence[Target], *, candidates: int
) -> Fired:
    """Store a delivery with one run per target; queued runs start after the commit.

    A repeated idempotency key stores nothing and returns the first response. `candidates` is the number of automations
    that listened before filters were applied.

    Raises:
        Invalid: an input is nested too deeply or holds a number that is too large; older rows may hold such inputs.
    """
    _refuse_huge_numbers_unless_replayed(arrival)
    return await _fire(session, after, await _new_delivery(arrival, targets, candidates))


async def evaluated(arrival: Arrival, listeners: Sequence[Automation]) -> NewDelivery:
    """Decide what a delivery fires; a filter that cannot be evaluated is recorded and stops no other automation.

    Raises:
        Invalid: as `fire`.
    """
    reasons = [ignored_reason(row, arrival) for row in listeners]
    if listeners and all(reasons):
        return NewDelivery(replace(arrival, note=reasons[0]), Outcome.IGNORED, datetime.now(UTC))
    listeners = [row for row, reason in zip(listeners, reasons, strict=True) if reason is None]
    # Before the filters, which would see such a number as infinite.
    _refuse_huge_numbers_unless_replayed(arrival)
    passed, missed = await _sift(listeners, arrival)
    return await _new_delivery(arrival, [target(row, arrival.payload) for row in passed], len(listeners), missed)


async def _new_delivery(
    arrival: Arrival, targets: Sequence[Target], candidates: int, missed: Sequence[Match] = ()
) -> NewDelivery:
    _refuse_too_deep(targets)
    # Before the transaction: nothing slow is done under an automation's lock.
    targets = [replace(one, chain=arrival.chain) for one in await asyncio.gather(*(_with_keys(one) for one in targets))]
    now = datetime.now(UTC)
    problems = filter_problems(missed)
    outcome = Outcome.FILTER_ERROR if problems and not targets else _outcome(targets, candidates, now)
    return NewDelivery(arrival, outcome, now, tuple(targets), (*_matched(targets, now), *missed))


async def _with_keys(one: Target) -> Target:
    return replace(one, keys=await keys_of_run(one.automation, one.input)) if one.automation else one


async def _fire(session: AsyncSession, after: AfterCommit, new: NewDelivery) -> Fired:
    (fired,) = await store_deliveries(session, [new])
    return _accepted(after, new, fired)


def _accepted(after: AfterCommit, new: NewDelivery, fired: Fired) -> Fired:
    """Count a stored delivery, and note its runs to be started after the commit."""
    source = new.arrival.source.value
    if fired.duplicate:
        metrics.DUPLICATES.labels(source).inc()
        return fired
    for run, target in zip(fired.runs, new.targets, strict=True):
        metrics.FIRED_RUNS.labels(run.kind.value, run.status.value).inc()
        if run.reason is not None:
            metrics.SKIPPED_RUNS.labels(run.reason).inc()
        # Flow control has noted itself which runs start.
        if run.status is RunStatus.QUEUED and target.keys is None:
            after.runs.append(run_to_start(run.run_id, target.primitive, target.automation))
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


def _refuse_huge_numbers_unless_replayed(arrival: Arrival) -> None:
    # A replay repeats what was accepted before.
    if arrival.replay_of is None:
        refuse_huge_numbers(arrival.payload)


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
    return [match for one in targets if (match := one.match(now))]


def _outcome(targets: Sequence[Target], candidates: int, now: datetime) -> Outcome:
    if not targets:
        return Outcome.FILTERED if candidates else Outcome.UNMATCHED
    return Outcome.SKIPPED if all(one.is_skipped(now) for one in targets) else Outcome.FIRED
