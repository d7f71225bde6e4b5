"""A run of each kind, from its queued row to its end."""

import json
from decimal import Decimal
from typing import Any

import pytest

from models.kinds import KINDS, Kind
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from tests.support.world import World


async def test_an_agent_run_completes_with_its_cost_and_tokens(world: World) -> None:
    run = await world.run(await world.agent(), input={"ask": "what is new?"})
    assert run.status is RunStatus.COMPLETED
    assert run.cost_usd is not None
    assert run.cost_usd > 0
    assert run.unknown_costs == 0
    assert run.agent_runs == 1
    assert run.duration_ms is not None
    assert run.temporal_run_id


async def test_a_failing_agent_is_a_failed_run_with_type_and_message(world: World) -> None:
    run = await world.run(await world.agent(successRate=0, error="no more words"))
    assert run.status is RunStatus.FAILED
    assert run.error_type == "agent_refused"
    assert "no more words" in (run.error_message or "")


async def test_a_pipeline_runs_its_steps_in_dependency_order(world: World) -> None:
    agent = await world.agent(output={"text": "hello"})
    steps = [
        {"key": "read", "agent": agent.slug},
        {"key": "write", "agent": agent.slug, "needs": ["read"], "input": "steps.read.output.text"},
        {"key": "never", "agent": agent.slug, "needs": ["read"], "when": "steps.read.output.text == 'bye'"},
    ]
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    read, write = await world.children(run.id)
    assert write.input == "hello"
    assert read.finished_at
    assert write.started_at
    assert read.finished_at <= write.started_at
    assert {path: step.status for path, step in (await world.steps(run.id)).items()} == {
        "read": StepStatus.COMPLETED,
        "write": StepStatus.COMPLETED,
        "never": StepStatus.SKIPPED,
    }
    assert run.cost_usd == (read.cost_usd or 0) + (write.cost_usd or 0)
    assert run.agent_runs == 2


async def test_a_map_step_runs_its_agent_once_per_item(world: World) -> None:
    agent = await world.agent(output="seen", capacity=2)
    steps = [{"key": "each", "agent": agent.slug, "map": "input.items"}]
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}), input={"items": [1, 2, 3]})
    assert run.output == {"each": ["seen", "seen", "seen"]}
    assert {str(child.input) for child in await world.children(run.id)} == {"1", "2", "3"}
    assert set(await world.steps(run.id)) == {"each", "each.0", "each.1", "each.2"}


async def test_a_failed_step_fails_the_pipeline_and_skips_the_rest(world: World) -> None:
    good, bad = await world.agent(), await world.agent(successRate=0, error="broken")
    steps = [{"key": "one", "agent": bad.slug}, {"key": "two", "agent": good.slug, "needs": ["one"]}]
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.FAILED
    assert "one" in (run.error_message or "")
    assert "broken" in (run.error_message or "")
    assert (await world.steps(run.id))["two"].status is StepStatus.SKIPPED


async def test_a_pipeline_continues_after_an_allowed_failure(world: World) -> None:
    good, bad = await world.agent(output="fine"), await world.agent(successRate=0, error="broken")
    steps = [
        {"key": "one", "agent": bad.slug, "onError": "continue", "retry": {"maxAttempts": 2, "initialSeconds": 0.01}},
        {"key": "two", "agent": good.slug, "needs": ["one"], "when": "steps.one.status == 'failed'"},
    ]
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"two": "fine"}
    assert len(await world.children(run.id)) == 3


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
async def test_an_expression_on_missing_data_fails_its_step(world: World, step: dict[str, str]) -> None:
    agent = await world.agent()
    pipeline = await world.primitive(Kind.WORKFLOW, {"steps": [{"key": "one", "agent": agent.slug, **step}]})
    run = await world.run(pipeline, input={"text": "go", "items": ["a"]})
    assert (run.status, run.error_type) in {(RunStatus.FAILED, "bad_expression"), (RunStatus.FAILED, "items_failed")}
    failed = (await world.steps(run.id))["one"]
    assert failed.status is StepStatus.FAILED
    assert failed.error


async def test_a_pipeline_goes_on_after_an_expression_that_it_expects_to_fail(world: World) -> None:
    agent = await world.agent(output="fine")
    steps = [
        {"key": "one", "agent": agent.slug, "input": "input.missing", "onError": "continue"},
        {"key": "two", "agent": agent.slug, "needs": ["one"], "when": "steps.one.error.type == 'bad_expression'"},
    ]
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}), input={})
    assert (run.status, run.output) == (RunStatus.COMPLETED, {"two": "fine"}), run.error_message
    assert (await world.steps(run.id))["one"].status is StepStatus.FAILED


async def test_a_sequence_network_calls_every_member_once(world: World) -> None:
    scout, writer = await world.agent(output="found"), await world.agent(output="written")
    spec = {"members": [scout.slug, writer.slug], "router": {"type": "sequence"}, "maxHops": 4}
    run = await world.run(await world.primitive(Kind.NETWORK, spec), input="a task")
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert run.output["answer"] == "written"
    first, second = await world.children(run.id)
    assert first.input == "a task"
    assert second.input == {"input": "a task", "last": "found"}


async def test_a_rules_network_stops_when_no_rule_matches(world: World) -> None:
    scout, writer = await world.agent(output={"ok": True}), await world.agent(output="done")
    rules = [{"when": "last.agent == input.first && last.output.ok", "next": writer.slug}]
    spec = {"members": [scout.slug, writer.slug], "router": {"type": "rules", "first": scout.slug, "rules": rules}}
    run = await world.run(await world.primitive(Kind.NETWORK, spec), input={"first": scout.slug})
    assert isinstance(run.output, dict)
    assert [hop["agent"] for hop in run.output["hops"]] == [scout.slug, writer.slug]


async def test_a_network_routed_by_an_agent_ends_with_its_answer(world: World) -> None:
    member, router = await world.agent(), await world.agent(output={"done": True, "answer": 42})
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": router.slug}}
    run = await world.run(await world.primitive(Kind.NETWORK, spec))
    assert run.output == {"answer": 42, "hops": []}


async def test_a_router_that_chooses_an_unknown_member_fails_the_network(world: World) -> None:
    member, router = await world.agent(), await world.agent(output='I say {"next": "nobody"}')
    spec = {"members": [member.slug], "router": {"type": "agent", "agent": router.slug}}
    run = await world.run(await world.primitive(Kind.NETWORK, spec))
    assert run.status is RunStatus.FAILED
    assert run.error_type == "agent_answer_invalid"


async def test_a_campaign_runs_its_missions_and_reports(world: World) -> None:
    agent = await world.agent(capacity=3)
    missions = [
        {"name": "m1", "tasks": [{"name": "t1", "agent": agent.slug}, {"name": "t2", "agent": agent.slug}]},
        {"name": "m2", "tasks": [{"name": "t3", "agent": agent.slug, "input": 7}]},
    ]
    run = await world.run(await world.primitive(Kind.CAMPAIGN, {"objective": "win", "missions": missions}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert (run.output["tasks"], run.output["completed"], run.output["failed"]) == (3, 3, 0)
    assert set(await world.steps(run.id)) == {"m0", "m0.t0", "m0.t1", "m1", "m1.t0"}
    assert run.agent_runs == 3
    assert run.cost_usd == sum((child.cost_usd or Decimal(0) for child in await world.children(run.id)), Decimal(0))


async def test_a_campaign_fails_below_its_required_success_rate(world: World) -> None:
    good, bad = await world.agent(), await world.agent(successRate=0, error="lost")
    tasks = [{"name": "t1", "agent": good.slug}, {"name": "t2", "agent": bad.slug}]
    spec = {"objective": "win", "missions": [{"name": "m", "tasks": tasks}]}
    run = await world.run(await world.primitive(Kind.CAMPAIGN, spec))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "campaign_failed")
    assert "lost" in (run.error_message or "")
    lenient = await world.run(await world.primitive(Kind.CAMPAIGN, {**spec, "minSuccessRate": 50}))
    assert lenient.status is RunStatus.COMPLETED


async def test_a_planner_agent_writes_a_campaigns_missions(world: World) -> None:
    worker = await world.agent()
    plan = {"missions": [{"name": "planned", "tasks": [{"name": "a", "agent": worker.slug}]}]}
    planner = await world.agent(output=plan)
    run = await world.run(await world.primitive(Kind.CAMPAIGN, {"objective": "win", "planner": planner.slug}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert [child.primitive_id for child in await world.children(run.id)] == [planner.id, worker.id]


async def test_a_planner_gets_the_agents_and_the_answer_schema_and_may_answer_in_a_code_fence(world: World) -> None:
    worker = await world.agent()
    plan = json.dumps({"missions": [{"name": "planned", "tasks": [{"name": "a", "agent": worker.slug}]}]})
    planner = await world.agent(output=f"Here is the plan:\n```json\n{plan}\n```\nGood luck {{}}!")
    run = await world.run(await world.primitive(Kind.CAMPAIGN, {"objective": "win", "planner": planner.slug}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    asked: Any = next(child.input for child in await world.children(run.id) if child.primitive_id == planner.id)
    assert worker.slug in [agent["slug"] for agent in asked["agents"]]
    assert planner.slug not in [agent["slug"] for agent in asked["agents"]]
    assert set(asked["agents"][0]) == {"slug", "name", "description"}
    assert "missions" in asked["answerWith"]


async def test_a_costly_expression_fails_its_step_and_the_run_ends(world: World) -> None:
    agent = await world.agent()
    costly = "!input.l.all(x, input.l.all(y, !input.s.matches('(x+x+)+y')))"
    steps = [{"key": "one", "agent": agent.slug, "when": costly}]
    data = {"l": list(range(60)), "s": "x" * 100_000}
    run = await world.run(await world.primitive(Kind.WORKFLOW, {"steps": steps}), input=data)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "expression_too_costly")


async def test_a_pulse_ranks_its_members_and_changes_their_capacity(world: World) -> None:
    good, bad = await world.agent(capacity=2), await world.agent(successRate=0, capacity=2)
    for agent in (good, bad):
        for _ in range(2):
            await world.run(agent)
    spec = {
        "goal": "grow",
        "members": [{"agent": bad.slug}, {"agent": good.slug, "weight": 2}],
        "capacity": {"minimum": 1, "maximum": 3},
        "minRuns": 2,
    }
    pulse = await world.primitive(Kind.PULSE, spec)
    run = await world.run(pulse)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert [(place["agent"], place["action"]) for place in run.output["rankings"]] == [
        (good.slug, "promote"),
        (bad.slug, "demote"),
    ]
    async with world.sessions() as session:
        assert (await session.get_one(Primitive, good.id)).capacity == 3
        assert (await session.get_one(Primitive, bad.id)).capacity == 1
    again = await world.run(pulse)
    assert isinstance(again.output, dict)
    assert again.output["finishedRuns"] == 0, "the second evaluation looks only at what came since the first"
    assert again.output["since"] == run.output["until"]


@pytest.mark.parametrize("kind", Kind)
async def test_the_temporal_workflow_has_type_search_attributes_and_summary(world: World, kind: Kind) -> None:
    agent = await world.agent()
    primitive = agent if kind is Kind.AGENT else await world.primitive(kind, smallest_spec(kind, agent.slug))
    run = await world.run(primitive)
    described = await world.handle(run.id).describe()
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
