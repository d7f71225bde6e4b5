"""Backfills: past due times that are run now, missed ones that are caught up with, and reruns of many runs."""

import uuid
from typing import Annotated, Self

from pydantic import Field, model_validator

from models.contracts.base import Contract, Exact, Instant, refusal
from models.contracts.queries import PageQuery
from models.contracts.runs.queries import RunSelection
from models.contracts.runs.views import AutomationRef
from models.states import Again, BackfillKind, BackfillOrder, BackfillStatus, LeftOut, RunStatus

MOST_DUE_TIMES = 10_000
MOST_UNDER_WAY = 100
Token = Annotated[str, Field(min_length=1, max_length=60)]
Limit = Annotated[int, Field(ge=1, le=MOST_UNDER_WAY)]


class BackfillStart(Contract):
    """What every backfill is started with."""

    order: BackfillOrder = BackfillOrder.OLDEST
    """Which of its runs start first."""
    limit: Limit = 1
    """The most of its runs that are under way at once. The limits of their automations count besides."""
    fire_dependents: bool = False
    """Whether the ends of its runs fire automations that depend on theirs, as those of other runs do."""
    count_in_health: bool = False
    """Whether their outcomes count for severity and health policy."""
    reason: str = Field("", max_length=1000)
    """Kept in the audit log."""
    dry_run: bool = False
    """Only answer what it would run."""
    token: Token | None = None
    """`token` of a preview (`dryRun`), without which nothing is started. It is refused if what would run has changed
    since. A repeated start with the same token starts nothing more."""

    @model_validator(mode="after")
    def _is_shown_first(self) -> Self:
        if self.dry_run == (self.token is not None):
            raise refusal("token", "send dryRun: true for a preview, or the token of one to start it")
        return self


class BackfillRequest(BackfillStart):
    """Which due times of a schedule to run."""

    start: Annotated[Instant, Field(alias="from")]
    """The first instant."""
    end: Annotated[Instant | None, Field(alias="to")] = None
    """The last instant, included as well. null: now, or when the preview of `token` was made."""
    again: Again = Again.NONE
    """Which due times are run that have run before: none, those whose run `failed` or was cancelled, or `all`."""
    force: bool = False
    """Run them even while the automation is paused. Otherwise they wait until it is resumed."""


class RerunFilter(RunSelection):
    """Root runs that have ended. All conditions must hold; values of one are alternatives."""

    @model_validator(mode="after")
    def _says_which(self) -> Self:
        if self.run_ids is None and not (self.status or self.error or self.error_type):
            raise refusal("status", "say which runs: give status, such as failed, error or runIds")
        return self


class RerunRequest(BackfillStart):
    """Which runs to run again, each with the input that it had."""

    filter: RerunFilter
    """The runs. They are frozen when the preview is made: what ends later is not among them."""


class BackfillItem(Contract):
    """A due time, or a run that was selected."""

    due_at: Instant | None
    """The due time. null: a run that has none."""
    run_id: uuid.UUID | None = None
    """The run that it has, if any."""
    status: RunStatus | None = None
    """The status of that run."""
    reason: str | None = None
    """Why that run was missed, skipped or cancelled."""
    name: str | None = None
    """Of a selected run: its automation, or its primitive."""
    queued_at: Instant | None = None
    """Of a selected run: when it was queued."""
    left_out: LeftOut | None = None
    """Why it is left out. null: it is run."""


class BackfillEstimate(Contract):
    """What a backfill will cost and how long it will take, from what runs have cost and taken so far."""

    mean_usd: Exact | None
    """At the mean cost of a run. null: unknown."""
    p90_usd: Exact | None
    """If every run costs as much as the 90th percentile. null: unknown."""
    unknown_runs: int
    """Runs whose cost is not known and that are not in the sums."""
    seconds: float | None
    """Duration at `limit`, if nothing else is in the way. null: unknown."""
    budget_left_usd: Exact | None
    """The least that is left this month, beside the runs under way, of the budgets that may stop its runs. null: there
    are none."""


class BackfillView(Contract):
    """A backfill and how far it is."""

    id: uuid.UUID
    """Its id."""
    kind: BackfillKind
    """What its runs are made for."""
    status: BackfillStatus
    """Its status."""
    automation: AutomationRef | None
    """The automation whose due times it runs. null: a rerun of selected runs."""
    start: Annotated[Instant | None, Field(alias="from")]
    """First due time. null: a rerun."""
    end: Annotated[Instant | None, Field(alias="to")]
    """Last due time."""
    again: Again
    """Which due times are run again."""
    filter: RerunFilter | None
    """Of a rerun: what selected its runs."""
    order: BackfillOrder
    """Which of its runs start first."""
    limit: int
    """The most of its runs under way at once."""
    force: bool
    """Whether they run while their automation is paused."""
    fire_dependents: bool
    """Whether their ends fire other automations."""
    total: int
    """Number of its runs."""
    pending: int
    """Runs whose turn has not come."""
    under_way: int
    """Runs that have started, or wait in the queue of their automation."""
    completed: int
    failed: int
    cancelled: int
    skipped: int
    """Runs that were skipped, or taken back when it was cancelled."""
    spent_usd: Exact
    """Known cost of its runs so far."""
    est_cost_usd: Exact | None
    """What the preview said that it would cost."""
    waits_for: str | None
    """Why none of its runs has its turn although it is running, such as "Nightly is paused". null: nothing."""
    ends_at: Instant | None
    """When it will have ended at the speed so far. null: unknown, or it has ended."""
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
    """When the last of its runs had ended."""


class BackfillPlan(Contract):
    """What a backfill runs. Nothing has started while `backfill` is null."""

    token: str
    """Starts exactly this."""
    count: int
    """Number of runs."""
    left_out: dict[LeftOut, int]
    """How many due times or runs are left out, by reason."""
    first: Instant | None
    """The first due time, or when the first selected run was queued, of those that are run."""
    last: Instant | None
    """The last one."""
    estimate: BackfillEstimate
    """Cost and duration."""
    warnings: tuple[str, ...]
    """What to know before it is started."""
    items: tuple[BackfillItem, ...]
    """All due times of the span, or all selected runs, in the order in which they start. Empty once it is started."""
    backfill: BackfillView | None
    """The backfill that was started. null: a preview."""


class BackfillPatch(Contract):
    """What of an open backfill to change."""

    limit: Limit
    """The most of its runs under way at once."""


class BackfillsQuery(PageQuery):
    """Backfills: filters and page."""

    status: tuple[BackfillStatus, ...] = ()
    kind: tuple[BackfillKind, ...] = ()
    automation: str | None = None
    """An automation's id or slug."""
