"""What people send to a running run by hand, and what the query `progress` answers."""

import uuid
from typing import Literal

from pydantic import Field, JsonValue

from models.contracts.base import Contract, Instant, Stored
from models.states import RunStatus, StepStatus


class SignalNote(Contract):
    """The argument of `pause`, `resume` and `evaluate_now`; every field is optional."""

    by: str = Field("operator", max_length=200)
    """Who sends it. The API fills in the name of the API key; what is sent straight to Temporal is only claimed."""
    reason: str = Field("", max_length=2000)


class ApprovalDecision(Contract):
    """The argument of `approve` and `reject`."""

    step: str | None = None
    """The approval step's key. May be left out while exactly one step waits."""
    by: str = Field("operator", max_length=200)
    """Who decides. The API fills in the name of the API key; what is sent straight to Temporal is only claimed."""
    comment: str = Field("", max_length=2000)
    authenticated: bool = False
    """Set by the API, which knows who asked."""


class Decided(Stored):
    """The answer of the updates `approve` and `reject`: the step that was decided."""

    step: str
    approved: bool


class NewTask(Contract):
    """The argument of `add_task`: a task for an open mission of a running campaign."""

    name: str = Field(min_length=1, max_length=200)
    agent: str = Field(min_length=1, max_length=63)
    """The agent's slug."""
    input: JsonValue = None
    mission: str | None = None
    """The mission's name; by default the last one that is open."""


class TaskRef(Contract):
    """The argument of `skip_task`: a task that has not started."""

    task: str = Field(min_length=1, max_length=401)
    """The task's name, or `mission/task` where two missions have a task of that name."""
    reason: str = Field("", max_length=2000)


class TaskChanged(Stored):
    """The answer of the updates `add_task` and `skip_task`."""

    mission: str
    task: str


class RefusedSignal(Stored):
    """A signal that could not be applied, and why."""

    signal: str
    reason: str
    at: Instant


class RunPause(Stored):
    """A run that is held before its next step; `paused` is null when it goes on."""

    run_id: uuid.UUID
    paused: SignalNote | None
    at: Instant


class AgentCheck(Stored):
    """Asks whether an agent can be called."""

    agent: str


class CancelRequest(Stored):
    """The argument of the update `cancel`."""

    reason: str = "cancelled by an operator"
    by: str = "operator"


class CancelAccepted(Stored):
    """The answer of the update `cancel`: the run is being cancelled."""

    run_id: uuid.UUID | None
    reason: str


class StepProgress(Stored):
    """One step in the answer to the query `progress`."""

    path: str
    status: StepStatus
    child_run_id: uuid.UUID | None = None


class RunProgress(Stored):
    """The answer to the query `progress`."""

    run_id: uuid.UUID | None
    status: RunStatus
    doing: str
    paused: bool
    steps: tuple[StepProgress, ...] = ()
    refused: tuple[RefusedSignal, ...] = ()
    """The latest signals that could not be applied, oldest first."""


class SignalRequest(Contract):
    """A signal to a run, by the signal's name with its argument."""

    signal: Literal["pause", "resume", "approve", "reject", "add_task", "skip_task", "evaluate_now"]
    argument: dict[str, JsonValue] = Field(default_factory=dict)
