"""Runs that wait at a gate, and what they say of signals."""

import uuid

from models.contracts.workflows.signals import RunProgress
from models.kinds import Kind
from models.states import RunStatus, StepStatus
from models.store.tables.primitives import Primitive
from tests.support.backend import Backend
from tests.support.eventually import assert_eventually


async def has_status(backend: Backend, run_id: uuid.UUID, status: RunStatus) -> None:
    async def check() -> None:
        assert (await backend.row(run_id)).status is status

    await assert_eventually(check)


async def approval(backend: Backend, **step: object) -> Primitive:
    steps = [{"key": "ask", "approval": {"message": "Ship it?", **step}}]
    return await backend.primitive(Kind.WORKFLOW, {"steps": steps})


async def two_gates(backend: Backend) -> uuid.UUID:
    steps = [{"key": "legal", "approval": {}}, {"key": "budget", "approval": {}}]
    run_id = await backend.start(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))

    async def both_wait() -> None:
        found = await backend.steps(run_id)
        assert [found[key].status for key in ("legal", "budget") if key in found] == [StepStatus.WAITING] * 2

    await assert_eventually(both_wait)
    return run_id


async def refusals(backend: Backend, run_id: uuid.UUID, count: int) -> list[str]:
    async def check() -> list[str]:
        progress = await backend.handle(run_id).query("progress", result_type=RunProgress)
        assert len(progress.refused) == count
        return [refused.reason for refused in progress.refused]

    return await assert_eventually(check)
