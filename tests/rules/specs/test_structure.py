"""Specs that cannot run are refused on save with the name of the field."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from models.contracts.primitives.specs import SPECS, PipelineSpec, Spec, StepSpec
from models.errors import Invalid, LimitExceeded, PayloadTooLarge
from models.kinds import Kind
from models.limits import MAX_CAMPAIGN_TASKS, MAX_VALUE_BYTES
from models.rules.json.sizes import check_size
from models.rules.specs.structure import check_spec


def spec(kind: Kind, **fields: Any) -> Spec:
    return TypeAdapter[Spec](SPECS[kind]).validate_python(fields)


def pipeline(*steps: dict[str, Any]) -> Spec:
    return spec(Kind.WORKFLOW, steps=steps)


def mission(name: str, *tasks: str) -> dict[str, Any]:
    return {"name": name, "tasks": [{"name": task, "agent": "scout"} for task in tasks]}


A = {"key": "a", "agent": "scout"}

GOOD = [
    spec(Kind.AGENT, runner={"type": "http", "url": "https://example.com/run"}, outputSchema={"type": "object"}),
    spec(Kind.AGENT, runner={"type": "simulated"}, retry={"initialSeconds": 60}),
    spec(Kind.AGENT, runner={"type": "model", "model": "openai:gpt-5-mini", "baseUrl": "http://localhost:1234/v1"}),
    pipeline(
        {"key": "read", "agent": "scout", "map": "input.urls", "input": "{'url': item}", "when": "input.go"},
        {"key": "wait", "wait": {"seconds": 5}, "needs": ["read"]},
        {"key": "ask", "approval": {}, "needs": ["wait"]},
        {"key": "tell", "http": {"url": "https://example.com"}, "needs": ["ask", "read"], "input": "steps.read"},
    ),
    spec(
        Kind.NETWORK,
        members=["scout", "writer"],
        router={"type": "rules", "first": "scout", "rules": [{"when": "last.ok && hops < 3", "next": "writer"}]},
    ),
    spec(Kind.CAMPAIGN, objective="x", missions=[mission("m1", "t1", "t2"), mission("m2", "t1")]),
    spec(Kind.CAMPAIGN, objective="x", planner="planner"),
    spec(Kind.PULSE, goal="x", members=[{"agent": "scout"}], capacity={"minimum": 1, "maximum": 1}),
]

BAD: list[tuple[Spec, str, str]] = [
    (spec(Kind.AGENT, runner={"type": "http", "url": "example.com"}), "spec.runner.url", "is not an http(s) URL"),
    (spec(Kind.AGENT, runner={"type": "http", "url": "ftp://example.com"}), "spec.runner.url", "is not an http(s) URL"),
    (spec(Kind.AGENT, runner={"type": "http", "url": "http://h:99999/"}), "spec.runner.url", "is not a valid URL"),
    (spec(Kind.AGENT, runner={"type": "http", "url": "http://u:p@h/"}), "spec.runner.url", "user"),
    (
        spec(Kind.AGENT, runner={"type": "model", "model": "openai:x", "baseUrl": "nope"}),
        "spec.runner.baseUrl",
        "is not an http(s) URL",
    ),
    (
        spec(Kind.AGENT, runner={"type": "model", "model": "openai:x", "mcp": [{"url": "x"}]}),
        "spec.runner.mcp[0].url",
        "is not an http(s) URL",
    ),
    (spec(Kind.AGENT, runner={"type": "simulated"}, outputSchema={"type": 7}), "spec.outputSchema", "JSON Schema"),
    (
        spec(Kind.AGENT, runner={"type": "simulated"}, outputSchema={"$ref": "http://127.0.0.1:1/x"}),
        "spec.outputSchema",
        "not fetched",
    ),
    (
        spec(Kind.AGENT, runner={"type": "simulated"}, retry={"initialSeconds": 61}),
        "spec.retry.maxSeconds",
        "initialSeconds",
    ),
    (
        pipeline({**A, "retry": {"initialSeconds": 2, "maxSeconds": 1}}),
        "spec.steps[0].retry.maxSeconds",
        "initialSeconds",
    ),
    (pipeline(A, A), "spec.steps[1].key", "is duplicated"),
    (pipeline({"key": "a"}), "spec.steps[0]", "not none"),
    (pipeline({**A, "wait": {"seconds": 1}}), "spec.steps[0]", "not agent and wait"),
    (pipeline({"key": "a", "wait": {"seconds": 1}, "map": "[1]"}), "spec.steps[0].map", "agent"),
    (pipeline(A, {**A, "key": "b", "needs": ["c"]}), "spec.steps[1].needs", "no step 'c'"),
    (pipeline({**A, "needs": ["a"]}), "spec.steps[0].needs", "a -> a"),
    (
        pipeline(
            {**A, "key": "x"},
            {**A, "key": "a", "needs": ["x", "c"]},
            {**A, "key": "b", "needs": ["a"]},
            {**A, "key": "c", "needs": ["b"]},
        ),
        "spec.steps[1].needs",
        "a -> c -> b -> a",
    ),
    (pipeline({**A, "when": "1 + 1"}), "spec.steps[0].when", "true or false"),
    (pipeline({**A, "map": "'text'"}), "spec.steps[0].map", "a list"),
    (pipeline({**A, "input": "item"}), "spec.steps[0].input", "undeclared"),
    (pipeline({"key": "a", "http": {"url": "/x"}}), "spec.steps[0].http.url", "is not an http(s) URL"),
    (spec(Kind.NETWORK, members=["scout", "scout"]), "spec.members[1]", "is duplicated"),
    (
        spec(Kind.NETWORK, members=["scout"], router={"type": "rules", "first": "x"}),
        "spec.router.first",
        "is not a member of this network",
    ),
    (
        spec(
            Kind.NETWORK,
            members=["scout"],
            router={"type": "rules", "first": "scout", "rules": [{"when": "true", "next": "x"}]},
        ),
        "spec.router.rules[0].next",
        "is not a member of this network",
    ),
    (
        spec(
            Kind.NETWORK,
            members=["scout"],
            router={"type": "rules", "first": "scout", "rules": [{"when": "last ="}]},
        ),
        "spec.router.rules[0].when",
        "cannot be read",
    ),
    (spec(Kind.CAMPAIGN, objective="x"), "spec.missions", "planner"),
    (
        spec(
            Kind.CAMPAIGN, objective="x", planner="p", missions=[{"name": "m", "tasks": [{"name": "t", "agent": "a"}]}]
        ),
        "spec.planner",
        "set missions or a planner, not both",
    ),
    (
        spec(Kind.CAMPAIGN, objective="x", missions=[mission("m", "t"), mission("m", "t")]),
        "spec.missions[1].name",
        "is duplicated",
    ),
    (
        spec(Kind.CAMPAIGN, objective="x", missions=[mission("m", "t", "t")]),
        "spec.missions[0].tasks[1].name",
        "is duplicated",
    ),
    (
        spec(Kind.PULSE, goal="x", members=[{"agent": "scout"}, {"agent": "scout"}]),
        "spec.members[1].agent",
        "is duplicated",
    ),
    (
        spec(Kind.PULSE, goal="x", members=[{"agent": "scout"}], capacity={"minimum": 3, "maximum": 2}),
        "spec.capacity.minimum",
        "more than",
    ),
    (
        spec(Kind.PULSE, goal="x", members=[{"agent": "scout"}], demoteBelow=90, promoteAbove=80),
        "spec.demoteBelow",
        "more than",
    ),
]


@pytest.mark.parametrize("good", GOOD)
def test_a_valid_spec_passes(good: Spec) -> None:
    check_spec(good)


@pytest.mark.parametrize(("bad", "field", "says"), BAD)
def test_a_spec_that_cannot_run_is_refused_with_its_field(bad: Spec, field: str, says: str) -> None:
    with pytest.raises(Invalid) as refusal:
        check_spec(bad)
    assert refusal.value.field == field
    assert says in refusal.value.detail


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_a_structure_rule(kind: Kind) -> None:
    assert any(type(good) is SPECS[kind] for good in GOOD)


def test_a_long_chain_is_not_a_cycle() -> None:
    # More steps than a run may have: the check must not hit the recursion limit.
    chain = [StepSpec(key=f"s{n}", agent="scout", needs=(f"s{n + 1}",) if n < 5000 else ()) for n in range(5001)]
    check_spec(PipelineSpec.model_construct(steps=tuple(chain)))


def test_the_number_of_tasks_of_a_campaign_is_limited() -> None:
    def campaign(*sizes: int) -> Spec:
        missions = [mission(f"m{index}", *(f"t{number}" for number in range(size))) for index, size in enumerate(sizes)]
        return spec(Kind.CAMPAIGN, objective="o", missions=missions)

    check_spec(campaign(MAX_CAMPAIGN_TASKS))
    check_spec(campaign(*[MAX_CAMPAIGN_TASKS // 4] * 4))
    with pytest.raises(LimitExceeded, match=r"2,001 tasks; at most 2,000") as refused:
        check_spec(campaign(MAX_CAMPAIGN_TASKS - 1, 2))
    assert refused.value.field == "spec.missions"


def test_a_value_over_the_limit_is_refused_with_both_sizes() -> None:
    check_size("x" * (MAX_VALUE_BYTES - 2), "it")
    with pytest.raises(PayloadTooLarge, match=r"it is 8,388,609 bytes long; at most 8,388,608"):
        check_size("x" * (MAX_VALUE_BYTES - 1), "it")
