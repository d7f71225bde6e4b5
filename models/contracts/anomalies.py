"""Anomalies: what of a kind or a primitive is unusual, or was."""

import uuid
from typing import Annotated

from pydantic import Field

from models.contracts.base import Contract, Instant
from models.contracts.queries import Query
from models.kinds import Kind
from models.states import AnomalyMetric


class AnomaliesQuery(Query):
    """Anomalies: filters and page."""

    open: bool | None = None
    """true: what is unusual now; false: what was."""
    kind: tuple[Kind, ...] = ()
    metric: tuple[AnomalyMetric, ...] = ()
    tz: Annotated[str, Field(max_length=100)] = "UTC"
    """Zone of the times in the sentences."""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=500)] = None
    """`nextCursor` of the previous page."""


class AnomalyPrimitive(Contract):
    """The primitive that an anomaly is about."""

    id: uuid.UUID
    """Its id."""
    slug: str
    """Its slug."""
    name: str
    """Its name."""


class AnomalyView(Contract):
    """Something unusual, judged against the same hour of the last six weeks."""

    id: uuid.UUID
    """Its id."""
    kind: Kind
    """The kind."""
    primitive: AnomalyPrimitive | None
    """The primitive. null: all of the kind."""
    metric: AnomalyMetric
    """The figure that is unusual."""
    is_low: bool
    """Whether it is lower than usual."""
    text: str
    """What, how much, against what and when, in one sentence."""
    first_hour: Instant
    """The first hour in which it was unusual."""
    last_hour: Instant
    """The last one, which the figures are of."""
    closed_at: Instant | None
    """When it had been as usual for three hours. null: it is open."""
    value: float
    """The value: runs, percent, milliseconds, or millionths of a dollar."""
    usual: float
    """The usual one."""
    low: float
    """Lower end of the usual band."""
    high: float
    """Upper end of the usual band."""
    runs: int
    """Runs that it is about."""
    hours: int
    """How many hours up to the last one the figures are of."""
    explained: str | None
    """The change that it follows. null: none is known."""
