"""`/api/automations/{name}/trend`: how an automation has done day by day."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reader, Session
from api.http.bodies import JsonRoute
from api.http.errors import responses
from api.lists.selection import ZoneDep
from models.contracts.trend import Trend
from models.store.automations import queries as automations
from models.store.stats.trend import trend

router = APIRouter(prefix="/api/automations", tags=["automations"], route_class=JsonRoute)

MOST_DAYS = 90


@router.get("/{name}/trend", name="trend", responses=responses(404))
async def read(
    name: str, session: Session, _: Reader, tz: ZoneDep, days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 30
) -> Trend:
    """Read an automation's newest days in a zone, today last: outcomes, success, duration and cost."""
    row = await automations.by_name(session, name)
    return await trend(session, row.id, days=days, tz=tz, now=datetime.now(UTC))
