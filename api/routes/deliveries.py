"""`/api/deliveries`: what arrived, what became of it, and replaying it."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, status

from api.deps import AfterCommitDep, Operator, Reader, Session
from api.firing import fire as firing
from api.firing.idempotency import idempotency_key
from api.http.bodies import JsonRoute
from api.http.errors import responses
from models.contracts.queries import DeliveriesQuery, DeliveryQuery
from models.contracts.runs.deliveries import DeliveryFacets, DeliveryPage, DeliveryView, RefusedEndpoints
from models.contracts.runs.views import Fired
from models.store.deliveries import facets as counting
from models.store.deliveries import queries as deliveries
from models.store.deliveries.refused import refused_endpoints
from models.store.deliveries.selection import fetch, selection_of
from models.store.deliveries.views import rows_of, view_of
from models.store.governance import audit
from models.store.paging import PageRequest
from runtime.firing.replay import ReplaySender, replayed

router = APIRouter(prefix="/api/deliveries", tags=["deliveries"], route_class=JsonRoute)


@router.get("", responses=responses(404))
async def list_all(session: Session, _: Reader, query: Annotated[DeliveriesQuery, Query()]) -> DeliveryPage:
    """List deliveries, newest first, with what became of them but without what was sent."""
    found = await fetch(session, await selection_of(session, query), PageRequest(query.limit, query.cursor))
    rows = await rows_of(session, found.rows)
    return DeliveryPage(items=rows, next_cursor=found.next_cursor, searched_to=found.searched_to)


@router.get("/facets", responses=responses(404))
async def read_facets(session: Session, _: Reader, query: Annotated[DeliveryQuery, Query()]) -> DeliveryFacets:
    """Count deliveries by source, outcome, reason and endpoint, each under all other filters."""
    return await counting.facets(session, query)


@router.get("/refused")
async def read_refused(session: Session, _: Reader) -> RefusedEndpoints:
    """List endpoints whose requests were refused for their signature. Nothing of such a request is kept."""
    return await refused_endpoints(session)


@router.get("/{delivery_id}", responses=responses(404))
async def read(delivery_id: uuid.UUID, session: Session, _: Reader) -> DeliveryView:
    """Read a delivery: what was sent, what it meant for each automation that listened, and its runs."""
    return await view_of(session, await deliveries.by_id(session, delivery_id))


@router.post("/{delivery_id}/replay", status_code=status.HTTP_202_ACCEPTED, responses=responses(404, 409))
async def replay(
    delivery_id: uuid.UUID, request: Request, session: Session, after: AfterCommitDep, actor: Operator
) -> Fired:
    """Replay a delivery with the automations that listen now, by their present filters.

    A repeated `Idempotency-Key` replays nothing more, and is answered as the first time.
    """
    row = await deliveries.by_id(session, delivery_id)
    sent = idempotency_key(request.headers)
    key = f"replay:{delivery_id}:{sent}" if sent else None
    fired = await firing.store(
        session, after, await replayed(session, row, ReplaySender(actor.name, actor.key_id, key))
    )
    if not fired.duplicate:
        await audit.record(
            session,
            actor=actor.name,
            action="delivery.replayed",
            subject_type="delivery",
            subject_id=delivery_id,
            after={"name": row.endpoint, "delivery": str(fired.delivery_id), "runs": len(fired.runs)},
        )
    return fired
