"""What a primitive is made of: one spec per kind, told apart by the primitive's kind.

Structural rules (unknown needs, cycles, expressions) live in `models/rules/specs/structure.py`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, JsonValue

from models.contracts.base import Contract, JsonObject, Money, Name, Secret, Slug
from models.contracts.headers import Headers
from models.kinds import Kind


class Member(Contract):
    """An agent that a primitive uses, the part it plays and its weight there."""

    agent: Slug
    role: str
    weight: float = 1.0


class BaseSpec(Contract):
    """What the specs of all kinds answer."""


STEP_KEY_PATTERN = r"^[A-Za-z_][A-Za-z0-9_-]{0,62}$"
StepKey = Annotated[str, Field(pattern=STEP_KEY_PATTERN)]
MODEL_PATTERN = r"^[a-z0-9-]+:.+$"
FUNCTION_PATTERN = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
Expression = Annotated[str, Field(min_length=1, max_length=2000)]


class RetrySpec(Contract):
    """How often a failed call is tried again, and how long between tries."""

    max_attempts: int = Field(3, ge=1, le=20)
    initial_seconds: float = Field(1.0, gt=0, le=3600)
    backoff: float = Field(2.0, ge=1, le=10)
    max_seconds: float = Field(60.0, gt=0, le=86400)


class ModelUsageLimits(Contract):
    """Where a model run stops for good."""

    requests: int | None = Field(20, ge=1)
    total_tokens: int | None = Field(None, ge=1)


class McpServer(Contract):
    """A server of tools that speaks MCP over HTTP."""

    url: str
    headers: Headers = Field(default_factory=dict)


class ModelRunner(Contract):
    """A model of any provider that pydantic-ai knows, named `provider:model`."""

    type: Literal["model"] = "model"
    model: str = Field(pattern=MODEL_PATTERN, examples=["openai:gpt-5-mini"])
    instructions: str = ""
    base_url: str | None = None
    """Another endpoint that speaks the provider's protocol; then the provider's own key is never sent to it."""
    api_key: Secret | None = None
    """The endpoint's key, sealed at rest, or `env:NAME`; empty: the provider's own variable, if no `baseUrl` is set."""
    mcp: tuple[McpServer, ...] = ()
    limits: ModelUsageLimits = ModelUsageLimits(requests=20, total_tokens=None)
    max_tokens: int | None = Field(None, ge=1)
    temperature: float | None = Field(None, ge=0, le=2)


class HttpRunner(Contract):
    """The owner's own endpoint: a POST signed by Standard Webhooks; it answers, or accepts with 202 and calls back."""

    type: Literal["http"] = "http"
    url: str
    headers: Headers = Field(default_factory=dict)
    signing_secret: Secret | None = None
    cost_usd: Money | None = None
    """What one call costs, where the answer does not say; None is unknown."""


class PythonRunner(Contract):
    """A function of an allow-listed module, `module:function`, called with the run's input."""

    type: Literal["python"] = "python"
    function: str = Field(pattern=FUNCTION_PATTERN, examples=["runtime.builtin_agents:word_count"])
    cost_usd: Money | None = None


class SimulatedRunner(Contract):
    """A made-up agent for demos and load tests; its outcome is drawn once a run from the seed and the run's id."""

    type: Literal["simulated"] = "simulated"
    success_rate: float = Field(1.0, ge=0, le=1)
    duration_ms: int = Field(50, ge=0, le=3_600_000)
    cost_usd: Money | None = None
    tokens: int = Field(0, ge=0, le=1_000_000_000)
    seed: int = 0
    error: str = "the simulated agent failed"
    output: JsonValue = None


Runner = Annotated[ModelRunner | HttpRunner | PythonRunner | SimulatedRunner, Field(discriminator="type")]


class AgentSpec(BaseSpec):
    """One call of one runner."""

    runner: Runner
    capacity: int = Field(1, ge=1, le=1000)
    """How many calls of this agent one campaign or map step may have under way; a pulse may move it."""
    timeout_seconds: float = Field(300.0, gt=0, le=86400)
    retry: RetrySpec = RetrySpec()
    output_schema: JsonObject | None = None
    """A JSON Schema the answer must satisfy; an answer that does not is a failed attempt."""


class HttpStep(Contract):
    """A plain HTTP request as a step."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: str
    headers: Headers = Field(default_factory=dict)
    timeout_seconds: float = Field(30.0, gt=0, le=600)


class WaitStep(Contract):
    """A durable pause."""

    seconds: float = Field(gt=0, le=31_536_000)


class ApprovalStep(Contract):
    """A person decides by the signals `approve` and `reject`."""

    message: str = ""
    timeout_seconds: float = Field(604_800.0, gt=0, le=31_536_000)


class StepSpec(Contract):
    """One node of a pipeline's graph: exactly one of agent, http, wait and approval."""

    key: StepKey
    agent: Slug | None = None
    http: HttpStep | None = None
    wait: WaitStep | None = None
    approval: ApprovalStep | None = None
    needs: tuple[StepKey, ...] = ()
    when: Expression | None = None
    """CEL over `input` and `steps`; false skips the step."""
    input: Expression | None = None
    """CEL over `input`, `steps` and, in a map, `item`; default: everything the step needs."""
    map: Expression | None = None
    """CEL that yields a list; the step's agent runs once per item."""
    concurrency: int = Field(5, ge=1, le=100)
    retry: RetrySpec | None = None
    on_error: Literal["fail", "continue"] = "fail"

    @property
    def action(self) -> str:
        """Name what the step does: agent, map, http, wait or approval."""
        if self.agent:
            return "map" if self.map else "agent"
        return "http" if self.http else "wait" if self.wait else "approval"


class PipelineSpec(BaseSpec):
    """A graph of steps; what nothing waits for runs side by side."""

    steps: tuple[StepSpec, ...] = Field(min_length=1, max_length=200)


class SequenceRouter(Contract):
    """Every member once, in order."""

    type: Literal["sequence"] = "sequence"


class RoutingRule(Contract):
    """Where to go next when a condition over `input`, `last` and `hops` holds; `next` None ends the run."""

    when: Expression
    next: Slug | None = None


class RulesRouter(Contract):
    """The first rule that holds picks the next member; none holding ends the run."""

    type: Literal["rules"] = "rules"
    first: Slug
    rules: tuple[RoutingRule, ...] = ()


class AgentRouter(Contract):
    """An agent picks: it answers `{"next": slug}` or `{"done": true, "answer": ...}`."""

    type: Literal["agent"] = "agent"
    agent: Slug


Router = Annotated[SequenceRouter | RulesRouter | AgentRouter, Field(discriminator="type")]


class NetworkSpec(BaseSpec):
    """Members that hand a task on, until done or out of hops."""

    members: tuple[Slug, ...] = Field(min_length=1, max_length=50)
    router: Router = SequenceRouter()
    max_hops: int = Field(8, ge=1, le=100)


class TaskSpec(Contract):
    """One agent run of a mission."""

    name: Name
    agent: Slug
    input: JsonValue = None


class MissionSpec(Contract):
    """Tasks that belong together; a mission starts when the one before it has ended."""

    name: Name
    tasks: tuple[TaskSpec, ...] = Field(min_length=1, max_length=500)


class CampaignSpec(BaseSpec):
    """A template: an objective, and missions that are given or that a planner agent writes."""

    objective: str = Field(min_length=1, max_length=10_000)
    missions: tuple[MissionSpec, ...] = Field((), max_length=100)
    planner: Slug | None = None
    concurrency: int = Field(4, ge=1, le=100)
    min_success_rate: float = Field(100.0, ge=0, le=100)
    """The share of tasks, in percent, that must complete for the campaign to complete."""


class PulseMember(Contract):
    """An agent that a pulse watches."""

    agent: Slug
    weight: float = Field(1.0, gt=0, le=1000)


class CapacityBounds(Contract):
    """How far a pulse may move a member's capacity."""

    minimum: int = Field(1, ge=1, le=1000)
    maximum: int = Field(10, ge=1, le=1000)


class PulseSpec(BaseSpec):
    """A goal, the agents that work for it, and what its evaluation may do to them."""

    goal: str = Field(min_length=1, max_length=10_000)
    members: tuple[PulseMember, ...] = Field(min_length=1, max_length=200)
    capacity: CapacityBounds | None = None
    """None: the evaluation reports and changes nothing."""
    promote_above: float = Field(95.0, ge=0, le=100)
    demote_below: float = Field(60.0, ge=0, le=100)
    min_runs: int = Field(5, ge=1)
    """Fewer finished runs than this decide nothing about a member."""
    settle_seconds: float = Field(0.0, ge=0, le=86400)
    """How long to wait for members' running runs; the signal `evaluate_now` ends the wait."""


Spec = AgentSpec | PipelineSpec | NetworkSpec | CampaignSpec | PulseSpec

SPECS: Mapping[Kind, type[Spec]] = {
    Kind.AGENT: AgentSpec,
    Kind.WORKFLOW: PipelineSpec,
    Kind.NETWORK: NetworkSpec,
    Kind.CAMPAIGN: CampaignSpec,
    Kind.PULSE: PulseSpec,
}
