"""Values that PostgreSQL refuses end a run with a reason: nothing that no retry can mend keeps it open."""

import uuid
from datetime import UTC, datetime

import pytest
from pydantic import JsonValue
from sqlalchemy import update
from temporalio.client import WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.runs import RunActivities
from models import names
from models.contracts.runs.views import RunError
from models.contracts.workflows.lifecycle import ChildOf, RunOutcome, RunRequest
from models.kinds import KINDS, Kind
from models.states import RunStatus
from models.store.tables.stats import AutomationStats
from runtime.database import transaction
from tests.support.backend import Backend


@pytest.mark.parametrize(
    ("step", "given"),
    [
        ({"input": r"'a\u0000'"}, "a\ufffd"),
        ({"input": r"{'a\u0000': 1}"}, {"a\ufffd": 1}),
        ({"map": r"['\u0000']"}, "\ufffd"),
    ],
)
async def test_an_expression_that_yields_nul_runs_with_its_replacement(
    backend: Backend, step: dict[str, str], given: object
) -> None:
    steps = [{"key": "one", "agent": (await backend.agent()).slug, **step}]
    run = await backend.run(await backend.primitive(Kind.WORKFLOW, {"steps": steps}))
    assert run.status is RunStatus.COMPLETED, run.error_message
    assert [child.input for child in await backend.children(run.id)] == [given]


async def test_a_child_whose_input_is_refused_fails_at_once(backend: Backend) -> None:
    agent = await backend.agent()
    parent = await backend.run(agent)
    run_id = uuid.uuid4()
    child = ChildOf(parent_run_id=parent.id, root_run_id=parent.id, agent=agent.slug, step="a")
    with pytest.raises(WorkflowFailureError) as failed:
        await backend.client.execute_workflow(
            KINDS[Kind.AGENT].temporal_type,
            RunRequest(run_id=run_id, child=child, input="a\0", runner=agent.runner),
            id=names.run_temporal_workflow_id(run_id),
            task_queue=names.TASK_QUEUE,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
    cause: BaseException | None = failed.value
    while cause is not None and not isinstance(cause, ApplicationError):
        cause = cause.__cause__
    assert isinstance(cause, ApplicationError)
    assert cause.type == "not_storable"
    assert "cannot be stored" in cause.message


@pytest.mark.parametrize("kind", [Kind.AGENT, Kind.WORKFLOW])
async def test_a_run_that_cannot_be_opened_is_closed_with_the_reason(backend: Backend, kind: Kind) -> None:
    agent = await backend.agent()
    steps = {"steps": [{"key": "one", "agent": agent.slug}]}
    primitive = agent if kind is Kind.AGENT else await backend.primitive(kind, steps)
    automation = await backend.automation(primitive)
    await backend.run(primitive, automation)
    async with transaction(backend.sessions) as session:
        # One more than the column holds.
        full = update(AutomationStats).where(AutomationStats.automation_id == automation.id)
        await session.execute(full.values(started=2**63 - 1))
    run = await backend.run(primitive, automation)
    assert (run.status, run.error_type) == (RunStatus.FAILED, "not_storable")
    assert "out of range" in (run.error_message or "")


@pytest.mark.parametrize(
    ("status", "output", "reason", "closed", "kept"),
    [
        (RunStatus.COMPLETED, "a\0", None, RunStatus.COMPLETED, ("a\ufffd", None)),
        (RunStatus.CANCELLED, None, "why\0", RunStatus.CANCELLED, (None, "why\ufffd")),
        (RunStatus.COMPLETED, float("inf"), None, RunStatus.FAILED, (None, None)),
    ],
)
async def test_closing_replaces_or_leaves_out_what_cannot_be_stored(
    backend: Backend,
    status: RunStatus,
    output: JsonValue,
    reason: str | None,
    closed: RunStatus,
    kept: tuple[object, ...],
) -> None:
    pulse = await backend.primitive(Kind.PULSE, {"goal": "g", "members": [{"agent": (await backend.agent()).slug}]})
    queued = await backend.queue(pulse, status=RunStatus.RUNNING, started_at=datetime.now(UTC))
    error = RunError(type="broken", message="it\0 broke") if status is RunStatus.FAILED else None
    outcome = RunOutcome.model_construct(
        run_id=queued.id, status=status, finished_at=datetime.now(UTC), output=output, error=error, reason=reason
    )
    found = await ActivityEnvironment().run(RunActivities(backend.sessions, backend.client).close_run, outcome)
    run = await backend.row(queued.id)
    assert (found, run.status) == (closed, closed)
    assert (run.output, run.reason) == kept
    assert run.error_type == ("not_storable" if closed is RunStatus.FAILED else None)
