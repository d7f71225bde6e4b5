"""Signals, the update `cancel` and the query `progress` of a run's Temporal workflow.

The arguments refuse unknown fields and have a default for every field that a person may leave out, because people
type them by hand.
"""

import uuid
from typing import ClassVar, Literal

from pydantic import ConfigDict, Field, JsonValue

from models.contracts.base import Contract, Instant, Stored
from models.states import RunStatus, StepStatus

BY_FLOW_CONTROL = "flow control"
"""Who cancels a run that a newer one replaces."""


class SignalNote(Contract):
    """The argument of `pause`, `resume` and `evaluate_now`; every field is optional."""

    by: str = Field("operator", max_length=200)
    """The sender. The API sets the name of the API key; in a signal sent directly to Temporal it is not verified."""
    reason: str = Field("", max_length=2000)
    """Why."""


class ApprovalDecision(Contract):
    """The argument of `approve` and `reject`."""

    step: str | None = None
    """The approval step's key. Optional in a run that has only one."""
    by: str = Field("operator", max_length=200)
    """Who decides. The API sets the name of the API key; in a signal sent directly to Temporal it is not verified."""
    comment: str = Field("", max_length=2000)
    """Why; part of the step's output."""
    authenticated: bool = False
    """Of no effect, as anybody can set it. The API of earlier versions did, and histories of runs have it."""


class Decided(Stored):
    """The answer of the updates `approve` and `reject`: the step that was decided."""

    step: str
    """The step that was decided."""
    approved: bool
    """Whether it was approved."""


class NewTask(Contract):
    """The argument of `add_task`: a task for an open mission of a running campaign."""

    name: str = Field(min_length=1, max_length=200)
    """The task's name, unique in its mission."""
    agent: str = Field(min_length=1, max_length=63)
    """The agent's slug."""
    input: JsonValue = None
    """Its input. null: the run's input."""
    mission: str | None = None
    """The mission's name; by default the last one that is open."""


class TaskRef(Contract):
    """The argument of `skip_task`: a task that has not started."""

    task: str = Field(min_length=1, max_length=401)
    """The task's name, or `mission/task` if two missions have a task of that name."""
    reason: str = Field("", max_length=2000)
    """Why."""


class TaskChanged(Stored):
    """The answer of the updates `add_task` and `skip_task`."""

    mission: str
    """The mission's name."""
    task: str
    """The task's name."""


class RefusedSignal(Stored):
    """A signal that could not be applied, and why."""

    signal: str
    """The signal's name."""
    reason: str
    """Why it could not be applied."""
    at: Instant
    """When it arrived."""


class SentMessage(Stored):
    """A message to a run, and the API's proof that it has sent it and verified the name in it."""

    temporal_workflow_id: str
    """The run's Temporal workflow."""
    message: str
    """Name of the signal or update."""
    argument: JsonValue
    """Its argument, as it was sent."""
    proof: str
    """What the API has signed; it may be anything until it is verified."""


class RunPause(Stored):
    """The change of a pause: the run is held before its next step, or resumes if `paused` is null."""

    run_id: uuid.UUID
    """The run."""
    paused: SignalNote | None
    """Who pauses it. null: it resumes."""
    at: Instant
    """When."""
    sent: SentMessage | None = None
    """The message, if it came with a proof."""


class AvailableAgent(Stored):
    """An agent that a planner may give tasks to."""

    slug: str
    """The agent's slug, for a task's `agent`."""
    name: str
    """Its name."""
    description: str
    """What it does; may be empty."""


class AgentCheck(Stored):
    """Asks whether an agent can be called."""

    agent: str
    """The agent's slug."""


class CancelRequest(Contract):
    """Argument of the update `cancel`. It may be left out."""

    # Runs that were cancelled before 2026-12 have accepted unknown fields and texts of any length: their histories must
    # decode. The update's validator refuses both (`workflows/runs/signals.py`).
    model_config = ConfigDict(extra="allow")
    MOST_CHARACTERS: ClassVar[int] = 2000

    reason: str = "cancelled by an operator"
    """Why; stored as the run's reason."""
    by: str = "operator"
    """Who cancels."""


class CancelAccepted(Stored):
    """Answer of the update `cancel`. The run closes when everything below it has stopped."""

    run_id: uuid.UUID | None
    """The run. null if the update arrived before the run was opened."""
    reason: str
    """The reason that was given."""


class StepProgress(Stored):
    """One step in the answer of the query `progress`."""

    path: str
    """Dotted path of the step in the run, such as `fetch` or `m0.t2`."""
    status: StepStatus
    """Its status."""
    child_run_id: uuid.UUID | None = None
    """The child run that carries it out. null: none, or not yet."""


class RunProgress(Stored):
    """Answer of the query `progress`."""

    run_id: uuid.UUID | None
    """The run. null before it is opened."""
    status: RunStatus
    """Its status."""
    doing: str
    """What it is doing, as text."""
    paused: bool
    """Whether it was paused by a signal."""
    steps: tuple[StepProgress, ...] = ()
    """Its steps so far."""
    refused: tuple[RefusedSignal, ...] = ()
    """The latest signals that could not be applied, oldest first."""


class SignalRequest(Contract):
    """A signal to a run. Which signals a run accepts depends on its kind."""

    signal: Literal["pause", "resume", "approve", "reject", "add_task", "skip_task", "evaluate_now"]
    """Name of the signal."""
    argument: dict[str, JsonValue] = Field(default_factory=dict)
    """Argument of the signal, as an object."""
