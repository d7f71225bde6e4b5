"""The result of a delivery for each automation that listened."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.contracts.runs.deliveries import FilterFailure
from models.contracts.runs.views import FilterProblem
from models.states import MatchOutcome
from models.store.tables.delivery_matches import DeliveryMatch

_MAX_REASON_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Match:
    """The result for one automation; `code` and `reason` belong to a filter error."""

    automation_id: uuid.UUID
    outcome: MatchOutcome
    code: str | None = None
    reason: str | None = None
    revision: int | None = None
    """The revision of the automation whose filter was judged."""


def match_row(delivery_id: uuid.UUID, match: Match, at: datetime) -> dict[str, Any]:
    """Return the columns of one result."""
    return {
        "delivery_id": delivery_id,
        "automation_id": match.automation_id,
        "outcome": match.outcome.value,
        "code": match.code,
        "reason": match.reason and match.reason[:_MAX_REASON_CHARACTERS],
        "revision": match.revision,
        "at": at,
    }


def filter_problems(matches: Sequence[Match]) -> tuple[FilterProblem, ...]:
    """Return the filter errors for the sender's answer, which does not get to see the filters."""
    return tuple(
        FilterProblem(automation_id=one.automation_id, code=one.code or MatchOutcome.FILTER_ERROR.value)
        for one in matches
        if one.outcome is MatchOutcome.FILTER_ERROR
    )


async def stored_problems(session: AsyncSession, delivery_id: uuid.UUID) -> tuple[FilterProblem, ...]:
    """Return a stored delivery's filter errors."""
    query = select(DeliveryMatch.automation_id, DeliveryMatch.code).where(
        DeliveryMatch.delivery_id == delivery_id, DeliveryMatch.outcome == MatchOutcome.FILTER_ERROR.value
    )
    found = await session.execute(query.order_by(DeliveryMatch.automation_id))
    return filter_problems([Match(automation_id, MatchOutcome.FILTER_ERROR, code) for automation_id, code in found])


async def last_filter_error(session: AsyncSession, automation_id: uuid.UUID) -> FilterFailure | None:
    """Return the newest delivery that an automation's filter could not be evaluated for."""
    query = (
        select(DeliveryMatch)
        .where(DeliveryMatch.automation_id == automation_id, DeliveryMatch.outcome == MatchOutcome.FILTER_ERROR.value)
        .order_by(DeliveryMatch.at.desc())
        .limit(1)
    )
    row = await session.scalar(query)
    if row is None:
        return None
    return FilterFailure(
        at=row.at, delivery_id=row.delivery_id, code=row.code or row.outcome, reason=row.reason or row.outcome
    )
