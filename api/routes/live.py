"""`/api/live`: what the Schedule page shows."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response, status
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.conditional import unchanged
from api.deps import Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.lists.live_filters import LiveFiltersDep
from models.contracts.live import LivePage
from models.errors import Invalid
from models.rules.listing.sorting import SORTINGS
from models.states import Order, SortBy
from models.store.live_list.page import Listing, live_page
from models.store.paging import Ask

MOST_SKIPPED = 1_000_000

router = APIRouter(prefix="/api/live", tags=["live"], route_class=JsonRoute)


@router.get(
    "/automations",
    response_model=LivePage,
    responses={status.HTTP_304_NOT_MODIFIED: {"description": "What `If-None-Match` names is still so."}},
)
async def automations(
    session: Session,
    state: StateDep,
    _: Reader,
    filters: LiveFiltersDep,
    sort: Annotated[
        SortBy | None,
        Query(description="By default a search lists its best matches first, and everything else the worst first."),
    ] = None,
    order: Annotated[
        Order | None,
        Query(
            description="By itself: the worst, the most runs, the newest run, the dearest first (desc); "
            "names, success rates and next runs from the least on (asc). What has no value is last either way."
        ),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 100,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
    offset: Annotated[
        int | None,
        Query(
            ge=0,
            le=MOST_SKIPPED,
            description="Read from this place of the whole list on, as it is now; for who jumps in it. "
            "A cursor misses nothing when rows change places meanwhile: for who reads all of it.",
        ),
    ] = None,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """List automations of every kind and source, the worst first, with the summary of all that match."""
    if cursor is not None and offset is not None:
        raise Invalid("a page begins at a cursor or at an offset, not at both", field="offset")
    sorted_by = sort or SortBy.SEVERITY
    by_relevance = sort is None and bool(filters.search)
    listing = Listing(filters, sorted_by, order or SORTINGS[sorted_by].first, by_relevance)
    page = await live_page(session, state.board, Ask(limit, cursor), listing, datetime.now(UTC), skip=offset or 0)
    headers = {"ETag": page.etag, "Cache-Control": "private, no-cache"}
    if unchanged(page.etag, if_none_match):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers=headers)
    return Response(page.body, media_type="application/json", headers=headers)


@router.get("/stream", response_class=EventSourceResponse)
async def stream(
    state: StateDep, _: Reader, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[ServerSentEvent]:
    """Tell what changes, as it changes: `automation` (whole, as the list has it) and `run` (where it stands).

    The first event is `ready`, or `resync` where what `Last-Event-ID` asks for is not known any more: then the list
    has to be read anew. Read the list after the first event, and nothing falls between the two. While nothing changes
    there is a `beat` every five seconds: who hears nothing for much longer has lost the line, and should come back.
    `away` says that the database is, until the next beat.
    """
    async with aclosing(state.feed.watch(last_event_id)) as events:
        async for event in events:
            yield event
