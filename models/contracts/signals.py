"""What people send to a running run by hand, and what the query `progress` answers."""

import uuid
from typing import Literal

from pydantic import Field, JsonValue

from models.contracts.base import Contract, Stored
from models.states import RunStatus, StepStatus


class SignalNote(Stored):
    """Who signals and why; both optional, so that a signal can be sent by hand with no input."""

    by: str = "operator"
    reason: str = ""


class ApprovalDecision(Stored):
    """Approve or reject a step that waits for a person; no step named means the one that waits."""

    step: str | None = None
    by: str = "operator"
    comment: str = ""


class NewTask(Stored):
    """A task that `add_task` puts into a running campaign, in its last open mission unless one is named."""

    name: str
    agent: str
    input: JsonValue = None
    mission: str | None = None


class TaskRef(Stored):
    """A task that has not started, as `mission/task` or the task's name."""

    task: str
    reason: str = ""


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


class SignalRequest(Contract):
    """A signal to a run, by the signal's name with its argument."""

    signal: Literal["pause", "resume", "approve", "reject", "add_task", "skip_task", "evaluate_now"]
    argument: dict[str, JsonValue] = Field(default_factory=dict)
