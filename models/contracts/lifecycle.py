"""What crosses Temporal while a run lives: its request, its opening, its calls and steps, its outcome."""

import uuid
from decimal import Decimal

from pydantic import Field, JsonValue

from models.contracts.base import Instant, Stored
from models.contracts.runs import RunError, Tokens
from models.kinds import Kind
from models.states import RunStatus, StepStatus


class ChildOf(Stored):
    """Whose child a run is, and what it runs."""

    parent_run_id: uuid.UUID
    root_run_id: uuid.UUID
    agent: str
    step: str


class RunRequest(Stored):
    """The one argument of every kind's Temporal workflow.

    A schedule gives `automation_id` alone; a delivery or a direct execute gives `run_id` of a queued row; a parent
    gives `run_id` (new), `child` and `input`.
    """

    run_id: uuid.UUID | None = None
    automation_id: uuid.UUID | None = None
    child: ChildOf | None = None
    input: JsonValue = None


class OpenRun(Stored):
    """What `open_run` needs to make or find the row."""

    request: RunRequest
    kind: Kind
    due_at: Instant | None
    started_at: Instant
    temporal_workflow_id: str
    temporal_run_id: str


class OpenedRun(Stored):
    """A run that is open, or the reason why it is not."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    kind: Kind
    primitive_id: uuid.UUID
    primitive_slug: str
    primitive_name: str
    automation_id: uuid.UUID | None = None
    automation_name: str | None = None
    admitted: bool
    status: RunStatus
    reason: str | None = None
    input: JsonValue = None
    due_at: Instant | None = None
    spec: dict[str, JsonValue] = Field(default_factory=dict)
    """The spec with every secret blanked; what needs a secret reads it where it is used."""
    capacities: dict[str, int] = Field(default_factory=dict)
    """How many calls of each member may be under way at once."""


class AgentCall(Stored):
    """One call of an agent."""

    run_id: uuid.UUID
    root_run_id: uuid.UUID
    primitive_id: uuid.UUID
    input: JsonValue = None
    timeout_seconds: float


class AgentAnswer(Stored):
    """What a runner answered, and what it cost; None is unknown, never free."""

    output: JsonValue = None
    cost_usd: Decimal | None = None
    tokens: Tokens | None = None
    model: str | None = None


class HttpStepCall(Stored):
    """One HTTP step of a pipeline; where it goes and with which secrets is read from the spec."""

    run_id: uuid.UUID
    primitive_id: uuid.UUID
    key: str
    body: JsonValue = None


class StepChange(Stored):
    """A step's newest state; `position` orders siblings, `path` is the dotted place in the tree."""

    path: str
    key: str
    kind: str
    status: StepStatus
    position: int = 0
    child_run_id: uuid.UUID | None = None
    output: JsonValue = None
    error: RunError | None = None
    detail: str | None = None


class StepChanges(Stored):
    """Steps of one run that changed together."""

    run_id: uuid.UUID
    at: Instant
    steps: tuple[StepChange, ...]


class RunMark(Stored):
    """An open run that starts or stops waiting."""

    run_id: uuid.UUID
    status: RunStatus


class RunOutcome(Stored):
    """How a run ended."""

    run_id: uuid.UUID
    status: RunStatus
    finished_at: Instant
    output: JsonValue = None
    error: RunError | None = None
    reason: str | None = None


class RunResult(Stored):
    """What a run's Temporal workflow returns."""

    run_id: uuid.UUID
    status: RunStatus
    output: JsonValue = None
    error: RunError | None = None
    reason: str | None = None
