"""`/api/live`: what the Schedule page shows."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.deps import Reader, Session
from models.contracts.live import LivePage
from models.store.live import LiveFilters, live_page
from models.store.paging import Ask

router = APIRouter(prefix="/api/live", tags=["live"])


@router.get("/automations")
async def automations(
    session: Session,
    _: Reader,
    search: Annotated[str | None, Query(max_length=200)] = None,
    archived: bool = False,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> LivePage:
    """List automations of every kind and source, the worst first, with the summary of all that match."""
    return await live_page(session, Ask(limit, cursor), LiveFilters(search, archived), datetime.now(UTC))
