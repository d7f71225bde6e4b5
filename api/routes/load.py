"""`/api/load`: what edits would change, and moving schedules so that fewer of them start together."""

from uuid import UUID

from fastapi import APIRouter

from api.actions import spread as spreading
from api.actions import what_if as asking
from api.deps import Admin, AfterCommitDep, Operator, Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.outlook.spread import SpreadPlanView, SpreadRequest
from models.contracts.outlook.what_if import WhatIf, WhatIfRequest

router = APIRouter(prefix="/api/load", tags=["load"], route_class=JsonRoute)


@router.post("/what-if", responses=responses(404, 409))
async def what_if(session: Session, state: StateDep, _: Operator, wanted: WhatIfRequest) -> WhatIf:
    """Compare load, waits, cost and budget dates without and with a set of edits. Changes nothing.

    Waits come from a simulation of the queues: due times and the deliveries of past weeks arrive, runs take as long as
    measured ones did. The same question has the same answer as long as nothing that was measured changes; `basis` says
    what it rests on.
    """
    return await asking.ask(session, state, wanted)


@router.post("/spread", responses=responses(404))
async def spread(session: Session, state: StateDep, actor: Operator, wanted: SpreadRequest) -> SpreadPlanView:
    """Plan which schedules to move by a few minutes so that fewer runs start together. Changes nothing.

    Ten thousand schedules take about half a minute; plans are made one at a time.
    """
    return await spreading.plan(session, state, wanted, actor)


@router.get("/spread/{plan_id}", responses=responses(404))
async def read(plan_id: UUID, session: Session, _: Reader) -> SpreadPlanView:
    """Read a plan. One that is not applied is kept for a week."""
    return await spreading.read(session, plan_id)


@router.post("/spread/{plan_id}/apply", responses=responses(404, 409))
async def apply(plan_id: UUID, session: Session, actor: Admin, after: AfterCommitDep) -> SpreadPlanView:
    """Move the schedules of a plan, all or none; refused if one of them has changed since the plan was made."""
    return await spreading.apply(session, plan_id, actor, after)


@router.post("/spread/{plan_id}/undo", responses=responses(404, 409))
async def undo(plan_id: UUID, session: Session, actor: Admin, after: AfterCommitDep) -> SpreadPlanView:
    """Move the schedules of an applied plan back, all or none; refused if the cron of one was edited since."""
    return await spreading.undo(session, plan_id, actor, after)
