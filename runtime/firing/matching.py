"""Decides what a delivery fires: the automations that listen, let it pass by their filter, and are not paused.

For deliveries that arrive, and for replays of those that are stored.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog
from pydantic import JsonValue

from models.endpoints import parse_endpoint
from models.errors import BadExpression, FilterTooCostly, Invalid
from models.rules.expressions.cel import ConditionResult
from models.rules.expressions.filters import FilterInput
from models.rules.json.huge_numbers import huge_number
from models.rules.json.storable import TOO_DEEP, shown
from models.states import DeliveryOutcome, MatchOutcome
from models.store.deliveries.matches import Match, filter_problems
from models.store.deliveries.new_deliveries import NewDelivery
from models.store.deliveries.queries import Arrival, Target
from models.store.tables.automations import Automation
from runtime.expressions.evaluation import Judged, judge_filters, keys_of_run
from runtime.firing.ignored import ignored_reason

log = structlog.get_logger(__name__)


async def evaluated(arrival: Arrival, listeners: Sequence[Automation]) -> NewDelivery:
    """Decide what a delivery fires; a filter that cannot be evaluated is recorded and stops no other automation.

    Raises:
        Invalid: an input is nested too deeply or holds a number that is too large; older rows may hold such inputs.
    """
    reasons = [ignored_reason(row, arrival) for row in listeners]
    if listeners and all(reasons):
        return NewDelivery(replace(arrival, note=reasons[0]), DeliveryOutcome.IGNORED, datetime.now(UTC))
    listeners = [row for row, reason in zip(listeners, reasons, strict=True) if reason is None]
    # Before the filters, which would see such a number as infinite.
    refuse_huge_numbers_unless_replayed(arrival)
    passed, missed = await _sift(listeners, arrival)
    return await new_delivery(arrival, [target(row, arrival.payload) for row in passed], len(listeners), missed)


async def new_delivery(
    arrival: Arrival, targets: Sequence[Target], candidates: int, missed: Sequence[Match] = ()
) -> NewDelivery:
    """Return a delivery with these targets; `candidates` listened, and `missed` says why some of them are no targets.

    Raises:
        Invalid: an input is nested too deeply.
    """
    _refuse_too_deep(targets)
    # Before the transaction: nothing slow is done under an automation's lock.
    targets = [replace(one, chain=arrival.chain) for one in await asyncio.gather(*(_with_keys(one) for one in targets))]
    now = datetime.now(UTC)
    problems = filter_problems(missed)
    outcome = DeliveryOutcome.FILTER_ERROR if problems and not targets else _outcome(targets, candidates, now)
    return NewDelivery(arrival, outcome, now, tuple(targets), (*_matched(targets, now), *missed))


async def _with_keys(one: Target) -> Target:
    return replace(one, keys=await keys_of_run(one.automation, one.input)) if one.automation else one


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


def refuse_huge_numbers_unless_replayed(arrival: Arrival) -> None:
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
            return Match(row.id, MatchOutcome.FILTER_ERROR, code, judged.detail, row.revision)
        case ConditionResult(holds=True):
            return None
        case ConditionResult(reason=None):
            return Match(row.id, MatchOutcome.FILTERED, revision=row.revision)
    return Match(row.id, MatchOutcome.FILTER_ERROR, MatchOutcome.FILTER_ERROR.value, judged.reason, row.revision)


def _matched(targets: Iterable[Target], now: datetime) -> list[Match]:
    return [match for one in targets if (match := one.match(now))]


def _outcome(targets: Sequence[Target], candidates: int, now: datetime) -> DeliveryOutcome:
    if not targets:
        return DeliveryOutcome.FILTERED if candidates else DeliveryOutcome.UNMATCHED
    return DeliveryOutcome.SKIPPED if all(one.is_skipped(now) for one in targets) else DeliveryOutcome.FIRED
