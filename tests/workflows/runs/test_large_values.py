"""Values of megabytes between steps, hops and tasks: they are stored outside, and Temporal holds references."""

import json
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.tables.runs import Run
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually

MEGABYTE = 1_000_000


async def ended_alike(backend: Backend, run: Run) -> None:
    """Assert that the Temporal workflow ended as the row says."""
    completed = run.status is RunStatus.COMPLETED

    async def check() -> None:
        found = (await backend.handle(run.id).describe()).status
        assert found is (WorkflowExecutionStatus.COMPLETED if completed else WorkflowExecutionStatus.FAILED)

    await assert_eventually(check, timeout=20)


async def test_a_step_can_need_three_steps_with_large_outputs(backend: Backend) -> None:
    big, quick = await backend.agent(output={"t": "y" * 700_000}, capacity=10), await backend.agent(output="short")
    leaves = [{"key": key, "agent": big.slug} for key in "abc"]
    steps = [*leaves, {"key": "z", "agent": quick.slug, "needs": ["a", "b", "c"]}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert (run.status, run.output) == (RunStatus.COMPLETED, {"z": "short"}), run.error_message
    last = (await backend.children(run.id))[-1]
    assert isinstance(last.input, dict)
    assert last.input["steps"] == {key: {"t": "y" * 700_000} for key in "abc"}
    await ended_alike(backend, run)


@pytest.mark.parametrize("leaves", [3, 7])
async def test_a_pipeline_can_have_several_large_outputs(backend: Backend, leaves: int) -> None:
    big = await backend.agent(output="y" * MEGABYTE)
    steps = [{"key": f"s{number}", "agent": big.slug} for number in range(leaves)]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert run.output == {f"s{number}": "y" * MEGABYTE for number in range(leaves)}
    await ended_alike(backend, run)


async def test_a_network_can_have_three_large_hops(backend: Backend) -> None:
    members = [(await backend.agent(output=letter * MEGABYTE)).slug for letter in "abc"]
    run = await backend.run(await backend.primitive(Kind.NETWORK, {"members": members}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert isinstance(run.output, dict)
    assert run.output["answer"] == "c" * MEGABYTE
    await ended_alike(backend, run)


@pytest.mark.parametrize("rule", ["hops < 2", "hops < 2 && last.agent != ''"])
async def test_a_rule_costs_only_what_it_reads(backend: Backend, rule: str) -> None:
    agent = await backend.agent(output="y" * MEGABYTE)
    rules = [{"when": rule, "next": agent.slug}, {"when": "input == 'never'", "next": agent.slug}]
    router = {"type": "rules", "first": agent.slug, "rules": rules}
    spec = {"members": [agent.slug], "router": router, "maxHops": 2}
    run = await backend.run(await backend.primitive(Kind.NETWORK, spec), input="x" * 5 * MEGABYTE)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert len(await backend.children(run.id)) == 2


async def test_a_map_can_have_large_items_and_results(backend: Backend) -> None:
    big = await backend.agent(output="y" * 600_000, capacity=8)
    steps = [{"key": "each", "agent": big.slug, "map": "input", "concurrency": 8}]
    items = [str(number) * 100_000 for number in range(8)]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input=items)
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert run.output == {"each": ["y" * 600_000] * 8}
    await ended_alike(backend, run)


async def test_histories_have_references_that_people_can_read(backend: Backend) -> None:
    big = await backend.agent(output="y" * MEGABYTE)
    run = await backend.run(big, input="x" * 50_000)
    assert run.status is RunStatus.COMPLETED
    # The row is closed a moment before the workflow ends.
    await backend.handle(run.id).result()
    history = (await backend.handle(run.id).fetch_history()).to_json()
    assert len(history) < 40_000
    assert "y" * 100 not in history
    events: list[dict[str, Any]] = (await backend.handle(run.id).fetch_history()).to_json_dict()["events"]
    result = events[-1]["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0]
    assert result["metadata"]["encoding"] == "anNvbi9wcm90b2J1Zg=="  # json/protobuf, which Temporal's UI shows as JSON
    assert (await backend.handle(run.id).result())["output"] == "y" * MEGABYTE


async def test_a_step_whose_input_is_too_large_fails_with_both_sizes(backend: Backend) -> None:
    big, quick = await backend.agent(output="y" * 1_000_000), await backend.agent()
    leaves = [f"s{number}" for number in range(9)]
    steps: list[dict[str, Any]] = [{"key": key, "agent": big.slug} for key in leaves]
    steps.append({"key": "z", "agent": quick.slug, "needs": leaves})
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "payload_too_large")
    assert "the input of step 'z' is 9,000," in (run.error_message or "")
    assert "8,388,608" in (run.error_message or "")
    assert (await backend.steps(run.id))["z"].status is StepStatus.FAILED
    assert len(await backend.children(run.id)) == 9
    await ended_alike(backend, run)


async def test_a_pipeline_whose_output_is_too_large_fails_in_the_row_and_in_temporal(backend: Backend) -> None:
    big = await backend.agent(output="y" * MEGABYTE)
    steps = [{"key": f"s{number}", "agent": big.slug} for number in range(9)]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "payload_too_large")
    assert "the output of the run is 9,000," in (run.error_message or "")
    assert run.output is None
    await ended_alike(backend, run)


async def test_a_map_whose_results_are_too_large_fails_and_starts_no_further_items(backend: Backend) -> None:
    big = await backend.agent(output="y" * MEGABYTE, capacity=2)
    steps = [{"key": "each", "agent": big.slug, "map": "input", "concurrency": 2}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input=list(range(20)))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "payload_too_large")
    assert len(await backend.children(run.id)) <= 11
    await ended_alike(backend, run)


@pytest.mark.long
async def test_a_network_whose_output_is_too_large_fails(backend: Backend) -> None:
    members = [(await backend.agent(output=letter * MEGABYTE)).slug for letter in "abcdefghi"]
    run = await backend.run(await backend.primitive(Kind.NETWORK, {"members": members, "maxHops": 9}))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "payload_too_large")
    await ended_alike(backend, run)


async def test_a_planner_cannot_plan_more_tasks_than_a_campaign_may_have(backend: Backend) -> None:
    worker = await backend.agent()
    tasks = [{"name": f"t{number}", "agent": worker.slug} for number in range(1001)]
    planner = await backend.agent(output={"missions": [{"name": name, "tasks": tasks} for name in "ab"]})
    run = await backend.run(await backend.primitive(Kind.CAMPAIGN, {"objective": "o", "planner": planner.slug}))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "agent_answer_invalid")
    assert "2,002 tasks; at most 2,000" in (run.error_message or "")
    await ended_alike(backend, run)


@pytest.mark.long
async def test_a_stored_campaign_with_too_many_tasks_fails_instead_of_hanging(backend: Backend) -> None:
    worker = await backend.agent()
    tasks = [{"name": f"t{number}", "agent": worker.slug} for number in range(1001)]
    missions = [{"name": name, "tasks": tasks} for name in "ab"]
    campaign = await backend.primitive(Kind.CAMPAIGN, {"objective": "o", "missions": missions})
    run = await backend.run(campaign)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "limit_exceeded")
    await ended_alike(backend, run)


async def test_an_integer_beyond_64_bits_reaches_the_next_step_exactly(backend: Backend) -> None:
    number = 123456789012345678901234567890
    first, second = await backend.agent(output={"id": number, "exact": 2**70}), await backend.agent(output="done")
    given = '{"id": steps.a.output.id, "all": steps.a.output}'
    steps = [{"key": "a", "agent": first.slug}, {"key": "b", "agent": second.slug, "needs": ["a"], "input": given}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    last = (await backend.children(run.id))[-1]
    assert json.dumps(last.input) == json.dumps({"id": number, "all": {"id": number, "exact": 2**70}})
