"""The query parameters of lists, one contract a list: a name that is not a field is refused with 422.

Values of one parameter are alternatives; different parameters must all hold.
"""

import uuid
from datetime import datetime
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Instant, refusal
from models.kinds import Kind
from models.states import (
    AutomationState,
    BudgetScope,
    DeadReason,
    DeliveryOutcome,
    MatchOutcome,
    Order,
    Severity,
    SkipReason,
    SortBy,
    Source,
    Window,
)

MAX_OFFSET = 1_000_000
MAX_HOURS = 168
MAX_CALENDAR_ENTRIES = 20_000


class Query(Contract):
    """Parameters of a query string."""

    is_written_as_text: ClassVar[bool] = True


class LiveQuery(Query):
    """The filters of the live list; density, calendar and costs take the same, and request bodies as JSON."""

    search: Annotated[str, Field(max_length=200)] = ""
    """Part of a name, a description or an agent's name; case and accents are ignored."""
    primitive: tuple[Kind, ...] = ()
    type: tuple[Source, ...] = ()
    severity: tuple[Severity, ...] = ()
    state: tuple[AutomationState, ...] = ()
    agent: tuple[str, ...] = ()
    """Slugs or ids of agents that the automation runs or uses."""
    archived: tuple[bool, ...] = (False,)
    """false: live automations; true: archived ones; both: all."""
    window: Window = Window.RECENT
    """Judge by each automation's most recent finished runs, or by all of its runs."""
    starts_from: Instant | None = None
    """Only schedules that start a run from this instant on, up to `startsTo`."""
    starts_to: Instant | None = None
    """Exclusive end of the span."""

    @property
    def narrows(self) -> bool:
        """Whether it leaves out any live automation. `window` only decides how automations are judged."""
        chosen = (self.search.strip(), self.primitive, self.type, self.severity, self.state, self.agent)
        return any(chosen) or False not in self.archived or bool(self.starts_from or self.starts_to)

    @property
    def is_all_live(self) -> bool:
        """Whether it selects every live automation and no archived one."""
        return not self.narrows and True not in self.archived


class AutomationFilter(LiveQuery):
    """The filters of the live list in a JSON body, where "no" is not false."""

    is_written_as_text: ClassVar[bool] = False


class LiveListQuery(LiveQuery):
    """The live list: filters, order and page."""

    sort: SortBy | None = None
    """Default: the best matches of a search first, else the most severe first."""
    order: Order | None = None
    """Default: descending for severity, runs, last run and cost; ascending for name, success rate and next run.
    Automations without a value come last in either order."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None
    offset: Annotated[int | None, Field(ge=0, le=MAX_OFFSET)] = None
    """Index of the first item in the current list, for jumping to a position.
    To read the whole list use `cursor`: it misses nothing when items move between pages."""


class DensityQuery(LiveQuery):
    """Density: filters, time zone and number of hours."""

    tz: Annotated[str, Field(max_length=80)] = "UTC"
    """Time zone of the hours."""
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS)] = 24


class CalendarQuery(LiveQuery):
    """The calendar: filters, time zone and range."""

    tz: Annotated[str, Field(max_length=80)] = "UTC"
    """Time zone of the days."""
    start: Annotated[datetime | None, Field(alias="from")] = None
    """A day or an instant; without an offset it is read in `tz`. Default: the start of today."""
    end: Annotated[datetime | None, Field(alias="to")] = None
    """Exclusive end of the range. Default: one week after `from`."""
    automation: tuple[str, ...] | None = None
    """Ids or slugs; a single one is shown in full."""
    compress: bool | None = None
    """Whether 12 or more fires a day become one entry."""
    limit: Annotated[int, Field(ge=1, le=MAX_CALENDAR_ENTRIES)] = MAX_CALENDAR_ENTRIES
    """With more entries than this, only the counts per hour are returned."""


class ControlQuery(Query):
    """Control: the time zone of its texts."""

    tz: Annotated[str, Field(max_length=80)] = "UTC"


class ControlHistoryQuery(ControlQuery):
    """Control's history: the time zone, and how many days."""

    days: Annotated[int, Field(ge=1, le=14)] = 7


class CostsQuery(LiveQuery):
    """Costs: filters and number of automations."""

    limit: Annotated[int, Field(ge=1, le=10_000)] = 500


class WhyQuery(Query):
    """An instant, or a span."""

    at: Instant | None = None
    """Explain the minute of this instant. Default: now, unless `from` and `to` are given."""
    start: Annotated[Instant | None, Field(alias="from")] = None
    """Explain what was due and what arrived from here on, up to `to`."""
    end: Annotated[Instant | None, Field(alias="to")] = None
    """Exclusive end of the span, at most 31 days after `from`. Default: one day after it."""


class PageQuery(Query):
    """A page of a list, newest first."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=500)] = None
    """`nextCursor` of the previous page."""


class AuditQuery(PageQuery):
    """The audit log: filters and page."""

    automation: str | None = None
    """An automation's id or slug."""
    subject: uuid.UUID | None = None
    """The id of a primitive, run, key or other object."""
    subject_type: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """What was changed: `automation`, `primitive`, `run`, `key`, ..."""
    actor: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    """Who did it: names of API keys, or `health policy`, `podium` and the like."""
    action: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    """What was done, such as `automation.paused`; `automation.*` matches every action with that prefix."""
    since: Annotated[Instant | None, Field(alias="from")] = None
    until: Annotated[Instant | None, Field(alias="to")] = None
    """Exclusive end."""
    q: Annotated[str, Field(max_length=200)] = ""
    """Part of the reason, the actor, the action, or the name or slug of an automation or primitive."""


class BudgetQuery(PageQuery):
    """Budgets: filters and page."""

    scope: tuple[BudgetScope, ...] = ()
    automation: str | None = None
    """Only those that count the runs of this automation: its id or slug."""
    managed_by: Annotated[str, Field(max_length=200)] | None = None
    """Only those that this project owns."""


class NoticeQuery(PageQuery):
    """Notices: filters and page."""

    unseen: bool = False
    """Only those that nobody has seen."""
    automation: str | None = None
    """An automation's id or slug."""


class DeliveryQuery(Query):
    """The filters of deliveries; request bodies take the same as JSON."""

    source: tuple[Source, ...] = ()
    outcome: tuple[DeliveryOutcome, ...] = ()
    endpoint: Annotated[tuple[Annotated[str, Field(max_length=300)], ...], Field(max_length=20)] = ()
    """Where it arrived, such as `event:order.created`."""
    automation: Annotated[str | None, Field(max_length=100)] = None
    """An automation that listened: its id or slug."""
    match: tuple[MatchOutcome, ...] = ()
    """What it meant for that automation."""
    dead: bool | None = None
    """true: only dead letters. false: none of them."""
    dead_reason: Annotated[tuple[DeadReason | SkipReason, ...], Field(max_length=40)] = ()
    """Only dead letters, for these reasons."""
    received_from: Annotated[Instant | None, Field(alias="from")] = None
    received_to: Annotated[Instant | None, Field(alias="to")] = None
    """Exclusive end."""
    replay_of: uuid.UUID | None = None
    """Only replays of this delivery."""
    q: Annotated[str, Field(max_length=200)] = ""
    """The id of a delivery or its first 8 or more characters, or an idempotency key."""

    @model_validator(mode="after")
    def _names_the_automation(self) -> Self:
        if self.match and self.automation is None:
            raise refusal("match", "say which automation is meant: give automation as well")
        return self


class DeliveriesQuery(DeliveryQuery):
    """Deliveries: filters and page."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Field(max_length=500)] = None
    """`nextCursor` of the previous page."""
