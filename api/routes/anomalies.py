"""`/api/anomalies`: what is unusual, or was, judged each hour against the same hour of the last six weeks."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reader, Session
from api.http.bodies import JsonRoute
from api.lists.live_filters import read_zone
from models.contracts.anomalies import AnomaliesQuery, AnomalyView
from models.contracts.base import Page
from models.store.anomalies import queries as anomalies

router = APIRouter(prefix="/api/anomalies", tags=["live"], route_class=JsonRoute)


@router.get("")
async def list_anomalies(session: Session, _: Reader, query: Annotated[AnomaliesQuery, Query()]) -> Page[AnomalyView]:
    """List what is unusual, or was: starts by events, failures, durations, costs and waits of kinds and primitives."""
    found, cursor = await anomalies.page(session, query, read_zone(query.tz))
    return Page(items=tuple(found), next_cursor=cursor)
