"""Manual starts: firing an automation, executing a primitive, replaying a delivery."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from api.deps import AfterCommitDep, Operator, PageDep, Reader, Session, StateDep
from api.firing import fire as firing
from api.firing import intake
from api.firing import replay as replaying
from api.firing.chains import chain_of
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.automations.drafts import ExecuteRequest, FireRequest
from models.contracts.base import Page
from models.contracts.runs.deliveries import DeliveryView
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind
from models.endpoints import endpoint as endpoint_of
from models.errors import Conflict, NotFound
from models.kinds import KIND_BY_PLURAL
from models.states import Source
from models.store.automations import queries as automations
from models.store.deliveries import queries as deliveries
from models.store.deliveries.queries import Outcome, Target
from models.store.primitives import queries as primitives

router = APIRouter(prefix="/api", tags=["firing"], route_class=JsonRoute)


@router.post("/automations/{name}/fire", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def fire(
    name: str,
    request: Request,
    session: Session,
    state: StateDep,
    after: AfterCommitDep,
    actor: Operator,
    given: FireRequest | None = None,
) -> Fired:
    """Fire an automation manually, whatever its source; a paused one needs `force`."""
    row = await automations.by_name(session, name)
    given = given or FireRequest()
    chain = await chain_of(state, request.headers)
    return await firing.fire_manually(session, after, row, given, await request.body(), request.headers, actor, chain)


@router.post("/{plural}/{name}/execute", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def execute(
    plural: str,
    name: str,
    request: Request,
    session: Session,
    state: StateDep,
    after: AfterCommitDep,
    actor: Operator,
    given: ExecuteRequest | None = None,
) -> Fired:
    """Execute a primitive directly; `plural` is agents, workflows, networks, campaigns or pulses."""
    kind = KIND_BY_PLURAL.get(plural)
    if kind is None:
        raise NotFound(f"there is no kind {plural!r}", hint=f"Use one of {', '.join(KIND_BY_PLURAL)}.")
    given = given or ExecuteRequest()
    primitive = await primitives.by_name(session, name, kind)
    if primitive.archived_at is not None:
        raise Conflict(f"{primitive.slug} is archived")
    arrival = intake.arrival(
        Source.MANUAL,
        endpoint_of(EndpointKind.PRIMITIVE, primitive.id),
        given.payload,
        request.headers,
        actor,
        body=await request.body(),
        key=given.idempotency_key,
        chain=await chain_of(state, request.headers),
    )
    return await firing.fire(session, after, arrival, [Target(primitive, given.payload)], candidates=1)


@router.get("/deliveries", responses=responses(404))
async def list_deliveries(
    session: Session,
    _: Reader,
    wanted: PageDep,
    source: Source | None = None,
    outcome: Outcome | None = None,
    automation: Annotated[str | None, Query(description="An automation's id or slug.")] = None,
    endpoint: Annotated[
        str | None, Query(max_length=300, description="Where it arrived, such as `event:order.created`.")
    ] = None,
) -> Page[DeliveryView]:
    """List deliveries and their outcome, newest first."""
    automation_id = (await automations.by_name(session, automation)).id if automation else None
    return await deliveries.page(
        session, wanted, source=source, outcome=outcome, automation_id=automation_id, endpoint=endpoint
    )


@router.get("/deliveries/{delivery_id}", responses=responses(404))
async def read_delivery(delivery_id: uuid.UUID, session: Session, _: Reader) -> DeliveryView:
    """Read a delivery and the runs it started."""
    row = await deliveries.by_id(session, delivery_id)
    return (await deliveries.views(session, [row]))[0]


@router.post("/deliveries/{delivery_id}/replay", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def replay(delivery_id: uuid.UUID, session: Session, after: AfterCommitDep, actor: Operator) -> Fired:
    """Replay a delivery with the automations that listen now."""
    row = await deliveries.by_id(session, delivery_id)
    return await replaying.replay(session, after, row, actor)
