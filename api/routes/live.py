"""`/api/live`: the Schedule page's list, its event stream, and the outlook over the same automations."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Header, Query, Request, Response, status
from fastapi.sse import EventSourceResponse, ServerSentEvent

from api.deps import Reader, Session, Slot, StateDep
from api.http.auth import address_of
from api.http.bodies import JsonRoute
from api.http.conditional import json_unless_known
from api.http.errors import responses
from api.lists.live_filters import live_filters, matching_ids, read_zone
from models.contracts.automations.live import LivePage
from models.contracts.outlook.calendar import Calendar
from models.contracts.outlook.costs import Costs
from models.contracts.outlook.density import Density
from models.contracts.queries import CalendarQuery, CostsQuery, DensityQuery, LiveListQuery
from models.errors import Invalid
from models.rules.listing.sorting import SORTINGS
from models.states import SortBy
from models.store.live_list.page import Listing, live_page
from models.store.outlook import calendar as calendars
from models.store.outlook import costs as month_costs
from models.store.outlook import density as densities
from models.store.paging import PageRequest

CALENDAR_SPAN = timedelta(days=7)
CALENDAR_YEARS = (1970, 2099)
"""The years for which crons and zone transitions are known, with room for any zone and range."""


async def take_stream_slot(
    slot: Slot,
    state: StateDep,
    actor: Reader,
    request: Request,
) -> None:
    slot.enter_context(state.streams.one_more(f"key {actor.key_id}", f"address {address_of(request)}"))


StreamSlot = Annotated[None, Depends(take_stream_slot, scope="function")]

router = APIRouter(prefix="/api/live", tags=["live"], route_class=JsonRoute)


@router.get(
    "/automations",
    response_model=LivePage,
    responses={status.HTTP_304_NOT_MODIFIED: {"description": "Unchanged since the ETag in `If-None-Match`."}},
)
async def automations(
    session: Session,
    state: StateDep,
    _: Reader,
    query: Annotated[LiveListQuery, Query()],
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """List automations of every kind and source, most severe first, with a summary of all that match."""
    if query.cursor is not None and query.offset is not None:
        raise Invalid("use either cursor or offset, not both", field="offset")
    filters, sort = await live_filters(session, state, query), query.sort or SortBy.SEVERITY
    by_relevance = query.sort is None and bool(filters.search)
    listing = Listing(filters, sort, query.order or SORTINGS[sort].first, by_relevance)
    wanted = PageRequest(query.limit, query.cursor)
    page = await live_page(session, state.board, wanted, listing, datetime.now(UTC), skip=query.offset or 0)
    return json_unless_known(page.body, page.etag, if_none_match)


@router.get("/stream", response_class=EventSourceResponse, responses=responses(429))
async def stream(
    state: StateDep, _: StreamSlot, actor: Reader, last_event_id: Annotated[str | None, Header()] = None
) -> AsyncIterator[ServerSentEvent]:
    """Stream changes as server-sent events: `automation` (the whole list item) and `run` (its current state).

    The first event is `ready`, or `resync` if the changes since `Last-Event-ID` are no longer known; after `resync`,
    read the list again. Reading the list after the first event misses nothing. While nothing changes, a `beat` is sent
    every five seconds: if none arrives for much longer, reconnect. `away` means that the database is unreachable until
    the next `beat`.
    """
    credentials = frozenset(one for one in (actor.key_id, actor.session_id) if one)
    async with aclosing(state.feed.watch(last_event_id, credentials)) as events:
        async for event in events:
            yield event


@router.get("/density")
async def density(session: Session, state: StateDep, _: Reader, query: Annotated[DensityQuery, Query()]) -> Density:
    """Forecast how many runs start in each of the next hours, beginning with the whole current hour."""
    tz = read_zone(query.tz)
    wanted = await matching_ids(session, state, query)
    now = datetime.now(UTC)
    return await densities.density(session, state.portfolios, wanted, hours=query.hours, tz=tz, now=now)


@router.get("/calendar")
async def calendar(session: Session, state: StateDep, _: Reader, query: Annotated[CalendarQuery, Query()]) -> Calendar:
    """Read past runs and upcoming fires for up to 62 days; by default one week from today."""
    tz = read_zone(query.tz)
    wanted = await matching_ids(session, state, query)
    now = datetime.now(UTC)
    begin = _zoned("from", query.start, tz) or datetime.combine(now.astimezone(tz).date(), time(), tz)
    asked = calendars.CalendarRequest(
        # UTC from here on: Python compares two datetimes of one zone by wall time, which repeats in autumn.
        start=begin.astimezone(UTC),
        end=(_zoned("to", query.end, tz) or begin + CALENDAR_SPAN).astimezone(UTC),
        tz=tz,
        automations=query.automation or (),
        compress=query.compress,
        window=query.window,
        limit=query.limit,
    )
    return await calendars.calendar(session, state.portfolios, wanted, asked, now)


@router.get("/costs")
async def costs(session: Session, state: StateDep, _: Reader, query: Annotated[CostsQuery, Query()]) -> Costs:
    """Forecast the next month's cost of each automation, most expensive first, and their total."""
    wanted = await matching_ids(session, state, query)
    return await month_costs.costs(session, state.portfolios, wanted, limit=query.limit, now=datetime.now(UTC))


def _zoned(name: str, moment: datetime | None, tz: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    # Checked before any conversion, which would overflow for years 1 and 9999.
    first, last = CALENDAR_YEARS
    if not first <= moment.year <= last:
        raise Invalid(f"the calendar covers the years {first} to {last}", field=name)
    return moment.replace(tzinfo=tz) if moment.tzinfo is None else moment
