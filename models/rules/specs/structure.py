"""Checks of a spec beyond the types of its fields, so that a run does not fail because of it.

Every error names the field as on the wire: `spec.steps[1].needs`.
"""

from collections.abc import Sequence
from functools import singledispatch
from graphlib import CycleError, TopologicalSorter

from models.contracts.primitives.specs import (
    AgentSpec,
    BaseSpec,
    CampaignSpec,
    NetworkSpec,
    PipelineSpec,
    PulseSpec,
    RetrySpec,
    RulesRouter,
    StepSpec,
)
from models.errors import Invalid
from models.rules.expressions.cel import check
from models.rules.specs.campaigns import check_missions
from models.rules.specs.json_schemas import check_schema
from models.rules.specs.references import check_url, urls
from models.rules.specs.unique import check_unique
from models.rules.specs.url_credentials import credentials_in

STEP_VARIABLES = ("dueAt", "input", "steps")
ITEM_VARIABLES = ("dueAt", "input", "item", "steps")
ROUTING_VARIABLES = ("hops", "input", "last")


@singledispatch
def check_spec(spec: BaseSpec) -> None:
    """Raise `Invalid` (or `BadExpression`) naming the first field at fault."""
    raise TypeError(f"no structural rule for {type(spec).__name__}")


@check_spec.register
def _agent(spec: AgentSpec) -> None:
    _urls(spec)
    _retry(spec.retry, "spec.retry")
    if spec.output_schema is not None:
        check_schema(spec.output_schema, field="spec.outputSchema")


@check_spec.register
def _pipeline(spec: PipelineSpec) -> None:
    check_unique((step.key for step in spec.steps), "spec.steps[{}].key", "step")
    _urls(spec)
    keys = {step.key for step in spec.steps}
    for index, step in enumerate(spec.steps):
        _step(step, keys, f"spec.steps[{index}]")
    _acyclic(spec.steps)


def _acyclic(steps: Sequence[StepSpec]) -> None:
    try:
        TopologicalSorter({step.key: step.needs for step in steps}).prepare()
    except CycleError as error:
        # graphlib lists each step before the one that needs it, and the first again at the end.
        cycle = error.args[1][:0:-1]
        index, first = next((index, step.key) for index, step in enumerate(steps) if step.key in cycle)
        turn = cycle.index(first)
        raise Invalid(
            f"the steps wait for each other in a circle: {' -> '.join((*cycle[turn:], *cycle[:turn], first))}",
            field=f"spec.steps[{index}].needs",
            hint="Remove one of these needs.",
        ) from None


def _step(step: StepSpec, keys: set[str], path: str) -> None:
    actions = [name for name in ("agent", "http", "wait", "approval") if getattr(step, name) is not None]
    if len(actions) != 1:
        found = " and ".join(actions) or "none"
        raise Invalid(f"a step has exactly one of agent, http, wait and approval, not {found}", field=path)
    if step.map is not None and step.agent is None:
        raise Invalid("only a step with an agent can map over a list", field=f"{path}.map")
    for need in step.needs:
        if need not in keys:
            raise Invalid(f"there is no step {need!r}", field=f"{path}.needs", hint=_known(keys))
    if step.retry is not None:
        _retry(step.retry, f"{path}.retry")
    _step_expressions(step, path)


def _retry(retry: RetrySpec, path: str) -> None:
    if retry.max_seconds < retry.initial_seconds:
        raise Invalid("maxSeconds must not be less than initialSeconds", field=f"{path}.maxSeconds")


def _step_expressions(step: StepSpec, path: str) -> None:
    if step.when is not None:
        check(step.when, STEP_VARIABLES, field=f"{path}.when", yields=bool)
    if step.map is not None:
        check(step.map, STEP_VARIABLES, field=f"{path}.map", yields=list)
    if step.input is not None:
        check(step.input, ITEM_VARIABLES if step.map else STEP_VARIABLES, field=f"{path}.input")


@check_spec.register
def _network(spec: NetworkSpec) -> None:
    check_unique(spec.members, "spec.members[{}]", "member")
    if not isinstance(spec.router, RulesRouter):
        return
    members = set(spec.members)
    if spec.router.first not in members:
        raise Invalid(
            f"{spec.router.first!r} is not a member of this network", field="spec.router.first", hint=_known(members)
        )
    for index, rule in enumerate(spec.router.rules):
        path = f"spec.router.rules[{index}]"
        check(rule.when, ROUTING_VARIABLES, field=f"{path}.when", yields=bool)
        if rule.next is not None and rule.next not in members:
            raise Invalid(f"{rule.next!r} is not a member of this network", field=f"{path}.next", hint=_known(members))


@check_spec.register
def _campaign(spec: CampaignSpec) -> None:
    if not spec.missions and spec.planner is None:
        raise Invalid("a campaign needs missions, or a planner that writes them", field="spec.missions")
    if spec.missions and spec.planner is not None:
        hint = "Leave out the missions, or the planner."
        raise Invalid("set missions or a planner, not both", field="spec.planner", hint=hint)
    check_missions(spec.missions)


@check_spec.register
def _pulse(spec: PulseSpec) -> None:
    check_unique((member.agent for member in spec.members), "spec.members[{}].agent", "member")
    bounds = spec.capacity
    if bounds is not None and bounds.minimum > bounds.maximum:
        raise Invalid("the minimum is more than the maximum", field="spec.capacity.minimum")
    if spec.demote_below > spec.promote_above:
        raise Invalid("demoteBelow is more than promoteAbove", field="spec.demoteBelow")


def _urls(spec: BaseSpec) -> None:
    for url in urls(spec):
        check_url(url.value, field=url.field)
        if credentials_in(url.value):
            hint = (
                "Put it into a header, or into an environment variable and write env:PODIUM_SECRET_NAME in its place."
            )
            raise Invalid("a URL must not contain a credential in plain text", field=url.field, hint=hint)


def _known(names: set[str]) -> str:
    return f"Known here: {', '.join(sorted(names))}."
