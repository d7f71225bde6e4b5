"""Manual starts: firing an automation, executing a primitive."""

from fastapi import APIRouter, Request, status

from api.deps import AfterCommitDep, Operator, Session, StateDep
from api.firing import fire as firing
from api.firing import intake
from api.firing.chains import chain_of
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.automations.drafts import ExecuteRequest, FireRequest
from models.contracts.runs.views import Fired
from models.endpoints import EndpointKind
from models.endpoints import endpoint as endpoint_of
from models.errors import Conflict, NotFound
from models.kinds import KIND_BY_PLURAL
from models.states import Source
from models.store.automations import queries as automations
from models.store.deliveries.queries import Target
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
