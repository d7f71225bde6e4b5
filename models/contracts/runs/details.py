"""What a run of each kind shows of itself, beyond what all runs have: one contract per kind, told apart by `kind`."""

from typing import Annotated, Literal

from pydantic import Field

from models.contracts.base import Contract, Exact, Instant
from models.contracts.runs.facts import Routing
from models.contracts.runs.parts import AttemptView, CostView, PartView
from models.contracts.runs.views import RunError
from models.kinds import Kind
from models.states import StepStatus


class AgentDetails(Contract):
    """The call of an agent."""

    kind: Literal[Kind.AGENT] = Kind.AGENT
    """Always `agent`."""
    runner: str | None
    """Type of the agent's runner, as it is now."""
    called_at: Instant | None
    """When the agent was called first. null: not yet."""
    callback_until: Instant | None
    """Until when an agent that accepted the call may call back. null: it did not, or has answered."""
    failed_attempts: int
    """Attempts that the agent has failed."""
    attempts: tuple[AttemptView, ...] | None
    """Its latest attempts, where there was more than one or one has failed. null: not recorded."""


class ItemCounts(Contract):
    """The items of a map step."""

    total: int | None
    """How many there are. null: not known yet."""
    by_status: dict[StepStatus, int]
    """How many have begun, by status."""


class GateDecision(Contract):
    """What was decided at an approval step."""

    approved: bool
    """Whether it was approved."""
    by: str
    """Who decided."""
    by_is_claimed: bool
    """Whether `by` is only what the sender says: it was sent straight to Temporal, not through the API."""
    comment: str
    """Why; empty if nothing was said."""


class Gate(Contract):
    """An approval step: a question, and the decision of a person."""

    question: str
    """What is to be decided."""
    expires_at: Instant | None
    """Until when. null: not asked yet, or not recorded."""
    decision: GateDecision | None
    """The decision. null: none so far, or none in time."""


class WorkflowStep(PartView):
    """A step of a workflow."""

    action: str
    """What it does: `agent`, `map`, `http`, `wait` or `approval`."""
    does: str
    """The same in detail: the slug of its agent, or `POST https://...`."""
    needs: tuple[str, ...] | None
    """Keys of the steps that had to end first. null: not recorded."""
    when: str | None
    """Its condition. null: none, or not recorded."""
    condition: bool | None
    """Whether the condition held. null: it has none, or was not evaluated."""
    continues: bool
    """Whether the run goes on where it fails."""
    until: Instant | None
    """When the timer of a waiting step ends."""
    items: ItemCounts | None
    """The items of a map."""
    gate: Gate | None
    """The question of an approval step."""


class WorkflowDetails(Contract):
    """The steps of a workflow."""

    kind: Literal[Kind.WORKFLOW] = Kind.WORKFLOW
    """Always `workflow`."""
    steps: tuple[WorkflowStep, ...]
    """Its steps, in the order of the spec."""


class Hop(PartView):
    """The turn of one member of a network."""

    number: int
    """Its number, from 1."""
    visit: int
    """Which turn of this member it is, from 1: above 1, the route has come back to it."""
    why: Routing | None
    """Why the router chose this member. null: not recorded."""
    because: str | None
    """The same in words."""
    router: PartView | None
    """The call in which the router agent chose it."""


class NetworkDetails(Contract):
    """The route through a network."""

    kind: Literal[Kind.NETWORK] = Kind.NETWORK
    """Always `network`."""
    hops: tuple[Hop, ...]
    """The route so far."""
    max_hops: int | None
    """Most hops. null: not recorded."""
    ended: Routing | None
    """Why it ended. null: it has not, it failed or was cancelled, or it is not recorded."""
    ended_because: str | None
    """The same in words."""
    router: PartView | None
    """The latest call of the router agent, if no hop followed it: it decides now, has ended the run, or has failed."""


class TaskView(PartView):
    """A task of a mission."""


class MissionView(Contract):
    """A mission and its tasks."""

    path: str
    """Its path in the tree of the run, such as `m0`."""
    name: str
    """Its name."""
    status: StepStatus
    """Its status."""
    started_at: Instant | None
    """When it started."""
    finished_at: Instant | None
    """When it ended."""
    cost: CostView
    """The cost of its tasks."""
    by_status: dict[StepStatus, int]
    """Its tasks by status."""
    tasks: tuple[TaskView, ...]
    """Its tasks."""


class TaskFailures(Contract):
    """Tasks that failed with the same message."""

    error: RunError
    """The error."""
    tasks: int
    """How many."""
    first: str
    """Path of the first of them."""


class AfterActionReport(Contract):
    """What a campaign has achieved."""

    tasks: int
    """Tasks that count: skipped ones do not."""
    by_status: dict[StepStatus, int]
    """All tasks by status."""
    success_rate: float | None
    """Percentage of the tasks that count which completed. null: none counts."""
    is_met: bool | None
    """Whether that is enough. null: it is not over, or what was required is not recorded."""
    failures: tuple[TaskFailures, ...]
    """Why tasks failed, most frequent first; at most 20."""
    slowest: str | None
    """Path of the task that took longest."""
    costliest: str | None
    """Path of the mission that cost most. null: no cost is known, or there is one mission only."""


class CampaignDetails(Contract):
    """Missions, tasks and the after-action report."""

    kind: Literal[Kind.CAMPAIGN] = Kind.CAMPAIGN
    """Always `campaign`."""
    objective: str | None
    """What it was to achieve. null: not recorded."""
    required_rate: float | None
    """Percentage of tasks that had to complete. null: not recorded."""
    planner: PartView | None
    """The call of the agent that wrote the missions. null: the spec lists them."""
    missions: tuple[MissionView, ...]
    """Its missions, in order."""
    report: AfterActionReport | None
    """What it has achieved so far. null: there are no tasks yet."""


class MemberView(Contract):
    """What a member of a pulse has achieved, and what the evaluation decided about it."""

    agent: str
    """The member's slug."""
    weight: float
    """Its weight in the ranking."""
    completed: int
    """Its runs that completed."""
    failed: int
    """Its runs that failed."""
    cost_usd: Exact | None
    """The cost of its runs. null: unknown, in part or whole."""
    mean_duration_ms: float | None
    """The mean duration of its runs. null: there were none."""
    place: int | None
    """Its place. null: the evaluation ended before it was ranked."""
    place_before: int | None
    """Its place in the evaluation before. null: it was not in it, or there was none."""
    score: float | None
    """Success rate in percent times weight. null: too few runs."""
    score_before: float | None
    """Its score in the evaluation before."""
    success_rate: float | None
    """Percentage of its runs that completed. null: too few runs."""
    action: Literal["promote", "demote", "keep", "wait"] | None
    """What was decided. null: nothing."""
    capacity: int
    """Its capacity before; 1 if it had no limit."""
    capacity_after: int
    """Its capacity afterwards."""
    reason: str | None
    """Why its capacity was changed."""


class PulseReport(Contract):
    """What an evaluation found and changed."""

    goal: str
    """What the members work towards."""
    since: Instant | None
    """The end of the evaluation before. null: it was the first."""
    until: Instant
    """Runs that ended until then count."""
    finished: int
    """Runs that count."""
    success_rate: float | None
    """Percentage of them that completed. null: there were none."""
    open_runs: int
    """Runs of members that were still open, and are left to the next evaluation."""
    has_ranking_before: bool
    """Whether there was an evaluation before with a ranking."""
    members: tuple[MemberView, ...]
    """The members, best first."""


class PulseDetails(Contract):
    """The evaluation of a pulse."""

    kind: Literal[Kind.PULSE] = Kind.PULSE
    """Always `pulse`."""
    collecting: str | None
    """What it has collected, as text. null: nothing yet."""
    report: PulseReport | None
    """What it found and changed. null: it has not ended, or it is not recorded."""


KindDetails = Annotated[
    AgentDetails | WorkflowDetails | NetworkDetails | CampaignDetails | PulseDetails, Field(discriminator="kind")
]
