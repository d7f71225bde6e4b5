"""Arguments and results of the Temporal workflows and activities of a run."""

import uuid
from decimal import Decimal

from pydantic import Field, JsonValue

from models.contracts.base import Instant, Stored
from models.contracts.runs.facts import RunFacts, StepFacts
from models.contracts.runs.views import RunError, Tokens
from models.kinds import Kind
from models.states import HeldBy, RunStatus, StepStatus


class ChildOf(Stored):
    """For a child run: its parent, its root, its agent and its step."""

    parent_run_id: uuid.UUID
    root_run_id: uuid.UUID
    agent: str
    step: str
    due_at: Instant | None = None
    """The due time that its parent is run for."""


class RunRequest(Stored):
    """The one argument of every kind's Temporal workflow.

    A schedule sends `automation_id` alone; a delivery or a direct run sends `run_id` of a queued row; a parent run
    sends a new `run_id`, `child` and `input`.
    """

    run_id: uuid.UUID | None = None
    automation_id: uuid.UUID | None = None
    child: ChildOf | None = None
    input: JsonValue = None
    runner: str | None = None
    """The type of the agent's runner, whose task queue then opens, calls and closes the run in one activity. None: the
    workflow opens the run first."""


class OpenRun(Stored):
    """Argument of `open_run`."""

    request: RunRequest
    kind: Kind
    due_at: Instant | None
    started_at: Instant
    temporal_workflow_id: str
    temporal_run_id: str
    call_is_claimed: bool = False
    """An agent's run is running only once its call is claimed; False in workflows of versions that claim none."""
    trace_id: uuid.UUID | None = None
    """The trace that the activity is part of, which sets it."""


class OpenedRun(Stored):
    """Result of `open_run`: the run, and whether it was admitted."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    kind: Kind
    primitive_id: uuid.UUID
    primitive_slug: str
    primitive_name: str
    automation_id: uuid.UUID | None = None
    automation_name: str | None = None
    admitted: bool
    held_by: HeldBy | None = None
    """What it waits for before it may start; its workflow waits for the signal that something has been decided."""
    status: RunStatus
    reason: str | None = None
    input: JsonValue = None
    due_at: Instant | None = None
    spec: dict[str, JsonValue] = Field(default_factory=dict)
    """The spec with secrets redacted; activities read secrets from the database."""
    capacities: dict[str, int] = Field(default_factory=dict)
    """Capacity of each member, by slug."""
    runners: dict[str, str] = Field(default_factory=dict)
    """Type of each member's runner, by slug."""


class AgentCall(Stored):
    """Argument of the activity `call-agent`."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    primitive_id: uuid.UUID
    input: JsonValue = None
    due_at: Instant | None = None
    """The due time that the run is for, however late it is run."""
    timeout_seconds: float
    max_attempts: int | None = None
    """Maximum attempts of the agent; None leaves the count to Temporal, as workflows of older versions do."""
    may_accept: bool = False
    """Whether the workflow itself waits for the callback of an agent that accepts the call with 202."""


class AgentAnswer(Stored):
    """Answer of a runner. A cost of None is unknown, not 0."""

    accepted_until: Instant | None = None
    """The agent accepted the call and answers until then by calling back; there is no output yet."""

    output: JsonValue = None
    cost_usd: Decimal | None = None
    tokens: Tokens | None = None
    model: str | None = None


class HttpStepCall(Stored):
    """Argument of the activity `call-http-step`; URL and secrets are read from the spec."""

    run_id: uuid.UUID
    primitive_id: uuid.UUID
    key: str
    body: JsonValue = None


class StepChange(Stored):
    """New state of a step. `path` is its dotted path in the tree, `position` orders siblings."""

    path: str
    key: str
    kind: str
    status: StepStatus
    position: int = 0
    child_run_id: uuid.UUID | None = None
    output: JsonValue = None
    error: RunError | None = None
    detail: str | None = None
    facts: StepFacts | None = None
    """What explains it, where that is known. null: as it was stored before."""
    at: Instant | None = None
    """When it changed. null: at the time of all changes."""


class StepChanges(Stored):
    """Steps of one run that are stored together."""

    run_id: uuid.UUID
    at: Instant
    steps: tuple[StepChange, ...]


class RunMark(Stored):
    """Argument of `mark_run`: an open run starts or stops waiting."""

    run_id: uuid.UUID
    status: RunStatus


class RunOutcome(Stored):
    """Argument of `close_run`."""

    run_id: uuid.UUID
    status: RunStatus
    finished_at: Instant
    output: JsonValue = None
    error: RunError | None = None
    reason: str | None = None
    facts: RunFacts | None = None
    """What explains the run, besides its steps."""
    interventions: int = 0
    """How often somebody has touched the run: signals, a cancellation, a rejection."""
    gates: int = 0
    """How often it has asked for an approval, as planned."""


class RunTouches(Stored):
    """Argument of `record_touches`: how often somebody has touched a run that one activity has carried out."""

    run_id: uuid.UUID
    interventions: int


class RunResult(Stored):
    """Result of a run's Temporal workflow."""

    run_id: uuid.UUID
    status: RunStatus
    output: JsonValue = None
    error: RunError | None = None
    reason: str | None = None


class AgentRunEnd(Stored):
    """Result of the activity `run-agent`: the run's result, or why the workflow has to go on."""

    result: RunResult | None = None
    accepted_until: Instant | None = None
    """The agent accepted the call and answers until then by calling back."""
    held_by: HeldBy | None = None
    """What the run waits for before it may start."""
