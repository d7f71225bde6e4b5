"""Runs: their states, and how one reads on the wire."""

import uuid

from pydantic import JsonValue

from models.contracts.base import Contract, Exact, Instant, Stored
from models.contracts.primitives import EntityView
from models.kinds import Kind
from models.states import RunStatus, Source, StepStatus


class Tokens(Stored):
    """Tokens by class; `input` contains the cache classes, `output` contains reasoning, as providers count them."""

    input: int = 0
    output: int = 0
    cache_read: int = 0
    cache_write: int = 0
    reasoning: int = 0

    def plus(self, other: "Tokens") -> "Tokens":
        """Add two counts, class by class."""
        return Tokens(**{name: getattr(self, name) + getattr(other, name) for name in Tokens.model_fields})


class RunError(Stored):
    """What went wrong: a stable type and a message for people, cut to a readable length."""

    type: str
    message: str


class AutomationRef(Contract):
    """An automation in short."""

    id: uuid.UUID
    slug: str
    name: str


class StepView(Contract):
    """A step as the run's page shows it."""

    key: str
    kind: str
    status: StepStatus
    run_id: uuid.UUID | None = None
    detail: str | None = None
    output: JsonValue = None
    error: RunError | None = None
    started_at: Instant | None = None
    finished_at: Instant | None = None
    children: tuple["StepView", ...] = ()


class RunPaused(Contract):
    """Who holds a run before its next step, why and since when."""

    by: str
    reason: str
    at: Instant


class RunStuck(Contract):
    """Why a run makes no progress: its Temporal workflow task fails again and again."""

    message: str
    attempts: int
    since: Instant


class RunView(Contract):
    """A run, one shape for every kind."""

    id: uuid.UUID
    kind: Kind
    status: RunStatus
    reason: str | None
    paused: RunPaused | None
    """Null while nobody holds the run."""
    stuck: RunStuck | None
    """Null unless the status is `stuck`."""
    primitive: EntityView
    automation: AutomationRef | None
    parent_run_id: uuid.UUID | None
    root_run_id: uuid.UUID
    rerun_of: uuid.UUID | None
    delivery_id: uuid.UUID | None
    due_at: Instant | None
    queued_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    duration_ms: int | None
    cost_usd: Exact | None
    tokens: Tokens | None
    model: str | None
    simulated: bool
    input: JsonValue
    output: JsonValue
    error: RunError | None
    temporal_workflow_id: str | None
    temporal_run_id: str | None
    temporal_url: str | None


class RunOrigin(Contract):
    """What made a run."""

    source: Source
    endpoint: str | None
    """Where it arrived, such as `webhook:orders`; null for a schedule's run."""
    sent_by: str | None
    """The name of the API key that asked for it; null for a schedule, a webhook, Slack."""
    replay_of: uuid.UUID | None
    """The delivery that was replayed."""


class RunDetail(RunView):
    """A run on its own page: with what made it, its steps and its child runs."""

    origin: RunOrigin | None
    """Null for a child run: its parent made it."""
    steps: tuple[StepView, ...]
    children: tuple[RunView, ...]


class FiredRun(Contract):
    """One run that a fire made."""

    run_id: uuid.UUID
    automation_id: uuid.UUID | None
    kind: Kind
    status: RunStatus
    reason: str | None
    temporal_workflow_id: str | None


class Fired(Contract):
    """The answer to every fire: the delivery that is stored, and the runs it made."""

    delivery_id: uuid.UUID
    duplicate: bool = False
    """True where the idempotency key was known and this is the first answer again."""
    runs: tuple[FiredRun, ...]
