"""Signals, the update `cancel` and the query `progress` of a run's Temporal workflow.

The arguments ignore unknown fields and have a default for every field that a person may leave out, because people
type them by hand.
"""

import uuid
from typing import Literal

from pydantic import Field, JsonValue

from models.contracts.base import Contract, Stored
from models.states import RunStatus, StepStatus


class SignalNote(Stored):
    """Argument of `pause`, `resume` and `evaluate_now`. It may be left out."""

    by: str = "operator"
    """Who sends the signal."""
    reason: str = ""
    """Why."""


class ApprovalDecision(Stored):
    """Argument of `approve` and `reject`. It may be left out."""

    step: str | None = None
    """Key of the approval step. null: the step that has waited longest."""
    by: str = "operator"
    """Who decides."""
    comment: str = ""
    """Why; part of the step's output."""


class NewTask(Stored):
    """Argument of `add_task`. Ignored if no mission is open, or the mission has a task of that name."""

    name: str
    """The task's name, unique in its mission."""
    agent: str
    """Slug of the agent that does it."""
    input: JsonValue = None
    """Its input. null: the run's input."""
    mission: str | None = None
    """Name of the mission. null: the last one that has not ended."""


class TaskRef(Stored):
    """Argument of `skip_task`. Ignored if the task has started."""

    task: str
    """`<mission>/<task>`, or the task's name alone for all tasks of that name."""
    reason: str = ""
    """Why."""


class CancelRequest(Stored):
    """Argument of the update `cancel`. It may be left out."""

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
    """What it is doing, in words."""
    paused: bool
    """Whether it was paused by a signal."""
    steps: tuple[StepProgress, ...] = ()
    """Its steps so far."""


class SignalRequest(Contract):
    """A signal to a run. Which signals a run accepts depends on its kind."""

    signal: Literal["pause", "resume", "approve", "reject", "add_task", "skip_task", "evaluate_now"]
    """Name of the signal."""
    argument: dict[str, JsonValue] = Field(default_factory=dict)
    """Argument of the signal, as an object."""
