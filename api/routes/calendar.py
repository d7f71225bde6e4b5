"""`/api/live/calendar`: what has run and what will, day by day."""

from datetime import UTC, datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from api.deps import Reader, Session, StateDep
from api.http.bodies import JsonRoute
from api.lists.live_filters import LiveFiltersDep
from api.lists.selection import WantedDep, ZoneDep
from models.contracts.calendar import Calendar
from models.errors import Invalid
from models.store.outlook.calendar import MOST_ENTRIES, CalendarAsk, calendar

router = APIRouter(prefix="/api/live", tags=["live"], route_class=JsonRoute)

WEEK = timedelta(days=7)
FIRST_YEAR, LAST_YEAR = 1970, 2099
"""Well within what crons and clocks are known for, whatever the zone adds and however long the window is."""


@router.get("/calendar", name="calendar")
async def read(
    session: Session,
    state: StateDep,
    _: Reader,
    wanted: WantedDep,
    filters: LiveFiltersDep,
    tz: ZoneDep,
    start: Annotated[
        datetime | None, Query(alias="from", description="A day or an instant; without an offset it is the zone's.")
    ] = None,
    end: Annotated[datetime | None, Query(alias="to", description="The first instant after the window.")] = None,
    automation: Annotated[list[str] | None, Query(description="Ids or slugs; one alone is expanded.")] = None,
    compress: Annotated[bool | None, Query(description="Whether 12 or more fires a day become one entry.")] = None,
    limit: Annotated[
        int, Query(ge=1, le=MOST_ENTRIES, description="Where there are more entries, only the hours are told.")
    ] = MOST_ENTRIES,
) -> Calendar:
    """Read up to 62 days: runs of the past beside fires to come; by default a week from today on."""
    now = datetime.now(UTC)
    begin = _zoned("from", start, tz) or datetime.combine(now.astimezone(tz).date(), time(), tz)
    ask = CalendarAsk(
        # In UTC from here on: two datetimes of one zone compare by what its clocks show, and those go back.
        start=begin.astimezone(UTC),
        end=(_zoned("to", end, tz) or begin + WEEK).astimezone(UTC),
        tz=tz,
        automations=tuple(automation or ()),
        compress=compress,
        window=filters.window,
        limit=limit,
    )
    return await calendar(session, state.portfolios, wanted, ask, now)


def _zoned(name: str, moment: datetime | None, tz: ZoneInfo) -> datetime | None:
    if moment is None:
        return None
    # The year as it is written: to convert a moment at the ends of time would already overflow.
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise Invalid(f"a calendar shows the years {FIRST_YEAR} to {LAST_YEAR}", field=name)
    return moment.replace(tzinfo=tz) if moment.tzinfo is None else moment
