"""`/api/live/costs`: what automations cost, and what the month will come to."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.lists.selection import WantedDep
from models.contracts.costs import Costs
from models.store.outlook.costs import costs

router = APIRouter(prefix="/api/live", tags=["live"], route_class=JsonRoute)


@router.get("/costs", name="costs")
async def read(
    session: Session,
    state: StateDep,
    _: Reader,
    wanted: WantedDep,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 500,
) -> Costs:
    """Project the coming month's cost of every automation, the dearest first, and of all together."""
    return await costs(session, state.portfolios, wanted, limit=limit, now=datetime.now(UTC))
