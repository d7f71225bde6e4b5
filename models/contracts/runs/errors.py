"""Groups of errors: runs that failed in the same way, or were skipped or missed for the same reason."""

import uuid
from datetime import timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Instant, refusal
from models.contracts.queries import MAX_OFFSET, Query
from models.contracts.runs.error_key import ErrorKey
from models.contracts.runs.views import AutomationRef
from models.kinds import Kind
from models.states import GroupOutcome, GroupSort, GroupStanding, RunSource

LONGEST_SPAN = timedelta(days=92)
MOST_TYPES = 50


class SpanQuery(Query):
    """A span of time, in whole hours: it begins with the hour of `from` and ends with that of `to`."""

    start: Annotated[Instant | None, Field(alias="from")] = None
    """Default: 24 hours before the end."""
    end: Annotated[Instant | None, Field(alias="to")] = None
    """Default: now."""

    @model_validator(mode="after")
    def _is_in_order(self) -> Self:
        if self.start and self.end and not self.start < self.end <= self.start + LONGEST_SPAN:
            raise refusal("from", f"must be before to, by at most {LONGEST_SPAN.days} days")
        return self


class ErrorsQuery(SpanQuery):
    """Groups of errors that runs ended with within a span: filters, order and page."""

    outcome: tuple[GroupOutcome, ...] = ()
    """Failures, or reasons for which runs were skipped or missed."""
    state: tuple[GroupStanding, ...] = ()
    error_type: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=MOST_TYPES)] = ()
    """Codes, such as `agent_timed_out`."""
    q: Annotated[str, Field(max_length=200)] = ""
    """Part of the code, of the template or of the sample; case is ignored."""
    sort: GroupSort = GroupSort.RUNS
    offset: Annotated[int, Field(ge=0, le=MAX_OFFSET)] = 0
    """How many to leave out at the beginning."""
    limit: Annotated[int, Field(ge=1, le=500)] = 50


class ErrorGroupView(Contract):
    """A group of errors. Its key does not name a primitive, so a provider's outage is one group over all agents."""

    key: ErrorKey
    """Its key, `error` among the filters of runs."""
    error_type: str
    """The error's code; `skipped` or `missed` for a reason."""
    template: str
    """The message without what differs from run to run."""
    sample: str
    """The message of one run."""
    sample_run_id: uuid.UUID | None
    """That run; null: it was deleted for its age."""
    outcome: GroupOutcome
    """How its runs ended."""
    state: GroupStanding
    """Its state: the decision about it, and whether it was seen since."""
    state_at: Instant | None
    """When it was resolved, ignored or opened again."""
    state_by: str | None
    """Who did that."""
    ignored_until: Instant | None
    """It is open again from then on."""
    ignored_up_to: int | None
    """It is open again once more runs than this have ended with it, all since `firstSeen` counted."""
    first_seen: Instant
    """When a run first ended with it."""
    last_seen: Instant
    """When a run last ended with it, accurate to a minute."""
    runs: int
    """Runs that ended with it in the span; those that only failed because of one below them are not counted."""
    runs_before: int
    """The same in the span of the same length before."""
    counts: tuple[int, ...]
    """`runs` by their time: as many slices of the span as the list says."""


class ErrorGroupPage(Contract):
    """Groups of errors within a span."""

    start: Annotated[Instant, Field(alias="from")]
    """Beginning of the span, a whole hour."""
    end: Annotated[Instant, Field(alias="to")]
    """Its exclusive end."""
    slice_seconds: int
    """Length of each slice of `counts`, the last one may be longer than the rest of the span."""
    items: tuple[ErrorGroupView, ...]
    """The groups of this page."""
    total: int
    """Groups that match."""
    is_least: bool
    """Whether there are more: only the groups seen last are read."""
    runs: int
    """Runs of all groups that match."""


class Share(Contract):
    """How many of a group's runs have something in common."""

    value: str
    """The shared value: a slug, a kind or a model."""
    name: str
    """That in words."""
    runs: int
    """Runs of the group that have it."""


class Difference(Contract):
    """What sets a group's runs apart from all others."""

    field: str
    """`kind`, `source`, `automation`, `primitive`, `model` or `hour` (of the day, UTC)."""
    value: str
    """The value that is more frequent among them."""
    text: str
    """In words, such as "92% of them are of the agent Scout; of other runs 11%"."""
    share: float
    """Percent of the group's runs."""
    share_elsewhere: float
    """Percent of all other runs of the span."""


class TouchedAutomation(Contract):
    """An automation whose runs ended with the error."""

    automation: AutomationRef
    """The automation."""
    runs: int
    """Those runs."""


class TouchedPrimitive(Contract):
    """A primitive whose runs ended with the error."""

    id: uuid.UUID
    """Its id."""
    kind: Kind
    """Its kind."""
    slug: str
    """Its slug."""
    name: str
    """Its name."""
    runs: int
    """Those runs."""


class TouchedSource(Contract):
    """What had started runs that ended with the error."""

    source: RunSource
    """What started them."""
    runs: int
    """Those runs."""


class ErrorGroupDetail(Contract):
    """A group of errors, whom it touches, and what sets its runs apart."""

    start: Annotated[Instant, Field(alias="from")]
    """Beginning of the span, a whole hour."""
    end: Annotated[Instant, Field(alias="to")]
    """Its exclusive end."""
    slice_seconds: int
    """Length of each slice of `counts`."""
    group: ErrorGroupView
    """The group."""
    total: int
    """Runs that have ended with it since `firstSeen`."""
    looked_at: int
    """The newest runs of the span that what follows is about."""
    is_all: bool
    """Whether these are all of the span."""
    automations: tuple[TouchedAutomation, ...]
    """Automations that they belong to, most runs first; at most 20."""
    primitives: tuple[TouchedPrimitive, ...]
    """Primitives that they belong to, most runs first; at most 20."""
    sources: tuple[TouchedSource, ...]
    """What started them."""
    models: tuple[Share, ...]
    """Models that had answered, most runs first; at most 20."""
    differs: tuple[Difference, ...]
    """What is much more frequent among them than elsewhere, the largest difference first."""


class GroupDecision(Contract):
    """A decision about a group."""

    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""


class GroupIgnored(GroupDecision):
    """For how long a group is ignored; without `until` and `runs`: until it is opened again."""

    until: Instant | None = None
    """It is open again from then on."""
    runs: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """It is open again once so many more runs have ended with it."""
