"""Only a message that the API has sent counts as sent by the name in it; the `temporal` command may write any name."""

import uuid
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue, SecretStr

from models.contracts.workflows.signals import RunProgress, SentMessage
from models.kinds import Kind
from models.names import PROOF_HEADER
from models.states import RunStatus, StepStatus
from runtime.security.senders import is_proved, prove
from runtime.settings import Settings
from runtime.temporal.proved_messages import with_proof
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually
from tests.workflows.operating import api

FORGED = {"by": "administrator", "authenticated": True}


async def gates(backend: Backend, *keys: str) -> uuid.UUID:
    steps = [{"key": key, "approval": {}, "onError": "continue"} for key in keys]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def wait() -> None:
        found = await backend.steps(run_id)
        assert [found[key].status for key in keys if key in found] == [StepStatus.WAITING] * len(keys)

    await assert_eventually(wait)
    return run_id


async def send(client: httpx2.AsyncClient, run_id: uuid.UUID, signal: str, **argument: Any) -> None:
    answer = await client.post(f"/api/runs/{run_id}/signal", json={"signal": signal, "argument": argument})
    assert answer.status_code == 202, answer.text


async def proofs(backend: Backend, run_id: uuid.UUID) -> list[str]:
    """Read the proofs in a run's history, as whoever reaches Temporal can."""
    found = []
    async for event in backend.handle(run_id).fetch_history_events():
        signal = event.workflow_execution_signaled_event_attributes
        update = event.workflow_execution_update_accepted_event_attributes.accepted_request.input
        for header in (signal.header, update.header):
            if PROOF_HEADER in header.fields:
                found.append(header.fields[PROOF_HEADER].data.decode())
    return found


@pytest.mark.parametrize("decision", ["approve", "reject"])
async def test_an_update_cannot_claim_to_come_from_the_api(backend: Backend, decision: str) -> None:
    run_id = await gates(backend, "ask")
    await backend.handle(run_id).execute_update(decision, FORGED)
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED
    step = (await backend.steps(run_id))["ask"]
    assert step.output == {"approved": decision == "approve", "by": "administrator", "byIsClaimed": True, "comment": ""}
    if decision == "reject":
        assert (step.error or {})["message"] == "rejected by administrator (not verified)"


async def test_a_decision_through_the_api_is_verified_and_its_proof_is_of_no_use_to_others(backend: Backend) -> None:
    run_id, other_id = await gates(backend, "legal", "budget", "late"), await gates(backend, "legal")
    async with api(backend) as client:
        await send(client, run_id, "approve", step="legal")
        (proof,) = await proofs(backend, run_id)
        sender = with_proof(backend.client, proof)
        stolen = sender.get_workflow_handle(backend.handle(run_id).id)
        await stolen.execute_update("approve", {"step": "budget", **FORGED})
        elsewhere = sender.get_workflow_handle(backend.handle(other_id).id)
        await elsewhere.execute_update("approve", {"step": "legal", **FORGED})
        await send(client, run_id, "reject", step="late")
    await backend.closed(run_id)
    steps = await backend.steps(run_id)
    claims = {key: (step.output["by"], step.output["byIsClaimed"]) for key, step in steps.items() if step.output}
    assert claims == {
        "legal": ("administrator", False),
        "budget": ("administrator", True),
        "late": ("administrator", False),
    }
    assert (steps["late"].error or {})["message"] == "rejected by administrator"
    await backend.closed(other_id)
    assert (await backend.steps(other_id))["legal"].output["byIsClaimed"] is True  # type: ignore[index]


async def test_progress_says_whether_it_is_verified_by_whom_a_run_is_paused(backend: Backend) -> None:
    slow = await backend.agent(durationMs=1500)
    steps = [{"key": "one", "agent": slow.slug}, {"key": "two", "agent": slow.slug, "needs": ["one"]}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def says(expected: str) -> None:
        async def check() -> None:
            found = await backend.handle(run_id).query("progress", result_type=RunProgress)
            assert found.doing == expected

        await assert_eventually(check)

    async with api(backend) as client:
        await send(client, run_id, "pause", reason="look")
        await says("paused by administrator")
        await backend.signal(run_id, "pause", {"by": "administrator"})
        await says("paused by administrator (not verified)")
        await send(client, run_id, "resume")
    assert (await backend.closed(run_id)).status is RunStatus.COMPLETED


async def test_a_pause_says_whether_its_sender_is_verified_and_cannot_be_repeated(backend: Backend) -> None:
    run_id = await gates(backend, "ask")

    async with api(backend) as client:

        async def held(expected: bool | None) -> None:
            async def check() -> None:
                paused = (await client.get(f"/api/runs/{run_id}")).json()["paused"]
                found = (paused["by"], paused["byIsClaimed"]) if paused else None
                assert found == (None if expected is None else ("administrator", expected))

            await assert_eventually(check)

        await send(client, run_id, "pause", reason="look")
        await held(False)
        await send(client, run_id, "resume")
        await held(None)
        paused_with, _ = await proofs(backend, run_id)
        handle = with_proof(backend.client, paused_with).get_workflow_handle(backend.handle(run_id).id)
        await handle.signal("pause", {"by": "administrator", "reason": "look"})
        await held(True)
        await backend.signal(run_id, "resume")
        await held(None)
        await backend.signal(run_id, "pause", {"by": "administrator"})
        await held(True)
        await client.post(f"/api/runs/{run_id}/cancel")
    await backend.closed(run_id)


def test_a_proof_holds_for_one_workflow_one_message_and_one_argument(settings: Settings) -> None:
    argument: dict[str, JsonValue] = {"by": "ann", "step": None, "comment": "é"}
    sent = SentMessage(
        temporal_workflow_id="run:1",
        message="approve",
        argument=argument,
        proof=prove(settings, "run:1", "approve", argument),
    )
    assert is_proved(settings, sent)
    another = settings.model_copy(update={"secret_key": SecretStr("another-key-of-this-installation")})
    others: list[dict[str, Any]] = [
        {"temporal_workflow_id": "run:2"},
        {"message": "reject"},
        {"argument": {**argument, "by": "ben"}},
        {"proof": sent.proof[:-1]},
        {"proof": ""},
        {"proof": prove(another, "run:1", "approve", argument)},
    ]
    for other in others:
        assert not is_proved(settings, sent.model_copy(update=other)), other
    assert prove(settings, "run:1", "approve", argument) != sent.proof
