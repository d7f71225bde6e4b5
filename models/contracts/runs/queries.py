"""The query parameters of lists of runs, and of the parts of one.

Values of one parameter are alternatives; different parameters must all hold.
"""

import uuid
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field

from models.contracts.base import Instant, Money
from models.contracts.queries import MAX_OFFSET, Query
from models.contracts.runs.error_key import ErrorKey
from models.kinds import Kind
from models.states import ExportFormat, RunSource, RunStatus, StatusGroup, StepStatus

MOST_VALUES = 50
MOST_SELECTED = 1000


def _several(value: Any) -> Any:
    """Where one name was enough in an older version, it still is."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else value


Names = Annotated[
    tuple[Annotated[str, Field(max_length=100)], ...], Field(max_length=MOST_VALUES), BeforeValidator(_several)
]
Words = Annotated[tuple[Annotated[str, Field(max_length=500)], ...], Field(max_length=MOST_VALUES)]
Milliseconds = Annotated[int | None, Field(ge=0, le=10**15)]


_STATUSES: dict[str, RunStatus | StatusGroup] = {one.value: one for one in (*RunStatus, *StatusGroup)}


def _status(value: Any) -> Any:
    """One message for both enums, at the place of the value."""
    if isinstance(value, str) and value not in _STATUSES:
        *most, last = map(repr, _STATUSES)
        raise ValueError(f"Input should be {', '.join(most)} or {last}")
    return _STATUSES.get(value, value)


class RunQuery(Query):
    """The filters of runs; request bodies take the same as JSON."""

    kind: tuple[Kind, ...] = ()
    status: tuple[Annotated[RunStatus | StatusGroup, BeforeValidator(_status)], ...] = ()
    """`open`: queued, running, waiting or stuck; `ended`: all others. `stuck` also matches runs that wait for a stuck
    run below them (`stuckBelow`)."""
    source: tuple[RunSource, ...] = ()
    """What started it; `parent`: it is part of another run."""
    automation: Names = ()
    """Ids or slugs of automations."""
    primitive: Names = ()
    """Ids or slugs of primitives."""
    error: Annotated[tuple[ErrorKey, ...], Field(max_length=MOST_VALUES)] = ()
    """Groups of errors (`errorKey`); skipped and missed runs have one by their reason."""
    error_type: Words = ()
    """Codes of errors, such as `agent_timed_out`."""
    reason: Words = ()
    """Why it was skipped, missed or cancelled: the whole reason, such as `paused`."""
    model: Words = ()
    """The model that answered."""
    simulated: bool | None = None
    """Whether a simulated agent took part."""
    intervened: bool | None = None
    """Whether somebody has touched it, forced it, or run it again."""
    forced: bool | None = None
    """Whether it was fired although its automation was paused."""
    min_duration_ms: Milliseconds = None
    max_duration_ms: Milliseconds = None
    min_cost_usd: Money | None = None
    """At least so much is known to have been spent on it, child runs included."""
    max_cost_usd: Money | None = None
    """At most so much; runs whose cost is unknown, in part or whole, are left out."""
    queued_from: Annotated[Instant | None, Field(alias="from")] = None
    """Arrived from then on (`queuedAt`)."""
    queued_to: Annotated[Instant | None, Field(alias="to")] = None
    """Exclusive end."""
    root: uuid.UUID | None = None
    """A root run: it and all its descendants."""
    parent: uuid.UUID | None = None
    delivery: uuid.UUID | None = None
    backfill: uuid.UUID | None = None
    """Runs of this backfill."""
    rerun_of: uuid.UUID | None = None
    """Reruns of this run."""
    held: bool | None = None
    """true: only runs that wait for their admission, or for their agent's capacity. false: none of them."""
    roots_only: bool = False
    """Without child runs."""
    q: Annotated[str, Field(max_length=200)] = ""
    """The first of these that something has: the id of a run or its first 8 or more characters, a Temporal workflow id,
    the id or the idempotency key of a delivery; else words in the name of its primitive or automation, in its error,
    or in the reason why it was skipped or missed."""


class RunSelection(RunQuery):
    """The filters of runs in a JSON body."""

    is_written_as_text: ClassVar[bool] = False

    run_ids: tuple[uuid.UUID, ...] | None = Field(None, min_length=1, max_length=MOST_SELECTED)
    """These runs."""


class RunsQuery(RunQuery):
    """Runs: filters and page."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=500)] = None
    """`nextCursor` of the previous page."""


class RunExportQuery(RunQuery):
    """An export: filters and format."""

    format: ExportFormat
    cursor: Annotated[str | None, Field(max_length=500)] = None
    """The cursor at the end of an incomplete export, to go on there."""


class RunTreeQuery(Query):
    """A part of the tree of a run."""

    under: Annotated[str | None, Field(max_length=200)] = None
    """Path of the step whose children are returned, such as `m0`. Default: those at the top."""
    status: tuple[StepStatus, ...] = ()
    """Only those in this status."""
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    """How many to leave out at the beginning."""
    limit: Annotated[int, Field(ge=1, le=500)] = 200
