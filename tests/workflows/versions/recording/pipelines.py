"""Pipelines whose histories are recorded; each function runs one and returns the Temporal workflow id to record."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from pydantic import JsonValue

from api.actions import run_control
from models import limits, names
from models.contracts.workflows.signals import SignalRequest
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


def workflow_id(run_id: UUID) -> str:
    return names.run_temporal_workflow_id(run_id)


async def has_status(backend: Backend, run_id: UUID, status: RunStatus) -> None:
    async def check() -> None:
        assert (await backend.row(run_id)).status is status

    await assert_eventually(check, timeout=30)


async def step_waits(backend: Backend, run_id: UUID, key: str) -> None:
    async def check() -> None:
        step = (await backend.steps(run_id)).get(key)
        assert step
        assert step.status is StepStatus.WAITING

    await assert_eventually(check, timeout=30)


async def pipeline(backend: Backend) -> str:
    """Every kind of step but HTTP, approved by signal."""
    agent, bad = await backend.agent(output={"items": [1, 2]}), await backend.agent(successRate=0)
    steps = [
        {"key": "read", "agent": agent.slug},
        {"key": "ask", "approval": {"message": "Go?"}, "needs": ["read"]},
        {"key": "each", "agent": agent.slug, "map": "steps.read.output.items", "needs": ["ask"]},
        {"key": "nap", "wait": {"seconds": 0.1}, "needs": ["ask"]},
        {"key": "try", "agent": bad.slug, "onError": "continue", "retry": {"maxAttempts": 2, "initialSeconds": 0.1}},
        {"key": "skipped", "agent": agent.slug, "when": "input == 'never'"},
    ]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await step_waits(backend, run_id, "ask")
    await backend.signal(run_id, "approve")
    await backend.closed(run_id)
    return workflow_id(run_id)


async def failing(backend: Backend) -> str:
    bad = await backend.agent(successRate=0)
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": [{"key": "one", "agent": bad.slug}]}))
    return workflow_id(run.id)


async def expressions(backend: Backend) -> str:
    """Conditions and inputs in CEL, one of which fails its step."""
    agent = await backend.agent(output={"n": 3})
    steps = [
        {"key": "one", "agent": agent.slug, "input": "{'given': input.a}", "when": "input.a == 1"},
        {"key": "each", "agent": agent.slug, "map": "[1, 2]", "input": "{'item': item, 'all': input.a}"},
        {"key": "wrong", "agent": agent.slug, "input": "input.missing", "onError": "continue"},
        {"key": "never", "agent": agent.slug, "when": "steps.one.output.n > 3", "needs": ["one"]},
    ]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input={"a": 1})
    assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def _two_gates(backend: Backend) -> UUID:
    steps = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}, "onError": "continue"}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    for key in ("legal", "budget"):
        await step_waits(backend, run_id, key)
    return run_id


async def decided_by_update(backend: Backend) -> str:
    run_id = await _two_gates(backend)
    await backend.handle(run_id).execute_update("reject", {"step": "budget", "by": "Ada"})
    await backend.handle(run_id).execute_update("approve", {"step": "legal", "by": "Bob"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def decided_through_the_api(backend: Backend) -> str:
    """Paused, resumed and decided by messages whose sender is verified."""
    run_id = await _two_gates(backend)
    sent: list[tuple[Any, dict[str, JsonValue]]] = [
        ("pause", {}),
        ("resume", {}),
        ("approve", {"step": "legal"}),
        ("reject", {"step": "budget"}),
    ]
    for signal, argument in sent:
        request = SignalRequest(signal=signal, argument=argument)
        await run_control.signal(backend.client, backend.settings, await backend.row(run_id), request, "Ada")
    await backend.closed(run_id)
    return workflow_id(run_id)


async def decided_by_refused_signals(backend: Backend) -> str:
    """Signals that name no gate or cannot be stored, then two that apply."""
    run_id = await _two_gates(backend)
    await backend.signal(run_id, "approve", {"step": "budget", "comment": "a\0b"})
    await backend.signal(run_id, "approve", {"stp": "budget"})
    await backend.signal(run_id, "approve")
    await backend.signal(run_id, "approve", {"step": "budget"})
    await backend.signal(run_id, "reject", {"step": "legal"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def approval_timed_out(backend: Backend) -> str:
    steps = [{"key": "ask", "approval": {"timeoutSeconds": 0.2}}]
    return workflow_id((await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))).id)


async def paused(backend: Backend) -> str:
    """Held by a signal between two steps, and resumed."""
    slow, quick = await backend.agent(durationMs=500), await backend.agent()
    steps = [{"key": "one", "agent": slow.slug}, {"key": "two", "agent": quick.slug, "needs": ["one"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "pause", {"by": "Ada", "reason": "look first"})
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "resume")
    await backend.closed(run_id)
    return workflow_id(run_id)


async def child_cancelled(backend: Backend) -> str:
    """A step with retries whose child run is cancelled."""
    retry = {"maxAttempts": 3, "initialSeconds": 0.1}
    steps = [{"key": "one", "agent": (await backend.agent(durationMs=60_000)).slug, "retry": retry}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def child() -> UUID:
        children = await backend.children(run_id)
        assert [one.status for one in children] == [RunStatus.RUNNING]
        return children[0].id

    await backend.handle(await assert_eventually(child, timeout=30)).execute_update("cancel", {"reason": "enough"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def cancelled_while_waiting(backend: Backend) -> str:
    steps = [{"key": "ask", "approval": {}}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.handle(run_id).execute_update("cancel", {"reason": "enough"})
    await backend.closed(run_id)
    return workflow_id(run_id)


async def large_values(backend: Backend) -> str:
    """Outputs and inputs that travel as references to the payload store."""
    big, quick = await backend.agent(output={"t": "y" * 9_000}), await backend.agent()
    steps = [{"key": "a", "agent": big.slug}, {"key": "z", "agent": quick.slug, "needs": ["a"]}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input="x" * 9_000)
    assert run.status is RunStatus.COMPLETED, run.error_message
    return workflow_id(run.id)


async def map_in_batches(backend: Backend) -> str:
    """One item more than a batch takes; held and resumed meanwhile. Only the pipeline's own history is small."""
    agent = await backend.agent(output="seen", durationMs=1, capacity=100)
    steps = [{"key": "each", "agent": agent.slug, "map": "input", "concurrency": 100}]
    items = list(range(limits.MAP_BATCH_ITEMS + 1))
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input=items)
    await _hold_and_resume(backend, run_id)
    await backend.closed(run_id, within=timedelta(minutes=3))
    return workflow_id(run_id)


async def map_batch(backend: Backend) -> str:
    """The first batch of a map in small batches, held and resumed meanwhile."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(limits, "MAP_BATCH_ITEMS", 3)
        agent = await backend.agent(output="seen", durationMs=300, capacity=1)
        steps = [{"key": "each", "agent": agent.slug, "map": "input", "input": "{'n': item}"}]
        run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}), input=[1, 2, 3, 4])
        await _hold_and_resume(backend, run_id)
        await backend.closed(run_id)
    return names.map_batch_temporal_workflow_id(run_id, "each", 0)


async def _hold_and_resume(backend: Backend, run_id: UUID) -> None:
    async def under_way() -> None:
        assert await backend.children(run_id)

    await assert_eventually(under_way, timeout=30)
    await backend.signal(run_id, "pause", {"by": "Ada"})

    async def held() -> None:
        assert (await backend.row(run_id)).paused

    await assert_eventually(held, timeout=30)
    await backend.signal(run_id, "resume")
