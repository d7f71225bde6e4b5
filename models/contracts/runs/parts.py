"""Parts of runs and what they cost: steps, hops, tasks, and the attempts of a call."""

import uuid

from models.contracts.base import Contract, Exact, Instant
from models.contracts.runs.views import RunError
from models.states import StepStatus


class CostView(Contract):
    """A cost, of which a part may be unknown."""

    known_usd: Exact | None
    """The known part, in US dollars. null: no part is known."""
    unknown: int
    """Calls whose cost is unknown; above 0 the cost is incomplete."""
    calls: int
    """Agent runs that have ended."""


class PartView(Contract):
    """A part of a run: a step, a hop, a task."""

    path: str
    """Its path in the tree of the run, such as `fetch` or `m0.t2`."""
    name: str
    """Key of the step, or name of the task."""
    status: StepStatus
    """Its status."""
    agent: str | None
    """Slug of the agent that carries it out."""
    run_id: uuid.UUID | None
    """Its child run; the last one, if it was tried again."""
    tries: int
    """Attempts at it: of the calls in all its child runs; of a map, at its items."""
    started_at: Instant | None
    """When it started."""
    finished_at: Instant | None
    """When it ended."""
    cost: CostView
    """The cost of its child runs."""
    error: RunError | None
    """Why it failed; long messages are cut."""


class AttemptView(Contract):
    """One attempt of the call of an agent."""

    number: int
    """Its number, from 1."""
    started_at: Instant | None
    """When it started. null: not recorded."""
    ended_at: Instant | None
    """When it ended. null: it is under way, or its worker was lost."""
    error: RunError | None
    """Why it failed. null: it succeeded, or has not ended."""
    cost_usd: Exact | None
    """Its cost in US dollars. null: unknown."""
    run_id: uuid.UUID | None = None
    """The child run that it was. null: an attempt within one run."""
