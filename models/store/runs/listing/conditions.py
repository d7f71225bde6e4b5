"""The conditions of a filter of runs, each by the name of what it limits."""

from collections.abc import Collection, Iterator

from sqlalchemy import ARRAY, BigInteger, ColumnElement, and_, any_, literal, not_, or_, true

from models.states import OPEN_STATUSES, RunStatus
from models.store.ids import among
from models.store.runs.listing.search import Meaning
from models.store.runs.listing.selection import Selection
from models.store.runs.stuck_below import waits_for_stuck
from models.store.tables.runs import (
    AGENT_HELD_CONDITION,
    BUDGET_HELD_CONDITION,
    HELD_CONDITION,
    PENDING_CONDITION,
    Run,
)

Condition = tuple[str, ColumnElement[bool]]
WAITS = or_(HELD_CONDITION, AGENT_HELD_CONDITION, BUDGET_HELD_CONDITION, PENDING_CONDITION)
INTERVENED = or_(Run.interventions > 0, Run.forced, Run.rescued)
SELF = "id"
"""Conditions that name a few runs."""


def conditions(wanted: Selection, known: Collection[str] = ()) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter but for those on what is `known` to hold."""
    return [condition for name, condition in named_conditions(wanted) if name not in known]


def naming_few(wanted: Selection) -> list[ColumnElement[bool]]:
    """Return the conditions that leave few runs, which have no order in an index."""
    return [condition for name, condition in named_conditions(wanted) if name == SELF]


def has_error(keys: Collection[int]) -> ColumnElement[bool]:
    return Run.error_key == any_(literal(list(keys), ARRAY(BigInteger())))


def named_conditions(wanted: Selection) -> Iterator[Condition]:
    yield from _of_few(wanted)
    yield from _of_indexes(wanted)
    yield from _of_rows(wanted)


def _of_few(wanted: Selection) -> Iterator[Condition]:
    query, meaning = wanted.query, wanted.meaning
    for column, value in (
        (Run.parent_run_id, query.parent),
        (Run.delivery_id, query.delivery),
        (Run.backfill_id, query.backfill),
        (Run.rerun_of, query.rerun_of),
    ):
        if value is not None:
            yield SELF, column == value
    if wanted.run_ids is not None:
        yield SELF, among(Run.id, wanted.run_ids)
    if query.root is not None:
        below = and_(Run.parent_run_id.is_not(None), Run.root_run_id == query.root)
        yield SELF, or_(Run.id == query.root, below)
    if meaning is not None and meaning.ids is not None:
        yield SELF, Run.id.between(*meaning.ids)
    if meaning is not None and meaning.delivery_ids is not None:
        yield SELF, among(Run.delivery_id, meaning.delivery_ids)


def _of_indexes(wanted: Selection) -> Iterator[Condition]:
    query = wanted.query
    if query.kind:
        yield "kind", Run.kind.in_(query.kind)
    if query.status:
        yield "status", _in_status(wanted.statuses)
    if query.source:
        yield "source", Run.source.in_(query.source)
    if query.roots_only:
        yield "roots", Run.parent_run_id.is_(None)
    if wanted.automation_ids is not None:
        yield "automation", among(Run.automation_id, wanted.automation_ids)
    if wanted.primitive_ids is not None:
        yield "primitive", among(Run.primitive_id, wanted.primitive_ids)
    if wanted.error_keys is not None:
        yield "error", has_error(wanted.error_keys)
    if query.intervened is not None:
        yield "intervened", INTERVENED if query.intervened else not_(INTERVENED)
    if wanted.meaning is not None and wanted.meaning.words is not None:
        yield "words", _has_words(wanted.meaning)


def _of_rows(wanted: Selection) -> Iterator[Condition]:
    """What no index knows."""
    query = wanted.query
    if query.reason:
        yield "reason", Run.reason.in_(query.reason)
    if query.model:
        yield "model", Run.model.in_(query.model)
    if query.simulated is not None:
        yield "simulated", Run.simulated.is_(query.simulated)
    if query.forced is not None:
        yield "forced", Run.forced.is_(query.forced)
    if query.held is not None:
        yield "held", WAITS if query.held else not_(WAITS)
    if query.min_duration_ms is not None:
        yield "duration", Run.duration_ms >= query.min_duration_ms
    if query.max_duration_ms is not None:
        yield "duration", Run.duration_ms <= query.max_duration_ms
    if query.min_cost_usd is not None:
        yield "cost", Run.cost_usd >= query.min_cost_usd
    if query.max_cost_usd is not None:
        yield "cost", and_(Run.cost_usd <= query.max_cost_usd, Run.unknown_costs == 0)


def _in_status(wanted: frozenset[RunStatus]) -> ColumnElement[bool]:
    """A run that waits for a stuck run below it counts as stuck too: it makes no progress, whatever its own status."""
    own = Run.status.in_(sorted(wanted))
    return or_(own, waits_for_stuck()) if RunStatus.STUCK in wanted and not wanted >= OPEN_STATUSES else own


def _has_words(meaning: Meaning) -> ColumnElement[bool]:
    words = meaning.words
    if words is None:
        return true()
    return or_(
        among(Run.primitive_id, words.primitive_ids),
        among(Run.automation_id, words.automation_ids),
        has_error(words.error_keys),
    )
