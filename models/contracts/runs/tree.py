"""The tree of a run as a timeline: each step and child run is one node, with the spans in which it waited or worked."""

import uuid
from typing import Literal

from models.contracts.base import Contract, Instant
from models.contracts.runs.parts import AttemptView, CostView
from models.contracts.runs.views import RunError
from models.kinds import Kind
from models.states import RunStatus, StepStatus

WaitedFor = Literal["start", "slot", "decision", "timer", "retry", "members"]


class Span(Contract):
    """A time in which a node waited or worked."""

    waited_for: WaitedFor | None
    """What it waited for: its `start` (flow control, a worker), a free `slot` beside its siblings, a `decision`, a
    `timer`, its next try (`retry`), or runs of `members`. null: it worked."""
    started_at: Instant
    """When it began."""
    ended_at: Instant | None
    """When it ended. null: it goes on."""


class RunNode(Contract):
    """A node of the tree: a step, together with the child run that carries it out, or a run without a step."""

    path: str
    """Path of the step in its run; of a run without a step, its id."""
    name: str
    """Key of the step, name of the mission or task, or name of what runs."""
    what: str
    """What it is: the kind of the step (`agent`, `map`, `item`, `http`, `wait`, `approval`, `hop`, `router`, `planner`,
    `mission`, `task`, `collect`), or `run`."""
    status: RunStatus | StepStatus
    """Its status."""
    detail: str | None
    """Further details as text."""
    run_id: uuid.UUID | None
    """The child run that carries it out."""
    run_kind: Kind | None
    """Kind of the child run."""
    agent: str | None
    """Name of what its child run runs."""
    started_at: Instant | None
    """When it began to wait or to work. null: not yet."""
    ended_at: Instant | None
    """When it ended."""
    spans: tuple[Span, ...]
    """When it waited and when it worked, in order; at most 100."""
    attempts: tuple[AttemptView, ...]
    """Its attempts, where there was more than one; at most 20."""
    cost: CostView
    """The cost of its child runs."""
    error: RunError | None
    """Why it failed; long messages are cut."""
    below: dict[StepStatus, int]
    """The nodes directly below it, by status; empty where there are none."""


class RunTree(Contract):
    """A part of the tree of a run: what is directly below one of its nodes, from an offset on."""

    run: RunNode
    """The run itself."""
    under: str | None
    """Path of the node whose children these are. null: those at the top."""
    total: int
    """How many there are."""
    by_status: dict[str, int]
    """How many there are, by status, whatever status was asked for."""
    offset: int
    """How many come before these."""
    nodes: tuple[RunNode, ...]
    """The nodes, in order."""
    now: Instant
    """The server's time, at which spans without an end go on."""
