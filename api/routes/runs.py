"""`/api/runs`: what has run, what runs, and acting on it."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, status
from pydantic import AwareDatetime

from api.actions import run_control as steering
from api.deps import AfterCommitDep, AskDep, Operator, Reader, Session, StateDep
from api.firing import fire as firing
from api.firing import intake
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.lists import run_views
from models.contracts.automations import ReasonRequest
from models.contracts.base import Page
from models.contracts.runs import Fired, RunDetail, RunView
from models.contracts.signals import CancelRequest, SignalRequest
from models.endpoints import EndpointKind, endpoint
from models.errors import Conflict
from models.kinds import Kind
from models.states import RunStatus, Source
from models.store.automations import queries as automations
from models.store.governance import audit
from models.store.primitives import queries as primitives
from models.store.runs import deliveries
from models.store.runs import queries as runs
from models.store.runs.deliveries import Arrival, Target
from models.store.runs.queries import RunFilters

router = APIRouter(prefix="/api/runs", tags=["runs"], route_class=JsonRoute)


@router.get("", responses=responses(404, 409))
async def list_all(
    session: Session,
    state: StateDep,
    _: Reader,
    ask: AskDep,
    kind: Annotated[list[Kind] | None, Query()] = None,
    status: Annotated[list[RunStatus] | None, Query()] = None,
    automation: Annotated[str | None, Query(description="An automation's id or slug.")] = None,
    primitive: Annotated[str | None, Query(description="A primitive's id or slug.")] = None,
    root: Annotated[uuid.UUID | None, Query(description="A root run: it and everything below it.")] = None,
    parent: uuid.UUID | None = None,
    delivery: uuid.UUID | None = None,
    queued_from: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    queued_to: Annotated[AwareDatetime | None, Query(alias="to")] = None,
    roots_only: Annotated[bool, Query(alias="rootsOnly")] = False,
) -> Page[RunView]:
    """List runs of every kind, newest first."""
    only_kind = kind[0] if kind and len(kind) == 1 else None
    filters = RunFilters(
        kinds=tuple(kind or ()),
        statuses=tuple(status or ()),
        automation_id=(await automations.by_name(session, automation)).id if automation else None,
        primitive_id=(await primitives.by_name(session, primitive, only_kind)).id if primitive else None,
        root_run_id=root,
        parent_run_id=parent,
        delivery_id=delivery,
        queued_from=queued_from,
        queued_to=queued_to,
        roots_only=roots_only,
    )
    rows, cursor = await runs.page(session, ask, filters)
    return Page(items=tuple(run_views.view(row, state) for row in rows), next_cursor=cursor)


@router.get("/{run_id}", responses=responses(404))
async def read(run_id: uuid.UUID, session: Session, state: StateDep, _: Reader) -> RunDetail:
    """Read a run with its steps and its child runs."""
    row = await runs.by_id(session, run_id)
    children = await runs.children_of(session, run_id)
    return RunDetail(
        **dict(run_views.view(row, state)),
        origin=run_views.origin(row, await deliveries.by_id(session, row.delivery_id) if row.delivery_id else None),
        steps=await runs.steps_of(session, run_id),
        children=tuple(run_views.view(child, state) for child in children),
    )


@router.post("/{run_id}/cancel", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def cancel(
    run_id: uuid.UUID, session: Session, state: StateDep, actor: Operator, why: ReasonRequest | None = None
) -> RunView:
    """Cancel a run and everything below it; a running one ends a moment later."""
    request = CancelRequest(reason=(why.reason if why else "") or "cancelled by an operator", by=actor.name)
    closed = await steering.cancel_queued(session, run_id, request.reason)
    await _note(session, actor.name, "run.cancel", run_id, request.reason)
    row = await runs.by_id(session, run_id)
    if not closed:
        # No lock is held while Temporal is asked: the run itself must be able to close.
        await session.commit()
        await steering.cancel_running(state.temporal, row, request)
    return run_views.view(row, state)


@router.post("/{run_id}/rerun", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def rerun(run_id: uuid.UUID, request: Request, session: Session, after: AfterCommitDep, actor: Operator) -> Fired:
    """Run the same once more with the same input, even where its automation is paused."""
    row = await runs.by_id(session, run_id)
    automation = await automations.by_name(session, str(row.automation_id)) if row.automation_id else None
    if (automation and automation.archived_at) or row.primitive.archived_at:
        raise Conflict("what it ran is archived", hint="Execute something that is live.")
    paused = automation is not None and not automation.is_active
    arrival = Arrival(
        Source.MANUAL,
        endpoint(EndpointKind.RUN, row.id),
        row.input,
        headers=intake.kept_headers(request.headers),
        idempotency_key=intake.idempotency_key(request.headers),
        sent_by=actor.name,
    )
    target = Target(row.primitive, row.input, automation, forced=paused, rerun_of=row.id)
    await _note(session, actor.name, "run.rerun", row.id, "")
    return await firing.fire(session, after, arrival, [target], candidates=1)


@router.post("/{run_id}/signal", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def signal(
    run_id: uuid.UUID, request: SignalRequest, session: Session, state: StateDep, actor: Operator
) -> RunView:
    """Send a running run a signal."""
    row = await runs.by_id(session, run_id)
    await steering.signal(state.temporal, row, request, actor.name)
    await _note(session, actor.name, f"run.signal.{request.signal}", row.id, "")
    return run_views.view(row, state)


async def _note(session: Session, actor: str, action: str, run_id: uuid.UUID, reason: str) -> None:
    await audit.record(session, actor=actor, action=action, subject_type="run", subject_id=run_id, reason=reason)
