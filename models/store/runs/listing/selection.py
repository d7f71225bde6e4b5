"""A filter of runs with its names looked up."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.queries import RunQuery, RunSelection
from models.errors import Invalid
from models.kinds import Kind
from models.states import CLOSED_STATUSES, OPEN_STATUSES, RunSource, RunStatus, StatusGroup
from models.store.automations import queries as automations
from models.store.primitives import queries as primitives
from models.store.runs.listing.search import Meaning, meaning_of
from models.store.tables.errors import ErrorGroup

MOST_OF_A_TYPE = 1000
"""Groups of errors with the codes that are asked for, the latest."""
GROUPS = {StatusGroup.OPEN: OPEN_STATUSES, StatusGroup.ENDED: CLOSED_STATUSES}


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter with its names looked up. None: all; empty: none."""

    query: RunQuery
    statuses: frozenset[RunStatus] = frozenset(RunStatus)
    automation_ids: Sequence[uuid.UUID] | None = None
    primitive_ids: Sequence[uuid.UUID] | None = None
    error_keys: Sequence[int] | None = None
    meaning: Meaning | None = None
    run_ids: Sequence[uuid.UUID] | None = None
    """Only these."""
    until: datetime | None = None
    """Only what had arrived by then: a frozen set."""

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self.query.kind or tuple(Kind)

    @property
    def sources(self) -> tuple[RunSource, ...]:
        """Child runs have a source of their own, so that root runs are those of all other sources."""
        asked = self.query.source or tuple(RunSource)
        return tuple(one for one in asked if one is not RunSource.PARENT) if self.query.roots_only else asked


async def selection_of(session: AsyncSession, query: RunQuery, until: datetime | None = None) -> Selection:
    """Look up the names in a filter.

    Raises:
        NotFound: there is no such automation or primitive.
        Invalid: a span is reversed.
    """
    _refuse_reversed(query)
    named = [(await automations.by_name(session, name)).id for name in query.automation]
    return Selection(
        query,
        _statuses(query),
        named if query.automation else None,
        await _primitive_ids(session, query),
        await _error_keys(session, query),
        await meaning_of(session, query.q),
        query.run_ids if isinstance(query, RunSelection) else None,
        until,
    )


def _refuse_reversed(query: RunQuery) -> None:
    if _is_reversed(query.queued_from, query.queued_to):
        raise Invalid("from must not be after to", field="from")
    if _is_reversed(query.min_duration_ms, query.max_duration_ms):
        raise Invalid("minDurationMs must not be above maxDurationMs", field="minDurationMs")
    if _is_reversed(query.min_cost_usd, query.max_cost_usd):
        raise Invalid("minCostUsd must not be above maxCostUsd", field="minCostUsd")


def _is_reversed(least: Any, most: Any) -> bool:
    return least is not None and most is not None and least > most


def _statuses(query: RunQuery) -> frozenset[RunStatus]:
    if not query.status:
        return frozenset(RunStatus)
    return frozenset[RunStatus]().union(
        *(GROUPS[one] if isinstance(one, StatusGroup) else {one} for one in query.status)
    )


async def _primitive_ids(session: AsyncSession, query: RunQuery) -> Sequence[uuid.UUID] | None:
    if not query.primitive:
        return None
    only_kind = query.kind[0] if len(query.kind) == 1 else None
    named = [await primitives.by_name(session, name, only_kind) for name in query.primitive]
    return [one.id for one in named if not query.kind or one.kind in query.kind]


async def _error_keys(session: AsyncSession, query: RunQuery) -> Sequence[int] | None:
    if not query.error_type:
        return query.error or None
    keys = select(ErrorGroup.key).where(ErrorGroup.error_type.in_(query.error_type))
    if query.error:
        keys = keys.where(ErrorGroup.key.in_(query.error))
    return (await session.scalars(keys.order_by(ErrorGroup.last_seen.desc()).limit(MOST_OF_A_TYPE))).all()
