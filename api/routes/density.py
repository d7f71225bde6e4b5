"""`/api/live/density`: how much starts when."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.lists.selection import WantedDep, ZoneDep
from models.contracts.density import Density
from models.store.outlook.density import density

router = APIRouter(prefix="/api/live", tags=["live"], route_class=JsonRoute)

WEEK_HOURS = 168


@router.get("/density", name="density")
async def read(
    session: Session,
    state: StateDep,
    _: Reader,
    wanted: WantedDep,
    tz: ZoneDep,
    hours: Annotated[int, Query(ge=1, le=WEEK_HOURS)] = 24,
) -> Density:
    """Project what starts in each of the coming hours; the first is the one under way, whole."""
    return await density(session, state.portfolios, wanted, hours=hours, tz=tz, now=datetime.now(UTC))
