"""Runs as the API returns them, and the answer to a fire."""

import uuid

from pydantic import JsonValue

from models.contracts.base import Contract, Exact, Instant, Stored
from models.contracts.primitives.views import EntityView
from models.contracts.runs.error_key import ErrorKey
from models.kinds import Kind
from models.states import BackfillKind, HeldBy, RunSource, RunStatus, Source, StepStatus


class Tokens(Stored):
    """Token usage of one or more model requests."""

    input: int = 0
    """Input tokens, cached ones included."""
    output: int = 0
    """Output tokens, reasoning included."""
    cache_read: int = 0
    """Input tokens read from the provider's cache."""
    cache_write: int = 0
    """Input tokens written to the provider's cache."""
    reasoning: int = 0
    """Output tokens spent on reasoning."""

    def plus(self, other: "Tokens") -> "Tokens":
        """Add two counts, class by class."""
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in Tokens.model_fields})


class RunError(Stored):
    """Why a run or step failed."""

    type: str
    """Stable code, such as `agent_timed_out`; see `docs/reference/errors.md`."""
    message: str
    """What went wrong; long messages are cut."""


class AutomationRef(Contract):
    """An automation by name."""

    id: uuid.UUID
    """Its id."""
    slug: str
    """Its slug."""
    name: str
    """Its name."""


class StepView(Contract):
    """One step of a run, with the steps below it."""

    path: str
    """Its path in the run, such as `fetch` or `m0.t2`."""
    key: str
    """Key of the step, agent of a hop, or name of a mission or task."""
    kind: str
    """What the step is: `agent`, `map`, `item`, `http`, `wait`, `approval`, `hop`, `router`, `planner`, `mission`,
    `task` or `collect`."""
    status: StepStatus
    """Its status."""
    run_id: uuid.UUID | None = None
    """The child run that carries it out."""
    detail: str | None = None
    """Further details as text."""
    output: JsonValue = None
    """Its output."""
    error: RunError | None = None
    """Why it failed."""
    started_at: Instant | None = None
    """When it started."""
    finished_at: Instant | None = None
    """When it ended."""
    children: tuple["StepView", ...] = ()
    """The steps below it."""


class RunPaused(Contract):
    """Who paused a run, why and since when."""

    by: str
    """Who paused it."""
    by_is_claimed: bool
    """Whether `by` is only what the sender says: it was sent straight to Temporal, not through the API."""
    reason: str
    """The reason given; empty if none."""
    at: Instant
    """Since when."""


class RunStuck(Contract):
    """Why a run makes no progress: its Temporal workflow task fails again and again."""

    message: str
    """Temporal's message."""
    attempts: int
    """Number of attempts of the task."""
    since: Instant
    """When the task was first scheduled."""
    last_build: str | None
    """Build of the workflow code under which the run last made progress: rolling back to it lets the run go on."""


class RunHeld(Contract):
    """What a queued run waits for before it may start."""

    by: HeldBy
    """The part of flow control that holds it."""
    since: Instant
    """Since when."""
    position: int | None = None
    """Its place in its automation's queue, from 1. null: in lists."""
    detail: str | None = None
    """What it waits for, in words; of a budget, which one: "room in the budget of all agents"."""


class StuckBelow(Contract):
    """A stuck run below an open one, which waits for it."""

    run_id: uuid.UUID
    """The stuck run."""
    name: str
    """Name of its primitive."""
    since: Instant
    """Since when it is stuck."""


class RunRow(Contract):
    """A run without its values; the same shape for every kind."""

    id: uuid.UUID
    """Id of the run. Its Temporal workflow is `run:<id>`, unless it was started by a schedule."""
    kind: Kind
    """Kind of the primitive."""
    status: RunStatus
    """Its status."""
    reason: str | None
    """Why it was skipped, missed or cancelled."""
    paused: RunPaused | None
    """Who paused the run. null: not paused."""
    held: RunHeld | None
    """What it waits for before it may start. null: it may start, or has."""
    folded_into: uuid.UUID | None
    """The run that stands for this one: it was debounced, batched, superseded or a duplicate."""
    stuck: RunStuck | None
    """Why it makes no progress. null: the status is not `stuck`."""
    stuck_below: StuckBelow | None
    """The run below it that has been stuck for longest. null: none is, or it is not open."""
    primitive: EntityView
    """What runs."""
    automation: AutomationRef | None
    """The automation that fired it. null: a direct or child run."""
    parent_run_id: uuid.UUID | None
    """The run that it is part of. null: a root run."""
    root_run_id: uuid.UUID
    """The root run; its own id if it has no parent."""
    rerun_of: uuid.UUID | None
    """The run that it repeats."""
    backfill_id: uuid.UUID | None
    """The backfill that it is part of."""
    probe: bool
    """Whether it is the trial run of an automation that its health policy has disabled."""
    delivery_id: uuid.UUID | None
    """The delivery that fired it. null: a schedule, or a child run."""
    due_at: Instant | None
    """The nominal time of a scheduled run; also that of its reruns and child runs."""
    occurrences: int
    """The number of due times that a missed run stands for; else 1."""
    queued_at: Instant
    """When the row was created."""
    admitted_at: Instant | None
    """When flow control let it start. null: its automation had none."""
    started_at: Instant | None
    """When it started."""
    finished_at: Instant | None
    """When it ended."""
    duration_ms: int | None
    """Time from start to end, in milliseconds."""
    cost_usd: Exact | None
    """Cost in US dollars, child runs included. null: unknown, in part or whole."""
    tokens: Tokens | None
    """Tokens, child runs included."""
    model: str | None
    """The model that answered."""
    simulated: bool
    """Whether a simulated agent took part."""
    source: RunSource | None
    """What started it. null: an older version has stored it, and that is not known yet."""
    wait_ms: int | None
    """How long it waited for its start: from its due time, or else from its arrival."""
    interventions: int
    """How often somebody has touched it after its start."""
    forced: bool
    """Whether it was fired although its automation was paused."""
    rescued: bool
    """Whether somebody has run it again."""
    error_key: ErrorKey | None
    """The group of its error, or of the reason why it was skipped or missed."""
    note: str | None
    """What of an answer could not be kept as it was sent, such as digits of a number. null: nothing."""
    error: RunError | None
    """Why it failed."""
    temporal_workflow_id: str | None
    """Id of its Temporal workflow."""
    temporal_run_id: str | None
    """Run id of its Temporal workflow."""
    temporal_url: str | None
    """Its page in Temporal's UI."""


class RunView(RunRow):
    """A run with its input and output."""

    input: JsonValue
    """Its input."""
    output: JsonValue
    """Its output."""


class RunOrigin(Contract):
    """The origin of a run."""

    source: Source
    """The source."""
    endpoint: str | None
    """Where it arrived, such as `webhook:orders`. null: a schedule, or a backfill."""
    sent_by: str | None
    """Name of the API key that asked for it. null: a schedule, a webhook or Slack."""
    backfill: BackfillKind | None = None
    """It is part of a backfill, of this kind. null: it is not."""
    replay_of: uuid.UUID | None
    """The delivery that was replayed."""
    caused_by: uuid.UUID | None = None
    """The run that caused it: a dependency fires at its end, or its agent has sent the event or webhook."""
    chain_depth: int = 0
    """How many automations have fired one another before it."""


class FiredRun(Contract):
    """One run that a fire created."""

    run_id: uuid.UUID
    """Id of the run."""
    automation_id: uuid.UUID | None
    """The automation. null: a direct run."""
    kind: Kind
    """Kind of the primitive."""
    status: RunStatus
    """Its status: `queued`, or `skipped` if its automation is paused or its flow control drops it."""
    reason: str | None
    """Why it was skipped."""
    held: RunHeld | None = None
    """What it waits for before it may start. null: it starts at once."""
    temporal_workflow_id: str | None
    """Id of its Temporal workflow. null: none yet."""


class FilterProblem(Contract):
    """An automation whose filter could not be evaluated, so that it did not fire."""

    automation_id: uuid.UUID
    """The automation."""
    code: str
    """`filter_error` or `filter_too_costly`; the automation's detail has the reason."""


class Fired(Contract):
    """The answer to every fire: the stored delivery and the runs that it created."""

    delivery_id: uuid.UUID
    """Id of the delivery."""
    duplicate: bool = False
    """Whether the idempotency key was repeated: this is the first answer, and nothing was started."""
    runs: tuple[FiredRun, ...]
    """One run per automation that was fired; empty if none matched."""
    filter_errors: tuple[FilterProblem, ...] = ()
    """Automations whose filter could not be evaluated; the others fired anyway."""
