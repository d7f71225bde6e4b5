"""A run of each kind, from its queued row to its end."""

import json
from decimal import Decimal
from typing import Any

import pytest

from models.kinds import KINDS, Kind
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from tests.support.backend import Backend


async def test_an_agent_run_completes_with_its_cost_and_tokens(backend: Backend) -> None:
    run = await backend.run(await backend.agent(), input={"ask": "what is new?"})
    assert run.status is RunStatus.COMPLETED
    assert run.cost_usd is not None
    assert run.cost_usd > 0
    assert run.unknown_costs == 0
    assert run.agent_runs == 1
    assert run.duration_ms is not None
    assert run.temporal_run_id


async def test_a_failing_agent_is_a_failed_run_with_type_and_message(backend: Backend) -> None:
    run = await backend.run(await backend.agent(successRate=0, error="no more words"))
    assert run.status is RunStatus.FAILED
    assert run.error_type == "agent_refused"
    assert "no more words" in (run.error_message or "")


async def test_a_pipeline_runs_its_steps_in_dependency_order(backend: Backend) -> None:
    agent = await backend.agent(output={"text": "hello"})
    steps = [
        {"key": "read", "agent": agent.slug},
        {"key": "write", "agent": agent.slug, "needs": ["read"], "input": "steps.read.output.text"},
        {"key": "never", "agent": agent.slug, "needs": ["read"], "when": "steps.read.output.text == 'bye'"},
    ]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    read, write = await backend.children(run.id)
    assert write.input == "hello"
    assert read.finished_at
    assert write.started_at
    assert read.finished_at <= write.started_at
    assert {path: step.status for path, step in (await backend.steps(run.id)).items()} == {
        "read": StepStatus.COMPLETED,
        "write": StepStatus.COMPLETED,
        "never": StepStatus.SKIPPED,
    }
    assert run.cost_usd == (read.cost_usd or 0) + (write.cost_usd or 0)
    assert run.agent_runs == 2


async def test_a_map_step_runs_its_agent_once_per_item(backend: Backend) -> None:
    agent = await backend.agent(output="seen", capacity=2)
    steps = [{"key": "each", "agent": agent.slug, "map": "input.items"}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input={"items": [1, 2, 3]})
    assert run.output == {"each": ["seen", "seen", "seen"]}
    assert {str(child.input) for child in await backend.children(run.id)} == {"1", "2", "3"}
    assert set(await backend.steps(run.id)) == {"each", "each.0", "each.1", "each.2"}


async def test_a_failed_step_fails_the_pipeline_and_skips_the_rest(backend: Backend) -> None:
    good, bad = await backend.agent(), await backend.agent(successRate=0, error="broken")
    steps = [{"key": "one", "agent": bad.slug}, {"key": "two", "agent": good.slug, "needs": ["one"]}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.FAILED
    assert "one" in (run.error_message or "")
    assert "broken" in (run.error_message or "")
    assert (await backend.steps(run.id))["two"].status is StepStatus.SKIPPED


async def test_a_pipeline_continues_after_an_allowed_failure(backend: Backend) -> None:
    good, bad = await backend.agent(output="fine"), await backend.agent(successRate=0, error="broken")
    steps = [
        {"key": "one", "agent": bad.slug, "onError": "continue", "retry": {"maxAttempts": 2, "initialSeconds": 0.01}},
        {"key": "two", "agent": good.slug, "needs": ["one"], "when": "steps.one.status == 'failed'"},
    ]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"two": "fine"}
    assert len(await backend.children(run.id)) == 3


@pytest.mark.parametrize(
    "step",
    [
        {"map": "input.text"},
        {"map": "input.items", "input": "item.name.first"},
        {"when": "input.nope == true"},
        {"when": "input.text"},
        {"input": "input.nope.deeper"},
    ],
)
async def test_an_expression_on_missing_data_fails_its_step(backend: Backend, step: dict[str, str]) -> None:
    agent = await backend.agent()
    pipeline = await backend.primitive(Kind.WORKFLOW, {"steps": [{"key": "one", "agent": agent.slug, **step}]})
    run = await backend.run(pipeline, input={"text": "go", "items": ["a"]})
    assert (run.status, run.error_type) in {(RunStatus.FAILED, "bad_expression"), (RunStatus.FAILED, "items_failed")}
    failed = (await backend.steps(run.id))["one"]
    assert failed.status is StepStatus.FAILED
    assert failed.error


async def test_a_pipeline_goes_on_after_an_expression_that_it_expects_to_fail(backend: Backend) -> None:
    agent = await backend.agent(output="fine")
    steps = [
        {"key": "one", "agent": agent.slug, "input": "input.missing", "onError": "continue"},
        {"key": "two", "agent": agent.slug, "needs": ["one"], "when": "steps.one.error.type == 'bad_expression'"},
    ]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input={})
    assert (run.status, run.output) == (RunStatus.COMPLETED, {"two": "fine"}), run.error_message
    assert (await backend.steps(run.id))["one"].status is StepStatus.FAILED


async def test_a_sequence_network_calls_every_member_once(backend: Backend) -> None:
    scout, writer = await backend.agent(output="found"), await backend.agent(output="written")
    spec = {"members": [scout.slug, writer.slug], "router": {"type": "sequence"}, "maxHops": 4}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec), input="a task")
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert run.output["answer"] == "written"
    first, second = await backend.children(run.id)
    assert first.input == "a task"
    assert second.input == {"input": "a task", "last": "found"}


async def test_a_rules_network_stops_when_no_rule_matches(backend: Backend) -> None:
    scout, writer = await backend.agent(output={"ok": True}), await backend.agent(output="done")
    rules = [{"when": "last.agent == input.first && last.output.ok", "next": writer.slug}]
    spec = {"members": [scout.slug, writer.slug], "router": {"type": "rules", "first": scout.slug, "rules": rules}}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec), input={"first": scout.slug})
    assert isinstance(run.output, dict)
    assert [hop["agent"] for hop in run.output["hops"]] == [scout.slug, writer.slug]


async def test_a_network_routed_by_an_agent_ends_with_its_answer(backend: Backend) -> None:
    member, router = await backend.agent(), await backend.agent(output={"done": True, "answer": 42})
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": router.slug}}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec))
    assert run.output == {"answer": 42, "hops": []}


async def test_a_router_that_chooses_an_unknown_member_fails_the_network(backend: Backend) -> None:
    member, router = await backend.agent(), await backend.agent(output='I say {"next": "nobody"}')
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": router.slug}}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec))
    assert run.status is RunStatus.FAILED
    assert run.error_type == "agent_answer_invalid"


async def test_a_campaign_runs_its_missions_and_reports(backend: Backend) -> None:
    agent = await backend.agent(capacity=3)
    missions = [
        {"name": "m1", "tasks": [{"name": "t1", "agent": agent.slug}, {"name": "t2", "agent": agent.slug}]},
        {"name": "m2", "tasks": [{"name": "t3", "agent": agent.slug, "input": 7}]},
    ]
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, {"objective": "win", "missions": missions}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert (run.output["tasks"], run.output["completed"], run.output["failed"]) == (3, 3, 0)
    assert set(await backend.steps(run.id)) == {"m0", "m0.t0", "m0.t1", "m1", "m1.t0"}
    assert run.agent_runs == 3
    assert run.cost_usd == sum((child.cost_usd or Decimal(0) for child in await backend.children(run.id)), Decimal(0))


async def test_a_campaign_fails_below_its_required_success_rate(backend: Backend) -> None:
    good, bad = await backend.agent(), await backend.agent(successRate=0, error="lost")
    tasks = [{"name": "t1", "agent": good.slug}, {"name": "t2", "agent": bad.slug}]
    spec = {"objective": "win", "missions": [{"name": "m", "tasks": tasks}]}
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, spec))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "campaign_failed")
    assert "lost" in (run.error_message or "")
    lenient = await backend.run(await backend.primitive(Kind.CAMPAIGN, {**spec, "minSuccessRate": 50}))
    assert lenient.status is RunStatus.COMPLETED


async def test_a_planner_agent_writes_a_campaigns_missions(backend: Backend) -> None:
    worker = await backend.agent()
    plan = {"missions": [{"name": "planned", "tasks": [{"name": "a", "agent": worker.slug}]}]}
    planner = await backend.agent(output=plan)
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, {"objective": "win", "planner": planner.slug}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert [child.primitive_id for child in await backend.children(run.id)] == [planner.id, worker.id]


async def test_a_planner_gets_the_agents_and_the_answer_schema_and_may_answer_in_a_code_fence(backend: Backend) -> None:
    worker = await backend.agent()
    plan = json.dumps({"missions": [{"name": "planned", "tasks": [{"name": "a", "agent": worker.slug}]}]})
    planner = await backend.agent(output=f"Here is the plan:\n```json\n{plan}\n```\nGood luck {{}}!")
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, {"objective": "win", "planner": planner.slug}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    asked: Any = next(child.input for child in await backend.children(run.id) if child.primitive_id == planner.id)
    assert worker.slug in [agent["slug"] for agent in asked["agents"]]
    assert planner.slug not in [agent["slug"] for agent in asked["agents"]]
    assert set(asked["agents"][0]) == {"slug", "name", "description"}
    assert "missions" in asked["answerWith"]


async def test_a_costly_expression_fails_its_step_and_the_run_ends(backend: Backend) -> None:
    agent = await backend.agent()
    costly = "!input.l.all(x, input.l.all(y, !input.s.matches('(x+x+)+y')))"
    steps = [{"key": "one", "agent": agent.slug, "when": costly}]
    data = {"l": list(range(60)), "s": "x" * 100_000}
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input=data)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "expression_too_costly")


async def test_a_pulse_ranks_its_members_and_changes_their_capacity(backend: Backend) -> None:
    good, bad = await backend.agent(capacity=2), await backend.agent(successRate=0, capacity=2)
    for agent in (good, bad):
        for _ in range(2):
            await backend.run(agent)
    spec = {
        "goal": "grow",
        "members": [{"agent": bad.slug}, {"agent": good.slug, "weight": 2}],
        "capacity": {"minimum": 1, "maximum": 3},
        "minRuns": 2,
    }
    pulse = await backend.primitive(Kind.PULSE, spec)
    run = await backend.run(pulse)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert [(place["agent"], place["action"]) for place in run.output["rankings"]] == [
        (good.slug, "promote"),
        (bad.slug, "demote"),
    ]
    async with backend.sessions() as session:
        assert (await session.get_one(Primitive, good.id)).capacity == 3
        assert (await session.get_one(Primitive, bad.id)).capacity == 1
    again = await backend.run(pulse)
    assert isinstance(again.output, dict)
    assert again.output["finishedRuns"] == 0, "the second evaluation looks only at what came since the first"
    assert again.output["since"] == run.output["until"]


@pytest.mark.parametrize("kind", Kind)
async def test_the_temporal_workflow_has_type_search_attributes_and_summary(backend: Backend, kind: Kind) -> None:
    agent = await backend.agent()
    primitive = agent if kind is Kind.AGENT else await backend.primitive(kind, smallest_spec(kind, agent.slug))
    run = await backend.run(primitive)
    described = await backend.handle(run.id).describe()
    assert described.workflow_type == KINDS[kind].temporal_type
    attributes = {pair.key.name: pair.value for pair in described.typed_search_attributes}
    assert attributes["PodiumKind"] == kind.value
    assert attributes["PodiumPrimitive"] == primitive.slug
    assert attributes["PodiumRootRun"] == str(run.id)
    assert primitive.name in (await described.static_summary() or "")


def smallest_spec(kind: Kind, agent: str) -> dict[str, object]:
    """Return the smallest valid spec of a kind."""
    specs: dict[Kind, dict[str, object]] = {
        Kind.WORKFLOW: {"steps": [{"key": "only", "agent": agent}]},
        Kind.NETWORK: {"members": [agent]},
        Kind.CAMPAIGN: {"objective": "o", "missions": [{"name": "m", "tasks": [{"name": "t", "agent": agent}]}]},
        Kind.PULSE: {"goal": "g", "members": [{"agent": agent}]},
    }
    return specs[kind]
