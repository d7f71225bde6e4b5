"""The decisions `approve` and `reject`: which gate they open, and who may say so."""

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from models.contracts.workflows.signals import ApprovalDecision, CancelAccepted
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.runs.gates import approval, has_status, refusals, two_gates
from workflows.steps.approvals import Approvals


async def test_approve_resumes_a_waiting_step(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"by": "Ada", "comment": "go"})
    run = await backend.closed(run_id)
    assert run.status is RunStatus.COMPLETED
    assert run.output == {"ask": {"approved": True, "by": "Ada", "byIsClaimed": True, "comment": "go"}}


async def test_a_decision_applies_only_to_the_gate_it_names(backend: Backend) -> None:
    run_id = await two_gates(backend)
    await backend.signal(run_id, "approve", {"stp": "budget"})
    await backend.signal(run_id, "approve", {"step": "nope"})
    await backend.signal(run_id, "approve")
    await backend.signal(run_id, "approve", "budget")
    misspelt, unknown, unnamed, text = await refusals(backend, run_id, 4)
    assert "stp" in misspelt
    assert "no approval step 'nope'" in unknown
    assert "legal" in unknown
    assert "this run has 2 approval steps; name the one that you mean: legal, budget" in unnamed
    assert "argument" in text
    steps = await backend.steps(run_id)
    assert [steps[key].status for key in ("legal", "budget")] == [StepStatus.WAITING] * 2
    await backend.signal(run_id, "approve", {"step": "budget"})

    async def approved() -> None:
        assert (await backend.steps(run_id))["budget"].status is StepStatus.COMPLETED

    # Decided together, the rejection would cancel the other step before it is stored.
    await assert_eventually(approved, timeout=30)
    await backend.signal(run_id, "reject", {"step": "legal", "by": "Bob"})
    run = await backend.closed(run_id)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "rejected")
    assert (await backend.steps(run_id))["budget"].output["approved"] is True  # type: ignore[index]


async def test_a_decision_without_a_name_never_opens_the_next_gate(backend: Backend) -> None:
    gates = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}, "needs": ["legal"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": gates}))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve")
    with pytest.raises(WorkflowUpdateFailedError):
        await backend.handle(run_id).execute_update("approve")
    assert "name the one that you mean: legal, budget" in (await refusals(backend, run_id, 1))[0]
    await backend.signal(run_id, "approve", {"step": "legal"})
    await backend.signal(run_id, "approve")
    assert len(await refusals(backend, run_id, 2)) == 2
    assert (await backend.steps(run_id))["budget"].status is not StepStatus.COMPLETED
    await backend.handle(run_id).execute_update("cancel", result_type=CancelAccepted)
    await backend.closed(run_id)


async def test_a_decision_before_the_gate_is_refused(backend: Backend) -> None:
    slow = await backend.agent(durationMs=800)
    steps = [{"key": "first", "agent": slow.slug}, {"key": "ask", "approval": {}, "needs": ["first"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    await has_status(backend, run_id, RunStatus.RUNNING)
    await backend.signal(run_id, "approve", {"step": "ask"})
    assert await refusals(backend, run_id, 1) == ["step 'ask' is not waiting for approval yet"]
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"step": "ask"})
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_a_signal_cannot_claim_to_be_authenticated(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve", {"by": "administrator", "authenticated": True})
    assert (await backend.closed(run_id)).output == {
        "ask": {"approved": True, "by": "administrator", "byIsClaimed": True, "comment": ""}
    }


async def test_approve_needs_no_argument(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "approve")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_reject_fails_the_step_and_the_run(backend: Backend) -> None:
    run_id = await backend.start(await approval(backend))
    await has_status(backend, run_id, RunStatus.WAITING)
    await backend.signal(run_id, "reject", {"step": "ask", "by": "Bob", "comment": "not yet"})
    run = await backend.closed(run_id)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "rejected")
    assert "rejected by Bob (not verified): not yet" in (run.error_message or "")


async def test_an_approval_times_out(backend: Backend) -> None:
    run = await backend.run(await approval(backend, timeoutSeconds=0.2))
    assert (run.status, run.error_type) == (RunStatus.FAILED, "approval_timed_out")


def test_a_decision_before_the_run_has_begun_says_so() -> None:
    with pytest.raises(ApplicationError, match="has not begun yet") as refused:
        Approvals().step_for(ApprovalDecision(step="ask"))
    assert refused.value.type == "conflict"
