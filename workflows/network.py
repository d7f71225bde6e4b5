"""A network run: a router passes the task from member to member until it is done or out of hops."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue
from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from models.contracts.primitives.specs import AgentRouter, NetworkSpec, RulesRouter, SequenceRouter
    from models.contracts.runs.facts import LONGEST_REASON, NetworkFacts, Routing
    from models.contracts.workflows.lifecycle import OpenedRun, RunRequest, RunResult, StepChange
    from models.kinds import KINDS, Kind
    from models.rules.json.answers import json_object
    from models.rules.json.storable import with_replacements
    from models.states import RunStatus, StepStatus
    from workflows.runs.expressions import first_that_holds
    from workflows.runs.lifecycle import RunLifecycle
    from workflows.steps.child_steps import child_step
    from workflows.steps.children import new_child


@dataclass(frozen=True, slots=True)
class Hop:
    """One member's turn and its answer."""

    agent: str
    output: JsonValue


@dataclass(frozen=True, slots=True)
class Decision:
    """The next member, and why; None ends the run, with the router's own answer if it has one."""

    agent: str | None
    why: Routing
    answer: JsonValue = None


@workflow.defn(name=KINDS[Kind.NETWORK].temporal_type)
class NetworkRun(RunLifecycle):
    """Routes a task through a network's members."""

    def __init__(self) -> None:
        super().__init__()
        self._hops: list[Hop] = []
        self._routings = 0

    @workflow.run
    async def run(self, request: RunRequest) -> RunResult:
        """Execute the run: open, body, close."""
        return await self.live(Kind.NETWORK, request, self._route)

    async def _route(self, run: OpenedRun) -> JsonValue:
        spec = NetworkSpec.model_validate(run.spec)
        self._facts = NetworkFacts(max_hops=spec.max_hops)
        answer: JsonValue = None
        ended = Routing(router=spec.router.type, because="hops")
        while len(self._hops) < spec.max_hops:
            decision = await self._decide(spec)
            if decision.agent is None:
                answer, ended = decision.answer, decision.why
                break
            await self._hop(decision.agent, decision.why)
        self._facts = NetworkFacts(max_hops=spec.max_hops, ended=ended)
        last = self._hops[-1].output if self._hops else None
        return {
            "answer": last if answer is None else answer,
            "hops": [{"agent": hop.agent, "output": hop.output} for hop in self._hops],
        }

    async def _decide(self, spec: NetworkSpec) -> Decision:
        match spec.router:
            case SequenceRouter():
                index = len(self._hops)
                why = Routing(router="sequence", because="next")
                return Decision(spec.members[index] if index < len(spec.members) else None, why)
            case RulesRouter():
                return await self._by_rules(spec.router)
            case AgentRouter():
                return await self._by_agent(spec, spec.router)

    async def _by_rules(self, router: RulesRouter) -> Decision:
        if not self._hops:
            return Decision(router.first, Routing(router="rules", because="first"))
        last = self._hops[-1]
        variables: dict[str, JsonValue] = {
            "input": self.opened.input,
            "last": {"agent": last.agent, "output": last.output},
            "hops": len(self._hops),
        }
        found = await first_that_holds([rule.when for rule in router.rules], variables)
        if found is None:
            return Decision(None, Routing(router="rules", because="no_rule"))
        rule = router.rules[found]
        return Decision(rule.next, Routing(router="rules", because="rule", rule=found + 1, when=rule.when))

    async def _by_agent(self, spec: NetworkSpec, router: AgentRouter) -> Decision:
        self._routings += 1
        question: JsonValue = {
            "task": self.opened.input,
            "members": list(spec.members),
            "hops": [{"agent": hop.agent, "output": hop.output} for hop in self._hops],
            "answerWith": 'JSON: {"next": member, "reason": why} or {"done": true, "answer": ..., "reason": why}',
        }
        run_id, output = await self._call(router.agent, f"route-{self._routings}", "router", question)
        choice = _as_object(output)
        why = Routing(router="agent", because="chosen", reason=_reason(choice), run_id=run_id)
        if choice.get("done"):
            return Decision(None, why.model_copy(update={"because": "done"}), choice.get("answer"))
        chosen = choice.get("next")
        if chosen not in spec.members:
            message = f"the router {router.agent!r} chose {chosen!r}, which is not a member of the network"
            raise ApplicationError(message, type="agent_answer_invalid", non_retryable=True)
        return Decision(str(chosen), why)

    async def _hop(self, agent: str, why: Routing) -> None:
        number = len(self._hops) + 1
        self.tell(f"hop {number}: {agent}")
        given = self.opened.input if not self._hops else {"input": self.opened.input, "last": self._hops[-1].output}
        _, output = await self._call(agent, f"hop-{number}", "hop", given, why)
        self._hops.append(Hop(agent, output))

    async def _call(
        self, agent: str, path: str, kind: str, given: JsonValue, why: Routing | None = None
    ) -> tuple[UUID, JsonValue]:
        position = len(self._hops) * 2 + (kind == "hop")
        step = StepChange(path=path, key=agent, kind=kind, status=StepStatus.PENDING, position=position, facts=why)
        result = await child_step(self, new_child(agent, path, given), step)
        if result.status is not RunStatus.COMPLETED:
            told = result.error.message if result.error else result.reason or result.status.value
            error_type = result.error.type if result.error else result.status.value
            raise ApplicationError(f"{path} ({agent}): {told}", type=error_type, non_retryable=True)
        return result.run_id, result.output


def _reason(choice: dict[str, JsonValue]) -> str | None:
    """Return the reason that the router gives, as it can be stored."""
    reason = choice.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        return None
    storable, _ = with_replacements(reason[:LONGEST_REASON])
    return str(storable)


def _as_object(output: JsonValue) -> dict[str, JsonValue]:
    found = json_object(output)
    if found is None:
        raise ApplicationError(
            "the router did not answer with an object", type="agent_answer_invalid", non_retryable=True
        )
    return found
