"""Specs: what a primitive runs. One spec class per kind, chosen by the primitive's `kind`.

Rules that span several fields (unknown `needs`, cycles, expressions) are in `models/rules/specs/structure.py`.
Runners and steps are re-exported here: this is the one module to import spec classes from.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.base import Contract, Expression, JsonObject, Name, Slug
from models.contracts.primitives.pipelines import STEP_KEY_PATTERN, ApprovalStep, HttpStep, StepKey, StepSpec, WaitStep
from models.contracts.primitives.runners import (
    FUNCTION_PATTERN,
    MODEL_PATTERN,
    HttpRunner,
    McpServer,
    ModelRunner,
    ModelUsageLimits,
    PythonRunner,
    RetrySpec,
    Runner,
    SimulatedRunner,
)
from models.kinds import Kind
from models.limits import MAX_AGENT_SECONDS, MAX_CAMPAIGN_TASKS, MAX_HOPS, MAX_MISSIONS, MAX_STEPS

__all__ = (
    "FUNCTION_PATTERN",
    "MODEL_PATTERN",
    "SPECS",
    "STEP_KEY_PATTERN",
    "AgentRouter",
    "AgentSpec",
    "ApprovalStep",
    "BaseSpec",
    "CampaignSpec",
    "CapacityBounds",
    "HttpRunner",
    "HttpStep",
    "McpServer",
    "Member",
    "MissionSpec",
    "ModelRunner",
    "ModelUsageLimits",
    "NetworkSpec",
    "PipelineSpec",
    "PulseMember",
    "PulseSpec",
    "PythonRunner",
    "RetrySpec",
    "Router",
    "RoutingRule",
    "RulesRouter",
    "Runner",
    "SequenceRouter",
    "SimulatedRunner",
    "Spec",
    "StepKey",
    "StepSpec",
    "TaskSpec",
    "WaitStep",
)


class Member(Contract):
    """An agent that a primitive uses."""

    agent: Slug
    """The agent's slug."""
    role: str
    """What the primitive uses it for: `member`, `router`, `planner`, `step:<key>` or `task:<mission>/<task>`."""
    weight: float = 1.0
    """Its weight; only a pulse's members have one other than 1."""


class BaseSpec(Contract):
    """Common base of the five specs."""


class AgentSpec(BaseSpec):
    """An agent: one runner, called once per run."""

    runner: Runner
    """How the agent is called: `model`, `http`, `python` or `simulated`."""
    capacity: int | None = Field(None, ge=1, le=1000)
    """Most runs of this agent at once, whoever calls it; more wait. A pulse may change it. null: no limit, but one at a
    time within one campaign."""
    timeout_seconds: float = Field(300.0, gt=0, le=MAX_AGENT_SECONDS)
    """Time limit of one attempt, in seconds, the wait for a callback included."""
    retry: RetrySpec = RetrySpec()
    """Retries of a failed call."""
    output_schema: JsonObject | None = None
    """JSON Schema that the answer must satisfy; an answer that does not is a failed attempt. Remote `$ref`s are
    refused."""


class PipelineSpec(BaseSpec):
    """A workflow: a graph of steps. The output holds the outputs of the steps that no other step needs, by key."""

    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=MAX_STEPS)
    """The steps; their order matters only for display."""


class SequenceRouter(Contract):
    """Runs every member once, in the order of `members`."""

    type: Literal["sequence"] = "sequence"
    """Always `sequence`."""


class RoutingRule(Contract):
    """One rule of a rules router."""

    when: Expression
    """CEL over `input`, `last` (`{agent, output}` of the hop before) and `hops` (hops so far) that yields true or
    false."""
    next: Slug | None = None
    """Slug of the member that runs next. null ends the run."""


class RulesRouter(Contract):
    """Starts with `first`; after each hop, the first rule that holds names the next member. If none holds, the run
    ends.
    """

    type: Literal["rules"] = "rules"
    """Always `rules`."""
    first: Slug
    """Slug of the member that runs first."""
    rules: tuple[RoutingRule, ...] = ()
    """Rules, tried in order."""


class AgentRouter(Contract):
    """Asks an agent before each hop. It answers `{"next": slug}` or `{"done": true, "answer": ...}`."""

    type: Literal["agent"] = "agent"
    """Always `agent`."""
    agent: Slug
    """Slug of the agent that routes. It need not be a member."""


Router = Annotated[SequenceRouter | RulesRouter | AgentRouter, Field(discriminator="type")]


class NetworkSpec(BaseSpec):
    """A network: a router passes the task from member to member, until it is done or out of hops.

    The first member gets the run's input, each later one `{"input": run's input, "last": output of the hop before}`.
    """

    members: tuple[Slug, ...] = Field(min_length=1, max_length=50)
    """Slugs of the member agents."""
    router: Router = SequenceRouter()
    """How the next member is chosen."""
    max_hops: int = Field(8, ge=1, le=MAX_HOPS)
    """Maximum hops of one run, which then completes with the last output."""


class TaskSpec(Contract):
    """A task: one run of one agent. The agent gets `{"objective", "mission", "task", "input"}`."""

    name: Name
    """Unique in its mission."""
    agent: Slug
    """Slug of the agent that carries it out."""
    input: JsonValue = None
    """The `input` that the agent gets. null: the run's input."""


class MissionSpec(Contract):
    """Tasks that run in parallel. A mission starts when the one before it has ended."""

    name: Name
    """Unique in the campaign."""
    tasks: tuple[TaskSpec, ...] = Field(min_length=1, max_length=MAX_CAMPAIGN_TASKS)
    """The tasks. All missions together have at most 2,000."""


class CampaignSpec(BaseSpec):
    """A campaign: an objective, and missions that are listed here or written by a planner agent for each run."""

    objective: str = Field(min_length=1, max_length=10_000)
    """What the campaign should achieve; sent to every agent."""
    missions: tuple[MissionSpec, ...] = Field((), max_length=MAX_MISSIONS)
    """The missions, in order. Empty: `planner` writes them."""
    planner: Slug | None = None
    """Slug of the agent that writes the missions. Required without `missions`, not allowed with them."""
    concurrency: int = Field(4, ge=1, le=100)
    """Maximum concurrent tasks; each agent's capacity applies too."""
    min_success_rate: float = Field(100.0, ge=0, le=100)
    """Percentage of tasks that must complete for the campaign to complete. Skipped tasks do not count."""


class PulseMember(Contract):
    """An agent that a pulse evaluates."""

    agent: Slug
    """The agent's slug."""
    weight: float = Field(1.0, gt=0, le=1000)
    """Its weight in the ranking: score = success rate times weight."""


class CapacityBounds(Contract):
    """Limits within which a pulse may change a member's capacity."""

    minimum: int = Field(1, ge=1, le=1000)
    """Lowest capacity; at most `maximum`."""
    maximum: int = Field(10, ge=1, le=1000)
    """Highest capacity."""


class PulseSpec(BaseSpec):
    """A pulse: ranks its members by the runs that ended since the last evaluation, and may change their capacity."""

    goal: str = Field(min_length=1, max_length=10_000)
    """What the members work towards; part of each evaluation's output."""
    members: tuple[PulseMember, ...] = Field(min_length=1, max_length=200)
    """The agents to evaluate."""
    capacity: CapacityBounds | None = None
    """How far capacities may be changed. null: the evaluation only reports."""
    promote_above: float = Field(95.0, ge=0, le=100)
    """A success rate (percent) at or above which a member's capacity is raised by one."""
    demote_below: float = Field(60.0, ge=0, le=100)
    """A success rate (percent) below which a member's capacity is lowered by one; at most `promoteAbove`."""
    min_runs: int = Field(5, ge=1)
    """A member with fewer finished runs is neither promoted nor demoted."""
    settle_seconds: float = Field(0.0, ge=0, le=86400)
    """Longest wait for members' running runs before the evaluation, in seconds. The signal `evaluate_now` ends it."""


Spec = AgentSpec | PipelineSpec | NetworkSpec | CampaignSpec | PulseSpec

SPECS: Mapping[Kind, type[Spec]] = {
    Kind.AGENT: AgentSpec,
    Kind.WORKFLOW: PipelineSpec,
    Kind.NETWORK: NetworkSpec,
    Kind.CAMPAIGN: CampaignSpec,
    Kind.PULSE: PulseSpec,
}
