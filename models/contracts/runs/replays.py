"""Replays of many deliveries: frozen and counted first, then carried out one after another at a rate."""

import uuid
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Instant, refusal
from models.contracts.queries import DeliveryQuery, PageQuery
from models.contracts.runs.views import AutomationRef
from models.states import DeliveryOutcome, NotReplayed, ReplayResult, ReplayStatus, RunStatus

MOST_REPLAYED = 10_000
FASTEST_PER_MINUTE = 3000
RatePerMinute = Annotated[int, Field(ge=1, le=FASTEST_PER_MINUTE)]


class DeliverySelection(DeliveryQuery):
    """The filters of deliveries in a JSON body."""

    is_written_as_text = False

    delivery_ids: tuple[uuid.UUID, ...] | None = Field(None, min_length=1, max_length=1000)
    """These deliveries."""

    @property
    def narrows(self) -> bool:
        """Whether it has any condition."""
        return any(value not in ("", ()) for value in self.model_dump(exclude_defaults=True).values())


class ReplayRequest(Contract):
    """Which deliveries to replay, and how fast."""

    filter: DeliverySelection
    """The deliveries; at least one condition is needed. They are frozen when the preview is made: what arrives later is
    not among them."""
    only: Annotated[str | None, Field(max_length=100)] = None
    """Fire no automation but this one (id or slug). null: all that listen now, by their present filters."""
    rate_per_minute: RatePerMinute = 60
    """Deliveries per minute. The limits of the automations count besides."""
    again: bool = False
    """Also those that were replayed before, and those whose runs are still under way."""
    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
    dry_run: bool = False
    """Only answer what it would replay."""
    token: Annotated[str, Field(min_length=1, max_length=60)] | None = None
    """`token` of a preview (`dryRun`), without which nothing is started. It is refused if what would be replayed has
    changed since. A repeated start with the same token starts nothing more."""

    @model_validator(mode="after")
    def _is_shown_first(self) -> Self:
        if not self.filter.narrows:
            raise refusal("filter", "say which deliveries: give at least one condition")
        if self.dry_run == (self.token is not None):
            raise refusal("token", "send dryRun: true for a preview, or the token of one to start it")
        return self


class ReplayView(Contract):
    """A replay and how far it is."""

    id: uuid.UUID
    """Its id."""
    status: ReplayStatus
    """Its status."""
    filter: DeliverySelection
    """What selected its deliveries."""
    only: AutomationRef | None
    """The automation that it fires. null: all that listen."""
    again: bool
    """Whether deliveries are among them that were replayed before."""
    rate_per_minute: int
    """Deliveries per minute."""
    total: int
    """Number of its deliveries."""
    pending: int
    """Deliveries whose turn has not come."""
    outcomes: dict[DeliveryOutcome | ReplayResult, int]
    """The others, by what became of them: outcomes as of any delivery, `failed` (could not be replayed) or
    `cancelled`."""
    runs: dict[RunStatus, int] | None
    """Its runs by their status now. null: in lists."""
    ends_at: Instant | None
    """When the last delivery has its turn. null: it has ended, or is paused."""
    created_at: Instant
    """When it was started."""
    created_by: str
    """Who started it."""
    reason: str | None
    """Why."""
    paused_at: Instant | None
    """Since when it is paused."""
    paused_by: str | None
    """Who paused it; `podium`: it paused itself."""
    paused_reason: str | None
    """Why."""
    cancelled_at: Instant | None
    """When it was cancelled."""
    cancelled_by: str | None
    """Who cancelled it."""
    finished_at: Instant | None
    """When it ended."""


class EndpointCount(Contract):
    """Deliveries of one endpoint."""

    endpoint: str
    """Where they arrived."""
    count: int
    """How many."""


class ReplayPlan(Contract):
    """What a replay replays. Nothing has started while `replay` is null."""

    token: str
    """Starts exactly this."""
    count: int
    """Number of deliveries."""
    left_out: dict[NotReplayed, int]
    """How many of those that the filter selects are left out, by reason."""
    completed: int
    """How many of them have a run that completed: it runs again."""
    endpoints: tuple[EndpointCount, ...]
    """Where they arrived, most frequent first."""
    first: Instant | None
    """When the first of them arrived."""
    last: Instant | None
    """When the last of them arrived."""
    seconds: float
    """How long it takes at that rate."""
    replay: ReplayView | None
    """The replay that was started. null: a preview."""


class ReplayPatch(Contract):
    """What of an open replay to change."""

    rate_per_minute: RatePerMinute
    """Deliveries per minute, from the next one on."""


class ReplaysQuery(PageQuery):
    """Replays: filters and page."""

    status: tuple[ReplayStatus, ...] = ()


class ReplayItemsQuery(PageQuery):
    """The deliveries of a replay: filters and page, in the order in which they have their turn."""

    outcome: tuple[DeliveryOutcome | ReplayResult, ...] = ()
    pending: bool | None = None
    """true: only those whose turn has not come. false: only the others."""


class ReplayItemView(Contract):
    """A delivery of a replay."""

    position: int
    """Its place, from 1."""
    delivery_id: uuid.UUID
    """The delivery."""
    endpoint: str | None
    """Where it arrived. null: it has been deleted since."""
    received_at: Instant | None
    """When it arrived."""
    outcome: DeliveryOutcome | ReplayResult | None
    """What became of it. null: its turn has not come."""
    replayed_as: uuid.UUID | None
    """The delivery that replays it."""
    reason: str | None
    """Why it could not be replayed."""
    done_at: Instant | None
    """When it had its turn."""
